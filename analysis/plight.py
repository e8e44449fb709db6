"""Which words of a plight stand together in a post: kin and rising water, silence and a roof. Pure.

Two words of one clause say more than two of one post, and no word says it alone: 老人 stands in
thanks and in guides, 屋顶 in any view of a flood. Words count by their class (``plight.toml``), so
that 岳父 with 房梁 is known from 奶奶 with 屋顶.
"""

import re
from bisect import bisect_left
from functools import cache, lru_cache, reduce
from itertools import combinations
from operator import or_

from core.lexicon import plight_words
from core.word_finder import WordFinder

_BETWEEN = re.compile(r"[，,。！!？?；;~…\s:：]")
_KEPT = 20_000
"""Sets of classes whose pairs are remembered; most clauses hold one of a few hundred."""
_LENGTH_STEP, _LENGTHS = 12, 8


@cache
def _classes() -> tuple[str, ...]:
    return tuple(plight_words())


@cache
def _pairs() -> dict[tuple[int, int], int]:
    return {pair: at for at, pair in enumerate(combinations(range(len(_classes())), 2))}


@cache
def _words() -> WordFinder[int]:
    """Return the words of a plight; each gives its classes as bits of a number."""
    classes_of: dict[str, int] = {}
    for at, words in enumerate(plight_words().values()):
        for word in words:
            classes_of[word] = classes_of.get(word, 0) | 1 << at
    return WordFinder(classes_of)


def feature_count() -> int:
    """Return how many features there are: classes, pairs in a post and in a clause, lengths."""
    return len(_classes()) + 2 * len(_pairs()) + _LENGTHS


def features_of(text: str) -> list[int]:
    """Return the numbers, ascending, of the features that hold of *text*."""
    clauses = _classes_by_clause(text)
    whole = reduce(or_, clauses, 0)
    if "?" in text or "？" in text:
        whole |= 1 << _classes().index("asking")
    pairs, classes = len(_pairs()), len(_classes())
    found = [*_single(whole), *(classes + pair for pair in _pairs_of(whole))]
    near = classes + pairs
    together = set[int]().union(*map(_pairs_of, clauses))
    found += sorted(near + pair for pair in together)
    found.append(near + pairs + min(_LENGTHS - 1, len(text) // _LENGTH_STEP))
    return found


@lru_cache(maxsize=_KEPT)
def _single(classes: int) -> tuple[int, ...]:
    """Return the numbers, ascending, of the *classes*, which are bits."""
    return tuple(at for at in range(len(_classes())) if classes >> at & 1)


@lru_cache(maxsize=_KEPT)
def _pairs_of(classes: int) -> tuple[int, ...]:
    """Return the numbers, ascending, of the pairs of *classes*, which are bits."""
    return tuple(map(_pairs().__getitem__, combinations(_single(classes), 2)))


def _classes_by_clause(text: str) -> list[int]:
    """Return the classes of each clause that has any, as bits; no word reaches over its end."""
    hits = _words().every(text)
    if not hits:
        return []
    ends = [-1, *(gap.start() for gap in _BETWEEN.finditer(text))]
    found: dict[int, int] = {}
    for start, end, classes in hits:
        clause = ends[bisect_left(ends, end) - 1]
        if clause < start:
            found[clause] = found.get(clause, 0) | classes
    return list(found.values())
