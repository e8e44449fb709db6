"""What a file gave, into the database: veiled, folded, analysed, in batches of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.importing.records import Progress
from console.pipeline import Pipeline
from console.replaying import EPOCH, latest
from console.wiring import Services
from core.clock import utc_now
from core.database import transaction
from core.errors import RefusedError
from crawler import store
from crawler.records import Defect, Import, ParsedPost

BATCH = 2_000
MOST_POSTS = 1_000_000
"""Posts of one file; they are held in memory until stored, about 1 kB each."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the posts of one file."""

    posts: int
    new: int
    defects: int
    alerts: int
    latest: datetime | None


def sorted_out(
    items: Iterable[ParsedPost | Defect], name: str
) -> tuple[list[ParsedPost], list[Defect]]:
    """Return the posts by time of publication, and the defects in their order.

    Raises ``RefusedError`` that begins with *name* for a file with too many of them.
    """
    parsed: list[ParsedPost] = []
    defects: list[Defect] = []
    for item in items:
        if isinstance(item, Defect):
            defects.append(item)
        else:
            parsed.append(item)
        if len(parsed) > MOST_POSTS:
            raise RefusedError([f"{name}: 超过 {MOST_POSTS} 条，请分成几个文件"])
    # Sorting is stable, so posts of one second keep the order of the file.
    parsed.sort(key=lambda post: post.published_at or EPOCH)
    return parsed, defects


def store_posts(
    pipeline: Pipeline,
    parsed: list[ParsedPost],
    broken: Sequence[Defect],
    *,
    progress: Progress,
) -> Stored:
    """Store and analyse *parsed*, a transaction for each batch; what is known changes nothing.

    The list is emptied on the way: what is stored need not be held any more.
    """
    pipeline.meet(parsed)
    count, newest = len(parsed), latest(parsed)
    told, new, blanks, alerts = tuple(broken), 0, 0, 0
    while parsed or told:
        batch, now = parsed[:BATCH], utc_now()
        del parsed[:BATCH]
        with transaction(pipeline.services.engine) as session:
            posts, blank = pipeline.veil(batch, seen_at=now)
            stored = pipeline.keep(session, posts, defects=(*told, *blank))
            if stored:
                alerts += len(pipeline.round(session, now, fresh=stored).alerts)
        told, new, blanks = (), new + len(stored), blanks + len(blank)
        progress(count - len(parsed), count)
    return Stored(count, new, len(broken) + blanks, alerts, newest)


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
    """Store what could not be taken in of a file that gave no posts."""
    with transaction(services.engine) as session:
        store.save_defects(session, defects)
