"""What is said about a source, as an officer reads it."""

from datetime import timedelta

import pytest

from core.vocabulary import VisitOutcome
from crawler.health import FAILURES_OF_A_FAULT, HealthState, health, problems
from crawler.records import Visit
from tests.crawler.conftest import NOON, make_source

UNREACHABLE, REFUSED = VisitOutcome.UNREACHABLE, VisitOutcome.REFUSED


def visit(minutes_ago, outcome=VisitOutcome.OK, reason="", found=5, new=5, passed_over=0):
    at = NOON - timedelta(minutes=minutes_ago)
    return Visit("feed", at, at, outcome, reason, 1, found, new, passed_over)


@pytest.mark.parametrize(
    ("visits", "said"),
    [
        ([visit(10)], []),
        ([visit(60)], []),
        ([], ["尚未访问"]),
        ([visit(61)], ["静默 1 小时 1 分"]),
        ([visit(150), visit(10, new=0)], ["静默 2 小时 30 分"]),
        ([visit(10, found=2)], ["只读到 2 条，正常至少 3 条"]),
        (
            [visit(30), visit(5, VisitOutcome.REFUSED, "被拒绝（403）", 0, 0)],
            ["拒绝访问：被拒绝（403）"],
        ),
        ([visit(5, VisitOutcome.REFUSED), visit(30), visit(20)], ["拒绝访问"]),
        ([visit(5, VisitOutcome.DAMAGED, "", 0, 0), visit(8)], ["版式变化"]),
    ],
)
def test_each_trouble_is_told_in_chinese(visits, said):
    found = problems(make_source(min_yield=3), visits, NOON)

    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found, strict=True))


def test_the_first_failure_of_a_row_is_the_one_that_counts():
    visits = [visit(50, VisitOutcome.UNREACHABLE), visit(30, VisitOutcome.UNREACHABLE), visit(55)]

    assert "06月17日11:10起无法连接" in problems(make_source(), visits, NOON)[0]


def test_other_sources_visits_do_not_count():
    assert "尚未访问" in problems(make_source(name="other"), [visit(1)], NOON)[0]


def test_every_outcome_but_ok_is_told():
    for outcome in VisitOutcome:
        assert bool(problems(make_source(), [visit(1, outcome)], NOON)) is (not outcome.works)


@pytest.mark.parametrize(
    ("visits", "state"),
    [
        ([], HealthState.NEVER),
        ([visit(10)], HealthState.OK),
        ([visit(90)], HealthState.WARNING),
        ([visit(10, UNREACHABLE)], HealthState.FAULT),
        ([visit(20), visit(10, UNREACHABLE)], HealthState.WARNING),
        ([visit(30), visit(20, UNREACHABLE), visit(10, UNREACHABLE)], HealthState.WARNING),
        ([visit(40), *(visit(n, UNREACHABLE) for n in (30, 20, 10))], HealthState.FAULT),
        ([visit(20), visit(10, REFUSED)], HealthState.FAULT),
        ([visit(20), visit(10, VisitOutcome.LOGIN_PAGE)], HealthState.FAULT),
        ([visit(20), visit(10, VisitOutcome.DAMAGED)], HealthState.FAULT),
        ([visit(20), visit(10, found=0, new=0)], HealthState.FAULT),
        ([visit(20), visit(10, found=1)], HealthState.WARNING),
    ],
)
def test_a_state_says_how_grave_it_is(visits, state):
    assert health(make_source(min_yield=3), visits, NOON).state is state


def test_a_source_that_came_back_is_well_again():
    visits = [visit(n, UNREACHABLE) for n in range(40, 10, -10)] + [visit(5)]

    assert health(make_source(), visits, NOON).state is HealthState.OK
    assert len(visits) > FAILURES_OF_A_FAULT


def test_selectors_that_suddenly_find_nothing_are_told_though_the_page_answers():
    (reason,) = health(make_source(), [visit(20), visit(10, found=0)], NOON).reasons

    assert "页面打得开，却一条也没有读到" in reason


