"""Which of the rules' word lists have a word in a text, told by one pass over it. Pure.

A dozen patterns run over each post, one after the other, cost more than all the models' arithmetic.
"""

from functools import cache, lru_cache

from core.lexicon import load_lexicon
from core.word_finder import WordFinder

_KEPT = 64
"""Texts remembered, because the rules of one post ask one after the other."""


@lru_cache(maxsize=_KEPT)
def lists_in(text: str) -> frozenset[str]:
    """Return the names of the lists that have a word in *text*, such as ``help.strong``."""
    return frozenset[str]().union(*(lists for _, _, lists in _finder().every(text)))


@cache
def _finder() -> WordFinder[frozenset[str]]:
    lists_of: dict[str, set[str]] = {}
    for name, words in _lists().items():
        for word in words:
            lists_of.setdefault(word, set()).add(name)
    return WordFinder({word: frozenset(names) for word, names in sorted(lists_of.items())})


def _lists() -> dict[str, tuple[str, ...]]:
    lexicon = load_lexicon()
    reading, signs = lexicon.extra.reading, lexicon.help_signs
    lists = {f"help.{name}": tuple(words) for name, words in reading["help"].items()}
    for name in ("strong", "subject", "need"):
        lists[f"help.{name}"] += tuple(signs[name])
    for name in ("advert", "chatter", "service", "feeling"):
        lists[f"relevance.{name}"] = tuple(reading["relevance"][name])
    for name in ("rhetorical", "reported"):
        lists[f"questions.{name}"] = tuple(reading["questions"][name])
    return lists
