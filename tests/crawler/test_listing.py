"""List pages: posts in them, links from them, and selectors of either kind."""

import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.text import MAX_CHARACTERS
from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, listing
from crawler.parsers.markup import read
from crawler.parsers.page import MAX_ITEMS
from crawler.parsers.selectors import chosen, selector
from crawler.parsers.xpath import XPathPage
from crawler.records import FetchedPage, Link
from tests.crawler.conftest import NOON, make_source
from tests.crawler.hostile_pages import LINK, PAGES

URL = "https://www.chengchuan.example/tzgg/index.html"
LIST = """<html><body><ul class="nav"><li><a href="/">首页</a></li></ul>
<ul class="list"><li class="t" id="a1">
<a href="1.html" title="县水利局停水通告全文">县水利局停水通告</a>
<i>2031-06-16 09:42</i><p>南街片区<b>今晚</b>停水。<br>请提前储水。</p></li>
<li class="t" id="a2"><a href="2.html">云岭镇演练</a><i>2031-06-15 08:00</i><p>请勿惊慌。</p></li>
</ul>
<div class="page"><a class="next" href="index_1.html"><span>下一页</span></a></div></body></html>"""
BY_CSS = {
    "item": "li.t",
    "id": "::attr(id)",
    "link": "a",
    "text": "p",
    "time": "i",
    "next": "a.next",
}


def page(body: str, url: str = URL, link: Link | None = None) -> FetchedPage:
    return FetchedPage("s", url, 200, "text/html; charset=utf-8", body.encode(), NOON, link)


def source(detail=None, **selectors):
    return make_source(url=URL, parser="listing", selectors=selectors, detail=detail)


def posts(body: str, **changes: str):
    return listing.parse(page(body), source(**(BY_CSS | changes))).posts


def links(body: str, url: str = URL, **changes: str):
    wanted = {"item": "li.t", "link": "a"} | changes
    return listing.parse(page(body, url), source(detail="article", **wanted)).links


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"item": "//li[@class='t']"},
        {"item": "ul.list > li", "link": "a::attr(href)", "text": "li.t p"},
        {"id": "./@id", "link": "xpath:a/@href", "text": "//p", "time": "(./i)[1]"},
        {"text": "xpath:p", "next": "//a[contains(., '下一页')]/@href"},
        {"next": "a:contains(下一页)"},
        {"item": ":is(li.t)", "next": ".page :not(span)"},
    ],
)
def test_css_and_xpath_find_the_same_posts(changes):
    result = listing.parse(page(LIST), source(**(BY_CSS | changes)))

    assert [(post.post_id, post.text) for post in result.posts] == [
        ("a1", "南街片区今晚停水。\n请提前储水。"),
        ("a2", "请勿惊慌。"),
    ]
    assert result.posts[0].url == "https://www.chengchuan.example/tzgg/1.html"
    assert result.posts[0].published_at == datetime(2031, 6, 16, 1, 42, tzinfo=UTC)
    assert result.next_page == "https://www.chengchuan.example/tzgg/index_1.html"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("p::text", "南街片区停水。请提前储水。"),
        ("p ::text", "南街片区今晚停水。\n请提前储水。"),
        ("b, i", "2031-06-16 09:42\n今晚"),
        ("a::attr(title), b", "县水利局停水通告全文\n今晚"),
        ("*", "县水利局停水通告\n2031-06-16 09:42\n南街片区今晚停水。\n请提前储水。"),
        ("li, p", "县水利局停水通告\n2031-06-16 09:42\n南街片区今晚停水。\n请提前储水。"),
    ],
)
def test_a_selector_reads_text_own_text_or_an_attribute(text, found):
    assert posts(LIST, text=text)[0].text.replace(" \n", "\n").split() == found.split()


