"""The strongest feeling in a post, as a reader would name it. Counted by hour, never a target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Floats
from analysis.heads import LinearHeads
from analysis.models import artifacts
from analysis.records import SegmentedPost
from core.vocabulary import Emotion

MODEL = "emotion"
EMOTIONS = tuple(Emotion)


@dataclass(frozen=True, slots=True)
class EmotionScore:
    """The likeliest emotion, and how likely each is."""

    emotion: Emotion
    probabilities: tuple[float, ...]
    """Six, in the order of ``Emotion``; they add up to 1."""


class EmotionScorer:
    """Scores posts by the arrays of a trained model; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._heads = LinearHeads(arrays)
        self._sharpness = float(arrays["sharpness"][0])

    def score(self, posts: Sequence[SegmentedPost]) -> list[EmotionScore]:
        """Return the emotions of *posts*, in the same order."""
        return self.score_words([post.words for post in posts])

    def score_words(self, words: Sequence[tuple[str, ...]]) -> list[EmotionScore]:
        """Return the emotions of segmented texts, in the same order."""
        if not words:
            return []
        chances = self._probabilities(self.margins(words))
        best = chances.argmax(axis=1)
        return [
            EmotionScore(EMOTIONS[index], tuple(row))
            for index, row in zip(best.tolist(), chances.tolist(), strict=True)
        ]

    def margins(self, words: Sequence[tuple[str, ...]]) -> Floats:
        """Return each text's distance from each emotion's border, shape (texts, 6)."""
        return self._heads.margins(words)

    def _probabilities(self, margins: Floats) -> Floats:
        raised = np.exp(self._sharpness * (margins - margins.max(axis=1, keepdims=True)))
        chances: Floats = raised / raised.sum(axis=1, keepdims=True)
        return chances


@cache
def load_emotion_scorer() -> EmotionScorer:
    """Return the scorer of the shipped model; raises ``HuiyingError`` when its file is damaged."""
    return EmotionScorer(artifacts.load(MODEL))
