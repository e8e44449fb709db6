from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from core.clock import parse_moment
from core.database import Base, make_engine, reading, sqlite_url, transaction
from core.errors import HuiyingError
from crawler.tables import DefectRow

NOON = parse_moment("2031-06-17T12:00:00+08:00")


def defect(reason: str) -> DefectRow:
    return DefectRow(source="a", location="1", reason=reason, seen_at=NOON)


@pytest.fixture
def file_engine(tmp_path: Path):
    engine = make_engine(sqlite_url(tmp_path / "x.db"))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
    yield engine
    engine.dispose()


def test_every_connection_is_crash_safe(file_engine) -> None:
    with file_engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_an_error_rolls_the_whole_act_back(file_engine) -> None:
    def act() -> None:
        with transaction(file_engine) as session:
            session.add(defect("gone"))
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        act()

    with reading(file_engine) as session:
        assert session.scalars(select(DefectRow)).all() == []


def test_a_reader_does_not_hold_up_a_writer(file_engine) -> None:
    with reading(file_engine) as reader:
        assert reader.scalars(select(DefectRow)).all() == []
        with transaction(file_engine) as writer:
            writer.add(defect("kept"))

        assert reader.scalars(select(DefectRow)).all() == []
    with reading(file_engine) as later:
        assert len(later.scalars(select(DefectRow)).all()) == 1


def test_moments_come_back_aware_and_in_utc(session: Session) -> None:
    session.add(defect("moment"))
    session.flush()
    session.expire_all()

    (row,) = session.scalars(select(DefectRow))

    assert row.seen_at == NOON
    assert row.seen_at.utcoffset() is not None


def test_a_naive_moment_is_refused(session: Session) -> None:
    session.add(DefectRow(source="a", location="1", reason="r", seen_at=datetime(2031, 6, 17)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="naive"):
        session.flush()
    session.rollback()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(HuiyingError, match="postgresql"):
        make_engine("postgresql://localhost/x")


def test_an_error_tells_nothing_of_what_was_to_be_stored(session: Session) -> None:
    session.add(DefectRow(source="a", location="1", reason="绝密内容", seen_at=NOON))
    session.flush()
    session.add(DefectRow(source="a", location="1", reason="绝密内容", seen_at=NOON))

    with pytest.raises(IntegrityError) as caught:
        session.flush()
    session.rollback()

    assert "绝密内容" not in str(caught.value)
