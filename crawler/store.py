"""Posts, visits and defects as rows and back: the only module here that speaks SQL.

The same input twice changes nothing: a post is known by source and the source's own id.
"""

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, String, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from core.database import Base
from core.vocabulary import VisitOutcome
from crawler.folding import Folder
from crawler.records import Counts, Defect, Import, Post, StoredPost, Visit
from crawler.tables import DefectRow, ImportRow, PostRow, RefusedTaskRow, VisitRow

_POSTS = Base.metadata.tables[PostRow.__tablename__]
_COLUMNS = tuple(_POSTS.c)

# Built once, and run on the connection: a replay runs them tens of thousands of times.
_ADD_POSTS = insert(_POSTS)
_LAST_KEY = select(func.max(_POSTS.c.key))
# A list as JSON is one value, so any number of ids is one statement that SQLite has seen before.
_ASKED = func.json_each(bindparam("asked", type_=String)).table_valued("value")
_KEYS = select(_POSTS.c.post_id, _POSTS.c.key).where(
    _POSTS.c.source == bindparam("of"), _POSTS.c.post_id.in_(select(_ASKED.c.value))
)
_FILL_IN_PARENT = (
    update(_POSTS).where(_POSTS.c.key == bindparam("orphan")).values(parent=bindparam("found"))
)


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What became of a batch of posts."""

    stored: tuple[StoredPost, ...]
    """The new ones, in the order given, with their keys."""
    known: int
    """How many were there already, or came twice in the batch."""


def save_posts(session: Session, posts: Sequence[Post], folder: Folder) -> SaveResult:
    """Store the posts that are not known yet, and return them with key, first copy and parent.

    *folder* is asked in the given order, for new posts only. A stored post that was waiting for
    one of these as its parent gets it filled in; the records returned are of the new posts alone.
    After a rollback the folder knows posts that are not there: load a new one.
    """
    known = _keys_of(session, posts)
    new = _unknown(posts, known)
    if not new:
        return SaveResult((), len(posts))
    last = session.connection().scalar(_LAST_KEY) or 0
    keys = {(post.source, post.post_id): last + n for n, post in enumerate(new, 1)}
    parents = known | keys
    stored = tuple(
        StoredPost(
            key=keys[post.source, post.post_id],
            post=post,
            duplicate_of=folder.fold(
                keys[post.source, post.post_id], post.text, post.fingerprint, post.published_at
            ),
            parent=_parent(post, parents),
        )
        for post in new
    )
    session.connection().execute(_ADD_POSTS, [_row(one) for one in stored])
    _fill_in_parents(session, stored, folder)
    return SaveResult(stored, len(posts) - len(new))


def _unknown(posts: Sequence[Post], known: Container[tuple[str, str]]) -> list[Post]:
    """Return the posts that are not *known*, each id once, in order."""
    first = {(p.source, p.post_id): p for p in reversed(posts)}
    return [
        p for p in posts if (p.source, p.post_id) not in known and first[p.source, p.post_id] is p
    ]


def _keys_of(session: Session, posts: Iterable[Post]) -> dict[tuple[str, str], int]:
    """Return (source, post_id) -> key of what is stored of *posts* and of what they answer."""
    by_source: dict[str, dict[str, None]] = {}
    for post in posts:
        asked = by_source.setdefault(post.source, {})
        asked[post.post_id] = None
        if wanted := _answers(post):
            asked[wanted] = None
    connection, found = session.connection(), {}
    for source, ids in by_source.items():
        stored = connection.execute(_KEYS, {"of": source, "asked": json.dumps(list(ids))})
        found.update({(source, post_id): key for post_id, key in stored})
    return found


def _answers(post: Post) -> str | None:
    return post.reply_to or post.repost_of


def _parent(post: Post, keys: dict[tuple[str, str], int]) -> int | None:
    wanted = _answers(post)
    # A post that answers itself has no parent.
    return keys.get((post.source, wanted)) if wanted and wanted != post.post_id else None


def _fill_in_parents(session: Session, stored: Sequence[StoredPost], folder: Folder) -> None:
    """Give posts that came before their parent the parent that has now come."""
    if folder.awaited is None:
        folder.awaited = _awaited(session)
    for one in stored:
        if one.parent is None and (wanted := _answers(one.post)):
            folder.awaited.setdefault((one.post.source, wanted), set()).add(one.key)
    found = [
        {"orphan": orphan, "found": one.key}
        for one in stored
        for orphan in sorted(folder.awaited.pop((one.post.source, one.post.post_id), ()))
        if orphan != one.key
    ]
    if found:
        session.connection().execute(_FILL_IN_PARENT, found)


def _awaited(session: Session) -> dict[tuple[str, str], set[int]]:
    """Return (source, post_id) of every parent that is not there -> keys that wait for it."""
    wanted = func.coalesce(_POSTS.c.reply_to, _POSTS.c.repost_of)
    query = select(_POSTS.c.source, wanted, _POSTS.c.key).where(
        _POSTS.c.parent.is_(None), wanted.is_not(None)
    )
    waiting: dict[tuple[str, str], set[int]] = {}
    for source, post_id, key in session.execute(query):
        waiting.setdefault((source, post_id), set()).add(key)
    return waiting


def _row(stored: StoredPost) -> dict[str, Any]:
    post = stored.post
    return {
        "key": stored.key,
        "source": post.source,
        "post_id": post.post_id,
        "url": post.url,
        "published_at": post.published_at,
        "seen_at": post.seen_at,
        "channel": post.channel,
        "text": post.text,
        "voice": post.voice,
        "fingerprint": post.fingerprint,
        "reply_to": post.reply_to,
        "repost_of": post.repost_of,
        "reposts": post.counts.reposts,
        "comments": post.counts.comments,
        "likes": post.counts.likes,
        "issuer": post.issuer,
        "time_uncertain": post.time_uncertain,
        "zone_assumed": post.zone_assumed,
        "duplicate_of": stored.duplicate_of,
        "parent": stored.parent,
    }


def _stored(row: Row[Any]) -> StoredPost:
    post = Post(
        source=row.source,
        post_id=row.post_id,
        url=row.url,
        published_at=row.published_at,
        seen_at=row.seen_at,
        channel=row.channel,
        text=row.text,
        voice=row.voice,
        fingerprint=row.fingerprint,
        reply_to=row.reply_to,
        repost_of=row.repost_of,
        counts=Counts(reposts=row.reposts, comments=row.comments, likes=row.likes),
        issuer=row.issuer,
        time_uncertain=row.time_uncertain,
        zone_assumed=row.zone_assumed,
    )
    return StoredPost(row.key, post, row.duplicate_of, row.parent)


_BY_KEY: Select[Any] = select(*_COLUMNS).order_by(_POSTS.c.key)
_AFTER = _BY_KEY.where(_POSTS.c.key > bindparam("after")).limit(bindparam("most"))


def newest_post(session: Session) -> int:
    """Return the key of the newest post, 0 before the first."""
    return session.connection().scalar(_LAST_KEY) or 0


def posts_after(session: Session, key: int, limit: int) -> list[StoredPost]:
    """Return at most *limit* posts with a key above *key*, in key order."""
    rows = session.connection().execute(_AFTER, {"after": key, "most": limit})
    return [_stored(row) for row in rows]


def posts_since(session: Session, since: datetime, *, until: int) -> list[StoredPost]:
    """Return the posts published from *since* on with a key up to *until*, in key order."""
    query = _BY_KEY.where(_POSTS.c.published_at >= since, _POSTS.c.key <= until)
    return [_stored(row) for row in session.execute(query)]


def all_posts(session: Session) -> Iterator[StoredPost]:
    """Yield every post in key order, a thousand rows in memory at a time."""
    key = 0
    while page := posts_after(session, key, 1000):
        yield from page
        key = page[-1].key


def known_urls(session: Session, source: str) -> frozenset[str]:
    """Return the addresses of the source's stored posts, for ``crawl.visit_sources``' *seen*."""
    query = select(_POSTS.c.url).where(_POSTS.c.source == source, _POSTS.c.url.is_not(None))
    return frozenset(session.scalars(query))


def load_folder(session: Session, since: datetime) -> Folder:
    """Return a folder that knows the posts published from *since* on, in key order."""
    folder = Folder()
    wanted = (_POSTS.c.key, _POSTS.c.text, _POSTS.c.fingerprint, _POSTS.c.published_at)
    # Copies too: a copy of a near copy is known by the near copy's own wording.
    query = select(*wanted).where(_POSTS.c.published_at >= since).order_by(_POSTS.c.key)
    for key, text, fingerprint, published_at in session.execute(query):
        folder.fold(key, text, fingerprint, published_at)
    return folder


def save_visit(session: Session, visit: Visit) -> None:
    """Store one visit."""
    session.execute(insert(VisitRow), [asdict(visit) | {"outcome": visit.outcome.value}])


def visits_between(session: Session, start: datetime, end: datetime) -> list[Visit]:
    """Return the visits that started from *start* until before *end*, in order of start."""
    query = (
        select(VisitRow)
        .where(VisitRow.started_at >= start, VisitRow.started_at < end)
        .order_by(VisitRow.started_at, VisitRow.key)
    )
    return [
        Visit(
            source=row.source,
            started_at=row.started_at,
            ended_at=row.ended_at,
            outcome=VisitOutcome(row.outcome),
            reason=row.reason,
            pages=row.pages,
            found=row.found,
            new=row.new,
            passed_over=row.passed_over,
        )
        for row in session.scalars(query)
    ]


def save_defects(session: Session, defects: Sequence[Defect]) -> None:
    """Store the defects; one that is known (source, location, reason) stays as it was."""
    if defects:
        rows = [asdict(defect) for defect in defects]
        session.execute(sqlite_insert(DefectRow).on_conflict_do_nothing(), rows)


def defects_of(session: Session, source: str, limit: int) -> list[Defect]:
    """Return the first *limit* things of *source* that could not be taken in."""
    query = select(DefectRow).where(DefectRow.source == source).order_by(DefectRow.key).limit(limit)
    return [
        Defect(source=row.source, location=row.location, reason=row.reason, seen_at=row.seen_at)
        for row in session.scalars(query)
    ]


def defect_counts(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    """Return how many defects each source had, seen from *start* until before *end*."""
    query = (
        select(DefectRow.source, func.count())
        .where(DefectRow.seen_at >= start, DefectRow.seen_at < end)
        .group_by(DefectRow.source)
        .order_by(DefectRow.source)
    )
    return {str(source): int(count) for source, count in session.execute(query)}


def save_import(session: Session, done: Import) -> None:
    """Store that a file was taken in."""
    session.execute(insert(ImportRow), [asdict(done)])


def import_of(session: Session, sha256: str) -> Import | None:
    """Return the latest import of the file with these bytes, or None."""
    query = select(ImportRow).where(ImportRow.sha256 == sha256).order_by(ImportRow.key.desc())
    row = session.scalars(query.limit(1)).first()
    return None if row is None else _import(row)


def imports_between(session: Session, start: datetime, end: datetime) -> list[Import]:
    """Return the imports from *start* until before *end*, in order."""
    query = select(ImportRow).where(ImportRow.at >= start, ImportRow.at < end)
    return [_import(row) for row in session.scalars(query.order_by(ImportRow.key))]


def _import(row: ImportRow) -> Import:
    return Import(row.source, row.kind, row.sha256, row.at, row.found, row.new, row.defects)


def save_refusal(session: Session, *, asked: str, reasons: Sequence[str], at: datetime) -> None:
    """Store that a task was refused: its kind *asked* and why, never what it would have named."""
    session.execute(insert(RefusedTaskRow), [{"asked": asked, "reasons": list(reasons), "at": at}])


def refusals(session: Session) -> list[tuple[datetime, str, tuple[str, ...]]]:
    """Return when what kind of task was refused, and why, oldest first."""
    rows = session.scalars(select(RefusedTaskRow).order_by(RefusedTaskRow.key))
    return [(row.at, row.asked, tuple(row.reasons)) for row in rows]
