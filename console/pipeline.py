"""One round: gather, analyse, notice, hear who calls for help. The only writer of posts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis import store as analysis_store
from analysis.analyse import Analyser, Round
from analysis.gazetteer import Gazetteer
from console.wiring import Services
from core.database import transaction
from crawler import sealed_contacts, store
from crawler.folding import Folder
from crawler.privacy import Veil
from crawler.records import Defect, ParsedPost, Post, StoredPost, Visit
from release import help_store, helping

FOLDED_BACK = timedelta(days=3)


class Pipeline:
    """Everything between a gathered post and an alert, with its memory between rounds."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._veil = services.veil()
        self._vault = services.vault()
        self._gazetteer = Gazetteer(services.directory)
        self._analyser = Analyser(services.directory, services.settings.notice, services.shelf)
        self._folder: Folder | None = None
        self._newest = 0

    @property
    def door(self) -> Veil:
        """The veil that this pipeline's posts pass; it knows the handles they have named."""
        return self._veil

    def meet(self, parsed: Iterable[ParsedPost]) -> None:
        """Learn the handles of posts that are to come, for answers name them before they do."""
        self._veil.meet(parsed)

    def veil(
        self, parsed: Iterable[ParsedPost], *, seen_at: datetime
    ) -> tuple[tuple[Post, ...], tuple[Defect, ...]]:
        """Return *parsed* without a person in it, and what had no text left as defects."""
        posts, defects = [], []
        parsed = tuple(parsed)
        self._veil.meet(parsed)
        for post in parsed:
            try:
                posts.append(self._veil.veil(post, seen_at=seen_at))
            except ValueError as error:
                defects.append(Defect(post.source, "post", str(error), seen_at))
        return tuple(posts), tuple(defects)

    def keep(
        self,
        session: Session,
        posts: Sequence[Post],
        *,
        defects: Sequence[Defect] = (),
        visit: Visit | None = None,
    ) -> tuple[StoredPost, ...]:
        """Store what is new and return it; the same posts twice change nothing."""
        stored = self._store(session, posts) if posts else ()
        store.save_defects(session, defects)
        if visit is not None:
            store.save_visit(session, replace(visit, new=len(stored)))
        return stored

    def _store(self, session: Session, posts: Sequence[Post]) -> tuple[StoredPost, ...]:
        newest = store.newest_post(session)
        if self._folder is None or newest != self._newest:
            # The first posts, a rollback, or another process: the folder no longer knows what
            # is stored, and would fold a post into one that is not there.
            first = min(post.published_at for post in posts)
            self._folder = store.load_folder(session, first - FOLDED_BACK)
        # A page lists the newest first; the first telling of a text is the earliest one.
        in_order = sorted(posts, key=lambda post: post.published_at)
        result = store.save_posts(session, in_order, self._folder)
        self._newest = result.stored[-1].key if result.stored else newest
        if result.edited:
            self._analyser.reread(session, result.edited)
        self._hear_calls(session, posts, result)
        return result.stored

    def _hear_calls(self, session: Session, posts: Sequence[Post], saved: store.SaveResult) -> None:
        """Seal the contacts that the door found; an edit may make a call for help of a post.

        What a copy or an edit brings to a call that is over is gone before anyone could read it.
        """
        fresh = {one.key for one in (*saved.stored, *saved.edited)}
        hours = self.services.settings.help_contact_hours
        now = max(post.seen_at for post in posts)
        if sealed_contacts.keep(session, self._vault, posts, fresh, hours=hours):
            helping.forget_returned(session, now)
        edited = [one.key for one in saved.edited]
        if edited:
            helping.receive(session, edited, now, self._gazetteer)

    def round(self, session: Session, now: datetime, *, fresh: Sequence[StoredPost] = ()) -> Round:
        """Analyse what is new, in the caller's transaction, and open a lead for each call for help.

        What was taken for a call at the door and is none loses its contact here.

        *fresh* is what ``keep`` has just returned in this transaction; it saves reading it again.
        """
        last = analysis_store.last_scored(session)
        done = self._analyser.round(session, now, fresh=fresh)
        if done.posts:
            calls = help_store.calls_after(session, last)
            helping.receive(session, calls, now, self._gazetteer)
        helping.tidy(session, now)
        return done

    def run_round(self, now: datetime) -> Round:
        """Analyse what is new in a transaction of its own."""
        with transaction(self.services.engine) as session:
            return self.round(session, now)
