"""`huiying source` as an officer runs it: a process of its own against a real local site."""

import json
import os
import pty
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console import wiring
from console.sourcing import asking, writing
from core.clock import utc_now
from core.database import reading, transaction
from core.errors import HuiyingError, RefusedError
from core.vocabulary import SealedPurpose, VisitOutcome
from crawler import frontier, sealed, store
from crawler.frontier import SourceState
from crawler.records import Visit
from crawler.sources import SELECTORS, Source, load_sources
from tests.crawler.conftest import Site

ROOT = Path(__file__).parent.parent.parent
ENTRY = "from console.cli import main; main()"
ARTICLE = """<html><head><title>停水通告</title><meta name="ArticleTitle" content="第{n}号停水通告">
<meta name="PubDate" content="2026-06-17 09:42"></head><body>
<h1>第{n}号停水通告</h1><b class="who">城南老街坊</b><time>2026-06-17 09:42</time><div class="body">
<p>因城关片区管网检修，今晚八点至次日六点停水，请居民提前储水，咨询电话 13800138000，不便之处
敬请谅解。</p></div></body></html>"""
FEED = """<rss version="2.0"><channel><title>要闻</title>{}</channel></rss>"""
ITEM = """<item><guid>g{n}</guid><title>第{n}号停水通告</title><link>/a/{n}.html</link>
<pubDate>Wed, 17 Jun 2026 09:42:00 +0800</pubDate></item>"""
ROW = '<li class="row"><a href="/a/{n}.html">澄川县第{n}号停水通告</a><span>2026-06-17</span></li>'


def many(row: str, count: int = 12) -> str:
    return "".join(row.format(n=n) for n in range(1, count + 1))


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    site.say("/robots.txt", "User-agent: *\nDisallow: /closed\n")
    site.say("/list.html", f"<ul>{many(ROW)}</ul>")
    site.say("/feed.xml", FEED.format(many(ITEM)))
    recent = utc_now().isoformat(timespec="seconds")
    urls = many(f"<url><loc>{site.url}/a/{{n}}.html</loc><lastmod>{recent}</lastmod></url>", 3)
    site.say("/sitemap.xml", f"<urlset>{urls}</urlset>")
    entries = [
        {"id": n, "text": "停水了", "at": 1781660520, "who": "云岭过客", "url": f"/p/{n}"}
        for n in range(1, 4)
    ]
    site.say("/posts.json", json.dumps({"data": entries}))
    statuses = [
        {"id": str(n), "text": "停水了 @云岭过客", "created_at": "Wed Jun 17 09:42:00 +0800 2026",
         "user": {"id": 7, "screen_name": "城南老街坊"}, "reposts_count": n} for n in (1, 2)
    ]  # fmt: skip
    site.say("/weibo.json", json.dumps({"data": {"list": statuses}}))
    for n in range(1, 13):
        site.say(f"/a/{n}.html", ARTICLE.format(n=n))
    yield site
    site.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "huiying.toml").write_text("drill = true\ncrawl_delay_s = 0\n", encoding="utf-8")
    wiring.prepare(folder)
    return folder


