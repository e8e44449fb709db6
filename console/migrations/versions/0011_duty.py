"""The duty desk: shifts, hand-overs, what was told, steps up, silences and the pulse"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "escalations",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_escalations")),
        sa.UniqueConstraint("about", "step", name=op.f("uq_escalations_about_step")),
    )
    op.create_table(
        "pulses",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulses")),
    )
    op.create_table(
        "silences",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dark", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("back_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_silences")),
    )
    op.create_index("ix_silences_source", "silences", ["source"], unique=False)

    op.create_table(
        "shifts",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.person_id"], name=op.f("fk_shifts_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["people.person_id"], name=op.f("fk_shifts_recorded_by")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shifts")),
    )
    op.create_index("ix_shifts_end", "shifts", ["end"], unique=False)

    op.create_table(
        "handovers",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("shift", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["people.person_id"], name=op.f("fk_handovers_accepted_by")
        ),
        sa.ForeignKeyConstraint(["shift"], ["shifts.key"], name=op.f("fk_handovers_shift")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_handovers")),
        sa.UniqueConstraint("shift", name=op.f("uq_handovers_shift")),
    )
    op.create_table(
        "shift_removals",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("shift", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["people.person_id"], name=op.f("fk_shift_removals_by")),
        sa.ForeignKeyConstraint(["shift"], ["shifts.key"], name=op.f("fk_shift_removals_shift")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_shift_removals")),
        sa.UniqueConstraint("shift", name=op.f("uq_shift_removals_shift")),
    )
    op.create_table(
        "tellings",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("alert", sa.Integer(), nullable=True),
        sa.Column("lead", sa.Integer(), nullable=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_in", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["alert"], ["alerts.key"], name=op.f("fk_tellings_alert")),
        sa.ForeignKeyConstraint(["lead"], ["help_leads.key"], name=op.f("fk_tellings_lead")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tellings")),
        sa.UniqueConstraint("name", name=op.f("uq_tellings_name")),
    )
    op.create_index("ix_tellings_about", "tellings", ["about"], unique=False)
    op.create_index("ix_tellings_alert", "tellings", ["alert"], unique=False)
    op.create_index("ix_tellings_lead", "tellings", ["lead"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the release log is never migrated down")
