"""Parsers: pure functions from a fetched page to posts. One module, one kind of page."""

from collections.abc import Callable

from crawler.parsers import feed, jsonlist, listing
from crawler.parsers.page import ParseError, ParseResult
from crawler.records import FetchedPage
from crawler.sources import Source

Parser = Callable[[FetchedPage, Source], ParseResult]

PARSERS: dict[str, Parser] = {
    "feed": feed.parse,
    "listing": listing.parse,
    "jsonlist": jsonlist.parse,
}
"""``parser`` of a source -> how the page that it names is read.

Each raises ``ParseError`` for a page of another kind. With ``source.detail`` set, they give links
to follow in place of posts.
"""

DETAILS: dict[str, Parser] = {
    "selectors": listing.parse_detail,
}
"""``detail`` of a source -> how the pages behind its links are read."""


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Read *page* by the parser that its place in the source calls for."""
    if page.link is not None and source.detail:
        return DETAILS[source.detail](page, source)
    return PARSERS[source.parser](page, source)


__all__ = ["DETAILS", "PARSERS", "ParseError", "ParseResult", "Parser", "parse"]
