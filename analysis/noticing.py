"""What stands out in the counts: rises, spikes and shares of every series, in one pass.

Memory is bounded: a thin series that was silent for two days is forgotten, and what is kept of a
series does not grow with its posts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby

from analysis.records import Surge
from analysis.series import SHARES, THIN, WHOLE, family_of, is_part, is_thin
from analysis.shares import ShareDetector
from analysis.spikes import SpikeDetector
from analysis.trends import MIN_EXTRA_POSTS, RiseDetector

SILENT = timedelta(days=2)
"""A thin series that was silent for this long is forgotten."""

LEAST_OF_PART = 10.0
"""Posts above the usual from which a claim, a place or a topic is told of. With 5 as for all else
the drill raised 25 more alerts in 36 hours, nearly all beside one of the whole."""

Counted = tuple[str, datetime]
"""A series and the start of a ten-minute bin."""


class Noticer:
    """Watches all series. *false_alarms_per_day* is the budget of one, and of each thin family."""

    def __init__(self, *, false_alarms_per_day: float) -> None:
        self._rises = RiseDetector(false_alarms_per_day=false_alarms_per_day)
        self._spikes = SpikeDetector()
        self._shares = ShareDetector(false_alarms_per_day=false_alarms_per_day)
        self._thin: dict[str, set[str]] = {family: set() for family in THIN}
        self._swept: datetime | None = None

    def take(
        self,
        fresh: Iterable[Counted],
        counts: Mapping[Counted, int],
        missing: Collection[int] = (),
    ) -> list[Surge]:
        """Take the bins *fresh*, whose whole counts stand in *counts*, and return what is news.

        Bins numbered in *missing* (whole ten minutes since 1970) nobody saw: without posts they
        are not zero. In one bin the whole comes first, for the thin ones borrow from it.
        """
        surges: list[Surge] = []
        ordered = sorted(fresh, key=lambda one: (one[1], is_thin(one[0]), one[0]))
        for start, bins in groupby(ordered, key=lambda one: one[1]):
            self._sweep(start)
            for series, _ in bins:
                surges += self._update(series, start, counts[series, start], missing)
            surges += self._update_shares(start, counts)
        return surges

    def load(
        self, history: Iterable[tuple[str, datetime, int]], missing: Collection[int] = ()
    ) -> None:
        """Learn past bins in the order of time; what stood out in them is no news."""
        for start, rows in groupby(history, key=lambda row: row[1]):
            counts = {(series, start): count for series, _, count in rows}
            self.take(counts, counts, missing)

    @property
    def thin(self) -> int:
        """How many thin series are remembered."""
        return sum(map(len, self._thin.values()))

    def _update(
        self, series: str, start: datetime, count: int, missing: Collection[int]
    ) -> Iterator[Surge]:
        least = LEAST_OF_PART if is_part(series) else MIN_EXTRA_POSTS
        if is_thin(series):
            others = self._thin[family_of(series)]
            others.add(series)
            share = 1 / len(others)
            rise = self._rises.update(
                series, start, count, missing=missing, lender=WHOLE, share=share, least=least
            )
        else:
            rise = self._rises.update(series, start, count, missing=missing, least=least)
            spike = self._spikes.update(series, start, count, missing=missing)
            # While a rise goes on, its spikes are part of it.
            rise = rise or (None if self._rises.rising(series) else spike)
        if rise is not None:
            yield rise

    def _update_shares(self, start: datetime, counts: Mapping[Counted, int]) -> Iterator[Surge]:
        whole = counts.get((WHOLE, start), 0)
        for share, part in SHARES.items():
            # A bin that was forgotten in part has no share.
            told = min(counts.get((part, start), 0), whole)
            if (surge := self._shares.update(share, start, told, whole)) is not None:
                yield surge

    def _sweep(self, start: datetime) -> None:
        """Forget the thin series that were silent, once an hour of the posts' own time."""
        if self._swept is not None and start < self._swept + timedelta(hours=1):
            return
        self._swept = start
        for family in self._thin.values():
            family.difference_update(self._rises.forget(start - SILENT, family))
