"""An incident as it stands at one moment: what the briefs are written from. Pure.

Every field is what was known at ``at``; what came later is in none of them. Lists stand in the
order in which they are to be told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.reports.document import Points
from core.clock import beijing

BLANK = "〔待填〕"
"""Stands where only a person can write."""
CHECKING = "正在核实"
OPEN_CAUSE = "原因正在调查"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One value from the ledger of facts."""

    fact_id: str
    name: str
    """Scope and indicator, such as 全县转移人数."""
    value: str
    """With its unit, such as 942人."""
    as_of: datetime
    by: str
    """Name of the confirming unit."""
    evidence: tuple[str, ...]
    casualty: bool = False
    """It speaks of people who came to harm."""
    cause: bool = False
    """It is the finding of an investigation."""


@dataclass(frozen=True, slots=True)
class Said:
    """One claim that is going round."""

    claim_id: str
    name: str
    """From ``naming.claim_name``."""
    first_seen: datetime
    noticed_at: datetime
    posts: int
    voices: int
    verdict: str
    """In Chinese; 核实中 until a verdict is approved."""
    outcome: str = ""
    """What was found, as approved; empty before."""
    evidence: tuple[str, ...] = ()
    """Kinds of the evidence, such as E2."""
    judged_at: datetime | None = None
    answered_at: datetime | None = None
    """When a statement about it became public first."""
    level: str = ""
    """Concern level at which it was noticed, such as C4."""
    danger: bool = False
    """The lexicon knows it as one that may send people fleeing or shopping."""
    unit: str = ""
    """Name of the unit that is to check it by the directory; empty where none fits."""
    due: datetime | None = None
    """When the unit's answer is due."""
    answer_due: datetime | None = None
    """When a public answer is due; None where no clock runs."""

    @property
    def open(self) -> bool:
        """Whether nobody has settled it."""
        return self.judged_at is None


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that people ask."""

    question_id: str
    name: str
    voices: int
    concern: str
    """Name of its concern in Chinese, empty where unknown."""
    first_asked: datetime
    answered_at: datetime | None
    answer: str = ""
    """Id of the statement that answers it."""
    due: datetime | None = None
    """When an answer is due."""


@dataclass(frozen=True, slots=True)
class Own:
    """A public text of our own."""

    statement_id: str
    title: str
    kind: str
    published_at: datetime
    correction: bool = False
    relay: bool = False
    """It passes a warning on, in the words of its unit."""
    answers: bool = False
    """It answers a claim."""
    corrects: datetime | None = None
    """When the text that it corrects was published."""


@dataclass(frozen=True, slots=True)
class Promised:
    """A next update that was promised for a moment."""

    title: str
    due: datetime
    kept_at: datetime | None
    """When the next text of the incident became public; None while none has."""

    def late(self, at: datetime) -> int:
        """Return by how many whole minutes it was kept late, or is late at *at*; 0 for in time."""
        return max(0, int(((self.kept_at or at) - self.due) / MINUTE))


@dataclass(frozen=True, slots=True)
class Spread:
    """How much is said, where and how."""

    hour: int
    """Texts of the last hour, copies left out."""
    usual: float | None
    """Median of the whole hours before it; None while fewer than six are known."""
    usual_hours: int
    asking: int
    """Of those of the last hour, that ask whether something is true."""
    channels: tuple[tuple[str, int], ...]
    """Name and texts of the incident up to now, most first."""
    places: tuple[tuple[str, int], ...]
    hourly: Points
    """Texts of the incident for each hour: the last day's, or those of its whole life."""
    recent: int
    """Texts of the last three hours."""
    earlier: int | None
    """Texts of the three hours before these; None while the incident is younger."""
    posts: int
    """All texts of the incident, copies left out."""
    copies: int


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the course of events."""

    at: datetime
    what: str
    hour: int
    """Texts of the incident in the hour it lies in."""
    weight: int = 1
    """1 to 3: how much it matters to the course; the weightier stay when not all fit."""


@dataclass(frozen=True, slots=True)
class Concern:
    """One kind of concern."""

    name: str
    texts: int
    question: str
    """Its most asked question; empty where nobody asks."""
    question_id: str
    answered: int
    """Voices whose question is answered."""
    voices: int
    """Voices that ask."""
    critical: bool = False
    """It blames or complains: causes and responsibility."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls for help of the incident."""

    received: int
    handed_over: int
    closed: int
    median_minutes: float | None
    """From receipt to the telephone call."""


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it."""

    at: datetime
    office: str
    version: str
    drill: bool
    """An exercise: every form of the report says so."""
    incident_id: str
    name: str
    kind: str
    """Id of the incident type, empty while unknown."""
    kind_name: str
    state: str
    opened_at: datetime
    confirmed_at: datetime | None
    """When a person took it in hand."""
    facts: tuple[Confirmed, ...]
    said: tuple[Said, ...]
    asked: tuple[Asked, ...]
    own: tuple[Own, ...]
    promised: tuple[Promised, ...]
    spread: Spread
    steps: tuple[Step, ...]
    concerns: tuple[Concern, ...]
    calls: Calls
    first_due: datetime | None
    """When the first statement is due; None once one is public."""
    unseen: tuple[str, ...] = ()
    """What was not seen, in Chinese, the worst first."""

    @property
    def open_claims(self) -> tuple[Said, ...]:
        """Return the claims that nobody has settled."""
        return tuple(claim for claim in self.said if claim.open)


def day_hour(moment: datetime) -> str:
    """Return a moment as 6月17日22时05分, Beijing time."""
    local = beijing(moment)
    return f"{local.month}月{local.day}日{local.hour}时{local.minute:02d}分"


def clock(moment: datetime) -> str:
    """Return a moment as 22:05, Beijing time."""
    return f"{beijing(moment):%H:%M}"


def day_clock(moment: datetime) -> str:
    """Return a moment as 6月17日 22:05, Beijing time."""
    local = beijing(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def percent(part: int, whole: int) -> str:
    """Return *part* of *whole* as whole per cent; 0% of nothing."""
    return f"{round(100 * part / whole) if whole else 0}%"


def minutes(start: datetime, end: datetime) -> int:
    """Return the whole minutes from *start* to *end*."""
    return int((end - start) / MINUTE)


def listed(words: Sequence[str]) -> str:
    """Return *words* numbered as in running text: ①停水；②停课."""
    return "；".join(f"{'①②③④⑤⑥⑦⑧⑨⑩'[n]}{word}" for n, word in enumerate(words))


def file_name(kind: str, picture: Picture) -> str:
    """Return the name of a report's files: kind, incident and moment in Beijing time."""
    incident = re.sub(r"[^A-Za-z0-9-]", "-", picture.incident_id)
    return f"{kind}-{incident}-{beijing(picture.at):%Y%m%d-%H%M}"
