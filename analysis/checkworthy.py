"""How much a post deserves a human check, with reasons. An order of work, never a verdict.

A linear model reads the words; a second one adds what replies say (Zhao, Resnick and Mei, WWW
2015: people who ask "is this true?" find rumours early). Both are trained on posts that were later
refuted on their platform: a high score means "talked of like those", not "false".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import exp, expm1, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.emptiness import says_nothing
from analysis.features import (
    REPLY_SIGNS,
    TEXT_SIGNS,
    Floats,
    Hashed,
    ReplyPool,
    ReplySnapshot,
    hash_texts,
    hash_words,
    sign_words,
    text_signs,
    weigh,
)
from analysis.models import artifacts
from analysis.names import masked_word
from analysis.readable import FEWEST_REPLIES, Contribution, Readable, disagree
from analysis.records import SegmentedPost

MODEL = "checkworthy"
MAX_REASONS = 4
# Below this nobody reads the reasons, and finding them costs more than the score.
REASONS_FROM = 0.3
_PUSHES = 0.05
"""Least contribution, in log odds, of what is named as a reason."""

# Less than half of the training posts' share of refuted ones (0.44), so never a claim of its own.
# Lower would cost on crawled sets, where what is left of a deleted picture post is often empty:
# 0.006 AUROC of weibo21 at 0.1, 0.010 at 0.05.
NOTHING = log(0.2 / 0.8)
"""Log odds of a text that says nothing."""
NOTHING_SAID = "除称呼、表情和链接外没有内容"
DISAGREE = "措辞模型与可读特征看法不一，先看原文"

_KEPT_WORDS = 100_000

_TEXT_PHRASES = {
    "hearsay": "转述口吻",
    "enquiry": "文中求证",
    "denial": "提到真假之争",
    "urgency": "催促用语",
    "strong_emotion": "情绪强烈",
    "hazard": "说到险情",
    "number_claims": "说到伤亡或数量",
}
_REPLY_PHRASES = {
    "enquiry": "回复中求证",
    "denial": "回复中否认",
    "doubt": "回复中存疑",
    "hearsay": "回复中转述",
    "question": "回复中发问",
    "hazard": "回复中说到险情",
    "strong_emotion": "回复中情绪强烈",
}
_DELAYS = {"enquiry": "求证", "denial": "否认", "doubt": "存疑"}


@dataclass(frozen=True, slots=True)
class CheckScore:
    """A place in the order of review, and why."""

    score: float
    """0..1."""
    reasons: tuple[str, ...]
    """In Chinese, the strongest first, at most four; never empty from a score of 0.5 on."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text says for its own score. Replies come on top and never change it."""

    words: tuple[str, ...] = field(repr=False)
    logit: float
    """Log odds of the text alone."""
    reasons: tuple[tuple[float, str], ...]
    """(push in log odds, reason) of the readable signs, those that push at all."""
    readable: float = 0.0
    """Log odds that the text's signs give the readable model."""
    says: bool = True
    """False for a text with nothing of its own."""


