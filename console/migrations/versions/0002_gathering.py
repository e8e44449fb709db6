"""Gathering: frontier, states of sources, sealed store, versions of posts"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "frontier",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'failed')", name=op.f("ck_frontier_state")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_frontier")),
        sa.UniqueConstraint("source", "digest", name=op.f("uq_frontier_source_digest")),
    )
    op.create_index(
        "ix_frontier_open",
        "frontier",
        ["source", "key"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "imports",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("defects", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_sha256", "imports", ["sha256"], unique=False)

    op.create_table(
        "refused_tasks",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_refused_tasks")),
    )
    op.create_table(
        "robots",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_robots")),
    )
    op.create_table(
        "sealed",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("location", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sealed")),
    )
    op.create_index("ix_sealed_expires_at", "sealed", ["expires_at"], unique=False)

    op.create_table(
        "sealed_readings",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sealed_readings")),
    )
    op.create_table(
        "source_states",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("visited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("shape", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_states")),
    )
    op.create_table(
        "post_versions",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.key"], name=op.f("fk_post_versions_post")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_post_versions")),
        sa.UniqueConstraint("post", "number", name=op.f("uq_post_versions_post_number")),
    )
    # Columns are added in place: a rebuild of a table would drop its triggers.
    op.add_column(
        "alerts", sa.Column("unseen", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    )
    op.add_column(
        "posts",
        sa.Column("zone_assumed", sa.Boolean(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "scores",
        sa.Column("place_uncertain", sa.Boolean(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column(
        "visits",
        sa.Column("passed_over", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    # Nothing read them, and a random fingerprint costs a page of the file for each post.
    op.drop_index("ix_posts_fingerprint", table_name="posts")
    op.drop_index("ix_posts_seen_at", table_name="posts")
    op.create_index(
        "ix_posts_duplicate_of",
        "posts",
        ["duplicate_of"],
        unique=False,
        sqlite_where=sa.text("duplicate_of IS NOT NULL"),
    )
    op.create_index("ix_visits_started_at", "visits", ["started_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
