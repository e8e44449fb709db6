"""The tables of gathering. No column holds, or can be joined to, an author."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
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
        Index(
            "ix_posts_duplicate_of",
            "duplicate_of",
            sqlite_where=text("duplicate_of IS NOT NULL"),
        ),
        # Answers whose post has not come yet: few, and looked through at every store.
        Index(
            "ix_posts_orphans",
            "key",
            sqlite_where=text("parent IS NULL AND coalesce(reply_to, repost_of) IS NOT NULL"),
        ),
        # Answers that were stored before their post: few, and asked for at every round.
        Index("ix_posts_early", "parent", sqlite_where=text("parent > key")),
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
    zone_assumed: Mapped[bool] = mapped_column(default=False, server_default=false())
    duplicate_of: Mapped[int | None] = mapped_column(_other_post())
    parent: Mapped[int | None] = mapped_column(_other_post())


class PostVersionRow(Base):
    """An earlier wording of a post that its source has edited since; never edited itself."""

    __tablename__ = "post_versions"
    __table_args__ = (UniqueConstraint("post", "number"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    post: Mapped[int] = mapped_column(ForeignKey("posts.key"))
    number: Mapped[int]
    text: Mapped[str]
    fingerprint: Mapped[str]
    seen_at: Mapped[datetime]
    replaced_at: Mapped[datetime]


class VisitRow(Base):
    """One look at a source."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_source", "source", "started_at"),
        Index("ix_visits_started_at", "started_at"),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str]
    reason: Mapped[str]
    pages: Mapped[int]
    found: Mapped[int]
    new: Mapped[int]
    passed_over: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class FrontierRow(Base):
    """A link that a source has shown: waiting, being fetched, or done.

    The address may name a person, so it is known by a keyed digest, and kept only encrypted and
    only until the page has been read.
    """

    __tablename__ = "frontier"
    __table_args__ = (
        UniqueConstraint("source", "digest"),
        Index("ix_frontier_open", "source", "key", sqlite_where=text("state = 'waiting'")),
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    digest: Mapped[bytes]
    address: Mapped[bytes | None]
    told_at: Mapped[datetime | None]
    state: Mapped[str]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int]
    changed_at: Mapped[datetime]


class SourceStateRow(Base):
    """What the next visit to a source must know: how long to stay away, and what was there."""

    __tablename__ = "source_states"

    source: Mapped[str] = mapped_column(primary_key=True)
    visited_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    refusals: Mapped[int]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    found: Mapped[int]
    shape: Mapped[str]


class RobotsRow(Base):
    """The robots.txt of a site, kept a day."""

    __tablename__ = "robots"

    site: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes]
    fetched_at: Mapped[datetime]


class SealedRow(Base):
    """Something that may name a person, encrypted; its key stands outside the database."""

    __tablename__ = "sealed"
    __table_args__ = (Index("ix_sealed_expires_at", "expires_at"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    source: Mapped[str]
    location: Mapped[str]
    reason: Mapped[str]
    content: Mapped[bytes]
    sealed_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SealedContactRow(Base):
    """Which post a sealed contact belongs to; gone with what is sealed."""

    __tablename__ = "sealed_contacts"

    sealed: Mapped[int] = mapped_column(
        ForeignKey("sealed.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    post: Mapped[int] = mapped_column(ForeignKey("posts.key"), index=True)
    item: Mapped[int] = mapped_column(ForeignKey("posts.key"), index=True)
    """Key of the first post with this text, for which a person is called once."""
    digest: Mapped[bytes]
    """Keyed, of contact and item, so that the same number in two calls is not seen to be one."""


class DestructionRow(Base):
    """That something sealed was destroyed: what, how many, when, why, by whom; never edited."""

    __tablename__ = "destructions"

    key: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    count: Mapped[int]
    cause: Mapped[str]
    about: Mapped[str]
    """Id of the lead or incident that was closed, or empty."""
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class SealedReadingRow(Base):
    """That somebody opened a sealed thing, and why; it outlives the thing."""

    __tablename__ = "sealed_readings"

    key: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[int]
    purpose: Mapped[str]
    source: Mapped[str]
    reader: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class RefusedTaskRow(Base):
    """A source or keywords that may not be monitored, and why; what was asked is not kept."""

    __tablename__ = "refused_tasks"

    key: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    asked: Mapped[str]
    reasons: Mapped[list[str]] = mapped_column(JSON)


class ImportRow(Base):
    """A file that was taken in; the same file is not read twice by the watched folder."""

    __tablename__ = "imports"

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    kind: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]
    found: Mapped[int]
    new: Mapped[int]
    defects: Mapped[int]


class DefectRow(Base):
    """One thing that could not be taken in; the same defect twice is one row."""

    __tablename__ = "defects"
    __table_args__ = (UniqueConstraint("source", "location", "reason"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    location: Mapped[str]
    reason: Mapped[str]
    seen_at: Mapped[datetime]
