"""Turns the records of understanding into rows and back; the only module of the stage that does."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ColumnElement, Table, bindparam, case, func, select, update
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis.decisions import Decisions
from analysis.open_claims import ClaimState
from analysis.questions import QuestionState
from analysis.records import (
    Alert,
    Claim,
    ClaimEdit,
    Incident,
    IncidentMove,
    Question,
    ScoredPost,
    Sighting,
)
from analysis.tables import (
    AlertMoveRow,
    AlertRow,
    ClaimEditRow,
    ClaimRow,
    IncidentMoveRow,
    IncidentRow,
    QuestionRow,
    ScoreRow,
    TallyRow,
)
from core.database import Base
from core.errors import HuiyingError
from core.vocabulary import (
    AlertKind,
    AlertState,
    ClaimEditKind,
    ClaimStance,
    ClaimStatus,
    ConcernLevel,
    IncidentState,
    QuestionStatus,
)
from crawler.tables import PostRow, VisitRow

_SCORES, _CLAIMS, _QUESTIONS, _TALLIES, _OPENED, _MOVES = (
    Base.metadata.tables[row.__tablename__]
    for row in (ScoreRow, ClaimRow, QuestionRow, TallyRow, IncidentRow, IncidentMoveRow)
)
_QUESTION_FIELDS = (
    "text",
    "first_asked",
    "last_asked",
    "posts",
    "voices",
    "concern",
    "asked",
    "places",
)
_CLAIM_FIELDS = (
    "text",
    "matter",
    "first_seen",
    "last_seen",
    "noticed_at",
    "level",
    "conflicted",
    "posts",
    "voices",
    "needs_check",
    "reasons",
    "enquiry_share",
    "hearsay_share",
    "denial_share",
    "support_share",
    "memory",
)


_FEW = 100
"""Claims of which the voices are asked for by key; of more all are read at once."""


def _renewal(table: Table, fields: Sequence[str], **kept: ColumnElement[Any]) -> Insert:
    """Return an insert that renews *fields* of a known key; *kept* says what else happens."""
    new = insert(table)
    given = {name: new.excluded[name] for name in fields}
    incident = func.coalesce(table.c.incident_id, new.excluded.incident_id)
    return new.on_conflict_do_update(
        index_elements=["key"], set_=given | {"incident_id": incident} | kept
    )


# Built once, and run on the connection: a replay runs them tens of thousands of times.
_ADD_SCORES = insert(_SCORES)
_RENEW_CHECKS = (
    update(_SCORES)
    .where(_SCORES.c.post == bindparam("of"))
    .values(needs_check=bindparam("score"), reasons=bindparam("why", type_=JSON))
)
_RENEW_CLAIMS = _renewal(
    _CLAIMS,
    _CLAIM_FIELDS,
    status=case(
        (_CLAIMS.c.status == ClaimStatus.JUDGED.value, _CLAIMS.c.status),
        else_=insert(_CLAIMS).excluded.status,
    ),
)
_RENEW_QUESTIONS = _renewal(_QUESTIONS, _QUESTION_FIELDS)
_COUNT = insert(_TALLIES)
_ADD_TALLIES = _COUNT.on_conflict_do_update(
    index_elements=["series", "start"],
    set_={"count": _TALLIES.c.count + _COUNT.excluded.count},
)

_LAST_STATE = (
    select(_MOVES.c.state)
    .where(_MOVES.c.incident_id == _OPENED.c.incident_id)
    .order_by(_MOVES.c.key.desc())
    .limit(1)
    .scalar_subquery()
)
_LAST_MOVE = select(func.max(_MOVES.c.key))
_INCIDENTS = select(
    _OPENED.c.incident_id, _OPENED.c.name, _OPENED.c.kind, _OPENED.c.opened_at, _LAST_STATE
).order_by(_OPENED.c.opened_at, _OPENED.c.incident_id)

# Incidents


def add_incident(session: Session, incident: Incident) -> None:
    """Add an incident; its first move follows with ``add_incident_move``."""
    session.add(
        IncidentRow(
            incident_id=incident.incident_id,
            name=incident.name,
            kind=incident.kind,
            opened_at=incident.opened_at,
        )
    )
    session.flush()


def add_incident_move(session: Session, move: IncidentMove) -> None:
    """Write down one step of an incident's life."""
    session.add(
        IncidentMoveRow(
            incident_id=move.incident_id,
            state=move.state,
            at=move.at,
            by=move.by,
            reason=move.reason,
        )
    )
    session.flush()


