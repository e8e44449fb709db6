from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis import series
from analysis.records import ScoredPost, SegmentedPost, Signs
from core.lexicon import load_lexicon
from core.vocabulary import Emotion


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("volume", "相关信息总量"),
        ("questions", "公众提问"),
        ("help", "求助信息"),
        ("emotion:fear", "恐惧情绪"),
        ("emotion:angry", "愤怒情绪"),
        ("emotion:sad", "悲伤情绪"),
        ("share:fear", "恐惧情绪占比"),
        ("share:questions", "公众提问占比"),
        ("concern:price_supply", "关切：价格与供应"),
        ("place:城东", "地点：城东"),
    ],
)
def test_every_series_has_a_chinese_name(name: str, label: str) -> None:
    assert series.series_label(name) == label


@pytest.mark.parametrize("kind", load_lexicon().incident_names)
def test_every_topic_has_a_chinese_name(kind: str) -> None:
    assert series.series_label(f"topic:{kind}") == f"事件：{load_lexicon().incident_names[kind]}"


@pytest.mark.parametrize(
    "name",
    ["", "volume:x", "emotion:bored", "concern:none", "emotion:", "share:joy", "place:", "topic:x"],
)
def test_an_unknown_series_is_our_own_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="unknown series"):
        series.series_label(name)


@pytest.fixture
def scored() -> ScoredPost:
    return ScoredPost(
        post=SegmentedPost(
            key=1,
            text="城东淹了吗",
            words=(),
            published_at=datetime(2031, 6, 17, tzinfo=UTC),
            voice="v0123456789",
            fingerprint="f",
            issuer=None,
            parent=None,
            duplicate_of=None,
        ),
        signs=Signs(incident_types=("rain_flood", "fire")),
        needs_check=0.0,
        reasons=(),
        emotion=Emotion.FEAR,
        is_question=True,
        concern="price_supply",
        help=True,
        relevant=True,
        place="城东",
    )


def test_a_post_counts_in_all_that_it_is(scored: ScoredPost) -> None:
    assert series.series_of(scored, 7) == [
        "volume",
        "emotion:fear",
        "questions",
        "help",
        "concern:price_supply",
        "topic:rain_flood",
        "place:城东",
        "claim:7",
    ]


def test_a_place_that_several_bear_is_not_counted(scored: ScoredPost) -> None:
    assert "place:城东" not in series.series_of(replace(scored, place_uncertain=True), None)


def test_no_series_knows_an_author(scored: ScoredPost) -> None:
    assert not any(scored.post.voice in name for name in series.series_of(scored, 7))
