"""A page that CSS is asked of, through lexbor. Pure.

A field is asked for once on the whole page, and what it finds is dealt out to the items: asking
item by item takes twice as long, mostly for reading the same selector again and again.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from crawler.parsers.bounds import lexbor_tree
from crawler.parsers.page import MAX_MARKUP, ParseError, texts_of, tidied, without_blank_lines
from crawler.parsers.selectors import Part, Row, Selector


def _numbers(html: str) -> frozenset[int]:
    """Return lexbor's numbers for the kinds of node that are in *html*."""
    body = LexborHTMLParser(f"<body>{html}").css("body *")
    return frozenset(node.tag_id for node in body)


MAX_SIBLINGS = 20_000
"""Tags of a page that a selector with ``~`` is asked of: lexbor tries all siblings before one."""

MAX_PHRASES = 20
"""Levels of phrases in a text that are read one by one."""

_TEXT = 2
"""lexbor's number for a run of text."""
(_BREAK,) = _numbers("<br>")
_PHRASES = _numbers("<a></a><b><em><font><i><span><strong><u><img>")
_UNSEEN = {"script", "style", "template", "noscript", "iframe", "textarea"}

_SIBLINGS = re.compile(r"~(?!=)")
_STEPS = re.compile(r"[\s>+~]")
_LAST_TAG = re.compile(r"(?:^|[\s>+~])([a-zA-Z][\w-]*)[^\s>+~\[\]()]*$")
_FIRST_STEP = re.compile(
    r"((?:[^\s>+~()\[\]]|\[[^\]]*\]|\([^()]*\))+)(\s*>.*|\s+[^\s>+~].*)", re.DOTALL
)

Group = list[LexborNode]
"""What one field finds in one item."""


class CssPage:
    """Asks a page for what CSS selectors find; see ``selectors.Markup``."""

    def __init__(self, text: str, selectors: Iterable[Selector]) -> None:
        """Build the page; raises ``ParseError`` beyond the bounds."""
        paths = [path for asked in selectors for path in asked.paths]
        if any(map(_SIBLINGS.search, paths)) and text.count("<") > MAX_SIBLINGS:
            raise ParseError(f"页面标签超过 {MAX_SIBLINGS} 个，不能用含“~”的选择器读取")
        steps = sorted(len(path.split()) for path in paths)
        # A field is looked for below the path of its item.
        self.tree = lexbor_tree(text, steps=sum(steps[-2:]))

    def rows(
        self, item: Selector, fields: Iterable[Selector], *, most: int, nested: bool = False
    ) -> tuple[list[Row], int]:
        """Return what *fields* find in each of the first *most* items, and how many there are."""
        items = _Items(self, item, nested=nested)
        asked = [(field, part) for field in fields for part in field.parts]
        rows: list[Row] = [{} for _ in items.nodes[:most]]
        for (field, part), groups in zip(asked, items.groups(asked), strict=True):
            _fill(rows, field.key, groups, part)
        return rows, len(items.nodes)

    def row(self, fields: Iterable[Selector]) -> Row:
        """Return what *fields* find on the whole page."""
        row: Row = {}
        for field in fields:
            for part in field.parts:
                found = {node.mem_id: node for node in self.find(part.paths, field)}
                group = _outermost(list(found.values()))
                if values := _values(group, part):
                    row.setdefault(field.key, []).extend(values)
        return row

    def remove(self, unwanted: Selector) -> None:
        """Take away the elements that *unwanted* finds."""
        for node in self.find(unwanted.paths, unwanted):
            if node.parent is not None:
                node.decompose()

    def find(self, paths: Iterable[str], asked: Selector) -> list[LexborNode]:
        """Return the elements at *paths*, in the page's order; raises ``ParseError`` naming it.

        An element that fits several comes several times, one after the other.
        """
        try:
            return self.tree.css(", ".join(path or "*" for path in paths))
        except (SelectolaxError, ValueError):  # ValueError: half a character in the selector
            raise asked.wrong() from None

    def inner(self, paths: Sequence[str], asked: Selector) -> set[int]:
        """Return the numbers of those elements at *paths* that lie inside another one."""
        # Written :is() :is(), lexbor would look no further than the parent (selectors.misread).
        inside = [f"{path or '*'} {_any(paths)}" for path in paths]
        return {node.mem_id for node in self.find(inside, asked)}


