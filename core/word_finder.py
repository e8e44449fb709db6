"""Thousands of words found in a text by one pass. Pure.

Source: Aho and Corasick, Communications of the ACM 18 (1975), 333-340, as in the Rust crate
``aho-corasick``: seven times as fast on Chinese text as pyahocorasick, which looks through all
first characters of its words, one by one, at every place of a text.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Generic, TypeVar

import ahocorasick_rs

Meaning = TypeVar("Meaning")


class WordFinder(Generic[Meaning]):
    """Finds the words of a mapping and gives what each stands for; linear in the text's length."""

    def __init__(self, words: Mapping[str, Meaning]) -> None:
        self._words = tuple(words)
        self._meanings = tuple(words.values())

    def every(self, text: str) -> list[tuple[int, int, Meaning]]:
        """Return start, end (exclusive) and meaning of every word, by end, the longest first.

        A word is found inside another and across it.
        """
        found = self._all.find_matches_as_indexes(_encodable(text), overlapping=True)
        return [(start, end, self._meanings[n]) for n, start, end in found]

    def longest(self, text: str) -> list[tuple[int, int, Meaning]]:
        """Return the words from left to right, the longest at each place, none overlapping."""
        found = self._leftmost.find_matches_as_indexes(_encodable(text))
        return [(start, end, self._meanings[n]) for n, start, end in found]

    @cached_property
    def _all(self) -> ahocorasick_rs.AhoCorasick:
        return ahocorasick_rs.AhoCorasick(self._words)

    @cached_property
    def _leftmost(self) -> ahocorasick_rs.AhoCorasick:
        kind = ahocorasick_rs.MatchKind.LeftmostLongest
        return ahocorasick_rs.AhoCorasick(self._words, matchkind=kind)


def _encodable(text: str) -> str:
    """Return *text* without lone surrogates, which Rust cannot hold; as many characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text
