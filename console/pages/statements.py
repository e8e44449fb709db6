"""The statements and how far each has come."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from console import reading_list
from console.pages.view import SessionDep, services_of, show
from release import store as release_store

router = APIRouter(prefix="/statements")


@router.get("")
def statements(request: Request, session: SessionDep) -> HTMLResponse:
    """Show every statement, newest first."""
    return show(
        request,
        "statements.html",
        statements=reading_list.statements_with_titles(session),
    )


@router.get("/{statement_id}")
def statement(request: Request, session: SessionDep, statement_id: str) -> HTMLResponse:
    """Show one statement: its newest text, the facts under it, approvals and steps."""
    found = release_store.load_statement(session, statement_id)
    version = release_store.load_version(session, statement_id, found.version)
    bound = {fact for sentence in version.sentences for fact in sentence.facts}
    directory = services_of(request).directory
    units = {unit.id: unit.name for unit in directory.units}
    facts = [
        (fact, units.get(fact.confirmed_by, fact.confirmed_by))
        for fact in release_store.all_facts(session, found.incident_id)
        if fact.fact_id in bound
    ]
    return show(
        request,
        "statement.html",
        statement=found,
        version=version,
        facts=facts,
        approvals=release_store.approvals_of(session, statement_id, found.version),
        moves=release_store.moves_of(session, statement_id),
    )
