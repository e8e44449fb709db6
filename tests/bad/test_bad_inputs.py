"""F11: the 94 hostile files through every way in that fits, each in a child with limits.

The files stand beside the repository and never in it; without them the tests say so and are
skipped. Each is taken in twice, and the second time changes nothing.
"""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console import wiring
from console.pipeline import Pipeline
from tests.bad import ways
from tests.bad.limited import Ended, limited

BAD = Path(__file__).parents[2].parent / "shared" / "badinputs"
pytestmark = [
    pytest.mark.skipif(
        not BAD.is_dir(), reason="the hostile files (shared/badinputs) are not here"
    ),
    pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning"),
]
MOST_CPU_S, MOST_MB = 5.0, 256.0
COUNT = 94
CANARY = 9
"""The port that the files name."""

Found = dict[str, Any]
Check = Callable[[Found], bool]


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory) -> None:
    """Load once, in the parent, what every child needs, so that its limits measure the file."""
    import feedparser
    import python_calamine
    import scrapy.crawler
    import trafilatura

    from crawler import egress, spiders

    assert all((feedparser, python_calamine, scrapy, trafilatura, egress, spiders))
    services = wiring.prepare(tmp_path_factory.mktemp("warm") / "data")
    Pipeline(services)
    services.engine.dispose()
    ways.page(b"<rss><channel></channel></rss>", "feed")
    ways.page("<html><body><p>停水通知</p></body></html>".encode(), "html")


@pytest.fixture(scope="module", autouse=True)
def canary() -> Iterator[list[str]]:
    """Listen where the files point; nothing may ever call."""
    calls: list[str] = []
    with socket.create_server(("127.0.0.1", CANARY)) as listening:
        listening.settimeout(0.05)
        yield calls
        while True:
            try:
                listening.accept()
            except TimeoutError:
                break
            calls.append("called")
    assert calls == []


def refused(*words: str) -> Check:
    """Nothing is taken in, and the reason says one of *words*."""

    def check(found: Found) -> bool:
        told = found["refused"] or "；".join(found.get("defects", []))
        return not found["posts"] and any(word in told for word in words)

    return check


def texts(*wanted: str) -> Check:
    """Exactly these texts come in (each must begin so)."""

    def check(found: Found) -> bool:
        got = [post["text"] for post in found["posts"]]
        return len(got) == len(wanted) and all(
            g.startswith(w) for g, w in zip(got, wanted, strict=True)
        )

    return check


def either(*checks: Check) -> Check:
    return lambda found: any(check(found) for check in checks)


def no_trace(*words: str) -> Check:
    """None of *words* stands in anything that came out."""
    return lambda found: not any(word in repr(found) for word in words)


def both(*checks: Check) -> Check:
    return lambda found: all(check(found) for check in checks)


def counted(word: str) -> Check:
    return lambda found: any(word in defect for defect in found.get("defects", []))


def in_range(found: Found) -> bool:
    return all("2000-01-01" <= post["at"] <= "2031-06-18" for post in found["posts"])


