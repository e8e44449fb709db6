"""The questions people ask, and which of them a published statement answers."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console import reading_list
from console.pages.view import SessionDep, show

router = APIRouter(prefix="/questions")

SHOWN = 100


@router.get("")
def questions(request: Request, session: SessionDep) -> HTMLResponse:
    """Show what is unanswered, then what has been answered."""
    latest = reading_list.latest_post(session)
    waiting = reading_list.open_questions(session, latest)
    return show(
        request,
        "questions.html",
        open=waiting[:SHOWN],
        open_count=len(waiting),
        answered=reading_list.answered_questions(session),
    )
