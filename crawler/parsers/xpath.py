"""A page that is asked through libxml2: by XPath, and by CSS that lexbor misreads. Pure."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement
from parsel import css2xpath

from crawler.parsers.bounds import empty, libxml_tree
from crawler.parsers.page import texts_of, tidied
from crawler.parsers.selectors import Part, Row, Selector

# Where a path begins at the root; asked within an item it begins at the item.
_FROM_ROOT = re.compile(r"(^|[|(]\s*)(?=/)")

Match = Any
"""An element, or a string where the path ends in an attribute or ``text()``."""


class XPathPage:
    """Asks a page for what XPath and CSS selectors find; see ``selectors.Markup``."""

    def __init__(self, text: str) -> None:
        """Build the page; raises ``ParseError`` beyond the bounds."""
        self.root = libxml_tree(text)

    def rows(
        self, item: Selector, fields: Iterable[Selector], *, most: int, nested: bool = False
    ) -> tuple[list[Row], int]:
        """Return what *fields* find in each of the first *most* items, and how many there are."""
        found = [m for part in item.parts for m in _found(self.root, part, item)]
        items = [match for match in found if not isinstance(match, str)]
        items = items if nested else _outermost(items)
        fields, owners = tuple(fields), set(items)
        rows = [
            _row(element, fields, owners=owners if nested else None) for element in items[:most]
        ]
        return rows, len(items)

    def row(self, fields: Iterable[Selector]) -> Row:
        """Return what *fields* find on the whole page."""
        return _row(self.root, fields)

    def remove(self, unwanted: Selector) -> None:
        """Take away the elements that *unwanted* finds."""
        for part in unwanted.parts:
            for match in _found(self.root, part, unwanted):
                if not isinstance(match, str):
                    empty(match)


def _row(
    element: HtmlElement,
    fields: Iterable[Selector],
    *,
    owners: set[HtmlElement] | None = None,
) -> Row:
    row: Row = {}
    for field in fields:
        for part in field.parts:
            found = _found(element, part, field)
            if owners:
                found = [m for m in found if isinstance(m, str) or _owner(m, owners) is element]
            if values := _values(_outermost(found), part):
                row.setdefault(field.key, []).extend(values)
    return row


def _owner(element: HtmlElement, owners: set[HtmlElement]) -> HtmlElement | None:
    if element in owners:
        return element
    return next((above for above in element.iterancestors() if above in owners), None)


def _found(element: HtmlElement, part: Part, asked: Selector) -> list[Match]:
    """Return the elements and strings that *part* finds; raises ``ParseError`` naming it."""
    try:
        found = _compiled(part.paths, asked.is_xpath, element.getparent() is not None)(element)
    # Syntax, and on the page an unknown function or prefix. Of CSS, SyntaxError and RuntimeError;
    # of characters that XML does not have, ValueError, which is not caught while asking.
    except (etree.XPathError, SyntaxError, RuntimeError, _NoPathError):
        raise asked.wrong() from None
    if not isinstance(found, list):
        return [found] if isinstance(found, str) else []
    return [match for match in found if isinstance(match, str | HtmlElement)]


class _NoPathError(Exception):
    """The path holds characters that no path can hold."""


@lru_cache(maxsize=1024)
def _compiled(paths: tuple[str, ...], is_xpath: bool, within: bool) -> etree.XPath:  # noqa: FBT001
    # Not lxml.cssselect: asked of a second page, its :contains() reads memory that is gone.
    path = paths[0] if is_xpath else css2xpath(", ".join(path or "*" for path in paths))
    if is_xpath and within:
        path = _FROM_ROOT.sub(r"\1.", path)
    try:
        return etree.XPath(path, smart_strings=False, regexp=False)
    except ValueError:
        raise _NoPathError from None


def _outermost(found: list[Match]) -> list[Match]:
    if len(found) < 2:
        return found
    elements = {match for match in found if not isinstance(match, str)}
    return [m for m in found if isinstance(m, str) or elements.isdisjoint(m.iterancestors())]


def _values(found: Sequence[Match], part: Part) -> list[str]:
    if part.attribute is None and not part.own and not any(isinstance(m, str) for m in found):
        return texts_of(map(_markup, found))
    return [value for match in found if (value := _value(match, part))]


def _value(match: Match, part: Part) -> str:
    if isinstance(match, str):
        return tidied(match)
    if part.attribute is not None:
        # An item that lacks the attribute stands for the first element in it that has it.
        asked = match.iter() if part.is_itself else (match,)
        return next((told for e in asked if (told := tidied(e.get(part.attribute, "")))), "")
    if part.own:
        return tidied((match.text or "") + "".join(child.tail or "" for child in match))
    return "".join(texts_of([_markup(match)]))


def _markup(element: HtmlElement) -> str:
    return etree.tostring(element, encoding="unicode", method="html", with_tail=False)
