"""Tables as offices hand them over: read whole, or told which row could not be."""

import tracemalloc
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import RefusedError
from crawler.importers import bounded, workbook
from crawler.importers.bounded import Limits, read_apart
from crawler.importers.rows import BadRow, Row, is_rounded
from crawler.importers.table import Table, open_table
from crawler.importers.table_posts import read_cell_time
from tests.crawler import readers
from tests.crawler.conftest import BEIJING, NOON
from tests.crawler.tables_made import handed, inline, ods, raw_xlsx, text_table, xls, xlsx

HEAD = ["编号", "受理时间", "诉求内容"]
ROW = ["A1", "2031-06-17 12:00", "东门停水了"]


def opened(file: Path) -> Table:
    return open_table(handed(file))


def cells(table: Table) -> list[tuple[object, ...] | str]:
    return [row.cells if isinstance(row, Row) else row.reason for row in table]


def written(tmp_path: Path, text: str | bytes, name: str = "t.csv") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "big5hkscs", "utf-16"])
def test_a_text_table_is_read_whatever_its_encoding_and_separator(
    tmp_path: Path, encoding: str, separator: str
) -> None:
    head = ["id", "time", "標題內容"]
    rows = [[f"A{n}", "2031-06-17 12:00", "東門停水,三天;了|\t 第二行\n還有"] for n in range(30)]
    file = text_table(tmp_path / "t.csv", [head, *rows], encoding=encoding, separator=separator)

    table = opened(file)

    assert table.headings == tuple(head)
    assert cells(table) == [tuple(row) for row in rows]
    assert table.tally.rows == 30


def test_a_first_line_may_name_the_separator(tmp_path: Path) -> None:
    table = opened(written(tmp_path, "sep=;\n编号;受理时间;诉求内容\nA,1;t;b,c\n"))

    assert table.headings == tuple(HEAD)
    assert cells(table) == [("A,1", "t", "b,c")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("编号,内容\n1,停电\n".encode("utf-16-le"), "UTF-16LE"),
        ("编号,内容\n1,停电\n".encode("utf-16-be"), "UTF-16BE"),
        ("编号,内容\n".encode("utf-32"), "UTF-32"),
        (b"\xff\xfea\x00\x00\xd8", "UTF-16"),
        (b"PNG\x00\x00\x00\x01\x02", "NUL"),
        (b"", "没有内容"),
        (b"\n \n,,\n", "没有内容"),
    ],
)
def test_bytes_that_are_no_text_table_are_refused_by_name(
    tmp_path: Path, body: bytes, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        opened(written(tmp_path, body))


def test_lines_of_two_encodings_are_each_read_right_and_counted(tmp_path: Path) -> None:
    gbk = "编号,受理时间,诉求内容\nA1,t,西门停电已经三天\n".encode("gb18030")
    file = written(tmp_path, gbk + "A2,t,东门停水已经三天\n".encode() + b"A3,t,\x81\xff\n")

    table = opened(file)

    assert cells(table) == [
        ("A1", "t", "西门停电已经三天"),
        ("A2", "t", "东门停水已经三天"),
        "字符编码无法识别",
    ]
    assert table.tally.odd_lines == 1
    assert any("编码" in note for note in table.tally.notes())


def test_a_ragged_row_costs_itself_and_is_told_by_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, 'id,text,date\n1,"未闭合,2026\n2,a,b,c,d,e\n\n;;;\n3\n4,好,t\n')

    found = list(opened(file))

    assert [(row.number, isinstance(row, BadRow)) for row in found] == [
        (2, True), (3, True), (5, True), (6, True), (7, False)
    ]  # fmt: skip
    assert found[0] == BadRow(2, "引号未闭合")


def test_an_unclosed_quote_swallows_no_later_row(tmp_path: Path) -> None:
    lines = [f"{n},t,内容{n}" for n in range(500)]
    lines[3] = '3,t,"没有结束'
    lines[300] = '300,"t",内容300'
    file = written(tmp_path, "编号,受理时间,诉求内容\n" + "\n".join(lines))

    table = opened(file)
    found = list(table)

    assert [row.number for row in found if isinstance(row, BadRow)] == [5]
    assert table.tally.rows == 500


