"""Half a story in one process and half in another give what one long run gives."""

import json
from pathlib import Path

import pytest

from console import exporting, replaying, wiring
from console.drill.generator import generate
from console.drill.scenario import load_scenario
from console.drill.site import drill_files
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import parse_moment
from core.database import reading, transaction

CUT_MINUTES = 9 * 60 + 20
END_MINUTES = 12 * 60


def lines(start: int, end: int) -> list[str]:
    scenario = load_scenario()
    return [
        json.dumps(post, ensure_ascii=False) + "\n"
        for post in generate().posts
        if scenario.moment(start) <= parse_moment(post["published_at"]) < scenario.moment(end)
    ]


def play(folder: Path, *parts: list[str]) -> Services:
    folder.mkdir(parents=True)
    drill_files(folder, "http://127.0.0.1:9")
    services = wiring.prepare(folder)
    for number, part in enumerate(parts):
        file = folder.parent / f"part{number}.jsonl"
        file.write_text("".join(part), encoding="utf-8")
        # Each replay begins with an empty memory, as a new process does.
        replaying.replay_file(
            wiring.build(folder),
            file,
            step="5m",
            incident=folder / "incident.toml",
            source="x",
            progress=lambda _done, _total: None,
        )
    return services


def exports(services: Services) -> dict[str, list[exporting.Row]]:
    with reading(services.engine) as session:
        return {name: list(exporting.rows(session, name, None)) for name in exporting.EXPORTS}


@pytest.mark.slow
def test_a_second_process_goes_on_as_one_long_run_would(tmp_path: Path) -> None:
    first, second = lines(0, CUT_MINUTES), lines(CUT_MINUTES, END_MINUTES)

    whole = exports(play(tmp_path / "whole" / "d", first + second))
    halves = exports(play(tmp_path / "halves" / "d", first, second))

    assert len(whole["posts"]) > 1_000
    assert any(a["kind"] == "hazard" for a in whole["alerts"])
    for name in ("posts", "claims", "questions", "alerts"):
        assert halves[name] == whole[name], name


def test_a_rolled_back_round_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text("".join(lines(8 * 60 + 35, 9 * 60)), encoding="utf-8")
    services = wiring.prepare(tmp_path / "d")
    pipeline = Pipeline(services)
    now = load_scenario().moment(9 * 60)
    parsed, _ = replaying.read_in_order(file, "x")
    posts, _ = pipeline.veil(parsed, seen_at=now)

    def act(*, fail: bool) -> int:
        with transaction(services.engine) as session:
            pipeline.keep(session, posts)
            alerts = pipeline.round(session, now).alerts
            if fail:
                raise LookupError
        return len(alerts)

    with pytest.raises(LookupError):
        act(fail=True)
    raised = act(fail=False)

    rows = exports(services)
    assert raised > 0
    assert len(rows["posts"]) == len(posts)
    assert all(row["needs_check"] is not None for row in rows["posts"])
    assert len(rows["alerts"]) == raised


def written_by(folder: Path, writers: int) -> dict[str, list[exporting.Row]]:
    """Play an hour in batches of ten, each by the next of several pipelines on one folder."""
    folder.mkdir()
    services = wiring.prepare(folder / "d")
    pipelines = [Pipeline(services) for _ in range(writers)]
    file = folder / "posts.jsonl"
    file.write_text("".join(lines(8 * 60 + 35, 9 * 60 + 30)), encoding="utf-8")
    parsed, _ = replaying.read_in_order(file, "x")
    now = load_scenario().moment(9 * 60 + 30)
    for number, start in enumerate(range(0, len(parsed), 10)):
        pipeline = pipelines[number % writers]
        posts, _ = pipeline.veil(parsed[start : start + 10], seen_at=now)
        with transaction(services.engine) as session:
            pipeline.keep(session, posts)
            pipeline.round(session, now)
    return exports(services)


def test_two_writers_on_one_folder_give_what_one_gives(tmp_path: Path) -> None:
    one, two = written_by(tmp_path / "one", 1), written_by(tmp_path / "two", 2)

    assert len(one["alerts"]) > 0
    for name in ("posts", "claims", "questions", "alerts"):
        assert two[name] == one[name], name
