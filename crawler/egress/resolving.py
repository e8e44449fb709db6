"""Names are judged when they resolve, and what was judged is what gets connected.

So a name that changes its answer gains nothing. Scrapy 2.19 alone reached 19 of 25 ways to spell
a loopback address (reliability handbook, section 0).
"""

from collections.abc import Sequence
from typing import Any

from scrapy.crawler import Crawler
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from crawler.addresses import address_refusal, url_refusal
from crawler.egress.stopping import Hosts


class _Receiver:
    """Passes on the addresses that may be connected to."""

    def __init__(self, inner: Any, guard: "GuardedResolver", host: str) -> None:
        self._inner = inner
        self._guard = guard
        self._host = host

    def resolutionBegan(self, resolution: Any) -> None:  # noqa: N802  Twisted's name
        self._inner.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        reason = self._guard.address_refusal(address.host)
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

    Every other guard asks it too, so there is one rule for addresses in a crawl. ``refused`` maps
    a host to the reason, because the connection itself only says that the lookup found nothing.
    """

    def __init__(self, inner: Any, *, allow_loopback: bool) -> None:
        self._inner = inner
        self.allow_loopback = allow_loopback
        self.refused: dict[str, str] = {}
        self.hosts = Hosts()

    def address_refusal(self, text: str) -> str | None:
        """Return why the IP address *text* may not be connected to, or None.

        Raises ``ValueError`` when *text* is no address.
        """
        return address_refusal(text, allow_loopback=self.allow_loopback)

    def url_refusal(self, url: str) -> str | None:
        """Return why *url* may not be visited, or None."""
        return url_refusal(url, allow_loopback=self.allow_loopback)

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
            self.address_refusal(hostName)
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


def guard_of(crawler: Crawler) -> GuardedResolver:
    """Return the guard of a running crawl; a crawl without one can fetch nothing."""
    spider: Any = crawler.spider
    guard: GuardedResolver = spider.guard
    return guard
