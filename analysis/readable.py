"""The needs-check model that a person can follow: 33 signs, each with its own curve, summed.

It reads no words: only what is counted in a post and in its replies. Each sign's push is a
piecewise straight line through ``KNOTS`` bends, so the whole is a table that can be read aloud.
It stands beside the word model, which is better; where the two differ widely, a person is told.
Source: Hastie and Tibshirani, Statistical Science 1 (1986), 297-310 (generalised additive models).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import REPLY_SIGNS, TEXT_SIGNS, Floats, ReplySnapshot

# Chosen for what they keep on a set that was never seen: format (【, links, mentions, emoticons)
# tells sets apart and is left out; of a share and its count, or a position and its delay, the one
# that adds more is kept.
TEXT = (
    "hearsay", "enquiry", "urgency", "hazard", "number_claims", "source", "appeal", "digits",
    "exclamations", "first_person", "warning",
)  # fmt: skip
"""Signs of the text, names of ``TEXT_SIGNS``."""
REPLIES = (
    "enquiry", "denial", "doubt", "hearsay", "support", "question", "strong_emotion", "source",
    "laughter", "anger", "forward", "short", "replies", "enquiries", "denials", "length", "age",
    "first_minutes", "enquiry_position", "denial_delay", "doubt_position", "distinct",
)  # fmt: skip
"""Signs of the replies, names of ``REPLY_SIGNS``."""
KNOTS = 3
"""Bends of each curve, at the quartiles of the training posts."""
FEWEST_REPLIES = 5
"""Replies from which the model is worth asking: a share of three replies says little."""
APART = 0.6
"""Difference of chances from which the two models are said to disagree."""

_LABELS = {
    "text.hearsay": "文中转述口吻",
    "text.enquiry": "文中求证",
    "text.urgency": "文中催促",
    "text.hazard": "文中说到险情",
    "text.number_claims": "文中说到伤亡或数量",
    "text.source": "文中写明来源",
    "text.appeal": "文中号召转发",
    "text.digits": "文中数字",
    "text.exclamations": "文中感叹号",
    "text.first_person": "文中第一人称",
    "text.warning": "文中劝人提防",
    "enquiry": "求证占回复",
    "denial": "否认占回复",
    "doubt": "存疑占回复",
    "hearsay": "转述占回复",
    "support": "附和占回复",
    "question": "发问占回复",
    "strong_emotion": "情绪强烈占回复",
    "source": "提到来源占回复",
    "laughter": "玩笑占回复",
    "anger": "愤怒占回复",
    "forward": "说要转发占回复",
    "short": "很短的占回复",
    "replies": "回复条数",
    "enquiries": "求证条数",
    "denials": "否认条数",
    "length": "回复平均字数",
    "age": "最晚的回复距发出",
    "first_minutes": "五分钟内的占回复",
    "enquiry_position": "首条求证的先后",
    "denial_delay": "首条否认距发出",
    "doubt_position": "首条存疑的先后",
    "distinct": "互不相同的占回复",
}
_NAMES = (*(f"text.{name}" for name in TEXT), *REPLIES)
_DURATIONS = frozenset({"age", "denial_delay"})
_COUNTS = frozenset({"replies", "enquiries", "denials", "length"})
_WEEK_S = 7 * 24 * 3600
_TEXT_PLACES = [TEXT_SIGNS.index(name) for name in TEXT]
_REPLY_PLACES = [REPLY_SIGNS.index(name) for name in REPLIES]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one sign adds to the readable model's log odds."""

    label: str
    """The sign, in Chinese."""
    value: str
    """How much of it there is, in Chinese: 35%, 12, 8 分钟."""
    push: float
    """Log odds; above 0 speaks for a check."""


def picked(text: Floats, replies: Floats) -> Floats:
    """Return the readable columns of rows of ``TEXT_SIGNS`` and of ``REPLY_SIGNS``."""
    columns: Floats = np.column_stack([text[:, _TEXT_PLACES], replies[:, _REPLY_PLACES]])
    return columns


def curves(values: Floats, knots: Floats) -> Floats:
    """Return each sign of *values* with what lies beyond each of its knots, by sign.

    Shape (rows, signs) and (signs, ``KNOTS``) -> (rows, signs, 1 + ``KNOTS``).
    """
    beyond = np.maximum(0.0, values[:, :, None] - knots[None])
    return np.concatenate([values[:, :, None], beyond], axis=2)


class Readable:
    """Scores posts by signs alone; the arrays are those of the needs-check model."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._knots: Floats = arrays["readable_knots"].astype(np.float64)
        shape = (len(_NAMES), 1 + KNOTS)
        mean, scale, coefficients = (
            arrays[f"readable_{name}"].astype(np.float64).reshape(shape)
            for name in ("mean", "scale", "coefficients")
        )
        self._mean, self._slopes = mean, coefficients / scale
        self._intercept = float(arrays["readable_intercept"][0])

    def text_parts(self, signs: Floats) -> list[float]:
        """Return what rows of ``TEXT_SIGNS`` add to the log odds, the intercept included."""
        pushes = self._pushes(signs[:, _TEXT_PLACES], slice(0, len(TEXT)))
        return [push + self._intercept for push in pushes.sum(axis=1).tolist()]

    def logit(self, text_part: float, replies: ReplySnapshot) -> float:
        """Return the log odds of a post whose text adds *text_part*, with its *replies*."""
        row = np.array([replies.signs])[:, _REPLY_PLACES]
        return text_part + float(self._pushes(row, slice(len(TEXT), None)).sum())

    def contributions(
        self, signs: Sequence[float], replies: ReplySnapshot, most: int
    ) -> list[Contribution]:
        """Return the signs that push most, either way, the strongest first, at most *most*."""
        values = picked(np.array([signs]), np.array([replies.signs]))
        pushes = self._pushes(values, slice(None))[0].tolist()
        order = sorted(range(len(pushes)), key=lambda place: -abs(pushes[place]))[:most]
        return [
            Contribution(_LABELS[_NAMES[p]], _told(_NAMES[p], float(values[0, p])), pushes[p])
            for p in order
        ]

    def _pushes(self, values: Floats, part: slice) -> Floats:
        bent = curves(values, self._knots[part])
        pushes: Floats = ((bent - self._mean[part]) * self._slopes[part]).sum(axis=2)
        return pushes


def disagree(words: float, signs: float) -> bool:
    """Tell whether the log odds of the *words* and of the *signs* are far apart as chances."""
    return abs(_chance(words) - _chance(signs)) >= APART


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, logit))))


def _told(name: str, value: float) -> str:
    if name.startswith("text.") or name in _COUNTS:
        return f"{expm1(value):.0f}"
    if name in _DURATIONS:
        seconds = expm1(value)
        if seconds >= _WEEK_S:
            return "尚无"
        return f"{seconds / 60:.0f} 分钟" if seconds < 7200 else f"{seconds / 3600:.0f} 小时"
    return f"{value:.0%}"
