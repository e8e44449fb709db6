"""Keeps the drafts of reports upward and that people sent them; nothing is ever edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from analysis.reports.upward import Reported
from core.clock import iso_beijing, parse_moment
from core.vocabulary import UpwardKind
from release.tables import UpwardDraftRow, UpwardSentRow


@dataclass(frozen=True, slots=True)
class UpwardDraft:
    """One draft and what became of it."""

    key: int
    incident_id: str
    number: int
    """Of the series; drafts of one number are tries at the same report."""
    kind: UpwardKind
    known_at: datetime
    """When the office learned of the incident: the clock runs from here."""
    at: datetime
    """Moment of its data."""
    figures: tuple[Reported, ...]
    sent_at: datetime | None
    """When a person sent it; None for one that was only drafted."""


def add_draft(
    session: Session,
    *,
    incident_id: str,
    number: int,
    kind: UpwardKind,
    known_at: datetime,
    at: datetime,
    figures: Sequence[Reported],
) -> None:
    """Keep a draft with the values it gives."""
    kept = [
        {
            "name": figure.name,
            "value": figure.value,
            "as_of": iso_beijing(figure.as_of),
            "by": figure.by,
            "fact_id": figure.fact_id,
        }
        for figure in figures
    ]
    session.add(
        UpwardDraftRow(
            incident_id=incident_id,
            number=number,
            kind=kind.value,
            known_at=known_at,
            at=at,
            figures=kept,
        )
    )
    session.flush()


def mark_sent(session: Session, draft: int, *, by: str, at: datetime, now: datetime) -> None:
    """Keep that *by* sent a draft at *at*."""
    session.add(UpwardSentRow(draft=draft, by=by, at=at, recorded_at=now))
    session.flush()


def drafts_of(session: Session, incident_id: str) -> list[UpwardDraft]:
    """Return the drafts of an incident in the order they were made."""
    rows = (
        select(UpwardDraftRow, UpwardSentRow.at)
        .outerjoin(UpwardSentRow, UpwardSentRow.draft == UpwardDraftRow.key)
        .where(UpwardDraftRow.incident_id == incident_id)
        .order_by(UpwardDraftRow.key)
    )
    return [
        UpwardDraft(
            key=row.key,
            incident_id=row.incident_id,
            number=row.number,
            kind=UpwardKind(row.kind),
            known_at=row.known_at,
            at=row.at,
            figures=tuple(map(_reported, row.figures)),
            sent_at=sent_at,
        )
        for row, sent_at in session.execute(rows)
    ]


def _reported(kept: dict[str, str]) -> Reported:
    return Reported(
        name=kept["name"],
        value=kept["value"],
        as_of=parse_moment(kept["as_of"]),
        by=kept["by"],
        fact_id=kept["fact_id"],
    )
