"""Linear models over hashed n-grams, several at once, eight bits a weight: kept and read. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Floats, hash_texts, weigh

_MOST = 127
"""The largest weight of each head stands for this in its eight bits."""


class LinearHeads:
    """What each of several linear models says of a text; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._rarity = arrays["rarity"].astype(np.float64)
        steps = arrays["step"].astype(np.float32)
        self._weights = np.ascontiguousarray((arrays["weights"].astype(np.float32) * steps).T)
        self._bias = arrays["bias"].astype(np.float64)

    def margins(self, words: Sequence[tuple[str, ...]]) -> Floats:
        """Return each segmented text's distance from each head's border, shape (texts, heads)."""
        hashed = hash_texts(tuple(words))
        values = weigh(hashed, self._rarity)
        sums = [
            np.bincount(hashed.rows, values * weights[hashed.buckets], hashed.size)
            for weights in self._weights
        ]
        margins: Floats = np.column_stack(sums) + self._bias
        return margins


def packed(rarity: Floats, coefficients: Floats, bias: Floats) -> dict[str, NDArray[Any]]:
    """Return the arrays that ``LinearHeads`` reads; *coefficients* of shape (buckets, heads)."""
    step = np.abs(coefficients).max(axis=0) / _MOST
    return {
        "rarity": rarity.astype(np.float16),
        "weights": np.rint(coefficients / step).astype(np.int8),
        "step": step.astype(np.float32),
        "bias": bias,
    }