def test_a_quote_that_closes_by_chance_gives_the_swallowed_rows_back(tmp_path: Path) -> None:
    rows = ['1,t,"没有结束', "2,t,第二", "3,t,第三", '4,t,第四"', "5,t,第五"]
    file = written(tmp_path, "编号,受理时间,诉求内容\n" + "\n".join(rows) + "\n")

    found = cells(opened(file))

    assert ("2", "t", "第二") in found
    assert ("5", "t", "第五") in found
    assert sum(isinstance(row, str) for row in found) >= 1


def test_a_cell_over_the_limit_is_a_bad_row_and_reading_goes_on(tmp_path: Path) -> None:
    huge = "x" * 200_000
    file = written(
        tmp_path, f'编号,受理时间,诉求内容\n1,t,"{huge}"\n2,t,{huge}\n3,t,{huge * 6}\n4,t,好\n'
    )

    found = cells(opened(file))

    assert found[-1] == ("4", "t", "好")
    assert all("超过" in str(reason) for reason in found[:3])
    assert len(found) == 4


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1+1", "@SUM(1,1)", "\t=1+1", "\r=1+1", "＝1+1", '"=1+1"', " =1+1",
     "\ufeff=1+1", "；=1+1", "a\n=1+1", "-5 人受伤", "'引号", "'=1+1", '=HYPERLINK("a","b")'],
)  # fmt: skip
def test_a_seeming_formula_is_text_and_our_own_guard_is_taken_off(
    tmp_path: Path, text: str
) -> None:
    starts = text.lstrip("\ufeff \"'").startswith(("=", "+", "-", "@", "＝", "\t", "\r"))
    exported = "'" + text if starts else text
    plain = text_table(tmp_path / "a.csv", [HEAD, ["1", "t", text]])
    ours = text_table(tmp_path / "b.csv", [HEAD, ["1", "t", exported]])

    guarded_by_nature = text.startswith("'") and starts
    assert cells(opened(ours))[0][2] == text
    assert guarded_by_nature or cells(opened(plain))[0][2] == text


GROUPS = ["序号", "工单编号", "受理时间", "诉求信息", "", "", "办理信息", ""]
LEAVES = ["", "", "", "诉求类型", "诉求标题", "诉求内容", "承办单位", "办理状态"]
JOINED = (
    "序号", "工单编号", "受理时间", "诉求信息/诉求类型", "诉求信息/诉求标题", "诉求信息/诉求内容",
    "办理信息/承办单位", "办理信息/办理状态",
)  # fmt: skip
ORDER = ["1", "ZX1", "2031-06-17 12:00", "求助", "停水", "东门停水了", "县水务局", "办结"]


def test_headings_of_two_levels_are_joined_in_text_and_in_sheets(tmp_path: Path) -> None:
    title = ["澄川县12345工单周报", *[""] * 7]
    rows = [title, GROUPS, LEAVES, ORDER]
    merged = ["A1:H1", "A2:A3", "B2:B3", "C2:C3", "D2:F2", "G2:H2"]

    for file in (
        text_table(tmp_path / "t.csv", rows),
        xlsx(tmp_path / "t.xlsx", rows, merged=merged),
    ):
        table = opened(file)

        assert table.headings == JOINED
        assert cells(table) == [tuple(ORDER)]


def test_groups_over_every_column_are_joined_too(tmp_path: Path) -> None:
    rows = [["基本信息", "", "诉求信息"], HEAD, ROW]

    table = opened(text_table(tmp_path / "t.csv", rows))

    assert table.headings == ("基本信息/编号", "基本信息/受理时间", "诉求信息/诉求内容")


def test_blank_rows_repeated_headings_and_totals_are_no_rows(tmp_path: Path) -> None:
    rows = [
        ["周报", "", ""],
        ["", "", ""],
        HEAD,
        ROW,
        ["", " ", ""],
        HEAD,
        ROW,
        ["合计", "3件", ""],
    ]

    table = opened(text_table(tmp_path / "t.csv", rows))

    assert cells(table) == [tuple(ROW), tuple(ROW)]
    assert (table.tally.rows, table.tally.totals, table.tally.stated) == (2, 1, 3)
    assert any("合计写 3" in note for note in table.tally.notes())


