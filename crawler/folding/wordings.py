"""A text as it is compared with others, and two of them laid side by side."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from crawler.folding.signs import word_lists

FACE = "\u2600"
"""Stands for every emoji and every face in brackets."""
MIN_CHARACTERS = 8
"""Shorter texts (停水了吗) differ by meaning at once, so they fold exactly or not at all."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text without marks, faces, list numbers, and words of passing on."""

    letters: str = field(repr=False)
    """Letters and digits, simplified, in lower case; a point stands for marks between digits."""
    breaks: tuple[int, ...]
    """Ascending places in ``letters`` before which a mark or a space stood."""
    is_cut: bool
    """It ends in a comma, a colon or an ellipsis."""


class Gap(NamedTuple):
    """Where two texts differ: ``old[old_from:old_to]`` against ``new[new_from:new_to]``."""

    old_from: int
    old_to: int
    new_from: int
    new_to: int


# Reading a text

_FRAMES = word_lists()["frames"]
# What a cut or worn text leaves of a face in brackets.
_TORN_FACE = re.compile(
    r"\[\]|\[[^\W\d_]{0,4}(?=\W|$)|(?<=\W)[^\W\d_]{1,4}\]|[^\W\d_]{2}\]|\[[^\[\]]{0,8}$"
)
_DIGIT = re.compile(r"\d")
_INSIDE_A_NUMBER = re.compile(rf"(?<=\d){FACE}+(?=\d)|(?<=\d),(?=\d{{3}}(?!\d))")
_BEFORE = re.compile(
    rf"[\s【】!:,。/|{FACE}]*(?:(?:{'|'.join(_FRAMES['before'])}|(?://)?@[^\s:@/]{{1,20}}\s*:转?)"
    rf"[\s【】!:,。/|{FACE}]*)+"
)
_AFTER = re.compile(
    rf"[(\s【。,]+(?:{'|'.join(_FRAMES['source'])})[: ]?[^\s\d]{{1,16}}$"
    rf"|[(【][^()【】\d]{{1,12}}(?:{'|'.join(_FRAMES['outlet_ends'])})[)】]\s*$"
    r"|(?<=[….])\s*(?:展开)?全文$"
)
_LIST_NUMBER = re.compile(r"(?:^|(?<=[\s。;!?]))\d{1,2}[、.](?!\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_LETTERS = re.compile(r"[^\W_]+")
_RUN = re.compile(r"[^\W_]+(?:\.\d[^\W_]*)*")
_CUT = re.compile(r"[^\W_]\s*(?:[,、:…]|\.\.)[\W_]*$")
_LONGEST_FRAME = 40
_CACHED_CHARACTERS = 1_000


def read(plain: str) -> Wording:
    """Return a text as it is compared; *plain* is ``signatures.plain`` of it."""
    return _read_again(plain) if len(plain) <= _CACHED_CHARACTERS else _read(plain)


def _read(plain: str) -> Wording:
    text = _without_frame(plain)
    runs = _RUN.findall(text)
    breaks = tuple(accumulate(map(len, runs[:-1])))
    ends_cut = _CUT.search(text, max(0, len(text) - _LONGEST_FRAME))
    return Wording("".join(runs), breaks, ends_cut is not None)


# A text that is copied often is compared often.
_read_again = lru_cache(maxsize=1024)(_read)


def _without_frame(plain: str) -> str:
    if "[" in plain or "]" in plain:
        plain = _TORN_FACE.sub(FACE, plain)
    has_digits = _DIGIT.search(plain)
    if has_digits:
        plain = _INSIDE_A_NUMBER.sub("", plain)
    if frame := _BEFORE.match(plain):
        plain = plain[frame.end() :]
    if frame := _AFTER.search(plain, max(0, len(plain) - _LONGEST_FRAME)):
        plain = f"{plain[: frame.start()]}…"
    if has_digits:
        plain = _BETWEEN_DIGITS.sub(".", _LIST_NUMBER.sub(" ", plain))
    return plain


# Laying two side by side

_NEAR, _FAR = 3, 40
"""Letters looked ahead for two, and for three, that both texts have."""
_STRIDE = 16
"""Letters compared at once."""
_ROWS, _FEWEST_ROWS, _ROW_SHARE = 24, 8, 0.4
"""On near_dup_zh a share of 0.45 costs 0.001 of pair F1, 0.25 gains nothing and lets more in."""


def rows_of(plain: str) -> list[str]:
    """Return some two dozen rows of four letters from all over a text, for ``may_match``."""
    rows = [run[at : at + 4] for run in _LETTERS.findall(plain) for at in range(0, len(run) - 3, 4)]
    return rows[:: max(1, len(rows) // _ROWS)]


def may_match(rows: list[str], size: int, other: str) -> bool:
    """Return whether enough *rows* of a text of *size* characters stand in *other*.

    Of a text that lost every tenth letter 66 rows in 100 stand in the whole one, and 43 in another
    that was worn as much.
    """
    if len(rows) < _FEWEST_ROWS:
        return True
    found = sum(row in other for row in rows)
    return found >= _ROW_SHARE * len(rows) * min(1.0, len(other) / size)


def differences(old: str, new: str, most: float) -> tuple[int, list[Gap]] | None:
    """Return how many letters both have in the same order, and the gaps between them, in order.

    None as soon as more than *most* letters of the shorter text have no place in the other. Walks
    both texts at once, and after a difference goes on at the nearest place where they agree again.
    That need not be the longest common part; it costs little more than reading both.
    """
    at, to, same, gaps = 0, 0, 0, list[Gap]()
    short = min(len(old), len(new))
    while True:
        step = _agreement(old, new, at, to)
        same, at, to = same + step, at + step, to + step
        if at == len(old) and to == len(new):
            return same, gaps
        ahead = _next_agreement(old, new, at, to) or (len(old) - at, len(new) - to)
        gaps.append(Gap(at, at + ahead[0], to, to + ahead[1]))
        at, to = at + ahead[0], to + ahead[1]
        # What is left of either text, and what both had, is all that they can have.
        if same + min(len(old) - at, len(new) - to) < short - most:
            return None


def _agreement(old: str, new: str, at: int, to: int) -> int:
    """Return how many letters agree from ``old[at]`` and ``new[to]`` on."""
    start, most = at, min(len(old) - at, len(new) - to)
    while old[at : at + _STRIDE] == new[to : to + _STRIDE] and at - start < most:
        at, to = at + _STRIDE, to + _STRIDE
    if at - start >= most:
        return most
    for one, other in zip(old[at : at + _STRIDE], new[to : to + _STRIDE], strict=False):
        if one != other:
            break
        at += 1
    return at - start


def _next_agreement(old: str, new: str, at: int, to: int) -> tuple[int, int] | None:
    """Return how far to go on in each text to the nearest place where they agree; None if never."""
    far = _FAR if at or to else 2 * _FAR
    best, least = None, 2 * far
    for ahead in range(min(far, len(old) - at - 1)):
        if ahead >= least:
            break
        start = at + ahead
        near = (
            new.find(old[start : start + 2], to, to + _NEAR - ahead + 2) if ahead <= _NEAR else -1
        )
        found = near if near >= 0 else new.find(old[start : start + 3], to, to + far + 3)
        if found >= 0 and ahead + found - to < least:
            best, least = (ahead, found - to), ahead + found - to
    return best


def is_part(short: str, long: str) -> bool:
    """Return whether *long* holds the letters of *short* in their order."""
    rest = iter(long)
    return all(letter in rest for letter in short)
