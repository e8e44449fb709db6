"""Which concern a post is about: one category of the taxonomy, or none. Pure.

Words alone read 谁该为这一晚负责 as nothing and every 怎么会 as a cause. A linear model over hashed
n-grams and the words decide together; it was fitted on posts written for the purpose.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.classes import ClassScorer
from analysis.features import Floats
from analysis.models import artifacts
from analysis.records import SegmentedPost, Signs
from core.lexicon import load_lexicon
from core.word_finder import WordFinder

MODEL = "concern"

ORDER = (
    "help",
    "casualty",
    "warning",
    "price_supply",
    "accountability",
    "cause",
    "recovery",
    "rescue",
    "rumor_check",
    "service",
    "daily_life",
    "gratitude",
)
"""Which category goes first where the words weigh the same: lives, danger, then the rest.

Casualty and help stand before daily life, since one person in need weighs more than a closed road.
"""

CLASSES = (None, *ORDER)
"""What the model tells apart, in the order of its arrays."""
_PLACE = {concern: number for number, concern in enumerate(CLASSES)}
_NAMED = 3.0
"""Log odds that a category gains where the words name it.

Macro-F1 over the 13 classes, cross-validated on the written posts, and on the labels of the
drill, which the word lists were read from: words alone 0.27 and 0.49; 0: 0.48 and 0.38; 2.5: 0.47
and 0.480; 3: 0.46 and 0.485.
"""

# A life in danger beside a closed road is about the life, whatever the lengths of the words.
_LIVES = ("help", "casualty")

_ANYBODY = "有没有人"
_HARMED = re.compile(
    r"员?(?:在里面|还在|[受重轻]?伤|伤亡|死|亡|遇难|遇险|被|困|埋|失|没|出事|掉|落水|淹|冲走|送医|中毒|感染)"
)

_Weighed = dict[str, tuple[int, int]]


def _finder() -> WordFinder[tuple[str, ...]]:
    of_word: dict[str, list[str]] = defaultdict(list)
    for concern, words in load_lexicon().concern_words.items():
        for word in words:
            of_word[word].append(concern)
    for concern, words in load_lexicon().extra.reading["concerns"].items():
        for word in words:
            if concern not in of_word[word]:
                of_word[word].append(concern)
    return WordFinder({word: tuple(concerns) for word, concerns in of_word.items()})


_FINDER = _finder()


def _only_asks_around(text: str, start: int, end: int) -> bool:
    """Tell of 有没有人说一下, which asks whoever knows, beside 有没有人受伤, which fears."""
    return text[start:end] == _ANYBODY and _HARMED.match(text, end) is None


def concern_of(text: str, signs: Signs) -> str | None:
    """Return the id of the concern category *text* is about, or None when no word tells.

    The longest word wins, then the category with more characters matched, then ``ORDER``; daily
    life gives way to help and casualty. An enquiry without any other concern is ``rumor_check``.
    """
    weighed: _Weighed = {}
    last = 0
    hits = sorted((start, start - end, concerns) for start, end, concerns in _FINDER.every(text))
    for start, minus_length, concerns in hits:
        if start < last or _only_asks_around(text, start, start - minus_length):
            continue
        last = start - minus_length
        for concern in concerns:
            longest, total = weighed.get(concern, (0, 0))
            weighed[concern] = (max(longest, -minus_length), total - minus_length)
    if not weighed:
        return "rumor_check" if signs.enquiry else None
    if any(c in weighed for c in _LIVES):
        weighed.pop("daily_life", None)
    return max(weighed, key=lambda c: (*weighed[c], -ORDER.index(c)))


def rules_of(text: str, signs: Signs) -> tuple[bool, ...]:
    """Return what the rules say of *text*: the class the words name, then seven signs."""
    named = concern_of(text, signs)
    return (*(named == concern for concern in CLASSES), *_signs_of(text, signs))


def _signs_of(text: str, signs: Signs) -> tuple[bool, ...]:
    return (
        bool(signs.enquiry),
        bool(signs.hazards),
        bool(signs.failures),
        bool(signs.strong_emotion),
        "？" in text or "?" in text,
        bool(signs.incident_types),
        bool(signs.urgency),
    )


class ConcernScorer:
    """Tells concerns by the arrays of a trained model; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._classes = ClassScorer(arrays)

    def judge(self, posts: Sequence[SegmentedPost], signs: Sequence[Signs]) -> list[str | None]:
        """Return the concern of each of *posts*, None where it has none."""
        return self.judge_texts([p.text for p in posts], [p.words for p in posts], signs)

    def judge_texts(
        self, texts: Sequence[str], words: Sequence[tuple[str, ...]], signs: Sequence[Signs]
    ) -> list[str | None]:
        """Return the concern of each of the segmented *texts*, None where it has none."""
        if not texts:
            return []
        named = [_PLACE[concern_of(*one)] for one in zip(texts, signs, strict=True)]
        seen = [_signs_of(*one) for one in zip(texts, signs, strict=True)]
        by_words: Floats = np.eye(len(CLASSES))[named]
        rules = np.column_stack([by_words, np.array(seen, dtype=np.float64)])
        chances = self._classes.log_chances(self._classes.margins(words), rules)
        # The first class is none; that no word names a concern says little.
        chances[:, 1:] += _NAMED * by_words[:, 1:]
        return [CLASSES[index] for index in chances.argmax(axis=1).tolist()]


@cache
def load_concern_scorer() -> ConcernScorer:
    """Return the scorer of the shipped model; raises ``HuiyingError`` when its file is damaged."""
    return ConcernScorer(artifacts.load(MODEL))
