import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import text


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("停\u200b电\u00ad通报", "停电通报"),
        ("\u202e反向\u2066文字\u2069", "反向文字"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("  一 \n\n 二\u3000三 ", "一 二 三"),
        ("看视频 网页链接", "看视频"),
        ("e\u0301", "é"),
        ("\U000e0041标签", "标签"),
        ("\u200b\u200e\u2060", ""),
        ("停电通\u200d报", "停电通报"),
        ("👩\u200d🚒在现场", "👩\u200d🚒在现场"),
        ("\u3164\u115f \u2800", ""),
    ],
)
def test_what_is_stored_has_no_invisible_characters(raw: str, stored: str) -> None:
    assert text.normalise(raw) == stored


def test_stacked_combining_marks_are_cut() -> None:
    assert len(text.normalise("惊" + "\u0335" * 120)) <= 1 + text.MAX_COMBINING


def test_a_giant_text_is_cut_at_the_limit() -> None:
    assert len(text.normalise("灾" * 180_000)) == text.MAX_CHARACTERS


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing(raw: str) -> None:
    once = text.normalise(raw)

    assert text.normalise(once) == once


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("停电了！", "停 电 了"),
        ("ＡＢＣ 停水", "abc停水"),
        ("e\u0301tat", "état"),
        ("1806人", "１８０６人"),
    ],
)
def test_texts_that_differ_in_form_only_share_a_fingerprint(a: str, b: str) -> None:
    assert text.fingerprint(text.normalise(a)) == text.fingerprint(text.normalise(b))


def test_texts_of_emoji_alone_do_not_all_look_the_same() -> None:
    assert text.fingerprint("😀") != text.fingerprint("😭")


def test_sentences_keep_their_marks() -> None:
    assert text.sentences("水库垮了？真的假的！求官方。") == [
        "水库垮了？",
        "真的假的！",
        "求官方。",
    ]


def test_a_text_shorter_than_a_shingle_is_its_own_shingle() -> None:
    assert text.shingles("停水") == {"停水"}
    assert text.shingles("。。") == frozenset()
