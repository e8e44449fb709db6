from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from analysis.coverage import coverage
from analysis.forecasting import Forecast, Review
from analysis.records import Alert, Coverage
from analysis.reports import page, sheet
from analysis.reports.document import Box, Chart, Figures, Heading, Paragraph, Table, Tone
from analysis.reports.nightly import (
    BLIND,
    NO_CHANGE,
    SHOWN,
    change,
    document,
    is_quiet,
    shown_criticism,
    status,
)
from analysis.reports.nightly_data import (
    AskedAgain,
    Change,
    Counted,
    Criticism,
    Link,
    NewTopic,
    NightlyData,
    OpenClaim,
    OpenQuestion,
    Outlook,
    OwnStatement,
    Planned,
    PromiseDue,
    Quality,
    Rise,
    Total,
)
from core.vocabulary import AlertKind, AlertState, ConcernLevel, PromiseState
from core.vocabulary import VisitOutcome as Outcome
from crawler.records import Visit

START = datetime(2031, 6, 16, 16, 0, tzinfo=UTC)
"""Midnight of 17 June in Beijing."""
HOUR = timedelta(hours=1)
END = START + 24 * HOUR
NONE = Counted(0, "items?none")


def seen(*, failing: tuple[int, ...] = ()) -> Coverage:
    visits = [
        Visit(
            source="澄川论坛",
            started_at=START + n * HOUR,
            ended_at=START + n * HOUR + timedelta(seconds=9),
            outcome=Outcome.REFUSED if n in failing else Outcome.OK,
            reason="HTTP 403" if n in failing else "",
            pages=1,
            found=5,
            new=2,
        )
        for n in range(24)
    ]
    return coverage(START, END, visits=visits, defects={}, sources=["澄川论坛"])


def alert(
    level: ConcernLevel,
    *,
    state: AlertState = AlertState.RAISED,
    hour: int = 19,
    claim: int | None = None,
) -> Alert:
    return Alert(
        key=4,
        raised_at=START + hour * HOUR,
        kind=AlertKind.VOLUME_RISE,
        level=level,
        incident_id=None,
        claim=claim,
        topic="相关信息总量",
        observed=54,
        expected=18.2,
        reasons=("6月17日 18:00—19:00（北京时间）共 54 条",),
        state=state,
        matter=4,
    )


def claim(text: str = "望澄水库：水库堤防溃决", *, critical: bool = False) -> OpenClaim:
    return OpenClaim(
        name=Link(text, "claims/3"),
        voices=8,
        posts=Counted(9, "items?claim=3"),
        first_seen=START + 20 * HOUR,
        reasons=("9 人在 20 分钟内提到",),
        critical=critical,
    )


def question(text: str = "明天停不停课", *, critical: bool = False) -> OpenQuestion:
    return OpenQuestion(
        name=Link(text, "items?question=12"),
        voices=121,
        posts=Counted(143, "items?question=12"),
        first_asked=START + 18 * HOUR,
        concern="daily_life",
        critical=critical,
    )


def promise(state: PromiseState, *, late_min: int = 0) -> PromiseDue:
    return PromiseDue(
        text=Link("《续一》", "statements/S000002"),
        unit="县住建局",
        due=END - HOUR,
        state=state,
        kept_at=END - HOUR + timedelta(minutes=late_min),
    )


QUIET = NightlyData(
    drill=False,
    day=date(2031, 6, 17),
    office="澄川县信息办",
    version="9.9.9",
    made_at=END,
    totals=(Total("公开信息", 48, 40.0, "items?day"), Total("提问", 3, None, "items?day&kind")),
    alerts=(),
    promise="",
    changes=(),
    topics=(),
    rises=(),
    unanswered=(),
    asked_again=(),
    claims=(),
    promises=(),
    towns=(("柳汀镇", Counted(48, "items?town")),),
    statements=(),
    criticism=Criticism(Counted(2, "items?critical"), 48),
    warnings=(),
    planned=(),
    outlook=Outlook(ahead=None, seen_hours=30),
    coverage=seen(),
    quality=Quality(Counted(2, "items?copy"), NONE, NONE, 2.0, 9.0, (("emotion", "d7db4dbf"),)),
    hourly=tuple((START + n * HOUR, 2) for n in range(24)),
    questions=tuple((START + n * HOUR, 1) for n in range(24)),
    emotions=(),
)
STATEMENT = OwnStatement(Link("情况通报一", "statements/S000001"), "情况通报（首发）", END - HOUR)
BUSY = replace(
    QUIET,
    alerts=(alert(ConcernLevel.C1), alert(ConcernLevel.C2, hour=20)),
    changes=(
        Change("增多", Link("停水三天", "claims/5"), Counted(3, "items?a"), Counted(9, "items?b")),
    ),
    topics=(
        NewTopic(
            Link("东禾泵站：排涝设施停运", "claims/7"), Counted(213, "items?claim=7"),
            START + 20 * HOUR, "东禾泵站", "泵站何时恢复", critical=True,
        ),
    ),
    rises=(Rise("柏舟桥", Counted(12, "items?c"), Counted(4, "items?d")),),
    unanswered=(question(),),
    asked_again=(AskedAgain(Link("几点来电", "items?e"), 14, START + HOUR),),
    claims=(claim(),),
    promises=(promise(PromiseState.LATE, late_min=5), promise(PromiseState.RUNNING)),
    statements=(STATEMENT,),
    planned=(Planned("6月18日 09:00", "中考第一天"),),
    emotions=(("恐惧", tuple((START + n * HOUR, n) for n in range(24))),),
)  # fmt: skip

