"""What a crawl remembers in a data folder: links, refusals, unchanged pages, pages not parsed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console import gathering, wiring
from console.ledgers import StoringLedger, state_after
from console.pipeline import Pipeline
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import SealedPurpose, VisitOutcome
from crawler import frontier, sealed, store
from crawler.frontier import SourceState
from crawler.ledger import Ended, Gathered
from crawler.records import Link, Visit
from tests.crawler.conftest import NOON, make_source

HOUR = timedelta(hours=1)
LIST = "".join(f'<li><a href="/t/{n}">第{n}条</a></li>' for n in range(6))
SELECTORS = {"item": "li", "link": "a", "detail_text": "p"}


@pytest.fixture
def pipeline(tmp_path):
    pipeline = Pipeline(wiring.prepare(tmp_path / "data"))
    yield pipeline
    pipeline.services.engine.dispose()


@pytest.fixture
def listing(site):
    site.say("/list", LIST)
    for n in range(6):
        site.say(f"/t/{n}", f"<p>第{n}号小区停水了</p>")
    return make_source(name="l", url=f"{site.url}/list", parser="listing", selectors=SELECTORS)


def visit(reactor, pipeline, settings, *sources, now=NOON):
    ledger = StoringLedger(pipeline, now)
    reactor.visit(sources, settings=settings, veil=pipeline.door, ledger=ledger, now=lambda: now)
    ledger.flush()
    return {v.source: v for v in ledger.visits}


def texts(pipeline):
    with reading(pipeline.services.engine) as session:
        return [one.post.text for one in store.all_posts(session)]


def waiting(pipeline):
    with reading(pipeline.services.engine) as session:
        return frontier.waiting(session)


def state(pipeline, source):
    with reading(pipeline.services.engine) as session:
        return frontier.states(session)[source]


def test_what_one_visit_does_not_come_to_waits_for_the_next(
    site, reactor, pipeline, settings, listing
):
    few = replace(listing, max_details=4)

    first = visit(reactor, pipeline, settings, few)
    left = waiting(pipeline)
    second = visit(reactor, pipeline, settings, few)

    assert (first["l"].new, left, second["l"].new) == (4, {"l": 2}, 2)
    assert waiting(pipeline) == {}
    assert len(texts(pipeline)) == 6
    assert all(site.asked.count(f"/t/{n}") == 1 for n in range(6))


def test_a_link_told_with_a_later_time_is_read_again_as_a_new_version(pipeline):
    ledger = StoringLedger(pipeline, NOON)
    link = Link("http://a.example/1", told_at=NOON)
    ledger.keep(Gathered("l", NOON, links=[link]))
    ledger.keep(Gathered("l", NOON, read=link))
    ledger.flush()

    unchanged, changed = Link(link.url, told_at=NOON), Link(link.url, told_at=NOON + HOUR)

    assert ledger.unread("l", [unchanged]) == []
    assert ledger.unread("l", [changed]) == [changed]
    assert ledger.unread("other", [unchanged]) == [unchanged]


def test_a_page_behind_a_link_is_tried_three_times_and_given_up(
    site, reactor, pipeline, settings, listing
):
    site.say("/t/3", "", 500)

    for hour in range(5):
        visit(reactor, pipeline, settings, listing, now=NOON + hour * HOUR)

    assert site.asked.count("/t/3") == frontier.MAX_TRIES
    assert waiting(pipeline) == {}
    assert len(texts(pipeline)) == 5


def test_an_unchanged_page_is_asked_for_by_its_tag_and_costs_nothing(
    site, reactor, pipeline, settings
):
    feed = "<rss><channel><item><guid>1</guid><title>停水通知</title></item></channel></rss>"
    modified = "Tue, 17 Jun 2031 03:00:00 GMT"
    site.say("/feed.xml", feed, ETag='"v1"', Last_Modified=modified)
    source = make_source(url=f"{site.url}/feed.xml")

    first = visit(reactor, pipeline, settings, source)["feed"]
    site.say("/feed.xml", b"", 304)
    again = visit(reactor, pipeline, settings, source)["feed"]

    assert site.headers[-1]["If-None-Match"] == '"v1"'
    assert site.headers[-1]["If-Modified-Since"] == modified
    assert (again.outcome, again.found, again.new) == (VisitOutcome.UNCHANGED, first.found, 0)
    assert state(pipeline, "feed").etag == '"v1"'


def test_other_selectors_read_an_unchanged_page_again(site, reactor, pipeline, settings, listing):
    site.say("/list", LIST, ETag='"v1"')
    visit(reactor, pipeline, settings, listing)

    visit(reactor, pipeline, settings, replace(listing, selectors=SELECTORS | {"next": "b"}))

    assert "If-None-Match" not in site.headers[-1]


def test_a_source_that_refuses_is_left_alone_and_longer_each_time(
    site, reactor, pipeline, settings
):
    site.say("/feed.xml", "", 403)
    source = make_source(url=f"{site.url}/feed.xml")

    waits = []
    for day in range(3):
        now = NOON + timedelta(days=day)
        visit(reactor, pipeline, settings, source, now=now)
        waits.append(state(pipeline, "feed").not_before - now)

    assert waits == [HOUR, 2 * HOUR, 4 * HOUR]
    states = {"feed": state(pipeline, "feed")}
    soon, later = NOON + timedelta(days=2, hours=1), NOON + timedelta(days=2, hours=5)
    assert gathering.due([source], states, soon, all_of_them=True) == ([], [states["feed"]])
    assert gathering.due([source], states, later, all_of_them=True) == ([source], [])


def ended(outcome, wait=None):
    return Ended(Visit("s", NOON, NOON, outcome, "", 1, 7, 0), "e", "m", wait)


@pytest.mark.parametrize(
    ("outcome", "wait", "refusals", "hours"),
    [
        (VisitOutcome.REFUSED, None, 0, 1),
        (VisitOutcome.REFUSED, None, 9, 24),
        (VisitOutcome.THROTTLED, None, 0, 0.25),
        (VisitOutcome.THROTTLED, timedelta(hours=3), 0, 3),
        (VisitOutcome.CAPTCHA, None, 1, 12),
        (VisitOutcome.UNREACHABLE, None, 0, None),
    ],
)
def test_how_long_a_source_is_left_alone(outcome, wait, refusals, hours):
    after = state_after(SourceState("s", refusals=refusals), ended(outcome, wait), "x")

    assert after.not_before == (None if hours is None else NOON + hours * HOUR)
    assert after.etag is None


def test_a_visit_that_works_ends_the_waiting():
    before = SourceState("s", refusals=3, not_before=NOON)

    after = state_after(before, ended(VisitOutcome.OK), "x")

    assert (after.refusals, after.not_before, after.etag, after.found) == (0, None, "e", 7)


def test_only_posts_with_a_keyword_are_kept_and_the_others_counted(
    site, reactor, pipeline, settings, listing
):
    source = replace(listing, keywords=("２号小区", "5号"))

    visits = visit(reactor, pipeline, settings, source)

    assert (visits["l"].new, visits["l"].passed_over) == (2, 4)
    assert texts(pipeline) == ["第2号小区停水了", "第5号小区停水了"]


def test_a_page_that_cannot_be_parsed_is_sealed_and_expires(site, reactor, pipeline, settings):
    site.say("/feed.xml", "<rss><channel><item><title>张三家停水")
    visit(reactor, pipeline, settings, make_source(url=f"{site.url}/feed.xml"))

    services = pipeline.services
    with services.engine.begin() as connection:
        rows = connection.exec_driver_sql("SELECT content FROM sealed").all()
    with reading(services.engine) as session:
        (item,) = sealed.listed(session, SealedPurpose.UNPARSED_PAGE)
    StoringLedger(pipeline, item.expires_at)
    with reading(services.engine) as session:
        left = sealed.listed(session, SealedPurpose.UNPARSED_PAGE)

    assert "张三".encode() not in rows[0][0]
    assert item.expires_at - item.sealed_at == timedelta(hours=48)
    assert left == []


def test_robots_are_asked_for_once_a_day_and_not_at_each_crawl(
    site, reactor, pipeline, settings, listing
):
    for hour in (0, 10, 20, 30):
        visit(reactor, pipeline, settings, listing, now=NOON + hour * HOUR)

    assert site.asked.count("/robots.txt") == 2


def test_two_crawls_of_one_folder_do_not_meet(tmp_path):
    with (
        gathering.only_crawler(tmp_path),
        pytest.raises(HuiyingError, match="another crawl"),
        gathering.only_crawler(tmp_path),
    ):
        pass

    with gathering.only_crawler(tmp_path):
        pass


def test_a_source_is_due_by_its_own_interval():
    source = make_source(every_min=30)
    visited = {"feed": SourceState("feed", visited_at=NOON)}

    def is_due(minutes, **changes):
        now = NOON + timedelta(minutes=minutes)
        wanted, _ = gathering.due([replace(source, **changes)], visited, now, all_of_them=False)
        return bool(wanted)

    assert [is_due(29), is_due(30), is_due(30, enabled=False)] == [False, True, False]
