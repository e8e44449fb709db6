"""CSS selectors for a list found on a page: the shortest that pick out just that. Pure.

Every selector is tried on the page by the parser's own means before it is proposed. Positions are
the last resort, for they break with the first change of a page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement
from parsel import Selector as LxmlSelector

from core.clock import BEIJING
from core.text import normalise
from crawler.parsers.css import CssPage
from crawler.parsers.page import MAX_ITEMS, ParseError
from crawler.parsers.selectors import Selector, selector
from crawler.records import FetchedPage
from crawler.suggesting.dates import tells_only_time
from crawler.suggesting.elements import Place, classes, marks, text_in, title_of
from crawler.suggesting.lists import ItemList
from crawler.suggesting.paging import next_of
from crawler.times import read_time

MAX_ABOVE = 6
"""Elements above an item whose id or class may tell its list from others."""
MAX_TRIED = 4
"""Selectors of the same items that are tried for one whose links can be told."""
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", ".title", ".tit", ".bt", ".name", ".subject")
_BLOCKS = frozenset(["p", "div", "h1", "h2", "h3", "h4", "h5", "time", "dl"])


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Items of a list as a selector picks them on the parser's own page."""

    page: CssPage
    css: str
    link: Selector

    def column(self, field: Selector) -> list[list[str]]:
        """Return what *field* finds in each item that has a link."""
        asked = dict.fromkeys((self.link, field))
        rows, _ = self.page.rows(selector("item", self.css), asked, most=MAX_ITEMS)
        return [row.get(field.key, []) for row in rows if self.link.key in row]


def selectors_of(
    found: ItemList, root: HtmlElement, built: CssPage, page: FetchedPage
) -> dict[str, str] | None:
    """Return ``item``, ``link`` and, where there are any, ``title``, ``time`` and ``next``.

    *root* and *built* are the same page, as *found* was found on it and as the parser sees it.
    None when nothing short picks out the items or their links.
    """
    for css in islice(_items(found, root), MAX_TRIED):
        if link := _link(found, built, css):
            candidate = _Candidate(built, css, selector("link", link).reading("href"))
            more = (
                ("title", _title(found, candidate)),
                ("time", _time(found, candidate, page)),
                ("next", next_of(root, built)),
            )
            chosen = {"item": css, "link": link}
            return chosen | {key: written for key, written in more if written}
    return None


# Items


def _items(found: ItemList, root: HtmlElement) -> Iterator[str]:
    """Yield selectors that pick just the items, then one that picks separators too."""
    whole = LxmlSelector(root=root, type="html")
    wanted = set(found.items)
    near: list[str] = []
    for css in _item_candidates(found.items):
        picked = _picked(whole, css)
        outer = {one for one in picked if picked.isdisjoint(one.iterancestors())}
        if outer == wanted:
            yield css
        # Separators between the items have no link, and cost a counted defect each.
        elif not near and outer >= wanted and not any(_leads(one) for one in outer - wanted):
            near.append(css)
    yield from near


def _picked(whole: LxmlSelector, css: str) -> set[HtmlElement]:
    """Return what *css* picks; nothing where a name on the page makes it no selector (o:p)."""
    try:
        return {one.root for one in whole.css(css)}
    except (SyntaxError, RuntimeError, ValueError):  # all that parsel raises for such names
        return set()


def _leads(element: HtmlElement) -> bool:
    return element.tag == "a" or next(element.iter("a"), None) is not None


def _item_candidates(items: Sequence[HtmlElement]) -> Iterator[str]:
    """Yield selectors for *items*, the shortest and steadiest first."""
    shared = set.intersection(*(set(classes(item)) for item in items))
    tag = str(items[0].tag)
    owns = [*(f"{tag}.{name}" for name in classes(items[0]) if name in shared), tag]
    above = _shared_above(items)
    named = [mark for mark in above if _is_named(mark)]
    yield from owns[:-1]
    for own in owns:
        yield from _below(named, own)
        yield from _below([f"{o} {i}" for o in named for i in above if o != i], own)
    yield from _below(above, tag)
    yield from (f"body > {tag}", tag)
    yield from _by_way(items)


def _below(marks: Sequence[str], own: str) -> Iterator[str]:
    for mark in marks:
        yield f"{mark} > {own}"
        yield f"{mark} {own}"


def _by_way(items: Sequence[HtmlElement]) -> Iterator[str]:
    """Yield the way from the body by positions: all that tells two unnamed lists apart."""
    parents = list(dict.fromkeys(item.getparent() for item in items))
    way: list[str] = []
    for element in (parents[0], *parents[0].iterancestors()) if len(parents) == 1 else ():
        if element.tag in {"body", "html"}:
            break
        position = sum(1 for _ in element.itersiblings(preceding=True)) + 1
        way.insert(0, f"{element.tag}:nth-child({position})")
    if way:
        yield f"{' > '.join(way)} > {items[0].tag}"


def _is_named(mark: str) -> bool:
    return "." in mark or "#" in mark


