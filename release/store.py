"""Turns the records of answering into rows and back; the only module of the stage that does."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.database import Base
from core.errors import HuiyingError
from core.vocabulary import EvidenceKind, LeafType, Role, StatementKind, StatementState, Verdict
from release.records import (
    Approval,
    Checkpoint,
    Entry,
    Evidence,
    Fact,
    Judgement,
    Move,
    Owed,
    Part,
    Person,
    Publication,
    Sentence,
    ShelfReview,
    Statement,
    Version,
)
from release.tables import (
    ApprovalRow,
    CheckpointRow,
    EntryRow,
    EvidenceRow,
    FactRow,
    JudgementRow,
    MoveRow,
    OutboxRow,
    PersonRow,
    PublicationRow,
    ShelfReviewRow,
    StatementRow,
    VersionRow,
)


def next_id(session: Session, table: type[Base], prefix: str) -> str:
    """Return the next free id of *table*, such as ``S000012``; rows are never deleted."""
    count = session.scalar(select(func.count()).select_from(table)) or 0
    return f"{prefix}{count + 1:06d}"


# People


def save_person(session: Session, person: Person) -> None:
    """Add *person*, or replace what is kept of them."""
    session.merge(
        PersonRow(
            person_id=person.person_id,
            name=person.name,
            roles=sorted(person.roles),
            unit=person.unit,
            active=person.active,
        )
    )
    session.flush()


def load_person(session: Session, person_id: str) -> Person:
    """Return the person; raise ``HuiyingError`` when nobody has this id."""
    row = session.get(PersonRow, person_id)
    if row is None:
        raise HuiyingError(f"no person {person_id!r}")
    return _person(row)


def all_people(session: Session) -> list[Person]:
    """Return everyone by id."""
    return [_person(r) for r in session.scalars(select(PersonRow).order_by(PersonRow.person_id))]


def _person(row: PersonRow) -> Person:
    return Person(
        person_id=row.person_id,
        name=row.name,
        roles=frozenset(Role(r) for r in row.roles),
        unit=row.unit,
        active=row.active,
    )


# Evidence and facts


def add_evidence(session: Session, evidence: Evidence) -> None:
    """Add one piece of evidence."""
    session.add(
        EvidenceRow(
            evidence_id=evidence.evidence_id,
            incident_id=evidence.incident_id,
            kind=evidence.kind,
            summary=evidence.summary,
            unit=evidence.unit,
            observed_at=evidence.observed_at,
            recorded_by=evidence.recorded_by,
            recorded_at=evidence.recorded_at,
        )
    )
    session.flush()


def load_evidence(session: Session, evidence_ids: Sequence[str]) -> list[Evidence]:
    """Return the pieces in the order of *evidence_ids*; unknown ids are left out."""
    rows = session.scalars(select(EvidenceRow).where(EvidenceRow.evidence_id.in_(evidence_ids)))
    found = {row.evidence_id: _evidence(row) for row in rows}
    return [found[i] for i in evidence_ids if i in found]


def evidence_of(session: Session, incident_id: str) -> list[Evidence]:
    """Return an incident's evidence in the order it was recorded."""
    rows = select(EvidenceRow).where(EvidenceRow.incident_id == incident_id)
    return [_evidence(r) for r in session.scalars(rows.order_by(EvidenceRow.evidence_id))]


