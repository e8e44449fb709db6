"""One open claim: what was said of it so far, how it is worded, and what is handed on. Pure."""

import json
from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import log1p
from typing import Any

from analysis.anchors import Anchor
from analysis.families import Path, load_matters
from analysis.matters import Matter, Numbers, Stance, matter_of, telling_numbers
from analysis.reading import Reading
from analysis.records import ScoredPost
from analysis.signals import Matters, Said
from core.vocabulary import ConcernLevel

_SIGNS = ("enquiry", "hearsay", "denial", "support", "official", "danger")
"""Fields of ``Said`` that a claim counts."""
# Hazards to supply and movement: who believes them wrongly shops or flees, and is not hurt at once.
_OF_SUPPLY = frozenset({"hoarding", "lockdown", "water_cut", "power_cut", "gas_cut", "evacuation"})
TOP = 5
"""Best scores of a claim's posts of which the mean is taken."""
KEPT_SCORES = 20
"""Best scores that are kept, so that another stands in when one of the best falls."""
_OWN_WEIGHT = 0.7
"""Weight of the texts' own score in a claim's; asking weighs 0.2 and voices 0.1."""
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
    memory: str = field(default="", repr=False)
    """What the book needs besides to go on exactly, as JSON; holds no text and no voice."""
    heard: frozenset[str] = field(default=frozenset(), repr=False)
    """Voices that count, given when the book is loaded so that none is counted twice."""


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
    scores: dict[int, tuple[float, int]] = field(default_factory=dict)
    """Post -> its score now, with how many replies; the best ``KEPT_SCORES``."""
    noticed_at: datetime | None = None
    level: ConcernLevel | None = None
    conflicted: bool = False
    notice_reasons: tuple[str, ...] = ()
    into: int | None = None
    """Claim into which a person has merged this one; it still finds posts, and counts none."""

    def add(self, scored: ScoredPost, reading: Reading, matter: Matter | None) -> Said:
        """Count *scored* in, a post that speaks of the claim in the way of *matter*, if any.

        Returns what it does for the claim.
        """
        post, said = scored.post, _said(scored, reading, matter, self)
        insort(self.said, said, key=lambda s: s.at)
        self.posts += 1
        self.last_seen = max(self.last_seen, post.published_at)
        self.first_seen = min(self.first_seen, post.published_at)
        if said.counts:
            self.voices.add(post.voice)
        self.inside = self.inside or bool(scored.place or scored.signs.places)
        for sign in _SIGNS:
            self.signs[sign] += bool(getattr(said, sign))
        self.signs["danger"] -= said.danger and said.denial  # 别囤水 sends nobody shopping
        self.members.append(post.key)
        return said

    def recall(self, scored: ScoredPost, reading: Reading, matter: Matter | None) -> None:
        """Take back a post that is counted already: its saying, its voice and its replies."""
        said = _said(scored, reading, matter, self)
        insort(self.said, said, key=lambda s: s.at)
        if said.counts and said.voice not in self.voices:
            self.voices.add(said.voice)
            self.earlier_voices = max(0, self.earlier_voices - 1)
        self.members.append(scored.post.key)

    def improve(self, scored: ScoredPost, matter: Matter | None, said: Said) -> bool:
        """Let a fuller post name anchor and numbers, and a better one word the claim.

        Returns whether the wording is a new one. Copies have nothing to improve; a denial and an
        official word never word what others say.
        """
        known, denies = self.matter, matter is not None and matter.stance is Stance.DENIED
        if matter is not None and known is not None and matter.group == known.group and not denies:
            self.matter = _fuller(known, matter)
        rank = _typical(scored, matter)
        if said.denial or said.official or rank <= self.rank:
            return False
        before, self.rank, self.text = self.text, rank, scored.post.text
        return self.text != before

    def rate(self, post: int, score: float, replies: int = 0) -> None:
        """Let *post* count with this *score* 0..1, which rests on the text and *replies* replies.

        A reply to a post of the claim is not rated itself: it speaks through that post's score.
        """
        self.scores[post] = (score, replies)
        if len(self.scores) > KEPT_SCORES:
            del self.scores[min(self.scores, key=lambda p: (self.scores[p][0], -p))]

    def absorb(self, other: "OpenClaim") -> None:
        """Take over what was counted for *other*, which counts nothing from now on.

        The claim keeps its own words, anchor and numbers. What either was noticed for stands.
        """
        self.first_seen = min(self.first_seen, other.first_seen)
        self.last_seen = max(self.last_seen, other.last_seen)
        self.voices |= other.voices
        self.earlier_voices += other.earlier_voices
        self.posts += other.posts
        self.signs.update(other.signs)
        for post, (score, replies) in other.scores.items():
            self.rate(post, score, replies)
        self.inside = self.inside or other.inside
        self.conflicted = self.conflicted or other.conflicted
        told = [at for at in (self.noticed_at, other.noticed_at) if at is not None]
        self.noticed_at = min(told, default=None)
        if other.level is not None and (self.level is None or other.level > self.level):
            self.level, self.notice_reasons = other.level, other.notice_reasons
        other.posts, other.earlier_voices, other.into = 0, 0, self.key
        other.voices, other.signs = set(), Counter()

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
            memory=self._memory(),
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
        if self.into is not None:
            return (f"已并入 C{self.into:06d}",)
        reasons = list(self.notice_reasons)
        enquiry, hearsay = self.share("enquiry"), self.share("hearsay")
        if (enquiry or hearsay) and not any("求证占" in r for r in reasons):
            reasons.append(f"求证占{enquiry:.0%}，转述传闻占{hearsay:.0%}")
        if denial := self.share("denial"):
            reasons.append(f"否认占{denial:.0%}")
        if self.conflicted:
            reasons.append("官方回应与现场反映不一致，待核证据")
        elif not self.signs["official"]:
            reasons.append("尚无官方回应")
        return tuple((reasons + self._urgency())[:5])

    def _urgency(self) -> list[str]:
        """Say why it comes first; a true report may read it too, so nothing is insinuated."""
        family = load_matters().families.get(self.matter.family) if self.matter else None
        if family and family.path is Path.HAZARD and family.id not in _OF_SUPPLY:
            return ["涉及人身安全，应优先核实"]
        grave = self.matter is not None and self.matter.level is ConcernLevel.C4
        return ["可能影响群众避险或抢购，应优先核实"] if grave or self.signs["danger"] else []

    def _memory(self) -> str:
        matter = self.matter
        return json.dumps(
            {
                "matter": matter and _matter_kept(matter),
                "rank": self.rank,
                "numbers": _numbers_kept(self.numbers),
                "inside": self.inside,
                "signs": {name: self.signs[name] for name in _SIGNS},
                "scores": [[post, *rated] for post, rated in self.scores.items()],
                "notice_reasons": self.notice_reasons,
            },
            ensure_ascii=False,
        )

    def _needs_check(self) -> float:
        """Pool the best posts; one with many replies tells more than one with none."""
        best = sorted(self.scores.values(), reverse=True)[:TOP]
        weighed = [(score, 1 + log1p(replies)) for score, replies in best]
        whole = sum(weight for _, weight in weighed)
        text = sum(score * weight for score, weight in weighed) / whole if whole else 0.0
        return round(min(1.0, max(0.0, self.pooled(text))), 4)

    def pooled(self, text: float) -> float:
        """Pool the texts' score *text* with how much is asked and passed on, and by how many."""
        asked = min(1.0, (self.share("enquiry") + self.share("hearsay")) / 0.5)
        heard = min(1.0, (len(self.voices) + self.earlier_voices) / 20)
        return _OWN_WEIGHT * text + 0.2 * asked + 0.1 * heard


