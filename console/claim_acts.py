"""Decisions about claims by the monitoring desk, and what is suggested to it.

Judged texts do not move: what has a verdict or stands in a statement is not merged away.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from analysis import regrouping, store, versions
from analysis import suggestions as suggesting
from analysis.analyse import REMEMBERED
from analysis.decisions import Decisions
from analysis.records import ClaimEdit
from analysis.segment import lexicon_segmenter
from analysis.suggestions import MergeSuggestion, SplitSuggestion
from analysis.versions import Version
from core.directory import Directory
from core.errors import RefusedError
from release import people
from release import store as release_store
from release.people import Act


def suggestions(
    session: Session, now: datetime, directory: Directory, *, about: int | None = None
) -> tuple[list[MergeSuggestion], list[SplitSuggestion]]:
    """Return the claims spoken of lately that may be one, and those that may be two."""
    decisions = Decisions.of(store.claim_edits(session))
    states = store.claim_states(session, now - REMEMBERED)
    places = [name for place in directory.places for name in (place.name, *place.also)]
    pairs = suggesting.merges(states, decisions, places=places, about=about)
    wanted = [s.key for s in states] if about is None else [about]
    said = store.sightings(session, None if about is None else wanted)
    known = set(wanted)
    return pairs, suggesting.splits(
        {key: s for key, s in said.items() if key in known}, places=places
    )


def versions_of(session: Session, claim: int) -> tuple[list[Version], int]:
    """Return the versions of a claim, and how many wordings were left out."""
    said = store.sightings(session, [claim]).get(claim, ())
    return versions.versions(said, lexicon_segmenter().words)


def require_standing(session: Session, claim: int) -> None:
    """Raise ``RefusedError`` for a merged claim: what is found is found of the one it is in."""
    store.load_claim(session, claim)
    if (standing := Decisions.of(store.claim_edits(session)).standing(claim)) != claim:
        raise RefusedError([f"C{claim:06d} 已并入 C{standing:06d}"])


def _require(session: Session, by: str) -> None:
    person = release_store.load_person(session, by)
    people.require(person, *people.roles_that_may(Act.REGROUP_CLAIMS))


def _judged(session: Session, claim: int) -> list[str]:
    """Return why the texts of *claim* may not move."""
    reasons = []
    for judgement in release_store.all_judgements(session, claim):
        state = "已审定" if judgement.approved_at else "待审定"
        reasons.append(f"C{claim:06d} 有{state}的结论 {judgement.judgement_id}，不能移动")
    reasons += [
        f"文稿 {s.statement_id} 写到 C{claim:06d}，不能移动"
        for s in release_store.all_statements(session)
        if claim in s.claims
    ]
    return reasons


def merge(
    session: Session, first: int, second: int, *, by: str, reason: str, now: datetime
) -> ClaimEdit:
    """Merge *second* into *first*; refused when the second is judged or in a statement."""
    _require(session, by)
    if reasons := _judged(session, second):
        raise RefusedError(reasons)
    return regrouping.merge(session, first, second, by=by, reason=reason, now=now)


def keep_apart(
    session: Session, first: int, second: int, *, by: str, reason: str, now: datetime
) -> ClaimEdit:
    """Remember that the two are two."""
    _require(session, by)
    return regrouping.keep_apart(session, first, second, by=by, reason=reason, now=now)


def split(
    session: Session,
    claim: int,
    numbers: Sequence[int],
    *,
    by: str,
    reason: str,
    now: datetime,
    directory: Directory,
) -> ClaimEdit:
    """Take the versions with these numbers out of *claim*.

    A judged claim gives back only what was merged into it after its first verdict.
    """
    _require(session, by)
    store.load_claim(session, claim)
    known = {v.number: v.wording for v in versions_of(session, claim)[0]}
    if unknown := [n for n in numbers if n not in known]:
        raise RefusedError([f"C{claim:06d} 没有第 {n} 种措辞" for n in unknown])
    wordings = [known[n] for n in numbers]
    merged = regrouping.reopens(session, claim, wordings)
    judged = release_store.all_judgements(session, claim)
    later = merged is not None and all(merged.at > j.proposed_at for j in judged)
    if not later and (reasons := _judged(session, claim)):
        raise RefusedError(reasons)
    return regrouping.split(
        session, claim, wordings, by=by, reason=reason, now=now, directory=directory
    )
