"""What the drill's people will find out and say, read from ``ledger.toml`` and ``texts.toml``.

The script names claims by the story's ids only to keep its own pages together; people find a
claim on their screens by words (``console.drill.finding``).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from console.drill.finding import Words
from console.drill.scenario import minutes
from core.vocabulary import EvidenceKind, Verdict
from release.records import Part

LEAD_MIN = 8
"""Minutes from the first draft to publication where the text says nothing else."""


@dataclass(frozen=True, slots=True)
class EvidenceNote:
    """A piece of evidence that somebody writes down. Minutes count from T0."""

    id: str
    at: int
    kind: EvidenceKind
    unit: str
    observed: int
    summary: str


@dataclass(frozen=True, slots=True)
class FactNote:
    """A fact that a unit confirms."""

    id: str
    at: int
    field: str
    value: str
    measure: str
    """Unit of measure, such as 人; empty for words."""
    scope: str
    as_of: int
    unit: str
    """Unit id that confirms it."""
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerdictNote:
    """A verdict that one person proposes and another approves."""

    claim: str
    words: Words
    propose: int
    approve: int
    verdict: Verdict
    parts: tuple[Part, ...]
    evidence: tuple[str, ...]
    measures: str
    summary: str
    about: frozenset[str]
    """Unit ids that the claim is about."""
    changed: int | None


@dataclass(frozen=True, slots=True)
class Slip:
    """A figure first written wrong, and when it is mended."""

    wrong: str
    right: str
    mended: int


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with the fact notes it stands on."""

    section: str
    text: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A statement's words; when it is due and who speaks stand in the scenario."""

    id: str
    title: str
    lines: tuple[Line, ...]
    lead: int
    """Minutes from the first draft to publication."""
    claims: tuple[str, ...]
    asks: Words
    follows: str | None
    corrects: str | None
    reason: str
    slip: Slip | None


@dataclass(frozen=True, slots=True)
class Script:
    """Everything the people will do, beside the statements' times."""

    evidence: tuple[EvidenceNote, ...]
    facts: tuple[FactNote, ...]
    verdicts: tuple[VerdictNote, ...]
    texts: Mapping[str, Text]


def load_script() -> Script:
    """Return the script that ships with the product."""
    ledger, texts = _read("ledger.toml"), _read("texts.toml")
    return Script(
        evidence=tuple(_evidence(each) for each in ledger["evidence"]),
        facts=tuple(_fact(each) for each in ledger["facts"]),
        verdicts=tuple(_verdict(each) for each in ledger["verdicts"]),
        texts={name: _text(name, each) for name, each in texts.items()},
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files("console.drill") / name).read_text(encoding="utf-8"))


def _evidence(raw: Mapping[str, Any]) -> EvidenceNote:
    return EvidenceNote(
        id=raw["id"],
        at=minutes(raw["at"]),
        kind=EvidenceKind(raw["kind"]),
        unit=raw["unit"],
        observed=minutes(raw["observed"]),
        summary=raw["summary"],
    )


def _fact(raw: Mapping[str, Any]) -> FactNote:
    return FactNote(
        id=raw["id"],
        at=minutes(raw["at"]),
        field=raw["field"],
        value=raw["value"],
        measure=raw.get("measure", ""),
        scope=raw["scope"],
        as_of=minutes(raw["as_of"]),
        unit=raw["unit"],
        evidence=tuple(raw["evidence"]),
    )


def _verdict(raw: Mapping[str, Any]) -> VerdictNote:
    return VerdictNote(
        claim=raw["claim"],
        words=Words(tuple(raw["words"]), tuple(raw.get("never", ()))),
        propose=minutes(raw["propose"]),
        approve=minutes(raw["approve"]),
        verdict=Verdict(raw["verdict"]),
        parts=tuple(Part(text, Verdict(v)) for text, v in raw.get("parts", {}).items()),
        evidence=tuple(raw["evidence"]),
        measures=raw.get("measures", ""),
        summary=raw["summary"],
        about=frozenset(raw["about"]),
        changed=minutes(raw["changed"]) if "changed" in raw else None,
    )


def _text(name: str, raw: Mapping[str, Any]) -> Text:
    slip = raw.get("slip")
    return Text(
        id=name,
        title=raw["title"],
        lines=tuple(Line(section, text, tuple(facts)) for section, text, facts in raw["lines"]),
        lead=raw.get("lead", LEAD_MIN),
        claims=tuple(raw.get("claims", ())),
        asks=Words(tuple(raw.get("asks", ())), tuple(raw.get("asks_not", ()))),
        follows=raw.get("follows"),
        corrects=raw.get("corrects"),
        reason=raw.get("reason", ""),
        slip=Slip(slip["wrong"], slip["right"], minutes(slip["mended"])) if slip else None,
    )
