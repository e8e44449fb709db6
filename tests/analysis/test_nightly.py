from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest

from analysis.coverage import coverage
from analysis.records import Alert, Claim, Coverage, Question
from analysis.reports.nightly import (
    BLIND,
    SHOWN,
    NewTopic,
    NightlyData,
    OwnStatement,
    PromiseDue,
    Total,
    change,
    is_quiet,
    render,
    status,
)
from core.vocabulary import AlertKind, AlertState, ClaimStatus, ConcernLevel, QuestionStatus
from core.vocabulary import VisitOutcome as Outcome
from crawler.records import Visit

START = datetime(2031, 6, 16, 16, 0, tzinfo=UTC)
"""Midnight of 17 June in Beijing."""
HOUR = timedelta(hours=1)
END = START + 24 * HOUR


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


def alert(level: ConcernLevel, *, state: AlertState = AlertState.RAISED, hour: int = 19) -> Alert:
    return Alert(
        key=4,
        raised_at=START + hour * HOUR,
        kind=AlertKind.VOLUME_RISE,
        level=level,
        incident_id=None,
        claim=None,
        topic="相关信息总量",
        observed=54,
        expected=18.2,
        reasons=("6月17日 18:00—19:00（北京时间）共 54 条",),
        state=state,
    )


def claim(key: int = 3, text: str = "水库溃坝了") -> Claim:
    return Claim(
        key=key,
        incident_id=None,
        text=text,
        first_seen=START + 20 * HOUR,
        last_seen=END,
        noticed_at=None,
        posts=9,
        voices=8,
        needs_check=0.9,
        reasons=("9 人在 20 分钟内提到",),
        status=ClaimStatus.CHECKING,
    )


def question(key: int = 12, text: str = "明天停不停课？") -> Question:
    return Question(
        key=key,
        incident_id=None,
        text=text,
        first_asked=START + 18 * HOUR,
        last_asked=END,
        posts=143,
        voices=121,
        concern="daily_life",
        status=QuestionStatus.UNANSWERED,
    )


QUIET = NightlyData(
    day=date(2031, 6, 17),
    office="澄川县信息办",
    version="9.9.9",
    made_at=END,
    totals=(Total("公开信息", 48, 40.0), Total("提问", 3, None)),
    alerts=(),
    topics=(),
    unanswered=(),
    claims=(),
    promises=(),
    statements=(),
    coverage=seen(),
    duplicates=2,
    hourly=tuple((START + n * HOUR, 2) for n in range(24)),
    usual=None,
    emotions=(),
)
BUSY = replace(
    QUIET,
    alerts=(alert(ConcernLevel.C1), alert(ConcernLevel.C2, hour=20)),
    topics=(NewTopic("东禾泵站停运", 213, START + 20 * HOUR, "东禾街道", "何时恢复？"),),
    unanswered=(question(),),
    claims=(claim(),),
    promises=(PromiseDue("公布恢复时间", "县住建局", END, "未到期"),),
    statements=(OwnStatement("S000001", "情况通报一", "情况通报（首发）", END - HOUR),),
    usual=(1.5,) * 24,
    emotions=(("恐惧", tuple((START + n * HOUR, n) for n in range(24))),),
)

SECTIONS = [
    "今日一览",
    "没有看到什么",
    "全天走势",
    "新话题",
    "上升最快",
    "还没有答复的问题",
    "待核实说法",
    "到期与将到期",
    "我方发布与更正",
    "数据说明",
]


