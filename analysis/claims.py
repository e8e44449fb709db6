"""Claims grouped online: each post joins an open claim, founds one, or belongs to none. Pure.

Matters decide first (``analysis.matters``): same family, same anchor, no differing number. Where a
post names no matter, its parent, its copy, the object it speaks of, or its wording decides. A
denial and an official word count for a claim and never found one. Nothing here judges a claim.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from analysis import signals
from analysis.anchors import Anchor, anchors_agree
from analysis.decisions import Decisions
from analysis.elsewhere import Elsewhere
from analysis.families import load_matters
from analysis.help import is_help
from analysis.matters import Matter, Numbers, Stance, agreement, numbers_differ, telling_numbers
from analysis.open_claims import TELLING_UNITS, ClaimState, OpenClaim, matter_in, reopened
from analysis.reading import MatterReader, Reading
from analysis.records import ScoredPost
from analysis.signals import Limits, Notice
from analysis.wordings import Wordings
from core.text import matching_form

FOUNDING_SCORE = 0.5
"""needs_check from which a post without a matter may found a claim."""
SAME_WORDING = 0.4
"""TF-IDF cosine of character bigrams from which two texts make one claim."""
SAME_WORDING_KEYED = 0.6
"""The same for a post whose matter no open claim shares."""
LONG_TEXT = 60
"""Characters from which an unnamed matter must also be worded alike: long posts name much."""
LONG_LIKENESS = 0.25
NEARBY = timedelta(hours=6)
"""How recent a claim must be for a post that does not say what or where it is about."""
# Objects of which one usually speaks by name; a school or a town is the scene of too much else.
_TALKED_OF = frozenset(
    {
        "reservoir",
        "dike",
        "pump",
        "gate",
        "bridge",
        "tunnel",
        "plant",
        "elevator",
        "grid",
        "shelter",
    }
)


def _always(_matter: str, _notice: Notice) -> bool:
    return True


def _matter_key(claim: OpenClaim) -> str:
    return claim.matter.key if claim.matter else "text"


class ClaimBook:
    """Every open claim, in memory; the same posts in the same order give the same claims."""

    def __init__(self, *, idle_days: float = 7.0, reader: MatterReader | None = None) -> None:
        self._reader = reader or MatterReader()
        self._idle = timedelta(days=idle_days)
        self._open: dict[int, OpenClaim] = {}
        self._groups: dict[str, dict[int, OpenClaim]] = {}
        self._of_post: dict[int, int] = {}
        self._elsewhere = Elsewhere()
        self._wordings = Wordings()
        self._dirty: set[int] = set()
        self._decisions = Decisions()
        self._next = 1

    def __len__(self) -> int:
        """Return the number of open claims, those merged into others included."""
        return len(self._open)

    def assign(self, scored: ScoredPost) -> int | None:
        """Return the key of the claim that *scored* makes, asks about or denies, or None."""
        post = scored.post
        reading = self._reader.read(scored)
        if not scored.relevant or scored.signs.outside or self._elsewhere.answers(post):
            self._elsewhere.note(scored, reading)
            return None
        reading = _at_scene(reading, self._copied(post.parent))
        claim = self._copied(post.duplicate_of)
        if claim is None and (found := self._find(scored, reading)) is not None:
            claim = self._decided(found, scored)
        claim = claim or self._found(scored, reading)
        if claim is None:
            return None
        self._add(claim, scored, reading)
        return claim.key

    def update_needs_check(self, claim: int, post: int, score: float, replies: int) -> None:
        """Take over the score 0..1 that the model gives *post* with its *replies* by now.

        The claim's own is pooled over its posts; one post's new score moves its share alone.
        """
        if (known := self._open.get(claim)) is not None:
            standing = self._open.get(known.into or claim, known)
            standing.rate(post, score, replies)
            self._dirty.add(standing.key)

    def notice(
        self, now: datetime, settings: Limits, *, enough: Callable[[str, Notice], bool] = _always
    ) -> list[Notice]:
        """Return what somebody should check now, by claim key; the windows end at *now*.

        A claim is noticed once, and again only when its level rises; a conflict is told once.
        *enough* says of a claim's matter and a notice whether it is worth telling yet; one that is
        not waits for more.
        Also forgets claims that have been silent for the book's idle days.
        """
        self._forget(now)
        notices = []
        for claim in self._open.values():
            if claim.last_seen <= now - signals.LONG or claim.into is not None:
                continue
            notices += self._notices(claim, now, settings, enough)
        return notices

    def changed(self) -> list[ClaimState]:
        """Return the claims that changed since the last call, by key."""
        keys, self._dirty = sorted(self._dirty), set()
        return [self._open[k].state() for k in keys if k in self._open]

    def state(self, claim: int) -> ClaimState | None:
        """Return one open claim, or None when it is unknown or forgotten."""
        known = self._open.get(claim)
        return None if known is None else known.state()

    def wording(self, claim: int | None) -> str | None:
        """Return how an open claim is worded now, or None when it is unknown or forgotten."""
        known = self._open.get(claim or 0)
        return None if known is None else known.text

    def load(
        self,
        states: Iterable[ClaimState],
        posts: Mapping[int, int] | None = None,
        *,
        newest: int = 0,
        decisions: Decisions | None = None,
    ) -> None:
        """Go on from kept claims; *posts* maps their posts to them, for replies and copies.

        *decisions* are what people decided about them, merged claims being among the kept ones.
        *newest* is the key of the newest claim ever kept, so that no key is given twice. Every
        other thing about a claim comes back with its state (``ClaimState.memory`` and ``heard``),
        save what was said lately: ``recall`` brings that back.
        """
        self._next = max(self._next, newest + 1)
        self._decisions = decisions or self._decisions
        for state in sorted(states, key=lambda s: s.key):
            claim = reopened(state)
            if (standing := self._decisions.standing(claim.key)) != claim.key:
                claim.into = standing
            self._enter(claim)
            self._next = max(self._next, state.key + 1)
        for post, key in (posts or {}).items():
            if key in self._open:
                self._of_post[post] = key
                self._open[key].members.append(post)

    def recall(self, scored: ScoredPost, claim: int | None) -> None:
        """Take back a post of before a restart, which was given to *claim*; counts nothing twice.

        Call it after ``load``, in the order of the first run, for the posts of the remembered
        days, those of no claim too: they may be talk of another area. With all of them the book
        goes on as if it had never stopped; posts older than ``signals.KEPT`` are needed for
        replies to talk of other areas only. Needs the post, its signs, ``is_question`` and
        ``relevant``, no scores.
        """
        known = self._open.get(claim or 0)
        if claim is not None and known is None:
            return
        reading = self._reader.read(scored)
        if known is None:
            self._elsewhere.note(scored, reading)
            return
        known.recall(scored, reading, _matter_for(reading, known))
        self._of_post[scored.post.key] = known.key

    # Finding

    def _decided(self, found: OpenClaim, scored: ScoredPost) -> OpenClaim:
        """Return the claim that people have decided on in the place of the one that was found."""
        key = self._decisions.home(found.key, scored.post.fingerprint)
        home = self._open.get(key, found)
        if home is found:
            home = self._nearest_kin(found, scored)
        standing = self._open.get(home.into or home.key, home)
        if standing is not home:
            # It is still spoken of, so it goes on to be found.
            home.last_seen = max(home.last_seen, scored.post.published_at)
            self._dirty.add(home.key)
        return standing

    def _nearest_kin(self, claim: OpenClaim, scored: ScoredPost) -> OpenClaim:
        """Return *claim*, or what it was split from or into, by telling number, then by wording."""
        kin = [k for key in self._decisions.kin(claim.key) if (k := self._open.get(key))]
        if not kin or scored.post.parent is not None:
            return claim
        numbers = telling_numbers(scored.post.text, TELLING_UNITS)
        if numbers:
            named = [c for c in (claim, *kin) if c.numbers and not _differ(c, numbers)]
            if named:
                return named[0]
        # Places and matters have told their post already; wording tells only what they cannot.
        likeness = self._wordings.alike(scored.post.text)
        alike = [claim, *(k for k in kin if _are_one_matter(claim, k) and not _differ(k, numbers))]
        return max(alike, key=lambda c: (likeness.get(c.key, 0.0), c is claim, -c.key))

    def _copied(self, original: int | None) -> OpenClaim | None:
        return None if original is None else self._open.get(self._of_post.get(original, 0))

    def _find(self, scored: ScoredPost, reading: Reading) -> OpenClaim | None:
        parent = self._copied(scored.post.parent)
        clear = [m for m in reading.matters if not m.vague]
        for matter in clear:
            claim = self._by_matter(matter, scored, parent)
            if claim is not None:
                return claim
        if parent is not None and not _own_matter(clear, parent):
            return parent
        claim = self._by_object(scored, reading)
        if claim is not None or clear:
            return claim or self._by_wording(scored, reading, keyed=True)
        for matter in reading.matters:
            claim = self._by_matter(matter, scored, parent)
            if claim is not None:
                return claim
        return self._by_wording(scored, reading, keyed=bool(reading.matters))

    def _by_matter(
        self, matter: Matter, scored: ScoredPost, parent: OpenClaim | None
    ) -> OpenClaim | None:
        """Return the open claim that agrees best; among equals the one last spoken of."""
        best: tuple[tuple[bool, int, datetime, int], OpenClaim] | None = None
        for claim in self._groups.get(matter.group, {}).values():
            if claim.matter is None or not (grade := agreement(matter, claim.matter)):
                continue
            vague = anchors_agree(matter.anchor, claim.matter.anchor) == 1
            if vague and claim is not parent:
                lesser = parent is not None and matter.stance is not Stance.ASSERTED
                if lesser or not self._may_join_vaguely(claim, scored):
                    continue
            rank = (claim is parent, grade, claim.last_seen, -claim.key)
            if best is None or rank > best[0]:
                best = (rank, claim)
        return best[1] if best else None

    def _may_join_vaguely(self, claim: OpenClaim, scored: ScoredPost) -> bool:
        if scored.post.published_at - claim.last_seen > NEARBY:
            return False
        text = scored.post.text
        if len(text) <= LONG_TEXT and len(claim.text) <= LONG_TEXT:
            return True
        return self._wordings.alike(text).get(claim.key, 0.0) >= LONG_LIKENESS

    def _by_object(self, scored: ScoredPost, reading: Reading) -> OpenClaim | None:
        """For 坝上正常, 水库那边怎么样了: the one fresh claim about the object spoken of."""
        signs = scored.signs
        talks = signs.enquiry or signs.denial or signs.support or signs.hearsay
        if not (talks or reading.fine or scored.is_question):
            return None
        objects = [a for a in reading.objects if a.kind in _TALKED_OF]
        if not objects:
            return None
        found: dict[int, list[OpenClaim]] = {2: [], 1: []}
        for claim in self._open.values():
            if claim.matter is None or claim.matter.anchor.kind not in _TALKED_OF:
                continue
            own = load_matters().families[claim.matter.family].where == "object"
            if not (own or signs.denial or reading.fine):
                continue
            if scored.post.published_at - claim.last_seen > NEARBY:
                continue
            grade = max(_same_object(o, claim.matter.anchor) for o in objects)
            if grade:
                found[grade].append(claim)
        if found[2]:
            return max(found[2], key=lambda c: (c.posts, c.last_seen, -c.key))
        return found[1][0] if len(found[1]) == 1 else None

    def _by_wording(self, scored: ScoredPost, reading: Reading, *, keyed: bool) -> OpenClaim | None:
        if scored.post.parent is not None:
            return None
        least = SAME_WORDING_KEYED if keyed else SAME_WORDING
        likeness = self._wordings.alike(scored.post.text)
        alike = [pair for pair in likeness.items() if pair[1] >= least]
        numbers = telling_numbers(scored.post.text, TELLING_UNITS) if alike else ()
        for key, _ in sorted(alike, key=lambda a: (-a[1], a[0])):
            claim = self._open[key]
            if not numbers_differ(numbers, claim.numbers) and not _elsewhere_said(reading, claim):
                return claim
        return None

    # Founding and adding

    def _found(self, scored: ScoredPost, reading: Reading) -> OpenClaim | None:
        post, signs = scored.post, scored.signs
        if post.issuer is not None or (signs.denial and not (signs.enquiry or signs.hearsay)):
            return None
        if _is_plain_call(scored):
            return None  # it goes to the help desk, not to verification
        likely = scored.needs_check >= FOUNDING_SCORE
        for matter in reading.matters:
            stands = matter.stance is Stance.ASSERTED and matter.founds
            own = matter.anchor.name or _is_its_own(matter)
            if stands and (post.parent is None or own or likely):
                return self._begin(scored, matter)
        wordy = len(post.text) >= 40 or not reading.matters
        if likely and post.parent is None and wordy and len(matching_form(post.text)) >= 8:
            return self._begin(scored, None)
        return None

    def _begin(self, scored: ScoredPost, matter: Matter | None) -> OpenClaim:
        post = scored.post
        claim = OpenClaim(
            key=self._next,
            matter=matter,
            text=post.text,
            rank=-1.0,
            first_seen=post.published_at,
            last_seen=post.published_at,
            numbers=telling_numbers(post.text, TELLING_UNITS),
        )
        self._next += 1
        self._enter(claim)
        return claim

    def _enter(self, claim: OpenClaim) -> None:
        self._open[claim.key] = claim
        if claim.matter is not None:
            self._groups.setdefault(claim.matter.group, {})[claim.key] = claim
        self._wordings.learn(claim.key, claim.text)

    def _add(self, claim: OpenClaim, scored: ScoredPost, reading: Reading) -> None:
        matter = _matter_for(reading, claim)
        said = claim.add(scored, reading, matter)
        if scored.post.duplicate_of is None:
            if self._of_post.get(scored.post.parent or 0) != claim.key:
                claim.rate(scored.post.key, scored.needs_check)
            if claim.improve(scored, matter, said):
                self._wordings.learn(claim.key, claim.text)
        self._of_post[scored.post.key] = claim.key
        self._dirty.add(claim.key)

    # Noticing

    def _notices(
        self,
        claim: OpenClaim,
        now: datetime,
        limits: Limits,
        enough: Callable[[str, Notice], bool],
    ) -> list[Notice]:
        if self._elsewhere.explains(claim, now):
            return []
        matters, notices = claim.noticed_as(), []
        found = signals.strongest(matters, claim.said, now, limits)
        higher = found is not None and (claim.level is None or found.level > claim.level)
        if found is not None and higher and enough(_matter_key(claim), found):
            claim.noticed_at = claim.noticed_at or now
            claim.level, claim.notice_reasons = found.level, found.reasons
            notices.append(replace(found, reasons=claim.reasons()))
        if not claim.conflicted:
            clash = signals.conflict(matters, claim.said, now)
            if clash is not None and enough(_matter_key(claim), clash):
                claim.conflicted, claim.noticed_at = True, claim.noticed_at or now
                notices.append(clash)
        if notices:
            self._dirty.add(claim.key)
        return notices

    def _forget(self, now: datetime) -> None:
        silent = [c for c in self._open.values() if self._last_spoken(c) < now - self._idle]
        for claim in silent:
            del self._open[claim.key]
            if claim.matter is not None:
                self._groups[claim.matter.group].pop(claim.key, None)
            self._wordings.forget(claim.key)
            for post in claim.members:
                self._of_post.pop(post, None)
        for claim in self._open.values():
            if claim.said and claim.said[0].at < now - signals.KEPT:
                claim.said = [s for s in claim.said if s.at > now - signals.KEPT]
        self._elsewhere.forget(now, now - self._idle)

    def _last_spoken(self, claim: OpenClaim) -> datetime:
        """Return when *claim* was last spoken of; a merged one lives as long as what it is in."""
        standing = self._open.get(claim.into or 0)
        return claim.last_seen if standing is None else max(claim.last_seen, standing.last_seen)


def _differ(claim: OpenClaim, numbers: Numbers) -> bool:
    return numbers_differ(numbers, claim.numbers)


def _are_one_matter(a: OpenClaim, b: OpenClaim) -> bool:
    if a.matter is None or b.matter is None:
        return a.matter is b.matter
    return agreement(a.matter, b.matter) > 0


def _matter_for(reading: Reading, claim: OpenClaim) -> Matter | None:
    """Return what a post says of its claim: by reading and group alone, so it can be recalled."""
    if claim.matter is None:
        return None
    return matter_in(reading, claim.matter.group)


def _own_matter(matters: Iterable[Matter], parent: OpenClaim) -> bool:
    """Tell whether a reply says something named and new, which is not its parent's claim."""
    return any(
        (m.anchor.name or _is_its_own(m))
        and m.founds
        and m.stance is Stance.ASSERTED
        and (
            parent.matter is None
            or m.group != parent.matter.group
            or numbers_differ(m.numbers, parent.matter.numbers)
        )
        for m in matters
    )


