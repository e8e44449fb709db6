import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from console import exporting, replaying, wiring
from console.exporting import EXPORTS
from console.wiring import Services
from core.clock import parse_moment
from core.database import reading
from core.errors import HuiyingError

ROOT = Path(__file__).parent.parent.parent


def rows(services: Services, name: str) -> list[exporting.Row]:
    with reading(services.engine) as session:
        return list(exporting.rows(session, name, None))


@pytest.mark.parametrize(
    ("text", "step"),
    [("10m", timedelta(minutes=10)), ("90s", timedelta(seconds=90)), ("1h", timedelta(hours=1))],
)
def test_a_step_is_written_as_people_write_it(text: str, step: timedelta) -> None:
    assert replaying.parse_step(text) == step


@pytest.mark.parametrize("text", ["", "10", "m", "-5m", "0s", "25h", "1.5h", "１０m", "10 m"])
def test_any_other_step_is_refused_by_name(text: str) -> None:
    with pytest.raises(HuiyingError, match="--step"):
        replaying.parse_step(text)


def test_a_post_belongs_to_the_step_that_ends_after_it() -> None:
    step = timedelta(minutes=10)
    at = parse_moment("2031-06-17T14:00:00+08:00")

    assert replaying.step_end(at, step) == at + step
    assert replaying.step_end(at + timedelta(seconds=599), step) == at + step


def test_the_clock_of_a_replay_is_the_moment_at_which_the_system_knew(played: Services) -> None:
    for claim in rows(played, "claims"):
        if claim["noticed_at"]:
            assert str(claim["noticed_at"]) > str(claim["first_seen"])
    posts = rows(played, "posts")
    first, last = posts[0]["published_at"], posts[-1]["published_at"]
    assert all(str(first) < str(a["raised_at"]) for a in rows(played, "alerts"))
    assert all(str(a["raised_at"]) <= f"{last}~" for a in rows(played, "alerts")[:-3])


def test_the_dam_claim_is_noticed_at_the_highest_level_within_18_minutes(played: Services) -> None:
    (hazard,) = [
        a for a in rows(played, "alerts") if a["kind"] == "hazard" and "水库" in str(a["topic"])
    ]

    assert hazard["level"] == "C4"
    assert str(hazard["raised_at"]) <= "2031-06-17T22:58:00+08:00"


def test_the_true_complaint_is_noticed_as_a_problem_and_the_denial_as_a_conflict(
    played: Services,
) -> None:
    alerts = rows(played, "alerts")
    problem = next(a for a in alerts if a["kind"] == "problem")
    conflict = next(a for a in alerts if a["kind"] == "conflict")

    assert "泵站" in str(problem["topic"])
    assert str(problem["raised_at"]) <= "2031-06-17T20:30:00+08:00"
    assert conflict["claim_id"] == problem["claim_id"]
    assert str(conflict["raised_at"]) <= "2031-06-17T21:45:00+08:00"


def test_the_incident_of_the_file_is_opened_at_its_time(played: Services) -> None:
    incidents = {p["incident_id"] for p in rows(played, "posts")}

    assert "rain-2031" in incidents


SCRIPT = """
import hashlib, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from conftest import replayed_folder
from console import exporting
from core.database import reading
services = replayed_folder(Path(sys.argv[1]) / "d")
digest = hashlib.sha256()
with reading(services.engine) as session:
    for name in exporting.EXPORTS:
        for part in exporting.as_csv(session, name, None):
            digest.update(part.encode())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_two_replays_give_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    digests = set()
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-c", SCRIPT, str(folder), str(ROOT / "tests" / "console")],
            env={**os.environ, "PYTHONHASHSEED": seed},  # noqa: TID251
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout.strip())

    assert len(digests) == 1


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_text(
        '{"id":"1","published_at":"2031-06-17T14:00:00+08:00","channel":"weibo","text":"停电了",'
        '"author":"甲"}\n{"id":"2","published_at":"2031-06-17T14:00:05+08:00","channel":"weibo",'
        '"text":"几点来电？","author":"乙"}\nnot json\n',
        encoding="utf-8",
    )
    services = wiring.prepare(tmp_path / "d")

    def play() -> replaying.Replayed:
        return replaying.replay_file(
            services,
            file,
            step="10m",
            incident=None,
            source="x",
            progress=lambda _done, _total: None,
        )

    first = play()
    before = {name: rows(services, name) for name in EXPORTS}
    second = play()

    assert (first.posts, first.new, first.defects) == (2, 2, 1)
    assert (second.posts, second.new) == (2, 0)
    assert {name: rows(services, name) for name in EXPORTS} == before
