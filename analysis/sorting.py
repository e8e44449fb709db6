"""What a post is to the desk: a question, a call for help, about an incident, or none.

Rules alone do not tell 救命啊笑死 from 二楼平台上六个人等船, nor 这还用问 from 想知道自来水啥时来.
A linear model over hashed n-grams and the rules decide together. It was fitted on posts written
for the purpose (``analysis/models/written``): no third-party text stands behind it. What it says
orders work and opens lists; it judges nobody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import help as helping
from analysis import questions, relevance
from analysis.features import Floats
from analysis.heads import LinearHeads
from analysis.models import artifacts
from analysis.records import SegmentedPost, Signs

MODEL = "sorting"
HEADS = ("question", "help", "relevant")
"""What is told of a post, in the order of every array here."""
_AGREED, _ALONE = (0.1, 0.02, 0.2), (0.7, 0.97, 0.5)
"""Least chance where the rule of a head says yes too, and where it says no.

Chosen where the drill's labels lose least (question F1 0.94, help recall 0.98 at precision 0.64,
relevant F1 0.98) while the gold sets gain (docs/models.md): figures on either are a little kind.
"""
RULES = (
    "question", "mark", "closing", "enquiry", "help", "relevant", "hazards", "danger", "kinds",
    "failures", "fails", "advert", "chatter",
)  # fmt: skip
"""Names of the readable features, in the order of ``rules_of``."""

_OWN_RULES = [RULES.index(head) for head in HEADS]
_CLOSING = re.compile(r"[吗呢么嘛吧没不][啊呀]?[？?！!。.~…\s]*$")
_MARK = re.compile(r"[？?]")


@dataclass(frozen=True, slots=True)
class Sorted:
    """What one post is; each a decision, none a verdict."""

    question: bool
    help: bool
    relevant: bool
    """It may concern the area; what does not raises nothing."""


def rules_of(text: str, signs: Signs) -> tuple[bool, ...]:
    """Return what the rules say of *text*, one value for each of ``RULES``."""
    return (
        questions.is_question(text, signs),
        _MARK.search(text) is not None,
        _CLOSING.search(text) is not None,
        bool(signs.enquiry),
        helping.is_help(text, signs),
        relevance.is_relevant(signs, text),
        bool(signs.hazards),
        bool(signs.hazards or signs.failures),
        bool(signs.incident_types),
        bool(signs.failures),
        bool(signs.failures and signs.facilities),
        relevance.is_advert(text),
        relevance.is_chatter(text),
    )


class PostSorter:
    """Sorts posts by the arrays of a trained model; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._heads = LinearHeads(arrays)
        self._mean, self._scale = arrays["mean"], arrays["scale"]
        self._coefficients, self._intercepts = arrays["coefficients"], arrays["intercepts"]

    def sort(self, posts: Sequence[SegmentedPost], signs: Sequence[Signs]) -> list[Sorted]:
        """Return what each of *posts* is; *signs* are those of the same posts."""
        return self.sort_texts([p.text for p in posts], [p.words for p in posts], signs)

    def sort_texts(
        self, texts: Sequence[str], words: Sequence[tuple[str, ...]], signs: Sequence[Signs]
    ) -> list[Sorted]:
        """Return what each of the segmented *texts* is."""
        rules = _rules(texts, signs)
        chances = self._chances(words, rules)
        least = np.where(rules[:, _OWN_RULES] > 0, _AGREED, _ALONE)
        by_rule = (rules[:, RULES.index("relevant")] > 0).tolist()
        return [
            _settled(said, sign, by_rule=ruled)
            for said, sign, ruled in zip((chances >= least).tolist(), signs, by_rule, strict=True)
        ]

    def _chances(self, words: Sequence[tuple[str, ...]], rules: Floats) -> Floats:
        if not words:
            return np.zeros((0, len(HEADS)))
        features = np.column_stack([self._heads.margins(words), rules])
        standardised = (features - self._mean) / self._scale
        logits = standardised @ self._coefficients.T + self._intercepts
        chances: Floats = 1 / (1 + np.exp(-logits))
        return chances


def _rules(texts: Sequence[str], signs: Sequence[Signs]) -> Floats:
    rules = [rules_of(text, sign) for text, sign in zip(texts, signs, strict=True)]
    return np.array(rules, dtype=np.float64).reshape(len(texts), len(RULES))


def _settled(said: Sequence[bool], signs: Signs, *, by_rule: bool) -> Sorted:
    """Let the area decide where it is named: another one is not ours, our own is.

    *by_rule* tells whether the rules alone call the post relevant.
    """
    question, help_, relevant = said
    here = not signs.outside
    named = bool(signs.places) and by_rule
    return Sorted(
        question=question,
        help=help_ and here,
        relevant=here and (relevant or named),
    )


@cache
def load_post_sorter() -> PostSorter:
    """Return the sorter of the shipped model; raises ``HuiyingError`` when its file is damaged."""
    return PostSorter(artifacts.load(MODEL))
