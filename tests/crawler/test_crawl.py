"""The crawl against a real local server, friendly and hostile."""

import gzip
import json
from datetime import timedelta

import pytest

from core.database import reading, transaction
from core.vocabulary import VisitOutcome
from crawler import crawl, store
from crawler.folding import Folder
from crawler.ledger import Gathered, MemoryLedger
from crawler.records import Link
from tests.crawler.conftest import NOON, Site, make_source

FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>
<item><guid>f1</guid><title>东门小区停水了吗</title><description>早上起就没水，有人知道原因吗</description>
<pubDate>Tue, 17 Jun 2031 09:00:00 +0800</pubDate><author>路人甲乙丙</author></item>
<item><guid>f2</guid><title>通报</title><description>供水管道正在抢修</description>
<pubDate>2031-06-17 10:00:00</pubDate></item></channel></rss>"""
LIST = '<ul><li class="t"><a href="/t/1">一</a></li><li class="t"><a href="/t/2">二</a></li></ul>'
DETAIL = (
    '<article data-id="d{n}"><time>2031-06-17 09:3{n}</time><b>某甲乙丙</b><p>{text}</p></article>'
)
JSON = {
    "data": {"list": [{"id": 7, "body": "西街路面积水很深", "at": 1939428000, "who": "丙丁戊己"}]}
}

LISTING = {
    "item": "li.t",
    "link": "a",
    "detail_id": "article::attr(data-id)",
    "detail_text": "article p",
    "detail_time": "time",
    "detail_author": "b",
}
JSONLIST = {"items": "data.list", "id": "id", "text": "body", "time": "at", "author": "who"}


class Kept(MemoryLedger):
    """A ledger that shows what it was given."""

    @property
    def posts(self):
        return [post for one in self.gathered for post in one.posts]

    @property
    def defects(self):
        return [defect for one in self.gathered for defect in one.defects]

    @property
    def visits(self):
        return [one.visit for one in self.ended]


@pytest.fixture
def three(site: Site):
    site.say("/feed.xml", FEED)
    site.say("/list", LIST)
    site.say("/t/1", DETAIL.format(n=1, text="北桥下面水漫上来了"))
    site.say("/t/2", DETAIL.format(n=2, text="南站公交停运了"))
    site.say("/api", json.dumps(JSON))
    return [
        make_source(url=f"{site.url}/feed.xml"),
        make_source(name="list", url=f"{site.url}/list", parser="listing", selectors=LISTING),
        make_source(name="api", url=f"{site.url}/api", parser="jsonlist", selectors=JSONLIST),
    ]


def visit(reactor, sources, settings, veil, ledger=None):
    ledger = ledger or Kept()
    reactor.visit(sources, settings=settings, veil=veil, ledger=ledger, now=lambda: NOON)
    return ledger


def test_three_kinds_of_source_are_read_in_one_crawl(site, three, reactor, settings, veil):
    kept = visit(reactor, three, settings, veil)

    assert {v.source: (v.outcome, v.found) for v in kept.visits} == {
        "feed": (VisitOutcome.OK, 2),
        "list": (VisitOutcome.OK, 2),
        "api": (VisitOutcome.OK, 1),
    }
    assert {p.post_id for p in kept.posts} == {"f1", "f2", "d1", "d2", "7"}
    assert not any(p.time_uncertain for p in kept.posts)
    assert kept.defects == []
    assert site.agents == {"Huiying/0.1 (+mailto:desk@office.example)"}
    assert site.asked.count("/robots.txt") == 1


def test_the_same_crawl_twice_stores_nothing_new(three, reactor, settings, veil, engine):
    def crawl_and_store():
        kept = visit(reactor, three, settings, veil)
        with transaction(engine) as session:
            return store.save_posts(session, kept.posts, Folder())

    first, second = crawl_and_store(), crawl_and_store()

    assert (len(first.stored), first.known) == (5, 0)
    assert (len(second.stored), second.known) == (0, 5)


def test_details_that_are_known_are_not_fetched_again(site, three, reactor, settings, veil):
    ledger = Kept()
    ledger.keep(Gathered("list", NOON, read=Link(f"{site.url}/t/1")))

    kept = visit(reactor, three[1:2], settings, veil, ledger)

    assert "/t/1" not in site.asked
    assert [p.post_id for p in kept.posts] == ["d2"]
    assert kept.visits[0].found == 2


def test_next_pages_are_read_up_to_the_limit(site, reactor, settings, veil):
    for n in range(1, 5):
        site.say(f"/l{n}", f'<li>第{n}页的一条消息</li><a class="n" href="/l{n + 1}">下一页</a>')
    selectors = {"item": "li", "text": "*", "next": "a.n"}
    source = make_source(url=f"{site.url}/l1", parser="listing", selectors=selectors, max_pages=3)

    kept = visit(reactor, [source], settings, veil)

    assert [p for p in site.asked if p != "/robots.txt"] == ["/l1", "/l2", "/l3"]
    assert len(kept.posts) == 3


CUT_GZIP = gzip.compress(FEED.encode())[:-20]


@pytest.mark.parametrize(
    ("answers", "outcome", "said"),
    [
        ({"/feed.xml": ("", 401, {})}, VisitOutcome.REFUSED, "401"),
        ({"/feed.xml": ("", 403, {})}, VisitOutcome.REFUSED, "403"),
        ({"/feed.xml": ("", 429, {"Retry-After": "9999999"})}, VisitOutcome.THROTTLED, "429"),
        ({"/feed.xml": ("", 503, {})}, VisitOutcome.THROTTLED, "503"),
        ({"/feed.xml": ("", 404, {})}, VisitOutcome.UNREACHABLE, "404"),
        ({"/feed.xml": ("", 200, {})}, VisitOutcome.EMPTY, "空"),
        (
            {"/feed.xml": ("<html><form><input type=password></form></html>", 200, {})},
            VisitOutcome.LOGIN_PAGE,
            "登录",
        ),
        ({"/feed.xml": (FEED[:300], 200, {})}, VisitOutcome.DAMAGED, "XML"),
        (
            {"/feed.xml": (CUT_GZIP, 200, {"Content-Encoding": "gzip"})},
            VisitOutcome.DAMAGED,
            "不完整",
        ),
        (
            {"/feed.xml": (gzip.compress(bytes(9_000_000)), 200, {"Content-Encoding": "gzip"})},
            VisitOutcome.DAMAGED,
            "超过",
        ),
        ({"/feed.xml": (FEED, 200, {"Content-Length": "99999"})}, VisitOutcome.DAMAGED, "不完整"),
        (
            {"/robots.txt": ("User-agent: *\nDisallow: /", 200, {}), "/feed.xml": (FEED, 200, {})},
            VisitOutcome.DISALLOWED,
            "robots.txt",
        ),
        (
            {"/robots.txt": ("", 500, {}), "/feed.xml": (FEED, 200, {})},
            VisitOutcome.DISALLOWED,
            "无法读取",
        ),
        (
            {"/feed.xml": ("", 302, {"Location": "http://10.0.0.1/feed.xml"})},
            VisitOutcome.UNREACHABLE,
            "10.0.0.1",
        ),
        (
            {"/feed.xml": ("", 302, {"Location": "http://[::ffff:a9fe:a9fe]/"})},
            VisitOutcome.UNREACHABLE,
            "已拦截",
        ),
        (
            {"/feed.xml": ("", 302, {"Location": "file:///etc/passwd"})},
            VisitOutcome.UNREACHABLE,
            "不允许的地址",
        ),
        ({"/feed.xml": ("", 302, {"Location": "/feed.xml"})}, VisitOutcome.UNREACHABLE, "重定向"),
    ],
)
def test_a_hostile_answer_is_named_and_does_not_stop_the_others(
    site, reactor, settings, veil, answers, outcome, said
):
    site.say("/api", json.dumps(JSON))
    for path, (body, status, headers) in answers.items():
        site.say(path, body, status, **headers)
    api = make_source(name="api", url=f"{site.url}/api", parser="jsonlist", selectors=JSONLIST)

    kept = visit(reactor, [make_source(url=f"{site.url}/feed.xml"), api], settings, veil)

    seen = {v.source: v for v in kept.visits}
    assert seen["feed"].outcome is outcome
    assert said in seen["feed"].reason
    assert all(p.source == "api" for p in kept.posts)
    if "/robots.txt" not in answers:
        assert seen["api"].outcome is VisitOutcome.OK


def test_outside_a_drill_even_loopback_is_out_of_reach(site, reactor, veil):
    site.say("/feed.xml", FEED)
    strict = crawl.scrapy_settings(
        contact="a@b.example", version="0.1", allow_loopback=False, default_pace_s=0
    )

    kept = visit(reactor, [make_source(url=f"{site.url}/feed.xml")], strict, veil)

    assert kept.visits[0].outcome is VisitOutcome.UNREACHABLE
    assert "127.0.0.1" in kept.visits[0].reason
    assert site.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433"])
def test_names_that_resolve_to_loopback_are_out_of_reach_too(site, reactor, veil, host):
    strict = crawl.scrapy_settings(
        contact="a@b.example", version="0.1", allow_loopback=False, default_pace_s=0
    )
    url = site.url.replace("127.0.0.1", host) + "/feed.xml"

    kept = visit(reactor, [make_source(url=url)], strict, veil)

    assert kept.visits[0].outcome is VisitOutcome.UNREACHABLE
    assert site.asked == []


def test_a_closed_port_is_unreachable(reactor, settings, veil):
    kept = visit(reactor, [make_source(url="http://127.0.0.1:9/feed.xml")], settings, veil)

    assert kept.visits[0].outcome is VisitOutcome.UNREACHABLE


def test_a_failing_detail_is_a_defect_and_the_rest_goes_in(site, three, reactor, settings, veil):
    site.say("/t/1", "", 500)

    kept = visit(reactor, three[1:2], settings, veil)

    assert kept.visits[0].outcome is VisitOutcome.OK
    assert [p.post_id for p in kept.posts] == ["d2"]
    assert [d.reason for d in kept.defects] == ["详情页：服务器返回 500"]
    assert kept.defects[0].location == f"{site.url}/list"


def test_a_detail_that_throttles_speaks_for_the_source(site, three, reactor, settings, veil):
    site.say("/t/2", "", 429)

    kept = visit(reactor, three[1:2], settings, veil)

    assert kept.visits[0].outcome is VisitOutcome.THROTTLED


def test_an_error_of_the_ledger_ends_the_crawl_and_is_raised(three, reactor, settings, veil):
    class Full(MemoryLedger):
        def keep(self, gathered) -> None:
            raise ValueError("disk full")

    with pytest.raises(ValueError, match="disk full"):
        visit(reactor, three, settings, veil, Full())


def test_a_host_waits_for_the_slowest_of_its_sources():
    slots = crawl._slots(  # noqa: SLF001
        [make_source(pace_s=1.0), make_source(name="b", pace_s=5.0)]
    )

    assert slots["news.example"] == {"delay": 5.0, "concurrency": 1, "jitter": 0}


def test_visits_can_be_stored(three, reactor, settings, veil, engine):
    kept = visit(reactor, three, settings, veil)
    with transaction(engine) as session:
        for one in kept.visits:
            store.save_visit(session, one)

    with reading(engine) as session:
        back = store.visits_between(session, NOON, NOON + timedelta(hours=1))

    assert sorted(v.source for v in back) == ["api", "feed", "list"]
