"""An HTML list, with the texts in it or on detail pages behind it. Pure."""

import hashlib
from urllib.parse import urlsplit

from parsel import Selector

from core.text import normalise
from core.vocabulary import VisitOutcome
from crawler.parsers import page as pages
from crawler.parsers.page import MAX_ITEMS, ParseError, ParseResult
from crawler.records import Defect, FetchedPage, Link, ParsedPost
from crawler.sources import Source
from crawler.times import read_time

MAX_MARKUP = 60_000
"""Characters of markup read for one field of one post; a text itself ends at 20,000."""


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a list page, or its links to the pages behind it.

    Raises ``ParseError`` for a login page, and for a list without an item where ``min_yield``
    says that there must be some.
    """
    text = pages.decoded(page)
    root = Selector(text=text.replace("\0", ""), type="html")
    try:
        items = _outermost(root.css(source.selectors["item"]))
        if not items:
            return _no_items(text, source)
        return _list(root, items, page, source)
    except (SyntaxError, RuntimeError, ValueError) as error:
        # A wrong selector is the operator's to mend; the message names it, not the page.
        raise ParseError(f"选择器有误（{type(error).__name__}）") from None


def parse_detail(page: FetchedPage, source: Source) -> ParseResult:
    """Return the one post of a page behind a list, by the source's ``detail_`` selectors.

    Raises ``ParseError`` for a page without a text where ``detail_text`` points.
    """
    text = pages.decoded(page)
    root = Selector(text=text.replace("\0", ""), type="html")
    try:
        post = _post(root, "detail_", page.url, page, source)
    except (SyntaxError, RuntimeError, ValueError) as error:
        raise ParseError(f"选择器有误（{type(error).__name__}）") from None
    if not normalise(post.text):
        if pages.looks_like_login(text):
            raise ParseError("返回的是登录页", VisitOutcome.LOGIN_PAGE)
        raise ParseError("详情页没有文字")
    return ParseResult(posts=(post,))


def _outermost(items: list[Selector]) -> list[Selector]:
    """Leave out what lies inside another item: entries do not nest, and reading both is costly."""
    roots = {item.root for item in items}
    return [item for item in items if roots.isdisjoint(item.root.iterancestors())]


def _no_items(text: str, source: Source) -> ParseResult:
    if pages.looks_like_login(text):
        raise ParseError("返回的是登录页", VisitOutcome.LOGIN_PAGE)
    if source.min_yield > 0:
        raise ParseError("页面上没有找到任何条目，版式可能已变化")
    return ParseResult()


def _all(node: Selector, css: str | None) -> str:
    """Return the text of everything that *css* finds in *node*; an ``::attr`` gives its value."""
    if css is None:
        return ""
    texts: list[str] = []
    read = 0
    for found in node.css(css):
        html = found.get()
        # Nested matches repeat each other; without a limit a page of nested tags takes hours.
        if (read := read + len(html)) > MAX_MARKUP and texts:
            break
        texts.append(pages.text_of(html[:MAX_MARKUP]))
    return "\n".join(texts).strip()


def _href(node: Selector, css: str | None, base: str) -> str | None:
    if css is None:
        return None
    found = node.css(css if "::" in css else f"{css}::attr(href)").get()
    return pages.web_address(found, base)


def _list(root: Selector, items: list[Selector], page: FetchedPage, source: Source) -> ParseResult:
    wanted = source.selectors
    next_page = _href(root, wanted.get("next"), page.url)
    defects = list(pages.over_limit(page, source.url, len(items)))
    links: dict[str, Link] = {}
    posts: dict[str, ParsedPost] = {}
    for number, item in enumerate(items[:MAX_ITEMS], 1):
        where = pages.location(source.url, number)
        link = _href(item, wanted.get("link"), page.url)
        if source.detail:
            if link:
                links.setdefault(link, Link(link))
            else:
                defects.append(Defect(source.name, where, "条目没有可用的链接", page.fetched_at))
            continue
        post = _post(item, "", link, page, source)
        if normalise(post.text):
            posts.setdefault(post.post_id, post)
        else:
            defects.append(Defect(source.name, where, "条目没有文字", page.fetched_at))
    return ParseResult(tuple(posts.values()), tuple(links.values()), next_page, tuple(defects))


def _post(
    node: Selector, prefix: str, url: str | None, page: FetchedPage, source: Source
) -> ParsedPost:
    def told(name: str) -> str:
        return _all(node, source.selectors.get(prefix + name))

    title, body = told("title"), told("text")
    text = pages.joined(title, body)
    when = read_time(told("time"), zone=source.time_zone, fetched_at=page.fetched_at)
    return ParsedPost(
        source=source.name,
        post_id=told("id") or _id_from(url) or hashlib.sha256(text.encode()).hexdigest()[:24],
        url=url,
        published_at=when.moment if when else None,
        channel=source.channel,
        text=text,
        author=told("author") or None,
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )


def _id_from(url: str | None) -> str | None:
    """Return path and query of *url*: the same page under another host name is the same post."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
