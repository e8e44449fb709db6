"""A copy of the database that can be opened: made by SQLite itself, checked, renamed into place.

``cp`` of a database in use gives a torn file. Sealed pages and contacts are left out: they were
promised to be gone after hours, and a backup is kept for days. Keys are never copied.
"""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from console.wiring import Services
from core.clock import beijing
from core.errors import HuiyingError

FOLDER = "backups"
_NAME = "huiying-*.db"
_DRAFT = ".part"


def make(services: Services, due: datetime, hold: Callable[[], None]) -> Path:
    """Make the backup of the moment *due* and return its file; the newest few are kept.

    *hold* is called before the file becomes final and may refuse it by raising. Raises
    ``HuiyingError`` when the copy is damaged; then the earlier backups stay as they are.
    """
    folder = services.data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"huiying-{beijing(due):%Y%m%d-%H%M%S}.db"
    draft = file.with_name(f"{file.name}.{os.getpid()}{_DRAFT}")
    try:
        _copy(_database_of(services), draft)
        _check(draft)
        _sync(draft)
        hold()
        draft.replace(file)
        _sync(folder)
    finally:
        draft.unlink(missing_ok=True)
    _remove_old(folder, file, services.settings.backups_kept)
    return file


def backups(services: Services) -> list[Path]:
    """Return the backups, newest first."""
    return sorted((services.data / FOLDER).glob(_NAME), reverse=True)


def _database_of(services: Services) -> Path:
    if not (name := services.engine.url.database):
        raise HuiyingError("database_url: a database in memory cannot be backed up")
    return Path(name)


def _copy(database: Path, draft: Path) -> None:
    draft.touch(mode=0o600)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(draft)) as copy:
        # In one step: a copy in several begins anew whenever somebody writes in between.
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        copy.execute("PRAGMA foreign_keys=ON")
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute("DELETE FROM sealed")
        copy.commit()
        copy.execute("VACUUM")


def _check(draft: Path) -> None:
    with closing(sqlite3.connect(draft)) as copy:
        found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise HuiyingError(f"{draft.name}: the copy is damaged: {found[0]}")
        if copy.execute("PRAGMA foreign_key_check").fetchone():
            raise HuiyingError(f"{draft.name}: the copy is damaged: a row points nowhere")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_old(folder: Path, made: Path, kept: int) -> None:
    """Keep *made* and the newest others by name, *kept* in all, and no draft of a dead process."""
    others = sorted((f for f in folder.glob(_NAME) if f != made), reverse=True)
    for old in (*others[kept - 1 :], *folder.glob(f"*{_DRAFT}")):
        old.unlink(missing_ok=True)
