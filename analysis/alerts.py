"""Alerts: what a person should look at now, one for each matter, with reasons in Chinese.

A matter is one claim by whatever path, or the rises that come together. Automatic steps go up
only, and no level is told twice; a level comes down when a person says so (``alert_life``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from analysis import alert_quiet
from analysis.alert_life import Life
from analysis.alert_quiet import Quiet
from analysis.records import Surge
from analysis.series import WORRIED, claim_of, family_of, series_label
from core.clock import beijing
from core.vocabulary import AlertKind, ConcernLevel

TOGETHER = timedelta(hours=6)
"""Rises of different series within this time of each other are of one matter."""

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
    series: tuple[str, ...] = ()
    """The series that rise, the leading one first; none for a claim."""
    matter: int | None = None
    """Key of the matter it goes on with; None begins one."""
    told: bool = True
    """False when it only adds its reasons to the matter, which stands as high already."""


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


def rise_level(level_so_far: ConcernLevel | None, *, again: bool) -> ConcernLevel | None:
    """Return the level that a rise brings its matter to; None when it says nothing higher.

    A rise is C1; a matter that is already C1 and whose series rises on is C2. Counts alone never
    say more.
    """
    if level_so_far is None:
        return ConcernLevel.C2 if again else ConcernLevel.C1
    if level_so_far < ConcernLevel.C1:
        return ConcernLevel.C1
    return ConcernLevel.C2 if again and level_so_far < ConcernLevel.C2 else None


def decide(
    surges: Iterable[Surge],
    notices: Iterable[ClaimNotice],
    *,
    wordings: Mapping[int, str],
    earlier: Sequence[Life],
    now: datetime,
    quiet_hours: float,
    incident: str | None = None,
    quiets: Sequence[Quiet] = (),
    threshold: float = 1.0,
) -> list[AlertDraft]:
    """Return what to tell now, rises first, then claims in the order given; one draft a matter.

    A matter is told when it is new and when it reaches a higher level than it stands at; a conflict
    of an official word with the field is told once, whatever the level. What adds to a matter
    without raising it comes as a draft that is not ``told``. A matter without news for
    *quiet_hours* is over: what comes then begins a new one. *incident* is what the rises of now
    belong to, *threshold* the chance at which the detector calls an hour a rise, *quiets* what
    false marks ask more evidence of; claims were held to them when they were noticed. *wordings*
    gives the text of each noticed claim by its key; a missing one is a ``KeyError``, for it is our
    own mistake.
    """
    since = now - timedelta(hours=quiet_hours)
    open_lives = [life for life in earlier if life.last_news > since]
    heard = [s for s in surges if _is_worry(s) and _passes(s, quiets, threshold, now)]
    # The newest bin may not be over; nothing is said of the time after now.
    heard = [replace(s, end=max(s.start, min(s.end, now))) for s in heard]
    plain = [surge for surge in heard if claim_of(surge.series) is None]
    together = [life for life in open_lives if life.claim is None]
    drafts = _rises(plain, together, incident=incident, now=now) if plain else []
    known = {life.claim: life for life in open_lives if life.claim is not None}
    by_claim: dict[int, list[ClaimNotice]] = {}
    for notice in (*notices, *_rising_claims(heard, known, wordings)):
        by_claim.setdefault(notice.claim, []).append(notice)
    for claim, found in by_claim.items():
        drafts.append(_claim_draft(found, known.get(claim), wordings[claim]))
    return drafts


def _is_worry(surge: Surge) -> bool:
    """Tell whether a rise is one to look at: joy, surprise and calm are not."""
    return family_of(surge.series) != "emotion" or surge.series.removeprefix("emotion:") in WORRIED


def _passes(surge: Surge, quiets: Sequence[Quiet], threshold: float, now: datetime) -> bool:
    pattern = alert_quiet.rise_pattern(_kind_of(surge.series), surge.series, now)
    times = alert_quiet.factor(pattern, quiets, now)
    return times <= 1 or alert_quiet.rise_passes(surge.tail, threshold, times)


def _kind_of(series: str) -> AlertKind:
    feeling = family_of(series) in _FEELINGS and series != "share:questions"
    return AlertKind.SENTIMENT_RISE if feeling else AlertKind.VOLUME_RISE


@dataclass(frozen=True, slots=True)
class _RisingClaim:
    """A claim that more and more people tell: a ``ClaimNotice``."""

    claim: int
    level: ConcernLevel
    surge: Surge
    reasons: tuple[str, ...]

    @property
    def kind(self) -> AlertKind:
        """How it was noticed."""
        return AlertKind.VOLUME_RISE

    @property
    def observed(self) -> float:
        """Posts in the window."""
        return float(self.surge.observed)

    @property
    def expected(self) -> float:
        """Posts that are usual in it."""
        return self.surge.expected


def _rising_claims(
    surges: Sequence[Surge], known: Mapping[int, Life], wordings: Mapping[int, str]
) -> list[_RisingClaim]:
    """Return the claims that rise; one that was merged away has no wording and says nothing."""
    rising = []
    newest = {surge.series: surge for surge in surges}
    for series, surge in newest.items():
        claim = claim_of(series)
        if claim is None or claim not in wordings:
            continue
        life = known.get(claim)
        again = sum(s.series == series for s in surges) > 1
        again = again or (life is not None and AlertKind.VOLUME_RISE in life.kinds)
        level = rise_level(life.level if life else None, again=again)
        standing = life.level if life else ConcernLevel.C1
        rising.append(
            _RisingClaim(claim, level or standing, surge, _rise_reasons(surge, label="这一说法"))
        )
    return rising


def _rises(
    surges: Sequence[Surge], lives: Sequence[Life], *, incident: str | None, now: datetime
) -> list[AlertDraft]:
    """Return the one telling of all *surges*, or what each adds to a matter that stands already."""
    life = _matter_of(surges, lives, incident=incident, now=now)
    names = [s.series for s in surges]
    before = set(life.series) if life else set()
    again = bool(before & set(names)) or len(set(names)) < len(names)
    level = rise_level(life.level if life else None, again=again)
    newest = {s.series: s for s in surges}
    if level is not None:
        return [_rise_draft(list(newest.values()), life, level)]
    return [_joining(s, life) for s in newest.values() if life and s.series not in before]


def _matter_of(
    surges: Sequence[Surge], lives: Sequence[Life], *, incident: str | None, now: datetime
) -> Life | None:
    """Return the matter that these rises go on with: of the same series, or of the same hours."""
    names = {s.series for s in surges}
    newest_first = sorted(lives, key=lambda life: life.last_news, reverse=True)
    same = [life for life in newest_first if names & set(life.series)]
    near = [
        life
        for life in newest_first
        if life.last_news > now - TOGETHER
        and (incident is None or life.incident_id in {None, incident})
    ]
    return next(iter([*near, *same]), None)


def _rise_draft(surges: list[Surge], life: Life | None, level: ConcernLevel) -> AlertDraft:
    lead = max(surges, key=lambda s: (s.series == "volume", s.observed, s.series))
    others = [s for s in surges if s is not lead]
    sustained = level is ConcernLevel.C2
    reasons = [*_rise_reasons(lead, label="" if not others else series_label(lead.series))]
    reasons += [r for s in others for r in _rise_reasons(s, label=series_label(s.series))]
    if sustained:
        reasons.append("上次提示之后仍明显高于平时，属持续上升")
    if life is not None and (lowered := life.lowered) is not None:
        reasons.append(f"此前曾由 {lowered.by} 降为 {lowered.level}（{lowered.reason}）")
    kinds = {_kind_of(s.series) for s in surges}
    volume = AlertKind.VOLUME_RISE in kinds
    return AlertDraft(
        kind=AlertKind.VOLUME_RISE if volume else AlertKind.SENTIMENT_RISE,
        level=level,
        claim=None,
        topic=series_label(lead.series),
        observed=lead.observed,
        expected=lead.expected,
        reasons=tuple(reasons),
        series=(lead.series, *(s.series for s in others)),
        matter=life.matter if life else None,
    )


def _joining(surge: Surge, life: Life) -> AlertDraft:
    label = series_label(surge.series)
    return AlertDraft(
        kind=_kind_of(surge.series),
        level=life.level,
        claim=None,
        topic=label,
        observed=surge.observed,
        expected=surge.expected,
        reasons=_rise_reasons(surge, label=f"{label}也在上升"),
        series=(surge.series,),
        matter=life.matter,
        told=False,
    )


def _claim_draft(notices: Sequence[ClaimNotice], life: Life | None, wording: str) -> AlertDraft:
    """Return the draft of all that was noticed of one claim now; its conflict comes first."""
    clash = [n for n in notices if n.kind is AlertKind.CONFLICT]
    lead = (clash or sorted(notices, key=lambda n: str(n.level), reverse=True))[0]
    level = max((n.level for n in notices), key=str)
    new_clash = bool(clash) and (life is None or AlertKind.CONFLICT not in life.kinds)
    reasons = [r for n in (lead, *(n for n in notices if n is not lead)) for r in n.reasons]
    if life is not None and (lowered := life.lowered) is not None:
        reasons.append(f"此前曾由 {lowered.by} 降为 {lowered.level}（{lowered.reason}）")
    return AlertDraft(
        kind=lead.kind,
        level=level,
        claim=lead.claim,
        topic=wording,
        observed=lead.observed,
        expected=lead.expected,
        reasons=tuple(dict.fromkeys(reasons)),
        matter=life.matter if life else None,
        told=life is None or level > life.level or new_clash,
    )


def _rise_reasons(surge: Surge, *, label: str = "") -> tuple[str, ...]:
    start, end = beijing(surge.start), beijing(surge.end)
    window = f"{start.month}月{start.day}日 {start:%H:%M}—{end:%H:%M}（北京时间）"
    told = _compared(surge, window)
    reasons = [f"{label}：{told}" if label else told]
    if surge.whole is None and surge.expected >= 1:
        reasons.append(f"约为平时的 {surge.observed / surge.expected:.1f} 倍")
    return ("，".join(reasons),) if label else tuple(reasons)


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
