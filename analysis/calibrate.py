"""From a place in the order to a chance, by labels that the desk itself has given. Pure.

Scores of a model trained elsewhere order posts and say no more: shares of what is worth checking
differ from place to place (quality handbook, pitfall 3). Platt scaling on some fifty local labels
turns them into chances. Source: Platt (1999) with the targets and the Newton steps of Lin, Lin and
Weng, Machine Learning 68 (2007), 267-276.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.features import Floats, Integers

LEAST, LEAST_OF_EACH = 50, 8
"""Labels, and labels of each kind, from which chances are told; fewer order and no more."""
_PARTS = 5
_STEPS = 100
_RIDGE = 1e-6
_BINS = 10
_EDGE = 1e-6
_MOST_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns a score into a chance."""

    slope: float
    intercept: float
    labels: int
    error: float
    """Expected calibration error 0..1 on labels that a fold did not see."""

    def chance(self, score: float) -> float:
        """Return the chance 0..1 that a post of *score* is worth a check here."""
        return float(_chances(np.array([score]), self.slope, self.intercept)[0])


def calibrate(scores: Sequence[float], worth: Sequence[bool]) -> Calibration | None:
    """Return the calibration by these labels, or None where they are too few or too one-sided.

    It never turns the order round: labels that would are taken as saying nothing of it.
    """
    values, labels = np.array(scores, dtype=np.float64), np.array(worth, dtype=np.int64)
    rare = min(int(labels.sum()), int(len(labels) - labels.sum()))
    if len(labels) < LEAST or rare < LEAST_OF_EACH:
        return None
    unseen = np.zeros(len(labels))
    parts = np.arange(len(labels)) % _PARTS
    for part in range(_PARTS):
        slope, intercept = _fit(values[parts != part], labels[parts != part])
        unseen[parts == part] = _chances(values[parts == part], slope, intercept)
    slope, intercept = _fit(values, labels)
    return Calibration(slope, intercept, len(labels), expected_error(unseen, labels))


def expected_error(chances: Floats, labels: Integers) -> float:
    """Return the mean distance of told chance and share found, over ten bins of equal width."""
    bins = np.minimum((chances * _BINS).astype(np.int64), _BINS - 1)
    error = 0.0
    for number in range(_BINS):
        inside = bins == number
        if inside.any():
            gap = abs(float(chances[inside].mean()) - float(labels[inside].mean()))
            error += gap * float(inside.mean())
    return error


def to_label(scores: Sequence[float], count: int) -> list[int]:
    """Return which posts to label, by number: half from all over the order, half from its middle.

    Labels from the middle tell most about where to draw a line, those from the ends that there
    is one. The same scores give the same choice.
    """
    count = min(count, len(scores))
    order = sorted(range(len(scores)), key=lambda number: (scores[number], number))
    spread = count // 2
    chosen = {order[(2 * k + 1) * len(order) // (2 * spread)] for k in range(spread)}
    middle = sorted(order, key=lambda number: (abs(scores[number] - 0.5), number))
    for number in middle:
        if len(chosen) == count:
            break
        chosen.add(number)
    return sorted(chosen, key=lambda number: (-scores[number], number))


def _fit(scores: Floats, labels: Integers) -> tuple[float, float]:
    """Return slope and intercept on the log odds of *scores*; the slope is not negative."""
    logits = _logits(scores)
    true, false = int(labels.sum()), int(len(labels) - labels.sum())
    targets = np.where(labels == 1, (true + 1) / (true + 2), 1 / (false + 2))
    columns = np.column_stack([logits, np.ones(len(logits))])
    theta = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        chances = _shares(columns @ theta)
        slope = columns.T @ (chances - targets)
        curve = (columns * (chances * (1 - chances))[:, None]).T @ columns + _RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        theta = theta - step
        if float(np.abs(step).max()) < _EDGE:
            break
    if theta[0] < 0:
        share = float(targets.mean())
        return 0.0, float(np.log(share / (1 - share)))
    return float(theta[0]), float(theta[1])


def _chances(scores: Floats, slope: float, intercept: float) -> Floats:
    return _shares(slope * _logits(scores) + intercept)


def _shares(logits: Floats) -> Floats:
    shares: Floats = 1 / (1 + np.exp(-np.clip(logits, -_MOST_LOGIT, _MOST_LOGIT)))
    return shares


def _logits(scores: Floats) -> Floats:
    bounded = np.clip(scores, _EDGE, 1 - _EDGE)
    logits: Floats = np.log(bounded / (1 - bounded))
    return logits
