"""Which words of a plight stand together in a post: kin and rising water, silence and a roof. Pure.

Two words of one clause say more than two of one post, and no word says it alone: 老人 stands in
thanks and in guides, 屋顶 in any view of a flood. Words count by their class (``plight.toml``), so
that 岳父 with 房梁 is known from 奶奶 with 屋顶.
"""

import re
from bisect import bisect_right
from functools import cache
from itertools import combinations

import numpy as np

from analysis.features import Integers
from core.lexicon import plight_words
from core.word_finder import WordFinder

_CLAUSE = re.compile(r"[，,。！!？?；;~…\s:：]+")
_MARK = re.compile(r"[？?]")
_LENGTH_STEP, _LENGTHS = 12, 8


@cache
def _classes() -> tuple[str, ...]:
    return tuple(plight_words())


@cache
def _pairs() -> dict[tuple[int, int], int]:
    return {pair: at for at, pair in enumerate(combinations(range(len(_classes())), 2))}


@cache
def _words() -> WordFinder[tuple[int, ...]]:
    classes_of: dict[str, list[int]] = {}
    for at, words in enumerate(plight_words().values()):
        for word in words:
            classes_of.setdefault(word, []).append(at)
    return WordFinder({word: tuple(classes) for word, classes in classes_of.items()})


def feature_count() -> int:
    """Return how many features there are: classes, pairs in a post and in a clause, lengths."""
    return len(_classes()) + 2 * len(_pairs()) + _LENGTHS


def features_of(text: str) -> Integers:
    """Return the numbers, ascending, of the features that hold of *text*."""
    clauses = _classes_by_clause(text)
    whole = set[int]().union(*clauses)
    if _MARK.search(text):
        whole.add(_classes().index("asking"))
    pairs, classes = _pairs(), len(_classes())
    found = whole | {classes + pairs[pair] for pair in combinations(sorted(whole), 2)}
    near = classes + len(pairs)
    for clause in clauses:
        found |= {near + pairs[pair] for pair in combinations(sorted(clause), 2)}
    found.add(near + len(pairs) + min(_LENGTHS - 1, len(text) // _LENGTH_STEP))
    return np.array(sorted(found), dtype=np.int64)


def _classes_by_clause(text: str) -> list[set[int]]:
    """Return the classes of words of each clause that has any; no word reaches over its end."""
    hits = _words().every(text)
    if not hits:
        return []
    gaps = [gap.span() for gap in _CLAUSE.finditer(text)]
    starts = [0, *(end for _, end in gaps)]
    ends = [*(start for start, _ in gaps), len(text)]
    found: dict[int, set[int]] = {}
    for start, end, classes in hits:
        clause = bisect_right(starts, start) - 1
        if end <= ends[clause]:
            found.setdefault(clause, set()).update(classes)
    return list(found.values())
