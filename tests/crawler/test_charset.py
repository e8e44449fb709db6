"""Charset repair: wrong declarations are repaired or refused, right ones are left alone."""

import codecs
import random
import time
from dataclasses import dataclass
from itertools import accumulate

import jieba
import pytest

from crawler.charset import CharsetError, decode
from crawler.charset.declared import HEAD_BYTES

NEWS = "河东区今日凌晨发布通知：解放路停水，预计下午五点恢复，请居民提前储水，注意安全。"
TRADITIONAL = "河東區今日凌晨發布通知：解放路停水，預計下午五點恢復，請居民提前儲水，注意安全。"
RARE = "㐂㙍㵐䶮𠮷"
"""Characters that GB18030 writes in four bytes; 䶮 and 𠮷 stand in names of places and people."""
NOISE = random.Random(7).randbytes(4000)  # noqa: S311


def page(text: str = NEWS, meta: str = "") -> str:
    declared = f'<meta charset="{meta}">' if meta else ""
    return f"<!DOCTYPE html><html><head>{declared}<title>通知</title></head><p>{text}</p></html>"


def header(charset: str) -> str:
    return f"text/html; charset={charset}" if charset else "text/html"


@dataclass(frozen=True)
class Case:
    name: str
    body: bytes
    content_type: str
    text: str
    encoding: str


REPAIRED = [
    Case(
        "GBK that the header calls UTF-8",
        page().encode("gbk"),
        header("utf-8"),
        page(),
        "gb18030",
    ),
    Case(
        "UTF-8 that the page calls GB 2312",
        page(meta="gb2312").encode(),
        header(""),
        page(meta="gb2312"),
        "utf-8",
    ),
    Case(
        "UTF-8 that the page calls GBK and the header UTF-8",
        page(meta="gbk").encode(),
        header("utf-8"),
        page(meta="gbk"),
        "utf-8",
    ),
    Case(
        "GBK that the page calls UTF-8 and the header GBK",
        page(meta="utf-8").encode("gbk"),
        header("gbk"),
        page(meta="utf-8"),
        "gb18030",
    ),
    Case(
        "GBK that calls itself ISO-8859-1, a server's default",
        page().encode("gbk"),
        header("ISO-8859-1"),
        page(),
        "gb18030",
    ),
    Case(
        "UTF-8 that calls itself ISO-8859-1",
        page().encode(),
        header("iso-8859-1"),
        page(),
        "utf-8",
    ),
    Case(
        "Big5 that calls itself UTF-8",
        page(TRADITIONAL).replace("title", "b").encode("big5"),
        header("utf-8"),
        page(TRADITIONAL).replace("title", "b"),
        "big5hkscs",
    ),
    Case(
        "Big5 that calls itself GB 2312",
        page(TRADITIONAL, meta="gb2312").encode("big5"),
        header(""),
        page(TRADITIONAL, meta="gb2312"),
        "big5hkscs",
    ),
    Case(
        "traditional GBK that calls itself Big5",
        page(TRADITIONAL, meta="big5").encode("gbk"),
        header(""),
        page(TRADITIONAL, meta="big5"),
        "gb18030",
    ),
    Case(
        "GB18030 in four bytes that calls itself UTF-8",
        page(NEWS + RARE).encode("gb18030"),
        header("utf-8"),
        page(NEWS + RARE),
        "gb18030",
    ),
    Case(
        "UTF-16 with its mark that calls itself GBK",
        codecs.BOM_UTF16_LE + page(meta="gbk").encode("utf-16-le"),
        header("gbk"),
        page(meta="gbk"),
        "utf-16",
    ),
    Case(
        "UTF-16 without a mark that calls itself UTF-8",
        page(meta="utf-8").encode("utf-16-le"),
        header(""),
        page(meta="utf-8"),
        "utf-16-le",
    ),
    Case(
        "UTF-16, the high byte first, that calls itself UTF-8",
        page(meta="utf-8").encode("utf-16-be"),
        header("utf-8"),
        page(meta="utf-8"),
        "utf-16-be",
    ),
    Case(
        "UTF-8 with a mark that calls itself GBK",
        codecs.BOM_UTF8 + page(meta="gbk").encode(),
        header("gbk"),
        page(meta="gbk"),
        "utf-8",
    ),
    Case(
        "GBK whose name nobody knows",
        page(meta="x-chinese").encode("gbk"),
        header(""),
        page(meta="x-chinese"),
        "gb18030",
    ),
    Case(
        "two GBK characters that are valid UTF-8 too",
        "联通".encode("gbk"),
        header("utf-8"),
        "联通",
        "gb18030",
    ),
    Case(
        "a Chinese page in UTF-8 that calls itself Shift_JIS",
        page(meta="shift_jis").encode(),
        header(""),
        page(meta="shift_jis"),
        "utf-8",
    ),
]
"""Wrong declarations with one right reading."""


