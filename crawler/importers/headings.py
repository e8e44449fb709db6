"""What the headings of a table are called, and what they mean: ``headings.toml`` with types."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_BRACKETED = re.compile(r"[(（\[【].{0,30}?[)）\]】]")
_NO_LETTER = re.compile(r"[\W_]+")


def heading_key(heading: str) -> str:
    """Return a heading as it is compared: no case, spaces, marks, or what stands in brackets.

    Of headings of two levels the lower one counts.

    >>> heading_key("诉求信息/诉求 内容（必填）*"), heading_key("Created_At")
    ('诉求内容', 'createdat')
    """
    last = unicodedata.normalize("NFKC", heading).rpartition("/")[2]
    return _NO_LETTER.sub("", _BRACKETED.sub("", last)).casefold()


@dataclass(frozen=True, slots=True)
class Headings:
    """The word list; every word is a ``heading_key``."""

    roles: Mapping[str, tuple[str, ...]]
    """Role -> headings, the likelier first."""
    personal: frozenset[str]
    """Columns that say who somebody is."""
    known: frozenset[str]
    """Every heading of the list."""
    hotline: frozenset[str]
    channels: Mapping[str, str]
    """What a cell calls a channel -> its code."""
    tables: Mapping[str, frozenset[str]]
    """Channel code -> headings that tell it of a whole table."""


@cache
def load_headings() -> Headings:
    """Return the word list that comes with this package."""
    file = files("crawler.importers") / "headings.toml"
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    roles = {role: _keys(words) for role, words in raw["roles"].items()}
    personal, other = _keys(raw["known"]["personal"]), _keys(raw["known"]["other"])
    return Headings(
        roles=roles,
        personal=frozenset(personal),
        known=frozenset().union(personal, other, *roles.values()),
        hotline=frozenset(_keys(raw["hotline"]["marks"])),
        channels={word: code for code, words in raw["channels"].items() for word in _keys(words)},
        tables={code: frozenset(_keys(words)) for code, words in raw["tables"].items()},
    )


def _keys(words: list[str]) -> tuple[str, ...]:
    return tuple(map(heading_key, words))


def is_known(heading: str) -> bool:
    """Return whether a cell is a heading of the word list."""
    return len(heading) <= 40 and heading_key(heading) in load_headings().known
