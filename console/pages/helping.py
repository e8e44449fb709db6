"""The calls for help: where each stands by the clock. Contacts are not on this page."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

from console import help_list
from console.pages.live import changes
from console.pages.view import SessionDep, services_of, show

router = APIRouter(prefix="/help")

SHOWN = 200
SHOWN_CLOSED = 50
CLOCK_S = 15.0
"""How often the page comes anew by itself: a call is late after minutes."""


@router.get("")
def calls(request: Request, session: SessionDep) -> HTMLResponse:
    """Show the open calls, most pressing first, then those closed last."""
    now = help_list.present(session, services_of(request))
    waiting = help_list.calls(session, now)
    closed = help_list.calls(session, now, closed=True)
    return show(
        request,
        "help.html",
        live="/help/live",
        now=now,
        figures=help_list.figures(session, now),
        waiting=waiting[:SHOWN],
        waiting_count=len(waiting),
        closed=closed[:SHOWN_CLOSED],
        closed_count=len(closed),
    )


@router.get("/live", response_class=EventSourceResponse)
async def live(request: Request) -> AsyncIterator[ServerSentEvent]:
    """Send ``change`` when a call has moved on, and every ``CLOCK_S`` seconds."""
    async for event in changes(request, at_least_every_s=CLOCK_S):
        yield event
