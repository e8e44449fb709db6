"""An incident's life, from proposed or opened to archived, with who and when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy.orm import Session

from analysis import store
from analysis.records import Incident, IncidentMove
from core.clock import beijing
from core.errors import RefusedError
from core.lexicon import load_lexicon
from core.vocabulary import IncidentState, Role

SYSTEM = "system"
"""Who proposes an incident when no person has."""

MOVES: Mapping[IncidentState, frozenset[IncidentState]] = MappingProxyType(
    {
        IncidentState.PROPOSED: frozenset({IncidentState.HANDLING, IncidentState.ARCHIVED}),
        IncidentState.HANDLING: frozenset({IncidentState.EASING}),
        IncidentState.EASING: frozenset({IncidentState.AFTERMATH, IncidentState.HANDLING}),
        IncidentState.AFTERMATH: frozenset({IncidentState.ARCHIVED, IncidentState.HANDLING}),
        IncidentState.ARCHIVED: frozenset(),
    }
)
"""From a state to the states a duty leader may move it to."""

STALE_PROPOSAL = timedelta(days=3)

LOOK_BACK = timedelta(hours=24)
"""Posts this long before an incident was known still belong to it."""


def move_blockers(incident: Incident, to: IncidentState, roles: Collection[Role]) -> list[str]:
    """Return every reason, in Chinese, why this move may not be made; empty means it may."""
    reasons = []
    if to not in MOVES[incident.state]:
        reasons.append(f"事件不能从“{incident.state.label}”转为“{to.label}”")
    if Role.DUTY_LEADER not in roles:
        reasons.append("只有值班领导可以变更事件状态")
    return reasons


def propose(session: Session, *, name: str, kind: str, now: datetime, reason: str) -> Incident:
    """Propose an incident in the system's name; a duty leader opens or dismisses it."""
    incident = Incident(_next_id(session, now), name, kind, IncidentState.PROPOSED, now)
    _begin(session, incident, SYSTEM, reason)
    return incident


def open_incident(
    session: Session,
    *,
    name: str,
    kind: str,
    by: str,
    roles: Collection[Role],
    now: datetime,
    incident_id: str | None = None,
    reason: str = "",
) -> Incident:
    """Open an incident that nobody proposed; raise ``RefusedError`` with every reason against it.

    *kind* is an incident type of the taxonomy, or empty while unknown.
    """
    if reasons := _opening_blockers(session, name, kind, roles):
        raise RefusedError(reasons)
    new_id = incident_id or _next_id(session, now)
    incident = Incident(new_id, name, kind, IncidentState.HANDLING, now)
    _begin(session, incident, by, reason)
    store.attach_earlier(session, incident.incident_id, now - LOOK_BACK)
    return incident


def move(
    session: Session,
    incident_id: str,
    to: IncidentState,
    *,
    by: str,
    roles: Collection[Role],
    now: datetime,
    reason: str = "",
) -> None:
    """Move an incident on, or raise ``RefusedError`` with every reason at once."""
    incident = store.load_incident(session, incident_id)
    if reasons := move_blockers(incident, to, roles):
        raise RefusedError(reasons)
    store.add_incident_move(session, IncidentMove(incident_id, to, now, by, reason))
    if incident.state is IncidentState.PROPOSED and to is IncidentState.HANDLING:
        store.attach_earlier(session, incident_id, incident.opened_at - LOOK_BACK)


def live_incidents(session: Session, now: datetime) -> list[Incident]:
    """Return the incidents that are being handled at *now*, in the order of opening."""
    return [i for i in store.all_incidents(session) if _is_live(i, now)]


def speaks_of(live: Sequence[Incident], kinds: Collection[str]) -> Incident | None:
    """Return the live incident that words of *kinds* speak of, or None.

    The newest incident of such a kind; else the newest that a person has opened, for people
    speak of much around it. What the system merely proposed takes nothing but its own kind.
    """
    named = [i for i in live if i.kind in kinds]
    opened = [i for i in live if i.state is not IncidentState.PROPOSED]
    found = named or opened
    return found[-1] if found else None


def live_incident(session: Session, now: datetime) -> Incident | None:
    """Return the newest incident that is being handled at *now*, or None.

    A proposal that nobody took up goes stale; it stays on record and takes no more posts.
    """
    live = live_incidents(session, now)
    return live[-1] if live else None


def _is_live(incident: Incident, now: datetime) -> bool:
    if incident.state is IncidentState.PROPOSED:
        return incident.opened_at > now - STALE_PROPOSAL
    return incident.state is not IncidentState.ARCHIVED


def _opening_blockers(session: Session, name: str, kind: str, roles: Collection[Role]) -> list[str]:
    reasons = [] if Role.DUTY_LEADER in roles else ["只有值班领导可以立事件"]
    if not name.strip():
        reasons.append("事件须有名称")
    if kind and kind not in load_lexicon().incident_names:
        reasons.append(f"没有事件类别“{kind}”")
    if any(incident.name == name for incident in store.all_incidents(session)):
        reasons.append(f"已有名为“{name}”的事件，同一事件只用一个名称")
    return reasons


def _begin(session: Session, incident: Incident, by: str, reason: str) -> None:
    store.add_incident(session, incident)
    store.add_incident_move(
        session,
        IncidentMove(incident.incident_id, incident.state, incident.opened_at, by, reason),
    )


def _next_id(session: Session, now: datetime) -> str:
    count = len(store.all_incidents(session))
    return f"I{beijing(now):%Y%m%d}-{count + 1:02d}"
