"""Rises: an hour in which a series of counts stands above what is usual at that time of day.

A count is compared with its own past, never with a wish: nothing here says that more or fewer
posts, or happier ones, would be better.

Method: the usual count of a ten-minute bin is level x time of day. The sum of a rolling hour is
judged by the upper tail of a negative binomial (Poisson that is overdispersed), as in the
seasonal outbreak detectors of Noufaily et al., Statistics in Medicine 32 (2013), 1206-1222.
Every estimate is a fading sum that one pass keeps, so a post costs the same on the first day as
after a year. Bins are learned two hours late and cut at three standard deviations, so that a rise
does not become its own yardstick. Time of day is shrunk towards flat while the past is short.
"""

import math
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from analysis.records import Surge

BIN = timedelta(minutes=10)
BIN_S = 600
HOUR_BINS = 6
DAY_BINS = 144
BEIJING_BINS = 48
"""Eight hours: time of day is Beijing time, for people live by it."""

# The figures below were chosen on 144 series of real crisis curves (CrisisLexT26) in synthetic
# backgrounds; nearby values change what is found and how soon by less than the noise.
LAG_BINS = 12
KERNEL_BINS = 8
LEVEL_KEEP = 0.5 ** (1 / 54)
"""Fading of the level for each bin: a half-life of nine hours follows weekends and slow drift."""
PROFILE_KEEP = 0.5 ** (1 / 7)
"""Fading of the time-of-day profile for each day: a half-life of one week."""
SPREAD_KEEP = 0.5 ** (1 / (7 * DAY_BINS / 3))
PROFILE_PRIOR_POSTS = 1.0
SPREAD_PRIOR = 0.1
SPREAD_PRIOR_WEIGHT = 48.0
CUT_SD = 3.0

MIN_LEARNED_BINS = 18
"""Three hours are learned before the first judgement; with the lag that is five hours of life."""
COLD_SPREAD = 0.2
COLD_BINS = 72
"""Doubt about an unknown daily rhythm: relative variance 0.2 at birth, halved after 12 hours.
0.5 told a fivefold rise on the first evening too late in 22 of 100 cases (0.2: 1 of 100), and
saved 0.5 of 1.3 false alarms on the first day of a series with a fivefold daily swing."""

MIN_EXTRA_POSTS = 5.0
MIN_RATIO = 1.3
"""A rise that a person would not call one is none, however improbable it is."""
LEAST_EXPECTED = 0.5
MIN_SEEN_BINS = 3
SUSTAINED_BINS = 6
DOUBLED = 2.0

_KERNEL = tuple(
    (offset, (KERNEL_BINS + 1 - abs(offset)) / (KERNEL_BINS + 1) ** 2)
    for offset in range(-KERNEL_BINS, KERNEL_BINS + 1)
)


def upper_tail(observed: int, expected: float, spread: float) -> float:
    """Return the chance of at least *observed* under a negative binomial, 0..1.

    *expected* is its mean (> 0), *spread* its relative overdispersion: the variance is
    expected + spread x expected squared. Source: Abramowitz and Stegun 26.5.26.

    >>> round(upper_tail(3, 1.0, 1.0), 3)
    0.125
    """
    from scipy.special import betainc

    if observed <= 0:
        return 1.0
    chance = spread * expected / (1 + spread * expected)
    return float(betainc(observed, 1 / spread, chance))


