"""Limits on what arrives, while it arrives: one body, all bodies together, and their pieces."""

import gc
from dataclasses import dataclass
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Request

from crawler.egress.failures import BodyRefusedError, CrowdedError, DamagedAnswerError
from crawler.egress.robots import is_for_robots
from crawler.egress.rules import MAX_BYTES as ROBOTS_BYTES

ALL_BYTES = 48 * 1024 * 1024
"""Bodies under way at one time may come to this together. With 120 hosts that never end, a crawl
came to 204 MB at most, of which it had 104 before it began."""
SMALL_BYTES = 512 * 1024
"""What is not larger is never cut off to make room."""
MAX_PIECES = 20_000
"""Chunks of one body: 8 MB in pieces of 400 bytes. Pieces of one byte took 16 s of CPU in 30 s."""


@dataclass(slots=True)
class _Body:
    taken: int = 0
    pieces: int = 0


class BodyLimits:
    """Cuts off what exceeds a limit, and a robots.txt where reading it ends."""

    def __init__(self) -> None:
        self._bodies: dict[Request, _Body] = {}
        self._all = 0
        self._gone = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BodyLimits":
        """Return the extension, listening."""
        limits = cls()
        crawler.signals.connect(limits.received, signal=signals.bytes_received)
        crawler.signals.connect(limits.left, signal=signals.request_left_downloader)
        return limits

    def received(self, data: bytes, request: Request, **_: Any) -> None:
        """Count *data*; raises ``StopDownload`` for a body that must end here."""
        body = self._bodies.setdefault(request, _Body())
        body.taken += len(data)
        body.pieces += 1
        self._all += len(data)
        if is_for_robots(request) and body.taken > ROBOTS_BYTES:
            raise StopDownload(fail=False)
        if body.pieces > MAX_PIECES:
            raise BodyRefusedError(DamagedAnswerError("响应分块过碎"))
        if self._all > ALL_BYTES and body.taken > SMALL_BYTES:
            raise BodyRefusedError(CrowdedError(f"同时接收的内容超过 {ALL_BYTES} 字节"))

    def left(self, request: Request, **_: Any) -> None:
        """Forget a body that has arrived or was given up."""
        body = self._bodies.pop(request, _Body())
        self._all -= body.taken
        self._gone += body.taken
        if self._gone > ALL_BYTES:
            # Twisted's response and its reader hold each other, and the body with them.
            self._gone = 0
            gc.collect()
