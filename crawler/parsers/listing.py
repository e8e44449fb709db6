"""An HTML list, with the texts in it or on detail pages behind it. Pure."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from core.text import MAX_CHARACTERS, normalise
from crawler.parsers import jpage, markup
from crawler.parsers import page as pages
from crawler.parsers.page import MAX_ITEMS, ParseResult
from crawler.parsers.selectors import Markup, Row, Selector, chosen
from crawler.records import Defect, FetchedPage, Link, ParsedPost
from crawler.sources import Source
from crawler.times import read_time

MAX_TITLE = 300
"""Characters of a link's title."""

_POST = ("id", "link", "title", "text", "time", "author")
_DETAIL = ("detail_id", "detail_title", "detail_text", "detail_time", "detail_author")
_LETTER = re.compile(r"\w")
_CUT = re.compile(r"\s*(?:…|\.{3,}|。{3,})+$")


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a list page, or its links to the pages behind it.

    Raises ``ParseError`` naming a wrong selector, for a page that wants a login or a captcha
    solved, and for a list without an item where ``min_yield`` says that there must be some.
    """
    text = jpage.unwrapped(pages.decoded(page))
    wanted = chosen(source.selectors, ("item", "next", *_POST))
    item, following = wanted.pop("item"), wanted.pop("next", None)
    fields = _link_fields(wanted) if source.detail else _post_fields(wanted)
    whole = markup.read(text, (item, *fields, *filter(None, [following])))
    rows, count = whole.rows(item, fields, most=MAX_ITEMS)
    if not count and source.min_yield > 0:
        raise pages.nothing_found(text, "页面上没有找到任何条目，版式可能已变化")
    base = markup.base_of(whole, page.url)
    read = _links if source.detail else _posts
    result = read(rows, base, page, source)
    return replace(
        result,
        next_page=next_address(whole, following, base),
        defects=(*pages.over_limit(page, source.url, count), *result.defects),
    )


def parse_detail(page: FetchedPage, source: Source) -> ParseResult:
    """Return the one post of a page behind a list, by the source's ``detail_`` selectors.

    Raises ``ParseError`` naming a wrong selector, for a page that wants a login or a captcha
    solved, and for one without a text where ``detail_text`` points.
    """
    text = pages.decoded(page)
    wanted = chosen(source.selectors, _DETAIL)
    row = markup.read(text, wanted.values()).row(wanted.values())
    row = {key.removeprefix("detail_"): found for key, found in row.items()}
    post = _post(row, page.url, page, source)
    if not has_text(post.text):
        raise pages.nothing_found(text, "详情页没有文字")
    return ParseResult(posts=(post,), defects=cut_off([post], page, source))


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return for each selector of a list how many values it finds in the items of *page*.

    Raises ``ParseError`` naming a wrong selector.
    """
    text = jpage.unwrapped(pages.decoded(page))
    wanted = chosen(source.selectors, ("item", "next", *_POST))
    whole = markup.read(text, wanted.values())
    item, following = wanted.pop("item"), wanted.pop("next", None)
    rows, count = whole.rows(item, wanted.values(), most=MAX_ITEMS)
    found = {"item": count} | {key: sum(len(row.get(key, ())) for row in rows) for key in wanted}
    if following:
        found["next"] = len(whole.row([following.reading("href")]).get("next", ()))
    return found


