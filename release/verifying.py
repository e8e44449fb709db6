"""Verdicts on claims: proposed by one, approved by another; a denial alone proves nothing."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.directory import Directory
from core.errors import RefusedError
from core.vocabulary import EvidenceKind, Verdict
from release import people, redlines, store
from release.people import Act
from release.records import Evidence, Judgement, Part, Person
from release.tables import JudgementRow

FALSE = redlines.FALSE
TRUE = frozenset({Verdict.VERIFIED_TRUE, Verdict.PARTLY_TRUE})
CHECKED = frozenset({*redlines.DISPROVES, EvidenceKind.E1})
SOUND = frozenset(EvidenceKind) - {EvidenceKind.E8, EvidenceKind.E9}
"""Kinds that count towards two independent pieces: no single post, no spoken denial."""


def propose(
    session: Session,
    *,
    claim: int,
    incident_id: str | None,
    verdict: Verdict,
    parts: Sequence[Part] = (),
    evidence: Sequence[str] = (),
    measures: str = "",
    as_of: datetime,
    changed_at: datetime | None = None,
    summary: str,
    subject_units: frozenset[str],
    person: Person,
    now: datetime,
    directory: Directory,
) -> Judgement:
    """Add a verdict that waits for approval; raise ``RefusedError`` with every reason against it.

    *subject_units* are the ids of the units that the claim is about: their word alone never
    makes it false, and a written word (E1) alone needs them said. They stay on the verdict, and
    a text that rests on it is measured by them. Earlier verdicts on the claim stay as they are.
    """
    judgement = Judgement(
        judgement_id=store.next_id(session, JudgementRow, "V"),
        claim=claim,
        incident_id=incident_id,
        verdict=verdict,
        parts=tuple(parts),
        evidence=tuple(evidence),
        subject_units=frozenset(unit.strip() for unit in subject_units) - {""},
        measures=measures.strip(),
        as_of=as_of,
        changed_at=changed_at,
        summary=summary.strip(),
        proposed_by=person.person_id,
        proposed_at=now,
        approved_by=None,
        approved_at=None,
    )
    pieces = store.load_evidence(session, judgement.evidence)
    reasons = people.role_blockers(person, people.roles_that_may(Act.PROPOSE_VERDICT))
    reasons += _source_reasons(judgement, pieces, now)
    reasons += _unit_reasons(judgement, directory)
    reasons += verdict_blockers(judgement, pieces, previous=current_judgement(session, claim))
    if reasons:
        raise RefusedError(reasons)
    store.add_judgement(session, judgement)
    return judgement


def approve(session: Session, judgement_id: str, person: Person, now: datetime) -> Judgement:
    """Approve a proposed verdict; raise ``RefusedError`` with every reason against it."""
    judgement = store.load_judgement(session, judgement_id)
    if reasons := approval_blockers(judgement, person):
        raise RefusedError(reasons)
    store.approve_judgement(session, judgement_id, person.person_id, now)
    return store.load_judgement(session, judgement_id)


def approval_blockers(judgement: Judgement, person: Person) -> list[str]:
    """Return why *person* may not approve *judgement*; empty means they may."""
    reasons = people.role_blockers(person, people.roles_that_may(Act.APPROVE_VERDICT))
    if judgement.approved_by is not None:
        reasons.append(f"结论 {judgement.judgement_id} 已经审定")
    if person.person_id == judgement.proposed_by:
        reasons.append("提出结论的人不能审定自己的结论")
    return reasons


def current_judgement(session: Session, claim: int) -> Judgement | None:
    """Return the newest approved verdict on *claim*, or None before the first."""
    approved = [j for j in store.all_judgements(session, claim) if j.approved_at is not None]
    return max(approved, key=lambda j: (j.approved_at, j.judgement_id), default=None)


def verdict_blockers(
    judgement: Judgement,
    evidence: Sequence[Evidence],
    *,
    previous: Judgement | None = None,
) -> list[str]:
    """Return why *judgement* does not follow from *evidence*; empty means it may be proposed.

    *previous* is the verdict in force: what was found to be no factual claim (非事实陈述) cannot
    be judged false, unless it was taken up again (核实中) in between.
    """
    reasons = [] if judgement.summary else ["结论必须写明理由"]
    verdicts = {judgement.verdict, *(part.verdict for part in judgement.parts)}
    if verdicts & FALSE:
        reasons += redlines.disproof_blockers(evidence, subject_units=judgement.subject_units)
        if previous is not None and previous.verdict is Verdict.NOT_A_CLAIM:
            reasons.append("非事实陈述（意见、愿望、提问）不能判为不实")
    if judgement.verdict in TRUE:
        reasons += _truth_reasons(judgement, evidence)
    if judgement.verdict is Verdict.PARTLY_TRUE:
        reasons += _part_reasons(judgement.parts)
    if judgement.verdict is Verdict.OUTDATED:
        reasons += _change_reasons(judgement, evidence)
    return reasons


def _source_reasons(judgement: Judgement, pieces: Sequence[Evidence], now: datetime) -> list[str]:
    found = {piece.evidence_id for piece in pieces}
    reasons = [f"没有证据 {i}" for i in judgement.evidence if i not in found]
    reasons += [
        f"证据 {p.evidence_id} 属于另一事件"
        for p in pieces
        if p.incident_id != judgement.incident_id
    ]
    reasons += [
        f"证据 {p.evidence_id} 的时间晚于结论的截至时间"
        for p in pieces
        if p.observed_at > judgement.as_of
    ]
    if judgement.as_of > now:
        reasons.append("结论的截至时间不能晚于现在")
    return reasons


def _unit_reasons(judgement: Judgement, directory: Directory) -> list[str]:
    # A misspelt id would let the unit's own denial pass as another unit's word.
    strange = sorted(judgement.subject_units - {unit.id for unit in directory.units})
    return [f"单位目录里没有涉事单位“{unit}”" for unit in strange if directory.units]


def _is_established(evidence: Sequence[Evidence]) -> bool:
    """Return whether a unit confirms in writing, or two sound pieces of different units agree."""
    kinds = {piece.kind for piece in evidence}
    units = {piece.unit for piece in evidence if piece.kind in SOUND}
    return EvidenceKind.E1 in kinds or len(units) >= 2


def _truth_reasons(judgement: Judgement, evidence: Sequence[Evidence]) -> list[str]:
    reasons = []
    if not judgement.measures:
        reasons.append(f"{judgement.verdict.label}的结论必须写明已采取的措施和责任单位")
    if not _is_established(evidence):
        reasons.append(f"{judgement.verdict.label}需要责任单位书面确认（E1）或两份相互独立的证据")
    return reasons


def _part_reasons(parts: Sequence[Part]) -> list[str]:
    if len(parts) >= 2 and all(part.text.strip() for part in parts):
        return []
    return ["部分属实必须分项写明（至少两项），哪一项属实、哪一项不属实"]


def _change_reasons(judgement: Judgement, evidence: Sequence[Evidence]) -> list[str]:
    reasons = []
    if judgement.changed_at is None:
        reasons.append("已过时必须写明情况何时变化")
    elif judgement.changed_at > judgement.as_of:
        reasons.append("情况变化的时间不能晚于结论的截至时间")
    if not {piece.kind for piece in evidence} & CHECKED:
        reasons.append("已过时需要书面确认、记录或影像一类的证据（E1—E5）")
    return reasons
