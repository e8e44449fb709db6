from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from analysis.reports import weekly
from analysis.reports.document import Multiples
from analysis.reports.weekly import Alerts, Case, Daily, Recurring, Waits, WeeklyData, Word
from core.clock import beijing
from tests.analysis.said_numbers import unfounded
from tests.analysis.sample_picture import AT, CONCERNS, any_picture, text_of
from tests.analysis.test_flash import CAUSE_WORDS

DAYS = tuple(beijing(AT - timedelta(days=n)).date() for n in range(6, -1, -1))


def any_week(seed: int) -> WeeklyData:
    picture = any_picture(seed)
    random = Random(seed)  # noqa: S311  a test needs no secret

    def daily(name: str) -> Daily:
        counts = tuple(random.randint(100, 99_999) for _ in DAYS)
        return Daily(name, counts, random.choice((None, 0, 40_000)))

    return WeeklyData(
        days=DAYS,
        made_at=AT,
        office=picture.office,
        version=picture.version,
        drill=False,
        totals=tuple(map(daily, ("公开信息", "提问", "求助"))),
        concerns=tuple(map(daily, CONCERNS)),
        critical=frozenset(CONCERNS[:2]),
        topics=picture.said,
        recurring=tuple(
            Recurring(place, "生活影响", random.randint(3, 7), random.randint(100, 9999), DAYS[-1])
            for place in ("东禾泵站", "大垄村")[: random.randint(0, 2)]
        ),
        asked=picture.asked,
        own=picture.own,
        promised=picture.promised,
        waits=Waits((("“6·17”澄川暴雨", 85),), random.choice((None, 209.0)), 13, 4.0, 192),
        alerts=Alerts(38, random.randint(0, 9), random.randint(0, 9)),
        case=Case("“6·17”澄川暴雨", "rain-2031", 2273, 12, 10, 21),
        words=(Word("电瓶车", 1515, 0),) if seed % 2 else (),
        unseen=picture.unseen,
    )


@pytest.mark.parametrize("seed", range(40))
def test_every_number_of_a_week_is_in_its_data(seed: int) -> None:
    week = any_week(seed)
    asked = week.asked
    sums = [sum(a.voices for a in asked), sum(a.voices for a in asked if a.answered_at)]
    sums += [daily.total for daily in week.totals]
    changes = [
        f"{round(100 * (d.total - d.before) / d.before):+d}" for d in week.totals if d.before
    ]
    late = [o.published_at - o.corrects for o in week.own if o.correction and o.corrects]
    mean = round(sum(int(t.total_seconds() // 60) for t in late) / len(late)) if late else 0
    judged = week.alerts.right + week.alerts.false
    counts = [str(n) for n in range(len(asked) + 20)]
    days = [f"{day.month} {day.day} {day}" for day in week.days]

    text = text_of(weekly.document(week))

    also = (*changes, *counts, *days, "3日及以上", "不计为0", str(judged))
    shares = [week.alerts.right, judged]
    assert unfounded(text, (week, sums, mean, shares), also=also) == set()
    assert [word for word in CAUSE_WORDS if word in text] == []


def test_a_day_that_nobody_watched_is_no_quiet_day() -> None:
    counts = (None, None, 0, 4, 5, 6, 7)
    week = replace(any_week(1), totals=(Daily("公开信息", counts, None),))

    document = weekly.document(week)

    chart = next(block for block in document.blocks if isinstance(block, Multiples))
    assert [n for _, n in chart.series[0][1]] == [0, 4, 5, 6, 7]
    assert "没有监测的日子2天：6月11日、6月12日，不计为0" in text_of(document)


def test_the_precision_of_alerts_is_told_only_where_people_judged() -> None:
    judged = replace(any_week(2), alerts=Alerts(10, 3, 1))
    unjudged = replace(judged, alerts=Alerts(10, 0, 0))

    assert "已判断4件，其中误报1件，准确率75%" in text_of(weekly.document(judged))
    assert "准确率无法计算" in text_of(weekly.document(unjudged))


def test_a_week_without_complaints_that_came_back_says_so() -> None:
    text = text_of(weekly.document(replace(any_week(3), recurring=())))

    assert "没有连日反复的诉求" in text
