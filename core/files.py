"""Files that are whole or not there: what a reader finds is never half of a text."""

import os
from pathlib import Path

from core.errors import HuiyingError


def write_whole(file: Path, content: bytes) -> None:
    """Put *content* into *file* in one step; an earlier file stays as it was if that fails.

    Makes the folder. Raises ``HuiyingError`` that names *file* when the disk is full, the folder
    cannot be written or anything else stops it.
    """
    draft = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(draft, content)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        _sync(file.parent)
    except OSError as error:
        kept = "，原有的文件没有改动" if file.exists() else ""
        raise HuiyingError(f"{file}: 没有写成（{error.strerror}）{kept}") from error


def _write(draft: Path, content: bytes) -> None:
    with draft.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
