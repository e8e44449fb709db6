"""Nobody makes us connect where we may not, with a control that shows what else would happen (F18).

A canary listens on this machine, a name server of ours answers for the names, and one address of
this machine, 127.0.0.80, stands for a server on the Internet. Every socket is bound to loopback,
so nothing can leave the machine even in the control.
"""

import gc
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from scrapy.http import Request

from core.vocabulary import VisitOutcome
from tests.crawler.forbidden import GOOD, NAMES, Canary, NameServer, literals, shared_lines
from tests.crawler.hostile import NO_ROBOTS, Exchange, HostileServer, Site, answer, to
from tests.crawler.probing import SITE, PretendPublic, probe, probe_settings

# Twisted leaves a socket to the garbage collector when it cannot be bound to loopback.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)

STOCK = {
    "LOG_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "REMOTE_CONTROL_ENABLED": False,
    "RETRY_ENABLED": False,
    "DOWNLOAD_TIMEOUT": 5,
    "CONCURRENT_REQUESTS": 64,
}
"""Scrapy as it comes, less what would only make the control slower or louder."""


class World:
    """The canary, the name server, and the one server that may be visited."""

    def __init__(self) -> None:
        self.canary = Canary()
        self.names = NameServer(SITE)
        self.port = self.canary.port + 1
        site = Site(self.lead_astray, self.robots, where=(SITE, self.port))
        self.server = HostileServer({"site": site})

    async def lead_astray(self, exchange: Exchange) -> None:
        parts = urlsplit(exchange.asked.path)
        if parts.path == "/to":
            await exchange.send(to(parse_qs(parts.query)["u"][0]))
        elif parts.path == "/chain":
            await exchange.send(to(f"/chain?{parts.query}n"))
        elif parts.path == "/loop":
            await exchange.send(to("/loop"))
        elif parts.path == "/meta":
            url = f"http://127.0.0.1:{self.canary.port}/"
            await exchange.send(answer(f'<meta http-equiv="refresh" content="0;url={url}">'))
        else:
            await exchange.send(answer("a page"))

    async def robots(self, exchange: Exchange) -> None:
        astray = exchange.asked.headers["Host"].startswith("robots.test")
        await exchange.send(to(f"http://127.0.0.1:{self.canary.port}/") if astray else NO_ROBOTS)

    def filled(self, url: str) -> str:
        return url.replace("PORT", str(self.canary.port)).replace("SITE", str(self.port))

    def close(self) -> None:
        self.server.close()
        self.names.close()
        self.canary.close()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.close()


def requests_for(urls: Sequence[str]) -> tuple[list[Request], list[str]]:
    """Return a request for each address, and those that Scrapy itself takes for none."""
    made, none = [], []
    for url in dict.fromkeys(urls):
        try:
            made.append(Request(url, meta={"asked": url}))
        except ValueError:
            none.append(url)
    return made, none


def visit(world: World, reactor, urls: Sequence[str], **changes):
    requests, none = requests_for(urls)
    strict = probe_settings(allow_loopback=False, DOWNLOAD_BIND_ADDRESS="127.0.0.1")
    arguments = {"settings": strict, "guard_kind": PretendPublic, "names_port": world.names.port}
    said = probe(reactor, requests, **(arguments | changes)).said
    assert len(said) == len(requests)
    return said, none


def control(world: World, reactor, urls: Sequence[str]) -> None:
    """Make the same requests with Scrapy as it comes, IPv4 and IPv6 apart."""
    web = [url for url in urls if url.lower().startswith("http") and ":8" in url]
    for bind, six in (("127.0.0.1", False), ("::1", True)):
        mine = [url for url in web if ("//[" in url) is six]
        settings = STOCK | {"DOWNLOAD_BIND_ADDRESS": bind}
        visit(world, reactor, mine, settings=settings, guard_kind=None)
    gc.collect()


