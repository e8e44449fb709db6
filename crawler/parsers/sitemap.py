"""Sitemaps and news sitemaps, packed or not: addresses of pages, with when they changed. Pure.

Source: https://www.sitemaps.org/protocol.html, and Google's sitemap-news/0.9 extension.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from crawler.parsers import page as pages
from crawler.parsers import xml
from crawler.parsers.page import MAX_ITEMS, ParseError, ParseResult
from crawler.records import Defect, FetchedPage, Link
from crawler.sources import Source
from crawler.times import Told, read_time
from crawler.unpacking import UnpackError, gunzip

_WHAT = "站点地图"
_GZIP = b"\x1f\x8b"
_INDEX = "sitemapindex"
_ENTRIES = {"urlset": "url", _INDEX: "sitemap"}
_SHOWN = ("loc", "lastmod")
_SHOWN_OF_NEWS = ("publication_date", "title")
_BEYOND = {
    True: "个站点地图也列在索引中，未读取",
    False: f"个链接超出 {MAX_ITEMS} 个的上限，未跟随",
}
_DAY = timedelta(days=1)
_UNDATED = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Place:
    """One address as the map tells it."""

    url: str
    title: str | None
    told_at: datetime | None


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the links of a sitemap, newest first, at most ``MAX_ITEMS``; the undated come last.

    Links older than ``source.max_age_days`` are left out; so are those to other hosts, those that
    may not be visited and those beyond the limit, which defects count. A time in the future tells
    nothing. Of an index the sitemaps that changed last are further pages, as many as the source's
    ``max_pages`` leaves room for (so at least 2). How many others may hold new links is told by a
    defect.

    Raises ``ParseError`` for anything that is not one whole sitemap (see ``xml.read``), and for
    a packed one that is cut off, damaged or too large.
    """
    document = xml.read(_unpacked(page), _WHAT)
    index = xml.local(document.root) == _INDEX
    places = _newest_first(_recent(document.root, page, source))
    hosts = {None, _host(page.url), _host(source.url)}
    own = [place for place in places if _host(place.url) in hosts]
    most = max(1, source.max_pages - 1) if index else MAX_ITEMS
    links, read = _links(own, page, most=most)
    counted = {
        "个链接指向其他网站，未跟随": len(places) - len(own),
        "个链接的地址不可用": read - len(links),
        _BEYOND[index]: len(own) - read,
    }
    where = pages.location(source.url)
    defects = document.defects(page, source.url) + [
        Defect(source.name, where, f"{count} {reason}", page.fetched_at)
        for reason, count in counted.items()
        if count
    ]
    if index:
        following = tuple(link.url for link in links)
        return ParseResult(pages=following, defects=tuple(defects))
    return ParseResult(links=links, defects=tuple(defects))


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return how many addresses there are, and how many of them come with which elements."""
    del source
    root = xml.read(_unpacked(page), _WHAT).root
    entries = _entries(root)
    news = [one for entry in entries for one in xml.children(entry, "news")]
    counted = {_ENTRIES[xml.local(root)]: len(entries)}
    return counted | xml.hits(entries, _SHOWN) | xml.hits(news, _SHOWN_OF_NEWS)


def _unpacked(page: FetchedPage) -> FetchedPage:
    """Return *page* with its characters; a name ending in .gz says nothing, the bytes do."""
    if page.body[:2] != _GZIP:
        return page
    try:
        return replace(page, body=gunzip(page.body))
    except UnpackError as error:
        raise ParseError(f"{_WHAT}的{error.reason}") from None


def _entries(root: Element) -> list[Element]:
    name = _ENTRIES.get(xml.local(root))
    if name is None:
        raise ParseError(f"返回的 XML 不是{_WHAT}")
    return list(xml.children(root, name))


def _recent(root: Element, page: FetchedPage, source: Source) -> Iterator[_Place]:
    """Yield what is not known to be too old, in the map's order."""
    oldest = page.fetched_at - timedelta(days=source.max_age_days)
    read: dict[str, Told | None] = {}
    for entry in _entries(root):
        news = next(xml.children(entry, "news"), None)
        written = (news is not None and xml.told(news, "publication_date")) or xml.told(
            entry, "lastmod"
        )
        if written not in read:
            # Many maps give one time to thousands of addresses.
            read[written] = read_time(written, zone=source.time_zone, fetched_at=page.fetched_at)
        told = read[written]
        if told and told.moment > page.fetched_at:
            told = None
        ends_later = _DAY if len(written) == len("2031-06-17") else timedelta()
        if told and told.moment + ends_later < oldest:
            continue
        title = xml.told(news, "title") if news is not None else ""
        yield _Place(xml.told(entry, "loc"), title or None, told.moment if told else None)


def _newest_first(places: Iterator[_Place]) -> list[_Place]:
    """Return *places*, each address once; those of the same moment stay in the map's order."""
    kept: dict[str, _Place] = {}
    for place in sorted(places, key=lambda place: place.told_at or _UNDATED, reverse=True):
        kept.setdefault(place.url, place)
    return list(kept.values())


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _links(
    places: Sequence[_Place], page: FetchedPage, *, most: int
) -> tuple[tuple[Link, ...], int]:
    """Return links to the first *most* places that may be visited, and how many were looked at."""
    links: list[Link] = []
    for number, place in enumerate(places):
        if len(links) == most:
            return tuple(links), number
        if (url := pages.web_address(place.url, page.url)) and url != page.url:
            links.append(Link(url, place.title, place.told_at))
    return tuple(links), len(places)
