"""The one guard every outgoing connection of the crawler goes through.

Addresses are judged when a name is resolved, and what was judged is what gets connected, so a
name that changes its answer gains nothing. Scrapy 2.19 alone reached 19 of 25 ways to spell a
loopback address (reliability handbook, section 0).
"""

import logging
from collections.abc import Sequence
from typing import Any

import structlog
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from crawler.addresses import address_refusal
from crawler.unpacking import MAX_BYTES, UnpackError, gunzip

log = structlog.get_logger()


class RobotsRefusedError(IgnoreRequest):
    """robots.txt forbids the page, or could not be asked (RFC 9309, 2.3.1.4)."""


class DamagedAnswerError(IgnoreRequest):
    """The answer was cut off or unpacks to more than ``MAX_BYTES``."""


class _Receiver:
    """Passes on the addresses that may be connected to."""

    def __init__(self, inner: Any, guard: "GuardedResolver", host: str) -> None:
        self._inner = inner
        self._guard = guard
        self._host = host

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  Twisted's name
        self._inner.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        reason = address_refusal(address.host, allow_loopback=self._guard.allow_loopback)
        if reason is None:
            self._inner.addressResolved(address)
        else:
            self._guard.refused[self._host] = reason

    def resolutionComplete(self) -> None:  # noqa: N802
        self._inner.resolutionComplete()


class _Answered:
    """A resolution that is over as soon as it began."""

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing is under way."""


class GuardedResolver:
    """A name resolver that hides addresses which may not be connected to.

    ``refused`` maps a host to the reason, because the connection itself only says that the
    lookup found nothing.
    """

    def __init__(self, inner: Any, *, allow_loopback: bool) -> None:
        self._inner = inner
        self.allow_loopback = allow_loopback
        self.refused: dict[str, str] = {}

    def resolveHostName(  # noqa: N802  Twisted's name
        self,
        resolutionReceiver: Any,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> Any:
        """Resolve as the inner resolver does, less what is refused; literals need no lookup."""
        receiver = _Receiver(resolutionReceiver, self, hostName)
        try:
            address_refusal(hostName, allow_loopback=self.allow_loopback)
        except ValueError:
            return self._inner.resolveHostName(
                receiver, hostName, portNumber, addressTypes, transportSemantics
            )
        resolution = _Answered(hostName)
        receiver.resolutionBegan(resolution)
        kind = IPv6Address if ":" in hostName else IPv4Address
        receiver.addressResolved(kind("TCP", hostName, portNumber))
        receiver.resolutionComplete()
        return resolution


class CarefulRobots(RobotsTxtMiddleware):
    """Obeys robots.txt, and stays away where it cannot be read."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unread: set[str] = set()
        self._broken: dict[str, Exception] = {}

    async def process_request(self, request: Request, spider: Any = None) -> None:
        """Raise ``RobotsRefusedError``, or what kept robots.txt from being fetched."""
        del spider
        if request.meta.get("dont_obey_robotstxt"):
            return
        parser = await self.robot_parser(request)
        netloc = urlparse_cached(request).netloc
        if netloc in self._broken:
            raise self._broken[netloc]
        if netloc in self._unread:
            raise RobotsRefusedError("robots.txt 无法读取，按不允许处理")
        if parser is not None and not parser.allowed(request.url, self._default_useragent):
            raise RobotsRefusedError("robots.txt 不允许")

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        # 429 is a server that cannot answer now, like 5xx; other 4xx mean that there is no file.
        if response.status >= 500 or response.status == 429:
            self._unread.add(netloc)
        whole = response if response.status == 200 else response.replace(body=b"")
        await super()._parse_robots(whole, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, IgnoreRequest):
            self._unread.add(netloc)
        else:
            self._broken[netloc] = exc
        super()._robots_error(exc, netloc)


