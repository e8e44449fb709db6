"""The promised budget of false alarms: rises are calibrated on the desk's own past. Pure.

A budget for each series says little about a desk: its series rise together, and what rises
together is one alert. So the desk's own tallies are played again at a few rates, the matters that
would have been told are counted, those that people found real are left out, and the rate is chosen
whose matters a week fit what was promised.

Method: matters a week follow exp(a + b ln(rate / usual rate)), fitted to the counts by Poisson
maximum a posteriori, so that a short past leaves the prior where it stands; after P. McCullagh
and J. A. Nelder, Generalized Linear Models (1989), chapter 6. An alert that nobody judged counts
as false here: the promise must hold for those as well.
"""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol

import numpy as np

from analysis import alerts
from analysis.alert_life import SYSTEM, Life
from analysis.records import Alert, AlertMove, Surge
from analysis.series import WORRIED, claim_of, family_of, is_thin
from core.clock import beijing
from core.vocabulary import AlertAct, AlertKind, AlertState

Tally = tuple[str, datetime, int]
"""Series, start of the ten-minute bin, count; bins without a post are left out."""

WEEK = timedelta(days=7)
BIN = timedelta(minutes=10)
QUIET_HOURS = 24.0
LEARNING = timedelta(days=28)
"""Of the past that is learned before anything is counted, at most; half of a shorter past. On
simulated desks the first three weeks tell a quarter less than the later ones."""
LEAST = timedelta(days=10)
"""With less of a past the desk keeps its usual rate."""
GRID = (0.02, 0.05, 0.1, 0.3)
"""False alarms a day and series that the past is played at."""
FASTEST, SLOWEST = 1.0, 0.0005
"""Rates beyond which no fit is trusted."""

MOST_MATTERS = 6.0
"""Matters that a week holds at the most where nothing is known, for rises of some hours are one:
of x false rises x / (1 + x / 6) are told. Simulated desks of 3 to 7 series gave 0.3 to 1.1 of x."""
_OPEN = 40
"""The newest matters, among which what rises now may go on; more are not open at once."""
_SLOPE, _SLOPE_SD = 0.7, 0.25
_LEVEL_SD = 1.0
_NESTED = 0.5
"""Weight of each count: what is told at a low rate is told at a higher one as well."""


class Detector(Protocol):
    """What is played again: ``analysis.noticing.Noticer``."""

    def take(
        self,
        fresh: Iterable[tuple[str, datetime]],
        counts: Mapping[tuple[str, datetime], int],
        missing: Collection[int] = (),
    ) -> list[Surge]:
        """Take the bins *fresh*, counted in *counts*, and return what is news."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """One calibration of the rises to the promised budget."""

    at: datetime
    by: str
    """Person id, or ``system``."""
    promised: float
    """False alarms a week that were promised for the desk."""
    rate: float
    """False alarms a day and series that the detector is given for it."""
    weeks: float
    """Weeks of history it rests on; 0 when there was too little of it."""
    foreseen: float
    """False alarms a week that this history would have seen at that rate."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the promise against what happened; a matter counts where it was first told."""

    start: datetime
    """Monday 00:00, Beijing time."""
    promised: float | None
    """None before the desk was calibrated for the first time."""
    raised: int
    false: int
    real: int

    @property
    def unjudged(self) -> int:
        """Matters of which nobody has said what they were."""
        return self.raised - self.false - self.real

    @property
    def kept(self) -> bool | None:
        """Whether the promise was kept; None where the unjudged could decide otherwise."""
        if self.promised is None:
            return None
        if self.false > self.promised:
            return False
        return True if self.false + self.unjudged <= self.promised else None


def play(
    tallies: Iterable[Tally],
    detector: Detector,
    *,
    since: datetime | None = None,
    missing: Collection[int] = (),
) -> list[Life]:
    """Return the rises that *tallies*, in order of time, would have been told, merged into matters.

    What was first told before *since* is learned and left out. Bins numbered in *missing* (whole
    ten minutes since 1970) nobody saw.
    """
    lives: list[Life] = []
    for start, bins in groupby(tallies, key=lambda tally: tally[1]):
        counts = {(series, start): count for series, _, count in bins}
        if surges := detector.take(counts, counts, missing):
            lives = _told(surges, lives, start + BIN)
    return [life for life in lives if since is None or life.first.raised_at >= since]


