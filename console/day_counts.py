"""What was said on a day, counted once for all figures of its report; never by author."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from analysis.series import WORRIED
from analysis.tables import ScoreRow
from console.selection import DAY, NO_PLACE, UNSURE, Selection, conditions, is_critical, towns
from core.clock import beijing
from core.directory import Directory
from core.vocabulary import VisitOutcome
from crawler.tables import PostRow, VisitRow

HOUR = timedelta(hours=1)
LATELY = 6 * HOUR
"""The last hours of a day, set against as many before them."""
WEEK_DAYS = 7
RECORD = 28 * DAY
"""On which medians and the forecast stand."""
_HOUR_OF = func.substr(PostRow.published_at, 1, 13)
_NO_DIRECTORY = Directory()


@dataclass(frozen=True, slots=True)
class Cell:
    """Posts that are alike in everything a report counts by."""

    hour: datetime
    emotion: str
    question: bool
    help: bool
    concern: str | None
    place: str | None
    unsure: bool
    critical: bool
    count: int
    known: int
    """Of them, for the hours before the last six, those seen before the last six began."""


def cells(session: Session, start: datetime, end: datetime) -> list[Cell]:
    """Return the posts from *start* to *end*, seen before *end*, in cells; copies left out."""
    columns = (
        _HOUR_OF, ScoreRow.emotion, ScoreRow.is_question, ScoreRow.help, ScoreRow.concern,
        ScoreRow.place, ScoreRow.place_uncertain, cast(is_critical(end), Integer),
    )  # fmt: skip
    query = (
        select(*columns, func.count(), func.sum(cast(PostRow.seen_at < end - LATELY, Integer)))
        .select_from(PostRow)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(*conditions(Selection(end, start), _NO_DIRECTORY))
        .group_by(*columns)
    )
    return [
        Cell(_hour(hour), emotion, asks, calls, concern, place, unsure, bool(critical), n, known)
        for hour, emotion, asks, calls, concern, place, unsure, critical, n, known in (
            session.execute(query)
        )
    ]


def _hour(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00:00+00:00")


def total(found: Sequence[Cell], wanted: Callable[[Cell], bool] = lambda _: True) -> int:
    """Return how many posts lie in the cells that are *wanted*."""
    return sum(cell.count for cell in found if wanted(cell))


def by_hour(
    found: Sequence[Cell],
    start: datetime,
    end: datetime,
    wanted: Callable[[Cell], bool] = lambda _: True,
) -> list[tuple[datetime, int]]:
    """Return the count of each hour from *start* to *end*, empty hours as 0."""
    sums: Counter[datetime] = Counter()
    for cell in found:
        if wanted(cell):
            sums[cell.hour] += cell.count
    hours = [start + HOUR * n for n in range((end - start) // HOUR)]
    return [(hour, sums[hour]) for hour in hours]


def feelings(
    found: Sequence[Cell], start: datetime, end: datetime
) -> list[tuple[str, list[tuple[datetime, int]]]]:
    """Return the hourly counts of the feelings that tell of worry, by Chinese name."""
    return [
        (e.label, by_hour([cell for cell in found if cell.emotion == e.value], start, end))
        for e in WORRIED
    ]


def by_town(found: Sequence[Cell], directory: Directory) -> Counter[str]:
    """Return the posts of each town, and of each place of no known town under its own name."""
    town_of, sums = towns(directory), Counter[str]()
    for cell in found:
        if cell.place is None:
            sums[NO_PLACE] += cell.count
        else:
            sums[UNSURE if cell.unsure else town_of.get(cell.place, cell.place)] += cell.count
    return sums


@dataclass(frozen=True, slots=True)
class Hour:
    """Relevant posts of one hour; copies left out."""

    posts: int
    questions: int
    help: int
    posts_then: int
    """Of them seen before the day began, as are the next."""
    questions_then: int


class Record:
    """The hours up to the end of a day, read once for everything that looks back."""

    def __init__(self, session: Session, start: datetime, end: datetime) -> None:
        """Read the ``RECORD`` before *end*; the day begins at *start*."""
        self.start, self.end = start, end
        self.begun = end - RECORD
        then = PostRow.seen_at < start
        flags = (
            ScoreRow.is_question, ScoreRow.help, then, then & ScoreRow.is_question,
        )  # fmt: skip
        query = (
            select(_HOUR_OF, func.count(), *(func.sum(cast(flag, Integer)) for flag in flags))
            .select_from(PostRow)
            .join(ScoreRow, ScoreRow.post == PostRow.key)
            .where(*conditions(Selection(end, self.begun), _NO_DIRECTORY))
            .group_by(_HOUR_OF)
        )
        self.hours = {
            _hour(str(hour)): Hour(*map(int, counts)) for hour, *counts in session.execute(query)
        }
        visits = (
            select(func.substr(VisitRow.started_at, 1, 13), func.min(VisitRow.ended_at))
            .where(VisitRow.started_at >= self.begun, VisitRow.ended_at < end)
            .where(VisitRow.outcome.in_([o.value for o in VisitOutcome if o.works]))
            .group_by(func.substr(VisitRow.started_at, 1, 13))
        )
        self._visited = {_hour(str(hour)): done for hour, done in session.execute(visits)}

    def medians(self) -> tuple[float, float, float] | None:
        """Return the medians of posts, questions and calls of the seven days before the day.

        None while the record begins later.
        """
        first = self.start - WEEK_DAYS * DAY
        if min(self.hours, default=self.end) > first:
            return None
        days = [[0, 0, 0] for _ in range(WEEK_DAYS)]
        for at, hour in self.hours.items():
            if first <= at < self.start:
                day = days[(at - first) // DAY]
                for n, count in enumerate((hour.posts, hour.questions, hour.help)):
                    day[n] += count
        posts, questions, calls = (float(median(column)) for column in zip(*days, strict=True))
        return posts, questions, calls

    def questions(self) -> list[int | None]:
        """Return the questions of each hour of the record, as known at its end.

        None stands for an hour before the first post, and for one without a post or a visit that
        worked, once there are visits.
        """
        return self._asked(
            self.end,
            {at: (hour.posts, hour.questions) for at, hour in self.hours.items()},
            set(self._visited),
        )

    def questions_then(self) -> list[int | None]:
        """Return the same as it was known when the day began."""
        return self._asked(
            self.start,
            {
                at: (hour.posts_then, hour.questions_then)
                for at, hour in self.hours.items()
                if hour.posts_then
            },
            {at for at, done in self._visited.items() if done < self.start},
        )

    def _asked(
        self, end: datetime, known: dict[datetime, tuple[int, int]], visited: set[datetime]
    ) -> list[int | None]:
        begun = min(known, default=end)
        hours = [self.begun + HOUR * n for n in range((end - self.begun) // HOUR)]
        return [
            known.get(hour, (0, 0))[1]
            if hour >= begun and (hour in known or hour in visited or not visited)
            else None
            for hour in hours
        ]


def delays(session: Session, start: datetime, end: datetime) -> tuple[float, float] | None:
    """Return in how many minutes half and nine tenths of a day's posts were seen; None for none.

    Posts whose source told no usable time are left out.
    """
    waited = cast(
        (func.julianday(PostRow.seen_at) - func.julianday(PostRow.published_at)) * 1440 + 0.5,
        Integer,
    )
    query = (
        select(waited, func.count())
        .select_from(PostRow)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(*conditions(Selection(end, start), _NO_DIRECTORY), ~PostRow.time_uncertain)
        .group_by(waited)
        .order_by(waited)
    )
    found = [(int(minutes), int(count)) for minutes, count in session.execute(query)]
    whole = sum(count for _, count in found)
    return (_place(found, whole / 2), _place(found, whole * 0.9)) if whole else None


def _place(found: Sequence[tuple[int, int]], wanted: float) -> float:
    passed = 0
    for minutes, count in found:
        passed += count
        if passed >= wanted:
            return float(max(0, minutes))
    raise ValueError("no delays")


def local_day(moment: datetime) -> str:
    """Return the day of *moment* in Beijing, ISO."""
    return f"{beijing(moment):%Y-%m-%d}"
