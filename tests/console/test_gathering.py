"""`huiying crawl` as an operator runs it: a process of its own against a real local site."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import wiring
from console.drill.generator import generate
from console.drill.scenario import load_scenario
from console.drill.site import DrillSite, drill_files

ENTRY = "from console.cli import main; main()"


@pytest.fixture
def site() -> Iterator[DrillSite]:
    site = DrillSite(generate().posts)
    site.set_clock(load_scenario().moment(5 * 60))
    yield site
    site.stop()


def crawl(folder: Path) -> tuple[int, dict[str, dict[str, object]]]:
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, "crawl", "--json", "--data", str(folder)],
        cwd=Path(__file__).parent.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, {visit["source"]: visit for visit in json.loads(done.stdout)}


def test_a_crawl_tells_what_is_new_and_what_could_not_be_reached(
    tmp_path: Path, site: DrillSite
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    drill_files(folder, site.start())
    wiring.prepare(folder)

    first, visits = crawl(folder)
    again, later = crawl(folder)
    site.stop()
    dead, gone = crawl(folder)

    assert (first, again, dead) == (0, 0, 1)
    assert all(visit["new"] == visit["found"] != 0 for visit in visits.values())
    assert [visit["new"] for visit in later.values()] == [0, 0, 0]
    assert {visit["outcome"] for visit in gone.values()} == {"unreachable"}
    assert all(visit["reason"] for visit in gone.values())