def _elsewhere_said(reading: Reading, claim: OpenClaim) -> bool:
    """Tell of 供水公司电话没人接 beside 燃气公司电话没人接: the same words of another place."""
    matter = _matter_for(reading, claim)
    if matter is None or claim.matter is None:
        return False
    named = matter.anchor.name and claim.matter.anchor.name
    return bool(named) and not anchors_agree(matter.anchor, claim.matter.anchor)


def _is_plain_call(scored: ScoredPost) -> bool:
    """Tell of a call for help by the rules as well, that passes nothing on.

    The sorter alone takes too much for a call, so that none is missed; no claim is lost by that.
    """
    signs = scored.signs
    passes_on = signs.enquiry or signs.hearsay
    return scored.help and not passes_on and is_help(scored.post.text, signs)


def _is_its_own(matter: Matter) -> bool:
    """Tell of 安全出口去年就锁了 below a fire: it needs no name to be another claim."""
    return bool(load_matters().families[matter.family].covers)


def _at_scene(reading: Reading, parent: OpenClaim | None) -> Reading:
    """Let a reply that says something of its own, and not where, mean its parent's place."""
    scene = parent.matter.anchor if parent is not None and parent.matter is not None else Anchor()
    if not scene.name or scene.kind in {"area", "goods", "hotline"}:
        return reading
    return replace(
        reading,
        matters=tuple(
            replace(m, anchor=scene) if _is_its_own(m) and not m.anchor.name else m
            for m in reading.matters
        ),
    )


def _same_object(spoken: Anchor, anchor: Anchor) -> int:
    if spoken.kind != anchor.kind:
        return 0
    return anchors_agree(spoken, anchor)
