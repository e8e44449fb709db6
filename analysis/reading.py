"""Reads the matters of one scored post: what it says, asks or denies, and of what. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from analysis.anchors import Anchor, Heard, anchor_of, nearest_object, objects_in, site_near
from analysis.families import (
    OTHER,
    ROLES,
    Family,
    Hit,
    MatterLexicon,
    Path,
    hits_in,
    load_matters,
)
from analysis.matters import Matter, Stance, telling_numbers
from analysis.records import ScoredPost
from core.vocabulary import ConcernLevel

_STRENGTH = {Stance.ASSERTED: 2, Stance.ASKED: 1, Stance.DENIED: 0}
# 停不停课, 断没断: a choice is a question, whatever half of it a word stands for.
_WHETHER = re.compile(r"([\u4e00-\u9fff])[不没]\1")
# Cries that say of no hazard what it is.
_ONLY_URGENT = frozenset({"没了", "快跑", "快撤", "撤离", "封路"})


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything ``MatterReader`` saw in one post."""

    matters: tuple[Matter, ...]
    objects: tuple[Anchor, ...]
    """Facilities and places named or mentioned, in order of appearance."""
    fine: bool
    """Says that something is as it should be."""
    danger: bool
    """Tells people to flee or to hoard, or names a mortal danger."""
    firsthand: bool


class MatterReader:
    """Reads the matters of one scored post; keeps nothing between posts."""

    def __init__(self, lexicon: MatterLexicon | None = None) -> None:
        self._lexicon = lexicon or load_matters()

    def read(self, scored: ScoredPost) -> Reading:
        """Return what *scored* says, asks or denies, families in the order of the file."""
        hits = hits_in(self._lexicon, scored.post.text)
        by_role: dict[str, list[Hit]] = {}
        for hit in hits:
            by_role.setdefault(hit.role, []).append(hit)
        objects = objects_in(self._lexicon, scored.post.text, scored.signs.places, by_role)
        return Reading(
            matters=self._matters(Heard(scored, scored.post.text, by_role, objects)),
            objects=tuple(dict.fromkeys(anchor for _, anchor in objects)),
            fine="fine" in by_role,
            danger="danger" in by_role,
            firsthand="firsthand" in by_role,
        )

    def _matters(self, heard: Heard) -> tuple[Matter, ...]:
        found: dict[str, Matter] = {}
        said: dict[str, list[Hit]] = {}
        for role in ROLES.values():
            for hit in heard.by_role.get(role, ()):
                said.setdefault(hit.ref, []).append(hit)
        for family in self._lexicon.families.values():
            if family.id not in said and not family.patterns:
                continue
            if _not_meant(heard, family):
                continue
            for hit, anchor in _sayings(heard, family, said.get(family.id, ())):
                matter = self._matter(heard, family, hit, anchor)
                old = found.get(matter.group)
                if old is None or _STRENGTH[matter.stance] > _STRENGTH[old.stance]:
                    found[matter.group] = matter
        return self._uncovered(found.values()) or self._other(heard)

    def _uncovered(self, matters: Iterable[Matter]) -> tuple[Matter, ...]:
        """Leave out what is only the occasion: the fire of 着火是电焊引起的."""
        found = tuple(matters)
        covered = {
            name
            for m in found
            if m.stance is Stance.ASSERTED
            for name in self._lexicon.families[m.family].covers
        }
        return tuple(m for m in found if m.family not in covered)

    def _other(self, heard: Heard) -> tuple[Matter, ...]:
        """Return what only the sign lexicon hears: a hazard, or a failure of something."""
        signs = heard.scored.signs
        words = [w for w in signs.hazards if w not in _ONLY_URGENT]
        family_id, word = OTHER[0], words[0] if words else ""
        if not words and signs.failures and (signs.facilities or signs.places):
            family_id, word = OTHER[1], (*signs.facilities, signs.failures[0])[0]
        if not word or "traps" in heard.by_role:
            return ()
        family, at = self._lexicon.families[family_id], max(0, heard.text.find(word))
        hit = Hit(at, at + len(word), "word", family_id)
        matter = self._matter(heard, family, hit, None)
        stance = Stance.ASKED if heard.plainly_asked else matter.stance
        return (replace(matter, kind=word, stance=stance),)

    def _stance(self, heard: Heard, family: Family, hit: Hit) -> Stance:
        left = heard.text[max(0, hit.start - 9) : hit.start]
        right = re.split(r"[，。！？,!?\s]", heard.text[hit.end : hit.end + 4])[0]
        rescued = heard.text.startswith(("救出来", "救上来"), hit.start)
        whether = _WHETHER.search(heard.text, max(0, hit.start - 2), hit.end + 2)
        if hit.role == "ask" or whether or self._lexicon.asked.search(left):
            return Stance.ASKED
        if hit.role == "over":
            either = left.endswith("有") and heard.text.startswith(("没有", "无"), hit.start)
            back = re.search("吗|没(?!人)|么(?!多)", right)
            return Stance.ASKED if back or either else Stance.DENIED
        if self._lexicon.negated.search(left):
            return Stance.DENIED
        asks = rescued or (heard.plainly_asked and _asks(family, right))
        return Stance.ASKED if asks else Stance.ASSERTED

    def _is_the_writers(self, heard: Heard, family: Family, anchor: Anchor) -> bool:
        """Tell whether *anchor* is only where the writer is, and the talk is of something else."""
        signs = heard.scored.signs
        talk = signs.enquiry or signs.hearsay or signs.denial or family.path is Path.HAZARD
        at = heard.text.find(anchor.name)
        if not talk or at < 0:
            return False
        before = self._lexicon.self_before.search(heard.text[:at])
        behind = heard.text[at + len(anchor.name) :]
        return bool(before or self._lexicon.self_after.search(behind))

    def _matter(self, heard: Heard, family: Family, hit: Hit, paired: Anchor | None) -> Matter:
        anchor = anchor_of(heard, family, hit, paired)
        if anchor.kind == "settlement" and self._is_the_writers(heard, family, anchor):
            others = [(o, a) for o, a in heard.objects if a.kind != "settlement"]
            anchor = site_near(family, hit, others)
        numbers = telling_numbers(heard.text, family.units) if family.units else ()
        days = max((float(v) for u, vs in numbers if u == "天" for v in vs), default=0.0)
        grave = family.days_danger and days > 1
        return Matter(
            family=family.id,
            kind=anchor.kind if family.where == "object" and not family.prefer else "",
            anchor=anchor,
            numbers=numbers,
            stance=self._stance(heard, family, hit),
            path=Path.HAZARD if grave else family.path,
            level=ConcernLevel.C4 if grave else family.level,
            founds=family.founds,
        )


