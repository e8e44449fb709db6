"""The tables of answering. Rules that must hold for raw SQL too stand in ``release.guards``."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import WITHOUT_ROWID, Base


class PersonRow(Base):
    """An officer who acts in the system."""

    __tablename__ = "people"
    __table_args__ = WITHOUT_ROWID

    person_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(JSON)
    unit: Mapped[str | None]
    active: Mapped[bool]


class EvidenceRow(Base):
    """Something checkable; never edited."""

    __tablename__ = "evidence"
    __table_args__ = WITHOUT_ROWID

    evidence_id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.incident_id"), index=True)
    kind: Mapped[str]
    summary: Mapped[str]
    unit: Mapped[str]
    observed_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    recorded_at: Mapped[datetime]


class FactRow(Base):
    """One value of one indicator; never edited, only superseded."""

    __tablename__ = "facts"
    __table_args__ = (UniqueConstraint("supersedes"), WITHOUT_ROWID)

    fact_id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.incident_id"), index=True)
    field: Mapped[str]
    value: Mapped[str]
    unit: Mapped[str]
    scope: Mapped[str]
    as_of: Mapped[datetime]
    confirmed_by: Mapped[str]
    evidence: Mapped[list[str]] = mapped_column(JSON)
    supersedes: Mapped[str | None] = mapped_column(ForeignKey("facts.fact_id"))
    recorded_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    recorded_at: Mapped[datetime]


class JudgementRow(Base):
    """A verdict on a claim; only its approval is ever filled in later."""

    __tablename__ = "judgements"
    __table_args__ = (
        CheckConstraint("approved_by <> proposed_by", name="approver_is_another"),
        WITHOUT_ROWID,
    )

    judgement_id: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[int] = mapped_column(ForeignKey("claims.key"), index=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.incident_id"))
    verdict: Mapped[str]
    parts: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    evidence: Mapped[list[str]] = mapped_column(JSON)
    subject_units: Mapped[list[str]] = mapped_column(JSON)
    measures: Mapped[str]
    as_of: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    summary: Mapped[str]
    proposed_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("people.person_id"))
    approved_at: Mapped[datetime | None]


class StatementRow(Base):
    """A public text on its way."""

    __tablename__ = "statements"
    __table_args__ = WITHOUT_ROWID

    statement_id: Mapped[str] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.incident_id"), index=True)
    kind: Mapped[str]
    state: Mapped[str]
    issuer: Mapped[str]
    claims: Mapped[list[int]] = mapped_column(JSON)
    questions: Mapped[list[int]] = mapped_column(JSON)
    supersedes: Mapped[str | None] = mapped_column(ForeignKey("statements.statement_id"))
    reason: Mapped[str]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]


class VersionRow(Base):
    """The text of a statement at one moment; never edited."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("statement_id", "version", "sha256"), WITHOUT_ROWID)

    statement_id: Mapped[str] = mapped_column(
        ForeignKey("statements.statement_id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    sentences: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    next_update_at: Mapped[datetime | None]
    edited_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    edited_at: Mapped[datetime]
    sha256: Mapped[str]


class MoveRow(Base):
    """One step of a statement: who, when, from, to, why, over which bytes. Never edited."""

    __tablename__ = "moves"

    key: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[str] = mapped_column(ForeignKey("statements.statement_id"), index=True)
    version: Mapped[int]
    from_state: Mapped[str]
    to_state: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    role: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]
    sha256: Mapped[str]


class ApprovalRow(Base):
    """A person's yes to exact bytes; never edited, voided by any newer version."""

    __tablename__ = "approvals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["statement_id", "version", "sha256"],
            ["versions.statement_id", "versions.version", "versions.sha256"],
        ),
        WITHOUT_ROWID,
    )

    statement_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"), primary_key=True)
    sha256: Mapped[str]
    role: Mapped[str]
    at: Mapped[datetime]


class PublicationRow(Base):
    """That a statement's approved bytes are public under a log index; never edited."""

    __tablename__ = "publications"
    __table_args__ = (
        ForeignKeyConstraint(
            ["statement_id", "version", "sha256"],
            ["versions.statement_id", "versions.version", "versions.sha256"],
        ),
        UniqueConstraint("log_index"),
        # The emergency policy of a later issue adds its name here and its rule in the guards.
        CheckConstraint("policy IN ('two_person')", name="known_policy"),
        WITHOUT_ROWID,
    )

    statement_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    sha256: Mapped[str]
    policy: Mapped[str]
    log_index: Mapped[int]
    published_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    published_at: Mapped[datetime]


