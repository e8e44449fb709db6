from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from analysis import alert_quiet, alerts
from analysis.alert_life import Life
from analysis.alert_quiet import Quiet
from analysis.records import Alert, AlertMove, Surge
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel

NOW = datetime(2031, 6, 17, 11, 0, tzinfo=UTC)
SURGE = Surge("volume", NOW - timedelta(hours=1), NOW, 54, 18.0, 0.001)


@dataclass(frozen=True)
class Noticed:
    claim: int = 7
    kind: AlertKind = AlertKind.ENQUIRY
    level: ConcernLevel = ConcernLevel.C2
    observed: float = 6
    expected: float = 5
    reasons: tuple[str, ...] = ("6 人求证",)


def raised(
    *,
    level: ConcernLevel = ConcernLevel.C1,
    hours_ago: float = 1,
    kind: AlertKind = AlertKind.VOLUME_RISE,
    claim: int | None = None,
    series: str = "volume",
    moves: tuple[AlertMove, ...] = (),
    incident: str | None = None,
) -> Life:
    told = Alert(
        key=1,
        raised_at=NOW - timedelta(hours=hours_ago),
        kind=kind,
        level=level,
        incident_id=incident,
        claim=claim,
        topic="相关信息总量",
        observed=40,
        expected=18,
        reasons=(),
        state=AlertState.RAISED,
        matter=1,
        series=() if claim else (series,),
    )
    return Life((told,), moves)


def decide(
    *surges: Surge,
    notices: tuple[Noticed, ...] = (),
    earlier: tuple[Life, ...] = (),
    incident: str | None = None,
    quiets: tuple[Quiet, ...] = (),
) -> list[alerts.AlertDraft]:
    return alerts.decide(
        surges,
        notices,
        wordings={7: "水库溃坝了"},
        earlier=earlier,
        now=NOW,
        quiet_hours=24,
        incident=incident,
        quiets=quiets,
        threshold=0.004,
    )


def told(drafts: list[alerts.AlertDraft]) -> list[ConcernLevel]:
    return [draft.level for draft in drafts if draft.told]


def lowered(level: ConcernLevel) -> AlertMove:
    return AlertMove(
        matter=1,
        act=AlertAct.LOWER,
        state=AlertState.ACKNOWLEDGED,
        at=NOW,
        by="lu",
        reason="已派人看过",
        level=level,
    )


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        ("volume", AlertKind.VOLUME_RISE),
        ("concern:help", AlertKind.VOLUME_RISE),
        ("emotion:fear", AlertKind.SENTIMENT_RISE),
        ("share:angry", AlertKind.SENTIMENT_RISE),
        ("share:questions", AlertKind.VOLUME_RISE),
        ("place:城东", AlertKind.VOLUME_RISE),
        ("topic:rain_flood", AlertKind.VOLUME_RISE),
    ],
)
def test_a_first_rise_is_level_one(series: str, kind: AlertKind) -> None:
    (draft,) = decide(replace(SURGE, series=series))

    assert (draft.kind, draft.level, draft.claim, draft.matter) == (
        kind,
        ConcernLevel.C1,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("so_far", "level"),
    [
        (ConcernLevel.C0, ConcernLevel.C1),
        (ConcernLevel.C1, ConcernLevel.C2),
        (ConcernLevel.C2, None),
        (ConcernLevel.C4, None),
    ],
)
def test_a_count_alone_never_goes_above_level_two(
    so_far: ConcernLevel, level: ConcernLevel | None
) -> None:
    assert told(decide(SURGE, earlier=(raised(level=so_far),))) == ([level] if level else [])


@pytest.mark.parametrize("emotion", ["happy", "surprise", "neutral"])
def test_a_rise_of_joy_or_calm_is_no_alert(emotion: str) -> None:
    assert decide(replace(SURGE, series=f"emotion:{emotion}")) == []


def test_reasons_name_the_window_the_count_and_the_usual() -> None:
    draft = decide(SURGE)[0]

    assert draft.reasons == (
        "6月17日 18:00—19:00（北京时间）共 54 条，同一时段通常约 18 条",
        "约为平时的 3.0 倍",
    )
    assert (draft.observed, draft.expected) == (54, 18.0)


def test_no_ratio_is_given_to_an_almost_empty_past() -> None:
    draft = decide(replace(SURGE, expected=0.5))[0]

    assert draft.reasons == ("6月17日 18:00—19:00（北京时间）共 54 条，同一时段通常不足 1 条",)