def incident_moves(session: Session, incident_id: str) -> list[IncidentMove]:
    """Return an incident's steps, oldest first."""
    rows = select(IncidentMoveRow).where(IncidentMoveRow.incident_id == incident_id)
    return [
        IncidentMove(
            incident_id=row.incident_id,
            state=IncidentState(row.state),
            at=row.at,
            by=row.by,
            reason=row.reason,
        )
        for row in session.scalars(rows.order_by(IncidentMoveRow.key))
    ]


def all_incidents(session: Session) -> list[Incident]:
    """Return every incident in the order of opening, each in the state of its last move.

    A session reads them once for each move, for a replay asks at every step. No incident changes
    without a move, and none begins without one.
    """
    last = session.connection().scalar(_LAST_MOVE)
    kept: tuple[int | None, list[Incident]] | None = session.info.get("incidents")
    if kept is None or kept[0] != last:
        kept = session.info["incidents"] = (last, _read_incidents(session))
    return list(kept[1])


def _read_incidents(session: Session) -> list[Incident]:
    return [
        Incident(
            incident_id=incident_id,
            name=name,
            kind=kind,
            state=IncidentState(state),
            opened_at=opened_at,
        )
        for incident_id, name, kind, opened_at, state in session.connection().execute(_INCIDENTS)
    ]


def load_incident(session: Session, incident_id: str) -> Incident:
    """Return one incident; raise ``HuiyingError`` when it is unknown."""
    for incident in all_incidents(session):
        if incident.incident_id == incident_id:
            return incident
    raise HuiyingError(f"no incident {incident_id!r}")


def attach_earlier(session: Session, incident_id: str, since: datetime) -> int:
    """Give relevant posts and claims since *since* that have no incident to this one."""
    recent = select(PostRow.key).where(PostRow.published_at >= since)
    scores = session.execute(
        update(ScoreRow)
        .where(ScoreRow.incident_id.is_(None), ScoreRow.relevant, ScoreRow.post.in_(recent))
        .values(incident_id=incident_id)
    )
    for table, moment in ((ClaimRow, ClaimRow.last_seen), (QuestionRow, QuestionRow.last_asked)):
        session.execute(
            update(table)
            .where(table.incident_id.is_(None), moment >= since)
            .values(incident_id=incident_id)
        )
    return int(getattr(scores, "rowcount", 0))


def attach_claim(session: Session, incident_id: str, claim: int) -> None:
    """Give one claim with its posts to an incident that was proposed because of it."""
    session.execute(
        update(ScoreRow)
        .where(ScoreRow.claim == claim, ScoreRow.incident_id.is_(None))
        .values(incident_id=incident_id)
    )
    session.execute(
        update(ClaimRow)
        .where(ClaimRow.key == claim, ClaimRow.incident_id.is_(None))
        .values(incident_id=incident_id)
    )


def incidents_of_claims(session: Session) -> dict[int, str]:
    """Return the incident of every claim that has one."""
    rows = select(ClaimRow.key, ClaimRow.incident_id).where(ClaimRow.incident_id.is_not(None))
    return {key: incident for key, incident in session.execute(rows) if incident is not None}


# Scores


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One post's scores as kept, with where it belongs."""

    scored: ScoredPost
    claim: int | None
    question: int | None
    incident_id: str | None
    stance: ClaimStance | None = None
    """What it does to its claim, or to the post it answers; None where it has neither."""


@dataclass(frozen=True, slots=True)
class NewCheck:
    """A needs-check score that replies have changed."""

    post: int
    needs_check: float
    reasons: tuple[str, ...]


def save_scores(session: Session, lines: Sequence[ScoreLine]) -> None:
    """Keep the scores of new posts."""
    if lines:
        session.connection().execute(
            _ADD_SCORES,
            [
                _of_wording(line.scored)
                | {
                    "post": line.scored.post.key,
                    "claim": line.claim,
                    "question": line.question,
                    "incident_id": line.incident_id,
                    "stance": line.stance,
                }
                for line in lines
            ],
        )


