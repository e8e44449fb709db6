from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analysis.coverage import (
    CHANNEL_NAMES,
    FILES_ONLY,
    NOTHING_SEEN,
    Expected,
    brief,
    coverage,
    gaps,
)
from analysis.records import Alert
from analysis.store import all_alerts
from console import wiring
from console.pipeline import Pipeline
from core.database import reading, transaction
from core.vocabulary import VisitOutcome
from crawler import frontier, store
from crawler.frontier import SourceState
from crawler.records import Import, ParsedPost, Visit

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
    passed_over: int = 0,
) -> Visit:
    at = START + hours * HOUR
    return Visit(source, at, at + lasts, outcome, reason, 1, 3, 1, passed_over)


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
    assert gaps(told) == ("来源“a”：4 次访问全部失败（无法连接），6月17日 00:00—04:00 没有看到",)


def test_listed_sources_that_were_never_visited_leave_every_hour_missing() -> None:
    told = coverage(START, END, visits=[], defects={}, sources=["forum"])

    assert len(told.hours_missing) == 4
    assert told.sources[0].visits == 0
    assert gaps(told) == (
        "有 4 个小时没有任何来源正常：6月17日 00:00—04:00",
        "来源“forum”：本时段没有访问记录",
    )


def test_files_alone_miss_no_hour_but_it_is_said() -> None:
    told = coverage(START, END, visits=[], defects={}, sources=[])

    assert told.hours_missing == ()
    assert gaps(told) == (FILES_ONLY,)


def test_without_sources_and_files_nothing_was_seen() -> None:
    told = coverage(START, END, visits=[], defects={}, sources=[], expected=Expected())

    assert gaps(told)[0] == NOTHING_SEEN


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


@pytest.mark.parametrize(("minutes", "missing"), [(1, 0), (14, 0), (15, 1), (59, 1)])
def test_an_hour_that_has_only_just_begun_is_not_missed_yet(minutes: int, missing: int) -> None:
    end = START + HOUR + timedelta(minutes=minutes)

    told = coverage(START, end, visits=[visit(0.5)], defects={}, sources=["forum"])

    assert len(told.hours_missing) == missing


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
        "有 3 个小时没有任何来源正常：6月17日 01:00—04:00",
        "来源“forum”：6月17日 00:30 之后没有成功访问（页面结构已变）",
        "时间无法识别：3 条未能读入",
    )


def test_a_source_that_recovered_still_tells_its_failures() -> None:
    visits = [visit(0.5, outcome=VisitOutcome.EMPTY)] + [visit(n) for n in (0.6, 1, 2, 3)]

    told = coverage(START, END, visits=visits, defects={}, sources=["forum"])

    assert gaps(told) == ("来源“forum”：5 次访问中 1 次失败，6月17日 00:00—00:36 没有看到",)


def test_spans_name_each_day_once_and_end_at_twenty_four() -> None:
    end = START + 26 * HOUR
    visits = [visit(n) for n in range(26) if n not in (2, 22, 23, 24)]

    told = coverage(START, end, visits=visits, defects={}, sources=["forum"])

    assert gaps(told)[0].endswith("6月17日 02:00—03:00、22:00—次日 01:00")


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="not after its start"):
        coverage(END, START, visits=[], defects={}, sources=[])


# Hours of one source


@pytest.mark.parametrize(
    ("failing", "down"),
    [
        ((), ()),
        ((1,), ((1.5, 2.5),)),
        ((1, 2), ((1.5, 3.5),)),
        ((0,), ((0, 1.5),)),
        ((3,), ((3.5, 4),)),
        ((0, 2), ((0, 1.5), (2.5, 3.5))),
        ((0, 1, 2, 3), ((0, 4),)),
    ],
)
def test_a_source_is_down_from_a_failed_visit_to_the_next_that_worked(
    failing: tuple[int, ...], down: tuple[tuple[float, float], ...]
) -> None:
    visits = [
        visit(n + 0.5, outcome=VisitOutcome.EMPTY if n in failing else VisitOutcome.OK)
        for n in range(4)
    ]

    told = coverage(START, END, visits=visits, defects={}, sources=["forum"])

    assert told.sources[0].down == tuple((START + a * HOUR, START + b * HOUR) for a, b in down)


def test_a_source_that_nobody_visited_is_down_throughout() -> None:
    told = coverage(START, END, visits=[visit(1, source="a")], defects={}, sources=["forum"])

    assert told.sources[0].down == ((START, END),)


def test_more_spans_than_fit_are_told_as_a_number() -> None:
    end = START + 20 * HOUR
    visits = [visit(n) for n in range(0, 20, 2)]

    told = coverage(START, end, visits=visits, defects={}, sources=["forum"])

    assert gaps(told)[0].endswith("11:00—12:00等 10 段")


# Kinds of voices


def expected(
    online: dict[str, str] | None = None,
    heard: dict[tuple[str, str], float] | None = None,
    imports: tuple[str, ...] = (),
    switched_off: tuple[str, ...] = (),
) -> Expected:
    return Expected(
        online=[(channel, name) for name, channel in (online or {}).items()],
        switched_off=switched_off,
        heard={key: START + hours * HOUR for key, hours in (heard or {}).items()},
        imports=[Import(name, "hotline", "0" * 64, START + HOUR, 9, 9, 0) for name in imports],
    )


