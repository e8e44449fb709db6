"""Shifts and hand-overs as rows and back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import HuiyingError
from core.vocabulary import Role
from release.records import Handover
from release.roster import Shift
from release.tables import HandoverRow, ShiftRemovalRow, ShiftRow

_REMOVED = select(ShiftRemovalRow.shift)


def add_shift(session: Session, shift: Shift, *, by: str, at: datetime) -> Shift:
    """Keep a shift and return it with its key."""
    row = ShiftRow(
        role=shift.role.value,
        person_id=shift.person_id,
        start=shift.start,
        end=shift.end,
        post=shift.post,
        recorded_by=by,
        recorded_at=at,
    )
    session.add(row)
    session.flush()
    return _shift(row)


def remove_shift(session: Session, shift: int, *, by: str, at: datetime, reason: str) -> None:
    """Write down that a shift does not hold."""
    session.add(ShiftRemovalRow(shift=shift, by=by, at=at, reason=reason))
    session.flush()


def shifts(
    session: Session, *, start: datetime | None = None, end: datetime | None = None
) -> list[Shift]:
    """Return the shifts that hold and run between *start* and *end*, in order of time."""
    query = select(ShiftRow).where(ShiftRow.key.not_in(_REMOVED))
    if start is not None:
        query = query.where(ShiftRow.end > start)
    if end is not None:
        query = query.where(ShiftRow.start < end)
    rows = session.scalars(query.order_by(ShiftRow.start, ShiftRow.key))
    return [_shift(row) for row in rows]


def load_shift(session: Session, key: int) -> Shift:
    """Return a shift that holds; raise ``HuiyingError`` when there is none."""
    row = session.scalar(select(ShiftRow).where(ShiftRow.key == key, ShiftRow.key.not_in(_REMOVED)))
    if row is None:
        raise HuiyingError(f"值班表上没有 R{key:06d}")
    return _shift(row)


def _shift(row: ShiftRow) -> Shift:
    return Shift(row.key, Role(row.role), row.person_id, row.start, row.end, row.post)


def add_handover(session: Session, handover: Handover) -> None:
    """Keep a note as it was taken over."""
    session.add(
        HandoverRow(
            shift=handover.shift,
            sha256=handover.sha256,
            note=handover.note,
            accepted_by=handover.accepted_by,
            accepted_at=handover.accepted_at,
        )
    )
    session.flush()


def handover_of(session: Session, shift: int) -> Handover | None:
    """Return the note with which a shift was taken over, or None while nobody has."""
    row = session.scalar(select(HandoverRow).where(HandoverRow.shift == shift))
    if row is None:
        return None
    return Handover(row.shift, row.sha256, row.note, row.accepted_by, row.accepted_at)