@pytest.mark.parametrize("next_", ["a:contains(下一页)", "//a[contains(., '下一页')]"])
def test_a_selector_finds_the_same_on_one_page_after_another(next_):
    wanted = source(**(BY_CSS | {"next": next_}))

    found = {listing.parse(page(LIST + "<p>" * n), wanted).next_page for n in range(9)}

    assert found == {"https://www.chengchuan.example/tzgg/index_1.html"}


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("item", "li["),
        ("item", "//li["),
        ("text", "p::first"),
        ("text", "./p[nothing()]"),
        ("text", "//p[. = '\x01']"),
        ("text", "p:contains("),
        ("time", "//i[x:y]"),
        ("link", "a >"),
        ("next", "a:eq(1)"),
        ("next", "a\ud800"),
    ],
)
def test_a_wrong_selector_is_named_by_its_key(key, wrong):
    with pytest.raises(ParseError) as caught:
        posts(LIST, **{key: wrong})

    assert caught.value.reason == f"选择器 {key} 有误"


def test_a_wrong_selector_of_a_detail_page_is_named_by_its_key():
    wanted = source(item="li", link="a", detail_text="p(")

    with pytest.raises(ParseError, match="选择器 detail_text 有误"):
        listing.parse_detail(page("<p>停水</p>"), wanted)


@pytest.mark.parametrize("item", ["li", "//li"])
def test_items_inside_an_item_belong_to_it(item):
    body = "<ul><li id=1><p>甲</p><ul><li id=2><p>乙</p></li></ul></li><li id=3><p>丙</p></li></ul>"

    found = posts(body, item=item)

    assert [(post.post_id, post.text) for post in found] == [("1", "甲\n乙"), ("3", "丙")]


def _random_page(rng: random.Random, depth: int = 0) -> str:
    if depth > 4:
        return "字"
    inner = "".join(_random_page(rng, depth + 1) for _ in range(rng.randrange(4)))
    tag, name = rng.choice(["div", "span", "em"]), rng.choice(["a", "b", "c"])
    return f'<{tag} class="{name}" id="n{rng.randrange(10**6)}">{inner}</{tag}>'


def _random_selector(rng: random.Random) -> str:
    steps = [rng.choice(["div", "span", ".a", ".b", "em.c"]) for _ in range(rng.randrange(1, 4))]
    joined = steps[0] + "".join(rng.choice([" ", " > "]) + step for step in steps[1:])
    return joined if rng.random() < 0.7 else f"{joined}, {rng.choice(['em', '.c'])}"


@pytest.mark.parametrize("seed", range(60))
def test_both_engines_deal_out_the_same_to_items(seed):
    rng = random.Random(seed)  # noqa: S311  nothing here is secret
    body = f'<html><body><div class="a">{_random_page(rng)}{_random_page(rng)}</div></body></html>'
    item = selector("item", _random_selector(rng))
    fields = [selector("text", _random_selector(rng)), selector("id", "::attr(id)")]

    by_lexbor = read(body, [item, *fields]).rows(item, fields, most=99)

    assert by_lexbor == XPathPage(body).rows(item, fields, most=99)


@pytest.mark.parametrize(
    ("item", "title"),
    [
        (
            '<a href=1 title="县城区供水管网改造进展通报">县城区供水管网改造…</a>',
            "县城区供水管网改造进展通报",
        ),
        (
            '<a href=1 title="县城区供水管网改造进展通报">县城区供水管网改造...</a>',
            "县城区供水管网改造进展通报",
        ),
        ('<a href=1 title="点击查看">县城区供水管网改造…</a>', "县城区供水管网改造…"),
        ('<a href=1 title="点击查看">县城区供水管网改造</a>', "县城区供水管网改造"),
        ('<a href=1 title="停水通告"><img src=x></a>', "停水通告"),
        ("<a href=1>停水\n  通告</a>", "停水 通告"),
        ("<a href=1><img src=x></a>", None),
    ],
)
def test_a_title_that_the_list_cuts_is_whole_in_its_attribute(item, title):
    (link,) = links(f'<li class="t">{item}</li>')

    assert link.title == title


