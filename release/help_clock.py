"""How long a call for help may wait (domain handbook, 5.3 and 5.4). Pure.

Two minutes after it was noticed the desk is warned, within five it is handed over by telephone,
and after ten without anybody who has taken it on the duty leader is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from core.vocabulary import HelpState, HelpUrgency
from release.records import HelpLead

WARN_AFTER = timedelta(minutes=2)
DUE_AFTER = timedelta(minutes=5)
ESCALATE_AFTER = timedelta(minutes=10)

_TAKEN_ON = frozenset({HelpState.ACCEPTED, HelpState.ARRIVED})


def urgency(lead: HelpLead, now: datetime) -> HelpUrgency:
    """Return how *lead* stands at *now*; each limit counts as passed when it is reached."""
    if lead.state.closed:
        return HelpUrgency.OVER
    if lead.state in _TAKEN_ON:
        return HelpUrgency.MET
    waited = now - lead.received_at
    if waited >= ESCALATE_AFTER:
        return HelpUrgency.ESCALATED
    if lead.state is HelpState.HANDED_OVER:
        return HelpUrgency.WAITING
    if waited >= DUE_AFTER:
        return HelpUrgency.LATE
    return HelpUrgency.WARNED if waited >= WARN_AFTER else HelpUrgency.IN_TIME


@dataclass(frozen=True, slots=True)
class HelpFigures:
    """How the desk stands (domain handbook, K13)."""

    received: int
    open: int
    to_hand_over: int
    """Received, and no telephone call made yet."""
    pressing: int
    """Late, or nobody has taken them on for ten minutes."""
    closed: int
    done: int
    """Closed with a result; the others could not be verified."""
    median_minutes: float | None
    """From the receipt to the hand-over, of those handed over; None before any."""


def figures(leads: Sequence[HelpLead], now: datetime) -> HelpFigures:
    """Return the figures of *leads* at *now*."""
    states = [lead.state for lead in leads]
    pressing = {HelpUrgency.LATE, HelpUrgency.ESCALATED}
    waits = [
        (handed - lead.received_at) / timedelta(minutes=1)
        for lead in leads
        if (handed := lead.first(HelpState.HANDED_OVER)) is not None
    ]
    return HelpFigures(
        received=len(leads),
        open=sum(not state.closed for state in states),
        to_hand_over=states.count(HelpState.RECEIVED),
        pressing=sum(urgency(lead, now) in pressing for lead in leads),
        closed=sum(state.closed for state in states),
        done=states.count(HelpState.DONE),
        median_minutes=median(waits) if waits else None,
    )