class CheckScorer:
    """Scores posts by the arrays of a trained model; plain numpy, no training library."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._model = {name: array.astype(np.float64) for name, array in arrays.items()}
        self._rarity = arrays["text_rarity"].astype(np.float32)
        self._weights = arrays["text_weights"].astype(np.float32)
        self._readable = Readable(arrays)
        self._margins: dict[str, float] = {}

    def score(
        self, posts: Sequence[SegmentedPost], pools: Sequence[ReplyPool | None]
    ) -> list[CheckScore]:
        """Return the scores of *posts*; ``pools[i]`` holds the replies to ``posts[i]``, if any."""
        snapshots = [pool.snapshot() if pool is not None and pool.size else None for pool in pools]
        return self.score_texts([p.text for p in posts], [p.words for p in posts], snapshots)

    def score_texts(
        self,
        texts: Sequence[str],
        words: Sequence[tuple[str, ...]],
        replies: Sequence[ReplySnapshot | None],
    ) -> list[CheckScore]:
        """Return the scores of segmented *texts*; ``replies[i]`` may be None."""
        return self.judge(self.read(texts, words), replies)

    def read(self, texts: Sequence[str], words: Sequence[tuple[str, ...]]) -> list[Wording]:
        """Return what segmented *texts* alone say, for ``judge``: once for each text is enough."""
        if not texts:
            return []
        found = [sign_words(text) for text in texts]
        hashed = hash_texts(tuple(words))
        signs = np.array([text_signs(t, f) for t, f in zip(texts, found, strict=True)])
        readable = self._readable.text_parts(signs)
        wording = self._wording(hashed)
        pushes = _pushes(np.column_stack([wording, signs]), self._model, "text")
        logits = (pushes.sum(axis=1) + self._model["text_intercept"][0]).tolist()
        return [
            Wording((), NOTHING, (), readable[row], says=False)
            if says_nothing(texts[row])
            else Wording(words[row], logit, tuple(_text_reasons(push, found[row])), readable[row])
            for row, (logit, push) in enumerate(zip(logits, pushes[:, 1:].tolist(), strict=True))
        ]

    def judge(
        self, wordings: Sequence[Wording], replies: Sequence[ReplySnapshot | None]
    ) -> list[CheckScore]:
        """Return the scores of read texts with their replies; ``replies[i]`` may be None."""
        scores, named = [], []
        for wording, snapshot in zip(wordings, replies, strict=True):
            logit, reply_reasons = self._with_replies(wording.logit, snapshot)
            score = 1 / (1 + exp(-logit))
            reasons = [*wording.reasons, *reply_reasons]
            scores.append(score)
            named.append(_strongest(reasons) if score >= REASONS_FROM else [])
        self._add_telling_words(scores, named, [wording.words for wording in wordings])
        for wording, snapshot, own in zip(wordings, replies, named, strict=True):
            _first(own, self._doubts(wording, snapshot))
        return [CheckScore(s, tuple(n)) for s, n in zip(scores, named, strict=True)]

    def contributions(self, text: str, replies: ReplySnapshot, most: int) -> list[Contribution]:
        """Return the signs that the readable model goes by for *text*, the strongest first."""
        return self._readable.contributions(text_signs(text, sign_words(text)), replies, most)

    def readable_logit(self, text: str, replies: ReplySnapshot) -> float:
        """Return the log odds of the readable model alone."""
        (text_part,) = self._readable.text_parts(np.array([text_signs(text, sign_words(text))]))
        return self._readable.logit(text_part, replies)

    def _doubts(self, wording: Wording, replies: ReplySnapshot | None) -> str | None:
        """Return what a reader must know before the reasons, or None."""
        if not wording.says:
            return NOTHING_SAID
        if replies is None or replies.size < FEWEST_REPLIES:
            return None
        signs = self._readable.logit(wording.readable, replies)
        return DISAGREE if disagree(wording.logit, signs) else None

    def _with_replies(
        self, logit: float, snapshot: ReplySnapshot | None
    ) -> tuple[float, list[tuple[float, str]]]:
        """Return the log odds with the replies' part, if any, and the reasons they give."""
        if snapshot is None or not snapshot.size:
            return logit, []
        row = np.array([[logit, reply_margin(self._model, snapshot), *snapshot.signs]])
        pushes = _pushes(row, self._model, "reply")[0]
        return float(pushes.sum() + self._model["reply_intercept"][0]), _reply_reasons(
            pushes, snapshot
        )

    def _add_telling_words(
        self, scores: Sequence[float], named: Sequence[list[str]], words: Sequence[Sequence[str]]
    ) -> None:
        """Name the words themselves where signs give fewer than two reasons."""
        bare = [r for r, score in enumerate(scores) if score >= REASONS_FROM and len(named[r]) < 2]
        if not bare:
            return
        self._learn({word for row in bare for word in words[row]})
        for row in bare:
            if not words[row]:
                continue
            if telling := self._telling_words(words[row]):
                quoted = "".join(f"“{word}”" for word in telling)
                named[row].append(f"用词近似以往需核实的说法：{quoted}")
            elif not named[row]:
                named[row].append("整体措辞近似以往需核实的说法")

    def _wording(self, hashed: Hashed) -> Floats:
        """Return the word model's margin of each text; rarer n-grams weigh more."""
        values, norms = weigh(hashed, self._rarity, once=True)
        sums = np.bincount(hashed.rows, values * self._weights[hashed.buckets], hashed.size)
        margins: Floats = sums / norms + self._model["text_bias"][0]
        return margins

    def _learn(self, words: set[str]) -> None:
        """Keep how far each word alone pushes the score up; names and signs push nothing."""
        if len(self._margins) > _KEPT_WORDS:
            self._margins.clear()
        # Not `words - keys()`, which walks all the keys that are kept.
        new = sorted(word for word in words if word not in self._margins)
        if new:
            margins = self._wording(hash_words(new)) - self._model["text_bias"][0]
            for word, margin in zip(new, margins.tolist(), strict=True):
                plain = len(word) > 1 and not word.isascii() and masked_word(word) == word
                self._margins[word] = margin if plain else 0.0

    def _telling_words(self, words: Sequence[str]) -> list[str]:
        """Return up to three words that push the score up most; they have been learnt."""
        margins = self._margins
        pushing = [word for word in dict.fromkeys(words) if margins[word] > 0]
        return sorted(pushing, key=lambda word: -margins[word])[:3]


