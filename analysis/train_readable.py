"""Training of the readable model: a curve for each sign, fitted on every horizon of every post."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Floats, Integers
from analysis.fitting import fit_stack
from analysis.readable import KNOTS, curves, picked


def fit_readable(
    text: Floats, replies: Floats, labels: Integers, weights: Floats
) -> dict[str, NDArray[Any]]:
    """Return the arrays of ``readable.Readable``, from rows of the text's and replies' signs."""
    values = picked(text, replies)
    knots = np.array([_knots(column) for column in values.T])
    bent = curves(values, knots).reshape(len(values), -1)
    fitted = fit_stack(bent, labels, weights, [(None, None)] * bent.shape[1])
    return {"readable_knots": knots} | {f"readable_{n}": array for n, array in fitted.items()}


def _knots(column: Floats) -> Floats:
    """Return where a sign's curve may bend; infinity, so never, in place of knots it has not."""
    inside = np.quantile(column, np.linspace(0, 1, KNOTS + 2)[1:-1])
    found = np.unique(inside[(inside > column.min()) & (inside < column.max())])
    above = column[column > column.min()]
    if not len(found) and len(above):
        # Mostly absent: one bend at the middle of the posts that have it at all.
        middle = np.median(above)
        found = np.array([middle] if middle < column.max() else [])
    return np.concatenate([found, np.full(KNOTS - len(found), np.inf)])
