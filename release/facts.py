"""The ledger of facts: value, unit, scope, as-of, confirming unit, evidence (一数一源)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.directory import Directory
from core.errors import RefusedError
from core.vocabulary import EvidenceKind
from release import people, store
from release.people import Act
from release.records import Evidence, Fact, Person
from release.redlines import is_casualty, is_cumulative
from release.tables import EvidenceRow, FactRow
from release.wording import figures_of, number_of

WEAK = frozenset({EvidenceKind.E8, EvidenceKind.E9})
"""A single post and a spoken denial: neither carries a fact about people alone."""

LEADS = frozenset({EvidenceKind.E6, EvidenceKind.E7, EvidenceKind.E8, EvidenceKind.E9})
"""Kinds that a monitor or analyst may write down too."""


def record_evidence(
    session: Session,
    *,
    incident_id: str,
    kind: EvidenceKind,
    summary: str,
    unit: str,
    observed_at: datetime,
    person: Person,
    now: datetime,
    directory: Directory,
) -> Evidence:
    """Add one piece of evidence; raise ``RefusedError`` with every reason against it.

    *observed_at* is the moment the evidence speaks of. Tellings and media reports (E6 to E8)
    may come from outside the directory, everything else may not.
    """
    act = Act.RECORD_LEAD if kind in LEADS else Act.RECORD_EVIDENCE
    reasons = people.role_blockers(person, people.roles_that_may(act))
    if not summary.strip():
        reasons.append("证据必须写明内容摘要")
    if observed_at > now:
        reasons.append("证据时间不能晚于现在")
    outside = kind in LEADS and kind is not EvidenceKind.E9
    if directory.units and not outside and directory.unit(unit) is None:
        reasons.append(f"单位目录里没有“{unit}”")
    if reasons:
        raise RefusedError(reasons)
    evidence = Evidence(
        evidence_id=store.next_id(session, EvidenceRow, "E"),
        incident_id=incident_id,
        kind=kind,
        summary=summary.strip(),
        unit=unit,
        observed_at=observed_at,
        recorded_by=person.person_id,
        recorded_at=now,
    )
    store.add_evidence(session, evidence)
    return evidence


def record_fact(
    session: Session,
    *,
    incident_id: str,
    field: str,
    value: str,
    unit: str,
    scope: str,
    as_of: datetime,
    confirmed_by: str,
    evidence: Sequence[str],
    supersedes: str | None = None,
    reason: str = "",
    person: Person,
    now: datetime,
    directory: Directory,
) -> Fact:
    """Add one confirmed value; raise ``RefusedError`` with every reason against it.

    Without *supersedes* it replaces the newest earlier reading of the same field and scope, if
    there is one. *reason* explains a corrected value or a cumulative figure that fell.
    """
    current = store.current_facts(session, incident_id)
    fact = Fact(
        fact_id=store.next_id(session, FactRow, "F"),
        incident_id=incident_id,
        field=field.strip(),
        value=value.strip(),
        unit=unit.strip(),
        scope=scope.strip(),
        as_of=as_of,
        confirmed_by=confirmed_by,
        evidence=tuple(evidence),
        supersedes=supersedes or _earlier(field.strip(), scope.strip(), as_of, current),
        recorded_by=person.person_id,
        recorded_at=now,
    )
    pieces = store.load_evidence(session, fact.evidence)
    reasons = [
        *_confirming_reasons(fact, person, directory),
        *_content_reasons(fact, now),
        *_evidence_reasons(fact, pieces),
        *_ledger_reasons(fact, current, reason),
    ]
    if reasons:
        raise RefusedError(reasons)
    store.add_fact(session, fact)
    return fact


def by_name(facts: Sequence[Fact]) -> dict[str, Fact]:
    """Return *facts* by indicator and by scope with indicator (水位, 望澄水库水位).

    An indicator of several scopes goes by its scope only; of several readings the newest counts.
    """
    ordered = sorted(facts, key=lambda fact: fact.as_of)
    scopes: dict[str, set[str]] = {}
    for fact in ordered:
        scopes.setdefault(fact.field, set()).add(fact.scope)
    short = {fact.field: fact for fact in ordered if len(scopes[fact.field]) == 1}
    return short | {f"{fact.scope}{fact.field}": fact for fact in ordered}


def _earlier(field: str, scope: str, as_of: datetime, current: Sequence[Fact]) -> str | None:
    same = [f for f in current if (f.field, f.scope) == (field, scope) and f.as_of < as_of]
    return max(same, key=lambda f: f.as_of).fact_id if same else None


def _confirming_reasons(fact: Fact, person: Person, directory: Directory) -> list[str]:
    reasons = people.role_blockers(person, people.roles_that_may(Act.RECORD_FACT))
    if not directory.units:
        return reasons
    unit = directory.unit(fact.confirmed_by)
    if unit is None:
        reasons.append(f"单位目录里没有确认单位“{fact.confirmed_by}”")
    elif unit.may_state and not any(word in fact.field for word in unit.may_state):
        reasons.append(f"{unit.name}无权确认“{fact.field}”，可确认：{'、'.join(unit.may_state)}")
    if person.unit != fact.confirmed_by:
        reasons.append(f"核实员只能确认本单位的事实，确认单位是“{fact.confirmed_by}”")
    return reasons


def _content_reasons(fact: Fact, now: datetime) -> list[str]:
    reasons = []
    if not fact.field or not fact.value:
        reasons.append("事实必须写明指标和数值")
    if fact.unit and fact.value and not figures_of(fact):
        reasons.append(f"数值“{fact.value}”无法识别为数字")
    if fact.as_of > now:
        reasons.append("事实的截至时间不能晚于现在")
    return reasons


def _evidence_reasons(fact: Fact, pieces: Sequence[Evidence]) -> list[str]:
    if not fact.evidence:
        return ["事实必须附证据"]
    found = {piece.evidence_id for piece in pieces}
    reasons = [f"没有证据 {i}" for i in fact.evidence if i not in found]
    reasons += [
        f"证据 {p.evidence_id} 属于另一事件" for p in pieces if p.incident_id != fact.incident_id
    ]
    if pieces and is_casualty(fact.field) and all(piece.kind in WEAK for piece in pieces):
        reasons.append("人员伤亡情况不能只凭单一网帖或口头否认")
    return reasons


def _ledger_reasons(fact: Fact, current: Sequence[Fact], reason: str) -> list[str]:
    """Return what the current facts of the incident say against *fact*."""
    by_id = {f.fact_id: f for f in current}
    replaced = by_id.get(fact.supersedes or "")
    if fact.supersedes is not None and replaced is None:
        return [f"事实 {fact.supersedes} 不是本事件的当前事实，不能被替换"]
    same = [f for f in current if (f.field, f.scope) == (fact.field, fact.scope)]
    reasons = []
    if replaced is not None and replaced not in same:
        reasons.append(f"事实 {replaced.fact_id} 是另一指标或另一范围，不能被替换")
    reasons += [
        f"一数一源：{f.scope}{f.field}同一时刻已登记为{f.value}{f.unit}（{f.fact_id}）"
        for f in same
        if f.as_of == fact.as_of and f.value != fact.value and f is not replaced
    ]
    if replaced is not None and replaced.as_of == fact.as_of and not reason.strip():
        reasons.append("更正同一时刻的数值必须写明原因")
    if is_cumulative(fact.field) and not reason.strip():
        reasons += _falls(fact, same)
    return reasons


def _falls(fact: Fact, same: Sequence[Fact]) -> list[str]:
    """Return a reason for every reading that a cumulative *fact* contradicts."""
    value = number_of(fact.value)
    if value is None:
        return []
    reasons = []
    for other in same:
        before = number_of(other.value)
        if before is None or other.as_of == fact.as_of:
            continue
        earlier, later = (before, value) if other.as_of < fact.as_of else (value, before)
        if later < earlier:
            reasons.append(
                f"累计数不应下降：{fact.scope}{fact.field}由{earlier}变为{later}，须写明原因"
            )
    return reasons
