"""What the nightly report is made of; every count knows where the items behind it are listed."""

from dataclasses import dataclass
from datetime import date, datetime

from analysis.forecasting import Forecast, Review
from analysis.records import Alert, Coverage
from analysis.reports.document import Cell, Link
from core.vocabulary import PromiseState


@dataclass(frozen=True, slots=True)
class Total:
    """A figure of the day beside what is usual."""

    name: str
    """In Chinese, such as 提问."""
    count: int
    median: float | None
    """Of the seven days before; None while fewer are known."""
    to: str
    """Address of the items that are counted."""
    note: str = ""
    """Such as 转办 3，办结 2."""
    compared: bool = True
    """Whether a median is to be expected at all."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A count with the address of what it counts."""

    count: int
    to: str

    @property
    def cell(self) -> Link:
        """The count as it stands in a report."""
        return Link(str(self.count), self.to)


@dataclass(frozen=True, slots=True)
class NewTopic:
    """Something people began to speak of on this day."""

    name: Link
    posts: Counted
    first_seen: datetime
    place: str | None
    question: str
    """Its most asked question, empty when nobody asks."""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Rise:
    """A topic of which more was said in the last six hours than in the six before."""

    name: Cell
    now: Counted
    before: Counted


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that nobody had answered."""

    name: Link
    voices: int
    posts: Counted
    first_asked: datetime
    concern: str | None
    critical: bool = False


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A question that was asked on after we had answered it."""

    name: Link
    voices: int
    """That asked after the answer."""
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A noticed claim without a verdict."""

    name: Link
    voices: int
    posts: Counted
    first_seen: datetime
    reasons: tuple[str, ...]
    critical: bool = False


@dataclass(frozen=True, slots=True)
class PromiseDue:
    """A next update that was publicly promised."""

    text: Link
    unit: str
    """Name of the responsible unit."""
    due: datetime
    state: PromiseState
    kept_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnStatement:
    """A text of our own that became public on this day."""

    title: Link
    kind: str
    """In Chinese, such as 辟谣说明."""
    published_at: datetime
    relay: bool = False
    """Whether it passes on a warning of those entitled to give one."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a topic since the last report."""

    what: str
    """新出现, 增多, 转少 or 已答复."""
    name: Link
    before: Counted
    now: Counted


@dataclass(frozen=True, slots=True)
class Criticism:
    """How much of the day's posts finds fault or asks who is to blame."""

    critical: Counted
    posts: int


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that is to happen, as an officer wrote it down."""

    at: str
    """Such as 6月19日 09:00."""
    text: str


@dataclass(frozen=True, slots=True)
class Quality:
    """What the figures rest on."""

    copies: Counted
    late: Counted
    """Published before the day and seen only in it; told here and in no figure."""
    unsure_places: Counted
    delay_median_min: float | None
    """From publication to being seen; None where nothing was seen."""
    delay_p90_min: float | None
    models: tuple[tuple[str, str], ...] = ()
    """Name and the first digits of the digest of each model that is installed."""
    undated: str = ""
    """What keeps no history and is therefore told as it is now."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many questions to expect, and how the last forecast did."""

    ahead: Forecast | None
    """None while the record is too short."""
    seen_hours: int
    """Of the record that it stands on."""
    made: Forecast | None = None
    """What was expected of the day that is over."""
    review: Review | None = None


@dataclass(frozen=True, slots=True)
class NightlyData:
    """Everything the report of one day is made of; lists stand in the order to be shown."""

    day: date
    """In Beijing time, 00:00 to 24:00."""
    drill: bool
    """An exercise: the title says so."""
    office: str
    version: str
    """Of the software."""
    made_at: datetime
    """The moment of the data: nothing seen later is in any figure."""
    totals: tuple[Total, ...]
    alerts: tuple[Alert, ...]
    """Tellings of this day. The highest that is no false alarm gives the status."""
    promise: str
    """How the promised false alarms of the week stand, in Chinese; empty before any promise."""
    changes: tuple[Change, ...]
    topics: tuple[NewTopic, ...]
    rises: tuple[Rise, ...]
    unanswered: tuple[OpenQuestion, ...]
    asked_again: tuple[AskedAgain, ...]
    claims: tuple[OpenClaim, ...]
    """Claims still to be checked."""
    promises: tuple[PromiseDue, ...]
    """Due on this day, overdue, or still to come."""
    towns: tuple[tuple[str, Counted], ...]
    statements: tuple[OwnStatement, ...]
    criticism: Criticism
    warnings: tuple[OwnStatement, ...]
    """Relays of the last day that were not withdrawn."""
    planned: tuple[Planned, ...]
    outlook: Outlook
    coverage: Coverage
    quality: Quality
    hourly: tuple[tuple[datetime, int], ...]
    """Relevant posts for each hour that was seen."""
    questions: tuple[tuple[datetime, int], ...]
    """The same of questions."""
    emotions: tuple[tuple[str, tuple[tuple[datetime, int], ...]], ...]
    """Chinese name of an emotion, with its hourly posts."""
