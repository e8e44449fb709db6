"""Posts, visits and defects as rows and back: the only module here that speaks SQL.

The same input twice changes nothing: a post is known by source and the source's own id.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from core.database import Base, sqlite_moment
from core.text import matching_form
from core.vocabulary import VisitOutcome
from crawler.folding import Folder
from crawler.records import HOTLINE, Counts, Defect, Import, Post, StoredPost, Visit
from crawler.tables import (
    DefectRow,
    ImportRow,
    PostRow,
    PostVersionRow,
    RefusedTaskRow,
    VisitRow,
)

_POSTS = Base.metadata.tables[PostRow.__tablename__]
_COLUMNS = tuple(_POSTS.c)

# Built once, and run on the connection: a replay runs them tens of thousands of times. The rows go
# straight to the driver: SQLAlchemy's own handling of each value costs more than SQLite's.
_ADD_POSTS = str(insert(_POSTS).compile(dialect=sqlite_dialect()))
_LAST_KEY = select(func.max(_POSTS.c.key))
# A list as JSON is one value, so any number of ids is one statement that SQLite has seen before.
_ASKED = func.json_each(bindparam("asked", type_=String)).table_valued("value")
_KEYS = select(
    _POSTS.c.post_id,
    _POSTS.c.key,
    _POSTS.c.duplicate_of,
    _POSTS.c.fingerprint,
    _POSTS.c.reposts,
    _POSTS.c.comments,
    _POSTS.c.likes,
).where(_POSTS.c.source == bindparam("of"), _POSTS.c.post_id.in_(select(_ASKED.c.value)))

BARE_REPOSTS = ("转发微博", "转发", "轉發微博", "轉發", "转发了", "分享微博", "Repost", "转")
"""What platforms write where somebody passes a post on without a word of their own."""
_BARE = frozenset(matching_form(text) for text in BARE_REPOSTS)

_FILL_IN_PARENT = (
    update(_POSTS)
    .where(_POSTS.c.key == bindparam("orphan"))
    .values(
        parent=bindparam("found"),
        # Passed on without a word: a copy of what it passes on.
        duplicate_of=case(
            (
                # Not in_(): a list of values cannot be bound for many rows at once.
                _POSTS.c.repost_of.is_not(None)
                & or_(*(_POSTS.c.text == bare for bare in BARE_REPOSTS)),
                bindparam("root"),
            ),
            else_=_POSTS.c.duplicate_of,
        ),
    )
)
_RECOUNT = (
    update(_POSTS)
    .where(_POSTS.c.key == bindparam("of"))
    .values(
        reposts=bindparam("now_reposts"),
        comments=bindparam("now_comments"),
        likes=bindparam("now_likes"),
    )
)


_CHUNK = 500
"""Keys named in one query; SQLite takes no more than some thousands."""


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What became of a batch of posts."""

    stored: tuple[StoredPost, ...]
    """The new ones, in the order given, with their keys."""
    known: int
    """How many were there already, or came twice in the batch."""
    edited: tuple[StoredPost, ...] = ()
    """Those of the known ones whose source has changed their wording, as they read now."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored of a post that a batch brings again, or answers."""

    key: int
    first: int | None
    """Key of the first copy, if it is a copy."""
    fingerprint: str
    counts: Counts


_Keys = dict[tuple[str, str], _Known]


def save_posts(session: Session, posts: Sequence[Post], folder: Folder) -> SaveResult:
    """Store the posts that are not known yet, and return them with key, first copy and parent.

    *folder* is asked in the given order, for new posts only. A stored post that was waiting for
    one of these as its parent gets it filled in; the records returned are of the new posts alone.
    A known post with new wording keeps its earlier wording as a version, one that its source has
    already shown before changes nothing; counters are brought up to date. Of an id that comes
    twice in a batch the last is taken. After a rollback the folder knows posts that are not
    there: load a new one.
    """
    known = _known(session, posts)
    latest = {(p.source, p.post_id): p for p in posts}
    new = [p for k, p in latest.items() if k not in known]
    again = [(known[k], p) for k, p in latest.items() if k in known]
    edited = _bring_up_to_date(session, again, folder) if again else ()
    if not new:
        return SaveResult((), len(posts), edited)
    stored = _place(session, new, known, folder)
    session.connection().exec_driver_sql(_ADD_POSTS, [_values(one) for one in stored])
    _fill_in_parents(session, stored, folder)
    return SaveResult(stored, len(posts) - len(new), edited)


