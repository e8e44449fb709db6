"""The tables of the console itself: what is told to the desk, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class NoticeRow(Base):
    """One message to the desk; never edited."""

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """The caller's; a second message with the same key is the first one."""
    kind: Mapped[str]
    level: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    queued_at: Mapped[datetime]
    planned_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it was cut into parts for each target that wants it."""


class DeliveryRow(Base):
    """One part of a message on its way to one target."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("notice", "target", "part"),
        Index("ix_deliveries_open", "state", "target"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    notice: Mapped[int] = mapped_column(ForeignKey("notices.id"))
    target: Mapped[str]
    part: Mapped[int]
    """From 1."""
    parts: Mapped[int]
    heading: Mapped[str]
    """What stands above the part: the title and, if there are several, its number."""
    start: Mapped[int]
    """Offset of the part in the message's text, in characters; ``end`` is behind its last."""
    end: Mapped[int]
    state: Mapped[str]
    tries: Mapped[int]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    """While this lies ahead a process is sending it; others leave it alone."""


class DeliveryAttemptRow(Base):
    """One attempt to send one part; kept from the moment it begins."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (Index("ix_delivery_attempts_target", "target", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), index=True)
    target: Mapped[str]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str]
    reason: Mapped[str]
    """In words, without any address or key."""
    wait_until: Mapped[datetime | None]
    """Until when nothing may be sent to this target, by its own word or after its failure."""
