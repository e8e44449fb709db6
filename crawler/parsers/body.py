"""Where the text of an article stands on its page, without what stands around it. Pure.

trafilatura first; our own rules where it finds nothing, or takes navigation for text. It reads two
of the four unruly pages in ``tests/crawler/golden/article`` cleanly.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from lxml import etree

from crawler.parsers import lines
from crawler.parsers.bounds import empty, libxml_tree
from crawler.parsers.page import text_of

MAX_ELEMENTS = 3_000
"""Elements of a page that trafilatura is given: with three times as many it took 0.4 s."""
MAX_CHARACTERS = 500_000
"""Characters of such a page."""
MAX_LINES = 200
"""Lines of a text that are compared with the links of its page."""
SHORTEST = 8
"""Letters of a text; the shortest notices have some 20."""

_CUT_AWAY = (
    *("script", "style", "noscript", "template", "iframe", "form", "select", "button", "nav"),
    *("footer", "aside", "object", "svg"),
)
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
# Names of ids and classes: whole words, so that neither TRS_Editor nor hotel is one of them.
_AROUND = re.compile(
    r"(?<![a-z])(?:nav|menu|foot|footer|copyright|share|crumbs?|breadcrumbs?|position|recommend"
    r"|related|comments?|sidebar|aside|hot|rank|login|pager|pagination|friendlink|toolbar|print"
    r"|statement|tags|qrcode|prev|next|near)(?![a-z])",
    re.IGNORECASE,
)
# What the programs of Chinese sites call the element that holds the text.
_HOLDS_TEXT = re.compile(
    r"zoom|ucap-?content|trs_(?:ue)?editor(?:_view)?|article[-_]?(?:content|body|text)|artibody"
    r"|news[-_]?(?:content|body|text)|con_?text|content[-_]?text|pages_content|vsb_content"
    r"|v_news_content|detail[-_]?content|bt[-_]content",
    re.IGNORECASE,
)
_PHRASES = frozenset(
    ["b", "big", "em", "font", "i", "label", "s", "small", "span", "strong", "sub", "sup", "u"]
)
_PARAGRAPHS = frozenset(
    ["p", "li", "dd", "dt", "blockquote", "pre", "h2", "h3", "h4", "h5", "h6", "center"]
)
_LETTERS = re.compile(r"[^\W_]")
_SENTENCE = re.compile(r"[。！？；，]")


def body_of(text: str, *, title: str) -> str:
    """Return the text of the article on the page *text*, empty when the page holds none.

    *title* and lines about the article (its source, its editors, buttons) are left out. Raises
    ``ParseError`` for absurdly much markup.
    """
    root = libxml_tree(text)
    links = {lines.squeezed("".join(a.itertext())) for a in root.iter("a")} - {""}
    found = lines.of_text(_by_trafilatura(text, root), title=title)
    clean = _without_navigation(found, links)
    if len(clean) == len(found) and _letters("".join(clean)) >= SHORTEST:
        return "\n".join(clean)
    ours = _without_navigation(lines.of_text(_by_density(root), title=title), links)
    return "\n".join(ours if _letters("".join(ours)) >= SHORTEST else clean)


def _without_navigation(found: list[str], links: set[str]) -> list[str]:
    around = {line for line in found[:MAX_LINES] if lines.is_navigation(line, links)}
    return [line for line in found if line not in around]


def _by_trafilatura(text: str, root: Any) -> str:
    if len(text) > MAX_CHARACTERS or sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        return ""
    import trafilatura

    # It tells what it throws away, and that can name people.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found = trafilatura.extract(
            libxml_tree(text),
            fast=True,
            favor_precision=True,
            include_comments=False,
            include_tables=True,
        )
    # Nothing was raised on 3,000 pages of random markup; these are what its code does not catch
    # itself where it walks trees that libxml2 had to guess.
    except (etree.LxmlError, AttributeError, LookupError, RecursionError):
        return ""
    return "\n".join(" ".join(_cells(line)) for line in (found or "").split("\n"))


def _cells(line: str) -> Iterator[str]:
    """Yield what stands between the bars of a table's row; the whole of any other line."""
    if not line.startswith("|"):
        yield line.removeprefix("- ")
        return
    for cell in line.replace(r"\|", "\0").split("|"):
        if cell.strip() and set(cell) != {"-"}:
            yield cell.replace("\0", "|").strip()


def _by_density(root: Any) -> str:
    """Return the text of the densest block of *root*, which loses what stands around it."""
    for element in list(root.iter(*_CUT_AWAY)):
        empty(element)
    whole = _weights(root, linked=True)
    for element in list(root.iter("div", "ul", "ol", "p", "section", "table", "span", "h1")):
        # Some pages call the whole of themselves by such a name.
        if _is_around(element) and whole[element] * 2 < whole[root]:
            empty(element)
    best = _named(root)
    if best is None:
        best = _densest(root)
    return "" if best is None else text_of(_markup(best))


def _weights(root: Any, *, linked: bool) -> dict[Any, int]:
    """Return how many letters stand in each element, those in links only if *linked*."""
    weights: defaultdict[Any, int] = defaultdict(int)
    for element in reversed(list(root.iter())):
        if not linked and element.tag == "a":
            weights[element] = 0
        else:
            weights[element] += _letters(element.text or "")
        if (above := element.getparent()) is not None:
            weights[above] += weights[element] + _letters(element.tail or "")
    return weights


def _named(root: Any) -> Any:
    """Return the fullest element whose name says that it holds the text, None for none."""
    weights = _weights(root, linked=False)
    found = [
        element
        for element in root.iter("div", "td", "section", "article")
        if _holds_text(_names(element)) and weights[element] >= SHORTEST
    ]
    return max(found, key=lambda element: weights[element], default=None)


def _densest(root: Any) -> Any:
    """Return the element with the most sentences outside links, close below it."""
    scores: defaultdict[Any, float] = defaultdict(float)
    for element in root.iter():
        for block, told in _pieces(element):
            # Addresses, names and dates have no sentences; they make up what surrounds a text.
            weight = _letters(told) * (1 if _SENTENCE.search(told) else 0.2)
            above = block.getparent()
            if block.tag in _PARAGRAPHS and above is not None:
                block, above = above, above.getparent()  # noqa: PLW2901
            scores[block] += weight
            if above is not None:
                scores[above] += weight * 0.6
    return max(scores, key=lambda e: scores[e]) if scores else None


def _pieces(element: Any) -> Iterator[tuple[Any, str]]:
    """Yield the texts that *element* begins and is followed by, each with the block around it."""
    above = element.getparent()
    for holder, told in ((element, element.text), (above, element.tail)):
        if holder is None or not told or not told.strip() or isinstance(element.tag, str) is False:
            continue
        while holder.tag in _PHRASES and holder.tag != "a" and holder.getparent() is not None:
            holder = holder.getparent()  # noqa: PLW2901
        if holder.tag != "a":
            yield holder, told


def _is_around(element: Any) -> bool:
    names = _names(element)
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style", "")):
        return True
    return bool(_AROUND.search(names)) and not _holds_text(names)


def _names(element: Any) -> str:
    return f"{element.get('id', '')} {element.get('class', '')}"


def _holds_text(names: str) -> bool:
    return any(map(_HOLDS_TEXT.fullmatch, names.split()))


def _markup(element: Any) -> str:
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def _letters(text: str) -> int:
    return len(_LETTERS.findall(text))
