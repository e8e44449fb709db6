"""The desk through whole nights on a real data folder: told once, held, climbed, never lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from analysis import alert_store
from analysis.budget import Calibration
from analysis.records import Alert
from analysis.reports import plain
from analysis.tables import ClaimRow
from console import alert_acts, alerting, desk, digest, doctor, escalation, heartbeat, wiring
from console.alert_acts import Wish
from console.doctor import CheckStatus
from console.pipeline import Pipeline
from console.tables import NoticeRow
from console.wiring import Services
from core.clock import BEIJING
from core.database import reading, transaction
from core.vocabulary import (
    AlertAct,
    AlertKind,
    AlertState,
    ConcernLevel,
    FalseGround,
    HelpState,
    NoticeKind,
    Role,
)
from core.vocabulary import VisitOutcome as Outcome
from crawler import store as crawler_store
from crawler.records import Counts, ParsedPost, Visit
from release import duty_store, help_store, rostering
from release import store as release_store
from release.records import HelpMove, Person
from release.roster import Shift
from release.tables import EscalationRow, TellingRow

C1, C2, C3, C4 = ConcernLevel.C1, ConcernLevel.C2, ConcernLevel.C3, ConcernLevel.C4
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCES = """
[[source]]
name = "forum"
url = "https://forum.example/feed.xml"
parser = "feed"
channel = "forum"
cadence_min = 60

