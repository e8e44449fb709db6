"""`huiying models label` and `calibrate`, on a folder with the first hours of the story."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console import wiring
from console.cli import app
from console.wiring import Services
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import Role
from release import store as release_store
from release.records import Person

RUN = CliRunner()


@pytest.fixture
def folder(played: Services, tmp_path: Path) -> Path:
    copy = tmp_path / "d"
    shutil.copytree(played.data, copy)
    services = wiring.build(copy)
    with transaction(services.engine) as session:
        for person_id, role in (("mo", Role.MONITOR), ("si", Role.SIGNER)):
            release_store.save_person(
                session,
                Person(person_id=person_id, name=person_id, roles=frozenset({role}), unit=None),
            )
    services.engine.dispose()
    return copy


def label(folder: Path, answers: str, *more: str, by: str = "mo"):
    args = ["models", "label", "--as", by, "--data", str(folder), *more]
    return RUN.invoke(app, args, input=answers)


def calibrated(folder: Path) -> dict[str, object]:
    done = RUN.invoke(app, ["models", "calibrate", "--json", "--data", str(folder)])
    return dict(json.loads(done.stdout))


def test_answers_are_kept_one_by_one_and_an_end_loses_none(folder: Path) -> None:
    done = label(folder, "y\nn\nwhat\ns\nq\n", "--n", "10")

    assert done.exit_code == 0
    assert "记下 2 条标注" in done.stdout
    assert calibrated(folder) == {"labels": 2, "worth": 1, "calibrated": False}


def test_a_labelled_post_is_not_shown_again_and_nobody_is_named(folder: Path) -> None:
    first = label(folder, "y\n" * 20, "--n", "20").stdout
    second = label(folder, "n\n" * 20, "--n", "20").stdout

    def shown(said: str) -> set[str]:
        return {line.split("] ", 1)[1] for line in said.splitlines() if line.startswith("[")}

    assert len(shown(first)) == 20
    assert not shown(first) & shown(second)
    assert "user_" not in first + second


def test_fifty_labels_of_both_kinds_turn_the_order_into_chances_on_the_page(folder: Path) -> None:
    before = RUN.invoke(app, ["models", "calibrate", "--data", str(folder)]).stdout
    label(folder, "y\n" * 30 + "n\n" * 30, "--n", "60")

    told = calibrated(folder)
    services = wiring.build(folder)
    from fastapi.testclient import TestClient

    from console.app import create_app

    page = TestClient(create_app(services), base_url="http://127.0.0.1").get("/claims/1").text
    services.engine.dispose()

    assert "只表示先后" in before
    assert told["calibrated"] is True
    assert float(str(told["error"])) < 0.5
    assert "值得核实（60 条标注" in page


def test_who_may_not_label_is_refused_and_nothing_is_shown(folder: Path) -> None:
    done = label(folder, "y\n", by="si")

    assert done.exit_code != 0
    assert "[1/" not in done.stdout
    with reading(wiring.build(folder).engine) as session:
        from analysis import labels

        assert labels.count_labels(session) == (0, 0)


def test_a_model_s_card_is_printed_and_an_unknown_one_named() -> None:
    done = RUN.invoke(app, ["models", "card", "checkworthy"])
    unknown = RUN.invoke(app, ["models", "card", "oracle"])

    assert "## Not to be used for" in done.output
    assert isinstance(unknown.exception, HuiyingError)
    assert "checkworthy" in str(unknown.exception)
