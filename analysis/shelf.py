"""The prebunk shelf: rumours that come back with each hazard, each with a prepared answer.

Ours stand in ``core/lexicon/shelf.toml``; the operator's own ``shelf.toml`` adds to them, and an
entry of the same id takes the place of ours. An offer says that a claim is worded like a rumour
heard before; it says nothing about whether the claim is true. Linear in the text.
"""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

import ahocorasick
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from analysis.families import load_matters
from core.errors import HuiyingError, in_one_line
from core.lexicon import load_lexicon
from core.simplified import simplified
from core.text import matching_form, sentences

FILE_NAME = "shelf.toml"
"""The operator's own entries, in the data folder."""

SLOTS: Mapping[str, str] = {
    "fact": "核实到的最新情况",
    "time": "截至时间",
    "unit": "负责答复的单位",
    "phone": "咨询或报告电话",
}
"""What is filled in on the day, with what a person reads in the empty place."""

WITHIN = 60
"""Characters within which the cues of an entry must stand together: a long sentence or two."""

# 40 everyday texts reach 0.16 at most, 4,000 posts of the drill 0.25 only with the matter itself.
ALIKE = 0.25
"""Likeness that is enough without the cues."""

SHORTEST = 6
"""Bigrams that it takes to be told apart from a hashtag."""

BARELY_ALIKE = 0.12
"""Likeness below which the cues mean something else: 学校的饭难吃死了 holds two of them."""

CUES_WEIGHT = 0.3
HAZARD_WEIGHT = 0.1

_SLOT = re.compile(r"\{([^{}]*)\}")
_CALLED_FALSE = re.compile(r"谣言|不实|造谣|假消息|没有的事|不属实|纯属")
_NEGATION_REACH = 12


@dataclass(frozen=True, slots=True)
class ShelfEntry:
    """One rumour that comes back, and what to say to it."""

    id: str
    hazard: str
    """An incident type of the taxonomy."""
    says: str
    """The rumour in one sentence, as people put it."""
    wordings: tuple[str, ...]
    """Other ways in which it is put."""
    cues: tuple[tuple[str, ...], ...]
    """Groups of words: one of each group must stand there."""
    answer: str
    """In plain words, with the slots of ``SLOTS``."""
    may_be_true: bool
    """Then the answer says what is known, and never that the rumour is false."""
    needs: tuple[str, ...]
    """Which facts to get, and from whom."""
    basis: tuple[str, ...]
    """Laws in force, or common knowledge."""

    def blank_answer(self) -> str:
        """Return the answer with each slot as a visibly empty place."""
        return _SLOT.sub(lambda slot: f"〔待填：{SLOTS[slot.group(1)]}〕", self.answer)


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry that a text is worded like."""

    entry: ShelfEntry
    likeness: float
    """Cosine 0..1 of character bigrams to the nearest wording of the entry; no probability."""

    @property
    def reason(self) -> str:
        """The offer as one reason of an alert, in Chinese."""
        return f"与常见传言“{self.entry.says}”相近，备有答复 {self.entry.id}"


# What a file may hold


def _known_slots(answer: str) -> str:
    unknown = [slot for slot in _SLOT.findall(answer) if slot not in SLOTS]
    if unknown or re.search(r"[{}]", _SLOT.sub("", answer)):
        wanted = " ".join(f"{{{slot}}}" for slot in SLOTS)
        raise ValueError(f"unknown slot {unknown or answer}; there are {wanted}")
    return answer


def _known_hazard(hazard: str) -> str:
    if hazard not in load_lexicon().incident_names:
        raise ValueError(f"no incident type {hazard!r} in the taxonomy")
    return hazard


_Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_Texts = Annotated[tuple[_Text, ...], Field(min_length=1)]


class _Written(BaseModel):
    """An entry as it stands in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,63}$")
    hazard: Annotated[str, AfterValidator(_known_hazard)]
    says: _Text
    wordings: _Texts
    cues: Annotated[tuple[_Texts, ...], Field(min_length=1)]
    answer: Annotated[_Text, AfterValidator(_known_slots)]
    may_be_true: bool
    needs: _Texts
    basis: _Texts

    @model_validator(mode="after")
    def _says_false_only_of_what_is(self) -> Self:
        if self.may_be_true and (called := _CALLED_FALSE.search(self.answer)):
            raise ValueError(f"answer: may_be_true, but the answer says {called.group()!r}")
        return self

    def entry(self) -> ShelfEntry:
        return ShelfEntry(**self.model_dump())


