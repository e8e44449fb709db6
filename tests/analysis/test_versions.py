"""How a claim was worded over time, word by word, and what each wording added."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from analysis import versions
from analysis.records import Sighting
from analysis.segment import Segmenter
from analysis.versions import ChangeKind
from core.text import fingerprint

NOON = datetime(2031, 3, 2, 4, 0, tzinfo=UTC)
CUT = Segmenter(()).words


def seen(text: str, minute: int, voice: str = "a") -> Sighting:
    return Sighting(text, fingerprint(text), voice, NOON + timedelta(minutes=minute))


def test_a_wording_stands_beside_the_earlier_one_it_resembles() -> None:
    said = [
        seen("青石隧道里死了30个人", 20, "c"),
        seen("隧道里死了人", 0, "a"),
        seen("隧道里死了人！", 5, "b"),
        seen("食堂饭菜涨价", 10, "d"),
    ]

    found, left_out = versions.versions(said, CUT)

    assert left_out == 0
    assert [(v.number, v.voices, v.posts, v.like) for v in found] == [
        (1, 2, 2, None),
        (2, 1, 1, None),
        (3, 1, 1, 1),
    ]
    assert {"加了数字30人", "加了地点青石隧道"} <= set(found[2].added)
    assert "30" in "".join(c.text for c in found[2].changes if c.kind is ChangeKind.ADDED)


def test_a_changed_number_shows_as_one_removed_and_one_added() -> None:
    found, _ = versions.versions([seen("隧道里死了3人", 0), seen("隧道里死了30人", 1)], CUT)

    changes = [(c.kind, c.text) for c in found[1].changes if c.kind is not ChangeKind.SAME]
    assert changes == [(ChangeKind.REMOVED, "3"), (ChangeKind.ADDED, "30")]
    assert found[1].added == ("加了数字30人",)


def test_a_wording_that_denies_says_so() -> None:
    found, _ = versions.versions([seen("榆树镇停水了", 0), seen("榆树镇没停水", 1)], CUT)

    assert found[1].added == ("变成否定：没停水",)


def test_the_changes_make_both_wordings_again_whatever_the_words() -> None:
    chance = Random(11)  # noqa: S311
    for _ in range(300):
        before = chance.choices("甲乙丙丁", k=chance.randrange(12))
        after = chance.choices("甲乙丙丁", k=chance.randrange(12))

        changes = versions.compare(before, after)

        new = "".join(c.text for c in changes if c.kind is not ChangeKind.REMOVED)
        old = "".join(c.text for c in changes if c.kind is not ChangeKind.ADDED)
        assert (old, new) == ("".join(before), "".join(after))


@pytest.mark.parametrize(
    "text",
    [
        "停水" * 90_000,
        "\u202e停水\u202c了\u200b" * 20_000,
        "没" * 180_000,
        "1" * 180_000,
        "😀" * 180_000,
        "a\u0301\u0302\u0303" * 40_000,
        "",
    ],
    ids=["long", "bidi", "negations", "digits", "emoji", "marks", "empty"],
)
def test_hostile_texts_neither_hang_nor_fail(text: str) -> None:
    said = [seen("停水了", 0), seen(text, 1), seen(text[1:], 2), seen(f"{text}停水", 3)]
    began = time.process_time()

    found, _ = versions.versions(said, CUT)

    assert time.process_time() - began < 2
    assert all(len(c.text) <= versions.MOST_CHARACTERS for v in found for c in v.changes)


def test_three_hundred_long_wordings_are_capped_and_compared_in_time() -> None:
    chance = Random(2)  # noqa: S311
    said = [seen("".join(chance.choices("停水断电路桥", k=800)), n) for n in range(300)]
    began = time.process_time()

    found, left_out = versions.versions(said, CUT)

    assert (len(found), left_out) == (versions.MOST_WORDINGS, 100)
    assert time.process_time() - began < 5
