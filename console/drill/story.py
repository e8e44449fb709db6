"""The timed acts of the drill's people, done with the functions that the command line uses.

Every act is planned for a minute of the story and done in a transaction of its own at that
moment. What a check refuses is refused and the story goes on; what the system did not notice
is skipped and said so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console.drill import answering, telling
from console.drill.due import Due, SkippedError, open_office
from console.drill.scenario import Scenario
from console.wiring import Services
from core.clock import iso_beijing
from core.database import reading
from core.errors import RefusedError
from release import store


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person did, or could not do."""

    at: datetime
    who: str
    """Person id of the officer."""
    what: str
    outcome: Literal["done", "refused", "skipped"]
    reasons: tuple[str, ...] = ()


class Story:
    """The people of the drill, who act when their moment has come."""

    def __init__(self, services: Services, scenario: Scenario) -> None:
        office = open_office(services, scenario)
        plan = [*answering.plan(office), *telling.plan(office)]
        # Sorting is stable: what is planned for one minute happens in the order of the plan.
        self._plan = sorted(plan, key=lambda due: due.at)
        self._scenario = scenario
        self._next = 0

    def act(self, now: datetime) -> list[Act]:
        """Do every act due up to *now* that is not done yet, each at its own moment."""
        done = []
        while self._next < len(self._plan):
            due = self._plan[self._next]
            if self._scenario.moment(due.at) > now:
                break
            self._next += 1
            done.append(_perform(due, self._scenario.moment(due.at)))
        return done


def _perform(due: Due, at: datetime) -> Act:
    try:
        due.do(at)
    except RefusedError as refusal:
        return Act(at, due.who, due.what, "refused", tuple(refusal.reasons))
    except SkippedError as skipped:
        return Act(at, due.who, due.what, "skipped", (str(skipped),))
    return Act(at, due.who, due.what, "done")


def refusals(done: Sequence[Act]) -> list[str]:
    """Return every reason with which a check stopped an act, in order."""
    return [reason for act in done if act.outcome == "refused" for reason in act.reasons]


def verdict_history(services: Services) -> list[dict[str, str]]:
    """Return every approved verdict ever as ``claim_id``, ``verdict``, ``at``, oldest first."""
    with reading(services.engine) as session:
        approved = [
            (j.approved_at, j) for j in store.all_judgements(session) if j.approved_at is not None
        ]
    return [
        {"claim_id": f"C{j.claim:06d}", "verdict": j.verdict.value, "at": iso_beijing(at)}
        for at, j in sorted(approved, key=lambda pair: (pair[0], pair[1].judgement_id))
    ]


def drafts(services: Services) -> list[str]:
    """Return the text of every version of every statement: title and sentences."""
    with reading(services.engine) as session:
        return [
            "\n".join([version.title, *(sentence.text for sentence in version.sentences)])
            for statement in store.all_statements(session)
            for version in store.versions_of(session, statement.statement_id)
        ]
