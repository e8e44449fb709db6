"""Addresses that a page or its site names: feeds, sitemaps, lists behind its script. Pure."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.parsers.page import web_address
from crawler.records import FetchedPage
from crawler.suggesting.elements import text_in

MAX_OF_A_KIND = 3
"""Addresses of one kind that are asked; a page that declares more is a catalogue of feeds."""
RECORDS_PER_PAGE = 45
"""Entries asked of a list behind a script; three of the usual pages of 15."""
_FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
)
_FEED_WORDS = re.compile(
    r"(?i)^\W*(?:rss|atom|feed|订阅|rss\s?订阅|订阅本栏|信息订阅|xml)(?:源|中心)?\W*$"
)
_USUAL = ("/sitemap.xml", "/feed", "/rss.xml", "/atom.xml")
_SITEMAP_LINE = re.compile(r"(?im)^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2048})")
_ENDPOINT = re.compile(r"""["'(=]([^"'()\s<>]{0,200}dataproxy\.jsp\?[^"'()\s<>]{1,400})""")
_COMMENTS = re.compile(r"(?i)comment|评论")


def feeds(root: HtmlElement, page: FetchedPage) -> list[str]:
    """Return the feeds that *page* declares or links to, those of comments last."""
    found: dict[str, bool] = {}
    for link in root.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").lower().partition(";")[0].strip()
        if "alternate" in rel and kind in _FEED_TYPES:
            about = f"{link.get('title') or ''} {link.get('href') or ''}"
            _note(found, link.get("href"), page, last=bool(_COMMENTS.search(about)))
    for anchor in root.iter("a"):
        words = (text_in(anchor), anchor.get("title") or "")
        if any(_FEED_WORDS.match(word) for word in words):
            _note(found, anchor.get("href"), page, last=False)
    return sorted(found, key=lambda url: found[url])[:MAX_OF_A_KIND]


def _note(found: dict[str, bool], href: str | None, page: FetchedPage, *, last: bool) -> None:
    address = web_address(href, page.url)
    if address and address != page.url:
        found.setdefault(address, last)


def sitemaps(robots: str, base: str) -> list[str]:
    """Return the sitemaps that the text of a robots.txt names."""
    named = (web_address(found, base) for found in _SITEMAP_LINE.findall(robots))
    return list(dict.fromkeys(url for url in named if url))[:MAX_OF_A_KIND]


def usual(base: str) -> list[str]:
    """Return where feeds and sitemaps stand on many sites."""
    return [urljoin(base, path) for path in _USUAL]


def endpoints(text: str, base: str) -> list[str]:
    """Return the jpage-style lists that the script of a page asks for, from their beginning."""
    found = (_from_the_start(unescape(one), base) for one in _ENDPOINT.findall(text))
    return list(dict.fromkeys(url for url in found if url))[:MAX_OF_A_KIND]


def _from_the_start(written: str, base: str) -> str | None:
    address = web_address(written, base)
    if address is None:
        return None
    parts = urlsplit(address)
    asked = dict(parse_qsl(parts.query))
    # The page number of the paging and the range of the data are two ways to ask for the same.
    asked.pop("page", None)
    asked |= {
        "startrecord": "1",
        "endrecord": str(RECORDS_PER_PAGE),
        "perpage": str(asked.get("perpage", "15")),
    }
    return parts._replace(query=urlencode(asked)).geturl()


def robots_address(url: str) -> str:
    """Return where the robots.txt of the site of *url* stands."""
    return urljoin(url, "/robots.txt")


def addresses(root: HtmlElement, text: str, robots: str, page: FetchedPage) -> Iterator[str]:
    """Yield what is worth asking for, the most telling first; an address may come twice."""
    yield from feeds(root, page)
    yield from endpoints(text, page.url)
    yield from sitemaps(robots, page.url)
    yield from usual(page.url)