class WholeGzip:
    """Asks for gzip and unpacks it, refusing a body that is cut off or too large.

    Scrapy's own middleware delivers a gzip body without its trailer as if it were whole.
    """

    def process_request(self, request: Request) -> None:
        """Say which encoding may be sent."""
        request.headers.setdefault(b"Accept-Encoding", b"gzip")

    def process_response(self, request: Request, response: Response) -> Response:
        """Return *response* unpacked; raises ``DamagedAnswerError``."""
        del request
        encodings = response.headers.getlist(b"Content-Encoding")
        names = [e.strip().lower() for line in encodings for e in line.split(b",") if e.strip()]
        body = response.body
        for name in reversed(names):
            if name == b"identity":
                continue
            if name not in {b"gzip", b"x-gzip"}:
                raise DamagedAnswerError("未请求的压缩方式")
            try:
                body = gunzip(body)
            except UnpackError as error:
                raise DamagedAnswerError(error.reason) from None
        if not names:
            return response
        headers = response.headers.copy()
        del headers[b"Content-Encoding"]
        return response.replace(body=body, headers=headers)


class NamelessRedirect(RedirectMiddleware):
    """Follows redirects and tells the next server nothing of where it came from."""

    def handle_referer(self, request: Request, response: Response) -> None:
        """Send no Referer; the referer middleware is off as well."""
        del response
        request.headers.pop("Referer", None)

    def _engine_started(self) -> None:
        """Look for no referer middleware: without it Scrapy warns at every start."""


class PoliteThrottle(AutoThrottle):
    """Slows down for a slow server, and never goes below the pace of its sources."""

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = urlparse_cached(response).hostname or ""
        floors = self.crawler.settings.getdict("DOWNLOAD_SLOTS")
        slot.delay = max(slot.delay, floors.get(host, {}).get("delay", self.mindelay))


class SilentFormatter:
    """Scrapy's own messages: nothing of a request, an item or an exception is formatted.

    Addresses of detail pages can name people, and exceptions can quote pages.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SilentFormatter":
        """Return the formatter; it has no settings."""
        del crawler
        return cls()

    def crawled(self, *_: Any) -> None:
        """Say nothing."""

    scraped = dropped = crawled

    def download_error(self, *_: Any) -> None:
        """Say nothing: the visit tells the reason."""

    def item_error(self, *_: Any) -> dict[str, Any]:
        """Say that it happened."""
        return {"level": logging.ERROR, "msg": "item_error", "args": {}}

    def spider_error(self, *_: Any) -> dict[str, Any]:
        """Say that it happened."""
        return {"level": logging.ERROR, "msg": "spider_error", "args": {}}


class DiscreetHandler(logging.Handler):
    """Passes a library's warnings on without arguments or traceback, which can hold addresses."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log where it was said and the kind of error, nothing of its content."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.warning("library_warning", module=record.name, line=record.lineno, error=error)


def guard_settings(*, allow_loopback: bool) -> dict[str, Any]:
    """Return the Scrapy settings that close every other way out."""
    bases = {
        "scrapy.extensions.telnet.TelnetConsole": None,
        "scrapy.extensions.remote_control.RemoteControl": None,
        "scrapy.extensions.memusage.MemoryUsage": None,
        "scrapy.extensions.memdebug.MemoryDebugger": None,
        "scrapy.extensions.logstats.LogStats": None,
        "scrapy.extensions.logcount.LogCount": None,
        "scrapy.extensions.feedexport.FeedExporter": None,
        "scrapy.extensions.spiderstate.SpiderState": None,
        "scrapy.extensions.throttle.AutoThrottle": None,
        "crawler.egress.PoliteThrottle": 0,
    }
    middlewares = {
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "crawler.egress.CarefulRobots": 100,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
        "crawler.egress.NamelessRedirect": 600,
        "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
        "crawler.egress.WholeGzip": 590,
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
        "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    }
    return {
        "HUIYING_ALLOW_LOOPBACK": allow_loopback,
        "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": MAX_BYTES,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "DOWNLOAD_TIMEOUT": 30,
        "DOWNLOADER_MIDDLEWARES": middlewares,
        "EXTENSIONS": bases,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "METAREFRESH_ENABLED": False,
        "REFERER_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "REDIRECT_MAX_TIMES": 5,
        "RETRY_TIMES": 1,
        "RETRY_HTTP_CODES": [502, 504, 522, 524, 408],
    }
