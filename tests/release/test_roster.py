"""Who is on duty, where nobody is, and what a roster file may say."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import HuiyingError, RefusedError
from core.vocabulary import Role
from release import roster, roster_store, rostering, store
from release.ladder import LADDER
from release.records import Person
from release.roster import Shift

HOUR = timedelta(hours=1)
# 20:00 in Beijing on 17 June.
EVENING = datetime(2031, 6, 17, 12, 0, tzinfo=UTC)
MORNING = EVENING + 12 * HOUR


def shift(
    role: Role = Role.MONITOR,
    who: str = "zhang",
    start: datetime = EVENING,
    end: datetime = MORNING,
    key: int = 0,
) -> Shift:
    return Shift(key, role, who, start, end)


@pytest.mark.parametrize(
    ("after", "there"),
    [(-HOUR, False), (0 * HOUR, True), (4 * HOUR, True), (11.9 * HOUR, True), (12 * HOUR, False)],
)
def test_a_shift_over_midnight_holds_from_its_start_to_before_its_end(
    after: timedelta, *, there: bool
) -> None:
    assert bool(roster.on_duty([shift()], Role.MONITOR, EVENING + after)) is there


def test_at_the_change_the_next_officer_is_on_duty_and_not_both() -> None:
    day = shift(who="li", start=MORNING, end=MORNING + 12 * HOUR)

    assert [s.person_id for s in roster.on_duty([shift(), day], Role.MONITOR, MORNING)] == ["li"]


def test_an_empty_post_is_answered_for_one_step_up_the_ladder() -> None:
    leader = shift(Role.DUTY_LEADER, "lu")

    duty = roster.who([leader], Role.MONITOR, EVENING)

    assert duty.stands_in
    assert [s.person_id for s in duty.shifts] == ["lu"]


def test_nobody_at_all_falls_back_on_the_leader_who_was_on_last() -> None:
    leaders = [
        shift(Role.DUTY_LEADER, "lu", key=1),
        shift(Role.DUTY_LEADER, "old", EVENING - 48 * HOUR, EVENING - 24 * HOUR, key=2),
    ]

    duty = roster.who(leaders, Role.ANALYST, MORNING + 5 * HOUR)

    assert [s.person_id for s in duty.shifts] == ["lu"]
    assert duty.stands_in


def test_an_empty_roster_names_nobody_and_is_one_long_gap_for_each_post() -> None:
    assert roster.who([], Role.MONITOR, EVENING).shifts == ()
    assert [(g.role, g.start, g.end) for g in roster.gaps([], EVENING, MORNING)] == [
        (role, EVENING, MORNING) for role in LADDER
    ]


def test_gaps_and_overlaps_are_told_to_the_minute() -> None:
    shifts = [
        shift(end=EVENING + 4 * HOUR, key=1),
        shift(who="li", start=EVENING + 3 * HOUR, end=EVENING + 6 * HOUR, key=2),
        shift(who="wu", start=EVENING + 7 * HOUR, key=3),
    ]

    found = [g for g in roster.gaps(shifts, EVENING, MORNING) if g.role is Role.MONITOR]

    assert [(g.start, g.end) for g in found] == [(EVENING + 6 * HOUR, EVENING + 7 * HOUR)]
    assert [(a.key, b.key) for a, b in roster.overlaps(shifts)] == [(1, 2)]


@given(st.lists(st.tuples(st.integers(0, 47), st.integers(1, 24)), max_size=8))
def test_a_moment_lies_in_a_gap_exactly_when_nobody_is_on_duty(
    spans: list[tuple[int, int]],
) -> None:
    shifts = [
        shift(who=f"p{n}", start=EVENING + a * HOUR, end=EVENING + (a + b) * HOUR, key=n)
        for n, (a, b) in enumerate(spans)
    ]
    gaps = [g for g in roster.gaps(shifts, EVENING, EVENING + 48 * HOUR) if g.role is Role.MONITOR]

    for hour in range(48):
        now = EVENING + (hour + 0.5) * HOUR
        assert any(g.start <= now < g.end for g in gaps) is not bool(
            roster.on_duty(shifts, Role.MONITOR, now)
        )


# Moments


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2031-06-17 20:00", "2031-06-17T12:00"),
        ("2031/6/17 00:00", "2031-06-16T16:00"),
        ("2031-06-17 24:00", "2031-06-17T16:00"),
        ("2031-06-30 24:00", "2031-06-30T16:00"),
        ("2028-02-29 08:00", "2028-02-29T00:00"),
        ("2031-12-31 24:00", "2031-12-31T16:00"),
    ],
)
def test_beijing_time_goes_in_and_utc_is_kept(text: str, utc: str) -> None:
    assert roster.parse_moment(text) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("20:00", "08:00", 12), ("08:00", "20:00", 12), ("08:00", "08:00", 24), ("22:00", "24:00", 2)],
)
def test_an_end_without_a_day_is_the_next_such_time_also_at_the_end_of_a_month(
    start: str, end: str, hours: int
) -> None:
    begins = roster.parse_moment(f"2031-06-30 {start}")

    assert roster.parse_moment(end, after=begins) - begins == hours * HOUR


@pytest.mark.parametrize("text", ["20:00", "", "2031-02-30 08:00", "2031-06-17 25:00", "明早八点"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"应写成|没有这样的时间"):
        roster.parse_moment(text)


# Files

GOOD = "岗位,账号,开始,结束,电话名称\n监测员,zhang,2031-06-17 20:00,08:00,值班电话\n\n"


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_roster_file_is_read_in_the_encodings_of_offices(charset: str) -> None:
    (found,) = roster.read_csv(GOOD.encode(charset))

    assert (found.role, found.start, found.end) == (Role.MONITOR, EVENING, MORNING)
    assert found.post == "值班电话"


def test_every_bad_line_of_a_file_is_named_at_once() -> None:
    bad = GOOD + "门卫,zhang,2031-06-17 20:00,08:00,\n监测员,,2031-06-17 20:00,08:00,\n"

    with pytest.raises(RefusedError) as error:
        roster.read_csv(bad.encode())

    assert [reason.split("：")[0] for reason in error.value.reasons] == ["第 4 行", "第 5 行"]


def test_a_file_without_its_columns_says_which() -> None:
    with pytest.raises(RefusedError, match="账号、结束"):
        roster.read_csv("岗位,开始\n".encode())


# The roster as it is kept


@pytest.fixture
def session(session):
    for person_id, role in (
        ("zhang", Role.MONITOR),
        ("li", Role.MONITOR),
        ("lu", Role.DUTY_LEADER),
    ):
        store.save_person(session, Person(person_id, person_id, frozenset({role}), None))
    return session


def of(session, person_id: str) -> Person:
    return store.load_person(session, person_id)


def test_a_removed_shift_no_longer_holds_but_its_row_stays(session) -> None:
    (kept,) = rostering.add(session, [shift()], person=of(session, "lu"), now=EVENING)

    rostering.remove(session, kept.key, person=of(session, "lu"), reason="换班", now=EVENING)

    assert roster_store.shifts(session) == []
    assert session.connection().exec_driver_sql("SELECT count(*) FROM shifts").scalar() == 1
    with pytest.raises(HuiyingError, match="R000001"):
        roster_store.load_shift(session, kept.key)


def test_the_same_file_twice_adds_nothing(session) -> None:
    assert len(rostering.add(session, [shift()], person=of(session, "lu"), now=EVENING)) == 1
    assert rostering.add(session, [shift()], person=of(session, "lu"), now=EVENING) == []


@pytest.mark.parametrize(
    ("wanted", "by", "why"),
    [
        (shift(), "zhang", "没有所需岗位"),
        (shift(who="nobody"), "lu", "没有账号 nobody"),
        (shift(Role.DUTY_LEADER), "lu", "没有所需岗位：值班领导"),
        (shift(Role.SIGNER, "lu"), "lu", "值班表只排"),
        (shift(end=EVENING), "lu", "不晚于开始"),
        (shift(end=EVENING + 32 * 24 * HOUR), "lu", "超过 31 天"),
    ],
)
def test_what_may_not_stand_in_a_roster_is_refused(session, wanted, by, why) -> None:
    with pytest.raises(RefusedError, match=why):
        rostering.add(session, [wanted], person=of(session, by), now=EVENING)

    assert roster_store.shifts(session) == []


def test_one_person_is_not_put_into_one_post_twice_at_once(session) -> None:
    rostering.add(session, [shift()], person=of(session, "lu"), now=EVENING)

    with pytest.raises(RefusedError, match="已排监测员"):
        rostering.add(session, [shift(end=MORNING + HOUR)], person=of(session, "lu"), now=EVENING)


def test_a_shift_is_taken_over_by_another_of_that_post_once(session) -> None:
    (kept,) = rostering.add(session, [shift()], person=of(session, "lu"), now=EVENING)
    for person_id, why in (("zhang", "不能自己接自己的班"), ("lu", "没有所需岗位：监测员")):
        with pytest.raises(RefusedError, match=why):
            rostering.take_over(session, kept, "记录", person=of(session, person_id), now=MORNING)
    with pytest.raises(RefusedError, match="还没有开始"):
        rostering.take_over(session, kept, "记录", person=of(session, "li"), now=EVENING - HOUR)

    done = rostering.take_over(session, kept, "记录", person=of(session, "li"), now=MORNING)

    assert roster_store.handover_of(session, kept.key) == done
    with pytest.raises(RefusedError, match="已由 li"):
        rostering.take_over(session, kept, "改过", person=of(session, "li"), now=MORNING)


@pytest.mark.parametrize("table", ["shifts", "shift_removals", "handovers", "escalations"])
def test_no_row_of_the_desk_can_be_deleted(table: str) -> None:
    from release import guards

    assert f"guard_{table}_delete" in guards.wanted()