def source(*arguments: str | Path, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, "source", *map(str, arguments), "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def lists(folder: Path, text: str) -> None:
    (folder / "sources.toml").write_text(text, encoding="utf-8")


def entry(name: str, url: str, parser: str, *more: str) -> str:
    head = f'[[source]]\nname = "{name}"\nurl = "{url}"\nparser = "{parser}"\nchannel = "news"\n'
    return head + "\n".join(more) + "\n"


LISTING = (
    "[source.selectors]", 'item = "li.row"', 'link = "a"', 'time = "span"', 'detail_title = "h1"',
    'detail_text = "div.body"', 'detail_time = "time"', 'detail_author = "b.who"',
)  # fmt: skip
JSON = (
    "[source.selectors]", 'items = "data"', 'id = "id"', 'text = "text"', 'time = "at"',
    'author = "who"', 'url = "url"',
)  # fmt: skip


@pytest.mark.parametrize(
    ("parser", "path", "more", "shown", "behind"),
    [
        ("feed", "/feed.xml", (), 10, 0),
        ("jsonlist", "/posts.json", JSON, 3, 0),
        ("listing", "/list.html", LISTING, 10, 2),
        ("sitemap", "/sitemap.xml", (), 3, 2),
        ("article", "/a/1.html", (), 1, 0),
        ("weibo", "/weibo.json", (), 2, 0),
    ],
)
def test_each_kind_of_source_shows_titles_times_and_links(
    site: Site, folder: Path, parser: str, path: str, more: tuple[str, ...], shown: int, behind: int
) -> None:
    lists(folder, entry("试", site.url + path, parser, *more))

    done = source("test", "试", "--json", data=folder)

    first, *others = json.loads(done.stdout)
    assert (done.returncode, len(first["rows"]), len(others)) == (0, shown, behind), done.stdout
    assert all(row["time"] for row in first["rows"])
    assert all(row["title"] for row in first["rows"]) or parser == "sitemap"
    assert all("第" in trial["rows"][0]["title"] for trial in others)
    for person in ("13800138000", "云岭过客", "城南老街坊"):
        assert person not in done.stdout


def test_a_saved_page_is_read_in_place_of_fetching(
    site: Site, folder: Path, tmp_path: Path
) -> None:
    lists(folder, entry("试", "http://127.0.0.1:9/list.html", "listing", *LISTING))
    saved = tmp_path / "saved.html"
    saved.write_text(f"<ul>{many(ROW)}</ul>", encoding="gb18030")

    done = source("test", "试", "--page", saved, data=folder)

    assert (done.returncode, site.asked) == (0, [])
    titles = [line for line in done.stdout.splitlines() if "停水通告\t" in line]
    assert len(titles) == 10
    assert "2026-06-17" in titles[0]
    assert "http://127.0.0.1:9/a/1.html" in titles[0]
    assert "12 条链接" in done.stdout


def test_the_selector_that_found_nothing_is_named_and_the_status_is_1(
    site: Site, folder: Path
) -> None:
    lines = [line.replace('"span"', '"em.none"') for line in LISTING]
    lists(folder, entry("试", f"{site.url}/list.html", "listing", *lines))

    done = source("test", "试", data=folder)

    assert done.returncode == 1
    assert "选择器 time 没有找到任何内容" in done.stderr


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/list.html", "listing"), ("/posts.json", "jsonlist"), ("/a/1.html", "article")],
)
def test_an_address_is_read_by_what_stands_there(
    site: Site, folder: Path, path: str, kind: str
) -> None:
    done = source("test", site.url + path, "--json", data=folder)

    assert (done.returncode, json.loads(done.stdout)[0]["kind"]) == (0, kind)


@pytest.mark.parametrize(
    ("path", "status", "body", "outcome", "said"),
    [
        ("/closed/list.html", 200, "<ul></ul>", "robots.txt 不允许", "robots.txt"),
        ("/list2.html", 403, "no", "被拒绝", "与网站管理员联系"),
        ("/list2.html", 429, "no", "被限流", "pace_s"),
        ("/list2.html", 200, "<p>请输入验证码继续访问</p>", "要求验证码", "不破解验证码"),
        ("/list2.html", 200, '<form><input type="password">请登录', "返回登录页", "不采集"),
    ],
)
def test_a_refusal_is_said_in_words_with_what_to_do(
    site: Site, folder: Path, path: str, status: int, body: str, outcome: str, said: str
) -> None:
    site.say(path, body, status)
    lists(folder, entry("试", site.url + path, "listing", *LISTING))

    done = source("test", "试", data=folder)

    assert done.returncode == 1
    assert f"问题：{outcome}" in done.stderr
    assert said in done.stderr


def test_a_site_that_asked_to_be_left_alone_is_not_asked(site: Site, folder: Path) -> None:
    lists(folder, entry("试", f"{site.url}/list.html", "listing", *LISTING))
    with transaction(wiring.build(folder).engine) as session:
        until = utc_now() + timedelta(hours=3)
        frontier.save_state(session, SourceState("试", not_before=until, refusals=1))

    done = source("test", "试", data=folder)
    with pytest.raises(RefusedError, match=r"不再访问"):
        asking.suggest(wiring.build(folder), f"{site.url}/other.html")

    assert done.returncode == 1
    assert "不再访问" in done.stderr
    assert site.asked == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("没有", "现有：试"),
        ("http://10.0.0.1/", "只允许本机"),
        ("file:///etc/passwd", "http"),
        ("http://127.0.0.1:9/u/123456", "网址"),
    ],
)
def test_what_is_no_source_and_no_public_address_is_not_tried(
    site: Site, folder: Path, wanted: str, said: str
) -> None:
    lists(folder, entry("试", f"{site.url}/feed.xml", "feed"))

    with pytest.raises(HuiyingError, match=said):
        asking.try_source(wiring.build(folder), wanted)

    assert site.asked == []


