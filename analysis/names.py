"""Who and where, taken out of a text's words, so that neither can move a score. Pure.

A complaint about one office must rank like the same complaint about another, and a claim told by
an old woman like the same claim told by a driver. Names of persons, places and offices become
某某, and so do the words for what somebody is (保安, 外地人) and for which body is meant (物业).
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from core.lexicon import load_lexicon
from core.word_finder import WordFinder

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
    if len(_KINDS) > _MOST_KINDS:
        _KINDS.clear()
    kinds = list(map(_KINDS.__getitem__, words))
    _name_across(words, kinds)
    telling = [at for at, kind in enumerate(kinds) if kind]
    _name_around(kinds, telling)
    kept = list(words)
    for at in reversed(telling):
        if not kinds[at] & _NAMED:
            continue
        if at and (kinds[at - 1] & _NAMED or words[at - 1] == NAME):
            del kept[at]
        else:
            kept[at] = NAME
    return kept


def _name_across(words: Sequence[str], kinds: list[int]) -> None:
    """Name what a list holds and jieba cut in two: 外卖 员. 朋友圈 is one word and stays."""
    found = _finder().longest("".join(words))
    if not found:
        return
    places = list(accumulate(map(len, words), initial=0))
    for start, end, _ in found:
        first, last = bisect_left(places, start), bisect_left(places, end)
        if places[first] == start and places[last] == end:
            for at in range(first, last):
                kinds[at] |= _NAMED


def _name_around(kinds: list[int], telling: Sequence[int]) -> None:
    """Extend names over the kinds after them and over what leads to them; others are 0."""
    for at in telling:
        kind, before = kinds[at], kinds[at - 1] if at else 0
        body = kind & _BODY_END and before & (_NAMED | _TRADE)
        place = kind & _PLACE_KIND and before & (_NAMED | _UNKNOWN)
        if body or place:
            kinds[at - 1] |= _NAMED
            kinds[at] |= _NAMED
    for at in reversed(telling):
        if at and kinds[at] & _NAMED and kinds[at - 1] & (_LEADS | _TRADE):
            kinds[at - 1] |= _NAMED


_NAMED, _BODY_END, _PLACE_KIND, _UNKNOWN, _TRADE, _LEADS = (1 << bit for bit in range(6))
_MOST_KINDS = 200_000


class _Kinds(dict[str, int]):
    """What a word can be to a name, filled as words occur."""

    def __missing__(self, word: str) -> int:
        self[word] = kind = (
            _NAMED * (masked_word(word) == NAME)
            | _BODY_END * (word in _ENDS)
            | _PLACE_KIND * (word in _place_kinds())
            | _UNKNOWN * _is_unknown(word)
            | _TRADE * (word in _TRADES)
            | _LEADS * (word in _LEADING)
        )
        return kind


_KINDS = _Kinds()


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
def _finder() -> WordFinder[None]:
    return WordFinder(dict.fromkeys(sorted(_WHO)))


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
