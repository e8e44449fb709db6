"""Calls for help on their way to rescuers: who may do what, and when their contacts are gone.

A call is received when analysis says so; a person of the help desk telephones, writes down who
took it on, and closes it with a result. The contact is read by that role alone, each reading is
kept, and what is closed, archived, expired or no call at all loses its contact at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from analysis import incidents
from analysis.gazetteer import Gazetteer
from analysis.needs import needs_of
from analysis.neighbourhood import place_of
from analysis.records import Incident
from core.errors import RefusedError
from core.text import normalise
from core.vocabulary import DestructionCause, HelpState, IncidentState
from crawler import sealed, sealed_contacts
from crawler import store as crawler_store
from crawler.masking import mask_resident
from crawler.records import Contact
from crawler.sealed import SYSTEM, Vault
from release import help_store, people
from release.people import Act
from release.records import HelpLead, HelpMove, Person

_S = HelpState
_PROPOSED = IncidentState.PROPOSED
_ENDS = frozenset({_S.DONE, _S.UNVERIFIABLE})
MOVES: Mapping[HelpState, frozenset[HelpState]] = MappingProxyType(
    {
        _S.RECEIVED: frozenset({_S.HANDED_OVER}) | _ENDS,
        # Who was called may pass it on, or not come: then somebody else is called.
        _S.HANDED_OVER: frozenset({_S.HANDED_OVER, _S.ACCEPTED}) | _ENDS,
        _S.ACCEPTED: frozenset({_S.HANDED_OVER, _S.ARRIVED}) | _ENDS,
        _S.ARRIVED: _ENDS,
        _S.DONE: frozenset(),
        _S.UNVERIFIABLE: frozenset(),
    }
)
"""From a state to the states the help desk may move it to."""

RETURNED = "转发或修改又带来，未保留"
"""Why a contact is destroyed that a copy or an edit brought to a call that is over."""

_NOTED: Mapping[HelpState, str] = MappingProxyType(
    {
        _S.HANDED_OVER: "电话转办须写明转给谁，如 119 或街道",
        _S.DONE: "办结须写明结果",
        _S.UNVERIFIABLE: "无法核实须写明怎样核实过",
    }
)
"""Moves that need a note, with what is asked for."""


def receive(
    session: Session, posts: Iterable[int], now: datetime, gazetteer: Gazetteer
) -> list[int]:
    """Open a lead for each item of *posts* that analysis calls a call for help and that has none.

    Returns the keys of the new leads, in order. Posts that are no calls are left out.
    """
    items = help_store.items_to_receive(session, posts)
    if not items:
        return []
    live = incidents.live_incidents(session, now)
    texts = {p.key: p.post.text for p in crawler_store.posts_at(session, list(items))}
    return [
        help_store.add_lead(
            session,
            HelpLead(
                key=0,
                post=item,
                incident_id=incident_of_lead(incident_id, live),
                place=place_of(texts[item], gazetteer),
                needs=needs_of(texts[item]),
                moves=(HelpMove(HelpState.RECEIVED, now, SYSTEM, ""),),
            ),
        )
        for item, incident_id in items.items()
    ]


def incident_of_lead(of_post: str | None, live: Sequence[Incident]) -> str | None:
    """Return the incident a lead belongs to, whose archive will destroy its contacts, or None.

    The one that its post was given to. Where that is a proposal, or none, the only incident that
    a person has opened: a proposal may be filed away, then nobody would archive it with its calls.
    Of several that are open this guesses none, nor takes one that is over.
    """
    opened = [i.incident_id for i in live if i.state is not _PROPOSED]
    if of_post not in opened and len(opened) == 1:
        return opened[0]
    return of_post if of_post in {i.incident_id for i in live} else None


def move_blockers(lead: HelpLead, to: HelpState, person: Person, note: str) -> list[str]:
    """Return every reason why *person* may not make this move; empty means they may."""
    reasons = people.role_blockers(person, people.roles_that_may(Act.HANDLE_HELP))
    if to not in MOVES[lead.state]:
        reasons.append(f"{lead.lead_id} 是“{lead.state.label}”，不能转为“{to.label}”")
    if to in _NOTED and not note.strip():
        reasons.append(_NOTED[to])
    return reasons


def move(
    session: Session, key: int, to: HelpState, *, person: Person, note: str, now: datetime
) -> HelpLead:
    """Move a lead on and return it; closing it destroys its contacts, with a record.

    Raises ``RefusedError`` with every reason at once. Names and numbers in *note* are masked.
    """
    lead = help_store.load_lead(session, key)
    if reasons := move_blockers(lead, to, person, note):
        raise RefusedError(reasons)
    said = mask_resident(normalise(note))
    help_store.add_move(session, key, HelpMove(to, now, person.person_id, said))
    if to.closed:
        sealed_contacts.destroy(
            session,
            [lead.post],
            DestructionCause.LEAD_CLOSED,
            by=person.person_id,
            at=now,
            about=lead.lead_id,
            reason=to.label,
        )
    return help_store.load_lead(session, key)


def contact_blockers(lead: HelpLead, person: Person, reason: str) -> list[str]:
    """Return every reason why *person* may not read the contact of *lead*."""
    reasons = people.role_blockers(person, people.roles_that_may(Act.HANDLE_HELP))
    if not reason.strip():
        reasons.append("查看联系方式须写明事由")
    if lead.state.closed:
        reasons.append(f"{lead.lead_id} 已是“{lead.state.label}”，联系方式已经销毁")
    return reasons


def read_contacts(
    session: Session, vault: Vault, key: int, *, person: Person, reason: str, now: datetime
) -> list[Contact]:
    """Return the contacts of a lead, and keep who read them, when and why, in this transaction.

    Empty when the call carried none, or they have expired. Raises ``RefusedError`` for whoever is
    not of the help desk.
    """
    lead = help_store.load_lead(session, key)
    if reasons := contact_blockers(lead, person, reason):
        raise RefusedError(reasons)
    return sealed_contacts.opened(
        session,
        vault,
        lead.post,
        reader=person.person_id,
        reason=f"{lead.lead_id}：{mask_resident(normalise(reason))}",
        at=now,
    )


def tidy(session: Session, now: datetime) -> int:
    """Destroy what has expired, what came back, and what is no call's; return how many."""
    if sealed.is_empty(session):
        return 0
    expired, returned = sealed.purge(session, now), forget_returned(session, now)
    items = help_store.items_without_call(session)
    return (
        expired
        + returned
        + sealed_contacts.destroy(
            session,
            items,
            DestructionCause.NO_CALL,
            by=SYSTEM,
            at=now,
            about="",
            reason=DestructionCause.NO_CALL.label,
        )
    )