def test_a_title_of_its_own_selector_is_completed_from_its_own_attribute():
    body = (
        '<li class=t><a href=1>详情</a><h3 title="全县防汛工作调度会召开">全县防汛工作…</h3></li>'
    )

    (link,) = links(body, title="h3")

    assert link.title == "全县防汛工作调度会召开"


def test_a_link_carries_the_time_that_the_list_tells():
    (link,) = links('<li class="t"><a href="/1">停水</a><i>2031-06-16 09:42</i></li>', time="i")

    assert link == Link(
        "https://www.chengchuan.example/1", "停水", datetime(2031, 6, 16, 1, 42, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("base", "address"),
    [
        ("/a/b/", "https://www.chengchuan.example/a/b/1.html"),
        ("https://www.chengchuan.example/c/", "https://www.chengchuan.example/c/1.html"),
        ("https://evil.example/", "https://www.chengchuan.example/tzgg/1.html"),
        ("http://127.0.0.1:9/", "https://www.chengchuan.example/tzgg/1.html"),
        ("javascript:alert(1)", "https://www.chengchuan.example/tzgg/1.html"),
        ("https://[", "https://www.chengchuan.example/tzgg/1.html"),
        ("", "https://www.chengchuan.example/tzgg/1.html"),
    ],
)
def test_a_base_counts_only_on_the_same_host(base, address):
    (link,) = links(f'<base href="{base}"><li class="t"><a href="1.html">停水</a></li>')

    assert link.url == address


@pytest.mark.parametrize(
    "href",
    [
        *("javascript:void(0)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example"),
        *("http://10.0.0.8/", "http://user:pass@www.example/", "ftp://a.example/", "http://[", " "),
    ],
)
def test_an_address_that_may_not_be_visited_is_a_defect(href):
    body = f'<li class="t"><a href="{href}">停水</a></li>' + LIST

    result = listing.parse(page(body), source(detail="article", item="li.t", link="a"))

    assert [link.url[-6:] for link in result.links] == ["1.html", "2.html"]
    assert [defect.reason for defect in result.defects] == ["条目没有可用的链接"]


RECORDS = "<recordset><record><![CDATA[{}]]></record><record><![CDATA[{}]]></record></recordset>"
ROWS = ('<li><a href="/art/1.html">甲</a></li>', '<li><a href="/art/2.html">乙</a></li>')


@pytest.mark.parametrize(
    "body",
    [
        f"<?xml version='1.0'?><datastore>{RECORDS}</datastore>",
        f"<datastore>{RECORDS}",
        f'<body><script type="text/xml"><datastore>{RECORDS}</datastore></script><p>x</p></body>',
        f'<body><script>x()</script><div id="9"><datastore>{RECORDS}</datastore></div></body>',
    ],
)
def test_a_list_inside_a_data_store_is_read_by_itself(body):
    found = links(body.format(*ROWS), item="li")

    assert [link.url[-10:] for link in found] == ["art/1.html", "art/2.html"]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("<h1>请完成安全验证</h1><div id='slider'></div>", VisitOutcome.CAPTCHA),
        ('<script src="https://static.example/geetest.js"></script>', VisitOutcome.CAPTCHA),
        ('<form><input name="u"><input type="password">验证码</form>', VisitOutcome.LOGIN_PAGE),
        ("<p>请先登录</p>", VisitOutcome.LOGIN_PAGE),
        ("<p>栏目调整中</p>", VisitOutcome.DAMAGED),
    ],
)
def test_a_page_without_items_tells_what_stands_in_the_way(body, outcome):
    with pytest.raises(ParseError) as caught:
        posts(body)

    assert caught.value.outcome is outcome


def test_a_list_about_captchas_is_a_list():
    body = LIST.replace("请勿惊慌。", "本站启用滑动验证，登录需输入验证码 captcha。")

    assert len(posts(body)) == 2


