"""How soon rises and spikes are told, and how often for nothing, on public series.

Spikes: the five Twitter series of the Numenta Anomaly Benchmark by its scoring rule (A. Lavin and
S. Ahmad, ICMLA 2015, 38-44): within a window only the first alarm counts, the more the earlier; an
alarm outside costs, less so soon after a window; a missed window costs 1; the first 15 % (of at
most 5,000 rows) are not scored. 0 is a detector that never speaks, 1 one that always speaks first.
The threshold for a series is the best on the four others.

Rises: real curves of sixteen crises in synthetic backgrounds with decoys. The budget for a crisis
is the highest that kept the promise on the others; the first 15 % are not scored here either.
What is measured is what the product runs.
"""

import math
from collections.abc import Iterator, Sequence
from csv import DictReader
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from json import loads
from pathlib import Path

import numpy as np

from analysis.features import Floats
from analysis.figures import Measure, Progress, digest_of
from analysis.spikes import SpikeDetector
from analysis.trends import Look, RiseDetector, Watch
from analysis.usual import BIN, BIN_S, DAY_BINS, HOUR_BINS

NAB = "trend/nab"
TWEETS = tuple(f"realTweets/Twitter_volume_{n}.csv" for n in ("AAPL", "CRM", "FB", "IBM", "PFE"))
INJECTED = "trend/incident_injection/series.jsonl"
PROBATION, PROBATION_ROWS = 0.15, 5_000
MISALARM = 0.11
"""What an alarm outside all windows costs in the standard profile; a missed window costs 1."""
FAR = 3.0
"""Window widths behind a window from which an alarm costs in full."""
BUDGETS = (0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.12, 0.3, 0.35, 0.4, 0.43, 0.46, 0.5, 0.55, 0.6)
_START = datetime(2031, 1, 1, tzinfo=UTC)
_LOUDEST = 400
"""Responses of a series that are tried as thresholds."""


def measures(data: Path, progress: Progress) -> Iterator[Measure]:
    """Yield the measures of spikes and rises; a set that is absent is told, not measured."""
    if (data / NAB).is_dir():
        progress("spikes: playing five series of NAB")
        yield _spikes(data)
    else:
        progress(f"spikes: {NAB} is not there, so it is not measured")
    if (data / INJECTED).exists():
        progress("rises: playing injected rises")
        yield from _rises(data / INJECTED)
    else:
        progress(f"rises: {INJECTED} is not there, so it is not measured")


# Spikes, by the rule of NAB


@dataclass(frozen=True, slots=True)
class Scored:
    """What each row of a series is worth, and in which window it lies."""

    worth: Floats
    window: Sequence[int]
    """Number of the window; -1 outside, -2 while nothing is scored."""
    windows: int

    def score(self, alarms: Sequence[int]) -> float:
        """Return the raw score of *alarms*, numbers of rows in order: -windows for none."""
        best: dict[int, float] = {}
        total = -float(self.windows)
        for row in alarms:
            if self.window[row] >= 0:
                inside = self.window[row]
                best[inside] = max(best.get(inside, 0.0), 1 + float(self.worth[row]))
            elif self.window[row] == -1:
                total += float(self.worth[row])
        return total + sum(best.values())


def scaled_sigmoid(position: float) -> float:
    """Return what an alarm at *position* is worth: -1 is a window's start, 0 its end.

    >>> round(scaled_sigmoid(-1.0), 4), scaled_sigmoid(4.0)
    (0.9866, -1.0)
    """
    return -1.0 if position > FAR else 2 / (1 + math.exp(5 * position)) - 1


def scored_rows(rows: int, windows: Sequence[tuple[int, int]]) -> Scored:
    """Return what each of *rows* is worth; *windows* are numbers of first and last row."""
    worth, window = np.full(rows, -MISALARM), [-1] * rows
    best = scaled_sigmoid(-1.0)
    for number, (first, last) in enumerate(windows):
        width = last - first + 1
        following = windows[number + 1][0] if number + 1 < len(windows) else rows
        for row in range(first, last + 1):
            worth[row] = scaled_sigmoid(-(last - row + 1) / width) / best
            window[row] = number
        for row in range(last + 1, following):
            worth[row] = MISALARM * scaled_sigmoid((row - last) / (width - 1))
    unscored = math.floor(PROBATION * min(rows, PROBATION_ROWS))
    window[:unscored] = [-2] * unscored
    return Scored(worth, window, len(windows))


def standard_score(raw: float, windows: int) -> float:
    """Return a raw score between that of silence (0) and that of a perfect detector (1)."""
    return (raw + windows) / (2 * windows)


def responses(moments: Sequence[datetime], counts: Sequence[int]) -> list[float]:
    """Return how loud each row is to the detector; 0 where it is no louder than its bin before.

    A bin is told once: as soon as the posts of its first minutes are enough.
    """
    loud, detector = [], SpikeDetector(told_from=math.inf)
    bin_number, so_far, told = -1, 0, 0.0
    for moment, count in zip(moments, counts, strict=True):
        number = int(moment.timestamp()) // BIN_S
        if number != bin_number:
            bin_number, so_far, told = number, 0, 0.0
        so_far += count
        start = datetime.fromtimestamp(number * BIN_S, tz=UTC)
        detector.update("tweets", start, so_far)
        response = detector.response("tweets")
        loud.append(response if response > told else 0.0)
        told = max(told, response)
    return loud


