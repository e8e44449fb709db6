import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console import acts, wiring
from console.cli import app
from console.wiring import Services
from core.errors import HuiyingError

AT = "2031-06-17T23:00+08:00"
INCIDENT = ["--incident", "rain-2031"]


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["report", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_each_brief_is_written_in_the_form_that_was_asked_for(
    played: Services, tmp_path: Path
) -> None:
    where = ["--data", str(played.data), "--out", str(tmp_path), "--format", "csv"]

    run("flash", *INCIDENT, *where, "--at", AT)
    run("indepth", *INCIDENT, *where, "--at", AT)
    run("weekly", *where, "--date", "2031-06-17")

    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "flash-rain-2031-20310617-2300.csv",
        "indepth-rain-2031-20310617-2300.csv",
        "weekly-2031-06-17.csv",
    ]


@pytest.mark.parametrize("given", [["html,csv"], ["html", "--format", "csv, html"]])
def test_every_report_takes_the_same_list_of_forms(
    played: Services, tmp_path: Path, given: list[str]
) -> None:
    shutil.copytree(played.data, tmp_path / "d")
    where = ["--data", str(tmp_path / "d"), "--format", *given]

    said = [
        run("flash", *INCIDENT, *where, "--at", AT),
        run("indepth", *INCIDENT, *where, "--at", AT),
        run("weekly", *where, "--date", "2031-06-17"),
        run("nightly", *where, "--date", "2031-06-17"),
        run("upward", "draft", *INCIDENT, *where, "--at", AT),
    ]

    for output in said:
        files = [line for line in output.splitlines() if line.startswith("/")]
        assert [Path(file).suffix for file in files] == [".html", ".csv"]


@pytest.mark.parametrize("report", ["flash", "indepth", "weekly", "nightly"])
def test_a_form_that_is_none_is_named(played: Services, report: str) -> None:
    about = ["--date", "2031-06-17"] if report in {"weekly", "nightly"} else INCIDENT

    with pytest.raises(HuiyingError, match="--format: expected some of html,docx,csv, got"):
        run(report, *about, "--data", str(played.data), "--format", "html,pdf")


def test_a_draft_is_written_and_its_sending_recorded(played: Services, tmp_path: Path) -> None:
    shutil.copytree(played.data, tmp_path / "d")
    services = wiring.build(tmp_path / "d")
    acts.register(services, person_id="duty", name="值班", roles=["duty_leader"], unit=None)
    where = ["--data", str(services.data)]
    known = ["--known", "2031-06-17T19:20+08:00"]

    said = run("upward", "draft", *INCIDENT, *where, *known, "--at", AT, "--format", "docx")
    sent = run("upward", "sent", *INCIDENT, *where, "--as", "duty", "--at", AT)

    assert "upward-1-rain-2031-20310617-2300.docx" in said
    assert "草稿，未报送" in said
    assert "第1报（初报）已记录报送" in sent


@pytest.mark.parametrize("moment", ["yesterday", "2031-06-17T23:00"])
def test_what_is_no_moment_is_named(played: Services, moment: str) -> None:
    with pytest.raises(HuiyingError, match="--at"):
        run("flash", *INCIDENT, "--data", str(played.data), "--at", moment)
