from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from analysis import trends
from analysis.records import Surge
from analysis.trends import BIN, RiseDetector, upper_tail

START = datetime(2031, 6, 17, 6, 0, tzinfo=UTC)
EVENING = (8, 12, 20, 34, 54, 75)


def bins(hourly: Sequence[float], seed: int) -> Iterator[tuple[datetime, int]]:
    random = np.random.default_rng(seed)
    for number in range(6 * len(hourly)):
        yield START + number * BIN, int(random.poisson(hourly[number // 6] / 6))


def play(detector: RiseDetector, counts: Iterator[tuple[datetime, int]]) -> list[Surge]:
    return [s for start, count in counts if (s := detector.update("volume", start, count))]


def steady_day(detector: RiseDetector, count: int = 2, days: int = 2) -> datetime:
    for number in range(144 * days):
        detector.update("volume", START + number * BIN, count)
    return START + 144 * days * BIN


@pytest.mark.parametrize(
    ("observed", "expected", "spread"), [(5, 2.0, 0.1), (54, 18.0, 0.25), (1, 0.5, 1.0)]
)
def test_upper_tail_is_that_of_the_negative_binomial(
    observed: int, expected: float, spread: float
) -> None:
    size = 1 / spread

    told = upper_tail(observed, expected, spread)

    assert told == pytest.approx(stats.nbinom.sf(observed - 1, size, size / (size + expected)))


def test_at_least_zero_posts_is_certain() -> None:
    assert upper_tail(0, 3.0, 0.2) == 1.0


@pytest.mark.parametrize("seed", range(8))
def test_an_empty_system_tells_the_first_evening_of_a_flood(seed: int) -> None:
    rises = play(RiseDetector(false_alarms_per_day=0.1), bins(EVENING, seed))

    known_after = rises[0].end - START

    assert timedelta(hours=4.5) <= known_after <= timedelta(hours=5.75)
    assert rises[0].observed > 2 * rises[0].expected
    assert rises[0].end - rises[0].start == timedelta(hours=1)


def test_steady_talk_raises_nothing_over_sixty_days_of_cold_starts() -> None:
    rises = [
        rise
        for seed in range(40)
        for rise in play(RiseDetector(false_alarms_per_day=0.1), bins([14] * 36, seed))
    ]

    assert len(rises) <= 1


def test_nothing_is_told_before_three_hours_are_learned() -> None:
    detector = RiseDetector(false_alarms_per_day=10)

    assert play(detector, bins([1, 1, 90, 90], seed=1)) == []


def test_false_alarms_of_a_daily_rhythm_stay_within_the_budget() -> None:
    day = [8 + 7 * np.sin((hour - 9) / 24 * 2 * np.pi) for hour in range(24)]
    alarms = 0
    for seed in range(6):
        detector = RiseDetector(false_alarms_per_day=0.3)
        rises = play(detector, bins(day * 12, seed))
        alarms += sum(rise.end > START + timedelta(days=3) for rise in rises)

    assert alarms / (6 * 9) <= 0.3


def test_a_surge_is_told_once_and_again_only_when_it_lasts() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    now = steady_day(detector)

    told = [
        number
        for number in range(36)
        if detector.update("volume", now + number * BIN, 8) is not None
    ]

    assert len(told) == 2
    assert told[1] - told[0] == trends.SUSTAINED_BINS


def test_a_surge_that_fell_back_can_be_told_anew() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    now = steady_day(detector)
    counts = [9] * 3 + [2] * 24 + [9] * 3

    told = [n for n, c in enumerate(counts) if detector.update("volume", now + n * BIN, c)]

    assert len(told) == 2
    assert told[0] < 6
    assert told[1] >= 27


def test_a_missing_bin_is_not_a_zero() -> None:
    zero, missing = RiseDetector(false_alarms_per_day=0.1), RiseDetector(false_alarms_per_day=0.1)
    for detector in (zero, missing):
        now = steady_day(detector)
        for number in range(36):
            detector.update("volume", now + number * BIN, 0, seen=detector is zero)

    assert missing.expected("volume", now) == pytest.approx(2, rel=0.05)
    assert zero.expected("volume", now) < 1.7


def test_a_skipped_hour_of_the_night_counts_as_zero() -> None:
    skipping, told = RiseDetector(false_alarms_per_day=0.1), RiseDetector(false_alarms_per_day=0.1)
    now = steady_day(skipping)
    steady_day(told)
    for number in range(6):
        told.update("volume", now + number * BIN, 0)

    for detector in (skipping, told):
        for number in range(6, 40):
            detector.update("volume", now + number * BIN, 3)

    assert skipping.expected("volume", now) == told.expected("volume", now)


def test_a_gap_of_more_than_a_day_is_not_learned() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    now = steady_day(detector) + timedelta(days=3)

    detector.update("volume", now, 2)

    assert detector.expected("volume", now) == pytest.approx(2, rel=0.05)


def test_a_bin_told_again_replaces_its_count() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    now = steady_day(detector)

    assert detector.update("volume", now, 3) is None
    surge = detector.update("volume", now, 60)

    assert surge is not None
    assert surge.observed == 60 + 5 * 2


def test_a_bin_older_than_the_window_changes_nothing() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    steady_day(detector)

    assert detector.update("volume", START, 5000) is None
    assert detector.expected("volume", START) == pytest.approx(2, rel=0.05)


def test_a_series_that_begins_late_was_at_zero_before() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    now = steady_day(detector)

    told = [detector.update("concern:price_supply", now + n * BIN, 4) for n in range(6)]

    assert any(told)


def test_expected_follows_the_time_of_day() -> None:
    detector = RiseDetector(false_alarms_per_day=0.1)
    for number in range(144 * 7):
        detector.update("volume", START + number * BIN, 1 if number % 144 < 72 else 7)
    day = START + timedelta(days=7)

    quiet, busy = (detector.expected("volume", day + timedelta(hours=h)) for h in (6, 18))

    assert busy > 4 * quiet
    assert detector.expected("unknown", day) == 0


def test_history_is_learned_and_its_rises_are_no_news() -> None:
    history = [("volume", START + n * BIN, 2 if n < 144 else 9) for n in range(150)]
    detector = RiseDetector(false_alarms_per_day=0.1)
    detector.load(history)

    assert detector.update("volume", START + 150 * BIN, 9) is None
    assert detector.expected("volume", START) == pytest.approx(2, rel=0.1)


def test_equal_counts_give_equal_surges() -> None:
    first, second = (
        play(RiseDetector(false_alarms_per_day=0.1), bins(EVENING * 3, 5)) for _ in range(2)
    )

    assert first == second
    assert all(a.end < b.end for a, b in pairwise(first))


def test_a_tighter_budget_never_tells_more() -> None:
    counts = [
        len(play(RiseDetector(false_alarms_per_day=budget), bins([4, 9] * 60, 3)))
        for budget in (10, 1, 0.1)
    ]

    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[2]


@pytest.mark.parametrize("budget", [0, -1])
def test_a_budget_must_be_positive(budget: float) -> None:
    with pytest.raises(ValueError, match="false_alarms_per_day"):
        RiseDetector(false_alarms_per_day=budget)


@pytest.mark.parametrize(("start", "count"), [(START, -1), (datetime(2031, 6, 17), 1)])  # noqa: DTZ001
def test_a_negative_count_or_a_moment_without_zone_is_refused(start: datetime, count: int) -> None:
    with pytest.raises(ValueError, match="volume"):
        RiseDetector(false_alarms_per_day=1).update("volume", start, count)
