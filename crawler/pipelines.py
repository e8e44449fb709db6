"""What a visit gathers, veiled at once.

Scrapy's own items would be queued, signalled and logged with the author still in them. So a
parsed post goes straight from the parser through the veil into the tray of its source, and
nothing of it ever enters Scrapy.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.vocabulary import VisitOutcome
from crawler.parsers import ParseResult
from crawler.parsers.page import location
from crawler.privacy import Veil
from crawler.records import Defect, Post, Visit
from crawler.sources import Source

_GRAVE = (VisitOutcome.REFUSED, VisitOutcome.THROTTLED, VisitOutcome.LOGIN_PAGE)
"""Outcomes of one detail page that speak for the whole source, and end its visit."""


@dataclass(slots=True)
class Tray:
    """What one visit to one source has gathered so far."""

    source: Source
    veil: Veil = field(repr=False)
    started_at: datetime
    posts: dict[str, Post] = field(default_factory=dict, repr=False)
    defects: list[Defect] = field(default_factory=list)
    outcome: VisitOutcome = VisitOutcome.OK
    reason: str = ""
    pages: int = 0
    links: int = 0
    under_way: int = 0
    """Requests not yet answered; the visit ends when none is left."""
    followed: set[str] = field(default_factory=set, repr=False)

    @property
    def stopped(self) -> bool:
        """Whether the source has said that it wants no more requests."""
        return self.outcome in _GRAVE

    def take(self, result: ParseResult, *, seen_at: datetime) -> None:
        """Veil and keep the posts of one page; a post that names no text is a defect."""
        self.pages += 1
        self.links += len(result.links)
        self.defects += result.defects
        self.veil.meet(result.posts)
        for number, parsed in enumerate(result.posts, 1):
            try:
                post = self.veil.veil(parsed, seen_at=seen_at)
            except ValueError:
                where = location(self.source.url, number)
                self.defects.append(Defect(self.source.name, where, "条目没有文字", seen_at))
            else:
                self.posts.setdefault(post.post_id, post)

    def fail(self, outcome: VisitOutcome, reason: str, *, detail: bool, at: datetime) -> None:
        """Note a failed request: of the list it is the visit's outcome, of a detail a defect."""
        if not detail or outcome in _GRAVE:
            self.outcome, self.reason = outcome, reason
        if detail:
            # The address of a detail page can name a person, so only its source is told.
            where = location(self.source.url)
            self.defects.append(Defect(self.source.name, where, f"详情页：{reason}", at))

    def visit(self, ended_at: datetime) -> Visit:
        """Return the record of the visit; ``new`` is 0 until the posts are stored."""
        return Visit(
            source=self.source.name,
            started_at=self.started_at,
            ended_at=ended_at,
            outcome=self.outcome,
            reason=self.reason,
            pages=self.pages,
            found=max(len(self.posts), self.links),
            new=0,
        )


@dataclass(frozen=True, slots=True)
class Gathered:
    """A finished visit, ready to be stored."""

    posts: Sequence[Post] = field(repr=False)
    defects: Sequence[Defect]
    visit: Visit
