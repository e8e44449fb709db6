"""When a job is due: clocks that jump, midnights, what is made up and what is not."""

from datetime import UTC, datetime, time, timedelta

import pytest

from core.clock import parse_moment
from core.jobs import Daily, Every, Job, Schedule, Weekly, due, passed_over, wait_after

DAY = timedelta(days=1)
MIDNIGHT = Daily(time(0))


def at(text: str) -> datetime:
    """Return a moment of Beijing, such as ``06-18 00:00`` of 2031."""
    return parse_moment(f"2031-{text.replace(' ', 'T')}:00+08:00")


def job(schedule: Schedule, *, catch_up: int = 1, useful_for: timedelta | None = None) -> Job[None]:
    return Job("x", "某事", schedule, lambda _s, _t: "", catch_up=catch_up, useful_for=useful_for)


@pytest.mark.parametrize(
    ("schedule", "now", "latest"),
    [
        (MIDNIGHT, "06-18 00:00", "06-18 00:00"),
        (MIDNIGHT, "06-17 23:59", "06-17 00:00"),
        (MIDNIGHT, "06-18 07:59", "06-18 00:00"),  # 23:59 of the day before in UTC
        (MIDNIGHT, "06-18 08:00", "06-18 00:00"),
        (Daily(time(7, 30)), "06-18 07:29", "06-17 07:30"),
        (Daily(time(7, 30)), "06-18 07:30", "06-18 07:30"),
        (Every(30), "06-18 07:29", "06-18 07:00"),
        (Every(7), "06-18 00:00", "06-17 23:55"),
        (Weekly(0, time(0, 30)), "06-16 00:30", "06-16 00:30"),  # a Monday
        (Weekly(0, time(0, 30)), "06-16 00:29", "06-09 00:30"),
        (Weekly(0, time(0, 30)), "06-22 23:59", "06-16 00:30"),
        (Weekly(6, time(23, 59)), "06-16 00:30", "06-15 23:59"),
    ],
)
def test_the_newest_moment_that_is_due(schedule: Schedule, now: str, latest: str) -> None:
    found = schedule.latest(at(now))

    assert found == at(latest)
    assert found.tzinfo is UTC
    assert schedule.latest(found) == found
    assert schedule.latest(found - timedelta(seconds=1)) == found - schedule.step()


@pytest.mark.parametrize(
    ("catch_up", "useful", "last", "now", "runs", "given_up"),
    [
        # Nothing new, and a clock put back, find nothing.
        (1, None, "06-18 00:00", "06-18 23:59", None, None),
        (1, None, "06-18 00:00", "06-17 23:50", None, None),
        (7, None, "06-18 00:00", "06-10 12:00", None, None),
        # One missed moment; three missed, of which the newest stands for all.
        (1, None, "06-17 00:00", "06-18 00:00", "06-18 00:00", None),
        (1, None, "06-15 00:00", "06-18 09:00", "06-18 00:00", "06-17 00:00"),
        # Three missed days of a report: each is made up, the oldest first.
        (7, None, "06-15 00:00", "06-18 09:00", "06-16 00:00", None),
        (7, None, "06-16 00:00", "06-18 09:00", "06-17 00:00", None),
        # Twenty missed: seven are made up.
        (7, None, "05-29 00:00", "06-18 09:00", "06-12 00:00", "06-11 00:00"),
        # Useful in the same morning only.
        (1, 3, "06-17 00:00", "06-18 03:00", "06-18 00:00", None),
        (1, 3, "06-17 00:00", "06-18 03:01", None, "06-18 00:00"),
        (3, 30, "06-15 00:00", "06-18 03:00", "06-17 00:00", "06-16 00:00"),
    ],
)
def test_what_is_made_up(
    catch_up: int, useful: int | None, last: str, now: str, runs: str | None, given_up: str | None
) -> None:
    hours = None if useful is None else timedelta(hours=useful)
    one = job(MIDNIGHT, catch_up=catch_up, useful_for=hours)

    assert due(one, at(last), at(now)) == (None if runs is None else at(runs))
    assert passed_over(one, at(last), at(now)) == (None if given_up is None else at(given_up))


def test_no_moment_is_due_twice_while_the_clock_wanders() -> None:
    one, last, run = job(Every(10), catch_up=3), at("06-18 00:00"), []
    now = last
    for jump_min in (4, 7, -30, 26, 200, -190, 195, -5, 1, 60 * 24, -60 * 24, 60 * 24 + 10):
        now += timedelta(minutes=jump_min)
        while (moment := due(one, last, now)) is not None:
            run.append(moment)
            last = moment

    assert run == sorted(set(run))
    assert run[-1] == one.schedule.latest(now)


def test_looking_back_over_decades_takes_no_time() -> None:
    assert due(job(Every(1)), at("06-18 00:00"), at("06-18 00:00") + 68 * 365 * DAY) is not None


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 4), (3, 16), (4, 60), (5000, 60)])
def test_a_failed_attempt_waits_longer_each_time(attempts: int, minutes: int) -> None:
    assert wait_after(attempts) == timedelta(minutes=minutes)
