"""How claims and questions stood at a moment, counted from the posts that were seen by then.

The kept counters of a claim are of now. A report is of its day's end and must say the same when it
is written again a week later, so nothing here reads them. What keeps no history is told in
``UNDATED``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis import store
from analysis.decisions import Decisions
from analysis.reports.naming import claim_name, question_name
from analysis.reports.typical import typical
from analysis.tables import ClaimRow, QuestionRow, ScoreRow
from console.selection import Condition, Selection, conditions, is_critical
from core.directory import Directory
from core.vocabulary import StatementState, Verdict
from crawler.tables import PostRow, PostVersionRow
from release import store as release_store
from release.records import Statement

UNDATED = (
    "说法和问题的归并、信息的分类（是否提问、关切、地点）按最近一次保存的结果，"
    "没有历史可查；其余均以报告截止时刻为准。"
)
Group = InstrumentedAttribute[int | None]
"""``ScoreRow.claim`` or ``ScoreRow.question``."""
Text = InstrumentedAttribute[str | None] | Group
_READ = 200
"""Posts of a matter, the first seen, among which the wording that stands for it is chosen."""
_CHUNK = 500
_FRESH = PostRow.issuer.is_(None) & PostRow.duplicate_of.is_(None)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was heard of one claim or question in a span; copies are no posts."""

    posts: int
    voices: int
    """Distinct pseudonyms; offices are none. Of a question, those of its copies too."""
    critical: int
    """Posts that are criticism."""
    first: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A claim or a question as it stood."""

    key: int
    tally: Tally
    concern: str | None = None
    verdict: Verdict = Verdict.CHECKING

    @property
    def claim_id(self) -> str:
        """The id of a claim, as people see it."""
        return f"C{self.key:06d}"

    @property
    def question_id(self) -> str:
        """The id of a question, as people see it."""
        return f"Q{self.key:06d}"

    @property
    def critical(self) -> bool:
        """Whether at least half of its posts are criticism."""
        return 2 * self.tally.critical >= self.tally.posts


def tallies(
    session: Session,
    group: Group,
    end: datetime,
    *,
    start: datetime | None = None,
    keys: Collection[int] | None = None,
) -> dict[int, Tally]:
    """Return what was heard of each claim or question, of *keys* only where given.

    Only posts published from *start* until before *end* and seen before *end* count.
    """
    if keys is not None and len(keys) > _CHUNK:
        ordered = sorted(keys)
        parts = (ordered[n : n + _CHUNK] for n in range(0, len(ordered), _CHUNK))
        return {
            key: tally
            for part in parts
            for key, tally in tallies(session, group, end, start=start, keys=part).items()
        }
    first = PostRow.duplicate_of.is_(None)
    # Who asks in the words of another asks too; who passes a claim on says nothing of their own.
    speaks = PostRow.issuer.is_(None) if group is ScoreRow.question else _FRESH
    query = (
        select(
            group,
            func.sum(cast(first, Integer)),
            func.count(case((speaks, PostRow.voice)).distinct()),
            func.sum(cast(first & is_critical(end), Integer)),
            func.min(PostRow.published_at),
        )
        .select_from(ScoreRow)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(group.is_not(None), *_said(end, start))
        .group_by(group)
    )
    if keys is not None:
        query = query.where(group.in_(sorted(keys)))
    return {
        int(key): Tally(int(posts), int(heard), int(critical), first)
        for key, posts, heard, critical, first in session.execute(query)
        if key is not None
    }


def _said(end: datetime, start: datetime | None = None) -> list[Condition]:
    """Return the conditions of relevant posts of a span seen before its end, copies included."""
    found: list[Condition] = [
        ScoreRow.relevant,
        PostRow.seen_at < end,
        PostRow.published_at < end,
    ]
    return found if start is None else [*found, PostRow.published_at >= start]


def wordings(session: Session, group: Group, keys: Iterable[int], end: datetime) -> dict[int, str]:
    """Return the wording that stands for each of *keys*, as it read at *end*; empty for none."""
    return {key: typical(_texts(session, group, key, end)) for key in keys}


def _texts(session: Session, group: Group, key: int, end: datetime) -> list[str]:
    query = (
        select(PostRow.key, PostRow.text)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(group == key, *conditions(Selection(end), Directory()))
        .order_by(ScoreRow.post)
        .limit(_READ)
    )
    texts = {int(post): text for post, text in session.execute(query)}
    replaced = (
        select(PostVersionRow.post, PostVersionRow.text)
        .where(PostVersionRow.post.in_(texts), PostVersionRow.replaced_at >= end)
        .order_by(PostVersionRow.number.desc())
    )
    texts |= {int(post): text for post, text in session.execute(replaced)}
    return list(texts.values())


def names(session: Session, group: Group, keys: Collection[int], end: datetime) -> dict[int, str]:
    """Return what each claim or question is called in a report: never a person's own words."""
    texts = wordings(session, group, keys, end)
    if group is ScoreRow.claim:
        claims_ = {key: session.get_one(ClaimRow, key) for key in keys}
        return {key: claim_name(row.matter, texts[key]) for key, row in claims_.items()}
    questions = {key: session.get_one(QuestionRow, key) for key in keys}
    return {key: question_name(texts[key], row.concern) for key, row in questions.items()}


