"""What a person decides about claims, carried out: merge, split, keep apart. Never commits.

A decision is one row that is never changed. Posts move with it and both claims are counted anew;
a running process sees the row and builds its memory again, so that a restart changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from analysis import store
from analysis.decisions import Decisions
from analysis.gazetteer import Gazetteer
from analysis.open_claims import OpenClaim, rebuilt, reopened
from analysis.reading import MatterReader, Reading
from analysis.records import ClaimEdit, ScoredPost, SegmentedPost
from analysis.signs import SignReader
from core.directory import Directory
from core.errors import RefusedError
from core.lexicon import load_lexicon
from core.simplified import simplified
from core.text import fingerprint
from core.vocabulary import ClaimEditKind, Emotion
from crawler import store as crawler_store
from crawler.records import StoredPost


def blockers(
    first: int, second: int | None, decisions: Decisions, reason: str = "合并"
) -> list[str]:
    """Return why these claims cannot be decided upon now; empty means they can."""
    reasons = [] if reason.strip() else ["必须写明理由"]
    if first == second:
        reasons.append("同一个说法不能与自己比")
    claims = [claim for claim in dict.fromkeys((first, second)) if claim is not None]
    return reasons + [
        f"C{claim:06d} 已并入 C{standing:06d}"
        for claim in claims
        if (standing := decisions.standing(claim)) != claim
    ]


def merge(
    session: Session, first: int, second: int, *, by: str, reason: str, now: datetime
) -> ClaimEdit:
    """Let the posts of *second* count for *first*, now and later; *second* keeps its page.

    Raises ``RefusedError`` for a claim that is merged already, and without a reason.
    """
    _refuse(blockers(first, second, Decisions.of(store.claim_edits(session)), reason))
    stay, go = (store.load_claim(session, key) for key in (first, second))
    kept = {s.key: reopened(s) for s in store.states_of(session, (first, second))}
    kept[first].absorb(kept[second])
    store.give_posts(session, store.posts_of_claim(session, second), first)
    edit = ClaimEdit(ClaimEditKind.MERGE, first, second, (), by, now, reason)
    store.add_claim_edit(session, edit)
    incident = stay.incident_id or go.incident_id
    _save(session, list(kept.values()), {first: incident, second: go.incident_id})
    return edit


def keep_apart(
    session: Session, first: int, second: int, *, by: str, reason: str, now: datetime
) -> ClaimEdit:
    """Remember that the two are two, so that nobody is asked again."""
    _refuse(blockers(first, second, Decisions.of(store.claim_edits(session)), reason))
    for key in (first, second):
        store.load_claim(session, key)
    low, high = sorted((first, second))
    edit = ClaimEdit(ClaimEditKind.APART, low, high, (), by, now, reason)
    store.add_claim_edit(session, edit)
    return edit


def split(
    session: Session,
    claim: int,
    wordings: Sequence[str],
    *,
    by: str,
    reason: str,
    now: datetime,
    directory: Directory,
) -> ClaimEdit:
    """Take the posts of these *wordings* (fingerprints) out, with their copies and replies.

    They become a claim of their own; where they are the wording of a claim that was merged into
    this one, that claim stands again. Raises ``RefusedError`` when nothing or all would go.
    """
    decisions = Decisions.of(store.claim_edits(session))
    _refuse(blockers(claim, None, decisions, reason))
    before = store.load_claim(session, claim)
    posts = crawler_store.posts_at(session, store.posts_of_claim(session, claim))
    taken = _taken(posts, frozenset(wordings))
    if not taken:
        raise RefusedError(["没有属于所选措辞的帖子"])
    if len(taken) == len(posts):
        raise RefusedError(["所选措辞就是全部措辞，没有留下的"])
    (state,) = store.states_of(session, (claim,))
    part = _merged_before(session, decisions, claim, wordings) or store.newest_claim(session) + 1
    scored = _scored(session, claim, posts, directory)
    group = state.matter.partition("@")[0]
    kept = rebuilt(claim, [s for s in scored if s[0].post.key not in taken], group)
    out = rebuilt(part, [s for s in scored if s[0].post.key in taken], group)
    old = reopened(state)
    kept.noticed_at, kept.level, kept.conflicted = old.noticed_at, old.level, old.conflicted
    kept.notice_reasons = old.notice_reasons
    kept.scores |= {post: old.scores[post] for post in kept.scores if post in old.scores}
    out.scores |= {post: old.scores[post] for post in out.scores if post in old.scores}
    _save(session, (kept, out), {claim: before.incident_id, part: before.incident_id})
    store.give_posts(session, sorted(taken), part)
    edit = ClaimEdit(ClaimEditKind.SPLIT, claim, part, tuple(wordings), by, now, reason)
    store.add_claim_edit(session, edit)
    return edit


def reopens(session: Session, claim: int, wordings: Sequence[str]) -> ClaimEdit | None:
    """Return the merge that a split of these *wordings* would undo, or None."""
    edits = store.claim_edits(session)
    part = _merged_before(session, Decisions.of(edits), claim, wordings)
    merges = [e for e in edits if e.kind is ClaimEditKind.MERGE and e.second == part]
    return merges[-1] if merges else None


def _merged_before(
    session: Session, decisions: Decisions, claim: int, wordings: Sequence[str]
) -> int | None:
    """Return the claim merged into *claim* whose own wording is among *wordings*."""
    return next(
        (
            state.key
            for state in store.states_of(session, decisions.merged_into(claim))
            if fingerprint(state.text) in wordings
        ),
        None,
    )


def _taken(posts: Sequence[StoredPost], wordings: frozenset[str]) -> set[int]:
    """Return the posts of these wordings with their copies and replies; posts in key order."""
    taken: set[int] = set()
    for stored in posts:
        own = stored.post.fingerprint in wordings
        if own or stored.duplicate_of in taken or stored.parent in taken:
            taken.add(stored.key)
    return taken


def _scored(
    session: Session, claim: int, posts: Sequence[StoredPost], directory: Directory
) -> list[tuple[ScoredPost, Reading]]:
    signs, reader = SignReader(load_lexicon(), Gazetteer(directory)), MatterReader()
    own = store.own_scores(session, claim)
    found = []
    for stored in posts:
        text = simplified(stored.post.text)
        score, asks, place = own[stored.key]
        scored = ScoredPost(
            post=SegmentedPost(
                key=stored.key,
                text=text,
                words=(),
                published_at=stored.post.published_at,
                voice=stored.post.voice,
                fingerprint=stored.post.fingerprint,
                issuer=stored.post.issuer,
                parent=stored.parent,
                duplicate_of=stored.duplicate_of,
            ),
            signs=signs.read(text),
            needs_check=score,
            reasons=(),
            emotion=Emotion.NEUTRAL,
            is_question=asks,
            concern=None,
            help=False,
            relevant=True,
            place=place,
        )
        found.append((scored, reader.read(scored)))
    return found


def _refuse(reasons: list[str]) -> None:
    if reasons:
        raise RefusedError(reasons)


def _save(session: Session, claims: Sequence[OpenClaim], incidents: dict[int, str | None]) -> None:
    known = {key: incident for key, incident in incidents.items() if incident is not None}
    store.save_claims(session, [claim.state() for claim in claims], known)
    session.expire_all()
