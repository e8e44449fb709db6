"""Saved pages and archives of them."""

import io
import zipfile
from pathlib import Path

import pytest

from core.errors import RefusedError
from crawler.importers.archive import open_archive, read_page
from crawler.importers.rows import Handed
from crawler.records import Defect, ParsedPost
from crawler.unpacking import MAX_BYTES
from tests.crawler.conftest import NOON

ARTICLE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<meta property="og:title" content="东门片区停水通知"></head><body>
<h1 id="activity-name">东门片区停水通知</h1><a id="js_name">澄川发布</a>
<div id="js_content" style="visibility:hidden"><p>因抢修主管，东门片区停水至20时。</p></div>
<script>var ct = "1939435200";</script></body></html>"""

WARNING = """<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>X1</identifier>
<sender>澄川县气象台</sender><sent>2031-06-17T11:00:00+08:00</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>zh-CN</language>
<category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>
<certainty>Likely</certainty><headline>澄川县气象台发布暴雨橙色预警</headline>
<description>预计未来三小时有强降雨。</description><area><areaDesc>澄川县</areaDesc></area></info>
</alert>"""


def handed(name: str, body: str | bytes) -> Handed:
    data = body.encode() if isinstance(body, str) else body
    return Handed(name, lambda: io.BytesIO(data))


def zipped(*members: tuple[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, body in members:
            out.writestr(name, body)
    return made.getvalue()


def test_a_saved_article_gives_its_post() -> None:
    (post,) = read_page(handed("a.html", ARTICLE), kind="page", source="wechat", seen_at=NOON)

    assert isinstance(post, ParsedPost)
    assert "停水至20时" in post.text
    assert (post.source, post.channel, post.url) == ("wechat", "wechat", None)
    assert post.published_at is not None


def test_a_warning_gives_its_post() -> None:
    (post,) = read_page(handed("a.xml", WARNING), kind="cap", source="cap", seen_at=NOON)

    assert isinstance(post, ParsedPost)
    assert "暴雨橙色预警" in post.text
    assert post.channel == "official"


def test_a_drill_of_the_warning_centre_is_a_defect_of_the_file() -> None:
    drill = WARNING.replace("Actual", "Exercise")

    (defect,) = read_page(handed("a.xml", drill), kind="cap", source="cap", seen_at=NOON)

    assert isinstance(defect, Defect)
    assert (defect.source, defect.location) == ("cap", "a.xml")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("page", "<html><body>别的网页</body></html>"),
        ("page", ""),
        ("cap", "<html/>"),
        ("cap", WARNING.replace("<alert", '<!DOCTYPE a [<!ENTITY x "y">]><alert')),
        ("page", b"<html>" + bytes(MAX_BYTES)),
    ],
)
def test_a_file_that_is_no_such_page_is_refused_by_name(kind: str, body: str | bytes) -> None:
    with pytest.raises(RefusedError, match=r"^x\.f: "):
        list(read_page(handed("x.f", body), kind=kind, source="s", seen_at=NOON))  # type: ignore[arg-type]


def test_an_archive_names_what_can_be_read_and_counts_the_rest() -> None:
    made = zipped(("文章/a.html", ARTICLE), ("文章/a_files/x.css", "p{}"), ("b.XML", WARNING))

    opened = open_archive(handed("z.zip", made), io.BytesIO(made))

    assert [member.name for member in opened.members] == ["z.zip/文章/a.html", "z.zip/b.XML"]
    assert opened.others == 1
    assert opened.members[0].open().read().decode() == ARTICLE


def test_an_archive_with_one_unsafe_member_is_refused_whole(tmp_path: Path) -> None:
    made = zipped(("a.html", ARTICLE), ("../huiying_slip.html", "x"))

    with pytest.raises(RefusedError, match=r"z\.zip: .*huiying_slip"):
        open_archive(handed("z.zip", made), io.BytesIO(made))

    assert not (tmp_path.parent / "huiying_slip.html").exists()


def test_a_member_damaged_at_the_end_refuses_the_archive_before_anything_is_read() -> None:
    made = bytearray(zipped(("a.html", ARTICLE), ("b.html", ARTICLE * 3)))
    made[made.index(b"b.html") + 30] ^= 0xFF

    with pytest.raises(RefusedError, match=r"b\.html"):
        open_archive(handed("z.zip", bytes(made)), io.BytesIO(bytes(made)))
