"""What was told to whom, and how it went: read from the outbox, never from an address."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.tables import DeliveryAttemptRow, DeliveryRow, NoticeRow
from core.vocabulary import (
    ConcernLevel,
    DeliveryOutcome,
    DeliveryState,
    NoticeKind,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One part of a message on its way to one target, and its last attempt."""

    key: str
    kind: NoticeKind
    level: ConcernLevel
    heading: str
    queued_at: datetime
    target: str
    part: int
    parts: int
    state: DeliveryState
    tries: int
    last_at: datetime | None
    outcome: DeliveryOutcome | None
    """Of the last attempt; None before the first."""
    reason: str
    next_at: datetime | None
    """When it is due again; None when nothing more is tried."""


@dataclass(frozen=True, slots=True)
class Lost:
    """How many parts were given up for one target, and why at last."""

    target: str
    parts: int
    why: str


def told(session: Session, *, limit: int, key: str | None = None) -> list[Told]:
    """Return parts, those of the newest message first; only of the message *key* when given."""
    last = (
        select(func.max(DeliveryAttemptRow.id))
        .where(DeliveryAttemptRow.delivery == DeliveryRow.id)
        .correlate(DeliveryRow)
        .scalar_subquery()
    )
    query = (
        select(DeliveryRow, NoticeRow, DeliveryAttemptRow)
        .join(NoticeRow, NoticeRow.id == DeliveryRow.notice)
        .outerjoin(DeliveryAttemptRow, DeliveryAttemptRow.id == last)
        .order_by(DeliveryRow.notice.desc(), DeliveryRow.target, DeliveryRow.part)
        .limit(limit)
    )
    if key is not None:
        query = query.where(NoticeRow.key == key)
    return [_told(*row) for row in session.execute(query)]


def _told(row: DeliveryRow, notice: NoticeRow, last: DeliveryAttemptRow | None) -> Told:
    waits = row.state == DeliveryState.WAITING.value
    asked = last.wait_until if last is not None else None
    return Told(
        key=notice.key,
        kind=NoticeKind(notice.kind),
        level=ConcernLevel(notice.level),
        heading=row.heading,
        queued_at=notice.queued_at,
        target=row.target,
        part=row.part,
        parts=row.parts,
        state=DeliveryState(row.state),
        tries=row.tries,
        last_at=last.at if last is not None else None,
        outcome=DeliveryOutcome(last.outcome) if last is not None else None,
        reason=last.reason if last is not None else "",
        next_at=max(row.due_at, asked or row.due_at) if waits else None,
    )


def lost_since(session: Session, since: datetime) -> list[Lost]:
    """Return what was given up since *since*, a target each, by name; tests do not count."""
    of_last = select(func.max(DeliveryAttemptRow.id)).group_by(DeliveryAttemptRow.delivery)
    query = (
        select(DeliveryAttemptRow.target, DeliveryAttemptRow.outcome, DeliveryAttemptRow.reason)
        .join(DeliveryRow, DeliveryRow.id == DeliveryAttemptRow.delivery)
        .join(NoticeRow, NoticeRow.id == DeliveryRow.notice)
        .where(
            DeliveryRow.state == DeliveryState.GIVEN_UP.value,
            NoticeRow.kind != NoticeKind.TEST.value,
            DeliveryAttemptRow.id.in_(of_last),
            DeliveryAttemptRow.ended_at > since,
        )
        .order_by(DeliveryAttemptRow.id)
    )
    counts: Counter[str] = Counter()
    whys: dict[str, str] = {}
    for target, outcome, reason in session.execute(query):
        counts[target] += 1
        whys[target] = f"{DeliveryOutcome(outcome).label}：{reason}"
    return [Lost(target, counts[target], whys[target]) for target in sorted(counts)]


def failing(session: Session, since: datetime) -> dict[str, str]:
    """Return the targets whose last attempt since *since* failed -> how, by name."""
    last = (
        select(func.max(DeliveryAttemptRow.id))
        .where(DeliveryAttemptRow.ended_at > since)
        .group_by(DeliveryAttemptRow.target)
    )
    fine = (DeliveryOutcome.SENT.value, DeliveryOutcome.EXPIRED.value)
    query = (
        select(DeliveryAttemptRow)
        .where(DeliveryAttemptRow.id.in_(last), DeliveryAttemptRow.outcome.not_in(fine))
        .order_by(DeliveryAttemptRow.target)
    )
    return {
        row.target: f"{DeliveryOutcome(row.outcome).label}：{row.reason}"
        for row in session.scalars(query)
    }


def waiting(session: Session) -> tuple[int, datetime | None]:
    """Return how many parts wait, and since when the oldest does; messages not yet cut count."""
    uncut = select(func.count(), func.min(NoticeRow.queued_at)).where(
        NoticeRow.planned_at.is_(None)
    )
    parts = (
        select(func.count(), func.min(NoticeRow.queued_at))
        .join(DeliveryRow, DeliveryRow.notice == NoticeRow.id)
        .where(DeliveryRow.state == DeliveryState.WAITING.value)
    )
    first, since = session.execute(uncut).one()
    second, after = session.execute(parts).one()
    moments: list[datetime | None] = [since, after]
    return first + second, min((at for at in moments if at is not None), default=None)
