"""Two hundred numbers in calls for help go through the whole line; none may be found in the open.

They come by a crawled page, a posts file, a table and a hotline export; they are read once by the
help desk, and gone when the calls are closed. A control without the seal and the masks finds them
all, or the search has no teeth.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from console import acts, exporting, help_list, importing, reporting, wiring
from console.app import create_app
from console.cli import app
from console.crawler_process import CrawlerProcess
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import beijing, utc_now
from core.database import reading, transaction
from core.directory import Directory
from core.vocabulary import HelpState, SealedPurpose
from crawler import sealed
from crawler.importers.posts import read_posts
from crawler.privacy import Veil
from crawler.records import ParsedPost
from release import helping
from release import store as release_store
from tests.crawler.conftest import NOON, Site

COUNT = 200
WAYS = 4
AT = beijing(utc_now() - timedelta(hours=2)).replace(microsecond=0)
"""Work orders and tables of the future are not believed."""
NEEDS = ("老人被困，水进屋了", "孕妇快生了，路断了出不去", "断药了，急需胰岛素", "没吃的没水喝")


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


class OpenVeil(Veil):
    """The control: everything as ever, only that the numbers stay in."""

    def hide(self, text: str, handle: str | None) -> str:
        return text


def phone(number: int) -> str:
    return f"1{3 + number % 7}9{number * 48_271 % 100_000_000:08d}"


def text(number: int) -> str:
    town = "东门小区" if number % 2 else "柳镇西村"
    return f"求助！{town}第{number}次喊，{NEEDS[number % 4]}，家里老人{number}，电话{phone(number)}"


def numbers_in(raw: bytes) -> set[int]:
    return {n for n in range(COUNT) if phone(n).encode() in raw}


def in_folder(folder: Path) -> set[int]:
    """Return the numbers found in any file, the write-ahead log and the database among them."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert {"huiying.db", "huiying.db-wal"} <= {file.name for file in files}
    return {n for file in files for n in numbers_in(file.read_bytes())}


def write_ways_in(folder: Path, site: Site) -> None:
    """Put a quarter of the calls on a page, and a quarter each into three files."""
    ours = [range(way, COUNT, WAYS) for way in range(WAYS)]
    page = [{"id": f"w{n}", "text": text(n), "at": AT.isoformat(), "who": "甲"} for n in ours[0]]
    site.say("/api", json.dumps(page))
    write_posts(folder / "posts.jsonl", ours[1])
    head = ["工单编号", "受理时间", "诉求类型", "诉求标题", "诉求内容"]
    write_table(folder / "platform.csv", ["编号", "发布时间", "正文"], ours[2], 0)
    write_table(folder / "hotline.csv", head, ours[3], 2)


