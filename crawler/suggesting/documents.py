"""What kind of document an address gave, and how a list inside JSON would be read. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.clock import BEIJING
from crawler.parsers import json
from crawler.parsers.page import ParseError, decoded, web_address
from crawler.records import FetchedPage
from crawler.sources import DetailName, ParserName
from crawler.suggesting.proposal import Ground, Proposal
from crawler.times import read_time
from crawler.unpacking import UnpackError, gunzip

MAX_DEPTH = 5
"""Levels of a JSON document searched for its list."""
MAX_LOOKED_AT = 30
"""Entries of a list by which its keys are judged."""
_HEAD = 4_096
_NAMESPACED = r"(?:[\w.-]{1,30}:)?"
_ROOTS: tuple[tuple[re.Pattern[str], ParserName], ...] = (
    (re.compile(rf"<{_NAMESPACED}(?:rss|feed|RDF)[\s>/]"), "feed"),
    (re.compile(rf"<{_NAMESPACED}(?:urlset|sitemapindex)[\s>/]"), "sitemap"),
    (re.compile(rf"<{_NAMESPACED}alert[\s>/]"), "cap"),
)
_INDEX = re.compile(rf"<{_NAMESPACED}sitemapindex[\s>/]")
_DATED = re.compile(r"publication_date>|<lastmod>")
_GZIP = b"\x1f\x8b"
_PROLOGUE = re.compile(r"\s*(?:<\?[^<>]*\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_IDS = (
    "id",
    "mid",
    "tid",
    "aid",
    "docid",
    "guid",
    "uuid",
    "idstr",
    "newsid",
    "articleid",
    "contentid",
)
_TIMES = re.compile(r"time|date|created|publish|pub|fbsj|dateline|cwrq|(?:^|_)at$", re.IGNORECASE)
_URLS = re.compile(r"url|link|href", re.IGNORECASE)
_TITLES = re.compile(r"title|subject|headline|bt$", re.IGNORECASE)
_TEXTS = re.compile(r"content|text|body|message|nr$", re.IGNORECASE)
_SUMMARIES = re.compile(r"summary|desc|abstract|intro|zy$", re.IGNORECASE)
_PEOPLE = re.compile(r"user|author|nick|member|owner|screen_?name|editor", re.IGNORECASE)
_AUTHORS = re.compile(
    r"^author$|^nick_?(?:name)?$|^screen_?name$|^user_?name$"
    r"|(?:user|author|member|owner)\.(?:.*name|nick)$",
    re.IGNORECASE,
)
_NEXTS = ("next", "next_url", "nextUrl", "next_page", "nextPage")
_WEIBO = frozenset({"created_at", "text", "reposts_count"})


def propose_document(page: FetchedPage) -> Proposal | None:
    """Return how a feed, sitemap or warning is read as it is, or None for anything else."""
    try:
        text = decoded(unpacked(page))
    except ParseError:
        return None
    prologue = _PROLOGUE.match(text)
    head = text[prologue.end() if prologue else 0 :][:_HEAD]
    parser = next((parser for root, parser in _ROOTS if root.match(head)), None)
    if parser is None:
        return None
    # Of an index the newest sitemap is the next page.
    pages = 2 if _INDEX.match(head) else 1
    return Proposal(_ground(parser, text), page.url, parser, max_pages=pages)


def unpacked(page: FetchedPage) -> FetchedPage:
    """Return *page* with its body unpacked, if it can be."""
    try:
        return replace(page, body=gunzip(page.body)) if page.body[:2] == _GZIP else page
    except UnpackError:
        return page


def _ground(parser: ParserName, text: str) -> Ground:
    if parser == "sitemap":
        return Ground.NEWS_SITEMAP if _DATED.search(text) else Ground.SITEMAP
    return Ground.FEED if parser == "feed" else Ground.SINGLE


def propose_data(page: FetchedPage) -> Proposal | None:
    """Return how the list in a JSON document would be read, or None without one."""
    try:
        document = json.read(decoded(page))
    except ParseError:
        return None
    if _is_json_feed(document):
        return Proposal(Ground.JSON_FEED, page.url, "jsonfeed")
    lists = sorted(_lists(document, ()), key=lambda found: -len(found[1]))
    for path, entries in lists:
        if _is_weibo(entries):
            return Proposal(Ground.DATA, page.url, "weibo", {"items": path})
        if keys := _keys(entries, page):
            detail: DetailName | None = None if "text" in keys else "article"
            chosen = {"items": path} | keys | _next(document, page)
            return Proposal(Ground.DATA, page.url, "jsonlist", chosen, detail)
    return None


def _is_json_feed(document: Any) -> bool:
    version = document.get("version") if isinstance(document, dict) else None
    return isinstance(version, str) and "jsonfeed.org/version" in version


def _lists(node: Any, way: tuple[str, ...]) -> Iterator[tuple[str, Sequence[dict[str, Any]]]]:
    """Yield every list of objects with its dotted path."""
    if isinstance(node, list) and node and all(isinstance(one, dict) for one in node):
        yield ".".join(way) or ".", node[:MAX_LOOKED_AT]
    elif isinstance(node, dict) and len(way) < MAX_DEPTH:
        for key, value in node.items():
            # A key with a stop in it cannot be written as a dotted path.
            if "." not in key and key:
                yield from _lists(value, (*way, key))


def _is_weibo(entries: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether half of the entries, freed of their cards, are posts of a Weibo interface."""
    inner = [one["mblog"] if isinstance(one.get("mblog"), dict) else one for one in entries]
    return sum(set(one) >= _WEIBO for one in inner) * 2 >= len(inner)


