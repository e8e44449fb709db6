r"""What each channel takes: how many bytes, how often. All of it data and arithmetic.

A limit counts bytes of what is really sent. The bodies that apprise builds are written anew as
UTF-8 before they leave (``wire``): its ``\uXXXX`` would make one Chinese character six bytes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.vocabulary import NoticeChannel

KEPT_IN_HAND = 0.9
"""Of each allowance nine tenths are used: our minute and the other side's never quite agree."""


def utf8_bytes(text: str) -> int:
    """Return the bytes of *text* in UTF-8."""
    return len(text.encode())


def json_bytes(text: str) -> int:
    """Return the bytes of *text* inside a JSON string in UTF-8, its escapes included.

    >>> json_bytes('甲"乙"')
    10
    """
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


@dataclass(frozen=True, slots=True)
class Limit:
    """One thing that a channel counts in a part."""

    size: Callable[[str], int]
    """Bytes of a text; that of two texts joined is the sum of theirs."""
    most: int
    """Bytes of the part, with its heading where that stands in the text."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many messages in so many seconds, counted backwards from each moment."""

    messages: int
    """As the other side states it."""
    seconds: int


@dataclass(frozen=True, slots=True)
class Channel:
    """What one way out takes."""

    schemes: tuple[str, ...]
    """Of apprise's addresses; those without TLS stand in ``open_schemes``."""
    limits: tuple[Limit, ...]
    allowances: tuple[Allowance, ...]
    open_schemes: tuple[str, ...] = ()
    heading_apart: bool = False
    """Whether the heading travels in a field of its own (a subject, a title)."""
    lock_s: int = 60
    """How long nothing is sent after the other side has called it too fast."""
    crowded_minutes: frozenset[int] = frozenset()
    """Minutes of the hour at which everybody sends; what can wait, waits until they are over."""

    def counted(self, heading: str, text: str) -> str:
        """Return what the limits count of a part."""
        return text if self.heading_apart else joined(heading, text)

    def holds(self, heading: str, text: str) -> bool:
        """Return whether a part keeps every limit."""
        counted = self.counted(heading, text)
        return all(limit.size(counted) <= limit.most for limit in self.limits)

    def earliest(self, sent: Sequence[datetime], now: datetime) -> datetime:
        """Return the first moment from *now* on at which one more message keeps the allowances.

        *sent* holds the moments of all messages of the longest allowance, in any order.
        """
        moment = now
        for allowance in self.allowances:
            span = timedelta(seconds=allowance.seconds)
            usable = max(1, int(allowance.messages * KEPT_IN_HAND))
            within = sorted(at for at in sent if at > now - span)
            if len(within) >= usable:
                moment = max(moment, within[-usable] + span)
        return moment

    def after_the_crowd(self, moment: datetime) -> datetime:
        """Return *moment*, or the end of its minute when everybody sends in it."""
        if moment.minute not in self.crowded_minutes:
            return moment
        return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def joined(heading: str, text: str) -> str:
    """Return a part as it reads where the heading has no field of its own."""
    return f"{heading}\n{text}" if text else heading


_WRAPPING = 1000
"""Bytes for what stands around the text in a body: keys, signature, a heading in its own field."""

CHANNELS: Mapping[NoticeChannel, Channel] = {
    # Text 2048 bytes, 20 a minute (https://developer.work.weixin.qq.com/document/path/91770).
    # Whether escapes count is not said: they are counted.
    NoticeChannel.WECOM: Channel(
        schemes=("wecombot",),
        limits=(Limit(json_bytes, 2048),),
        allowances=(Allowance(20, 60),),
    ),
    # The request 20,000 bytes; 20 a minute, then locked for ten
    # (https://open.dingtalk.com/document/robots/custom-robot-access).
    NoticeChannel.DINGTALK: Channel(
        schemes=("dingtalk",),
        limits=(Limit(json_bytes, 20_000 - _WRAPPING),),
        allowances=(Allowance(20, 60),),
        lock_s=600,
    ),
    # The request 20 KB; 100 a minute and 5 a second; crowded at the whole and half hour
    # (https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot).
    NoticeChannel.FEISHU: Channel(
        schemes=("feishu",),
        limits=(Limit(json_bytes, 20_000 - _WRAPPING),),
        allowances=(Allowance(100, 60), Allowance(5, 1)),
        crowded_minutes=frozenset({0, 30}),
    ),
    # No limit of mail itself; ours keeps a part readable and a mailbox usable.
    NoticeChannel.EMAIL: Channel(
        schemes=("mailto", "mailtos"),
        open_schemes=("mailto",),
        limits=(Limit(utf8_bytes, 100_000),),
        allowances=(Allowance(30, 60),),
        heading_apart=True,
    ),
    # A longer message becomes an attachment, and the server reads twice that much of JSON
    # (https://docs.ntfy.sh/publish/, /config/: message-size-limit, 60 requests, then one in 5 s).
    NoticeChannel.NTFY: Channel(
        schemes=("ntfy", "ntfys"),
        open_schemes=("ntfy",),
        limits=(Limit(utf8_bytes, 4096), Limit(json_bytes, 2 * 4096 - _WRAPPING)),
        allowances=(Allowance(12, 60),),
        heading_apart=True,
    ),
    # Ours, documented in docs/notices.md: a body of at most 64 KB, 60 a minute.
    NoticeChannel.WEBHOOK: Channel(
        schemes=("json", "jsons"),
        open_schemes=("json",),
        limits=(Limit(json_bytes, 64_000 - _WRAPPING),),
        allowances=(Allowance(60, 60),),
        heading_apart=True,
    ),
}
LONGEST_ALLOWANCE = timedelta(
    seconds=max(a.seconds for channel in CHANNELS.values() for a in channel.allowances)
)
