"""Claims that may be one, and claims that may be two, for a person to decide. Pure.

Candidates share rare bigrams, among all claims and among those of one family; no pair is looked
at that shares none. What differs (numbers, places, times, negation) is named, and such a pair is
at most doubtful (存疑): nothing here merges anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.anchors import anchors_agree
from analysis.decisions import Decisions
from analysis.differences import UNITS, Marks, differences, marks_of
from analysis.families import load_matters
from analysis.matters import Matter, matter_of
from analysis.open_claims import ClaimState
from analysis.records import Sighting
from analysis.wordings import Wordings
from core.text import matching_form

ALIKE = 0.25
"""TF-IDF cosine from which two claims are suggested as one."""
ALIKE_IN_FAMILY = 0.12
"""The same for two claims of one family whose places agree."""
DOUBTFUL = 0.4
"""Cosine from which a pair that differs is shown as doubtful: that of one claim by its wording."""
SPLIT_VOICES = 3
"""Voices that must stand behind each of two numbers or places before a split is suggested."""
_SHOWN = 5
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class MergeSuggestion:
    """Two claims that may be one."""

    first: int
    """The older one."""
    second: int
    likeness: float
    """TF-IDF cosine of their wordings, 0..1."""
    reasons: tuple[str, ...]
    """In Chinese what they share."""
    differs: tuple[str, ...]
    """In Chinese what tells them apart; then it is doubtful that they are one."""

    @property
    def doubtful(self) -> bool:
        """True when something differs that must not."""
        return bool(self.differs)


@dataclass(frozen=True, slots=True)
class Part:
    """Those posts of a claim that name one number or place."""

    name: str
    voices: int
    wordings: tuple[str, ...]
    """Fingerprints, in the order of first sight."""


@dataclass(frozen=True, slots=True)
class SplitSuggestion:
    """A claim whose posts name two numbers or two places."""

    claim: int
    what: str
    """数字 or 地点."""
    parts: tuple[Part, ...]
    """Most voices first, at least two."""


@dataclass(frozen=True, slots=True)
class ReadClaim:
    """A claim with what its wording says."""

    state: ClaimState
    matter: Matter | None
    marks: Marks


def merges(
    states: Iterable[ClaimState],
    decisions: Decisions,
    *,
    places: Sequence[str] = (),
    about: int | None = None,
) -> list[MergeSuggestion]:
    """Return the pairs that may be one: those without a difference first, the likeliest first.

    Merged claims, and pairs that a person has kept apart, are left out. *places* are the
    names of the directory; *about* asks for the pairs of one claim only.
    """
    read = {
        s.key: s
        for s in sorted(states, key=lambda s: s.key)
        if s.key not in decisions.into
    }  # fmt: skip
    known = {key: matter_of(state.matter) for key, state in read.items()}
    everything, families = Wordings(), dict[str, Wordings]()
    for key, state in read.items():
        everything.learn(key, state.text)
        if (matter := known[key]) is not None:
            families.setdefault(matter.group, Wordings()).learn(key, state.text)
    seen: dict[int, ReadClaim] = {}

    def look(key: int) -> ReadClaim:
        if key not in seen:
            seen[key] = read_claim(read[key], known[key], places)
        return seen[key]

    pairs: dict[tuple[int, int], float] = {}
    for key in [about] if about in read else [] if about is not None else list(read):
        alike = dict(everything.alike(read[key].text))
        if (matter := known[key]) is not None:
            near = families[matter.group].alike(read[key].text)
            alike |= {k: max(score, alike.get(k, 0.0)) for k, score in near.items()}
        for other, score in alike.items():
            pair = (min(key, other), max(key, other))
            if other != key and not decisions.are_apart(*pair):
                pairs[pair] = max(score, pairs.get(pair, 0.0))
    found = [
        suggestion
        for (first, second), score in pairs.items()
        if score >= ALIKE_IN_FAMILY
        and (suggestion := compared(look(first), look(second), score)) is not None
    ]
    return sorted(found, key=lambda s: (s.doubtful, -s.likeness, s.first, s.second))


def read_claim(state: ClaimState, matter: Matter | None, places: Sequence[str]) -> ReadClaim:
    """Return *state* with its marks; where its wording names no place, its matter's stands in."""
    marks, anchor = marks_of(state.text, places), matter.anchor if matter is not None else None
    if not marks.places and anchor is not None and anchor.name and anchor.kind != "goods":
        marks = replace(marks, places=frozenset({(anchor.kind, anchor.name)}))
    return ReadClaim(state, matter, marks)


