"""Single requests through the guards, without the spiders of the product.

So what a guard does is seen by itself, and the same requests can be made without any guard.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Request, Response
from scrapy.settings import Settings
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import gatherResults
from twisted.names import dns
from twisted.names.client import Resolver
from twisted.python.failure import Failure

from core.vocabulary import VisitOutcome
from crawler import crawl, egress
from crawler.egress import GuardedResolver
from tests.crawler.conftest import Reactor

Said = tuple[VisitOutcome, str] | Response
SITE = "127.0.0.80"
"""Stands for a server on the Internet: the only address of this machine that counts as public."""


class Probe(scrapy.Spider):
    """Asks for addresses, and keeps what came of it."""

    name = "probe"
    handle_httpstatus_list = [304, *range(400, 600)]  # noqa: RUF012  Scrapy reads a plain list

    def __init__(self, *, requests: Sequence[Request], guard: Any, robots: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.requests = requests
        self.guard = guard
        self.robots = robots
        self.said: dict[str, Said] = {}

    async def start(self) -> AsyncIterator[Request]:
        for request in self.requests:
            kwargs = {"asked": request.meta.get("asked", request.url)}
            yield request.replace(
                callback=self.answered, errback=self.failed, cb_kwargs=kwargs, dont_filter=True
            )

    def answered(self, response: Response, *, asked: str) -> None:
        self.said[asked] = response

    def failed(self, failure: Failure) -> None:
        asked = vars(failure)["request"].cb_kwargs["asked"]
        self.said[asked] = egress.explain(failure.value or RuntimeError())


class PretendPublic(GuardedResolver):
    """The guard of a real crawl, but for one address of this machine."""

    def address_refusal(self, text: str) -> str | None:
        return None if text == SITE else super().address_refusal(text)

    def url_refusal(self, url: str) -> str | None:
        return None if url.startswith(f"http://{SITE}:") else super().url_refusal(url)


class FakeNames:
    """Asks a name server of ours for names, and the system for whatever spells an address."""

    def __init__(self, system: Any, port: int) -> None:
        self._system = system
        self._resolver = Resolver(servers=[("127.0.0.1", port)])

    def resolveHostName(  # noqa: N802  Twisted's name
        self,
        receiver: Any,
        host: str,
        portNumber: int = 0,  # noqa: N803
        *more: Any,
    ) -> Any:
        if host.rstrip(".").lower() == "localhost" or _is_numeric(host):
            return self._system.resolveHostName(receiver, host, portNumber, *more)
        receiver.resolutionBegan(self)
        looking = gatherResults(
            [self._resolver.lookupAddress(host), self._resolver.lookupIPV6Address(host)]
        )
        looking.addCallback(lambda answers: self._tell(receiver, answers, portNumber))
        looking.addErrback(lambda _: None)
        looking.addBoth(lambda _: receiver.resolutionComplete())
        return self

    def cancel(self) -> None:
        """Let it run."""

    def _tell(self, receiver: Any, answers: Any, port: int) -> None:
        for record in (one for answer in answers for one in answer[0]):
            if record.type == dns.A:
                address = record.payload.dottedQuad()
                receiver.addressResolved(IPv4Address("TCP", address, port))
            elif record.type == dns.AAAA:
                address = socket.inet_ntop(socket.AF_INET6, record.payload.address)
                receiver.addressResolved(IPv6Address("TCP", address, port))


def _is_numeric(host: str) -> bool:
    try:
        socket.getaddrinfo(host, 0, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return False
    return True


def probe_settings(*, allow_loopback: bool = True, **changes: object) -> dict[str, Any]:
    plain = crawl.scrapy_settings(
        contact="mailto:desk@office.example",
        version="0.1",
        allow_loopback=allow_loopback,
        default_pace_s=0,
    )
    return plain | changes


async def _ask(
    requests: Sequence[Request],
    settings: Mapping[str, Any],
    guard_kind: type[GuardedResolver] | None,
    names_port: int | None,
    robots: Any,
    *,
    guard_the_reactor: bool,
) -> Probe:
    from twisted.internet import reactor as installed

    reactor: Any = installed
    before = reactor.nameResolver
    inner = FakeNames(before, names_port) if names_port else before
    allowed = settings.get("HUIYING_ALLOW_LOOPBACK", False)
    guard = guard_kind(inner, allow_loopback=allowed) if guard_kind else None
    reactor.installNameResolver(guard if guard and guard_the_reactor else inner)
    try:
        runner = AsyncCrawlerRunner(Settings(dict(settings)))
        crawler = runner.create_crawler(Probe)
        await runner.crawl(crawler, requests=requests, guard=guard, robots=robots)
    finally:
        reactor.installNameResolver(before)
    probe = crawler.spider
    assert isinstance(probe, Probe)
    return probe


def probe(
    reactor: Reactor,
    requests: Sequence[str | Request],
    *,
    settings: Mapping[str, Any] | None = None,
    guard_kind: type[GuardedResolver] | None = GuardedResolver,
    guard_the_reactor: bool = True,
    names_port: int | None = None,
    robots: Any = None,
) -> Probe:
    """Send *requests* in one crawl and return the spider with what was said to each."""
    asked = [one if isinstance(one, Request) else Request(one) for one in requests]
    asking = _ask(
        asked,
        settings or probe_settings(),
        guard_kind,
        names_port,
        robots,
        guard_the_reactor=guard_the_reactor,
    )
    return asyncio.run_coroutine_threadsafe(asking, reactor.loop).result(90)