def _first(reasons: list[str], doubt: str | None) -> None:
    if doubt is not None:
        reasons[:] = [doubt, *reasons][:MAX_REASONS]


def _strongest(reasons: list[tuple[float, str]]) -> list[str]:
    ranked = sorted((r for r in reasons if r[0] >= _PUSHES), key=lambda r: -r[0])
    return [reason for _, reason in ranked[:MAX_REASONS]]


def reply_margin(model: Mapping[str, Floats], snapshot: ReplySnapshot) -> float:
    """Return the margin of the pooled reply words; 0 means neither side."""
    values = (1 + np.log(snapshot.counts)) * model["reply_rarity"][snapshot.buckets]
    norm = float(np.sqrt(values @ values)) or 1.0
    return float(values @ model["reply_weights"][snapshot.buckets]) / norm + float(
        model["reply_bias"][0]
    )


def _pushes(features: Floats, model: Mapping[str, Floats], part: str) -> Floats:
    """Return what each standardised feature adds to the log odds, shape as *features*."""
    pushes: Floats = (features - model[f"{part}_mean"]) / model[f"{part}_scale"]
    return pushes * model[f"{part}_coefficients"]


def _text_reasons(
    pushes: Sequence[float], found: Mapping[str, Sequence[str]]
) -> list[tuple[float, str]]:
    push = dict(zip(TEXT_SIGNS, pushes, strict=True))
    reasons = [
        (push[sign], f"{phrase}：" + "".join(f"“{w}”" for w in found[sign][:3]))
        for sign, phrase in _TEXT_PHRASES.items()
        if sign in found and push[sign] >= _PUSHES
    ]
    if push["source"] >= _PUSHES:
        reasons.append((push["source"], "未写明消息来源"))
    if push["appeal"] > _PUSHES:
        reasons.append((push["appeal"], "号召转发扩散"))
    if push["warning"] > _PUSHES:
        reasons.append((push["warning"], "劝人提防"))
    return reasons


def _reply_reasons(pushes: Floats, snapshot: ReplySnapshot) -> list[tuple[float, str]]:
    """Return the readable pushes of replies; a share and its count speak as one reason."""
    push = dict(zip(("text", "words", *REPLY_SIGNS), pushes.tolist(), strict=True))
    value = dict(zip(REPLY_SIGNS, snapshot.signs, strict=True))
    counts = {"enquiry": "enquiries", "denial": "denials", "doubt": "doubts"}
    reasons = []
    for sign, phrase in _REPLY_PHRASES.items():
        share = value[sign]
        if share > 0:
            number = round(share * snapshot.size)
            together = push[sign] + push.get(counts.get(sign, ""), 0.0)
            reasons.append((together, f"{phrase}占{share:.0%}（{number}条）"))
    for sign, phrase in _DELAYS.items():
        if value[sign] > 0:
            minutes = round(expm1(value[f"{sign}_delay"]) / 60)
            together = push[f"{sign}_delay"] + push[f"{sign}_position"]
            reasons.append((together, f"发出后{max(1, minutes)}分钟内即有{phrase}的回复"))
    return reasons


@cache
def load_check_scorer() -> CheckScorer:
    """Return the scorer of the shipped model; raises ``HuiyingError`` when its file is damaged."""
    return CheckScorer(artifacts.load(MODEL))
