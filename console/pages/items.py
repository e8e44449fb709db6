"""What stands behind a figure of a report: the posts, claims or statements that it counts.

Posts are shown by what they say and when, never by whom; a call for help only as that.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from analysis.coverage import channel_name
from analysis.tables import ScoreRow
from console import selection, standing
from console.pages.view import SessionDep, services_of, show
from console.selection import Selection
from core.clock import beijing
from core.errors import HuiyingError
from core.lexicon import load_lexicon
from core.vocabulary import Emotion, StatementKind
from release import store as release_store

router = APIRouter(prefix="/items")

SHOWN = 50
MOST_NAMED = 100
PAGES = 200
"""Nobody reads on after ten thousand; a figure says how many there are."""
HELP = "求助信息，内容和办理情况见“求助”页。"
Page = Annotated[int, Query(ge=1, le=PAGES)]


@dataclass(frozen=True, slots=True)
class Line:
    """One post behind a figure."""

    text: str = field(repr=False)
    channel: str
    place: str | None
    published_at: datetime
    official: bool
    help: bool


@router.get("")
def items(request: Request, session: SessionDep, page: Page = 1) -> HTMLResponse:
    """Show the posts of the selection in the address, the newest first, fifty a page."""
    given = {name: value for name, value in request.query_params.items() if name != "page"}
    wanted = _read(given)
    directory = services_of(request).directory
    found = session.execute(
        selection.rows(wanted, directory).limit(SHOWN).offset(SHOWN * (page - 1))
    )
    whole = selection.count(session, wanted, directory)
    return show(
        request,
        "items.html",
        title=wanted.kind.label,
        told=_told(wanted),
        whole=whole,
        lines=[
            Line(
                text=HELP if score.help else post.text,
                channel=channel_name(post.channel),
                place=None if score.help else score.place,
                published_at=post.published_at,
                official=post.issuer is not None,
                help=score.help,
            )
            for post, score in found
        ],
        address=f"/{wanted.address}",
        page=page,
        pages=max(1, min(PAGES, -(-whole // SHOWN))),
    )


def _read(given: dict[str, str]) -> Selection:
    try:
        return selection.read(given)
    except (ValueError, OverflowError) as error:
        raise HuiyingError(f"items: {error}") from error


def _bounds(day: date) -> tuple[datetime, datetime]:
    try:
        return selection.bounds(day)
    except OverflowError as error:
        raise HuiyingError(f"items: {error}") from error


def _told(wanted: Selection) -> str:
    """Return in Chinese what is listed."""
    start = f"{_moment(wanted.start)} 至 " if wanted.start else "截至 "
    parts = [f"{start}{_moment(wanted.end)}"]
    if wanted.concern:
        parts.append(f"关切：{load_lexicon().concern_names.get(wanted.concern, wanted.concern)}")
    if wanted.emotion:
        parts.append(f"情绪：{Emotion(wanted.emotion).label}")
    if wanted.place:
        parts.append(f"地点：{wanted.place}")
    if wanted.town:
        parts.append(f"镇街：{selection.local_name(wanted.town)}")
    if wanted.claim is not None:
        parts.append(f"说法 C{wanted.claim:06d}")
    if wanted.question is not None:
        parts.append(f"问题 Q{wanted.question:06d}")
    return "，".join(parts)


def _moment(moment: datetime) -> str:
    local = beijing(moment)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


@router.get("/claims")
def claims(request: Request, session: SessionDep, day: date) -> HTMLResponse:
    """Show the claims that had no verdict at the end of *day*."""
    _, end = _bounds(day)
    found = standing.to_check(session, end)
    names = standing.names(session, ScoreRow.claim, [c.key for c in found[:MOST_NAMED]], end)
    rows = [
        (f"/claims/{c.key}", names.get(c.key, c.claim_id), f"{c.tally.voices} 人次") for c in found
    ]
    return show(request, "behind.html", title="待核实说法", day=day, rows=rows)


@router.get("/statements")
def statements(
    request: Request, session: SessionDep, day: date, kind: StatementKind | None = None
) -> HTMLResponse:
    """Show the statements published on *day*, of one kind if one is named."""
    start, end = _bounds(day)
    rows = [
        (
            f"/statements/{s.statement_id}",
            release_store.load_version(session, s.statement_id, s.version).title,
            f"{s.kind.label}，{_moment(s.published_at)}",
        )
        for s in standing.published(session, end)
        if s.published_at and s.published_at >= start and kind in {None, s.kind}
    ]
    title = kind.label if kind else "我方发布"
    return show(request, "behind.html", title=title, day=day, rows=rows)
