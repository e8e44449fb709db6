"""JSON Feed 1.0 and 1.1. Pure.

Source: https://www.jsonfeed.org/version/1.1/.
"""

import hashlib
import re
from typing import Any

from core.text import normalise
from crawler.parsers import json
from crawler.parsers import page as pages
from crawler.parsers.feed import canonical_id, latest
from crawler.parsers.page import MAX_ITEMS, ParseError, ParseResult
from crawler.records import Defect, FetchedPage, Link, ParsedPost
from crawler.sources import Source
from crawler.times import Told, read_time

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?")
_PUBLISHED = ("date_published", "date_modified")
_CHANGED = ("date_modified", "date_published")
_BLANK: tuple[Any, ...] = (None, "", [], {})
_SHOWN = ("id", "url", "title", "content_html", "content_text", "date_published", "authors")


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a feed, at most its first ``MAX_ITEMS``; with ``source.detail`` links.

    An item told twice is one post, as it was changed last. Raises ``ParseError`` for anything
    that is not a JSON Feed (see ``json.read`` for what is not JSON).
    """
    feed = _feed(page)
    items = feed["items"]
    posts = []
    links: dict[str, Link] = {}
    defects = []
    for number, item in enumerate(items[:MAX_ITEMS], 1):
        found = _link(item, page, source) if source.detail else _post(item, page, source)
        if isinstance(found, ParsedPost):
            changed = _time(item, _CHANGED, page, source)
            posts.append((found, changed.moment if changed else None))
        elif isinstance(found, Link):
            links.setdefault(found.url, found)
        else:
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, found, page.fetched_at))
    defects += pages.over_limit(page, source.url, len(items))
    following = pages.web_address(json.string(feed.get("next_url")), page.url)
    return ParseResult(
        posts=latest(posts),
        links=tuple(links.values()),
        next_page=None if following == page.url else following,
        defects=tuple(defects),
    )


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return how many items there are, and how many of them tell each of the usual members."""
    del source
    items = _feed(page)["items"]
    return {"items": len(items)} | {
        name: sum(isinstance(item, dict) and item.get(name) not in _BLANK for item in items)
        for name in _SHOWN
    }


def _feed(page: FetchedPage) -> dict[str, Any]:
    text = pages.decoded(page)
    feed = json.read(text)
    version = feed.get("version") if isinstance(feed, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise pages.nothing_found(text, "返回的 JSON 不是 JSON Feed")
    whole: dict[str, Any] = feed
    if not isinstance(whole.get("items"), list):
        raise ParseError("JSON Feed 没有 items 列表")
    return whole


def _text(item: dict[str, Any], name: str) -> str:
    return json.string(item.get(name)) or ""


def _time(
    item: dict[str, Any], names: tuple[str, ...], page: FetchedPage, source: Source
) -> Told | None:
    read = (
        read_time(item.get(n), zone=source.time_zone, fetched_at=page.fetched_at) for n in names
    )
    return next(filter(None, read), None)


def _url(item: dict[str, Any], page: FetchedPage) -> str | None:
    told = _text(item, "url") or _text(item, "external_url")
    return pages.web_address(told, page.url)


def _author(item: dict[str, Any]) -> str | None:
    """Return the first named author; 1.0 knew only one."""
    listed = item.get("authors")
    authors = [*(listed if isinstance(listed, list) else ()), item.get("author")]
    names = (_text(author, "name") for author in authors if isinstance(author, dict))
    return next(filter(None, names), None)


def _link(item: Any, page: FetchedPage, source: Source) -> Link | str:
    """Return the link to the page behind an item, or why there is none."""
    url = _url(item, page) if isinstance(item, dict) else None
    if url is None:
        return "条目没有可用的链接"
    told = _time(item, _PUBLISHED, page, source)
    return Link(url, _text(item, "title") or None, told.moment if told else None)


def _post(item: Any, page: FetchedPage, source: Source) -> ParsedPost | str:
    """Return the post, or why it is none."""
    if not isinstance(item, dict):
        return "条目不是对象"
    body = pages.text_of(_text(item, "content_html")) or _text(item, "content_text")
    text = pages.joined(_text(item, "title"), body or _text(item, "summary"))
    if not normalise(text):
        return "条目没有文字"
    told = _time(item, _PUBLISHED, page, source)
    return ParsedPost(
        source=source.name,
        post_id=_id(item, text),
        url=_url(item, page),
        published_at=told.moment if told else None,
        channel=source.channel,
        text=text,
        author=_author(item),
        issuer=source.issuer,
        zone_assumed=bool(told and told.zone_assumed),
        day_only=bool(told and told.day_only),
    )


def _id(item: dict[str, Any], text: str) -> str:
    """Return the id, which may be a number; without one the address, or a hash of the text."""
    told = item.get("id")
    told = str(told) if isinstance(told, float) else json.scalar(told)
    if told:
        return canonical_id(told) if "://" in told else told
    link = _text(item, "url") or _text(item, "external_url")
    return canonical_id(link) if link else hashlib.sha256(text.encode()).hexdigest()[:24]
