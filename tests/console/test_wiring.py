from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from console import wiring
from core.database import Base
from core.errors import HuiyingError
from release import guards


def test_a_new_folder_is_made_whole(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")

    assert (services.data / "huiying.toml").exists()
    with services.engine.connect() as connection:
        assert guards.missing(connection) == []
    assert guards.wanted()


def test_the_migrations_make_what_the_models_say(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")

    with services.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)

    assert differences == []


def test_the_migrations_give_no_guarded_table_a_hidden_row_number(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    guarded = {
        name.removeprefix("guard_").removesuffix("_replace")
        for name in guards.wanted()
        if name.endswith("_replace")
    }

    with services.engine.connect() as connection:
        listed = connection.execute(text("SELECT name, wr FROM pragma_table_list")).all()
        keys = {
            name: connection.execute(
                text("SELECT type FROM pragma_table_info(:name) WHERE pk"), {"name": name}
            )
            .scalars()
            .all()
            for name in guarded
        }

    without_number = {name for name, wr in listed if wr}
    assert len(guarded) > 10
    assert {name for name in guarded if keys[name] != ["INTEGER"]} == guarded & without_number


def test_a_lost_guard_stops_the_start(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    name = min(guards.wanted())
    with services.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}"))

    with pytest.raises(HuiyingError, match=name):
        wiring.build(tmp_path / "d")


def test_init_puts_a_lost_guard_back(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    name = min(guards.wanted())
    with services.engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {name}"))

    wiring.prepare(tmp_path / "d")

    with wiring.build(tmp_path / "d").engine.connect() as connection:
        found = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}
        ).scalar_one()
    assert found == guards.wanted()[name]


def test_a_database_of_another_version_stops_the_start(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    with services.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(HuiyingError, match="9999"):
        wiring.build(tmp_path / "d")


def test_keys_stand_outside_the_database_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")

    key = services.pseudonym_key()
    services.signing_key()

    assert key not in (services.data / "huiying.db").read_bytes()
    for file in (services.data / "keys").iterdir():
        assert file.stat().st_mode & 0o077 == 0