def rebuilt(key: int, readings: Sequence[tuple[ScoredPost, Reading]], group: str) -> OpenClaim:
    """Return the claim that these posts make, in their order; there is at least one.

    *group* is that of the claim they were in: a post that says it words the claim before others.
    """
    matters = [(matter_in(reading, group), scored) for scored, reading in readings]
    stated = [m for m, _ in matters if m is not None and m.stance is Stance.ASSERTED]
    named = [m for m, _ in matters if m is not None]
    first = readings[0][0].post
    claim = OpenClaim(
        key=key,
        matter=replace((stated or named)[0], stance=Stance.ASSERTED) if named else None,
        text=first.text,
        rank=-1.0,
        first_seen=first.published_at,
        last_seen=first.published_at,
        numbers=telling_numbers(first.text, TELLING_UNITS),
    )
    seen: set[int | None] = set()
    for (matter, scored), (_, reading) in zip(matters, readings, strict=True):
        answers = scored.post.parent in seen
        seen.add(scored.post.key)
        said = claim.add(scored, reading, matter)
        if scored.post.duplicate_of is None:
            claim.improve(scored, matter, said)
            if not answers:
                claim.rate(scored.post.key, scored.needs_check)
    return claim


def matter_in(reading: Reading, group: str) -> Matter | None:
    """Return what a post says of the matters of *group*, or None."""
    return next((m for m in reading.matters if m.group == group), None)


