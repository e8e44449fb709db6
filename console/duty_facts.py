"""What the digest and the hand-over note both tell: blind spots, promises, questions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis import alert_life, alert_store, budget, store
from analysis.alert_life import Life
from analysis.coverage import HEARD_WITHIN, Expected, coverage, gaps
from analysis.matters import matter_of
from analysis.records import Question
from analysis.reports.naming import claim_name, question_name
from analysis.tables import ClaimRow, ScoreRow
from console import reading_list, telling
from console.wiring import Services
from crawler import store as crawler_store
from crawler.sources import Source, load_sources
from crawler.tables import PostRow
from release import store as release_store
from release.records import Statement


@dataclass(frozen=True, slots=True)
class Promise:
    """An update that was publicly promised and has not been given."""

    statement_id: str
    title: str
    unit: str
    due: datetime


def sources(services: Services) -> tuple[Source, ...]:
    """Return the listed sources, none when there is no list."""
    file = services.data / services.settings.sources_file
    if not file.exists():
        return ()
    return load_sources(
        file,
        allow_loopback=services.settings.drill,
        default_pace_s=services.settings.crawl_delay_s,
    )


def blind_spots(
    session: Session, services: Services, start: datetime, end: datetime
) -> tuple[str, ...]:
    """Return what was not seen from *start* to *end*, the worst first; empty when all was."""
    listed = sources(services)
    enabled = {source.name: source.channel for source in listed if source.enabled}
    heard = store.heard(session, end - HEARD_WITHIN, end)
    seen = coverage(
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
    return gaps(seen)


def gathered(session: Session, start: datetime, end: datetime) -> int:
    """Return how many relevant posts were published from *start* to *end*, copies left out."""
    query = (
        select(func.count())
        .select_from(ScoreRow)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.relevant, PostRow.duplicate_of.is_(None))
        .where(PostRow.published_at >= start, PostRow.published_at < end)
    )
    return session.scalar(query) or 0


def published(session: Session, start: datetime, end: datetime) -> list[Statement]:
    """Return the statements that became public from *start* to *end*, in that order."""
    found = [
        s
        for s in release_store.all_statements(session)
        if s.published_at and start <= s.published_at < end
    ]
    return sorted(found, key=lambda s: (s.published_at or start, s.statement_id))


def title_of(session: Session, statement: Statement) -> str:
    """Return the title of the statement's newest version."""
    version = release_store.load_version(session, statement.statement_id, statement.version)
    return version.title


def promises(session: Session, services: Services, now: datetime, until: datetime) -> list[Promise]:
    """Return the promised updates due before *until* and not given by *now*, the first due first.

    A promise is kept by the next statement of its incident.
    """
    public = [
        s for s in release_store.all_statements(session) if s.published_at and s.published_at < now
    ]
    latest: dict[str, Statement] = {}
    for statement in sorted(public, key=_published_at):
        latest[statement.incident_id] = statement
    found = []
    for statement in latest.values():
        version = release_store.load_version(session, statement.statement_id, statement.version)
        if version.next_update_at is not None and version.next_update_at < until:
            unit = services.directory.unit(statement.issuer)
            found.append(
                Promise(
                    statement_id=statement.statement_id,
                    title=version.title,
                    unit=unit.name if unit else statement.issuer,
                    due=version.next_update_at,
                )
            )
    return sorted(found, key=lambda promise: (promise.due, promise.statement_id))


def _published_at(statement: Statement) -> tuple[datetime, int]:
    if statement.published_at is None or statement.log_index is None:
        raise ValueError(f"{statement.statement_id} is not published")
    return (statement.published_at, statement.log_index)


def questions(session: Session, now: datetime) -> tuple[Question, ...]:
    """Return what was asked before *now* and nobody has answered, most pressing first.

    A question goes by its asking clause, doors, names and numbers masked, for it leaves the
    console.
    """
    return tuple(
        replace(
            asked.question,
            text=telling.short(question_name(asked.question.text, asked.question.concern), 60),
        )
        for asked in reading_list.open_questions(session, now)
        if asked.question.first_asked < now
    )


def matters(session: Session, end: datetime) -> list[Life]:
    """Return every alerted matter as it stood at *end*, in the order of the first telling.

    What was told or done later is left out, so that the past is told alike whenever it is asked.
    """
    alerts = [a for a in store.all_alerts(session) if a.raised_at < end]
    lives = alert_life.lives(alerts, [m for m in alert_store.moves(session) if m.at < end])
    return called(session, lives)


def called(session: Session, lives: Sequence[Life]) -> list[Life]:
    """Return *lives* with what each claim is called in the place of its wording.

    What is told here leaves the console, and a claim's wording is what somebody wrote, perhaps a
    call for help.
    """
    names = claim_names(session, {life.claim for life in lives if life.claim is not None})
    return [
        life
        if life.claim is None
        else Life(
            tuple(replace(told, topic=names[life.claim]) for told in life.tellings), life.moves
        )
        for life in lives
    ]


def claim_names(session: Session, claims: Collection[int]) -> dict[int, str]:
    """Return what each of *claims* is called in the lexicon's words; without any, its id."""
    rows = session.execute(
        select(ClaimRow.key, ClaimRow.matter, ClaimRow.text).where(ClaimRow.key.in_(claims))
    )
    found = {key: (matter_of(matter), matter, text) for key, matter, text in rows}
    return {
        key: f"说法 C{key:06d}" if known is None or known.vague else claim_name(matter, text)
        for key, (known, matter, text) in found.items()
    }


def promised(session: Session, lives: Sequence[Life], end: datetime) -> str:
    """Return how the promised false alarms of the week stood at *end*; empty before any promise."""
    made = [c for c in alert_store.calibrations(session) if c.at < end]
    (week,) = budget.weeks_of(lives, made, now=end, weeks=1)
    if week.promised is None:
        return ""
    stands = {True: "守住", False: "已超出", None: "要看未判定的"}[week.kept]
    return (
        f"本周误报承诺至多 {week.promised:g} 起：提醒 {week.raised} 起，误报 {week.false} 起，"
        f"未判定 {week.unjudged} 起，{stands}。"
    )


def named(life: Life) -> str:
    """Return what a matter is called: its level, id and topic."""
    return f"{life.level.value} {life.first.alert_id} {telling.short(life.first.topic)}"


def page_of(life: Life) -> str:
    """Return the page about a matter, empty when there is none."""
    return "" if life.claim is None else f"claims/C{life.claim:06d}"


def hours_and_minutes(span: timedelta) -> str:
    """Return how long *span* is, such as 3 小时 20 分."""
    hours, minutes = divmod(max(0, int(span.total_seconds()) // 60), 60)
    return f"{hours} 小时 {minutes} 分" if hours else f"{minutes} 分钟"
