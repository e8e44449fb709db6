"""The nightly report's figures, read from every stage as they stood at the day's end."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from analysis import forecasting
from analysis.alert_life import Life
from analysis.coverage import Expected, coverage
from analysis.models import artifacts
from analysis.records import Alert, Coverage
from analysis.reports import nightly, nightly_data
from analysis.reports.document import Link
from analysis.reports.nightly_data import Counted, NightlyData, Total
from analysis.tables import ScoreRow
from console import day_counts, duty_facts, night_matters, standing
from console.brief_files import base_of
from console.planned import FILE_NAME, planned_on
from console.report_files import write_all
from console.selection import DAY, UNSURE, Selection, count, local_name, midnight
from console.wiring import Services, installed_version
from core.clock import beijing
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import HelpState, ItemKind, PromiseState, ReportForm, StatementKind
from crawler import store as crawler_store
from release import help_clock, help_store, promises
from release import store as release_store
from release.records import HelpLead, Statement


def write_nightly(
    services: Services,
    day: str,
    out: Path | None,
    forms: Collection[ReportForm] = tuple(ReportForm),
) -> list[Path]:
    """Write the report of *day* (Beijing time, ISO) in each of *forms* and return the files.

    An earlier report stays whole if this one fails.
    """
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise HuiyingError(f"--date: expected a day such as 2031-06-18, got {day!r}") from error
    with reading(services.engine) as session:
        made = nightly.document(figures(session, services, wanted))
    return write_all(made, out or services.reports, forms, base=base_of(services))


def forms_of(names: str) -> list[ReportForm]:
    """Return the forms in a list such as ``html,docx``, each once.

    Raises ``HuiyingError`` for a stranger.
    """
    try:
        return list(dict.fromkeys(ReportForm(name.strip()) for name in names.split(",")))
    except ValueError as error:
        known = ",".join(form.value for form in ReportForm)
        raise HuiyingError(f"--format: expected some of {known}, got {names!r}") from error


def figures(session: Session, services: Services, day: date) -> NightlyData:
    """Return everything the report of *day* is made of, as it stood at the end of the day."""
    start = midnight(day)
    end = start + DAY
    seen = _coverage(session, services, start, end)
    lives = duty_facts.matters(session, end)
    cells = day_counts.cells(session, start, end)
    record = day_counts.Record(session, start, end)
    statements = [s for s in standing.published(session, end) if (s.published_at or end) >= start]
    open_claims = night_matters.open_claims(session, end)
    matters = night_matters.Matters(session, start, end)
    promised = _promises(session, services, start, end)
    volume = day_counts.by_hour(cells, start, end)
    asked = day_counts.by_hour(cells, start, end, lambda cell: cell.question)
    return NightlyData(
        day=day,
        drill=services.settings.drill,
        office=services.settings.office_name,
        version=installed_version(),
        made_at=end,
        totals=_totals(
            session,
            start,
            end,
            record=record,
            cells=cells,
            open_claims=len(open_claims),
            statements=statements,
        ),
        alerts=_alerts(session, lives, start, end),
        promise=duty_facts.promised(session, lives, end),
        changes=matters.changes(),
        topics=matters.new_topics(),
        rises=matters.rises(cells),
        unanswered=night_matters.unanswered(session, end),
        asked_again=night_matters.asked_again(session, end),
        claims=open_claims,
        promises=promised,
        towns=tuple(
            (local_name(town), Counted(n, Selection(end, start, town=town).address))
            for town, n in sorted(
                day_counts.by_town(cells, services.directory).items(),
                key=lambda item: (-item[1], item[0]),
            )
        ),
        statements=tuple(_own(session, s) for s in statements),
        criticism=nightly_data.Criticism(
            critical=Counted(
                day_counts.total(cells, lambda cell: cell.critical),
                Selection(end, start, ItemKind.CRITICAL).address,
            ),
            posts=day_counts.total(cells),
        ),
        warnings=tuple(
            _own(session, s)
            for s in statements
            if s.kind is StatementKind.WARNING_RELAY and not standing.withdrawn(session, s, end)
        ),
        planned=_planned(services, beijing(end).date()),
        outlook=_outlook(record),
        coverage=seen,
        quality=_quality(session, services, start, end, cells=cells),
        hourly=_seen_hours(volume, seen),
        questions=tuple(asked),
        emotions=tuple(
            (name, tuple(points)) for name, points in day_counts.feelings(cells, start, end)
        ),
    )


def _coverage(session: Session, services: Services, start: datetime, end: datetime) -> Coverage:
    listed = duty_facts.sources(services)
    enabled = {source.name: source.channel for source in listed if source.enabled}
    heard = night_matters.heard(session, end)
    visits = crawler_store.visits_between(session, start, end)
    return coverage(
        start,
        end,
        visits=[visit for visit in visits if visit.ended_at <= end],
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


def _totals(
    session: Session,
    start: datetime,
    end: datetime,
    *,
    record: day_counts.Record,
    cells: Sequence[day_counts.Cell],
    open_claims: int,
    statements: Sequence[Statement],
) -> tuple[Total, ...]:
    usual = record.medians() or (None, None, None)
    calls = _help(help_store.all_leads(session), start, end)
    day = day_counts.local_day(start)
    corrections = sum(s.kind is StatementKind.CORRECTION for s in statements)

    def said(kind: ItemKind, number: int, median: float | None, note: str = "") -> Total:
        return Total(kind.label, number, median, Selection(end, start, kind).address, note)

    def own(name: str, number: int, to: str) -> Total:
        return Total(name, number, None, to, compared=False)

    return (
        said(ItemKind.POST, day_counts.total(cells), usual[0]),
        said(ItemKind.QUESTION, day_counts.total(cells, lambda c: c.question), usual[1]),
        said(ItemKind.HELP, day_counts.total(cells, lambda c: c.help), usual[2], calls),
        own("待核实说法", open_claims, f"items/claims?day={day}"),
        own("发布", len(statements), f"items/statements?day={day}"),
        own("更正", corrections, f"items/statements?day={day}&kind=correction"),
    )


def _help(leads: Sequence[HelpLead], start: datetime, end: datetime) -> str:
    """Return how the calls received on the day were handed over, by its end (K13)."""
    received = [
        replace(lead, moves=tuple(move for move in lead.moves if move.at < end))
        for lead in leads
        if start <= lead.received_at < end
    ]
    if not received:
        return ""
    handed = sum(lead.first(HelpState.HANDED_OVER) is not None for lead in received)
    found = help_clock.figures(received, end)
    told = f"收到 {found.received}，转办 {handed}，办结 {found.closed}"
    told += f"（{100 * found.closed / found.received:.0f}%）"
    if found.median_minutes is not None:
        told += f"；转办用时中位 {found.median_minutes:.0f} 分钟"
    return told


def _alerts(
    session: Session, lives: Sequence[Life], start: datetime, end: datetime
) -> tuple[Alert, ...]:
    """Return the day's tellings as they stood at its end, those about a claim by its name."""
    found = [
        replace(alert, state=life.state, matter=life.matter, topic=life.topic)
        for life in lives
        for alert in life.tellings
        if alert.raised_at >= start
    ]
    claims = {alert.claim for alert in found if alert.claim is not None}
    names = standing.names(session, ScoreRow.claim, claims, end)
    return tuple(
        replace(alert, topic=names[alert.claim]) if alert.claim is not None else alert
        for alert in found
    )


