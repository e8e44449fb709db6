"""The public folder on disk: written file by file without tearing, never backwards."""

import os
from collections.abc import Mapping
from pathlib import Path

from release import note, tlog
from release.outlets import DeliveryError

CHECKPOINT = "log/checkpoint"
ENTRIES = "log/entries/"
_DRAFT = ".draft-"
_FOLDERS = frozenset({"s", "log"})
_TOP = frozenset({"index.html", "log.html", "style.css", "feed.xml"})


def write_site(files: Mapping[str, bytes], folder: Path) -> int:
    """Make *folder* hold *files* and return how many were written anew.

    Each file is written aside, synced and renamed, the checkpoint last. Files under our names
    that no longer belong are removed; others, such as a robots.txt, are the operator's and stay.
    Raises ``DeliveryError`` when the folder holds another log, a longer one
    (our database is then older than what was published), or files that are not ours.
    """
    _check_goes_forward(files, folder)
    written = 0
    for name in sorted(files, key=lambda name: (name == CHECKPOINT, name)):
        written += _write(folder / name, files[name])
    _remove_strays(files, folder)
    return written


def names_in(folder: Path) -> list[str]:
    """Return the files below *folder*, relative, with ``/``, in order."""
    found = (path for path in folder.rglob("*") if not path.is_dir() or path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def is_ours(name: str) -> bool:
    """Return whether the file *name* is one that a rendering of the site could have made."""
    first, _, rest = name.partition("/")
    return first in _FOLDERS if rest else name.removeprefix(_DRAFT) in _TOP


def lines_of(files: Mapping[str, bytes]) -> list[bytes]:
    """Return the entries' bytes in the bundles of *files*, in the order of the bundles.

    Raises ``ValueError`` when a bundle does not end with a line end.
    """
    lines: list[bytes] = []
    for name in sorted(name for name in files if name.startswith(ENTRIES)):
        bundle = files[name]
        if not bundle.endswith(b"\n"):
            raise ValueError(f"{name} does not end with a line end")
        lines += bundle[:-1].split(b"\n")
    return lines


def _check_goes_forward(files: Mapping[str, bytes], folder: Path) -> None:
    published = folder / CHECKPOINT
    if not published.exists():
        if strange := [n for n in names_in(folder) if n not in files and _DRAFT not in n]:
            raise DeliveryError(f"{folder}: holds files that are not ours, such as {strange[0]}")
        return
    text = published.read_text(encoding="utf-8", errors="replace")
    origin = files[CHECKPOINT].decode().split("\n", 1)[0]
    try:
        size, root = note.parse_checkpoint(text.rpartition("\n\n")[0] + "\n", origin)
    except note.NoteError as error:
        raise DeliveryError(f"{published}: not a checkpoint of this log ({error})") from error
    tree = tlog.Tree(map(tlog.leaf_hash, lines_of(files)))
    if size > len(tree):
        raise DeliveryError(
            f"{published}: {size} entries are published, but our log has {len(tree)}; "
            "an older database was restored"
        )
    if tree.root(size) != root:
        raise DeliveryError(f"{published}: the published log is not the beginning of ours")


def _write(path: Path, content: bytes) -> bool:
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{_DRAFT}{path.name}")
    with draft.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_strays(files: Mapping[str, bytes], folder: Path) -> None:
    for name in names_in(folder):
        if name not in files and is_ours(name):
            (folder / name).unlink()
