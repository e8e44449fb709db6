"""Alembic's entry: runs on the connection that ``console.wiring`` hands over."""

from alembic import context

import analysis.tables
import console.tables
import core.job_runs
import crawler.tables
import release.tables  # noqa: F401
from core.database import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
