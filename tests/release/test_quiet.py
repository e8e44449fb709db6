"""Quiet hours over midnight and the ladder that nobody answers on."""

from datetime import UTC, datetime, time, timedelta

import pytest

from core.clock import BEIJING
from release.ladder import Step, Triage, Waiting, next_step
from release.quiet import QuietHours, awake, last_at

NIGHT = QuietHours(time(22), time(7, 30))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TRIAGE = Triage(5 * MINUTE, 10 * MINUTE)


def at(clock: str, day: int = 17, month: int = 6) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2031, month, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


NOON = at("12:00")


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [("21:59", False), ("22:00", True), ("00:00", True), ("07:29", True), ("07:30", False)],
)
def test_quiet_hours_pass_midnight(clock: str, *, quiet: bool) -> None:
    assert NIGHT.holds(at(clock)) is quiet


def test_equal_ends_mean_that_no_hour_is_quiet() -> None:
    never = QuietHours(time(22), time(22))

    assert not any(never.holds(at(f"{hour}:00")) for hour in range(24))
    assert awake(never, NOON, NOON + 24 * HOUR) == 24 * HOUR


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (at("21:00"), at("23:00"), 60),
        (at("23:00"), at("07:00", 18), 0),
        (at("21:55"), at("07:35", 18), 10),
        (at("12:00", 30), at("12:00", 1, 7), 14.5 * 60),
        (at("12:00"), at("11:00"), 0),
        (at("12:00"), at("12:00", 20), 3 * 14.5 * 60),
    ],
)
def test_only_minutes_outside_the_quiet_hours_count(
    start: datetime, end: datetime, minutes: float
) -> None:
    assert awake(NIGHT, start, end) == minutes * MINUTE


def test_quiet_hours_within_one_day_count_too() -> None:
    lunch = QuietHours(time(12), time(13))

    assert awake(lunch, at("11:30"), at("13:30")) == HOUR


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at("07:29", 18), at("07:30", 17)),
        (at("07:30", 18), at("07:30", 18)),
        (at("00:00", 1, 7), at("07:30", 30)),
    ],
)
def test_the_last_due_moment_is_of_yesterday_until_its_time(now: datetime, due: datetime) -> None:
    assert last_at(time(7, 30), now) == due


def climb(minutes: int, *, taken_at: int | None = None) -> list[tuple[int, int]]:
    """Ask each minute, as rounds do; return (minute, step)."""
    steps: tuple[Step, ...] = ()
    found = []
    for minute in range(minutes + 1):
        if taken_at is not None and minute >= taken_at:
            break
        now = NOON + minute * MINUTE
        step = next_step(Waiting("a", NOON, steps), now, TRIAGE, NIGHT)
        if step is not None:
            steps += (Step(step, now),)
            found.append((minute, step))
    return found


def test_it_climbs_two_steps_in_25_minutes_each_once() -> None:
    assert climb(25) == [(5, 0), (10, 1), (20, 2)]
    assert climb(500) == [(5, 0), (10, 1), (20, 2)]


def test_it_stops_when_somebody_takes_it_on() -> None:
    assert climb(25, taken_at=12) == [(5, 0), (10, 1)]


def test_after_an_outage_the_next_post_still_has_its_time() -> None:
    late = NOON + 60 * MINUTE
    first = next_step(Waiting("a", NOON), late, TRIAGE, None)

    assert first == 1
    waiting = Waiting("a", NOON, (Step(1, late),))
    assert next_step(waiting, late + 9 * MINUTE, TRIAGE, None) is None
    assert next_step(waiting, late + 10 * MINUTE, TRIAGE, None) == 2


def test_in_the_quiet_hours_the_clock_stands_still_unless_it_is_grave() -> None:
    told = at("21:55")

    assert next_step(Waiting("a", told), at("03:00", 18), TRIAGE, NIGHT) == 0
    reminded = Waiting("a", told, (Step(0, at("22:00")),))
    assert next_step(reminded, at("07:34", 18), TRIAGE, NIGHT) is None
    assert next_step(reminded, at("07:35", 18), TRIAGE, NIGHT) == 1
    assert next_step(reminded, at("22:05"), TRIAGE, None) == 1


def test_a_clock_that_is_set_back_holds_no_step_up() -> None:
    waiting = Waiting("a", NOON)

    assert next_step(waiting, NOON - timedelta(seconds=20), TRIAGE, NIGHT) is None
    assert next_step(waiting, NOON - HOUR, TRIAGE, NIGHT) == 1
