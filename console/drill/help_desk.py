"""The drill's help desk: calls who is in the queue, writes down each step, closes with a result.

It sees what the help desk sees and does it with the functions that the command line uses; what
the story's callers answer is invented.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console.drill.staff import HELP
from console.drill.story import Act
from console.wiring import Services
from core.database import transaction
from core.vocabulary import HelpNeed, HelpState
from release import help_store, helping, store
from release.records import HelpLead, Person

ACCEPTED_AFTER = timedelta(minutes=5)
ARRIVES_AFTER = timedelta(minutes=30)
CLOSES_AFTER = timedelta(minutes=60)
CLOSING = "对方已安全（演练）"

_CALLED = {HelpNeed.TRAPPED: "119", HelpNeed.MISSING: "119", HelpNeed.MEDICAL: "120"}


class HelpDesk:
    """Works through the queue once in each round."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._vault = services.vault()

    def act(self, now: datetime) -> list[Act]:
        """Do what is due on every open call; tell it as one act for each kind of step."""
        with transaction(self._services.engine) as session:
            person = store.load_person(session, HELP)
            done = [
                self._step(session, lead, person, now)
                for lead in help_store.all_leads(session)
                if not lead.state.closed
            ]
        steps = [state for state in done if state is not None]
        return [
            Act(now, HELP, f"求助{state.label} {steps.count(state)} 条", "done")
            for state in HelpState
            if state in steps
        ]

    def _step(
        self, session: Session, lead: HelpLead, person: Person, now: datetime
    ) -> HelpState | None:
        """Take the next step of *lead* if it is due, and return where it stands then."""
        step = _STEPS[lead.state]
        if now - lead.moves[-1].at < step.after:
            return None
        if lead.state is HelpState.RECEIVED:
            helping.read_contacts(
                session, self._vault, lead.key, person=person, reason="回拨核实（演练）", now=now
            )
        note = step.note(lead)
        return helping.move(session, lead.key, step.to, person=person, note=note, now=now).state


@dataclass(frozen=True, slots=True)
class _Step:
    """What follows a state, how long after, and what is noted."""

    after: timedelta
    to: HelpState
    note: Callable[[HelpLead], str]


def _called(lead: HelpLead) -> str:
    return f"转 {_CALLED.get(lead.needs[0], '街道值班室')}"


def _nothing(_lead: HelpLead) -> str:
    return ""


def _safe(_lead: HelpLead) -> str:
    return CLOSING


_STEPS = {
    HelpState.RECEIVED: _Step(timedelta(0), HelpState.HANDED_OVER, _called),
    HelpState.HANDED_OVER: _Step(ACCEPTED_AFTER, HelpState.ACCEPTED, _nothing),
    HelpState.ACCEPTED: _Step(ARRIVES_AFTER, HelpState.ARRIVED, _nothing),
    HelpState.ARRIVED: _Step(CLOSES_AFTER, HelpState.DONE, _safe),
}