def _not_meant(heard: Heard, family: Family) -> bool:
    """Tell of 爸妈电话打不通, unless an office's line is named: 老人打燃气热线没人接."""
    if not any(word in heard.text for word in family.unless):
        return False
    services = load_matters().services
    return not any(a.kind == "hotline" and a.name in services for _, a in heard.objects)


def _asks(family: Family, right: str) -> bool:
    """Tell whether a plain question asks for the news itself: 停课吗, 停水没. A hazard is heard."""
    if family.path is Path.PROBLEM:
        return re.search("吗|么|不|没", right) is not None
    return family.path is Path.NEWS


def _sayings(heard: Heard, family: Family, hits: Iterable[Hit]) -> list[tuple[Hit, Anchor | None]]:
    """Return where the text says the family, with the object it is said of, if any."""
    sayings: list[tuple[Hit, Anchor | None]] = [
        (Hit(match.start(), match.end(), "word", family.id), None)
        for pattern in family.patterns
        for match in pattern.finditer(heard.text)
        if family.where != "goods" or _beside_a_ware(heard, match.start())
    ]
    for hit in hits:
        anchor = None if hit.role == "word" else nearest_object(heard, hit, family)
        free = hit.role == "word" or (hit.role != "state" and family.where != "object")
        if anchor is not None or free:
            sayings.append((hit, anchor))
    return sayings


def _beside_a_ware(heard: Heard, at: int) -> bool:
    """38元 alone is any price; it is one of the market only beside a ware."""
    wares = heard.by_role.get("goods", ())
    return any(-12 <= at - w.end <= 12 and len(w.ref) > 1 for w in wares)
