"""Three ways to notice a claim, and the conflict of an official word with what people see. Pure.

Source of the paths and their limits: domain handbook, section 4. People ask (enquiry), something
fails (problem), a hazard is asserted (hazard). All of them only say "needs checking".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from analysis.families import Path
from core.vocabulary import AlertKind, ConcernLevel

SHORT = timedelta(minutes=30)
"""Window of the enquiry and hazard paths."""
LONG = timedelta(minutes=60)
"""Window of the problem path."""
KEPT = timedelta(hours=3)
"""How long sayings are kept; the conflict of official word and field looks back so far."""
CONFLICT_VOICES = 3
"""Voices from the field that an official denial must stand against to be flagged."""
DANGER_VOICES = 2
"""Voices that call to flee or hoard before a claim is urgent; one shout is not enough."""


class Limits(Protocol):
    """What this module needs of ``core.settings.NoticeSettings``."""

    @property
    def enquiry_voices(self) -> int:
        """Voices in 30 minutes, enquiry path."""
        ...

    @property
    def enquiry_share(self) -> float:
        """Least share of enquiry."""
        ...

    @property
    def hearsay_share(self) -> float:
        """Or of hearsay."""
        ...

    @property
    def enquiry_growth(self) -> float:
        """Times the 30 minutes before."""
        ...

    @property
    def problem_voices(self) -> int:
        """Voices in 60 minutes, problem path."""
        ...

    @property
    def hazard_voices(self) -> int:
        """Voices in 30 minutes, hazard path."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """What one post does for its claim; no text and nobody in it but a pseudonym to count."""

    at: datetime
    voice: str
    counts: bool
    """False for copies of an earlier text and for words of an official account."""
    asserts: bool = False
    """Says that it is so, or passes on that it is said to be so."""
    enquiry: bool = False
    hearsay: bool = False
    denial: bool = False
    support: bool = False
    danger: bool = False
    firsthand: bool = False
    official: bool = False


@dataclass(frozen=True, slots=True)
class Matters:
    """What is noticed: a claim's key, family and place."""

    claim: int
    path: Path | None
    """None for a claim known by its wording alone."""
    level: ConcernLevel
    """Least level that the family asks for."""
    name: str
    """Chinese name for people, such as 水库堤防溃决（青石水库）."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A claim that somebody should check now, and why."""

    claim: int
    kind: AlertKind
    level: ConcernLevel
    observed: float
    """Distinct voices in the window of the path."""
    expected: float
    """Voices at which the path fires."""
    reasons: tuple[str, ...]


def voices(said: Iterable[Said]) -> int:
    """Return the number of distinct voices; copies and official words do not count."""
    return len({s.voice for s in said if s.counts})


def within(said: Sequence[Said], now: datetime, window: timedelta) -> list[Said]:
    """Return what was said in the *window* that ends at *now*, its start excluded."""
    return [s for s in said if now - window < s.at <= now]


def share(said: Sequence[Said], sign: str) -> float:
    """Return the share 0..1 of counted sayings that carry *sign*, a field of ``Said``."""
    counted = [s for s in said if s.counts]
    return sum(bool(getattr(s, sign)) for s in counted) / len(counted) if counted else 0.0


def _minutes(said: Sequence[Said], now: datetime) -> int:
    first = min(s.at for s in said if s.counts)
    return max(1, round((now - first).total_seconds() / 60))


def _urgent(recent: Sequence[Said]) -> bool:
    return voices([s for s in recent if s.danger and not s.denial]) >= DANGER_VOICES


def _level(matter: Matters, least: ConcernLevel, recent: Sequence[Said]) -> ConcernLevel:
    """C4 when it could mislead people in flight or empty shops, else what path and family ask."""
    if _urgent(recent):
        return ConcernLevel.C4
    return max(least, matter.level, key=str)