def test_a_rise_that_goes_on_becomes_level_two_and_says_so() -> None:
    draft = decide(SURGE, earlier=(raised(),))[0]

    assert draft.level is ConcernLevel.C2
    assert "持续上升" in draft.reasons[-1]


def test_rises_of_one_hour_are_one_alert_with_a_reason_each() -> None:
    fear = replace(SURGE, series="emotion:fear", observed=20, expected=4.0)
    asked = replace(SURGE, series="questions", observed=30, expected=6.0)

    (draft,) = decide(asked, fear, SURGE)

    assert (draft.kind, draft.topic, draft.observed) == (
        AlertKind.VOLUME_RISE,
        "相关信息总量",
        54,
    )
    assert draft.series == ("volume", "questions", "emotion:fear")
    assert [r.partition("：")[0] for r in draft.reasons if "：" in r] != []
    for name in ("相关信息总量：", "公众提问：", "恐惧情绪："):
        assert sum(name in reason for reason in draft.reasons) == 1


def test_a_series_that_rises_later_adds_its_reason_and_no_alert() -> None:
    (draft,) = decide(replace(SURGE, series="emotion:fear"), earlier=(raised(),))

    assert (draft.told, draft.matter, draft.series) == (False, 1, ("emotion:fear",))
    assert draft.reasons[0].startswith("恐惧情绪也在上升：")


def test_a_series_that_has_joined_says_nothing_twice() -> None:
    joined = AlertMove(
        matter=1,
        act=AlertAct.JOIN,
        state=AlertState.RAISED,
        at=NOW,
        by="system",
        series=("emotion:fear",),
    )
    earlier = (raised(level=ConcernLevel.C2, moves=(joined,)),)

    assert decide(replace(SURGE, series="emotion:fear"), earlier=earlier) == []


def test_another_series_after_many_hours_is_a_matter_of_its_own() -> None:
    (draft,) = decide(replace(SURGE, series="emotion:fear"), earlier=(raised(hours_ago=7),))

    assert (draft.told, draft.matter, draft.level) == (True, None, ConcernLevel.C1)


def test_rises_of_two_incidents_are_two_matters() -> None:
    fear = replace(SURGE, series="emotion:fear")
    earlier = (raised(incident="I1"),)

    assert [d.told for d in decide(fear, earlier=earlier, incident="I2")] == [True]
    assert [d.told for d in decide(fear, earlier=earlier, incident="I1")] == [False]


def test_a_rise_told_twice_in_one_round_is_one_alert_at_its_highest_step() -> None:
    drafts = decide(SURGE, SURGE, SURGE)

    assert told(drafts) == [ConcernLevel.C2]


@pytest.mark.parametrize(
    ("earlier", "count"),
    [
        ((), 1),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C2),), 0),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C3),), 0),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C1),), 1),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C2, hours_ago=24),), 1),
        ((raised(kind=AlertKind.ENQUIRY, claim=8, level=ConcernLevel.C2),), 1),
        ((raised(kind=AlertKind.HAZARD, claim=7, level=ConcernLevel.C2),), 0),
    ],
)
def test_a_claim_by_any_path_is_told_again_only_higher_or_after_a_quiet_time(
    earlier: tuple[Life, ...], count: int
) -> None:
    assert len(told(decide(notices=(Noticed(),), earlier=earlier))) == count


def test_a_claim_at_its_level_keeps_the_new_reasons_in_its_matter() -> None:
    earlier = (raised(kind=AlertKind.HAZARD, claim=7, level=ConcernLevel.C3),)

    (draft,) = decide(notices=(Noticed(),), earlier=earlier)

    assert (draft.told, draft.matter, draft.reasons) == (False, 1, ("6 人求证",))


def test_a_conflict_is_told_once_whatever_the_level() -> None:
    clash = Noticed(kind=AlertKind.CONFLICT, level=ConcernLevel.C3)
    high = raised(kind=AlertKind.HAZARD, claim=7, level=ConcernLevel.C4)
    again = raised(kind=AlertKind.CONFLICT, claim=7, level=ConcernLevel.C3)

    assert [d.matter for d in decide(notices=(clash,), earlier=(high,)) if d.told] == [1]
    assert told(decide(notices=(clash,), earlier=(again,))) == []


