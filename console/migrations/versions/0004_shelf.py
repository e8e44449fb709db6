"""The prebunk shelf: who has reviewed which prepared answer"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shelf_reviews",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person_id"], name=op.f("fk_shelf_reviews_person_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shelf_reviews")),
    )
    op.create_index("ix_shelf_reviews_entry_id", "shelf_reviews", ["entry_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