def _spikes(data: Path) -> Measure:
    files = [data / NAB / "data" / name for name in TWEETS]
    windows_file = data / NAB / "windows.json"
    told = loads(windows_file.read_text(encoding="utf-8"))
    loud: list[list[float]] = []
    scored: list[Scored] = []
    for name, file in zip(TWEETS, files, strict=True):
        moments, counts = _read(file)
        windows = [(moments.index(_moment(a)), moments.index(_moment(b))) for a, b in told[name]]
        loud.append(responses(moments, counts))
        scored.append(scored_rows(len(moments), windows))
    levels = sorted({v for each in loud for v in sorted(each)[-_LOUDEST:] if v > 0})
    table = np.array(
        [[_at(one, each, t) for t in levels] for one, each in zip(scored, loud, strict=True)]
    )
    raws = []
    for number in range(len(TWEETS)):
        best = int((table.sum(axis=0) - table[number]).argmax())
        threshold = (levels[best] + levels[max(best - 1, 0)]) / 2
        raws.append(_at(scored[number], loud[number], threshold))
    sizes = [one.windows for one in scored]
    each = [standard_score(raw, n) for raw, n in zip(raws, sizes, strict=True)]
    return Measure(
        name="spikes_nab_tweets_standard",
        value=standard_score(sum(raws), sum(sizes)),
        floor=None,
        n=sum(map(len, loud)),
        digest=digest_of([*files, windows_file]),
        noise=float(np.std(each)) / math.sqrt(len(each)),
    )


def _at(one: Scored, loud: Sequence[float], threshold: float) -> float:
    return one.score([row for row, value in enumerate(loud) if value >= threshold])


def _read(file: Path) -> tuple[list[datetime], list[int]]:
    with file.open(encoding="utf-8") as lines:
        rows = [(_moment(r["timestamp"]), int(float(r["value"]))) for r in DictReader(lines)]
    return [moment for moment, _ in rows], [count for _, count in rows]


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


# Rises, by folds of crises


@dataclass(frozen=True, slots=True)
class Heard:
    """What one injected series told at each budget."""

    event: str
    delay_h: Sequence[float]
    """From the crisis's first bin to the end of the bin that told it; infinite when none did."""
    false_alarms: Sequence[int]
    days: float


def hear(counts: Sequence[int], onset: int, end: int, budgets: Sequence[float]) -> Heard:
    """Play a series of ten-minute *counts* with a crisis in bins *onset* to *end* at each budget.

    A rise counts as found until an hour after its last bin, for the rolling hour still holds it.
    """
    detector = RiseDetector(false_alarms_per_day=budgets[0])
    watches = [Watch(budget) for budget in budgets]
    delays, alarms = [math.inf] * len(budgets), [0] * len(budgets)
    unscored = math.floor(PROBATION * len(counts))
    look: Look | None = None
    for number, count in enumerate(counts):
        detector.update("injected", _START + number * BIN, count)
        before, look = look, detector.look("injected")
        if look is None:
            continue
        for budget, watch in enumerate(watches):
            if watch.on and before is not None:
                watch.close(before.hour_chance)
            began = not watch.on and any(watch.hear(number, look))
            if not began or number < unscored:
                continue
            if not onset <= number <= end + HOUR_BINS:
                alarms[budget] += 1
            elif delays[budget] == math.inf:
                delays[budget] = (number + 1 - onset) / HOUR_BINS
    return Heard("", delays, alarms, (len(counts) - unscored) / DAY_BINS)


def _rises(file: Path) -> Iterator[Measure]:
    """Yield for each promise how many were found, how many soon enough, and whether it was kept.

    The median delay is within the goal when at least half were found soon.
    """
    heard = []
    with file.open(encoding="utf-8") as lines:
        for series in map(loads, lines):
            counts = series["counts"]
            one = hear(counts, series["onset_bin"], series["end_bin"], BUDGETS)
            heard.append(replace(one, event=series["event"]))
    digest = digest_of([file])
    for promise, goal_h in ((0.3, 0.5), (0.1, 1.0)):
        chosen = _by_folds(heard, promise)
        delays = [one.delay_h[budget] for one, budget in chosen]
        alarms = sum(one.false_alarms[budget] for one, budget in chosen)
        told = f"rises_at_{promise:.1f}".replace(".", "")
        rate = alarms / sum(one.days for one, _ in chosen)
        found = sum(delay < math.inf for delay in delays) / len(delays)
        for name, value in (
            ("found", found),
            ("soon", sum(delay <= goal_h for delay in delays) / len(delays)),
            ("kept", min(promise / rate, 1.0)),
        ):
            yield Measure(f"{told}_{name}", value, None, len(heard), digest, noise=0.0)


def _by_folds(heard: Sequence[Heard], promise: float) -> list[tuple[Heard, int]]:
    """Return each series with the number of the highest budget that the other crises allow."""
    chosen = []
    for one in heard:
        others = [other for other in heard if other.event != one.event]
        days = sum(other.days for other in others)
        rates = [sum(o.false_alarms[b] for o in others) / days for b in range(len(BUDGETS))]
        chosen.append((one, max(b for b, rate in enumerate(rates) if b == 0 or rate <= promise)))
    return chosen