def replace_scores(
    session: Session, scored: Sequence[ScoredPost], stances: Sequence[ClaimStance | None]
) -> None:
    """Put new scores and stances in the place of those of an earlier wording.

    Groups stay as they are.
    """
    for one, stance in zip(scored, stances, strict=True):
        values = _of_wording(one) | {"stance": stance}
        session.execute(update(ScoreRow).where(ScoreRow.post == one.post.key).values(**values))


def _of_wording(scored: ScoredPost) -> dict[str, Any]:
    """Return the columns that a post's wording alone decides."""
    return {
        "needs_check": scored.needs_check,
        "reasons": list(scored.reasons),
        "emotion": scored.emotion.value,
        "is_question": scored.is_question,
        "concern": scored.concern,
        "help": scored.help,
        "relevant": scored.relevant,
        "enquiry": bool(scored.signs.enquiry),
        "hearsay": bool(scored.signs.hearsay),
        "denial": bool(scored.signs.denial),
        "place": scored.place,
        "place_uncertain": scored.place_uncertain,
    }


def update_checks(session: Session, checks: Sequence[NewCheck]) -> None:
    """Replace needs-check scores that replies have changed."""
    if checks:
        session.connection().execute(
            _RENEW_CHECKS,
            [{"of": c.post, "score": c.needs_check, "why": list(c.reasons)} for c in checks],
        )


def last_scored(session: Session) -> int:
    """Return the key of the newest scored post, 0 before the first."""
    return session.scalar(select(func.max(ScoreRow.post))) or 0


# Claims and questions


def save_claims(
    session: Session, states: Sequence[ClaimState], incident_of: Mapping[int, str]
) -> None:
    """Add or renew claims; an incident once given and a person's verdict are kept.

    *incident_of* gives the incident of a claim by its key, where it has one.
    """
    if not states:
        return
    session.connection().execute(
        _RENEW_CLAIMS,
        [_claim_values(state, incident_of.get(state.key)) for state in states],
    )


def _claim_values(state: ClaimState, incident_id: str | None) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(state, name) for name in _CLAIM_FIELDS}
    values["key"] = state.key
    values["incident_id"] = incident_id
    values["level"] = state.level.value if state.level else None
    values["reasons"] = list(state.reasons)
    noticed = state.noticed_at is not None
    values["status"] = (ClaimStatus.CHECKING if noticed else ClaimStatus.FOUND).value
    return values


def claim_states(
    session: Session, since: datetime, decisions: Decisions | None = None
) -> list[ClaimState]:
    """Return the claims last spoken of after *since*, as the claim book knows them.

    By *decisions* a merged claim is among them for as long as the one that it was merged into.
    """
    recent = set(session.scalars(select(ClaimRow.key).where(ClaimRow.last_seen >= since)))
    if decisions is not None:
        recent |= {key for key in decisions.into if decisions.standing(key) in recent}
    return _states(session, ClaimRow.last_seen >= since, recent)


def states_of(session: Session, claims: Sequence[int], *, voices: bool = True) -> list[ClaimState]:
    """Return these claims by key, as the claim book knows them; their voices only if wanted."""
    return _states(session, ClaimRow.key.in_(claims), set(claims), voices=voices)


def wordings_since(session: Session, since: datetime, most: int) -> list[ClaimState]:
    """Return the claims last spoken of after *since*, at most *most*, the latest; no voices."""
    recent = select(ClaimRow.key).where(ClaimRow.last_seen >= since)
    latest = recent.order_by(ClaimRow.last_seen.desc(), ClaimRow.key).limit(most)
    return states_of(session, list(session.scalars(latest)), voices=False)


def posts_of_no_claim(
    session: Session, since: datetime, most: int
) -> list[tuple[int, str, datetime]]:
    """Return (key, text, moment) of posts after *since* that make no claim, the latest first.

    Copies, replies, words of offices and what does not concern the area are left out.
    """
    rows = (
        select(PostRow.key, PostRow.text, PostRow.published_at)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(ScoreRow.claim.is_(None), ScoreRow.relevant, PostRow.published_at >= since)
        .where(PostRow.duplicate_of.is_(None), PostRow.issuer.is_(None), PostRow.parent.is_(None))
        .order_by(PostRow.published_at.desc(), PostRow.key)
        .limit(most)
    )
    return [(key, text, at) for key, text, at in session.execute(rows)]