class Page(HTMLParser):
    """Headings, tags and words of a page; complains about tags closed in the wrong order."""

    void = frozenset({"meta", "br", "link", "img", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if "style" not in self.open:
            self.words += data


def test_sections_stand_in_the_order_of_the_daily_report() -> None:
    assert Page(render(BUSY)).headings == SECTIONS


def test_a_page_is_well_formed_and_complete() -> None:
    page = Page(render(BUSY))

    assert page.open == []
    for words in (
        "澄川县信息办", "2031年6月17日", "状态：升温", "明天停不停课？", "Q000012", "水库溃坝了",
        "C000003", "9 人在 20 分钟内提到", "东禾泵站停运", "县住建局", "情况通报一", "生活影响",
        "待核实不等于不实", "9.9.9", "6月18日 00:00",
    ):  # fmt: skip
        assert words in page.words


def test_equal_data_give_equal_bytes() -> None:
    assert render(BUSY) == render(replace(BUSY))


def test_nothing_is_fetched_and_nothing_runs() -> None:
    page = Page(render(BUSY))

    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert not any({"src", "href", "onclick"} & set(attrs) for _, attrs in page.tags)
    assert "url(" not in render(BUSY)


def test_a_quiet_day_is_one_line() -> None:
    page = Page(render(QUIET))

    assert page.headings == ["今日一览", "没有看到什么", "数据说明"]
    assert "今天没有新话题、上升、未答问题、待核实说法、到期事项和发布。" in page.words
    assert "状态：平稳" in page.words
    assert "在看到的范围内" not in page.words


def test_a_quiet_day_with_gaps_is_quiet_only_as_far_as_was_seen() -> None:
    page = Page(render(replace(QUIET, coverage=seen(failing=(3, 4)))))

    assert "在看到的范围内，今天没有" in page.words
    assert "有 2 个小时没有任何来源正常：6月17日 03:00—05:00" in page.words


def test_a_day_on_which_nothing_was_seen_is_not_called_quiet() -> None:
    blind = replace(QUIET, coverage=seen(failing=tuple(range(24))), hourly=())

    page = Page(render(blind))

    assert status(blind) == BLIND
    assert "不能说明是否平稳" in page.words
    assert "状态：平稳" not in page.words


def test_what_was_not_seen_stands_before_every_other_section() -> None:
    html = render(replace(BUSY, coverage=seen(failing=(5,))))

    places = [html.index(mark) for mark in ('id="unseen"', "24 次访问中 1 次失败", 'id="rate"')]
    assert places == sorted(places)


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


def test_a_false_alarm_does_not_raise_the_status_but_is_shown_as_one() -> None:
    data = replace(QUIET, alerts=(alert(ConcernLevel.C2, state=AlertState.FALSE),))

    assert status(data) == "平稳"
    assert "已标为误报" in render(data)


@pytest.mark.parametrize(
    ("count", "median", "words"),
    [
        (30, 20.0, "7日中位 20，+50%"),
        (10, 20.0, "7日中位 20，-50%"),
        (20, 20.0, "7日中位 20，持平"),
        (5, 0.0, "7日中位 0"),
        (5, None, "历史不足，暂无中位数"),
        (5, 2.5, "7日中位 2.5，+100%"),
    ],
)
def test_a_total_is_compared_with_the_week(count: int, median: float | None, words: str) -> None:
    assert change(Total("提问", count, median)) == words


def test_long_lists_are_cut_and_the_rest_is_counted() -> None:
    many = tuple(question(n, f"问题第{n}号") for n in range(1, SHOWN + 4))

    page = Page(render(replace(BUSY, unanswered=many)))

    assert "另有 3 项未列出" in page.words
    assert f"问题第{SHOWN}号" in page.words
    assert f"问题第{SHOWN + 1}号" not in page.words


def test_wording_of_the_public_cannot_write_into_the_page() -> None:
    nasty = "<script>alert(1)</script>"

    html = render(
        replace(
            BUSY,
            claims=(claim(text=nasty),),
            unanswered=(question(text=nasty),),
            statements=(OwnStatement("S1", nasty, "更正说明", END - HOUR),),
            emotions=((nasty, BUSY.hourly),),
        )
    )

    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "field", ["alerts", "topics", "unanswered", "claims", "promises", "statements"]
)
def test_a_day_with_anything_to_act_on_is_not_quiet(field: str) -> None:
    assert not is_quiet(replace(QUIET, **{field: getattr(BUSY, field)}))
    assert is_quiet(QUIET)


def test_files_alone_are_named_as_the_only_source() -> None:
    files = coverage(START, END, visits=[], defects={}, sources=[])

    assert "本时段数据来自导入文件" in render(replace(QUIET, coverage=files))


def test_more_gaps_than_fit_are_told_in_the_notes() -> None:
    names = [f"来源{n}" for n in range(9)]
    told = coverage(START, END, visits=[], defects={}, sources=names)

    page = Page(render(replace(BUSY, coverage=told)))

    assert "另有 4 项，见“数据说明”" in page.words
    assert all(f"来源“{name}”" in page.words for name in names)
