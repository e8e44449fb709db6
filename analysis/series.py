"""The series that are watched: which a post counts in, what each is called, which are thin.

A thin series is one of hundreds (a place, a claim): it borrows the time of day of the whole and
shares one budget of false alarms with its kind.
"""

from collections.abc import Mapping
from types import MappingProxyType

from analysis.records import ScoredPost
from core.lexicon import load_lexicon
from core.vocabulary import Emotion

WHOLE = "volume"
THIN = ("claim", "place")
PARTS = (*THIN, "topic")
"""When the whole rises, its parts do; of these, few posts more are no news of their own."""
WORRIED = (Emotion.FEAR, Emotion.ANGRY, Emotion.SAD)
"""What a rise of is told; more joy, surprise or calm is nobody's business here."""

SHARES: Mapping[str, str] = MappingProxyType(
    {"share:questions": "questions"} | {f"share:{e.value}": f"emotion:{e.value}" for e in WORRIED}
)
"""Series that are shares of the whole, and the counts that they are shares by."""

_PLAIN = {WHOLE: "相关信息总量", "questions": "公众提问", "help": "求助信息"}


def series_of(scored: ScoredPost, claim: int | None) -> list[str]:
    """Return the names of the series in which a post counts; *claim* is what it was grouped in."""
    names = [WHOLE, f"emotion:{scored.emotion.value}"]
    if scored.is_question:
        names.append("questions")
    if scored.help:
        names.append("help")
    if scored.concern is not None:
        names.append(f"concern:{scored.concern}")
    names += [f"topic:{kind}" for kind in scored.signs.incident_types[:1]]
    if scored.place is not None and not scored.place_uncertain:
        names.append(f"place:{scored.place}")
    if claim is not None:
        names.append(f"claim:{claim}")
    return names


def family_of(series: str) -> str:
    """Return the kind of a series.

    >>> family_of("place:城东")
    'place'
    """
    return series.partition(":")[0]


def is_thin(series: str) -> bool:
    """Tell whether a series is one of hundreds."""
    return family_of(series) in THIN


def is_part(series: str) -> bool:
    """Tell whether a series is a part of the whole that takes more posts to be told of."""
    return family_of(series) in PARTS


def claim_of(series: str) -> int | None:
    """Return the key of the claim that a series counts, None for any other series."""
    family, _, name = series.partition(":")
    return int(name) if family == "claim" else None


def series_label(series: str) -> str:
    """Return the Chinese name of a series; raises ``ValueError`` for an unknown one.

    A claim is called by its wording, which its series does not know.

    >>> series_label("emotion:fear")
    '恐惧情绪'
    """
    family, _, name = series.partition(":")
    lexicon = load_lexicon()
    if not name and family in _PLAIN:
        return _PLAIN[family]
    if family == "emotion" and name in set(Emotion):
        return f"{Emotion(name).label}情绪"
    if series in SHARES:
        return f"{series_label(SHARES[series])}占比"
    if family == "concern" and name in lexicon.concern_names:
        return f"关切：{lexicon.concern_names[name]}"
    if family == "topic" and name in lexicon.incident_names:
        return f"事件：{lexicon.incident_names[name]}"
    if family == "place" and name:
        return f"地点：{name}"
    raise ValueError(f"unknown series: {series}")
