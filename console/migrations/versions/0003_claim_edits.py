"""Decisions of people about which posts make one claim"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claim_edits",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("second", sa.Integer(), nullable=False),
        sa.Column("wordings", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["first"], ["claims.key"], name=op.f("fk_claim_edits_first")),
        sa.ForeignKeyConstraint(["second"], ["claims.key"], name=op.f("fk_claim_edits_second")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_claim_edits")),
    )


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