class EntryRow(Base):
    """One leaf of the release log; append only."""

    __tablename__ = "log_entries"
    __table_args__ = (CheckConstraint('"index" >= 0', name="index_not_negative"),)

    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str]
    time: Mapped[datetime]
    body: Mapped[bytes]
    leaf_hash: Mapped[str] = mapped_column(unique=True)


class CheckpointRow(Base):
    """A signed head of the log; append only."""

    __tablename__ = "log_checkpoints"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    note: Mapped[str]


class ShelfReviewRow(Base):
    """A person's yes to the exact text of a prepared answer; never edited."""

    __tablename__ = "shelf_reviews"

    key: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(index=True)
    sha256: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    role: Mapped[str]
    at: Mapped[datetime]


class HelpLeadRow(Base):
    """A call for help; its state is that of its last move. No column leads to who called."""

    __tablename__ = "help_leads"

    key: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[int] = mapped_column(ForeignKey("posts.key"), unique=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.incident_id"))
    place: Mapped[str | None]
    needs: Mapped[list[str]] = mapped_column(JSON)


class HelpMoveRow(Base):
    """One step of a call for help, never edited."""

    __tablename__ = "help_moves"

    key: Mapped[int] = mapped_column(primary_key=True)
    lead: Mapped[int] = mapped_column(ForeignKey("help_leads.key"), index=True)
    state: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    note: Mapped[str]


class OutboxRow(Base):
    """A delivery that is owed to an outlet; at least once, with the entry's hash as its key."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("outlet", "log_index"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    outlet: Mapped[str]
    log_index: Mapped[int] = mapped_column(ForeignKey("log_entries.index"))
    idempotency_key: Mapped[str]
    queued_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    attempts: Mapped[int]
    last_error: Mapped[str]


class UpwardDraftRow(Base):
    """A draft of a report upward with the values it gave; never edited."""

    __tablename__ = "upward_drafts"

    key: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.incident_id"), index=True)
    number: Mapped[int]
    kind: Mapped[str]
    known_at: Mapped[datetime]
    at: Mapped[datetime]
    figures: Mapped[list[dict[str, str]]] = mapped_column(JSON)


class UpwardSentRow(Base):
    """That a person sent a draft upward, outside this system; never edited."""

    __tablename__ = "upward_sent"
    __table_args__ = (UniqueConstraint("draft"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    draft: Mapped[int] = mapped_column(ForeignKey("upward_drafts.key"))
    by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class ShiftRow(Base):
    """One person in one post for a while; never edited, only taken out by a removal."""

    __tablename__ = "shifts"

    key: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    start: Mapped[datetime]
    end: Mapped[datetime] = mapped_column(index=True)
    post: Mapped[str]
    recorded_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    recorded_at: Mapped[datetime]


class ShiftRemovalRow(Base):
    """That a shift does not hold, and why; never edited."""

    __tablename__ = "shift_removals"

    key: Mapped[int] = mapped_column(primary_key=True)
    shift: Mapped[int] = mapped_column(ForeignKey("shifts.key"), unique=True)
    by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    at: Mapped[datetime]
    reason: Mapped[str]


class HandoverRow(Base):
    """The note of a shift as the next officer took it over; never edited."""

    __tablename__ = "handovers"

    key: Mapped[int] = mapped_column(primary_key=True)
    shift: Mapped[int] = mapped_column(ForeignKey("shifts.key"), unique=True)
    sha256: Mapped[str]
    note: Mapped[str]
    accepted_by: Mapped[str] = mapped_column(ForeignKey("people.person_id"))
    accepted_at: Mapped[datetime]


class EscalationRow(Base):
    """A step up that was taken because nobody acknowledged; each once, never edited."""

    __tablename__ = "escalations"
    __table_args__ = (UniqueConstraint("about", "step"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str]
    step: Mapped[int]
    at: Mapped[datetime]


class TellingRow(Base):
    """What the desk was told, or is to be told in the morning; only the telling is filled in."""

    __tablename__ = "tellings"

    key: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(index=True)
    alert: Mapped[int | None] = mapped_column(ForeignKey("alerts.key"), index=True)
    lead: Mapped[int | None] = mapped_column(ForeignKey("help_leads.key"), index=True)
    level: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    told_in: Mapped[str | None]


class SilenceRow(Base):
    """A listed source that gave nothing from *since* on; only its end is filled in."""

    __tablename__ = "silences"

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    since: Mapped[datetime]
    dark: Mapped[bool]
    told_at: Mapped[datetime]
    back_at: Mapped[datetime | None]


class PulseRow(Base):
    """When the gathering process made its last round, so that a dead one is not taken for calm."""

    __tablename__ = "pulses"

    name: Mapped[str] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    last_at: Mapped[datetime]
    rounds: Mapped[int]
    stopped_at: Mapped[datetime | None]
