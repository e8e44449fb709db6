"""The overview: what is said, what needs checking, what is asked, what we have answered."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from markupsafe import Markup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis import incidents, series, stages, store
from analysis.coverage import coverage, gaps
from analysis.records import Incident
from analysis.reports import charts
from analysis.tables import ScoreRow
from console import help_list, reading_list
from console.pages.live import changes
from console.pages.view import SessionDep, services_of, show
from console.returning import Archive
from crawler import store as crawler_store
from crawler.tables import PostRow
from release.help_clock import HelpFigures
from release.records import Statement

router = APIRouter()

HOUR = timedelta(hours=1)
CHART_HOURS = 36
TOP = 10


@router.get("/")
def overview(request: Request, session: SessionDep) -> HTMLResponse:
    """Show the overview; it is kept live by ``/live`` where there is JavaScript."""
    latest = reading_list.latest_post(session)
    claims = reading_list.claims_with_verdicts(session)
    noticed = reading_list.to_check(claims)
    archive = Archive(session, services_of(request).directory)
    questions = reading_list.open_questions(session, latest)
    statements = reading_list.statements_with_titles(session)
    calls = help_list.figures(session, help_list.present(session, services_of(request)))
    incident = incidents.live_incident(session, latest) if latest else None
    return show(
        request,
        "overview.html",
        live="/live",
        latest=latest,
        incident=incident,
        stage=_stage(session, incident, latest) if incident and latest else None,
        unseen=_unseen(session, latest),
        figures=_figures(session, latest, len(noticed), len(questions), statements, calls=calls),
        charts=_charts(session, latest) if latest else {},
        alerts=reading_list.pressing_alerts(session, latest)[:TOP] if latest else [],
        returned=archive.returned(latest)[:TOP] if latest else [],
        claims=archive.with_reasons(noticed[:TOP]),
        claim_count=len(claims),
        questions=questions[:TOP],
        question_count=len(questions),
        statements=statements[:TOP],
    )


@router.get("/chart.css")
def chart_style() -> Response:
    """Send the charts' own style sheet."""
    return Response(charts.STYLE, media_type="text/css")


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request) -> AsyncIterator[ServerSentEvent]:
    """Send ``change`` whenever rounds or statements have changed what the overview shows."""
    async for event in changes(request):
        yield event


def _stage(session: Session, incident: Incident, latest: datetime) -> stages.StageReading | None:
    said = store.said_of_incident(session, incident.incident_id, latest - stages.LOOKED_AT, latest)
    return stages.read_stage(said, latest)


def _charts(session: Session, latest: datetime) -> dict[str, Markup]:
    """Return the chart of the last hours, its numbered marks, emotions and figures, as HTML."""
    end = _hour(latest) + HOUR
    begun = session.scalar(select(func.min(PostRow.published_at))) or latest
    start = max(_hour(begun), end - timedelta(hours=CHART_HOURS))
    points = store.hourly(session, "volume", start, end)
    feelings = [
        (e.label, store.hourly(session, f"emotion:{e.value}", start, end)) for e in series.WORRIED
    ]
    marks = [
        (statement.published_at, title)
        for statement, title in reading_list.statements_with_titles(session)
        if statement.published_at
    ]
    title = f"近 {(end - start) // HOUR} 小时相关公开信息"
    columns = [("条数", [n for _, n in points])]
    columns += [(name, [n for _, n in series]) for name, series in feelings]
    drawn = {
        "chart": charts.rate_chart(points, expected=None, marks=marks, title=title),
        "marks": charts.mark_list(marks, points=points),
        "feelings": charts.small_multiples(feelings),
        "table": charts.data_table([at for at, _ in points], columns, caption=title),
    }
    # Drawn by our own charts, which escape every text.
    return {name: Markup(html) for name, html in drawn.items()}  # noqa: S704


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _figures(
    session: Session,
    latest: datetime | None,
    noticed: int,
    questions: int,
    statements: Sequence[tuple[Statement, str]],
    *,
    calls: HelpFigures,
) -> list[tuple[str, int, str]]:
    day = latest - timedelta(hours=24) if latest else None
    recent = (
        select(func.count())
        .select_from(ScoreRow)
        .join(PostRow, PostRow.key == ScoreRow.post)
        .where(ScoreRow.relevant, PostRow.duplicate_of.is_(None))
    )
    if day is not None:
        recent = recent.where(PostRow.published_at > day)
    published = sum(1 for statement, _ in statements if statement.published_at is not None)
    return [
        ("公开信息", session.scalar(recent) or 0, "近 24 小时，不计无关和重复"),
        ("求助未办结", calls.open, f"待转办 {calls.to_hand_over}，超时或无人接单 {calls.pressing}"),
        ("待核实说法", noticed, "多人提到，尚无结论"),
        ("未答问题", questions, "意思相同的合为一个"),
        ("已发布", published, f"在办文稿 {len(statements) - published}"),
    ]


def _unseen(session: Session, latest: datetime | None) -> list[str]:
    if latest is None:
        return []
    begun = session.scalar(select(func.min(PostRow.seen_at))) or latest
    start = max(_hour(begun), latest - timedelta(hours=24))
    if start >= latest:  # all of it came in later than it was said, from files
        return []
    visits = crawler_store.visits_between(session, start, latest + timedelta(minutes=1))
    seen = coverage(
        start,
        latest,
        visits=visits,
        defects=crawler_store.defect_counts(session, start, latest + timedelta(minutes=1)),
        sources=sorted({v.source for v in visits}),
    )
    return list(gaps(seen))
