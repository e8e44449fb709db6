"""Every hop goes only where it may, is answered from there, and brings whole pages alone."""

from typing import Any

from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached

from core.vocabulary import VisitOutcome
from crawler.egress.failures import AddressRefusedError, DamagedAnswerError, FetchError
from crawler.egress.resolving import GuardedResolver, guard_of
from crawler.egress.robots import is_for_robots
from crawler.egress.settings import require_guards
from crawler.unpacking import UnpackError, gunzip

_SAYS_NO = {
    401: VisitOutcome.REFUSED,
    403: VisitOutcome.REFUSED,
    429: VisitOutcome.THROTTLED,
    503: VisitOutcome.THROTTLED,
}


class _Guard:
    """A middleware that asks the guard of the running crawl, and starts only among all others."""

    def __init__(self, crawler: Crawler) -> None:
        require_guards(crawler.settings)
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "_Guard":
        """Return the middleware; raises ``HuiyingError`` when a guard is missing."""
        return cls(crawler)

    @property
    def guard(self) -> GuardedResolver:
        """The resolver in front of the reactor's own."""
        return guard_of(self._crawler)


class AddressGuard(_Guard):
    """Judges an address before anything is done about it, robots.txt included."""

    def process_request(self, request: Request) -> None:
        """Raise ``AddressRefusedError``; redirects come through here as new requests."""
        if request.meta.get("proxy"):
            raise AddressRefusedError("已拦截：不经代理访问")
        if reason := self.guard.url_refusal(request.url):
            raise AddressRefusedError(f"已拦截：{reason}")


class StopWhenRefused(_Guard):
    """Takes 401, 403, 429 and 503 for the end of the visit to that host."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._limit_s = crawler.settings.getfloat("HUIYING_VISIT_LIMIT_S")

    def process_request(self, request: Request) -> None:
        """Raise ``NotAskedError`` for a host that has said no, or a visit that is over."""
        if refusal := self.guard.hosts.refusal(request, self._limit_s):
            raise refusal

    def process_response(self, request: Request, response: Response) -> Response:
        """Note a refusal. A robots.txt that may not be read is none: it only is not there."""
        outcome = _SAYS_NO.get(response.status)
        if outcome and not is_for_robots(request):
            host = urlparse_cached(response).hostname or ""
            self.guard.hosts.stop(host, outcome, str(response.status))
        return response


class PeerGuard(_Guard):
    """The second lock: whatever was resolved, an answer counts only from where it may come."""

    def process_response(self, request: Request, response: Response) -> Response:
        """Return *response*; raises ``AddressRefusedError``."""
        del request
        if response.ip_address is None:
            raise AddressRefusedError("已拦截：对端地址不明")
        if reason := self.guard.address_refusal(str(response.ip_address)):
            raise AddressRefusedError(f"已拦截：{reason}")
        return response


class WholeAnswer:
    """Asks for gzip and unpacks it, refusing a body that is cut off or too large.

    Scrapy's own middleware delivers a gzip body without its trailer as if it were whole.
    """

    def process_request(self, request: Request) -> None:
        """Say which encoding may be sent."""
        request.headers.setdefault(b"Accept-Encoding", b"gzip")

    def process_response(self, request: Request, response: Response) -> Response:
        """Return *response* unpacked; raises ``DamagedAnswerError``."""
        if response.status == 304 and not _is_conditional(request):
            raise DamagedAnswerError("没有条件的请求得到“未修改”（304）")
        if not 200 <= response.status < 300:
            return response
        lines = response.headers.getlist(b"Content-Encoding")
        names = [e.strip().lower() for line in lines for e in line.split(b",")]
        packings = [name for name in names if name not in {b"", b"identity"}]
        if not packings:
            return response
        headers = response.headers.copy()
        del headers[b"Content-Encoding"]
        return response.replace(body=_unpacked(response.body, packings), headers=headers)


def _is_conditional(request: Request) -> bool:
    return any(name in request.headers for name in ("If-None-Match", "If-Modified-Since"))


def _unpacked(body: bytes, packings: list[bytes]) -> bytes:
    if len(packings) > 1:
        raise DamagedAnswerError("多层压缩")
    if packings[0] not in {b"gzip", b"x-gzip"}:
        raise DamagedAnswerError("未请求的压缩方式")
    try:
        return gunzip(body)
    except UnpackError as error:
        raise DamagedAnswerError(error.reason) from None


class NamelessRedirect(RedirectMiddleware):
    """Follows redirects and tells the next server nothing of where it came from."""

    def process_response(
        self, request: Request, response: Response, spider: Any = None
    ) -> Request | Response:
        """Return the request that *response* leads to, or *response*; raises ``FetchError``."""
        del spider
        try:
            return super().process_response(request, response)
        except ValueError:
            # urljoin, w3lib and Request raise it for an address that is none.
            raise FetchError("重定向地址无法解析") from None

    def handle_referer(self, request: Request, response: Response) -> None:
        """Send no Referer; the referer middleware is off as well."""
        del response
        request.headers.pop("Referer", None)

    def _engine_started(self) -> None:
        """Look for no referer middleware: without it Scrapy warns at every start."""