def test_a_row_that_begins_with_a_word_of_totals_is_still_a_row(tmp_path: Path) -> None:
    row = ["共计三天没有水，谁来管", "2031-06-17 12:00", "东门停水了"]

    assert cells(opened(text_table(tmp_path / "t.csv", [HEAD, row]))) == [tuple(row)]


def test_headings_that_stand_twice_or_not_at_all_get_names_of_their_own(tmp_path: Path) -> None:
    table = opened(text_table(tmp_path / "t.csv", [["内容", "内容", "", "时间"], list("abcd")]))

    assert table.headings == ("内容", "内容（2）", "第3列", "时间")


def test_a_first_row_that_is_data_shows_no_name_and_no_number(tmp_path: Path) -> None:
    table = opened(written(tmp_path, "举报人张某某 电话13800138000,联系人：王小明,停水\nb,c,d\n"))

    assert "13800138000" not in repr(table.headings)
    assert "王小明" not in repr(table.headings)


def test_cells_of_a_sheet_become_text_days_and_moments(tmp_path: Path) -> None:
    moment = datetime(2031, 6, 17, 14, 20, 5)  # noqa: DTZ001  as a sheet holds it
    row = [13800138000, moment, date(2031, 6, 17), 3.5, True, "0012", 12345678901234567]
    head = ["编号", "受理时间", "日期", "评论数", "满意度", "内容", "工单编号"]

    (found,) = opened(xlsx(tmp_path / "t.xlsx", [head, row]))

    assert isinstance(found, Row)
    assert found.cells[:6] == (
        "13800138000",
        moment,
        date(2031, 6, 17),
        "3.5",
        "是",
        "0012",
    )
    assert is_rounded(str(found.cells[6]))


@pytest.mark.parametrize(
    ("cell", "moment", "day_only"),
    [
        (datetime(2031, 6, 17, 12, 0), NOON, False),  # noqa: DTZ001
        (date(2031, 6, 17), NOON - timedelta(hours=12), True),
        ("48016.5", NOON, False),
        ("48016", NOON - timedelta(hours=12), True),
        ("48016.499999999", NOON, False),
        ("20310617120000", NOON, False),
        ("203106171200", NOON, False),
        ("20310617", NOON - timedelta(hours=12), True),
        ("2031-06-17 12:00:00", NOON, False),
        ("2031年6月17日12时00分", NOON, False),
        ("Tue Jun 17 12:00:00 +0800 2031", NOON, False),
        ("2031-06-17T12:00:00+08:00", NOON, False),
    ],
)
def test_a_time_is_read_however_a_table_writes_it(
    cell: str | date, moment: datetime, *, day_only: bool
) -> None:
    told = read_cell_time(cell, zone=BEIJING, seen_at=NOON + timedelta(hours=1))

    assert told is not None
    assert (told.moment, told.day_only) == (moment, day_only)


@pytest.mark.parametrize("cell", ["", "很久以前", "99999", "20311399", "12", "1.2E+10", "14:20"])
def test_a_time_that_cannot_be_relied_on_is_none(cell: str) -> None:
    assert read_cell_time(cell, zone=BEIJING, seen_at=NOON) is None


def test_xls_and_ods_are_read_like_xlsx(tmp_path: Path) -> None:
    rows = [HEAD, ROW]
    places = {(at, column): cell for at, row in enumerate(rows) for column, cell in enumerate(row)}

    for file in (xls(tmp_path / "t.xls", places), ods(tmp_path / "t.ods", rows)):
        table = opened(file)

        assert table.headings == tuple(HEAD)
        assert cells(table) == [tuple(ROW)]


def test_rows_are_numbered_as_the_sheet_numbers_them(tmp_path: Path) -> None:
    cell = {(row + 4, column): value for row, line in enumerate([HEAD, ROW, ROW]) for column, value
            in enumerate(line)}  # fmt: skip

    assert [row.number for row in opened(xls(tmp_path / "t.xls", cell))] == [6, 7]


def test_a_sheet_that_is_not_read_is_told(tmp_path: Path) -> None:
    table = opened(xlsx(tmp_path / "t.xlsx", [HEAD, ROW], others=2))

    assert cells(table) == [tuple(ROW)]
    assert any("另有 2 个工作表" in note for note in table.tally.notes())