def _promises(
    session: Session, services: Services, start: datetime, end: datetime
) -> tuple[nightly_data.PromiseDue, ...]:
    """Return the next updates promised by *end* that were due on the day, are late, or run on."""
    found = []
    public = standing.published(session, end)
    for statement in public:
        version = release_store.load_version(session, statement.statement_id, statement.version)
        due = version.next_update_at
        if due is None:
            continue
        later = [
            other.published_at
            for other in public
            if other.published_at
            and other.incident_id == statement.incident_id
            and other.published_at > (statement.published_at or end)
            and other.kind is not StatementKind.WARNING_RELAY
        ]
        kept = promises.kept_at(due, later, end)
        state = promises.state(due, kept, end)
        if state in {PromiseState.KEPT, PromiseState.LATE} and due < start:
            continue
        unit = services.directory.unit(statement.issuer)
        found.append(
            nightly_data.PromiseDue(
                text=Link(f"《{version.title}》", _address(statement)),
                unit=unit.name if unit else statement.issuer,
                due=due,
                state=state,
                kept_at=kept,
            )
        )
    return tuple(sorted(found, key=lambda promise: (promise.due, promise.text.to)))


def _own(session: Session, statement: Statement) -> nightly_data.OwnStatement:
    version = release_store.load_version(session, statement.statement_id, statement.version)
    if statement.published_at is None:
        raise ValueError(f"{statement.statement_id} is not published")
    return nightly_data.OwnStatement(
        title=Link(version.title, _address(statement)),
        kind=statement.kind.label,
        published_at=statement.published_at,
    )


def _address(statement: Statement) -> str:
    return f"statements/{statement.statement_id}"


def _planned(services: Services, day: date) -> tuple[nightly_data.Planned, ...]:
    return tuple(
        nightly_data.Planned(
            at=f"{day.month}月{day.day}日" + (f" {event.at:%H:%M}" if event.at else ""),
            text=event.text + (f"（{event.place}）" if event.place else ""),
        )
        for event in planned_on(services.data / FILE_NAME, day)
    )


def _outlook(record: day_counts.Record) -> nightly_data.Outlook:
    """Return the forecast from the day's end, and how the one from its beginning did."""
    known, then = record.questions(), record.questions_then()
    made = forecasting.forecast(then)
    seen = known[-forecasting.DAY_HOURS :]
    return nightly_data.Outlook(
        ahead=forecasting.forecast(known),
        seen_hours=sum(count is not None for count in known),
        made=made,
        review=forecasting.review(made, seen, then[-forecasting.DAY_HOURS :]) if made else None,
    )


def _quality(
    session: Session,
    services: Services,
    start: datetime,
    end: datetime,
    *,
    cells: Sequence[day_counts.Cell],
) -> nightly_data.Quality:
    def counted(wanted: Selection) -> Counted:
        return Counted(count(session, wanted, services.directory), wanted.address)

    waited = day_counts.delays(session, start, end)
    return nightly_data.Quality(
        copies=counted(Selection(end, start, ItemKind.COPY)),
        late=counted(Selection(end, start, ItemKind.LATE)),
        unsure_places=Counted(
            day_counts.total(cells, lambda cell: cell.place is not None and cell.unsure),
            Selection(end, start, town=UNSURE).address,
        ),
        delay_median_min=waited[0] if waited else None,
        delay_p90_min=waited[1] if waited else None,
        models=artifacts.digests(),
        undated=standing.UNDATED,
    )


def _seen_hours(
    hours: Sequence[tuple[datetime, int]], seen: Coverage
) -> tuple[tuple[datetime, int], ...]:
    """Leave out the hours that nobody saw; posts from a file show that an hour was."""
    missing = set(seen.hours_missing)
    return tuple((start, count_) for start, count_ in hours if count_ or start not in missing)