def reasons_of_posts(session: Session, claim: int, most: int) -> list[tuple[str, ...]]:
    """Return the reasons of the *most* posts of *claim* that need checking most."""
    rows = (
        select(ScoreRow.reasons)
        .where(ScoreRow.claim == claim)
        .order_by(ScoreRow.needs_check.desc(), ScoreRow.post)
        .limit(most)
    )
    return [tuple(reasons) for reasons in session.scalars(rows)]


def _states(
    session: Session, which: ColumnElement[bool], keys: set[int], *, voices: bool = True
) -> list[ClaimState]:
    # Copies of an earlier text and offices say it again, but are no further voices.
    fresh = [PostRow.duplicate_of.is_(None), PostRow.issuer.is_(None)]
    if len(keys) <= _FEW:
        fresh.append(ScoreRow.claim.in_(sorted(keys)))
    heard = _voices(session, ScoreRow.claim, *fresh) if voices else {}
    found = {row.key: row for row in session.scalars(select(ClaimRow).where(which))}
    found |= {k: session.get_one(ClaimRow, k) for k in keys - set(found)}
    rows = [found[key] for key in sorted(found)]
    states = []
    for row in rows:
        values = {name: getattr(row, name) for name in _CLAIM_FIELDS}
        values["level"] = ConcernLevel(row.level) if row.level else None
        values["reasons"] = tuple(row.reasons)
        states.append(ClaimState(key=row.key, heard=heard.get(row.key, frozenset()), **values))
    return states


def _voices(
    session: Session, group: InstrumentedAttribute[int | None], *which: ColumnElement[bool]
) -> dict[int, frozenset[str]]:
    """Return the distinct voices of each claim or question, of the posts that meet *which*."""
    rows = (
        select(group, PostRow.voice)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(group.is_not(None), *which)
        .distinct()
    )
    voices: dict[int, set[str]] = {}
    for key, voice in session.execute(rows):
        voices.setdefault(key or 0, set()).add(voice)
    return {key: frozenset(found) for key, found in voices.items()}


def groups_of_posts(session: Session, since: datetime) -> dict[int, tuple[int | None, int | None]]:
    """Map posts published after *since*, in key order, to their claim and question."""
    rows = (
        select(ScoreRow.post, ScoreRow.claim, ScoreRow.question)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(PostRow.published_at >= since)
        .order_by(ScoreRow.post)
    )
    return {post: (claim, question) for post, claim, question in session.execute(rows)}


def add_claim_edit(session: Session, edit: ClaimEdit) -> None:
    """Write down what a person decided about two claims."""
    values = {name: getattr(edit, name) for name in ("first", "second", "by", "at", "reason")}
    session.add(ClaimEditRow(kind=edit.kind.value, wordings=list(edit.wordings), **values))
    session.flush()


def claim_edits(session: Session) -> list[ClaimEdit]:
    """Return every decision about claims, oldest first."""
    return [
        ClaimEdit(
            kind=ClaimEditKind(row.kind),
            first=row.first,
            second=row.second,
            wordings=tuple(row.wordings),
            by=row.by,
            at=row.at,
            reason=row.reason,
        )
        for row in session.scalars(select(ClaimEditRow).order_by(ClaimEditRow.key))
    ]


def last_claim_edit(session: Session) -> int:
    """Return the key of the newest decision about claims, 0 before the first."""
    return session.connection().scalar(select(func.max(ClaimEditRow.key))) or 0


def give_posts(session: Session, posts: Sequence[int], claim: int) -> None:
    """Let *posts* count for *claim* from now on."""
    for start in range(0, len(posts), 500):
        chosen = ScoreRow.post.in_(posts[start : start + 500])
        session.execute(update(ScoreRow).where(chosen).values(claim=claim))


