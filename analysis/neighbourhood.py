"""Where a call for help comes from, to the estate, the village or the road, and no nearer. Pure.

The street a rescuer is sent to stands in the queue; the door stands in the sealed store alone.
"""

import re
from collections.abc import Sequence
from functools import cache

from analysis.gazetteer import Found, Gazetteer, Mentions, UncertainPlace
from core.directory import Place
from core.lexicon import Words, any_of, load_lexicon
from crawler.masking import mask_resident

UNCERTAIN = "（同名地点，待核实）"
_TOWNS = frozenset({"town", "county"})
_HOMES = frozenset({"estate", "village", "community"})
_WIDTHS = ("town", "street", "village", "estate")
"""From wide to narrow; the names of a width end with the words of that list."""

_TOKEN = re.compile(r"\[[^\]]{0,6}\]")
# What says a door or a floor, also where nothing masks it: 三栋, 5楼, 二单元, 12号.
_NARROW = re.compile(
    r"(?<![\d一二三四五六七八九十百零〇两])[A-Za-z]?"
    r"(?:\d{1,6}|[一二三四五六七八九十百零〇两]{1,6})\s?[-—－]?\s?"
    r"(?:号楼|号院|单元|栋|幢|座|楼|层|室|号|户|组|队|门洞)|[栋幢室]|单元"
)
# 槐陌镇路断了 names a town, and no road.
_ROAD_OUT = re.compile(r"(?<=[镇乡村庄])路$")
LONGEST_LANE = 4
"""Characters of 光荣北里; what is longer and ends with 里 is a sentence."""
_DIGITS = re.compile(r"[A-Za-z0-9\uff10-\uff5a]+")


@cache
def _lists() -> Words:
    return load_lexicon().extra.reading["neighbourhoods"]


@cache
def _mentions() -> Mentions:
    every = tuple(word for width in _WIDTHS for word in _lists()[width])
    return Mentions(load_lexicon(), every, never=_lists()["never"])


@cache
def _before() -> re.Pattern[str]:
    return any_of(_lists()["before"])


def neighbourhood(text: str) -> str | None:
    """Return the town, road, village and estate that *text* names, from wide to narrow, or None.

    Cut out by what names end with, for no gazetteer knows them all; so a name may keep a stray
    word. It never holds a digit, a building, a unit, a floor or a door.

    >>> neighbourhood("求助！柳汀镇大垄村四组12号，老人被困")
    '柳汀镇 大垄村'
    """
    plain = mask_resident(text)
    for edge in (_TOKEN, _NARROW, _DIGITS, _before()):
        plain = edge.sub("，", plain)
    named: dict[str, str] = {}
    for mention in _mentions().read(plain):
        name = _ROAD_OUT.sub("", mention)
        if not (name.endswith("里") and len(name) > LONGEST_LANE):
            named.setdefault(_width(name), name)
    return " ".join(named[width] for width in _WIDTHS if width in named) or None


def _width(mention: str) -> str:
    """Return the width that the longest fitting end of a name tells."""
    ends = ((end, width) for width in _WIDTHS for end in _lists()[width])
    return max((len(end), width) for end, width in ends if mention.endswith(end))[1]


def place_of(text: str, gazetteer: Gazetteer) -> str | None:
    """Return where *text* says somebody is, by the operator's places or else by the look of names.

    An estate or village of the gazetteer comes first, then what ``neighbourhood`` cuts out, then
    any other place that is known. A name that several places bear is marked so.
    """
    found = gazetteer.find(text)
    known = [place for place, _, _ in found if not place.outside]
    homes = [place for place in known if place.kind in _HOMES]
    if homes:
        return _told(homes[0], known)
    named = neighbourhood(_without_county(text, found))
    narrow = [place for place in known if place.kind not in _TOWNS]
    if narrow and named is None:
        return _told(narrow[0], known)
    return named or (_told(known[0], known) if known else None)


def _without_county(text: str, found: Sequence[Found]) -> str:
    """Return *text* without its counties: nobody is sent to one."""
    for place, start, end in reversed(found):
        if place.kind == "county":
            text = f"{text[:start]}，{text[end:]}"
    return text


def _told(place: Place, beside: Sequence[Place]) -> str:
    towns = [p.name for p in beside if p.kind == "town" and p is not place]
    town = place.town or (towns[0] if towns else None)
    name = f"{town} {place.name}" if town and town not in place.name else place.name
    return name + UNCERTAIN if isinstance(place, UncertainPlace) else name
