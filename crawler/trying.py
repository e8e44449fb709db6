"""What a source gives, tried on one page and shown without a person in it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timezone

from core.directory import Directory
from core.text import normalise
from core.vocabulary import VisitOutcome, Word
from crawler.parsers import HITS, ParseError, ParseResult, parse
from crawler.parsers.page import location
from crawler.privacy import Veil, mask, public_url
from crawler.records import Defect, FetchedPage, Link, ParsedPost, Post
from crawler.sources import Source

MAX_ROWS = 10
"""Posts or links shown of one page."""
MAX_TITLE = 40
"""Characters shown of a text or of a link's title."""
_SHORTEST_NAME = 2
_ITEMS = frozenset(["item", "items", "thread_item"])
_BESIDE_ITEMS = frozenset(["next", "thread_next", "thread_title"])
"""Selectors that are looked for on the whole page."""
# The voices of a trial are looked at by nobody, so their key may be known to everybody.
_THROWAWAY_KEY = bytes(32)

ADVICE: Mapping[VisitOutcome, str] = {
    VisitOutcome.EMPTY: "网页本身没有内容，多半由脚本另行加载：可在浏览器开发者工具的“网络”中"
    "找到数据地址，改用 jsonlist，或用 huiying source suggest 查找",
    VisitOutcome.REFUSED: "网站拒绝访问。系统不登录、不换身份、不走代理：请与网站管理员联系说明"
    "用途，或改用其公开的订阅源，或由人导出文件后导入",
    VisitOutcome.THROTTLED: "网站限制访问频率：把 pace_s、every_min 调大，过些时候再试",
    VisitOutcome.LOGIN_PAGE: "需要登录的内容不采集：请改用不登录就能看到的地址，"
    "或由人导出文件后导入",
    VisitOutcome.CAPTCHA: "网站要求验证码。系统不破解验证码，也不应再去访问：请与网站管理员联系，"
    "或由人保存网页后导入",
    VisitOutcome.DISALLOWED: "网站的 robots.txt 不允许抓取这个地址，不能绕过：请改用它允许的地址"
    "（如订阅源、站点地图），或请网站管理员放行本系统",
    VisitOutcome.DAMAGED: "请在浏览器中打开这个地址，核对 parser 和选择器是否合适",
    VisitOutcome.UNREACHABLE: "请核对地址，并确认这台机器能访问该网站",
}
"""What an officer can do when an address gave nothing usable; nothing here gets round a refusal."""


class TimeMark(Word):
    """How far a shown time can be relied on."""

    TOLD = "told", ""
    ZONE_ASSUMED = "zone_assumed", "未写时区，按来源时区理解"
    DAY_ONLY = "day_only", "只有日期"
    NONE = "none", "没有读出时间"


@dataclass(frozen=True, slots=True)
class Row:
    """One post or link as a trial shows it; it names nobody."""

    title: str = field(repr=False)
    """The first ``MAX_TITLE`` characters, masked; empty where there are none."""
    time: datetime | None
    """Aware, UTC; None unless it can be relied on."""
    mark: TimeMark
    url: str | None = field(repr=False)
    """Without account or telling query; None also for an address that points at a person."""
    issuer: str | None = None
    """Id of the official unit that it would be marked with."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one page gave."""

    source: str
    url: str
    """The page's address, without query."""
    kind: str
    """The parser that read it: a ``parser``, or the ``detail`` of a page behind a link."""
    outcome: VisitOutcome
    reason: str
    """Why it could not be read, in Chinese; empty when it could."""
    rows: tuple[Row, ...] = ()
    """The first ``MAX_ROWS`` posts, or links where there are no posts, in the page's order."""
    posts: int = 0
    links: int = 0
    has_next: bool = False
    """Whether an address of a next list page was found."""
    hits: Mapping[str, int] = field(default_factory=dict)
    """Selector, or element of a parser without any -> how many values it found."""
    silent: tuple[str, ...] = ()
    """The source's own selectors that found nothing on this page."""
    without_time: tuple[int, ...] = ()
    """Numbers of the posts or links without a usable time, from 1."""
    without_text: tuple[int, ...] = ()
    """Numbers of the posts without a text, or of the links without a title, from 1."""
    defects: tuple[str, ...] = ()
    """What could not be taken in, with its number on the page."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what must be mended before the source is of use, in Chinese; empty if nothing."""
        found = [f"选择器 {key} 没有找到任何内容" for key in self.silent]
        if not self.outcome.works:
            label = self.outcome.label
            found.append(self.reason if label in self.reason else f"{label}：{self.reason}")
        elif not self.posts and not self.links and not self.has_next:
            old = "，所列的可能都早于 max_age_days" if self.kind == "sitemap" else ""
            found.append(f"没有读到任何条目{old}")
        elif self.posts and len(self.without_time) == self.posts:
            found.append("所有条目都没有读出时间")
        return tuple(found)

    @property
    def advice(self) -> str:
        """Return what an officer can do about the outcome, in Chinese; empty if nothing is due."""
        return ADVICE.get(self.outcome, "")


