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
"""Name in ``sources.toml`` -> the parser; each raises ``ParseError`` for a page of another kind."""

__all__ = ["PARSERS", "ParseError", "ParseResult", "Parser"]