def test_an_empty_list_may_be_healthy():
    quiet = make_source(url=URL, parser="listing", selectors=BY_CSS, min_yield=0)

    assert listing.parse(page("<p>暂无信息</p>"), quiet).posts == ()


def test_what_is_longer_than_is_kept_is_counted():
    result = listing.parse(
        page(f"<li class=t><p>{'水' * (MAX_CHARACTERS + 1)}</p></li>"), source(**BY_CSS)
    )

    assert [defect.reason for defect in result.defects] == [
        f"1 条超过 {MAX_CHARACTERS} 字，只保留前 {MAX_CHARACTERS} 字"
    ]


def test_hits_tell_which_selectors_found_nothing():
    found = HITS["listing"](page(LIST), source(**(BY_CSS | {"author": ".who"})))

    assert found == {"item": 2, "id": 2, "link": 2, "text": 2, "time": 2, "author": 0, "next": 1}


def test_hits_of_a_detail_page_count_its_own_selectors():
    wanted = source(item="li", link="a", detail_text="p", detail_time="em")

    assert HITS["selectors"](page(LIST), wanted) == {"detail_text": 2, "detail_time": 0}


def test_a_large_page_is_read_like_a_small_one():
    filler = "<div><span>广告</span></div>" * 3_000

    assert posts(filler + LIST) == posts(LIST)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "selectors",
    [
        {"item": ".p, b", "text": "*", "link": "a"},
        {"item": "li.p", "text": "section div div div a", "link": "div div div div a"},
        {"item": "//li", "text": ".//div//div//a", "link": "a/@href"},
    ],
    ids=["simple", "deep", "xpath"],
)
def test_a_hostile_list_takes_no_time_and_gives_clean_text(name, selectors):
    wanted = make_source(url=URL, parser="listing", selectors=selectors, min_yield=0)
    before = time.process_time()

    try:
        found = listing.parse(page(PAGES[name]), wanted).posts
    except ParseError as error:
        assert error.reason  # noqa: PT017  either is right, neither may take long
        found = ()

    assert time.process_time() - before < 2
    assert len(found) <= MAX_ITEMS
    for post in found:
        assert "\0" not in post.text
        assert post.text.encode()
        assert post.url is None or post.url.startswith("https://www.chengchuan.example/")


def test_siblings_are_not_sought_among_too_many():
    crowd = "".join(f"<li class=t id={n}><p>水</p></li>" for n in range(9_000))

    with pytest.raises(ParseError, match="“~”"):
        posts(crowd, text="h2 ~ p")

    read_all = len(posts(crowd, text="p[class~='x'], p"))
    assert read_all == MAX_ITEMS


def test_levels_are_not_tried_again_and_again():
    deep = "<div class=t>" + "<b>" * 3_000 + "水"
    before = time.process_time()

    (post,) = posts(deep, item="div.t", text="b")

    assert post.text == "水"
    assert time.process_time() - before < 1


IN_A_CHILD = """
import resource, sys
from tests.crawler.hostile_pages import PAGES
from crawler.parsers import bounds
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for text in PAGES.values():
    for build in (bounds.lexbor_tree, bounds.libxml_tree):
        try:
            build(text)
        except bounds.ParseError:
            pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_hostile_pages_take_little_memory():
    command = [sys.executable, "-c", IN_A_CHILD]

    told = subprocess.run(  # noqa: S603
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31)),
    )

    # 14 MB were measured, above what the parsers themselves take.
    assert int(told.stdout) < 60


def test_the_hostile_link_is_found_where_nothing_hides_it():
    (link,) = links(LINK, item="li.p")

    assert (link.url, link.title) == ("https://www.chengchuan.example/t/1", "石桥村停水通知。")


def test_selectors_are_chosen_in_the_order_asked_for():
    assert list(chosen({"text": "p", "item": "li"}, ("item", "id", "text"))) == ["item", "text"]
