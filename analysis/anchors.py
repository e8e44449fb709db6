"""What or where a matter is about: the objects a post names, and which of them is meant. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.families import Family, Hit, MatterLexicon, hits_in, load_matters
from analysis.records import ScoredPost, Signs
from core.directory import Place

_SITES = ("tunnel", "bridge", "plant", "school", "canteen", "hospital", "market", "reservoir")
# Every village has these; unnamed, they are told apart by the village.
_MANY = frozenset({"road", "building", "elevator", "light", "pipe", "grid", "slope", "boiler"})
_ROUTE = re.compile(r"(\d{1,3})路$")
# What any office's telephone is called.
_ANY_LINE = re.compile(
    r"抢修|值班|服务|投诉|客服|报修|维修|求助|公布|咨询|联系|紧急|应急|办公|公开|公示|举报"
)
MAX_HOMES = 20
"""Settlements kept for one question; more would tell nothing apart."""

_SCENES = frozenset(
    {
        "bridge",
        "canteen",
        "dike",
        "gate",
        "hospital",
        "market",
        "plant",
        "pump",
        "reservoir",
        "school",
        "shelter",
        "tunnel",
    }
)
_HOME = "settlement"
_WHOLE_AREA = ("县", "市", "省")
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
    lexicon: MatterLexicon,
    text: str,
    places: Iterable[Place],
    by_role: Mapping[str, list[Hit]],
) -> Objects:
    """Return the directory's *places* and the kinds of object that *text* speaks of."""
    sayings = by_role.get("word", ())
    found = []
    for place in places:
        name = next((n for n in (place.name, *place.also) if n in text), "")
        at = max(0, text.find(name))
        kind = _kind_of(lexicon, place)
        stem = stem_of(place.name, lexicon.kinds.get(kind, ()))
        hit = Hit(at, at + len(name), "object", kind)
        found.append((hit, Anchor(kind, place.name, stem, known=True)))
    for hit in by_role.get("object", ()):
        # 坝 in 溃坝 is part of a predicate and takes no name from what stands before it.
        inner = any(w.start < hit.start and hit.end <= w.end for w in sayings)
        if hit.ref == "hotline":
            found.append((hit, _line_of(lexicon, text, hit)))
        elif route := _ROUTE.search(text, max(0, hit.end - 4), hit.end):
            found.append((replace(hit, ref="transport"), _route(route.group(1))))
        else:
            name = (
                "" if inner else name_before(text, hit.start, lexicon.name_ends, lexicon.not_names)
            )
            whole = name + text[hit.start : hit.end] if name else ""
            found.append((hit, Anchor(hit.ref, whole, name)))
    return _joined(_longest(found))


def _line_of(lexicon: MatterLexicon, text: str, hit: Hit) -> Anchor:
    """Return the telephone by its service, so that 燃气热线 and 燃气公司抢修电话 are one."""
    near = [
        (abs(match.start() - hit.start), name)
        for name, words in lexicon.services.items()
        for word in words
        for match in re.finditer(re.escape(word), text)
    ]
    if near:
        return Anchor("hotline", name := min(near)[1], name)
    name = name_before(text, hit.start, lexicon.name_ends, lexicon.not_names)
    name = "" if _ANY_LINE.search(name) else name
    return Anchor("hotline", name + text[hit.start : hit.end] if name else "", name)


def _route(number: str) -> Anchor:
    return Anchor("transport", f"{number}路", f"{number}路")


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
        if found.kind == "hotline" and not found.name:
            return _line_of(load_matters(), heard.text, hit)
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


# Where a question is asked about


@dataclass(frozen=True, slots=True)
class Scene:
    """What a question is asked of; empty when nobody said."""

    sites: frozenset[Anchor] = frozenset()
    """Institutions and structures; one without a name stands only where none has one."""
    homes: frozenset[str] = frozenset()
    """Settlements by name."""

    def agrees(self, other: "Scene") -> int:
        """Return 2 when both mean the same scene, 1 when one does not say, 0 when they differ."""
        if self.sites and other.sites:
            return max(anchors_agree(a, b) for a in self.sites for b in other.sites)
        if self.homes and other.homes:
            return 2 if _share(self.homes, other.homes) else 0
        if self == other:
            return 2
        # 开发区死人了吗 need not mean the school that others ask about.
        return 0 if (self.sites or self.homes) and (other.sites or other.homes) else 1

    def widened(self, other: "Scene") -> "Scene":
        """Return this scene with what *other*, asked of the same, says besides."""
        if self == other:
            return self
        named = any(a.name for a in self.sites)
        homes = self.homes | other.homes
        return Scene(
            self.sites if named else other.sites or self.sites,
            homes if len(homes) <= MAX_HOMES else self.homes,
        )

    def written(self) -> frozenset[str]:
        """Return the scene as strings, such as ``school|实验小学|实验|``; ``read`` reads them."""
        sites = {f"{a.kind}|{a.name}|{a.stem}|{'known' if a.known else ''}" for a in self.sites}
        return frozenset(sites | {f"{_HOME}|{name}" for name in self.homes})

    @classmethod
    def read(cls, written: Iterable[str]) -> "Scene":
        """Return the scene that ``written`` gave; raise ``ValueError`` for any other string."""
        sites, homes = set(), set()
        for text in written:
            kind, _, rest = text.partition("|")
            if kind == _HOME:
                homes.add(rest)
            else:
                name, stem, known = rest.split("|")
                sites.add(Anchor(kind, name, stem, known=bool(known)))
        return cls(frozenset(sites), frozenset(homes))


def scene_of(text: str, signs: Signs) -> Scene:
    """Return what *text* is asked of; where the writer only lives is no scene."""
    lexicon = load_matters()
    by_role: dict[str, list[Hit]] = {}
    for hit in hits_in(lexicon, text):
        by_role.setdefault(hit.role, []).append(hit)
    objects = [a for _, a in objects_in(lexicon, text, signs.places, by_role)]
    sites = [a for a in objects if a.kind in _SCENES]
    named = [a for a in sites if a.name]
    # An injured child is brought to a hospital; the scene is the school.
    named = [a for a in named if a.kind != "hospital"] or named
    homes = (a.name for a in objects if a.kind == _HOME and a.name)
    return Scene(
        frozenset(named or [a for a in sites if a.kind != "hospital"]),
        frozenset(h for h in homes if not _is_aside(lexicon, text, h)),
    )


def _is_aside(lexicon: MatterLexicon, text: str, home: str) -> bool:
    at = text.find(home)
    if home.endswith(_WHOLE_AREA) or at < 0:
        return True
    behind = text[at + len(home) :]
    return bool(lexicon.self_before.search(text[:at]) or lexicon.self_after.search(behind))


def _share(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    return any(a in b or b in a for a in ours for b in theirs)
