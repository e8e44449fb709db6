"""Parsers: pure functions from a fetched page to posts. One module, one kind of page."""

from collections.abc import Callable

from crawler.parsers import (
    article,
    cap,
    feed,
    jsonfeed,
    jsonlist,
    listing,
    sitemap,
    thread,
    wechat,
    weibo,
)
from crawler.parsers.page import ParseError, ParseResult
from crawler.records import FetchedPage
from crawler.sources import Source

Parser = Callable[[FetchedPage, Source], ParseResult]
Hits = Callable[[FetchedPage, Source], dict[str, int]]

PARSERS: dict[str, Parser] = {
    "feed": feed.parse,
    "jsonfeed": jsonfeed.parse,
    "sitemap": sitemap.parse,
    "listing": listing.parse,
    "jsonlist": jsonlist.parse,
    "weibo": weibo.parse,
    "article": article.parse,
    "thread": thread.parse,
    "cap": cap.parse,
}
"""``parser`` of a source -> how the page that it names is read.

Each raises ``ParseError`` for a page of another kind. With ``source.detail`` set, they give links
to follow in place of posts.
"""

DETAILS: dict[str, Parser] = {
    "selectors": listing.parse_detail,
    "article": article.parse,
    "thread": thread.parse,
}
"""``detail`` of a source -> how the pages behind its links are read."""

FILES: dict[str, Parser] = {
    "wechat": wechat.parse,
    "cap": cap.parse,
}
"""Kind of a page that somebody saved as a file -> how it is read."""

HITS: dict[str, Hits] = {
    "feed": feed.hits,
    "jsonfeed": jsonfeed.hits,
    "sitemap": sitemap.hits,
    "listing": listing.hits,
    "selectors": listing.hits_detail,
    "article": article.hits,
    "thread": thread.hits,
    "jsonlist": jsonlist.hits,
    "weibo": weibo.hits,
    "cap": cap.hits,
}
"""``parser`` or ``detail`` -> how many values each of its selectors or elements finds on a page.

Each raises ``ParseError`` for a page of another kind.
"""


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Read *page* by the parser that its place in the source calls for."""
    if page.link is not None and source.detail:
        return DETAILS[source.detail](page, source)
    return PARSERS[source.parser](page, source)


__all__ = [
    "DETAILS",
    "FILES",
    "HITS",
    "PARSERS",
    "Hits",
    "ParseError",
    "ParseResult",
    "Parser",
    "parse",
]