def test_on_a_terminal_there_is_a_table(site: Site, folder: Path) -> None:
    lists(folder, entry("试", f"{site.url}/feed.xml", "feed"))
    outer, inner = pty.openpty()
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, "source", "test", "试", "--data", str(folder)],
        cwd=ROOT,
        stdout=inner,
        stderr=subprocess.PIPE,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "140", "TERM": "xterm", "LANG": "C.UTF-8"},
    )
    os.close(inner)
    shown = os.read(outer, 60_000).decode("utf-8", "replace")
    os.close(outer)

    assert done.returncode == 0
    assert "┏━" in shown
    assert "序号" in shown
    assert "第1号停水通告" in shown


# Suggesting


def test_suggestions_come_best_first_tried_and_ready_to_be_listed(
    site: Site, folder: Path, tmp_path: Path
) -> None:
    done = source("suggest", f"{site.url}/list.html", "--json", data=folder)

    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert [(one["ground"], one["found"], one["times"]) for one in found] == [
        ("news_sitemap", 3, 3), ("list", 12, 12),
    ]  # fmt: skip
    for one in found:
        (listed,) = tomllib.loads(one["toml"])["source"]
        assert listed["url"] == one["url"]


def test_suggestions_are_printed_as_toml(site: Site, folder: Path) -> None:
    site.say("/list.html", f'<a href="/feed.xml">RSS订阅</a><ul>{many(ROW)}</ul>')

    done = source("suggest", f"{site.url}/list.html", data=folder)

    parsed = tomllib.loads(done.stdout)["source"]
    assert [one["parser"] for one in parsed] == ["feed", "sitemap", "listing"]
    assert "# 建议 1：订阅源，试读得 12 条，12 条有标题，12 条有时间" in done.stdout


def test_only_what_robots_allows_is_asked_for_suggestions(site: Site, folder: Path) -> None:
    site.say("/robots.txt", f"User-agent: *\nDisallow: /feed\nSitemap: {site.url}/closed.xml\n"
             "Disallow: /closed.xml\n")  # fmt: skip

    source("suggest", f"{site.url}/list.html", data=folder)

    assert "/feed" not in site.asked
    assert "/closed.xml" not in site.asked
    assert "/rss.xml" in site.asked


def test_a_page_without_anything_to_list_says_so(site: Site, folder: Path) -> None:
    site.say("/sitemap.xml", "", 404)
    site.say("/empty.html", "<p>建设中</p>")

    done = source("suggest", f"{site.url}/empty.html", data=folder)

    assert (done.returncode, done.stdout) == (1, "")
    assert "没有找到" in done.stderr


# Writing down

KEPT = """# 澄川县新闻办的来源清单，改动前请备份
[[source]]   # 第一个
url = "http://127.0.0.1:9/feed.xml"
name = '旧'
channel = "official"
parser = "feed"
# 最后一行是备注"""