def _told(surges: Sequence[Surge], lives: list[Life], now: datetime) -> list[Life]:
    rising = (claim_of(surge.series) for surge in surges)
    drafts = alerts.decide(
        surges,
        (),
        wordings={claim: "" for claim in rising if claim is not None},
        earlier=lives[-_OPEN:],
        now=now,
        quiet_hours=QUIET_HOURS,
    )
    for draft in drafts:
        at = next((n for n, life in enumerate(lives) if life.matter == draft.matter), None)
        if not draft.told and at is not None:
            move = AlertMove(
                lives[at].matter, AlertAct.JOIN, AlertState.RAISED, now, SYSTEM, series=draft.series
            )
            lives = [
                *lives[:at],
                Life(lives[at].tellings, (*lives[at].moves, move)),
                *lives[at + 1 :],
            ]
            continue
        key = sum(len(life.tellings) for life in lives) + 1
        told = Alert(
            key, now, draft.kind, draft.level, None, draft.claim, draft.topic, draft.observed,
            draft.expected, (), AlertState.RAISED, (), draft.matter or key, draft.series,
        )  # fmt: skip
        if at is None:
            lives = [*lives, Life((told,), ())]
        else:
            lives = [
                *lives[:at],
                Life((*lives[at].tellings, told), lives[at].moves),
                *lives[at + 1 :],
            ]
    return lives


def calibrate(
    tallies: Sequence[Tally],
    make: Callable[[float], Detector],
    *,
    promised: float,
    usual: float,
    now: datetime,
    by: str = SYSTEM,
    judged: Sequence[Life] = (),
    missing: Collection[int] = (),
) -> Calibration:
    """Return the rate at which the past of *tallies*, in order of time, keeps what is *promised*.

    *make* gives a new detector for a rate, *usual* is the rate without any past. *judged* are the
    matters that people have judged: rises in the hours of a real one are not counted, and what
    claims gave in false alarms is not the rises' to spend. *missing* are the bins nobody saw.
    """
    if not tallies or now - tallies[0][1] < LEAST:
        return Calibration(now, by, promised, usual, weeks=0.0, foreseen=promised)
    since = tallies[0][1] + min(LEARNING, (now - tallies[0][1]) / 2)
    weeks = (now - since) / WEEK
    real = [(x.first.raised_at, x.last_news) for x in judged if x.state is AlertState.CLOSED]
    counts = [
        sum(
            not _within(life.first.raised_at, real)
            for life in play(tallies, make(rate), since=since, missing=missing)
        )
        for rate in GRID
    ]
    names = {name for name, _, _ in tallies if counts_as_worry(name)}
    # All thin ones of a kind share one budget.
    series = len({family_of(name) if is_thin(name) else name for name in names})
    fitted = fit(GRID, counts, weeks=weeks, series=series, usual=usual)
    left = max(promised - claims_false(judged, since, now), promised / 4)
    rate = min(max(usual * math.exp(fitted.log_rate(left)), SLOWEST), FASTEST)
    foreseen = fitted.matters(math.log(rate / usual))
    return Calibration(now, by, promised, rate, weeks=weeks, foreseen=foreseen)


@dataclass(frozen=True, slots=True)
class Fit:
    """Matters a week as they follow the rate."""

    level: float
    """Logarithm of the matters a week at the usual rate."""
    slope: float
    variance: float
    """Of ``level``: how little the past says."""

    def matters(self, log_rate: float) -> float:
        """Return the matters a week at a rate, given as the logarithm of its share of the usual.

        The mean over what the level may be, which lies above its middle by half the variance.
        """
        return math.exp(self.level + self.variance / 2 + self.slope * log_rate)

    def log_rate(self, matters: float) -> float:
        """Return the logarithm of the share of the usual rate that gives *matters* a week."""
        wanted = math.log(matters) - self.level - self.variance / 2
        return min(max(wanted / self.slope, -9.0), 9.0)


