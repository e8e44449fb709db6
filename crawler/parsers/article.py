"""An article of a government or a news site: its title, its text, its time, where it is from. Pure.

What the operator's selectors find comes first, then what the page says of itself in meta elements,
then what it shows. The person who wrote or edited it is never read.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from crawler import times
from crawler.parsers import head, lines, markup
from crawler.parsers import page as pages
from crawler.parsers.body import body_of
from crawler.parsers.listing import cut_off, has_text, path_of
from crawler.parsers.page import ParseError, ParseResult
from crawler.parsers.selectors import Row, chosen
from crawler.records import FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import Told, read_time

SELECTORS = ("article_title", "article_text", "article_time", "article_origin")

_SHORT = 200
"""Characters below which a page without a time of its own may be no article."""
_READ = 300_000
"""Characters of markup in which labels are looked for."""
_SEEN = 30_000
"""Visible characters of those; labels stand near the top, and each costs a reading."""
# A page about walls tells of them; a wall also has something to sign in or to solve.
_ASKS = re.compile(
    r"""(?i)type=["']?password|captcha|geetest|slider|turnstile|<(?:iframe|canvas)\b"""
)
_GONE = re.compile(
    r"(?i)页面.{0,6}(?:不存在|找不到|未找到)|(?:页面|内容|文章|信息).{0,4}已被?删除|404 not found"
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A page as far as it is read."""

    text: str
    visible: str
    told: Row
    meta: dict[str, str]
    heading: str

    @property
    def site(self) -> str:
        return head.first(self.meta, head.SITES)


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the one post of an article.

    Its author is the organisation that the page names as its source. Raises ``ParseError`` naming
    a wrong selector, for a page that wants a login or a captcha solved, for one that says that
    there is none, and for one without a text.
    """
    read = _read(page, source)
    title = _title(read, page)
    body = _body(read, title)
    told = _time(read, page, source)
    _refuse_walls(read, body, told)
    when = told or _listed(page, source)
    post = ParsedPost(
        source=source.name,
        post_id=path_of(page.url) or page.url,
        url=page.url,
        published_at=when.moment if when else None,
        channel=source.channel,
        text=pages.joined(title, _numbered(body, title, read)),
        author=_origin(read) or None,
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )
    return ParseResult(posts=(post,), defects=cut_off([post], page, source))


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return for each selector and rule how many values it finds on *page*, 0 for nothing.

    Raises ``ParseError`` naming a wrong selector.
    """
    read = _read(page, source)
    found = {key: len(read.told.get(key, ())) for key in chosen(source.selectors, SELECTORS)}
    found |= {f"meta {name}": int(name in read.meta) for name in head.NAMES}
    stamped = times.labelled_time(read.visible, zone=source.time_zone, fetched_at=page.fetched_at)
    return found | {
        "h1, title": int(bool(read.heading)),
        "发布时间": int(stamped is not None),
        "来源": int(bool(head.labelled_origin(read.visible, site=read.site))),
        "正文": len(body_of(read.text, title=_title(read, page)).splitlines()),
    }


def _read(page: FetchedPage, source: Source) -> _Read:
    text = pages.decoded(page)
    wanted = chosen(source.selectors, SELECTORS)
    whole = markup.read(text, wanted.values())
    meta = head.meta_of(whole)
    return _Read(
        text=text,
        visible=pages.text_of(text[:_READ])[:_SEEN],
        told=whole.row(wanted.values()),
        meta=meta,
        heading=head.heading_of(whole, site=head.first(meta, head.SITES)),
    )


def _title(read: _Read, page: FetchedPage) -> str:
    told = (
        " ".join(read.told.get("article_title", ()))
        or head.first(read.meta, head.TITLES)
        or read.heading
        or ((page.link and page.link.title) or "")
    )
    return " ".join(told.split())[: head.MAX_TITLE]


def _body(read: _Read, title: str) -> str:
    """Return the text; raises ``ParseError`` for none."""
    if told := read.told.get("article_text"):
        body = "\n".join(lines.of_text("\n".join(told), title=title))
    else:
        body = body_of(read.text, title=title) or head.first(read.meta, head.SUMMARIES)
    if not has_text(body):
        raise pages.nothing_found(read.text, "页面没有正文")
    return body


def _numbered(body: str, title: str, read: _Read) -> str:
    """Return the text with the document's number, which readers look for, in front."""
    number = head.number_of(read.visible)
    if not number or number in lines.squeezed(title + body):
        return body
    return f"发文字号：{number}\n{body}"


def _origin(read: _Read) -> str:
    told = " ".join(read.told.get("article_origin", ())) or head.first(read.meta, head.ORIGINS)
    if told:
        return head.origin_of(told, site=read.site)
    return head.labelled_origin(read.visible, site=read.site)


def _time(read: _Read, page: FetchedPage, source: Source) -> Told | None:
    """Return when the page itself says that it was published."""
    zone, now = source.time_zone, page.fetched_at
    for told in ("\n".join(read.told.get("article_time", ())), *map(read.meta.get, head.TIMES)):
        if told and (when := read_time(told, zone=zone, fetched_at=now)):
            return when
    return times.labelled_time(read.visible, zone=zone, fetched_at=now)


def _listed(page: FetchedPage, source: Source) -> Told | None:
    """Return when the list says that it was published; a midnight there is a mere day."""
    if page.link is None or page.link.told_at is None:
        return None
    moment: datetime = page.link.told_at
    local = moment.astimezone(source.time_zone)
    is_day = (local.hour, local.minute, local.second) == (0, 0, 0)
    return Told(moment, zone_assumed=source.parser == "listing", day_only=is_day)


def _refuse_walls(read: _Read, body: str, told: Told | None) -> None:
    """Raise ``ParseError`` for what stands in an article's place: short, and of no time."""
    if told or len(body) >= _SHORT or "article_text" in read.told:
        return
    if _GONE.search(read.visible):
        raise ParseError("返回的是“页面不存在”的提示")
    if _ASKS.search(read.text) and (wall := pages.wall(read.text)):
        raise wall
