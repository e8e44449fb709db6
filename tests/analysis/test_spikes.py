from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analysis import spikes
from analysis.records import Surge
from analysis.spikes import SpikeDetector
from analysis.usual import BIN, BIN_S

START = datetime(2031, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def learn(detector: SpikeDetector, days: float, seed: int = 1, mean: float = 10) -> datetime:
    random = np.random.default_rng(seed)
    for number in range(round(days * 144)):
        detector.update("volume", START + number * BIN, int(random.poisson(mean)))
    return START + days * DAY


def at(detector: SpikeDetector, moment: datetime, count: int) -> Surge | None:
    return detector.update("volume", moment, count)


def test_ten_minutes_far_above_weeks_are_told_with_what_was_usual() -> None:
    detector = SpikeDetector()
    now = learn(detector, 4)

    told = at(detector, now, 120)

    assert told is not None
    assert (told.start, told.end, told.observed) == (now, now + BIN, 120)
    assert told.expected == pytest.approx(10, abs=1.5)
    assert told.tail < 0.001


def test_an_ordinary_week_tells_next_to_nothing() -> None:
    random = np.random.default_rng(3)
    detector = SpikeDetector()

    told = [at(detector, START + n * BIN, int(random.poisson(10))) for n in range(7 * 144)]

    assert sum(one is not None for one in told) <= 2


def test_the_third_equal_spike_is_quieter_than_the_first() -> None:
    detector = SpikeDetector()
    now = learn(detector, 4)
    loud = []
    for evening in range(3):
        at(detector, now + evening * DAY, 60)
        loud.append(detector.response("volume"))
        for number in range(1, 144):
            at(detector, now + evening * DAY + number * BIN, 10)

    assert loud[0] > loud[1] > loud[2] > 0
    assert loud[2] < 0.7 * loud[0]


def test_after_a_quiet_month_a_spike_is_loud_again() -> None:
    detector = SpikeDetector()
    now = learn(detector, 4)
    at(detector, now, 60)
    first = detector.response("volume")
    for number in range(1, 45 * 144):
        at(detector, now + number * BIN, 10)

    at(detector, now + 45 * DAY, 60)

    assert detector.response("volume") > 0.85 * first


def test_a_bin_is_told_once_however_often_it_is_counted() -> None:
    detector = SpikeDetector()
    now = learn(detector, 4)

    told = [at(detector, now, count) for count in (20, 90, 150, 400)]

    assert [one.observed for one in told if one] == [90]


def test_nothing_is_told_before_two_days_are_learned() -> None:
    detector = SpikeDetector()
    now = learn(detector, 1.9)

    assert at(detector, now, 10_000) is None


def test_the_detector_counts_its_own_learning_from_the_first_bin() -> None:
    detector = SpikeDetector()
    now = learn(detector, 2 + 3 / 24)

    assert at(detector, now, 10_000) is not None


def test_a_million_posts_an_hour_neither_overflow_nor_blind_it() -> None:
    detector = SpikeDetector()
    now = learn(detector, 4)

    told = [at(detector, now + n * BIN, 170_000) for n in range(6)]
    later = [at(detector, now + n * BIN, 10) for n in range(6, 144 * 20)]
    again = at(detector, now + 20 * DAY, 170_000)

    assert told[0] is not None
    assert later == [None] * len(later)
    assert again is not None


def test_missing_hours_are_not_read_as_zero() -> None:
    blind, zero = SpikeDetector(), SpikeDetector()
    now = learn(blind, 4)
    learn(zero, 4)
    gap = range(int(now.timestamp()) // BIN_S, int(now.timestamp()) // BIN_S + 140)
    for detector, missing in ((blind, gap), (zero, ())):
        for number in range(140, 160):
            detector.update("volume", now + number * BIN, 10, missing=missing)

    at(blind, now + 160 * BIN, 60)
    at(zero, now + 160 * BIN, 60)

    # Zeros would widen what is usual and so hide the spike.
    assert blind.response("volume") > 1.3 * zero.response("volume")


def test_a_clock_that_jumps_a_year_ahead_forgets_nothing_and_tells_nothing() -> None:
    detector = SpikeDetector()
    now = learn(detector, 4)

    assert at(detector, now + 365 * DAY, 10) is None
    assert at(detector, now, 500) is None
    assert at(detector, now + 365 * DAY + BIN, 120) is not None


def test_a_late_count_changes_what_the_newest_bin_is_measured_by() -> None:
    late, intime = SpikeDetector(), SpikeDetector()
    now = learn(late, 4)
    learn(intime, 4)
    for detector, first in ((late, 10), (intime, 60)):
        at(detector, now, first)
        at(detector, now + BIN, 60)
    at(late, now, 60)

    assert late.response("volume") == pytest.approx(intime.response("volume"))


def test_an_unknown_series_is_silent() -> None:
    assert SpikeDetector().response("volume") == 0.0


def test_the_threshold_decides_what_is_told() -> None:
    easy, hard = SpikeDetector(told_from=0.5), SpikeDetector(told_from=50)
    now = learn(easy, 4)
    learn(hard, 4)

    assert at(easy, now, 120) is not None
    assert at(hard, now, 120) is None
    assert spikes.TOLD_FROM > 0.5
