from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from analysis.seen_store import SeenHours, blind_hours
from core.vocabulary import VisitOutcome
from crawler import store as crawler_store
from crawler.records import Visit

MIDNIGHT = datetime(2031, 6, 17, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST_BIN = int(MIDNIGHT.timestamp()) // 600


def visit(hours: float, outcome: VisitOutcome = VisitOutcome.OK, *, lasts: float = 0.0) -> Visit:
    at = MIDNIGHT + hours * HOUR
    return Visit("s", at, at + lasts * HOUR, outcome, "", 1, 1, 1)


def bins(*hours: int) -> frozenset[int]:
    return frozenset(FIRST_BIN + 6 * hour + n for hour in hours for n in range(6))


def save(session: Session, *visits: Visit) -> None:
    for one in visits:
        crawler_store.save_visit(session, one)


def test_hours_without_a_visit_that_worked_are_missing(session: Session) -> None:
    save(session, visit(0.2), visit(1.1, VisitOutcome.UNREACHABLE), visit(4.5))

    missing = SeenHours().missing(session, MIDNIGHT, MIDNIGHT + 5.5 * HOUR)

    assert missing == bins(1, 2, 3)


def test_the_hour_that_is_not_over_is_not_missing(session: Session) -> None:
    save(session, visit(0.2))

    assert SeenHours().missing(session, MIDNIGHT, MIDNIGHT + 1.9 * HOUR) == frozenset()


def test_a_long_visit_sees_every_hour_that_it_lasts(session: Session) -> None:
    save(session, visit(0.5, lasts=2), visit(4))

    assert SeenHours().missing(session, MIDNIGHT, MIDNIGHT + 4.1 * HOUR) == bins(3)


def test_files_alone_miss_nothing(session: Session) -> None:
    assert SeenHours().missing(session, MIDNIGHT, MIDNIGHT + 9 * HOUR) == frozenset()


def test_asked_again_it_knows_what_came_meanwhile_and_what_was_before(session: Session) -> None:
    seen = SeenHours()
    save(session, visit(0), visit(2))
    before = seen.missing(session, MIDNIGHT, MIDNIGHT + 2.5 * HOUR)
    save(session, visit(5))

    after = seen.missing(session, MIDNIGHT, MIDNIGHT + 5.5 * HOUR)

    assert before == bins(1)
    assert after == bins(1, 3, 4)
    assert after == SeenHours().missing(session, MIDNIGHT, MIDNIGHT + 5.5 * HOUR)


def test_who_has_stopped_looking_for_days_misses_no_more_hours() -> None:
    blind = blind_hours([MIDNIGHT], {MIDNIGHT}, MIDNIGHT + 200 * HOUR)

    assert len(blind) == 71
    assert max(blind) == MIDNIGHT + 71 * HOUR