@pytest.mark.parametrize("case", REPAIRED, ids=lambda case: case.name)
def test_a_wrong_declaration_is_repaired_and_told(case: Case) -> None:
    read = decode(case.body, case.content_type)

    assert (read.text, read.encoding, read.repaired) == (case.text, case.encoding, True)


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        pytest.param(
            page().encode() + page().encode("gbk"), header("utf-8"), "混用", id="UTF-8, then GBK"
        ),
        pytest.param(
            page().encode("gbk") + NEWS[:12].encode(), header("gbk"), "", id="GBK, then UTF-8"
        ),
        pytest.param(
            page(NEWS * 4).encode("gbk") + TRADITIONAL.encode("big5"),
            header("gbk"),
            "",
            id="GBK, then Big5",
        ),
        pytest.param(NEWS.encode()[:-1], header("utf-8"), "断开", id="UTF-8, cut"),
        pytest.param(NEWS.encode("gbk")[:-1], header("gbk"), "断开", id="GBK, cut"),
        pytest.param(
            codecs.BOM_UTF16_LE + page().encode("utf-16-le")[:-1],
            header("utf-16"),
            "UTF-16",
            id="UTF-16, cut",
        ),
        pytest.param(
            page().encode().replace("停".encode(), b"\xe5\x81"),
            header("utf-8"),
            "混用",
            id="UTF-8 with a broken character",
        ),
        pytest.param(
            page().encode("hz"), header("hz-gb-2312"), "HZ", id="HZ, whose letters are markup"
        ),
        pytest.param(
            page().encode("iso2022_jp_2"), header("iso-2022-jp-2"), "ISO-2022", id="ISO-2022"
        ),
        pytest.param(
            f"<p>{'éàü ' * 20}</p>".encode("cp1252"),
            header("utf-8"),
            "无法识别",
            id="Latin undeclared",
        ),
        pytest.param(
            "水道を止めます。ご注意ください。".encode("shift_jis"),
            header("utf-8"),
            "",
            id="Japanese that calls itself UTF-8",
        ),
        pytest.param(NOISE, header("utf-8"), "不是文字", id="no text at all"),
        pytest.param(
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 20, header("gbk"), "不是文字", id="an image"
        ),
    ],
)
def test_what_reads_well_in_no_encoding_is_refused(body, content_type, reason) -> None:
    with pytest.raises(CharsetError) as refused:
        decode(body, content_type)

    assert reason in refused.value.reason
    assert NEWS[:4] not in refused.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb2312", "gb18030", "utf-16"])