def _place(
    session: Session, new: Sequence[Post], known: _Keys, folder: Folder
) -> tuple[StoredPost, ...]:
    """Give new posts their keys, their first copies and their parents."""
    last = session.connection().scalar(_LAST_KEY) or 0
    keys = {(post.source, post.post_id): last + n for n, post in enumerate(new, 1)}
    bare = {keys[p.source, p.post_id] for p in new if _is_bare_repost(p)}
    worded = [
        (key, p.text, p.fingerprint, p.published_at)
        for p in new
        if (key := keys[p.source, p.post_id]) not in bare and p.channel != HOTLINE
    ]
    firsts = {one.key: one.first for one in known.values()}
    firsts |= dict(zip((key for key, *_ in worded), folder.fold_many(worded), strict=True))
    stored = []
    for post in new:
        key, parent = keys[post.source, post.post_id], _parent(post, keys, known)
        if key in bare:
            firsts[key] = None if parent is None else firsts.get(parent) or parent
        stored.append(StoredPost(key=key, post=post, duplicate_of=firsts.get(key), parent=parent))
    return tuple(stored)


def _is_bare_repost(post: Post) -> bool:
    return post.repost_of is not None and matching_form(post.text) in _BARE


def _known(session: Session, posts: Iterable[Post]) -> _Keys:
    """Return what is stored of *posts* and of what they answer, by source and id."""
    by_source: dict[str, dict[str, None]] = {}
    for post in posts:
        asked = by_source.setdefault(post.source, {})
        asked[post.post_id] = None
        if wanted := _answers(post):
            asked[wanted] = None
    connection, found = session.connection(), {}
    for source, ids in by_source.items():
        stored = connection.execute(_KEYS, {"of": source, "asked": json.dumps(list(ids))})
        for post_id, key, first, mark, *counts in stored:
            found[source, post_id] = _Known(key, first, mark, Counts(*counts))
    return found


def _answers(post: Post) -> str | None:
    return post.reply_to or post.repost_of


def _parent(post: Post, keys: Mapping[tuple[str, str], int], known: _Keys) -> int | None:
    wanted = _answers(post)
    # A post that answers itself has no parent.
    if not wanted or wanted == post.post_id:
        return None
    if (stored := known.get((post.source, wanted))) is not None:
        return stored.key
    return keys.get((post.source, wanted))


def _bring_up_to_date(
    session: Session, again: Sequence[tuple[_Known, Post]], folder: Folder
) -> tuple[StoredPost, ...]:
    """Write down new counters and new wordings of known posts; return those reworded."""
    # Counters that are all 0 are mostly counters that the page did not tell.
    recounted = [
        {
            "of": known.key,
            "now_reposts": post.counts.reposts,
            "now_comments": post.counts.comments,
            "now_likes": post.counts.likes,
        }
        for known, post in again
        if post.counts not in {known.counts, Counts()}
    ]
    if recounted:
        session.connection().execute(_RECOUNT, recounted)
    reworded = [(known, post) for known, post in again if post.fingerprint != known.fingerprint]
    found = [_reword(session, known, post, folder) for known, post in reworded]
    return tuple(one for one in found if one is not None)


def _reword(session: Session, known: _Known, post: Post, folder: Folder) -> StoredPost | None:
    """Keep the wording that stood as a version, and put the new one in its place.

    Returns None for a wording that the post has had before: a file taken in again, or a page that
    was kept back, is no edit.
    """
    earlier = session.execute(
        select(PostVersionRow.fingerprint).where(PostVersionRow.post == known.key)
    ).all()
    if any(mark == post.fingerprint for (mark,) in earlier):
        return None
    row = session.execute(_BY_KEY.where(_POSTS.c.key == known.key)).one()
    session.execute(
        insert(PostVersionRow),
        [
            {
                "post": known.key,
                "number": len(earlier) + 1,
                "text": row.text,
                "fingerprint": row.fingerprint,
                "seen_at": row.seen_at,
                "replaced_at": post.seen_at,
            }
        ],
    )
    session.execute(
        update(PostRow)
        .where(PostRow.key == known.key)
        .values(text=post.text, fingerprint=post.fingerprint)
    )
    if row.channel != HOTLINE:
        folder.refold(row.duplicate_of or known.key, post.text, post.fingerprint, row.published_at)
    before = _stored(row)
    now = replace(before.post, text=post.text, fingerprint=post.fingerprint)
    return replace(before, post=now)


