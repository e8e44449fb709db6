"""Cut a text into parts that a channel takes; joined they are the text again, byte for byte."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from console.notices.channels import Channel

_CLOSERS = "”’」』）)】》\"'"
_ENDS = (
    re.compile(r"\n\s*"),
    re.compile(rf"(?:[。！？!?；;…]+|\.(?=\s))[{_CLOSERS}]*\s*"),
    re.compile(r"[，、,：:]\s*|\s+"),
)
"""Where a text may be cut, the best first: behind a line, a sentence, a clause or a space."""
_WHOLE = re.compile(
    r"""[A-Za-z][A-Za-z0-9+.-]*://[!-~]+            # an address
      | [A-Za-z0-9０-９](?:[A-Za-z0-9０-９.,:/%+@_-]*[A-Za-z0-9０-９%])?[\u4e00-\u9fff]?
      | [一二三四五六七八九十百千万亿两零〇]{2,}[\u4e00-\u9fff]?   # a number and its unit
    """,
    re.VERBOSE,
)
"""What is read as one: never cut where there is another place."""
_MOST_DIGITS = 5
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text under its heading."""

    heading: str
    """The title, and where there are several parts the number, such as （1/3）."""
    start: int
    """Offset in the text in characters; ``end`` is behind the last."""
    end: int


def split(title: str, text: str, channel: Channel) -> list[Part]:
    """Return the parts of *text* in order, each with its heading within the channel's limits.

    Cuts lie behind lines, sentences or clauses, in the later half of what would fit; else between
    words, numbers and addresses; else between what is seen as one character; only a "character"
    that is itself too long is cut. Raises ``ValueError`` when the heading leaves no room.
    """
    if channel.holds(title, text):
        return [Part(title, 0, len(text))]
    whole = [match.span() for match in _WHOLE.finditer(text)]
    for digits in range(1, _MOST_DIGITS + 1):
        # The widest number that may come: no heading grows when the count is known.
        widest = _numbered(title, 10**digits - 1, 10**digits - 1)
        ends = _ends(text, widest, channel, whole)
        if len(ends) < 10**digits:
            starts = [0, *ends[:-1]]
            return [
                Part(_numbered(title, number, len(ends)), start, end)
                for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1)
            ]
    raise ValueError(f"more than {10**_MOST_DIGITS - 1} parts")


def _numbered(title: str, number: int, of: int) -> str:
    return f"{title}（{number}/{of}）"


def _ends(text: str, heading: str, channel: Channel, whole: Sequence[tuple[int, int]]) -> list[int]:
    ends: list[int] = []
    start = 0
    while start < len(text):
        reach = _reach(text, start, heading, channel)
        start = reach if reach == len(text) else _cut(text, start, reach, whole)
        ends.append(start)
    return ends


def _reach(text: str, start: int, heading: str, channel: Channel) -> int:
    """Return how far a part that begins at *start* may go."""
    # Every character costs a byte at least, so no part has more characters than the limit.
    most = min(limit.most for limit in channel.limits)
    low, high = start, min(len(text), start + most)
    while low < high:
        middle = (low + high + 1) // 2
        if channel.holds(heading, text[start:middle]):
            low = middle
        else:
            high = middle - 1
    if low == start:
        raise ValueError(f"the heading leaves no room for a text: {len(heading)} characters")
    return low


def _cut(text: str, start: int, reach: int, whole: Sequence[tuple[int, int]]) -> int:
    half = start + (reach - start + 1) // 2
    for pattern in _ENDS:
        for match in reversed(list(pattern.finditer(text, half, reach))):
            end = match.end()
            if text[end] not in _CLOSERS and _uncut(end, whole) == end and not _inside(text, end):
                return end
    end = _uncut(reach, whole)
    if end <= start:
        end = reach
    for place in range(end, start, -1):
        if not _inside(text, place):
            return place
    return reach


def _uncut(place: int, whole: Sequence[tuple[int, int]]) -> int:
    """Return *place*, or the start of what is read as one and would be cut there."""
    before = bisect_right(whole, (place - 1, len(whole) and whole[-1][1])) - 1
    if before >= 0 and whole[before][0] < place < whole[before][1]:
        return whole[before][0]
    return place


def _inside(text: str, place: int) -> bool:
    """Return whether a cut at *place* would part what is seen as one character.

    The rules of Unicode UAX 29 for marks, joiners, emoji, flags, Hangul letters and CR LF.
    """
    left, right = text[place - 1], text[place]
    if _JOINER in {left, right} or (left, right) == ("\r", "\n") or _extends(right):
        return True
    if _flag(left) and _flag(right):
        run = 1
        while run < place and _flag(text[place - 1 - run]):
            run += 1
        return run % 2 == 1
    return "\u1100" <= left <= "\u11ff" and "\u1160" <= right <= "\u11ff"


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= character <= "\U000e007f"  # tags of regional flags
    )


def _flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
