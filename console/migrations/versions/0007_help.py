"""Calls for help: their leads, whose sealed contact is whose, and what was destroyed"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_contacts",
        sa.Column("sealed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sealed"], ["sealed.key"], name=op.f("fk_sealed_contacts_sealed"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post"], ["posts.key"], name=op.f("fk_sealed_contacts_post")),
        sa.ForeignKeyConstraint(["item"], ["posts.key"], name=op.f("fk_sealed_contacts_item")),
        sa.PrimaryKeyConstraint("sealed", name=op.f("pk_sealed_contacts")),
    )
    op.create_index("ix_sealed_contacts_post", "sealed_contacts", ["post"], unique=False)
    op.create_index("ix_sealed_contacts_item", "sealed_contacts", ["item"], unique=False)
    op.create_table(
        "destructions",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_destructions")),
    )
    op.create_table(
        "help_leads",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=True),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["post"], ["posts.key"], name=op.f("fk_help_leads_post")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.incident_id"], name=op.f("fk_help_leads_incident_id")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_help_leads")),
        sa.UniqueConstraint("post", name=op.f("uq_help_leads_post")),
    )
    op.create_table(
        "help_moves",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lead"], ["help_leads.key"], name=op.f("fk_help_moves_lead")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_help_moves")),
    )
    op.create_index("ix_help_moves_lead", "help_moves", ["lead"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
