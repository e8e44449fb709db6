"""The word lists, each with its origin in the file it stands in."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

Words = Mapping[str, tuple[str, ...]]
"""Name of a list -> its words, in the file's order."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that mean what they say only beside (or, for a context, never beside) some cues."""

    words: tuple[str, ...]
    """Empty: every incident word."""
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extra:
    """``extra.toml`` with types: this project's own words beside the handbook's taxonomy."""

    signs: Words
    """enquiry, hearsay, denial, support, urgency, strong_emotion, hazards, failures, facilities."""
    incidents: Words
    """Incident type id -> further words."""
    negation: Words
    """more, unlike, breaks, after."""
    traps: tuple[str, ...]
    """Phrases inside which no word counts."""
    trap_needs: tuple[Cue, ...]
    """Words that count only beside a cue."""
    trap_contexts: tuple[Cue, ...]
    """Words that do not count beside a cue, unless one of ``trap_real`` stands there too."""
    trap_real: tuple[str, ...]
    places: Words
    """stop_words, stop_characters, not_places, more_suffixes, far, far_not, local."""
    reading: Mapping[str, Words]
    """Section -> lists for the readers of relevance, concerns, questions and help."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``taxonomy.toml`` with types, and ``extra`` beside it; every tuple keeps the file's order."""

    incident_words: Mapping[str, tuple[str, ...]]
    """Incident type id -> words, such as ``rain_flood`` -> 暴雨, 内涝, ..."""
    incident_names: Mapping[str, str]
    """Incident type id -> Chinese name."""
    concern_words: Mapping[str, tuple[str, ...]]
    """Concern category id -> words."""
    concern_names: Mapping[str, str]
    """Concern category id -> Chinese name."""
    stage_words: Mapping[str, tuple[str, ...]]
    """Id of an incident's stage -> words that tell it."""
    hearing_signs: Mapping[str, tuple[str, ...]]
    """enquiry, hearsay, denial, support, correction, strong_emotion, urgency, number_claims."""
    help_signs: Mapping[str, tuple[str, ...]]
    """strong, subject, need."""
    problem_signs: Mapping[str, tuple[str, ...]]
    """failure, facility."""
    question_signs: Mapping[str, tuple[str, ...]]
    """words, punctuation, not_question."""
    hazard_assertions: tuple[str, ...]
    negation_words: tuple[str, ...]
    uncertainty_words: tuple[str, ...]
    place_suffixes: tuple[str, ...]
    number_units: tuple[str, ...]
    extra: Extra

    def user_words(self) -> tuple[str, ...]:
        """Return every distinct word of two characters or more, for the segmenter, in order."""
        groups = (
            self.incident_words,
            self.concern_words,
            self.hearing_signs,
            self.help_signs,
            self.problem_signs,
        )
        words = [w for group in groups for part in group.values() for w in part]
        words += self.hazard_assertions
        words += [w for part in self.extra.signs.values() for w in part]
        return tuple(dict.fromkeys(w for w in words if len(w) > 1 and not w.isascii()))


@dataclass(frozen=True, slots=True)
class Subject:
    """One kind of thing that may not be monitored."""

    reason: str
    """In Chinese, for the operator; it names no word of the list."""
    words: tuple[str, ...]
    """Count where the text holds them as words."""
    patterns: tuple[str, ...] = ()
    """Regular expressions, searched as they are."""
    places: tuple[str, ...] = ()
    """Count only where no incident word stands in the same text: a fire is an incident anywhere."""
    alone: tuple[str, ...] = ()
    """Count as a whole keyword only."""


@dataclass(frozen=True, slots=True)
class Names:
    """How Chinese names of persons look; each string is a set of characters."""

    reason: str
    surnames: frozenset[str]
    """Characters that are hardly ever anything else."""
    weak_surnames: frozenset[str]
    """Surnames that are everyday words too."""
    word_surnames: frozenset[str]
    """Surnames that are mostly other words."""
    compound_surnames: tuple[str, ...]
    given: frozenset[str]
    """Characters usual in given names."""
    plain_given: frozenset[str]
    """Those of them that are everyday words too."""
    never_given: frozenset[str]
    """Characters that stand in no given name."""
    ordinary: frozenset[str]
    """Words that look like a name and are none."""
    place_ends: frozenset[str]
    place_or_given: frozenset[str]
    place_words: tuple[str, ...]
    titles: tuple[str, ...]
    asking: tuple[str, ...]
    """What may stand before a name in a keyword."""
    about: tuple[str, ...]
    """What may follow a name in a keyword."""


@dataclass(frozen=True, slots=True)
class Guard:
    """``guard.toml`` with types: what may not be monitored. Posts are never judged by it."""

    ordinary: re.Pattern[str]
    """What counts for nothing, wherever it stands: 水族馆 is about no people."""
    subjects: tuple[Subject, ...]
    accounts: Subject
    names: Names
    reasons: Mapping[str, str]
    """identity, phone, plate, email, address -> what is told."""


