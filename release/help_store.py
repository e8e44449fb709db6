"""Calls for help as rows and back."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from analysis.tables import IncidentMoveRow, ScoreRow
from core.errors import HuiyingError
from core.vocabulary import HelpNeed, HelpState, IncidentState
from crawler.tables import PostRow, SealedContactRow
from release.records import HelpLead, HelpMove
from release.tables import HelpLeadRow, HelpMoveRow

_CHUNK = 500
_ITEM = func.coalesce(PostRow.duplicate_of, PostRow.key)
_CLOSED = [state.value for state in HelpState if state.closed]
_LAST_STATE = (
    select(HelpMoveRow.state)
    .where(HelpMoveRow.lead == HelpLeadRow.key)
    .order_by(HelpMoveRow.key.desc())
    .limit(1)
    .scalar_subquery()
)
_OF_INCIDENT = select(IncidentMoveRow.state).where(
    IncidentMoveRow.incident_id == HelpLeadRow.incident_id
)
_ARCHIVED = IncidentState.ARCHIVED.value
_UNOPENED = [IncidentState.PROPOSED.value, _ARCHIVED]
# A proposal that was filed away was no incident of its own: its calls go on.
_INCIDENT_OVER = (
    _OF_INCIDENT.order_by(IncidentMoveRow.key.desc()).limit(1).scalar_subquery() == _ARCHIVED
) & _OF_INCIDENT.where(IncidentMoveRow.state.not_in(_UNOPENED)).exists()
# Built once: asked in each round.
_CALLS = (
    select(ScoreRow.post)
    .where(ScoreRow.post > bindparam("last"), ScoreRow.help)
    .order_by(ScoreRow.post)
)


def add_lead(session: Session, lead: HelpLead) -> int:
    """Add a new lead with its receipt and return its key; ``lead.key`` is not used."""
    row = HelpLeadRow(
        post=lead.post,
        incident_id=lead.incident_id,
        place=lead.place,
        needs=[need.value for need in lead.needs],
    )
    session.add(row)
    session.flush()
    for move in lead.moves:
        add_move(session, row.key, move)
    return row.key


def add_move(session: Session, lead: int, move: HelpMove) -> None:
    """Add one step."""
    session.execute(
        insert(HelpMoveRow),
        [
            {
                "lead": lead,
                "state": move.state.value,
                "at": move.at,
                "by": move.by,
                "note": move.note,
            }
        ],
    )


def load_lead(session: Session, key: int) -> HelpLead:
    """Return one lead; raise ``HuiyingError`` when there is none."""
    row = session.get(HelpLeadRow, key)
    if row is None:
        raise HuiyingError(f"没有求助线索 L{key:06d}")
    return _leads(session, [row])[0]


def all_leads(session: Session) -> list[HelpLead]:
    """Return every lead, in the order of receipt."""
    return _leads(session, session.scalars(select(HelpLeadRow).order_by(HelpLeadRow.key)).all())


def leads_since(session: Session, since: datetime) -> list[HelpLead]:
    """Return the leads received after *since*, in the order of receipt."""
    begun = select(HelpMoveRow.lead).where(
        HelpMoveRow.state == HelpState.RECEIVED.value, HelpMoveRow.at > since
    )
    query = select(HelpLeadRow).where(HelpLeadRow.key.in_(begun)).order_by(HelpLeadRow.key)
    return _leads(session, session.scalars(query).all())


def leads_of(session: Session, incident_id: str) -> list[HelpLead]:
    """Return the leads of an incident: received in it, or of a post that was given to it since."""
    of_post = (
        select(HelpLeadRow.key)
        .join(ScoreRow, ScoreRow.post == HelpLeadRow.post)
        .where(HelpLeadRow.incident_id.is_(None), ScoreRow.incident_id == incident_id)
    )
    query = select(HelpLeadRow).where(
        (HelpLeadRow.incident_id == incident_id) | HelpLeadRow.key.in_(of_post)
    )
    return _leads(session, session.scalars(query.order_by(HelpLeadRow.key)).all())


def leads_over_with_contacts(session: Session) -> list[HelpLead]:
    """Return the leads that keep contacts though closed, or though their incident is archived."""
    query = (
        select(HelpLeadRow)
        .where(HelpLeadRow.post.in_(select(SealedContactRow.item)))
        .where(_LAST_STATE.in_(_CLOSED) | _INCIDENT_OVER)
        .order_by(HelpLeadRow.key)
    )
    return _leads(session, session.scalars(query).all())


def bind(session: Session, leads: Sequence[int], incident_id: str) -> None:
    """Write down that *leads* belong to this incident."""
    for start in range(0, len(leads), _CHUNK):
        chunk = HelpLeadRow.key.in_(leads[start : start + _CHUNK])
        session.execute(update(HelpLeadRow).where(chunk).values(incident_id=incident_id))


def _leads(session: Session, rows: Sequence[HelpLeadRow]) -> list[HelpLead]:
    moves = _moves(session, [row.key for row in rows])
    return [
        HelpLead(
            key=row.key,
            post=row.post,
            incident_id=row.incident_id,
            place=row.place,
            needs=tuple(HelpNeed(need) for need in row.needs),
            moves=tuple(moves[row.key]),
        )
        for row in rows
    ]


def _moves(session: Session, leads: Sequence[int]) -> dict[int, list[HelpMove]]:
    found: dict[int, list[HelpMove]] = {key: [] for key in leads}
    for start in range(0, len(leads), _CHUNK):
        query = select(HelpMoveRow).where(HelpMoveRow.lead.in_(leads[start : start + _CHUNK]))
        for row in session.scalars(query.order_by(HelpMoveRow.key)):
            move = HelpMove(HelpState(row.state), row.at, row.by, row.note)
            found[row.lead].append(move)
    return found


def last_move(session: Session) -> int:
    """Return the key of the newest step of any lead, 0 before the first."""
    return session.scalar(select(func.max(HelpMoveRow.key))) or 0


def calls_after(session: Session, last: int) -> list[int]:
    """Return the keys of the posts above *last* that analysis calls for help, in order."""
    return list(session.connection().scalars(_CALLS, {"last": last}))


def items_to_receive(session: Session, posts: Iterable[int]) -> dict[int, str | None]:
    """Return the items of *posts* that have no lead yet, in order, with their incident.

    A post that is no call for help, or is not analysed yet, is left out.
    """
    wanted = list(posts)
    found: dict[int, str | None] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(_ITEM, ScoreRow.incident_id)
            .join(ScoreRow, ScoreRow.post == PostRow.key)
            .join(HelpLeadRow, HelpLeadRow.post == _ITEM, isouter=True)
            .where(PostRow.key.in_(wanted[start : start + _CHUNK]))
            .where(ScoreRow.help, HelpLeadRow.key.is_(None))
            .order_by(PostRow.key)
        )
        for item, incident_id in session.execute(query):
            found[int(item)] = found.get(int(item)) or incident_id
    return found


def items_without_call(session: Session) -> list[int]:
    """Return the items whose contacts are kept although nobody is to be called.

    Every post with a contact is analysed, and no lead is open: none was a call for help, or the
    lead is closed.
    """
    unread = select(SealedContactRow.item).where(
        SealedContactRow.post.not_in(select(ScoreRow.post))
    )
    open_leads = select(HelpLeadRow.post).where(_LAST_STATE.not_in(_CLOSED))
    query = (
        select(SealedContactRow.item)
        .distinct()
        .where(SealedContactRow.item.not_in(unread), SealedContactRow.item.not_in(open_leads))
        .order_by(SealedContactRow.item)
    )
    return list(session.scalars(query))
