"""Files taken in from end to end: by call, by command, and from the watched folder."""

import gzip
import hashlib
import json
import os
import pty
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console import importing, wiring
from console.wiring import Services
from core.clock import beijing, utc_now
from core.database import reading
from core.errors import HuiyingError, RefusedError
from crawler import store
from crawler.importers import mapping
from crawler.importers.mapping import Columns
from crawler.importers.table import Table
from tests.crawler.tables_made import inline, raw_xlsx, text_table, xlsx
from tests.crawler.test_archive import ARTICLE, WARNING

ROOT = Path(__file__).parent.parent.parent
HEAD = ["工单编号", "受理时间", "诉求类型", "诉求标题", "诉求内容", "来电人", "联系电话"]
LETTER = "市民张先生反映幸福小区3栋2单元501室停水，电话13800138000"


def minutes_ago(minutes: int) -> str:
    return beijing(utc_now() - timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")


def orders(count: int) -> list[list[str]]:
    return [
        [f"ZX{n:06d}", minutes_ago(n + 1), "求助", "停水", f"{LETTER}（{n}）", "赵某", "139001390"]
        for n in range(count)
    ]  # fmt: skip


def posts_file(file: Path, *ids: str) -> Path:
    lines = [
        json.dumps({"id": i, "published_at": f"2031-06-17T12:00:0{n}+08:00", "channel": "forum",
                    "text": f"第{n}条：东门停水"}, ensure_ascii=False)
        for n, i in enumerate(ids)
    ]  # fmt: skip
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = wiring.prepare(tmp_path / "d")
    yield made
    made.engine.dispose()


def rows(services: Services) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of what an import writes."""
    with sqlite3.connect(services.data / "huiying.db") as connection:
        return {
            name: connection.execute(f"select * from {name}").fetchall()  # noqa: S608
            for name in ("posts", "defects", "imports", "claims", "alerts")
        }


def everything(folder: Path) -> bytes:
    return b"".join(
        f.read_bytes() for f in folder.rglob("*") if f.is_file() and "drop" not in f.parts
    )


def test_a_hotline_export_goes_in_once_and_names_nobody(services: Services, tmp_path: Path) -> None:
    lines = [HEAD, *orders(30), ["", "很久以前", "", "", "没有时间", "", ""]]
    file = text_table(tmp_path / "周报.csv", lines, encoding="gb18030")

    first = importing.import_file(services, file)
    before = rows(services)
    again = importing.import_file(services, file)

    assert (first.kind, first.source, first.rows) == ("hotline", "hotline", 31)
    assert (first.posts, first.new, first.defects) == (30, 30, 1)
    assert first.broken == (("周报.csv:32", "时间读不出"),)
    assert first.types == (("求助", 30),)
    assert (again.posts, again.new, again.earlier is not None) == (30, 0, True)
    assert rows(services) == before
    kept = everything(services.data)
    for secret in ("13800138000", "139001390", "张先生", "501室", "ZX000001"):
        assert secret.encode() not in kept


def test_a_file_longer_than_may_be_held_goes_in_part_by_part_to_the_same_end(
    tmp_path: Path,
) -> None:
    told = []
    file = tmp_path / "p.jsonl"
    line = {"published_at": "2025-06-17T12:00:00+08:00", "channel": "forum"}
    posts = [
        line | {"id": f"some{n + 1:02}-1", "author": f"some{n:02}", "text": f"第{n}件事，停水了"}
        for n in range(35)
    ]
    lines = [json.dumps(post, ensure_ascii=False) for post in posts]
    file.write_text("\n".join([*lines[:20], "broken", *lines[20:]]), encoding="utf-8")

    for name, held in (("whole", 50_000), ("parts", 10)):
        services = wiring.prepare(tmp_path / name)
        (services.data / "keys").mkdir(exist_ok=True)
        (services.data / "keys" / "pseudonym.key").write_bytes(b"k" * 32)
        (services.data / "keys" / "pseudonym.key").chmod(0o600)
        done = importing.import_file(services, file, held=held)
        ids = sorted(str(row[2]) for row in rows(services)["posts"])
        told.append((done.posts, done.new, done.defects, done.broken, ids))
        services.engine.dispose()

    assert told[0] == told[1]
    assert told[0][:4] == (35, 35, 1, (("p.jsonl:21", "不是完整的 JSON（第 0 字符）"),))
    # Each id names the author of the next line: known only to who has read the whole file.
    assert [post_id for post_id in told[0][4] if "some" in post_id] == ["some35-1"]


def test_a_long_hotline_export_goes_in_part_by_part(services: Services, tmp_path: Path) -> None:
    file = text_table(tmp_path / "t.csv", [HEAD, *orders(25), ["合计", "25", *[""] * 5]])
    heard: list[tuple[int, int]] = []

    done = importing.import_file(
        services, file, held=10, progress=lambda so_far, total: heard.append((so_far, total))
    )

    assert (done.posts, done.new, done.rows, done.types, done.notes) == (
        25, 25, 25, (("求助", 25),), ()
    )  # fmt: skip
    assert heard == [(10, 25), (20, 25), (25, 25)]


def test_a_workbook_goes_in_by_the_mapping_that_was_remembered(
    services: Services, tmp_path: Path
) -> None:
    head = ["编码", "何时", "说了什么"]
    first = xlsx(tmp_path / "a.xlsx", [head, ["A1", minutes_ago(9), "东门停水"]])
    second = xlsx(tmp_path / "b.xlsx", [head, ["A2", minutes_ago(5), "西门停电"]])

    with pytest.raises(importing.UnmappedError, match="--map"):
        importing.import_file(services, first)
    columns = {"text": "说了什么", "time": "何时", "id": "编码", "channel": "forum"}
    one = importing.import_file(services, first, columns=columns)
    two = importing.import_file(services, second)

    assert (one.new, two.new) == (1, 1)
    assert one.mapping == two.mapping == "mappings/forum.toml"
    assert two.columns == "text=说了什么 time=何时 id=编码 channel=forum"
    assert {row[2] for row in rows(services)["posts"]} == {"A1", "A2"}


def test_a_person_is_asked_which_column_is_what(services: Services, tmp_path: Path) -> None:
    file = text_table(tmp_path / "t.csv", [["甲", "乙"], ["东门停水", minutes_ago(3)]])
    shown = []

    def ask(table: Table, guess: Columns) -> Columns:
        shown.append((table.headings, guess.columns))
        return mapping.chosen(table.headings, {"text": "甲", "time": "乙"}, guess)

    done = importing.import_file(services, file, ask=ask)

    assert shown == [(("甲", "乙"), {})]
    assert (done.new, done.source) == (1, "table")


def test_two_tables_of_one_form_with_counted_rows_do_not_hide_each_other(
    services: Services, tmp_path: Path
) -> None:
    head = ["编号", "时间", "内容"]
    weeks = [
        text_table(tmp_path / f"{week}.csv", [head, *(
            [str(n), minutes_ago(n), f"{week}第{n}件事情"] for n in range(1, 6)
        )])
        for week in ("一", "二")
    ]  # fmt: skip

    done = [importing.import_file(services, file) for file in weeks]

    assert [one.new for one in done] == [5, 5]


@pytest.mark.parametrize("name", ["p.jsonl", "p.jsonl.gz", "p.ndjson", "p.txt"])
def test_a_posts_file_goes_in_as_before(services: Services, tmp_path: Path, name: str) -> None:
    file = posts_file(tmp_path / name, "a", "b", "a")
    with file.open("a", encoding="utf-8") as out:
        out.write('{"id": "c", "text"')
    if name.endswith(".gz"):
        file.write_bytes(gzip.compress(file.read_bytes()))

    done = importing.import_file(services, file)
    again = importing.import_file(services, file)

    assert (done.kind, done.source, done.posts, done.new, done.defects) == (
        "posts",
        "file",
        3,
        2,
        1,
    )
    assert again.new == 0


def test_saved_pages_and_warnings_go_in_alone_and_from_an_archive(
    services: Services, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text(ARTICLE, encoding="utf-8")
    packed = tmp_path / "z.zip"
    with zipfile.ZipFile(packed, "w") as out:
        out.writestr("a.html", ARTICLE)
        out.writestr("b.xml", WARNING.replace("2031-", "2025-"))
        out.writestr("c.html", "<html><body>别的</body></html>")
        out.writestr("t.csv", f"工单编号,受理时间,诉求内容\nA1,{minutes_ago(2)},停水\n")
        out.writestr("u.csv", "甲,乙\n1,2\n")
        out.writestr("x.png", b"png")

    alone = importing.import_file(services, tmp_path / "a.html")
    done = importing.import_file(services, packed)

    assert (alone.kind, alone.new) == ("page", 1)
    assert (done.kind, done.posts, done.new) == ("zip", 3, 2)
    assert [m.kind for m in done.members] == ["page", "cap", "", "hotline", ""]
    assert [bool(m.refused) for m in done.members] == [False, False, True, False, True]
    assert done.notes == ("另有 1 个其他文件（图片、样式等）未读取",)
    assert done.defects == 2


def test_tab_separated_text_that_is_called_xls_is_a_table(
    services: Services, tmp_path: Path
) -> None:
    file = text_table(tmp_path / "t.xls", [HEAD, *orders(2)], encoding="gbk", separator="\t")

    assert importing.import_file(services, file).new == 2


def test_what_may_not_be_read_is_refused_and_counted(services: Services, tmp_path: Path) -> None:
    bomb = raw_xlsx(tmp_path / "b.xlsx", "<row>" + inline("A1", "A" * 20_000_000) + "</row>")
    fake = tmp_path / "f.xls"
    fake.write_text("<html><table><tr><td>1</td></tr></table></html>", encoding="utf-8")
    office = tmp_path / "o.docx"
    with zipfile.ZipFile(office, "w") as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("word/document.xml", "<x/>")
    strange = tmp_path / "s.pdf"
    strange.write_bytes(b"%PDF-1.7 \x00")

    for file, reason in (
        (bomb, "压缩比"),
        (fake, "另存为"),
        (office, "Office"),
        (strange, "认不出"),
    ):
        with pytest.raises(RefusedError, match=reason):
            importing.import_file(services, file)

    assert len(rows(services)["defects"]) == 4
    assert rows(services)["imports"] == []
    with pytest.raises(HuiyingError, match="没有这个文件"):
        importing.import_file(services, tmp_path / "none.csv")


def test_a_refused_file_tells_nothing_of_what_it_holds(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "t.txt"
    file.write_text("举报人张某某 电话13800138000 邮箱a.b@mail.example\n", encoding="utf-8")

    with pytest.raises(importing.UnmappedError) as stopped:
        importing.import_file(services, file)

    for told in (str(stopped.value).encode(), everything(services.data)):
        assert b"13800138000" not in told
        assert "张某某".encode() not in told


def test_a_name_with_a_line_break_stays_one_line_wherever_it_is_told(
    services: Services, tmp_path: Path
) -> None:
    file = tmp_path / "a\nb\udcff.jsonl"
    file.write_text("broken\n", encoding="utf-8")

    done = importing.import_file(services, file)

    assert done.broken[0][0] == "a?b?.jsonl:1"


def test_a_table_of_which_nothing_could_be_read_may_be_tried_again(
    services: Services, tmp_path: Path
) -> None:
    file = text_table(
        tmp_path / "t.csv", [["内容", "时间", "何时"], ["停水", "不是时间", minutes_ago(1)]]
    )

    wrong = importing.import_file(services, file)
    right = importing.import_file(services, file, columns={"time": "何时"})

    assert (wrong.posts, wrong.defects) == (0, 1)
    assert (right.new, right.earlier) == (1, None)


def drop(services: Services) -> list[importing.Imported]:
    return importing.scan_drop_folder(services)


def test_the_drop_folder_is_emptied_once_under_names_of_our_own(
    services: Services, tmp_path: Path
) -> None:
    folder = services.data / "drop"
    folder.mkdir()
    text_table(folder / "周报 (1).csv", [HEAD, *orders(3)], encoding="gb18030")
    posts_file(folder / "p.jsonl", "a")
    text_table(folder / "甲乙.csv", [["甲", "乙"], ["1", "2"]])
    (folder / "still.csv.part").write_text("x", encoding="utf-8")
    (folder / ".hidden").write_text("x", encoding="utf-8")
    (folder / "$(id).csv").write_text("x", encoding="utf-8")
    secret = tmp_path / "secret.txt"
    secret.write_text("outside", encoding="utf-8")
    (folder / "link.csv").symlink_to(secret)
    (folder / "sub").mkdir()
    (folder / "sub" / "a.csv").write_text("x", encoding="utf-8")

    done = {one.file: one for one in drop(services)}

    assert {name: (one.new, bool(one.refused)) for name, one in done.items()} == {
        "周报 (1).csv": (3, False),
        "p.jsonl": (1, False),
        "甲乙.csv": (0, True),
        "$(id).csv": (0, True),
        "link.csv": (0, True),
        "sub": (0, True),
    }
    assert sorted(f.name for f in folder.iterdir()) == [
        ".hidden", ".taking", "done", "refused", "still.csv.part"
    ]  # fmt: skip
    assert list((folder / ".taking").iterdir()) == []
    moved = [f.name for f in (folder / "done").iterdir()]
    assert {name.rpartition(".")[2] for name in moved} == {"csv", "jsonl"}
    assert all(not name.startswith(("周报", "p.")) for name in moved)
    reasons = [f.read_text("utf-8") for f in (folder / "refused").glob("*.reason.txt")]
    assert len(reasons) == 4
    assert any(reason.startswith("link.csv\n是链接") for reason in reasons)
    assert secret.read_text(encoding="utf-8") == "outside"
    assert not any(f.is_symlink() for f in folder.rglob("*"))


def test_a_dropped_file_that_is_known_changes_nothing(services: Services, tmp_path: Path) -> None:
    folder = services.data / "drop"
    folder.mkdir()
    file = text_table(tmp_path / "t.csv", [HEAD, *orders(2)])
    importing.import_file(services, file)
    before = rows(services)
    (folder / "again.csv").write_bytes(file.read_bytes())

    (done,) = drop(services)

    assert (done.new, done.earlier is not None) == (0, True)
    assert rows(services) == before
    assert done.moved_to.startswith("drop/done/")


def test_a_file_that_is_still_written_waits_for_the_next_time(services: Services) -> None:
    folder = services.data / "drop"
    folder.mkdir()
    posts_file(folder / "p.jsonl", "a")

    first = importing.scan_drop_folder(services, wait=False)
    second = importing.scan_drop_folder(services)

    assert first == []
    assert [one.new for one in second] == [1]


def test_what_an_interrupted_run_had_taken_is_taken_in_the_next_time(services: Services) -> None:
    place = services.data / "drop" / ".taking" / "0123"
    place.mkdir(parents=True)
    posts_file(place / "p.jsonl", "a")

    (done,) = importing.scan_drop_folder(services, wait=False)

    assert done.new == 1
    assert list((services.data / "drop" / ".taking").iterdir()) == []


def test_a_drop_folder_that_is_a_link_is_not_followed(services: Services, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (services.data / "drop").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(HuiyingError, match="不能是链接"):
        drop(services)

    assert list((tmp_path / "elsewhere").iterdir()) == []


HOSTILE = [
    "..\\..\\windows\\win.ini", "%2e%2e%2fetc", "....csv", "CON", "aux.txt", "~root", "-rf", " ",
    "a" * 200, "\u202evsc.exe", "x;id", "`id`", "|id", 'a"b', "file.csv\r", "Set-Cookie: x=1",
    "a\nb.csv",
]  # fmt: skip


def test_names_that_play_tricks_are_refused_and_never_used(services: Services) -> None:
    folder = services.data / "drop"
    folder.mkdir()
    for name in HOSTILE:
        (folder / name).write_text("工单编号,受理时间,诉求内容\n", encoding="utf-8")

    done = drop(services)

    assert len(done) == len(HOSTILE)
    assert all(one.refused for one in done)
    left = [f.name for f in (folder / "refused").iterdir()]
    assert len(left) == 2 * len(HOSTILE)
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in left)


ENTRY = "from console.cli import main; main()"
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}


def huiying(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )


def test_the_command_tells_what_went_in_and_what_did_not(
    services: Services, tmp_path: Path
) -> None:
    bad = [[f"ZX9{n}", "何时", "咨询", "", "没有时间", "", ""] for n in range(8)]
    file = text_table(tmp_path / "周报.csv", [HEAD, *orders(3), *bad], encoding="gb18030")

    done = huiying("import", file, "--data", services.data, cwd=tmp_path)
    plain = huiying("import", file, "--data", services.data, "--json", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "3 posts, 3 new, 8 lines not taken in, 0 alerts",
        "共 11 行：求助 3、未读入 8",
    ]
    assert done.stderr.count("时间读不出") == 5
    assert "- 周报.csv:5: 时间读不出" in done.stderr
    assert "共 8 处未读入" in done.stderr
    assert "text=诉求内容" in done.stderr
    cells = json.loads(plain.stdout)
    assert (cells["new"], cells["defects"], cells["types"]) == (0, 8, {"求助": 3})
    assert "已导入过" in huiying("import", file, "--data", services.data, cwd=tmp_path).stderr


def test_the_command_ends_as_it_promises(services: Services, tmp_path: Path) -> None:
    unknown = text_table(tmp_path / "t.csv", [["甲", "乙"], ["停水", minutes_ago(1)]])
    wide = tmp_path / "u.csv"
    wide.write_bytes("内容,时间\n".encode("utf-16-le"))
    data = ("--data", services.data)

    assert huiying("import", unknown, *data, cwd=tmp_path).returncode == 2
    assert huiying("import", unknown, "--map", *data, cwd=tmp_path).returncode == 2
    assert huiying("import", *data, cwd=tmp_path).returncode == 2
    assert huiying("import", unknown, "--column", "text", *data, cwd=tmp_path).returncode == 2
    refused = huiying("import", wide, *data, cwd=tmp_path)
    assert (refused.returncode, refused.stderr.startswith("拒绝：u.csv: 编码像是")) == (1, True)
    given = huiying(
        "import", unknown, "--column", "text=甲", "--column", "time=乙", "--source", "县论坛",
        *data, cwd=tmp_path,
    )  # fmt: skip
    assert given.returncode == 0, given.stderr
    assert (services.data / "mappings" / "县论坛.toml").exists()


def test_the_command_empties_the_drop_folder(services: Services, tmp_path: Path) -> None:
    folder = services.data / "drop"
    folder.mkdir()
    posts_file(folder / "p.jsonl", "a")
    (folder / "b.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")

    done = huiying("import", "--drop", "--data", services.data, cwd=tmp_path)
    again = huiying("import", "--drop", "--data", services.data, "--json", cwd=tmp_path)

    assert done.returncode == 1
    assert "p.jsonl: 1 posts, 1 new" in done.stdout
    assert "拒绝：b.csv: 不知道哪一列是" in done.stderr
    assert (again.returncode, json.loads(again.stdout)) == (0, [])


def test_on_a_terminal_the_command_shows_masked_samples_and_asks(
    services: Services, tmp_path: Path
) -> None:
    lines = [["甲", "乙", "联系电话"], ["张先生住3栋2单元501室", minutes_ago(1), "13900139000"]]
    file = text_table(tmp_path / "t.csv", lines)
    here, there = pty.openpty()
    arguments = [sys.executable, "-c", ENTRY, "import", str(file), "--map", "--data"]
    child = subprocess.Popen(  # noqa: S603  our own command
        [*arguments, str(services.data)],
        cwd=tmp_path, stdin=there, stdout=there, stderr=there,
        env=ENVIRONMENT | {"TERM": "dumb", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(there)
    # Text is the first column by its number, no title, time by its name; Enter takes the rest.
    os.write(here, "1\n-\n乙\n".encode() + b"\n" * 20)
    told = b""
    while True:
        try:
            told += os.read(here, 4096)
        except OSError:
            break
    os.close(here)

    shown = told.decode("utf-8", "replace")
    assert child.wait(60) == 0, shown
    assert "13900139000" not in shown
    assert "张先生" not in shown
    assert "[姓名]住[门牌]" in shown
    assert "1 posts, 1 new" in shown
    assert 'text = "甲"' in (services.data / "mappings" / "table.toml").read_text(encoding="utf-8")


def test_a_file_is_known_by_the_digest_of_its_bytes(services: Services, tmp_path: Path) -> None:
    file = posts_file(tmp_path / "p.jsonl", "a")

    importing.import_file(services, file)

    with reading(services.engine) as session:
        done = store.import_of(session, hashlib.sha256(file.read_bytes()).hexdigest())
    assert done is not None
    assert (done.source, done.kind, done.found, done.new, done.defects) == (
        "file",
        "posts",
        1,
        1,
        0,
    )
