"""The wording that stands for many: the one that shares most with the others. Pure."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import sqrt


def typical(texts: Sequence[str]) -> str:
    """Return the text whose pairs of characters most others share; the first of equals.

    Empty for no texts. The measure is that of ``analysis.questions``, over all of *texts*.

    >>> typical(["今天下雨", "东禾泵站停了吗", "东禾泵站停了", "泵站停了？"])
    '东禾泵站停了'
    """
    pairs = [frozenset(pairwise(text)) for text in texts]
    shared: Counter[tuple[str, str]] = Counter()
    for own in pairs:
        shared.update(own)
    weights = [sum(shared[p] - 1 for p in own) / sqrt(len(own) or 1) for own in pairs]
    return texts[weights.index(max(weights))] if texts else ""