def test_what_stood_in_the_file_stays_and_the_new_source_comes_last(folder: Path) -> None:
    lists(folder, KEPT)

    done = source(
        "add", "论坛", "http://127.0.0.1:9/list", "--parser", "listing", "--channel", "forum",
        "--set", "max_pages=2", "--set", "time_zone=+08:00", "--set", "keywords=停水,停电",
        "--set", "note=由张网上报时补充说明以外的内容不写", "--selector", "item=li.row > p",
        "--selector", "text=p", "--selector", "time=span::attr(title)", data=folder,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    text = (folder / "sources.toml").read_text(encoding="utf-8")
    assert text.startswith(KEPT)
    new = tomllib.loads(text)["source"][1]
    assert (new["name"], new["max_pages"], new["keywords"]) == ("论坛", 2, ["停水", "停电"])
    assert new["selectors"] == {"item": "li.row > p", "text": "p", "time": "span::attr(title)"}
    assert sorted(file.name for file in folder.glob("*sources*")) == ["sources.toml"]


def test_the_first_source_makes_the_file(folder: Path) -> None:
    done = source(
        "add", "a", "http://127.0.0.1:9/f", "--parser", "feed", "--channel", "news", data=folder
    )

    assert done.returncode == 0
    assert (folder / "sources.toml").read_text(encoding="utf-8").startswith("[[source]]\n")


GOOD = {"name": "新", "url": "http://127.0.0.1:9/x", "parser": "feed", "channel": "news"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "旧"}, "已有名为 旧 的来源"),
        ({"url": "http://10.1.2.3/x"}, "网址："),
        ({"url": "http://bob:secret@127.0.0.1:9/x"}, "账号或口令"),
        ({"url": "http://127.0.0.1:9/u/123456"}, "网址"),
        ({"name": "信访"}, "信访"),
        ({"settings": {"keywords": ["停水", "王小明"]}}, "第 2 个关键词"),
        ({"settings": {"note": "盯住 13800138000"}}, "备注"),
    ],
)
def test_what_may_not_be_listed_is_refused_and_the_file_stays(
    folder: Path, changes: dict[str, Any], said: str
) -> None:
    lists(folder, KEPT)

    with pytest.raises(RefusedError) as caught:
        writing.add(wiring.build(folder), writing.Wanted(**(GOOD | changes)))

    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    assert (folder / "sources.toml").read_text(encoding="utf-8") == KEPT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parser": "html"}, "新: parser: "),
        ({"parser": "listing"}, "needs ['item']"),
        ({"parser": None}, "--from-suggestion"),
        ({"channel": None}, "--from-suggestion"),
        ({"settings": {"pace": 3}}, "新: pace: "),
        ({"name": "有 空格"}, "name"),
    ],
)
def test_what_makes_no_source_stops_before_the_file_is_touched(
    folder: Path, changes: dict[str, Any], said: str
) -> None:
    lists(folder, KEPT)

    with pytest.raises(HuiyingError) as caught:
        writing.add(wiring.build(folder), writing.Wanted(**(GOOD | changes)))

    assert said in str(caught.value)
    assert not isinstance(caught.value, RefusedError)
    assert (folder / "sources.toml").read_text(encoding="utf-8") == KEPT
    assert list(folder.glob(".sources*")) == []


def test_a_list_that_is_broken_already_is_not_added_to(folder: Path) -> None:
    lists(folder, "[[source\n")

    with pytest.raises(HuiyingError, match=r"sources\.toml"):
        writing.add(wiring.build(folder), writing.Wanted(**GOOD))

    assert (folder / "sources.toml").read_text(encoding="utf-8") == "[[source\n"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("max_pages=3", ("max_pages", 3)),
        ("enabled = false", ("enabled", False)),
        ("pace_s=2.5", ("pace_s", 2.5)),
        ("time_zone=+08:00", ("time_zone", "+08:00")),
        ("keywords=停水，停电", ("keywords", ["停水", "停电"])),
        ('keywords=["停水"]', ("keywords", ["停水"])),
        ("note=每天 9 点 = 更新", ("note", "每天 9 点 = 更新")),
    ],
)
def test_a_setting_is_written_as_toml_or_as_plain_words(text: str, read: tuple[str, Any]) -> None:
    assert writing.setting(text) == read


@pytest.mark.parametrize("text", ["x", "=1", "name=x", "selectors=x", "url=http://a.example/"])
def test_what_is_no_setting_is_named(text: str) -> None:
    with pytest.raises(HuiyingError, match="--set"):
        writing.setting(text)


