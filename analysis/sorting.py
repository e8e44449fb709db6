"""What a post is to the desk: a question, a call for help, about an incident, or none.

Rules alone do not tell 救命啊笑死 from 二楼平台上六个人等船, nor 这还用问 from 想知道自来水啥时来.
A linear model over hashed n-grams, one over the words of a plight and the rules decide together.
They were fitted on posts written for the purpose (``analysis/models/written``): no third-party text
stands behind them. What they say orders work and opens lists; it judges nobody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import help as helping
from analysis import plight, questions, relevance
from analysis.features import Floats
from analysis.heads import LinearHeads, SecondStage
from analysis.models import artifacts
from analysis.records import SegmentedPost, Signs

MODEL = "sorting"
HEADS = ("question", "help", "relevant")
"""What is told of a post, in the order of every array here."""
_AGREED, _ALONE = (0.1, 0.05, 0.3), (0.5, 0.68, 0.45)
"""Least chance where the rule of a head says yes too, and where it says no."""
_LACKING = 0.3
"""Least chance of a call by rule in which somebody lacks something, but no phrase calls for help.

Recall of calls first, as far as three in five hits of the drill's stream are calls (recall 0.97 and
more); then the gold sets, where nothing of relevance was to be lost. Figures on either are a little
kind; docs/models.md has those of cross-validation beside them.
"""
RULES = (
    "question", "mark", "closing", "enquiry", "help", "relevant", "hazards", "danger", "kinds",
    "failures", "fails", "advert", "chatter", "phrase",
)  # fmt: skip
"""Names of the readable features, in the order of ``rules_of``."""

_HELP, _PHRASE = RULES.index("help"), RULES.index("phrase")
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
        helping.has_phrase(text),
    )


class PostSorter:
    """Sorts posts by the arrays of a trained model; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._heads = LinearHeads(arrays)
        self._second = SecondStage(arrays)
        self._plight: list[float] = arrays["plight"].astype(np.float64).tolist()

    def sort(self, posts: Sequence[SegmentedPost], signs: Sequence[Signs]) -> list[Sorted]:
        """Return what each of *posts* is; *signs* are those of the same posts."""
        return self.sort_texts([p.text for p in posts], [p.words for p in posts], signs)

    def sort_texts(
        self, texts: Sequence[str], words: Sequence[tuple[str, ...]], signs: Sequence[Signs]
    ) -> list[Sorted]:
        """Return what each of the segmented *texts* is."""
        rules = _rules(texts, signs)
        chances = self._chances(texts, words, rules)
        least = _least(rules)
        by_rule = (rules[:, RULES.index("relevant")] > 0).tolist()
        return [
            _settled(said, sign, by_rule=ruled)
            for said, sign, ruled in zip((chances >= least).tolist(), signs, by_rule, strict=True)
        ]

    def _chances(
        self, texts: Sequence[str], words: Sequence[tuple[str, ...]], rules: Floats
    ) -> Floats:
        if not words:
            return np.zeros((0, len(HEADS)))
        weight = self._plight.__getitem__
        plights = [sum(map(weight, plight.features_of(text))) for text in texts]
        features = np.column_stack([self._heads.margins(words), plights, rules])
        chances: Floats = 1 / (1 + np.exp(-self._second.logits(features)))
        return chances


def _rules(texts: Sequence[str], signs: Sequence[Signs]) -> Floats:
    rules = [rules_of(text, sign) for text, sign in zip(texts, signs, strict=True)]
    return np.array(rules, dtype=np.float64).reshape(len(texts), len(RULES))


def _least(rules: Floats) -> Floats:
    """Return the least chance that each post needs, shape (posts, heads)."""
    least: Floats = np.where(rules[:, _OWN_RULES] > 0, _AGREED, _ALONE)
    lacking = (rules[:, _HELP] > 0) & (rules[:, _PHRASE] == 0)
    least[lacking, HEADS.index("help")] = _LACKING
    return least


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
