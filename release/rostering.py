"""Changing the roster and taking over a shift: who may, and what is kept of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.errors import RefusedError
from core.text import normalise
from crawler.masking import mask_resident
from release import people, roster, roster_store, store
from release.people import Act
from release.records import Handover, Person
from release.roster import Shift


def add(session: Session, wanted: Sequence[Shift], *, person: Person, now: datetime) -> list[Shift]:
    """Add all of *wanted*, or none; return those that were not in the roster already.

    Raises ``RefusedError`` with every reason at once.
    """
    reasons = people.role_blockers(person, people.roles_that_may(Act.KEEP_ROSTER))
    kept = roster_store.shifts(session)
    known = {_what(shift) for shift in kept}
    people_by_id = {p.person_id: p for p in store.all_people(session)}
    added: list[Shift] = []
    for shift in wanted:
        if _what(shift) in known:
            continue
        reasons += roster.blockers(shift, [*kept, *added])
        reasons += _holder_blockers(shift, people_by_id.get(shift.person_id))
        added.append(shift)
        known.add(_what(shift))
    if reasons:
        raise RefusedError(list(dict.fromkeys(reasons)))
    return [roster_store.add_shift(session, shift, by=person.person_id, at=now) for shift in added]


def _what(shift: Shift) -> tuple[object, ...]:
    return (shift.role, shift.person_id, shift.start, shift.end)


def _holder_blockers(shift: Shift, holder: Person | None) -> list[str]:
    if holder is None:
        return [f"没有账号 {shift.person_id}，先用 huiying user add 添加"]
    return people.role_blockers(holder, frozenset({shift.role}))


def remove(session: Session, key: int, *, person: Person, reason: str, now: datetime) -> Shift:
    """Take a shift out of the roster, with a reason that is kept; return it."""
    shift = roster_store.load_shift(session, key)
    reasons = people.role_blockers(person, people.roles_that_may(Act.KEEP_ROSTER))
    if not reason.strip():
        reasons.append("取消排班须写明原因")
    if reasons:
        raise RefusedError(reasons)
    said = mask_resident(normalise(reason))
    roster_store.remove_shift(session, key, by=person.person_id, at=now, reason=said)
    return shift


def take_over_blockers(
    shift: Shift, taken: Handover | None, person: Person, now: datetime
) -> list[str]:
    """Return every reason why *person* may not take over *shift* now."""
    reasons = people.role_blockers(person, frozenset({shift.role}))
    if person.person_id == shift.person_id:
        reasons.append("接班须由下一班的人确认，不能自己接自己的班")
    if taken is not None:
        when = roster.told(taken.accepted_at)
        reasons.append(f"{shift.shift_id} 已由 {taken.accepted_by} 于 {when} 接班")
    if now < shift.start:
        reasons.append(f"{shift.shift_id} 还没有开始：{roster.span(shift)}")
    return reasons


def take_over(
    session: Session, shift: Shift, note: str, *, person: Person, now: datetime
) -> Handover:
    """Keep that *person* took over *shift* with exactly this *note*, and return it."""
    taken = roster_store.handover_of(session, shift.key)
    if reasons := take_over_blockers(shift, taken, person, now):
        raise RefusedError(reasons)
    done = Handover(
        shift=shift.key,
        sha256=hashlib.sha256(note.encode()).hexdigest(),
        note=note,
        accepted_by=person.person_id,
        accepted_at=now,
    )
    roster_store.add_handover(session, done)
    return done
