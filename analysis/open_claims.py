"""One open claim: what was said of it so far, how it is worded, and what is handed on. Pure."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from analysis.families import Path, load_matters
from analysis.matters import Matter, Numbers, Stance, matter_of, telling_numbers
from analysis.reading import Reading
from analysis.records import ScoredPost
from analysis.signals import Matters, Said
from core.vocabulary import ConcernLevel

TOP = 5
"""Best scores of a claim's texts of which the mean is taken."""
TELLING_UNITS = ("人", "天", "级")
"""Units of numbers that tell claims of like wording apart."""


@dataclass(frozen=True, slots=True)
class ClaimState:
    """A claim as the book knows it; enough to keep it and to go on after a restart."""

    key: int
    matter: str
    """``Matter.key``, or ``text`` for a claim known by its wording."""
    text: str = field(repr=False)
    """The wording of its most typical post."""
    first_seen: datetime
    last_seen: datetime
    noticed_at: datetime | None
    level: ConcernLevel | None
    """Level at which it was last noticed."""
    conflicted: bool
    """An official denial stands against reports from the field; it proves neither."""
    posts: int
    voices: int
    """Distinct voices; copies of an earlier text add none."""
    needs_check: float
    reasons: tuple[str, ...]
    enquiry_share: float = 0.0
    hearsay_share: float = 0.0
    denial_share: float = 0.0
    support_share: float = 0.0


@dataclass(slots=True)
class OpenClaim:
    """The book's running account of one claim."""

    key: int
    matter: Matter | None
    text: str
    rank: float
    first_seen: datetime
    last_seen: datetime
    numbers: Numbers = ()
    posts: int = 0
    voices: set[str] = field(default_factory=set)
    earlier_voices: int = 0
    inside: bool = False
    signs: Counter[str] = field(default_factory=Counter)
    said: list[Said] = field(default_factory=list)
    members: list[int] = field(default_factory=list)
    top: list[float] = field(default_factory=list)
    from_replies: float | None = None
    noticed_at: datetime | None = None
    level: ConcernLevel | None = None
    conflicted: bool = False
    notice_reasons: tuple[str, ...] = ()

    def add(self, scored: ScoredPost, reading: Reading, matter: Matter | None) -> None:
        """Count *scored* in, a post that speaks of the claim in the way of *matter*, if any."""
        post, said = scored.post, _said(scored, reading, matter, self)
        self.said.append(said)
        self.posts += 1
        self.last_seen = max(self.last_seen, post.published_at)
        self.first_seen = min(self.first_seen, post.published_at)
        if said.counts:
            self.voices.add(post.voice)
        self.inside = self.inside or bool(scored.place or scored.signs.places)
        for sign in ("enquiry", "hearsay", "denial", "support", "official"):
            self.signs[sign] += bool(getattr(said, sign))
        self.members.append(post.key)

    def improve(self, scored: ScoredPost, matter: Matter | None) -> bool:
        """Let a fuller post name anchor and numbers, and a better one word the claim.

        Returns whether the wording is a new one. Copies have nothing to improve.
        """
        self.top = sorted([*self.top, scored.needs_check], reverse=True)[:TOP]
        known, denies = self.matter, matter is not None and matter.stance is Stance.DENIED
        if matter is not None and known is not None and matter.group == known.group and not denies:
            self.matter = _fuller(known, matter)
        rank = _typical(scored, matter)
        if rank <= self.rank:
            return False
        before, self.rank, self.text = self.text, rank, scored.post.text
        return self.text != before

    def state(self) -> ClaimState:
        """Return the claim as it is kept and shown."""
        return ClaimState(
            key=self.key,
            matter=self.matter.key if self.matter else "text",
            text=self.text,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            noticed_at=self.noticed_at,
            level=self.level,
            conflicted=self.conflicted,
            posts=self.posts,
            voices=len(self.voices) + self.earlier_voices,
            needs_check=self._needs_check(),
            reasons=self.reasons(),
            enquiry_share=self.share("enquiry"),
            hearsay_share=self.share("hearsay"),
            denial_share=self.share("denial"),
            support_share=self.share("support"),
        )

    def share(self, sign: str) -> float:
        """Return the share 0..1 of posts that carry *sign*, a field of ``Said``."""
        return self.signs[sign] / self.posts if self.posts else 0.0

    def noticed_as(self) -> Matters:
        """Return what ``analysis.signals`` needs to know of the claim."""
        if self.matter is None:
            return Matters(self.key, None, ConcernLevel.C2, "同一说法")
        family = load_matters().families.get(self.matter.family)
        name = family.name if family else "同一问题"
        if self.matter.anchor.name:
            name += f"（{self.matter.anchor.name}）"
        return Matters(self.key, self.matter.path, self.matter.level, name)

    def reasons(self) -> tuple[str, ...]:
        """Return in Chinese why somebody should check the claim, at most five reasons."""
        reasons = list(self.notice_reasons)
        enquiry, hearsay = self.share("enquiry"), self.share("hearsay")
        if (enquiry or hearsay) and not any("求证占" in r for r in reasons):
            reasons.append(f"求证占{enquiry:.0%}，转述传闻占{hearsay:.0%}")
        if self.conflicted:
            reasons.append("官方回应与现场反映不一致，待核证据")
        elif not self.signs["official"]:
            reasons.append("尚无官方回应")
        danger = any(s.danger for s in self.said)
        if danger or (self.matter is not None and self.matter.level is ConcernLevel.C4):
            reasons.append("若被误信可能引发逃离、抢购等危险，应优先核实")
        return tuple(reasons[:5])

    def _needs_check(self) -> float:
        """Pool the texts' best scores with how much is asked and passed on, and by how many."""
        scores = self.top or [0.0]
        text = sum(scores) / len(scores)
        if self.from_replies is not None:
            text = self.from_replies
        asked = min(1.0, (self.share("enquiry") + self.share("hearsay")) / 0.5)
        heard = min(1.0, (len(self.voices) + self.earlier_voices) / 20)
        return round(min(1.0, max(0.0, 0.7 * text + 0.2 * asked + 0.1 * heard)), 4)