def read_entries(text: str, *, name: str) -> tuple[ShelfEntry, ...]:
    """Return the entries in *text*, which stands in the file *name*.

    Raises ``HuiyingError`` that names file, entry and field.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HuiyingError(f"{name}: {error}") from error
    written = raw.pop("rumour", [])
    if raw or not isinstance(written, list):
        raise HuiyingError(f"{name}: expected [[rumour]] entries only, got {', '.join(raw)}")
    entries: dict[str, ShelfEntry] = {}
    for number, one in enumerate(written, 1):
        label = one.get("id") if isinstance(one, dict) else None
        where = f"{name}: rumour {number} ({label or 'no id'})"
        try:
            entry = _Written.model_validate(one).entry()
        except ValidationError as error:
            raise HuiyingError(f"{where}: {in_one_line(error)}") from error
        if entry.id in entries:
            raise HuiyingError(f"{where}: id: stands there twice")
        entries[entry.id] = entry
    return tuple(entries.values())


# Matching


def _bigrams(text: str) -> list[str]:
    form = matching_form(simplified(text))
    return [form[at : at + 2] for at in range(len(form) - 1)]


def _cue_matcher(entries: Sequence[ShelfEntry]) -> ahocorasick.Automaton:
    meanings: dict[str, list[tuple[int, int]]] = {}
    for number, entry in enumerate(entries):
        for group, words in enumerate(entry.cues):
            for word in words:
                meanings.setdefault(word, []).append((number, group))
    matcher = ahocorasick.Automaton()
    for word, places in meanings.items():
        matcher.add_word(word, (len(word), tuple(dict.fromkeys(places))))
    matcher.make_automaton()
    return matcher


@dataclass(slots=True)
class _Wordings:
    """Character bigrams of all wordings, weighted by how few wordings hold them."""

    entry_of: list[int] = field(default_factory=list)
    """Wording -> entry."""
    postings: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Bigram -> wordings that hold it, with its share of their unit length."""
    weights: dict[str, float] = field(default_factory=dict)
    unknown: float = 1.0
    """Weight of a bigram that no wording holds."""

    @classmethod
    def of(cls, entries: Sequence[ShelfEntry]) -> Self:
        counted = [
            (number, Counter(_bigrams(wording)))
            for number, entry in enumerate(entries)
            for wording in (entry.says, *entry.wordings)
        ]
        held = Counter(bigram for _, counts in counted for bigram in counts)
        size = len(counted) + 1
        made = cls(
            weights={bigram: 1 + math.log(size / (n + 1)) for bigram, n in held.items()},
            unknown=1 + math.log(size),
        )
        for wording, (number, counts) in enumerate(counted):
            made.entry_of.append(number)
            for bigram, share in made.unit(counts).items():
                made.postings.setdefault(bigram, []).append((wording, share))
        return made

    def unit(self, counts: Mapping[str, int]) -> dict[str, float]:
        """Return the weighted counts at length one, the logarithm of counts above one."""
        vector = {
            b: self.weights.get(b, self.unknown) * (1 + math.log(n)) for b, n in counts.items()
        }
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        return {bigram: value / length for bigram, value in vector.items()}

    def likeness(self, text: str) -> dict[int, float]:
        """Return entry -> cosine of *text* to its nearest wording, for what is shared at all.

        A text of fewer bigrams than ``SHORTEST`` counts in proportion: a hashtag is like anything.
        """
        found: dict[int, float] = {}
        bigrams = _bigrams(text)
        whole = min(1.0, len(bigrams) / SHORTEST)
        for bigram, share in self.unit(Counter(bigrams)).items():
            for wording, other in self.postings.get(bigram, ()):
                found[wording] = found.get(wording, 0.0) + whole * share * other
        return _best((self.entry_of[wording], cosine) for wording, cosine in found.items())


def _best(pairs: Iterable[tuple[int, float]]) -> dict[int, float]:
    best: dict[int, float] = {}
    for number, value in pairs:
        best[number] = max(value, best.get(number, 0.0))
    return best


