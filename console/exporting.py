"""The exports whose columns others depend on (docs/formats.md); guarded for spreadsheets."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from analysis import store as analysis_store
from analysis.tables import ScoreRow
from console import reading_list
from core import spreadsheet
from core.clock import iso_beijing
from core.database import Base
from core.errors import HuiyingError
from core.vocabulary import VisitOutcome
from crawler import frontier
from crawler import store as crawler_store
from crawler.health import SourceHealth, health
from crawler.parsers.page import location
from crawler.records import Visit
from crawler.sources import Source
from crawler.tables import PostRow, PostVersionRow, VisitRow
from release import store as release_store
from release.records import Statement

Row = dict[str, str | int | float | bool | None]

SCORE_COLUMNS = (
    "claim_id",
    "is_question",
    "question_id",
    "concern",
    "emotion",
    "needs_check",
    "help",
    "place",
    "incident_id",
)


def posts(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row a post, in the order they came in."""
    first = aliased(PostRow)
    rows = (
        select(PostRow, ScoreRow, first.post_id)
        .join(ScoreRow, ScoreRow.post == PostRow.key, isouter=True)
        .join(first, first.key == PostRow.duplicate_of, isouter=True)
        .order_by(PostRow.key)
    )
    if incident_id is not None:
        rows = rows.where(ScoreRow.incident_id == incident_id)
    for post, score, duplicate_of in session.execute(rows.execution_options(yield_per=2000)):
        yield {
            "source": post.source,
            "post_id": post.post_id,
            "url": post.url,
            "published_at": iso_beijing(post.published_at),
            "channel": post.channel,
            "duplicate_of": duplicate_of,
            **_score_cells(score),
        }


def _score_cells(score: ScoreRow | None) -> Row:
    """Return a post's scores; a post not analysed yet has empty cells."""
    if score is None:
        return dict.fromkeys(SCORE_COLUMNS)
    return {
        "claim_id": f"C{score.claim:06d}" if score.claim else None,
        "is_question": score.is_question,
        "question_id": f"Q{score.question:06d}" if score.question else None,
        "concern": score.concern,
        "emotion": score.emotion,
        "needs_check": round(score.needs_check, 4),
        "help": score.help,
        "place": score.place,
        "incident_id": score.incident_id,
    }


def _answers(statements: list[Statement], kind: str) -> dict[int, str]:
    """Map claim or question keys to the public statements that answer them, oldest first."""
    public = [s for s in statements if s.state in reading_list.PUBLIC_STATES]
    answers: dict[int, list[str]] = {}
    for statement in sorted(public, key=lambda s: s.log_index or 0):
        for key in statement.claims if kind == "claims" else statement.questions:
            answers.setdefault(key, []).append(statement.statement_id)
    return {key: " ".join(ids) for key, ids in answers.items()}