NOTHING = no_trace("root:x:0", "SYSTEM")
PAGES: dict[str, Check] = {
    "feed/01_truncated.xml": refused("完整"),
    "feed/02_unescaped_amp.xml": either(refused("完整"), lambda f: len(f["posts"]) == 1),
    "feed/03_mismatched_tags.xml": refused("完整"),
    "feed/04_two_roots.xml": either(refused("完整"), lambda f: len(f["posts"]) == 1),
    "feed/05_not_xml.xml": refused("登录", "网页"),
    "feed/06_empty.xml": both(refused("空"), lambda f: f["outcome"] == "empty"),
    "feed/07_wrong_encoding_decl.xml": either(
        refused("编码"), both(lambda f: bool(f["posts"]), no_trace("\ufffd", "锟"))
    ),
    "feed/08_utf16_bom.xml": both(lambda f: len(f["posts"]) >= 1, no_trace("\ufffd")),
    "feed/09_xxe_file.xml": both(refused("DOCTYPE"), NOTHING),
    "feed/10_xxe_http.xml": refused("DOCTYPE"),
    "feed/11_xxe_param.xml": refused("DOCTYPE"),
    "feed/12_billion_laughs.xml": refused("DOCTYPE"),
    "feed/13_quadratic_blowup.xml": refused("DOCTYPE"),
    "feed/14_deep_nesting.xml": refused("嵌套"),
    "feed/15_cdata_xss.xml": no_trace("<script", "alert("),
    "feed/16_js_link.xml": both(
        lambda f: len(f["posts"]) == 1 and f["posts"][0]["url"] is None, no_trace("javascript:")
    ),
    "feed/17_dates.xml": both(lambda f: len(f["posts"]) >= 10, in_range),
    "feed/18_dup_guids.xml": lambda f: len({p["id"] for p in f["posts"]}) == len(f["posts"]) <= 4,
    "feed/19_nul_and_ctrl.xml": no_trace("\x00", "\x1b", "\\x00", "\\x1b", "\ufffe"),
    "feed/20_huge_attr.xml": lambda f: all(post["length"] < 2_000 for post in f["posts"]),
    "feed/21_many_items.xml": both(lambda f: len(f["posts"]) == 300, counted("1200")),
    "feed/22_atom_xhtml.xml": both(
        lambda f: len(f["posts"]) >= 1, no_trace("onerror", "onclick", "<")
    ),
    "feed/23_xinclude.xml": NOTHING,
    "feed/24_xslt_pi.xml": lambda f: len(f["posts"]) <= 1,
    "html/01_gbk_as_utf8.html": either(refused("编码"), lambda f: "停电" in repr(f)),
    "html/02_utf8_as_gb2312.html": either(refused("编码"), lambda f: "停电" in repr(f)),
    "html/03_mixed_charsets.html": refused("编码"),
    "html/04_gb18030_4byte.html": both(no_trace("\ufffd"), lambda f: not f["refused"]),
    "html/05_utf7.html": no_trace("<script>"),
    "html/06_deep_div.html": lambda f: f["outcome"] in {"ok", "damaged", "empty"},
    "html/07_unclosed.html": lambda f: f["outcome"] in {"ok", "damaged", "empty"},
    "html/08_giant_line.html": lambda f: all(p["length"] <= 20_000 for p in f["posts"]),
    "html/09_meta_refresh.html": lambda f: "169.254" not in repr(f.get("links")),
    "html/10_base_href.html": lambda f: "127.0.0.1" not in repr((f.get("links"), f.get("next"))),
    "html/11_comment_bomb.html": lambda f: f["outcome"] in {"ok", "damaged", "empty"},
    "html/12_entity_flood.html": no_trace("\x00", "\\x00", "\\ud8", "\u202e", "\u200b"),
    "json/01_truncated.json": refused("JSON"),
    "json/02_deep.json": refused("嵌套"),
    "json/03_dup_keys.json": refused("重复", "JSON"),
    "json/04_big_numbers.json": refused("数字", "JSON"),
    "json/05_lone_surrogate.json": lambda f: "\\ud8" not in repr(f),
    "json/06_bom_crlf.json": lambda f: f["outcome"] in {"ok", "damaged"},
    "json/07_proto.json": no_trace("__proto__", "constructor"),
    "json/09_types.json": lambda f: not f["posts"],
    "json/10_mass_assignment.json": lambda f: not f["posts"],
}


def name_of(path: Path) -> str:
    return path.relative_to(BAD).as_posix()


def run(act: Callable[[], Found]) -> Ended:
    ended = limited(act)
    assert ended.cpu_s <= MOST_CPU_S, ended
    assert ended.extra_mb <= MOST_MB, ended
    return ended


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_is_read_rightly_or_refused_by_name(name):
    body = (BAD / name).read_bytes()
    kind = name.partition("/")[0]
    header = "text/html; charset=utf-8" if name.startswith("html/01") else ""

    ended = run(lambda: ways.page(body, kind, header))

    assert PAGES[name](ended.found), ended.found
    for other in ended.found["others"]:
        assert other["refused"] or other["outcome"] == "ok", other
        assert "\x00" not in repr(other)


# Files that an office takes in

