"""Who and where, taken out of a text's words, so that neither can move a score. Pure.

A complaint about one office must rank like the same complaint about another, and a claim told by
an old woman like the same claim told by a driver. Names of persons, places and offices become
某某, and so do the words for what somebody is (保安, 外地人) and for which body is meant (物业).
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

import ahocorasick

from core.lexicon import load_lexicon

NAME = "某某"

_NAME_TAGS = frozenset({"nr", "nrt", "nrfg", "ns", "nt"})
# Offices and places by their last character, where jieba has no tag for them.
_NAMED_END = re.compile(
    r".+(?:水库|泵站|街道|社区|小区|隧道|通道|大桥|高架|广场|医院|学校|中学|小学|车站|码头|公司|集团|"
    r"政府|[省市县区镇乡村局厅委署路街巷桥河湖江])"
)
_UNKNOWN_LENGTH = range(2, 4)
_LISTS = {name: tuple(words) for name, words in load_lexicon().extra.reading["names"].items()}
_ORDINARY, _ENDS = frozenset(_LISTS["ordinary"]), frozenset(_LISTS["body_ends"])
_TRADES, _LEADING = frozenset(_LISTS["trades"]), frozenset(_LISTS["leading"])
_WHO = frozenset((*_LISTS["persons"], *_LISTS["bodies"]))


@lru_cache(maxsize=200_000)
def masked_word(word: str) -> str:
    """Return *word*, or 某某 in place of one that names a person, place or office, or its kind."""
    if word.isascii() or word in _ORDINARY:
        return word
    if word in _WHO or _is_strange(word):
        return NAME
    if len(word) < 2:
        return word
    if _NAMED_END.fullmatch(word):
        return NAME
    tags = _tagger().tag(word)
    return NAME if len(tags) == 1 and tags[0][1] in _NAME_TAGS else word


def mask_names(words: Sequence[str]) -> list[str]:
    """Return the words with each name as one 某某, however many words it was cut into.

    长江大桥 is one word of jieba's dictionary and 黄河 大桥 are two; 桐漪 路 is a road although
    nobody knows 桐漪; 外卖 员, 某 燃气 公司 and 物业 are each one.
    """
    named = [masked_word(word) == NAME for word in words]
    _name_across(words, named)
    _name_around(words, named)
    kept: list[str] = []
    for word, is_name in zip(words, named, strict=True):
        if not is_name:
            kept.append(word)
        elif not kept or kept[-1] != NAME:
            kept.append(NAME)
    return kept


def _name_across(words: Sequence[str], named: list[bool]) -> None:
    """Name what a list holds and jieba cut in two: 外卖 员. 朋友圈 is one word and stays."""
    starts: dict[int, int] | None = None
    for end, length in _finder().iter_long("".join(words)):
        if starts is None:
            places = accumulate(map(len, words), initial=0)
            starts = {place: number for number, place in enumerate(places)}
        first, last = starts.get(end + 1 - length), starts.get(end + 1)
        if first is not None and last is not None:
            named[first:last] = [True] * (last - first)


def _name_around(words: Sequence[str], named: list[bool]) -> None:
    """Extend names over the kinds after them and over what leads to them."""
    for at in range(1, len(words)):
        word, before = words[at], words[at - 1]
        body = word in _ENDS and (named[at - 1] or before in _TRADES)
        place = word in _place_kinds() and (named[at - 1] or _is_unknown(before))
        if body or place:
            named[at - 1] = named[at] = True
    for at in range(len(words) - 2, -1, -1):
        if named[at + 1] and (words[at] in _LEADING or words[at] in _TRADES):
            named[at] = True


@lru_cache(maxsize=200_000)
def _is_unknown(word: str) -> bool:
    """Tell of two or three Chinese characters that no dictionary holds: some name."""
    known = word.isascii() or word in _own_words() or _tagger().has_word(word)
    return len(word) in _UNKNOWN_LENGTH and not known


def _is_strange(word: str) -> bool:
    """Tell of a short word with a rare character that no dictionary holds: 禾溆, 松窠."""
    return (
        len(word) <= max(_UNKNOWN_LENGTH)
        and any(_is_rare(letter) for letter in word)
        and (len(word) == 1 or not _tagger().has_word(word))
    )


@lru_cache(maxsize=30_000)
def _is_rare(letter: str) -> bool:
    """Tell of a Chinese character outside the common ones, level 1 of GB/T 2312-1980."""
    if not "\u4e00" <= letter <= "\u9fff":
        return False
    try:
        return letter.encode("gb2312")[0] >= 0xD8
    except UnicodeEncodeError:
        return True


@cache
def _finder() -> Any:
    automaton = ahocorasick.Automaton()
    for word in sorted(_WHO):
        automaton.add_word(word, len(word))
    automaton.make_automaton()
    return automaton


@cache
def _place_kinds() -> frozenset[str]:
    return frozenset(load_lexicon().place_suffixes) | {"大桥", "政府", "公司", "高架", "通道"}


@cache
def _own_words() -> frozenset[str]:
    """Return the words that segmentation adds: 群里说 is in no dictionary, and no name."""
    return frozenset(load_lexicon().user_words())


@cache
def _tagger() -> Any:
    import rjieba

    return rjieba.Jieba()