def reopened(state: ClaimState) -> OpenClaim:
    """Return the claim that *state* was kept of, exactly where it kept a memory.

    What was said lately comes back with ``OpenClaim.recall``. Voices not among ``state.heard`` and
    not recalled are a number from now on.
    """
    claim = OpenClaim(
        key=state.key,
        matter=matter_of(state.matter),
        text=state.text,
        rank=-1.0,
        first_seen=state.first_seen,
        last_seen=state.last_seen,
        posts=state.posts,
        voices=set(state.heard),
        earlier_voices=max(0, state.voices - len(state.heard)),
        noticed_at=state.noticed_at,
        level=state.level,
        conflicted=state.conflicted,
    )
    _remember(claim, state)
    return claim


def _remember(claim: OpenClaim, state: ClaimState) -> None:
    if not state.memory:
        _guess(claim, state)
        return
    kept = json.loads(state.memory)
    claim.matter = _matter_again(claim.matter, kept["matter"])
    claim.rank, claim.inside = kept["rank"], kept["inside"]
    # Claims kept by an earlier release know the scores and not whose they were.
    rated = kept.get("scores") or [[-n, score, 0] for n, score in enumerate(kept.get("top", ()))]
    claim.scores = {post: (score, replies) for post, score, replies in rated}
    claim.numbers = tuple((unit, frozenset(values)) for unit, values in kept["numbers"])
    claim.signs = Counter(kept["signs"])
    claim.notice_reasons = tuple(kept["notice_reasons"])


def _guess(claim: OpenClaim, state: ClaimState) -> None:
    """Fill in a claim kept without a memory: from its shares, its reasons and its pooled score."""
    shares = {"enquiry": state.enquiry_share, "hearsay": state.hearsay_share,
              "denial": state.denial_share, "support": state.support_share}  # fmt: skip
    claim.signs = Counter({name: round(value * state.posts) for name, value in shares.items()})
    claim.signs["official"] = int("尚无官方回应" not in state.reasons)
    claim.numbers = telling_numbers(state.text, TELLING_UNITS)
    claim.inside = True
    pooled = claim.pooled(0.0)
    claim.rate(0, min(1.0, max(0.0, (state.needs_check - pooled) / _OWN_WEIGHT)))


def _matter_kept(matter: Matter) -> list[object]:
    anchor = matter.anchor
    return [
        matter.group,
        [anchor.kind, anchor.name, anchor.stem, anchor.known],
        _numbers_kept(matter.numbers),
        matter.path.value,
        matter.level.value,
    ]


def _matter_again(known: Matter | None, kept: list[Any] | None) -> Matter | None:
    if kept is None:
        return None
    group, anchor, numbers, path, level = kept
    matter = known or matter_of(f"{group}@|")
    return matter and replace(
        matter,
        anchor=Anchor(*anchor),
        numbers=tuple((unit, frozenset(values)) for unit, values in numbers),
        path=Path(path),
        level=ConcernLevel(level),
    )


def _numbers_kept(numbers: Numbers) -> list[tuple[str, list[str]]]:
    return [(unit, sorted(values)) for unit, values in numbers]


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
    rank = 0.0
    if matter is not None and matter.stance is Stance.ASSERTED:
        rank += 2.0 + (1.5 if matter.anchor.name else 0.0) + (0.5 if matter.numbers else 0.0)
        rank += 0.5 if matter.anchor.known else 0.0
    rank += 0.0 if scored.is_question or scored.signs.enquiry else 1.0
    rank += 1.0 if 8 <= len(scored.post.text) <= 60 else 0.0
    rank += 0.5 if scored.post.parent is None else 0.0
    return rank - (2.0 if scored.signs.denial else 0.0)  # an enquiry that quotes a denial


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
