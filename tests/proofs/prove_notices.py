"""No part of 10,000 hard messages is refused by a platform, and joined they are the message.

Every part goes through apprise, our wire and a socket to a stand-in that enforces the platform's
limits. The controls cut by characters, and by bytes without care for characters.
"""

from collections.abc import Callable
from random import Random

import pytest
from pydantic import SecretStr

from console.notices import splitting
from console.notices.carrying import Road, carry
from console.notices.channels import CHANNELS
from console.notices.records import Letter
from console.notices.targets import Target
from console.notices.wire import Gate
from core.vocabulary import ConcernLevel, DeliveryOutcome, NoticeChannel, NoticeKind
from tests.console.notices.messages import message
from tests.console.notices.platforms import (
    KEY,
    NOON,
    SECRET,
    TOKEN,
    Clock,
    Platform,
    dingtalk,
    feishu,
    ntfy,
    webhook,
    wecom,
)

TITLE = "【演练】升至 C3：网传停水三天【回应】"
ROAD = Road(gate=Gate(drill=True, plain_hosts=frozenset()), timeout_s=20, ca_file=None)
ADDRESSES = {
    "wecom": f"wecombot://{KEY}",
    "dingtalk": f"dingtalk://{SECRET}@{TOKEN}",
    "feishu": f"feishu://{SECRET}@{TOKEN}",
    "ntfy": "ntfy://127.0.0.1:{port}/duty",
    "webhook": f"json://{SECRET}@127.0.0.1:{{port}}/in",
}
JUDGES = {
    "wecom": wecom,
    "dingtalk": dingtalk,
    "feishu": feishu,
    "ntfy": ntfy,
    "webhook": webhook,
}
Cut = Callable[[str, NoticeChannel], list[tuple[str, str]]]


def ours(text: str, name: NoticeChannel) -> list[tuple[str, str]]:
    parts = splitting.split(TITLE, text, CHANNELS[name])
    return [(part.heading, text[part.start : part.end]) for part in parts]


def by_characters(text: str, name: NoticeChannel) -> list[tuple[str, str]]:
    most = CHANNELS[name].limits[0].most - 100
    return [(TITLE, text[at : at + most]) for at in range(0, len(text), most)]


def by_bytes(text: str, name: NoticeChannel) -> list[tuple[str, str]]:
    most, raw = CHANNELS[name].limits[0].most // 2 - 100, text.encode()
    pieces = [raw[at : at + most] for at in range(0, len(raw), most)]
    return [(TITLE, piece.decode("utf-8", "ignore")) for piece in pieces]


def texts_of(platform: Platform, name: str) -> str:
    """Return what arrived, joined in the order of arrival."""
    found = []
    for asked in platform.taken:
        said = asked.said
        if name in {"wecom", "dingtalk"}:
            found.append(said["text"]["content"].partition("\n")[2])
        elif name == "feishu":
            found.append(said["content"]["text"].partition("\n")[2])
        else:
            found.append(said["message" if name == "ntfy" else "text"])
    return "".join(found)


def sent_by(cut: Cut, name: str, messages: int) -> tuple[int, int, int]:
    """Return the parts sent, those refused, and the messages that did not arrive whole."""
    channel, clock, random = NoticeChannel(name), Clock(), Random(20310617)  # noqa: S311
    parts = refused = torn = 0
    with Platform(JUDGES[name], clock) as platform:
        target = Target(
            name=name,
            channel=channel,
            kinds=frozenset(),
            least_level=ConcernLevel.C0,
            quiet=False,
            keyword="",
            server=platform.address if name in {"wecom", "dingtalk", "feishu"} else None,
            address=SecretStr(ADDRESSES[name].format(port=platform.port)),
        )
        for _ in range(messages):
            text = message(random)
            platform.taken.clear()
            for heading, part in cut(text, channel):
                clock.forward(minutes=1)
                platform.asked.clear()
                platform.at.clear()
                letter = Letter("k", NoticeKind.ALERT, ConcernLevel.C3, heading, part, 1, 1, NOON)
                ended = carry(letter, target, ROAD, clock.now)
                parts += 1
                refused += ended.outcome is not DeliveryOutcome.SENT
            torn += texts_of(platform, name).encode() != text.encode()
    return parts, refused, torn


@pytest.mark.parametrize("name", JUDGES)
def test_every_part_is_taken_and_the_parts_are_the_message(
    name: str, *, short: bool, tell: Callable[[str], None]
) -> None:
    messages = 200 if short else 10_000

    parts, refused, torn = sent_by(ours, name, messages)

    tell(f"{name}: {messages} messages, {parts} parts, {refused} refused, {torn} torn")
    assert (refused, torn) == (0, 0)
    assert parts >= messages


@pytest.mark.parametrize("name", ["wecom", "ntfy"])
def test_the_control_by_characters_is_refused(name: str, tell: Callable[[str], None]) -> None:
    parts, refused, _ = sent_by(by_characters, name, 100)

    tell(f"control, {name} by characters: {refused} of {parts} parts refused")
    assert refused > 10


@pytest.mark.parametrize("name", ["wecom", "ntfy"])
def test_the_control_by_bytes_is_torn(name: str, tell: Callable[[str], None]) -> None:
    _, _, torn = sent_by(by_bytes, name, 100)

    tell(f"control, {name} by bytes: {torn} of 100 messages torn")
    assert torn > 10
