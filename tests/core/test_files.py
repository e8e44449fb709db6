import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import HuiyingError
from core.files import write_whole

ROOT = Path(__file__).parents[2]
LIMIT = 20_000
"""Bytes that a process of these tests may write into one file."""
WRITING = """
import sys
from pathlib import Path
from core.errors import HuiyingError
from core.files import write_whole
folder, size = Path(sys.argv[1]), int(sys.argv[2])
try:
    write_whole({folder / "a.html": b"n" * 10, folder / "b.docx": b"n" * size})
except HuiyingError as error:
    sys.exit(f"refused {error}")
"""


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def write(folder: Path, size: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own interpreter and text
        [sys.executable, "-c", WRITING, str(folder), str(size)],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=ROOT,
        preexec_fn=limit,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mounting, check=False, capture_output=True).returncode:  # noqa: S603
        pytest.skip("only a superuser may mount a small disk; the limit on files is tested above")
    yield folder
    subprocess.run(["/bin/umount", str(folder)], check=True)  # noqa: S603


def old_reports(folder: Path) -> None:
    (folder / "a.html").write_bytes(b"old page")
    (folder / "b.docx").write_bytes(b"old word")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_files_are_replaced_and_leave_nothing_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"

    write_whole({folder / "a": b"1", folder / "b": b"2"})
    write_whole({folder / "a": b"3"})

    assert contents(folder) == {"a": b"3", "b": b"2"}


def test_a_write_that_is_cut_off_leaves_every_old_report_whole(tmp_path: Path) -> None:
    old_reports(tmp_path)

    told = write(tmp_path, LIMIT + 1)

    assert told.returncode == 1
    assert f"refused {tmp_path / 'b.docx'}: 没有写成" in told.stderr
    assert "原有的文件没有改动" in told.stderr
    assert contents(tmp_path) == {"a.html": b"old page", "b.docx": b"old word"}


def test_a_write_within_the_limit_succeeds(tmp_path: Path) -> None:
    old_reports(tmp_path)

    assert write(tmp_path, LIMIT).returncode == 0
    assert contents(tmp_path) == {"a.html": b"n" * 10, "b.docx": b"n" * LIMIT}


def test_a_disk_that_fills_leaves_every_old_report_whole(small_disk: Path) -> None:
    old_reports(small_disk)

    with pytest.raises(HuiyingError, match=r"b\.docx: 没有写成（No space left on device）"):
        write_whole({small_disk / "a.html": b"n", small_disk / "b.docx": b"n" * 100_000})

    assert contents(small_disk) == {"a.html": b"old page", "b.docx": b"old word"}
    write_whole({small_disk / "b.docx": b"n" * 10_000})
    assert len(contents(small_disk)["b.docx"]) == 10_000


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(HuiyingError, match=r"file/a: 没有写成"):
        write_whole({tmp_path / "file" / "a": b"1"})