SECTIONS = [
    "今日一览", "自上次日报以来", "新出现的话题", "上升最快", "未答问题榜", "待核实说法与到期承诺",
    "各镇街分布", "我方发布与更正", "明日关注", "全天走势", "数据说明",
]  # fmt: skip


def headings(data: NightlyData) -> list[str]:
    return [b.text for b in document(data).blocks if isinstance(b, Heading) and b.level == 1]


def table(data: NightlyData, caption: str) -> Table:
    found = [b for b in document(data).blocks if isinstance(b, Table) and b.caption == caption]
    return found[0]


def words(data: NightlyData) -> str:
    return sheet.as_csv(document(data))


def test_sections_stand_in_the_order_of_the_daily_report() -> None:
    assert headings(BUSY) == SECTIONS


def test_what_was_not_seen_stands_before_the_figures() -> None:
    blocks = document(replace(BUSY, coverage=seen(failing=(5,)))).blocks

    kinds = [type(block) for block in blocks]
    assert kinds.index(Box) < kinds.index(Figures)
    assert "24 次访问中 1 次失败" in str(blocks[0])


def test_equal_data_give_equal_documents() -> None:
    assert document(BUSY) == document(replace(BUSY))
    assert document(BUSY) != document(QUIET)


def test_a_quiet_day_is_one_line_and_the_notes() -> None:
    lead = [b for b in document(QUIET).blocks if isinstance(b, Paragraph) and b.tone is Tone.LEAD]

    assert headings(QUIET) == ["今日一览", "数据说明"]
    assert [b.parts for b in lead] == [
        ("今天没有新话题、上升、未答问题、待核实说法、到期事项和发布。",)
    ]
    assert "状态：平稳" in document(QUIET).subtitle


def test_a_quiet_day_with_gaps_is_quiet_only_as_far_as_was_seen() -> None:
    told = words(replace(QUIET, coverage=seen(failing=(3, 4))))

    assert "在看到的范围内，今天没有" in told
    assert "有 2 个小时没有任何来源正常：6月17日 03:00—05:00" in told


def test_a_day_on_which_nothing_was_seen_is_not_called_quiet() -> None:
    blind = replace(QUIET, coverage=seen(failing=tuple(range(24))), hourly=())

    assert status(blind) == BLIND
    assert "不能说明是否平稳" in words(blind)
    assert "今天没有新话题" not in words(blind)
    assert "状态：平稳" not in words(blind)


@pytest.mark.parametrize(
    ("level", "word"),
    [
        (ConcernLevel.C0, "平稳"),
        (ConcernLevel.C1, "关注"),
        (ConcernLevel.C2, "升温"),
        (ConcernLevel.C3, "集中关切"),
        (ConcernLevel.C4, "集中关切"),
    ],
)
def test_the_status_word_is_that_of_the_highest_alert(level: ConcernLevel, word: str) -> None:
    assert status(replace(QUIET, alerts=(alert(level), alert(ConcernLevel.C0)))) == word


def test_an_exercise_says_so_in_its_title() -> None:
    assert document(replace(QUIET, drill=True)).title.startswith("【演练】公众关切日报")
    assert document(QUIET).title.startswith("公众关切日报")


def test_a_false_alarm_does_not_raise_the_status() -> None:
    assert (
        status(replace(QUIET, alerts=(alert(ConcernLevel.C2, state=AlertState.FALSE),))) == "平稳"
    )


