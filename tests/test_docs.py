"""What is documented is what there is: commands, settings, states, export columns."""

import re
from pathlib import Path

import pytest
import typer

from console import exporting
from console.cli import app
from core import vocabulary
from core.settings import NoticeSettings, Settings

ROOT = Path(__file__).parent.parent
FORMATS = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    root = typer.main.get_command(app)
    names = []
    for name, command in root.commands.items():
        parts = getattr(command, "commands", None)
        names += [f"{name} {part}" for part in parts] if parts else [name]
    return names


def documented(command: str) -> bool:
    verb, _, part = command.partition(" ")
    rows = re.findall(rf"^\| `huiying {verb}\b([^`]*)`", FORMATS, re.MULTILINE)
    return any(not part or part in re.split(r"[\s\\|]+", row) for row in rows)


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert documented(command)


def test_a_command_that_does_not_exist_is_not_documented() -> None:
    assert not documented("backup")
    assert not documented("log witness")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert name == "notice" or f"`{name}`" in SETTINGS


@pytest.mark.parametrize("name", NoticeSettings.model_fields)
def test_every_notice_setting_is_documented(name: str) -> None:
    assert f"`notice.{name}`" in SETTINGS


@pytest.mark.parametrize(
    "kind",
    [
        vocabulary.IncidentState,
        vocabulary.ClaimStatus,
        vocabulary.QuestionStatus,
        vocabulary.StatementState,
        vocabulary.AlertState,
        vocabulary.Verdict,
        vocabulary.LeafType,
        vocabulary.HelpState,
    ],
)
def test_every_state_is_documented(kind: type[vocabulary.Word]) -> None:
    assert [word for word in kind if f"`{word}`" not in FORMATS] == []


@pytest.mark.parametrize("name", exporting.EXPORTS)
def test_every_export_column_is_documented(name: str) -> None:
    (columns,) = re.findall(rf"^- `{name}`: `([^`]+)`", FORMATS, re.MULTILINE)

    assert tuple(re.split(r",\s+", columns)) == exporting.COLUMNS[name]


def test_every_document_that_is_named_exists() -> None:
    for file in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for name in re.findall(r"\b(?:docs|tests)/[\w/-]+\.(?:md|py|png)", file.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{file.name} names {name}"
