"""What a figure of a report counts, said once: the count, the address, and the list behind it.

A selection holds only what was seen before its end, so it holds the same next week.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.tables import AlertRow, ScoreRow
from core.clock import BEIJING, beijing
from core.directory import Directory
from core.vocabulary import AlertKind, Emotion, ItemKind
from crawler.tables import PostRow

Condition = ColumnElement[bool] | InstrumentedAttribute[bool]

CRITICAL_CONCERNS = frozenset({"cause", "accountability"})
"""The taxonomy's 原因 and 责任与监管: who asks these finds fault, or looks for it."""
COMPLAINTS = frozenset({AlertKind.PROBLEM, AlertKind.CONFLICT})
"""A claim that raised one of these is a complaint."""
NO_PLACE, UNSURE = "none", "unsure"
"""Towns that are none: no place was named, or several places bear the name."""
DAY = timedelta(days=1)
_LOCAL = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Selection:
    """Posts of a span of time, seen before its end, that have everything that is given."""

    end: datetime
    start: datetime | None = None
    """None reaches back to the first post."""
    kind: ItemKind = ItemKind.POST
    concern: str | None = None
    emotion: str | None = None
    place: str | None = None
    town: str | None = None
    """Name of a town, or of a place of no known town; ``NO_PLACE`` or ``UNSURE``."""
    claim: int | None = None
    question: int | None = None

    @property
    def address(self) -> str:
        """The address of the list, below the console's root."""
        given: dict[str, str | int | None] = {}
        if self.start is not None and _is_day(self.start, self.end):
            given["day"] = f"{beijing(self.start):%Y-%m-%d}"
        else:
            given["from"] = f"{beijing(self.start):{_LOCAL}}" if self.start else None
            given["to"] = f"{beijing(self.end):{_LOCAL}}"
        given["kind"] = self.kind.value
        for name in ("concern", "emotion", "place", "town", "claim", "question"):
            given[name] = getattr(self, name)
        return f"items?{urlencode({k: v for k, v in given.items() if v is not None})}"


def read(given: Mapping[str, str]) -> Selection:
    """Return the selection of an address's query; raises ``ValueError`` for what is none.

    Raises ``OverflowError`` for a moment that is none in UTC.
    """
    start: datetime | None
    if "day" in given:
        start, end = bounds(date.fromisoformat(given["day"]))
    else:
        start = _local(given["from"]) if "from" in given else None
        end = _local(given.get("to", ""))
    if "emotion" in given:
        Emotion(given["emotion"])
    return Selection(
        end=end,
        start=start,
        kind=ItemKind(given.get("kind", ItemKind.POST.value)),
        concern=given.get("concern"),
        emotion=given.get("emotion"),
        place=given.get("place"),
        town=given.get("town"),
        claim=int(given["claim"]) if "claim" in given else None,
        question=int(given["question"]) if "question" in given else None,
    )


def midnight(day: date) -> datetime:
    """Return the moment at which *day* begins in Beijing."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return the moments at which *day* begins and ends in Beijing.

    Raises ``OverflowError`` when the calendar has no such moment in Beijing or in UTC.
    """
    start = midnight(day)
    return start.astimezone(UTC), (start + DAY).astimezone(UTC)


def _local(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError(f"a moment here is Beijing time without an offset, got {text}")
    return moment.replace(tzinfo=BEIJING).astimezone(UTC)


def _is_day(start: datetime, end: datetime) -> bool:
    return end - start == DAY and beijing(start).hour == 0 and beijing(start).minute == 0


def towns(directory: Directory) -> dict[str, str]:
    """Return the town of each place of the directory that lies in one; a town lies in itself."""
    found = {p.name: p.name for p in directory.places if p.kind == "town" and not p.outside}
    for place in directory.places:
        if place.town and not place.outside:
            found.setdefault(place.name, place.town)
    return found


def local_name(town: str) -> str:
    """Return how a town, or what stands for none, is called in a report."""
    return {NO_PLACE: "未提到地点", UNSURE: "同名地点，不能确定"}.get(town, town)


def is_critical(end: datetime) -> ColumnElement[bool]:
    """Return what makes a post criticism: its concern, or a claim that is a complaint by *end*."""
    complaints = select(AlertRow.claim).where(
        AlertRow.kind.in_([kind.value for kind in COMPLAINTS]),
        AlertRow.claim.is_not(None),
        AlertRow.raised_at < end,
    )
    return or_(
        func.coalesce(ScoreRow.concern.in_(sorted(CRITICAL_CONCERNS)), False),
        func.coalesce(ScoreRow.claim.in_(complaints), False),
    )


def conditions(wanted: Selection, directory: Directory) -> list[Condition]:
    """Return what a row of posts and scores must meet to be in *wanted*."""
    copies = PostRow.duplicate_of.is_not(None)
    found: list[Condition] = [
        ScoreRow.relevant,
        PostRow.seen_at < wanted.end,
        copies if wanted.kind is ItemKind.COPY else ~copies,
    ]
    if wanted.kind is ItemKind.LATE and wanted.start is not None:
        found += [PostRow.published_at < wanted.start, PostRow.seen_at >= wanted.start]
    else:
        found.append(PostRow.published_at < wanted.end)
        if wanted.start is not None:
            found.append(PostRow.published_at >= wanted.start)
    if wanted.kind is ItemKind.QUESTION:
        found.append(ScoreRow.is_question)
    if wanted.kind is ItemKind.HELP:
        found.append(ScoreRow.help)
    if wanted.kind is ItemKind.CRITICAL:
        found.append(is_critical(wanted.end))
    pairs = (
        (ScoreRow.concern, wanted.concern),
        (ScoreRow.emotion, wanted.emotion),
        (ScoreRow.place, wanted.place),
        (ScoreRow.claim, wanted.claim),
        (ScoreRow.question, wanted.question),
    )
    found += [column == value for column, value in pairs if value is not None]
    if wanted.town is not None:
        found += _in_town(wanted.town, directory)
    return found


def _in_town(town: str, directory: Directory) -> list[Condition]:
    if town == NO_PLACE:
        return [ScoreRow.place.is_(None)]
    if town == UNSURE:
        return [ScoreRow.place.is_not(None), ScoreRow.place_uncertain]
    names = sorted({town, *(place for place, its in towns(directory).items() if its == town)})
    return [ScoreRow.place.in_(names), ~ScoreRow.place_uncertain]


def rows(wanted: Selection, directory: Directory) -> Select[PostRow, ScoreRow]:
    """Return the query of the posts in *wanted* with their scores, the newest first."""
    return (
        select(PostRow, ScoreRow)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(*conditions(wanted, directory))
        .order_by(PostRow.published_at.desc(), PostRow.key.desc())
    )


def count(session: Session, wanted: Selection, directory: Directory) -> int:
    """Return how many posts are in *wanted*."""
    query = (
        select(func.count())
        .select_from(PostRow)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(*conditions(wanted, directory))
    )
    return session.scalar(query) or 0
