"""Spikes: ten minutes that stand above everything a series has shown for weeks.

A rise is judged by the hour and by the time of day (``trends``); a spike is over before that.
It is measured against a long memory, and each spike makes the next one like it quieter: people
get used to a weekly press conference, and so does this.

Method: the logarithm of a negative binomial count plus half its size is nearly normal (F. J.
Anscombe, Biometrika 35 (1948), 246-254), so a count is judged by how many standard deviations it
lies above a fading mean. Habituation follows R. F. Thompson and W. A. Spencer, Psychological
Review 73 (1966), 16-43: each response adds to a store that lowers the next one and that fades.
"""

import math
from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime

from analysis.records import Surge
from analysis.trends import worth_telling
from analysis.usual import BIN, BIN_S, DAY_BINS, LAG_BINS

# The figures below were chosen on the five Twitter series of NAB, all five at once; what others
# gave stands in docs/noticing.md. Only the threshold is measured apart from where it is chosen.
HALF_SIZE = 5.0
"""Half the size of the negative binomial: an overdispersion of 0.1, the prior of ``trends``."""
MEMORY_KEEP: float = 0.5 ** (1 / (28 * DAY_BINS))
HABIT_KEEP: float = 0.5 ** (1 / (7 * DAY_BINS))
GAIN = 0.3
"""How much of a response is added to the store."""
LEAST_SD = 0.22
TOLD_FROM = 1.64
"""Response from which a spike is told; 1.56 to 1.70 score the same on NAB."""
MIN_LEARNED_BINS = 2 * DAY_BINS
"""Two days are learned before the first judgement."""

_NOTHING = math.log(HALF_SIZE)


class _Series:
    """What is known of one series: mean and variance of its logarithms, and what it is used to."""

    __slots__ = (
        "habit",
        "last",
        "learned",
        "recent",
        "squares",
        "store",
        "told",
        "total",
        "weight",
    )

    def __init__(self, last: int) -> None:
        self.last = last
        self.learned = 0
        self.weight = self.total = self.squares = 0.0
        self.store = 0.0
        """What one was used to before the bins of ``recent``."""
        self.habit = 0.0
        """What one is used to before the newest bin."""
        self.recent: deque[tuple[float | None, float, float]] = deque()
        """Logarithm, usual mean and standard deviation of the last two hours' bins."""
        self.told: int | None = None

    def push(self, value: float | None) -> None:
        """Take the bin after ``last``; the one that is two hours old is learned now."""
        if self.recent:
            self.habit = _used_to(self.habit, *self.recent[-1])
        self.recent.append((value, *self.usual()))
        self.last += 1
        if len(self.recent) > LAG_BINS:
            oldest = self.recent.popleft()
            self.store = _used_to(self.store, *oldest)
            if oldest[0] is not None:
                self._learn(oldest[0])

    def replace(self, age: int, value: float | None) -> None:
        """Put another value in the place of the one *age* bins ago."""
        _, mean, deviation = self.recent[-1 - age]
        self.recent[-1 - age] = value, mean, deviation
        if age:
            self.habit = self.store
            for earlier in list(self.recent)[:-1]:
                self.habit = _used_to(self.habit, *earlier)

    def skip(self, number: int) -> None:
        """Pass over the bins before *number* as never seen."""
        passed = number - self.last - 1
        self.habit *= math.exp(passed * math.log(HABIT_KEEP))
        self.store = self.habit
        self.recent.clear()
        self.last = number - 1

    def usual(self) -> tuple[float, float]:
        """Return mean and deviation of the logarithms; no deviation before two days are learned."""
        if self.learned < MIN_LEARNED_BINS:
            return _NOTHING, 0.0
        mean = self.total / self.weight
        return mean, math.sqrt(max(self.squares / self.weight - mean * mean, LEAST_SD * LEAST_SD))

    def response(self) -> float:
        """Return how far the newest bin stands above its usual and above what one is used to."""
        value, mean, deviation = self.recent[-1]
        if value is None or not deviation or not worth_telling(*self.newest()):
            return 0.0
        return max((value - mean) / deviation - self.habit * HABIT_KEEP, 0.0)

    def newest(self) -> tuple[int, float]:
        """Return observed and expected posts of the newest bin."""
        value, mean, _ = self.recent[-1]
        observed = 0 if value is None else round(math.exp(value) - HALF_SIZE)
        return observed, max(math.exp(mean) - HALF_SIZE, 0.0)

    def _learn(self, value: float) -> None:
        self.weight = self.weight * MEMORY_KEEP + 1
        self.total = self.total * MEMORY_KEEP + value
        self.squares = self.squares * MEMORY_KEEP + value * value
        self.learned += 1


def _used_to(habit: float, value: float | None, mean: float, deviation: float) -> float:
    """Return the store after a bin: faded, and fed by its response."""
    habit *= HABIT_KEEP
    if value is None or not deviation:
        return habit
    return habit + GAIN * max((value - mean) / deviation - habit, 0.0)


class SpikeDetector:
    """Tells spikes in any number of series of ten-minute counts, each bin at most once.

    *told_from* is the response, in standard deviations above the usual after what people are used
    to, from which a spike is told.
    """

    def __init__(self, *, told_from: float = TOLD_FROM) -> None:
        self._told_from = told_from
        self._series: dict[str, _Series] = {}

    def update(
        self, series: str, start: datetime, count: int, *, missing: Collection[int] = ()
    ) -> Surge | None:
        """Take the count of the bin that begins at *start* and return a spike that is news.

        Bins come in time order; one of the last two hours may be told again with a new count.
        Skipped bins count as zero up to one day and as missing beyond; those numbered in
        *missing* (whole ten minutes since 1970) were not seen by anybody.
        """
        number = int(start.timestamp()) // BIN_S
        known = self._series.get(series)
        if known is None:
            known = self._series[series] = _Series(number - 1)
        value = math.log(count + HALF_SIZE)
        age = known.last - number
        if age >= len(known.recent) > 0:
            return None
        if age >= 0:
            known.replace(age, value)
            return self._judge(series, known) if age == 0 else None
        if number - known.last - 1 > DAY_BINS:
            known.skip(number)
        for quiet in range(known.last + 1, number):
            known.push(None if quiet in missing else _NOTHING)
        known.push(value)
        return self._judge(series, known)

    def response(self, series: str) -> float:
        """Return how loud the newest bin of *series* is, 0 for one that is unknown or usual."""
        known = self._series.get(series)
        return known.response() if known else 0.0

    def _judge(self, series: str, known: _Series) -> Surge | None:
        response = known.response()
        if response < self._told_from or known.told == known.last:
            return None
        known.told = known.last
        start = datetime.fromtimestamp(known.last * BIN_S, tz=UTC)
        tail = math.erfc(response / math.sqrt(2)) / 2
        return Surge(series, start, start + BIN, *known.newest(), tail)
