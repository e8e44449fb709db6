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
def load_lexicon() -> Lexicon:
    """Return the lexicon that ships with the product."""
    raw = _read("taxonomy.toml")
    incidents, concerns = raw["incident_types"], raw["concern_categories"]
    return Lexicon(
        incident_words={name: tuple(entry["words"]) for name, entry in incidents.items()},
        incident_names={name: entry["name"] for name, entry in incidents.items()},
        concern_words={name: tuple(entry["words"]) for name, entry in concerns.items()},
        concern_names={name: entry["name"] for name, entry in concerns.items()},
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
