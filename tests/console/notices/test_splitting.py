import unicodedata
from random import Random

import pytest

from console.notices import splitting
from console.notices.channels import CHANNELS, Channel, Limit, json_bytes, utf8_bytes
from core.vocabulary import NoticeChannel
from tests.console.notices.messages import message

MESSAGES = 10_000
TITLE = "【演练】升至 C3：网传停水三天，求证 12 条"
SMALL = Channel(schemes=(), limits=(Limit(utf8_bytes, 60),), allowances=())


def cut(text: str, channel: Channel, title: str = TITLE) -> list[tuple[str, str]]:
    return [
        (part.heading, text[part.start : part.end])
        for part in splitting.split(title, text, channel)
    ]


def texts(text: str, *, title: str = "甲") -> list[str]:
    return [part for _, part in cut(text, SMALL, title)]


def size(channel: Channel, heading: str, text: str) -> int:
    return max(limit.size(channel.counted(heading, text)) - limit.most for limit in channel.limits)


@pytest.mark.parametrize("name", NoticeChannel)
def test_no_part_of_ten_thousand_messages_is_too_long_and_joined_they_are_the_text(
    name: NoticeChannel,
) -> None:
    channel, random = CHANNELS[name], Random(20310617)  # noqa: S311
    too_long = torn = empty = parts = 0

    for _ in range(MESSAGES):
        text = message(random)
        found = cut(text, channel)
        parts += len(found)
        too_long += sum(size(channel, heading, part) > 0 for heading, part in found)
        torn += "".join(part for _, part in found).encode() != text.encode()
        empty += any(not part for _, part in found)

    assert (too_long, torn, empty) == (0, 0, 0)
    assert parts >= MESSAGES


def by_characters(text: str, heading: str, channel: Channel) -> list[str]:
    """Cut as one might at first: so many characters a part."""
    most = channel.limits[0].most - len(heading)
    return [text[at : at + most] for at in range(0, len(text), most)]


def by_bytes(text: str, heading: str, channel: Channel) -> list[str]:
    """Cut the bytes, and drop what does not decode."""
    most = channel.limits[0].most - len(heading.encode())
    raw = text.encode()
    return [raw[at : at + most].decode("utf-8", "ignore") for at in range(0, len(raw), most)]


def test_the_messages_are_hard_a_cut_by_characters_is_too_long() -> None:
    channel, random = CHANNELS[NoticeChannel.WECOM], Random(20310617)  # noqa: S311

    too_long = sum(
        size(channel, TITLE, part) > 0
        for _ in range(500)
        for part in by_characters(message(random), TITLE, channel)
    )

    assert too_long > 100


def test_the_messages_are_hard_a_cut_by_bytes_loses_characters() -> None:
    channel, random = CHANNELS[NoticeChannel.WECOM], Random(20310617)  # noqa: S311
    torn = 0

    for _ in range(500):
        text = message(random)
        torn += "".join(by_bytes(text, TITLE, channel)) != text

    assert torn > 50


def test_parts_are_numbered_and_a_single_one_is_not() -> None:
    assert cut("短。", SMALL, "甲") == [("甲", "短。")]
    assert [heading for heading, _ in cut("长句子。" * 12, SMALL, "甲")] == [
        f"甲（{n}/{len(texts('长句子。' * 12))}）"
        for n in range(1, len(texts("长句子。" * 12)) + 1)
    ]


def test_more_than_nine_parts_are_numbered_within_the_limit_too() -> None:
    found = cut("一二三四五六。" * 30, SMALL, "甲")

    assert found[-1][0] == f"甲（{len(found)}/{len(found)}）"
    assert len(found) > 9
    assert all(size(SMALL, heading, part) <= 0 for heading, part in found)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("第一行不长也不短\n" + "第二行很长" * 4, "第一行不长也不短\n"),
        ("各村水位都在上涨。请做好准备并连夜转移各村老人", "各村水位都在上涨。"),
        ("他说：“已经通知各村。”其余各村继续等待下一步", "他说：“已经通知各村。”"),
        ("水位正在继续上涨，请各村做好准备并转移各村老人", "水位正在继续上涨，"),
    ],
)
def test_a_cut_lies_behind_a_line_a_sentence_or_a_clause(text: str, first: str) -> None:
    assert texts(text)[0] == first
    assert "".join(texts(text)) == text


@pytest.mark.parametrize(
    "whole",
    [
        "1234567.89",
        "2031-06-18",
        "三千五百二十人",
        "https://x.cn/a?b=1!c",
        "36.5米",
        "👨‍👩‍👧‍👦",
        "🇨🇳",
        "👍🏽",
        "❤️",
        "각",
        "e\u0301\u0302\u0303",
        "\r\n",
        "1️⃣",
    ],
)
@pytest.mark.parametrize("before", range(16))
def test_what_is_read_as_one_is_not_parted(whole: str, before: int) -> None:
    text = "水" * before + whole + "水" * 30

    found = texts(text)

    assert any(whole in part for part in found)
    assert "".join(found) == text


def test_the_whole_things_would_be_parted_without_care() -> None:
    channel = SMALL
    text = "水" * 14 + "1234567.89" + "水" * 30

    assert not any("1234567.89" in part for part in by_bytes(text, "甲（1/9）\n", channel))


def test_a_character_of_too_many_marks_is_cut_rather_than_refused() -> None:
    text = "e" + "\u0301" * 200

    found = texts(text)

    assert "".join(found) == text
    assert unicodedata.combining(found[1][0])


def test_a_heading_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        cut("正文" * 40, SMALL, "标题" * 20)


def test_a_hundred_thousand_unbroken_characters_are_cut_at_once() -> None:
    text = "a" * 100_000

    found = cut(text, CHANNELS[NoticeChannel.WECOM])

    assert "".join(part for _, part in found) == text


@pytest.mark.parametrize(
    ("text", "bytes_"), [("甲", 3), ('"', 2), ("\n", 2), ("\u0001", 6), ("👍", 4), ("/", 1)]
)
def test_json_bytes_counts_the_escapes(text: str, bytes_: int) -> None:
    assert json_bytes(text) == bytes_
