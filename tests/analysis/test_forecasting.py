import math

import numpy as np
import pytest

from analysis.forecasting import HORIZON, LEAST_HOURS, Forecast, forecast, review

DAYS, FIRST = 40, 14
"""Days of a made-up series, and the first of them from which a forecast is tried."""


def series(seed: int, level: float, spread: float, *, drifting: bool) -> list[int]:
    """Return hourly counts with a daily rhythm, overdispersed, with or without drift."""
    dice, drift, counts = np.random.default_rng(seed), 0.0, []
    for hour in range(24 * DAYS):
        mean = level * (1 + 0.8 * math.sin((hour % 24 - 9) / 24 * 2 * math.pi))
        if drifting:
            drift = 0.95 * drift + dice.normal(0, 0.12)
            mean *= math.exp(drift)
        counts.append(int(dice.poisson(dice.gamma(1 / spread, spread * mean))))
    return counts


@pytest.mark.parametrize(
    ("level", "spread", "drifting"),
    [(3, 0.05, False), (8, 0.2, True), (20, 0.05, False), (80, 0.05, True)],
)
def test_four_hours_in_five_lie_within_and_yesterday_is_beaten(
    level: float, spread: float, *, drifting: bool
) -> None:
    hours = inside = 0
    ours, theirs = [], []
    for seed in range(4):
        counts = series(seed, level, spread, drifting=drifting)
        for now in range(24 * FIRST, 24 * (DAYS - 3), 24):
            made = forecast(counts[:now])
            assert made is not None
            done = review(made, counts[now : now + HORIZON], counts[now - 24 : now])
            hours += done.hours
            inside += done.inside
            ours.append(done.loss)
            theirs.append(done.baseline)

    assert hours >= 2_000
    assert 0.75 <= inside / hours <= 0.85
    assert np.mean(ours) < 0.8 * np.mean(theirs)


def test_a_short_record_gives_no_forecast() -> None:
    assert forecast([5] * (LEAST_HOURS - 1)) is None
    assert forecast([5] * LEAST_HOURS) is not None


def test_hours_nobody_saw_are_no_zeros() -> None:
    rhythm = [10] * 24 * 10
    blind = [None if 100 <= n < 130 else count for n, count in enumerate(rhythm)]
    silent = [0 if 100 <= n < 130 else count for n, count in enumerate(rhythm)]

    whole, gapped, zeroed = (forecast(counts) for counts in (rhythm, blind, silent))

    assert whole is not None
    assert gapped is not None
    assert zeroed is not None
    assert gapped.expected == pytest.approx(whole.expected, rel=0.01)
    assert zeroed.expected != pytest.approx(whole.expected, rel=0.01)


@pytest.mark.parametrize("seed", [5, 6])
def test_the_interval_does_not_narrow_with_the_hours_ahead(seed: int) -> None:
    steady = [20 + n % 3 for n in range(24 * 20)]
    drifting = [*steady[: 24 * 10], *series(seed, 20, 0.05, drifting=True)[: 24 * 10]]

    for counts in (steady, drifting):
        made = forecast(counts)
        assert made is not None
        ends = zip(made.low, made.expected, made.high, strict=True)
        width = [(high - low + 1) / middle for low, middle, high in ends]
        assert np.mean(width[18:]) > 0.85 * np.mean(width[:6])


def test_a_review_counts_only_what_was_seen() -> None:
    made = Forecast((5.0, 5.0, 5.0), (3, 3, 3), (7, 7, 7))

    done = review(made, [5, None, 9], [5, 5, None])

    assert (done.hours, done.inside) == (2, 1)
    assert done.baseline == 0.0
    assert done.loss > 0


def test_a_review_without_a_day_before_has_no_baseline() -> None:
    made = Forecast((5.0,), (3,), (7,))

    assert math.isnan(review(made, [5], [None]).baseline)
