"""What the guards do to a single request: conditions, refusals, hops, limits and silence."""

import logging
import time
from datetime import timedelta

import pytest
import structlog
from scrapy.http import Headers, Request

from core.vocabulary import VisitOutcome
from crawler.egress import GuardedResolver, retry_after
from crawler.egress.bounding import ALL_BYTES, MAX_PIECES, SMALL_BYTES, BodyLimits
from crawler.egress.failures import BodyRefusedError
from crawler.egress.quiet import DiscreetHandler
from tests.crawler.conftest import NOON
from tests.crawler.forbidden import Canary
from tests.crawler.hostile import Exchange, HostileServer, Site, answer
from tests.crawler.probing import probe, probe_settings

DENIED, THROTTLED = VisitOutcome.REFUSED, VisitOutcome.THROTTLED


def paced(host: str, delay_s: float):
    slots = {host: {"delay": delay_s, "concurrency": 1, "jitter": 0}}
    return probe_settings(DOWNLOAD_SLOTS=slots, AUTOTHROTTLE_ENABLED=True)


# Conditions


@pytest.mark.parametrize(
    "header",
    [
        {"If-None-Match": '"abc"'},
        {"If-Modified-Since": "Tue, 17 Jun 2031 01:00:00 GMT"},
    ],
)
def test_a_page_that_has_not_changed_comes_through_as_such(site, reactor, header):
    site.say("/a", "", 304)

    said = probe(reactor, [Request(f"{site.url}/a", headers=header)]).said

    assert said[f"{site.url}/a"].status == 304
    name, value = next(iter(header.items()))
    assert site.headers[-1][name] == value


def test_not_modified_without_a_condition_is_no_answer(site, reactor):
    site.say("/a", "", 304)

    outcome, reason = probe(reactor, [f"{site.url}/a"]).said[f"{site.url}/a"]

    assert outcome is VisitOutcome.DAMAGED
    assert "304" in reason


# Refusals


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("401 No", DENIED), ("403 No", DENIED), ("429 No", THROTTLED), ("503 No", THROTTLED)],
)
def test_a_host_that_says_no_is_asked_no_more(reactor, status, outcome):
    server = HostileServer({"host": Site(answer(b"", status))})
    urls = [server.url("host", f"/{n}") for n in range(12)]
    settings = paced(urls[0].partition("://")[2].partition(":")[0], 0.5)
    begun = time.monotonic()

    said = probe(reactor, urls, settings=settings).said

    server.close()
    assert len(server.paths("host")) == 1
    never_sent = [one for one in said.values() if isinstance(one, tuple)]
    assert len(never_sent) == 11
    assert {one[0] for one in never_sent} == {outcome}
    assert all("未再请求" in one[1] for one in never_sent)
    # What waits behind a refusal does not wait for its turn.
    assert time.monotonic() - begun < 3


def test_a_refusal_stops_one_host_and_no_other(reactor):
    server = HostileServer({"no": Site(answer(b"", "403 No")), "yes": Site(answer("page"))})
    urls = [server.url("no", "/1"), *(server.url("yes", f"/{n}") for n in range(5))]

    said = probe(reactor, urls).said

    server.close()
    assert [said[url].body for url in urls[1:]] == [b"page"] * 5


def test_a_host_can_be_stopped_for_what_its_page_says(reactor):
    server = HostileServer({"host": Site(answer("please enter the letters"))})
    url = server.url("host", "/list")

    class AskedForLetters(GuardedResolver):
        def url_refusal(self, url: str) -> str | None:
            self.hosts.stop(url.split("/")[2].partition(":")[0], VisitOutcome.CAPTCHA, "验证码")
            return super().url_refusal(url)

    said = probe(reactor, [url], guard_kind=AskedForLetters).said

    server.close()
    reason = "该站在本次访问中已答复“验证码”，未再请求"
    assert said[url] == (VisitOutcome.CAPTCHA, reason)
    assert server.asked == {}


@pytest.mark.parametrize("status", ["500 Oh", "502 Oh", "504 Oh"])
def test_a_server_that_failed_is_tried_at_most_once_more(reactor, status):
    server = HostileServer({"host": Site(answer(b"", status))})

    probe(reactor, [server.url("host", "/a")])

    server.close()
    assert server.paths("host") == (["/a"] if status == "500 Oh" else ["/a", "/a"])


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        ("0", 5),
        ("120", 5),
        ("1800", 30),
        (" 1800 ", 30),
        ("86400", 24 * 60),
        ("90000", 24 * 60),
        (str(7 * 86400), 24 * 60),
        (str(7 * 86400 + 1), 60),
        ("99999999999", 60),
        ("9" * 400, 60),
        ("-5", 60),
        ("1.5", 60),
        ("١٢٠", 60),
        ("soon", 60),
        ("\x00\xff", 60),
        ("Tue, 17 Jun 2031 04:30:00 GMT", 30),
        ("Tue, 17 Jun 2031 12:30:00 +0800", 30),
        ("Tue, 17 Jun 2031 04:30:00", 30),
        ("Tue, 17 Jun 2031 03:00:00 GMT", 5),
        ("Wed, 18 Jun 2031 12:00:00 GMT", 24 * 60),
        ("Fri, 17 Jun 2033 04:00:00 GMT", 60),
        ("Tue, 99 Foo 2031 04:30:00 GMT", 60),
        ("Tue, 17 Jun 99999999999999 04:30:00 GMT", 60),
    ],
)
def test_a_wait_that_is_asked_for_is_kept_within_reason(value, minutes):
    headers = Headers({} if value is None else {"Retry-After": value.encode("utf-8")})

    asked = retry_after(headers, NOON)

    assert asked == (None if minutes is None else timedelta(minutes=minutes))


