"""Where the items of a list tell when: the place of a readable time that recurs. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml.html import HtmlElement

from core.clock import BEIJING
from core.text import normalise
from crawler.records import FetchedPage
from crawler.suggesting.elements import Place, steps_between
from crawler.times import Told, read_time

MAX_TEXT = 64
"""Characters of a text that may be a time."""
MAX_BESIDE_TIME = 14
"""Characters beside a time in its text, such as 发布时间：[]; a longer text is a title."""

_DATEISH = re.compile(
    r"\d{4}\s?[-/.年]\s?\d{1,2}(?:\s?[-/.月]\s?\d{1,2}日?)?|\d{1,2}\s?[-/.月]\s?\d{1,2}日?"
    r"|\d{1,2}[:：]\d{2}(?:[:：]\d{2})?|今天|昨天|前天|\d{1,4}\s?(?:秒|分钟|小时|天)前|刚刚"
)
_CLOCK = re.compile(r"\D{0,4}\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\D{0,4}")
_RELATIVE = re.compile(r"前|刚")
_TIME_ATTRIBUTES = (
    "datetime",
    "title",
    "data-time",
    "data-date",
    "data-timestamp",
    "data-dateline",
)


def tells_only_time(text: str) -> bool:
    """Return whether *text* is a time with a few words around it, such as 发布时间：[06-17]."""
    return (
        _DATEISH.search(text) is not None
        and len(normalise(_DATEISH.sub("", text))) <= MAX_BESIDE_TIME // 2
    )


def times_of(
    items: Sequence[HtmlElement], page: FetchedPage
) -> tuple[Place | None, tuple[datetime | None, ...]]:
    """Return where the times stand, and each item's; no place when most items have none there.

    Of places that serve as many items the one that tells most is taken; see ``_worth``.
    """
    read = [dict(_readable(item, page)) for item in items]
    held = Counter(place for one in read for place in one)
    worth: Counter[Place] = Counter()
    for one in read:
        worth.update({place: told for place, (_, told) in one.items()})
    if not held:
        return None, (None,) * len(items)
    place = max(held, key=lambda place: (held[place], worth[place], place.attribute is None))
    if held[place] * 2 < len(items):
        return None, (None,) * len(items)
    return place, tuple(one[place][0] if place in one else None for one in read)


def _readable(item: HtmlElement, page: FetchedPage) -> Iterator[tuple[Place, tuple[datetime, int]]]:
    """Yield each place of a readable time, with the moment and what it is worth."""
    seen: Counter[tuple[tuple[str, ...], str | None]] = Counter()
    for element, attribute, text in dateish(item):
        told = read_time(text, zone=BEIJING, fetched_at=page.fetched_at)
        if told is not None:
            steps = steps_between(item, element)
            place = Place(steps, seen[steps, attribute], attribute)
            yield place, (told.moment, _worth(text, told))
            seen[steps, attribute] += 1


def _worth(text: str, told: Told) -> int:
    """Return 3 for day and clock, 2 for 半小时前, 1 for a day, 0 for the mere length of a film."""
    if _CLOCK.fullmatch(text):
        return 0
    if told.day_only:
        return 1
    return 2 if _RELATIVE.search(text) else 3


def dateish(item: HtmlElement) -> Iterator[tuple[HtmlElement, str | None, str]]:
    """Yield the short texts of *item* that look like a time, whether it can be read or not."""
    for element, attribute, text in _short_texts(item):
        if _DATEISH.search(text) and len(normalise(_DATEISH.sub("", text))) <= MAX_BESIDE_TIME:
            yield element, attribute, text


def _short_texts(item: HtmlElement) -> Iterator[tuple[HtmlElement, str | None, str]]:
    """Yield the texts and telling attributes of *item* with the element that holds each."""
    for element in item.iter():
        if not isinstance(element.tag, str):
            continue
        own = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
        if 0 < len(own) <= MAX_TEXT:
            yield element, None, own
        for name in _TIME_ATTRIBUTES:
            if (value := (element.get(name) or "").strip()) and len(value) <= MAX_TEXT:
                yield element, name, value