def _tuples(table: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in table.items()}


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("core.lexicon") / name).read_text(encoding="utf-8"))


def _cues(entries: list[dict[str, list[str]]]) -> tuple[Cue, ...]:
    return tuple(Cue(words=tuple(e["words"]), cues=tuple(e["cues"])) for e in entries)


def _load_extra() -> Extra:
    raw = _read("extra.toml")
    signs, traps = dict(raw["signs"]), raw["traps"]
    return Extra(
        incidents=_tuples(signs.pop("incidents")),
        signs=_tuples(signs),
        negation=_tuples(raw["negation"]),
        traps=tuple(traps["phrases"]),
        trap_needs=_cues(traps["need"]),
        trap_contexts=_cues(traps["context"]),
        trap_real=tuple(traps["real"]),
        places=_tuples(raw["places"]),
        reading={name: _tuples(raw[name]) for name in raw.get("reading", {}).get("sections", ())},
    )


def any_of(*lists: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for any word of *lists*, the longest first; of no word, one that fails."""
    words = sorted({w for part in lists for w in part}, key=lambda w: (-len(w), w))
    return re.compile("|".join(map(re.escape, words)) or r"(?!)")


@cache
def plight_words() -> Mapping[str, tuple[str, ...]]:
    """Return the words of a plight by class, in the order that the sorter's weights follow."""
    return {name: tuple(words) for name, words in _read("plight.toml").items()}


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon that ships with the product."""
    raw = _read("taxonomy.toml")
    incidents, concerns = raw["incident_types"], raw["concern_categories"]
    return Lexicon(
        incident_words={name: tuple(entry["words"]) for name, entry in incidents.items()},
        incident_names={name: entry["name"] for name, entry in incidents.items()},
        concern_words={name: tuple(entry["words"]) for name, entry in concerns.items()},
        concern_names={name: entry["name"] for name, entry in concerns.items()},
        stage_words={entry["id"]: tuple(entry["words"]) for entry in raw["incident_stages"]},
        hearing_signs=_tuples(raw["rumor_signs"]),
        help_signs=_tuples(raw["help_signs"]),
        problem_signs=_tuples(raw["problem_signs"]),
        question_signs=_tuples(raw["question_signs"]),
        hazard_assertions=tuple(raw["hazard_assertions"]),
        negation_words=tuple(raw["negation_words"]),
        uncertainty_words=tuple(raw["uncertainty_words"]),
        place_suffixes=tuple(raw["place_suffixes"]),
        number_units=tuple(raw["number_units"]),
        extra=_load_extra(),
    )


def _subject(raw: Mapping[str, Any]) -> Subject:
    lists = ("words", "patterns", "places", "alone")
    return Subject(reason=raw["reason"], **{name: tuple(raw.get(name, ())) for name in lists})


def _names(raw: Mapping[str, Any]) -> Names:
    def characters(name: str) -> frozenset[str]:
        return frozenset("".join(raw[name].split()))

    return Names(
        reason=raw["reason"],
        surnames=characters("surnames"),
        weak_surnames=characters("weak_surnames"),
        word_surnames=characters("word_surnames"),
        compound_surnames=tuple(raw["compound_surnames"]),
        given=characters("given"),
        plain_given=characters("plain_given"),
        never_given=characters("never_given"),
        ordinary=frozenset(raw["ordinary"]),
        place_ends=characters("place_ends"),
        place_or_given=characters("place_or_given"),
        place_words=tuple(raw["place_words"]),
        titles=tuple(raw["titles"]),
        asking=tuple(raw["asking"]),
        about=tuple(raw["about"]),
    )


@cache
def load_guard() -> Guard:
    """Return what may not be monitored, for ``crawler.task_guard`` and nothing else."""
    raw = _read("guard.toml")
    return Guard(
        ordinary=re.compile(
            "|".join([*raw["ordinary_patterns"], any_of(raw["ordinary_phrases"]).pattern])
        ),
        subjects=tuple(_subject(entry) for entry in raw["subjects"]),
        accounts=_subject(raw["accounts"]),
        names=_names(raw["names"]),
        reasons={**raw["numbers"], "address": raw["address"]["reason"]},
    )


@cache
def may_state() -> Words:
    """Return what each kind of official source is entitled to state, by the id of the kind."""
    return {
        e["id"]: tuple(e.get("may_state", ())) for e in _read("taxonomy.toml")["official_sources"]
    }


@cache
def incident_parents() -> Mapping[str, tuple[str, str]]:
    """Return what each incident type belongs to: id and Chinese name, such as 自然灾害."""
    kinds = _read("taxonomy.toml")["incident_types"]
    return {name: (entry["parent"], entry["parent_name"]) for name, entry in kinds.items()}
