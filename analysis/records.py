"""What understanding hands on. Everything here is about texts and matters, never about people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.directory import Place
from core.vocabulary import (
    AlertAct,
    AlertKind,
    AlertState,
    ClaimEditKind,
    ClaimStatus,
    ConcernLevel,
    Emotion,
    FalseGround,
    IncidentState,
    QuestionStatus,
    VisitOutcome,
)


@dataclass(frozen=True, slots=True)
class SegmentedPost:
    """A stored post with its words."""

    key: int
    text: str = field(repr=False)
    words: tuple[str, ...] = field(repr=False)
    """jieba's words, in order, punctuation included."""
    published_at: datetime
    voice: str
    fingerprint: str
    issuer: str | None
    parent: int | None
    duplicate_of: int | None


@dataclass(frozen=True, slots=True)
class Signs:
    """Lexicon hits of one text, longest match first; each tuple holds the words found."""

    enquiry: tuple[str, ...] = ()
    hearsay: tuple[str, ...] = ()
    denial: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    strong_emotion: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    """Hazard assertions that are not negated."""
    failures: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    """Gazetteer places inside the area, in order of appearance."""
    outside: bool = False
    """True when a place outside the area is named and none inside it."""
    incident_types: tuple[str, ...] = ()
    """Ids of incident types whose words occur, most hits first."""


@dataclass(frozen=True, slots=True)
class ScoredPost:
    """What one post says and asks, as far as words tell. Scores order work; they judge nothing."""

    post: SegmentedPost
    signs: Signs
    needs_check: float
    """0..1, for review order; never a verdict."""
    reasons: tuple[str, ...]
    """Why it needs checking, in Chinese."""
    emotion: Emotion
    is_question: bool
    concern: str | None
    """Id of a concern category."""
    help: bool
    relevant: bool
    """False for noise and for other areas; such posts raise nothing."""
    place: str | None
    """Name of the first place inside the area."""
    place_uncertain: bool = False
    """Several places bear that name, and the text does not tell which one is meant."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happens in the area, with a life of its own."""

    incident_id: str
    name: str
    kind: str
    """Id of an incident type, or empty while unknown."""
    state: IncidentState
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentMove:
    """One step of an incident's life: who, when, and why."""

    incident_id: str
    state: IncidentState
    at: datetime
    by: str
    """Person id of an officer, or ``system`` for a proposal."""
    reason: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement of fact that several posts make or ask about."""

    key: int
    incident_id: str | None
    text: str
    """The wording of its most typical post."""
    first_seen: datetime
    last_seen: datetime
    noticed_at: datetime | None
    """When one of the three ways to notice fired; None before."""
    posts: int
    voices: int
    needs_check: float
    reasons: tuple[str, ...]
    status: ClaimStatus

    @property
    def claim_id(self) -> str:
        """The id people see, such as C000012."""
        return f"C{self.key:06d}"


@dataclass(frozen=True, slots=True)
class ClaimEdit:
    """What a person decided about two claims; kept for ever and never changed."""

    kind: ClaimEditKind
    first: int
    """The claim that stays, or that is split."""
    second: int
    """The claim that is merged into the first, taken out of it, or kept apart from it."""
    wordings: tuple[str, ...]
    """Fingerprints of the wordings taken out; of a split only."""
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One post as far as wordings go: what it says, when, and a pseudonym to count."""

    text: str = field(repr=False)
    wording: str
    """Fingerprint that texts share whatever their spaces, case or punctuation."""
    voice: str = field(repr=False)
    at: datetime
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that people ask, in whatever words."""

    key: int
    incident_id: str | None
    text: str
    first_asked: datetime
    last_asked: datetime
    posts: int
    voices: int
    concern: str | None
    status: QuestionStatus

    @property
    def question_id(self) -> str:
        """The id people see, such as Q000012."""
        return f"Q{self.key:06d}"


@dataclass(frozen=True, slots=True)
class Surge:
    """One rolling hour, or ten minutes, in which a series stood above its usual."""

    series: str
    """Such as ``volume``, ``emotion:fear``, ``share:fear``, ``place:城东``; see ``series``."""
    start: datetime
    """Start of the window, aware, UTC."""
    end: datetime
    observed: int
    expected: float
    tail: float
    """Chance of at least ``observed`` under the usual rate, 0..1."""
    whole: int | None = None
    """Of a share: all posts of the window, of which ``observed`` are a part."""
    margin: float = 0.0
    """Of a share: half the width of its 95 % interval, 0..1."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a person should look at now."""

    key: int
    raised_at: datetime
    kind: AlertKind
    level: ConcernLevel
    incident_id: str | None
    claim: int | None
    """Key of the claim it is about, if one."""
    topic: str
    """What it is about, in Chinese."""
    observed: float
    expected: float
    reasons: tuple[str, ...]
    state: AlertState
    unseen: tuple[str, ...] = ()
    """What was not seen in the hours before it was raised, in Chinese, the worst first."""
    matter: int = 0
    """Key of the first telling of its matter, its own if it is the first; 0 before it is kept."""
    series: tuple[str, ...] = ()
    """The series that rise, the leading one first; none for an alert about a claim."""

    @property
    def alert_id(self) -> str:
        """The id people see, such as A000012."""
        return f"A{self.key:06d}"


@dataclass(frozen=True, slots=True)
class AlertMove:
    """One step in the life of a matter, never edited."""

    matter: int
    """Key of the matter's first telling."""
    act: AlertAct
    state: AlertState
    """What became of the matter by it."""
    at: datetime
    by: str
    """Person id of an officer, or ``system``."""
    reason: str = ""
    """In Chinese: why, or for ``JOIN`` what else is rising."""
    level: ConcernLevel | None = None
    """Of ``RAISE`` and ``LOWER``: the level told, or lowered to."""
    to: str | None = None
    """Of ``ASSIGN``: a person id, or the id of a unit."""
    ground: FalseGround | None = None
    """Of ``FALSE``: why it was false."""
    series: tuple[str, ...] = ()
    """Of ``JOIN``: the series that rise as well."""


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """What one source gave, or failed to give, in a period."""

    source: str
    visits: int
    failures: int
    last_success: datetime | None
    last_outcome: VisitOutcome
    reason: str
    """Why the last visit failed; empty when it did not."""
    down: tuple[tuple[datetime, datetime], ...] = ()
    """From when until when it was not seen, in order: from a failed visit to one that worked."""
    passed_over: int = 0
    """Posts left out because the source keeps only those with its keywords."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A kind of voice from which nothing came."""

    channel: str
    reason: str
    """Why, as far as is known, in Chinese."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a period's figures do not show."""

    start: datetime
    end: datetime
    sources: tuple[SourceCoverage, ...]
    hours_missing: tuple[datetime, ...]
    """Starts of hours in which no source was seen in working order."""
    defects: Mapping[str, int]
    """Reason -> number of lines or pages that could not be taken in."""
    unheard: tuple[Unheard, ...] = ()
    """Channels that are listed, or were heard in the 30 days before, from which nothing came."""
    switched_off: tuple[str, ...] = ()
    """Listed sources that somebody has switched off."""
    files: bool = True
    """Whether posts came from files, as far as is known; of interest where no source is listed."""
