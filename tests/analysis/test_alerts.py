from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from analysis import alerts
from analysis.records import Alert, Surge
from core.vocabulary import AlertKind, AlertState, ConcernLevel

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
    topic: str = "相关信息总量",
) -> Alert:
    return Alert(
        key=1,
        raised_at=NOW - timedelta(hours=hours_ago),
        kind=kind,
        level=level,
        incident_id=None,
        claim=claim,
        topic=topic,
        observed=40,
        expected=18,
        reasons=(),
        state=AlertState.RAISED,
    )


def decide(
    *surges: Surge, notices: tuple[Noticed, ...] = (), earlier: tuple[Alert, ...] = ()
) -> list[alerts.AlertDraft]:
    return alerts.decide(
        surges, notices, wordings={7: "水库溃坝了"}, earlier=earlier, now=NOW, quiet_hours=6
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
    draft = alerts.rise_alert(replace(SURGE, series=series), level_so_far=None)

    assert draft is not None
    assert (draft.kind, draft.level, draft.claim) == (kind, ConcernLevel.C1, None)


@pytest.mark.parametrize(
    ("so_far", "level"),
    [
        (None, ConcernLevel.C1),
        (ConcernLevel.C0, ConcernLevel.C1),
        (ConcernLevel.C1, ConcernLevel.C2),
        (ConcernLevel.C2, None),
        (ConcernLevel.C4, None),
    ],
)
def test_a_count_alone_never_goes_above_level_two(
    so_far: ConcernLevel | None, level: ConcernLevel | None
) -> None:
    draft = alerts.rise_alert(SURGE, level_so_far=so_far)

    assert (draft.level if draft else None) is level


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


def test_two_rises_of_one_matter_in_one_round_climb_one_step_each() -> None:
    drafts = decide(SURGE, SURGE, SURGE)

    assert [draft.level for draft in drafts] == [ConcernLevel.C1, ConcernLevel.C2]


@pytest.mark.parametrize(
    ("earlier", "count"),
    [
        ((), 1),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C2),), 0),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C3),), 0),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C1),), 1),
        ((raised(kind=AlertKind.ENQUIRY, claim=7, level=ConcernLevel.C2, hours_ago=6),), 1),
        ((raised(kind=AlertKind.ENQUIRY, claim=8, level=ConcernLevel.C2),), 1),
        ((raised(kind=AlertKind.HAZARD, claim=7, level=ConcernLevel.C2),), 1),
    ],
)
def test_a_claim_is_raised_again_only_higher_or_after_a_quiet_time(
    earlier: tuple[Alert, ...], count: int
) -> None:
    assert len(decide(notices=(Noticed(),), earlier=earlier)) == count


def test_the_highest_earlier_level_counts_in_any_order() -> None:
    high, low = raised(level=ConcernLevel.C2), raised(level=ConcernLevel.C1)

    assert decide(SURGE, earlier=(high, low)) == decide(SURGE, earlier=(low, high)) == []


def test_after_a_quiet_time_a_rise_starts_again_at_level_one() -> None:
    draft = decide(SURGE, earlier=(raised(level=ConcernLevel.C2, hours_ago=7),))[0]

    assert draft.level is ConcernLevel.C1


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


def test_a_draft_and_its_stored_alert_are_about_the_same_matter() -> None:
    draft = decide(SURGE)[0]

    assert draft.matter == alerts.matter_of(raised())


def test_a_share_is_told_with_how_sure_it_is() -> None:
    surge = Surge("share:angry", NOW - timedelta(hours=1), NOW, 68, 36.0, 1e-5, 200, 0.064)

    draft = alerts.rise_alert(surge, level_so_far=None)

    assert draft is not None
    assert draft.topic == "愤怒情绪占比"
    assert draft.reasons == (
        "6月17日 18:00—19:00（北京时间）愤怒情绪占 34%（±6%，200 条中 68 条），近日通常 18%",
    )


def test_the_rise_of_a_claim_is_about_the_claim() -> None:
    drafts = decide(replace(SURGE, series="claim:7"))

    assert [(d.claim, d.topic, d.kind) for d in drafts] == [
        (7, "水库溃坝了", AlertKind.VOLUME_RISE)
    ]


def test_the_rise_of_a_claim_that_was_merged_away_says_nothing() -> None:
    assert decide(replace(SURGE, series="claim:8")) == []


@pytest.mark.parametrize("series", ["place:城东", "claim:7", "share:fear", "topic:rain_flood"])
def test_counts_alone_never_say_more_than_level_two(series: str) -> None:
    whole = 100 if series.startswith("share") else None
    drafts = decide(*[replace(SURGE, series=series, whole=whole)] * 5)

    assert [draft.level for draft in drafts] == [ConcernLevel.C1, ConcernLevel.C2]