# Time


async def slowly(exchange: Exchange) -> None:
    await exchange.drip(answer("x" * 10), pause_s=0.7, size=1000)


def test_a_visit_ends_when_its_time_is_over(reactor):
    server = HostileServer({"host": Site(slowly)})
    urls = [server.url("host", f"/{n}") for n in range(30)]
    settings = paced(urls[0].partition("://")[2].partition(":")[0], 0.2)
    begun = time.monotonic()

    said = probe(reactor, urls, settings=settings | {"HUIYING_VISIT_LIMIT_S": 2}).said

    server.close()
    assert time.monotonic() - begun < 8
    assert len(said) == 30
    late = [one for one in said.values() if isinstance(one, tuple)]
    assert set(late) == {(VisitOutcome.UNREACHABLE, "本次访问已满 2 秒，其余留待下次")}
    assert 0 < len(server.paths("host")) < 10


def test_visits_that_share_a_host_have_their_own_time(reactor):
    server = HostileServer({"host": Site(answer("page"))})
    urls = [server.url("host", f"/{n}") for n in range(2)]
    requests = [Request(url, meta={"visit": name}) for url, name in zip(urls, "ab", strict=True)]
    guards = []

    class Kept(GuardedResolver):
        def __init__(self, *arguments, **named) -> None:
            super().__init__(*arguments, **named)
            guards.append(self)

    probe(reactor, requests, guard_kind=Kept)

    server.close()
    assert [guards[0].hosts.begin(request) for request in requests] == [False, False]
    assert guards[0].hosts.begin(Request(urls[0], meta={"visit": "c"}))


# Hops


def test_a_page_may_come_by_ipv6(reactor):
    server = HostileServer({"host": Site(answer("page"), where=("::1", 0))})
    url = server.url("host", "/a")

    said = probe(reactor, [url]).said

    server.close()
    assert said[url].body == b"page"
    assert str(said[url].ip_address) == "::1"


def test_a_proxy_in_the_environment_is_not_used(site, reactor, monkeypatch):
    canary = Canary()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    site.say("/a", "page")

    said = probe(reactor, [f"{site.url}/a"]).said

    canary.close()
    assert said[f"{site.url}/a"].body == b"page"
    assert canary.hits == {}


def test_a_request_that_asks_for_a_proxy_is_refused(site, reactor):
    request = Request(f"{site.url}/a", meta={"proxy": "http://127.0.0.1:9"})

    said = probe(reactor, [request]).said

    assert said[f"{site.url}/a"] == (VisitOutcome.UNREACHABLE, "已拦截：不经代理访问")
    assert site.asked == []


def test_no_cookie_and_no_referer_goes_out(site, reactor):
    site.say("/a", "", 302, Location="/b", Set_Cookie="s=1; Path=/")
    site.say("/b", "page", Set_Cookie="t=2", Referrer_Policy="unsafe-url")
    site.say("/c", "page")

    probe(reactor, [f"{site.url}/a", f"{site.url}/c", f"{site.url}/b"])

    assert set(site.asked) >= {"/robots.txt", "/a", "/b", "/c"}
    sent = {name.lower() for headers in site.headers for name in headers}
    assert sent.isdisjoint({"cookie", "referer", "authorization", "via", "x-forwarded-for"})


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "data:,x", "ftp://127.0.0.1/", "s3://a/b", "foo://127.0.0.1/"]
)
def test_only_web_addresses_are_fetched(reactor, url):
    outcome, reason = probe(reactor, [url]).said[url]

    assert outcome is VisitOutcome.UNREACHABLE
    assert "http、https" in reason


def test_what_listens_or_writes_by_itself_is_off(site, reactor):
    crawler = probe(reactor, [f"{site.url}/a"]).crawler

    names = {type(one).__name__ for one in crawler.extensions.middlewares}
    assert names.isdisjoint({"TelnetConsole", "RemoteControl", "FeedExporter", "MemoryUsage"})
    assert "BodyLimits" in names


def test_dead_name_servers_leave_threads_for_other_names(site, reactor):
    probe(reactor, [f"{site.url}/a"])

    assert reactor.reactor.getThreadPool().max >= 64


def test_the_agent_is_honest(site, reactor):
    probe(reactor, [f"{site.url}/a"])

    assert site.agents == {"Huiying/0.1 (+mailto:desk@office.example)"}


# Limits on what arrives


def test_bodies_under_way_share_one_limit():
    limits, requests = BodyLimits(), [Request(f"http://h.example/{n}") for n in range(9)]
    half = bytes(ALL_BYTES // 8 // 2)
    for request in requests[:8]:
        limits.received(half, request)
        limits.received(half, request)

    limits.received(bytes(SMALL_BYTES), requests[8])
    with pytest.raises(BodyRefusedError):
        limits.received(b"x", requests[0])
    limits.left(requests[1])

    limits.received(b"x", requests[2])


def test_a_body_in_too_many_pieces_is_cut_off():
    limits, request = BodyLimits(), Request("http://h.example/")
    for _ in range(MAX_PIECES):
        limits.received(b"x", request)

    with pytest.raises(BodyRefusedError):
        limits.received(b"x", request)


def test_a_log_that_cannot_be_written_ends_no_request():
    """The file behind the log can be closed or its disk full at three in the morning."""

    def closed(*_):
        raise ValueError("I/O operation on closed file.")

    structlog.configure(processors=[closed], cache_logger_on_first_use=False)
    try:
        record = logging.LogRecord("scrapy", logging.WARNING, __file__, 1, "said", (), None)
        with pytest.raises(ValueError, match="closed"):
            structlog.get_logger().warning("said")
        DiscreetHandler().emit(record)
    finally:
        structlog.reset_defaults()
