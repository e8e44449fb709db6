"""Submission, approval and return of a statement: load, ask ``workflow``, act, write the move.

The page asks ``blockers`` for the same reasons to grey out a button.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.tables import IncidentMoveRow
from core.directory import Directory
from core.errors import RefusedError
from core.vocabulary import IncidentState, StatementState
from release import drafting, redlines, store, verifying, workflow
from release.records import Approval, Move, Person, Statement, Version
from release.redlines import DraftContext, Finding, PublishedText

log = structlog.get_logger()

IN_FORCE = frozenset({StatementState.PUBLISHED, StatementState.UPDATED})
"""Public texts that a new one is measured against; corrected and withdrawn ones are not."""

_FORWARD = {
    StatementState.OFFICE_REVIEW: StatementState.TO_SIGN,
    StatementState.TO_SIGN: StatementState.SIGNED,
}


def context(
    session: Session,
    statement_id: str,
    *,
    directory: Directory,
    now: datetime,
) -> DraftContext:
    """Return the newest version of a statement with everything it is measured against."""
    statement = store.load_statement(session, statement_id)
    version = store.load_version(session, statement_id, statement.version)
    others = [
        (other, store.load_version(session, other.statement_id, other.version))
        for other in store.all_statements(session, statement.incident_id)
        if other.log_index is not None and other.statement_id != statement_id
    ]
    judgements = [verifying.current_judgement(session, claim) for claim in statement.claims]
    facts = store.all_facts(session, statement.incident_id)
    judged = {i for j in judgements if j is not None for i in j.evidence}
    evidence = [
        *store.evidence_of(session, statement.incident_id),
        *store.load_evidence(session, sorted(judged)),
    ]
    return DraftContext(
        kind=statement.kind,
        title=version.title,
        sentences=version.sentences,
        next_update_at=version.next_update_at,
        issuer=statement.issuer,
        now=now,
        incident_open=_is_open(session, statement.incident_id),
        running_promise=_running_promise(others, now),
        facts={fact.fact_id: fact for fact in facts},
        evidence={piece.evidence_id: piece for piece in evidence},
        published=tuple(
            PublishedText(other.statement_id, text.title, text.sentences)
            for other, text in others
            if other.state in IN_FORCE and other.statement_id != statement.supersedes
        ),
        claims=statement.claims,
        judgements=tuple(j for j in judgements if j is not None),
        phones=frozenset(contact.phone for contact in directory.contacts),
    )


def findings(
    session: Session, statement_id: str, *, directory: Directory, now: datetime
) -> list[Finding]:
    """Return every red line that the newest version crosses, warnings too."""
    return redlines.check(context(session, statement_id, directory=directory, now=now))


def blockers(
    session: Session,
    statement_id: str,
    to_state: StatementState,
    person: Person,
    *,
    directory: Directory,
    now: datetime,
    reason: str = "",
) -> list[str]:
    """Return every reason why *person* may not move the statement now; empty means they may."""
    statement = store.load_statement(session, statement_id)
    versions = store.versions_of(session, statement_id)
    reasons = workflow.blockers(
        statement,
        to_state,
        person,
        editors=frozenset(version.edited_by for version in versions),
        approvals=store.approvals_of(session, statement_id, statement.version),
        findings=findings(session, statement_id, directory=directory, now=now),
        reason=reason,
    )
    if drafting.content_sha256(statement, versions[-1]) != versions[-1].sha256:
        reasons.append("稿件内容与登记的摘要不一致，请重新起草")
    return reasons + drafting.form_blockers(statement, versions[-1])


def submit(
    session: Session, statement_id: str, person: Person, now: datetime, *, directory: Directory
) -> Statement:
    """Submit a draft for review; raise ``RefusedError`` with every blocking red line and rule."""
    to_state = StatementState.OFFICE_REVIEW
    _refuse(session, statement_id, to_state, person, directory=directory, now=now)
    _write_move(session, statement_id, to_state, person, now)
    store.set_state(session, statement_id, to_state, submitted_at=now)
    log.info("statement_submitted", statement=statement_id)
    return store.load_statement(session, statement_id)


def approve(
    session: Session, statement_id: str, person: Person, now: datetime, *, directory: Directory
) -> Statement:
    """Say yes to the exact bytes of the newest version: a review first, then the signature.

    Raises ``RefusedError`` with every reason at once.
    """
    statement = store.load_statement(session, statement_id)
    to_state = _FORWARD.get(statement.state)
    if to_state is None:
        raise RefusedError([f"“{statement.state.label}”的稿件不在审核或签发环节"])
    _refuse(session, statement_id, to_state, person, directory=directory, now=now)
    move = _write_move(session, statement_id, to_state, person, now)
    approval = Approval(
        statement_id=statement_id,
        version=move.version,
        sha256=move.sha256,
        person_id=person.person_id,
        role=move.role,
        at=now,
    )
    store.add_approval(session, approval)
    signed_at = now if to_state is StatementState.SIGNED else None
    store.set_state(session, statement_id, to_state, approved_at=signed_at)
    log.info("statement_approved", statement=statement_id, state=to_state.value)
    return store.load_statement(session, statement_id)


def send_back(
    session: Session,
    statement_id: str,
    person: Person,
    now: datetime,
    *,
    reason: str,
    directory: Directory,
) -> Statement:
    """Return a statement to 草稿 with a reason; raise ``RefusedError`` with every reason.

    Bytes that somebody had approved must be edited before they are submitted again.
    """
    to_state = StatementState.DRAFT
    _refuse(session, statement_id, to_state, person, directory=directory, now=now, reason=reason)
    _write_move(session, statement_id, to_state, person, now, reason=reason)
    store.set_state(session, statement_id, to_state)
    log.info("statement_sent_back", statement=statement_id)
    return store.load_statement(session, statement_id)


def _refuse(
    session: Session,
    statement_id: str,
    to_state: StatementState,
    person: Person,
    *,
    directory: Directory,
    now: datetime,
    reason: str = "",
) -> None:
    reasons = blockers(
        session, statement_id, to_state, person, directory=directory, now=now, reason=reason
    )
    if reasons:
        log.info("statement_refused", statement=statement_id, reasons=len(reasons))
        raise RefusedError(reasons)


def _write_move(
    session: Session,
    statement_id: str,
    to_state: StatementState,
    person: Person,
    now: datetime,
    *,
    reason: str = "",
) -> Move:
    statement = store.load_statement(session, statement_id)
    found = workflow.step(statement.state, to_state)
    if found is None:
        raise ValueError(f"no move from {statement.state} to {to_state}")
    version = store.load_version(session, statement_id, statement.version)
    move = Move(
        statement_id=statement_id,
        version=version.version,
        from_state=statement.state,
        to_state=to_state,
        person_id=person.person_id,
        role=workflow.role_for(found, person),
        at=now,
        reason=reason.strip(),
        sha256=version.sha256,
    )
    store.add_move(session, move)
    return move


def _is_open(session: Session, incident_id: str) -> bool:
    """Return whether the incident still wants promises; one without any move counts as open."""
    state = session.scalar(
        select(IncidentMoveRow.state)
        .where(IncidentMoveRow.incident_id == incident_id)
        .order_by(IncidentMoveRow.key.desc())
        .limit(1)
    )
    return state not in {IncidentState.AFTERMATH.value, IncidentState.ARCHIVED.value}


def _running_promise(others: Sequence[tuple[Statement, Version]], now: datetime) -> datetime | None:
    due = [
        version.next_update_at
        for statement, version in others
        if version.next_update_at is not None and statement.state is not StatementState.WITHDRAWN
    ]
    return max((moment for moment in due if moment > now), default=None)
