"""Shares: of what people say in an hour, more is afraid, angry, sad or asking than is usual.

A share rises when what is said changes, also when no more is said; a count rises when more is
said, also when nothing in it changes. Both are told, each with what it was compared with.

Method: the share of an hour is judged by the upper tail of a beta-binomial, whose scatter is that
of a binomial with fewer posts: n / (1 + (n - 1) r) (L. Kish, Survey Sampling, 1965, 8.2), for
posts of one hour answer each other. The interval is E. B. Wilson's (JASA 22 (1927), 209-212) at
that size. The usual share and r fade with half-lives of three and seven days.
"""

import math
from collections import deque
from datetime import UTC, datetime

from analysis.records import Surge
from analysis.trends import Look, Watch, worth_telling
from analysis.usual import BIN, BIN_S, CUT_SD, DAY_BINS, HOUR_BINS, LAG_BINS

LEAST_POSTS = 30
"""Posts of an hour below which its shares say nothing."""
LEAST_KNOWN = 150
"""Posts that must have been seen before a share is called unusual."""
KEEP = 0.5 ** (1 / (3 * DAY_BINS))
CLUSTER_KEEP = 0.5 ** (1 / (7 * 24))
CLUSTER_PRIOR, CLUSTER_WEIGHT = 0.02, 24.0
"""How alike the posts of an hour are before anything is known; counts as much as a day."""
LEAST_CLUSTER = 0.002
LEAST_SHARE = 0.005
Z95 = 1.959964


class _Share:
    """What is known of one share: the usual one, how posts cluster, and the last two hours."""

    __slots__ = ("cluster_sum", "cluster_weight", "last", "part", "recent", "watch", "whole")

    def __init__(self, last: int, per_day: float) -> None:
        self.last = last
        self.part = self.whole = 0.0
        self.cluster_sum = CLUSTER_PRIOR * CLUSTER_WEIGHT
        self.cluster_weight = CLUSTER_WEIGHT
        self.recent: deque[tuple[int, int]] = deque()
        self.watch = Watch(per_day)

    def usual(self) -> float:
        """Return the usual share, pulled a little away from 0 and 1."""
        return (self.part + LEAST_SHARE) / (self.whole + 2 * LEAST_SHARE)

    def cluster(self) -> float:
        """Return how alike two posts of one hour are, as a correlation."""
        return min(max(self.cluster_sum / self.cluster_weight, LEAST_CLUSTER), 0.5)

    def push(self, part: int, whole: int) -> None:
        """Take the bin after ``last``; the one that is two hours old is learned now."""
        self.recent.append((part, whole))
        self.last += 1
        if self.last % HOUR_BINS == 0:
            self._learn_cluster()
        if len(self.recent) > LAG_BINS:
            self._learn(*self.recent.popleft())

    def skip(self, number: int) -> None:
        """Learn what is at hand and go on at *number*; hours without posts have no share."""
        for part, whole in self.recent:
            self._learn(part, whole)
        keep = math.pow(KEEP, number - 1 - self.last)
        self.part *= keep
        self.whole *= keep
        self.recent.clear()
        self.last = number - 1

    def hour(self) -> tuple[int, int]:
        """Return the posts of the last hour that belong to the share, and all of them."""
        part = whole = 0
        for age in range(1, min(HOUR_BINS, len(self.recent)) + 1):
            more_part, more_whole = self.recent[-age]
            part += more_part
            whole += more_whole
        return part, whole

    def chance(self) -> float:
        """Return the chance of at least such a share in the last hour, 1 when it says nothing."""
        part, whole = self.hour()
        if not self.says(part, whole):
            return 1.0
        return share_tail(part, whole, self.usual(), self.cluster())

    def says(self, part: int, whole: int) -> bool:
        """Tell whether there are posts enough, and more of the part than usual."""
        known = whole >= LEAST_POSTS and self.whole >= LEAST_KNOWN
        return known and part > whole * self.usual()

    def _learn(self, part: int, whole: int) -> None:
        self.part = self.part * KEEP + part
        self.whole = self.whole * KEEP + whole

    def _learn_cluster(self) -> None:
        part, whole = self.hour()
        if whole < LEAST_POSTS or self.whole < LEAST_KNOWN:
            return
        usual = self.usual()
        scatter = whole * usual * (1 - usual)
        reach = CUT_SD**2 * (1 + (whole - 1) * self.cluster())
        shown = (min((part - whole * usual) ** 2 / scatter, reach) - 1) / (whole - 1)
        self.cluster_sum = self.cluster_sum * CLUSTER_KEEP + shown
        self.cluster_weight = self.cluster_weight * CLUSTER_KEEP + 1