def test_no_forbidden_address_is_connected_to(world, reactor):
    urls = [world.filled(url) for url in [*literals(), *NAMES]]

    said, none = visit(world, reactor, urls)

    assert world.canary.hits == {}
    refused = {url for url, one in said.items() if isinstance(one, tuple)}
    assert [url for url in said if url not in refused] == []
    assert len(refused) + len(none) == len(urls) > 400
    control(world, reactor, urls)
    assert world.canary.hits["v4"] > 20
    assert world.canary.hits["v6"] > 2


def test_the_shared_list_is_refused_when_it_is_fetched(world, reactor):
    lines = [(world.filled(url), good) for url, good in shared_lines()]
    hosts = ("redirect.test", "robots.test", "sitemap.test")
    for host in hosts:
        lines = [(url.replace(f"//{host}/", f"//{host}:{world.port}/"), g) for url, g in lines]

    said, none = visit(world, reactor, [url for url, _ in lines])

    assert world.canary.hits == {}
    pages = {url for url, one in said.items() if not isinstance(one, tuple)}
    assert {urlsplit(url).path for url in pages} == {"/meta", "/sitemap.xml"}
    # Nothing listens at port 80, but the guard let them through to it.
    good = {said[url] for url, is_good in lines if is_good}
    assert good == {(VisitOutcome.UNREACHABLE, "连接被拒绝（读取 robots.txt 时）")}
    assert len(said) + len(none) == len({url for url, _ in lines}) == 85
    control(world, reactor, [url for url, _ in lines])
    assert world.canary.hits["v4"] > 15
    assert world.canary.hits["v6"] > 1


def test_public_addresses_are_connected_to(world, reactor):
    urls = [f"http://{host}:{world.port}/" for host in ("news.example", "新闻.example")]

    said, _ = visit(world, reactor, urls)

    assert [said[url].body for url in urls] == [b"a page", b"a page"]


def test_the_good_ones_pass_the_guard(world, reactor):
    said, _ = visit(world, reactor, [url for url in GOOD if "example" in url])

    assert not [one for one in said.values() if "已拦截" in one[1]]


def test_a_name_that_changes_its_answer_gains_nothing(world, reactor):
    # The first lookup, for robots.txt, is answered with the public address, the second with
    # loopback; the port is the canary's on both.
    url = f"http://rebind.test:{world.canary.port}/"
    site = Site(answer("a page"), answer(b"", "404 Not Found"), where=(SITE, world.canary.port))
    server = HostileServer({"rebind": site})

    said, _ = visit(world, reactor, [url])

    server.close()
    assert len(server.asked["rebind"]) == 1
    assert world.names.asked["rebind.test."] == 2
    assert said[url] == (VisitOutcome.UNREACHABLE, "已拦截：127.0.0.1 不是公网地址")
    assert world.canary.hits == {}


def test_of_several_answers_only_a_public_one_is_connected_to(world, reactor):
    url = f"http://multi.test:{world.canary.port}/"

    said, _ = visit(world, reactor, [url])

    # Bound to loopback, the public address cannot be reached.
    assert said[url] == (VisitOutcome.UNREACHABLE, "无法建立连接（读取 robots.txt 时）")
    assert world.canary.hits == {}


def test_where_the_resolver_is_passed_by_the_peer_still_is_judged(world, reactor):
    url = f"http://cname.test:{world.canary.port}/"

    said, _ = visit(world, reactor, [url], guard_the_reactor=False)

    assert world.canary.hits["v4"] == 1
    assert said[url] == (
        VisitOutcome.UNREACHABLE,
        "已拦截：127.0.0.1 不是公网地址（读取 robots.txt 时）",
    )


def test_a_page_that_refreshes_to_a_forbidden_address_is_only_a_page(world, reactor):
    url = f"http://public.test:{world.port}/meta"

    said, _ = visit(world, reactor, [url])

    assert b"refresh" in said[url].body
    assert world.canary.hits == {}
