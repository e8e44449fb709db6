"""One planned act of the drill, and the office with its papers in which it is done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from console.drill.scenario import Scenario
from console.drill.script import Script, VerdictNote, load_script
from console.replaying import Opening, load_opening
from console.wiring import Services
from release import store
from release.records import Judgement, Statement

EXERCISE = "【演练】"
"""Stands in front of every title and closes every text (domain handbook, RL24)."""

INCIDENT_FILE = "incident.toml"
DONE_BEFORE = "此前已完成"


class SkippedError(Exception):
    """An act that nobody could do; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Due:
    """An act planned for a minute of the story."""

    at: int
    """Minutes after T0."""
    who: str
    """Person id."""
    what: str
    do: Callable[[datetime], None]
    """Does it at the given moment; raises ``RefusedError`` or ``SkippedError``."""


@dataclass(frozen=True, slots=True)
class Office:
    """The data folder, the story and the script, and how their papers are found again.

    Papers are looked up by what stands on them, so a second run over a played folder finds
    everything done.
    """

    services: Services
    scenario: Scenario
    script: Script
    opening: Opening

    @property
    def incident_id(self) -> str:
        """The id of the story's incident."""
        return self.opening.id

    def moment(self, minutes: int) -> datetime:
        """Return the moment *minutes* after T0."""
        return self.scenario.moment(minutes)

    def evidence_ids(self, session: Session, notes: Iterable[str]) -> list[str]:
        """Return the ids under which these pieces of evidence were written down."""
        wanted = set(notes)
        summaries = [note.summary for note in self.script.evidence if note.id in wanted]
        kept = {e.summary: e.evidence_id for e in store.evidence_of(session, self.incident_id)}
        return [kept[summary] for summary in summaries if summary in kept]

    def fact_ids(self, session: Session) -> dict[str, str]:
        """Return the ids of the facts in the ledger by the name the script gives them."""
        kept = {
            (f.field, f.scope, f.value, f.as_of): f.fact_id
            for f in store.all_facts(session, self.incident_id)
        }
        found = {
            note.id: kept.get((note.field, note.scope, note.value, self.moment(note.as_of)))
            for note in self.script.facts
        }
        return {name: fact_id for name, fact_id in found.items() if fact_id is not None}

    def judgements(self, session: Session, note: VerdictNote) -> list[Judgement]:
        """Return the verdicts that were proposed from *note*, oldest first."""
        return [j for j in store.all_judgements(session) if j.summary == note.summary]

    def title(self, statement_id: str) -> str:
        """Return the title of the story's statement as the drill publishes it."""
        return EXERCISE + self.script.texts[statement_id].title

    def statement(self, session: Session, statement_id: str) -> Statement | None:
        """Return the paper of the story's statement, or None before it is drafted."""
        title = self.title(statement_id)
        return next(
            (
                s
                for s in store.all_statements(session, self.incident_id)
                if store.load_version(session, s.statement_id, 1).title == title
            ),
            None,
        )


def open_office(services: Services, scenario: Scenario) -> Office:
    """Return the office of the data folder that ``drill_files`` wrote."""
    opening = load_opening(services.data / INCIDENT_FILE)
    return Office(services, scenario, load_script(), opening)


def quoted(words: Sequence[str]) -> str:
    """Return words as they stand in a Chinese sentence."""
    return "、".join(f"“{word}”" for word in words)
