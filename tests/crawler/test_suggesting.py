"""Ways to read a site, proposed from its pages: the right one first, and never one that fails."""

import json
import time
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.clock import beijing
from crawler import suggesting
from crawler.parsers import parse
from crawler.records import FetchedPage
from crawler.sources import load_sources
from crawler.suggesting import MAX_ASKED, Ground, Proposal, propose, worth_asking
from tests.crawler.conftest import NOON
from tests.crawler.list_pages import DRAWN_ON, HELD_OUT, LAST, SUBJECTS, ListPage

AFTERWARDS = (*HELD_OUT, *LAST)
ALL = (*DRAWN_ON, *AFTERWARDS)
SITE = "https://www.chengchuan.example"


def fetched(body: str | bytes, url: str = f"{SITE}/zwgk/") -> FetchedPage:
    data = body.encode() if isinstance(body, str) else body
    return FetchedPage("s", url, 200, "", data, NOON)


def answers_of(listed: ListPage) -> list[FetchedPage]:
    asked = worth_asking(fetched(listed.html, listed.url), "")
    told = {url: listed.answers.get(urlsplit(url).path) for url in asked}
    return [fetched(body, url) for url, body in told.items() if body is not None]


def first_reading(listed: ListPage):
    """Return the first proposal for the page, and what the parser reads by it."""
    page, answers = fetched(listed.html, listed.url), answers_of(listed)
    first = propose(page, answers)[0]
    read = next(one for one in (page, *answers) if one.url == first.url)
    return first, parse(read, first.source())


def is_right(listed: ListPage) -> bool:
    _, result = first_reading(listed)
    return tuple(link.url for link in result.links) == listed.links


def test_on_the_pages_they_were_drawn_on_the_rules_find_every_list():
    assert [listed.name for listed in DRAWN_ON if not is_right(listed)] == []


def test_on_pages_written_afterwards_the_right_list_comes_first_on_nine_of_ten():
    wrong = [listed.name for listed in AFTERWARDS if not is_right(listed)]

    assert 1 - len(wrong) / len(AFTERWARDS) >= 0.9, wrong


def days_read(listed: ListPage):
    _, result = first_reading(listed)
    return tuple(link.told_at and beijing(link.told_at).date() for link in result.links)


def test_the_times_of_a_list_are_read_where_it_has_any():
    right = [listed for listed in ALL if listed.dated and is_right(listed)]

    wrong = [p.name for p in right if days_read(p) != p.days]

    assert len(right) > 30
    assert wrong == []


def test_every_link_of_a_list_has_its_whole_title_and_nothing_else():
    right = [listed for listed in ALL if is_right(listed)]

    for listed in right:
        titles = [link.title or "" for link in first_reading(listed)[1].links]

        assert all(any(s in title for s in SUBJECTS) for title in titles), listed.name
        assert max(map(len, titles)) < 40, listed.name


@pytest.mark.parametrize("listed", [p for p in ALL if p.next_page], ids=lambda p: p.name)
def test_the_next_page_is_found_where_there_is_a_link_to_it(listed):
    _, result = first_reading(listed)

    assert result.next_page == listed.next_page


def is_taken(proposal: Proposal, folder: Path) -> bool:
    """Return whether its block is read back as the very source that was tried."""
    file = folder / "sources.toml"
    file.write_text(proposal.block(), encoding="utf-8")
    (loaded,) = load_sources(file, allow_loopback=False, default_pace_s=2.0)
    told = ("name", "url", "parser", "channel", "detail", "max_pages", "selectors")
    tried = proposal.source()
    return all(getattr(loaded, name) == getattr(tried, name) for name in told)


@pytest.mark.parametrize("listed", ALL, ids=lambda p: p.name)
def test_a_proposal_is_a_block_that_the_list_of_sources_takes(tmp_path, listed):
    proposals = propose(fetched(listed.html, listed.url), answers_of(listed))

    assert all(is_taken(proposal, tmp_path) for proposal in proposals)


@pytest.mark.parametrize(("name", "detail", "channel"), [
    ("forum", "thread", "forum"), ("topics", "thread", "forum"), ("plain", "article", "news"),
])  # fmt: skip
def test_threads_are_told_from_articles_by_their_addresses(name, detail, channel):
    first, _ = first_reading(next(listed for listed in ALL if listed.name == name))

    assert (first.detail, first.channel) == (detail, channel)


