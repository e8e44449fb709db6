"""What a post does to the claim it speaks of: asks about it, denies it, believes it, or neither.

Half of those who ask use no word of asking (这事靠谱不, 等个准信), and who was there denies or
confirms without saying so (我刚从桥上过). A linear model over hashed n-grams and readable rules
decide together; it was fitted on replies written for the purpose (``analysis/models/written``).
It counts voices beside a claim. It judges neither the claim nor anybody who speaks of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.classes import ClassScorer
from analysis.features import Floats
from analysis.models import artifacts
from analysis.records import SegmentedPost, Signs
from core.vocabulary import ClaimStance

MODEL = "stance"
STANCES = tuple(ClaimStance)
RULES = (
    "enquiry", "hearsay", "denial", "denial_plain", "support", "hazards", "strong_emotion",
    "mark", "closing", "short", "long", "negates", "shares", "shares_much",
)  # fmt: skip
"""Names of the readable features, in the order of ``rules_of``."""

_CLOSING = re.compile(r"[吗呢么嘛吧没不][啊呀]?[？?！!。.~…\s]*$")
_NEGATES = re.compile(r"(?:没有|没|不是|不会|不存在|不|未|无|别|哪有|照常|正常)(.)")
_END = 16
"""Characters at the end of a post in which it may close with a question."""
_HOUR = timedelta(hours=1)
_SHORT, _LONG, _MUCH = 6, 40, 3
"""Characters below and above which a post is short or long; pairs shared that are many."""


@dataclass(frozen=True, slots=True)
class StanceHour:
    """How many voices did what in one hour of a claim's life."""

    hour: int
    """Whole hours since the claim was first seen."""
    voices: tuple[int, ...]
    """Distinct voices of each stance, in the order of ``STANCES``."""


@dataclass(frozen=True, slots=True)
class StanceCount:
    """How many distinct voices did one thing, and which share of all doings that is."""

    stance: ClaimStance
    voices: int
    share: float
    """0..1; a voice that asks and later believes counts in both."""


def count_stances(heard: Sequence[tuple[ClaimStance, datetime, str]]) -> tuple[StanceCount, ...]:
    """Return the voices of each stance in *heard*: stance, moment and voice of each post."""
    voices = [len({voice for told, _, voice in heard if told is s}) for s in STANCES]
    total = max(1, sum(voices))
    return tuple(StanceCount(s, n, n / total) for s, n in zip(STANCES, voices, strict=True))


def stances_by_hour(
    heard: Sequence[tuple[ClaimStance, datetime, str]], first_seen: datetime
) -> tuple[StanceHour, ...]:
    """Return the voices of each stance in each hour in which anybody spoke, in order."""
    hours: dict[int, list[tuple[ClaimStance, datetime, str]]] = {}
    for one in heard:
        hours.setdefault(max(0, (one[1] - first_seen) // _HOUR), []).append(one)
    return tuple(
        StanceHour(hour, tuple(count.voices for count in count_stances(hours[hour])))
        for hour in sorted(hours)
    )


def rules_of(text: str, signs: Signs, about: str) -> tuple[bool, ...]:
    """Return what the rules say of *text* under the claim *about*, one value each of ``RULES``.

    *about* may be empty where the claim's wording is not known.
    """
    shared = sum(pair in text for pair in _pairs(about))
    return (
        bool(signs.enquiry),
        bool(signs.hearsay),
        bool(signs.denial),
        bool(signs.denial) and not signs.enquiry,
        bool(signs.support),
        bool(signs.hazards),
        bool(signs.strong_emotion),
        "？" in text or "?" in text,
        _CLOSING.search(text[-_END:]) is not None,
        len(text) < _SHORT,
        len(text) > _LONG,
        any(denied in about for denied in _NEGATES.findall(text)),
        shared > 0,
        shared >= _MUCH,
    )


@lru_cache(maxsize=1_000)
def _pairs(text: str) -> frozenset[str]:
    return frozenset(map(add, text, text[1:]))


class StanceScorer:
    """Tells stances by the arrays of a trained model; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._classes = ClassScorer(arrays)

    def judge(
        self,
        posts: Sequence[SegmentedPost],
        signs: Sequence[Signs],
        about: Sequence[str | None],
    ) -> list[ClaimStance | None]:
        """Return what each of *posts* does to the claim worded in *about*; None where that is.

        A post that tells the claim in its own words, answering nobody, and neither asks nor
        denies has passed it on.
        """
        told = self.judge_texts([p.text for p in posts], [p.words for p in posts], signs, about)
        return [
            ClaimStance.SUPPORT if one is ClaimStance.OTHER and post.parent is None else one
            for post, one in zip(posts, told, strict=True)
        ]

    def judge_texts(
        self,
        texts: Sequence[str],
        words: Sequence[tuple[str, ...]],
        signs: Sequence[Signs],
        about: Sequence[str | None],
    ) -> list[ClaimStance | None]:
        """Return what each segmented text does to its claim as a reply; None where none is."""
        told: list[ClaimStance | None] = [None] * len(texts)
        asked = [(at, wording) for at, wording in enumerate(about) if wording is not None]
        if not asked:
            return told
        rules: Floats = np.array(
            [rules_of(texts[at], signs[at], wording) for at, wording in asked], dtype=np.float64
        )
        margins = self._classes.margins(words)[[at for at, _ in asked]]
        best = self._classes.log_chances(margins, rules).argmax(axis=1).tolist()
        for (at, _), index in zip(asked, best, strict=True):
            told[at] = STANCES[index]
        return told


@cache
def load_stance_scorer() -> StanceScorer:
    """Return the scorer of the shipped model; raises ``HuiyingError`` when its file is damaged."""
    return StanceScorer(artifacts.load(MODEL))
