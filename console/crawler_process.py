"""A crawler beside a running process: it visits when asked and hands back posts that name nobody.

For a drill, which plays by a clock of its own in the process that serves its pages.
"""

import multiprocessing
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from console.gathering import listed_sources, scrapy_settings
from console.wiring import Services, build
from core.errors import HuiyingError
from crawler import crawl
from crawler.ledger import MemoryLedger
from crawler.privacy import Veil
from crawler.records import Defect, Post, Visit
from crawler.sources import Source

VISIT_LIMIT_S = 120.0
"""A crawl of a drill's own site that takes longer than this is broken."""


@dataclass(frozen=True, slots=True)
class Harvest:
    """What one visit to one source gave."""

    posts: tuple[Post, ...]
    defects: tuple[Defect, ...]
    visit: Visit


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
    sources, settings = listed_sources(services), scrapy_settings(services)
    veil = services.veil()
    ledger = MemoryLedger()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        while (now := await loop.run_in_executor(None, _receive, asked)) is not None:
            try:
                answer: list[Harvest] | str = await _harvest(sources, settings, veil, ledger, now)
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
    ledger: MemoryLedger,
    now: datetime,
) -> list[Harvest]:
    await crawl.visit_sources(sources, settings=settings, veil=veil, ledger=ledger, now=lambda: now)
    gathered, ended = ledger.taken()
    return [
        Harvest(
            tuple(p for g in gathered if g.source == one.visit.source for p in g.posts),
            tuple(d for g in gathered if g.source == one.visit.source for d in g.defects),
            one.visit,
        )
        for one in ended
    ]