OFF = [visit(n + 0.5, outcome=VisitOutcome.REFUSED) for n in range(4)]
ON = [visit(n + 0.5) for n in range(4)]


@pytest.mark.parametrize(
    ("asked", "visits", "told"),
    [
        (expected(), ON, None),
        (expected({"forum": "forum"}, {("forum", "forum"): 1}), ON, None),
        (expected({"forum": "forum"}), ON, "论坛贴吧（来源正常，近 4 小时没有新帖）"),
        (expected({"forum": "forum"}), OFF, "论坛贴吧（来源没有访问成功）"),
        (expected({"forum": "forum"}, {("forum", "forum"): -9}), ON, "论坛贴吧（来源正常，"),
        (expected(heard={("hotline", "12345"): -9}), ON, "热线工单（近 4 小时没有导入文件）"),
        (
            expected(heard={("hotline", "12345"): -9}, imports=("12345",)),
            ON,
            "热线工单（近 4 小时的导入文件中没有）",
        ),
        (expected(heard={("hotline", "12345"): 1}, imports=("12345",)), ON, None),
        (expected(heard={("hotline", "12345"): -24 * 29}), ON, "热线工单"),
        (expected(heard={("hotline", "12345"): -24 * 30}), ON, None),
        (expected(heard={("weibo", "wb"): -9}, switched_off=("wb",)), ON, "微博（来源已停用）"),
        (expected(heard={("citizen_box", "x"): -9}), ON, "citizen_box（"),
    ],
)
def test_a_kind_of_voice_that_was_not_heard_is_told_with_the_reason(
    asked: Expected, visits: list[Visit], told: str | None
) -> None:
    seen = coverage(START, END, visits=visits, defects={}, sources=["forum"], expected=asked)

    said = [sentence for sentence in gaps(seen) if "没有听到的渠道" in sentence]
    assert bool(said) is (told is not None)
    assert all(told in sentence for sentence in said if told)


def test_a_day_is_called_today() -> None:
    asked = expected(heard={("hotline", "12345"): -9})

    seen = coverage(
        START,
        START + 24 * HOUR,
        visits=[visit(n) for n in range(24)],
        defects={},
        sources=["forum"],
        expected=asked,
    )

    assert gaps(seen) == ("没有听到的渠道：热线工单（今日没有导入文件）",)


def test_a_source_that_somebody_switched_off_is_told() -> None:
    seen = coverage(
        START, END, visits=ON, defects={}, sources=[], expected=expected(switched_off=("贴吧",))
    )

    assert gaps(seen) == ("已停用、没有访问的来源：来源“贴吧”",)


def test_posts_that_keywords_left_out_are_counted() -> None:
    visits = [visit(n + 0.5, passed_over=n) for n in range(4)]

    seen = coverage(START, END, visits=visits, defects={}, sources=["forum"])

    assert gaps(seen) == ("按关键词略过、没有收入：来源“forum” 6 条",)


# Few and readable


def test_the_worst_stands_first() -> None:
    visits = [
        visit(0.1, source="好", passed_over=2),
        visit(0.2, source="好", outcome=VisitOutcome.EMPTY),
        visit(0.3, source="好"),
        visit(0.4, source="断", outcome=VisitOutcome.REFUSED),
    ]
    asked = expected(heard={("hotline", "12345"): -9}, switched_off=("停",))

    seen = coverage(
        START, END, visits=visits, defects={"断": 1}, sources=["好", "断"], expected=asked
    )

    begins = ["有 3 个小时", "来源“断”", "没有听到", "来源“好”", "已停用", "按关键词", "断：1 条"]
    told = gaps(seen)
    assert len(told) == len(begins)
    assert all(sentence.startswith(begin) for sentence, begin in zip(told, begins, strict=True))


def test_many_sources_with_one_trouble_share_a_sentence() -> None:
    names = [f"s{n}" for n in range(1000)]

    seen = coverage(START, END, visits=ON, defects={}, sources=names)

    assert gaps(seen) == ("来源“s0”、来源“s1”、来源“s2”等 1000 个来源：本时段没有访问记录",)


def test_a_brief_telling_says_how_much_it_leaves_out() -> None:
    visits = [visit(0.1, source=f"s{n}", outcome=o) for n, o in enumerate(VisitOutcome)]
    seen = coverage(START, END, visits=visits, defects={"a": 1, "b": 2}, sources=[])

    told = brief(seen, 5)

    assert told[:4] == gaps(seen)[:4]
    assert told[4] == f"另有 {len(gaps(seen)) - 4} 项没有看到"
    assert brief(seen, 99) == gaps(seen)


def test_a_brief_telling_of_many_dark_sources_is_short() -> None:
    seen = coverage(START, END, visits=ON, defects={}, sources=["a", "b", "c"])

    assert brief(seen, 5) == ("来源“a”、来源“b”、来源“c”：本时段没有访问记录",)


