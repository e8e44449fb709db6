"""The bench rows of gathering: the whole spider, its parts, and what it costs when it has grown."""

import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine

from console import bench_site, gathering, wiring
from console.measuring import Measure, cpu_s, in_child, peak_mb, race
from console.pipeline import Pipeline
from core.clock import BEIJING, utc_now
from core.database import Base, make_engine, sqlite_url, transaction
from core.errors import HuiyingError
from core.settings import FILE_NAME
from core.text import fingerprint
from crawler.folding import Folder
from crawler.parsers import listing
from crawler.records import FetchedPage, Post
from crawler.sources import Source
from crawler.store import save_posts
from crawler.tables import PostRow, PostVersionRow

POSTS_A_PAGE = 30
PIECES = 25
STORED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class GatheringSize:
    """How much of gathering is measured; a test takes little."""

    crawl_sources: int = 8
    crawl_pages: int = 120
    """List pages of each source, read one after the other."""
    crawl_rounds: int = 3
    parse_rounds: int = 5
    many_sources: int = 1_000
    many_items: int = 200
    """Items of each of the many sources."""
    grown: int = 1_000_000
    """Posts stored when the cost of one more is taken again."""
    small: int = 10_000


def gathering_measures(texts: Sequence[str], size: GatheringSize) -> Iterator[Measure]:
    """Yield every row; posts are put together from *texts*, as long as real ones are."""
    yield _crawling(texts, size)
    yield _parsing(texts, size)
    yield _many(texts, size)
    yield _growing(texts, size)


def told(texts: Sequence[str], start: int, count: int) -> list[str]:
    """Return *count* posts of 75 characters, put together by number; every seventh is a copy.

    They are made of pieces of *texts*: whole sentences would come back in many posts, as they do
    in no stream of real ones.
    """
    pieces = _pieces(tuple(texts))
    posts = []
    for number in range(start, start + count):
        dice = random.Random(number - 3 if number % 7 == 6 else number)  # noqa: S311  not a secret
        posts.append("".join(dice.choices(pieces, k=PIECES)))
    return posts


@cache
def _pieces(texts: tuple[str, ...]) -> tuple[str, ...]:
    joined = "".join(texts)
    return tuple(joined[at : at + 3] for at in range(0, len(joined) - 3, 3))


# The whole spider against Scrapy alone


def _crawling(texts: Sequence[str], size: GatheringSize) -> Measure:
    pages = {}
    for source in range(size.crawl_sources):
        for page in range(size.crawl_pages):
            number = source * size.crawl_pages + page
            following = f"/s{source}/p{page + 1}" if page + 1 < size.crawl_pages else None
            posts = told(texts, number * POSTS_A_PAGE, POSTS_A_PAGE)
            pages[f"/s{source}/p{page}"] = bench_site.list_page(number, posts, following)
    ours, bare = [], []
    with bench_site.served(pages) as port:
        for _ in range(size.crawl_rounds):
            bare.append(in_child(_crawl_bare, port, sorted(pages)))
            ours.append(in_child(_crawl_whole, port, size.crawl_sources, size.crawl_pages))
    for spent in (*ours, *bare):
        if spent["pages"] != len(pages):
            raise HuiyingError(f"bench: {spent['pages']} of {len(pages)} pages were fetched")
    mine, theirs = (median(len(pages) / s["cpu_s"] for s in side) for side in (ours, bare))
    ratio = median(b["cpu_s"] / o["cpu_s"] for o, b in zip(ours, bare, strict=True))
    return Measure(
        name="crawl",
        what=f"pages of {POSTS_A_PAGE} posts fetched, parsed, veiled, folded, stored",
        unit="pages/s",
        ours=mine,
        peer_name="Scrapy with its default settings, fetching the same pages and dropping them",
        peer=theirs,
        ratio=ratio,
        target=">= 0.6x",
        facts={"posts": ours[-1]["new"], "bytes_a_page": len(next(iter(pages.values())))},
    )


