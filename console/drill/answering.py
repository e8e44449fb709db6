"""What the drill's people do before they speak: the incident, evidence, facts and verdicts."""

from collections.abc import Iterator
from datetime import datetime

from analysis import incidents
from analysis import store as heard
from analysis.records import Incident, IncidentMove
from console import acts
from console.drill import finding
from console.drill.due import DONE_BEFORE, Due, Office, SkippedError, quoted
from console.drill.scenario import minutes
from console.drill.script import EvidenceNote, FactNote, VerdictNote
from console.drill.staff import ANALYST, DUTY, MONITOR, verifier_of
from core.database import reading, transaction
from core.vocabulary import IncidentState
from release import facts, store, verifying

PROPOSED_AT = "00:20"
"""With the first warning: its relay belongs to the incident that may come of it."""

MOVES = (
    ("30:05", IncidentState.EASING, "应急响应降为四级"),
    ("33:00", IncidentState.AFTERMATH, "救灾阶段终报已发布"),
    ("36:00", IncidentState.ARCHIVED, "演练结束"),
)


def plan(office: Office) -> Iterator[Due]:
    """Yield the acts that find out and decide."""
    yield _due_proposal(office)
    yield _due_opening(office)
    for note in office.script.evidence:
        yield _due_evidence(office, note)
    for fact in office.script.facts:
        yield _due_fact(office, fact)
    for verdict in office.script.verdicts:
        yield _due_verdict(office, verdict)
        yield _due_approval(office, verdict)
    for at, state, reason in MOVES:
        yield _due_move(office, minutes(at), state, reason)


# The incident


def _due_proposal(office: Office) -> Due:
    def do(now: datetime) -> None:
        if _incident(office) is not None:
            raise SkippedError(DONE_BEFORE)
        opening = office.opening
        incident = Incident(opening.id, opening.name, opening.kind, IncidentState.PROPOSED, now)
        move = IncidentMove(opening.id, IncidentState.PROPOSED, now, MONITOR, "暴雨黄色预警")
        with transaction(office.services.engine) as session:
            heard.add_incident(session, incident)
            heard.add_incident_move(session, move)
            heard.attach_earlier(session, opening.id, now - incidents.LOOK_BACK)

    return Due(minutes(PROPOSED_AT), MONITOR, f"拟立事件{office.opening.name}", do)


def _due_opening(office: Office) -> Due:
    at = int((office.opening.opened_at - office.scenario.t0).total_seconds() // 60)

    def do(now: datetime) -> None:
        incident = _incident(office)
        if incident is None or incident.state is not IncidentState.PROPOSED:
            raise SkippedError(DONE_BEFORE if incident else "事件没有拟立")
        _dismiss_proposals(office, now)
        acts.move_incident(
            office.services,
            office.incident_id,
            IncidentState.HANDLING,
            by=office.opening.opened_by,
            reason="多处积水，居民集中反映",
            now=now,
        )

    return Due(at, office.opening.opened_by, f"立事件{office.opening.name}", do)


def _dismiss_proposals(office: Office, now: datetime) -> None:
    """File away what the system had proposed for the same rain."""
    with reading(office.services.engine) as session:
        waiting = [
            incident.incident_id
            for incident in heard.all_incidents(session)
            if incident.state is IncidentState.PROPOSED
            and incident.incident_id != office.incident_id
        ]
    for incident_id in waiting:
        acts.move_incident(
            office.services,
            incident_id,
            IncidentState.ARCHIVED,
            by=DUTY,
            reason=f"并入{office.opening.name}",
            now=now,
        )


def _due_move(office: Office, at: int, state: IncidentState, reason: str) -> Due:
    def do(now: datetime) -> None:
        with reading(office.services.engine) as session:
            moves = heard.incident_moves(session, office.incident_id)
        if state in {move.state for move in moves}:
            raise SkippedError(DONE_BEFORE)
        acts.move_incident(
            office.services, office.incident_id, state, by=DUTY, reason=reason, now=now
        )

    return Due(at, DUTY, f"事件转为“{state.label}”", do)


def _incident(office: Office) -> Incident | None:
    with reading(office.services.engine) as session:
        found = {i.incident_id: i for i in heard.all_incidents(session)}
    return found.get(office.incident_id)


# Evidence and facts


def _due_evidence(office: Office, note: EvidenceNote) -> Due:
    who = MONITOR if note.kind in facts.LEADS else verifier_of(note.unit)

    def do(now: datetime) -> None:
        with transaction(office.services.engine) as session:
            if office.evidence_ids(session, [note.id]):
                raise SkippedError(DONE_BEFORE)
            facts.record_evidence(
                session,
                incident_id=office.incident_id,
                kind=note.kind,
                summary=note.summary,
                unit=note.unit,
                observed_at=office.moment(note.observed),
                person=store.load_person(session, who),
                now=now,
                directory=office.services.directory,
            )

    return Due(note.at, who, f"登记证据（{note.kind.value}）：{note.summary}", do)


def _due_fact(office: Office, note: FactNote) -> Due:
    who = verifier_of(note.unit)

    def do(now: datetime) -> None:
        with transaction(office.services.engine) as session:
            if note.id in office.fact_ids(session):
                raise SkippedError(DONE_BEFORE)
            facts.record_fact(
                session,
                incident_id=office.incident_id,
                field=note.field,
                value=note.value,
                unit=note.measure,
                scope=note.scope,
                as_of=office.moment(note.as_of),
                confirmed_by=note.unit,
                evidence=office.evidence_ids(session, note.evidence),
                person=store.load_person(session, who),
                now=now,
                directory=office.services.directory,
            )

    return Due(note.at, who, f"确认事实：{note.scope}{note.field} {note.value}{note.measure}", do)


# Verdicts


def _due_verdict(office: Office, note: VerdictNote) -> Due:
    def do(now: datetime) -> None:
        with transaction(office.services.engine) as session:
            if office.judgements(session, note):
                raise SkippedError(DONE_BEFORE)
            judged = {j.claim for j in store.all_judgements(session)}
            claims = finding.claims_about(heard.all_claims(session), note.words, judged=judged)
            if not claims:
                raise SkippedError(f"系统里没有含{quoted(note.words.any_of)}的说法")
            for claim in claims:
                verifying.propose(
                    session,
                    claim=claim,
                    incident_id=office.incident_id,
                    verdict=note.verdict,
                    parts=note.parts,
                    evidence=office.evidence_ids(session, note.evidence),
                    measures=note.measures,
                    as_of=now,
                    changed_at=office.moment(note.changed) if note.changed else None,
                    summary=note.summary,
                    subject_units=note.about,
                    person=store.load_person(session, ANALYST),
                    now=now,
                    directory=office.services.directory,
                )

    return Due(note.propose, ANALYST, f"提出结论“{note.verdict.label}”：{note.summary}", do)


def _due_approval(office: Office, note: VerdictNote) -> Due:
    def do(now: datetime) -> None:
        with transaction(office.services.engine) as session:
            proposed = office.judgements(session, note)
            waiting = [j for j in proposed if j.approved_at is None]
            if not waiting:
                raise SkippedError(DONE_BEFORE if proposed else "没有待审定的结论")
            for judgement in waiting:
                person = store.load_person(session, DUTY)
                acts.approve_verdict(session, judgement.judgement_id, person, now)

    return Due(note.approve, DUTY, f"审定结论“{note.verdict.label}”", do)
