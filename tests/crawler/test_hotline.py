"""Exports of the hotline and of platforms as posts: all rows counted, nobody named."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.importers import mapping
from crawler.importers.hotline import read_orders
from crawler.importers.table import Table, open_table
from crawler.importers.table_posts import Reading, read_rows
from crawler.privacy import Veil
from crawler.records import Counts, Defect, ParsedPost
from tests.crawler.conftest import BEIJING, NOON
from tests.crawler.tables_made import handed, text_table, xlsx

HEAD = [
    "序号", "工单编号", "受理时间", "诉求类型", "诉求标题", "诉求内容",
    "所属区域", "承办单位", "来电人", "联系电话", "联系地址",
]  # fmt: skip
LETTER = "市民张先生（138 0013 8000）反映幸福小区3栋2单元501室停水，车川A12345堵路"


def order(number: int, **changes: str) -> list[str]:
    cells = {
        "序号": str(number),
        "工单编号": f"ZX20310617{number:04d}",
        "受理时间": "2031-06-17 11:30:00",
        "诉求类型": "求助",
        "诉求标题": "停水",
        "诉求内容": LETTER,
        "所属区域": "东门街道",
        "承办单位": "县水务局",
        "来电人": "赵机密",
        "联系电话": "13900139000",
        "联系地址": "秘密路9号",
    }
    return list((cells | changes).values())


def read(file: Path, veil: Veil) -> tuple[Table, list[ParsedPost | Defect]]:
    table = open_table(handed(file))
    columns = mapping.guess(table.headings, table.samples)
    reading = Reading(columns, "hotline", BEIJING, NOON, veil.serial)
    read_all = read_orders if columns.kind == "hotline" else read_rows
    return table, list(read_all(table, reading))


@pytest.fixture(params=["gb18030", "utf-8-sig", "xlsx"])
def orders(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    title = ["澄川县12345热线周报", *[""] * 10]
    rows = [
        title,
        HEAD,
        order(1),
        order(2, 诉求类型="咨询", 诉求内容="咨询公积金提取"),
        order(3, 受理时间="很久以前"),
        order(4, 诉求内容="", 诉求标题=""),
        order(5, 诉求类型=""),
        ["合计", "5", *[""] * 9],
    ]
    if request.param == "xlsx":
        yield xlsx(tmp_path / "t.xlsx", rows, merged=["A1:K1"])
    else:
        yield text_table(tmp_path / "t.csv", rows, encoding=request.param)


def test_every_row_of_the_sheet_is_accounted_for(orders: Path, veil: Veil) -> None:
    table, items = read(orders, veil)
    posts = [item for item in items if isinstance(item, ParsedPost)]
    defects = [item for item in items if isinstance(item, Defect)]

    assert (len(posts), len(defects), table.tally.rows) == (3, 2, 5)
    assert table.tally.stated == table.tally.rows
    assert dict(table.tally.types) == {"求助": 1, "咨询": 1, "未填": 1}
    assert [(d.location.partition(":")[2], d.reason) for d in defects] == [
        ("5", "时间读不出"),
        ("6", "没有正文"),
    ]
    assert list(table.tally.notes()) == []


def test_a_work_order_names_nobody_before_it_is_handed_on(orders: Path, veil: Veil) -> None:
    _, items = read(orders, veil)
    post = items[0]

    assert isinstance(post, ParsedPost)
    assert post.text == (
        "停水 市民[姓名]（[电话]）反映幸福小区[门牌]停水，车[车牌]堵路（东门街道）"
    )
    assert (post.author, post.url, post.channel) == (None, None, "hotline")
    assert post.published_at == NOON - timedelta(minutes=30)
    told = "".join(f"{i.text}{i.post_id}{i.author}" for i in items if isinstance(i, ParsedPost))
    for secret in ("赵机密", "13900139000", "秘密路", "ZX2031", "13800138000", "501"):
        assert secret not in told


def test_the_number_of_an_order_is_a_keyed_digest(
    tmp_path: Path, veil: Veil, directory: object
) -> None:
    file = text_table(tmp_path / "t.csv", [HEAD, order(1), order(2)])
    other = Veil(b"x" * 32, task="test", directory=directory)  # type: ignore[arg-type]

    first, again, elsewhere = (read(file, key)[1] for key in (veil, veil, other))
    ids, same, others = ([item.post_id for item in r] for r in (first, again, elsewhere))  # type: ignore[union-attr]

    assert ids == same
    assert len(set(ids)) == 2
    assert not set(ids) & set(others)
    assert ids[0] == veil.serial("ZX203106170001")


def test_an_order_without_a_number_gets_one_from_what_it_says(tmp_path: Path, veil: Veil) -> None:
    rows = [HEAD, order(1, 工单编号=""), order(2, 工单编号="", 诉求内容="别的事")]

    ids = [item.post_id for item in read(text_table(tmp_path / "t.csv", rows), veil)[1]]  # type: ignore[union-attr]

    assert len(set(ids)) == 2


def test_a_number_that_a_spreadsheet_rounded_is_flagged_and_not_kept_as_exact(
    tmp_path: Path, veil: Veil
) -> None:
    rows = [HEAD, order(1, 工单编号="2.03106E+16"), order(2, 工单编号="2.03106E+16", 诉求内容="二")]

    table, items = read(text_table(tmp_path / "t.csv", rows), veil)

    assert len({item.post_id for item in items}) == 2  # type: ignore[union-attr]
    assert table.tally.rounded_ids == 2
    assert any("近似数" in note for note in table.tally.notes())


def test_a_number_that_comes_twice_is_told(tmp_path: Path, veil: Veil) -> None:
    table, _ = read(text_table(tmp_path / "t.csv", [HEAD, order(1), order(1)]), veil)

    assert table.tally.repeated_ids == 1


def test_a_total_that_does_not_fit_the_sheet_is_told(tmp_path: Path, veil: Veil) -> None:
    rows = [HEAD, order(1), ["合计：7", *[""] * 10]]

    table, _ = read(text_table(tmp_path / "t.csv", rows), veil)

    assert any("合计写 7，实际读到 1 行" in note for note in table.tally.notes())


WEIBO = ["id", "bid", "user_id", "screen_name", "text", "created_at", "reposts_count",
         "comments_count", "attitudes_count", "retweet_id", "ip"]  # fmt: skip


def test_a_weibo_export_keeps_text_time_counts_and_the_repost_only(
    tmp_path: Path, veil: Veil
) -> None:
    line = ["5012345678901234", "Ab", "77", "小喇叭", '东门<br/>停水了 <a href="x">#停水#</a>',
            "Tue Jun 17 11:30:00 +0800 2031", "10万+", "3", "1.2万", "5012345678900000",
            "1.2.3.4"]  # fmt: skip

    _, (post,) = read(text_table(tmp_path / "t.csv", [WEIBO, line]), veil)

    assert post == ParsedPost(
        source="hotline",
        post_id="5012345678901234",
        url=None,
        published_at=NOON - timedelta(minutes=30),
        channel="weibo",
        text="东门 停水了 #停水#",
        author="小喇叭",
        repost_of="5012345678900000",
        counts=Counts(100_000, 3, 12_000),
    )


@pytest.mark.parametrize(
    ("told", "channel"),
    [
        ("微博", "weibo"),
        ("抖音", "short_video"),
        ("forum", "forum"),
        ("某人的号", "other"),
        ("", "other"),
    ],
)
def test_a_channel_is_one_of_the_known_codes(
    tmp_path: Path, veil: Veil, told: str, channel: str
) -> None:
    rows = [["内容", "时间", "平台"], ["停水", "2031-06-17 11:30", told]]

    _, (post,) = read(text_table(tmp_path / "t.csv", rows), veil)

    assert isinstance(post, ParsedPost)
    assert post.channel == channel


def test_each_order_is_a_voice_of_its_own(tmp_path: Path, veil: Veil) -> None:
    """The same sentence in two orders is two people; pasted in a forum it may be one."""
    rows = [
        HEAD,
        *(order(n, 诉求内容="东门停水了") for n in range(4)),
        order(3, 诉求内容="东门停水了"),
    ]
    _, items = read(text_table(tmp_path / "t.csv", rows), veil)
    found = [one for one in items if isinstance(one, ParsedPost)]

    def voices(parsed: list[ParsedPost]) -> int:
        return len({veil.veil(one, seen_at=NOON).voice for one in parsed})

    assert voices(found) == 4
    assert voices([replace(one, channel="forum") for one in found]) == 1
