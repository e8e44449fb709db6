"""Whether the promise of few false alarms holds: desks are simulated, calibrated, and watched.

A simulated desk has a volume with the rhythm of day and week, some series thinned from it, a common
hourly mood that makes them rise together, overdispersion of its own, and some drift. Nothing
happens in it, so every alert is false. No outside data: the figure is the same each time.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from analysis import budget
from analysis.budget import BIN, WEEK, Tally
from analysis.figures import Measure
from analysis.noticing import Noticer

START = datetime(2031, 1, 5, 16, 0, tzinfo=UTC)
"""A Monday, 00:00 in Beijing."""
USUAL = 0.1
BINS_A_WEEK = 1008
SHARES = (
    ("volume", 1.0),
    ("emotion:angry", 0.25),
    ("questions", 0.15),
    ("emotion:fear", 0.1),
    ("emotion:sad", 0.08),
    ("concern:price_supply", 0.06),
    ("help", 0.04),
)
"""Series and their share of the volume; a desk has at least the first three."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised to simulated desks, and what came."""

    budget: float
    """False alarms a week."""
    desk_weeks: int
    raised: int
    uncalibrated: int
    """What the same weeks would have had at the usual rate; 0 when it was not asked for."""

    @property
    def realised(self) -> float:
        """False alarms a week."""
        return self.raised / self.desk_weeks

    @property
    def off(self) -> float:
        """Distance from the budget, as a share of it."""
        return abs(self.realised / self.budget - 1)


def desk(seed: int, weeks: int) -> list[Tally]:
    """Return the tallies of a simulated desk by time, empty bins left out."""
    random = np.random.default_rng(seed)
    bins = np.arange(weeks * BINS_A_WEEK)
    hour, day = bins % 144 / 6, bins // 144 % 7
    swing, weekend = random.uniform(0.3, 0.9), random.uniform(0.6, 1.2)
    rhythm = 1 + swing * np.sin((hour - random.uniform(7, 11)) / 24 * 2 * np.pi)
    rhythm = rhythm * np.where(day >= 5, weekend, 1.0)
    drift = np.exp(random.uniform(-0.01, 0.02) * bins / BINS_A_WEEK)
    usual = np.exp(random.uniform(np.log(0.5), np.log(6))) * rhythm * drift
    mood = np.repeat(_mood(random, len(bins) // 6 + 1), 6)[: len(bins)]
    spread = random.uniform(0.05, 0.3)
    tallies: list[Tally] = []
    for name, share in SHARES[: random.integers(3, len(SHARES) + 1)]:
        mean = np.maximum(usual * share * mood, 1e-9)
        counts = random.poisson(random.gamma(1 / spread, spread * mean))
        tallies += [(name, START + BIN * int(n), int(counts[n])) for n in np.flatnonzero(counts)]
    return sorted(tallies, key=lambda tally: (tally[1], tally[0]))


def _mood(
    random: np.random.Generator, hours: int
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the common mood of each hour: a slow wave of mean 1 that all series share."""
    size, keep = random.uniform(0.1, 0.3), 0.8
    wave = np.empty(hours)
    wave[0] = 0.0
    noise = random.normal(0, size * np.sqrt(1 - keep * keep), hours)
    for n in range(1, hours):
        wave[n] = keep * wave[n - 1] + noise[n]
    return np.exp(wave - size * size / 2)


def keep_promise(
    desks: int, *, past: int, weeks: int, promised: float = 2.0, compare: bool = False
) -> Promise:
    """Calibrate *desks* desks on *past* weeks and count their alerts of the *weeks* after."""
    raised = uncalibrated = 0
    for seed in range(desks):
        tallies = desk(seed, past + weeks)
        now = START + WEEK * past
        before = [tally for tally in tallies if tally[1] < now]
        found = budget.calibrate(before, _detector, promised=promised, usual=USUAL, now=now)
        raised += len(budget.play(tallies, _detector(found.rate), since=now))
        if compare:
            uncalibrated += len(budget.play(tallies, _detector(USUAL), since=now))
    return Promise(promised, desks * weeks, raised, uncalibrated)


def _detector(rate: float) -> Noticer:
    return Noticer(false_alarms_per_day=rate)


def measures() -> Iterator[Measure]:
    """Yield how near the realised rate comes to the budget over 200 desk-weeks, 1 for exactly."""
    found = keep_promise(20, past=8, weeks=10)
    noise = float(np.sqrt(found.raised)) / (found.budget * found.desk_weeks)
    digest = hashlib.sha256(repr(SHARES).encode()).hexdigest()
    yield Measure("alert_promise", 1 - found.off, None, found.desk_weeks, digest, noise)