def fit(
    rates: Sequence[float], counts: Sequence[int], *, weeks: float, series: int, usual: float
) -> Fit:
    """Return how log matters a week follow log rate, shrunk to what is usual for such a desk."""
    x = np.log(np.array(rates) / usual)
    y = np.array(counts, dtype=float)
    rises = 7 * series * usual
    prior = np.array([math.log(rises / (1 + rises / MOST_MATTERS)), _SLOPE])
    weight = np.diag([1 / _LEVEL_SD**2, 1 / _SLOPE_SD**2])
    design = np.column_stack([np.ones_like(x), x])
    found, curve = prior.copy(), weight
    for _ in range(50):
        mean = weeks * np.exp(np.clip(design @ found, -20, 12))
        gradient = _NESTED * design.T @ (y - mean) - weight @ (found - prior)
        curve = _NESTED * design.T @ (design * mean[:, None]) + weight
        step = np.clip(np.linalg.solve(curve, gradient), -1, 1)
        found = found + step
        if float(np.abs(step).max()) < 1e-9:
            break
    variance = float(np.linalg.inv(curve)[0, 0])
    return Fit(float(found[0]), max(float(found[1]), 0.2), variance)


def claims_false(judged: Sequence[Life], since: datetime, now: datetime) -> float:
    """Return the false alarms a week that claims gave from *since* to *now*."""
    false = sum(
        life.claim is not None
        and life.state is AlertState.FALSE
        and since <= life.first.raised_at < now
        for life in judged
    )
    return false / max((now - since) / WEEK, 1.0)


def _within(at: datetime, spans: Sequence[tuple[datetime, datetime]]) -> bool:
    return any(start - alerts.TOGETHER <= at <= end + alerts.TOGETHER for start, end in spans)


def counts_as_worry(series: str) -> bool:
    """Return whether a rise of *series* can alert; joy, surprise and calm never do."""
    family, _, name = series.partition(":")
    return family != "emotion" or name in WORRIED


def weeks_of(
    lives: Sequence[Life], calibrations: Sequence[Calibration], *, now: datetime, weeks: int
) -> list[Week]:
    """Return the last *weeks* weeks, the running one last: what was promised and what happened.

    The promise of a week is the one that stood when it began, or in the first week of all the
    first one.
    """
    return [_week(start, lives, calibrations) for start in _mondays(now, weeks)]


def _mondays(now: datetime, weeks: int) -> Iterator[datetime]:
    local = beijing(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=local.weekday())
    yield from (monday - WEEK * back for back in reversed(range(weeks)))


def _week(start: datetime, lives: Sequence[Life], calibrations: Sequence[Calibration]) -> Week:
    inside = [x for x in lives if start <= x.first.raised_at < start + WEEK]
    before = [c for c in calibrations if c.at <= start]
    during = [c for c in calibrations if start < c.at < start + WEEK]
    stood = before[-1:] or during[:1]
    return Week(
        start=start,
        promised=stood[0].promised if stood else None,
        raised=len(inside),
        false=sum(x.state is AlertState.FALSE for x in inside),
        real=sum(x.state is AlertState.CLOSED for x in inside),
    )


@dataclass(frozen=True, slots=True)
class Precision:
    """How many of the judged matters of one kind were real (K15); of people it says nothing."""

    kind: AlertKind | None
    """The way it was first told; None for all together."""
    real: int
    false: int
    unjudged: int

    @property
    def judged(self) -> int:
        """Matters of which somebody has said what they were."""
        return self.real + self.false

    @property
    def interval(self) -> tuple[float, float]:
        """Between what shares of real ones the truth lies with 95 %; (0, 1) when none is judged."""
        return wilson(self.real, self.judged)


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson score interval of a share.

    Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.

    >>> [round(x, 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    """
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, z * z / n
    middle = (share + square / 2) / (1 + square)
    half = z / (1 + square) * math.sqrt(share * (1 - share) / n + square / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def precision(lives: Sequence[Life], *, start: datetime, end: datetime) -> list[Precision]:
    """Return the precision of all matters first told in [start, end), then of each kind there is.

    Real is what people ended as dealt with, false what stands marked; the rest is not judged.
    """
    inside = [x for x in lives if start <= x.first.raised_at < end]
    kinds = [kind for kind in AlertKind if any(x.first.kind is kind for x in inside)]
    return [_precision(None, inside)] + [
        _precision(kind, [x for x in inside if x.first.kind is kind]) for kind in kinds
    ]


def _precision(kind: AlertKind | None, lives: Sequence[Life]) -> Precision:
    real = sum(x.state is AlertState.CLOSED for x in lives)
    false = sum(x.state is AlertState.FALSE for x in lives)
    return Precision(kind, real, false, len(lives) - real - false)