def test_two_notices_of_one_claim_in_one_round_are_one_alert() -> None:
    clash = Noticed(kind=AlertKind.CONFLICT, level=ConcernLevel.C3, reasons=("不一致",))
    hazard = Noticed(kind=AlertKind.HAZARD, level=ConcernLevel.C4, reasons=("4 人说",))

    (draft,) = decide(notices=(hazard, clash))

    assert (draft.kind, draft.level) == (AlertKind.CONFLICT, ConcernLevel.C4)
    assert draft.reasons == ("不一致", "4 人说")


def test_what_a_person_lowered_is_counted_from_there_and_says_so() -> None:
    low = raised(level=ConcernLevel.C2, moves=(lowered(ConcernLevel.C1),))
    claim = raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C3)
    claim = replace(claim, moves=(lowered(ConcernLevel.C1),))

    (rise,) = decide(SURGE, earlier=(low,))
    (notice,) = decide(notices=(Noticed(),), earlier=(claim,))

    assert (rise.level, rise.told, rise.matter) == (ConcernLevel.C2, True, 1)
    assert (notice.level, notice.told) == (ConcernLevel.C2, True)
    assert rise.reasons[-1] == notice.reasons[-1] == "此前曾由 lu 降为 C1（已派人看过）"


def test_after_a_quiet_time_a_rise_starts_again_at_level_one() -> None:
    draft = decide(SURGE, earlier=(raised(level=ConcernLevel.C2, hours_ago=25),))[0]

    assert (draft.level, draft.matter) == (ConcernLevel.C1, None)


def test_a_claim_alert_carries_its_wording_and_reasons() -> None:
    draft = decide(notices=(Noticed(level=ConcernLevel.C4),))[0]

    assert draft == alerts.AlertDraft(
        kind=AlertKind.ENQUIRY,
        level=ConcernLevel.C4,
        claim=7,
        topic="水库溃坝了",
        observed=6,
        expected=5,
        reasons=("6 人求证",),
    )


def mark(series: str, factor: float = 1.5, *, days_ago: float = 1) -> Quiet:
    at = NOW - timedelta(days=days_ago)
    return Quiet(
        pattern=alert_quiet.rise_pattern(AlertKind.VOLUME_RISE, series, NOW),
        factor=factor,
        until=at + alert_quiet.LASTS,
        matter=1,
        by="zhang",
        at=at,
        reason="同文刷屏",
    )


@pytest.mark.parametrize(
    ("tail", "quiets", "count"),
    [
        (0.001, (), 1),
        (0.001, (mark("volume"),), 0),
        (0.0002, (mark("volume"),), 1),
        (0.0002, (mark("volume", 3.0),), 0),
        (0.001, (mark("questions"),), 1),
        (0.001, (mark("volume", days_ago=15),), 1),
    ],
)
def test_a_false_mark_asks_such_a_rise_for_more_evidence(
    tail: float, quiets: tuple[Quiet, ...], count: int
) -> None:
    assert len(decide(replace(SURGE, tail=tail), quiets=quiets)) == count


def test_a_share_is_told_with_how_sure_it_is() -> None:
    surge = Surge("share:angry", NOW - timedelta(hours=1), NOW, 68, 36.0, 1e-5, 200, 0.064)

    (draft,) = decide(surge)

    assert draft.topic == "愤怒情绪占比"
    assert draft.kind is AlertKind.SENTIMENT_RISE
    assert draft.reasons == (
        "6月17日 18:00—19:00（北京时间）愤怒情绪占 34%（±6%，200 条中 68 条），近日通常 18%",
    )


def test_the_rise_of_a_claim_is_about_the_claim() -> None:
    drafts = decide(replace(SURGE, series="claim:7"))

    assert [(d.claim, d.topic, d.kind, d.level) for d in drafts] == [
        (7, "水库溃坝了", AlertKind.VOLUME_RISE, ConcernLevel.C1)
    ]
    assert drafts[0].reasons[0].startswith("这一说法：")


def test_the_rise_of_a_claim_that_was_merged_away_says_nothing() -> None:
    assert decide(replace(SURGE, series="claim:8")) == []


@pytest.mark.parametrize("series", ["place:城东", "claim:7", "share:fear", "topic:rain_flood"])
def test_counts_alone_never_say_more_than_level_two(series: str) -> None:
    whole = 100 if series.startswith("share") else None
    drafts = decide(*[replace(SURGE, series=series, whole=whole)] * 5)

    assert [draft.level for draft in drafts] == [ConcernLevel.C2]
