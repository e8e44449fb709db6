"""The marks that tell two wordings apart."""

import pytest

from analysis.differences import marks_of


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("小区停水一周三次", ()),
        ("小区停水，一周三次了", ()),
        ("每周三次送水", ()),
        ("一个星期三趟班车都停了", ()),
        ("两周五天没水", ()),
        ("四周五百米都被淹了", ()),
        ("半个星期一直没电", ()),
        ("老人每周天天来打水", ()),
        ("周三停水", ("周三",)),
        ("每周三送水", ("周三",)),
        ("下个星期三停电", ("星期三",)),
        ("6月17日周三停课", ("6月17日", "周三")),
        ("周三天气转晴", ("周三",)),
        ("周五回家的路断了", ("周五",)),
        ("周日个别路段封闭", ("周日",)),
        ("星期天节目照常", ("星期天",)),
        ("这周一到周三都停水", ("周一", "周三")),
    ],
)
def test_a_count_of_weeks_is_no_day_of_the_week(text: str, times: tuple[str, ...]) -> None:
    assert marks_of(text).times == times


def test_how_often_water_fails_is_no_other_time_than_that_it_fails() -> None:
    often, once = marks_of("青石小区停水，一周三次"), marks_of("青石小区停水，周三停的")

    assert often.times == ()
    assert once.times == ("周三",)