class _Series:
    """What is known of one series: level, time of day, spread, and the last two hours."""

    __slots__ = (
        "last", "learned", "level_posts", "level_weight", "posts_at", "recent", "release", "since",
        "spread_sum", "spread_weight", "told_observed", "told_twice", "usual_at",
    )  # fmt: skip

    def __init__(self, last: int, release: float) -> None:
        self.last = last
        self.release = release
        """Chance of an hour from which a rise is over."""
        self.recent: deque[int | None] = deque()
        self.learned = 0
        self.level_posts = 0.0
        self.level_weight = 0.0
        self.posts_at = [0.0] * DAY_BINS
        self.usual_at = [0.0] * DAY_BINS
        self.spread_sum = SPREAD_PRIOR * SPREAD_PRIOR_WEIGHT
        self.spread_weight = SPREAD_PRIOR_WEIGHT
        self.since: int | None = None
        self.told_observed = 0
        self.told_twice = False

    @property
    def level(self) -> float:
        """Posts of an ordinary bin at an ordinary time of day; 0 before anything is learned."""
        return self.level_posts / self.level_weight if self.level_weight else 0.0

    @property
    def spread(self) -> float:
        """Relative overdispersion of hourly sums, at least 0.005."""
        return max(self.spread_sum / self.spread_weight, 0.005)

    def rhythm(self, number: int) -> float:
        """Return how busy this time of day is against an ordinary one (1.0), shrunk to 1.0."""
        slot = (number + BEIJING_BINS) % DAY_BINS
        return (self.posts_at[slot] + PROFILE_PRIOR_POSTS) / (
            self.usual_at[slot] + PROFILE_PRIOR_POSTS
        )

    def push(self, number: int, count: int | None) -> None:
        """Take the bin after ``last``; the bin that is two hours old is learned now.

        What is learned of the last hour, and whether a rise is over, waits for its bins to be
        full: a half-counted one would tell another story than the same one read again later.
        """
        if self.since is not None and self.chance() > self.release:
            self.since = None
        if number % 3 == 0 and self.learned >= MIN_LEARNED_BINS:
            self._learn_spread()
        self.recent.append(count)
        self.last = number
        if len(self.recent) > LAG_BINS:
            oldest = self.recent.popleft()
            if oldest is not None:
                self._learn(number - LAG_BINS, oldest)

    def _learn(self, number: int, count: int) -> None:
        slot = (number + BEIJING_BINS) % DAY_BINS
        rhythm = self.rhythm(number)
        usual = self.level * rhythm
        posts = float(count)
        if self.learned >= MIN_LEARNED_BINS:
            variance = usual + (3 * self.spread + 0.1) * usual * usual
            posts = min(posts, usual + CUT_SD * math.sqrt(variance) + 1)
        self.level_posts = self.level_posts * LEVEL_KEEP + posts
        self.level_weight = self.level_weight * LEVEL_KEEP + rhythm
        level = self.level
        posts_at, usual_at = self.posts_at, self.usual_at
        for offset, weight in _KERNEL:
            at = (slot + offset) % DAY_BINS
            posts_at[at] += weight * posts
            usual_at[at] += weight * level
        posts_at[slot] *= PROFILE_KEEP
        usual_at[slot] *= PROFILE_KEEP
        self.learned += 1

    def hour(self) -> tuple[int, float, int]:
        """Return observed and expected posts of the last hour's seen bins, and how many."""
        observed, rhythm, seen = 0, 0.0, 0
        for age in range(min(HOUR_BINS, len(self.recent))):
            count = self.recent[-1 - age]
            if count is not None:
                observed += count
                rhythm += self.rhythm(self.last - age)
                seen += 1
        return observed, max(self.level * rhythm, LEAST_EXPECTED), seen

    def _learn_spread(self) -> None:
        """Move the overdispersion towards what this hour showed; far hours are cut."""
        observed, expected, seen = self.hour()
        if seen < MIN_SEEN_BINS:
            return
        reach = CUT_SD * math.sqrt(expected + self.spread * expected * expected)
        gap = min(observed, expected + reach) - expected
        weight = min(expected / 10, 1.0)
        shown = (gap * gap - expected) / (expected * expected)
        self.spread_sum = max(
            self.spread_sum * SPREAD_KEEP + shown * weight, 0.005 * self.spread_weight
        )
        self.spread_weight = self.spread_weight * SPREAD_KEEP + weight

    def chance(self) -> float:
        """Return the chance of the last hour, 1 for one that is not busy."""
        observed, expected, _ = self.hour()
        return self.tail(observed, expected) if observed > expected else 1.0

    def tail(self, observed: int, expected: float) -> float:
        """Return the chance of such an hour, with doubt added while the past is short."""
        doubt = COLD_SPREAD * COLD_BINS / (COLD_BINS + self.learned) + 1 / (self.level_posts + 1)
        return upper_tail(observed, expected, self.spread + doubt)


