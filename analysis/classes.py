"""One class of several: linear heads over hashed n-grams, then readable rules. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Floats
from analysis.heads import LinearHeads


class ClassScorer:
    """Tells how likely each class is, by the arrays of a trained model; plain numpy."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._heads = LinearHeads(arrays)
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        self._coefficients, self._intercepts = arrays["coefficients"], arrays["intercepts"]

    def margins(self, words: Sequence[tuple[str, ...]]) -> Floats:
        """Return each segmented text's distance from each class's border, shape (texts, classes).

        Give a whole batch even where few of its texts are judged: its hashes are at hand.
        """
        return self._heads.margins(words)

    def log_chances(self, margins: Floats, rules: Floats) -> Floats:
        """Return the log of each class's chance; *rules* stand beside *margins*, row by row."""
        features = np.column_stack([margins, rules])
        logits = ((features - self._mean) / self._scale) @ self._coefficients.T + self._intercepts
        logits -= logits.max(axis=1, keepdims=True)
        chances: Floats = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return chances
