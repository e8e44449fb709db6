"""What was said in a week, counted by day for its report; never by author."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.tables import ScoreRow
from core.clock import beijing
from crawler.tables import PostRow

DAY = timedelta(days=1)
ORIGINAL = PostRow.duplicate_of.is_(None)
Days = Mapping[date, int]
"""Day in Beijing time -> texts; days without any are left out."""


def by_day(
    session: Session,
    start: datetime,
    end: datetime,
    *conditions: ColumnElement[bool] | InstrumentedAttribute[bool],
) -> Days:
    """Return the relevant texts of each day that meet *conditions*, copies left out."""
    rows = (
        select(PostRow.published_at)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(ScoreRow.relevant, ORIGINAL, *_within(start, end), *conditions)
    )
    return Counter(beijing(moment).date() for moment in session.scalars(rows))


def concerns_by_day(session: Session, start: datetime, end: datetime) -> dict[str, Days]:
    """Return the texts of each concern by day."""
    rows = (
        select(ScoreRow.concern, PostRow.published_at)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.relevant, ORIGINAL, ScoreRow.concern.is_not(None), *_within(start, end))
    )
    found: dict[str, Counter[date]] = {}
    for concern, moment in session.execute(rows):
        found.setdefault(concern or "", Counter())[beijing(moment).date()] += 1
    return dict(found)


def places_by_day(
    session: Session, start: datetime, end: datetime, left_out: Sequence[str]
) -> dict[tuple[str, str], Days]:
    """Return the texts of each (place, concern) by day; concerns *left_out* are none here."""
    rows = (
        select(ScoreRow.place, ScoreRow.concern, PostRow.published_at)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.relevant, ORIGINAL, PostRow.issuer.is_(None), *_within(start, end))
        .where(ScoreRow.place.is_not(None), ScoreRow.place_uncertain.is_(False))
        .where(ScoreRow.concern.is_not(None), ScoreRow.concern.not_in(left_out))
    )
    found: dict[tuple[str, str], Counter[date]] = {}
    for place, concern, moment in session.execute(rows):
        found.setdefault((place or "", concern or ""), Counter())[beijing(moment).date()] += 1
    return dict(found)


def asked_times(
    session: Session, start: datetime, end: datetime
) -> dict[int, list[tuple[datetime, str]]]:
    """Return when each question was asked and by which voice, in order; for counting only."""
    rows = (
        select(ScoreRow.question, PostRow.published_at, PostRow.voice)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.question.is_not(None), ORIGINAL, PostRow.issuer.is_(None))
        .where(*_within(start, end))
        .order_by(PostRow.published_at, PostRow.key)
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for question, moment, voice in session.execute(rows):
        found.setdefault(question or 0, []).append((moment, voice))
    return found


def texts_of(
    session: Session, questions: Sequence[int], start: datetime, end: datetime
) -> list[str]:
    """Return the texts that asked any of *questions*, to count words in; copies left out."""
    rows = (
        select(PostRow.text)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(ScoreRow.question.in_(questions), ORIGINAL, PostRow.issuer.is_(None))
        .where(*_within(start, end))
        .order_by(PostRow.key)
    )
    return list(session.scalars(rows))


def texts_of_incidents(session: Session, start: datetime, end: datetime) -> dict[str, int]:
    """Return the relevant texts of each incident, copies left out."""
    rows = (
        select(ScoreRow.incident_id, func.count())
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.incident_id.is_not(None), ScoreRow.relevant, ORIGINAL)
        .where(*_within(start, end))
        .group_by(ScoreRow.incident_id)
    )
    return {str(incident): int(n) for incident, n in session.execute(rows)}


def days_with_posts(session: Session, start: datetime, end: datetime) -> Days:
    """Return the days of which any post is known, relevant or not, with their number."""
    rows = select(PostRow.published_at).where(*_within(start, end))
    return Counter(beijing(moment).date() for moment in session.scalars(rows))


def _within(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (PostRow.published_at >= start, PostRow.published_at < end)
