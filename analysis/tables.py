"""The tables of understanding; foreign keys point back to gathering only."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import WITHOUT_ROWID, Base


class IncidentRow(Base):
    """An incident; its state is that of its last move."""

    __tablename__ = "incidents"
    __table_args__ = WITHOUT_ROWID

    incident_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    opened_at: Mapped[datetime]


class IncidentMoveRow(Base):
    """One step of an incident's life, never edited."""

    __tablename__ = "incident_moves"

    key: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("incidents.incident_id"), index=True)
    state: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str]


class ClaimRow(Base):
    """A claim that posts make or ask about."""

    __tablename__ = "claims"

    key: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.incident_id"))
    text: Mapped[str]
    matter: Mapped[str]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    noticed_at: Mapped[datetime | None]
    level: Mapped[str | None]
    conflicted: Mapped[bool]
    posts: Mapped[int]
    voices: Mapped[int]
    needs_check: Mapped[float]
    reasons: Mapped[list[str]] = mapped_column(JSON)
    enquiry_share: Mapped[float]
    hearsay_share: Mapped[float]
    denial_share: Mapped[float]
    support_share: Mapped[float]
    memory: Mapped[str]
    status: Mapped[str]


class ClaimEditRow(Base):
    """A person's decision that claims are one or two, never edited."""

    __tablename__ = "claim_edits"

    key: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    first: Mapped[int] = mapped_column(ForeignKey("claims.key"))
    second: Mapped[int] = mapped_column(ForeignKey("claims.key"))
    wordings: Mapped[list[str]] = mapped_column(JSON)
    by: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]


class CheckLabelRow(Base):
    """What an officer said of one post: worth a check, or not; never edited."""

    __tablename__ = "check_labels"

    key: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[int] = mapped_column(index=True)
    """Key of a post; the label outlives it."""
    worth: Mapped[bool]
    score: Mapped[float]
    """The post's needs-check when it was labelled."""
    by: Mapped[str]
    at: Mapped[datetime]


class QuestionRow(Base):
    """One thing that people ask."""

    __tablename__ = "questions"

    key: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.incident_id"))
    text: Mapped[str]
    first_asked: Mapped[datetime]
    last_asked: Mapped[datetime]
    posts: Mapped[int]
    voices: Mapped[int]
    concern: Mapped[str | None]
    asked: Mapped[list[str]] = mapped_column(JSON)
    places: Mapped[list[str]] = mapped_column(JSON)
    status: Mapped[str]


class ScoreRow(Base):
    """What one post says and asks; one row for each analysed post."""

    __tablename__ = "scores"
    __table_args__ = (
        CheckConstraint("needs_check >= 0 AND needs_check <= 1", name="needs_check_range"),
        Index("ix_scores_claim", "claim"),
        Index("ix_scores_question", "question"),
    )

    post: Mapped[int] = mapped_column(ForeignKey("posts.key"), primary_key=True)
    needs_check: Mapped[float]
    reasons: Mapped[list[str]] = mapped_column(JSON)
    emotion: Mapped[str]
    is_question: Mapped[bool]
    concern: Mapped[str | None]
    help: Mapped[bool]
    relevant: Mapped[bool]
    enquiry: Mapped[bool]
    hearsay: Mapped[bool]
    denial: Mapped[bool]
    place: Mapped[str | None]
    place_uncertain: Mapped[bool] = mapped_column(default=False, server_default=false())
    stance: Mapped[str | None]
    """What it does to the claim it speaks of, or to the post it answers."""
    claim: Mapped[int | None] = mapped_column(ForeignKey("claims.key"))
    question: Mapped[int | None] = mapped_column(ForeignKey("questions.key"))
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.incident_id"))


class AlertRow(Base):
    """One telling of something a person should look at, never edited."""

    __tablename__ = "alerts"

    key: Mapped[int] = mapped_column(primary_key=True)
    raised_at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[str]
    level: Mapped[str]
    incident_id: Mapped[str | None] = mapped_column(ForeignKey("incidents.incident_id"))
    claim: Mapped[int | None] = mapped_column(ForeignKey("claims.key"))
    topic: Mapped[str]
    observed: Mapped[float]
    expected: Mapped[float]
    reasons: Mapped[list[str]] = mapped_column(JSON)
    unseen: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=text("'[]'"))
    matter: Mapped[int] = mapped_column(server_default=text("0"), index=True)
    """Key of the matter's first telling."""
    series: Mapped[list[str]] = mapped_column(JSON, default=list, server_default=text("'[]'"))


class AlertMoveRow(Base):
    """One step in the life of an alerted matter, never edited; its state is that of the last."""

    __tablename__ = "alert_moves"
    __table_args__ = (Index("ix_alert_moves_at", "act", "at"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    matter: Mapped[int] = mapped_column(ForeignKey("alerts.key"), index=True)
    act: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    reason: Mapped[str]
    level: Mapped[str | None]
    to: Mapped[str | None]
    ground: Mapped[str | None]
    series: Mapped[list[str]] = mapped_column(JSON)


class AlertQuietRow(Base):
    """What a false mark made quieter, how much and until when, never edited.

    It stands while its move is the last false mark of the matter and was not undone.
    """

    __tablename__ = "alert_quiets"

    key: Mapped[int] = mapped_column(primary_key=True)
    move: Mapped[int] = mapped_column(ForeignKey("alert_moves.key"), index=True)
    kind: Mapped[str]
    about: Mapped[str]
    place: Mapped[str]
    hours: Mapped[str]
    factor: Mapped[float]
    until: Mapped[datetime] = mapped_column(index=True)


class AlertBudgetRow(Base):
    """One calibration of the rises to the promised budget of false alarms, never edited."""

    __tablename__ = "alert_budgets"

    key: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    promised: Mapped[float]
    """False alarms a week that were promised for the desk."""
    rate: Mapped[float]
    """False alarms a day and series that the detector is given for it."""
    weeks: Mapped[float]
    """Weeks of history it rests on."""
    foreseen: Mapped[float]
    """False alarms a week that this history would have seen at that rate."""


class TallyRow(Base):
    """How many relevant posts a series had in one ten-minute bin; charts and trends read this."""

    __tablename__ = "tallies"

    series: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]