def hits_detail(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return for each ``detail_`` selector how many values it finds on *page*.

    Raises ``ParseError`` naming a wrong selector.
    """
    wanted = chosen(source.selectors, _DETAIL)
    row = markup.read(pages.decoded(page), wanted.values()).row(wanted.values())
    return {key: len(row.get(key, ())) for key in wanted}


def next_address(whole: Markup, following: Selector | None, base: str) -> str | None:
    """Return the address of the next page, None when the page names none that may be visited."""
    if following is None:
        return None
    found = whole.row([following.reading("href")]).get(following.key, ())
    return next(filter(None, (pages.web_address(url, base) for url in found)), None)


def path_of(url: str | None) -> str | None:
    """Return path and query of *url*: the same page under another host name is the same post."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def has_text(text: str) -> bool:
    """Return whether anything of *text* would be seen; a letter is found sooner than cleaned."""
    return bool(_LETTER.search(text) or normalise(text))


def cut_off(posts: Iterable[ParsedPost], page: FetchedPage, source: Source) -> tuple[Defect, ...]:
    """Return the defect that says how many of *posts* are longer than what is kept, if any."""
    count = sum(len(post.text) > MAX_CHARACTERS for post in posts)
    if not count:
        return ()
    reason = f"{count} 条超过 {MAX_CHARACTERS} 字，只保留前 {MAX_CHARACTERS} 字"
    return (Defect(source.name, pages.location(source.url), reason, page.fetched_at),)


def _post_fields(wanted: dict[str, Selector]) -> list[Selector]:
    return [s.reading("href") if key == "link" else s for key, s in wanted.items()]


def _link_fields(wanted: dict[str, Selector]) -> list[Selector]:
    """Return what is read of an item that leads to a page; titles stand in several places."""
    link, title = wanted["link"], wanted.get("title")
    fields = [link.reading("href"), link.also("link_title", "title")]
    fields += [title, title.also("title_title", "title")] if title else [link.also("title", None)]
    return [*fields, wanted["time"]] if "time" in wanted else fields


def _links(rows: list[Row], base: str, page: FetchedPage, source: Source) -> ParseResult:
    links: dict[str, Link] = {}
    defects = []
    for number, row in enumerate(rows, 1):
        if url := pages.web_address(_first(row, "link"), base):
            links.setdefault(url, Link(url, _title(row) or None, _told_at(row, page, source)))
        else:
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, "条目没有可用的链接", page.fetched_at))
    return ParseResult(links=tuple(links.values()), defects=tuple(defects))


def _title(row: Row) -> str:
    """Return the title of a link; one that the list cuts is whole in a ``title`` attribute."""
    told = " ".join(_joined(row, "title").split())
    stem = _CUT.sub("", told)
    if told and stem == told:
        return told[:MAX_TITLE]
    others = (" ".join(_first(row, key).split()) for key in ("title_title", "link_title"))
    return next((t for t in others if t and t.startswith(stem)), told)[:MAX_TITLE]


def _told_at(row: Row, page: FetchedPage, source: Source) -> datetime | None:
    told = read_time(_joined(row, "time"), zone=source.time_zone, fetched_at=page.fetched_at)
    return told.moment if told else None


def _posts(rows: list[Row], base: str, page: FetchedPage, source: Source) -> ParseResult:
    posts: dict[str, ParsedPost] = {}
    defects = []
    for number, row in enumerate(rows, 1):
        post = _post(row, pages.web_address(_first(row, "link"), base), page, source)
        if has_text(post.text):
            posts.setdefault(post.post_id, post)
        else:
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, "条目没有文字", page.fetched_at))
    found = tuple(posts.values())
    return ParseResult(posts=found, defects=(*defects, *cut_off(found, page, source)))


def _post(row: Row, url: str | None, page: FetchedPage, source: Source) -> ParsedPost:
    text = pages.joined(_joined(row, "title"), _joined(row, "text"))
    when = read_time(_joined(row, "time"), zone=source.time_zone, fetched_at=page.fetched_at)
    return ParsedPost(
        source=source.name,
        post_id=_joined(row, "id") or path_of(url) or _digest(text),
        url=url,
        published_at=when.moment if when else None,
        channel=source.channel,
        text=text,
        author=_joined(row, "author") or None,
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _joined(row: Row, key: str) -> str:
    return "\n".join(row[key]) if key in row else ""


def _first(row: Row, key: str) -> str:
    return row[key][0] if key in row else ""
