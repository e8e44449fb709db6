"""A forum thread: its opening post and the replies to it. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.parsers import forums, head, markup
from crawler.parsers import page as pages
from crawler.parsers.forums import ENGINES, Engine
from crawler.parsers.listing import cut_off, has_text, next_address
from crawler.parsers.page import MAX_ITEMS, ParseResult
from crawler.parsers.selectors import Markup, Row, Selector, selector
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import read_time

_FIELDS = ("id", "floor", "time", "author", "reply_to")
_NEXT = selector("rel=next", "link[rel~='next']::attr(href), a[rel~='next']::attr(href)")
_ITSELF = selector("thread_item", "*")
MAX_ID = 64
_QUOTE_HEAD = 60
"""Characters of a quotation in which its floor stands: 引用第3楼某某于某时发表的."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """How a thread is read: by the source's own selectors, or by those of a forum program."""

    item: Selector
    fields: Mapping[str, Selector]
    """``id``, ``floor``, ``time``, ``author``, ``reply_to``, as far as there are selectors."""
    text: Selector
    unwanted: Selector
    title: Selector | None
    following: tuple[Selector, ...]
    first_floor: int | None
    """The number of the opening post; None where only the page can tell."""
    nested: bool

    @property
    def first(self) -> int:
        """The number that an opening post without one gets."""
        return 1 if self.first_floor is None else self.first_floor

    @property
    def selectors(self) -> list[Selector]:
        """All of them; the page is built for these."""
        title = [self.title] if self.title else []
        around = (self.unwanted, *title, *self.following, _NEXT)
        return [self.item, *self.fields.values(), self.text, *around]


@dataclass(frozen=True, slots=True)
class _Floor:
    """One post as it stands on the page."""

    told: Row
    text: str
    number: int | None
    element: str
    """The id of its element, empty when it has none."""


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of one page of a thread, in its order.

    A reply answers the post that it quotes, if the page tells that, and else the opening post;
    what it quotes is no text of its own. Raises ``ParseError`` naming a wrong selector, for a page
    that wants a login or a captcha solved, and for one without a post.
    """
    text = pages.decoded(page)
    rules, whole, count = _asked(text, source)
    title, following = _title(whole, rules), _next(whole, rules, page)
    floors = _floors(whole, rules)
    posts = _posts(floors, rules, title, page, source)
    if not posts:
        raise _no_posts(text)
    return ParseResult(
        posts=posts,
        next_page=following,
        defects=(
            *pages.over_limit(page, source.url, count),
            *_empty(floors, page, source),
            *cut_off(posts, page, source),
        ),
    )


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return for each selector, the source's or a forum program's, how many values it finds.

    Raises ``ParseError`` naming a wrong selector, and for a page on which no rule finds a post.
    """
    rules, whole, count = _asked(pages.decoded(page), source)
    asked = list(dict.fromkeys([*rules.fields.values(), rules.text]))
    rows, _ = whole.rows(rules.item, asked, most=MAX_ITEMS, nested=rules.nested)
    found = {rules.item.key: count}
    found |= {s.key: sum(len(row.get(s.key, ())) for row in rows) for s in asked}
    for single in (*filter(None, [rules.title]), *rules.following):
        found[single.key] = len(whole.row([single]).get(single.key, ()))
    return found


def _asked(text: str, source: Source) -> tuple[_Rules, Markup, int]:
    """Return the first rules that find posts, the page, and how many posts they find."""
    written = source.selectors
    if "thread_item" in written:
        known = [_own(written)]
    else:
        known = [_of_program(engine, written) for engine in ENGINES]
    whole = markup.read(text, [asked for rules in known for asked in rules.selectors])
    for rules in known:
        rows, count = whole.rows(rules.item, [rules.text], most=1, nested=rules.nested)
        if any(rows):
            return rules, whole, count
    raise _no_posts(text)


def _no_posts(text: str) -> pages.ParseError:
    return pages.nothing_found(text, "页面上没有找到任何楼层，版式可能已变化")


def _own(written: Mapping[str, str]) -> _Rules:
    """Return the rules of a source that tells its items itself."""
    told = _told(written)
    if "id" in told:
        # One selector tells what forum programs write in two places: 3楼, or an element's id.
        told["floor"] = told["id"]
    return _rules(told, unwanted=forums.QUOTES)


def _of_program(engine: Engine, written: Mapping[str, str]) -> _Rules:
    """Return the rules of a forum program, with what the source tells differently."""
    usual = {name: selector(f"{engine.name} {name}", css) for name, css in engine.selectors.items()}
    return _rules(
        usual | _told(written),
        unwanted=engine.unwanted,
        first_floor=engine.first_floor,
        nested=engine.nested,
    )


def _told(written: Mapping[str, str]) -> dict[str, Selector]:
    return {
        key.removeprefix("thread_"): selector(key, css)
        for key, css in written.items()
        if key.startswith("thread_")
    }


