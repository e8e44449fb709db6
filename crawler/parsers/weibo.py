"""Posts as the interfaces of Weibo and its like give them. Pure.

Read are the words, the time, the counters and what is reposted. Numbers of accounts, lists of
mentioned accounts, regions and network addresses are never taken out of the page.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from core.text import normalise
from crawler.parsers import json
from crawler.parsers import page as pages
from crawler.parsers.page import MAX_ITEMS, ParseResult
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.times import read_time

REPOSTED = "转发微博"
"""The text of a repost without words of its own."""

_LISTS = ("data.list", "statuses", "data.statuses", "data.cards", "cards")
# Emoticons are pictures whose other text is their name in brackets: [泪].
_EMOTICON = re.compile(r"""<img\b[^<>]{0,500}?\balt=["']?(\[[^\[\]<>"']{1,20}\])[^<>]{0,500}>""")
_MARKUP = re.compile(r"</?[A-Za-z!][^<>]*>|&(?:[A-Za-z]{2,8}|#\d{1,7});")
# `//@account:` begins what others said before; in `https://@` it does not.
_CHAIN = re.compile(r"(?<![:：])[/／]{2}\s*[@＠]")
_BOILERPLATE = re.compile(
    r"(?:转发微博|转發微博|轉發微博|快转微博|轉發|转发|转|repost|fw)?[。.!！~～\s/／]*",
    re.IGNORECASE,
)
# What stands where a post was; only read as such when no account stands beside it.
_NOTICE = re.compile(
    r"^\W{0,3}(?:抱歉|对不起|该|此|这条|微博已)"
    r".{0,60}(?:删除|不存在|无法查看|查看权限|仅展示|不可见|不适宜|投诉)"
)
# Addresses of these forms name a post; others name the account first.
_IMPERSONAL = re.compile(r"/(?:status|statuses|detail|post|posts)/[0-9A-Za-z]{1,32}/?")
_SHOWN = ("created_at", "text", "retweeted_status")


def parse(page: FetchedPage, source: Source) -> ParseResult:
    """Return the posts of a list, each original just before the first repost of it, once.

    The list is looked for at ``items`` or in the usual places. A post that was deleted or is not
    public is a defect. Raises ``ParseError`` for anything else (see ``json.read``).
    """
    document, statuses = _statuses(page, source)
    posts: list[ParsedPost] = []
    defects: list[Defect] = []
    for number, status, listed in _once_each(statuses[:MAX_ITEMS]):
        found = _post(status, page, source)
        if isinstance(found, ParsedPost):
            posts.append(found)
        else:
            reason = found if listed else f"被转发的{found}"
            where = pages.location(source.url, number)
            defects.append(Defect(source.name, where, reason, page.fetched_at))
    defects += pages.over_limit(page, source.url, len(statuses))
    following = json.string(json.at(document, source.selectors.get("next")))
    return ParseResult(
        posts=tuple(posts),
        next_page=pages.web_address(following, page.url),
        defects=tuple(defects),
    )


def hits(page: FetchedPage, source: Source) -> dict[str, int]:
    """Return how many posts are listed, and how many of them tell each of the usual members."""
    document, statuses = _statuses(page, source)
    found = {"items": len(statuses)}
    if "next" in source.selectors:
        found["next"] = int(json.at(document, source.selectors["next"]) is not None)
    found["id"] = sum(_id(one) is not None for one in statuses)
    return found | {name: sum(bool(one.get(name)) for one in statuses) for name in _SHOWN}


def _statuses(page: FetchedPage, source: Source) -> tuple[Any, list[dict[str, Any]]]:
    text = pages.decoded(page)
    document = json.read(text)
    paths = [source.selectors["items"]] if "items" in source.selectors else _LISTS
    lists = (json.at(document, path) for path in paths)
    found = next((one for one in lists if isinstance(one, list)), None)
    if found is None:
        raise pages.nothing_found(text, "JSON 中没有微博列表，结构可能已变化")
    return document, list(_unwrapped(found))


def _unwrapped(items: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield the posts in *items*; cards wrap them, alone or in groups, between other cards."""
    for item in items:
        if not isinstance(item, dict):
            yield {}
        elif isinstance(item.get("mblog"), dict):
            yield item["mblog"]
        elif isinstance(item.get("card_group"), list):
            cards = (card for card in item["card_group"] if isinstance(card, dict))
            yield from (card["mblog"] for card in cards if isinstance(card.get("mblog"), dict))
        elif "card_type" not in item:
            yield item


def _once_each(statuses: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Yield each post with the number of the item it came in, and whether it is the item itself.

    An original comes before the first repost of it, as the list has it if it does: whole.
    """
    listed = {key: one for one in reversed(statuses) if (key := _id(one))}
    told: set[str] = set()
    for number, status in enumerate(statuses, 1):
        original = status.get("retweeted_status")
        found = [listed.get(_id(original) or "", original)] if isinstance(original, dict) else []
        for one in (*found, status):
            key = _id(one)
            if key is None or key not in told:
                yield number, one, one is status
            told |= {key} if key else set()


def _id(status: dict[str, Any]) -> str | None:
    """Return the id, from a string if there is one: others may have rounded the number."""
    told = (json.scalar(status.get(name)) for name in ("idstr", "mid", "id"))
    return next(filter(None, told), None)


def _html(status: dict[str, Any]) -> str:
    long = status.get("longText")
    whole = long.get("longTextContent") if isinstance(long, dict) else long
    told = (json.string(one) for one in (whole, status.get("text_raw"), status.get("text")))
    return next(filter(None, told), "")


def _own_words(status: dict[str, Any]) -> str:
    """Return what the account itself wrote; ``REPOSTED`` for a repost that adds nothing."""
    html = _EMOTICON.sub(r"\1", _html(status))
    text = pages.text_of(html) if _MARKUP.search(html) else html
    own, *others = _CHAIN.split(text, maxsplit=1)
    repost = bool(others) or isinstance(status.get("retweeted_status"), dict)
    return REPOSTED if repost and _BOILERPLATE.fullmatch(normalise(own)) else own.strip()


def _gone(status: dict[str, Any], text: str) -> str | None:
    """Return why a post is not there to be read, if so."""
    visible = status.get("visible")
    if isinstance(visible, dict) and str(visible.get("type", 0)) != "0":
        return "帖子不是公开可见"
    deleted = str(status.get("deleted", 0)) not in {"0", "False", "false", "None", ""}
    notice = not isinstance(status.get("user"), dict) and _NOTICE.match(text[:100])
    return "帖子已删除或不可见" if deleted or notice else None


def _url(status: dict[str, Any], page: FetchedPage) -> str | None:
    """Return the post's own address without its query, if its form names no account."""
    told = json.string(status.get("url")) or json.string(status.get("scheme"))
    address = pages.web_address(told, page.url)
    parts = urlsplit(address or "")
    return (
        f"{parts.scheme}://{parts.netloc}{parts.path}"
        if _IMPERSONAL.fullmatch(parts.path)
        else None
    )


def _author(status: dict[str, Any]) -> str | None:
    user = status.get("user")
    if not isinstance(user, dict):
        return json.string(status.get("screen_name"))
    return json.string(user.get("screen_name")) or json.string(user.get("name"))


def _post(status: dict[str, Any], page: FetchedPage, source: Source) -> ParsedPost | str:
    """Return the post, or why it is none."""
    post_id, text = _id(status), _own_words(status)
    if post_id is None:
        return "帖子没有编号"
    if gone := _gone(status, text):
        return gone
    if not normalise(text):
        return "帖子没有文字"
    original = status.get("retweeted_status")
    when = read_time(status.get("created_at"), zone=source.time_zone, fetched_at=page.fetched_at)
    counts = (status.get(f"{name}_count") for name in ("reposts", "comments", "attitudes"))
    return ParsedPost(
        source=source.name,
        post_id=post_id,
        url=_url(status, page),
        published_at=when.moment if when else None,
        channel=source.channel,
        text=text,
        author=_author(status),
        repost_of=_id(original) if isinstance(original, dict) else None,
        counts=pages.lenient_counts(*counts),
        issuer=source.issuer,
        zone_assumed=bool(when and when.zone_assumed),
        day_only=bool(when and when.day_only),
    )
