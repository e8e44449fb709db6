"""Answers that were stored before the post they answer, found at once"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_posts_early", "posts", ["parent"], unique=False, sqlite_where=sa.text("parent > key")
    )


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