def reopened(state: ClaimState) -> OpenClaim:
    """Return the claim that *state* was kept of; its voices are a number from now on."""
    shares = {"enquiry": state.enquiry_share, "hearsay": state.hearsay_share,
              "denial": state.denial_share, "support": state.support_share}  # fmt: skip
    return OpenClaim(
        key=state.key,
        matter=matter_of(state.matter),
        text=state.text,
        rank=5.0,
        first_seen=state.first_seen,
        last_seen=state.last_seen,
        numbers=telling_numbers(state.text, TELLING_UNITS),
        posts=state.posts,
        earlier_voices=state.voices,
        inside=True,
        signs=Counter({name: round(value * state.posts) for name, value in shares.items()}),
        from_replies=state.needs_check,
        noticed_at=state.noticed_at,
        level=state.level,
        conflicted=state.conflicted,
    )


def _said(scored: ScoredPost, reading: Reading, matter: Matter | None, claim: OpenClaim) -> Said:
    post, signs = scored.post, scored.signs
    denied = matter is not None and matter.stance is Stance.DENIED
    fine = reading.fine and matter is None
    denial = denied or (bool(signs.denial) and not signs.enquiry) or (
        fine and not scored.is_question
    )  # fmt: skip
    stated = matter is not None and matter.stance is Stance.ASSERTED
    asked = scored.is_question and matter is not None and matter.path is not Path.PROBLEM
    fresh = post.duplicate_of is None and post.issuer is None
    return Said(
        at=post.published_at,
        voice=post.voice,
        counts=fresh,
        asserts=not denial and (stated or (bool(signs.support) and claim.matter is not None)),
        enquiry=bool(signs.enquiry) or (asked and not denied),
        hearsay=bool(signs.hearsay),
        denial=denial,
        support=bool(signs.support),
        danger=reading.danger,
        firsthand=reading.firsthand,
        official=post.issuer is not None,
    )


def _typical(scored: ScoredPost, matter: Matter | None) -> float:
    """How well a post words its claim: an assertion with a named place, short and whole."""
    if matter is not None and matter.stance is Stance.DENIED:
        return -1.0
    rank = 0.0
    if matter is not None and matter.stance is Stance.ASSERTED:
        rank += 2.0 + (1.5 if matter.anchor.name else 0.0) + (0.5 if matter.numbers else 0.0)
        rank += 0.5 if matter.anchor.known else 0.0
    rank += 0.0 if scored.is_question or scored.signs.enquiry else 1.0
    rank += 1.0 if 8 <= len(scored.post.text) <= 60 else 0.0
    rank += 0.5 if scored.post.parent is None else 0.0
    return rank - (2.0 if scored.signs.denial else 0.0)


def _fuller(known: Matter, new: Matter) -> Matter:
    anchor = known.anchor
    if not anchor.name or (new.anchor.known and not anchor.known and new.anchor.name):
        anchor = new.anchor if new.anchor.name else anchor
    if new.anchor.kind == "area" and new.numbers == known.numbers:
        anchor = new.anchor  # 青石镇停水三天 turns out to be said of the whole county
    graver = new if new.level > known.level else known
    return replace(
        known,
        anchor=anchor,
        numbers=known.numbers or new.numbers,
        level=graver.level,
        path=graver.path,
    )