def write_posts(file: Path, ours: Sequence[int]) -> None:
    lines = [
        {
            "id": f"f{n}",
            "text": text(n),
            "published_at": AT.isoformat(),
            "channel": "forum",
        }
        for n in ours
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")


def write_table(file: Path, head: list[str], ours: range, more: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(head)
        for n in ours:
            between = ["求助", "求助"][:more]
            rows.writerow([f"ZX{n:06d}", f"{AT:%Y-%m-%d %H:%M:%S}", *between, text(n)])


def office(folder: Path, site: Site) -> Services:
    services = wiring.prepare(folder)
    with (folder / "huiying.toml").open("a", encoding="utf-8") as out:
        out.write("drill = true\ncrawl_delay_s = 0\n")
    (folder / "sources.toml").write_text(
        f'[[source]]\nname = "api"\nurl = "{site.url}/api"\nparser = "jsonlist"\n'
        'channel = "weibo"\npace_s = 0\n[source.selectors]\nitems = "."\nid = "id"\n'
        'text = "text"\ntime = "at"\nauthor = "who"\n',
        encoding="utf-8",
    )
    services = wiring.build(folder)
    acts.register(services, person_id="zhu", name="朱", roles=["help_desk"], unit=None)
    return services


def take_in(services: Services, folder: Path) -> None:
    now, pipeline = utc_now(), Pipeline(services)
    with CrawlerProcess(services) as crawler, transaction(services.engine) as session:
        for harvest in crawler.visit(now):
            assert len(harvest.posts) == COUNT // WAYS, harvest
            pipeline.keep(session, harvest.posts, defects=harvest.defects, visit=harvest.visit)
        pipeline.round(session, now)
    for name in ("posts.jsonl", "platform.csv", "hotline.csv"):
        done = importing.import_file(
            services,
            folder / name,
            columns={"text": "正文", "time": "发布时间", "id": "编号"}
            if name == "platform.csv"
            else None,
        )
        assert done.new == COUNT // WAYS, done


def shown(services: Services) -> str:
    """Return every export, page, report and command that shows anything."""
    written = reporting.write_nightly(services, f"{AT:%Y-%m-%d}", None)
    told = [file.read_text("utf-8") for file in written if file.suffix != ".docx"]
    with reading(services.engine) as session:
        for name in exporting.EXPORTS:
            told += exporting.as_csv(session, name, None)
            told += exporting.as_json(session, name, None)
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        told += [client.get(path).text for path in ("/", "/claims", "/questions", "/help")]
        told += [client.get(f"/claims/{n}").text for n in range(1, 30)]
    commands = [["list"], ["list", "--json"], ["list", "--closed"], ["show", "L000001"]]
    told += [run(services, *words) for words in commands]
    with reading(services.engine) as session:
        told += [str(help_list.one(session, n, utc_now())) for n in range(1, COUNT + 1)]
    return "".join(told)


def run(services: Services, *words: str) -> str:
    done = CliRunner().invoke(app, ["help", *words, "--data", str(services.data)])
    assert done.exit_code == 0, done.output
    return done.output


def kept(services: Services) -> int:
    with reading(services.engine) as session:
        return len(sealed.listed(session, SealedPurpose.HELP_CONTACT))


def test_no_number_of_a_call_for_help_is_anywhere_in_the_open(
    tmp_path: Path, site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    write_ways_in(tmp_path, site)
    services = office(tmp_path / "d", site)

    take_in(services, tmp_path)
    told = shown(services)
    calls = json.loads(run(services, "list", "--json"))
    before = {call["lead_id"]: call["contacts"] for call in calls}
    assert numbers_in((told + "".join(capfd.readouterr())).encode()) == set()
    assert in_folder(tmp_path / "d") == set()

    # The desk reads every one of them, and only it does; nothing of that is written down.
    read = run(services, "contact", "L000001", "--as", "zhu", "--reason", "回拨")
    with transaction(services.engine) as session:
        desk, vault = release_store.load_person(session, "zhu"), services.vault()
        for n in range(2, COUNT + 1):
            found = helping.read_contacts(
                session, vault, n, person=desk, reason="回拨", now=utc_now()
            )
            read += "".join(contact.value for contact in found)
    assert len(before) == kept(services) == COUNT
    assert set(before.values()) == {1}
    assert numbers_in(read.encode()) == set(range(COUNT))
    assert in_folder(tmp_path / "d") == set()

    run(services, "close", "L000001", "--as", "zhu", "--note", "已转移")
    with transaction(services.engine) as session:
        for n in range(2, COUNT + 1):
            helping.move(session, n, HelpState.DONE, person=desk, note="已转移", now=utc_now())
    assert kept(services) == 0
    with reading(services.engine) as session:
        gone = sealed.destructions(session, SealedPurpose.HELP_CONTACT)
        assert len(sealed.readings(session)) == COUNT
    assert sum(record.count for record in gone) == COUNT
    assert numbers_in(shown(services).encode()) == set()
    assert in_folder(tmp_path / "d") == set()


def test_the_same_search_finds_them_all_where_the_veil_lets_them_through(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    write_posts(tmp_path / "posts.jsonl", range(COUNT))
    parsed = [
        p for p in read_posts(tmp_path / "posts.jsonl", source="f") if isinstance(p, ParsedPost)
    ]
    veil, pipeline = OpenVeil(b"k" * 32, task="t", directory=Directory()), Pipeline(services)

    with transaction(services.engine) as session:
        pipeline.keep(session, [veil.veil(post, seen_at=NOON) for post in parsed])
        pipeline.round(session, NOON)

    assert in_folder(tmp_path / "d") == set(range(COUNT))
