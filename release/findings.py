"""What the red lines look at, a draft with all it is measured against, and what they find. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.vocabulary import StatementKind
from release.records import Evidence, Fact, Judgement, Sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """One red line that a text crosses."""

    rule: str
    blocking: bool
    sentence_index: int | None
    """None for the title or the text as a whole."""
    sentence: str
    reason: str
    fix: str

    def __str__(self) -> str:
        """Return the finding as a refusal reads: rule, sentence, reason, what to do."""
        where = f"“{self.sentence}”" if self.sentence else "全文"
        return f"{self.rule} {where}：{self.reason}；{self.fix}"


@dataclass(frozen=True, slots=True)
class PublishedText:
    """A text of the same incident that stands in public."""

    statement_id: str
    title: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class DraftContext:
    """A draft with everything it is measured against."""

    kind: StatementKind
    title: str
    sentences: tuple[Sentence, ...]
    next_update_at: datetime | None
    issuer: str
    """Unit id in whose name it speaks."""
    now: datetime
    incident_open: bool = True
    running_promise: datetime | None = None
    """The latest next-update time that another text of the incident promised."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Every fact of the incident by id, replaced ones too."""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """Evidence of the incident by id."""
    published: tuple[PublishedText, ...] = ()
    """Texts in force; corrected and withdrawn ones are left out."""
    claims: tuple[int, ...] = ()
    """Keys of claims that the draft answers."""
    judgements: tuple[Judgement, ...] = ()
    """The approved verdicts in force on these claims."""
    phones: frozenset[str] = frozenset()
    """Published numbers of the directory."""

    def bound(self, sentence: Sentence) -> list[Fact]:
        """Return the known facts that *sentence* is bound to, replaced ones too."""
        return [self.facts[i] for i in sentence.facts if i in self.facts]

    def current(self) -> list[Fact]:
        """Return the facts that no other fact has replaced."""
        replaced = {fact.supersedes for fact in self.facts.values()}
        return [fact for fact in self.facts.values() if fact.fact_id not in replaced]
