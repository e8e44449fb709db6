"""What a copy may not change: numbers, negations, questions, names, times; and how they look."""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from core.numbers import quantities


@cache
def word_lists() -> dict[str, dict[str, Any]]:
    """Return ``words.toml``: section -> name -> words, or characters in one string."""
    return tomllib.loads(
        files("crawler.folding").joinpath("words.toml").read_text(encoding="utf-8")
    )


_NUMBERS, _SIGNS = word_lists()["numbers"], word_lists()["signs"]
_NUMERALS = "0123456789.零〇一二两三四五六七八九十百千万亿"

NUMERALS = frozenset(_NUMERALS)
TURNS = frozenset(_SIGNS["turns"])
"""Letters that turn a statement into its opposite or into a question."""
TELLING = frozenset(_SIGNS["telling"])
"""Letters whose replacement is no slip of the keyboard."""
STATES = frozenset(_SIGNS["states"])
"""Those of them that a short text must not even lack."""
OTHER_DAYS = frozenset(_SIGNS["other_days"])
NAME_ENDS = frozenset(_SIGNS["name_ends"])
UNIT_PREFIXES = frozenset(_NUMBERS["unit_prefixes"])
FILLERS: str = _SIGNS["fillers"]
DENIAL = re.compile("|".join(_SIGNS["denials"]))
"""Said after a text, it denies the whole of it."""
ASKING = re.compile(rf"吗|^了?(?:{'|'.join(_SIGNS['asking'])})$")
"""Makes a question of the clause that it ends."""
NEGATED = re.compile(rf"[{_SIGNS['negations']}][{_SIGNS['between']}]?(.{{1,2}})")
"""Group 1 is what is negated."""

_NUMBER = re.compile(f"[{_NUMERALS}]+")
_HARM, _BESIDE = frozenset(_SIGNS["harm"]), 6
_COUNTERS, _ORDINALS = frozenset(_NUMBERS["before"]), frozenset(_NUMBERS["after"])
_IMPOSSIBLE = re.compile(
    rf"""
    \D?                                                     # the character before
    (?: 0\d+ (?! [\d.] | [{_NUMBERS["may_begin_with_0"]}])  # 09例
      | 0\d\d+ \.                                           # 0632.0964
      | (?:0|1[3-9]|[2-9]\d) 月 (?!龄)                      # 78月
      | \d{{4}} \. (?:1[3-9]|[2-9]\d) \.                    # 2031.81.09
      | (?:2[1-9]|[3-9]\d) \d [1-9] 年                      # 5489年, but 5000年 ago
      | (?:3[2-9]|[4-9]\d) [日号] [上下早晚凌]              # 69号晚上, but 69号楼
    ) | 月 (?:3[2-9]|[4-9]\d) 日                            # 2月69日
    """,
    re.VERBOSE,
)


def numbers_at(letters: str, start: int, end: int) -> list[re.Match[str]]:
    """Return the numbers that touch ``letters[start:end]``; 一 in 一定 is none."""
    while start > 0 and letters[start - 1] in NUMERALS:
        start -= 1
    while end < len(letters) and letters[end] in NUMERALS:
        end += 1
    return [m for m in _NUMBER.finditer(letters, start, end) if _is_number(letters, m)]


def _is_number(letters: str, found: re.Match[str]) -> bool:
    before, after = letters[: found.start()][-1:], letters[found.end() :][:1]
    return not found[0].isalpha() or after in _COUNTERS or before in _ORDINALS


@lru_cache(maxsize=4096)
def value(number: str) -> str:
    """Return what *number* says: 三千二百, 3.2千 and 3200 say the same.

    >>> value("三千二百"), value("3.2千"), value("8.30.18.00")
    ('3.2E+3', '3.2E+3', '8.30.18.00')
    """
    told = quantities(f"{number}人")
    return str(told[0].value.normalize()) if told and told[0].start == 0 else number


def is_impossible(letters: str, number: re.Match[str]) -> bool:
    """Return whether *number* can be none where it stands (09例, 2月69日): damage, not news."""
    return _IMPOSSIBLE.match(letters[max(0, number.start() - 1) : number.end() + 2]) is not None


def tells_harm(letters: str, number: re.Match[str]) -> bool:
    """Return whether *number* counts people who came to harm; such a number is never damaged."""
    near = letters[max(0, number.start() - _BESIDE) : number.end() + _BESIDE]
    return not _HARM.isdisjoint(near)