DECLARED = """<html><head>
<link rel="alternate" type="application/rss+xml" title="评论" href="/comments/feed/">
<link rel="alternate" type="application/atom+xml" title="要闻" href="/atom/yw.xml">
<link rel="stylesheet" type="text/css" href="/x.css"></head><body>
<a href="/rss/gg.xml">RSS订阅</a><a href="/about">关于我们</a><a href="javascript:void(0)">订阅</a>
"""


def test_what_a_page_and_its_robots_declare_is_asked_before_what_is_usual():
    robots = "User-agent: *\nDisallow: /s\nSITEMAP: /sm/a.xml\nSitemap: ftp://x.example/a\n"

    asked = worth_asking(fetched(DECLARED), robots)

    assert asked == tuple(
        SITE + path
        for path in (
            *("/atom/yw.xml", "/rss/gg.xml", "/comments/feed/", "/sm/a.xml"),
            *("/sitemap.xml", "/feed", "/rss.xml", "/atom.xml"),
        )
    )


def test_a_catalogue_of_feeds_is_not_asked_for_all_of_them():
    page = "".join(f'<a href="/rss/{n}.xml">RSS</a>' for n in range(500))
    robots = "".join(f"Sitemap: /sm/{n}.xml\n" for n in range(500))

    assert len(worth_asking(fetched(page), robots)) <= MAX_ASKED


def test_the_list_behind_a_script_is_asked_from_its_first_record():
    jpage = next(listed for listed in DRAWN_ON if listed.name == "jpage")

    (asked, *_) = worth_asking(fetched(jpage.html, jpage.url), "")

    assert "/module/web/jpage/dataproxy.jsp?" in asked
    assert "startrecord=1&" in asked
    assert "columnid=1221" in asked
    assert "&page=" not in asked


RSS = "<rss version='2.0'><channel><item><title>停水通告</title></item></channel></rss>"
ATOM = "<?xml version='1.0'?>\n<!-- 要闻 -->\n<feed xmlns='http://www.w3.org/2005/Atom'></feed>"
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "title": "要闻", "items": []}'
NEWS_MAP = """<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>/a</loc>
<n:news><n:publication_date>2031-06-17</n:publication_date></n:news></url></urlset>"""
BARE_MAP = "<urlset><url><loc>https://www.chengchuan.example/a</loc></url></urlset>"
INDEX = "<sitemapindex><sitemap><loc>/a.xml</loc></sitemap></sitemapindex>"


@pytest.mark.parametrize(
    ("body", "ground", "parser"),
    [
        (RSS, Ground.FEED, "feed"),
        (ATOM, Ground.FEED, "feed"),
        ("<rdf:RDF xmlns:rdf='r'></rdf:RDF>", Ground.FEED, "feed"),
        (JSON_FEED, Ground.JSON_FEED, "jsonfeed"),
        (NEWS_MAP, Ground.NEWS_SITEMAP, "sitemap"),
        (BARE_MAP, Ground.SITEMAP, "sitemap"),
        ("<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'></alert>", Ground.SINGLE, "cap"),
    ],
)
def test_a_document_is_known_by_what_it_is_and_not_by_its_name(tmp_path, body, ground, parser):
    (proposal,) = propose(fetched(body, f"{SITE}/x.html"), [])

    assert (proposal.ground, proposal.parser) == (ground, parser)
    assert is_taken(proposal, tmp_path)


def test_feeds_come_before_lists_and_a_map_without_times_after_them():
    plain = next(listed for listed in DRAWN_ON if listed.name == "plain")
    answers = [
        fetched(BARE_MAP, f"{SITE}/sitemap.xml"),
        fetched("<html><body><p>没有这个网页", f"{SITE}/feed"),
        fetched(NEWS_MAP, f"{SITE}/news.xml"),
        fetched(RSS, f"{SITE}/rss.xml"),
    ]

    proposals = propose(fetched(plain.html, plain.url), answers)

    assert [one.ground for one in proposals] == [
        Ground.FEED, Ground.NEWS_SITEMAP, Ground.LIST, Ground.SITEMAP,
    ]  # fmt: skip


def test_an_index_of_sitemaps_is_read_with_the_page_it_leads_to():
    (proposal,) = propose(fetched(INDEX), [])

    assert proposal.max_pages == 2
    assert tomllib.loads(proposal.block())["source"][0]["max_pages"] == 2