def test_one_matter_is_one_line_of_alerts_with_its_highest_level() -> None:
    rows = table(BUSY, "当日提醒（同一件事一行，按最高级别）").rows

    assert [(row[0], row[3], row[4]) for row in rows] == [("C2 升温", "19:00", "待处理")]


@pytest.mark.parametrize(
    ("count", "median", "told"),
    [
        (30, 20.0, "7日中位 20，+50%"),
        (10, 20.0, "7日中位 20，-50%"),
        (20, 20.0, "7日中位 20，持平"),
        (5, 0.0, "7日中位 0"),
        (5, None, "历史不足，暂无中位数"),
        (5, 2.5, "7日中位 2.5，+100%"),
    ],
)
def test_a_total_is_compared_with_the_week(count: int, median: float | None, told: str) -> None:
    assert change(Total("提问", count, median, "items")) == told


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    many = tuple(question(f"问题第{n}号") for n in range(1, SHOWN + 4))

    found = table(replace(BUSY, unanswered=many), "还没有答复的问题")

    assert len(found.rows) == SHOWN
    assert found.more == 3


def test_criticism_keeps_its_share_where_a_plain_cut_would_lose_it() -> None:
    calm = [question(f"平常{n}") for n in range(SHOWN)]
    sharp = [question(f"追问{n}", critical=True) for n in range(SHOWN)]
    data = replace(BUSY, topics=(), claims=(), unanswered=(*calm, *sharp))

    shown = [str(row[0]) for row in table(data, "还没有答复的问题").rows]

    assert sum("追问" in name for name in shown) == SHOWN / 2
    assert shown_criticism(data).fair
    assert not any("追问" in q.name.text for q in data.unanswered[:SHOWN])  # the plain cut


def test_the_share_of_criticism_is_told_beside_that_of_the_report() -> None:
    told = words(BUSY)

    assert "追问原因责任和反映问题的 2 条（占 4%）" in told
    assert "其中这类 1 项；本报告列出 3 项，其中 1 项，不低于实有比例" in told


def test_promises_say_how_late_they_were_kept() -> None:
    told = words(BUSY)

    assert "到期承诺 1 项，按时 0 项" in told
    assert "迟 5 分钟" in told
    assert "未到期" in told


def test_a_day_like_the_last_says_so() -> None:
    assert NO_CHANGE in words(replace(BUSY, changes=()))
    assert "增多" in words(BUSY)


@pytest.mark.parametrize(
    "name", ["alerts", "changes", "topics", "rises", "unanswered", "claims", "promises", "planned"]
)
def test_a_day_with_anything_to_act_on_is_not_quiet(name: str) -> None:
    assert not is_quiet(replace(QUIET, **{name: getattr(BUSY, name)}))
    assert is_quiet(QUIET)


def test_a_short_record_gives_no_forecast() -> None:
    assert "历史不足（只有 30 个小时的记录），暂不预测" in words(BUSY)


def test_a_forecast_stands_beside_how_the_last_one_did() -> None:
    made = Forecast((2.0,) * 24, (1,) * 24, (4,) * 24)
    data = replace(BUSY, outlook=Outlook(made, 700, made, Review(24, 20, 0.5, 1.2)))

    chart = next(b for b in document(data).blocks if isinstance(b, Chart))

    assert chart.ahead == 24
    assert len(chart.points) == len(chart.low or ()) == len(chart.expected or ()) == 48
    assert "上次预测的 24 个小时中有 20 个落在区间内" in words(data)
    assert "好于照搬前一日同一时刻" in words(data)


def test_more_gaps_than_fit_are_told_in_the_notes() -> None:
    names = [f"来源{n}" for n in range(9)]
    told = words(replace(BUSY, coverage=coverage(START, END, visits=[], defects={}, sources=names)))

    assert "另有 4 项，见“数据说明”" in told
    assert all(f"来源“{name}”" in told for name in names)


def test_the_page_fetches_nothing_and_leads_to_the_items() -> None:
    html = page.as_html(document(BUSY), base="http://127.0.0.1:8000/")

    assert '<a href="http://127.0.0.1:8000/items?claim=7">213</a>' in html
    assert not any(tag in html for tag in ("<script", "<link", "<img", "<iframe", "url("))


def test_names_cannot_write_into_the_page() -> None:
    nasty = "<script>alert(1)</script>"

    html = page.as_html(
        document(replace(BUSY, claims=(claim(nasty),), unanswered=(question(nasty),)))
    )

    assert "<script" not in html
    assert "&lt;script&gt;" in html