def posts_of_claim(session: Session, claim: int) -> list[int]:
    """Return the keys of the posts that count for *claim*, in order."""
    rows = select(ScoreRow.post).where(ScoreRow.claim == claim).order_by(ScoreRow.post)
    return list(session.scalars(rows))


def own_scores(session: Session, claim: int) -> dict[int, tuple[float, bool, str | None]]:
    """Return post -> (needs-check, is a question, place) of the posts of *claim*."""
    columns = (ScoreRow.post, ScoreRow.needs_check, ScoreRow.is_question, ScoreRow.place)
    rows = session.execute(select(*columns).where(ScoreRow.claim == claim))
    return {post: (score, asks, place) for post, score, asks, place in rows}


def sightings(session: Session, claims: Sequence[int] | None = None) -> dict[int, list[Sighting]]:
    """Return what was said for each of *claims*, or for all, in the order it came in.

    Copies of an earlier text and words of offices are left out: they are no further voices.
    """
    columns = (
        ScoreRow.claim, PostRow.text, PostRow.fingerprint, PostRow.voice,
        PostRow.published_at, ScoreRow.place,
    )  # fmt: skip
    rows = (
        select(*columns)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.claim.is_not(None), PostRow.duplicate_of.is_(None))
        .where(PostRow.issuer.is_(None))
        .order_by(PostRow.key)
    )
    if claims is not None:
        rows = rows.where(ScoreRow.claim.in_(claims))
    found: dict[int, list[Sighting]] = {}
    for claim, text, wording, voice, at, place in session.execute(rows):
        found.setdefault(claim or 0, []).append(Sighting(text, wording, voice, at, place))
    return found


def claims_of(session: Session, posts: Sequence[int]) -> dict[int, int | None]:
    """Map each of the scored *posts* to its claim."""
    rows = select(ScoreRow.post, ScoreRow.claim).where(ScoreRow.post.in_(posts))
    return {int(post): claim for post, claim in session.execute(rows)}


def stances_heard(session: Session, claim: int) -> list[tuple[ClaimStance, datetime, str]]:
    """Return stance, moment and voice of each post of a claim, in order of time.

    Copies of an earlier text and official accounts are left out, as wherever voices are counted.
    """
    rows = (
        select(ScoreRow.stance, PostRow.published_at, PostRow.voice)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(
            ScoreRow.claim == claim,
            ScoreRow.stance.is_not(None),
            PostRow.duplicate_of.is_(None),
            PostRow.issuer.is_(None),
        )
        .order_by(PostRow.published_at, PostRow.key)
    )
    return [(ClaimStance(told or ""), at, voice) for told, at, voice in session.execute(rows)]


def said_of_incident(
    session: Session, incident_id: str, since: datetime, until: datetime
) -> list[tuple[datetime, str]]:
    """Return moment and text of an incident's posts after *since*, up to *until*, in order.

    Copies, what is not relevant and official accounts are left out.
    """
    rows = (
        select(PostRow.published_at, PostRow.text)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(
            PostRow.published_at > since,
            PostRow.published_at <= until,
            PostRow.duplicate_of.is_(None),
            PostRow.issuer.is_(None),
            ScoreRow.incident_id == incident_id,
            ScoreRow.relevant,
        )
        .order_by(PostRow.published_at, PostRow.key)
    )
    return [(at, text) for at, text in session.execute(rows)]


def newest_claim(session: Session) -> int:
    """Return the key of the newest claim, 0 before the first."""
    return session.scalar(select(func.max(ClaimRow.key))) or 0


def set_claim_status(session: Session, claim: int, status: ClaimStatus) -> None:
    """Move a claim on; used when it is judged."""
    session.execute(update(ClaimRow).where(ClaimRow.key == claim).values(status=status.value))


def all_claims(session: Session, incident_id: str | None = None) -> list[Claim]:
    """Return the claims by key, of one incident if one is named."""
    rows = select(ClaimRow).order_by(ClaimRow.key)
    if incident_id is not None:
        rows = rows.where(ClaimRow.incident_id == incident_id)
    return [_claim(row) for row in session.scalars(rows)]


def load_claim(session: Session, key: int) -> Claim:
    """Return one claim; raise ``HuiyingError`` when it is unknown."""
    row = session.get(ClaimRow, key)
    if row is None:
        raise HuiyingError(f"no claim C{key:06d}")
    return _claim(row)