def _keys(entries: Sequence[Mapping[str, Any]], page: FetchedPage) -> dict[str, str] | None:
    """Return the paths of id, time, text and so on; None when too little is there."""
    flat = [dict(_flat(entry, "")) for entry in entries]
    shared = [key for key in flat[0] if all(key in one for one in flat)]
    # What speaks of a person serves for nothing but to be told apart, and dropped at the door.
    columns = {key: [one[key] for one in flat] for key in shared if not _PEOPLE.search(key)}
    urls = [key for key in _named(columns, _URLS) if _all_addresses(columns[key], page)]
    times = [key for key in _named(columns, _TIMES) if _all_times(columns[key], page)]
    titles = [key for key in _named(columns, _TITLES) if _length(columns[key]) > 0]
    # A summary will do only where there is no page behind it to read.
    texts = _named(columns, _TEXTS) or ([] if urls else _named(columns, _SUMMARIES))
    texts.sort(key=lambda key: -_length(columns[key]))
    ids = [key for key in (*_by_name(columns, _IDS), *urls) if _all_different(columns[key])]
    if not ids or not times or not (texts or (titles and urls)):
        return None
    authors = _named(shared, _AUTHORS)
    found = (
        *(("id", ids), ("time", times), ("text", texts), ("title", titles), ("url", urls)),
        ("author", authors if texts else []),
    )
    return {name: keys[0] for name, keys in found if keys}


def _named(columns: Iterable[str], pattern: re.Pattern[str]) -> list[str]:
    return [key for key in columns if pattern.search(key)]


def _all_different(values: Sequence[Any]) -> bool:
    return len(set(map(str, values))) == len(values)


def _all_addresses(values: Sequence[Any], page: FetchedPage) -> bool:
    return all(isinstance(one, str) and web_address(one, page.url) for one in values)


def _flat(entry: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for key, value in entry.items():
        if "." in key or not key:
            continue
        if isinstance(value, dict) and not before:
            yield from _flat(value, f"{key}.")
        elif isinstance(value, str | int | float):
            yield f"{before}{key}", value


def _by_name(keys: Iterable[str], wanted: Sequence[str]) -> list[str]:
    plain = {key.lower().replace("_", ""): key for key in reversed(list(keys))}
    return [plain[name] for name in wanted if name in plain]


def _all_times(values: Sequence[Any], page: FetchedPage) -> bool:
    read = (read_time(value, zone=BEIJING, fetched_at=page.fetched_at) for value in values)
    return all(told is not None for told in read)


def _length(values: Sequence[Any]) -> float:
    return sum(len(value) for value in values if isinstance(value, str)) / len(values)


def _next(document: Any, page: FetchedPage) -> dict[str, str]:
    for key in _NEXTS:
        value = document.get(key) if isinstance(document, dict) else None
        if isinstance(value, str) and web_address(value, page.url):
            return {"next": key}
    return {}
