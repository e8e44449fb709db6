"""What a post does to the claim it speaks of"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stance", sa.String(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
