"""Prepared answers: who has reviewed which text. Nothing here publishes anything.

A review is of exact bytes: when an answer changes, here or in the operator's own file, it stands
as not reviewed again, without anybody having to remember to say so.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from analysis.shelf import ShelfEntry
from release import people, store
from release.guards import REVIEWING_ROLES
from release.records import Person, ShelfReview

UNREVIEWED = "未经本单位审定"


def digest(entry: ShelfEntry) -> str:
    """Return the SHA-256 of the answer's text, its slots left as they are."""
    return hashlib.sha256(entry.answer.encode()).hexdigest()


def review(session: Session, entry: ShelfEntry, person: Person, now: datetime) -> ShelfReview:
    """Write down that *person* has reviewed the answer as it stands.

    Raises ``RefusedError`` when the person is inactive or holds no role that reviews.
    """
    role = people.require(person, *REVIEWING_ROLES)
    done = ShelfReview(entry.id, digest(entry), person.person_id, role, now)
    store.add_shelf_review(session, done)
    return done


def reviews(session: Session, entries: Iterable[ShelfEntry]) -> dict[str, ShelfReview]:
    """Return the newest review of each of *entries* whose present text was reviewed, by its id."""
    digests = {entry.id: digest(entry) for entry in entries}
    return {
        kept.entry_id: kept
        for kept in store.shelf_reviews(session)
        if digests.get(kept.entry_id) == kept.sha256
    }
