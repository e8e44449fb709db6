"""The lists that several screens show, in the order in which a person should read them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis import alert_store, store
from analysis.coverage import INSTANT
from analysis.decisions import Decisions
from analysis.priority import LATELY, Priority, priority
from analysis.records import Alert, Claim, Question
from analysis.tables import ScoreRow
from core.vocabulary import AlertState, ClaimStatus, QuestionStatus, StatementState, Verdict
from crawler import store as crawler_store
from crawler.store import Copies
from crawler.tables import PostRow
from release import store as release_store
from release.records import Statement

DAY = timedelta(days=1)
NO_ANSWER = "尚无官方回应"
PUBLIC_STATES = frozenset(
    {
        StatementState.PUBLISHED,
        StatementState.UPDATED,
        StatementState.CORRECTED,
        StatementState.ARCHIVED,
    }
)
"""In which a statement stands for all to read, corrected or not."""


def latest_post(session: Session) -> datetime | None:
    """Return when the newest post was published, which is now to the screens; None before any."""
    return session.scalar(select(func.max(PostRow.published_at)))


def verdicts(session: Session) -> dict[int, Verdict]:
    """Return the newest approved verdict of each claim that has one, by the claim's key."""
    judgements = release_store.all_judgements(session)
    return {j.claim: j.verdict for j in judgements if j.approved_at}


def claims_with_verdicts(session: Session) -> list[tuple[Claim, Verdict]]:
    """Return every claim with its approved verdict, 核实中 while there is none.

    Those merged into others are left out.
    """
    found, merged = verdicts(session), Decisions.of(store.claim_edits(session)).into
    return [
        (
            replace(claim, reasons=standing_reasons(claim, answered=False)),
            found.get(claim.key, Verdict.CHECKING),
        )
        for claim in store.all_claims(session)
        if claim.key not in merged
    ]


def standing_reasons(claim: Claim, *, answered: bool) -> tuple[str, ...]:
    """Return the reasons that still hold: once we have answered, nobody lacks our answer."""
    settled = answered or claim.status is ClaimStatus.JUDGED
    return tuple(r for r in claim.reasons if not (settled and r == NO_ANSWER))


def to_check(claims: list[tuple[Claim, Verdict]]) -> list[tuple[Claim, Verdict]]:
    """Return the noticed claims without a verdict: most voices first, then the score."""
    waiting = [
        (claim, verdict)
        for claim, verdict in claims
        if claim.noticed_at is not None and verdict is Verdict.CHECKING
    ]
    return sorted(waiting, key=lambda item: (-item[0].voices, -item[0].needs_check, item[0].key))


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with why it stands where it stands."""

    question: Question
    priority: Priority
    again: int = 0
    """Distinct voices that asked it after it was answered."""


def open_questions(session: Session, now: datetime | None) -> list[AskedQuestion]:
    """Return the questions nobody has answered yet, in the order of ``analysis.priority``.

    *now* is the moment at which the last hour ends; None before the first post.
    """
    waiting = [
        question
        for question in store.all_questions(session)
        if question.status in (QuestionStatus.UNANSWERED, QuestionStatus.ASKED_AGAIN)
    ]
    lately: dict[int, int] = {}
    before: dict[int, int] = {}
    if waiting and now is not None:
        end, start = now + INSTANT, now - LATELY
        lately = store.voices_asking(session, start, end)
        before = store.voices_asking(session, start - LATELY, start)
    asked = [
        AskedQuestion(q, priority(q.voices, lately.get(q.key, 0), before.get(q.key, 0), q.concern))
        for q in waiting
    ]
    return sorted(asked, key=_order)


def _order(asked: AskedQuestion) -> tuple[float, int, datetime, int]:
    question = asked.question
    return (-asked.priority.rank, -question.voices, question.first_asked, question.key)


def answered_questions(session: Session) -> list[AskedQuestion]:
    """Return the answered questions: those that most asked again first, then most voices."""
    answered = [q for q in store.all_questions(session) if q.status is QuestionStatus.ANSWERED]
    again = store.voices_asking_again(session, _answered_at(session)) if answered else {}
    asked = [
        AskedQuestion(q, priority(q.voices, 0, 0, q.concern), again.get(q.key, 0)) for q in answered
    ]
    return sorted(asked, key=lambda a: (-a.again, -a.question.voices, a.question.key))


def _answered_at(session: Session) -> dict[int, datetime]:
    """Return when each question was answered last, by statements that are public."""
    moments: dict[int, datetime] = {}
    for statement in release_store.all_statements(session):
        if statement.published_at is None or statement.state not in PUBLIC_STATES:
            continue
        for question in statement.questions:
            known = moments.get(question, statement.published_at)
            moments[question] = max(known, statement.published_at)
    return moments


def pressing_alerts(session: Session, now: datetime) -> list[Alert]:
    """Return the matters with news in the day before *now* that wait for somebody, gravest first.

    One alert a matter: its last telling, at the level where the matter stands.
    """
    waiting = [
        replace(life.tellings[-1], level=life.level, topic=life.topic)
        for life in alert_store.lives(session)
        if life.state is AlertState.RAISED and life.last_news > now - DAY
    ]
    return sorted(waiting, key=lambda a: (a.level, a.raised_at, a.key), reverse=True)


def statements_with_titles(session: Session) -> list[tuple[Statement, str]]:
    """Return the statements with their newest titles, newest first."""
    return [
        (s, release_store.load_version(session, s.statement_id, s.version).title)
        for s in reversed(release_store.all_statements(session))
    ]


@dataclass(frozen=True, slots=True)
class Item:
    """One text that speaks of a claim, however often it was copied."""

    text: str = field(repr=False)
    channel: str
    published_at: datetime
    official: bool
    time_uncertain: bool
    zone_assumed: bool
    copies: Copies
    edits: int
    """How often its source has changed its wording."""


def items_of_claim(session: Session, claim: int, most: int) -> list[Item]:
    """Return at most *most* wordings of a claim, the latest first, each once with its spread."""
    latest = func.max(PostRow.published_at)
    found = session.execute(
        select(func.min(PostRow.key), latest)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(ScoreRow.claim == claim)
        .group_by(PostRow.text)
        .order_by(latest.desc(), func.min(PostRow.key).desc())
        .limit(most)
    ).all()
    keys = [int(key) for key, _ in found]
    rows = {row.key: row for row in session.scalars(select(PostRow).where(PostRow.key.in_(keys)))}
    copies = crawler_store.copies_of(session, [rows[k].duplicate_of or k for k in keys])
    edits = crawler_store.edits_of(session, keys)
    return [
        _item(rows[key], copies[rows[key].duplicate_of or key], edits.get(key, 0)) for key in keys
    ]


def _item(row: PostRow, copies: Copies, edits: int) -> Item:
    return Item(
        text=row.text,
        channel=row.channel,
        published_at=row.published_at,
        official=row.issuer is not None,
        time_uncertain=row.time_uncertain,
        zone_assumed=row.zone_assumed,
        copies=copies,
        edits=edits,
    )