def _claim(row: ClaimRow) -> Claim:
    return Claim(
        key=row.key,
        incident_id=row.incident_id,
        text=row.text,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        noticed_at=row.noticed_at,
        posts=row.posts,
        voices=row.voices,
        needs_check=row.needs_check,
        reasons=tuple(row.reasons),
        status=ClaimStatus(row.status),
    )


def save_questions(
    session: Session, states: Sequence[QuestionState], incident_of: Mapping[int, str]
) -> None:
    """Add or renew questions; an incident once given and a status moved on are kept."""
    if not states:
        return
    session.connection().execute(
        _RENEW_QUESTIONS,
        [
            {name: getattr(state, name) for name in _QUESTION_FIELDS}
            | {
                "key": state.key,
                "asked": list(state.asked),
                "places": sorted(state.places),
                "incident_id": incident_of.get(state.key),
                "status": QuestionStatus.UNANSWERED.value,
            }
            for state in states
        ],
    )


def question_states(session: Session, since: datetime) -> list[QuestionState]:
    """Return the questions last asked after *since*, as the question book knows them."""
    heard = _voices(session, ScoreRow.question)
    rows = select(QuestionRow).where(QuestionRow.last_asked >= since).order_by(QuestionRow.key)
    states = []
    for row in session.scalars(rows):
        values = {name: getattr(row, name) for name in _QUESTION_FIELDS}
        values["asked"] = tuple(row.asked)
        values["places"] = frozenset(row.places)
        states.append(QuestionState(key=row.key, heard=heard.get(row.key, frozenset()), **values))
    return states


def voices_asking(session: Session, start: datetime, end: datetime) -> dict[int, int]:
    """Return how many distinct voices asked each question from *start* until before *end*."""
    rows = (
        select(ScoreRow.question, func.count(PostRow.voice.distinct()))
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(
            ScoreRow.question.is_not(None),
            PostRow.published_at >= start,
            PostRow.published_at < end,
        )
        .group_by(ScoreRow.question)
    )
    return {int(key or 0): int(count) for key, count in session.execute(rows)}


def voices_asking_again(session: Session, answered: Mapping[int, datetime]) -> dict[int, int]:
    """Return how many distinct voices asked each of *answered* after the moment given for it."""
    if not answered:
        return {}
    rows = (
        select(ScoreRow.question, PostRow.published_at, PostRow.voice)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.question.is_not(None), PostRow.published_at > min(answered.values()))
    )
    heard: dict[int, set[str]] = {}
    for question, at, voice in session.execute(rows):
        if question is not None and question in answered and at > answered[question]:
            heard.setdefault(question, set()).add(voice)
    return {question: len(voices) for question, voices in heard.items()}


def load_question(session: Session, key: int) -> Question:
    """Return one question; raise ``HuiyingError`` when it is unknown."""
    row = session.get(QuestionRow, key)
    if row is None:
        raise HuiyingError(f"no question Q{key:06d}")
    return _question(row)


def newest_question(session: Session) -> int:
    """Return the key of the newest question, 0 before the first."""
    return session.scalar(select(func.max(QuestionRow.key))) or 0


def set_question_status(session: Session, question: int, status: QuestionStatus) -> None:
    """Move a question on; used when a published statement answers it."""
    session.execute(
        update(QuestionRow).where(QuestionRow.key == question).values(status=status.value)
    )


def all_questions(session: Session, incident_id: str | None = None) -> list[Question]:
    """Return the questions by key, of one incident if one is named."""
    rows = select(QuestionRow).order_by(QuestionRow.key)
    if incident_id is not None:
        rows = rows.where(QuestionRow.incident_id == incident_id)
    return [_question(row) for row in session.scalars(rows)]


def _question(row: QuestionRow) -> Question:
    return Question(
        key=row.key,
        incident_id=row.incident_id,
        text=row.text,
        first_asked=row.first_asked,
        last_asked=row.last_asked,
        posts=row.posts,
        voices=row.voices,
        concern=row.concern,
        status=QuestionStatus(row.status),
    )


