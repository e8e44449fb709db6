"""The entries of a feed as feedparser reads them, from a copy that holds only what we read. Pure.

feedparser knows the many names that RSS and Atom have for one thing. It is not made for hostile
feeds: repeated categories or foreign namespaces cost it a time that grows with their square. So
it gets a small, well-formed feed written by us.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element, SubElement, tostring

from crawler.parsers import page as pages
from crawler.parsers import xml
from crawler.parsers.page import ParseError

MAX_PARTS = 100
"""Elements of one entry that are read; a full one has some 15."""
MAX_MARKUP = 400_000
"""Characters of HTML read for one title or content; a text itself ends at 20,000."""

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_EXTENSIONS = (
    "http://purl.org/rss/1.0/modules/content/",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/dc/terms/",
    "http://www.w3.org/2005/Atom",
)
"""Namespaces of what is read of an entry beside its own."""
_WORDS = frozenset(["title", "description", "summary", "content", "encoded"])
_PARTS = _WORDS.union(
    ["guid", "id", "link", "author", "creator"],
    ["pubDate", "date", "published", "issued", "updated", "modified", "created"],
)
"""Local names of what is read of an entry."""

# expat reports every escaped character in a call of its own, and feedparser takes 4 µs for each.
# These are noncharacters, which Unicode (23.7) leaves to programs for their own use.
_HIDDEN = str.maketrans("<>&", "\ufdd0\ufdd1\ufdd2")
_SHOWN = str.maketrans("\ufdd0\ufdd1\ufdd2", "<>&")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; what it does not tell is empty."""

    id: str
    permalink: bool
    """Whether the id is an address of the entry."""
    link: str
    """Absolute, not yet judged."""
    title: str
    body: str
    author: str
    times: dict[str, str]
    """``published``, ``updated``, ``created`` as they are written, those that are told."""


def read(root: Element, items: Iterable[Element], url: str) -> Iterator[Entry]:
    """Yield an entry for each of *items*, which lie in the feed *root*; *url* is its address."""
    import feedparser

    parsed = feedparser.parse(
        _copied(root, items, url),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        # Only the text is kept, and to take that from HTML is our own `text_of`'s work.
        sanitize_html=False,
    )
    if parsed.bozo:
        raise ParseError("订阅源的 XML 无法读取")
    atom = parsed.version.startswith("atom")
    return (_entry(entry, atom=atom) for entry in parsed.entries)


def _copied(root: Element, items: Iterable[Element], url: str) -> bytes:
    feed = Element(root.tag, _without_base(root))
    channel = next(xml.children(root, "channel"), None)
    base = _based(channel, _based(root, url))
    holder = feed if channel is None else SubElement(feed, channel.tag)
    holder.extend(_copied_item(item, base) for item in items)
    written: bytes = tostring(feed, "utf-8")
    return written


def _copied_item(item: Element, base: str) -> Element:
    base = _based(item, base)
    known = {xml.namespace(item), *_EXTENSIONS}
    copied = Element(item.tag, _without_base(item))
    parts = (p for p in item if xml.local(p) in _PARTS and xml.namespace(p) in known)
    for part in islice(parts, MAX_PARTS):
        name = xml.local(part)
        if name == "link":
            _make_absolute(part, _based(part, base))
        elif name == "author":
            part[:] = islice(xml.children(part, "name"), 1)
        elif name in _WORDS:
            _flatten(part)
        part.attrib.pop(_BASE, None)
        copied.append(part)
    return copied


def _without_base(element: Element) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name != _BASE}


def _based(element: Element | None, base: str) -> str:
    """Return the address that relative ones in *element* begin from."""
    told = None if element is None else element.get(_BASE)
    try:
        return urljoin(base, told) if told else base
    except ValueError:
        return base


def _make_absolute(link: Element, base: str) -> None:
    """Write the address of *link* in full; one that is blank or broken goes."""
    told = (link.get("href") or link.text or "").strip()
    try:
        address = urljoin(base, told) if told else ""
    except ValueError:
        address = ""
    if "href" in link.attrib:
        link.set("href", address)
    else:
        link.text = address


def _flatten(part: Element) -> None:
    """Write the XHTML inside *part* as HTML, whatever namespaces it comes with, and hide it all."""
    for inner in islice(part.iter(), 1, None):
        inner.tag = xml.local(inner)
        inner.attrib.clear()
    if len(part):
        part.set("type", "html")
    inside = (tostring(child, "unicode", method="html") for child in part)
    part.text = ((part.text or "") + "".join(inside))[:MAX_MARKUP].translate(_HIDDEN)
    part[:] = []


def _entry(entry: Any, *, atom: bool) -> Entry:
    bodies = (*(entry.get("content") or ()), entry.get("summary_detail") or {})
    told, link = (entry.get("id") or "").strip(), entry.get("link") or ""
    return Entry(
        id=told,
        permalink=bool(entry.get("guidislink")) and "://" in told,
        # feedparser takes any id for a link where there is none.
        link=link if link != told or "://" in link else "",
        title=_words(entry.get("title_detail") or {}, atom=atom),
        body=next(filter(None, (_words(one, atom=atom) for one in bodies)), ""),
        author=(entry.get("author_detail") or {}).get("name") or entry.get("author") or "",
        # feedparser's own get() warns where `updated` is absent.
        times={n: t for n in ("published", "updated", "created") if (t := dict.get(entry, n))},
    )


def _words(detail: Any, *, atom: bool) -> str:
    """Return a title or content as text. Atom says whether it is HTML; in RSS it always may be."""
    value = str(detail.get("value") or "").translate(_SHOWN)
    return value if atom and detail.get("type") == "text/plain" else pages.text_of(value)
