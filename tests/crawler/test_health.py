"""What is said about a source, as an officer reads it."""

from datetime import timedelta

import pytest

from core.vocabulary import VisitOutcome
from crawler.health import problems
from crawler.records import Visit
from tests.crawler.conftest import NOON, make_source


def visit(minutes_ago, outcome=VisitOutcome.OK, reason="", found=5, new=5):
    at = NOON - timedelta(minutes=minutes_ago)
    return Visit("feed", at, at, outcome, reason, 1, found, new)


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
