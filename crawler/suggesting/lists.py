"""Lists on a page, found by structure: siblings that each hold one link, and a time. Pure.

Elements are grouped by the path of their parent and their tag, so a list that is broken into
several ``ul`` stays one list. In every group the place of the main link and that of the time are
those that recur from item to item.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import mean, median
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.parsers.page import web_address
from crawler.records import FetchedPage
from crawler.suggesting.dates import dateish, tells_only_time, times_of
from crawler.suggesting.elements import Place, identity, step_to, steps_between, title_of

MIN_ITEMS = 3
"""Fewer siblings are no list."""
MIN_TITLE = 4
"""Characters of a link that may be a title; menus have shorter ones (首页, 政务公开)."""
MAX_ANCHORS = 5_000
"""Links looked at on one page; a page of more is no list but a map of the site."""
MAX_CLIMB = 7
"""Elements between a link and the item that holds it."""
MAX_SAME = 3
"""Links at the same place of one item; more make the item a list of its own."""
FAR_BEHIND = 0.25
"""Share of the best list's score below which another is not worth showing."""
_COUNTED_ITEMS = 40
_WHOLE_TITLE = 16
"""Longer titles weigh no more: a Chinese headline has some 15 to 25 characters."""

_THREAD = re.compile(
    r"(?i)//(?:bbs|forum|club|tieba|luntan)\d{0,2}\.|/(?:bbs|forum|thread|topic|tieba)s?[-_/.]|"
    r"/thread-|viewthread|viewtopic|[?&](?:tid|topic_?id)=|/(?:t|p)/\d{3,}"
)
_ASIDE_TAGS = frozenset({"nav", "header", "footer", "aside"})
_ASIDE_WORDS = re.compile(
    r"nav|menu|foot|crumb|friend|relate|recommend|tuijian|paihang|phb|banner|swiper|copyright|"
    r"(?:^|[\s_-])(?:hot|rank|slide|focus|side|sidebar|aside)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ItemList:
    """Items of a page that look like one list."""

    items: tuple[HtmlElement, ...] = field(repr=False)
    anchors: tuple[HtmlElement, ...] = field(repr=False)
    """The main link of each item."""
    link_place: Place
    time_place: Place | None
    """Where the readable times stand; None when there are none, or on too few items."""
    times: tuple[datetime | None, ...] = field(repr=False)
    """What each item's time says, aware, UTC."""
    score: float
    """How well it would serve as a source; see ``_score``."""


def find_lists(root: HtmlElement, page: FetchedPage) -> list[ItemList]:
    """Return the lists under *root*, the most useful first."""
    anchors = _titled_anchors(root, page.url)
    found = []
    for items in _buckets(anchors):
        whole = _as_list(items, anchors, page)
        if whole is not None:
            found.append(whole)
            if (part := _dated_part(whole)) and (read := _as_list(part, anchors, page)):
                found.append(read)
    return _distinct(found)


def _distinct(found: Sequence[ItemList]) -> list[ItemList]:
    """Return *found* best first, each set of links once, without what is far behind the best.

    Of equal lists the one with the larger items: they may hold a time that is not read yet.
    """
    order = sorted(range(len(found)), key=lambda n: (-found[n].score, -n))
    distinct: dict[frozenset[HtmlElement], ItemList] = {}
    for one in (found[n] for n in order):
        distinct.setdefault(frozenset(one.anchors), one)
    least = FAR_BEHIND * max((one.score for one in found), default=0.0)
    return [one for one in distinct.values() if one.score >= least]


def leads_to_threads(found: ItemList, page: FetchedPage) -> bool:
    """Return whether the addresses behind *found* look like those of a forum's threads."""
    addresses = [web_address(anchor.get("href"), page.url) or "" for anchor in found.anchors]
    return sum(_THREAD.search(address) is not None for address in addresses) * 2 > len(addresses)


def _titled_anchors(root: HtmlElement, base: str) -> dict[HtmlElement, str]:
    """Return the links that may be titles, with their absolute addresses, in page order."""
    found: dict[HtmlElement, str] = {}
    for anchor in root.iter("a"):
        address = web_address(anchor.get("href"), base)
        title = title_of(anchor)
        if address and len(title) >= MIN_TITLE and not tells_only_time(title):
            found[anchor] = address
        if len(found) >= MAX_ANCHORS:
            break
    return found


def _buckets(anchors: Iterable[HtmlElement]) -> Iterator[list[HtmlElement]]:
    paths: dict[HtmlElement, str] = {}
    buckets: defaultdict[tuple[str, str], dict[HtmlElement, None]] = defaultdict(dict)
    for anchor in anchors:
        element = anchor
        for _ in range(MAX_CLIMB):
            parent = element.getparent()
            if parent is None or element.tag in {"body", "html"}:
                break
            buckets[_path(parent, paths), str(element.tag)].setdefault(element)
            element = parent
    return (list(items) for items in buckets.values() if len(items) >= MIN_ITEMS)


def _path(element: HtmlElement, known: dict[HtmlElement, str]) -> str:
    way = [element]
    while way[-1] not in known and (parent := way[-1].getparent()) is not None:
        way.append(parent)
    for below in reversed(way):
        if below not in known:
            parent = below.getparent()
            above = "" if parent is None else known[parent]
            known[below] = f"{above}/{identity(below)}{step_to(below)}"
    return known[element]


def _as_list(
    items: list[HtmlElement], anchors: dict[HtmlElement, str], page: FetchedPage
) -> ItemList | None:
    places = [_link_places(item, anchors) for item in items]
    if median(max(Counter(p.steps for p in one).values()) for one in places) > MAX_SAME:
        return None
    link_place = _main_place(places, anchors)
    main = tuple(_main(one, link_place) for one in places)
    if len({anchors[anchor] for anchor in main}) < MIN_ITEMS:
        return None
    time_place, times = times_of(items, page)
    return ItemList(
        items=tuple(items),
        anchors=main,
        link_place=link_place,
        time_place=time_place,
        times=times,
        score=_score(items, main, times, anchors, page.url),
    )


def _link_places(item: HtmlElement, anchors: dict[HtmlElement, str]) -> dict[Place, HtmlElement]:
    seen: Counter[tuple[str, ...]] = Counter()
    places: dict[Place, HtmlElement] = {}
    for anchor in item.iter("a"):
        if anchor in anchors:
            steps = steps_between(item, anchor)
            places[Place(steps, seen[steps])] = anchor
            seen[steps] += 1
    return places


def _main_place(
    places: Sequence[dict[Place, HtmlElement]], anchors: dict[HtmlElement, str]
) -> Place:
    """Return the place whose links tell most: long titles, each leading somewhere else."""
    weight: Counter[Place] = Counter()
    leads: defaultdict[Place, set[str]] = defaultdict(set)
    for one in places:
        for place, anchor in one.items():
            weight[place] += min(len(title_of(anchor)), 2 * _WHOLE_TITLE)
            leads[place].add(anchors[anchor])
    held = Counter(place for one in places for place in one)
    return max(weight, key=lambda place: weight[place] * len(leads[place]) / held[place])


def _main(places: dict[Place, HtmlElement], wanted: Place) -> HtmlElement:
    """Return the link at *wanted*, in an item made otherwise that with the longest title."""
    if wanted in places:
        return places[wanted]
    return max(places.values(), key=lambda anchor: len(title_of(anchor)))


def _dated_part(whole: ItemList) -> list[HtmlElement] | None:
    """Return the items whose parents hold times, where others of the same make hold none.

    A menu and a list in unnamed elements have the same path.
    """
    dated = {
        item.getparent()
        for item, time in zip(whole.items, whole.times, strict=True)
        if time is not None
    }
    part = [item for item in whole.items if item.getparent() in dated]
    return part if MIN_ITEMS <= len(part) < len(whole.items) else None


def _score(
    items: Sequence[HtmlElement],
    main: Sequence[HtmlElement],
    times: Sequence[datetime | None],
    anchors: dict[HtmlElement, str],
    base: str,
) -> float:
    """Return how well a list would serve: many dated items, whole titles, addresses alike.

    The weights were set on the invented pages of ``tests/crawler/list_pages.py``; see there for
    the share of pages where the right list comes first.
    """
    share = min(1.0, _COUNTED_ITEMS / len(items))
    dated = sum(time is not None for time in times) * share
    hinted = sum(any(dateish(item)) for item in items) * share
    bare = len(items) * share - max(dated, hinted)
    length = min(1.0, mean(len(title_of(anchor)) for anchor in main) / _WHOLE_TITLE)
    addresses = [anchors[anchor] for anchor in main]
    shapes = Counter(_shape(address) for address in addresses)
    alike = shapes.most_common(1)[0][1] / len(addresses)
    own_host = urlsplit(base).hostname
    elsewhere = mean(urlsplit(address).hostname != own_host for address in addresses)
    return (
        (dated + 0.5 * max(0.0, hinted - dated) + 0.15 * bare)
        * length
        * (0.5 + 0.5 * alike)
        * (1 - 0.5 * elsewhere)
        * (0.4 if _aside(items[0]) else 1.0)
    )


def _shape(address: str) -> str:
    """Return *address* with its numbers and last part levelled: pages of one list look alike."""
    parts = urlsplit(address)
    folder, _, last = parts.path.rpartition("/")
    ending = last.rpartition(".")[2] if "." in last else ""
    return f"{parts.hostname}{re.sub(r'[0-9]+', '#', folder)}/{ending}"


def _aside(item: HtmlElement) -> bool:
    """Return whether *item* stands in a part of the page that is never its main list."""
    for above in (item, *item.iterancestors()):
        words = f"{above.get('id') or ''} {above.get('class') or ''}"
        if above.tag in _ASIDE_TAGS or (above.tag != "body" and _ASIDE_WORDS.search(words)):
            return True
    return False