def test_a_formula_is_neither_run_nor_carried_on(tmp_path: Path) -> None:
    formula = '<c r="C2"><f>HYPERLINK("http://127.0.0.1:9","x")</f><v>0</v></c>'
    rows = "".join(
        f'<row r="{n}">{inner}</row>'
        for n, inner in (
            (1, inline("A1", "编号") + inline("B1", "受理时间") + inline("C1", "诉求内容")),
            (2, inline("A2", "1") + inline("B2", "=1+1") + formula),
        )
    )

    assert cells(opened(raw_xlsx(tmp_path / "t.xlsx", rows))) == [("1", "=1+1", "0")]


@pytest.mark.parametrize(
    ("rows", "head", "reason"),
    [
        ("<row>" + inline("A1", "A" * 60_000_000) + "</row>", "", "压缩比"),
        (
            '<row r="1">' + inline("A1", "&x;") + "</row>",
            '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            "DOCTYPE",
        ),
        (
            (
                f'<row r="1">{inline("A1", "x")}</row>'
                f'<row r="1048576">{inline("XFD1048576", "x")}</row>'
            ),
            "",
            "1048576 行 × 16384 列",
        ),
        ("<row><c", "", "损坏"),
    ],
)
def test_a_hostile_workbook_is_refused_by_name(
    tmp_path: Path, rows: str, head: str, reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason) as refused:
        opened(raw_xlsx(tmp_path / "t.xlsx", rows, head=head))

    assert "root:" not in str(refused.value)


def test_one_cell_at_the_far_end_costs_next_to_nothing(tmp_path: Path) -> None:
    file = raw_xlsx(tmp_path / "t.xlsx", f'<row r="1048576">{inline("XFD1048576", "x")}</row>')
    tracemalloc.start()

    table = opened(file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert table.headings == ("x",)
    assert most < 50 * 1024 * 1024


def test_a_sheet_that_needs_more_memory_than_it_may_have_is_refused(tmp_path: Path) -> None:
    far = xls(tmp_path / "t.xls", {(0, 0): "a", (65_535, 255): "z"})

    with pytest.raises(RefusedError, match="内存"):
        opened(far)


def test_what_is_no_workbook_inside_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="损坏"):
        opened(written(tmp_path, b"\xd0\xcf\x11\xe0" + b"x" * 600, "t.xls"))


def test_a_file_over_the_limit_is_not_opened() -> None:
    with pytest.raises(workbook.CheckError, match="20 MB"):
        workbook.check(b"PK" + bytes(workbook.MAX_FILE_BYTES))


def test_a_child_hands_its_batches_over() -> None:
    assert list(read_apart(readers.echo, b"abcd", name="f")) == [["ab"], ["cd"]]


@pytest.mark.parametrize(
    ("reader", "limits", "reason"),
    [
        (readers.eat_memory, Limits(), "f: 展开后超过 256 MB 内存"),
        (readers.never_end, Limits(cpu_s=1), "f: 解析用时超过 1 秒"),
        (readers.fall_asleep, Limits(wall_s=2.0), "f: 2 秒内没有读出内容"),
        (readers.vanish, Limits(), "f: 解析进程意外结束（4）"),
        (readers.refuse, Limits(), "f: 内容损坏"),
    ],
)
def test_a_child_that_goes_wrong_is_refused_with_the_reason(
    reader: bounded.Read, limits: Limits, reason: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        list(read_apart(reader, b"abcd", name="f", limits=limits))

    assert refused.value.reasons == (reason,)


def test_a_child_can_write_no_file(tmp_path: Path) -> None:
    target = tmp_path / "x"

    list(read_apart(readers.write_a_file, str(target).encode(), name="f"))

    assert not target.exists() or target.stat().st_size == 0


def test_a_long_table_is_streamed(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    with file.open("w", encoding="gb18030") as out:
        out.write("编号,受理时间,诉求内容\n")
        out.writelines(f"A{n},2031-06-17 12:00,{'东门停水了' * 20}{n}\n" for n in range(15_000))
    tracemalloc.start()

    count = sum(1 for _ in opened(file))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 15_000
    # The file is 3.4 MB; its rows at once would be 9.
    assert most < 3 * 1024 * 1024
