"""Rises: an hour, or ten minutes, in which counts stand above what is usual at that time of day.

A count is compared with its own past, never with a wish: nothing here says that more or fewer
posts, or happier ones, would be better.

Method: the usual count of a ten-minute bin is level x time of day (``usual``). The sums of a
rolling hour and of the newest ten minutes are judged by the upper tail of a negative binomial
(Poisson that is overdispersed), as in the seasonal outbreak detectors of Noufaily et al.,
Statistics in Medicine 32 (2013), 1206-1222.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from analysis.records import Surge
from analysis.usual import (
    BIN,
    BIN_S,
    DAY_BINS,
    HOUR_BINS,
    MIN_LEARNED_BINS,
    MIN_SEEN_BINS,
    UsualSeries,
    upper_tail,
)

__all__ = ["BIN", "Look", "RiseDetector", "Watch", "upper_tail", "worth_telling"]

MIN_EXTRA_POSTS = 5.0
MIN_RATIO = 1.3
"""A rise that a person would not call one is none, however improbable it is."""
SUSTAINED_BINS = 6
DOUBLED = 2.0
BIN_PART = 0.2
"""Part of the budget that is spent on ten minutes. On the injected rises 0.1 to 0.4 found them
0.1 h sooner than the hour alone at the same number of false alarms; 1.0 was no better than 0."""
RELEASE_POWER = 0.35
"""A rise is over when the chance of the hour is above the threshold to this power. At 0.5 one
decoy in ten was told twice."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the newest hour and the newest ten minutes of a series hold."""

    hour: tuple[int, float]
    """Observed and expected posts."""
    bin: tuple[int, float]
    hour_chance: float
    """Chance of at least as many posts under the usual rate, 1 where there are not more."""
    bin_chance: float


class Watch:
    """Decides when a rise is news: when it begins, and once when it has lasted or doubled.

    *per_day* is the budget of false alarms. A day holds 24 hours that do not overlap, and 144 bins.
    """

    __slots__ = ("_bin_from", "_hour_from", "_release", "_since", "_told", "_twice")

    def __init__(self, per_day: float) -> None:
        self._hour_from = min(per_day / 24, 0.5)
        self._bin_from = min(per_day * BIN_PART / DAY_BINS, 0.5)
        self._release = self._hour_from**RELEASE_POWER
        self._since: int | None = None
        self._told = 0
        self._twice = False

    @property
    def on(self) -> bool:
        """Whether a rise goes on."""
        return self._since is not None

    def close(self, chance: float) -> None:
        """Take the *chance* of an hour whose last bin is full; a usual one ends the rise."""
        if chance > self._release:
            self._since = None

    def hear(
        self, number: int, look: Look, share: float = 1.0, least: float = MIN_EXTRA_POSTS
    ) -> tuple[bool, bool]:
        """Return whether the hour, and whether the bin *number* alone, is news, and remember it.

        *share* is the part of the budget that this series may spend, *least* the number of posts
        above the usual without which nothing is told.
        """
        hour = look.hour_chance <= self._hour_from * share and worth_telling(*look.hour, least)
        short = look.bin_chance <= self._bin_from * share and worth_telling(*look.bin, least)
        if not (hour or short) or not self._is_news(number, look.hour[0]):
            return False, False
        return hour, not hour

    def _is_news(self, number: int, observed: int) -> bool:
        if self._since is None:
            self._since, self._told, self._twice = number, observed, False
            return True
        if self._since == number:
            self._told = observed
            return False
        lasted = number - self._since >= SUSTAINED_BINS
        if not self._twice and (lasted or observed >= DOUBLED * self._told):
            self._twice = True
            return True
        return False


