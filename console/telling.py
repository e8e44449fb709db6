"""Telling the desk something once: at once through the outbox, or held for the morning digest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from console.notices import outbox
from console.wiring import Services
from core.clock import beijing
from core.vocabulary import ConcernLevel, NoticeKind, Role
from crawler.masking import mask_resident
from release import duty_store, roster, roster_store, store
from release.quiet import QuietHours
from release.records import Telling
from release.roster import Duty

TITLE_CHARACTERS = 60
"""The outbox cuts a longer title."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be told, before anybody was."""

    name: str
    """Unique; see ``Telling``."""
    about: str
    level: ConcernLevel
    kind: NoticeKind
    title: str
    text: str
    alert: int | None = None
    lead: int | None = None


def clock(moment: datetime) -> str:
    """Return *moment* in Beijing time, such as 6月17日 20:00."""
    local = beijing(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def quiet_hours(services: Services) -> QuietHours:
    """Return the quiet hours of the settings."""
    notice = services.settings.notice
    return QuietHours(notice.quiet_from, notice.quiet_until)


def tell(session: Session, notice: Notice, now: datetime) -> bool:
    """Tell *notice* now; return False when its name was told or held before."""
    if not duty_store.add_telling(session, record(notice, now, told_at=now)):
        return False
    outbox.queue(
        session,
        key=notice.name,
        level=notice.level,
        title=notice.title,
        text=notice.text,
        kind=notice.kind,
        at=now,
    )
    return True


def hold(session: Session, notice: Notice, now: datetime) -> bool:
    """Keep *notice* for the morning; return False when its name was told or held before."""
    return duty_store.add_telling(session, record(notice, now, told_at=None))


def record(
    notice: Notice, now: datetime, *, told_at: datetime | None, told_in: str | None = None
) -> Telling:
    """Return what is kept of *notice*: held while *told_at* is None."""
    return Telling(
        name=notice.name,
        about=notice.about,
        level=notice.level,
        title=notice.title,
        text=notice.text,
        at=now,
        told_at=told_at,
        told_in=told_in,
        alert=notice.alert,
        lead=notice.lead,
    )


def short(words: str, most: int = 30) -> str:
    """Return what a matter is called in a notice: doors, names and numbers masked, cut short."""
    plain = mask_resident(" ".join(words.split()))
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def listed(lines: Sequence[str], most: int = 10) -> list[str]:
    """Return the first *most* of *lines* as a list, with the number of those left out."""
    told = [f"- {line}" for line in lines[:most]]
    return told if len(lines) <= most else [*told, f"- 另有 {len(lines) - most} 项"]


def duties(session: Session, roles: Iterable[Role], now: datetime) -> list[Duty]:
    """Return who answers for each of *roles* at *now*."""
    shifts = roster_store.shifts(session)
    return [roster.who(shifts, role, now) for role in roles]


def on_duty_line(session: Session, services: Services, roles: Iterable[Role], now: datetime) -> str:
    """Return who is to act, with the post's telephone, for the end of a notice."""
    names = {p.person_id: p.name for p in store.all_people(session)}
    phones = {c.name: c.phone for c in services.directory.contacts}
    return "；".join(
        described(duty, names=names, phones=phones) for duty in duties(session, roles, now)
    )


def described(duty: Duty, *, names: dict[str, str], phones: dict[str, str]) -> str:
    """Return one post with who holds it, such as 监测员 张一（值班电话 0000-5550110）."""
    people = "、".join(
        names.get(s.person_id, s.person_id)
        + (f"（{s.post} {phones[s.post]}）" if s.post in phones else "")
        for s in duty.shifts
    )
    if not people:
        return f"{duty.role.label} 值班表上无人"
    if duty.stands_in:
        return f"{duty.role.label} 无人在班，由{duty.shifts[0].role.label} {people} 代"
    return f"{duty.role.label} {people}"
