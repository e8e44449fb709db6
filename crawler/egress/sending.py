"""The moment of sending: the last place where a request can be held back, and where it is bounded.

Requests wait for their turn behind all middlewares, so a host that says no is asked again unless
somebody looks once more here. Twisted bounds a line of a header but not the header: within the
30 s of a request, one that was folded on and on took 1.1 GB. So the connection's parser counts.
"""

import asyncio
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadFailedError
from scrapy.http import Request, Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

from crawler.egress.certificates import StrictCertificates
from crawler.egress.failures import (
    AddressRefusedError,
    BodyRefusedError,
    FetchError,
    HeadTooLargeError,
    certain_failure,
)
from crawler.egress.resolving import guard_of

MAX_HEAD_BYTES = 64 * 1024
"""Status lines and headers of one answer; a thousand cookies of 36 bytes fit in."""
LOOKUPS = 64
"""Names looked up at a time. Each takes a thread, for up to 20 s where no name server answers;
with Twisted's ten of them, a few dead names keep all others waiting."""


class _BoundedParser(_LenientHTTPClientParser):
    # No state of its own but this: it takes the place of a parser that is already made.
    head_bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802  Twisted's name
        self.head_bytes += len(line) + 1
        if self.head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLargeError
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        del line
        raise HeadTooLargeError


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Any:
        answer = super().request(request)
        if self._parser is not None:
            # The class is written down in Twisted; Scrapy's own lenient parser comes the same way.
            self._parser.__class__ = _BoundedParser
        return answer


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: N802
        del addr
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP handler behind our last guards."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory  # noqa: SLF001  Scrapy sets its own so
        self._contextFactory = StrictCertificates(self._contextFactory)  # type: ignore[assignment]
        self._limit_s = crawler.settings.getfloat("HUIYING_VISIT_LIMIT_S")
        self._ends: list[asyncio.TimerHandle] = []
        _allow_lookups()

    async def download_request(self, request: Request) -> Response:
        """Send *request* and return the answer; raises ``FetchError`` for what has a name."""
        guard = guard_of(self._crawler)
        if refusal := guard.hosts.refusal(request, self._limit_s):
            self._give_up_queues()
            raise refusal
        if guard.hosts.begin(request):
            loop = asyncio.get_running_loop()
            self._ends.append(loop.call_later(self._limit_s + 0.1, self._give_up_queues))
        left_s = guard.hosts.seconds_left(request, self._limit_s)
        request.meta["download_timeout"] = min(request.meta["download_timeout"], left_s)
        failure: FetchError
        try:
            return await super().download_request(request)
        except CannotResolveHostError:
            # The guard hides addresses from the resolver, which then says that there are none.
            reason = guard.refused.get(urlparse_cached(request).hostname or "")
            if not reason:
                raise
            failure = AddressRefusedError(f"已拦截：{reason}")
        except DownloadFailedError as error:
            certain = certain_failure(error)
            if not certain:
                raise
            failure = certain
        except BodyRefusedError as error:
            failure = error.why
        # Raised here and not above, where it would keep all that had arrived by its context.
        raise failure

    async def close(self) -> None:
        """Wait for the end of no more visits."""
        for end in self._ends:
            end.cancel()
        await super().close()

    def _give_up_queues(self) -> None:
        """Let what will not be sent fail at once, not one by one at the pace of its host."""
        engine: Any = self._crawler.engine
        hosts = guard_of(self._crawler).hosts
        for slot in engine.downloader.slots.values():
            for _ in range(len(slot.queue)):
                request, answer = slot.queue.popleft()
                if refusal := hosts.refusal(request, self._limit_s):
                    answer.errback(Failure(refusal))  # type: ignore[no-untyped-call]
                else:
                    slot.queue.append((request, answer))


def _allow_lookups() -> None:
    # Imported here, for whoever imports a reactor installs one.
    from twisted.internet import reactor as installed

    reactor: Any = installed
    reactor.suggestThreadPoolSize(LOOKUPS)
