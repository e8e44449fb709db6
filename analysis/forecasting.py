"""How many questions to expect in the next hours, with an interval, and how the last one did. Pure.

The usual count of an hour is level x time of day, both learned with fading weights from hourly
counts; the interval is that of a negative binomial whose spread, and how often its ends are passed,
was measured on the forecasts that the same rule would have made before, apart for near and far
hours, so that it widens by itself.
Seasonal negative binomials: Noufaily et al., Statistics in Medicine 32 (2013), 1206-1222; spread
from past errors: Hyndman and Athanasopoulos, Forecasting (3rd ed.), 5.5.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

DAY_HOURS = 24
HORIZON = 24
LEAST_HOURS = 72
"""Seen hours below which no forecast is made: three days."""
LOW, HIGH = 0.1, 0.9
"""Ends of the interval: four hours in five should lie within."""
LEVEL_KEEP = 0.5 ** (1 / 12)
"""Fading of the level for each hour: half after twelve."""
USUAL_KEEP = 0.5 ** (1 / 96)
"""Fading of the long-run level, to which a forecast returns: half after four days."""
RETURN_KEEP = 0.5 ** (1 / 12)
"""How much of a raised level is left after each hour ahead: half after twelve."""
RHYTHM_KEEP = 0.5 ** (1 / 7)
"""Fading of the time of day for each day: half after a week."""
RHYTHM_PRIOR_POSTS = 4.0
NEIGHBOURS = ((-1, 0.25), (0, 0.5), (1, 0.25))
ORIGINS_EVERY = 3
"""Hours between the past moments at which the rule is tried."""
PARTS = 4
"""The hours ahead are judged in this many parts, each with a spread of its own."""
SPREAD_PRIOR, SPREAD_PRIOR_WEIGHT = 0.15, 20.0
LEAST_SPREAD = 0.002
LEAST_EXPECTED = 0.2
SHARE_PRIOR_HOURS = 30.0
TOGETHER = 8
"""Past forecasts of one hour that say the same thing: they count as one."""
Counts = Sequence[int | None]
"""Counts of consecutive hours, oldest first; None for an hour that nobody saw."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of the hours after the last one known; all three of equal length."""

    expected: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    """Ends of the 80 % interval, both within it."""


class _Rule:
    """Level and time of day as they fade with the hours; hour 0 is the first count's."""

    __slots__ = ("at", "expected_at", "level_n", "level_w", "posts_at", "usual_n", "usual_w")

    def __init__(self) -> None:
        self.at = 0
        self.posts_at = [0.0] * DAY_HOURS
        self.expected_at = [0.0] * DAY_HOURS
        self.level_n = self.level_w = self.usual_n = self.usual_w = 0.0

    def rhythm(self, hour: int) -> float:
        prior = RHYTHM_PRIOR_POSTS
        slot = hour % DAY_HOURS
        return (self.posts_at[slot] + prior) / (self.expected_at[slot] + prior)

    def take(self, count: int | None) -> None:
        if count is not None:
            rhythm, slot = self.rhythm(self.at), self.at % DAY_HOURS
            self.level_n = self.level_n * LEVEL_KEEP + count
            self.level_w = self.level_w * LEVEL_KEEP + rhythm
            self.usual_n = self.usual_n * USUAL_KEEP + count
            self.usual_w = self.usual_w * USUAL_KEEP + rhythm
            self.posts_at[slot] *= RHYTHM_KEEP
            self.expected_at[slot] *= RHYTHM_KEEP
            usual = self.usual_n / self.usual_w
            for offset, weight in NEIGHBOURS:
                near = (slot + offset) % DAY_HOURS
                self.posts_at[near] += weight * count
                self.expected_at[near] += weight * usual
        self.at += 1

    def ahead(self, hours: int) -> list[float]:
        usual = self.usual_n / self.usual_w if self.usual_w else 0.0
        level = self.level_n / self.level_w if self.level_w else usual
        return [
            max(
                (usual + (level - usual) * RETURN_KEEP**step) * self.rhythm(self.at + step),
                LEAST_EXPECTED,
            )
            for step in range(hours)
        ]