def test_every_channel_name_is_chinese() -> None:
    assert all(not name.isascii() for name in CHANNEL_NAMES.values())


# What an alert carries


FLOOD = [
    "青石水库溃坝了，快跑",
    "听说青石水库溃坝了，真的吗",
    "青石水库溃坝了！下游的赶紧撤",
    "刚刚青石水库溃坝了，往高处走",
    "青石水库溃坝，水已经下来了",
    "我们村都在说青石水库溃坝了",
]


def told_of(text: str, number: int, at: datetime, channel: str = "weibo") -> ParsedPost:
    return ParsedPost(
        source=channel,
        post_id=f"{channel}-{number}-{at:%H%M}",
        url=None,
        published_at=at,
        channel=channel,
        text=text,
        author=f"网友{channel}{number}",
    )


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    services = wiring.prepare(tmp_path / "d")
    (services.data / "directory.toml").write_text(
        '[[places]]\nname = "青石水库"\nkind = "reservoir"\n', encoding="utf-8"
    )
    return Pipeline(wiring.build(services.data))


def alarm(pipeline: Pipeline, now: datetime, *visits: Visit, earlier: str = "") -> list[Alert]:
    """Keep visits and the posts of an alarming half hour, and return the alerts of the round."""
    parsed = [told_of(text, n, now - timedelta(minutes=20 - n)) for n, text in enumerate(FLOOD, 1)]
    if earlier:
        before = told_of("路口积水了", 0, now - timedelta(days=2), channel=earlier)
        parsed.insert(0, before)
    with transaction(pipeline.services.engine) as session:
        for one in visits:
            store.save_visit(session, one)
            frontier.save_state(session, SourceState(one.source, visited_at=one.ended_at))
        posts, _ = pipeline.veil(parsed, seen_at=now)
        stored = pipeline.keep(session, posts)
        raised = pipeline.round(session, now, fresh=stored).alerts
    assert raised
    return list(raised)


def test_an_alert_from_files_alone_says_so(pipeline: Pipeline) -> None:
    (first, *_) = alarm(pipeline, END)

    assert first.unseen == (FILES_ONLY,)


def test_an_alert_names_what_was_not_seen_in_the_six_hours_before_it(pipeline: Pipeline) -> None:
    now = START + 8 * HOUR
    visits = [visit(n + 0.5, source="weibo") for n in range(8)]
    visits += [visit(n + 0.4, source="forum") for n in range(5)]
    visits += [visit(n, source="forum", outcome=VisitOutcome.REFUSED) for n in (5.4, 6.4, 7.4)]

    raised = alarm(pipeline, now, *visits, earlier="hotline")

    told = raised[0].unseen
    assert told == (
        "来源“forum”：6月17日 04:24 之后没有成功访问（被拒绝）",
        "没有听到的渠道：热线工单（近 6 小时没有导入文件）",
    )
    assert all(alert.unseen == told for alert in raised)


def test_what_an_alert_says_was_not_seen_is_kept(pipeline: Pipeline) -> None:
    raised = alarm(pipeline, END, visit(3.5, source="weibo", outcome=VisitOutcome.EMPTY))

    with reading(pipeline.services.engine) as session:
        kept = all_alerts(session)

    assert [alert.unseen for alert in kept] == [alert.unseen for alert in raised]
    assert kept[0].unseen != ()


def test_an_alert_carries_at_most_five_sentences(pipeline: Pipeline) -> None:
    visits = [
        visit(3 + n / 20, source=f"s{n}", outcome=outcome)
        for n, outcome in enumerate(o for o in VisitOutcome if not o.works)
    ]

    (first, *_) = alarm(pipeline, END, *visits)

    assert len(first.unseen) == 5
    assert first.unseen[-1].startswith("另有 ")


def test_hours_before_the_first_visit_are_not_missing(pipeline: Pipeline) -> None:
    (first, *_) = alarm(pipeline, END, visit(3.5, source="weibo"))

    assert first.unseen == ()


def test_a_new_process_remembers_who_was_heard(pipeline: Pipeline) -> None:
    now = START + 8 * HOUR
    with transaction(pipeline.services.engine) as session:
        posts, _ = pipeline.veil([told_of("路口积水了", 0, START, channel="hotline")], seen_at=now)
        pipeline.keep(session, posts)
        pipeline.round(session, START + HOUR)

    raised = alarm(Pipeline(pipeline.services), now)

    assert "没有听到的渠道：热线工单（近 6 小时没有导入文件）" in raised[0].unseen


def test_a_source_that_nobody_visits_any_more_is_not_named_for_ever(pipeline: Pipeline) -> None:
    now = START + 24 * HOUR * 4
    visits = [visit(1, source="gone"), visit(95, source="weibo"), visit(95.9, source="weibo")]

    (first, *_) = alarm(pipeline, now, *visits)

    assert not any("gone" in sentence for sentence in first.unseen)


def test_a_replay_of_old_posts_is_not_confused_by_visits_of_today(pipeline: Pipeline) -> None:
    (first, *_) = alarm(pipeline, START - 900 * HOUR, visit(1, source="weibo"))

    assert first.unseen == (FILES_ONLY,)
