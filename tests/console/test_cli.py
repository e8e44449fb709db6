import json
import subprocess
import sys
from pathlib import Path

import pytest

ENTRY = "from console.cli import main; main()"


def huiying(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(__file__).parent.parent.parent), "PATH": "/usr/bin:/bin"},
    )


def test_outside_a_data_folder_a_verb_says_what_to_do(tmp_path: Path) -> None:
    done = huiying("export", "claims", cwd=tmp_path)

    assert done.returncode == 2
    assert "huiying init" in done.stderr


def test_an_unknown_setting_stops_every_verb(tmp_path: Path) -> None:
    (tmp_path / "huiying.toml").write_text("ofice_name = 'x'\n", encoding="utf-8")

    done = huiying("export", "claims", cwd=tmp_path)

    assert done.returncode == 2
    assert "ofice_name" in done.stderr


def test_a_refusal_is_told_with_every_reason(tmp_path: Path) -> None:
    assert huiying("init", tmp_path / "d", cwd=tmp_path).returncode == 0

    done = huiying(
        "user", "add", "li", "--name", "李", "--role", "drafter", "--role", "signer",
        "--data", tmp_path / "d", cwd=tmp_path,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.startswith("拒绝：")


def test_an_incident_is_opened_by_a_duty_leader_and_by_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    assert huiying("init", folder, cwd=tmp_path).returncode == 0
    for person, role in (("duty", "duty_leader"), ("li", "drafter")):
        done = huiying(
            "user", "add", person, "--name", person, "--role", role, "--data", folder, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr

    refused = huiying("incident", "open", "停电", "--as", "li", "--data", folder, cwd=tmp_path)
    opened = huiying("incident", "open", "停电", "--as", "duty", "--data", folder, cwd=tmp_path)
    listed = huiying("incident", "list", "--json", "--data", folder, cwd=tmp_path)

    assert (refused.returncode, opened.returncode) == (1, 0)
    (incident,) = json.loads(listed.stdout)
    assert incident["incident_id"] == opened.stdout.strip()
    assert [move["by"] for move in incident["moves"]] == ["duty"]


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_what_is_no_log_cannot_be_checked(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()

    assert huiying("log", "verify", folder, cwd=tmp_path).returncode == 2


def test_wrong_usage_is_2(tmp_path: Path) -> None:
    assert huiying("export", cwd=tmp_path).returncode == 2
    assert huiying("fly", cwd=tmp_path).returncode == 2


def test_a_mistyped_data_folder_is_not_made_up(tmp_path: Path) -> None:
    done = huiying("export", "claims", "--data", "nosuch", cwd=tmp_path)

    assert done.returncode == 2
    assert "nosuch" in done.stderr
    assert not (tmp_path / "nosuch").exists()


@pytest.mark.parametrize("name", ["claims", "posts"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    assert huiying("init", "d", cwd=tmp_path).returncode == 0

    done = huiying("export", name, "--data", "d", "--out", "gone/x.csv", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "gone/x.csv" in done.stderr


def test_what_is_no_database_is_said_in_one_line(tmp_path: Path) -> None:
    assert huiying("init", "d", cwd=tmp_path).returncode == 0
    (tmp_path / "d" / "huiying.db").write_bytes(b"junk" * 2000)

    done = huiying("analyse", "--data", "d", cwd=tmp_path)

    assert done.returncode == 2
    assert "not a database" in done.stderr
    assert "Traceback" not in done.stderr


def test_lines_that_were_not_taken_in_are_told_with_their_reason(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text("not json\n{}\n", encoding="utf-8")

    done = huiying("replay", "broken.jsonl", "--data", "d", cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr.count("- ") == 2
    assert "Traceback" not in done.stderr
