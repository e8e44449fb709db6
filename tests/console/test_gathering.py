"""`huiying crawl` as an operator runs it: a process of its own against a real local site."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from console import heartbeat, wiring
from console.drill.generator import generate
from console.drill.scenario import load_scenario
from console.drill.site import DrillSite, drill_files
from console.tables import NoticeRow
from console.wiring import Services
from core.database import reading
from core.vocabulary import NoticeKind
from crawler.tables import PostRow

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


def test_a_site_that_was_killed_is_told_with_its_hours_once(
    tmp_path: Path, site: DrillSite
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    address = site.start()
    drill_files(folder, address)
    services = wiring.prepare(folder)
    crawl(folder)
    assert silent(services) == []

    site.stop()
    crawl(folder)
    crawl(folder)
    assert silent(services) == []  # it may only be restarting
    crawl(folder)

    (told,) = silent(services)
    assert told.title == "全部来源都读不到：现在没有看到任何网上信息"
    assert len(re.findall(r"来源“\w+”：自\d\d月\d\d日\d\d:\d\d起无法连接", told.text)) == 3


def silent(services: Services) -> list[NoticeRow]:
    """Return the notices about sources that have no life in them."""
    with reading(services.engine) as session:
        of_kind = NoticeRow.kind == NoticeKind.SOURCE_SILENT.value
        return list(session.scalars(select(NoticeRow).where(of_kind).order_by(NoticeRow.id)))


AT = "2031-06-17T12:00:00+08:00"


def come_in(services: Services, wanted: set[str]) -> Counter[str]:
    """Wait until each of *wanted* has given posts; return how many each source has."""
    ends = time.monotonic() + 60
    while True:
        with reading(services.engine) as session:
            found = Counter(session.scalars(select(PostRow.source)))
        if wanted <= found.keys() or time.monotonic() > ends:
            return found
        time.sleep(0.2)


def test_a_run_takes_sources_and_dropped_files_until_it_is_interrupted(
    tmp_path: Path, site: DrillSite
) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    drill_files(folder, site.start())
    services = wiring.prepare(folder)
    dropped = folder / "drop" / "p.jsonl"
    dropped.parent.mkdir(exist_ok=True)
    post = {"id": "1", "channel": "forum", "text": "东门停水了", "published_at": AT}
    dropped.write_text(json.dumps(post), encoding="utf-8")
    earlier = time.time() - 60  # a file that has just changed may still be written
    os.utime(dropped, (earlier, earlier))
    running = subprocess.Popen(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, "run", "--data", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        found = come_in(services, {"file", "forum"})
    finally:
        running.terminate()  # as systemd does; a shell's background jobs do not hear Ctrl+C
        try:
            told, _ = running.communicate(timeout=30)
        finally:
            running.kill()

    assert found["file"] == 1
    assert found["forum"] > 0
    assert "forum: " in told
    assert not dropped.exists()
    assert "已停止" in told
    assert running.returncode == 0
    pulse = heartbeat.pulse_of(services)
    assert pulse is not None
    assert pulse.rounds >= 1
    assert pulse.stopped_at is not None
