"""When something was published, as pages, feeds and exports of Chinese sites write it. Pure.

A written time is read right or refused; nothing is guessed into the future.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_DATE = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?"
    r"(?:[\sT]*(上午|下午|晚上|凌晨)?\s?(\d{1,2})[:：时点]\s?(\d{1,2})?(?:[:：分]\s?(\d{1,2}))?)?"
)
_SHORT_DATE = re.compile(r"(?<!\d)(\d{1,2})[-/月](\d{1,2})日?\s*(\d{1,2})[:：时点](\d{1,2})")
_CLOCK = re.compile(r"(今天|昨天|前天)\s*(\d{1,2})[:：](\d{1,2})")
_AGO = re.compile(r"(\d{1,4})\s?(秒|分钟|小时|天)前")
_AGO_UNITS = {"秒": "seconds", "分钟": "minutes", "小时": "hours", "天": "days"}
_DAYS_BACK = {"今天": 0, "昨天": 1, "前天": 2}


@dataclass(frozen=True, slots=True)
class Told:
    """A moment as a page tells it."""

    moment: datetime
    """Aware, UTC; never after the moment the page was fetched."""
    zone_assumed: bool = False
    """The text named no zone, so the source's own was taken."""
    day_only: bool = False
    """The text named a day and no time of day; ``moment`` is the day's beginning."""


def read_time(value: object, *, zone: timezone, fetched_at: datetime) -> Told | None:
    """Return the moment that *value* tells; None when it tells none that can be relied on.

    A date without offset is of *zone*; relative times count back from *fetched_at*.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()[:64]
    try:
        moment = (
            _epoch(text)
            or _iso(text)
            or _rfc822(text)
            or _chinese(text, fetched_at.astimezone(zone))
        )
        if moment is None:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return Told(aware.astimezone(UTC), zone_assumed=moment.tzinfo is None)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d{1,9})?", text):
        return None
    number = float(text)
    return datetime.fromtimestamp(number / 1000 if number >= 10**11 else number, UTC)


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _rfc822(text: str) -> datetime | None:
    if not re.search(r"[A-Za-z]{3}", text):
        return None
    # On Chinese sites CST is China Standard Time; the standard library reads Chicago's.
    text = re.sub(r"\bCST\b", "+0800", text)
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None


def _chinese(text: str, now: datetime) -> datetime | None:
    if found := _DATE.search(text):
        year, month, day, half, hour, minute, second = found.groups()
        hours = int(hour or 0)
        if half in {"下午", "晚上"} and hours < 12:
            hours += 12
        return datetime(  # noqa: DTZ001  the zone is the source's
            int(year), int(month), int(day), hours, int(minute or 0), int(second or 0)
        )
    return _relative(text, now)


def _relative(text: str, now: datetime) -> datetime | None:
    if "刚刚" in text:
        return now
    if found := _AGO.search(text):
        return now - timedelta(**{_AGO_UNITS[found[2]]: int(found[1])})
    if found := _CLOCK.search(text):
        day = now - timedelta(days=_DAYS_BACK[found[1]])
        return day.replace(hour=int(found[2]), minute=int(found[3]), second=0, microsecond=0)
    if found := _SHORT_DATE.search(text):
        month, day_of_month, hour, minute = map(int, found.groups())
        guess = now.replace(
            month=month, day=day_of_month, hour=hour, minute=minute, second=0, microsecond=0
        )
        # A list in January shows December of last year.
        return guess.replace(year=now.year - 1) if guess > now + timedelta(days=1) else guess
    return None
