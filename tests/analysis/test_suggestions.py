"""Pairs that may be one claim and claims that may be two: suggested with what differs."""

import time
from datetime import UTC, datetime
from random import Random

import pytest

from analysis import suggestions
from analysis.decisions import Decisions
from analysis.open_claims import ClaimState
from analysis.records import ClaimEdit, Sighting
from core.text import fingerprint
from core.vocabulary import ClaimEditKind

NOON = datetime(2031, 3, 2, 4, 0, tzinfo=UTC)
NOBODY = Decisions()


def state(key: int, text: str, matter: str = "text") -> ClaimState:
    return ClaimState(
        key=key,
        matter=matter,
        text=text,
        first_seen=NOON,
        last_seen=NOON,
        noticed_at=None,
        level=None,
        conflicted=False,
        posts=1,
        voices=1,
        needs_check=0.5,
        reasons=(),
    )


def pair(one: str, other: str, *, edits: Decisions = NOBODY) -> list[suggestions.MergeSuggestion]:
    return suggestions.merges([state(1, one), state(2, other)], edits)


def test_like_wordings_without_a_difference_may_be_one() -> None:
    (found,) = pair("学校食堂吃出虫子", "食堂吃出虫子了，学校不管")

    assert (found.first, found.second, found.doubtful) == (1, 2, False)
    assert found.reasons == ("共同的词：食堂吃出虫子、学校",)


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("隧道里死了3个人", "隧道里死了30个人", "数字不同：3人／30人"),
        ("榆树镇停水了", "榆树镇没停水", "一说有、一说没有：没停水"),
        ("榆树镇停水停电了", "柳河镇停水停电了", "地点不同：榆树镇／柳河镇"),
        ("听说明天全部停课", "听说今天全部停课", "时间不同：明天／今天"),
        ("学校停水没人管", "学校没停水没人管", "否定的不同"),
    ],
)
def test_what_differs_is_named_and_makes_a_pair_doubtful(one, other, differs) -> None:
    (found,) = pair(one, other)

    assert found.doubtful
    assert any(differs in d for d in found.differs), found.differs


def test_a_family_with_one_unnamed_place_is_suggested_on_little_likeness() -> None:
    named, unnamed = "利民药厂着火了，黑烟特别大", "药厂着火了，家里都闻到味道，孩子咳嗽"
    of_family = [
        state(1, named, "fire@plant|利民药厂"),
        state(2, unnamed, "fire@plant|"),
    ]
    (found,) = suggestions.merges(of_family, NOBODY)

    assert "有一方没有说明地点" in found.reasons
    assert found.likeness < suggestions.ALIKE
    assert pair(named, unnamed) == []


def test_two_matters_are_never_one_however_alike_the_words() -> None:
    two = [
        state(1, "榆树镇停水了大家注意", "water_cut@settlement|榆树镇"),
        state(2, "榆树镇停电了大家注意", "power_cut@settlement|榆树镇"),
    ]

    assert suggestions.merges(two, NOBODY) == []


def test_pairs_that_a_person_kept_apart_or_merged_are_not_suggested_again() -> None:
    for kind in (ClaimEditKind.APART, ClaimEditKind.MERGE, ClaimEditKind.SPLIT):
        edits = Decisions.of([ClaimEdit(kind, 1, 2, (), "li", NOON, "看过")])

        assert pair("学校食堂吃出虫子", "食堂吃出虫子了，学校不管", edits=edits) == []


def test_places_of_the_directory_are_told_apart_whatever_their_names_end_with() -> None:
    two = [state(1, "柏舟小区的电梯厅开始渗水了"), state(2, "老酒厂宿舍的电梯厅开始渗水了")]

    (found,) = suggestions.merges(two, NOBODY, places=("柏舟小区", "老酒厂宿舍"))

    assert found.differs == ("地点不同：柏舟小区／老酒厂宿舍",)


def test_the_order_is_that_of_likeness_whatever_the_order_of_the_claims() -> None:
    states = [
        state(1, "学校食堂吃出虫子"),
        state(2, "食堂吃出虫子了，学校不管"),
        state(3, "隧道里死了3个人"),
        state(4, "隧道里死了30个人"),
    ]

    found = suggestions.merges(states, NOBODY)

    assert [(s.first, s.second) for s in found] == [(1, 2), (3, 4)]
    assert suggestions.merges(states[::-1], NOBODY) == found
    assert suggestions.merges(states, NOBODY, about=4) == found[1:]


def test_five_thousand_open_claims_are_searched_in_under_five_seconds() -> None:
    chance = Random(3)  # noqa: S311
    letters = [chr(0x4E00 + n) for n in range(3_000)]
    events = ("停水了", "垮坝了", "死了3个人", "路断了", "停课了", "有人被困", "涨价了", "桥塌了")
    states = [
        state(
            n,
            "".join(chance.choices(letters, k=2)) + "镇" + chance.choice(events)
            + "".join(chance.choices(letters, k=chance.randrange(4, 40))),
        )
        for n in range(1, 4_901)
    ]  # fmt: skip
    states += [state(n, f"榆树镇停水了，大家快接水吧{n}") for n in range(4_901, 5_001)]
    began = time.perf_counter()

    suggestions.merges(states, NOBODY)

    assert time.perf_counter() - began < 5


def said(text: str, *voices: str) -> list[Sighting]:
    return [Sighting(text, fingerprint(text), voice, NOON) for voice in voices]


def test_two_numbers_of_three_voices_each_suggest_a_split() -> None:
    heard = said("隧道里死了3个人", "a", "b", "c") + said("隧道里死了30人", "d", "e", "f", "g")

    (found,) = suggestions.splits({7: heard})

    assert (found.claim, found.what) == (7, "数字")
    assert [(p.name, p.voices) for p in found.parts] == [("30人", 4), ("3人", 3)]


def test_two_places_suggest_a_split_and_one_voice_or_both_in_one_post_do_not() -> None:
    (found,) = suggestions.splits(
        {1: said("榆树镇停水了", "a", "b", "c") + said("柳河镇停水了", "d", "e", "f")}
    )

    assert found.what == "地点"
    assert suggestions.splits({1: said("死了3人", "a", "b", "c") + said("死了30人", "d") * 5}) == []
    both = said("有说死了3人的，有说死了30人的", "a", "b", "c", "d", "e", "f", "g")
    assert suggestions.splits({1: both}) == []
