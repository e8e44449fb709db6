"""Selectors as ``sources.toml`` writes them, CSS or XPath. Pure.

A selector that begins with ``/``, ``./``, ``(`` or ``xpath:`` is XPath, any other CSS, with
``::attr(name)`` for an attribute and ``::text`` for an element's own text without that of its
children.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from crawler.parsers.page import ParseError

Row = dict[str, list[str]]
"""Key of a selector -> what it found, in the page's order; a key that found nothing is absent."""

_XPATH = re.compile(r"(?=\.?/|\()|xpath:")
_READS = re.compile(r"(.*?)(\s*)::(?:text|attr\(\s*([\w-]+)\s*\))", re.DOTALL)
_READ_BY_XPATH = re.compile(r"/+(?:@[\w-]+|text\(\))$")
_COMMA = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[()\[\]]|\\.|,""", re.DOTALL)
_BRACKETS = re.compile(r"\([^()\[\]]*\)|\[[^()\[\]]*\]")
_FUNCTION_FIRST = re.compile(r"\*?:[\w-]+!")
_STEPS = re.compile(r"[\s>+~,]+")
_DEEPER = {"(": 1, "[": 1, ")": -1, "]": -1}


@dataclass(frozen=True, slots=True)
class Part:
    """The alternatives of a selector that read the same; CSS separates them by commas."""

    paths: tuple[str, ...]
    """Of XPath always one. ``*`` and nothing stand for the element itself."""
    attribute: str | None = None
    """The attribute that is read; None for text."""
    own: bool = False
    """Only the text that stands directly in the element."""

    @property
    def is_itself(self) -> bool:
        """Whether the element is meant that is asked, not what is found in it."""
        return self.paths in {("",), ("*",)}


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector of ``sources.toml``, or one of our own rules in the same notation."""

    key: str
    """Its key in ``sources.toml``, or what a rule is called."""
    parts: tuple[Part, ...]
    """One, unless its alternatives read different things."""
    is_xpath: bool = False
    is_misread: bool = False
    """Whether lexbor would not find what it says; see ``misread``."""

    def reading(self, attribute: str) -> "Selector":
        """Return the same selector reading *attribute*, unless it says itself what it reads."""
        return replace(self, parts=tuple(_reading(part, attribute) for part in self.parts))

    def also(self, key: str, attribute: str | None) -> "Selector":
        """Return a selector for the same elements that reads *attribute*, None for their text."""
        paths = self.paths
        if self.is_xpath:
            paths = tuple(_READ_BY_XPATH.sub("", path) or "." for path in paths)
        return replace(self, key=key, parts=(Part(paths, attribute),))

    @property
    def paths(self) -> tuple[str, ...]:
        """All alternatives, whatever they read."""
        return tuple(path for part in self.parts for path in part.paths)

    def wrong(self) -> ParseError:
        """Return the error that names the selector: it is the operator's to mend."""
        return ParseError(f"选择器 {self.key} 有误")


class Markup(Protocol):
    """A page that can be asked by selectors.

    Of matches within one another only the outermost counts, for a field as for an item. Every
    method raises ``ParseError`` for a selector that cannot be understood, with its key.
    """

    def rows(
        self, item: Selector, fields: Iterable[Selector], *, most: int, nested: bool = False
    ) -> tuple[list[Row], int]:
        """Return what *fields* find in each of the first *most* items, and how many items exist.

        Fields are looked for within their item. With *nested*, items within items count too, and
        what is found belongs to the innermost.
        """

    def row(self, fields: Iterable[Selector]) -> Row:
        """Return what *fields* find on the whole page."""

    def remove(self, unwanted: Selector) -> None:
        """Take away the elements that a selector finds."""


@lru_cache(maxsize=4096)
def selector(key: str, written: str) -> Selector:
    """Return the selector *written* under *key*; whether it is right only a page can tell."""
    written = written.strip()
    if found := _XPATH.match(written):
        return Selector(key, (Part((written[found.end() :].strip(),)),), is_xpath=True)
    paths: dict[tuple[str | None, bool], list[str]] = {}
    for css in _alternatives(written):
        path, attribute, own = _reads(css.strip())
        paths.setdefault((attribute, own), []).append(path)
    parts = tuple(Part(tuple(some), *what) for what, some in paths.items())
    return Selector(key, parts, is_misread=misread(written))


def chosen(written: Mapping[str, str], keys: Iterable[str]) -> dict[str, Selector]:
    """Return the selectors that are *written* for *keys*, by key, in the order of *keys*."""
    return {key: selector(key, written[key]) for key in keys if key in written}


def misread(css: str) -> bool:
    """Return whether lexbor would find less than *css* says.

    With selectolax 1.0.2 a step above another one that begins with ``:is()``, ``:not()``,
    ``:has()`` or ``:nth-child()`` is looked for no further than the parent: on 400 random trees
    every second answer was wrong. And ``:contains()`` has another name there, and leaves out the
    text of children.
    """
    plain = css
    while (shorter := _BRACKETS.sub(lambda m: "!" if m[0][0] == "(" else "", plain)) != plain:
        plain = shorter
    return ":contains(" in css or any(map(_FUNCTION_FIRST.match, _STEPS.split(plain)))


def _reading(part: Part, attribute: str) -> Part:
    return part if part.attribute or part.own else replace(part, attribute=attribute)


def _alternatives(css: str) -> Iterator[str]:
    depth = start = 0
    for token in _COMMA.finditer(css):
        depth += _DEEPER.get(token[0], 0)
        if token[0] == "," and depth == 0:
            yield css[start : token.start()]
            start = token.end()
    yield css[start:]


def _reads(css: str) -> tuple[str, str | None, bool]:
    """Return path, attribute and whether only an element's own text is meant."""
    if not (found := _READS.fullmatch(css)):
        return css, None, False
    path, space, attribute = found.groups()
    # "p ::text" asks for all text in p, "p::text" for what stands directly in it.
    return path.strip(), attribute and attribute.lower(), not (attribute or space)