def forget_returned(session: Session, now: datetime) -> int:
    """Destroy what a copy or an edit brought to calls that are over; return how many.

    Over is a call that is closed, or whose incident is archived.
    """
    gone = 0
    for lead in help_store.leads_over_with_contacts(session):
        cause, about = DestructionCause.INCIDENT_CLOSED, lead.incident_id or ""
        if lead.state.closed:
            cause, about = DestructionCause.LEAD_CLOSED, lead.lead_id
        gone += sealed_contacts.destroy(
            session, [lead.post], cause, by=SYSTEM, at=now, about=about, reason=RETURNED
        )
    return gone


def forget_incident(
    session: Session, incident_id: str, *, by: str, reason: str, now: datetime
) -> int:
    """Destroy the contacts of all leads of an incident that is over; return how many.

    The leads stay with this incident: what copies and edits bring to them later goes too.
    """
    leads = help_store.leads_of(session, incident_id)
    help_store.bind(session, [lead.key for lead in leads], incident_id)
    return sealed_contacts.destroy(
        session,
        [lead.post for lead in leads],
        DestructionCause.INCIDENT_CLOSED,
        by=by,
        at=now,
        about=incident_id,
        reason=mask_resident(normalise(reason)) or DestructionCause.INCIDENT_CLOSED.label,
    )
