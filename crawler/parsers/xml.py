"""XML read strictly and within limits: no DOCTYPE, no entities, no connections. Pure.

Feeds, sitemaps and warnings share it. Nothing that a document points at (XInclude, stylesheets,
schemas, external entities) is ever looked up: expat only reads the characters it is given.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from crawler.parsers import page as pages
from crawler.parsers.page import ParseError
from crawler.records import Defect, FetchedPage

MAX_DEPTH = 100
MAX_NODES = 300_000
"""Elements and attributes of one document; a full sitemap (50,000 addresses) has 250,000."""

_DECLARATION = re.compile(r"^\s*<\?xml[^<>]*\?>")
_HTML = re.compile(r"\s*(?:<!--[^<>]{0,500}-->\s*)?(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE)
# XML 1.0, production 2: what no document may hold.
_NO_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
# Parts in which an ampersand stands for itself, and how each ends.
_VERBATIM = re.compile(r"<!\[CDATA\[|<!--|<\?")
_ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
# What expat calls an ampersand that begins no reference, or that of an entity which HTML knows.
_BY_AMPERSAND = {
    expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY],
}


@dataclass(frozen=True, slots=True)
class Document:
    """A whole, well-formed document."""

    root: Element
    repairs: tuple[str, ...] = ()
    """What had to be mended first, as reasons of defects."""

    def defects(self, page: FetchedPage, url: str) -> list[Defect]:
        """Return a defect for each repair; *url* is the source's own address."""
        where = pages.location(url)
        return [Defect(page.source, where, reason, page.fetched_at) for reason in self.repairs]


def read(page: FetchedPage, what: str) -> Document:
    """Return the elements of *page*; *what* is the document's Chinese name in messages.

    Characters that XML forbids are left out, and an ampersand that begins no reference is taken
    for itself, if that alone makes the document well formed; both are told in ``repairs``.
    Raises ``ParseError`` for HTML, a DOCTYPE, more than ``MAX_DEPTH`` levels or ``MAX_NODES``
    nodes, a name without its namespace, and whatever else is not one whole document.
    """
    text = pages.decoded(page)
    _refuse_others(text, what)
    text, forbidden = _NO_CHARACTER.subn("", _DECLARATION.sub("", text))
    repairs = (f"{what}含 {forbidden} 个控制字符，已去除",) if forbidden else ()
    try:
        return Document(_tree(text, what), repairs)
    except expat.ExpatError as error:
        mended = _escaped(text) if error.code in _BY_AMPERSAND else text
        if mended == text:
            raise _broken(error, what) from None
    try:
        return Document(_tree(mended, what), (*repairs, f"{what}有未转义的 &，已修复"))
    except expat.ExpatError as error:
        raise _broken(error, what) from None


def local(element: Element) -> str:
    """Return the name of *element* without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace(element: Element) -> str:
    """Return the namespace of *element*, empty for none."""
    return element.tag.rpartition("}")[0].removeprefix("{")


def children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of *element* with the local *name*, in order."""
    return (child for child in element if local(child) == name)


def told(element: Element, name: str) -> str:
    """Return the text of the first child with the local *name* that has any, else nothing."""
    texts = ("".join(child.itertext()).strip() for child in children(element, name))
    return next(filter(None, texts), "")


def hits(elements: Iterable[Element], names: Iterable[str]) -> dict[str, int]:
    """Return for each local name in how many of *elements* a child tells something by it."""
    found = dict.fromkeys(names, 0)
    for element in elements:
        present = {local(child) for child in element if child.attrib or "".join(child.itertext())}
        for name in present & found.keys():
            found[name] += 1
    return found


def _refuse_others(text: str, what: str) -> None:
    if text.lstrip()[:1] != "<":
        raise pages.nothing_found(text, f"返回的不是 XML，不是{what}")
    if _HTML.match(_DECLARATION.sub("", text)):
        raise pages.nothing_found(text, f"返回的是网页，不是{what}")


def _broken(error: expat.ExpatError, what: str) -> ParseError:
    # The message of a parser may quote the document; only the line is told.
    return ParseError(f"{what}不是完整的 XML（第 {error.lineno} 行）")


def _escaped(text: str) -> str:
    """Return *text* with every lone ampersand written ``&amp;``, in linear time."""
    parts, at = [], 0
    while verbatim := _VERBATIM.search(text, at):
        end = text.find(_ENDS[verbatim[0]], verbatim.end())
        if end < 0:
            break
        parts += [_LONE_AMPERSAND.sub("&amp;", text[at : verbatim.start()])]
        parts += [text[verbatim.start() : end]]
        at = end
    return "".join([*parts, _LONE_AMPERSAND.sub("&amp;", text[at:])])


class _Bounded:
    """Builds the tree, and stops at the limits before it has grown."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.builder = TreeBuilder()
        self.depth = self.nodes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.nodes += 1 + len(attributes)
        if self.depth > MAX_DEPTH:
            raise ParseError(f"{self.what}嵌套超过 {MAX_DEPTH} 层")
        if self.nodes > MAX_NODES:
            raise ParseError(f"{self.what}的元素超过 {MAX_NODES} 个")
        named = {_qualified(key): value for key, value in attributes.items()}
        self.builder.start(_qualified(name), named)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(_qualified(name))

    def doctype(self, *_: object) -> None:
        raise ParseError(f"{self.what}带有 DOCTYPE 或实体声明，已拒绝")


def _qualified(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _tree(text: str, what: str) -> Element:
    bounded = _Bounded(what)
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    parser.StartElementHandler = bounded.start
    parser.EndElementHandler = bounded.end
    parser.CharacterDataHandler = bounded.builder.data
    parser.StartDoctypeDeclHandler = bounded.doctype
    parser.Parse(text.encode(), True)  # noqa: FBT003  the C function takes no keywords
    return bounded.builder.close()
