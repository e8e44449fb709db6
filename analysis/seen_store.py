"""Which hours nobody saw, so that silence is not read as zero; read from the visits."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import Function, String, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.vocabulary import VisitOutcome
from crawler.tables import VisitRow

HOUR = timedelta(hours=1)
KNOWN_FOR = timedelta(days=3)
"""Without any visit for longer, nobody is looking on purpose: posts come from files."""
_LONGEST_VISIT = timedelta(hours=2)
_HOUR_BINS = 6
_BIN_S = 600
_WORKS = [outcome.value for outcome in VisitOutcome if outcome.works]


class SeenHours:
    """The hours with visits and those with visits that worked; each round reads only new ones."""

    def __init__(self) -> None:
        self._asked: datetime | None = None
        self._visited: set[datetime] = set()
        self._seen: set[datetime] = set()

    def missing(self, session: Session, since: datetime, now: datetime) -> frozenset[int]:
        """Return the ten-minute bins (numbered since 1970) that nobody saw from *since* to *now*.

        The hour of *now* is not over and so not missing.
        """
        asked = since if self._asked is None else max(self._asked, since)
        self._visited |= _hours(session, asked - _LONGEST_VISIT, works=False)
        self._seen |= _hours(session, asked - _LONGEST_VISIT, works=True)
        self._asked = now
        self._visited = {hour for hour in self._visited if hour >= since - KNOWN_FOR}
        self._seen = {hour for hour in self._seen if hour >= since - KNOWN_FOR}
        return frozenset(_bins(blind_hours(self._visited, self._seen, now)))


def blind_hours(visited: Iterable[datetime], seen: set[datetime], now: datetime) -> list[datetime]:
    """Return the hours from the first of *visited* until before that of *now* not in *seen*.

    After three days without any visit, hours are no longer missed.
    """
    blind = []
    for begin, following in pairwise([*sorted(visited), _hour(now)]):
        end, hour = min(begin + KNOWN_FOR, following), begin
        while hour < end:
            if hour not in seen:
                blind.append(hour)
            hour += HOUR
    return blind


def _hours(session: Session, since: datetime, *, works: bool) -> set[datetime]:
    """Return the hours that visits begun from *since* on overlap, each told once."""
    begun, ended = _hour_of(VisitRow.started_at), _hour_of(VisitRow.ended_at)
    query = select(begun, ended).distinct().where(VisitRow.started_at >= since)
    if works:
        query = query.where(VisitRow.outcome.in_(_WORKS))
    hours = set()
    for first, last in session.execute(query):
        hour = _read(first)
        while hour <= _read(last):
            hours.add(hour)
            hour += HOUR
    return hours


def _hour_of(moment: InstrumentedAttribute[datetime]) -> Function[str]:
    return func.substr(cast(moment, String), 1, 13, type_=String)


def _read(written: str) -> datetime:
    return datetime.fromisoformat(f"{written}:00").replace(tzinfo=UTC)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _bins(hours: Iterable[datetime]) -> Iterable[int]:
    for hour in hours:
        first = int(hour.timestamp()) // _BIN_S
        yield from range(first, first + _HOUR_BINS)