FORMULAS, RAGGED = {"text": "text", "time": "time"}, {"text": "text"}
FILES: dict[str, Check] = {
    "archive/01_zip_slip.zip": lambda f: (
        "穿越" in f["first"]["refused"] or bool(f["first"]["refused"])
    ),
    "archive/02_symlink.zip": lambda f: bool(f["first"]["refused"]),
    "archive/03_zip_bomb.zip": lambda f: bool(f["first"]["refused"]),
    "archive/04_lying_size.zip": lambda f: bool(f["first"]["refused"]),
    "archive/05_dup_names.zip": lambda f: bool(f["first"]["refused"]),
    "json/08_ndjson_dups.ndjson": lambda f: (
        len(f["first_texts"]) == 3 and f["first"]["defects"] >= 1
    ),
    "table/03_nul_utf16.csv": lambda f: "UTF-16" in f["first"]["refused"],
    "table/07_bomb.xlsx": lambda f: bool(f["first"]["refused"]),
    "table/08_xxe.xlsx": lambda f: "root:x" not in repr(f),
    "table/09_wild_dimension.xlsx": lambda f: len(f["first_texts"]) <= 1,
    "table/01_formulas.csv": lambda f: bool(f["first"]["refused"]) or f["first"]["posts"] >= 1,
    "table/02_ragged.csv": lambda f: bool(f["first"]["refused"]) or f["first"]["defects"] >= 1,
    "table/04_gbk.csv": lambda f: "\ufffd" not in repr(f),
    "table/05_huge_field.csv": lambda f: bool(f["first"]["refused"]) or f["first"]["defects"] >= 1,
    "table/06_formula.xlsx": lambda f: bool(f["first"]["refused"]) or f["first"]["posts"] >= 1,
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_taken_in_rightly_or_refused_and_twice_is_once(name, tmp_path):
    place, taken = tmp_path / "data", BAD / name
    if name.endswith(".ndjson"):
        taken = ways.with_what_a_posts_file_needs(taken, tmp_path)

    found = run(lambda: ways.file(place, taken)).found

    assert FILES[name](found), found
    assert found["second"]["new"] == 0
    assert found["second_texts"] == found["first_texts"]
    assert found["strays"] == []
    assert not list(Path("/").glob("huiying_*"))
    if not found["first_texts"]:
        assert found["first"]["refused"] or found["first"]["defects"], "left out without a reason"


# Texts, each line a post

TEXTS: dict[str, Check] = {
    "text/01_bidi.txt": no_trace("\\u202e", "\u202e", "\u2066"),
    "text/02_zero_width.txt": lambda f: any("停电通报" in text for text in f["first_texts"]),
    "text/03_zalgo.txt": lambda f: max(map(len, f["first_texts"])) < 300,
    "text/04_homoglyph.txt": lambda f: bool(f["first_texts"]),
    "text/05_emoji.txt": no_trace("\U000e0041", "\U000e0001"),
    "text/06_invisible_only.txt": lambda f: f["first_texts"] == [],
    "text/07_normalisation.txt": lambda f: bool(f["first_texts"]),
    "text/08_huge_word.txt": lambda f: all(len(text) <= 20_000 for text in f["first_texts"]),
    "text/09_redos.txt": lambda f: bool(f["first_texts"]),
    "text/10_log_injection.txt": no_trace("\x1b", "\\x1b"),
    "text/11_template_inject.txt": lambda f: "49" not in repr(f["first_texts"]),
    "text/12_prompt_like.txt": lambda f: bool(f["first_texts"]),
    "text/13_personal_data.txt": no_trace("13800138000", "11010519491231002X", "@example"),
    "lists/xss.txt": lambda f: len(f["first_texts"]) >= 40,
    "lists/queries.txt": lambda f: bool(f["first_texts"]),
    "lists/filenames.txt": lambda f: bool(f["first_texts"]),
    "lists/passwords.txt": lambda f: all(len(text) <= 20_000 for text in f["first_texts"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_goes_in_as_data_and_nothing_else(name, tmp_path):
    whole = (BAD / name).read_bytes().decode("utf-8", "replace")
    lines = [line for line in whole.splitlines() if line.strip()] or [whole]
    file = ways.as_posts_file(tmp_path, [*lines, whole])
    place = tmp_path / "data"

    found = run(lambda: ways.file(place, file)).found

    assert TEXTS[name](found), found
    assert found["second"]["new"] == 0
    assert found["second_texts"] == found["first_texts"]
    assert found["first"]["posts"] + found["first"]["defects"] >= len(lines)


# Answers of a hostile server

GOOD_FEED = "<rss><channel><item><guid>1</guid><title>停水</title></item></channel></rss>".encode()


def answered(body: bytes, *headers: str) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
FAILS = {"unreachable", "damaged", "empty", "throttled", "disallowed", "refused"}
SERVED: dict[str, tuple[str, ...]] = {
    "http/01_no_status.raw": (),
    "http/02_content_length_short.raw": (),
    "http/03_content_length_dup.raw": (),
    "http/04_bad_chunk.raw": (),
    "http/05_huge_header.raw": (),
    "http/06_many_cookies.raw": (),
    "http/07_redirect_self.raw": (),
    "http/08_header_injection.raw": (),
    "http/09_retry_after.raw": (),
    "http/10_robots_500.raw": (),
    "http/11_robots_huge.raw": (),
    "http/12_referrer_policy.raw": (),
    "archive/06_gzip_bomb.gz": ("Content-Encoding: gzip",),
    "archive/07_gzip_twice.gz": ("Content-Encoding: gzip, gzip",),
    "archive/08_gzip_truncated.gz": ("Content-Encoding: gzip",),
    "archive/09_deflate_raw.bin": ("Content-Encoding: deflate",),
}


@pytest.mark.parametrize("name", SERVED)
def test_a_hostile_answer_ends_with_a_named_reason_and_costs_no_other(name, tmp_path):
    raw = (BAD / name).read_bytes()
    given = answered(raw, *SERVED[name]) if SERVED[name] else raw
    of_robots = "robots" in name

    def answers(path: str) -> bytes:
        if path == "/robots.txt":
            return given if of_robots else NO_ROBOTS
        return answered(GOOD_FEED) if of_robots else given

    with ways.raw_server(answers) as server:
        found = run(lambda: ways.crawled(tmp_path / "data", server.port)).found

    assert found["new"][1] == 0
    if name == "http/11_robots_huge.raw":
        assert set(found["outcomes"]) <= {"ok", "disallowed"}
    else:
        assert set(found["outcomes"]) <= FAILS, found
        assert all(found["reasons"]), found
        assert found["texts"] == []
    assert not any("网络错误" in reason for reason in found["reasons"]), found
    assert server.asked.count("/feed") <= 2 * 7, "redirects and retries are bounded"


def test_addresses_of_the_list_are_judged_where_connections_are_made():
    """`lists/ssrf.txt`: every line is judged at add time here, and at fetch time in test_egress."""
    from crawler.addresses import url_refusal

    lines = (BAD / "lists/ssrf.txt").read_text(encoding="utf-8").splitlines()
    cases = [line for line in lines if line.strip() and not line.startswith("#")]
    good = [line[2:].split("  ")[0].strip() for line in cases if line.startswith("+")]
    bad = [
        line.split("   ")[0].replace("PORT", "8080") for line in cases if not line.startswith("+")
    ]
    named = [url for url in bad if ".test" in url]

    refused_now = [url for url in bad if url_refusal(url, allow_loopback=False)]

    assert (len(good), len(bad)) == (4, 81)
    assert [url for url in good if url_refusal(url, allow_loopback=False)] == []
    assert set(bad) - set(refused_now) <= set(named)


def test_none_of_the_ninety_four_files_is_left_out():
    files = {
        name_of(path)
        for path in BAD.rglob("*")
        if path.is_file() and path.name not in {"README.md", "make.py"}
    }

    assert files == {*PAGES, *FILES, *TEXTS, *SERVED, "lists/ssrf.txt"}
    assert len(files) == COUNT


def test_control_a_child_that_eats_memory_or_time_is_seen():
    def eats() -> Found:
        return {"kept": len(bytearray(600 * 1024 * 1024))}

    with pytest.raises(AssertionError, match="MemoryError"):
        limited(eats)