def enquiry(matter: Matters, said: Sequence[Said], now: datetime, limits: Limits) -> Notice | None:
    """Notice that many ask whether it is so: enough voices, enough asking, and growing."""
    recent, before = within(said, now, SHORT), within(said, now - SHORT, SHORT)
    count = voices(recent)
    asking, heard = share(recent, "enquiry"), share(recent, "hearsay")
    enough = asking >= limits.enquiry_share or heard >= limits.hearsay_share
    volume, earlier = sum(s.counts for s in recent), sum(s.counts for s in before)
    if count < limits.enquiry_voices or not enough or volume < limits.enquiry_growth * earlier:
        return None
    if not any(s.enquiry or s.hearsay for s in recent if not s.denial):
        return None  # only rebuttals are left
    least = ConcernLevel.C3 if matter.path is Path.HAZARD else ConcernLevel.C2
    reasons = (
        f"求证：{_minutes(recent, now)}分钟内{count}个不同声音",
        f"求证占{asking:.0%}，转述传闻占{heard:.0%}",
    )
    return Notice(
        matter.claim,
        AlertKind.ENQUIRY,
        _level(matter, least, recent),
        count,
        limits.enquiry_voices,
        reasons,
    )


def problem(matter: Matters, said: Sequence[Said], now: datetime, limits: Limits) -> Notice | None:
    """Notice that many report the same failure at one facility or place."""
    if matter.path is not Path.PROBLEM:
        return None
    recent = [s for s in within(said, now, LONG) if s.asserts]
    count = voices(recent)
    if count < limits.problem_voices:
        return None
    reason = f"问题：{_minutes(recent, now)}分钟内{count}个不同声音反映{matter.name}"
    return Notice(
        matter.claim,
        AlertKind.PROBLEM,
        _level(matter, ConcernLevel.C2, recent),
        count,
        limits.problem_voices,
        (reason,),
    )


def hazard(matter: Matters, said: Sequence[Said], now: datetime, limits: Limits) -> Notice | None:
    """Notice that several assert a hazard, or pass it on."""
    if matter.path is not Path.HAZARD:
        return None
    recent = [s for s in within(said, now, SHORT) if s.asserts]
    count = voices(recent)
    if count < limits.hazard_voices:
        return None
    reason = f"险情说法：{_minutes(recent, now)}分钟内{count}个不同声音提到{matter.name}"
    return Notice(
        matter.claim,
        AlertKind.HAZARD,
        _level(matter, ConcernLevel.C3, recent),
        count,
        limits.hazard_voices,
        (reason,),
    )


def conflict(matter: Matters, said: Sequence[Said], now: datetime) -> Notice | None:
    """Notice that an official account denies what people report from where they are.

    For a problem every report counts; for a hazard only what people say they see themselves, or
    every rebuttal of a rumour would look like a conflict. It proves neither side wrong.
    """
    recent = within(said, now, KEPT)
    if matter.path not in {Path.PROBLEM, Path.HAZARD}:
        return None
    if not any(s.official and s.denial for s in recent):
        return None
    field = [
        s
        for s in recent
        if s.asserts
        and not s.denial
        and not s.hearsay
        and (matter.path is Path.PROBLEM or (s.firsthand and not s.enquiry and not s.danger))
    ]
    count = voices(field)
    if count < CONFLICT_VOICES:
        return None
    reasons = (
        "官方回应与现场反映不一致，待核证据",
        f"{count}个不同声音反映{matter.name}",
        "仅有否认不能定为不实",
    )
    return Notice(
        matter.claim,
        AlertKind.CONFLICT,
        max(ConcernLevel.C3, matter.level, key=str),
        count,
        CONFLICT_VOICES,
        reasons,
    )


def strongest(
    matter: Matters, said: Sequence[Said], now: datetime, limits: Limits
) -> Notice | None:
    """Return the notice of the highest level; at one level hazard before problem before enquiry."""
    found = [
        notice
        for path in (hazard, problem, enquiry)
        if (notice := path(matter, said, now, limits)) is not None
    ]
    return max(found, key=lambda n: str(n.level)) if found else None
