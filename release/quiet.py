"""Quiet hours: what may wake a duty officer, and how long anybody could have acted. Pure.

Inside the quiet hours only what is grave goes out at once; the rest is held for the morning.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from core.clock import BEIJING, beijing

DAY = timedelta(days=1)
REMEMBERED = timedelta(days=3)
"""Longest stretch in which minutes are counted; every clock here is far shorter."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A daily span of Beijing time; it may pass midnight. Equal ends mean that none is quiet."""

    start: time
    """Included."""
    end: time
    """Excluded."""

    def holds(self, moment: datetime) -> bool:
        """Tell whether *moment* lies in the quiet hours."""
        at = beijing(moment).time()
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def last_at(clock: time, now: datetime) -> datetime:
    """Return the latest moment not after *now* at which Beijing's clocks showed *clock*."""
    local = beijing(now)
    today = datetime.combine(local.date(), clock, BEIJING)
    return today if today <= local else today - DAY


def awake(quiet: QuietHours, start: datetime, end: datetime) -> timedelta:
    """Return how much of the time from *start* to *end* lies outside the quiet hours.

    Zero when *end* is not after *start*; no more than three days are looked at.
    """
    if end <= start:
        return timedelta(0)
    first = max(start, end - REMEMBERED)
    total = end - first
    if quiet.start == quiet.end:
        return total
    # From the day before: a span that began yesterday may still run.
    day = beijing(first).date() - DAY
    while (began := datetime.combine(day, quiet.start, BEIJING)) < end:
        over = datetime.combine(day, quiet.end, BEIJING)
        over = over if quiet.start < quiet.end else over + DAY
        total -= max(min(over, end) - max(began, first), timedelta(0))
        day += DAY
    return total
