"""Gathering: one crawl from the command line, a crawler beside a running process, and files.

A Twisted reactor starts once in a process, so the process that serves pages never crawls: a
``CrawlerProcess`` does it beside, and hands back only posts that name nobody.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from console.pipeline import Pipeline
from console.replaying import Replayed, latest, read_in_order
from console.wiring import Services, build, installed_version
from core.clock import utc_now
from core.database import reading, transaction
from core.errors import HuiyingError
from crawler import crawl, store
from crawler.privacy import Veil
from crawler.records import Defect, Post, Visit
from crawler.sources import Source, load_sources

IMPORT_BATCH = 2_000
VISIT_LIMIT_S = 120.0
"""A crawl of a drill's own site that takes longer than this is broken."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one visit to one source gave."""

    posts: tuple[Post, ...]
    defects: tuple[Defect, ...]
    visit: Visit


def listed_sources(services: Services) -> tuple[Source, ...]:
    """Return the listed sources; raise ``HuiyingError`` when there is no list."""
    settings = services.settings
    file = services.data / settings.sources_file
    if not file.exists():
        raise HuiyingError(f"{file}: no sources listed; docs/sources.md shows how")
    return load_sources(file, allow_loopback=settings.drill, default_pace_s=settings.crawl_delay_s)


def crawl_once(services: Services) -> list[Visit]:
    """Visit every listed source once, keep what is new, and analyse it."""
    pipeline = Pipeline(services)
    sources = listed_sources(services)
    with reading(services.engine) as session:
        known = {source.name: store.known_urls(session, source.name) for source in sources}

    visits: list[Visit] = []

    def keep(posts: Sequence[Post], defects: Sequence[Defect], visit: Visit) -> None:
        with transaction(services.engine) as session:
            stored = pipeline.keep(session, posts, defects=defects, visit=visit)
        visits.append(replace(visit, new=len(stored)))

    crawl.crawl_blocking(
        sources,
        settings=_scrapy_settings(services),
        veil=services.veil(),
        keep=keep,
        now=utc_now,
        seen=lambda source, url: url in known[source],
    )
    pipeline.run_round(utc_now())
    return visits


def import_file(
    services: Services, file: Path, *, source: str, progress: Callable[[int, int], None]
) -> Replayed:
    """Take a posts file in as it is now, and analyse it in one round."""
    pipeline = Pipeline(services)
    parsed, broken = read_in_order(file, source)
    pipeline.meet(parsed)
    defects, new, raised = len(broken), 0, 0
    for start in range(0, max(len(parsed), 1), IMPORT_BATCH):
        batch = parsed[start : start + IMPORT_BATCH]
        now = utc_now()
        with transaction(services.engine) as session:
            posts, blank = pipeline.veil(batch, seen_at=now)
            stored = pipeline.keep(session, posts, defects=(*broken, *blank))
            raised += len(pipeline.round(session, now).alerts)
        new, defects, broken = new + len(stored), defects + len(blank), []
        progress(start + len(batch), len(parsed))
    return Replayed(len(parsed), new, defects, 1, raised, latest(parsed))


def _scrapy_settings(services: Services) -> dict[str, Any]:
    return crawl.scrapy_settings(
        contact=services.settings.user_agent_contact,
        version=installed_version(),
        allow_loopback=services.settings.drill,
        default_pace_s=services.settings.crawl_delay_s,
    )


class CrawlerProcess:
    """A crawler beside this process; it visits when asked, by the clock it is told."""

    def __init__(self, services: Services) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._child = context.Process(
            target=_crawl_when_asked,
            args=(there, services.data),
            daemon=True,
        )

    def __enter__(self) -> Self:
        """Start the process."""
        self._child.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ask the process to end, and end it if it does not."""
        if self._child.is_alive():
            self._here.send(None)
        self._child.join(timeout=10)
        if self._child.is_alive():
            self._child.kill()

    def visit(self, now: datetime) -> list[Harvest]:
        """Visit every source once at the moment *now* and return what each gave."""
        self._here.send(now)
        if not self._here.poll(VISIT_LIMIT_S):
            raise HuiyingError(f"the crawler gave no answer within {VISIT_LIMIT_S:.0f} s")
        try:
            answer = self._here.recv()
        except EOFError as error:
            raise HuiyingError("the crawler ended unexpectedly") from error
        if isinstance(answer, str):
            raise HuiyingError(f"the crawler failed: {answer}")
        harvests: list[Harvest] = answer
        return harvests


def _crawl_when_asked(asked: Connection, data: Path) -> None:
    """Run in the child: one reactor for its whole life, one crawl for each moment received."""
    import asyncio

    from scrapy.utils.reactor import install_reactor

    install_reactor(crawl.REACTOR)
    from twisted.internet import reactor as installed

    reactor: Any = installed
    services = build(data)
    sources, settings = listed_sources(services), _scrapy_settings(services)
    veil = services.veil()
    known: dict[str, set[str]] = {source.name: set() for source in sources}

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        while (now := await loop.run_in_executor(None, _receive, asked)) is not None:
            try:
                answer: list[Harvest] | str = await _harvest(sources, settings, veil, known, now)
            except HuiyingError as error:
                answer = str(error)
            asked.send(answer)
        reactor.stop()

    reactor.callWhenRunning(lambda: asyncio.ensure_future(serve()))
    reactor.run()


def _receive(asked: Connection) -> datetime | None:
    try:
        moment: datetime | None = asked.recv()
    except EOFError:
        return None
    return moment


async def _harvest(
    sources: tuple[Source, ...],
    settings: dict[str, Any],
    veil: Veil,
    known: dict[str, set[str]],
    now: datetime,
) -> list[Harvest]:
    harvests: list[Harvest] = []

    def keep(posts: Sequence[Post], defects: Sequence[Defect], visit: Visit) -> None:
        harvests.append(Harvest(tuple(posts), tuple(defects), visit))
        known[visit.source].update(post.url for post in posts if post.url)

    await crawl.visit_sources(
        sources,
        settings=settings,
        veil=veil,
        keep=keep,
        now=lambda: now,
        seen=lambda source, url: url in known[source],
    )
    return harvests
