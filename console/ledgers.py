"""The ledger of a data folder: what a crawl gathers goes into its database, as whole answers."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from console.pipeline import Pipeline
from core.database import reading, transaction
from core.vocabulary import SealedPurpose, VisitOutcome
from crawler import frontier, sealed, store
from crawler.frontier import SourceState
from crawler.ledger import Ended, Gathered, RobotsInMemory, Start
from crawler.records import Link, Visit
from crawler.sources import Source

POSTS_AT_ONCE = 500
ANSWERS_AT_ONCE = 200
SECONDS_AT_ONCE = 1.0
"""A transaction is closed when one of these is reached: a full sync for each page would be slow."""

LONGEST_WAIT = timedelta(hours=24)
FIRST_WAIT = {
    VisitOutcome.THROTTLED: timedelta(minutes=15),
    VisitOutcome.REFUSED: timedelta(hours=1),
    VisitOutcome.LOGIN_PAGE: timedelta(hours=6),
    VisitOutcome.CAPTCHA: timedelta(hours=6),
}
"""How long a source is left alone after its first refusal; doubled with each further one."""


def state_after(before: SourceState | None, ended: Ended, shape: str) -> SourceState:
    """Return what the next visit must know of a source after this one.

    A source that refused is left alone: as long as it asked for, else longer with each refusal.
    """
    visit = ended.visit
    known = before or SourceState(visit.source)
    if visit.outcome.works:
        return SourceState(
            source=visit.source,
            visited_at=visit.ended_at,
            etag=ended.etag,
            last_modified=ended.last_modified,
            found=visit.found,
            shape=shape,
        )
    after = replace(known, visited_at=visit.ended_at, etag=None, last_modified=None, shape=shape)
    if (first := FIRST_WAIT.get(visit.outcome)) is None:
        return after
    refusals = known.refusals + 1
    wait = ended.wait or min(first * 2 ** min(known.refusals, 10), LONGEST_WAIT)
    return replace(after, refusals=refusals, not_before=visit.ended_at + wait)


class StoringLedger:
    """Keeps what a crawl gathers and remembers what it must know; commits by itself.

    Each transaction holds whole answers in the order they came: posts, the links that a page
    showed, and that the page behind a link is read, stand or fall together. Only one may live for
    a data folder at a time (``console.gathering`` holds a lock), so leases left by a killed crawl
    are free.
    """

    def __init__(
        self, pipeline: Pipeline, now: datetime, *, progress: Callable[[], None] = lambda: None
    ) -> None:
        self._pipeline = pipeline
        self._engine = pipeline.services.engine
        self._vault = pipeline.services.vault()
        self._progress = progress
        with transaction(self._engine) as session:
            frontier.release_leases(session)
            sealed.purge(session, now)
            self._states = frontier.states(session)
            self._waiting = frontier.waiting(session)
            self.robots = RobotsInMemory(frontier.robots(session, now))
        self._shapes: dict[str, str] = {}
        self._pending: list[Gathered | Ended] = []
        self._posts = 0
        self._since = 0.0
        self._new: Counter[str] = Counter()
        self.visits: list[Visit] = []
        """The visits that are stored, with what was new."""

    def begin(self, source: Source, now: datetime) -> Start:
        """Begin a visit with what the last one left."""
        self._shapes[source.name] = source.shape
        state = self._states.get(source.name) or SourceState(source.name)
        waiting: Sequence[Link] = ()
        if source.detail and self._waiting.get(source.name):
            with transaction(self._engine) as session:
                waiting = frontier.take(
                    session, self._vault, source.name, now=now, most=source.max_details
                )
        if state.shape != source.shape:
            return Start(waiting=waiting)
        return Start(state.etag, state.last_modified, waiting, state.found)

    def unread(self, source: str, links: Sequence[Link]) -> list[Link]:
        """Return those of *links* that are not read, and wait for nobody yet."""
        with reading(self._engine) as session:
            return frontier.unread(session, self._vault, source, links)

    def keep(self, gathered: Gathered) -> None:
        """Take over an answer; it is stored with the next transaction."""
        self._posts += len(gathered.posts)
        self._add(gathered)

    def end(self, ended: Ended) -> None:
        """Take over a visit; it is stored with the next transaction."""
        self._add(ended)
        self._progress()

    def _add(self, one: Gathered | Ended) -> None:
        now = time.monotonic()
        if not self._pending:
            self._since = now
        self._pending.append(one)
        full = self._posts >= POSTS_AT_ONCE or len(self._pending) >= ANSWERS_AT_ONCE
        if full or now - self._since >= SECONDS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Store what is pending in one transaction."""
        if not self._pending:
            return
        answers = [one for one in self._pending if isinstance(one, Gathered)]
        ended = [one for one in self._pending if isinstance(one, Ended)]
        new, visits = self._new.copy(), []
        with transaction(self._engine) as session:
            new.update(self._store(session, answers))
            for one in ended:
                visits.append(replace(one.visit, new=new.pop(one.visit.source, 0)))
                self._end(session, one, visits[-1])
            moments = [a.at for a in answers] + [e.visit.ended_at for e in ended]
            if self.robots.fetched and moments:
                frontier.save_robots(session, self.robots.fetched, max(moments))
        self.robots.fetched.clear()
        self._pending.clear()
        self._posts, self._new = 0, new
        self.visits += visits

    def _store(self, session: Session, answers: Sequence[Gathered]) -> Counter[str]:
        posts = [post for answer in answers for post in answer.posts]
        defects = [defect for answer in answers for defect in answer.defects]
        stored = self._pipeline.keep(session, posts, defects=defects)
        for answer in answers:
            frontier.add(session, self._vault, answer.source, answer.links, now=answer.at)
            if answer.read is not None and answer.failed:
                frontier.failed(session, self._vault, answer.source, answer.read, answer.at)
            if answer.unparsed is not None:
                self._seal(session, answer)
        self._mark_read(session, answers)
        return Counter(one.post.source for one in stored)

    def _mark_read(self, session: Session, answers: Sequence[Gathered]) -> None:
        read: dict[str, list[Gathered]] = {}
        for answer in answers:
            if answer.read is not None and not answer.failed:
                read.setdefault(answer.source, []).append(answer)
        for source, own in read.items():
            links = [answer.read for answer in own if answer.read is not None]
            frontier.done(session, self._vault, source, links, own[-1].at)

    def _seal(self, session: Session, answer: Gathered) -> None:
        if (page := answer.unparsed) is None:
            return
        item = sealed.ToSeal(
            SealedPurpose.UNPARSED_PAGE,
            answer.source,
            page.location,
            page.reason,
            page.content,
            page.at,
        )
        hours = self._pipeline.services.settings.unparsed_hours
        sealed.keep(session, self._vault, item, hours=hours)

    def _end(self, session: Session, ended: Ended, visit: Visit) -> None:
        store.save_visit(session, visit)
        source = visit.source
        state = state_after(self._states.get(source), ended, self._shapes.get(source, ""))
        frontier.save_state(session, state)
        frontier.release_leases(session, source)
        self._states[source] = state
