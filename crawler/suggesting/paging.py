"""What leads from a list to its next page. Pure."""

import re
from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

from core.text import normalise
from crawler.parsers.css import CssPage
from crawler.parsers.page import ParseError
from crawler.parsers.selectors import Row, Selector, selector
from crawler.suggesting.elements import classes, identity, marks, text_in

_NEXT = re.compile(r"(?i)(?:下一?页|后一?页|next(?: page)?|[>›»]{1,2})\W*")
_PLAIN_TITLE = re.compile(r"[\w ]{1,30}")


def next_of(root: HtmlElement, built: CssPage) -> str | None:
    """Return what leads to the next page; none for paging that a script makes."""
    for anchor in root.iter("a"):
        href = (anchor.get("href") or "").strip()
        if not _NEXT.fullmatch(_words(anchor)) or not href or href.startswith(("#", "javascript:")):
            continue
        for css in _next_candidates(anchor):
            if _first(built, selector("next", css).reading("href")) == normalise(href):
                return css
    return None


def _first(built: CssPage, field: Selector) -> str | None:
    try:
        row: Row = built.row([field])
    except ParseError:
        return None
    return normalise(row[field.key][0]) if field.key in row else None


def _words(anchor: HtmlElement) -> str:
    """Return the text of *anchor*, or what its picture stands for."""
    text = text_in(anchor)
    return text or next((normalise(image.get("alt") or "") for image in anchor.iter("img")), "")


def _next_candidates(anchor: HtmlElement) -> Iterator[str]:
    if anchor.get("rel") == "next":
        yield "a[rel=next]"
    yield from filter(None, [identity(anchor)])
    yield from (f"a.{name}" for name in classes(anchor))
    if _PLAIN_TITLE.fullmatch(title := anchor.get("title") or ""):
        yield f'a[title="{title}"]'
    # From the end: a link to the page before joins in front on the second page.
    own, above = _from_the_end(anchor), anchor.getparent()
    inner = _from_the_end(above)
    for element in (above, *islice(above.iterancestors(), 2)):
        for mark in marks(element)[:-1]:
            yield f"{mark} > {own}"
            yield f"{mark} > {inner} a"
    yield f"{above.tag} > {own}"


def _from_the_end(element: HtmlElement) -> str:
    number = sum(1 for _ in element.itersiblings()) + 1
    position = "last-child" if number == 1 else f"nth-last-child({number})"
    return f"{element.tag}:{position}"
