"""One crawl of all listed sources, inside a running asyncio reactor or on its own.

Scrapy and Twisted are imported inside the functions: they take seconds, and importing a reactor
too early installs the wrong one.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from core.errors import HuiyingError
from crawler.pipelines import Gathered, Tray
from crawler.privacy import Veil
from crawler.records import Defect, Post, Visit
from crawler.sources import Source

REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
MAX_DELAY_S = 60.0
"""Longest pause that a slow server can ask for by answering slowly."""

Keep = Callable[[Sequence[Post], Sequence[Defect], Visit], None]


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
        "DOWNLOAD_DELAY": default_pace_s,
        "DOWNLOAD_DELAY_JITTER": 0,
        "AUTOTHROTTLE_ENABLED": default_pace_s > 0,
        "AUTOTHROTTLE_START_DELAY": default_pace_s,
        "AUTOTHROTTLE_MAX_DELAY": max(MAX_DELAY_S, default_pace_s),
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1 if default_pace_s > 0 else 8,
    }


def _never_seen(source: str, url: str) -> bool:
    del source, url
    return False


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
    keep: Keep,
    now: Callable[[], datetime],
    seen: Callable[[str, str], bool] = _never_seen,
) -> list[Visit]:
    """Visit every source once, at the same time, and return the visits in order of their end.

    To be awaited inside a running asyncio reactor, any number of times, one at a time. *keep* is
    called for each source as soon as its visit is over, with posts that name nobody; what it
    raises ends the crawl. *seen* tells whether the detail page at an address (as it is stored) is
    known; only new ones are fetched. *settings* come from ``scrapy_settings``. Raises
    ``HuiyingError`` when our own code failed on a page.
    """
    from scrapy.crawler import AsyncCrawlerRunner

    from crawler.spiders import SourceSpider

    if not sources:
        return []
    finished: asyncio.Queue[Gathered | None] = asyncio.Queue()
    slots = _slots(sources)
    paced = settings | {
        "DOWNLOAD_SLOTS": slots,
        "AUTOTHROTTLE_ENABLED": any(slot["delay"] > 0 for slot in slots.values()),
    }
    visits: list[Visit] = []
    with _discreet(), _guarded(allow_loopback=settings["HUIYING_ALLOW_LOOPBACK"]) as guard:
        runner = AsyncCrawlerRunner(paced)
        crawler = runner.create_crawler(SourceSpider)
        crawling = runner.crawl(
            crawler,
            trays=[Tray(source, veil, now()) for source in sources],
            guard=guard,
            seen=seen,
            now=now,
            finished=finished.put_nowait,
        )
        crawling.add_done_callback(lambda _: finished.put_nowait(None))
        try:
            while (gathered := await finished.get()) is not None:
                keep(gathered.posts, gathered.defects, gathered.visit)
                visits.append(gathered.visit)
        finally:
            if not crawling.done():
                await runner.stop()
            await crawling
        if mistakes := getattr(crawler.spider, "mistakes", []):
            raise HuiyingError(f"our own code failed on a page: {'; '.join(mistakes)}")
    return visits


def crawl_blocking(
    sources: Sequence[Source],
    *,
    settings: dict[str, Any],
    veil: Veil,
    keep: Keep,
    now: Callable[[], datetime],
    seen: Callable[[str, str], bool] = _never_seen,
) -> list[Visit]:
    """Install the reactor, run ``visit_sources`` once, and return its visits.

    For the command line: a Twisted reactor starts once in a process.
    """
    from scrapy.utils.reactor import install_reactor

    install_reactor(REACTOR)
    from twisted.internet import reactor as installed
    from twisted.internet.defer import Deferred

    reactor: Any = installed
    ended: list[Any] = []

    def _begin() -> None:
        visiting = visit_sources(
            sources, settings=settings, veil=veil, keep=keep, now=now, seen=seen
        )
        done: Deferred[Any] = Deferred.fromFuture(asyncio.ensure_future(visiting))
        done.addBoth(ended.append)
        done.addBoth(lambda _: reactor.stop())

    reactor.callWhenRunning(_begin)
    reactor.run()
    if not ended:
        raise HuiyingError("the crawl was interrupted")
    if not isinstance(ended[0], list):
        ended[0].raiseException()
    visits: list[Visit] = ended[0]
    return visits
