from datetime import UTC, datetime, timedelta

import pytest

from analysis.coverage import FILES_ONLY, coverage, gaps
from core.vocabulary import VisitOutcome
from crawler.records import Visit

START = datetime(2031, 6, 16, 16, 0, tzinfo=UTC)
"""Midnight of 17 June in Beijing."""
HOUR = timedelta(hours=1)
END = START + 4 * HOUR


def visit(
    hours: float,
    *,
    source: str = "forum",
    outcome: VisitOutcome = VisitOutcome.OK,
    reason: str = "",
    lasts: timedelta = timedelta(seconds=5),
) -> Visit:
    at = START + hours * HOUR
    return Visit(source, at, at + lasts, outcome, reason, pages=1, found=3, new=1)


def test_an_hour_with_a_visit_that_worked_is_seen() -> None:
    told = coverage(START, END, visits=[visit(n + 0.5) for n in range(4)], defects={}, sources=[])

    assert told.hours_missing == ()
    assert gaps(told) == ()


def test_an_hour_without_a_visit_that_worked_is_missing() -> None:
    visits = [
        visit(0.5),
        visit(1.5, outcome=VisitOutcome.REFUSED, reason="HTTP 403"),
        visit(3.5),
    ]

    told = coverage(START, END, visits=visits, defects={}, sources=["forum"])

    assert told.hours_missing == (START + HOUR, START + 2 * HOUR)


@pytest.mark.parametrize("outcome", [o for o in VisitOutcome if not o.works])
def test_only_a_visit_that_worked_sees_anything(outcome: VisitOutcome) -> None:
    told = coverage(
        START, END, visits=[visit(n, outcome=outcome) for n in range(4)], defects={}, sources=[]
    )

    assert len(told.hours_missing) == 4


def test_one_working_source_is_enough_for_an_hour() -> None:
    visits = [visit(n + 0.1, source="a", outcome=VisitOutcome.UNREACHABLE) for n in range(4)]
    visits += [visit(n + 0.2, source="b") for n in range(4)]

    told = coverage(START, END, visits=visits, defects={}, sources=["a", "b"])

    assert told.hours_missing == ()
    assert gaps(told) == ("来源“a”：4 次访问全部失败（无法连接）",)


def test_listed_sources_that_were_never_visited_leave_every_hour_missing() -> None:
    told = coverage(START, END, visits=[], defects={}, sources=["forum"])

    assert len(told.hours_missing) == 4
    assert told.sources[0].visits == 0
    assert gaps(told) == (
        "来源“forum”：本时段没有访问记录",
        "有 4 个小时没有任何来源正常：6月17日 00:00—04:00",
    )


def test_files_alone_miss_no_hour_but_it_is_said() -> None:
    told = coverage(START, END, visits=[], defects={}, sources=[])

    assert told.hours_missing == ()
    assert gaps(told) == (FILES_ONLY,)


def test_a_visit_across_two_hours_sees_both() -> None:
    told = coverage(
        START, START + 2 * HOUR, visits=[visit(0.9, lasts=HOUR / 5)], defects={}, sources=[]
    )

    assert told.hours_missing == ()


@pytest.mark.parametrize("hours", [-1, 4, 9])
def test_visits_outside_the_period_prove_nothing(hours: float) -> None:
    told = coverage(START, END, visits=[visit(hours)], defects={}, sources=["forum"])

    assert len(told.hours_missing) == 4
    assert told.sources[0].visits == 0


def test_an_instant_visit_at_the_hour_sees_that_hour_only() -> None:
    told = coverage(
        START, END, visits=[visit(1, lasts=timedelta(0))], defects={}, sources=["forum"]
    )

    assert told.hours_missing == (START, START + 2 * HOUR, START + 3 * HOUR)


def test_a_period_that_begins_inside_an_hour_counts_that_hour() -> None:
    told = coverage(
        START + HOUR / 2, START + 2 * HOUR, visits=[visit(0.1)], defects={}, sources=["forum"]
    )

    assert told.hours_missing == (START, START + HOUR)


def test_a_source_tells_its_visits_failures_and_last_success() -> None:
    visits = [
        visit(2.5, outcome=VisitOutcome.DAMAGED, reason="页面结构已变"),
        visit(0.5),
        visit(1.5, outcome=VisitOutcome.THROTTLED),
    ]

    source = coverage(START, END, visits=visits, defects={}, sources=["forum"]).sources[0]

    assert (source.visits, source.failures) == (3, 2)
    assert source.last_success == visits[1].ended_at
    assert source.last_outcome is VisitOutcome.DAMAGED
    assert source.reason == "页面结构已变"


def test_gaps_name_broken_sources_spans_of_hours_and_defects() -> None:
    visits = [
        visit(0.5),
        visit(2.5, outcome=VisitOutcome.DAMAGED, reason="页面结构已变"),
    ]
    told = coverage(START, END, visits=visits, defects={"时间无法识别": 3}, sources=["forum"])

    assert gaps(told) == (
        "来源“forum”：6月17日 00:30 之后没有成功访问（页面结构已变）",
        "有 3 个小时没有任何来源正常：6月17日 01:00—04:00",
        "时间无法识别：3 条未能读入",
    )


def test_a_source_that_recovered_still_tells_its_failures() -> None:
    visits = [visit(0.5, outcome=VisitOutcome.EMPTY)] + [visit(n) for n in (0.6, 1, 2, 3)]

    told = coverage(START, END, visits=visits, defects={}, sources=["forum"])

    assert gaps(told) == ("来源“forum”：5 次访问中 1 次失败",)


def test_spans_name_each_day_once_and_end_at_twenty_four() -> None:
    end = START + 26 * HOUR
    visits = [visit(n) for n in range(26) if n not in (2, 22, 23, 24)]

    told = coverage(START, end, visits=visits, defects={}, sources=["forum"])

    assert gaps(told)[-1].endswith("6月17日 02:00—03:00、22:00—次日 01:00")


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="not after its start"):
        coverage(END, START, visits=[], defects={}, sources=[])
