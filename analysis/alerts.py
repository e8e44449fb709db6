"""Alerts: what a person should look at now, once for each matter, with reasons in Chinese.

Automatic steps go up only; a level comes down when a person says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Protocol

from analysis.records import Alert, Surge
from analysis.series import WORRIED, claim_of, family_of, series_label
from core.clock import beijing
from core.vocabulary import AlertKind, ConcernLevel

Matter = tuple[AlertKind, str | int]
"""What an alert is about: its kind, with the key of the claim or else the topic."""

_FEELINGS = ("emotion", "share")


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


def rise_alert(
    surge: Surge, *, level_so_far: ConcernLevel | None, wording: str | None = None
) -> AlertDraft | None:
    """Return the alert that a rise deserves; None when it says nothing higher than before.

    *wording* is the claim as people put it, where the series is that of a claim.
    A rise is C1; a matter that is already C1 and still rises is C2. Counts alone never say more,
    and a rise of joy, surprise or calm says nothing at all.
    """
    family, claim = family_of(surge.series), claim_of(surge.series)
    if family == "emotion" and surge.series.removeprefix("emotion:") not in WORRIED:
        return None
    if claim is not None and wording is None:
        return None
    if level_so_far is not None and level_so_far >= ConcernLevel.C2:
        return None
    sustained = level_so_far is ConcernLevel.C1
    return AlertDraft(
        kind=_rise_kind(surge.series),
        level=ConcernLevel.C2 if sustained else ConcernLevel.C1,
        claim=claim,
        topic=wording if wording is not None else series_label(surge.series),
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
        _rises(surges, levels, wordings),
        (claim_alert(n, wording=wordings[n.claim]) for n in notices),
    ):
        before = levels.get(draft.matter)
        if before is None or draft.level > before:
            drafts.append(draft)
            _raise_to(levels, draft.matter, draft.level)
    return drafts


def _rises(
    surges: Iterable[Surge], levels: Mapping[Matter, ConcernLevel], wordings: Mapping[int, str]
) -> Iterable[AlertDraft]:
    """Yield the alert of each rise, asking *levels* anew each time, for ``decide`` changes it."""
    for surge in surges:
        claim = claim_of(surge.series)
        wording = None if claim is None else wordings.get(claim)
        first = rise_alert(surge, level_so_far=None, wording=wording)
        if first is None:
            continue
        so_far = levels.get(first.matter)
        draft = rise_alert(surge, level_so_far=so_far, wording=wording)
        if draft is not None:
            yield draft


def _rise_kind(series: str) -> AlertKind:
    feeling = family_of(series) in _FEELINGS and series != "share:questions"
    return AlertKind.SENTIMENT_RISE if feeling else AlertKind.VOLUME_RISE


def _raise_to(levels: dict[Matter, ConcernLevel], matter: Matter, level: ConcernLevel) -> None:
    levels[matter] = max(levels.get(matter, level), level)


def _rise_reasons(surge: Surge, *, sustained: bool) -> tuple[str, ...]:
    start, end = beijing(surge.start), beijing(surge.end)
    window = f"{start.month}月{start.day}日 {start:%H:%M}—{end:%H:%M}（北京时间）"
    reasons = [_compared(surge, window)]
    if surge.whole is None and surge.expected >= 1:
        reasons.append(f"约为平时的 {surge.observed / surge.expected:.1f} 倍")
    if sustained:
        reasons.append("上次提示之后仍明显高于平时，属持续上升")
    return tuple(reasons)


def _compared(surge: Surge, window: str) -> str:
    """Say what was seen against what is usual; of a share also how sure it is.

    The usual share is that of the last days at all hours, for few hours have posts enough.
    """
    if surge.whole is None:
        return f"{window}共 {surge.observed} 条，同一时段通常{_usual(surge.expected)}"
    share, usual = surge.observed / surge.whole, surge.expected / surge.whole
    feeling = series_label(surge.series).removesuffix("占比")
    return (
        f"{window}{feeling}占 {share:.0%}（±{surge.margin:.0%}，{surge.whole} 条中 "
        f"{surge.observed} 条），近日通常 {usual:.0%}"
    )


def _usual(expected: float) -> str:
    return f"约 {expected:.0f} 条" if expected >= 1 else "不足 1 条"