def forecast(counts: Counts, hours: int = HORIZON) -> Forecast | None:
    """Return what to expect of the *hours* after *counts*; None for less than three seen days.

    The first count may be of any hour of a day: only that days have 24 hours is used.
    """
    if sum(count is not None for count in counts) < LEAST_HOURS:
        return None
    rule = _Rule()
    tried: list[list[tuple[float, int]]] = [[] for _ in range(PARTS)]
    for now, count in enumerate(counts):
        if now >= LEAST_HOURS and now % ORIGINS_EVERY == 0:
            for step, (mean, seen) in enumerate(
                zip(rule.ahead(hours), counts[now : now + hours], strict=False)
            ):
                if seen is not None:
                    tried[_part(step, hours)].append((mean, seen))
        rule.take(count)
    expected = rule.ahead(hours)
    bands = list(accumulate(map(_Band, tried), _Band.not_narrower))
    ends = [bands[_part(step, hours)].ends(mean) for step, mean in enumerate(expected)]
    return Forecast(
        expected=tuple(expected),
        low=tuple(low for low, _ in ends),
        high=tuple(high for _, high in ends),
    )


class _Band:
    """How far from the middle hours came out that the same rule would have told before."""

    def __init__(self, tried: Sequence[tuple[float, int]]) -> None:
        """Learn from (expected, seen): the spread, then how often its own ends were passed."""
        import numpy as np
        from scipy.stats import nbinom

        means = np.array([mean for mean, _ in tried])
        seen = np.array([count for _, count in tried])
        weights = np.minimum(means / 5, 1.0)  # an hour of few posts tells little
        gaps = weights * ((seen - means) ** 2 - means) / np.maximum(means, LEAST_EXPECTED) ** 2
        told = float(gaps.sum()) + SPREAD_PRIOR * SPREAD_PRIOR_WEIGHT
        self.spread = max(told / (float(weights.sum()) + SPREAD_PRIOR_WEIGHT), LEAST_SPREAD)
        self.shares = LOW, HIGH
        if tried:
            law = nbinom(1 / self.spread, 1 / (1 + self.spread * means))
            places = law.cdf(seen) - law.pmf(seen) / 2
            trust = len(tried) / TOGETHER
            low, high = (
                (float(np.quantile(places, share)) * trust + share * SHARE_PRIOR_HOURS)
                / (trust + SHARE_PRIOR_HOURS)
                for share in (LOW, HIGH)
            )
            self.shares = low, high

    def not_narrower(self, later: "_Band") -> "_Band":
        """Return *later*, made at least as wide as this one: what is farther is less certain."""
        later.spread = max(self.spread, later.spread)
        (low, high), (later_low, later_high) = self.shares, later.shares
        later.shares = min(low, later_low), max(high, later_high)
        return later

    def ends(self, mean: float) -> tuple[int, int]:
        """Return the least and the greatest count within the interval around *mean*.

        A count stands at the middle of its own chance, or small counts would widen every interval.
        """
        from scipy.stats import nbinom

        law = nbinom(1 / self.spread, 1 / (1 + self.spread * mean))
        low, high = (int(law.ppf(share)) for share in self.shares)
        low += law.cdf(low) - law.pmf(low) / 2 < self.shares[0]
        high -= law.cdf(high) - law.pmf(high) / 2 > self.shares[1]
        return low, max(low, high)


def _part(step: int, hours: int) -> int:
    return step * PARTS // hours


@dataclass(frozen=True, slots=True)
class Review:
    """How a forecast did once its hours were over."""

    hours: int
    """Seen of those forecast."""
    inside: int
    """Of them within the interval."""
    loss: float
    """Mean pinball loss of the two ends and the middle, in posts an hour."""
    baseline: float
    """The same of saying what the hour had a day before; NaN where that was not seen."""


def review(made: Forecast, seen: Counts, day_before: Counts) -> Review:
    """Return how *made* did against what was *seen*, beside saying the *day_before* again."""
    hours = inside = 0
    losses: list[float] = []
    baselines: list[float] = []
    for step, count in enumerate(seen):
        if count is None:
            continue
        hours += 1
        low, middle, high = made.low[step], made.expected[step], made.high[step]
        inside += low <= count <= high
        losses.append(_loss(count, low, middle, high))
        before = day_before[step] if step < len(day_before) else None
        if before is not None:
            baselines.append(_loss(count, before, before, before))
    return Review(hours, inside, _mean(losses), _mean(baselines))


def _loss(count: int, low: float, middle: float, high: float) -> float:
    return (
        sum(pinball(count, told, at) for told, at in ((low, LOW), (middle, 0.5), (high, HIGH))) / 3
    )


def pinball(count: float, told: float, share: float) -> float:
    """Return the pinball loss of *told* as the *share* quantile of what came out as *count*.

    >>> pinball(10, 8, 0.9), pinball(8, 10, 0.9)
    (1.8, 0.2)
    """
    return round(max(share * (count - told), (share - 1) * (count - told)), 12)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