@pytest.mark.parametrize("where", ["header", "page", "both"])
def test_a_right_declaration_is_not_called_wrong(encoding: str, where: str) -> None:
    text = page(meta=encoding if where != "header" else "")

    read = decode(text.encode(encoding), header(encoding if where != "page" else ""))

    assert (read.text, read.repaired) == (text, False)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (page(TRADITIONAL).replace("<title>通知</title>", ""), "big5"),
        (page(NEWS + RARE), "gb18030"),
        ("<p>Café – “naïve” résumé</p>", "windows-1252"),
        ("<p>© 2026 Café</p>", "utf-8"),
        ("<p>plain ASCII +ADw-script+AD4-</p>", "utf-8"),
        ("<p>plain ASCII</p>", "gb2312"),
    ],
)
def test_other_declared_encodings_hold_where_they_fit(text: str, encoding: str) -> None:
    read = decode(text.encode(encoding), header(encoding))

    assert (read.text, read.repaired) == (text, False)


def test_utf_7_stays_the_letters_that_it_is() -> None:
    """``+ADw-script+AD4-`` would become a tag in a reader that believes the declaration."""
    read = decode(b"<p>+ADw-script+AD4-alert(1)</p>", header("utf-7"))

    assert read.text == "<p>+ADw-script+AD4-alert(1)</p>"
    assert read.repaired


@pytest.mark.parametrize(
    "not_declared",
    [
        '<script charset="gbk" src="a.js"></script>',
        '<link rel="stylesheet" charset="gbk" href="a.css">',
        '<!-- <meta charset="gbk"> -->',
        '<meta name="description" content="how to set charset=gbk">',
        f'<p>{"x" * HEAD_BYTES}</p><meta charset="gbk">',
    ],
)
def test_only_a_meta_at_the_head_of_a_page_declares_its_encoding(not_declared: str) -> None:
    body = f"<html>{not_declared}<p>{NEWS}</p></html>".encode()

    assert not decode(body, header("")).repaired


@pytest.mark.parametrize(
    "declared",
    [
        '<meta http-equiv="Content-Type" content="text/html; charset=gbk">',
        "<META content='text/html;charset=GBK' http-equiv=content-type>",
        "<meta charset = gbk />",
        '<?xml version="1.0" encoding="gbk"?>',
    ],
)
def test_every_usual_form_of_declaration_is_heard(declared: str) -> None:
    assert decode(f"{declared}<p>{NEWS}</p>".encode(), header("")).repaired
    assert not decode(f"{declared}<p>{NEWS}</p>".encode("gbk"), header("")).repaired


def drawn(count: int, length: int) -> list[str]:
    """Draw texts by how often jieba's words are used."""
    jieba.initialize()
    words = list(jieba.dt.FREQ)
    weights = list(accumulate(jieba.dt.FREQ.values()))
    rng = random.Random(11)  # noqa: S311
    texts = []
    for _ in range(count):
        text = ""
        while len(text) < length:
            text += "".join(rng.choices(words, cum_weights=weights, k=20)) + "，"
        texts.append(text[:length])
    return texts


@pytest.mark.parametrize("length", [16, 400])
def test_chinese_is_read_right_in_any_encoding_whatever_is_declared(length: int) -> None:
    tried = 0
    for text in drawn(150, length):
        for encoding, wrong in (("gb18030", "utf-8"), ("utf-8", "gbk"), ("gb18030", "big5")):
            written = page(text, meta=wrong)
            assert decode(written.encode(encoding), header(wrong)).text == written
            tried += 1
    assert tried == 450


def test_a_list_of_rare_names_is_text() -> None:
    names = (
        "王燚、李翀、张垚、赵堃、陈曌、杨昶、周赟、吴珺、郑淼、孙犇、马骉、朱鑫、林嬿、何璟、罗韡"
    )
    text = page(NEWS + names + "䶮" * 3)

    assert decode(text.encode("gb18030"), header("gbk")).text == text


def test_a_large_page_costs_few_milliseconds() -> None:
    """Two megabytes in each encoding, also when every byte is odd; the bound is a tenfold one."""
    big = NEWS * 17_000
    bodies = [page(big).encode(), page(big).encode("gbk"), ("鼯鼱黼黻" * 250_000).encode("gbk")]
    started = time.process_time()
    for body in bodies:
        try:
            decode(body, header("gbk"))
        except CharsetError:
            continue

    assert time.process_time() - started < 10
