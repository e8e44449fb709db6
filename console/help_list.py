"""The queue of calls for help as the desk reads it: most pressing first, no contact, no door."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console import reading_list
from console.wiring import Services
from core.clock import iso_beijing, utc_now
from core.vocabulary import HelpUrgency, SealedPurpose
from crawler import sealed, sealed_contacts
from crawler import store as crawler_store
from crawler.masking import mask_resident
from release import help_clock, help_store
from release.help_clock import HelpFigures
from release.records import HelpLead

NO_PLACE = "地点不明"
_ORDER = (
    HelpUrgency.ESCALATED,
    HelpUrgency.LATE,
    HelpUrgency.WARNED,
    HelpUrgency.IN_TIME,
    HelpUrgency.WAITING,
    HelpUrgency.MET,
    HelpUrgency.OVER,
)


@dataclass(frozen=True, slots=True)
class Call:
    """A lead as it stands at one moment."""

    lead: HelpLead
    urgency: HelpUrgency
    minutes: int
    """Since the receipt; for one that is closed, until it was."""
    contacts: int
    """How many contacts are sealed; none is in any field here."""
    copies: int
    """Posts with this text."""
    channel: str

    @property
    def place(self) -> str:
        """Where, or that nobody has said it."""
        return self.lead.place or NO_PLACE

    @property
    def needs(self) -> str:
        """What is lacking, as a reader says it."""
        return "、".join(need.label for need in self.lead.needs)

    @property
    def note(self) -> str:
        """What was said last."""
        return next((move.note for move in reversed(self.lead.moves) if move.note), "")


def present(session: Session, services: Services) -> datetime:
    """Return now: the clock's moment, in a drill that of the newest post."""
    if services.settings.drill:
        return reading_list.latest_post(session) or utc_now()
    return utc_now()


def calls(session: Session, now: datetime, *, closed: bool = False) -> list[Call]:
    """Return the open calls, most pressing first; or those *closed*, the newest first."""
    leads = [x for x in help_store.all_leads(session) if x.state.closed is closed]
    found = _calls(session, leads, now)
    if closed:
        return sorted(found, key=lambda call: call.lead.moves[-1].at, reverse=True)
    return sorted(found, key=lambda c: (_ORDER.index(c.urgency), c.lead.received_at, c.lead.key))


def one(session: Session, key: int, now: datetime) -> tuple[Call, str]:
    """Return a call with its text, in which doors, names and numbers are masked."""
    lead = help_store.load_lead(session, key)
    (stored,) = crawler_store.posts_at(session, [lead.post])
    return _calls(session, [lead], now)[0], mask_resident(stored.post.text)


def history(session: Session, lead: HelpLead) -> list[str]:
    """Return who read the contacts of *lead*, when and why, and when they were destroyed."""
    purpose = SealedPurpose.HELP_CONTACT
    readings = {
        (r.at, f"{r.reader} 查看联系方式，事由：{r.reason.removeprefix(f'{lead.lead_id}：')}")
        for r in sealed.readings(session)
        if r.purpose is purpose and r.reason.startswith(f"{lead.lead_id}：")
    }
    gone = {
        (d.at, f"{d.by} 销毁 {d.count} 条联系方式，原因：{d.cause.label}（{d.reason}）")
        for d in sealed.destructions(session, purpose)
        if d.about == lead.lead_id
    }
    return [f"{iso_beijing(at)}\t{told}" for at, told in sorted(readings | gone)]


def figures(session: Session, now: datetime) -> HelpFigures:
    """Return the figures of all calls."""
    return help_clock.figures(help_store.all_leads(session), now)


def _calls(session: Session, leads: list[HelpLead], now: datetime) -> list[Call]:
    items = [lead.post for lead in leads]
    contacts = sealed_contacts.counts(session, items)
    copies = crawler_store.copies_of(session, items)
    channels = {p.key: p.post.channel for p in crawler_store.posts_at(session, items)}
    return [
        Call(
            lead=lead,
            urgency=help_clock.urgency(lead, now),
            minutes=_minutes(lead, now),
            contacts=contacts.get(lead.post, 0),
            copies=copies[lead.post].count,
            channel=channels[lead.post],
        )
        for lead in leads
    ]


def _minutes(lead: HelpLead, now: datetime) -> int:
    end = lead.moves[-1].at if lead.state.closed else now
    return max(0, (end - lead.received_at) // timedelta(minutes=1))
