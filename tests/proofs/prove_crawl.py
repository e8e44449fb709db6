"""F1 for gathering: a crawl killed at any step of fetch, parse, keep and store loses nothing.

The child crawls a real local site with lists, pages behind links, a feed and a JSON list, all with
tags, so that a memory written before its posts would show as items lost for good.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from console import gathering, wiring
from console.ledgers import StoringLedger
from console.pipeline import Pipeline
from core.database import reading, transaction
from core.settings import FILE_NAME
from crawler import frontier, spiders
from crawler.crawl import run_blocking
from crawler.ledger import Gathered
from crawler.tables import FrontierRow, PostRow
from tests.crawler.conftest import Site
from tests.proofs.crashing import Ack, attempt, chosen

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

THREADS = 8
REPLIES = 5
EXPECTED = {*(f"t{n}" for n in range(THREADS)), *(f"f{n}" for n in range(6)), *map(str, range(7))}
SOURCES = """
[[source]]
name = "list"
url = "{url}/list"
parser = "listing"
channel = "forum"
max_pages = 2
max_details = 5
[source.selectors]
item = "li"
link = "a"
next = "a.next"
detail_id = "article::attr(id)"
detail_text = "article p"
[[source]]
name = "feed"
url = "{url}/feed.xml"
parser = "feed"
channel = "news"
[[source]]
name = "api"
url = "{url}/api"
parser = "jsonlist"
channel = "weibo"
[source.selectors]
items = "."
id = "id"
text = "text"
time = "at"
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    half = THREADS // 2
    for page, numbers in ((1, range(half)), (2, range(half, THREADS))):
        items = "".join(f'<li><a href="/t/{n}">第{n}帖</a></li>' for n in numbers)
        following = '<a class="next" href="/list2">下一页</a>' if page == 1 else ""
        site.say("/list" if page == 1 else "/list2", items + following, ETag=f'"l{page}"')
    for n in range(THREADS):
        site.say(f"/t/{n}", f'<article id="t{n}"><p>第{n}号楼停水了，什么时候来水</p></article>')
    items = "".join(
        f"<item><guid>f{n}</guid><title>第{n}号通报</title>"
        f"<description>第{n}条供水管道正在抢修</description></item>"
        for n in range(6)
    )
    site.say("/feed.xml", f"<rss><channel>{items}</channel></rss>", ETag='"f"')
    rows = ",".join(f'{{"id": {n}, "text": "{n}路公交停运", "at": null}}' for n in range(7))
    site.say("/api", f"[{rows}]", ETag='"a"')
    yield site
    site.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory, site: Site) -> Path:
    data = tmp_path_factory.mktemp("crawl") / "template"
    data.mkdir()
    (data / FILE_NAME).write_text("drill = true\ncrawl_delay_s = 0\n", encoding="utf-8")
    (data / "sources.toml").write_text(SOURCES.format(url=site.url), encoding="utf-8")
    services = wiring.prepare(data)
    services.pseudonym_key()
    services.vault()
    services.engine.dispose()
    return data


def watch_the_crawl(step: Callable[[str], None]) -> None:
    """In the child only: asking, parsing and keeping are steps too, on both sides."""

    def stepping(owner: Any, name: str, called: str) -> None:
        act = getattr(owner, name)

        def stepped(*given: Any, **named: Any) -> Any:
            step(called)
            found = act(*given, **named)
            step(f"{called} done")
            return found

        setattr(owner, name, stepped)

    stepping(spiders.SourceSpider, "_request", "fetch")
    stepping(spiders, "parse", "parse")
    stepping(StoringLedger, "keep", "keep")
    stepping(StoringLedger, "end", "end")


@pytest.fixture(scope="module")
def pipeline(template: Path) -> Pipeline:
    """One that remembers nothing yet: each child gets its own copy by the fork."""
    services = wiring.build(template)
    services.engine.dispose()
    return Pipeline(services)


def crawl(data: Path, pipeline: Pipeline, ack: Ack) -> None:
    pipeline.services = services = wiring.build(data)
    sources = gathering.listed_sources(services)
    with gathering.only_crawler(data):
        done = run_blocking(
            lambda: gathering.visit_due(
                pipeline, sources, all_of_them=True, progress=lambda _done, _all: None
            )
        )
    for visit in done.visits:
        ack(visit.source)


