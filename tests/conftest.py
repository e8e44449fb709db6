"""What every test may use: a real database, empty, with every table and guard."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

import analysis.tables
import console.tables
import core.job_runs
import crawler.tables
import release.tables
from core.database import Base, make_engine, transaction
from release import guards

STAGES = (core.job_runs, crawler.tables, analysis.tables, release.tables, console.tables)
"""Imported so that the metadata knows every table."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An in-memory SQLite database with all tables and guards."""
    engine = make_engine("sqlite://")
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        guards.install(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One writing transaction on the empty database."""
    with transaction(engine) as session:
        yield session
