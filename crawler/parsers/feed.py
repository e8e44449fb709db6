"""RSS 0.9 to 2.0 and Atom feeds. Read strictly first: a cut-off feed gives no half posts. Pure."""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element

from core.text import normalise
from crawler.parsers import entries, xml
from crawler.parsers import page as pages
from crawler.parsers.entries import Entry
from crawler.parsers.page import MAX_ITEMS, ParseError, ParseResult
from crawler.records import Defect, FetchedPage, Link, ParsedPost
from crawler.sources import Source
from crawler.times import Told, read_time

_WHAT = "订阅源"
_ITEMS = {"rss": "item", "RDF": "item", "feed": "entry"}
_PUBLISHED = ("published", "updated", "created")
_CHANGED = ("updated", "published", "created")
_SHOWN = {
    "item": ("title", "link", "guid", "pubDate", "date", "description", "encoded"),
    "entry": ("title", "link", "id", "published", "updated", "summary", "content"),
}


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a feed, at most its first ``MAX_ITEMS``; with ``source.detail`` links.

    An entry told twice is one post, as it was changed last. Raises ``ParseError`` for anything
    that is not one whole, well-formed feed (see ``xml.read``), and for a DOCTYPE.
    """
    document = xml.read(page, _WHAT)
    items = _items(document.root)
    posts: list[tuple[ParsedPost, datetime | None]] = []
    links: dict[str, Link] = {}
    defects = document.defects(page, source.url)
    for number, entry in enumerate(entries.read(document.root, items[:MAX_ITEMS], page.url), 1):
        post = _post(entry, page, source)
        if reason := _lacking(post, source):
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, reason, page.fetched_at))
        elif source.detail and post.url:
            links.setdefault(post.url, Link(post.url, entry.title or None, post.published_at))
        else:
            changed = _time(entry, _CHANGED, page, source)
            posts.append((post, changed.moment if changed else None))
    defects += pages.over_limit(page, source.url, len(items))
    return ParseResult(latest(posts), tuple(links.values()), defects=tuple(defects))


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return how many entries there are, and how many of them tell each of the usual elements."""
    del source
    root = xml.read(page, _WHAT).root
    items, name = _items(root), _ITEMS[xml.local(root)]
    return {name: len(items)} | xml.hits(items, _SHOWN[name])


def latest(posts: Iterable[tuple[ParsedPost, datetime | None]]) -> tuple[ParsedPost, ...]:
    """Return one post for each id, in the order in which the ids first come.

    *posts* come with the moment of their last change. Of two with the same id the later stays;
    one without a moment never takes the place of one with it, and among equals the last stays.
    """
    kept: dict[str, tuple[ParsedPost, datetime | None]] = {}
    for post, changed in posts:
        before = kept.get(post.post_id, (post, None))[1]
        if before is None or (changed is not None and changed >= before):
            kept[post.post_id] = (post, changed)
    return tuple(post for post, _ in kept.values())


def canonical_id(address: str) -> str:
    """Return an address that serves as an id, without a fragment that names nothing on the page.

    ``#top`` and ``#comments`` are how readers arrive; ``#reply-12`` is another post.
    """
    place, _, fragment = address.strip().partition("#")
    return address.strip() if re.search(r"\d", fragment) else place


def _items(root: Element) -> list[Element]:
    name = _ITEMS.get(xml.local(root))
    if name is None:
        raise ParseError("返回的 XML 不是 RSS 或 Atom")
    parents = (root, *xml.children(root, "channel"))
    return [item for parent in parents for item in xml.children(parent, name)]


def _lacking(post: ParsedPost, source: Source) -> str | None:
    """Return what an entry lacks to be of use."""
    if source.detail:
        return None if post.url else "条目没有可用的链接"
    return None if normalise(post.text) else "条目没有文字"


def _time(entry: Entry, names: Iterable[str], page: FetchedPage, source: Source) -> Told | None:
    written = (entry.times[name] for name in names if name in entry.times)
    read = (read_time(one, zone=source.time_zone, fetched_at=page.fetched_at) for one in written)
    return next(filter(None, read), None)


def _id(entry: Entry, text: str) -> str:
    if entry.id:
        return canonical_id(entry.id) if entry.permalink else entry.id
    return canonical_id(entry.link) or hashlib.sha256(text.encode()).hexdigest()[:24]


def _post(entry: Entry, page: FetchedPage, source: Source) -> ParsedPost:
    text = pages.joined(entry.title, entry.body)
    told = _time(entry, _PUBLISHED, page, source)
    return ParsedPost(
        source=source.name,
        post_id=_id(entry, text),
        url=pages.web_address(entry.link, page.url),
        published_at=told.moment if told else None,
        channel=source.channel,
        text=text,
        author=entry.author or None,
        issuer=source.issuer,
        zone_assumed=bool(told and told.zone_assumed),
        day_only=bool(told and told.day_only),
    )