def _rules(
    told: Mapping[str, Selector],
    *,
    unwanted: str,
    first_floor: int | None = None,
    nested: bool = False,
) -> _Rules:
    return _Rules(
        item=told["item"],
        fields={name: told[name] for name in _FIELDS if name in told},
        text=told.get("text", _ITSELF),
        unwanted=selector("unwanted", unwanted),
        title=told.get("title"),
        following=(told["next"].reading("href"),) if "next" in told else (),
        first_floor=first_floor,
        nested=nested,
    )


def _title(whole: Markup, rules: _Rules) -> str:
    told = whole.row([rules.title]).get(rules.title.key) if rules.title else None
    return " ".join(told[0].split()) if told else head.heading_of(whole, site="")


def _next(whole: Markup, rules: _Rules, page: FetchedPage) -> str | None:
    """Return the next page, as the source or the program tells it, or the head of the page."""
    base = markup.base_of(whole, page.url)
    for following in (*rules.following, _NEXT):
        found = next_address(whole, following, base)
        if found and found != page.url:
            return found
    return None


def _floors(whole: Markup, rules: _Rules) -> list[_Floor]:
    """Return the posts of the page; what a post quotes tells whom it answers, and then goes."""
    item, nested = rules.item, rules.nested
    quoted = [rules.fields["reply_to"]] if "reply_to" in rules.fields else []
    quotes, _ = whole.rows(item, quoted, most=MAX_ITEMS, nested=nested)
    whole.remove(rules.unwanted)
    fields = [asked for asked in rules.fields.values() if asked not in quoted]
    rows, _ = whole.rows(item, [*fields, rules.text], most=MAX_ITEMS, nested=nested)
    if len(quotes) != len(rows):  # a post stood in a quotation
        quotes = [{} for _ in rows]
    return [_floor(row | quote, rules) for row, quote in zip(rows, quotes, strict=True)]


def _floor(row: Row, rules: _Rules) -> _Floor:
    told = {name: row[asked.key] for name, asked in rules.fields.items() if asked.key in row}
    return _Floor(
        told=told,
        text="\n".join(row.get(rules.text.key, ())),
        number=forums.floor_of(_first(told, "floor"), first=rules.first),
        element="".join(_first(told, "id").split())[:MAX_ID],
    )


def _posts(
    floors: Sequence[_Floor], rules: _Rules, title: str, page: FetchedPage, source: Source
) -> tuple[ParsedPost, ...]:
    thread, number = forums.thread_of(page.url)
    ids = [_id(floor, thread) for floor in floors]
    opening = f"{thread}#{rules.first}"
    if ids and number == 1 and floors[0].number is None:
        ids[0] = opening
    elif ids and number == 1 and rules.first_floor is None:
        opening = ids[0]
    by_element = {forums.key_of(f.element): i for f, i in zip(floors, ids, strict=True)}
    by_element |= {f.element: i for f, i in zip(floors, ids, strict=True) if f.element}
    posts: dict[str, ParsedPost] = {}
    for floor, post_id in zip(floors, ids, strict=True):
        if has_text(floor.text) and post_id not in posts:
            answered = _answered(floor, by_element, thread, rules) or opening
            posts[post_id] = _post(
                floor,
                post_id,
                page,
                source,
                title=title if post_id == opening else "",
                reply_to=answered if answered != post_id else None,
            )
    return tuple(posts.values())


def _id(floor: _Floor, thread: str) -> str:
    """Return an id that lasts: by the post's floor, else by its element, else by its words."""
    if floor.number is not None:
        return f"{thread}#{floor.number}"
    words = f"{_first(floor.told, 'time')} {floor.text}"
    return f"{thread}#{floor.element or hashlib.sha256(words.encode()).hexdigest()[:16]}"


def _answered(
    floor: _Floor, by_element: Mapping[str, str], thread: str, rules: _Rules
) -> str | None:
    """Return the id of the post that a reply quotes, None when the page does not tell it."""
    told = _first(floor.told, "reply_to")
    element = forums.quoted_element(told)
    for key in filter(None, (element, told, forums.key_of(told) if told else "")):
        if key in by_element:
            return by_element[key]
    floor_told = None if element else forums.floor_of(told[:_QUOTE_HEAD], first=rules.first)
    return None if floor_told is None else f"{thread}#{floor_told}"


def _post(
    floor: _Floor,
    post_id: str,
    page: FetchedPage,
    source: Source,
    *,
    title: str,
    reply_to: str | None,
) -> ParsedPost:
    when = read_time(_first(floor.told, "time"), zone=source.time_zone, fetched_at=page.fetched_at)
    return ParsedPost(
        source=source.name,
        post_id=post_id,
        url=page.url,
        published_at=when.moment if when else None,
        channel=source.channel,
        text=pages.joined(title, floor.text),
        author=_first(floor.told, "author") or None,
        reply_to=reply_to,
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )


def _empty(floors: Sequence[_Floor], page: FetchedPage, source: Source) -> Iterator[Defect]:
    """Yield a defect for each post without a text; forms at the end of a page are no posts."""
    for number, floor in enumerate(floors, 1):
        if not has_text(floor.text) and ("time" in floor.told or "author" in floor.told):
            where = pages.location(source.url, number)
            yield Defect(source.name, where, "楼层没有文字", page.fetched_at)


def _first(row: Row, name: str) -> str:
    return row[name][0] if name in row else ""
