"""What elements of a page are called and say, for telling those of one list from others. Pure."""

import re
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from core.text import normalise

MAX_TITLE = 500
MAX_PIECES = 100
"""Pieces of text between tags that are read of one element."""

_STATES = frozenset(
    [
        *("odd", "even", "item-odd", "item-even", "first", "last", "new", "top", "hot", "alt"),
        *("on", "active", "cur", "current", "hover", "selected", "line", "bg", "nobg", "noborder"),
        *("clearfix", "clear", "cf", "fl", "fr", "left", "right"),
    ]
)
_CLASS = re.compile(r"-?[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in each item: steps from the item, and which of those alike."""

    steps: tuple[str, ...]
    """Tag and classes of each element below the item, down to the one that holds it."""
    number: int = 0
    """Which of several at the same steps, from 0."""
    attribute: str | None = None
    """The attribute that holds it; None for text."""


def classes(element: HtmlElement) -> list[str]:
    """Return the classes of *element* that say what it is, without states, counts and layout."""
    found = (element.get("class") or "").split()
    return [
        name
        for name in found
        if name not in _STATES and _CLASS.fullmatch(name) and not re.search(r"\d{2,}|\d$", name)
    ]


def identity(element: HtmlElement) -> str:
    """Return the id of *element* as ``#name`` where it names a part of the page, else nothing."""
    found = element.get("id") or ""
    return f"#{found}" if _CLASS.fullmatch(found) and not re.search(r"\d{3,}", found) else ""


def step_to(element: HtmlElement) -> str:
    """Return tag and classes of *element*, ``li.row``, the same for all that look alike."""
    return ".".join([str(element.tag), *sorted(classes(element))])


def steps_between(item: HtmlElement, inner: HtmlElement) -> tuple[str, ...]:
    """Return the steps that lead down from *item* to *inner*, none when they are the same."""
    steps: list[str] = []
    while inner is not item:
        steps.append(step_to(inner))
        inner = inner.getparent()
    return tuple(reversed(steps))


def title_of(anchor: HtmlElement) -> str:
    """Return what *anchor* is called: its text, or the whole title where the text is cut."""
    text = text_in(anchor)
    whole = normalise((anchor.get("title") or "")[:MAX_TITLE])
    return whole if len(whole) > len(text) else text


def text_in(element: HtmlElement) -> str:
    """Return the beginning of the text of *element*, normalised; one never closed holds a page."""
    return normalise("".join(islice(element.itertext(), MAX_PIECES))[:MAX_TITLE])


def marks(element: HtmlElement) -> list[str]:
    """Return selectors that *element* alone suggests: its id, its classes, its tag at the end."""
    tag = str(element.tag)
    named = (f"{tag}.{name}" for name in classes(element))
    return [*filter(None, [identity(element)]), *named, tag]
