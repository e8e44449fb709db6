"""What a visit gathers, veiled at once.

Scrapy's own items would be queued, signalled and logged with the author still in them. So a
parsed post goes straight from the parser through the veil into what the ledger keeps, and nothing
of it ever enters Scrapy.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.text import matching_form
from core.vocabulary import VisitOutcome
from crawler.ledger import Start
from crawler.parsers import ParseResult
from crawler.parsers.page import location
from crawler.privacy import Veil
from crawler.records import Defect, Link, Post, Visit
from crawler.sources import Source

GRAVE = frozenset(
    {
        VisitOutcome.REFUSED,
        VisitOutcome.THROTTLED,
        VisitOutcome.LOGIN_PAGE,
        VisitOutcome.CAPTCHA,
    }
)
"""Outcomes of any one page that speak for the whole source, and end its visit."""


@dataclass(slots=True)
class Tray:
    """One visit to one source so far."""

    source: Source
    veil: Veil = field(repr=False)
    started_at: datetime
    start: Start = field(default_factory=Start, repr=False)
    outcome: VisitOutcome = VisitOutcome.OK
    reason: str = ""
    wait: timedelta | None = None
    etag: str | None = None
    last_modified: str | None = None
    pages: int = 0
    posts: int = 0
    links: int = 0
    passed_over: int = 0
    under_way: int = 0
    """Requests not yet answered; the visit ends when none is left."""
    details_left: int = 0
    """Pages behind links that this visit may still read."""
    followed: set[str] = field(default_factory=set, repr=False)

    @property
    def stopped(self) -> bool:
        """Whether the source has said that it wants no more requests."""
        return self.outcome in GRAVE

    def take(
        self, result: ParseResult, *, seen_at: datetime
    ) -> tuple[tuple[Post, ...], tuple[Defect, ...]]:
        """Return the posts of one page without a person in them, and what could not be taken in."""
        self.pages += 1
        self.links += len(result.links)
        self.veil.meet(result.posts)
        posts: dict[str, Post] = {}
        defects = list(result.defects)
        for number, parsed in enumerate(result.posts, 1):
            try:
                post = self.veil.veil(parsed, seen_at=seen_at)
            except ValueError:
                where = location(self.source.url, number)
                defects.append(Defect(self.source.name, where, "条目没有文字", seen_at))
            else:
                posts.setdefault(post.post_id, post)
        self.posts += len(posts)
        return self._wanted(tuple(posts.values())), tuple(defects)

    def _wanted(self, found: tuple[Post, ...]) -> tuple[Post, ...]:
        """Leave out, and count, what holds none of the source's keywords."""
        if not self.source.keywords:
            return found
        words = [matching_form(word) for word in self.source.keywords]
        kept = tuple(p for p in found if any(word in matching_form(p.text) for word in words))
        self.passed_over += len(found) - len(kept)
        return kept

    def open_links(self, result: ParseResult, now: datetime) -> list[Link]:
        """Return the links of a page that are not followed yet and not too old, in order."""
        if not self.source.detail:
            return []
        oldest = now - timedelta(days=self.source.max_age_days)
        return [
            link
            for link in result.links
            if link.url not in self.followed and (link.told_at is None or link.told_at >= oldest)
        ]

    def fail(self, outcome: VisitOutcome, reason: str, *, detail: bool) -> None:
        """Note a failed request: of the list it is the visit's outcome, of a detail if grave."""
        if not detail or outcome in GRAVE:
            self.outcome, self.reason = outcome, reason

    def defect(self, reason: str, at: datetime) -> Defect:
        """Return that a page behind a link gave nothing.

        Its address can name a person, so only its source is told.
        """
        return Defect(self.source.name, location(self.source.url), f"详情页：{reason}", at)

    def visit(self, ended_at: datetime) -> Visit:
        """Return the record of the visit; ``new`` is 0 until the posts are stored."""
        unchanged = self.outcome is VisitOutcome.UNCHANGED
        return Visit(
            source=self.source.name,
            started_at=self.started_at,
            ended_at=ended_at,
            outcome=self.outcome,
            reason=self.reason,
            pages=self.pages,
            found=self.start.found if unchanged else max(self.posts, self.links),
            new=0,
            passed_over=self.passed_over,
        )