class ShareDetector:
    """Tells when a share of what is said stands above its usual, in any number of shares.

    *false_alarms_per_day* is the budget for each. News is what it is for a rise: the beginning,
    and once that it lasts or has doubled.
    """

    def __init__(self, *, false_alarms_per_day: float) -> None:
        self._per_day = false_alarms_per_day
        self._shares: dict[str, _Share] = {}

    def update(self, series: str, start: datetime, part: int, whole: int) -> Surge | None:
        """Take that *part* of *whole* posts of the bin at *start* belong to *series*.

        Bins come in time order; one of the last two hours may be told again. Bins without posts
        need not be told. Raises ``ValueError`` when the part is more than the whole.
        """
        if not 0 <= part <= whole:
            raise ValueError(f"{series}: {part} of {whole} posts is no share")
        number = int(start.timestamp()) // BIN_S
        known = self._shares.get(series)
        if known is None:
            known = self._shares[series] = _Share(number - 1, self._per_day)
        age = known.last - number
        if age >= len(known.recent) > 0:
            return None
        if age >= 0:
            known.recent[-1 - age] = (part, whole)
        else:
            self._advance(known, number)
            known.push(part, whole)
        return _judge(series, known)

    def _advance(self, known: _Share, number: int) -> None:
        if number - known.last > LAG_BINS:
            known.skip(number)
            known.watch.close(1.0)
            return
        while True:
            if known.watch.on:
                known.watch.close(known.chance())
            if known.last == number - 1:
                return
            known.push(0, 0)


def _judge(series: str, known: _Share) -> Surge | None:
    part, whole = known.hour()
    expected = whole * known.usual()
    if not (known.says(part, whole) and worth_telling(part, expected)):
        return None
    look = Look((part, expected), (0, 0.0), known.chance(), 1.0)
    told, _ = known.watch.hear(known.last, look)
    if not told:
        return None
    end = datetime.fromtimestamp((known.last + 1) * BIN_S, tz=UTC)
    low, high = interval(part, whole, known.cluster())
    margin = (high - low) / 2
    start = end - HOUR_BINS * BIN
    return Surge(series, start, end, part, expected, look.hour_chance, whole, margin)


def effective(whole: int, cluster: float) -> float:
    """Return how many independent posts *whole* posts of one hour are worth."""
    return whole / (1 + max(whole - 1, 0) * cluster)


def share_tail(part: int, whole: int, usual: float, cluster: float) -> float:
    """Return the chance of at least *part* of *whole* posts when *usual* (0..1) is the share.

    >>> round(share_tail(8, 10, 0.5, 0.0), 4)
    0.0547
    """
    from scipy.special import betainc

    if part <= 0:
        return 1.0
    size = effective(whole, cluster)
    least = part * size / whole
    return float(betainc(least, size - least + 1, usual))


def interval(part: int, whole: int, cluster: float) -> tuple[float, float]:
    """Return the 95 % interval of a share, (0, 1) for no posts.

    >>> [round(edge, 3) for edge in interval(15, 50, 0.0)]
    [0.191, 0.438]
    """
    if not whole:
        return 0.0, 1.0
    size, share = effective(whole, cluster), part / whole
    middle = (share + Z95**2 / (2 * size)) / (1 + Z95**2 / size)
    spread = math.sqrt(share * (1 - share) / size + Z95**2 / (4 * size * size))
    half = Z95 * spread / (1 + Z95**2 / size)
    return max(middle - half, 0.0), min(middle + half, 1.0)
