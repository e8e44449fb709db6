"""What the desk said of posts: worth a check, or not"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "check_labels",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("worth", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_check_labels")),
    )
    op.create_index("ix_check_labels_post", "check_labels", ["post"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