def _evidence(row: EvidenceRow) -> Evidence:
    return Evidence(
        evidence_id=row.evidence_id,
        incident_id=row.incident_id,
        kind=EvidenceKind(row.kind),
        summary=row.summary,
        unit=row.unit,
        observed_at=row.observed_at,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def add_fact(session: Session, fact: Fact) -> None:
    """Add one fact."""
    session.add(
        FactRow(
            fact_id=fact.fact_id,
            incident_id=fact.incident_id,
            field=fact.field,
            value=fact.value,
            unit=fact.unit,
            scope=fact.scope,
            as_of=fact.as_of,
            confirmed_by=fact.confirmed_by,
            evidence=list(fact.evidence),
            supersedes=fact.supersedes,
            recorded_by=fact.recorded_by,
            recorded_at=fact.recorded_at,
        )
    )
    session.flush()


def all_facts(session: Session, incident_id: str | None = None) -> list[Fact]:
    """Return every fact ever recorded, oldest first, superseded ones too."""
    rows = select(FactRow).order_by(FactRow.fact_id)
    if incident_id is not None:
        rows = rows.where(FactRow.incident_id == incident_id)
    return [_fact(row) for row in session.scalars(rows)]


def current_facts(session: Session, incident_id: str) -> list[Fact]:
    """Return the facts of an incident that no newer fact supersedes, oldest first."""
    facts = all_facts(session, incident_id)
    replaced = {fact.supersedes for fact in facts}
    return [fact for fact in facts if fact.fact_id not in replaced]


def _fact(row: FactRow) -> Fact:
    return Fact(
        fact_id=row.fact_id,
        incident_id=row.incident_id,
        field=row.field,
        value=row.value,
        unit=row.unit,
        scope=row.scope,
        as_of=row.as_of,
        confirmed_by=row.confirmed_by,
        evidence=tuple(row.evidence),
        supersedes=row.supersedes,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


# Verdicts


def add_judgement(session: Session, judgement: Judgement) -> None:
    """Add a proposed verdict."""
    session.add(
        JudgementRow(
            judgement_id=judgement.judgement_id,
            claim=judgement.claim,
            incident_id=judgement.incident_id,
            verdict=judgement.verdict,
            parts=[{"text": p.text, "verdict": p.verdict.value} for p in judgement.parts],
            evidence=list(judgement.evidence),
            subject_units=sorted(judgement.subject_units),
            measures=judgement.measures,
            as_of=judgement.as_of,
            changed_at=judgement.changed_at,
            summary=judgement.summary,
            proposed_by=judgement.proposed_by,
            proposed_at=judgement.proposed_at,
            approved_by=judgement.approved_by,
            approved_at=judgement.approved_at,
        )
    )
    session.flush()


def load_judgement(session: Session, judgement_id: str) -> Judgement:
    """Return the proposed or approved verdict; raise ``HuiyingError`` when it is unknown."""
    row = session.get(JudgementRow, judgement_id)
    if row is None:
        raise HuiyingError(f"no judgement {judgement_id!r}")
    return _judgement(row)


def approve_judgement(session: Session, judgement_id: str, person_id: str, at: datetime) -> None:
    """Fill in who approved the verdict, and when."""
    row = session.get_one(JudgementRow, judgement_id)
    row.approved_by, row.approved_at = person_id, at
    session.flush()


def all_judgements(session: Session, claim: int | None = None) -> list[Judgement]:
    """Return every verdict ever proposed, oldest first; of one claim if one is named."""
    rows = select(JudgementRow).order_by(JudgementRow.judgement_id)
    if claim is not None:
        rows = rows.where(JudgementRow.claim == claim)
    return [_judgement(row) for row in session.scalars(rows)]


def _judgement(row: JudgementRow) -> Judgement:
    return Judgement(
        judgement_id=row.judgement_id,
        claim=row.claim,
        incident_id=row.incident_id,
        verdict=Verdict(row.verdict),
        parts=tuple(Part(text=p["text"], verdict=Verdict(p["verdict"])) for p in row.parts),
        evidence=tuple(row.evidence),
        subject_units=frozenset(row.subject_units),
        measures=row.measures,
        as_of=row.as_of,
        changed_at=row.changed_at,
        summary=row.summary,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
    )


# Statements


def add_statement(session: Session, statement: Statement, first: Version) -> None:
    """Add a statement with its first version."""
    session.add(
        StatementRow(
            statement_id=statement.statement_id,
            incident_id=statement.incident_id,
            kind=statement.kind,
            state=statement.state,
            issuer=statement.issuer,
            claims=list(statement.claims),
            questions=list(statement.questions),
            supersedes=statement.supersedes,
            reason=statement.reason,
            submitted_at=None,
            approved_at=None,
        )
    )
    session.flush()
    add_version(session, first)


def add_version(session: Session, version: Version) -> None:
    """Add the next version of a statement."""
    session.add(
        VersionRow(
            statement_id=version.statement_id,
            version=version.version,
            title=version.title,
            sentences=[
                {"text": s.text, "facts": list(s.facts), "section": s.section}
                for s in version.sentences
            ],
            next_update_at=version.next_update_at,
            edited_by=version.edited_by,
            edited_at=version.edited_at,
            sha256=version.sha256,
        )
    )
    session.flush()


def load_statement(session: Session, statement_id: str) -> Statement:
    """Return the statement; raise ``HuiyingError`` when it is unknown."""
    row = session.get(StatementRow, statement_id)
    if row is None:
        raise HuiyingError(f"no statement {statement_id!r}")
    return _statement(session, row)


def all_statements(session: Session, incident_id: str | None = None) -> list[Statement]:
    """Return every statement by id, of one incident if one is named."""
    rows = select(StatementRow).order_by(StatementRow.statement_id)
    if incident_id is not None:
        rows = rows.where(StatementRow.incident_id == incident_id)
    return [_statement(session, row) for row in session.scalars(rows)]


def set_state(
    session: Session,
    statement_id: str,
    state: StatementState,
    *,
    submitted_at: datetime | None = None,
    approved_at: datetime | None = None,
) -> None:
    """Move a statement to *state*; a given moment is kept, one left out stays as it was."""
    row = session.get_one(StatementRow, statement_id)
    row.state = state
    row.submitted_at = submitted_at or row.submitted_at
    row.approved_at = approved_at or row.approved_at
    session.flush()


def _statement(session: Session, row: StatementRow) -> Statement:
    newest = session.scalar(
        select(func.max(VersionRow.version)).where(VersionRow.statement_id == row.statement_id)
    )
    publication = session.get(PublicationRow, row.statement_id)
    return Statement(
        statement_id=row.statement_id,
        incident_id=row.incident_id,
        kind=StatementKind(row.kind),
        state=StatementState(row.state),
        issuer=row.issuer,
        claims=tuple(row.claims),
        questions=tuple(row.questions),
        supersedes=row.supersedes,
        reason=row.reason,
        version=newest or 0,
        submitted_at=row.submitted_at,
        approved_at=row.approved_at,
        published_at=publication.published_at if publication else None,
        log_index=publication.log_index if publication else None,
    )


def versions_of(session: Session, statement_id: str) -> list[Version]:
    """Return a statement's versions, oldest first."""
    rows = select(VersionRow).where(VersionRow.statement_id == statement_id)
    return [_version(row) for row in session.scalars(rows.order_by(VersionRow.version))]


def load_version(session: Session, statement_id: str, version: int) -> Version:
    """Return one version; raise ``HuiyingError`` when it is unknown."""
    row = session.get(VersionRow, (statement_id, version))
    if row is None:
        raise HuiyingError(f"no version {version} of statement {statement_id!r}")
    return _version(row)


def _version(row: VersionRow) -> Version:
    return Version(
        statement_id=row.statement_id,
        version=row.version,
        title=row.title,
        sentences=tuple(_sentence(s) for s in row.sentences),
        next_update_at=row.next_update_at,
        edited_by=row.edited_by,
        edited_at=row.edited_at,
        sha256=row.sha256,
    )


def _sentence(kept: dict[str, object]) -> Sentence:
    facts = kept["facts"]
    if not isinstance(facts, list):
        raise TypeError(f"sentence facts: expected a list, got {type(facts).__name__}")
    return Sentence(text=str(kept["text"]), facts=tuple(facts), section=str(kept["section"]))


# Moves and approvals


def add_move(session: Session, move: Move) -> None:
    """Write down one step of a statement."""
    session.add(
        MoveRow(
            statement_id=move.statement_id,
            version=move.version,
            from_state=move.from_state,
            to_state=move.to_state,
            person_id=move.person_id,
            role=move.role,
            at=move.at,
            reason=move.reason,
            sha256=move.sha256,
        )
    )
    session.flush()


def moves_of(session: Session, statement_id: str) -> list[Move]:
    """Return a statement's steps, oldest first."""
    rows = select(MoveRow).where(MoveRow.statement_id == statement_id).order_by(MoveRow.key)
    return [
        Move(
            statement_id=row.statement_id,
            version=row.version,
            from_state=StatementState(row.from_state),
            to_state=StatementState(row.to_state),
            person_id=row.person_id,
            role=Role(row.role),
            at=row.at,
            reason=row.reason,
            sha256=row.sha256,
        )
        for row in session.scalars(rows)
    ]


def add_approval(session: Session, approval: Approval) -> None:
    """Add one approval; the database refuses a drafter, wrong bytes or an old version."""
    session.add(
        ApprovalRow(
            statement_id=approval.statement_id,
            version=approval.version,
            person_id=approval.person_id,
            sha256=approval.sha256,
            role=approval.role,
            at=approval.at,
        )
    )
    session.flush()


def approvals_of(session: Session, statement_id: str, version: int) -> list[Approval]:
    """Return the approvals of one version in the order they were given."""
    rows = select(ApprovalRow).where(
        ApprovalRow.statement_id == statement_id, ApprovalRow.version == version
    )
    return [
        Approval(
            statement_id=row.statement_id,
            version=row.version,
            sha256=row.sha256,
            person_id=row.person_id,
            role=Role(row.role),
            at=row.at,
        )
        for row in session.scalars(rows.order_by(ApprovalRow.at, ApprovalRow.person_id))
    ]


# Publication, log and outbox


def add_publication(session: Session, publication: Publication) -> None:
    """Add a publication; the database refuses it without two approvals of these bytes."""
    session.add(
        PublicationRow(
            statement_id=publication.statement_id,
            version=publication.version,
            sha256=publication.sha256,
            policy=publication.policy,
            log_index=publication.log_index,
            published_by=publication.published_by,
            published_at=publication.published_at,
        )
    )
    session.flush()


def add_entry(session: Session, entry: Entry, leaf_hash: str) -> None:
    """Append one entry to the log; *leaf_hash* is hex."""
    session.add(
        EntryRow(
            index=entry.index,
            type=entry.type,
            time=entry.time,
            body=entry.body,
            leaf_hash=leaf_hash,
        )
    )
    session.flush()


def all_entries(session: Session) -> list[Entry]:
    """Return the whole log in order."""
    return [
        Entry(index=row.index, type=LeafType(row.type), time=row.time, body=row.body)
        for row in session.scalars(select(EntryRow).order_by(EntryRow.index))
    ]


def leaf_hashes(session: Session) -> list[bytes]:
    """Return the leaf hashes as stored, in order."""
    return [
        bytes.fromhex(value)
        for value in session.scalars(select(EntryRow.leaf_hash).order_by(EntryRow.index))
    ]


def add_checkpoint(session: Session, checkpoint: Checkpoint) -> None:
    """Keep one signed head."""
    session.add(CheckpointRow(size=checkpoint.size, root=checkpoint.root, note=checkpoint.note))
    session.flush()


def last_checkpoint(session: Session) -> Checkpoint | None:
    """Return the newest signed head, or None before the first."""
    row = session.scalar(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1))
    return Checkpoint(size=row.size, root=row.root, note=row.note) if row else None


def add_owed(session: Session, owed: Owed) -> None:
    """Queue a delivery to an outlet."""
    session.add(
        OutboxRow(
            outlet=owed.outlet,
            log_index=owed.log_index,
            idempotency_key=owed.idempotency_key,
            queued_at=owed.queued_at,
            delivered_at=None,
            attempts=0,
            last_error="",
        )
    )
    session.flush()


def pending(session: Session) -> list[Owed]:
    """Return the deliveries still owed, oldest first."""
    rows = select(OutboxRow).where(OutboxRow.delivered_at.is_(None)).order_by(OutboxRow.key)
    return [
        Owed(
            outlet=row.outlet,
            log_index=row.log_index,
            idempotency_key=row.idempotency_key,
            queued_at=row.queued_at,
        )
        for row in session.scalars(rows)
    ]


def mark_delivery(
    session: Session, owed: Owed, *, delivered_at: datetime | None, error: str
) -> None:
    """Record one attempt: its moment when it arrived, else the *error* it met."""
    row = session.scalars(
        select(OutboxRow).where(
            OutboxRow.outlet == owed.outlet, OutboxRow.log_index == owed.log_index
        )
    ).one()
    row.attempts += 1
    row.delivered_at, row.last_error = delivered_at, error
    session.flush()


def count_moves(session: Session) -> int:
    """Return how many steps all statements have taken: it grows with every act."""
    return session.scalar(select(func.count()).select_from(MoveRow)) or 0


# Prepared answers


def add_shelf_review(session: Session, review: ShelfReview) -> None:
    """Keep a review of a prepared answer."""
    session.add(
        ShelfReviewRow(
            entry_id=review.entry_id,
            sha256=review.sha256,
            person_id=review.person_id,
            role=review.role.value,
            at=review.at,
        )
    )
    session.flush()


def shelf_reviews(session: Session) -> list[ShelfReview]:
    """Return every review of a prepared answer, oldest first."""
    rows = session.scalars(select(ShelfReviewRow).order_by(ShelfReviewRow.key))
    return [
        ShelfReview(row.entry_id, row.sha256, row.person_id, Role(row.role), row.at) for row in rows
    ]
