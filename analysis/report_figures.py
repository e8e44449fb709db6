"""What was said of an incident before a moment, counted for its reports; never by author.

A text of the very moment is of the next hour, as in the nightly report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.tables import ClaimRow, ScoreRow
from crawler.tables import PostRow

HOUR = timedelta(hours=1)
ORIGINAL = PostRow.duplicate_of.is_(None)
"""Copies of an earlier text are told beside the figures, not in them."""
Conditions = tuple[ColumnElement[bool] | InstrumentedAttribute[bool], ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """How often one claim or question was told, and by how many distinct voices."""

    posts: int
    voices: int
    """Copies and words of offices add none."""


def _of(incident_id: str, at: datetime) -> Conditions:
    return (ScoreRow.incident_id == incident_id, ScoreRow.relevant, PostRow.published_at < at)


def count(
    session: Session, incident_id: str, at: datetime, *conditions: ColumnElement[bool]
) -> int:
    """Return how many texts of an incident before *at* meet *conditions*, copies included."""
    rows = (
        select(func.count())
        .select_from(ScoreRow)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(*_of(incident_id, at), *conditions)
    )
    return session.scalar(rows) or 0


def by(
    session: Session,
    incident_id: str,
    at: datetime,
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
) -> list[tuple[str, int]]:
    """Return the texts of an incident by *column*, most first; those without a value left out."""
    rows = (
        select(column, func.count())
        .select_from(ScoreRow)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(*_of(incident_id, at), ORIGINAL, column.is_not(None))
        .group_by(column)
    )
    found = [(str(name), int(n)) for name, n in session.execute(rows)]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def hourly(
    session: Session, incident_id: str, start: datetime, end: datetime, at: datetime
) -> list[tuple[datetime, int]]:
    """Return (start of the hour, texts before *at*) for each hour from *start* up to *end*.

    Copies are left out; the last hour may be a part.
    """
    rows = (
        select(PostRow.published_at)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(*_of(incident_id, at), ORIGINAL, PostRow.published_at >= start)
    )
    sums = [0] * max(1, -(-(end - start) // HOUR))
    for moment in session.scalars(rows):
        sums[min(len(sums) - 1, int((moment - start) / HOUR))] += 1
    return [(start + HOUR * n, count) for n, count in enumerate(sums)]


def heard(
    session: Session, column: InstrumentedAttribute[int | None], at: datetime
) -> Mapping[int, Heard]:
    """Return how often each claim or question (*column*) was told before *at*, by its key."""
    told = select(column, func.count()).join(PostRow, PostRow.key == ScoreRow.post)
    told = told.where(column.is_not(None), PostRow.published_at < at).group_by(column)
    spoke = (
        select(column, func.count(distinct(PostRow.voice)))
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(column.is_not(None), PostRow.published_at < at)
        .where(ORIGINAL, PostRow.issuer.is_(None))
        .group_by(column)
    )
    voices = {int(key or 0): int(n) for key, n in session.execute(spoke)}
    return {
        int(key or 0): Heard(int(n), voices.get(int(key or 0), 0))
        for key, n in session.execute(told)
    }


def matters(session: Session) -> Mapping[int, tuple[str, str | None]]:
    """Return the matter of each claim, as ``Matter.key``, and the level it was noticed at."""
    rows = session.execute(select(ClaimRow.key, ClaimRow.matter, ClaimRow.level))
    return {int(key): (matter, level) for key, matter, level in rows}


def first_post(session: Session, incident_id: str) -> datetime | None:
    """Return when the first relevant text of an incident was published; None before any."""
    rows = (
        select(func.min(PostRow.published_at))
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(ScoreRow.incident_id == incident_id, ScoreRow.relevant)
    )
    return session.scalar(rows)
