from datetime import timedelta

import pytest

from console.notices.channels import CHANNELS
from core.vocabulary import NoticeChannel
from tests.console.notices.platforms import NOON

WECOM = CHANNELS[NoticeChannel.WECOM]
FEISHU = CHANNELS[NoticeChannel.FEISHU]


def ago(*seconds: float) -> list:
    return [NOON - timedelta(seconds=s) for s in seconds]


@pytest.mark.parametrize("name", NoticeChannel)
def test_every_channel_has_its_row(name: NoticeChannel) -> None:
    channel = CHANNELS[name]

    assert channel.schemes
    assert channel.limits
    assert channel.allowances


def test_an_unused_allowance_lets_the_next_go_at_once() -> None:
    assert WECOM.earliest(ago(*range(17)), NOON) == NOON


def test_a_used_allowance_waits_for_its_oldest_to_pass() -> None:
    sent = ago(*range(1, 19))

    assert WECOM.earliest(sent, NOON) == NOON + timedelta(seconds=42)


def test_the_tighter_of_two_allowances_counts() -> None:
    assert FEISHU.earliest(ago(0.1, 0.2, 0.3, 0.4), NOON) == NOON + timedelta(seconds=0.6)


def test_never_more_than_allowed_in_any_minute() -> None:
    sent: list = []
    now = NOON
    for _ in range(100):
        now = WECOM.earliest(sent, now)
        sent.append(now)

    for at in sent:
        assert sum(at <= other < at + timedelta(minutes=1) for other in sent) <= 18
    assert sent[-1] - sent[0] == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("minute", "second", "waits_s"), [(0, 0, 60), (30, 59, 1), (1, 0, 0), (29, 59, 0)]
)
def test_feishu_avoids_the_whole_and_the_half_hour(minute: int, second: int, waits_s: int) -> None:
    moment = NOON.replace(minute=minute, second=second)

    assert FEISHU.after_the_crowd(moment) - moment == timedelta(seconds=waits_s)
    assert WECOM.after_the_crowd(moment) == moment
