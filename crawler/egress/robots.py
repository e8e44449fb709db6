"""robots.txt is asked before every page, kept for a day, and obeyed. Nothing switches it off."""

import asyncio
from typing import Any

from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from core.vocabulary import VisitOutcome
from crawler.egress.failures import (
    EXPLAINED,
    FetchError,
    NotAskedError,
    RobotsRefusedError,
    explain,
)
from crawler.egress.rules import MAX_BYTES, Rules, read_rules

_META, _MARK = "huiying_robots", object()


def is_for_robots(request: Request) -> bool:
    """Return whether *request* fetches a robots.txt for ``CarefulRobots``.

    The mark is an object of this module, so nothing that a page or a setting says can bear it.
    """
    return request.meta.get(_META) is _MARK


class CarefulRobots:
    """Obeys robots.txt, and stays away where it cannot be read.

    ``spider.robots``, if there is one, remembers the files: ``get(site)`` and ``put(site, body)``
    with a site as ``https://news.example``.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._sites: dict[str, asyncio.Future[Rules | FetchError]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CarefulRobots":
        """Return the middleware."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise ``RobotsRefusedError``, or ``FetchError`` for a host that cannot be reached."""
        if is_for_robots(request):
            return
        rules = await self._rules(request)
        if isinstance(rules, FetchError):
            raise type(rules)(rules.reason, rules.outcome)
        if rules.crowded:
            raise RobotsRefusedError("robots.txt 规则过多，按不允许处理")
        if not rules.allow(request.url):
            raise RobotsRefusedError("robots.txt 不允许")
        self._slow_down(urlparse_cached(request).hostname or "", rules.crawl_delay_s)

    async def _rules(self, request: Request) -> Rules | FetchError:
        parts = urlparse_cached(request)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._sites:
            self._sites[site] = asyncio.ensure_future(self._learn(site))
        # Shielded: a visit that is cancelled must not take the others' answer with it.
        return await asyncio.shield(self._sites[site])

    async def _learn(self, site: str) -> Rules | FetchError:
        memory: Any = getattr(self._crawler.spider, "robots", None)
        known = memory.get(site) if memory else None
        if known is not None:
            return read_rules(known)
        body = await self._fetch(site)
        if isinstance(body, FetchError):
            return body
        if memory:
            memory.put(site, body)
        return read_rules(body)

    async def _fetch(self, site: str) -> bytes | FetchError:
        """Return the file, empty where there is none, or why it could not be read."""
        request = Request(
            f"{site}/robots.txt",
            callback=NO_CALLBACK,
            headers={"Accept-Encoding": "identity"},
            # What exceeds our own limit is cut off while it arrives, not refused.
            meta={_META: _MARK, "download_maxsize": 0},
        )
        engine: Any = self._crawler.engine
        try:
            response: Response = await engine.download_async(request)
        except EXPLAINED as error:
            return _unread(error)
        return _readable(response)

    def _slow_down(self, host: str, delay_s: float) -> None:
        """Wait at least *delay_s* between two requests to *host* from now on, one at a time."""
        engine: Any = self._crawler.engine
        floors, slots = engine.downloader.per_slot_settings, engine.downloader.slots
        usual_s = self._crawler.settings.getfloat("DOWNLOAD_DELAY")
        if delay_s <= floors.get(host, {}).get("delay", usual_s):
            return
        # Slots of quiet hosts are thrown away and made again from these.
        floors[host] = floors.get(host, {"jitter": 0}) | {"delay": delay_s, "concurrency": 1}
        if slot := slots.get(host):
            slot.delay, slot.concurrency = max(slot.delay, delay_s), 1


def _unread(error: BaseException) -> FetchError:
    outcome, reason = explain(error)
    if isinstance(error, NotAskedError):
        return error
    if outcome is VisitOutcome.UNREACHABLE:
        return FetchError(f"{reason}（读取 robots.txt 时）", outcome)
    return RobotsRefusedError(f"robots.txt 无法读取（{reason}），按不允许处理")


def _readable(response: Response) -> bytes | FetchError:
    """Return what a robots.txt counts as (RFC 9309, 2.3.1)."""
    if 200 <= response.status < 300:
        return response.body[: MAX_BYTES + 1]
    # 429 is a server that cannot answer now, like 5xx; other 4xx mean that there is no file.
    if 400 <= response.status < 500 and response.status != 429:
        return b""
    return RobotsRefusedError(f"robots.txt 无法读取（{response.status}），按不允许处理")