def _shared_above(items: Sequence[HtmlElement]) -> list[str]:
    """Return marks that stand above every item, nearest first; ids before classes, tags last."""
    ways = [list(item.iterancestors())[:MAX_ABOVE] for item in items]
    found: list[str] = []
    for level in zip(*ways, strict=False):
        if any(element.tag in {"body", "html"} for element in level):
            break
        shared = set.intersection(*(set(marks(element)) for element in level))
        found += [mark for mark in marks(level[0]) if mark in shared]
    return sorted(dict.fromkeys(found), key=lambda mark: not _is_named(mark))


# Links, titles and times


def _link(found: ItemList, built: CssPage, item: str) -> str | None:
    """Return what finds the main link in each *item*: alone if possible, else before others."""
    near: str | None = None
    wanted = [normalise(anchor.get("href") or "") for anchor in found.anchors[:MAX_ITEMS]]
    for css in _links(found):
        link = selector("link", css).reading("href")
        told = _column(_Candidate(built, item, link), link) or []
        if [normalise(one[0]) for one in told] == wanted:
            if all(len(one) == 1 for one in told):
                return css
            near = near or css
    return near


def _links(found: ItemList) -> Iterator[str]:
    if all(item is anchor for item, anchor in zip(found.items, found.anchors, strict=True)):
        yield "::attr(href)"
    yield from _candidates(found.link_place)


def _column(candidate: _Candidate, field: Selector) -> list[list[str]] | None:
    """Return what *field* finds in each item; None where it is no selector."""
    try:
        return candidate.column(field)
    except ParseError:
        return None


def _candidates(place: Place) -> Iterator[str]:
    """Yield selectors for *place*, the shortest first."""
    if not (steps := place.steps):
        return
    tag, _, names = steps[-1].partition(".")
    yield from (f"{tag}.{name}" for name in names.split(".") if name)
    if not any(step.partition(".")[0] == tag for step in steps[:-1]):
        yield tag
    for step in reversed(steps[:-1]):
        above, _, names = step.partition(".")
        yield from (f"{above}.{name} {tag}" for name in names.split(".") if name)
        if above != tag:
            yield f"{above} {tag}"
    yield from _by_position([step.partition(".")[0] for step in steps], place.number)
    yield from (f"{tag}[title]", f"{tag}[target]", tag)


def _by_position(tags: Sequence[str], number: int) -> Iterator[str]:
    positions = ("first-child", "last-child", *(f"nth-child({n})" for n in range(1, 9)))
    yield from (f"{tags[-1]}:{position}" for position in positions)
    if len(tags) > 1:
        yield from (f"{tags[-2]}:{position} > {tags[-1]}" for position in positions)
    yield f"{tags[-1]}:nth-of-type({number + 1})"


def _title(found: ItemList, candidate: _Candidate) -> str | None:
    """Return where the title stands alone, for links that hold more than their title."""
    if all(map(_is_plain, found.anchors)) or all(a.get("title") for a in found.anchors):
        return None
    inner = {mark for anchor in found.anchors for mark in _inside(anchor)}
    wholes = [title_of(anchor) for anchor in found.anchors[:MAX_ITEMS]]
    for css in (*_HEADINGS, *sorted(inner)):
        told = _column(candidate, selector("title", css))
        if told and all(_is_title(one, whole) for one, whole in zip(told, wholes, strict=True)):
            return css
    return None


def _is_plain(anchor: HtmlElement) -> bool:
    """Return whether *anchor* holds a title and nothing else: no blocks, no time."""
    inner = [child for child in anchor.iterdescendants() if isinstance(child.tag, str)]
    return not any(child.tag in _BLOCKS or tells_only_time(text_in(child)) for child in inner)


def _inside(anchor: HtmlElement) -> Iterator[str]:
    for child in anchor.iterdescendants():
        if isinstance(child.tag, str):
            yield from (f"{child.tag}.{name}" for name in classes(child))


def _is_title(told: Sequence[str], whole: str) -> bool:
    text = normalise(told[0]) if len(told) == 1 else ""
    return len(text) >= 4 and not tells_only_time(text) and len(text) <= len(whole)


def _time(found: ItemList, candidate: _Candidate, page: FetchedPage) -> str | None:
    if found.time_place is None:
        return None
    near: str | None = None
    wanted = found.times[:MAX_ITEMS]
    for css in _time_candidates(found.time_place, str(found.items[0].tag)):
        told = _column(candidate, selector("time", css)) or []
        read = [read_time("\n".join(o), zone=BEIJING, fetched_at=page.fetched_at) for o in told]
        pairs = zip(read, wanted, strict=False)
        if not told or any(when and (r is None or r.moment != when) for r, when in pairs):
            continue
        if all(len(one) <= 1 for one in told):
            return css
        near = near or css
    return near


def _time_candidates(place: Place, item_tag: str) -> Iterator[str]:
    ending = "" if place.attribute is None else f"::attr({place.attribute})"
    if not place.steps:
        yield ending or f"{item_tag}::text"
        return
    plain = list(_candidates(place))
    yield from (f"{css}{ending}" for css in plain)
    # A text beside other elements: the element's own text alone.
    if place.attribute is None:
        yield from (f"{css}::text" for css in plain)
