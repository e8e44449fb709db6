"""What gathering hands on: a page, what a parser read from it, and a post that names nobody."""

from dataclasses import dataclass, field
from datetime import datetime

from core.vocabulary import ContactKind, VisitOutcome

HOTLINE = "hotline"
"""Channel of work orders. Each is one call with a number of its own: equal words are no copies."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address to follow, with what the page that shows it tells of what lies behind."""

    url: str = field(repr=False)
    title: str | None = field(default=None, repr=False)
    """The whole title, where the list shows it; a page behind may lack it."""
    told_at: datetime | None = None
    """When it was published or last changed, as the list says; aware, UTC."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What in a call for help leads to somebody. Lives in memory only."""

    kind: ContactKind
    value: str = field(repr=False)
    """As it was written, with the word that says what it is."""


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """One answered request. Lives in memory only: raw pages name people."""

    source: str
    """Name of the source in ``sources.toml``."""
    url: str
    """Address after redirects."""
    status: int
    content_type: str
    """The Content-Type header, empty when absent."""
    body: bytes = field(repr=False)
    """Decompressed bytes."""
    fetched_at: datetime
    """Aware, UTC."""
    link: Link | None = None
    """The link that led here; None for a page that the source itself names."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Public counters of a post as its platform shows them; 0 when unknown."""

    reposts: int = 0
    comments: int = 0
    likes: int = 0


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """A post as a parser read it. It still names its author, so it is never logged or stored."""

    source: str
    post_id: str = field(repr=False)
    """The source's own id, unique within the source."""
    url: str | None = field(repr=False)
    published_at: datetime | None
    """Aware, UTC; None when the page tells no usable time."""
    channel: str
    text: str = field(repr=False)
    author: str | None = field(repr=False)
    reply_to: str | None = field(default=None, repr=False)
    """``post_id`` of the post this one answers, in the same source."""
    repost_of: str | None = field(default=None, repr=False)
    counts: Counts = field(default_factory=Counts)
    issuer: str | None = None
    """Unit id when the source itself says the account is official; else set by the directory."""
    zone_assumed: bool = False
    """The page told a time without its zone; the source's own was taken."""
    day_only: bool = False
    """The page told a day and no time of day; ``published_at`` is the day's beginning."""
    contacts: tuple[Contact, ...] = field(default=(), repr=False)
    """What an importer found in a call for help before it masked the text."""


@dataclass(frozen=True, slots=True)
class Post:
    """A public post without a person in it: what may be queued, logged and stored."""

    source: str
    post_id: str
    url: str | None
    published_at: datetime
    """Aware, UTC. ``seen_at`` when the source told no time, with ``time_uncertain``."""
    seen_at: datetime
    channel: str
    text: str = field(repr=False)
    """Normalised; handles, phones, ID and plate numbers, e-mails and links are masked."""
    voice: str
    """Keyed pseudonym that counts distinct voices; differs by task and month."""
    fingerprint: str
    """Equal for equal texts (``core.text.fingerprint``)."""
    reply_to: str | None = None
    repost_of: str | None = None
    counts: Counts = field(default_factory=Counts)
    issuer: str | None = None
    """Id of the official unit whose account this is; None for everyone else."""
    time_uncertain: bool = False
    """No usable time was told, or a day without a time of day."""
    zone_assumed: bool = False
    """The time was told without a zone; the source's own was taken."""
    contacts: bytes | None = field(default=None, repr=False)
    """The contacts in a call for help, encrypted at the door, on their way to be sealed."""


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post with its row number."""

    key: int
    post: Post
    duplicate_of: int | None
    """Key of the earlier post with the same text; None for a first or a different text."""
    parent: int | None
    """Key of the post that this one answers or reposts, where it is known."""


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that could not be taken in: counted and shown, never silently lost."""

    source: str
    location: str
    """A line number or an address without query."""
    reason: str
    """A sentence without any text of the post."""
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a source, told also when it failed."""

    source: str
    started_at: datetime
    ended_at: datetime
    outcome: VisitOutcome
    reason: str
    """Empty when all went well."""
    pages: int
    found: int
    """Posts read from the pages."""
    new: int
    """Posts not seen before."""
    passed_over: int = 0
    """Posts left out because the source keeps only those with its keywords."""


@dataclass(frozen=True, slots=True)
class Import:
    """One file that was taken in."""

    source: str
    kind: str
    """How it was read: ``posts``, ``table``, ``hotline``, ``page``, ``cap``."""
    sha256: str
    """Of the file's bytes, hex."""
    at: datetime
    found: int
    """Posts read from it."""
    new: int
    defects: int
