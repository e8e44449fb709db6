import math

import pytest

from analysis import evaluate_bursts as bursts


def scored() -> bursts.Scored:
    return bursts.scored_rows(1_000, [(300, 399), (700, 799)])


def standard(*alarms: int) -> float:
    return bursts.standard_score(scored().score(alarms), 2)


def test_silence_is_worth_nothing_and_the_first_row_of_each_window_everything() -> None:
    assert standard() == 0.0
    assert standard(300, 700) == pytest.approx(1.0)


def test_only_the_first_alarm_of_a_window_counts() -> None:
    assert standard(300, 310, 399, 700) == standard(300, 700)


def test_an_early_alarm_is_worth_more_than_a_late_one() -> None:
    assert standard(300) > standard(350) > standard(390) > standard()


def test_an_alarm_outside_costs_less_soon_after_a_window() -> None:
    near, far, before = standard(402), standard(690), standard(250)

    assert 0 > near > far
    assert far == pytest.approx(-bursts.MISALARM / 4, rel=0.01)
    assert before == pytest.approx(far, rel=0.01)


def test_the_first_rows_are_not_scored() -> None:
    assert standard(*range(150)) == 0.0
    assert standard(150) < 0


def test_the_first_rows_of_a_long_series_are_no_more_than_750() -> None:
    rows = bursts.scored_rows(20_000, [])

    assert [rows.window[749], rows.window[750]] == [-2, -1]


def test_an_injected_rise_is_found_with_its_delay() -> None:
    counts = [4] * 1_500
    counts[1_000:1_060] = [30] * 60

    heard = bursts.hear(counts, 1_000, 1_059, (0.1,))

    assert 0 < heard.delay_h[0] <= 0.5
    assert heard.false_alarms == [0]


def test_a_rise_outside_the_crisis_is_a_false_alarm_and_finds_nothing() -> None:
    counts = [4] * 1_500
    counts[1_000:1_060] = [30] * 60

    heard = bursts.hear(counts, 400, 420, (0.1,))

    assert heard.delay_h == [math.inf]
    assert heard.false_alarms == [1]
