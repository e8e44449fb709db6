"""Why a claim stands where it stands, for its page: its posts' reasons and the readable model."""

from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from analysis import store
from analysis.checkworthy import load_check_scorer
from analysis.features import ReplyPool
from analysis.readable import FEWEST_REPLIES, Contribution
from analysis.tables import ScoreRow
from core.simplified import simplified
from crawler.tables import PostRow

POSTS = 3
"""Posts of a claim whose reasons are told."""
SIGNS = 8
"""Signs of the readable model that are told."""
MOST_REPLIES = 300
"""Replies that are read for it, as many as of a training post."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What the readable model goes by for the post of a claim that was answered most."""

    text: str = field(repr=False)
    replies: int
    """Replies read."""
    signs: tuple[Contribution, ...]
    """The strongest first."""


def reasons_of_posts(session: Session, claim: int) -> tuple[str, ...]:
    """Return the reasons of the posts that need checking most, each once, the strongest first."""
    told = store.reasons_of_posts(session, claim, POSTS)
    return tuple(dict.fromkeys(reason for reasons in told for reason in reasons))


def explained(session: Session, claim: int) -> Explained | None:
    """Return what speaks for and against a check; None while too few have replied."""
    reply = aliased(PostRow)
    most = (
        select(PostRow.key, PostRow.text, PostRow.published_at)
        .join(ScoreRow, ScoreRow.post == PostRow.key)
        .join(reply, reply.parent == PostRow.key)
        .where(ScoreRow.claim == claim)
        .group_by(PostRow.key, PostRow.text, PostRow.published_at)
        .having(func.count() >= FEWEST_REPLIES)
        .order_by(func.count().desc(), PostRow.key)
        .limit(1)
    )
    found = session.execute(most).first()
    if found is None:
        return None
    key, text, at = found
    pool = ReplyPool()
    rows = select(PostRow.text, PostRow.published_at).where(PostRow.parent == key)
    for said, when in session.execute(rows.order_by(PostRow.published_at).limit(MOST_REPLIES)):
        # Signs only: the readable model reads no words.
        pool.add(simplified(said), (), max(0.0, (when - at).total_seconds()))
    if pool.size < FEWEST_REPLIES:
        return None
    signs = load_check_scorer().contributions(simplified(text), pool.snapshot(), SIGNS)
    return Explained(text, pool.size, tuple(signs))
