"""What a crawl asks of its memory, and hands over as soon as it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from crawler.records import Defect, Link, Post, Visit
from crawler.sources import Source


@dataclass(frozen=True, slots=True)
class Start:
    """What a visit begins with."""

    etag: str | None = None
    last_modified: str | None = None
    waiting: Sequence[Link] = field(default=(), repr=False)
    """Links that an earlier visit did not come to, leased for this one."""
    found: int = 0
    """What the last visit found, for a page that has not changed since."""


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A page that could not be read, on its way into the sealed store."""

    location: str
    reason: str
    content: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one answer gave, to be stored as a whole or not at all."""

    source: str
    at: datetime
    posts: Sequence[Post] = field(default=(), repr=False)
    defects: Sequence[Defect] = ()
    links: Sequence[Link] = field(default=(), repr=False)
    """Links seen for the first time, to wait until they are read."""
    read: Link | None = field(default=None, repr=False)
    """The link that this answer is of, if it is a page behind one."""
    failed: bool = False
    """The link in ``read`` gave nothing and waits for another try."""
    unparsed: Unparsed | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A visit that is over, with what the next one must know."""

    visit: Visit
    etag: str | None = None
    last_modified: str | None = None
    wait: timedelta | None = None
    """How long the source wants to be left alone, by its own word."""


class RobotsMemory(Protocol):
    """Keeps the robots.txt of sites for a day."""

    def get(self, site: str) -> bytes | None:
        """Return the robots.txt of *site* if it is known and not older than a day."""

    def put(self, site: str, body: bytes) -> None:
        """Remember the robots.txt of *site*, fetched just now."""


class Ledger(Protocol):
    """Where a crawl reads what it did before, and writes what it gathers.

    ``keep`` and ``end`` may gather several calls into one transaction, in order; what was not
    stored when a process dies is fetched again.
    """

    @property
    def robots(self) -> RobotsMemory:
        """The memory of robots.txt files."""

    def begin(self, source: Source, now: datetime) -> Start:
        """Begin a visit of *source*."""

    def unread(self, source: str, links: Sequence[Link]) -> list[Link]:
        """Return those of *links* that were never read, or have changed since."""

    def keep(self, gathered: Gathered) -> None:
        """Take over what one answer gave."""

    def end(self, ended: Ended) -> None:
        """Take over a visit that is over."""


class RobotsInMemory:
    """robots.txt files for as long as this object lives."""

    def __init__(self, known: Mapping[str, bytes] | None = None) -> None:
        self._known = dict(known or {})
        self.fetched: dict[str, bytes] = {}
        """What ``put`` has brought, for whoever stores it."""

    def get(self, site: str) -> bytes | None:
        """Return what is known."""
        return self._known.get(site)

    def put(self, site: str, body: bytes) -> None:
        """Remember."""
        self._known[site] = self.fetched[site] = body


class MemoryLedger:
    """A ledger without a database: for a drill's crawler process, and for a single look.

    Links are remembered as long as it lives; what is gathered waits until somebody takes it.
    """

    def __init__(self) -> None:
        self.robots = RobotsInMemory()
        self.gathered: list[Gathered] = []
        self.ended: list[Ended] = []
        self._read: dict[tuple[str, str], datetime | None] = {}

    def begin(self, source: Source, now: datetime) -> Start:
        """Begin with nothing: a drill's site is fetched whole each time."""
        del source, now
        return Start()

    def unread(self, source: str, links: Sequence[Link]) -> list[Link]:
        """Return those of *links* that were not read yet."""
        return [link for link in links if (source, link.url) not in self._read]

    def keep(self, gathered: Gathered) -> None:
        """Keep what one answer gave."""
        if gathered.read is not None and not gathered.failed:
            self._read[gathered.source, gathered.read.url] = gathered.read.told_at
        self.gathered.append(gathered)

    def end(self, ended: Ended) -> None:
        """Keep the visit."""
        self.ended.append(ended)

    def taken(self) -> tuple[list[Gathered], list[Ended]]:
        """Return what was gathered, in order, and begin anew."""
        found = self.gathered, self.ended
        self.gathered, self.ended = [], []
        return found
