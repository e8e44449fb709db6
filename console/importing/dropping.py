"""The watched folder: what is put into ``drop`` is taken in once and moved out of the way.

A file is first moved to a place of its own, where nobody can exchange it, and read there. Nothing
follows a link, and no name that somebody else chose becomes a path outside that place.
"""

import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path, PurePath

from console.importing.records import Imported, Progress, UnmappedError, quiet
from console.importing.storing import remember_defects
from console.importing.taking import SOURCES, Taking, digest_of
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import beijing, utc_now
from core.database import reading
from core.errors import HuiyingError, RefusedError
from crawler import store
from crawler.records import Defect
from crawler.unpacking import shown

DROP, DONE, REFUSED = "drop", "done", "refused"
_TAKING = ".taking"
_OURS = frozenset({DONE, REFUSED, _TAKING})
SETTLED_S = 2.0
"""A file that changed later than this may still be written."""

_OTHERS = re.compile(r"\.[^.]|~\$")
_UNFINISHED = (".part", ".tmp", ".crdownload")
_TAME = re.compile(r"\w[\w .()（）\[\]【】《》“”、，·+-]{0,119}(?<![ .])")
_DEVICE = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods", ".jsonl", ".ndjson", ".json", ".gz", ".html"}
    | {".htm", ".xml", ".zip"}
)


def scan_drop_folder(
    services: Services,
    *,
    progress: Progress = quiet,
    pipeline: Pipeline | None = None,
    wait: bool = True,
) -> list[Imported]:
    """Take in every finished file of the drop folder, once, and return what became of each.

    Files go to ``drop/done`` or, with the reason beside them, to ``drop/refused``, under names of
    our own. One that is still written stays for the next time: its name ends in ``.part``, or it
    changed within two seconds; with *wait* those are waited for once. Names that begin with a dot
    or ``~$`` belong to other programs and stay. Raises ``HuiyingError`` when the folder is a link.
    """
    folder = _Folder(services.data / DROP)
    folder.make()
    taking = Taking(services, progress=progress)
    if pipeline is not None:
        taking.use(pipeline)
    found = folder.names()
    if wait and any(not folder.is_settled(name) for name in found):
        time.sleep(SETTLED_S)
    settled = [name for name in found if folder.is_settled(name)]
    taken = [*folder.left_over(), *(file for name in settled if (file := folder.take(name)))]
    return [_take(services, taking, folder, file) for file in taken]


