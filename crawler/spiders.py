"""One spider for all listed sources: list pages, their next pages, and new detail pages."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from core.vocabulary import VisitOutcome
from crawler.egress import DamagedAnswerError, GuardedResolver, RobotsRefusedError
from crawler.parsers import ParseError, ParseResult, parse
from crawler.pipelines import Gathered, Tray
from crawler.privacy import public_url
from crawler.records import FetchedPage, Link
from crawler.unpacking import MAX_BYTES

Seen = Callable[[str, str], bool]

_BY_STATUS = {
    401: (VisitOutcome.REFUSED, "需要登录（401）"),
    403: (VisitOutcome.REFUSED, "被拒绝（403）"),
    429: (VisitOutcome.THROTTLED, "请求过多（429）"),
    503: (VisitOutcome.THROTTLED, "暂停服务（503）"),
}
_BY_ERROR: tuple[tuple[type[BaseException], VisitOutcome, str], ...] = (
    # Our own two carry the reason themselves.
    (RobotsRefusedError, VisitOutcome.DISALLOWED, ""),
    (DamagedAnswerError, VisitOutcome.DAMAGED, ""),
    (IgnoreRequest, VisitOutcome.UNREACHABLE, "重定向过多"),
    (CannotResolveHostError, VisitOutcome.UNREACHABLE, "域名无法解析"),
    (DownloadConnectionRefusedError, VisitOutcome.UNREACHABLE, "连接被拒绝"),
    (DownloadTimeoutError, VisitOutcome.UNREACHABLE, "超时"),
    (DownloadCancelledError, VisitOutcome.DAMAGED, f"超过 {MAX_BYTES} 字节"),
    (ResponseDataLossError, VisitOutcome.DAMAGED, "响应不完整"),
    (UnsupportedURLSchemeError, VisitOutcome.UNREACHABLE, "地址类型不允许"),
)


def status_failure(status: int) -> tuple[VisitOutcome, str] | None:
    """Return outcome and reason for an HTTP status, or None for 200."""
    if status == 200:
        return None
    if 300 <= status < 400:
        return VisitOutcome.UNREACHABLE, f"重定向到不允许的地址（{status}）"
    return _BY_STATUS.get(status, (VisitOutcome.UNREACHABLE, f"服务器返回 {status}"))


def error_failure(
    error: BaseException, guard: GuardedResolver, host: str
) -> tuple[VisitOutcome, str]:
    """Return outcome and reason for a request that got no usable answer."""
    if isinstance(error, HttpError):
        return status_failure(error.response.status) or (VisitOutcome.UNREACHABLE, "无响应")
    if isinstance(error, CannotResolveHostError) and host in guard.refused:
        # The guard hides addresses from the resolver, which then says that there are none.
        return VisitOutcome.UNREACHABLE, f"已拦截：{guard.refused[host]}"
    for kind, outcome, reason in _BY_ERROR:
        if isinstance(error, kind):
            return outcome, reason or str(error)
    return VisitOutcome.UNREACHABLE, f"网络错误（{type(error).__name__}）"


class SourceSpider(scrapy.Spider):
    """Visits every source once and hands over each visit as soon as it is over."""

    name = "sources"
    # The answers that we want to see ourselves; 3xx are left to the redirect middleware.
    handle_httpstatus_list = list(range(400, 600))  # noqa: RUF012  Scrapy reads a plain list

    def __init__(
        self,
        *,
        trays: Sequence[Tray],
        guard: GuardedResolver,
        seen: Seen,
        now: Callable[[], datetime],
        finished: Callable[[Gathered], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trays = trays
        self.guard = guard
        self.seen = seen
        self.now = now
        self.finished = finished
        self.mistakes: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        """Return a spider that remembers our own mistakes; Scrapy only logs them."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.note_mistake, signal=signals.spider_error)
        return spider

    def note_mistake(self, failure: Failure) -> None:
        """Remember where our own code failed; the message could quote a page and is left out."""
        trace = failure.value.__traceback__ if failure.value else None
        while trace and trace.tb_next:
            trace = trace.tb_next
        where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
        self.mistakes.append(f"{type(failure.value).__name__} at {where}")

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page of every source."""
        for tray in self.trays:
            yield self._request(tray, tray.source.url, detail=False, page=1)

    def _request(self, tray: Tray, url: str, *, detail: bool, page: int) -> Request:
        tray.under_way += 1
        tray.followed.add(url)
        return Request(
            url,
            callback=self.read,
            errback=self.failed,
            dont_filter=True,
            cb_kwargs={"tray": tray, "detail": detail, "page": page},
        )

    def read(self, response: Response, *, tray: Tray, detail: bool, page: int) -> Iterator[Request]:
        """Parse an answer, keep its posts, and ask for what it leads to."""
        if failure := status_failure(response.status):
            tray.fail(*failure, detail=detail, at=self.now())
        else:
            yield from self._keep(response, tray, detail=detail, page=page)
        self._answered(tray)

    def _keep(
        self, response: Response, tray: Tray, *, detail: bool, page: int
    ) -> Iterator[Request]:
        fetched = FetchedPage(
            source=tray.source.name,
            url=response.url,
            status=response.status,
            content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
            body=response.body,
            fetched_at=self.now(),
            link=Link(response.request.url) if detail and response.request else None,
        )
        try:
            result = parse(fetched, tray.source)
        except ParseError as error:
            tray.fail(error.outcome, error.reason, detail=detail or page > 1, at=self.now())
            return
        tray.take(result, seen_at=fetched.fetched_at)
        if not detail:
            yield from self._follow(result, tray, page)

    def _follow(self, result: ParseResult, tray: Tray, page: int) -> Iterator[Request]:
        source = tray.source
        if source.detail:
            for link in (one.url for one in result.links):
                known = link in tray.followed or self.seen(source.name, public_url(link) or link)
                if not known and not tray.stopped:
                    yield self._request(tray, link, detail=True, page=page)
        following = result.next_page
        if following and page < source.max_pages and following not in tray.followed:
            yield self._request(tray, following, detail=False, page=page + 1)

    def failed(self, failure: Failure) -> None:
        """Note why a request got no usable answer."""
        request: Request = vars(failure)["request"]  # set by Scrapy
        tray, detail = request.cb_kwargs["tray"], request.cb_kwargs["detail"]
        host = urlsplit(request.url).hostname or ""
        error = failure.value or RuntimeError()
        tray.fail(*error_failure(error, self.guard, host), detail=detail, at=self.now())
        self._answered(tray)

    def _answered(self, tray: Tray) -> None:
        tray.under_way -= 1
        if tray.under_way == 0:
            posts = tuple(tray.posts.values())
            self.finished(Gathered(posts, tuple(tray.defects), tray.visit(self.now())))
