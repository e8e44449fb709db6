"""A list of posts as JSON, found by dotted paths. Pure."""

from typing import Any

from core.text import normalise
from crawler.parsers import json
from crawler.parsers import page as pages
from crawler.parsers.page import MAX_ITEMS, ParseResult
from crawler.records import Defect, FetchedPage, Link, ParsedPost
from crawler.sources import Source
from crawler.times import Told, read_time

_BEHIND = ("detail_", "article_", "thread_")
"""How selectors begin that are meant for the pages behind the links."""


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a JSON list, or with ``source.detail`` the links at ``url``.

    An id or address told twice is taken once, as it comes first. Raises ``ParseError`` for
    anything that is not JSON (see ``json.read``) with a list where ``items`` points.
    """
    document, items = _items(page, source)
    posts: dict[str, ParsedPost] = {}
    links: dict[str, Link] = {}
    defects = []
    for number, item in enumerate(items[:MAX_ITEMS], 1):
        found = _link(item, page, source) if source.detail else _post(item, page, source)
        if isinstance(found, ParsedPost):
            posts.setdefault(found.post_id, found)
        elif isinstance(found, Link):
            links.setdefault(found.url, found)
        else:
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, found, page.fetched_at))
    defects += pages.over_limit(page, source.url, len(items))
    following = json.string(json.at(document, source.selectors.get("next")))
    return ParseResult(
        posts=tuple(posts.values()),
        links=tuple(links.values()),
        next_page=pages.web_address(following, page.url),
        defects=tuple(defects),
    )


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return for each selector of the list how many values its path finds."""
    document, items = _items(page, source)
    wanted = {k: path for k, path in source.selectors.items() if not k.startswith(_BEHIND)}
    found = {
        name: sum(_tells(json.at(one, path)) for one in items) for name, path in wanted.items()
    }
    if "next" in wanted:
        found["next"] = int(_tells(json.at(document, wanted["next"])))
    return found | {"items": len(items)}


def _tells(value: Any) -> bool:
    return value is not None and value != ""


def _items(page: FetchedPage, source: Source) -> tuple[Any, list[Any]]:
    text = pages.decoded(page)
    document = json.read(text)
    items = json.at(document, source.selectors["items"])
    if not isinstance(items, list):
        raise pages.nothing_found(text, "JSON 中没有 items 所指的列表，结构可能已变化")
    return document, items


def _told(item: Any, name: str, source: Source) -> Any:
    return json.at(item, source.selectors.get(name))


def _text(item: Any, name: str, source: Source) -> str:
    value = _told(item, name, source)
    return pages.text_of(value) if isinstance(value, str) else ""


def _time(item: Any, page: FetchedPage, source: Source) -> Told | None:
    return read_time(_told(item, "time", source), zone=source.time_zone, fetched_at=page.fetched_at)


def _link(item: Any, page: FetchedPage, source: Source) -> Link | str:
    """Return the link to the page behind an item, or why there is none."""
    url = pages.web_address(json.string(_told(item, "url", source)), page.url)
    if url is None:
        return "条目没有可用的链接"
    when = _time(item, page, source)
    title = _text(item, "title", source)
    return Link(url, title or None, when.moment if when else None)


def _post(item: Any, page: FetchedPage, source: Source) -> ParsedPost | str:
    """Return the post, or why it is none."""

    def told(name: str) -> Any:
        return _told(item, name, source)

    post_id = json.scalar(told("id"))
    text = pages.joined(_text(item, "title", source), _text(item, "text", source))
    if post_id is None:
        return "条目没有编号"
    if not normalise(text):
        return "条目没有文字"
    when = _time(item, page, source)
    return ParsedPost(
        source=source.name,
        post_id=post_id,
        url=pages.web_address(json.string(told("url")), page.url),
        published_at=when.moment if when else None,
        channel=source.channel,
        text=text,
        author=json.string(told("author")),
        reply_to=json.scalar(told("reply_to")),
        repost_of=json.scalar(told("repost_of")),
        counts=pages.lenient_counts(told("reposts"), told("comments"), told("likes")),
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )
