"""Open claims found by their wording: those that share the rare bigrams of a text. Pure.

Candidates come from the postings of rare bigrams, the exact check is the cosine of all bigrams,
each weighed by how few claims have it (TF-IDF).
"""

import math
from collections import Counter
from collections.abc import Mapping

from core.text import matching_form

COMMON = 64
"""Claims that share a bigram before it is too common to find candidates by."""
RARE = 32
"""Rarest bigrams of a text by which candidates are found; the exact check uses them all."""
WORDING = 160
"""Characters of a text that count for its wording; the rest of a long post rarely differs."""
CANDIDATES = 5
"""Claims that share most rare bigrams, for the exact check."""

_Bigrams = dict[str, None]
"""Bigrams in the order of the text: that of a set would change with the hash seed."""


class Wordings:
    """The wording of every open claim, by claim key; one text each, the last that was learned."""

    def __init__(self) -> None:
        self._bigrams: dict[int, _Bigrams] = {}
        self._postings: dict[str, set[int]] = {}
        self._last: tuple[str, Mapping[int, float]] = ("", {})

    def learn(self, claim: int, text: str) -> None:
        """Make *text* the wording by which *claim* is found again."""
        self.forget(claim)
        self._bigrams[claim] = _bigrams_of(text)
        for gram in self._bigrams[claim]:
            self._postings.setdefault(gram, set()).add(claim)

    def forget(self, claim: int) -> None:
        """Find *claim* no more; one that was never learned is no mistake."""
        self._last = ("", {})
        for gram in self._bigrams.pop(claim, ()):
            claims = self._postings[gram]
            claims.discard(claim)
            if not claims:
                del self._postings[gram]

    def alike(self, text: str) -> Mapping[int, float]:
        """Return claim -> TF-IDF cosine, 0..1, of the few claims worded most like *text*."""
        if self._last[0] != text:
            self._last = (text, self._compare(_bigrams_of(text)))
        return self._last[1]

    def _compare(self, grams: _Bigrams) -> dict[int, float]:
        sizes = {g: len(claims) for g in grams if (claims := self._postings.get(g))}
        rare = sorted((g for g in sizes if sizes[g] <= COMMON), key=lambda g: (sizes[g], g))[:RARE]
        shared: Counter[int] = Counter()
        for gram in rare:
            shared.update(self._postings[gram])
        if not shared:
            return {}
        weights = {g: self._idf(sizes.get(g, 0)) for g in grams}
        mine = math.fsum(w * w for w in weights.values())
        least = max(2, len(rare) // 10)
        nearest = sorted(shared.items(), key=lambda s: (-s[1], s[0]))[:CANDIDATES]
        return {key: self._cosine(weights, mine, key) for key, n in nearest if n >= least}

    def _cosine(self, weights: Mapping[str, float], mine: float, claim: int) -> float:
        bigrams = self._bigrams[claim]
        shared = math.fsum(w * w for g, w in weights.items() if g in bigrams)
        if not shared:
            return 0.0
        theirs = math.fsum(self._idf(len(self._postings[g])) ** 2 for g in bigrams)
        return shared / math.sqrt(mine * theirs)

    def _idf(self, claims: int) -> float:
        return 1.0 + math.log((1 + len(self._bigrams)) / (1 + claims))


def _bigrams_of(text: str) -> _Bigrams:
    form = matching_form(text[: WORDING * 2])[:WORDING]
    return dict.fromkeys(form[i : i + 2] for i in range(len(form) - 1))
