"""Gathering from the listed sources: once, or for as long as the process lives.

A Twisted reactor starts once in a process, so the process that serves pages never crawls.
"""

import asyncio
import fcntl
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from console import desk, heartbeat
from console.ledgers import StoringLedger
from console.pipeline import Pipeline
from console.wiring import Services, installed_version
from core.clock import utc_now
from core.database import reading, transaction
from core.errors import HuiyingError
from crawler import crawl, frontier, store, task_guard
from crawler.frontier import SourceState
from crawler.records import Visit
from crawler.sources import Source, load_sources

LOCK_NAME = "crawl.lock"
PAUSE_S = 15.0
"""Longest pause between two looks at what is due."""


@dataclass(frozen=True, slots=True)
class Crawled:
    """What one crawl did."""

    visits: tuple[Visit, ...]
    left_alone: tuple[SourceState, ...]
    """Sources that have refused and are not visited before their time."""
    forbidden: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Listed sources that may not be monitored, with the reasons."""


def listed_sources(services: Services) -> tuple[Source, ...]:
    """Return the listed sources; raise ``HuiyingError`` when there is no list."""
    settings = services.settings
    file = services.data / settings.sources_file
    if not file.exists():
        raise HuiyingError(f"{file}: no sources listed; docs/sources.md shows how")
    return load_sources(file, allow_loopback=settings.drill, default_pace_s=settings.crawl_delay_s)


def listed_if_any(services: Services) -> tuple[Source, ...]:
    """Return the listed sources, none when there is no list: files can be dropped without one."""
    if not (services.data / services.settings.sources_file).exists():
        return ()
    return listed_sources(services)


def permitted_sources(
    services: Services, listed: Sequence[Source]
) -> tuple[tuple[Source, ...], tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return the sources that may be monitored, and the others with the reasons in Chinese.

    A refusal is written down each time it is made.
    """
    known = task_guard.known_words(services.directory)
    judged = [
        (source, tuple(task_guard.refusals(task_guard.task_of(source), known=known)))
        for source in listed
    ]
    forbidden = tuple((source.name, reasons) for source, reasons in judged if reasons)
    if forbidden:
        with transaction(services.engine) as session:
            for _, reasons in forbidden:
                store.save_refusal(session, asked="source", reasons=reasons, at=utc_now())
    return tuple(source for source, reasons in judged if not reasons), forbidden


def scrapy_settings(services: Services) -> dict[str, Any]:
    """Return the crawler's settings for this data folder: an honest name, and every guard on."""
    return crawl.scrapy_settings(
        contact=services.settings.user_agent_contact,
        version=installed_version(),
        allow_loopback=services.settings.drill,
        default_pace_s=services.settings.crawl_delay_s,
    )


@contextmanager
def only_crawler(data: Path) -> Iterator[None]:
    """Hold the folder's crawl lock; raise ``HuiyingError`` when another process crawls it.

    The lock dies with its process, also with one that was killed.
    """
    with (data / LOCK_NAME).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HuiyingError(f"{data}: another crawl of this folder is running") from None
        yield


def heed_signals() -> None:
    """Let Ctrl+C and SIGTERM raise ``CrawlInterruptedError`` until the reactor listens to them.

    Starting takes seconds, and a signal in them must end jobs as properly as one that comes later.
    """

    def end(_signal: int, _frame: object) -> None:
        raise crawl.CrawlInterruptedError("interrupted while starting or ending")

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def due(
    sources: Sequence[Source], states: dict[str, SourceState], now: datetime, *, all_of_them: bool
) -> tuple[list[Source], list[SourceState]]:
    """Return the sources to visit now, and those that have refused and must be left alone.

    With *all_of_them* the time since the last visit does not count, a refusal still does.
    """
    wanted, left_alone = [], []
    for source in sources:
        state = states.get(source.name) or SourceState(source.name)
        if not source.enabled:
            continue
        if state.not_before is not None and state.not_before > now:
            left_alone.append(state)
        elif all_of_them or _is_time(source, state, now):
            wanted.append(source)
    return wanted, left_alone


def _is_time(source: Source, state: SourceState, now: datetime) -> bool:
    every = timedelta(minutes=source.every_min)
    return state.visited_at is None or now - state.visited_at >= every


def crawl_once(
    services: Services, *, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Crawled:
    """Visit every listed source once, keep what is new, and analyse it."""
    sources, forbidden = permitted_sources(services, listed_sources(services))
    pipeline = Pipeline(services)
    with only_crawler(services.data):
        crawled = crawl.run_blocking(
            lambda: visit_due(pipeline, sources, all_of_them=True, progress=progress)
        )
    pipeline.run_round(utc_now())
    desk.tick(services, utc_now())
    return replace(crawled, forbidden=forbidden)


async def visit_due(
    pipeline: Pipeline,
    sources: Sequence[Source],
    *,
    all_of_them: bool,
    progress: Callable[[int, int], None],
) -> Crawled:
    """Visit the sources that are due, keep what is new, and return what was done.

    To be awaited in a running reactor by the only crawler of the folder.
    """
    services = pipeline.services
    with reading(services.engine) as session:
        states = frontier.states(session)
    wanted, left_alone = due(sources, states, utc_now(), all_of_them=all_of_them)
    over = 0

    def ended() -> None:
        """Count one source more that is over."""
        nonlocal over
        over += 1
        progress(over, len(wanted))

    if not wanted:
        return Crawled((), tuple(left_alone))
    ledger = StoringLedger(pipeline, utc_now(), progress=ended)
    try:
        await crawl.visit_sources(
            wanted,
            settings=scrapy_settings(services),
            veil=pipeline.door,
            ledger=ledger,
            now=utc_now,
        )
    finally:
        ledger.flush()
    return Crawled(tuple(ledger.visits), tuple(left_alone))


def gather_until_stopped(
    services: Services,
    *,
    after_round: Callable[[Crawled], None],
    between: Callable[[Pipeline], None] = lambda _pipeline: None,
) -> None:
    """Visit each source when it is due, analyse, and go on until interrupted.

    *after_round* hears of each round that visited something; *between* is called once in each
    round, before the analysis, for what else comes in.
    """
    pipeline = Pipeline(services)
    listed: tuple[Source, ...] = ()
    permitted: tuple[Source, ...] = ()

    async def work() -> None:
        """Make rounds, each with the list as it then is."""
        nonlocal listed, permitted
        while True:
            # Read anew: an officer who adds a source does not restart the desk.
            if (now_listed := listed_if_any(services)) != listed:
                listed = now_listed
                permitted, _ = permitted_sources(services, listed)
            crawled = await visit_due(
                pipeline, permitted, all_of_them=False, progress=lambda _done, _all: None
            )
            between(pipeline)
            pipeline.run_round(utc_now())
            desk.after_round(services, utc_now())
            if crawled.visits:
                after_round(crawled)
            await asyncio.sleep(PAUSE_S)

    with only_crawler(services.data):
        try:
            crawl.run_blocking(work)
        except crawl.CrawlInterruptedError:
            heartbeat.stop(services, utc_now())
            raise
