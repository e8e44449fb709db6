"""No floor falls and no gold changes unseen."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis import floors
from analysis.evaluate import Measure
from core.errors import RefusedError

FLOORS = Path(__file__).parent / "floors.json"
FIRST = Measure(name="auroc", value=0.95, floor=None, n=100, digest="d" * 64, noise=0.01)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "floors.json"
    floors.rewrite(written, [FIRST])
    return written


def floor(file: Path, name: str = "auroc") -> float:
    return float(json.loads(file.read_text(encoding="utf-8"))[name]["floor"])


def set_by_hand(file: Path, **changes: object) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    content["auroc"] |= changes
    file.write_text(json.dumps(content), encoding="utf-8")


def test_every_committed_floor_is_explained_by_its_log() -> None:
    assert floors.faults(FLOORS) == []


def test_a_first_floor_needs_no_reason(file: Path) -> None:
    assert floor(file) == pytest.approx(0.93)
    assert floors.faults(file) == []


def test_a_figure_that_holds_changes_nothing(file: Path) -> None:
    before = file.read_bytes()

    assert floors.rewrite(file, [replace(FIRST, value=0.94)]) == []
    assert file.read_bytes() == before


def test_a_better_figure_raises_its_floor(file: Path) -> None:
    floors.rewrite(file, [replace(FIRST, value=0.97)])

    assert floor(file) == pytest.approx(0.95)
    assert floors.faults(file) == []


@pytest.mark.parametrize(
    "measures",
    [[replace(FIRST, value=0.92)], [replace(FIRST, digest="e" * 64)], []],
    ids=["fallen", "other data", "not measured"],
)
def test_a_floor_is_not_lowered_or_measured_on_other_data_without_a_reason(
    measures: list[Measure], file: Path
) -> None:
    before = file.read_bytes(), floors.log_of(file).read_bytes()

    with pytest.raises(RefusedError, match="auroc"):
        floors.rewrite(file, measures, "  ")

    assert (file.read_bytes(), floors.log_of(file).read_bytes()) == before


def test_the_reason_is_kept(file: Path) -> None:
    floors.rewrite(file, [replace(FIRST, value=0.92)], "emoji posts are damped now")

    assert floor(file) == pytest.approx(0.90)
    assert "emoji posts are damped now" in floors.log_of(file).read_text(encoding="utf-8")
    assert floors.faults(file) == []


def test_a_dropped_figure_leaves_its_reason(file: Path) -> None:
    floors.rewrite(file, [replace(FIRST, name="other")], "replaced by other")

    assert set(json.loads(file.read_text(encoding="utf-8"))) == {"other"}
    assert floors.faults(file) == []


@pytest.mark.parametrize("changes", [{"floor": 0.5}, {"floor": 0.99}, {"digest": "e" * 64}])
def test_a_floor_changed_by_hand_is_a_fault(changes: dict[str, object], file: Path) -> None:
    set_by_hand(file, **changes)

    assert len(floors.faults(file)) == 1


@pytest.mark.parametrize("reason", ["", " "])
def test_a_log_that_lowers_without_a_reason_is_a_fault(reason: str, file: Path) -> None:
    set_by_hand(file, floor=0.5)
    log = json.loads(floors.log_of(file).read_text(encoding="utf-8"))
    log["auroc"].append({"floor": 0.5, "digest": "d" * 64, "reason": reason})
    floors.log_of(file).write_text(json.dumps(log), encoding="utf-8")

    assert floors.faults(file) == ["auroc: 0.93 became 0.5 without a reason"]


def test_a_figure_without_noise_gets_one_miss(tmp_path: Path) -> None:
    file = tmp_path / "floors.json"
    floors.rewrite(file, [replace(FIRST, value=1.0, noise=0.0)])

    assert floor(file) == pytest.approx(0.99)
