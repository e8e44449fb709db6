"""Reports upward: each draft with the values it gave, and that a person sent it"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upward_drafts",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.incident_id"], name=op.f("fk_upward_drafts_incident_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_upward_drafts")),
    )
    op.create_index("ix_upward_drafts_incident_id", "upward_drafts", ["incident_id"], unique=False)
    op.create_table(
        "upward_sent",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("draft", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft"], ["upward_drafts.key"], name=op.f("fk_upward_sent_draft")
        ),
        sa.ForeignKeyConstraint(["by"], ["people.person_id"], name=op.f("fk_upward_sent_by")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_upward_sent")),
        sa.UniqueConstraint("draft", name=op.f("uq_upward_sent_draft")),
    )


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
