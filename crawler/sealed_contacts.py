"""Contacts in calls for help, in the sealed store: each bound to its post, each number once.

The door (``crawler.privacy``) hands them over encrypted; here they are sealed anew for the post
that was stored. A number that is gone does not come back with the next visit to the same page.
What a copy or an edit brings to a call that is over, ``release.helping`` destroys: it knows.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.vocabulary import DestructionCause, SealedPurpose
from crawler import sealed
from crawler.contacts import identity, packed, unpacked
from crawler.records import Contact, Post
from crawler.sealed import ToSeal, Vault
from crawler.tables import PostRow, SealedContactRow, SealedRow

DOOR = "help contact at the door"
"""Context in which the door encrypts; what is stored opens only in that of its post."""

REASON = "求助信息中的联系方式"

_CHUNK = 500


def keep(
    session: Session, vault: Vault, posts: Iterable[Post], fresh: Collection[int], *, hours: int
) -> int:
    """Seal the contacts of *posts*, which are stored, and return how many were new.

    *fresh* are the keys of those that are new or reworded. Of a post that only came again a
    number is taken when it stands in the place of one that is still kept: a mask hides a change
    of number, and what has been destroyed must not return.
    """
    return sum(
        _keep(session, vault, post, fresh, hours) for post in posts if post.contacts is not None
    )


def _keep(session: Session, vault: Vault, post: Post, fresh: Collection[int], hours: int) -> int:
    found = session.execute(
        select(PostRow.key, PostRow.duplicate_of).where(
            PostRow.source == post.source, PostRow.post_id == post.post_id
        )
    ).one_or_none()
    if found is None or post.contacts is None:
        return 0
    key, item = int(found.key), int(found.duplicate_of or found.key)
    of_item = select(SealedContactRow.digest, SealedContactRow.post).where(
        SealedContactRow.item == item
    )
    known = {bytes(digest): int(of) for digest, of in session.execute(of_item)}
    if key not in fresh and key not in known.values():
        return 0
    count = 0
    for contact in unpacked(vault.open(post.contacts, DOOR)):
        mark = identity(contact.kind, contact.value)
        digest = vault.digest(f"help contact\0{item}\0{contact.kind}\0{mark}")
        if digest not in known:
            known[digest] = key
            sealed_key = sealed.keep(session, vault, _to_seal(contact, post, key), hours=hours)
            session.add(SealedContactRow(sealed=sealed_key, post=key, item=item, digest=digest))
            session.flush()
            count += 1
    return count


def _to_seal(contact: Contact, post: Post, key: int) -> ToSeal:
    return ToSeal(
        purpose=SealedPurpose.HELP_CONTACT,
        source=post.source,
        location=f"post {key}",
        reason=REASON,
        content=packed([contact]),
        at=post.seen_at,
    )


def counts(session: Session, items: Sequence[int]) -> dict[int, int]:
    """Return how many contacts are kept for each of *items*; one without any is left out."""
    found: dict[int, int] = {}
    for start in range(0, len(items), _CHUNK):
        query = (
            select(SealedContactRow.item, func.count())
            .where(SealedContactRow.item.in_(items[start : start + _CHUNK]))
            .group_by(SealedContactRow.item)
        )
        found |= {int(item): int(count) for item, count in session.execute(query)}
    return found


def opened(
    session: Session, vault: Vault, item: int, *, reader: str, reason: str, at: datetime
) -> list[Contact]:
    """Return the contacts of *item*; that *reader* read each of them, and why, is kept.

    What has expired is not opened, even before it is destroyed.
    """
    query = (
        select(SealedContactRow.sealed)
        .join(SealedRow, SealedRow.key == SealedContactRow.sealed)
        .where(SealedContactRow.item == item, SealedRow.expires_at > at)
        .order_by(SealedContactRow.sealed)
    )
    return [
        contact
        for key in session.scalars(query).all()
        for contact in unpacked(
            sealed.opened(session, vault, key, reader=reader, reason=reason, at=at)
        )
    ]


def destroy(
    session: Session,
    items: Sequence[int],
    cause: DestructionCause,
    *,
    by: str,
    at: datetime,
    about: str,
    reason: str,
) -> int:
    """Destroy the contacts of *items*, with a record; return how many they were."""
    keys: list[int] = []
    for start in range(0, len(items), _CHUNK):
        chunk = items[start : start + _CHUNK]
        query = select(SealedContactRow.sealed).where(SealedContactRow.item.in_(chunk))
        keys += session.scalars(query).all()
    if not keys:
        return 0
    return sealed.destroy(session, keys, cause, by=by, at=at, about=about, reason=reason)
