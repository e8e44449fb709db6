"""A WeChat article that somebody saved as an HTML file. Never crawled. Pure."""

import hashlib
import re
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborHTMLParser

from core.text import normalise
from core.vocabulary import VisitOutcome
from crawler.parsers import page as pages
from crawler.parsers.bounds import lexbor_tree
from crawler.parsers.page import ParseError, ParseResult
from crawler.records import FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import Told, read_time

_HOST = "mp.weixin.qq.com"
_TITLES = ("#activity-name", 'meta[property="og:title"]', 'meta[property="twitter:title"]')
_NAMES = ("#js_name", ".profile_nickname")
_WRITTEN = r"""(?:JsDecode\()?["'](\d{10}|\d{4}[^"'<>]{4,28})["']"""
# Where the moment of publication stands in scripts, the exact one first.
_TIMES = (
    re.compile(r"""\bct\s*[=:]\s*["'](\d{10})["']"""),
    re.compile(rf"""\b(?:oriCreateTime|createTime|create_time)\s*[=:]\s*{_WRITTEN}"""),
    re.compile(rf"""\bpublish_time\s*[=:]\s*{_WRITTEN}"""),
)
_CHECK = re.compile(r"环境异常|完成验证后即可继续访问|wappoc_appmsgcaptcha")
_GONE = re.compile(r"该内容已被发布者删除|此内容因违规无法查看|该公众号已迁移|此内容被投诉")
_SHORT = re.compile(r"/s/[0-9A-Za-z_-]{1,64}")
_KEY = ("__biz", "mid", "idx")
"""What together names one article among all; ``sn`` alone would do where the others are absent."""


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the one post of a saved article: title and text, account, time.

    Raises ``ParseError`` for any other page, for the page that asks for a check in the article's
    place, and for the notice that stands where an article was.
    """
    text = pages.decoded(page)
    tree = lexbor_tree(text)
    content = tree.css_first("#js_content")
    if content is None:
        raise _no_article(text)
    title = _first(tree, _TITLES)
    whole = pages.joined(title, pages.text_of(content.html or ""))
    if not normalise(whole):
        raise ParseError("文章没有文字")
    address = _address(tree, page)
    told = _time(tree, page, source)
    post = ParsedPost(
        source=source.name,
        post_id=_id(address, whole),
        url=address if address and not urlsplit(address).query else None,
        published_at=told.moment if told else None,
        channel=source.channel,
        text=whole,
        author=_first(tree, _NAMES) or None,
        issuer=source.issuer,
        zone_assumed=bool(told and told.zone_assumed),
        day_only=bool(told and told.day_only),
    )
    return ParseResult(posts=(post,))


def _no_article(text: str) -> ParseError:
    if _CHECK.search(text):
        return ParseError("保存的是验证页，不是文章", VisitOutcome.CAPTCHA)
    if _GONE.search(text):
        return ParseError("文章已被删除或无法查看")
    return ParseError("不是保存的微信公众号文章（没有 js_content）")


def _first(tree: LexborHTMLParser, selectors: tuple[str, ...]) -> str:
    """Return the first text, or content of a meta element, that one of *selectors* finds."""
    for selector in selectors:
        for node in tree.css(selector):
            told = (node.attributes.get("content") or "") if node.tag == "meta" else node.text()
            if found := normalise(told):
                return found
    return ""


def _address(tree: LexborHTMLParser, page: FetchedPage) -> str | None:
    """Return the article's own address if the page tells it; it may name the account."""
    for node in tree.css('meta[property="og:url"], link[rel="canonical"]'):
        told = node.attributes.get("content") or node.attributes.get("href")
        address = pages.web_address(told, page.url)
        if address and urlsplit(address).hostname == _HOST:
            return address
    return None


def _id(address: str | None, text: str) -> str:
    """Return a digest of what names the article: as it stands it would name the account too."""
    parts = urlsplit(address or "")
    query = parse_qs(parts.query)
    key = [query[name][0] for name in _KEY if name in query]
    if len(key) < len(_KEY):
        key = query.get("sn", [])[:1]
    if not key and _SHORT.fullmatch(parts.path):
        key = [parts.path]
    return hashlib.sha256("\0".join(key or [text]).encode()).hexdigest()[:24]


def _time(tree: LexborHTMLParser, page: FetchedPage, source: Source) -> Told | None:
    """Return the moment of publication as the page's scripts tell it, else as it is shown."""
    scripts = "\n".join(node.text() for node in tree.css("script"))
    found = (pattern.search(scripts) for pattern in _TIMES)
    written = [match[1] for match in found if match] + [_first(tree, ("#publish_time",))]
    read = (read_time(one, zone=source.time_zone, fetched_at=page.fetched_at) for one in written)
    return next(filter(None, read), None)
