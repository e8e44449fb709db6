"""The nightly report's figures, read from every stage, and the file it is written to."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from analysis import store
from analysis.coverage import HEARD_WITHIN, Expected, coverage
from analysis.records import Alert, Claim, Coverage
from analysis.reports import nightly
from analysis.tables import ScoreRow
from console import reading_list
from console.wiring import Services, installed_version
from core.clock import BEIJING
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import Emotion, StatementKind
from crawler import store as crawler_store
from crawler.sources import load_sources
from crawler.tables import PostRow
from release import store as release_store
from release.records import Statement

DAY = timedelta(days=1)
WEEK_DAYS = 7
ORIGINAL = PostRow.duplicate_of.is_(None)
"""Copies of an earlier text are told beside the figures, not in them."""
WORRIED = (Emotion.FEAR, Emotion.ANGRY, Emotion.SAD)


def write_nightly(services: Services, day: str, out: Path | None) -> Path:
    """Write the report of *day* (Beijing time, ISO) and return its file.

    The file is renamed into place, so an earlier report stays whole if this one fails.
    """
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise HuiyingError(f"--date: expected a day such as 2031-06-18, got {day!r}") from error
    folder = out or services.reports
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"nightly-{wanted}.html"
    with reading(services.engine) as session:
        text = nightly.render(nightly_data(session, services, wanted))
    draft = file.with_suffix(".part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    return file


def nightly_data(session: Session, services: Services, day: date) -> nightly.NightlyData:
    """Return everything the report of *day* is made of; equal for equal data."""
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    end = start + DAY
    statements = [
        s
        for s in release_store.all_statements(session)
        if s.published_at and start <= s.published_at < end
    ]
    seen = _coverage(session, services, start, end)
    open_claims = [
        c
        for c, _ in reading_list.to_check(reading_list.claims_with_verdicts(session))
        if c.first_seen < end
    ]
    return nightly.NightlyData(
        day=day,
        office=services.settings.office_name,
        version=installed_version(),
        made_at=end,
        totals=_totals(session, start, open_claims, statements),
        alerts=_alerts(session, start, end),
        topics=_topics(session, start, end),
        unanswered=tuple(
            asked.question
            for asked in reading_list.open_questions(session, end)
            if asked.question.first_asked < end
        ),
        claims=tuple(open_claims),
        promises=_promises(session, services, end),
        statements=tuple(_own(session, s) for s in statements),
        coverage=seen,
        duplicates=_count(session, start, PostRow.duplicate_of.is_not(None)),
        hourly=_seen_hours(store.hourly(session, "volume", start, end), seen),
        usual=None,
        emotions=tuple(
            (e.label, tuple(store.hourly(session, f"emotion:{e.value}", start, end)))
            for e in WORRIED
        ),
    )


def _coverage(session: Session, services: Services, start: datetime, end: datetime) -> Coverage:
    file = services.data / services.settings.sources_file
    listed = (
        load_sources(
            file,
            allow_loopback=services.settings.drill,
            default_pace_s=services.settings.crawl_delay_s,
        )
        if file.exists()
        else ()
    )
    enabled = {source.name: source.channel for source in listed if source.enabled}
    heard = store.heard(session, end - HEARD_WITHIN, end)
    return coverage(
        start,
        end,
        visits=crawler_store.visits_between(session, start, end),
        defects=crawler_store.defect_counts(session, start, end),
        sources=list(enabled),
        expected=Expected(
            online={
                *((channel, name) for name, channel in enabled.items()),
                *(key for key in heard if key[1] in enabled),
            },
            switched_off=tuple(source.name for source in listed if not source.enabled),
            heard=heard,
            imports=crawler_store.imports_between(session, start, end),
        ),
    )


def _count(
    session: Session,
    start: datetime,
    *conditions: ColumnElement[bool] | InstrumentedAttribute[bool],
) -> int:
    """Count relevant posts of the day that meet *conditions*."""
    rows = (
        select(func.count())
        .select_from(ScoreRow)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(
            ScoreRow.relevant,
            PostRow.published_at >= start,
            PostRow.published_at < start + DAY,
            *conditions,
        )
    )
    return session.scalar(rows) or 0


def _totals(
    session: Session, start: datetime, claims: list[Claim], statements: list[Statement]
) -> tuple[nightly.Total, ...]:
    first = session.scalar(select(func.min(PostRow.published_at)))

    def total(name: str, count: Callable[[datetime], int]) -> nightly.Total:
        days = [start - DAY * n for n in range(1, WEEK_DAYS + 1)]
        known = [count(day) for day in days if first is not None and first <= day]
        full = len(known) == WEEK_DAYS
        return nightly.Total(name, count(start), median(known) if full else None)

    corrections = sum(s.kind is StatementKind.CORRECTION for s in statements)
    return (
        total("公开信息", lambda day: _count(session, day, ORIGINAL)),
        total("提问", lambda day: _count(session, day, ORIGINAL, ScoreRow.is_question)),
        total("求助", lambda day: _count(session, day, ORIGINAL, ScoreRow.help)),
        nightly.Total("待核实说法", len(claims), None),
        nightly.Total("发布", len(statements), None),
        nightly.Total("更正", corrections, None),
    )


def _alerts(session: Session, start: datetime, end: datetime) -> tuple[Alert, ...]:
    return tuple(a for a in store.all_alerts(session) if start <= a.raised_at < end)


def _topics(session: Session, start: datetime, end: datetime) -> tuple[nightly.NewTopic, ...]:
    """Return the claims noticed on this day as new topics, the loudest first."""
    noticed = [c for c in store.all_claims(session) if c.noticed_at and start <= c.noticed_at < end]
    return tuple(
        nightly.NewTopic(
            name=claim.text, posts=claim.posts, first_seen=claim.first_seen, place=None, question=""
        )
        for claim in sorted(noticed, key=lambda c: (-c.voices, c.key))
    )


def _promises(
    session: Session, services: Services, end: datetime
) -> tuple[nightly.PromiseDue, ...]:
    """Return the next-update promises still running at *end*, and those already late.

    A promise is kept by the next statement of its incident that is published after it.
    """
    found = []
    public = [s for s in release_store.all_statements(session) if s.published_at]
    for statement in public:
        version = release_store.load_version(session, statement.statement_id, statement.version)
        due = version.next_update_at
        kept = any(
            other.incident_id == statement.incident_id
            and other.published_at > statement.published_at
            and other.published_at < end
            for other in public
            if other.published_at and statement.published_at
        )
        if due is None or kept or (statement.published_at or end) >= end:
            continue
        unit = services.directory.unit(statement.issuer)
        found.append(
            nightly.PromiseDue(
                text=f"《{version.title}》承诺再次通报",
                unit=unit.name if unit else statement.issuer,
                due=due,
                state="未到期" if due >= end else "已逾期",
            )
        )
    return tuple(sorted(found, key=lambda promise: promise.due))


def _own(session: Session, statement: Statement) -> nightly.OwnStatement:
    version = release_store.load_version(session, statement.statement_id, statement.version)
    if statement.published_at is None:
        raise ValueError(f"{statement.statement_id} is not published")
    return nightly.OwnStatement(
        statement_id=statement.statement_id,
        title=version.title,
        kind=statement.kind.label,
        published_at=statement.published_at,
    )


def _seen_hours(
    hours: list[tuple[datetime, int]], seen: Coverage
) -> tuple[tuple[datetime, int], ...]:
    """Leave out the hours that nobody saw; posts from a file show that an hour was."""
    missing = set(seen.hours_missing)
    return tuple((start, count) for start, count in hours if count or start not in missing)