def claims(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row a claim."""
    verdicts = reading_list.verdicts(session)
    answered = _answers(release_store.all_statements(session), "claims")
    for claim in analysis_store.all_claims(session, incident_id):
        verdict = verdicts.get(claim.key)
        yield {
            "claim_id": claim.claim_id,
            "incident_id": claim.incident_id,
            "text": claim.text,
            "first_seen": iso_beijing(claim.first_seen),
            "noticed_at": iso_beijing(claim.noticed_at) if claim.noticed_at else None,
            "posts": claim.posts,
            "voices": claim.voices,
            "needs_check": round(claim.needs_check, 4),
            "reasons": "；".join(
                reading_list.standing_reasons(claim, answered=claim.key in answered)
            ),
            "status": claim.status.value,
            "verdict": verdict.value if verdict else None,
            "answered_by": answered.get(claim.key),
        }


def questions(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row a question."""
    answered = _answers(release_store.all_statements(session), "questions")
    for question in analysis_store.all_questions(session, incident_id):
        yield {
            "question_id": question.question_id,
            "incident_id": question.incident_id,
            "text": question.text,
            "first_asked": iso_beijing(question.first_asked),
            "posts": question.posts,
            "voices": question.voices,
            "concern": question.concern,
            "status": question.status.value,
            "answered_by": answered.get(question.key),
        }


def alerts(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row an alert."""
    for alert in analysis_store.all_alerts(session):
        if incident_id in (None, alert.incident_id):
            yield {
                "alert_id": alert.alert_id,
                "raised_at": iso_beijing(alert.raised_at),
                "kind": alert.kind.value,
                "level": alert.level.value,
                "incident_id": alert.incident_id,
                "claim_id": f"C{alert.claim:06d}" if alert.claim else None,
                "topic": alert.topic,
                "observed": round(alert.observed, 2),
                "expected": round(alert.expected, 2),
                "reasons": "；".join(alert.reasons),
                "state": alert.state.value,
                "matter": f"A{alert.matter:06d}",
            }


def statements(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row a statement, in its newest version."""
    for statement in release_store.all_statements(session, incident_id):
        version = release_store.load_version(session, statement.statement_id, statement.version)
        moments = (statement.submitted_at, statement.approved_at, statement.published_at)
        submitted, approved, published = (iso_beijing(m) if m else None for m in moments)
        yield {
            "statement_id": statement.statement_id,
            "version": statement.version,
            "kind": statement.kind.value,
            "title": version.title,
            "state": statement.state.value,
            "incident_id": statement.incident_id,
            "submitted_at": submitted,
            "approved_at": approved,
            "published_at": published,
            "log_index": statement.log_index,
            "supersedes": statement.supersedes,
        }


def facts(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row a fact, superseded ones too."""
    for fact in release_store.all_facts(session, incident_id):
        yield {
            "fact_id": fact.fact_id,
            "incident_id": fact.incident_id,
            "field": fact.field,
            "value": fact.value,
            "unit": fact.unit,
            "scope": fact.scope,
            "as_of": iso_beijing(fact.as_of),
            "confirmed_by": fact.confirmed_by,
            "evidence": " ".join(fact.evidence),
            "supersedes": fact.supersedes,
        }


# Sources

_VISITS = Base.metadata.tables[VisitRow.__tablename__]
DAY = timedelta(hours=24)
BEFORE = 25
"""Visits read beside those of the last day: enough for the usual yield of a source."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The listed sources and the moment at which they are looked at."""

    sources: Sequence[Source]
    now: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A listed source with what is known of it at one moment."""

    source: Source
    health: SourceHealth
    last: Visit | None
    not_before: datetime | None
    """Until when it asked to be left alone, if that is still to come."""
    waiting: int
    """Links that wait to be read."""
    visits_24h: int
    failures_24h: int


def standings(session: Session, listed: Sequence[Source], now: datetime) -> list[Standing]:
    """Return how each listed source stands at *now*, in their order."""
    states, waiting = frontier.states(session), frontier.waiting(session)
    found = []
    for source in listed:
        visits = _visits_of(session, source.name, now)
        state = states.get(source.name)
        not_before = state.not_before if state else None
        links = waiting.get(source.name, 0)
        recent = [visit for visit in visits if visit.started_at > now - DAY]
        found.append(
            Standing(
                source=source,
                health=health(source, visits, now, not_before=not_before, waiting=links),
                last=visits[-1] if visits else None,
                not_before=not_before if not_before and not_before > now else None,
                waiting=links,
                visits_24h=len(recent),
                failures_24h=sum(not visit.outcome.works for visit in recent),
            )
        )
    return found


def _visits_of(session: Session, source: str, now: datetime) -> list[Visit]:
    """Return the source's visits of the last day, some before, and those that tell since when.

    These are the last that worked, the one after it, and the last that brought a new post.
    """
    of_source = select(*_VISITS.c).where(_VISITS.c.source == source, _VISITS.c.started_at <= now)
    newest = of_source.order_by(_VISITS.c.started_at.desc(), _VISITS.c.key.desc())
    works = _VISITS.c.outcome.in_([outcome.value for outcome in VisitOutcome if outcome.works])
    since = now - DAY
    rows = [
        *session.execute(newest.where(_VISITS.c.started_at > since)),
        *session.execute(newest.where(_VISITS.c.started_at <= since).limit(BEFORE)),
        *session.execute(newest.where(_VISITS.c.new > 0).limit(1)),
    ]
    if (last := session.execute(newest.where(works).limit(1)).first()) is not None:
        after = of_source.where(_VISITS.c.started_at > last.started_at)
        rows += [last, *session.execute(after.order_by(_VISITS.c.started_at).limit(1))]
    known = {row.key: _visit(row) for row in rows}
    return sorted(known.values(), key=lambda visit: visit.started_at)


def _visit(row: SqlRow[Any]) -> Visit:
    return Visit(
        source=row.source,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=VisitOutcome(row.outcome),
        reason=row.reason,
        pages=row.pages,
        found=row.found,
        new=row.new,
        passed_over=row.passed_over,
    )


def sources(
    session: Session, incident_id: str | None, *, listing: Listing | None = None
) -> Iterator[Row]:
    """Yield one row a listed source, none without a list; sources belong to no incident."""
    del incident_id
    for standing in standings(session, listing.sources, listing.now) if listing else ():
        source, known, last = standing.source, standing.health, standing.last
        yield {
            "name": source.name,
            "parser": source.parser,
            "channel": source.channel,
            "url": location(source.url),
            "enabled": source.enabled,
            "state": known.state.value,
            "reasons": "；".join(known.reasons),
            "last_visit": _moment(known.last_visit),
            "last_success": _moment(known.last_success),
            "last_outcome": last.outcome.value if last else None,
            "found": last.found if last else None,
            "min_yield": source.min_yield,
            "cadence_min": source.cadence_min,
            "not_before": _moment(standing.not_before),
            "waiting_links": standing.waiting,
            "visits_24h": standing.visits_24h,
            "failures_24h": standing.failures_24h,
        }


def _moment(moment: datetime | None) -> str | None:
    return iso_beijing(moment) if moment else None


def items(session: Session, incident_id: str | None) -> Iterator[Row]:
    """Yield one row a text, with how far it was copied and passed on, in the order they came in."""
    copy, other = aliased(PostRow), aliased(PostRow)
    count = select(func.count()).where(copy.duplicate_of == PostRow.key).scalar_subquery()
    reposts = select(func.count()).where(
        (other.duplicate_of == PostRow.key) & other.repost_of.is_not(None)
    )
    edits = select(func.count()).where(PostVersionRow.post == PostRow.key)
    rows = (
        select(PostRow, count, reposts.scalar_subquery(), edits.scalar_subquery())
        .where(PostRow.duplicate_of.is_(None))
        .order_by(PostRow.key)
    )
    if incident_id is not None:
        rows = rows.join(ScoreRow, ScoreRow.post == PostRow.key)
        rows = rows.where(ScoreRow.incident_id == incident_id)
    for page in session.execute(rows.execution_options(yield_per=500)).partitions():
        spread = crawler_store.copies_of(session, [row[0].key for row in page])
        for post, copied, passed_on, edited in page:
            yield {
                "source": post.source,
                "post_id": post.post_id,
                "first_seen": iso_beijing(post.seen_at),
                "published_at": iso_beijing(post.published_at),
                "time_uncertain": post.time_uncertain,
                "zone_assumed": post.zone_assumed,
                "channel": post.channel,
                "text": post.text,
                "copies": copied + 1,
                "outlets": " ".join(spread[post.key].outlets),
                "reposts": passed_on,
                "edits": edited,
            }


EXPORTS: Mapping[str, Callable[[Session, str | None], Iterator[Row]]] = MappingProxyType(
    {
        "posts": posts,
        "claims": claims,
        "questions": questions,
        "alerts": alerts,
        "statements": statements,
        "facts": facts,
        "sources": sources,
        "items": items,
    }
)

_HEADS = """
posts: source post_id url published_at channel claim_id duplicate_of is_question question_id
    concern emotion needs_check help place incident_id
claims: claim_id incident_id text first_seen noticed_at posts voices needs_check reasons status
    verdict answered_by
questions: question_id incident_id text first_asked posts voices concern status answered_by
alerts: alert_id raised_at kind level incident_id claim_id topic observed expected reasons state
    matter
statements: statement_id version kind title state incident_id submitted_at approved_at
    published_at log_index supersedes
facts: fact_id incident_id field value unit scope as_of confirmed_by evidence supersedes
sources: name parser channel url enabled state reasons last_visit last_success last_outcome found
    min_yield cadence_min not_before waiting_links visits_24h failures_24h
items: source post_id first_seen published_at time_uncertain zone_assumed channel text copies
    outlets reposts edits
"""
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: tuple(head.split())
        for name, head in re.findall(r"^(\w+): ((?:[\w ]|\n )+)", _HEADS, re.MULTILINE)
    }
)
"""Name of an export -> its columns in order; rows carry exactly these."""


def rows(
    session: Session, name: str, incident_id: str | None, *, listing: Listing | None = None
) -> Iterator[Row]:
    """Yield the rows of the export *name*; raise ``HuiyingError`` for an unknown name.

    Only ``sources`` needs a *listing*.
    """
    if name not in EXPORTS:
        raise HuiyingError(f"no export {name!r}; there are {', '.join(EXPORTS)}")
    if incident_id is not None:
        analysis_store.load_incident(session, incident_id)
    if name == "sources":
        return sources(session, incident_id, listing=listing)
    return EXPORTS[name](session, incident_id)


def as_csv(
    session: Session, name: str, incident_id: str | None, *, listing: Listing | None = None
) -> Iterator[str]:
    """Yield CSV text with a byte order mark for spreadsheets, a line at a time."""
    found = rows(session, name, incident_id, listing=listing)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    columns = COLUMNS[name]
    writer.writerow(columns)
    for row in found:
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([_cell(row[column]) for column in columns])
    yield buffer.getvalue()


def as_json(
    session: Session, name: str, incident_id: str | None, *, listing: Listing | None = None
) -> Iterator[str]:
    """Yield a JSON array, a row at a time."""
    separator = "[\n"
    for row in rows(session, name, incident_id, listing=listing):
        yield separator + json.dumps(row, ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _cell(value: str | float | bool | None) -> str:  # noqa: FBT001  a cell may hold a boolean
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return spreadsheet.guarded(value) if isinstance(value, str) else str(value)