def data(entries: list[dict[str, object]]) -> str:
    return json.dumps({"code": 0, "data": {"menu": [{"a": 1}], "rows": entries}})


NEWS = [
    {"docId": n, "title": f"第{n}号停水通告", "pubTime": "2031-06-17 09:42", "linkUrl": f"/d/{n}"}
    for n in range(5)
]
POSTS = [
    {"id": str(n), "content": "停水了有人知道吗", "user": {"name": "甲"}, "createTime": 1939426920}
    for n in range(5)
]
STATUSES = [
    {"mblog": {"id": n, "text": "停水了", "created_at": "Tue Jun 17 09:42:00 +0800 2031",
               "reposts_count": 1}} for n in range(5)
]  # fmt: skip


@pytest.mark.parametrize(
    ("entries", "parser", "selectors", "detail"),
    [
        (NEWS, "jsonlist", {"items": "data.rows", "id": "docId", "time": "pubTime",
                            "title": "title", "url": "linkUrl"}, "article"),
        (POSTS, "jsonlist", {"items": "data.rows", "id": "id", "time": "createTime",
                             "text": "content", "author": "user.name"}, None),
        (STATUSES, "weibo", {"items": "data.rows"}, None),
    ],
)  # fmt: skip
def test_the_keys_of_a_json_list_are_found(tmp_path, entries, parser, selectors, detail):
    page = fetched(data(entries))

    (proposal,) = propose(page, [])

    assert (proposal.parser, proposal.selectors, proposal.detail) == (parser, selectors, detail)
    result = parse(page, proposal.source())
    assert len(result.posts or result.links) == 5
    assert is_taken(proposal, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe\x00", b"\x1f\x8bbroken", "<p>只有一段文字。</p>", "[]", "{}", '{"a": [1]}',
        '[{"a": 1}]', '{"rows": [{"id": 1}, {"id": 1}]}', '<input type="password">请登录',
        "<ul>" + '<li><a href="/a">同一个地址</a></li>' * 9, "<datastore></datastore>",
        "<ul>" + '<li><a href="javascript:go(1)">脚本里的链接</a></li>' * 9,
    ],
)  # fmt: skip
def test_a_page_without_a_list_gives_no_proposal(body):
    assert propose(fetched(body), []) == ()
    assert suggesting.single(fetched(body)).parser == "article"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + '<a href="/x">很深很深的地方</a>',
        "".join(f'<div><a href="/{n}">第{n}条没有结束的标题' for n in range(5_000)),
        "<ul>" + '<li><a href="/1">很长的标题</a>' * 20_000,
        "".join(f"<b><i><p><a href=/{n}>第{n}条交错的标题</b></i>" for n in range(3_000)),
        '<li class="' + "a" * 500_000 + '"><a href="/1">标题在这里</a>',
        "dataproxy.jsp?" * 50_000,
    ],
)
def test_a_hostile_page_is_looked_at_within_seconds(body):
    began = time.perf_counter()

    propose(fetched(body), [])
    worth_asking(fetched(body), "sitemap:" * 50_000)

    assert time.perf_counter() - began < 15


@pytest.mark.parametrize(
    "odd",
    [
        "<o:p{0}>{1}</o:p>",
        "<x.y{0}>{1}</x.y>",
        "<p{0} id='1\"a'>{1}</p>",
        "<p{0} class='a:b/2 \"'>{1}</p>",
    ],
)
def test_names_that_no_selector_can_say_do_no_harm(odd):
    row = odd.format("", '<a href="/{n}.html" title="a\\">第{n}条停水通告</a><i>2031-06-17</i>')
    more = "<a href='/2' title='\"]\\'>下一页</a>"

    proposals = propose(fetched("".join(row.format(n=n) for n in range(9)) + more), [])

    for proposal in proposals:
        assert (
            len(parse(fetched("".join(row.format(n=n) for n in range(9))), proposal.source()).links)
            == 9
        )


def test_nothing_of_a_page_but_addresses_and_names_of_its_parts_is_proposed():
    said = '<li class="row"><a href="/{n}.html">@小李 电话13800138000 的第{n}条标题</a></li>'
    page = fetched("<ul>" + "".join(said.format(n=n) for n in range(9)))

    (proposal,) = propose(page, [])

    assert proposal.selectors == {"item": "li.row", "link": "a"}
    assert "138" not in proposal.block()
    assert "小李" not in repr(proposal)
