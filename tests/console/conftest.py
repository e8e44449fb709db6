"""A data folder with the first ten hours of the drill replayed, shared by the tests that read."""

import json
from pathlib import Path

import pytest

from console import replaying, wiring
from console.drill.generator import generate
from console.drill.scenario import load_scenario
from console.drill.site import drill_files
from console.wiring import Services
from core.clock import parse_moment

HOURS = 10


def write_hours(file: Path, hours: int) -> int:
    """Write the posts of the first *hours* of the reference story; return how many."""
    end = load_scenario().moment(hours * 60)
    lines = [
        json.dumps(post, ensure_ascii=False) + "\n"
        for post in generate().posts
        if parse_moment(post["published_at"]) < end
    ]
    file.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def quiet(_done: int, _total: int) -> None:
    """Show no progress."""


def replayed_folder(folder: Path) -> Services:
    """Return a folder into which the first hours of the story were replayed."""
    folder.mkdir(parents=True)
    drill_files(folder, "http://127.0.0.1:9")
    services = wiring.prepare(folder)
    posts = folder.parent / f"{folder.name}.jsonl"
    write_hours(posts, HOURS)
    replaying.replay_file(
        services,
        posts,
        step="5m",
        incident=folder / "incident.toml",
        source="replay",
        progress=quiet,
    )
    return services


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The shared folder; tests must only read it."""
    return replayed_folder(tmp_path_factory.mktemp("played") / "d")