class RiseDetector:
    """Tells rises in any number of series of ten-minute counts.

    A rise is told when it begins and once more when it has lasted another hour or doubled; it is
    one matter until the hourly sum has fallen back. Nothing is told in the first five hours of a
    detector's life. *false_alarms_per_day* is the budget for each series: an hour is a rise when
    its tail is below budget / 24, for a day holds 24 hours that do not overlap.
    """

    def __init__(self, *, false_alarms_per_day: float) -> None:
        if false_alarms_per_day <= 0:
            raise ValueError(f"false_alarms_per_day must be above 0, got {false_alarms_per_day}")
        self._threshold = min(false_alarms_per_day / 24, 0.5)
        self._release = math.sqrt(self._threshold)
        self._series: dict[str, _Series] = {}
        self._first: int | None = None

    def update(
        self, series: str, start: datetime, count: int, *, seen: bool = True
    ) -> Surge | None:
        """Take the count of the bin that begins at *start* and return a rise that is news.

        Bins of one series come in time order; a bin of the last two hours may be told again with
        a new count. Skipped bins count as zero up to one day, and as missing beyond. A series
        first named later than others is taken to have been at zero until then. With *seen* false
        the bin is missing: it is neither zero nor learned. Raises ``ValueError`` for a negative
        count or a moment without a zone.
        """
        if count < 0 or start.tzinfo is None:
            raise ValueError(f"{series}: need an aware moment and a count >= 0, got {count}")
        number = int(start.timestamp()) // BIN_S
        known = self._known(series, number)
        value = count if seen else None
        age = known.last - number
        if age >= len(known.recent) > 0:
            return None
        if age >= 0:
            known.recent[-1 - age] = value
        else:
            _fill(known, number)
            known.push(number, value)
        return self._judge(series, known)

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

    def _known(self, series: str, number: int) -> _Series:
        known = self._series.get(series)
        if known is None:
            self._first = number if self._first is None else min(self._first, number)
            last = max(self._first, number - DAY_BINS) - 1
            known = self._series[series] = _Series(last, self._release)
        return known

    def _judge(self, series: str, known: _Series) -> Surge | None:
        observed, expected, seen = known.hour()
        if seen < MIN_SEEN_BINS or known.learned < MIN_LEARNED_BINS:
            return None
        tail = known.chance()
        if tail > self._threshold or not _worth_telling(observed, expected):
            return None
        if not _is_news(known, observed):
            return None
        end = datetime.fromtimestamp((known.last + 1) * BIN_S, tz=UTC)
        return Surge(series, end - HOUR_BINS * BIN, end, observed, expected, tail)


def _fill(known: _Series, number: int) -> None:
    """Bring *known* to the bin before *number*: zeros for a short gap, nothing for a long one."""
    gap = number - known.last - 1
    if gap > DAY_BINS:
        known.since = None
        known.last = number - 1
        known.recent = deque([None] * LAG_BINS)
        return
    for quiet in range(known.last + 1, number):
        known.push(quiet, 0)


def _worth_telling(observed: int, expected: float) -> bool:
    return observed - expected >= MIN_EXTRA_POSTS and observed >= MIN_RATIO * expected


def _is_news(known: _Series, observed: int) -> bool:
    """Tell whether a rise is new, or has lasted or doubled since it was told; remember it."""
    if known.since is None:
        known.since, known.told_observed, known.told_twice = known.last, observed, False
        return True
    if known.since == known.last:
        known.told_observed = observed
        return False
    lasted = known.last - known.since >= SUSTAINED_BINS
    if not known.told_twice and (lasted or observed >= DOUBLED * known.told_observed):
        known.told_twice = True
        return True
    return False
