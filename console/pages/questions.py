"""The questions people ask, and which of them a published statement answers."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from analysis import store
from console import reading_list
from console.pages.view import SessionDep, show
from core.vocabulary import QuestionStatus

router = APIRouter(prefix="/questions")

SHOWN = 100


@router.get("")
def questions(request: Request, session: SessionDep) -> HTMLResponse:
    """Show what is unanswered, then what has been answered."""
    waiting = reading_list.open_questions(session)
    answered = [q for q in store.all_questions(session) if q.status is QuestionStatus.ANSWERED]
    return show(
        request,
        "questions.html",
        open=waiting[:SHOWN],
        open_count=len(waiting),
        answered=sorted(answered, key=lambda q: (-q.voices, q.key)),
    )
