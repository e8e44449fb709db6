"""Linear models over hashed n-grams, several at once, eight bits a weight: kept and read. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Floats, hash_texts, weigh

_MOST = 127
"""The largest weight of each head stands for this in its eight bits."""

_FEW = 0.25
"""Where fewer buckets than this say anything, it pays to leave the others out first."""


class LinearHeads:
    """What each of several linear models says of a text; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._rarity = arrays["rarity"].astype(np.float32)
        self._weights = arrays["weights"].astype(np.float32) * arrays["step"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float64)
        self._telling = np.abs(self._weights).max(axis=0) > 0
        self._few = self._telling.mean() < _FEW

    def margins(self, words: Sequence[tuple[str, ...]]) -> Floats:
        """Return each segmented text's distance from each head's border, shape (texts, heads)."""
        # A sparse product reads a bucket's weights of all heads at once; eight times as fast as
        # numpy's bincount for each head. Its library is slow to load, so not before it is needed.
        from scipy import sparse

        hashed = hash_texts(tuple(words))
        values, norms = weigh(hashed, self._rarity)
        ends = np.searchsorted(hashed.rows, np.arange(hashed.size + 1))
        shape = (hashed.size, len(self._weights))
        entries = sparse.csr_array((values, hashed.buckets, ends), shape=shape)
        margins: Floats = (entries @ self._weights) / norms[:, None] + self._bias
        return margins


class SecondStage:
    """Weighs the margins of heads together with readable rules, as log odds."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        self._coefficients, self._intercepts = arrays["coefficients"], arrays["intercepts"]

    def logits(self, features: Floats) -> Floats:
        """Return the log odds that each row of *features* gives, shape (rows, heads)."""
        standardised = (features - self._mean) / self._scale
        logits: Floats = standardised @ self._coefficients.T + self._intercepts
        return logits


def packed(rarity: Floats, coefficients: Floats, bias: Floats) -> dict[str, NDArray[Any]]:
    """Return the arrays that ``LinearHeads`` reads; *coefficients* of shape (buckets, heads)."""
    step = np.maximum(np.abs(coefficients).max(axis=0), 1e-9) / _MOST
    return {
        "rarity": rarity.astype(np.float16),
        "weights": np.rint(coefficients / step).astype(np.int8),
        "step": step.astype(np.float32),
        "bias": bias,
    }
