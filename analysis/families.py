"""The predicate families of ``matters.toml`` with types, and their words found in a text. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from core.vocabulary import ConcernLevel
from core.word_finder import WordFinder

OTHER = ("other_hazard", "other_problem")
"""Families of what only the sign lexicon hears."""
MOST_HITS = 400
"""Words of the lexicon that count in one text; a long article holds some fifty."""
ROLES = {"words": "word", "states": "state", "over": "over", "ask": "ask"}
"""List of a family -> role of its words: says it, is a state of an object, is over, asks."""
_LISTS = ("fine", "firsthand", "scopes", "danger", "traps", "not_objects")


class Path(StrEnum):
    """Which of the ways to notice a family belongs to; news has only the enquiry path."""

    HAZARD = "hazard"
    PROBLEM = "problem"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class Family:
    """One predicate in all its wordings; fields as explained in ``matters.toml``."""

    id: str
    name: str
    path: Path
    level: ConcernLevel
    where: str
    objects: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    gap: int = 10
    founds: bool = True
    days_danger: bool = False
    unless: tuple[str, ...] = ()
    """Words beside which the family is not meant."""
    covers: tuple[str, ...] = ()
    """Families that are only the occasion of this one in the same post."""
    patterns: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class MatterLexicon:
    """``matters.toml`` with types, and every word in one automaton."""

    families: Mapping[str, Family]
    kinds: Mapping[str, tuple[str, ...]]
    place_kinds: Mapping[str, str]
    negated: re.Pattern[str]
    asked: re.Pattern[str]
    self_before: re.Pattern[str]
    self_after: re.Pattern[str]
    services: Mapping[str, tuple[str, ...]]
    """Service -> the words that name it; a telephone is named after its service."""
    name_ends: str
    not_names: re.Pattern[str]
    finder: WordFinder[tuple[tuple[str, str], ...]]
    """Gives ((role, reference), ...) of each word; roles are the keys of ``ROLES``."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of the lexicon in a text, from *start* up to *end*."""

    start: int
    end: int
    role: str
    """A role of ``ROLES``, ``object``, ``goods``, or the list of ``matters.toml`` it is from."""
    ref: str
    """What the role is played for: a family, a kind of object, or the word itself."""


def _family(name: str, raw: Mapping[str, Any]) -> Family:
    words = {k: tuple(raw.get(k, ())) for k in ("objects", "prefer", "units", "unless", "covers")}
    return Family(
        id=name,
        name=raw["name"],
        path=Path(raw["path"]),
        level=ConcernLevel(raw["level"]),
        where=raw["where"],
        patterns=tuple(re.compile(p) for p in raw.get("patterns", ())),
        gap=raw.get("gap", 10),
        founds=raw.get("founds", True),
        days_danger=raw.get("days_danger", False),
        objects=words["objects"],
        prefer=words["prefer"],
        units=words["units"],
        unless=words["unless"],
        covers=words["covers"],
    )


def _finder(raw: Mapping[str, Any]) -> WordFinder[tuple[tuple[str, str], ...]]:
    roles: dict[str, list[tuple[str, str]]] = {}
    for name, family in raw["families"].items():
        for field, role in ROLES.items():
            for word in family.get(field, ()):
                roles.setdefault(word, []).append((role, name))
    for name, kind in raw["kinds"].items():
        for word in kind["words"]:
            roles.setdefault(word, []).append(("object", name))
    for word in raw["goods"]["words"]:
        roles.setdefault(word, []).append(("goods", word))
    for field in _LISTS:
        for word in raw[field]:
            roles.setdefault(word, []).append((field, word))
    return WordFinder({word: tuple(dict.fromkeys(found)) for word, found in roles.items()})


@cache
def load_matters() -> MatterLexicon:
    """Return the matters that ship with the product."""
    raw = tomllib.loads((files("core.lexicon") / "matters.toml").read_text(encoding="utf-8"))
    negations = "|".join(sorted(raw["negations"], key=len, reverse=True))
    asking = "|".join(sorted(raw["asking_before"], key=len, reverse=True))
    return MatterLexicon(
        families={n: _family(n, f) for n, f in raw["families"].items()},
        kinds={n: tuple(k["words"]) for n, k in raw["kinds"].items()},
        place_kinds={p: n for n, k in raw["kinds"].items() for p in k["places"]},
        negated=re.compile(
            rf"(?<![有是])(?:{negations})(?:再|死亡|新增|本地|聚集性|发生|出现|造成|什么|任何|真的|真|人员|听说|有|被"
            r"|学生|孩子|老师|师生|工人|员工|群众|居民|村民|乘客|患者)?$"
        ),
        asked=re.compile(rf"(?:{asking})[^，。！？,!?]{{0,4}}$"),
        self_before=re.compile(raw["self_before"]),
        self_after=re.compile(raw["self_after"]),
        services={n: tuple(words) for n, words in raw["services"].items()},
        name_ends=raw["name_ends"],
        not_names=re.compile("|".join(raw["not_names"])),
        finder=_finder(raw),
    )


def hits_in(lexicon: MatterLexicon, text: str) -> list[Hit]:
    """Return the words of *lexicon* in *text*, without those that a trap makes mean nothing.

    Of a text that holds more than ``MOST_HITS`` the first are read: each is compared with each.
    """
    found = [
        Hit(start, end, role, ref)
        for start, end, roles in islice(lexicon.finder.every(text), MOST_HITS)
        for role, ref in roles
    ]
    traps = [h for h in found if h.role == "traps"]
    overs = [h for h in found if h.role == "over"]
    inside = [h for h in found if h.role == "not_objects"]
    return [h for h in found if not (_covered(h, traps, overs) or _is_no_object(h, inside))]


def _covered(hit: Hit, traps: list[Hit], overs: list[Hit]) -> bool:
    """Tell whether a trap begins the hit, or it stands inside "is over" of its family."""
    if hit.role not in {"word", "state", "danger"}:
        return False
    if any(t.start < hit.start < t.end or (t.start == hit.start and t.end >= hit.end)
           for t in traps):  # fmt: skip
        return True
    return hit.role != "danger" and any(
        o.ref == hit.ref and o.start <= hit.start < o.end for o in overs
    )


def _is_no_object(hit: Hit, inside: list[Hit]) -> bool:
    """Tell whether 路 stands inside 绕路, or 江 inside 江湖: an object by its letters only."""
    return hit.role == "object" and any(i.start <= hit.start and hit.end <= i.end for i in inside)
