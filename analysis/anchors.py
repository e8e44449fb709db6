"""What or where a matter is about: the objects a post names, and which of them is meant. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.families import Family, Hit, MatterLexicon
from analysis.records import ScoredPost
from core.directory import Place

_SITES = ("tunnel", "bridge", "plant", "school", "canteen", "hospital", "market", "reservoir")
# Every village has these; unnamed, they are told apart by the village.
_MANY = frozenset({"road", "building", "elevator", "light", "pipe", "grid", "slope", "boiler"})
_ENDS = re.compile(r"[。！？!?；;\n]")


@dataclass(frozen=True, slots=True)
class Anchor:
    """What or where a matter is about; all empty when the post does not say."""

    kind: str = ""
    name: str = ""
    stem: str = ""
    """The name without its type word: 青石 of 青石水库."""
    known: bool = False
    """True for a place of the operator's directory."""


Objects = list[tuple[Hit, Anchor]]
"""Where facilities and places stand in a text, in order of appearance, and what they are."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One post with its hits by role and its objects in order."""

    scored: ScoredPost
    text: str
    by_role: Mapping[str, list[Hit]]
    objects: Objects

    @property
    def plainly_asked(self) -> bool:
        """A question that neither doubts nor passes on anything."""
        signs = self.scored.signs
        return self.scored.is_question and not signs.enquiry and not signs.hearsay


def anchors_agree(a: Anchor, b: Anchor) -> int:
    """Return 2 when both name the same, 1 when one does not say, 0 when they differ."""
    if not a.name or not b.name:
        return 1 if not a.kind or not b.kind or a.kind == b.kind else 0
    if a.name == b.name:
        return 2
    if (a.known and b.known) or (a.kind == "area") != (b.kind == "area"):
        return 0
    if a.kind == b.kind:
        return 2 if a.stem in b.stem or b.stem in a.stem else 0
    # 药厂仓库 and 利民药厂: kinds differ, and one name is told inside the other.
    within = a.stem in b.name or b.stem in a.name
    return 2 if min(len(a.stem), len(b.stem)) > 1 and within else 0


def stem_of(name: str, words: Iterable[str]) -> str:
    """Return *name* without the first of the type *words* that it ends with."""
    cut = next((w for w in words if name.endswith(w) and len(name) > len(w) + 1), "")
    return name[: len(name) - len(cut)]


def name_before(text: str, start: int, ends: str, words: re.Pattern[str]) -> str:
    """Return up to four characters before *start* that can be the name of an object, or ``""``.

    A name holds none of the characters *ends* and begins behind the last of *words*.
    """
    left = start
    while left > max(0, start - 4) and "一" <= text[left - 1] <= "龥":
        if text[left - 1] in ends:
            break
        left -= 1
    name = words.split(text[left:start])[-1]
    return name if len(name) > 1 else ""


def objects_in(
    lexicon: MatterLexicon, scored: ScoredPost, by_role: Mapping[str, list[Hit]]
) -> Objects:
    """Return the places of the directory and the kinds of object that *scored* speaks of."""
    text, sayings = scored.post.text, by_role.get("word", ())
    found = []
    for place in scored.signs.places:
        name = next((n for n in (place.name, *place.also) if n in text), "")
        at = max(0, text.find(name))
        kind = _kind_of(lexicon, place)
        stem = stem_of(place.name, lexicon.kinds.get(kind, ()))
        hit = Hit(at, at + len(name), "object", kind)
        found.append((hit, Anchor(kind, place.name, stem, known=True)))
    for hit in by_role.get("object", ()):
        # 坝 in 溃坝 is part of a predicate and takes no name from what stands before it.
        inner = any(w.start < hit.start and hit.end <= w.end for w in sayings)
        name = "" if inner else name_before(text, hit.start, lexicon.name_ends, lexicon.not_names)
        whole = name + text[hit.start : hit.end] if name else ""
        found.append((hit, Anchor(hit.ref, whole, name)))
    return _joined(_longest(found))


def _kind_of(lexicon: MatterLexicon, place: Place) -> str:
    """Return our kind of a directory place: by its kind there, else by how its name ends."""
    if place.kind in lexicon.place_kinds:
        return lexicon.place_kinds[place.kind]
    ends = [
        (len(word), kind)
        for kind, words in lexicon.kinds.items()
        for word in words
        if place.name.endswith(word)
    ]
    return max(ends)[1] if ends else place.kind


