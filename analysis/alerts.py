"""Alerts: what a person should look at now, once for each matter, with reasons in Chinese.

Automatic steps go up only; a level comes down when a person says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from analysis.records import Alert, Surge
from core.clock import beijing
from core.lexicon import load_lexicon
from core.vocabulary import AlertKind, ConcernLevel, Emotion

Matter = tuple[AlertKind, str | int]
"""What an alert is about: its kind, with the key of the claim or else the topic."""

WORRIED = (Emotion.FEAR, Emotion.ANGRY, Emotion.SAD)

_PLAIN_SERIES = {"volume": "相关信息总量", "questions": "公众提问", "help": "求助信息"}


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert before it has a number, a moment and a state."""

    kind: AlertKind
    level: ConcernLevel
    claim: int | None
    """Key of the claim it is about, if one."""
    topic: str
    """What it is about, in Chinese."""
    observed: float
    expected: float
    reasons: tuple[str, ...]
    """Sentences in Chinese: what was seen, against what, over which window."""

    @property
    def matter(self) -> Matter:
        """What one alert is enough for."""
        return (self.kind, self.topic if self.claim is None else self.claim)


class ClaimNotice(Protocol):
    """What ``signals`` says when it notices a claim; any record with these fields will do."""

    @property
    def claim(self) -> int:
        """Key of the claim."""

    @property
    def kind(self) -> AlertKind:
        """Which of the ways to notice fired."""

    @property
    def level(self) -> ConcernLevel:
        """How high it asks to be raised."""

    @property
    def observed(self) -> float:
        """What was counted, mostly distinct voices."""

    @property
    def expected(self) -> float:
        """The count it takes to be noticed."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences in Chinese."""


def series_label(series: str) -> str:
    """Return the Chinese name of a series; raises ``ValueError`` for an unknown one.

    >>> series_label("emotion:fear")
    '恐惧情绪'
    """
    family, _, name = series.partition(":")
    if not name and family in _PLAIN_SERIES:
        return _PLAIN_SERIES[family]
    if family == "emotion" and name in set(Emotion):
        return f"{Emotion(name).label}情绪"
    concerns = load_lexicon().concern_names
    if family == "concern" and name in concerns:
        return f"关切：{concerns[name]}"
    raise ValueError(f"unknown series: {series}")


def rise_alert(surge: Surge, *, level_so_far: ConcernLevel | None) -> AlertDraft | None:
    """Return the alert that a rise deserves; None when it says nothing higher than before.

    A rise is C1; a matter that is already C1 and still rises is C2. Counts alone never say more,
    and a rise of joy, surprise or calm says nothing at all.
    """
    family, _, name = surge.series.partition(":")
    if family == "emotion" and name not in WORRIED:
        return None
    if level_so_far is not None and level_so_far >= ConcernLevel.C2:
        return None
    sustained = level_so_far is ConcernLevel.C1
    return AlertDraft(
        kind=AlertKind.SENTIMENT_RISE if family == "emotion" else AlertKind.VOLUME_RISE,
        level=ConcernLevel.C2 if sustained else ConcernLevel.C1,
        claim=None,
        topic=series_label(surge.series),
        observed=surge.observed,
        expected=surge.expected,
        reasons=_rise_reasons(surge, sustained=sustained),
    )


def claim_alert(notice: ClaimNotice, *, wording: str) -> AlertDraft:
    """Return the alert for a claim that was noticed; *wording* is the claim as people put it."""
    return AlertDraft(
        kind=notice.kind,
        level=notice.level,
        claim=notice.claim,
        topic=wording,
        observed=notice.observed,
        expected=notice.expected,
        reasons=notice.reasons,
    )


def matter_of(alert: Alert) -> Matter:
    """Return what a stored alert is about."""
    return (alert.kind, alert.topic if alert.claim is None else alert.claim)


def decide(
    surges: Iterable[Surge],
    notices: Iterable[ClaimNotice],
    *,
    wordings: Mapping[int, str],
    earlier: Sequence[Alert],
    now: datetime,
    quiet_hours: float,
) -> list[AlertDraft]:
    """Return the alerts to raise now, rises first, in the order given.

    A matter is raised when it is new, when it reaches a higher level than any alert about it in
    the last *quiet_hours*, or when there was none in that time. *wordings* gives the text of each
    noticed claim by its key; a missing one is a ``KeyError``, for it is our own mistake.
    """
    since = now - timedelta(hours=quiet_hours)
    levels: dict[Matter, ConcernLevel] = {}
    for alert in earlier:
        if alert.raised_at > since:
            _raise_to(levels, matter_of(alert), alert.level)
    drafts: list[AlertDraft] = []
    for draft in chain(
        _rises(surges, levels), (claim_alert(n, wording=wordings[n.claim]) for n in notices)
    ):
        before = levels.get(draft.matter)
        if before is None or draft.level > before:
            drafts.append(draft)
            _raise_to(levels, draft.matter, draft.level)
    return drafts


def _rises(surges: Iterable[Surge], levels: Mapping[Matter, ConcernLevel]) -> Iterable[AlertDraft]:
    """Yield the alert of each rise, asking *levels* anew each time, for ``decide`` changes it."""
    for surge in surges:
        first = rise_alert(surge, level_so_far=None)
        if first is None:
            continue
        draft = rise_alert(surge, level_so_far=levels.get(first.matter))
        if draft is not None:
            yield draft


def _raise_to(levels: dict[Matter, ConcernLevel], matter: Matter, level: ConcernLevel) -> None:
    levels[matter] = max(levels.get(matter, level), level)


def _rise_reasons(surge: Surge, *, sustained: bool) -> tuple[str, ...]:
    start, end = beijing(surge.start), beijing(surge.end)
    window = f"{start.month}月{start.day}日 {start:%H:%M}—{end:%H:%M}（北京时间）"
    reasons = [f"{window}共 {surge.observed} 条，同一时段通常{_usual(surge.expected)}"]
    if surge.expected >= 1:
        reasons.append(f"约为平时的 {surge.observed / surge.expected:.1f} 倍")
    if sustained:
        reasons.append("上次提示之后仍明显高于平时，属持续上升")
    return tuple(reasons)


def _usual(expected: float) -> str:
    return f"约 {expected:.0f} 条" if expected >= 1 else "不足 1 条"