def _crawl_bare(port: int, paths: Sequence[str]) -> dict[str, float]:
    import scrapy
    from scrapy.crawler import CrawlerProcess

    fetched = 0

    class BareSpider(scrapy.Spider):
        """Fetches every page and does nothing with it."""

        name = "bare"

        async def start(self) -> Any:
            """Ask for every page."""
            for path in paths:
                yield scrapy.Request(f"http://127.0.0.1:{port}{path}", callback=self.count)

        def count(self, _response: object) -> None:
            """Count the page."""
            nonlocal fetched
            fetched += 1

    process = CrawlerProcess({"LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False})
    process.crawl(BareSpider)
    spent = cpu_s(process.start)
    return {"cpu_s": spent, "pages": fetched}


def _crawl_whole(port: int, sources: int, pages: int) -> dict[str, float]:
    listed = [
        list_source(f"s{n}", f"http://127.0.0.1:{port}/s{n}/p0", "listing", bench_site.SELECTORS)
        for n in range(sources)
    ]
    return _crawl_folder([replace(source, max_pages=pages) for source in listed])


def list_source(name: str, url: str, parser: Any, selectors: dict[str, str]) -> Source:
    """Return a source on this machine that is visited without a pause."""
    return Source(
        name=name,
        url=url,
        parser=parser,
        channel="forum",
        pace_s=0,
        cadence_min=60,
        min_yield=1,
        time_zone=BEIJING,
        selectors=selectors,
    )


def _crawl_folder(sources: Sequence[Source]) -> dict[str, float]:
    """Crawl *sources* into a new data folder, and return what it cost."""
    from crawler.crawl import run_blocking

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / FILE_NAME).write_text("drill = true\ncrawl_delay_s = 0\n", encoding="utf-8")
        pipeline = Pipeline(wiring.prepare(data))
        spent: dict[str, float] = {}

        async def visit() -> gathering.Crawled:
            cpu, wall = time.process_time(), time.monotonic()
            done = await gathering.visit_due(
                pipeline, sources, all_of_them=True, progress=lambda _done, _all: None
            )
            spent["cpu_s"] = time.process_time() - cpu
            spent["wall_s"] = time.monotonic() - wall
            return done

        visits = run_blocking(visit).visits
        pipeline.services.engine.dispose()
    return spent | {
        "pages": sum(visit.pages for visit in visits),
        "new": sum(visit.new for visit in visits),
        "failed": sum(not visit.outcome.works for visit in visits),
        "peak_mb": peak_mb(),
    }


# Parsing


def _parsing(texts: Sequence[str], size: GatheringSize) -> Measure:
    body = bench_site.list_page(1, told(texts, 0, POSTS_A_PAGE), "/s0/p2")
    url = "http://127.0.0.1/s0/p1"
    source = list_source("s0", url, "listing", bench_site.SELECTORS)
    page = FetchedPage("s0", url, 200, "text/html; charset=utf-8", body, utc_now())
    peer = partial(parse_by_parsel, body)
    ours = listing.parse(page, source)
    read = [(post.post_id, post.text) for post in ours.posts]
    if read != [(row["id"], row["text"]) for row in peer()]:
        raise HuiyingError("bench: the two parsers read different posts")
    times = 20
    mine, theirs, ratio = race(
        size.parse_rounds,
        lambda: [listing.parse(page, source) for _ in range(times)],
        lambda: [peer() for _ in range(times)],
    )
    return Measure(
        name="parse",
        what=f"list pages of {POSTS_A_PAGE} posts, five fields each, read by CSS",
        unit="pages/s",
        ours=times / mine,
        peer_name="parsel CSS, the same fields",
        peer=times / theirs,
        ratio=ratio,
        target=">= 5x where the page allows it",
        facts={"bytes": len(body)},
    )


def parse_by_parsel(body: bytes) -> list[dict[str, str]]:
    """Return the posts of a list page made here, read by the peer."""
    from parsel import Selector

    root = Selector(text=body.decode(), type="html")
    wanted = bench_site.SELECTORS
    root.css(wanted["next"]).get()
    return [
        {
            "id": item.attrib["data-id"],
            "text": "".join(item.css(wanted["text"]).xpath(".//text()").getall()).strip(),
            "time": item.css(wanted["time"]).get() or "",
            "author": "".join(item.css(wanted["author"]).xpath(".//text()").getall()),
            "link": item.css(wanted["link"]).get() or "",
        }
        for item in root.css(wanted["item"])
    ]


# Many sources, and many posts


def _many(texts: Sequence[str], size: GatheringSize) -> Measure:
    pages = {
        f"/s{n}": bench_site.json_page(n, told(texts, n * size.many_items, size.many_items))
        for n in range(size.many_sources)
    }
    hosts = min(50, size.many_sources)
    with bench_site.served(pages, hosts=hosts) as port:
        spent = in_child(_crawl_many, port, hosts, size.many_sources)
    return Measure(
        name="many",
        what=f"{size.many_sources:,} sources visited, {size.many_items} items each, in one run",
        unit="items/s",
        ours=spent["new"] / spent["cpu_s"],
        target="memory below 700 MB",
        facts={name: spent[name] for name in ("new", "failed", "peak_mb", "wall_s")},
    )


def _crawl_many(port: int, hosts: int, sources: int) -> dict[str, float]:
    selectors = {"items": ".", "id": "id", "text": "text", "time": "at", "author": "who"}
    return _crawl_folder(
        [
            list_source(
                f"s{n}", f"http://127.0.0.{n % hosts + 1}:{port}/s{n}", "jsonlist", selectors
            )
            for n in range(sources)
        ]
    )


@contextmanager
def empty_database() -> Iterator[Engine]:
    """Give a new database on disk with the tables of posts and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(sqlite_url(Path(folder) / "bench.db"))
        tables = [Base.metadata.tables[row.__tablename__] for row in (PostRow, PostVersionRow)]
        Base.metadata.create_all(engine, tables=tables)
        try:
            yield engine
        finally:
            engine.dispose()


def _growing(texts: Sequence[str], size: GatheringSize) -> Measure:
    with empty_database() as engine:
        folder, costs, stored = Folder(), [], 0
        for batch in _batches(texts, size):
            start = time.process_time()
            with transaction(engine) as session:
                save_posts(session, batch, folder)
            costs.append((time.process_time() - start) / len(batch))
            stored += len(batch)
    window = max(1, size.small // STORED_AT_ONCE)
    # The very first transactions pay for statements that later ones find compiled.
    early = median(costs[1 : window + 1] or costs)
    late = median(costs[-window:])
    return Measure(
        name="grown",
        what=f"posts folded and stored when {stored:,} are there",
        unit="posts/s",
        ours=1 / late,
        peer_name=f"the same with the first {size.small:,}",
        peer=1 / early,
        ratio=early / late,
        target="cost within 1.3x: >= 0.77x",
        facts={"cost": late / early},
    )


def _batches(texts: Sequence[str], size: GatheringSize) -> Iterator[list[Post]]:
    """Yield posts of thirty days in time order, from fifty sources."""
    start, step = utc_now() - timedelta(days=30), timedelta(days=30) / size.grown
    for first in range(0, size.grown, STORED_AT_ONCE):
        count = min(STORED_AT_ONCE, size.grown - first)
        posts = []
        for number, text in enumerate(told(texts, first, count), first):
            moment = start + number * step
            posts.append(
                Post(
                    source=f"source{number % 50}",
                    post_id=str(number * 7919),
                    url=f"https://a.example/t/{number}",
                    published_at=moment,
                    seen_at=moment,
                    channel="forum",
                    text=text,
                    voice=f"{number * 2654435761 % 2**64:032x}",
                    fingerprint=fingerprint(text),
                )
            )
        yield posts
