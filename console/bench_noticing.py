"""The bench row of noticing: bins that a series' rises, spikes and shares are judged by."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import numpy as np

from analysis.noticing import Noticer
from analysis.usual import BIN
from console.measuring import Measure, race

BASELINE_BINS, LAG_BINS, HOUR_BINS = 7 * 144, 2 * 144, 6
"""EARS C2 as it is used on tweets: a week of history that ends two days ago, three deviations."""
_START = datetime(2031, 6, 1, tzinfo=UTC)


def noticing_measures(bins: int, rounds: int) -> Iterator[Measure]:
    """Yield the row: one series of *bins* ten-minute counts; both sides see the same."""
    chance = random.Random(1)  # noqa: S311 (counts to play with)
    counts = [chance.randrange(40) for _ in range(bins)]
    mine, theirs, ratio = race(rounds, partial(_watch, counts), partial(_ears, counts))
    yield Measure(
        name="notice",
        what="bins of a series judged for a rise, a spike and the shares",
        unit="bins/s",
        ours=bins / mine,
        peer_name="EARS C2 on the rolling hour, numpy",
        peer=bins / theirs,
        ratio=ratio,
        target=">= 20,000 bins/s",
    )


def _watch(counts: list[int]) -> None:
    noticer = Noticer(false_alarms_per_day=0.1)
    for number, count in enumerate(counts):
        bins = {("volume", _START + number * BIN): count}
        noticer.take(bins, bins)


def _ears(counts: list[int]) -> int:
    """Judge each rolling hour by mean and deviation of its week; return how many are far above."""
    hours = np.convolve(counts, np.ones(HOUR_BINS))[: len(counts)]
    told = 0
    for number in range(BASELINE_BINS + LAG_BINS, len(counts)):
        end = number - LAG_BINS
        past = hours[end - BASELINE_BINS : end]
        told += bool(hours[number] > past.mean() + 3 * past.std())
    return told
