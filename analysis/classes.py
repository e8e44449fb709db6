"""One class of several: linear heads over hashed n-grams, then readable rules. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Floats
from analysis.heads import LinearHeads, SecondStage


class ClassScorer:
    """Tells how likely each class is, by the arrays of a trained model; plain numpy."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._heads = LinearHeads(arrays)
        self._second = SecondStage(arrays)

    def margins(self, words: Sequence[tuple[str, ...]]) -> Floats:
        """Return each segmented text's distance from each class's border, shape (texts, classes).

        Give a whole batch even where few of its texts are judged: its hashes are at hand.
        """
        return self._heads.margins(words)

    def log_chances(self, margins: Floats, rules: Floats) -> Floats:
        """Return the log of each class's chance; *rules* stand beside *margins*, row by row."""
        logits = self._second.logits(np.column_stack([margins, rules]))
        logits -= logits.max(axis=1, keepdims=True)
        chances: Floats = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return chances
