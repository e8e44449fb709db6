"""Which column is what: guessed, given, refused, remembered."""

from pathlib import Path

import pytest

from core.errors import HuiyingError, RefusedError
from crawler.importers import mapping
from crawler.importers.mapping import Columns, Role
from crawler.importers.rows import Row

HOTLINE = (
    "序号", "工单编号", "来电时间", "诉求类型", "诉求标题", "诉求内容",
    "所属区域", "承办单位", "来电人", "联系电话",
)  # fmt: skip
WEIBO = (
    "id", "bid", "user_id", "screen_name", "text", "created_at", "reposts_count", "comments_count",
    "attitudes_count", "retweet_id", "ip",
)  # fmt: skip


def rows(*lines: tuple[str, ...]) -> list[Row]:
    return [Row(number, line) for number, line in enumerate(lines, 2)]


def test_a_hotline_export_is_known_by_its_headings() -> None:
    found = mapping.guess(HOTLINE, [])

    assert (found.kind, found.channel) == ("hotline", "hotline")
    assert found.columns == {
        Role.TEXT: "诉求内容",
        Role.TITLE: "诉求标题",
        Role.TIME: "来电时间",
        Role.ID: "工单编号",
        Role.TYPE: "诉求类型",
        Role.PLACE: "所属区域",
    }


def test_a_weibo_export_is_known_and_what_traces_a_person_is_left_out() -> None:
    found = mapping.guess(WEIBO, [])

    assert (found.kind, found.channel) == ("table", "weibo")
    assert found.columns[Role.REPOST_OF] == "retweet_id"
    assert not {"user_id", "ip"} & set(found.columns.values())


@pytest.mark.parametrize(
    "heading", ["诉求内容", "诉求信息/诉求内容", "诉求内容（必填）*", " 诉求 内容 ", "诉求_内容"]
)
def test_headings_are_known_however_they_are_dressed(heading: str) -> None:
    assert mapping.guess((heading, "时间"), []).columns[Role.TEXT] == heading


@pytest.mark.parametrize(
    ("ids", "is_id"),
    [(("1", "2", "3"), False), (("0", "1", "2"), False), (("7", "8", "9"), True), (("1",), True)],
)
def test_a_column_that_only_counts_its_rows_is_no_id(ids: tuple[str, ...], *, is_id: bool) -> None:
    found = mapping.guess(("编号", "时间", "内容"), rows(*((one, "t", "x") for one in ids)))

    assert (Role.ID in found.columns) is is_id


def test_unknown_headings_name_nothing() -> None:
    found = mapping.guess(("甲", "乙"), [])

    assert found.columns == {}
    assert found.missing() == (Role.TEXT, Role.TIME)


def test_a_person_may_name_columns_a_channel_and_leave_one_out() -> None:
    base = mapping.guess(("甲", "乙", "作者"), [])

    found = mapping.chosen(
        ("甲", "乙", "作者"), {"text": "甲", "time": "乙", "channel": "forum", "author": ""}, base
    )

    assert found == Columns("table", "forum", {Role.TEXT: "甲", Role.TIME: "乙"})
    assert found.told() == "text=甲 time=乙 channel=forum"


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"text": "没有"}, HuiyingError, "没有“没有”这一列"),
        ({"body": "诉求内容"}, HuiyingError, "body"),
        ({"text": "联系电话"}, RefusedError, "个人信息"),
        ({"author": "来电人"}, RefusedError, "来电人"),
        ({"channel": "不是代码"}, HuiyingError, "不是代码"),
    ],
)
def test_what_cannot_or_may_not_be_a_column_is_told(
    given: dict[str, str], error: type[HuiyingError], told: str
) -> None:
    with pytest.raises(error, match=told):
        mapping.chosen(HOTLINE, given, mapping.guess(HOTLINE, []))


def test_a_mapping_is_found_again_by_its_headings_in_any_order(tmp_path: Path) -> None:
    columns = mapping.guess(HOTLINE, [])

    file = mapping.remember(tmp_path / "mappings", "hotline", HOTLINE, columns)

    assert file.name == "hotline.toml"
    assert mapping.recall(tmp_path / "mappings", tuple(reversed(HOTLINE))) == ("hotline", columns)
    assert mapping.recall(tmp_path / "mappings", (*HOTLINE, "备注")) is None
    assert 'text = "诉求内容"' in file.read_text(encoding="utf-8")


def test_the_same_headings_keep_their_file_and_others_get_their_own(tmp_path: Path) -> None:
    first = mapping.remember(tmp_path, "hotline", HOTLINE, mapping.guess(HOTLINE, []))
    others = (*HOTLINE, "备注")

    again = mapping.remember(tmp_path, "x", HOTLINE, mapping.guess(HOTLINE, []))
    second = mapping.remember(tmp_path, "hotline", others, mapping.guess(others, []))

    assert again == first
    assert second.name == f"hotline-{mapping.signature(others)[:8]}.toml"
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([first.name, second.name])


def test_a_mapping_edited_by_hand_is_used_and_a_broken_one_is_named(tmp_path: Path) -> None:
    file = mapping.remember(tmp_path, "hotline", HOTLINE, mapping.guess(HOTLINE, []))
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('time = "来电时间"', 'time = "承办单位"'), encoding="utf-8")

    recalled = mapping.recall(tmp_path, HOTLINE)
    file.write_text(text.replace("来电时间", "没有的列"), encoding="utf-8")

    assert recalled is not None
    assert recalled[1].columns[Role.TIME] == "承办单位"
    with pytest.raises(HuiyingError, match=r"hotline\.toml.*没有的列"):
        mapping.recall(tmp_path, HOTLINE)
    file.write_text("kind = 3", encoding="utf-8")
    with pytest.raises(HuiyingError, match=r"hotline\.toml.*signature"):
        mapping.recall(tmp_path, HOTLINE)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a" * 65, "x\n"])
def test_a_mapping_is_never_written_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(HuiyingError, match="mapping"):
        mapping.remember(tmp_path / "mappings", name, HOTLINE, mapping.guess(HOTLINE, []))

    assert list(tmp_path.rglob("*.toml")) == []
