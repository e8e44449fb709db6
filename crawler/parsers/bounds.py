"""How much markup a parser is given: what a small page can do to one is bounded here. Pure.

Measured in November 2026 with selectolax 1.0 (lexbor) and lxml 6.1 (libxml2 2.14): 20 kB of
formatting elements that no paragraph closes become 2 million nodes and 810 MB in lexbor, as the
HTML standard wants it; 440 kB of attributes in one tag take lexbor 7 s and libxml2 18 s; 200,000
nested ``div`` take lexbor 84 s. libxml2 stops at 255 levels and builds no node twice, so what is
not modest goes through it first, and only what it has levelled reaches lexbor.
"""

import re
from math import isqrt

import lxml.html
from lxml import etree
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from crawler.parsers.page import ATTRIBUTE, ParseError

MAX_TAGS = 200_000
"""Tags of one page; the largest list pages seen have some 10,000."""
MAX_ELEMENTS = 20_000
"""Elements of a page that XPath is asked of: its unions take time in the square of them."""
MAX_LEVELS = 64
"""Levels of nesting that selectors see; pages of government sites have 15 to 30."""

_MODEST_TAGS = 5_000
_MODEST_CHARACTERS = 32_768
_MODEST_OPENED = 1_000
_MODEST_REBUILT = 100_000
_MODEST_TRIES = 300_000_000
_FORMATTING = (
    *("b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"),
)
_BLOCKS = (
    *("p", "div", "ul", "ol", "li", "dl", "dd", "dt", "table", "tr", "td", "form", "center"),
    *("blockquote", "pre", "section", "article", "hr", "h1", "h2", "h3", "h4", "h5", "h6"),
)
# Read by rules of their own, which differ inside svg and math; nothing in them is text.
_OTHERWISE = (
    *("script", "style", "svg", "math", "template", "iframe", "noembed", "noframes", "noscript"),
    *("xmp", "plaintext", "object", "applet", "frameset"),
)
_UNWRAPPED = "unwrapped"
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Only those with attributes can pile up: of equal ones the standard keeps three. Spelt out,
# because a search that ignores case takes seven times as long.
_FORMATTED = re.compile(
    r"<(?:[biusBIUS]|[tT][tT]|[eE][mM]|[bB][iI][gG]|[cC][oO][dD][eE]|[fF][oO][nN][tT]"
    r"|[nN][oO][bB][rR]|[sS](?:[mM][aA][lL][lL]|[tT][rR](?:[oO][nN][gG]|[iI][kK][eE])))[\s/]"
)
# A name without "<", and an end to it: of <a<a<a nothing is tried again and again.
_MANY_ATTRIBUTES = re.compile(
    rf"(<[a-zA-Z][^\s/><]*+(?=[\s/])(?:[\s/]*+{ATTRIBUTE}){{100}})(?:[\s/]*+{ATTRIBUTE})*+"
)
# If there is an element at some level, there is a first child at that level.
_TOO_DEEP = " > ".join([*["*"] * MAX_LEVELS, ":first-child"])


def lexbor_tree(text: str, *, steps: int = 4) -> LexborHTMLParser:
    """Return the tree that browsers build of *text*, fit for selectors of so many *steps*.

    Raises ``ParseError`` for more than ``MAX_TAGS`` tags.
    """
    opened = _opened(text)
    if opened is not None:
        tree = _tree(text)
        # lexbor tries every ancestor for every step: where three steps are not found, 200 levels
        # take it a quarter of a second, and where four are not, 8 s.
        if opened**steps < _MODEST_TRIES or tree.css_first(_TOO_DEEP) is None:
            return tree
    root = _libxml_tree(text)
    _level(root, isqrt(20_000_000 // _elements(root)))
    _simplify(root)
    return _tree(etree.tostring(root, encoding="unicode", method="html"))


def libxml_tree(text: str) -> lxml.html.HtmlElement:
    """Return the tree that libxml2 builds of *text*, at most ``MAX_LEVELS`` deep, for XPath.

    Raises ``ParseError`` for more than ``MAX_ELEMENTS`` elements.
    """
    root = _libxml_tree(text)
    if (elements := _elements(root)) > MAX_ELEMENTS:
        raise ParseError(f"页面元素超过 {MAX_ELEMENTS} 个")
    # ``//div//a`` took 0.37 ns for every level and pair of elements.
    _level(root, max(12, 2_500_000_000 // elements**2))
    return root


def _tree(text: str) -> LexborHTMLParser:
    # Bytes, as lexbor stumbles over half characters and is 10 % faster.
    data = text.encode("utf-8", "replace")
    return LexborHTMLParser(data, options=LexborDocumentOptions.WO_EVENTS)


def empty(element: lxml.html.HtmlElement) -> None:
    """Take away all that is in *element*, and its attributes; what follows it stays.

    Taking the element itself away fails where a control character stands behind it.
    """
    element.clear(keep_tail=True)


def _opened(text: str) -> int | None:
    """Return at most how many tags *text* opens, None if it can cost far more than its length."""
    opened = text.count("<")
    if opened > _MODEST_TAGS:
        return None
    if opened > _MODEST_OPENED:
        opened -= text.count("</")
    # Every formatting element left open is built again in every block that follows. Counting them
    # is the dearest check here, and few tags cannot multiply to much.
    if opened > _MODEST_OPENED and len(_FORMATTED.findall(text)) * opened > _MODEST_REBUILT:
        return None
    if len(text) > _MODEST_CHARACTERS and _MANY_ATTRIBUTES.search(text):
        return None
    return opened


def _libxml_tree(text: str) -> lxml.html.HtmlElement:
    if text.count("<") > MAX_TAGS:
        raise ParseError(f"页面标签超过 {MAX_TAGS} 个")
    data = _MANY_ATTRIBUTES.sub(r"\1", text).replace("\0", "").encode("utf-8", "replace")
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(data, parser=parser)
    except etree.ParserError:  # a page of comments alone, or of nothing
        return lxml.html.document_fromstring("<html><body></body></html>")


def _elements(root: lxml.html.HtmlElement) -> int:
    return sum(1 for _ in root.iter())


def _level(root: lxml.html.HtmlElement, most: int) -> None:
    """Make text of everything below the level *most*, but never below ``MAX_LEVELS``."""
    level = [root]
    for _ in range(min(most, MAX_LEVELS) - 1):
        level = [child for element in level for child in element]
    for element in level:
        if len(element):
            etree.strip_elements(element, "script", "style", with_tail=False)
            element.text, element[:] = _NO_XML.sub("", "".join(element.itertext())), []


def _simplify(root: lxml.html.HtmlElement) -> None:
    """Take away what lexbor would read as another tree than libxml2, and build again and again."""
    etree.strip_elements(root, *_OTHERWISE, with_tail=False)
    for element in list(root.iter(*_FORMATTING)):
        if next(element.iter(*_BLOCKS), None) is not None:
            element.tag = _UNWRAPPED
    etree.strip_tags(root, _UNWRAPPED)