class _Items:
    """The items of a page, and what is found in each."""

    def __init__(self, page: CssPage, item: Selector, *, nested: bool) -> None:
        self.page = page
        self.paths = [path or "*" for path in item.paths]
        self.nested = nested
        found = {node.mem_id: node for node in page.find(self.paths, item)}
        if not nested and not _are_siblings(found):
            for number in page.inner(self.paths, item):
                del found[number]
        self.nodes = list(found.values())
        self.places = dict(zip(found, range(len(found)), strict=True))
        self.tags = {_tag_of(path) for path in self.paths}

    def groups(self, asked: Sequence[tuple[Selector, Part]]) -> list[list[Group]]:
        """Return for each of *asked* what it finds in each item, an item itself included."""
        found = [self._found(field, part) for field, part in asked]
        simple = [path for _, part in asked for path in self._one_step(part)]
        if simple and self.page.find(self._themselves(simple), asked[0][0]):
            for groups, (field, part) in zip(found, asked, strict=True):
                self._with_items(groups, field, part)
        return found

    def _found(self, field: Selector, part: Part) -> list[Group]:
        if part.is_itself:
            return [[node] for node in self.nodes]
        groups = self._dealt(field, part)
        if max(map(len, groups), default=0) > 1:
            groups = list(map(_outermost, groups))
        return groups

    def _with_items(self, groups: list[Group], field: Selector, part: Part) -> None:
        """Put items that *part* finds themselves in the place of what it finds in them."""
        if simple := self._one_step(part):
            for node in self.page.find(self._themselves(simple), field):
                if (place := self.places.get(node.mem_id)) is not None:
                    groups[place] = [node]

    def _themselves(self, paths: Iterable[str]) -> list[str]:
        return [f"{item}{_any(paths)}" for item in self.paths]

    def _dealt(self, field: Selector, part: Part) -> list[Group]:
        """Deal out what is found to the nearest item above it, which may be the found itself."""
        groups: list[Group] = [[] for _ in self.nodes]
        places, paths = self.places, self._within(part)
        found = self.page.find(paths, field)
        if len(paths) > 1 or self.nested:
            found = list({node.mem_id: node for node in found}.values())
        for node in found:
            above = node if self.nested else node.parent
            while (owner := above.mem_id) not in places:  # type: ignore[union-attr]
                above = above.parent  # type: ignore[union-attr]  # an item stands above it
            groups[places[owner]].append(node)
        return groups

    def _within(self, part: Part) -> list[str]:
        """Return the paths of *part* below an item; its first step may be the item itself."""
        paths = [f"{above} {path}" for above in self.paths for path in part.paths]
        for first, rest in filter(None, map(_split, part.paths)):
            if self._may_be(first):
                paths += [f"{above}:is({first}){rest}" for above in self.paths]
        return paths

    def _one_step(self, part: Part) -> list[str]:
        """Return those paths of *part* that an item itself may fit, with nothing around it."""
        return [
            path
            for path in part.paths
            if path not in {"", "*"} and not _STEPS.search(path) and self._may_be(path)
        ]

    def _may_be(self, step: str) -> bool:
        """Return whether an item can fit *step*, as far as their tags tell."""
        tag = _tag_of(step)
        return not tag or tag in self.tags or "" in self.tags


def _are_siblings(found: Mapping[int, LexborNode]) -> bool:
    """Return whether all are children of one element, so that none lies inside another."""
    parents = (node.parent for node in found.values())
    return len({parent.mem_id if parent is not None else 0 for parent in parents}) < 2


def _tag_of(path: str) -> str:
    """Return the tag that the last step of *path* asks for, empty for any."""
    found = _LAST_TAG.search(path)
    return found[1].lower() if found else ""


def _outermost(group: Group) -> Group:
    """Leave out what lies inside another one; asking lexbor for it may try every pair of levels."""
    if len(group) < 2:
        return group
    numbers = {node.mem_id for node in group}
    return [node for node in group if not _lies_inside(node, numbers)]


def _lies_inside(node: LexborNode, numbers: Container[int]) -> bool:
    above = node.parent
    while above is not None and above.mem_id not in numbers:
        above = above.parent
    return above is not None


def _split(path: str) -> tuple[str, str] | None:
    """Return the first step of *path* and the rest, None when there is only one."""
    found = _FIRST_STEP.fullmatch(path)
    return (found[1], found[2]) if found else None


def _any(paths: Iterable[str]) -> str:
    return f":is({', '.join(path or '*' for path in paths)})"


def _fill(rows: list[Row], key: str, groups: list[Group], part: Part) -> None:
    """Put what *part* reads of each group into the row in its place."""
    read = _reader(part)
    for row, group in zip(rows, groups, strict=False):
        if len(group) == 1 and (told := read(group[0])) is not None:
            values = [told] if told else []
        else:
            values = _values(group, part)
        if values:
            row[key] = row[key] + values if key in row else values


def _reader(part: Part) -> Callable[[LexborNode], str | None]:
    """Return what reads one element, None where it takes more than a look."""
    if (name := part.attribute) is None:
        return _not_read if part.own else _plain_text
    if part.is_itself:
        return lambda node: (node.attrs.get(name) or "").strip() or None
    return lambda node: (node.attrs.get(name) or "").strip()


def _not_read(_: LexborNode) -> None:
    return None


def _values(group: Sequence[LexborNode], part: Part) -> list[str]:
    if (name := part.attribute) is not None:
        told = [value for node in group if (value := (node.attrs.get(name) or "").strip())]
        return told or (_first_within(group[0], name) if part.is_itself else [])
    if part.own:
        return [text for node in group if (text := tidied("".join(_own_text(node))))]
    return texts_of(node.html or "" for node in group)


def _first_within(node: LexborNode, attribute: str) -> list[str]:
    found = node.css_first(f"[{attribute}]")
    told = (found.attrs.get(attribute) or "").strip() if found is not None else ""
    return [told] if told else []


def _plain_text(node: LexborNode) -> str | None:
    """Return the text of *node* if nothing but text, line breaks and phrases is in it, else None.

    Takes a third of the time of writing the element out and reading it again.
    """
    child = node.first_child
    if child is not None and child.next is None and child.tag_id == _TEXT:
        # Most of what is asked for, and at half the price of what follows.
        told = child.text_content or ""
        return without_blank_lines(told[:MAX_MARKUP]) if node.tag not in _UNSEEN else None
    parts: list[str] = []
    if not _is_plain(node, parts, MAX_PHRASES):
        return None
    return without_blank_lines("".join(parts)[:MAX_MARKUP])


def _is_plain(node: LexborNode, parts: list[str], levels: int) -> bool:
    child = node.first_child
    while child is not None:
        tag = child.tag_id
        if tag == _TEXT:
            parts.append(child.text_content or "")
        elif tag == _BREAK:
            parts.append("\n")
        elif tag not in _PHRASES or not levels or not _is_plain(child, parts, levels - 1):
            return False
        child = child.next
    return True


def _own_text(node: LexborNode) -> Iterator[str]:
    return (c.text_content or "" for c in node.iter(include_text=True) if c.tag_id == _TEXT)