def test_outside_a_drill_a_pace_below_half_a_second_is_refused(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    wanted = writing.Wanted(**GOOD | {"url": "https://a.example/f", "settings": {"pace_s": 0.2}})

    with pytest.raises(RefusedError, match=r"pace_s 不得小于 0\.5 秒"):
        writing.add(services, wanted)


def test_a_refused_task_is_recorded_without_its_words(folder: Path) -> None:
    done = source(
        "add", "王小明投诉", "http://127.0.0.1:9/x", "--parser", "feed", "--channel", "news",
        data=folder,
    )  # fmt: skip

    with reading(wiring.build(folder).engine) as session:
        ((_, asked, reasons),) = store.refusals(session)
    assert done.returncode == 1
    assert asked == "source"
    assert reasons
    assert "王小明" not in "".join(reasons) + done.stderr


def test_a_suggestion_is_listed_by_its_number(site: Site, folder: Path) -> None:
    added = source(
        "add", "要闻", f"{site.url}/list.html", "--from-suggestion", "2", "--channel", "official",
        "--set", "max_age_days=30", data=folder,
    )  # fmt: skip
    tried = source("test", "要闻", data=folder)
    beyond = source(
        "add", "x", f"{site.url}/list.html", "--from-suggestion", "9", data=folder
    )  # fmt: skip

    assert (added.returncode, tried.returncode, beyond.returncode) == (0, 0, 2), added.stderr
    (listed,) = tomllib.loads((folder / "sources.toml").read_text(encoding="utf-8"))["source"]
    assert (listed["parser"], listed["channel"], listed["max_age_days"]) == (
        "listing", "official", 30,
    )  # fmt: skip
    assert listed["selectors"]["item"] == "li.row"


# Listing


def test_sources_are_listed_with_how_the_last_visit_ended(folder: Path) -> None:
    lists(folder, KEPT + "\n" + entry("新", "http://127.0.0.1:9/y", "sitemap", "enabled = false"))
    now = utc_now()
    with transaction(wiring.build(folder).engine) as session:
        for hours, outcome in ((5, VisitOutcome.OK), (2, VisitOutcome.REFUSED)):
            at = now - timedelta(hours=hours)
            store.save_visit(session, Visit("旧", at, at, outcome, "被拒绝（403）", 1, 0, 0))

    told = source("list", data=folder).stdout.splitlines()
    cells = json.loads(source("list", "--json", data=folder).stdout)

    assert told[0].startswith("旧\tfeed\tofficial\t启用\t")
    assert told[0].endswith("被拒绝 被拒绝（403）")
    assert told[1] == "新\tsitemap→article\tnews\t停用\t尚未访问"
    assert [(one["name"], one["outcome"], one["enabled"]) for one in cells] == [
        ("旧", "refused", True), ("新", None, False),
    ]  # fmt: skip


def test_unparsed_pages_are_listed_closed_and_opened_only_with_a_reason(folder: Path) -> None:
    services, now = wiring.build(folder), utc_now()
    with transaction(services.engine) as session:
        for name, hours in (("甲", 48), ("乙", 48), ("甲", 1)):
            item = sealed.ToSeal(
                SealedPurpose.UNPARSED_PAGE, name, "http://a.example/x", "版式可能已变化",
                b"<p>\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e</p>", now - timedelta(hours=2),
            )  # fmt: skip
            sealed.keep(session, services.vault(), item, hours=hours)
    source_of = json.loads(source("unparsed", "--json", data=folder).stdout)
    out = folder / "opened.html"
    user = ("user", "add", "li", "--name", "李", "--role", "monitor")
    subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-c", ENTRY, *user, "--data", str(folder)], cwd=ROOT, check=True
    )

    listed = source("unparsed", "甲", data=folder)
    silent = source("unparsed", "--open", "1", "--as", "li", "--out", out, data=folder)
    nobody = source(
        "unparsed", "--open", "1", "--as", "x", "--reason", "修选择器", "--out", out, data=folder
    )
    done = source(
        "unparsed", "--open", "1", "--as", "li", "--reason", "修选择器", "--out", out, data=folder
    )

    assert [one["source"] for one in source_of] == ["甲", "乙"]
    assert len(listed.stdout.splitlines()) == 1
    assert "王小明" not in listed.stdout
    assert (silent.returncode, nobody.returncode, done.returncode) == (2, 2, 0)
    assert out.read_text(encoding="utf-8") == "<p>王小明</p>"
    assert out.stat().st_mode & 0o777 == 0o600
    with reading(services.engine) as session:
        assert [(r.reader, r.reason) for r in sealed.readings(session)] == [("li", "修选择器")]


# What an officer reads

DOCUMENT = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


def test_every_key_of_a_source_and_every_parser_is_explained() -> None:
    keys = [item.name for item in fields(Source)]
    selectors = {key for known in SELECTORS.values() for key in known}

    assert [key for key in (*keys, "note") if f"| `{key}` |" not in DOCUMENT] == []
    assert [parser for parser in SELECTORS if f"`{parser}`" not in DOCUMENT] == []
    written = (f"`{key}`" in DOCUMENT or f"\n{key} = " in DOCUMENT for key in sorted(selectors))
    assert all(written)


def test_every_example_of_a_source_is_taken(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(\[\[source\]\].*?)```", DOCUMENT, re.DOTALL)
    file = tmp_path / "sources.toml"
    for example in examples:
        file.write_text(example, encoding="utf-8")

        assert load_sources(file, allow_loopback=False, default_pace_s=2.0)

    assert len(examples) >= 9