def compared(a: ReadClaim, b: ReadClaim, score: float) -> MergeSuggestion | None:
    """Return the pair with what it shares and what differs; None where it is not alike enough.

    *score* is the TF-IDF cosine of the wordings.
    """
    if a.matter is not None and b.matter is not None:
        known = not (a.matter.vague or b.matter.vague)
        if known and a.matter.family != b.matter.family:
            return None  # 停水 and 停电 are two matters, however alike the words
    family = a.matter is not None and b.matter is not None and a.matter.group == b.matter.group
    agree = _agree(a, b)
    differs = differences(a.marks, b.marks)
    if family and not agree and not any(d.startswith("地点") for d in differs):
        differs = (*differs, f"地点不同：{_place(a)}／{_place(b)}")
    least = DOUBTFUL if differs else ALIKE_IN_FAMILY if family and agree else ALIKE
    if score < least:
        return None
    reasons = []
    if shared := _shared_words(a.state.text, b.state.text):
        reasons.append(f"共同的词：{'、'.join(shared)}")
    if family and a.matter is not None:
        reasons.append(f"说的都是{load_matters().families[a.matter.family].name}")
    if agree == 2 and not any(d.startswith("地点") for d in differs):
        reasons.append(f"相同地点：{_place(a)}")
    elif family and agree == 1:
        reasons.append("有一方没有说明地点")
    return MergeSuggestion(
        first=a.state.key,
        second=b.state.key,
        likeness=round(min(1.0, score), 2),
        reasons=tuple(reasons),
        differs=differs,
    )


def _agree(a: ReadClaim, b: ReadClaim) -> int:
    if a.matter is None or b.matter is None:
        return 1
    return anchors_agree(a.matter.anchor, b.matter.anchor)


def _place(read: ReadClaim) -> str:
    anchor = read.matter.anchor if read.matter is not None else None
    return (anchor.name or "未说明") if anchor is not None else "未说明"


def _shared_words(one: str, other: str) -> list[str]:
    """Return the runs of at least two characters that both have, longest first, at most five."""
    mine = matching_form(one[: 2 * _LONGEST])[:_LONGEST]
    theirs = matching_form(other[: 2 * _LONGEST])[:_LONGEST]
    runs, start = [], 0
    while start < len(mine) - 1:
        end = start + 1
        while end < len(mine) and mine[start : end + 1] in theirs:
            end += 1
        if end - start > 1:
            runs.append(mine[start:end])
        start = end if end - start > 1 else start + 1
    return sorted(dict.fromkeys(runs), key=lambda r: (-len(r), mine.find(r)))[:_SHOWN]


def splits(
    said: Mapping[int, Sequence[Sighting]], *, places: Sequence[str] = ()
) -> list[SplitSuggestion]:
    """Return the claims whose posts name two numbers or places, each by enough voices.

    A post that names both tells of neither. Ordered by claim.
    """
    found = []
    for claim in sorted(said):
        heard = said[claim]
        if len({s.voice for s in heard}) < 2 * SPLIT_VOICES:
            continue
        marks: dict[str, Marks] = {}
        for seen in heard:
            if seen.wording not in marks:
                marks[seen.wording] = marks_of(seen.text, places)
        for what, parts in _parted(heard, marks):
            kept = [p for p in parts if p.voices >= SPLIT_VOICES]
            if len(kept) > 1:
                order = sorted(kept, key=lambda p: (-p.voices, p.name))
                found.append(SplitSuggestion(claim, what, tuple(order)))
    return found


def _parted(
    heard: Sequence[Sighting], marks: Mapping[str, Marks]
) -> Iterable[tuple[str, list[Part]]]:
    for unit in UNITS:
        named: list[tuple[str, Sighting]] = []
        for seen in heard:
            values = dict(marks[seen.wording].numbers).get(unit, frozenset())
            if len(values) == 1:
                named.append((f"{min(values)}{'元' if unit == '价' else unit}", seen))
        yield "数字", _parts(named)
    placed: list[tuple[str, Sighting]] = []
    for seen in heard:
        names = {name for _, name in marks[seen.wording].places} or {seen.place or ""}
        if len(names) == 1 and (name := min(names)):
            placed.append((name, seen))
    yield "地点", _parts(placed)


def _parts(named: Sequence[tuple[str, Sighting]]) -> list[Part]:
    groups: dict[str, list[Sighting]] = {}
    for name, seen in named:
        groups.setdefault(name, []).append(seen)
    return [
        Part(name, len({s.voice for s in seen}), tuple(dict.fromkeys(s.wording for s in seen)))
        for name, seen in groups.items()
    ]
