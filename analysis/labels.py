"""What the desk said of posts it was shown: worth a check here, or not. Kept as rows that grow."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from analysis.calibrate import Calibration, calibrate
from analysis.tables import CheckLabelRow, ScoreRow
from crawler.tables import PostRow

MOST_CANDIDATES = 5_000
"""Newest posts among which those to label are chosen."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post that may be labelled; nobody in it."""

    post: int
    text: str
    needs_check: float


def candidates(session: Session) -> list[Candidate]:
    """Return the newest relevant posts without a label, copies and replies left out."""
    rows = (
        select(PostRow.key, PostRow.text, ScoreRow.needs_check)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .where(
            ScoreRow.relevant,
            PostRow.duplicate_of.is_(None),
            PostRow.parent.is_(None),
            PostRow.issuer.is_(None),
            PostRow.key.not_in(select(CheckLabelRow.post)),
        )
        .order_by(PostRow.key.desc())
        .limit(MOST_CANDIDATES)
    )
    return [Candidate(*row) for row in session.execute(rows)]


def add_label(session: Session, post: int, *, worth: bool, by: str, now: datetime) -> None:
    """Keep what *by* said of *post*, with the score it had; a later word replaces none."""
    score = session.scalars(select(ScoreRow.needs_check).where(ScoreRow.post == post)).one()
    session.execute(
        insert(CheckLabelRow),
        [{"post": post, "worth": worth, "score": score, "by": by, "at": now}],
    )


def local_calibration(session: Session) -> Calibration | None:
    """Return the calibration by all labels so far, the last one of each post; None if too few."""
    last: dict[int, tuple[float, bool]] = {}
    for row in session.scalars(select(CheckLabelRow).order_by(CheckLabelRow.key)):
        last[row.post] = (row.score, row.worth)
    return calibrate([s for s, _ in last.values()], [w for _, w in last.values()])


def count_labels(session: Session) -> tuple[int, int]:
    """Return how many posts are labelled, and how many of them as worth a check."""
    rows = session.execute(
        select(CheckLabelRow.post, CheckLabelRow.worth).order_by(CheckLabelRow.key)
    )
    last = {int(post): bool(worth) for post, worth in rows.all()}
    return len(last), sum(last.values())