def crawl_to_the_end(data: Path, pipeline: Pipeline) -> None:
    """Crawl until nothing waits: what one visit does not come to is the next one's."""
    for _ in range(2):
        attempt(lambda ack: crawl(data, pipeline, ack))


class ForgetfulLedger(StoringLedger):
    """The control: what was read is written down before what it gave."""

    def keep(self, gathered: Gathered) -> None:
        with transaction(self._engine) as session:
            frontier.add(session, self._vault, gathered.source, gathered.links, now=gathered.at)
            if gathered.read is not None:
                frontier.done(session, self._vault, gathered.source, [gathered.read], gathered.at)
        super().keep(gathered)


def crawl_forgetfully(data: Path, pipeline: Pipeline, ack: Ack) -> None:
    gathering.StoringLedger = ForgetfulLedger
    crawl(data, pipeline, ack)


def wrong(data: Path) -> list[str]:
    services = wiring.build(data)
    with reading(services.engine) as session:
        ids = session.scalars(select(PostRow.post_id)).all()
        unfinished = session.scalar(
            select(func.count()).select_from(FrontierRow).where(FrontierRow.state != "done")
        )
        sound = session.execute(text("PRAGMA integrity_check")).scalar()
    services.engine.dispose()
    found = [] if sound == "ok" else ["torn: the database is corrupt"]
    if lost := EXPECTED - set(ids):
        found.append(f"lost: {sorted(lost)}")
    if len(ids) != len(set(ids)):
        found.append("twice")
    if set(ids) - EXPECTED:
        found.append("strange items")
    if unfinished:
        found.append(f"lost: {unfinished} links are not done")
    return found


def killed_and_taken_up(
    template: Path, place: Path, pipeline: Pipeline, act, point: int
) -> tuple[bool, list[str]]:
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(template, place)
    done = attempt(lambda ack: act(place, pipeline, ack), kill_at=point, also_watch=watch_the_crawl)
    crawl_to_the_end(place, pipeline)
    return done.killed, wrong(place)


def test_a_crawl_killed_at_any_step_loses_and_doubles_nothing(
    template, tmp_path, pipeline, short, tell
) -> None:
    place = tmp_path / "whole"
    shutil.copytree(template, place)
    steps = attempt(lambda ack: crawl(place, pipeline, ack), also_watch=watch_the_crawl).steps
    crawl_to_the_end(place, pipeline)
    assert wrong(place) == []

    points = chosen(steps, most=14 if short else 400)
    tried, bad = 0, {}
    for point in points:
        killed, found = killed_and_taken_up(template, tmp_path / "data", pipeline, crawl, point)
        tried += killed
        if found:
            bad[f"{point} {steps[point - 1]}"] = found

    kinds = sorted(set(steps))
    tell(
        f"crash points of a crawl: tried {tried} of {len(steps)} steps ({len(kinds)} kinds), "
        f"{len(EXPECTED)} items each: lost, torn or twice {len(bad)}"
    )
    assert bad == {}
    assert {"fetch", "parse", "keep", "end", "commit"} <= set(steps)
    assert tried >= (12 if short else min(150, len(steps)))


def test_control_a_crawl_that_forgets_first_is_seen_to_lose(
    template, tmp_path, pipeline, short, tell
) -> None:
    place = tmp_path / "whole"
    shutil.copytree(template, place)
    steps = attempt(
        lambda ack: crawl_forgetfully(place, pipeline, ack), also_watch=watch_the_crawl
    ).steps
    points = [n for n, name in enumerate(steps, 1) if name == "commit done"][: 6 if short else 12]
    lost = 0
    for point in points:
        _, found = killed_and_taken_up(
            template, tmp_path / "data", pipeline, crawl_forgetfully, point
        )
        lost += any(line.startswith("lost") for line in found)
    tell(
        f"control, links marked as read before their posts are stored: {lost} of {len(points)} lose"
    )
    assert lost >= 2