# Alerts and tallies


def add_alert(session: Session, alert: Alert) -> None:
    """Keep a new alert."""
    session.add(
        AlertRow(
            key=alert.key,
            raised_at=alert.raised_at,
            kind=alert.kind,
            level=alert.level,
            incident_id=alert.incident_id,
            claim=alert.claim,
            topic=alert.topic,
            observed=alert.observed,
            expected=alert.expected,
            reasons=list(alert.reasons),
            unseen=list(alert.unseen),
            matter=alert.matter or alert.key,
            series=list(alert.series),
        )
    )
    session.flush()


def all_alerts(session: Session, matters: Collection[int] | None = None) -> list[Alert]:
    """Return every alert in the order it was raised, each in the state of its matter.

    With *matters* only their tellings.
    """
    last = select(func.max(AlertMoveRow.key)).group_by(AlertMoveRow.matter)
    moved = select(AlertMoveRow.matter, AlertMoveRow.state).where(AlertMoveRow.key.in_(last))
    rows = select(AlertRow).order_by(AlertRow.key)
    if matters is not None:
        rows = rows.where(AlertRow.matter.in_(matters))
        moved = moved.where(AlertMoveRow.matter.in_(matters))
    states = {matter: AlertState(state) for matter, state in session.execute(moved)}
    return [
        Alert(
            key=row.key,
            raised_at=row.raised_at,
            kind=AlertKind(row.kind),
            level=ConcernLevel(row.level),
            incident_id=row.incident_id,
            claim=row.claim,
            topic=row.topic,
            observed=row.observed,
            expected=row.expected,
            reasons=tuple(row.reasons),
            state=states.get(row.matter, AlertState.RAISED),
            unseen=tuple(row.unseen),
            matter=row.matter,
            series=tuple(row.series),
        )
        for row in session.scalars(rows)
    ]


def last_alert(session: Session) -> int:
    """Return the key of the newest alert, 0 before the first."""
    return session.scalar(select(func.max(AlertRow.key))) or 0


def heard(session: Session, since: datetime, until: datetime) -> dict[tuple[str, str], datetime]:
    """Return (channel, source) -> when its newest post was published, from *since* to *until*."""
    rows = (
        select(PostRow.channel, PostRow.source, func.max(PostRow.published_at))
        .where(PostRow.published_at >= since, PostRow.published_at < until)
        .group_by(PostRow.channel, PostRow.source)
    )
    return {(channel, source): newest for channel, source, newest in session.execute(rows)}


def first_visit(session: Session) -> datetime | None:
    """Return when the first visit to any source began, None before it."""
    return session.scalar(select(VisitRow.started_at).order_by(VisitRow.key).limit(1))


def add_tallies(session: Session, counts: Mapping[tuple[str, datetime], int]) -> None:
    """Add counts to their ten-minute bins."""
    if counts:
        session.connection().execute(
            _ADD_TALLIES,
            [
                {"series": series, "start": start, "count": count}
                for (series, start), count in counts.items()
            ],
        )


def tallies(
    session: Session, series: str | None = None, *, since: datetime | None = None
) -> Iterator[tuple[str, datetime, int]]:
    """Yield (series, start of the ten-minute bin, count) by time, then series; no empty bins."""
    rows = select(TallyRow).order_by(TallyRow.start, TallyRow.series)
    if series is not None:
        rows = rows.where(TallyRow.series == series)
    if since is not None:
        rows = rows.where(TallyRow.start >= since)
    for row in session.scalars(rows):
        yield row.series, row.start, row.count


def hourly(
    session: Session, series: str, start: datetime, end: datetime
) -> list[tuple[datetime, int]]:
    """Return (start of the hour, count) for each hour in [start, end), empty hours as 0."""
    rows = session.execute(
        select(TallyRow.start, TallyRow.count).where(
            TallyRow.series == series, TallyRow.start >= start, TallyRow.start < end
        )
    )
    hours = max(0, int((end - start) / timedelta(hours=1) + 0.999_999))
    sums = [0] * hours
    for moment, count in rows:
        sums[int((moment - start) / timedelta(hours=1))] += count
    return [(start + timedelta(hours=i), count) for i, count in enumerate(sums)]
