"""The posts file: what goes in, and what becomes a defect with line and reason."""

import gzip
import json

import pytest

from core.errors import HuiyingError
from crawler.importers import posts
from crawler.records import Counts, Defect, ParsedPost
from tests.crawler.conftest import NOON

LINE = {
    "id": "1",
    "url": None,
    "published_at": "2031-06-17T12:00:00+08:00",
    "channel": "weibo",
    "text": "东门停水了",
    "reply_to": None,
    "counts": {"reposts": 3, "comments": "1.2万", "likes": "10万+"},
    "issuer": "water",
    "author": "甲乙",
    "unknown": {"x": 1},
}


def read(tmp_path, *lines: bytes | str, name="posts.jsonl"):
    file = tmp_path / name
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return list(posts.read_posts(file, source="file", seen_at=NOON))


def line(**changes):
    return json.dumps(LINE | changes, ensure_ascii=False)


@pytest.mark.parametrize("name", ["posts.jsonl", "posts.jsonl.gz"])
def test_a_good_line_is_read_whole(tmp_path, name):
    (post,) = read(tmp_path, line(), name=name)

    assert post == ParsedPost(
        source="file",
        post_id="1",
        url=None,
        published_at=NOON,
        channel="weibo",
        text="东门停水了",
        author="甲乙",
        counts=Counts(3, 12_000, 100_000),
        issuer="water",
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line()[:-9], "不是完整的 JSON"),
        ('{"id": "1", "id": "2"}', "键重复"),
        (line().replace("东门", "\\ud800"), "代理字符"),
        ('{"id": ' + "9" * 5000 + "}", "数字过大"),
        (line(counts={"likes": 10**30}), "counts.likes"),
        ('{"n": NaN}', "NaN"),
        ("[" * 100_000, "嵌套过深"),
        ("[1]", "应是一个对象"),
        (line(text=7), "text 应是字符串"),
        (line(text=" \u200b"), "text"),
        (line(text=None), "缺少 text"),
        (line(id=None), "缺少 id"),
        (line(id=["x"]), "id 应是字符串"),
        (line(id="x" * 300), "id 超过"),
        (line(published_at="2031-06-17T12:00:00"), "时区"),
        (line(published_at="昨天"), "时区"),
        (line(published_at=None), "缺少 published_at"),
        (line(channel="a b"), "channel"),
        (line(counts=[1]), "counts 应是对象"),
        (line(counts={"likes": -1}), "counts.likes"),
        (line(counts={"likes": True}), "counts.likes"),
        (line(issuer="某某局"), "issuer"),
        (line().encode("gb18030"), "UTF-8"),
        ("x" * (posts.MAX_LINE_BYTES + 5), "一行超过"),
    ],
)
def test_a_broken_line_is_a_defect_and_the_rest_goes_in(tmp_path, bad, reason):
    before, defect, after = read(tmp_path, line(id="a"), bad, line(id="b"))

    assert (before.post_id, after.post_id) == ("a", "b")
    assert isinstance(defect, Defect)
    assert reason in defect.reason
    assert defect.location == "posts.jsonl:2"
    assert "停水" not in repr(defect)


def test_bom_crlf_blank_lines_and_numeric_ids_are_fine(tmp_path):
    found = read(tmp_path, b"\xef\xbb\xbf" + line(id=7).encode() + b"\r", "", "  ", line(id="b"))

    assert [p.post_id for p in found] == ["7", "b"]


def test_a_cut_gz_gives_what_it_holds_and_one_defect(tmp_path):
    file = tmp_path / "posts.jsonl.gz"
    file.write_bytes(gzip.compress(b"\n".join([line().encode()] * 3))[:-9])

    found = list(posts.read_posts(file, source="file", seen_at=NOON))

    assert [type(one) for one in found][-1] is Defect
    assert "不完整" in found[-1].reason


def test_what_unpacks_to_too_much_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(posts, "MAX_FILE_BYTES", 1000)

    found = read(tmp_path, *[line(id=str(n)) for n in range(50)], name="posts.jsonl.gz")

    assert isinstance(found[-1], Defect)
    assert 0 < len(found) < 10


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(HuiyingError, match=r"none\.jsonl"):
        list(posts.read_posts(tmp_path / "none.jsonl", source="file"))