class Shelf:
    """The entries, ready to be offered; build once. Their index is made at the first offer."""

    def __init__(self, entries: Iterable[ShelfEntry]) -> None:
        self.entries = tuple(entries)
        self._by_id = {entry.id: entry for entry in self.entries}

    @cached_property
    def _wordings(self) -> _Wordings:
        return _Wordings.of(self.entries)

    @cached_property
    def _cues(self) -> ahocorasick.Automaton:
        return _cue_matcher(self.entries)

    def with_own(self, own: Iterable[ShelfEntry]) -> "Shelf":
        """Return a shelf to which *own* entries are added; the same id replaces in its place."""
        return Shelf((self._by_id | {entry.id: entry for entry in own}).values())

    def entry(self, entry_id: str) -> ShelfEntry:
        """Return the entry; raise ``HuiyingError`` when none has this id."""
        if entry_id not in self._by_id:
            raise HuiyingError(f"no shelf entry {entry_id!r}: huiying shelf list")
        return self._by_id[entry_id]

    def of_hazard(self, hazard: str | None) -> tuple[ShelfEntry, ...]:
        """Return the entries of *hazard*, or all for None; raises for an unknown hazard."""
        if hazard is None:
            return self.entries
        known = load_lexicon().incident_names
        if hazard not in known:
            raise HuiyingError(f"no incident type {hazard!r}; there are {', '.join(known)}")
        return tuple(entry for entry in self.entries if entry.hazard == hazard)

    def offers(self, text: str, kinds: Collection[str] = (), most: int = 3) -> tuple[Offer, ...]:
        """Return the entries that *text* is worded like, the nearest first, at most *most*.

        An entry is offered when its cues stand together and a wording is a little alike, or when
        a wording is much alike; a hazard among *kinds* only moves it forward. A cue that is
        denied counts against its entry (没有垮坝). *text* should be a claim: rebuttals in other
        words, and what officials say, are for the caller to keep away.
        """
        if not self.entries:  # an automaton without words cannot be run
            return ()
        together, denied = self._cued(text)
        likeness = _best(
            pair
            for passage in dict.fromkeys((text, *sentences(text)))
            for pair in self._wordings.likeness(passage).items()
        )
        ranked = sorted(
            (-self._rank(number, alike, together, kinds), number, alike)
            for number, alike in likeness.items()
            if number not in denied and alike >= (BARELY_ALIKE if number in together else ALIKE)
        )
        return tuple(Offer(self.entries[number], alike) for _, number, alike in ranked[:most])

    def _rank(
        self, number: int, alike: float, together: Collection[int], kinds: Collection[str]
    ) -> float:
        cued = CUES_WEIGHT * (number in together)
        return alike + cued + HAZARD_WEIGHT * (self.entries[number].hazard in kinds)

    def _cued(self, text: str) -> tuple[set[int], set[int]]:
        """Return the entries whose cues stand together, and those of which one is denied only."""
        text = simplified(text)
        negated = load_matters().negated
        last: dict[int, dict[int, int]] = {}
        together: set[int] = set()
        denied: set[int] = set()
        for end, (length, places) in self._cues.iter(text):
            start = end + 1 - length
            if negated.search(text, max(0, start - _NEGATION_REACH), start):
                denied.update(number for number, _ in places)
                continue
            for number, group in places:
                seen = last.setdefault(number, {})
                seen[group] = start
                whole = len(seen) == len(self.entries[number].cues)
                if whole and start - min(seen.values()) <= WITHIN:
                    together.add(number)
        return together, denied - together


@cache
def load_shelf() -> Shelf:
    """Return the shelf that ships with the product."""
    text = (files("core.lexicon") / FILE_NAME).read_text(encoding="utf-8")
    return Shelf(read_entries(text, name=FILE_NAME))


def load_shelf_of(folder: Path) -> Shelf:
    """Return our shelf with the entries of *folder*'s own ``shelf.toml``, if there is one.

    Raises ``HuiyingError`` naming file, entry and field when something in it is wrong.
    """
    file = folder / FILE_NAME
    if not file.exists():
        return load_shelf()
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise HuiyingError(f"{file}: {error}") from error
    return load_shelf().with_own(read_entries(text, name=str(file)))
