"""What a file gave, into the database: veiled, folded, analysed, in batches of their own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from console.importing.records import TOLD_BROKEN, Progress
from console.pipeline import Pipeline
from console.replaying import EPOCH, latest
from console.wiring import Services
from core.clock import utc_now
from core.database import transaction
from crawler import store
from crawler.records import Defect, Import, ParsedPost

BATCH = 2_000
HELD = 50_000
"""Posts and defects held at once, about 1 kB each. A longer file is read twice: what its authors
are called is learned from all of it before any of it is veiled."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a file, or the whole."""

    posts: tuple[ParsedPost, ...]
    """By time of publication; those of one second keep the order of the file."""
    defects: tuple[Defect, ...]


@dataclass(slots=True)
class Stored:
    """What became of a file so far."""

    posts: int = 0
    new: int = 0
    defects: int = 0
    alerts: int = 0
    latest: datetime | None = None
    broken: list[Defect] = field(default_factory=list)
    """The first ``TOLD_BROKEN`` defects."""

    def count(self, defects: Sequence[Defect]) -> None:
        """Add defects."""
        self.defects += len(defects)
        self.broken += defects[: TOLD_BROKEN - len(self.broken)]


def chunks(items: Iterable[ParsedPost | Defect], held: int) -> Iterator[Chunk]:
    """Yield *items* in parts of at most *held*, none of them empty."""
    posts: list[ParsedPost] = []
    defects: list[Defect] = []
    for item in items:
        if isinstance(item, Defect):
            defects.append(item)
        else:
            posts.append(item)
        if len(posts) + len(defects) == held:
            yield _chunk(posts, defects)
            posts, defects = [], []
    if posts or defects:
        yield _chunk(posts, defects)


def _chunk(posts: list[ParsedPost], defects: list[Defect]) -> Chunk:
    in_order = sorted(posts, key=lambda post: post.published_at or EPOCH)
    return Chunk(tuple(in_order), tuple(defects))


def store_chunk(
    pipeline: Pipeline,
    chunk: Chunk,
    stored: Stored,
    *,
    progress: Callable[[int], None],
) -> None:
    """Store and analyse a chunk that has posts, a transaction for each batch, and add to *stored*.

    What is known already changes nothing. *progress* hears how many more posts are done.
    """
    stored.count(chunk.defects)
    stored.posts += len(chunk.posts)
    if newest := latest(chunk.posts):
        stored.latest = max(stored.latest or newest, newest)
    told = chunk.defects
    for start in range(0, len(chunk.posts), BATCH):
        batch = chunk.posts[start : start + BATCH]
        _store_batch(pipeline, batch, told, stored)
        told = ()
        progress(len(batch))


def _store_batch(
    pipeline: Pipeline, batch: Sequence[ParsedPost], told: Sequence[Defect], stored: Stored
) -> None:
    now = utc_now()
    with transaction(pipeline.services.engine) as session:
        posts, blank = pipeline.veil(batch, seen_at=now)
        new = pipeline.keep(session, posts, defects=(*told, *blank))
        if new:
            stored.alerts += len(pipeline.round(session, now, fresh=new).alerts)
    stored.new += len(new)
    stored.count(blank)


def counted(progress: Progress, total: int) -> Callable[[int], None]:
    """Return a function that hears of more posts done and tells *progress* of all so far."""
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    return more


def remember_import(services: Services, done: Import) -> datetime | None:
    """Store that a file was taken in, and return when it was before, if it was.

    The same file again with nothing new is not stored again.
    """
    with transaction(services.engine) as session:
        before = store.import_of(session, done.sha256)
        if before is None or done.new:
            store.save_import(session, done)
    return before.at if before else None


def remember_defects(services: Services, defects: Sequence[Defect]) -> None:
    """Store what could not be taken in where no post is stored with it."""
    with transaction(services.engine) as session:
        store.save_defects(session, defects)
