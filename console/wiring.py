"""Where the parts meet: one data folder, its settings, keys and database."""

import logging
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from analysis.shelf import Shelf, load_shelf_of
from core.database import make_engine, sqlite_url
from core.directory import Directory, load_directory
from core.errors import HuiyingError
from core.logs import configure_logs
from core.settings import FILE_NAME, Settings, load_settings
from crawler import privacy, sealed, sealed_contacts
from release import guards, journal

FIRST_SETTINGS = """\
# Settings of this data folder; every name is explained in docs/settings.md.
# A misspelt name stops the start.
office_name = "示例县人民政府新闻办公室"
# Never change the origin of the log once something is published.
log_origin = "office.example/huiying/log1"
"""
FIRST_DIRECTORY = """\
# Official units, telephone numbers and places of the office (docs/directory.md), such as:
#
# [[units]]
# id = "water"
# name = "示例县水利局"
# kind = "water_bureau"
# accounts = ["示例水利"]
#
# [[contacts]]
# name = "防汛值班电话"
# phone = "0000-5550110"
# unit = "water"
#
# [[places]]
# name = "示例水库"
# kind = "reservoir"
"""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a command or request needs, built once."""

    data: Path
    settings: Settings
    engine: Engine
    directory: Directory
    shelf: Shelf
    """Recurring rumours with prepared answers: ours, and the operator's own."""

    @property
    def public(self) -> Path:
        """The folder of the public site: static files rendered from the log."""
        return self.data / "public"

    @property
    def reports(self) -> Path:
        """The folder of the reports."""
        return self.data / "reports"

    def pseudonym_key(self) -> bytes:
        """Return the master key of the pseudonyms, made on first use, outside the database."""
        return privacy.load_or_make_key(self.data / "keys" / "pseudonym.key")

    def signing_key(self) -> Ed25519PrivateKey:
        """Return the log's signing key, made on first use, outside the database."""
        return journal.load_or_make_signing_key(self.data / "keys" / "log.key")

    def vault(self) -> sealed.Vault:
        """Return what seals and opens; its key is made on first use, outside the database."""
        return sealed.Vault(privacy.load_or_make_key(self.data / "keys" / "sealed.key"))

    def veil(self) -> privacy.Veil:
        """Return the door that every post passes before it is kept."""
        vault = self.vault()
        return privacy.Veil(
            self.pseudonym_key(),
            task=self.settings.task,
            directory=self.directory,
            seal=lambda contacts: vault.seal(contacts, sealed_contacts.DOOR),
        )


def installed_version() -> str:
    """Return the version of the installed product."""
    return version("huiying")


def build(data: Path) -> Services:
    """Open the data folder *data*.

    Raises ``HuiyingError`` for a folder that is none, an unknown setting, an unsafe database, a
    database of another version, or missing database guards.
    """
    if not (data / FILE_NAME).exists():
        raise HuiyingError(f"{data}: no data folder ({FILE_NAME} is missing): huiying init {data}")
    services = _open(data)
    if _revision(services.engine) is None:
        migrate(services.engine)
    _check(services.engine)
    return services


def prepare(data: Path) -> Services:
    """Make the data folder *data*, or bring its database to this version, and open it."""
    data.mkdir(parents=True, exist_ok=True)
    for name, text in ((FILE_NAME, FIRST_SETTINGS), ("directory.toml", FIRST_DIRECTORY)):
        if not (data / name).exists():
            (data / name).write_text(text, encoding="utf-8")
    services = _open(data)
    _revision(services.engine)
    migrate(services.engine)
    _check(services.engine)
    return services


def _open(data: Path) -> Services:
    settings = load_settings(data)
    # What a verb did, it says itself; the operators' lines are for what went wrong.
    configure_logs(json=settings.log_json, level=logging.WARNING)
    engine = make_engine(settings.database_url or sqlite_url(data / "huiying.db"))
    directory = load_directory(data / settings.directory_file)
    shelf = load_shelf_of(data)
    return Services(data=data, settings=settings, engine=engine, directory=directory, shelf=shelf)


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema and put every guard in place."""
    with engine.begin() as connection:
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        guards.install(connection)


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("console") / "migrations"))
    return config


def _revision(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        raise HuiyingError(f"database {engine.url.database}: {error.orig}") from error


def _check(engine: Engine) -> None:
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    if (found := _revision(engine)) != newest:
        raise HuiyingError(
            f"database: schema {found}, this version needs {newest}: run 'huiying init'"
        )
    with engine.connect() as connection:
        if lost := guards.missing(connection):
            raise HuiyingError(f"database: guards missing: {', '.join(lost)}: run 'huiying init'")