class RiseDetector:
    """Tells rises in any number of series of ten-minute counts.

    A rise is told when it begins and once more when it has lasted another hour or doubled; it is
    one matter until the hourly sum has fallen back. Nothing is told in the first five hours of a
    detector's life. *false_alarms_per_day* is the budget for each series.
    """

    def __init__(self, *, false_alarms_per_day: float) -> None:
        if false_alarms_per_day <= 0:
            raise ValueError(f"false_alarms_per_day must be above 0, got {false_alarms_per_day}")
        self._per_day = false_alarms_per_day
        self._series: dict[str, UsualSeries] = {}
        self._watches: dict[str, Watch] = {}
        self._first: int | None = None

    def update(
        self,
        series: str,
        start: datetime,
        count: int,
        *,
        seen: bool = True,
        missing: Collection[int] = (),
        lender: str | None = None,
        share: float = 1.0,
        least: float = MIN_EXTRA_POSTS,
    ) -> Surge | None:
        """Take the count of the bin that begins at *start* and return a rise that is news.

        Bins of one series come in time order; a bin of the last two hours may be told again with
        a new count. Skipped bins count as zero up to one day, and as missing beyond; those
        numbered in *missing* (whole ten minutes since 1970) nobody saw. A series
        first named later than others is taken to have been at zero until then. With *seen* false
        the bin is missing: it is neither zero nor learned. A thin series borrows the time of day
        of *lender* and may spend a *share* of the budget, for it is one of many. Nothing is told
        of fewer than *least* posts above the usual. Raises
        ``ValueError`` for a negative count or a moment without a zone.
        """
        if count < 0 or start.tzinfo is None:
            raise ValueError(f"{series}: need an aware moment and a count >= 0, got {count}")
        number = int(start.timestamp()) // BIN_S
        known = self._known(series, number, lender)
        value = count if seen else None
        age = known.last - number
        if age >= len(known.recent) > 0:
            return None
        if age >= 0:
            known.recent[-1 - age] = value
        else:
            self._advance(series, known, number, missing)
            known.push(number, value)
        return self._judge(series, known, share, least)

    def load(self, history: Iterable[tuple[str, datetime, int]]) -> None:
        """Learn past bins, in time order for each series; their rises are no news."""
        for series, start, count in history:
            self.update(series, start, count)

    def expected(self, series: str, start: datetime) -> float:
        """Return the usual count of the ten-minute bin at *start*; 0 for an unknown series."""
        known = self._series.get(series)
        if known is None:
            return 0.0
        return known.level * known.rhythm(int(start.timestamp()) // BIN_S)

    def look(self, series: str) -> Look | None:
        """Return what the newest bins of *series* hold; None before enough is known or seen."""
        known = self._series[series]
        observed, expected, seen = known.hour()
        if seen < MIN_SEEN_BINS or known.learned < MIN_LEARNED_BINS:
            return None
        newest = known.bin()
        alone = known.bin_chance() if worth_telling(*newest) else 1.0
        chance = known.chance_of(observed, expected)
        return Look((observed, expected), newest, chance, alone)

    def rising(self, series: str) -> bool:
        """Tell whether a rise of *series* that was told goes on."""
        return series in self._watches and self._watches[series].on

    def forget(self, before: datetime, among: Iterable[str]) -> list[str]:
        """Forget those series *among* all that were silent since *before*; return which."""
        number = int(before.timestamp()) // BIN_S
        gone = [s for s in among if s in self._series and self._series[s].last < number]
        for series in gone:
            del self._series[series], self._watches[series]
        return gone

    def _known(self, series: str, number: int, lender: str | None) -> UsualSeries:
        known = self._series.get(series)
        if known is None:
            self._first = number if self._first is None else min(self._first, number)
            last = max(self._first, number - DAY_BINS) - 1
            lent = self._series.get(lender) if lender else None
            known = self._series[series] = UsualSeries(last, lent)
            self._watches[series] = Watch(self._per_day)
        return known

    def _advance(
        self, series: str, known: UsualSeries, number: int, missing: Collection[int]
    ) -> None:
        """Bring *known* to the bin before *number*, asking whether a rise has ended on the way."""
        watch = self._watches[series]
        while watch.on and known.last < number - 1 <= known.last + DAY_BINS:
            watch.close(known.chance())
            quiet = known.last + 1
            known.push(quiet, None if quiet in missing else 0)
        if watch.on:
            watch.close(known.chance() if known.last == number - 1 else 1.0)
        known.pass_quiet(number, missing)

    def _judge(self, series: str, known: UsualSeries, share: float, least: float) -> Surge | None:
        look = self.look(series)
        if look is None:
            return None
        hour, short = self._watches[series].hear(known.last, look, share, least)
        end = datetime.fromtimestamp((known.last + 1) * BIN_S, tz=UTC)
        if hour:
            return Surge(series, end - HOUR_BINS * BIN, end, *look.hour, look.hour_chance)
        if short:
            return Surge(series, end - BIN, end, *look.bin, look.bin_chance)
        return None


def worth_telling(observed: int, expected: float, least: float = MIN_EXTRA_POSTS) -> bool:
    """Tell whether a person would call it more than usual, however improbable it is."""
    return observed - expected >= least and observed >= MIN_RATIO * expected