[[source]]
name = "news"
url = "https://news.example/feed.xml"
parser = "feed"
channel = "news"
cadence_min = 60
"""


def at(clock: str, day: int = 17) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2031, 6, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


NOON, NIGHT = at("12:00"), at("03:00", 18)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = wiring.prepare(tmp_path / "d")
    with transaction(made.engine) as session:
        for person_id, name, role in (
            ("zhang", "张一", Role.MONITOR),
            ("wu", "吴二", Role.ANALYST),
            ("lu", "陆三", Role.DUTY_LEADER),
        ):
            release_store.save_person(session, Person(person_id, name, frozenset({role}), None))
        leader = release_store.load_person(session, "lu")
        shifts = [
            Shift(0, Role.MONITOR, "zhang", at("08:00"), at("08:00", 19)),
            Shift(0, Role.ANALYST, "wu", at("08:00"), at("08:00", 19)),
            Shift(0, Role.DUTY_LEADER, "lu", at("08:00"), at("08:00", 19)),
        ]
        rostering.add(session, shifts, person=leader, now=NOON)
    return made


def alert(
    key: int = 1,
    level: ConcernLevel = C1,
    raised_at: datetime = NOON,
    *,
    kind: AlertKind = AlertKind.VOLUME_RISE,
    topic: str = "",
    matter: int = 0,
    unseen: tuple[str, ...] = (),
) -> Alert:
    return Alert(
        key=key,
        raised_at=raised_at,
        kind=kind,
        level=level,
        incident_id=None,
        claim=None,
        topic=topic or f"事项{key}",
        observed=12,
        expected=3,
        reasons=("近一小时 12 条，平时 3 条",),
        state=AlertState.RAISED,
        unseen=unseen,
        matter=matter,
    )


def claim_row(key: int, text: str, matter: str) -> ClaimRow:
    return ClaimRow(
        key=key, incident_id=None, text=text, matter=matter, first_seen=NOON, last_seen=NOON,
        noticed_at=NOON, level="C1", conflicted=False, posts=5, voices=5, needs_check=0.5,
        reasons=[], enquiry_share=0, hearsay_share=0, denial_share=0, support_share=0, memory="",
        status="found",
    )  # fmt: skip


def raise_alerts(services: Services, *alerts: Alert) -> None:
    with transaction(services.engine) as session:
        for one in alerts:
            alert_store.tell(session, one)


def acknowledge(services: Services, key: int, now: datetime = NOON) -> None:
    alert_acts.act(services, key, Wish(AlertAct.ACKNOWLEDGE), by="zhang", now=now)


def queued(services: Services, *kinds: NoticeKind) -> list[NoticeRow]:
    with reading(services.engine) as session:
        rows = session.scalars(select(NoticeRow).order_by(NoticeRow.id)).all()
    wanted = {kind.value for kind in kinds or NoticeKind}
    return [row for row in rows if row.kind in wanted]


def titles(services: Services, *kinds: NoticeKind) -> list[str]:
    return [row.title for row in queued(services, *kinds)]


def rounds(services: Services, start: datetime, minutes: int, every: int = 1) -> None:
    for minute in range(0, minutes + 1, every):
        desk.after_round(services, start + minute * MINUTE)


# Announcing


def test_an_alert_is_told_once_with_what_was_not_seen_and_who_is_on_duty(
    services: Services,
) -> None:
    raise_alerts(services, alert(unseen=("来源“forum”没有访问成功",)))

    assert alerting.announce(services, NOON) == 1
    assert alerting.announce(services, NOON + MINUTE) == 0

    (row,) = queued(services)
    assert row.title == "C1 关注 A000001：事项1"
    for said in ("近一小时 12 条", "观测 12，平时约 3", "来源“forum”没有访问成功", "监测员 张一"):
        assert said in row.text


def test_a_restart_does_not_repeat_what_was_told(services: Services) -> None:
    raise_alerts(services, alert())
    alerting.announce(services, NOON)

    again = wiring.build(services.data)
    alerting.announce(again, NOON + MINUTE)
    escalation.step(again, NOON + MINUTE)

    assert titles(again) == ["C1 关注 A000001：事项1"]


def test_many_at_once_by_day_are_one_notice_and_grave_ones_stand_apart(
    services: Services,
) -> None:
    raise_alerts(services, *(alert(n) for n in range(1, 31)), alert(31, C3))

    alerting.announce(services, NOON)

    assert titles(services) == ["C3 集中关切 A000031：事项31", "C1 30 项新预警"]
    assert "另有 20 项" in queued(services)[1].text


@pytest.mark.parametrize(
    ("one", "goes"),
    [
        (alert(level=C1, raised_at=NIGHT), False),
        (alert(level=C2, raised_at=NIGHT), False),
        (alert(level=C3, raised_at=NIGHT), True),
        (alert(level=C4, raised_at=NIGHT), True),
        (alert(level=C2, raised_at=NIGHT, kind=AlertKind.HAZARD), True),
        (alert(level=C2, raised_at=NIGHT, kind=AlertKind.CONFLICT), True),
    ],
)
def test_in_the_quiet_hours_only_what_is_grave_wakes_people(
    services: Services, one: Alert, *, goes: bool
) -> None:
    raise_alerts(services, one)

    alerting.announce(services, NIGHT)

    assert bool(queued(services)) is goes


def test_what_was_already_taken_on_is_not_told_and_not_asked_about_again(
    services: Services,
) -> None:
    raise_alerts(services, alert())
    acknowledge(services, 1)

    rounds(services, NOON, 30)

    assert titles(services, NoticeKind.ALERT, NoticeKind.ESCALATION) == []


def test_steps_of_one_matter_that_come_together_are_told_as_the_highest(services: Services) -> None:
    steps = (alert(1, C1), alert(2, C3, topic="事项1", matter=1))
    raise_alerts(services, *steps)

    alerting.announce(services, NOON)
    alerting.announce(services, NOON + MINUTE)

    assert titles(services) == ["C3 集中关切 A000002：事项1"]


@pytest.mark.parametrize(
    ("matter", "called"),
    [("comms_cut@settlement|临澄街道", "临澄街道："), ("text", "说法 C000001")],
)
def test_no_word_of_a_post_leaves_with_an_alert(
    services: Services, matter: str, called: str
) -> None:
    words = "一晚没睡，站在东禾泵站门口，我爸腿脚不便，求求谁来帮帮我们"
    with transaction(services.engine) as session:
        session.add(claim_row(1, words, matter))
        session.flush()
        alert_store.tell(session, replace(alert(), claim=1, topic=words))

    rounds(services, NOON, 30)
    digest.send(services, NOON + timedelta(hours=20))

    told = [f"{row.title}\n{row.text}" for row in queued(services)]
    assert called in told[0]
    assert len(told) >= 3
    assert not any(part in text for part in ("一晚没睡", "腿脚不便", "求求") for text in told)


def test_what_is_older_than_a_week_climbs_no_more(services: Services) -> None:
    raise_alerts(services, alert(raised_at=NOON - timedelta(days=8)))
    alerting.announce(services, NOON - timedelta(days=8))

    rounds(services, NOON, 40)

    assert titles(services, NoticeKind.ESCALATION) == []


def test_a_held_matter_that_rises_goes_at_once_and_is_told_once(services: Services) -> None:
    raise_alerts(services, alert(1, C1, NIGHT, topic="停水"))
    alerting.announce(services, NIGHT)
    raise_alerts(services, alert(2, C3, NIGHT + HOUR, topic="停水", matter=1))

    alerting.announce(services, NIGHT + HOUR)

    assert titles(services) == ["C3 集中关切 A000002：停水"]
    with reading(services.engine) as session:
        assert duty_store.held(session) == []


# Nights


def test_a_night_with_200_matters_gives_one_digest_and_no_flood(services: Services) -> None:
    for n in range(200):
        now = at("22:00") + n * 2 * MINUTE
        raise_alerts(services, alert(n + 1, raised_at=now))
        alerting.announce(services, now)
        escalation.step(services, now)
    assert queued(services) == []

    rounds(services, at("07:20", 18), 9)
    assert titles(services, NoticeKind.ALERT, NoticeKind.DIGEST, NoticeKind.ESCALATION) == []
    rounds(services, at("07:30", 18), 30)

    found = queued(services, NoticeKind.ALERT, NoticeKind.DIGEST, NoticeKind.ESCALATION)
    # The digest, and then three steps of the ladder, each one notice for all two hundred.
    assert [row.title.split("：")[0] for row in found] == [
        "6月18日早间摘要",
        "待接收，请处理",
        "无人接收，转分析员",
        "无人接收，转值班领导",
    ]
    assert "200 项留到早晨" in found[0].text
    assert "另有 190 项" in found[0].text


def test_a_night_whose_alerts_were_never_told_is_not_called_quiet(services: Services) -> None:
    raise_alerts(services, alert(1, C4, NIGHT))

    made = digest.preview(services, at("07:30", 18))

    assert "1 项夜间预警" in made.blocks[0].parts[0]


def test_the_digest_says_how_the_promised_false_alarms_stand(services: Services) -> None:
    raise_alerts(services, alert(1, C1), alert(2, C1), alert(3, C1))
    for key in (1, 2, 3):
        mark = Wish(AlertAct.FALSE, ground=FalseGround.NOISE)
        alert_acts.act(services, key, mark, by="zhang", now=NOON)
    morning = at("07:30", 18)
    assert "误报承诺" not in plain.text_of(digest.preview(services, morning))

    with transaction(services.engine) as session:
        began = at("00:00", 10)
        promise = Calibration(began, "system", promised=2, rate=0.1, weeks=4, foreseen=2)
        alert_store.add_calibration(session, promise)

    text = plain.text_of(digest.preview(services, morning))
    assert "本周误报承诺至多 2 起：提醒 3 起，误报 3 起，未判定 0 起，已超出。" in text


def test_a_quiet_night_is_one_honest_line(services: Services) -> None:
    made = digest.preview(services, at("07:30", 18))

    (first, *rest) = made.blocks
    # Nothing is listed and nothing was visited: that is said, and the night is not called quiet.
    assert "有没有看到的，见下" in first.parts[0]
    assert len(rest) == 1

    (services.data / "sources.toml").write_text(SOURCES, encoding="utf-8")
    visit_all(services, at("21:50"), at("07:30", 18))
    (line,) = digest.preview(services, at("07:30", 18)).blocks
    assert "没有需要处理的事项；收到相关信息 0 条，各来源正常" in line.parts[0]


def visit_all(services: Services, start: datetime, end: datetime) -> None:
    """Visit both sources every ten minutes, each time with something new."""
    with transaction(services.engine) as session:
        now = start
        while now <= end:
            for name in ("forum", "news"):
                visit(session, name, now)
            now += 10 * MINUTE
    for name in ("forum", "news"):
        hear(services, "今天的晚霞很好看", end - HOUR, source=name, channel=name)


def visit(session, name: str, now: datetime, outcome: Outcome = Outcome.OK, new: int = 1) -> None:
    reason, found = ("", 5) if outcome.works else ("连接被拒绝", 0)
    crawler_store.save_visit(session, Visit(name, now, now, outcome, reason, 1, found, new))


def test_a_missed_digest_comes_late_and_once_with_all_that_was_held(services: Services) -> None:
    raise_alerts(services, alert(1, C1, NIGHT))
    alerting.announce(services, NIGHT)

    # The process was off for two days.
    assert digest.send(services, at("15:00", 20))
    assert not digest.send(services, at("15:01", 20))

    (row,) = queued(services)
    assert "事项1" in row.text


def test_at_three_in_the_morning_c4_goes_and_climbs_though_it_is_quiet(
    services: Services,
) -> None:
    raise_alerts(services, alert(1, C4, NIGHT))

    rounds(services, NIGHT, 25)

    assert titles(services, NoticeKind.ALERT, NoticeKind.ESCALATION) == [
        "C4 紧急回应 A000001：事项1",
        "待接收，请处理：C4 A000001 事项1",
        "无人接收，转分析员：C4 A000001 事项1",
        "无人接收，转值班领导：C4 A000001 事项1",
    ]


# Climbing


def test_unacknowledged_for_25_minutes_climbs_two_steps_and_stops_when_acknowledged(
    services: Services,
) -> None:
    raise_alerts(services, alert(1, C2), alert(2, C2))

    rounds(services, NOON, 12)
    acknowledge(services, 2)
    rounds(services, NOON + 13 * MINUTE, 12)

    found = queued(services, NoticeKind.ESCALATION)
    assert [row.title for row in found] == [
        "待接收，请处理：2 项",
        "无人接收，转分析员：2 项",
        "无人接收，转值班领导：C2 A000001 事项1",
    ]
    assert "吴二" in found[1].text
    assert "陆三" in found[2].text
    assert found[2].level == C3
    rounds(services, NOON + 25 * MINUTE, 60)
    assert len(queued(services, NoticeKind.ESCALATION)) == 3


def test_what_comes_due_minute_by_minute_reaches_a_post_no_oftener_than_every_two_minutes(
    services: Services,
) -> None:
    for n in range(20):
        raise_alerts(services, alert(n + 1, C3, NOON + n * MINUTE))
        desk.tick(services, NOON + n * MINUTE)
    rounds(services, NOON + 20 * MINUTE, 40)

    to_leader = [r for r in queued(services, NoticeKind.ESCALATION) if "转值班领导" in r.title]
    assert len(to_leader) == 11
    assert sum(r.text.count("事项") for r in to_leader) == 20
    moments = [r.queued_at for r in to_leader]
    assert min(b - a for a, b in pairwise(moments)) == 2 * MINUTE


def test_a_matter_that_rises_after_it_was_taken_on_is_told_and_climbs_anew(
    services: Services,
) -> None:
    raise_alerts(services, alert(1, C1))
    desk.tick(services, NOON)
    acknowledge(services, 1, NOON + MINUTE)
    rounds(services, NOON + MINUTE, 30)
    assert queued(services, NoticeKind.ESCALATION) == []

    raise_alerts(services, alert(2, C2, NOON + HOUR, topic="事项1", matter=1))
    rounds(services, NOON + HOUR, 10)

    assert titles(services, NoticeKind.ALERT) == [
        "C1 关注 A000001：事项1",
        "C2 升温 A000002：事项1",
    ]
    assert titles(services, NoticeKind.ESCALATION) == [
        "待接收，请处理：C2 A000001 事项1",
        "无人接收，转分析员：C2 A000001 事项1",
    ]


def test_a_level_may_have_its_own_clock(services: Services) -> None:
    (services.data / "huiying.toml").write_text(
        "[notice.triage_of_level]\nC4 = 4\n", encoding="utf-8"
    )
    services = wiring.build(services.data)
    raise_alerts(services, alert(1, C4), alert(2, C1))

    rounds(services, NOON, 4)

    assert [row.title for row in queued(services, NoticeKind.ESCALATION)] == [
        "待接收，请处理：C4 A000001 事项1",
        "无人接收，转分析员：C4 A000001 事项1",
    ]


def test_an_empty_roster_is_said_and_the_notice_still_goes(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "empty")
    raise_alerts(services, alert())

    rounds(services, NOON, 10)

    assert "值班表上无人" in queued(services, NoticeKind.ALERT)[0].text
    assert len(queued(services, NoticeKind.ESCALATION)) == 2


# Calls for help


def hear(
    services: Services, text: str, now: datetime, *, source: str = "x", channel: str = "forum"
) -> None:
    pipeline = Pipeline(services)
    post = ParsedPost(
        source=source,
        post_id=f"{channel}{now:%d%H%M}{len(text)}",
        url=None,
        published_at=now,
        channel=channel,
        text=text,
        author="某人",
        counts=Counts(),
    )
    kept, _ = pipeline.veil([post], seen_at=now)
    with transaction(services.engine) as session:
        pipeline.keep(session, kept)
        pipeline.round(session, now)


def test_a_call_in_which_a_life_hangs_goes_at_night_without_contact_and_climbs_to_the_leader(
    services: Services,
) -> None:
    hear(services, "求助！东门小区3栋501老人被困，电话13800138000", NIGHT)

    rounds(services, NIGHT, 11)

    told, climbed = queued(services, NoticeKind.ALERT, NoticeKind.ESCALATION)
    assert told.title.startswith("求助 L000001：被困")
    assert not any(secret in told.text + told.title for secret in ("13800138000", "501", "3栋"))
    assert (climbed.level, climbed.title[:10]) == (C4, "无人接收，转值班领导")
    rounds(services, NIGHT + 12 * MINUTE, 60)
    assert len(queued(services, NoticeKind.ESCALATION)) == 1


def test_a_call_that_was_taken_on_does_not_climb(services: Services) -> None:
    hear(services, "求助！东门小区3栋501老人被困，电话13800138000", NIGHT)
    with transaction(services.engine) as session:
        for state in (HelpState.HANDED_OVER, HelpState.ACCEPTED):
            help_store.add_move(session, 1, HelpMove(state, NIGHT + MINUTE, "zhu", "转 119"))

    rounds(services, NIGHT, 30)

    assert queued(services, NoticeKind.ESCALATION) == []


# Clocks


def test_a_clock_that_jumps_neither_repeats_nor_loses_a_notice(services: Services) -> None:
    raise_alerts(services, alert(1, C1, at("23:00")))
    jumps: Sequence[datetime] = (
        at("23:00"),
        at("08:00", 18),
        at("23:30"),
        at("07:00", 18),
        at("08:00", 18),
        at("22:30", 16),
        at("09:00", 18),
    )
    for now in jumps:
        alerting.announce(services, now)
        digest.send(services, now)
        escalation.step(services, now)
    raise_alerts(services, alert(2, C1, at("23:40")))
    for now in (at("23:40"), at("23:41"), at("07:30", 19), at("07:31", 19)):
        alerting.announce(services, now)
        digest.send(services, now)

    keys = [row.key for row in queued(services)]
    assert len(keys) == len(set(keys))
    text = "".join(row.text for row in queued(services, NoticeKind.DIGEST))
    assert text.count("事项1（") == 1
    assert text.count("事项2（") == 1
    with reading(services.engine) as session:
        assert duty_store.held(session) == []


@pytest.mark.parametrize("seed", [6, 17])
def test_under_any_jumps_of_the_clock_each_alert_is_told_in_exactly_one_message(
    services: Services, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311  the same steps each time
    now, key = NOON, 0
    for _ in range(60):
        now += chance.choice([MINUTE, MINUTE, 5 * MINUTE, HOUR, -HOUR, 9 * HOUR, -DAY, DAY])
        if chance.random() < 0.6:
            key += 1
            raise_alerts(services, alert(key, chance.choice([C1, C2, C3, C4]), now))
        if key and chance.random() < 0.2:
            waiting = chance.randint(1, key)
            with reading(services.engine) as session:
                raised = alert_store.load_life(session, waiting).state is AlertState.RAISED
            if raised:
                acknowledge(services, waiting, now)
        desk.tick(services, now)
    # No clock shows more than this, and it is morning.
    desk.tick(services, at("09:00", 30) + 90 * DAY)

    keys = {row.key for row in queued(services)}
    with reading(services.engine) as session:
        tellings = session.scalars(select(TellingRow).where(TellingRow.alert.is_not(None))).all()
        steps = session.execute(select(EscalationRow.about, EscalationRow.step)).all()
    assert sorted(t.alert or 0 for t in tellings) == list(range(1, key + 1))
    assert all(t.told_at is not None for t in tellings)
    carried = {t.told_in or t.name for t in tellings}
    assert carried - keys <= {duty_store.SETTLED}
    assert len(steps) == len(set(steps))


# Sources and the pulse


def listed(services: Services) -> None:
    (services.data / "sources.toml").write_text(SOURCES, encoding="utf-8")


def test_a_killed_source_is_told_within_one_round_with_its_hours_and_again_when_back(
    services: Services,
) -> None:
    listed(services)
    with transaction(services.engine) as session:
        for n in range(6):
            visit(session, "forum", NOON - (6 - n) * 10 * MINUTE)
        for n in range(20):
            visit(session, "news", NOON - HOUR + n * 10 * MINUTE)
    assert heartbeat.tell(services, NOON) == 0

    with transaction(services.engine) as session:
        for n in range(3):
            visit(session, "forum", NOON + n * 10 * MINUTE, Outcome.UNREACHABLE, new=0)
    now = NOON + 20 * MINUTE
    assert heartbeat.tell(services, now) == 1
    assert heartbeat.tell(services, now + MINUTE) == 0

    (row,) = queued(services)
    assert row.title == "来源“forum”没有动静"
    assert "自06月17日12:00起无法连接" in row.text
    assert "news" not in row.text

    with transaction(services.engine) as session:
        visit(session, "forum", NOON + 50 * MINUTE)
    assert heartbeat.tell(services, NOON + 50 * MINUTE) == 1
    assert heartbeat.tell(wiring.build(services.data), NOON + 51 * MINUTE) == 0
    assert "已恢复：6月17日 11:50—6月17日 12:50" in queued(services)[1].text


def test_silence_past_the_cadence_is_told_though_every_visit_works(services: Services) -> None:
    listed(services)
    with transaction(services.engine) as session:
        for name in ("forum", "news"):
            visit(session, name, NOON)
        for n in range(1, 13):
            visit(session, "forum", NOON + n * 5 * MINUTE, Outcome.UNCHANGED, new=0)
            visit(session, "news", NOON + n * 5 * MINUTE)
    assert heartbeat.tell(services, NOON + HOUR) == 0

    assert heartbeat.tell(services, NOON + HOUR + MINUTE) == 1
    assert "已静默 1 小时 1 分" in queued(services)[0].text


def test_in_the_quiet_hours_a_silence_waits_for_the_digest_unless_all_are_dark(
    services: Services,
) -> None:
    listed(services)
    with transaction(services.engine) as session:
        for name in ("forum", "news"):
            visit(session, name, NIGHT - HOUR / 2)
        visit(session, "forum", NIGHT, Outcome.REFUSED, new=0)
    heartbeat.tell(services, NIGHT)
    assert queued(services) == []

    with transaction(services.engine) as session:
        visit(session, "news", NIGHT, Outcome.REFUSED, new=0)
    heartbeat.tell(services, NIGHT + MINUTE)
    assert titles(services) == ["全部来源都读不到：现在没有看到任何网上信息"]
    digest.send(services, at("07:30", 18))

    text = queued(services, NoticeKind.DIGEST)[0].text
    assert "来源“forum”自 6月18日 02:30 起读不到，已 5 小时 0 分，仍未恢复" in text


def test_the_sign_of_life_goes_once_a_day_and_tells_the_last_success(services: Services) -> None:
    listed(services)
    with transaction(services.engine) as session:
        visit(session, "forum", at("16:40"))
    heartbeat.beat(services, at("16:50"))

    assert not heartbeat.sign_of_life(services, at("16:59"))
    assert heartbeat.sign_of_life(services, at("17:00"))
    assert not heartbeat.sign_of_life(services, at("17:01"))
    assert not heartbeat.sign_of_life(services, at("03:00", 18))
    assert heartbeat.sign_of_life(services, at("17:30", 18))

    first, second = queued(services, NoticeKind.HEARTBEAT)
    assert second.text.endswith("本条应于 6月18日 17:00 发出，补发")
    text = first.text
    for said in (
        "访问 1 次",
        "最后一轮 10 分钟前",
        "论坛贴吧：最近成功 6月17日 16:40",
        "还没有成功过",
    ):
        assert said in text
    assert "补发" not in text


def rounds_check(services: Services, now: datetime) -> doctor.Check:
    (found,) = [c for c in doctor.diagnose(services, now) if c.name == "rounds"]
    return found


def test_the_doctor_tells_a_dead_process_from_one_that_never_ran(services: Services) -> None:
    assert rounds_check(services, NOON).status is CheckStatus.OK

    heartbeat.beat(services, NOON)
    heartbeat.beat(services, NOON + MINUTE)
    alive = rounds_check(services, NOON + 31 * MINUTE)
    assert (alive.status, alive.said[:9]) == (CheckStatus.OK, "最后一轮 30 分")
    assert "2 轮" in alive.said

    hung = rounds_check(services, NOON + 32 * MINUTE)
    assert hung.status is CheckStatus.FAULT
    assert "最后一轮 31 分钟前" in hung.said
    assert "卡住" in hung.advice

    heartbeat.stop(services, NOON + 2 * MINUTE)
    stopped = rounds_check(services, NOON + HOUR)
    assert stopped.status is CheckStatus.FAULT
    assert "6月17日 12:02 已停止" in stopped.said
    heartbeat.beat(services, NOON + HOUR)
    assert "1 轮" in rounds_check(services, NOON + HOUR).said


def test_a_gathering_that_hangs_is_told_once_at_any_hour_and_one_that_was_ended_is_not(
    services: Services,
) -> None:
    heartbeat.beat(services, NIGHT)
    for minute in range(40):
        desk.tick(services, NIGHT + minute * MINUTE)

    (row,) = queued(services)
    assert row.title == "采集停住：最后一轮 31 分钟前（自 6月18日 03:00 起 1 轮）"
    heartbeat.beat(services, NIGHT + 41 * MINUTE)
    heartbeat.stop(services, NIGHT + 42 * MINUTE)
    desk.tick(services, NIGHT + 90 * MINUTE)
    assert len(queued(services)) == 1


def test_a_start_after_a_crash_tells_how_long_nobody_looked_and_no_standstill(
    services: Services,
) -> None:
    heartbeat.beat(services, NIGHT)
    heartbeat.start(services, NIGHT + 145 * MINUTE)

    desk.tick(services, NIGHT + 145 * MINUTE)
    heartbeat.beat(services, NIGHT + 146 * MINUTE)

    (row,) = queued(services)
    assert row.title == "采集中断过 2 小时 25 分，现已恢复"
    assert heartbeat.pulse_of(services).rounds == 1


def test_a_start_after_a_stop_or_a_short_pause_tells_nothing(services: Services) -> None:
    heartbeat.start(services, NIGHT)
    heartbeat.beat(services, NIGHT)
    heartbeat.start(services, NIGHT + MINUTE)
    heartbeat.stop(services, NIGHT + 2 * MINUTE)
    heartbeat.start(services, NIGHT + 300 * MINUTE)

    assert queued(services) == []


def test_a_round_of_the_desk_at_rest_writes_only_its_pulse(services: Services) -> None:
    rounds(services, NOON, 30)
    before = len(queued(services))

    rounds(services, NOON + 31 * MINUTE, 60)

    assert len(queued(services)) == before
    with reading(services.engine) as session:
        assert session.scalar(select(func.max(NoticeRow.id))) == before
