"""The tables of gathering. No column holds, or can be joined to, an author."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


def _other_post() -> ForeignKey:
    # Deferred: a page lists the newest first, so an answer may come in before its post.
    return ForeignKey("posts.key", deferrable=True, initially="DEFERRED")


class PostRow(Base):
    """One public post; the source's own id makes it unique."""

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("source", "post_id"),
        CheckConstraint("duplicate_of <> key", name="copy_of_another"),
        Index("ix_posts_published_at", "published_at"),
        Index("ix_posts_seen_at", "seen_at"),
        Index("ix_posts_fingerprint", "fingerprint"),
        # Answers whose post has not come yet: few, and looked through at every store.
        Index(
            "ix_posts_orphans",
            "key",
            sqlite_where=text("parent IS NULL AND coalesce(reply_to, repost_of) IS NOT NULL"),
        ),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    post_id: Mapped[str]
    url: Mapped[str | None]
    published_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    channel: Mapped[str]
    text: Mapped[str]
    voice: Mapped[str]
    fingerprint: Mapped[str]
    reply_to: Mapped[str | None]
    repost_of: Mapped[str | None]
    reposts: Mapped[int]
    comments: Mapped[int]
    likes: Mapped[int]
    issuer: Mapped[str | None]
    time_uncertain: Mapped[bool]
    duplicate_of: Mapped[int | None] = mapped_column(_other_post())
    parent: Mapped[int | None] = mapped_column(_other_post())


class VisitRow(Base):
    """One look at a source."""

    __tablename__ = "visits"
    __table_args__ = (Index("ix_visits_source", "source", "started_at"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str]
    reason: Mapped[str]
    pages: Mapped[int]
    found: Mapped[int]
    new: Mapped[int]


class DefectRow(Base):
    """One thing that could not be taken in; the same defect twice is one row."""

    __tablename__ = "defects"
    __table_args__ = (UniqueConstraint("source", "location", "reason"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    location: Mapped[str]
    reason: Mapped[str]
    seen_at: Mapped[datetime]