class _Folder:
    """The drop folder and what stands in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self) -> None:
        """Make the folder and its parts; raise ``HuiyingError`` when one is a link or a file."""
        for folder in (self.root, *(self.root / name for name in sorted(_OURS))):
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise HuiyingError(f"{folder}: 必须是数据目录里的普通文件夹，不能是链接或文件")
            folder.mkdir(mode=0o700, exist_ok=True)

    def names(self) -> list[str]:
        """Return the names of what has been dropped, finished or not, in order."""
        return sorted(
            name
            for name in (entry.name for entry in self.root.iterdir())
            if name not in _OURS
            and not _OTHERS.match(name)
            and not name.lower().endswith(_UNFINISHED)
        )

    def is_settled(self, name: str) -> bool:
        """Return whether nothing has been written for ``SETTLED_S``; what is gone has not."""
        try:
            changed = (self.root / name).lstat().st_ctime
        except FileNotFoundError:
            return False
        return utc_now().timestamp() - changed >= SETTLED_S

    def take(self, name: str) -> Path | None:
        """Move what was dropped to a place of its own; None when it is gone."""
        place = self.root / _TAKING / secrets.token_hex(8)
        place.mkdir(mode=0o700)
        # What is called by tricks keeps its name here, one level deep, until it is judged.
        try:
            (self.root / name).rename(place / name)
        except FileNotFoundError:
            place.rmdir()
            return None
        return place / name

    def left_over(self) -> list[Path]:
        """Return what an interrupted run had taken and not done with."""
        return [
            file for place in sorted((self.root / _TAKING).iterdir()) for file in _within(place)
        ]

    def put(self, file: Path, where: str, now: datetime, digest: str) -> Path:
        """Move *file* to ``done`` or ``refused`` under a name of ours, and return it."""
        suffix = PurePath(file.name).suffix.lower()
        stem = f"{beijing(now):%Y%m%d-%H%M%S}-{digest[:12]}"
        for number in range(1, 1000):
            plain = stem if number == 1 else f"{stem}-{number}"
            target = self.root / where / (plain + (suffix if suffix in _SUFFIXES else ""))
            if not os.path.lexists(target):
                break
        else:
            raise HuiyingError(f"{self.root / where}: 同名文件过多")
        file.rename(target)
        file.parent.rmdir()
        if stat.S_ISREG(target.lstat().st_mode):
            target.chmod(0o600)
        return target

    def remove_link(self, file: Path) -> None:
        """Remove a link; what it points at stays as it is."""
        file.unlink()
        file.parent.rmdir()


def _within(place: Path) -> Iterator[Path]:
    if place.is_dir() and not place.is_symlink():
        files = sorted(place.iterdir())
        if not files:
            place.rmdir()
        yield from files


def _take(services: Services, taking: Taking, folder: _Folder, file: Path) -> Imported:
    now, name = utc_now(), shown(file.name)
    if reason := _why_not(file):
        return _refuse(services, folder, file, Imported(file=name, refused=(reason,)), now)
    with file.open("rb") as raw:
        digest = digest_of(raw)
    with reading(services.engine) as session:
        before = store.import_of(session, digest)
    if before is not None:
        done = Imported(file=name, source=before.source, kind=before.kind, earlier=before.at)
        return _done(folder, file, done, now, digest)
    try:
        done = taking.take_file(file)
    except RefusedError as error:
        refused = Imported(file=name, refused=error.reasons)
        return _refuse(services, folder, file, refused, now, digest=digest, told=True)
    except UnmappedError as error:
        refused = Imported(file=name, refused=(str(error),))
        return _refuse(services, folder, file, refused, now, digest=digest, told=True)
    if done.defects and not done.posts:
        rows = (f"{place}: {why}" for place, why in done.broken)
        members = (why for member in done.members for why in member.refused)
        whole = f"没有一条能读入（{done.defects} 处）"
        refused = replace(done, refused=(whole, *rows, *members))
        return _refuse(services, folder, file, refused, now, digest=digest, told=True)
    return _done(folder, file, done, now, digest)


def _why_not(file: Path) -> str | None:
    """Return why something that was dropped is not even opened, or None."""
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "是链接，已移除；所指的文件没有读，也没有动"
    if stat.S_ISDIR(mode):
        return "是文件夹；请放入单个文件或 zip"
    if not stat.S_ISREG(mode):
        return "不是普通文件"
    if not _TAME.fullmatch(file.name) or _DEVICE.fullmatch(file.name) or ".." in file.name:
        return "文件名含特殊字符；请改为文字、数字和常用标点，至多 120 个字"
    return None


def _done(folder: _Folder, file: Path, done: Imported, now: datetime, digest: str) -> Imported:
    moved = folder.put(file, DONE, now, digest)
    return replace(done, moved_to=f"{DROP}/{DONE}/{moved.name}")


def _refuse(
    services: Services,
    folder: _Folder,
    file: Path,
    refused: Imported,
    now: datetime,
    *,
    digest: str = "",
    told: bool = False,
) -> Imported:
    """Move what is refused aside and write the reason beside it; *told*: it is stored already."""
    if not told:
        defects = [Defect(SOURCES["posts"], refused.file, why, now) for why in refused.refused]
        remember_defects(services, defects)
    mark = digest or secrets.token_hex(6)
    reason = f"{refused.file}\n" + "".join(f"{why}\n" for why in refused.refused)
    if file.is_symlink():
        folder.remove_link(file)
        moved = folder.root / REFUSED / f"{beijing(now):%Y%m%d-%H%M%S}-{mark[:12]}"
    else:
        moved = folder.put(file, REFUSED, now, mark)
    note = moved.with_name(f"{moved.name}.reason.txt")
    descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(reason)
    return replace(refused, moved_to=f"{DROP}/{REFUSED}/{moved.name}")