def verdicts(session: Session, end: datetime) -> dict[int, Verdict]:
    """Return the newest verdict on each claim that was approved before *end*."""
    given = sorted(
        (j.approved_at, j.judgement_id, j.claim, j.verdict)
        for j in release_store.all_judgements(session)
        if j.approved_at is not None and j.approved_at < end
    )
    return {claim: verdict for _, _, claim, verdict in given}


def published(session: Session, end: datetime) -> list[Statement]:
    """Return the statements that were public by *end*, in the order of publication."""
    found = [
        (s.published_at, s.statement_id, s)
        for s in release_store.all_statements(session)
        if s.published_at is not None and s.published_at < end
    ]
    return [statement for _, _, statement in sorted(found, key=lambda item: item[:2])]


def withdrawn(session: Session, statement: Statement, end: datetime) -> bool:
    """Tell whether a statement had been withdrawn by *end*."""
    moves = release_store.moves_of(session, statement.statement_id)
    return any(m.to_state is StatementState.WITHDRAWN and m.at < end for m in moves)


def merged(session: Session, end: datetime) -> Mapping[int, int]:
    """Return claim -> the claim it was merged into by *end*."""
    return Decisions.of(e for e in store.claim_edits(session) if e.at < end).into


def claims(session: Session, end: datetime) -> list[Standing]:
    """Return the claims noticed by *end* and not merged away, the most voices first."""
    gone = merged(session, end)
    noticed = select(ClaimRow.key).where(ClaimRow.noticed_at < end)
    heard = tallies(session, ScoreRow.claim, end, keys=set(session.scalars(noticed)) - set(gone))
    given = verdicts(session, end)
    found = [
        Standing(key, tally, verdict=given.get(key, Verdict.CHECKING))
        for key, tally in heard.items()
    ]
    return sorted(found, key=lambda c: (-c.tally.voices, -c.tally.posts, c.key))


def to_check(session: Session, end: datetime) -> list[Standing]:
    """Return the noticed claims that had no verdict at *end*, the most voices first."""
    return [c for c in claims(session, end) if c.verdict is Verdict.CHECKING]


def answered_at(session: Session, end: datetime) -> dict[int, datetime]:
    """Return when each question was answered last, by a text that still stood at *end*."""
    return {
        question: statement.published_at
        for statement in published(session, end)
        if statement.published_at and not withdrawn(session, statement, end)
        for question in statement.questions
    }


def unanswered(session: Session, end: datetime) -> list[Standing]:
    """Return the questions that nobody had answered at *end*, the most voices first."""
    heard = tallies(session, ScoreRow.question, end)
    answered = answered_at(session, end)
    waiting = {key: tally for key, tally in heard.items() if key not in answered}
    concerns = {row.key: row.concern for row in session.scalars(select(QuestionRow))}
    order = sorted(waiting, key=lambda q: (-waiting[q].voices, waiting[q].first, q))
    return [Standing(key, waiting[key], concern=concerns.get(key)) for key in order]


def asked_again(
    session: Session, answered: Mapping[int, datetime], end: datetime
) -> dict[int, int]:
    """Return the distinct voices that asked each of *answered* after its answer, by *end*."""
    if not answered:
        return {}
    query = (
        select(ScoreRow.question, PostRow.published_at, PostRow.voice)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(
            ScoreRow.question.is_not(None),
            *_said(end, min(answered.values())),
            PostRow.issuer.is_(None),
        )
    )
    heard: dict[int, set[str]] = {}
    for question, at, voice in session.execute(query):
        if question is not None and question in answered and at > answered[question]:
            heard.setdefault(question, set()).add(voice)
    return {question: len(voices) for question, voices in heard.items()}