def try_page(page: FetchedPage, source: Source, *, directory: Directory | None = None) -> Trial:
    """Return what *page* gives by the rules of *source*; nothing is raised for a bad page.

    A page with a ``link`` is read by the source's ``detail``. Posts are shown as they would be
    stored; *directory* marks those of official units.
    """
    kind = source.detail if page.link is not None and source.detail else source.parser
    hits = _hits(kind, page, source)
    tried = Trial(
        source=source.name,
        url=location(page.url),
        kind=kind,
        outcome=VisitOutcome.OK,
        reason="",
        hits=hits,
        silent=_silent(source, hits),
    )
    try:
        result = parse(page, source)
    except ParseError as error:
        return replace(tried, outcome=error.outcome, reason=error.reason)
    rows = _post_rows(result.posts, page, directory or Directory())
    return _filled(
        tried, result, rows or [_link_row(one, source.time_zone) for one in result.links]
    )


def read(page: FetchedPage, source: Source) -> ParseResult:
    """Return what *page* gives, raw, to follow its links; nothing for one that cannot be read."""
    try:
        return parse(page, source)
    except ParseError:
        return ParseResult()


def unanswered(source: Source, url: str, outcome: VisitOutcome, reason: str) -> Trial:
    """Return the trial of an address that gave no page to read, with the Chinese *reason*."""
    return Trial(
        source=source.name,
        url=location(url),
        kind=source.parser,
        outcome=outcome,
        reason=reason,
    )


def _hits(kind: str, page: FetchedPage, source: Source) -> Mapping[str, int]:
    """Return what each selector found; nothing when the page has no characters to look in."""
    try:
        return HITS[kind](page, source)
    except ParseError:
        return {}


def _silent(source: Source, hits: Mapping[str, int]) -> tuple[str, ...]:
    """Return the selectors that found nothing; without items, nothing in them is missed."""
    silent = [key for key in source.selectors if hits.get(key) == 0]
    if _ITEMS.isdisjoint(silent):
        return tuple(silent)
    return tuple(key for key in silent if key in _ITEMS | _BESIDE_ITEMS)


def _filled(tried: Trial, result: ParseResult, rows: Sequence[Row]) -> Trial:
    return replace(
        tried,
        rows=tuple(rows[:MAX_ROWS]),
        posts=len(result.posts),
        links=len(result.links),
        has_next=result.next_page is not None,
        without_time=_numbers([row.time is None for row in rows]),
        without_text=_numbers([not row.title for row in rows]),
        defects=tuple(_told(defect) for defect in result.defects),
    )


def _numbers(marks: Sequence[bool]) -> tuple[int, ...]:
    return tuple(number for number, marked in enumerate(marks, 1) if marked)


def _told(defect: Defect) -> str:
    number = defect.location.rpartition("#")[2] if "#" in defect.location else ""
    return f"第 {number} 条：{defect.reason}" if number.isdecimal() else defect.reason


def _post_rows(posts: Sequence[ParsedPost], page: FetchedPage, directory: Directory) -> list[Row]:
    veil = Veil(_THROWAWAY_KEY, task="trial", directory=directory)
    veil.meet(posts)
    return [_post_row(post, veil, page.fetched_at) for post in posts]


def _post_row(parsed: ParsedPost, veil: Veil, seen_at: datetime) -> Row:
    if not normalise(parsed.text):
        return Row(title="", time=None, mark=TimeMark.NONE, url=None)
    post = veil.veil(parsed, seen_at=seen_at)
    mark = _mark(parsed, post)
    return Row(
        title=_short(_unnamed(post.text, None if post.issuer else parsed.author)),
        time=None if mark is TimeMark.NONE else post.published_at,
        mark=mark,
        url=post.url,
        issuer=post.issuer,
    )


def _mark(parsed: ParsedPost, post: Post) -> TimeMark:
    if parsed.day_only:
        return TimeMark.DAY_ONLY
    if post.time_uncertain:
        return TimeMark.NONE
    return TimeMark.ZONE_ASSUMED if post.zone_assumed else TimeMark.TOLD


def _link_row(link: Link, zone: timezone) -> Row:
    mark = TimeMark.NONE
    if link.told_at is not None:
        # A list that tells days alone gives midnights, and a link does not say more.
        is_day = link.told_at.astimezone(zone).time() == time.min
        mark = TimeMark.DAY_ONLY if is_day else TimeMark.TOLD
    return Row(
        title=_short(mask(normalise(link.title or ""))),
        time=link.told_at,
        mark=mark,
        url=public_url(link.url),
    )


def _unnamed(text: str, author: str | None) -> str:
    """Return *text* without its own author; the veil leaves names of two and three characters."""
    name = normalise(author or "")
    return text.replace(name, "@用户") if len(name) >= _SHORTEST_NAME else text


def _short(text: str) -> str:
    return text if len(text) <= MAX_TITLE else f"{text[: MAX_TITLE - 1]}…"
