"""How alike a text is to wordings that were written down, and whether it sounds like them. Pure.

A wording is three bags: pairs of characters, characters, and concepts (``synonyms.toml``) with
their pairs, so that 坝子快冲开了 is near 水库要溃坝了. Beside the wordings stand ordinary texts
about the same things, which no text should be nearer to. Linear in the text.
"""

import math
import tomllib
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Self

from core.simplified import simplified
from core.text import matching_form
from core.word_finder import WordFinder

SHORTEST = 9
"""Different pairs of characters that it takes to be told apart from a hashtag."""

LONGEST = 600
"""Characters of a passage that are compared; a wording is one sentence."""

Bag = Counter[Hashable]


@cache
def _concepts() -> WordFinder[str]:
    text = (files("core.lexicon") / "synonyms.toml").read_text(encoding="utf-8")
    concepts = tomllib.loads(text)["concepts"]
    return WordFinder({word: concept for concept, words in concepts.items() for word in words})


def bags_of(text: str) -> tuple[Bag, Bag, Bag]:
    """Return the pairs of characters, the characters, and the concepts with their pairs."""
    plain = simplified(text[:LONGEST])
    form = matching_form(plain)
    concepts = sorted({concept for _, _, concept in _concepts().longest(plain)})
    return (
        Counter(form[at : at + 2] for at in range(len(form) - 1)),
        Counter(form),
        Counter([*concepts, *combinations(concepts, 2)]),
    )


@dataclass(slots=True)
class _Index:
    """One kind of bag of every wording, weighted by how few groups of wordings hold a part."""

    postings: dict[Hashable, list[tuple[int, float]]] = field(default_factory=dict)
    """Part -> wordings that hold it, with its share of their unit length."""
    middles: dict[Hashable, list[tuple[int, float]]] = field(default_factory=dict)
    """The same of each group: the mean of its wordings, at length one."""
    weights: dict[Hashable, float] = field(default_factory=dict)
    unknown: float = 1.0
    """Weight of a part that no wording holds."""

    @classmethod
    def of(cls, bags: Sequence[Bag], groups: Sequence[int]) -> Self:
        held: dict[Hashable, set[int]] = {}
        for bag, group in zip(bags, groups, strict=True):
            for part in bag:
                held.setdefault(part, set()).add(group)
        size = len(set(groups)) + 1
        made = cls(
            weights={part: 1 + math.log(size / (len(g) + 1)) for part, g in held.items()},
            unknown=1 + math.log(size),
        )
        for wording, bag in enumerate(bags):
            for part, share in made.unit(bag).items():
                made.postings.setdefault(part, []).append((wording, share))
        made.middles = _middles(made.postings, groups)
        return made

    def unit(self, bag: Bag) -> dict[Hashable, float]:
        """Return the weighted counts at length one, the logarithm of counts above one."""
        vector = {p: self.weights.get(p, self.unknown) * (1 + math.log(n)) for p, n in bag.items()}
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        return {part: value / length for part, value in vector.items()}


def _middles(
    postings: Mapping[Hashable, Sequence[tuple[int, float]]], groups: Sequence[int]
) -> dict[Hashable, list[tuple[int, float]]]:
    sums: dict[Hashable, dict[int, float]] = {}
    squares: dict[int, float] = {}
    for part, held in postings.items():
        found = sums.setdefault(part, {})
        for wording, share in held:
            found[groups[wording]] = found.get(groups[wording], 0.0) + share
        for group, total in found.items():
            squares[group] = squares.get(group, 0.0) + total * total
    return {
        part: [(group, total / math.sqrt(squares[group])) for group, total in found.items()]
        for part, found in sums.items()
    }


class Likeness:
    """Wordings in groups, and ordinary texts beside them; build once."""

    def __init__(self, groups: Sequence[Sequence[str]], ordinary: Sequence[Sequence[str]]) -> None:
        texts = [(g, text) for g, some in enumerate([*groups, *ordinary]) for text in some]
        self._groups = [group for group, _ in texts]
        self._count = len(groups)
        bags = [bags_of(text) for _, text in texts]
        self._indexes = [_Index.of(kind, self._groups) for kind in zip(*bags, strict=True)]
        self._odds = _log_odds(bags, [group < self._count for group in self._groups])

    def nearest(self, text: str) -> tuple[dict[int, float], float]:
        """Return group -> likeness 0..1, and the likeness to the nearest ordinary text.

        Likeness is the mean cosine of the three bags; to a group half to its nearest wording and
        half to the mean of all, for a joke is near one wording only. A text of fewer pairs of
        characters than ``SHORTEST`` counts in proportion: a hashtag is like anything.
        """
        bags = bags_of(text)
        whole = min(1.0, len(bags[0]) / SHORTEST) / len(bags)
        found = [0.0] * len(self._groups)
        middle: dict[int, float] = {}
        for index, bag in zip(self._indexes, bags, strict=True):
            for part, share in index.unit(bag).items():
                for wording, other in index.postings.get(part, ()):
                    found[wording] += whole * share * other
                for group, other in index.middles.get(part, ()):
                    middle[group] = middle.get(group, 0.0) + whole * share * other
        best: dict[int, float] = {}
        for group, value in zip(self._groups, found, strict=True):
            if value > best.get(group, 0.0):
                best[group] = value
        alike = {g: (value + middle[g]) / 2 for g, value in best.items() if g < self._count}
        return alike, max((v for g, v in best.items() if g >= self._count), default=0.0)

    def sound(self, text: str) -> float:
        """Return how much more the text sounds like the wordings than like ordinary texts.

        The mean log-odds of its characters and their pairs; above 0 it is rather like them.
        """
        pairs, characters, _ = bags_of(text)
        parts = [*pairs, *characters]
        return sum(self._odds.get(part, 0.0) for part in parts) / max(1, len(parts))


def _log_odds(bags: Iterable[tuple[Bag, Bag, Bag]], told: Sequence[bool]) -> dict[Hashable, float]:
    counts: tuple[Counter[Hashable], Counter[Hashable]] = (Counter(), Counter())
    for (pairs, characters, _), is_told in zip(bags, told, strict=True):
        counts[is_told].update([*pairs, *characters])
    ordinary, wordings = counts
    few, many = len(told) - sum(told) + 1, sum(told) + 1
    return {
        part: math.log((wordings[part] + 0.5) / many) - math.log((ordinary[part] + 0.5) / few)
        for part in {*ordinary, *wordings}
    }
