"""What answering hands on: facts, evidence, verdicts, statements, approvals, entries. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from core.vocabulary import (
    ConcernLevel,
    EvidenceKind,
    HelpNeed,
    HelpState,
    LeafType,
    Role,
    StatementKind,
    StatementState,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Person:
    """An officer who acts in the system; the public never appears here."""

    person_id: str
    """Login name, such as ``li``; it stands in the log only as role and pseudonym."""
    name: str
    roles: frozenset[Role]
    unit: str | None
    """Unit id of the directory."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something checkable that stands behind a fact or a verdict."""

    evidence_id: str
    incident_id: str
    kind: EvidenceKind
    summary: str
    unit: str
    """Unit id that gave or recorded it."""
    observed_at: datetime
    """The moment the evidence speaks of (reading, picture, confirmation)."""
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one indicator: one figure, one place (一数一源)."""

    fact_id: str
    incident_id: str
    field: str
    """Indicator, such as 转移人数."""
    value: str
    unit: str
    """Unit of measure, such as 人; empty for words."""
    scope: str
    """What it covers, such as 全县."""
    as_of: datetime
    confirmed_by: str
    """Unit id of the directory."""
    evidence: tuple[str, ...]
    """Evidence ids, at least one."""
    supersedes: str | None
    """Fact id this one replaces."""
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a claim with its own verdict (部分属实 must say which)."""

    text: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on a claim with what it stands on; a newer one replaces, never edits, it."""

    judgement_id: str
    claim: int
    """Key of the claim."""
    incident_id: str | None
    verdict: Verdict
    parts: tuple[Part, ...]
    evidence: tuple[str, ...]
    subject_units: frozenset[str]
    """Ids of the units the claim is about: their own word alone never makes it false."""
    measures: str
    """Measures taken and by which unit; required for 属实 and 部分属实."""
    as_of: datetime
    changed_at: datetime | None
    """For 已过时: when what was true ceased to be."""
    summary: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a statement with the facts it stands on."""

    text: str
    facts: tuple[str, ...] = ()
    section: str = "body"
    """facts, actions, advice, unknown, promise, contact, body."""


@dataclass(frozen=True, slots=True)
class Version:
    """The text of a statement at one moment; an edit makes a new version."""

    statement_id: str
    version: int
    """1, 2, 3, ... within the statement."""
    title: str
    sentences: tuple[Sentence, ...]
    next_update_at: datetime | None
    edited_by: str
    edited_at: datetime
    sha256: str
    """Hex digest of ``canonical_bytes`` (``release.drafting``): what approvers approve."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A public text on its way; the text itself is in its versions."""

    statement_id: str
    incident_id: str
    kind: StatementKind
    state: StatementState
    issuer: str
    """Unit id in whose name it speaks."""
    claims: tuple[int, ...]
    """Keys of claims it answers."""
    questions: tuple[int, ...]
    """Keys of questions it answers."""
    supersedes: str | None
    """Statement id that a correction, withdrawal or update replaces."""
    reason: str
    """Why, for corrections and withdrawals; empty otherwise."""
    version: int
    """Newest version."""
    submitted_at: datetime | None
    approved_at: datetime | None
    published_at: datetime | None
    log_index: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes to exact bytes."""

    statement_id: str
    version: int
    sha256: str
    person_id: str
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a statement: who, when, from where to where, why, over which bytes."""

    statement_id: str
    version: int
    from_state: StatementState
    to_state: StatementState
    person_id: str
    role: Role
    at: datetime
    reason: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Publication:
    """That a statement's approved bytes are public under a log index."""

    statement_id: str
    version: int
    sha256: str
    policy: str
    """``two_person``; the emergency policy of a later issue adds its name."""
    log_index: int
    published_by: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery that is owed to an outlet."""

    outlet: str
    log_index: int
    idempotency_key: str
    """Hex leaf hash: the same for every attempt."""
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf of the release log."""

    index: int
    type: LeafType
    time: datetime
    body: bytes = field(repr=False)
    """RFC 8785 canonical JSON; the Merkle leaf is over these bytes."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed head of the log."""

    size: int
    root: bytes
    note: str
    """C2SP signed note."""


@dataclass(frozen=True, slots=True)
class ShelfReview:
    """A person's yes to the exact text of a prepared answer."""

    entry_id: str
    sha256: str
    """Of the answer's text with its slots, as UTF-8."""
    person_id: str
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class HelpMove:
    """One step of a call for help: who, when, what was said; never edited."""

    state: HelpState
    at: datetime
    by: str
    """Person id of an officer, or ``system`` for the receipt."""
    note: str
    """To whom it was handed over, or how it ended; without names and numbers."""


@dataclass(frozen=True, slots=True)
class HelpLead:
    """A call for help on its way to rescuers. Who called is in no field of it."""

    key: int
    post: int
    """Key of the first post with this text."""
    incident_id: str | None
    place: str | None
    """To the estate, village or road; never nearer."""
    needs: tuple[HelpNeed, ...]
    moves: tuple[HelpMove, ...]
    """At least the receipt, oldest first."""

    @property
    def lead_id(self) -> str:
        """The id shown to people."""
        return f"L{self.key:06d}"

    @property
    def state(self) -> HelpState:
        """Where it stands: the state of its last move."""
        return self.moves[-1].state

    @property
    def received_at(self) -> datetime:
        """When analysis called it a call for help."""
        return self.moves[0].at

    def first(self, state: HelpState) -> datetime | None:
        """Return when it first came to *state*, or None."""
        return next((move.at for move in self.moves if move.state is state), None)


@dataclass(frozen=True, slots=True)
class Handover:
    """The note of a shift as the next officer took it over."""

    shift: int
    sha256: str
    """Of *note* in UTF-8."""
    note: str
    accepted_by: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """Something that the desk was told, or is to be told in the morning."""

    name: str
    """Unique: the same thing is told once, such as ``alert:A000012:C3``."""
    about: str
    """The matter; several tellings may be about one."""
    level: ConcernLevel
    title: str
    text: str
    at: datetime
    """When it came up."""
    told_at: datetime | None
    """None while it is held."""
    told_in: str | None = None
    """Name of the telling that carried it, if it was held."""
    alert: int | None = None
    lead: int | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """A listed source that gave nothing for a while."""

    key: int
    source: str
    since: datetime
    dark: bool
    """It could not be read; otherwise it was read and brought nothing new."""
    told_at: datetime
    back_at: datetime | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """When the gathering process made its last round."""

    began_at: datetime
    last_at: datetime
    rounds: int
    """Since it began."""
    stopped_at: datetime | None
    """When somebody ended it; None while it runs or if it died."""
