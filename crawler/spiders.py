"""One spider for all listed sources: list pages, their next pages, and new detail pages."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from core.vocabulary import VisitOutcome
from crawler import egress
from crawler.egress import GuardedResolver, NotAskedError
from crawler.ledger import Ended, Gathered, Ledger, Start, Unparsed
from crawler.parsers import ParseError, ParseResult, parse
from crawler.parsers.page import location
from crawler.pipelines import GRAVE, Tray
from crawler.records import FetchedPage, Link
from crawler.sources import Source

_VALIDATOR = re.compile(r"[\x20-\x7e]{1,256}")

_BY_STATUS = {
    401: (VisitOutcome.REFUSED, "需要登录（401）"),
    403: (VisitOutcome.REFUSED, "被拒绝（403）"),
    429: (VisitOutcome.THROTTLED, "请求过多（429）"),
    503: (VisitOutcome.THROTTLED, "暂停服务（503）"),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """An address that gave no usable answer."""

    url: str
    outcome: VisitOutcome
    reason: str


def status_failure(status: int) -> tuple[VisitOutcome, str] | None:
    """Return outcome and reason for an HTTP status, or None for 200."""
    if status == 200:
        return None
    if 300 <= status < 400:
        return VisitOutcome.UNREACHABLE, f"重定向到不允许的地址（{status}）"
    return _BY_STATUS.get(status, (VisitOutcome.UNREACHABLE, f"服务器返回 {status}"))


def error_failure(error: BaseException) -> tuple[VisitOutcome, str]:
    """Return outcome and reason for a request that got no usable answer."""
    if isinstance(error, HttpError):
        return status_failure(error.response.status) or (VisitOutcome.UNREACHABLE, "无响应")
    return egress.explain(error)


def place_of(failure: Failure) -> str:
    """Return the kind of an error and where it was raised, nothing of what it says."""
    trace = failure.value.__traceback__ if failure.value else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    return f"{type(failure.value).__name__} at {where}"


def page_of(response: Response, source: str, now: datetime, link: Link | None) -> FetchedPage:
    """Return an answer as parsers take it."""
    return FetchedPage(
        source=source,
        url=response.url,
        status=response.status,
        content_type=(response.headers.get("Content-Type") or b"").decode("latin-1"),
        body=response.body,
        fetched_at=now,
        link=link,
    )


def validators(response: Response) -> tuple[str | None, str | None]:
    """Return ETag and Last-Modified of an answer, each only if it can be sent back as it is."""
    etag, modified = (
        (response.headers.get(name) or b"").decode("latin-1") for name in ("ETag", "Last-Modified")
    )
    return (
        etag if _VALIDATOR.fullmatch(etag) else None,
        modified if _VALIDATOR.fullmatch(modified) else None,
    )


def _conditions(start: Start) -> dict[str, str]:
    """Return the headers that ask for a page only if it has changed (RFC 9110, 13.1)."""
    told = {"If-None-Match": start.etag, "If-Modified-Since": start.last_modified}
    return {name: value for name, value in told.items() if value}


def _unparsed(page: FetchedPage, source: Source, error: ParseError) -> Unparsed | None:
    """Return a page whose parser failed; a login page or an empty one would tell nothing.

    Its address can name a person, so it goes inside, before the page.
    """
    if error.outcome is not VisitOutcome.DAMAGED:
        return None
    content = f"<!-- {page.url} -->\n".encode("utf-8", "replace") + page.body
    return Unparsed(location(source.url), error.reason, content, page.fetched_at)


class SourceSpider(scrapy.Spider):
    """Visits every source once and hands over each answer as soon as it is read."""

    name = "sources"
    # The answers that we want to see ourselves; other 3xx are left to the redirect middleware.
    handle_httpstatus_list = [304, *range(400, 600)]  # noqa: RUF012  Scrapy reads a plain list

    def __init__(
        self,
        *,
        trays: Sequence[Tray],
        ledger: Ledger,
        guard: GuardedResolver,
        now: Callable[[], datetime],
        tell: Callable[[Gathered | Ended], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trays = trays
        self.ledger = ledger
        self.robots = ledger.robots
        self.guard = guard
        self.now = now
        self.tell = tell
        self.mistakes: list[str] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "SourceSpider":
        """Return a spider that remembers our own mistakes; Scrapy only logs them."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.note_mistake, signal=signals.spider_error)
        return spider

    def note_mistake(self, failure: Failure) -> None:
        """Remember where our own code failed; the message could quote a page and is left out."""
        self.mistakes.append(place_of(failure))

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the first page of every source, and for what earlier visits did not come to."""
        for tray in self.trays:
            yield self._request(tray, tray.source.url, headers=_conditions(tray.start))
            for link in tray.start.waiting:
                if link.url not in tray.followed:
                    yield self._behind(tray, link)

    def _request(
        self,
        tray: Tray,
        url: str,
        *,
        link: Link | None = None,
        page: int = 1,
        headers: dict[str, str] | None = None,
    ) -> Request:
        tray.under_way += 1
        tray.followed.add(url)
        return Request(
            url,
            callback=self.read,
            errback=self.failed,
            dont_filter=True,
            headers=headers,
            cb_kwargs={"tray": tray, "link": link, "page": page},
            # The egress limits the time of what bears one name.
            meta={"visit": tray.source.name},
        )

    def _behind(self, tray: Tray, link: Link) -> Request:
        tray.details_left -= 1
        return self._request(tray, link.url, link=link)

    def read(
        self, response: Response, *, tray: Tray, link: Link | None, page: int
    ) -> list[Request]:
        """Parse an answer, hand over its posts, and return requests for what it leads to.

        A list, for Scrapy looks into the source of a callback that yields, anew for each answer.
        """
        following: list[Request] = []
        if response.status == 304 and link is None:
            tray.outcome, tray.etag = VisitOutcome.UNCHANGED, tray.start.etag
            tray.last_modified = tray.start.last_modified
        elif failure := status_failure(response.status):
            tray.wait = egress.retry_after(response.headers, self.now()) or tray.wait
            self._fail(tray, link, *failure)
        else:
            following = self._keep(response, tray, link, page)
        self._answered(tray)
        return following

    def _keep(self, response: Response, tray: Tray, link: Link | None, page: int) -> list[Request]:
        fetched = page_of(response, tray.source.name, self.now(), link)
        try:
            result = parse(fetched, tray.source)
        except ParseError as error:
            if error.outcome in GRAVE:
                host = urlsplit(response.url).hostname or ""
                self.guard.hosts.stop(host, error.outcome, error.reason)
            unparsed = _unparsed(fetched, tray.source, error)
            self._fail(tray, link, error.outcome, error.reason, page=page, unparsed=unparsed)
            return []
        posts, defects = tray.take(result, seen_at=fetched.fetched_at)
        links = self._unread(result, tray, fetched.fetched_at)
        gathered = Gathered(tray.source.name, fetched.fetched_at, posts, defects, links, read=link)
        self.tell(gathered)
        if link is None and page == 1:
            tray.etag, tray.last_modified = validators(response)
        return list(self._follow(result, links, tray, page, link))

    def _unread(self, result: ParseResult, tray: Tray, now: datetime) -> list[Link]:
        links = tray.open_links(result, now)
        return self.ledger.unread(tray.source.name, links) if links else links

    def _follow(
        self,
        result: ParseResult,
        links: Sequence[Link],
        tray: Tray,
        page: int,
        behind: Link | None,
    ) -> Iterator[Request]:
        for link in links:
            if tray.details_left > 0 and not tray.stopped:
                yield self._behind(tray, link)
        ahead = [url for url in (result.next_page, *result.pages) if url]
        for number, url in enumerate(ahead, page + 1):
            if number <= tray.source.max_pages and url not in tray.followed and not tray.stopped:
                # The next page of a thread is read as its first was.
                yield self._request(tray, url, link=behind, page=number)

    def failed(self, failure: Failure) -> None:
        """Note why a request got no usable answer."""
        request: Request = vars(failure)["request"]  # set by Scrapy
        given = request.cb_kwargs
        error = failure.value or RuntimeError()
        outcome, reason = error_failure(error)
        if isinstance(error, NotAskedError) and given["link"] is not None:
            # Never sent, so it waits unchanged; whatever stopped the visit is told.
            given["tray"].reason = given["tray"].reason or reason
        else:
            self._fail(given["tray"], given["link"], outcome, reason, page=given["page"])
        self._answered(given["tray"])

    def _fail(
        self,
        tray: Tray,
        link: Link | None,
        outcome: VisitOutcome,
        reason: str,
        *,
        page: int = 1,
        unparsed: Unparsed | None = None,
    ) -> None:
        detail, at = link is not None or page > 1, self.now()
        tray.fail(outcome, reason, detail=detail)
        defects = (tray.defect(reason, at),) if detail else ()
        if unparsed is None and not defects:
            return
        # A link is not to blame for a source that wants no more requests: it waits unchanged.
        blamed = link if outcome not in GRAVE else None
        self.tell(
            Gathered(
                tray.source.name,
                at,
                defects=defects,
                read=blamed,
                failed=blamed is not None,
                unparsed=unparsed,
            )
        )

    def _answered(self, tray: Tray) -> None:
        tray.under_way -= 1
        if tray.under_way == 0:
            self.tell(Ended(tray.visit(self.now()), tray.etag, tray.last_modified, tray.wait))


class PageSpider(scrapy.Spider):
    """Fetches single pages, one after the other for a host, and hands them over unread."""

    name = "pages"
    handle_httpstatus_list = list(range(400, 600))  # noqa: RUF012  Scrapy reads a plain list

    def __init__(
        self,
        *,
        urls: Sequence[str],
        source: str,
        guard: GuardedResolver,
        now: Callable[[], datetime],
        answered: dict[str, "FetchedPage | Refused"],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.urls = urls
        self.source = source
        self.guard = guard
        self.now = now
        self.answered = answered

    async def start(self) -> AsyncIterator[Any]:
        """Ask for every page."""
        for url in dict.fromkeys(self.urls):
            yield Request(
                url,
                callback=self.read,
                errback=self.failed,
                dont_filter=True,
                cb_kwargs={"asked": url},
            )

    def read(self, response: Response, *, asked: str) -> None:
        """Hand over the page, or why it is none."""
        if failure := status_failure(response.status):
            self.answered[asked] = Refused(asked, *failure)
        else:
            self.answered[asked] = page_of(response, self.source, self.now(), None)

    def failed(self, failure: Failure) -> None:
        """Note why a request got no usable answer."""
        request: Request = vars(failure)["request"]  # set by Scrapy
        error = failure.value or RuntimeError()
        asked = request.cb_kwargs["asked"]
        self.answered[asked] = Refused(asked, *error_failure(error))
