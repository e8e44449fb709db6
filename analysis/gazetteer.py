"""The operator's places in a text; same-name places told apart or left without a town. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator

from core.directory import Directory, Place
from core.lexicon import Lexicon, any_of, load_lexicon
from core.word_finder import WordFinder

Found = tuple[Place, int, int]
"""A place and its span in the text: start, end (exclusive)."""

MAX_NAME = 6
"""Ideographs before the suffix of a place that no gazetteer knows."""

_COUNTY = re.compile(r"[\u4e00-\u9fff]{2,3}县")


class UncertainPlace(Place):
    """A place whose name several bear, where nothing beside it tells which one is meant."""


class Gazetteer:
    """Finds the directory's places by one Aho-Corasick pass: linear in the text's length."""

    def __init__(self, directory: Directory) -> None:
        self._by_name = _places_by_name(directory)
        self._finder = WordFinder({name: name for name in self._by_name})
        self._ambiguous = any(len(places) > 1 for places in self._by_name.values())
        self._own = "\n".join([*self._by_name, *(unit.name for unit in directory.units)])
        self._names_a_county = _COUNTY.search(self._own) is not None
        self._far = _far_pattern(load_lexicon())
        self._local = any_of(load_lexicon().extra.places["local"])

    def find(self, text: str) -> tuple[Found, ...]:
        """Return the places named in *text*, outside ones too, in order; the longest name wins.

        A name that several places bear is given to the one whose town, or another place of whose
        town, is named beside it. Undecided, it comes back as an ``UncertainPlace``: among places
        inside without a town, so that it is counted for none; between inside and outside as the
        one inside.
        """
        if not self._by_name:
            return ()
        spans = self._finder.longest(text)
        if not self._ambiguous:
            return tuple((self._by_name[name][0], start, end) for start, end, name in spans)
        beside = {p for _, _, n in spans if len(self._by_name[n]) == 1 for p in self._by_name[n]}
        return tuple((_resolve(self._by_name[n], beside), start, end) for start, end, n in spans)

    def outside(self, text: str) -> bool:
        """Tell whether a place outside the area is named in *text* and none inside it.

        Outside are the directory's own ``outside`` places, other provinces and countries in plain
        words, and, once the directory names a county of its own, any other county.
        """
        return self.is_outside(text, self.find(text))

    def is_outside(self, text: str, found: tuple[Found, ...]) -> bool:
        """Say the same of *text* whose places are already *found*."""
        if found:
            return all(place.outside for place, _, _ in found)
        if self._far.search(text):
            return self._local.search(text) is None
        return self._names_a_county and "县" in text and self._other_county(text)

    def _other_county(self, text: str) -> bool:
        counties = [m for m in place_mentions(text) if m.endswith("县")]
        return bool(counties) and all(m not in self._own for m in counties)


def _places_by_name(directory: Directory) -> dict[str, tuple[Place, ...]]:
    by_name: dict[str, dict[Place, None]] = defaultdict(dict)
    for place in directory.places:
        for name in (place.name, *place.also):
            by_name[name][place] = None
    return {name: tuple(places) for name, places in by_name.items()}


def _resolve(candidates: tuple[Place, ...], beside: set[Place]) -> Place:
    """Return the candidate that the places named beside it speak for, else one marked uncertain."""
    if len(candidates) == 1:
        return candidates[0]
    towns = {p.town for p in beside if p.town} | {p.name for p in beside}
    near = [p for p in candidates if p.town in towns]
    if len(near) == 1:
        return near[0]
    sides = {p.outside for p in beside}
    left = near or list(candidates)
    if len(sides) == 1:
        left = [p for p in left if p.outside in sides] or left
    if len(left) == 1:
        return left[0]
    inside = [p for p in left if not p.outside] or left
    told = inside[0].model_dump()
    return UncertainPlace(**(told if len(inside) == 1 else told | {"town": None}))


def _far_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    words = lexicon.extra.places
    far, unless = map(_alternatives, (words["far"], words["far_not"]))
    return re.compile(f"(?:{far})(?!{unless})")


def _alternatives(words: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


class Mentions:
    """Patterns for places that no gazetteer knows, by what their names end with."""

    def __init__(
        self, lexicon: Lexicon, suffixes: tuple[str, ...], *, never: tuple[str, ...] = ()
    ) -> None:
        words = lexicon.extra.places
        # One suffix may follow another: 白马河大桥, 青龙镇小学.
        self.suffix = re.compile(f"(?:{_alternatives(suffixes)})+")
        self.bare = frozenset(suffixes) | frozenset(words["not_places"])
        self.bad_endings = (*(w for w in words["not_places"] if w[-1] in "路市省县"), *never)
        self.stops = re.compile(_alternatives(words["stop_words"]))
        self.stop_characters = frozenset(words["stop_characters"])

    def read(self, text: str) -> Iterator[str]:
        """Yield the places named in *text*, in order."""
        begin = 0
        for match in self.suffix.finditer(text):
            name = self._trim(text[max(begin, match.start() - MAX_NAME) : match.start()])
            mention = name + match.group()
            if self._stands(name, mention):
                begin = match.end()
                yield mention

    def _stands(self, name: str, mention: str) -> bool:
        shortest = 3 if len(mention) - len(name) == 1 else 4
        if not name or len(mention) < shortest or mention in self.bare:
            return False
        return not mention.endswith(self.bad_endings)

    def _trim(self, left: str) -> str:
        """Return what of *left* may belong to a name: ideographs after the last word that ends."""
        cut = 0
        for place, character in enumerate(left):
            if character in self.stop_characters or not "\u4e00" <= character <= "\u9fff":
                cut = place + 1
        for match in self.stops.finditer(left):
            cut = max(cut, match.end())
        return left[cut:]


def _all_suffixes(lexicon: Lexicon) -> tuple[str, ...]:
    return (*lexicon.place_suffixes, *lexicon.extra.places["more_suffixes"])


_MENTIONS = Mentions(load_lexicon(), _all_suffixes(load_lexicon()))


def place_mentions(text: str) -> tuple[str, ...]:
    """Return places named in *text* by the look of them, without a gazetteer, in order, once each.

    Up to six ideographs and a suffix such as 水库 or 小区, cut behind function words: 听说平安路
    gives 平安路. Built by rule, so a name may keep a stray word; use it to compare, not to count.
    """
    return tuple(dict.fromkeys(_MENTIONS.read(text)))
