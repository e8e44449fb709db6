"""A list of posts as JSON, found by dotted paths. Pure."""

import json
from collections.abc import Iterable
from typing import Any

from core.text import normalise
from core.vocabulary import VisitOutcome
from crawler.parsers import page as pages
from crawler.parsers.page import MAX_ITEMS, ParseError, ParseResult
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import read_time

MAX_NESTING = 64


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a JSON list.

    Raises ``ParseError`` for anything that is not JSON with a list where ``items`` points.
    """
    text = pages.decoded(page)
    document = _document(text)
    items = _at(document, source.selectors["items"])
    if not isinstance(items, list):
        if pages.looks_like_login(text):
            raise ParseError("返回的是登录要求，不是数据", VisitOutcome.LOGIN_PAGE)
        raise ParseError("JSON 中没有 items 所指的列表，结构可能已变化")
    posts: dict[str, ParsedPost] = {}
    defects = []
    for number, item in enumerate(items[:MAX_ITEMS], 1):
        post = _post(item, page, source)
        if isinstance(post, str):
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, post, page.fetched_at))
        else:
            posts.setdefault(post.post_id, post)
    defects += pages.over_limit(page, source.url, len(items))
    following = _at(document, source.selectors.get("next"))
    return ParseResult(
        posts=tuple(posts.values()),
        next_page=pages.web_address(following, page.url) if isinstance(following, str) else None,
        defects=tuple(defects),
    )


def _document(text: str) -> Any:
    if text.lstrip()[:1] == "<":
        if pages.looks_like_login(text):
            raise ParseError("返回的是登录页，不是 JSON", VisitOutcome.LOGIN_PAGE)
        raise ParseError("返回的是网页，不是 JSON")
    try:
        return json.loads(text, object_pairs_hook=_without_repeats)
    except RecursionError:
        raise ParseError("JSON 嵌套过深") from None
    except ValueError as error:
        # The message of a decoder may quote the document; only its position is told.
        where = f"（第 {error.pos} 字符）" if isinstance(error, json.JSONDecodeError) else ""
        raise ParseError(f"不是完整的 JSON{where}") from None


def _without_repeats(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    pairs = list(pairs)
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate keys")
    return found


def _at(node: Any, path: str | None) -> Any:
    """Return what the dotted *path* points at in *node*, or None; ``.`` is the whole."""
    if path is None:
        return None
    for step in path.split(".")[:MAX_NESTING] if path != "." else ():
        if isinstance(node, dict):
            node = node.get(step)
        elif isinstance(node, list) and step.isdigit() and int(step[:9]) < len(node):
            node = node[int(step[:9])]
        else:
            return None
    return node


def _text(value: Any) -> str | None:
    """Return a scalar as text; whole numbers are ids on many platforms."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _post(item: Any, page: FetchedPage, source: Source) -> ParsedPost | str:
    """Return the post, or why it is none."""

    def told(name: str) -> Any:
        return _at(item, source.selectors.get(name))

    post_id, body = _text(told("id")), told("text")
    if post_id is None:
        return "条目没有编号"
    if not isinstance(body, str) or not normalise(text := pages.text_of(body)):
        return "条目没有文字"
    when = read_time(told("time"), zone=source.time_zone, fetched_at=page.fetched_at)
    return ParsedPost(
        source=source.name,
        post_id=post_id,
        url=pages.web_address(_text(told("url")), page.url),
        published_at=when.moment if when else None,
        channel=source.channel,
        text=text,
        author=_text(told("author")),
        reply_to=_text(told("reply_to")),
        repost_of=_text(told("repost_of")),
        counts=pages.lenient_counts(told("reposts"), told("comments"), told("likes")),
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )
