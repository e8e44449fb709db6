"""How long to wait: for a slow server, for the pace of its sources, and for its own word."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Headers, Response
from scrapy.utils.httpobj import urlparse_cached

SHORTEST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=24)
BELIEVABLE = timedelta(days=7)
"""What asks for more than this, or cannot be read, is a mistake or a joke."""
WAIT_INSTEAD = timedelta(hours=1)


class PoliteThrottle(AutoThrottle):
    """Slows down for a slow server, and never goes below the pace of its sources."""

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        host = urlparse_cached(response).hostname or ""
        # Not the settings: a crawl-delay in robots.txt is noted here too.
        engine: Any = self.crawler.engine
        floor = engine.downloader.per_slot_settings.get(host, {}).get("delay", self.mindelay)
        slot.delay = max(slot.delay, floor)


def retry_after(headers: Headers, now: datetime) -> timedelta | None:
    """Return how long a server asks to be left alone, or None when it does not say.

    Seconds and HTTP dates are read (RFC 9110, 10.2.3) and brought between ``SHORTEST_WAIT`` and
    ``LONGEST_WAIT``; what is not believable counts as ``WAIT_INSTEAD``. *now* is aware.
    """
    value = (headers.get("Retry-After") or b"").decode("latin-1").strip()
    if not value:
        return None
    asked = _seconds(value) if value.isascii() and value.isdigit() else _until(value, now)
    if asked is None or asked > BELIEVABLE:
        return WAIT_INSTEAD
    return min(max(asked, SHORTEST_WAIT), LONGEST_WAIT)


def _seconds(value: str) -> timedelta | None:
    # Nine digits are 31 years; longer numbers overflow.
    return timedelta(seconds=int(value)) if len(value) < 10 else None


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(value[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        # Documented is ValueError alone; the others come from the tuple that it reads.
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
