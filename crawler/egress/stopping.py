"""A host that says no is asked no more, and no visit goes on for ever."""

import time

from scrapy.http import Request
from scrapy.utils.httpobj import urlparse_cached

from core.vocabulary import VisitOutcome
from crawler.egress.failures import NotAskedError


class Hosts:
    """What one crawl has learned of the hosts it visits, and how long it has visited them.

    A visit is what bears one name in ``meta["visit"]``, else all requests to one host. The first
    of them that is sent begins it.
    """

    def __init__(self) -> None:
        self._stopped: dict[str, tuple[str, VisitOutcome]] = {}
        self._begun: dict[str, float] = {}

    def stop(self, host: str, outcome: VisitOutcome, said: str) -> None:
        """Ask *host* no more in this crawl, because of what it *said*."""
        reason = f"该站在本次访问中已答复“{said}”，未再请求"
        self._stopped.setdefault(host, (reason, outcome))

    def begin(self, request: Request) -> bool:
        """Note that *request* is sent; return whether that begins its visit."""
        visit, before = _visit_of(request), len(self._begun)
        self._begun.setdefault(visit, time.monotonic())
        return len(self._begun) > before

    def seconds_left(self, request: Request, limit_s: float) -> float:
        """Return how long the visit of *request* may still last."""
        now = time.monotonic()
        return limit_s - (now - self._begun.get(_visit_of(request), now))

    def refusal(self, request: Request, limit_s: float) -> NotAskedError | None:
        """Return why *request* must not be sent, or None."""
        if stopped := self._stopped.get(urlparse_cached(request).hostname or ""):
            return NotAskedError(*stopped)
        if self.seconds_left(request, limit_s) > 0:
            return None
        return NotAskedError(f"本次访问已满 {limit_s:g} 秒，其余留待下次")


def _visit_of(request: Request) -> str:
    return str(request.meta.get("visit") or urlparse_cached(request).hostname)