def _longest(objects: Objects) -> Objects:
    """Let a longer object hide the shorter ones inside it: 农贸市场 is no 市."""
    kept: Objects = []
    for hit, anchor in sorted(objects, key=lambda o: (o[0].start - o[0].end, o[0].start)):
        if not any(k.start <= hit.start and hit.end <= k.end for k, _ in kept):
            kept.append((hit, anchor))
    return sorted(kept, key=lambda o: o[0].start)


def _joined(objects: Objects) -> Objects:
    """Let 大坝 of 青石水库大坝 be 青石水库: an object right behind one of its kind is that one."""
    for i in range(1, len(objects)):
        (before, anchor), (hit, _) = objects[i - 1], objects[i]
        if before.end == hit.start and anchor.kind == hit.ref and anchor.name:
            objects[i] = (hit, anchor)
    return objects


def nearest_object(heard: Heard, hit: Hit, family: Family) -> Anchor | None:
    """Return the object of the family that stands nearest before *hit*, or right behind it."""
    near = []
    for obj, anchor in heard.objects:
        before, after = hit.start - obj.end, obj.start - hit.end
        close = 0 <= before <= family.gap or 0 <= after <= 2
        if obj.ref not in family.objects or not close:
            continue
        if not _ENDS.search(heard.text[obj.end : hit.start]):
            near.append((before if before >= 0 else after + 5, obj.start, anchor))
    return min(near, key=lambda n: n[:2])[2] if near else None


def anchor_of(heard: Heard, family: Family, hit: Hit, paired: Anchor | None) -> Anchor:
    """Return what the saying at *hit* is about; an unnamed object takes a co-mentioned name."""
    if family.where == "goods":
        return _ware(heard, hit)
    if family.where == "object":
        found = paired or _own_object(heard, family, hit)
        return found if found.name else _co_mentioned(found, heard.objects)
    if paired is not None and paired.name:
        return paired
    scopes = [s for s in heard.by_role.get("scopes", ()) if abs(s.start - hit.start) <= 12]
    if scopes and family.id != "casualty":
        return Anchor("area", scopes[0].ref, scopes[0].ref, known=True)
    return _place(family, hit, heard.objects)


def _ware(heard: Heard, hit: Hit) -> Anchor:
    goods = heard.by_role.get("goods", ())
    wares = [g for g in goods if len(g.ref) > 1] or list(goods)
    if not wares:
        return Anchor("goods")
    ware = min(wares, key=lambda g: (abs(g.start - hit.start), g.start)).ref
    return Anchor("goods", ware, ware, known=True)


def _own_object(heard: Heard, family: Family, hit: Hit) -> Anchor:
    """Return the named object nearest to a word that says the family without one: 溃坝."""
    wanted = family.prefer or family.objects
    near = [
        (not anchor.name, abs(o.start - hit.start), anchor)
        for o, anchor in heard.objects
        if o.ref in wanted
    ]
    if near:
        return min(near, key=lambda n: n[:2])[2]
    return Anchor(wanted[0] if len(wanted) == 1 else "")


def _co_mentioned(paired: Anchor, objects: Objects) -> Anchor:
    same = {a for _, a in objects if a.kind == paired.kind and a.name}
    if len(same) == 1:
        return same.pop()
    homes = [a for _, a in objects if a.kind == "settlement" and a.name]
    if paired.kind in _MANY and homes:
        home = next((h for h in homes if h.known), homes[0])
        return Anchor(paired.kind, home.name, home.stem, known=home.known)
    return paired


def _place(family: Family, hit: Hit, objects: Objects) -> Anchor:
    """Prefer the family's own kinds, then any named site, then a settlement; nearest first."""
    named = [
        (_place_rank(family, anchor), abs(o.start - hit.start), o.start, anchor)
        for o, anchor in objects
        if anchor.name and anchor.kind != "hotline"
    ]
    if named:
        return min(named, key=lambda n: n[:3])[3]
    return site_near(family, hit, objects)


def _place_rank(family: Family, anchor: Anchor) -> int:
    home = anchor.kind == "settlement"
    if anchor.kind in family.prefer:
        return 0
    return (2 if home else 1) if anchor.known else (4 if home else 3)


def site_near(family: Family, hit: Hit, objects: Objects) -> Anchor:
    """Return the unnamed site near *hit*, such as 隧道 of 隧道里有人: a kind without a name."""
    near = [
        (not anchor.name, abs(o.start - hit.start), anchor)
        for o, anchor in objects
        if anchor.kind in (family.prefer or _SITES) and abs(o.start - hit.start) <= 14
    ]
    return min(near, key=lambda n: n[:2])[2] if near else Anchor()