@pytest.mark.parametrize(
    ("before", "found", "told"),
    [
        ([30] * 5, 9, True),
        ([30] * 5, 10, False),
        ([30] * 4, 9, False),
        ([30, 30, 30, 2, 31, 29], 9, True),
        ([30] * 5 + [9] * 16, 9, False),
    ],
)
def test_a_yield_that_collapsed_against_its_own_median_is_told(before, found, told):
    visits = [visit(500 - n, found=count) for n, count in enumerate(before)] + [
        visit(1, found=found)
    ]

    reasons = health(make_source(), visits, NOON).reasons

    assert any(f"只读到 {found} 条，平时约 30 条" in reason for reason in reasons) is told


def test_a_source_that_may_be_empty_is_never_too_empty():
    visits = [visit(20 + n, found=9) for n in range(6)] + [visit(1, found=0)]

    assert health(make_source(min_yield=0), visits, NOON).reasons == ()


def test_an_unchanged_page_works_and_silence_is_still_judged_by_the_cadence():
    unchanged = visit(5, VisitOutcome.UNCHANGED, new=0)

    assert health(make_source(), [visit(30), unchanged], NOON).state is HealthState.OK
    (reason,) = health(make_source(), [visit(90), unchanged], NOON).reasons
    assert "静默 1 小时 30 分" in reason


def test_silence_is_told_apart_from_nobody_having_looked():
    (looked,) = health(make_source(), [visit(90), visit(10, new=0)], NOON).reasons
    (nobody,) = health(make_source(), [visit(90)], NOON).reasons

    assert "其间没有访问过" not in looked
    assert "其间没有访问过" in nobody


def test_a_source_that_wants_to_be_left_alone_tells_until_when():
    until = NOON + timedelta(hours=2)
    visits = [visit(20), visit(10, VisitOutcome.THROTTLED, found=0, new=0)]

    reasons = health(make_source(), visits, NOON, not_before=until).reasons

    assert "已停止访问至 06月17日14:00" in reasons[1]
    assert len(health(make_source(), visits, until, not_before=until).reasons) == 2  # silence


@pytest.mark.parametrize(("waiting", "reasons", "notes"), [(0, 0, 0), (3, 0, 1), (101, 1, 0)])
def test_links_that_wait_are_told_and_too_many_are_a_warning(waiting, reasons, notes):
    visits = [visit(30), visit(20), visit(10)]

    told = health(make_source(max_details=100), visits, NOON, waiting=waiting)

    assert (len(told.reasons), len(told.notes)) == (reasons, notes)
    assert all(f"{waiting} 条链接等待读取" in said for said in (*told.reasons, *told.notes))


def test_what_the_keywords_left_out_in_a_day_is_told():
    visits = [visit(30, new=1, passed_over=4), visit(20, new=0, passed_over=5), visit(10, new=0)]

    assert health(make_source(), visits, NOON).notes == ("近 24 小时按关键词略过 9 条，留下 1 条",)


def test_keywords_that_keep_nothing_are_a_warning():
    visits = [visit(30, new=0, passed_over=4), visit(20, new=0), visit(10, new=0)]

    told = health(make_source(), visits, NOON)

    assert told.state is HealthState.WARNING
    assert "略过 4 条，一条也没有留下" in told.reasons[0]


def test_few_known_visits_are_said():
    assert health(make_source(), [visit(10)], NOON).notes == ("只有 1 次访问记录，判断把握较低",)


def test_a_source_that_is_switched_off_is_neither_silent_nor_failing():
    off = make_source(enabled=False)
    visits = [visit(900), visit(800, REFUSED)]

    told = health(off, visits, NOON, waiting=999)

    assert told.state is HealthState.OFF
    assert told.reasons == ("已停用（enabled = false），不访问",)
    assert told.notes == ()
    assert problems(off, visits, NOON) == []


def test_the_worst_stands_first():
    visits = [visit(200), visit(100, REFUSED)]

    told = health(make_source(), visits, NOON)

    assert [reason[:2] for reason in told.reasons] == ["自0", "已静"]
    assert told.state is HealthState.FAULT


def test_the_moments_of_a_source_are_told():
    visits = [visit(40), visit(30, new=0), visit(20, UNREACHABLE, new=0)]

    told = health(make_source(), visits, NOON)

    assert told.last_visit == visits[2].ended_at
    assert told.last_success == visits[1].ended_at
    assert told.last_outcome is UNREACHABLE
    assert told.expected_by == visits[0].ended_at + timedelta(minutes=told.cadence_min)
    assert health(make_source(), [], NOON).expected_by is None
