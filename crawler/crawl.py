"""One crawl of all listed sources, inside a running asyncio reactor or on its own.

Scrapy and Twisted are imported inside the functions: they take seconds, and importing a reactor
too early installs the wrong one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from core.errors import HuiyingError
from core.vocabulary import VisitOutcome
from crawler.ledger import Ended, Gathered, Ledger
from crawler.privacy import Veil
from crawler.records import FetchedPage, Visit
from crawler.sources import Source

if TYPE_CHECKING:
    from crawler.pipelines import Tray
    from crawler.spiders import Refused

REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
MAX_DELAY_S = 60.0
"""Longest pause that a slow server can ask for by answering slowly."""

T = TypeVar("T")


def scrapy_settings(
    *, contact: str, version: str, allow_loopback: bool, default_pace_s: float
) -> dict[str, Any]:
    """Return Scrapy's settings for ``visit_sources``: an honest name, and every guard on.

    With *default_pace_s* 0 (a drill's own loopback site) nothing waits.
    """
    from crawler.egress import guard_settings

    return guard_settings(allow_loopback=allow_loopback) | {
        "USER_AGENT": f"Huiying/{version} (+{contact})",
        "TWISTED_REACTOR": REACTOR,
        "LOG_ENABLED": False,
        "LOG_FORMATTER": "crawler.egress.SilentFormatter",
        "STATS_DUMP": False,
        # No item enters Scrapy, which else makes a hundred workers for the items of each answer.
        "CONCURRENT_ITEMS": 1,
        # Pages in the order in which lists show them.
        "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
        "DOWNLOAD_DELAY": default_pace_s,
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": default_pace_s > 0,
        "AUTOTHROTTLE_START_DELAY": default_pace_s,
        "AUTOTHROTTLE_MAX_DELAY": max(MAX_DELAY_S, default_pace_s),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1 if default_pace_s > 0 else 8,
    }


def _slots(sources: Sequence[Source]) -> dict[str, dict[str, float]]:
    """Return each host's pause: the longest of its sources, one request at a time if any."""
    slots: dict[str, dict[str, float]] = {}
    for source in sources:
        host = urlsplit(source.url).hostname or ""
        pace = max(source.pace_s, slots.get(host, {}).get("delay", 0.0))
        slots[host] = {"delay": pace, "concurrency": 1 if pace > 0 else 8, "jitter": 0}
    return slots


@contextmanager
def _discreet() -> Iterator[None]:
    """Keep the libraries' own messages out of the logs, down to where something happened."""
    from crawler.egress import DiscreetHandler

    handler = DiscreetHandler(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("scrapy", "twisted", "protego")]
    before = [(logger, logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger, propagate, level in before:
            logger.removeHandler(handler)
            logger.propagate = propagate
            logger.setLevel(level)


@contextmanager
def _guarded(*, allow_loopback: bool) -> Iterator[Any]:
    """Put the guard before the reactor's name resolver for the length of a crawl."""
    from twisted.internet import reactor as installed

    from crawler.egress import GuardedResolver

    reactor: Any = installed
    guard = GuardedResolver(reactor.nameResolver, allow_loopback=allow_loopback)
    before = reactor.installNameResolver(guard)
    try:
        yield guard
    finally:
        reactor.installNameResolver(before)


async def visit_sources(
    sources: Sequence[Source],
    *,
    settings: dict[str, Any],
    veil: Veil,
    ledger: Ledger,
    now: Callable[[], datetime],
) -> list[Visit]:
    """Visit every source once, at the same time, and return the visits in order of their end.

    To be awaited inside a running asyncio reactor, any number of times, one at a time. The
    *ledger* takes over each answer as soon as it is read, with posts that name nobody; what it
    raises ends the crawl. *settings* come from ``scrapy_settings``. Raises ``HuiyingError`` when
    our own code failed on a page.
    """
    from scrapy.crawler import AsyncCrawlerRunner

    from crawler.egress import require_guards
    from crawler.spiders import SourceSpider

    if not sources:
        return []
    told: asyncio.Queue[Gathered | Ended | None] = asyncio.Queue()
    visits: list[Visit] = []
    require_guards(settings)
    with _discreet(), _guarded(allow_loopback=settings["HUIYING_ALLOW_LOOPBACK"]) as guard:
        runner = AsyncCrawlerRunner(_paced(settings, sources))
        crawler = runner.create_crawler(SourceSpider)
        crawling = runner.crawl(
            crawler,
            trays=[_begun(source, veil, ledger, now()) for source in sources],
            ledger=ledger,
            guard=guard,
            now=now,
            tell=told.put_nowait,
        )
        crawling.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (one := await told.get()) is not None:
                if isinstance(one, Ended):
                    ledger.end(one)
                    visits.append(one.visit)
                else:
                    ledger.keep(one)
        finally:
            if not crawling.done():
                await runner.stop()
            await crawling
        if mistakes := getattr(crawler.spider, "mistakes", []):
            raise HuiyingError(f"our own code failed on a page: {'; '.join(mistakes)}")
    return visits


def _begun(source: Source, veil: Veil, ledger: Ledger, now: datetime) -> "Tray":
    from crawler.pipelines import Tray

    start = ledger.begin(source, now)
    return Tray(source, veil, now, start, details_left=source.max_details)


def _paced(settings: dict[str, Any], sources: Sequence[Source]) -> dict[str, Any]:
    slots = _slots(sources)
    waits = any(slot["delay"] > 0 for slot in slots.values())
    return settings | {"DOWNLOAD_SLOTS": slots, "AUTOTHROTTLE_ENABLED": waits}


async def fetch_pages(
    urls: Sequence[str], *, source: str, settings: dict[str, Any], now: Callable[[], datetime]
) -> "list[FetchedPage | Refused]":
    """Fetch single pages through every guard, robots.txt obeyed, and return them as asked for.

    To be awaited inside a running asyncio reactor. *source* is the name that the pages bear.
    """
    from scrapy.crawler import AsyncCrawlerRunner

    from crawler.egress import require_guards
    from crawler.spiders import PageSpider, Refused

    answered: dict[str, FetchedPage | Refused] = {}
    require_guards(settings)
    with _discreet(), _guarded(allow_loopback=settings["HUIYING_ALLOW_LOOPBACK"]) as guard:
        runner = AsyncCrawlerRunner(settings)
        crawler = runner.create_crawler(PageSpider)
        await runner.crawl(
            crawler, urls=urls, source=source, guard=guard, now=now, answered=answered
        )
    missing = "没有得到回答"
    return [answered.get(url) or Refused(url, VisitOutcome.UNREACHABLE, missing) for url in urls]


class CrawlInterruptedError(HuiyingError):
    """Somebody ended the process, by Ctrl+C or SIGTERM, before the crawl was over."""


def run_blocking(main: Callable[[], Awaitable[T]]) -> T:
    """Install the reactor, run *main* in it and return what it returns, or raise what it raises.

    For the command line: a Twisted reactor starts once in a process. Raises
    ``CrawlInterruptedError`` when a signal ends it first.
    """
    from scrapy.utils.reactor import install_reactor

    install_reactor(REACTOR)
    from twisted.internet import reactor as installed

    reactor: Any = installed
    ended: list[asyncio.Future[T]] = []

    async def run() -> None:
        """Stop the reactor when *main* is over, however it ended."""
        ended.append(asyncio.ensure_future(main()))
        try:
            await asyncio.wait(ended)
        finally:
            reactor.stop()

    # The loop keeps only a weak hold of a task.
    running: list[asyncio.Task[None]] = []
    reactor.callWhenRunning(lambda: running.append(asyncio.ensure_future(run())))
    reactor.run()
    if not ended or not ended[0].done():
        raise CrawlInterruptedError("the crawl was interrupted")
    return ended[0].result()
