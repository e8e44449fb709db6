"""Files that are whole or not there: what a reader finds is never half of a text."""

import os
from collections.abc import Mapping
from pathlib import Path

from core.errors import HuiyingError


def write_whole(contents: Mapping[Path, bytes]) -> None:
    """Put each content into its file; not one earlier file is touched before all are on the disk.

    Makes the folders. Raises ``HuiyingError`` that names the file at which it failed, as when the
    disk is full; then every earlier file stays as it was.
    """
    drafts = {file: file.with_name(f".{file.name}.part") for file in contents}
    current = Path()
    try:
        try:
            for current, content in contents.items():
                _write(drafts[current], content)
            for current, draft in drafts.items():
                draft.replace(current)
        finally:
            for draft in drafts.values():
                draft.unlink(missing_ok=True)
        for folder in {file.parent for file in contents}:
            _sync(folder)
    except OSError as error:
        kept = "，原有的文件没有改动" if current.exists() else ""
        raise HuiyingError(f"{current}: 没有写成（{error.strerror}）{kept}") from error


def _write(draft: Path, content: bytes) -> None:
    draft.parent.mkdir(parents=True, exist_ok=True)
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
