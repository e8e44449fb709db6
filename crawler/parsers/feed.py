"""RSS and Atom feeds. Read strictly first: a cut-off feed gives no half posts. Pure."""

import hashlib
import re
from typing import Any
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import ParseError as XmlError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.text import normalise
from core.vocabulary import VisitOutcome
from crawler.parsers import page as pages
from crawler.parsers.page import MAX_ITEMS, ParseError, ParseResult
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import read_time

MAX_DEPTH = 100
_DECLARATION = re.compile(r"^\s*<\?xml[^<>]*\?>")
_TIMES = ("published", "updated", "created")
_ROOTS = {"rss", "feed", "RDF"}


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a feed, newest limit ``MAX_ITEMS``.

    Raises ``ParseError`` for anything that is not one whole, well-formed feed, and for a DOCTYPE.
    """
    text = pages.decoded(page)
    whole = _DECLARATION.sub("", text).encode("utf-8", "replace")
    _check(text, whole)
    # Sanitised bytes in a known encoding: feedparser guesses nothing.
    import feedparser

    entries = feedparser.parse(
        b'<?xml version="1.0" encoding="utf-8"?>' + whole,
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
    ).entries
    posts: dict[str, ParsedPost] = {}
    defects = []
    for number, entry in enumerate(entries[:MAX_ITEMS], 1):
        post = _post(entry, page, source)
        if normalise(post.text):
            posts.setdefault(post.post_id, post)
        else:
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, "条目没有文字", page.fetched_at))
    defects += pages.over_limit(page, source.url, len(entries))
    return ParseResult(posts=tuple(posts.values()), defects=tuple(defects))


def _check(text: str, whole: bytes) -> None:
    if re.match(r"\s*(?:<!doctype html|<html)", text, re.IGNORECASE):
        if pages.looks_like_login(text):
            raise ParseError("返回的是登录页，不是订阅源", VisitOutcome.LOGIN_PAGE)
        raise ParseError("返回的是网页，不是订阅源")
    try:
        root = fromstring(whole, forbid_dtd=True)
    except DefusedXmlException:
        raise ParseError("订阅源带有 DOCTYPE 或实体声明，已拒绝") from None
    except XmlError as error:
        raise ParseError(f"订阅源不是完整的 XML（第 {error.position[0]} 行）") from None
    if root.tag.rpartition("}")[2] not in _ROOTS:
        raise ParseError("返回的 XML 不是 RSS 或 Atom")
    if _depth(root) > MAX_DEPTH:
        raise ParseError(f"订阅源嵌套超过 {MAX_DEPTH} 层")


def _depth(root: Element) -> int:
    level, depth = [root], 0
    while level and depth <= MAX_DEPTH:
        level = [child for element in level for child in element]
        depth += 1
    return depth


def _post(entry: Any, page: FetchedPage, source: Source) -> ParsedPost:
    title = pages.text_of(entry.get("title", ""))
    contents = entry.get("content") or [{}]
    body = pages.text_of(contents[0].get("value") or entry.get("summary", ""))
    text = pages.joined(title, body)
    url = pages.web_address(entry.get("link"), page.url)
    # feedparser's own get() warns where `updated` is absent.
    written = next((found for name in _TIMES if (found := dict.get(entry, name))), None)
    told = read_time(written, zone=source.time_zone, fetched_at=page.fetched_at)
    return ParsedPost(
        source=source.name,
        post_id=entry.get("id") or url or hashlib.sha256(text.encode()).hexdigest()[:24],
        url=url,
        published_at=told.moment if told else None,
        channel=source.channel,
        text=text,
        author=entry.get("author") or None,
        issuer=source.issuer,
        zone_assumed=bool(told and told.zone_assumed),
        day_only=bool(told and told.day_only),
    )
