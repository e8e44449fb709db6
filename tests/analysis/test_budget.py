"""The promise of few false alarms: chosen on the past, held afterwards, told as it was."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from analysis import budget, evaluate_budget
from analysis.alert_life import Life
from analysis.budget import BIN, WEEK, Calibration, Tally
from analysis.noticing import Noticer
from analysis.records import Alert, AlertMove, Surge
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel

MONDAY = evaluate_budget.START
Bin = tuple[str, datetime]


def surge(series: str, at: datetime) -> Surge:
    return Surge(series, at - timedelta(minutes=50), at + BIN, 40, 10.0, 1e-5)


class Told:
    """Calls every count of 100 a rise."""

    def take(
        self, fresh: Iterable[Bin], counts: Mapping[Bin, int], missing: Collection[int] = ()
    ) -> list[Surge]:
        return [surge(*one) for one in fresh if counts[one] == 100]


class ByRate:
    """Calls a count a rise that is rare enough for its rate: 10 at rate 1, 1000 at rate 0.01."""

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def take(
        self, fresh: Iterable[Bin], counts: Mapping[Bin, int], missing: Collection[int] = ()
    ) -> list[Surge]:
        return [surge(*one) for one in fresh if counts[one] * self.rate >= 10]


def tally(series: str, hours: float, count: int = 100) -> Tally:
    return (series, MONDAY + timedelta(hours=hours), count)


def life(
    hours: float,
    state: AlertState = AlertState.RAISED,
    *,
    kind: AlertKind = AlertKind.VOLUME_RISE,
    claim: int | None = None,
) -> Life:
    at = MONDAY + timedelta(hours=hours)
    told = Alert(
        1, at, kind, ConcernLevel.C1, None, claim, "x", 1, 1, (), AlertState.RAISED, (), 1, ()
    )
    return Life((told,), (AlertMove(1, AlertAct.CLOSE, state, at, "zhang"),))


@pytest.mark.parametrize(
    ("tallies", "matters"),
    [
        ([tally("volume", 1)], 1),
        ([tally("volume", 1), tally("emotion:fear", 1), tally("questions", 2)], 1),
        ([tally("volume", 1), tally("volume", 2), tally("volume", 3)], 1),
        ([tally("volume", 1), tally("questions", 20)], 2),
        ([tally("volume", 1), tally("volume", 40)], 2),
        ([tally("emotion:happy", 1)], 0),
        ([tally("volume", 1, 99)], 0),
    ],
)
def test_rises_are_counted_as_the_matters_they_would_be_told_as(
    tallies: Sequence[Tally], matters: int
) -> None:
    assert len(budget.play(tallies, Told())) == matters


def past(weeks: int, every_hours: float = 30) -> list[Tally]:
    """A past in which a rise of each size comes in turn, the greater the rarer."""
    sizes = (100, 100, 200, 100, 100, 600)
    hours = [n * every_hours for n in range(int(weeks * 168 / every_hours))]
    return [tally("volume", h, sizes[n % len(sizes)]) for n, h in enumerate(hours)]


def calibrated(
    tallies: Sequence[Tally], weeks: int, *, promised: float = 2.0, judged: Sequence[Life] = ()
) -> Calibration:
    return budget.calibrate(
        tallies, ByRate, promised=promised, usual=0.1, now=MONDAY + WEEK * weeks, judged=judged
    )


def test_a_smaller_promise_gives_a_lower_rate_and_a_noisier_past_as_well() -> None:
    usual = calibrated(past(8), 8)

    assert calibrated(past(8), 8, promised=0.5).rate < usual.rate
    assert calibrated(past(8, 26), 8).rate < calibrated(past(8, 120), 8).rate
    assert usual.weeks == 4
    assert usual.foreseen == pytest.approx(2.0)


def test_a_short_past_keeps_the_usual_rate() -> None:
    found = calibrated(past(1), 1)

    assert (found.rate, found.weeks) == (0.1, 0.0)
    assert calibrated([], 9).rate == 0.1


def test_rises_that_people_found_real_are_not_held_against_the_budget() -> None:
    real = [life(hours=n * 30, state=AlertState.CLOSED) for n in range(0, 45, 2)]
    false = [life(hours=n * 30, state=AlertState.FALSE) for n in range(0, 45, 2)]

    usual = calibrated(past(8), 8)

    assert calibrated(past(8), 8, judged=real).rate > usual.rate
    assert calibrated(past(8), 8, judged=false).rate == usual.rate


def test_what_claims_gave_in_false_alarms_is_not_the_rises_to_spend() -> None:
    false = [life(hours=168 * 5 + n * 50, state=AlertState.FALSE, claim=n + 1) for n in range(6)]

    assert calibrated(past(8), 8, judged=false).rate < calibrated(past(8), 8).rate


def test_a_calibrated_desk_comes_nearer_to_its_promise_than_an_uncalibrated_one() -> None:
    found = evaluate_budget.keep_promise(2, past=5, weeks=5, promised=0.5, compare=True)
    before = found.uncalibrated / found.desk_weeks

    assert before > 1.0
    assert abs(found.realised - 0.5) < abs(before - 0.5) / 2


def test_simulated_desks_differ_and_are_the_same_each_time() -> None:
    first, other = evaluate_budget.desk(0, 2), evaluate_budget.desk(1, 2)

    assert first == evaluate_budget.desk(0, 2)
    assert len(first) != len(other)
    assert first == sorted(first, key=lambda t: (t[1], t[0]))


def test_a_detector_of_the_product_can_be_played_again() -> None:
    quiet = [tally("volume", n / 6, 5) for n in range(6 * 72)]
    loud = [tally("volume", 72 + n / 6, 60) for n in range(12)]

    assert budget.play(quiet, Noticer(false_alarms_per_day=0.1)) == []
    (found,) = budget.play([*quiet, *loud], Noticer(false_alarms_per_day=0.1))
    assert found.level is ConcernLevel.C2


@pytest.mark.parametrize(
    ("states", "kept"),
    [
        ([], True),
        ([AlertState.FALSE, AlertState.FALSE, AlertState.CLOSED], True),
        ([AlertState.FALSE] * 3, False),
        ([AlertState.FALSE, AlertState.FALSE, AlertState.RAISED], None),
    ],
)
def test_a_promise_is_called_kept_only_when_the_unjudged_cannot_break_it(
    states: list[AlertState],
    kept: bool | None,  # noqa: FBT001  None: the unjudged decide
) -> None:
    lives = [life(20 + n, state) for n, state in enumerate(states)]
    promised = [Calibration(MONDAY - WEEK, "system", 2.0, 0.1, weeks=4, foreseen=2)]

    before, this = budget.weeks_of(lives, promised, now=MONDAY + WEEK / 2, weeks=2)

    assert (this.raised, this.kept) == (len(states), kept)
    assert (before.raised, this.start) == (0, MONDAY)


def test_a_week_before_any_calibration_promised_nothing() -> None:
    (week,) = budget.weeks_of([life(1)], [], now=MONDAY + BIN, weeks=1)

    assert (week.promised, week.kept, week.unjudged) == (None, None, 1)


def test_precision_counts_what_was_judged_and_says_what_was_not() -> None:
    lives = [
        life(1, AlertState.CLOSED),
        life(2, AlertState.FALSE),
        life(3, AlertState.ACKNOWLEDGED),
        life(4, AlertState.CLOSED, kind=AlertKind.HAZARD, claim=4),
        life(200, AlertState.FALSE),
    ]

    whole, rises, hazards = budget.precision(lives, start=MONDAY, end=MONDAY + WEEK)

    assert (whole.kind, whole.real, whole.judged, whole.unjudged) == (None, 2, 3, 1)
    assert (rises.kind, rises.real, rises.judged) == (AlertKind.VOLUME_RISE, 1, 2)
    assert (hazards.kind, hazards.real, hazards.judged) == (AlertKind.HAZARD, 1, 1)
    assert whole.interval[0] < 2 / 3 < whole.interval[1]


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 0, 0.0, 1.0), (8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)],
)
def test_the_interval_is_wilsons(hits: int, n: int, low: float, high: float) -> None:
    assert budget.wilson(hits, n) == pytest.approx((low, high), abs=0.001)


def test_a_week_begins_on_monday_in_beijing() -> None:
    now = datetime(2031, 6, 15, 15, 59, tzinfo=UTC)  # Sunday 23:59 in Beijing

    (week,) = budget.weeks_of([], [], now=now, weeks=1)

    assert week.start == datetime(2031, 6, 8, 16, 0, tzinfo=UTC)
