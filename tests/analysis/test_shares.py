from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from analysis import shares
from analysis.records import Surge
from analysis.shares import ShareDetector
from analysis.usual import BIN

START = datetime(2031, 6, 1, tzinfo=UTC)


def play(
    detector: ShareDetector,
    share: float,
    *,
    bins: int,
    whole: int = 20,
    first: int = 0,
    seed: int = 1,
) -> list[Surge]:
    random = np.random.default_rng(seed + first)
    told = []
    for number in range(first, first + bins):
        part = int(random.binomial(whole, share))
        surge = detector.update("share:angry", START + number * BIN, part, whole)
        if surge is not None:
            told.append(surge)
    return told


def test_anger_that_doubles_while_no_more_is_said_is_told_within_the_hour() -> None:
    detector = ShareDetector(false_alarms_per_day=0.1)
    quiet = play(detector, 0.18, bins=288)

    told = play(detector, 0.45, bins=6, first=288)

    assert quiet == []
    assert told[0].end - (START + 288 * BIN) <= timedelta(hours=1)
    assert told[0].whole == 120
    assert told[0].expected / 120 == pytest.approx(0.18, abs=0.03)


def test_ten_times_the_posts_with_the_same_share_say_nothing() -> None:
    detector = ShareDetector(false_alarms_per_day=0.1)
    play(detector, 0.18, bins=288)

    assert play(detector, 0.18, bins=6, whole=200, first=288) == []


def test_shares_of_few_posts_say_nothing() -> None:
    few, enough = (ShareDetector(false_alarms_per_day=0.1) for _ in range(2))
    for detector in (few, enough):
        play(detector, 0.1, bins=288)

    # 24 posts of an hour, all angry; then 36.
    assert play(few, 1.0, bins=6, whole=4, first=300) == []
    assert play(enough, 1.0, bins=6, whole=6, first=300) != []


def test_before_enough_is_known_no_share_is_unusual() -> None:
    detector = ShareDetector(false_alarms_per_day=0.1)

    assert play(detector, 0.9, bins=6, whole=20) == []


def test_the_margin_is_the_interval_and_narrows_with_posts() -> None:
    margins = []
    for whole in (10, 1_000):
        detector = ShareDetector(false_alarms_per_day=0.1)
        play(detector, 0.18, bins=288)
        margins.append(play(detector, 0.6, bins=6, whole=whole, first=288)[0].margin)

    assert 0.08 < margins[0] < 0.2
    assert 0 < margins[1] < margins[0]


def test_posts_that_go_together_make_a_share_less_sure() -> None:
    alike = ShareDetector(false_alarms_per_day=0.1)
    random = np.random.default_rng(4)
    for number in range(0, 7 * 144, 6):
        share = float(random.beta(2, 9))
        for step in range(6):
            part = int(random.binomial(20, share))
            alike.update("share:angry", START + (number + step) * BIN, part, 20)
    apart = ShareDetector(false_alarms_per_day=0.1)
    play(apart, 0.18, bins=7 * 144)

    wide = play(alike, 0.9, bins=6, first=7 * 144)[0].margin
    narrow = play(apart, 0.9, bins=6, first=7 * 144)[0].margin

    assert wide > 1.3 * narrow


@pytest.mark.parametrize(("part", "whole", "usual"), [(8, 10, 0.5), (40, 200, 0.1), (1, 30, 0.02)])
def test_without_likeness_the_tail_is_the_binomial_one(part: int, whole: int, usual: float) -> None:
    told = shares.share_tail(part, whole, usual, 0.0)

    assert told == pytest.approx(stats.binom.sf(part - 1, whole, usual))


def test_with_likeness_the_tail_is_near_the_beta_binomial_one() -> None:
    usual, cluster = 0.2, 0.05
    size = 1 / cluster - 1
    exact = stats.betabinom.sf(39, 100, usual * size, (1 - usual) * size)

    told = shares.share_tail(40, 100, usual, cluster)

    assert exact / 4 < told < exact * 4
    assert told > 100 * shares.share_tail(40, 100, usual, 0.0)


def test_the_interval_holds_the_true_share_nineteen_times_in_twenty() -> None:
    random = np.random.default_rng(1)
    inside = 0
    for part in random.binomial(60, 0.2, 2_000).tolist():
        low, high = shares.interval(part, 60, 0.0)
        inside += low <= 0.2 <= high

    assert 0.93 < inside / 2_000 < 0.98


def test_no_posts_leave_a_share_open() -> None:
    assert shares.interval(0, 0, 0.1) == (0.0, 1.0)


def test_a_million_posts_an_hour_are_judged_like_any_others() -> None:
    detector = ShareDetector(false_alarms_per_day=0.1)
    play(detector, 0.18, bins=288)

    told = play(detector, 0.6, bins=6, whole=170_000, first=288)

    assert 0 < told[0].margin < 0.2


def test_an_empty_day_changes_no_share() -> None:
    gap, none = (ShareDetector(false_alarms_per_day=0.1) for _ in range(2))
    for detector in (gap, none):
        play(detector, 0.18, bins=288)

    after = play(gap, 0.5, bins=6, first=288 + 144)
    before = play(none, 0.5, bins=6, first=288 + 144, seed=1)

    assert [s.expected for s in after] == [s.expected for s in before]
    assert after[0].expected / (after[0].whole or 1) == pytest.approx(0.18, abs=0.03)


@pytest.mark.parametrize(("part", "whole"), [(-1, 5), (6, 5)])
def test_more_than_the_whole_is_no_share(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        ShareDetector(false_alarms_per_day=1).update("share:fear", START, part, whole)