def _fill_in_parents(session: Session, stored: Sequence[StoredPost], folder: Folder) -> None:
    """Give posts that came before their parent the parent that has now come."""
    if folder.awaited is None:
        folder.awaited = _awaited(session)
    for one in stored:
        if one.parent is None and (wanted := _answers(one.post)):
            folder.awaited.setdefault((one.post.source, wanted), set()).add(one.key)
    if not folder.awaited:
        return
    found = [
        {"orphan": orphan, "found": one.key, "root": one.duplicate_of or one.key}
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


def _values(stored: StoredPost) -> tuple[object, ...]:
    """Return the row of a post, in the order of the table's columns."""
    post = stored.post
    return (
        stored.key,
        post.source,
        post.post_id,
        post.url,
        sqlite_moment(post.published_at),
        sqlite_moment(post.seen_at),
        post.channel,
        post.text,
        post.voice,
        post.fingerprint,
        post.reply_to,
        post.repost_of,
        post.counts.reposts,
        post.counts.comments,
        post.counts.likes,
        post.issuer,
        post.time_uncertain,
        post.zone_assumed,
        stored.duplicate_of,
        stored.parent,
    )


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


def early_replies(session: Session, first: int, last: int) -> list[StoredPost]:
    """Return the posts stored before *first* that answer the posts *first* to *last*, by key."""
    early = _POSTS.c.parent > _POSTS.c.key  # as the index has it
    query = _BY_KEY.where(early, _POSTS.c.parent.between(first, last), _POSTS.c.key < first)
    return [_stored(row) for row in session.execute(query)]


def replies_of(session: Session, parents: Sequence[int]) -> list[StoredPost]:
    """Return the posts that answer *parents*, by key."""
    return _among(session, _POSTS.c.parent, parents)


def pages_since(
    session: Session, since: datetime, *, until: int, size: int
) -> Iterator[list[StoredPost]]:
    """Yield the posts published from *since* on with a key up to *until*, *size* at a time."""
    asked = _POSTS.c.published_at >= since
    first = session.scalar(select(func.min(_POSTS.c.key)).where(asked))
    key = until if first is None else first - 1
    query = _BY_KEY.where(asked, _POSTS.c.key <= until).limit(size)
    while rows := session.execute(query.where(_POSTS.c.key > key)).all():
        yield [_stored(row) for row in rows]
        key = rows[-1].key


def posts_at(session: Session, keys: Sequence[int]) -> list[StoredPost]:
    """Return the posts with these keys, in key order."""
    return _among(session, _POSTS.c.key, keys)


def _among(session: Session, column: ColumnElement[Any], keys: Sequence[int]) -> list[StoredPost]:
    found: list[StoredPost] = []
    for start in range(0, len(keys), _CHUNK):
        query = _BY_KEY.where(column.in_(keys[start : start + _CHUNK]))
        found += [_stored(row) for row in session.execute(query)]
    return sorted(found, key=lambda stored: stored.key)


def all_posts(session: Session) -> Iterator[StoredPost]:
    """Yield every post in key order, a thousand rows in memory at a time."""
    key = 0
    while page := posts_after(session, key, 1000):
        yield from page
        key = page[-1].key


@dataclass(frozen=True, slots=True)
class Copies:
    """How far one text has spread."""

    count: int
    """Posts with this text or nearly this text, the first one included."""
    outlets: tuple[str, ...]
    """Sources that carried it, by name."""


def copies_of(session: Session, keys: Sequence[int]) -> dict[int, Copies]:
    """Return the copies of each first post in *keys*; one without copies counts itself."""
    first = func.coalesce(PostRow.duplicate_of, PostRow.key)
    found: dict[int, tuple[int, set[str]]] = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        query = (
            select(first, PostRow.source, func.count())
            .where(PostRow.key.in_(chunk) | PostRow.duplicate_of.in_(chunk))
            .group_by(first, PostRow.source)
        )
        for key, source, count in session.execute(query):
            before, sources = found.get(key, (0, set()))
            found[key] = (before + count, sources | {source})
    return {key: Copies(count, tuple(sorted(names))) for key, (count, names) in found.items()}


def edits_of(session: Session, keys: Sequence[int]) -> dict[int, int]:
    """Return how often the wording of each post in *keys* was changed, where it was."""
    query = (
        select(PostVersionRow.post, func.count())
        .where(PostVersionRow.post.in_(keys))
        .group_by(PostVersionRow.post)
    )
    return {int(post): int(count) for post, count in session.execute(query)}


def versions_of(session: Session, key: int) -> list[tuple[datetime, str]]:
    """Return the earlier wordings of a post with the moment each was replaced, oldest first."""
    query = select(PostVersionRow).where(PostVersionRow.post == key)
    rows = session.scalars(query.order_by(PostVersionRow.number))
    return [(row.replaced_at, row.text) for row in rows]


def load_folder(session: Session, since: datetime) -> Folder:
    """Return a folder that knows the posts published from *since* on, in key order."""
    folder = Folder()
    wanted = (_POSTS.c.key, _POSTS.c.text, _POSTS.c.fingerprint, _POSTS.c.published_at)
    # Copies too: a copy of a near copy is known by the near copy's own wording.
    folded = (_POSTS.c.published_at >= since, _POSTS.c.channel != HOTLINE)
    query = select(*wanted).where(*folded).order_by(_POSTS.c.key)
    for key, text, fingerprint, published_at in session.execute(query):
        folder.fold(key, text, fingerprint, published_at)
    return folder


def save_visit(session: Session, visit: Visit) -> None:
    """Store one visit."""
    session.execute(insert(VisitRow), [asdict(visit) | {"outcome": visit.outcome.value}])


def visits_between(session: Session, start: datetime, end: datetime) -> list[Visit]:
    """Return the visits that started from *start* until before *end*, in order of start."""
    # Columns, not objects: a thousand sources make a hundred thousand visits a day.
    query = (
        select(VisitRow.__table__)
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
        for row in session.execute(query)
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
