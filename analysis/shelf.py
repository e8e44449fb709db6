"""The prebunk shelf: rumours that come back with each hazard, each with a prepared answer.

Ours stand in ``core/lexicon/shelf.toml``; the operator's own ``shelf.toml`` adds to them, and an
entry of the same id takes the place of ours. An offer says that a claim is worded like a rumour
heard before; it says nothing about whether the claim is true. Linear in the text.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Self

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
from analysis.likeness import Likeness
from core.errors import HuiyingError, in_one_line
from core.lexicon import load_lexicon
from core.simplified import simplified
from core.text import sentences
from core.word_finder import WordFinder

FILE_NAME = "shelf.toml"
"""The operator's own entries, in the data folder."""

SLOTS: Mapping[str, str] = {
    "fact": "核实到的最新情况",
    "time": "截至时间",
    "unit": "负责答复的单位",
    "phone": "咨询或报告电话",
}
"""What is filled in on the day, with what a person reads in the empty place."""

FILLED_BY: Mapping[str, str] = {
    "fact": "由起草人填，照“先取得”所列单位当天的答复",
    "time": "由起草人填，取该答复所说的时刻",
    "unit": "由值班领导指定",
    "phone": "由负责答复的单位提供，起草人拨通过再填",
}
"""Who fills each slot of ``SLOTS`` in, and from what."""

WITHIN = 60
"""Characters within which the cues of an entry must stand together: a long sentence or two."""

# All five chosen on gold/shelf_dev.jsonl and the lines of gold/shelf_none.jsonl to choose by:
# 110 of 160 wordings found and 2 of 60 other texts offered something.
ALIKE = 0.22
"""Likeness below which nothing is offered, however it sounds."""

MARGIN = 0.14
"""What a text must keep when its likeness to an ordinary text is taken off."""

SOUND_WEIGHT = 0.8
CUES_WEIGHT = 0.1
HAZARD_WEIGHT = 0.1

BEHIND = 0.2
"""How far an offer may stand behind the first one."""

PASSAGES = 40
"""Sentences of a text that are compared; what is claimed stands before."""

_SLOT = re.compile(r"\{([^{}]*)\}")
_CALLED_FALSE = re.compile(r"谣言|不实|造谣|假消息|没有的事|不属实|纯属")
_NEGATION_REACH = 12
_DENIES = re.compile(r"(?:没有?|不会|不能|不可能|不存在|并未|不)$")
"""Denies the word right behind it (不传染); ``matters.toml`` knows what denies from afar."""
_ASKS = re.compile(r"([\u4e00-\u9fff])[没不]\1$")
"""有没有, 会不会: what stands behind is asked."""


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

    def to_fill(self) -> tuple[tuple[str, str], ...]:
        """Return each slot of the answer as a person reads it, with who fills it in from what."""
        slots = dict.fromkeys(_SLOT.findall(self.answer))
        return tuple((SLOTS[slot], FILLED_BY[slot]) for slot in slots)


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry that a text is worded like."""

    entry: ShelfEntry
    likeness: float
    """0..1, to the wordings of the entry (``analysis.likeness``); no probability."""

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


@cache
def _ordinary() -> tuple[tuple[str, ...], ...]:
    text = (files("core.lexicon") / "shelf_ordinary.toml").read_text(encoding="utf-8")
    return tuple(tuple(texts) for texts in tomllib.loads(text)["ordinary"].values())


def _cue_finder(entries: Sequence[ShelfEntry]) -> WordFinder[tuple[tuple[int, int], ...]]:
    meanings: dict[str, list[tuple[int, int]]] = {}
    for number, entry in enumerate(entries):
        for group, words in enumerate(entry.cues):
            for word in words:
                meanings.setdefault(word, []).append((number, group))
    return WordFinder({word: tuple(dict.fromkeys(places)) for word, places in meanings.items()})


def _with_cues(margins: Mapping[int, float], together: Collection[int]) -> dict[int, float]:
    return {n: margin + CUES_WEIGHT * (n in together) for n, margin in margins.items()}


def _is_denied(text: str, reach: int, start: int, length: int) -> bool:
    if _ASKS.search(text, reach, start):
        return False
    if length > 1 and _DENIES.search(text, reach, start):  # 蒜不黑, 从来不震 assert
        return True
    return load_matters().negated.search(text, reach, start) is not None


class Shelf:
    """The entries, ready to be offered; build once. Their index is made at the first offer."""

    def __init__(self, entries: Iterable[ShelfEntry]) -> None:
        self.entries = tuple(entries)
        self._by_id = {entry.id: entry for entry in self.entries}

    @cached_property
    def _wordings(self) -> Likeness:
        return Likeness([(e.says, *e.wordings) for e in self.entries], _ordinary())

    @cached_property
    def _cues(self) -> WordFinder[tuple[tuple[int, int], ...]]:
        return _cue_finder(self.entries)

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

        An entry is offered when a passage is alike to its wordings and clearly less so to what
        people say on ordinary days (``shelf_ordinary.toml``); how it sounds and cues that
        stand together count as well, a hazard among *kinds* only moves it forward. A cue that is
        denied counts against its entry (没有垮坝). *text* should be a claim: rebuttals in other
        words, and what officials say, are for the caller to keep away.
        """
        if not self.entries:  # an automaton without words cannot be run
            return ()
        together, denied = self._cued(text)
        likeness: dict[int, float] = {}
        margins: dict[int, float] = {}
        for passage in dict.fromkeys((text, *sentences(text)[:PASSAGES])):
            alike, ordinary = self._wordings.nearest(passage)
            rest = SOUND_WEIGHT * self._wordings.sound(passage) - ordinary
            for number, value in alike.items():
                if number in denied or value < ALIKE:
                    continue
                likeness[number] = max(value, likeness.get(number, 0.0))
                margins[number] = max(value + rest, margins.get(number, rest))
        ranked = sorted(
            (-margin - HAZARD_WEIGHT * (self.entries[number].hazard in kinds), number)
            for number, margin in _with_cues(margins, together).items()
            if margin >= MARGIN
        )[:most]
        return tuple(
            Offer(self.entries[number], likeness[number])
            for rank, number in ranked
            if rank <= ranked[0][0] + BEHIND
        )

    def _cued(self, text: str) -> tuple[set[int], set[int]]:
        """Return the entries whose cues stand together, and those of which one is denied only.

        The first group names the thing: that it is not there (没暖气) denies nothing.
        """
        text = simplified(text)
        last: dict[int, dict[int, int]] = {}
        together: set[int] = set()
        denied: set[int] = set()
        for start, end, places in self._cues.every(text):
            if _is_denied(text, max(0, start - _NEGATION_REACH), start, end - start):
                denied.update(number for number, group in places if group)
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
