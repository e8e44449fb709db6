"""The life of an alerted matter: its moves, what false marks made quieter, the promised budget"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("matter", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
        batch_op.add_column(
            sa.Column("series", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
        )
        batch_op.drop_column("state")
        batch_op.create_index(batch_op.f("ix_alerts_matter"), ["matter"], unique=False)
    # What was told of one claim before is one matter; every rise of before stays one of its own.
    op.execute(
        "UPDATE alerts SET matter = coalesce("
        "(SELECT min(a.key) FROM alerts a WHERE a.claim = alerts.claim), key)"
    )
    op.create_table(
        "alert_moves",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("matter", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=True),
        sa.Column("to", sa.String(), nullable=True),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("series", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["matter"], ["alerts.key"], name=op.f("fk_alert_moves_matter")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_moves")),
    )
    op.create_index("ix_alert_moves_matter", "alert_moves", ["matter"], unique=False)
    op.create_index("ix_alert_moves_at", "alert_moves", ["act", "at"], unique=False)
    op.execute(
        "INSERT INTO alert_moves (matter, act, state, at, by, reason, level, series) "
        "SELECT matter, 'raise', 'raised', raised_at, 'system', '', level, '[]' "
        "FROM alerts ORDER BY key"
    )
    op.create_table(
        "alert_quiets",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("move", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("factor", sa.Double(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["move"], ["alert_moves.key"], name=op.f("fk_alert_quiets_move")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_quiets")),
    )
    op.create_index("ix_alert_quiets_move", "alert_quiets", ["move"], unique=False)
    op.create_index("ix_alert_quiets_until", "alert_quiets", ["until"], unique=False)
    op.create_table(
        "alert_budgets",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("promised", sa.Double(), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("weeks", sa.Double(), nullable=False),
        sa.Column("foreseen", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert_budgets")),
    )


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
