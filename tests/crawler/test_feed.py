"""Feeds: whole or refused by name; nothing in them is ever fetched, run or expanded."""

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, feed
from crawler.parsers.page import MAX_ITEMS
from crawler.records import FetchedPage
from tests.crawler.conftest import NOON, make_source

URL = "https://feed.example/f.xml"
ITEM = "<item><guid isPermaLink='false'>{}</guid><title>{}</title></item>"


def rss(inner: str, before: str = "") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>{before}<rss><channel>{inner}</channel></rss>'


def read(body: str | bytes, **source):
    data = body if isinstance(body, bytes) else body.encode()
    page = FetchedPage("s", URL, 200, "application/xml", data, NOON)
    return feed.parse(page, make_source(name="s", url=URL, parser="feed", **source))


def reasons(result) -> list[str]:
    return [defect.reason for defect in result.defects]


ONE = ITEM.format("a", "停水通告")
ENTITIES = "<!DOCTYPE r [" + "".join(
    f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9)
) + '<!ENTITY l0 "lol">]>'  # fmt: skip
BLOWUP = f'<!DOCTYPE r [<!ENTITY a "{"a" * 20_000}">]>'
EXTERNAL = '<!DOCTYPE r [<!ENTITY x SYSTEM "{}">]>'
PARAMETER = '<!DOCTYPE r [<!ENTITY % p SYSTEM "{}">%p;]>'
FILE, CANARY = "file:///etc/hostname", "http://127.0.0.1:9/x"


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ("", VisitOutcome.EMPTY, "页面为空"),
        (" \n ", VisitOutcome.EMPTY, "页面为空"),
        (rss(ONE)[:-30], VisitOutcome.DAMAGED, "不是完整的 XML"),
        (rss("<item><title>x</item></title>"), VisitOutcome.DAMAGED, "不是完整的 XML"),
        (rss(ONE) + "<rss/>", VisitOutcome.DAMAGED, "不是完整的 XML"),
        (rss("<item><title>A & B < C</title></item>"), VisitOutcome.DAMAGED, "不是完整的 XML"),
        (rss("<item><media:title>x</media:title></item>"), VisitOutcome.DAMAGED, "完整的 XML"),
        (rss("<item><title>&#0;</title></item>"), VisitOutcome.DAMAGED, "不是完整的 XML"),
        ("<!doctype html><title>登录</title><p>请先登录", VisitOutcome.LOGIN_PAGE, "登录"),
        ("<!-- x --><!DOCTYPE html><p>维护中", VisitOutcome.DAMAGED, "返回的是网页"),
        ("<html lang='zh'><p>维护中", VisitOutcome.DAMAGED, "返回的是网页"),
        ("<html><p>请完成滑块验证", VisitOutcome.CAPTCHA, "验证码"),
        ('{"ok":-100,"url":"https://passport.a.example/"}', VisitOutcome.LOGIN_PAGE, "登录"),
        ("系统繁忙", VisitOutcome.DAMAGED, "不是 XML"),
        ("<urlset/>", VisitOutcome.DAMAGED, "不是 RSS 或 Atom"),
        (rss("&x;", EXTERNAL.format(FILE)), VisitOutcome.DAMAGED, "DOCTYPE"),
        (rss("&x;", EXTERNAL.format(CANARY)), VisitOutcome.DAMAGED, "DOCTYPE"),
        (rss(ONE, PARAMETER.format(CANARY)), VisitOutcome.DAMAGED, "DOCTYPE"),
        (rss(ONE, f'<!DOCTYPE rss SYSTEM "{CANARY}">'), VisitOutcome.DAMAGED, "DOCTYPE"),
        (rss("&l9;", ENTITIES), VisitOutcome.DAMAGED, "DOCTYPE"),
        (rss("&a;" * 4000, BLOWUP), VisitOutcome.DAMAGED, "DOCTYPE"),
        (rss("<a>" * 5000 + "</a>" * 5000), VisitOutcome.DAMAGED, "嵌套超过"),
        (rss("<item/>" * 300_000), VisitOutcome.DAMAGED, "元素超过"),
    ],
)  # fmt: skip
def test_what_is_no_whole_feed_is_refused_by_name(body, outcome, said):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


@pytest.mark.parametrize(
    "pointer",
    [
        '<?xml-stylesheet type="text/xsl" href="{}/x.xsl"?>',
        '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{}/x"/></x>',
        '<x xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a {}/x"/>',
        "<image><url>{}/logo.png</url></image>",
        '<item><title>x</title><enclosure url="{}/a.mp3"/><comments>{}/c</comments></item>',
        '<item><description>&lt;img src="{}/a.png"&gt;x</description></item>',
    ],
)
def test_nothing_that_a_feed_points_at_is_fetched(site, pointer):
    inner = pointer.replace("{}", site.url)
    first = inner.startswith("<?")

    found = read(rss(ONE if first else ONE + inner, inner if first else ""))

    assert found.posts[0].text == "停水通告"
    assert site.asked == []


def test_an_html_doctype_inside_a_text_is_only_text():
    body = "<![CDATA[<!DOCTYPE html><html><p>全文在此</p></html>]]>"

    (post,) = read(rss(f"<item><title>通告</title><description>{body}</description></item>")).posts

    assert post.text == "通告 全文在此"


def test_the_repair_of_ampersands_leaves_what_stands_for_itself():
    inner = "<item><title>水&电</title><description><![CDATA[a&b &lt;c]]></description></item>"

    found = read(rss(f"<!-- & -->{inner}<?x &?>"))

    assert found.posts[0].text == "水&电 a&b <c"
    assert reasons(found) == ["订阅源有未转义的 &，已修复"]


@pytest.mark.parametrize("opener", ["<![CDATA[", "<!--", "<?x "])
def test_a_part_without_an_end_is_no_reason_to_search_again_and_again(opener):
    with pytest.raises(ParseError, match="不是完整的 XML"):
        read(rss("&x;" + opener * 200_000))


def test_characters_that_xml_forbids_are_left_out_and_counted():
    found = read(rss(ITEM.format("s1", "a\0b\x08c\x1bd\ufffe")))

    assert found.posts[0].text == "abcd"
    assert reasons(found) == ["订阅源含 4 个控制字符，已去除"]


def test_a_forbidden_character_hides_no_doctype():
    with pytest.raises(ParseError, match="DOCTYPE"):
        read(rss("&x;", EXTERNAL.format(FILE).replace("DOCTYPE", "DOC\0TYPE")))


def test_handlers_and_scripts_go_and_their_text_stays():
    title = "<![CDATA[<img src=x onerror=alert(1)>]]>"
    body = "<![CDATA[<script>alert(2)</script><b onmouseover='alert(3)'>正文</b>]]>"

    (post,) = read(
        rss(f"<item><title>{title}</title><description>{body}</description></item>")
    ).posts

    assert post.text == "正文"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "ftp://feed.example/x", "http://10.0.0.1/x",
     "https://feed.example/a b", "http://[::1", "//[x", "https://user:pw@feed.example/", "   "],
)  # fmt: skip
def test_a_link_that_may_not_be_visited_goes_and_its_post_stays(link):
    (post,) = read(rss(f"<item><title>通告</title><link>{link}</link></item>")).posts

    assert post.url is None
    assert post.text == "通告"


def test_an_id_that_is_no_address_is_no_link():
    assert read(rss("<item><guid>g1</guid><title>x</title></item>")).posts[0].url is None


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (("旧", "08:00:00"), ("新", "09:00:00"), "新"),
        (("新", "09:00:00"), ("旧", "08:00:00"), "新"),
        (("先", "08:00:00"), ("后", "08:00:00"), "后"),
        (("先", ""), ("后", ""), "后"),
        (("有时间", "08:00:00"), ("无时间", ""), "有时间"),
        (("无时间", ""), ("有时间", "08:00:00"), "有时间"),
    ],
)
def test_of_one_id_told_twice_the_later_text_stays(first, second, kept):
    item = "<item><guid>x</guid><title>{}</title><pubDate>{}</pubDate></item>"
    dates = [(text, f"Tue, 17 Jun 2031 {at} +0800" if at else "") for text, at in (first, second)]

    found = read(rss("".join(item.format(text, at) for text, at in dates)))

    assert [post.text for post in found.posts] == [kept]


@pytest.mark.parametrize(
    ("written", "moment", "assumed"),
    [
        ("Tue, 17 Jun 2031 09:00:00 +0800", "2031-06-17T01:00:00+00:00", False),
        ("Tue, 17 Jun 2031 01:00:00 GMT", "2031-06-17T01:00:00+00:00", False),
        ("2031-06-17 09:00:00", "2031-06-17T01:00:00+00:00", True),
        ("2031-06-17T09:00:00", "2031-06-17T01:00:00+00:00", True),
        ("1939431600", "2031-06-17T03:00:00+00:00", False),
        ("31 Feb 2031 00:00:00 GMT", None, False),
        ("不详", None, False),
        ("", None, False),
    ],
)
def test_a_time_is_read_in_the_zone_of_the_source_or_not_at_all(written, moment, assumed):
    (post,) = read(rss(f"<item><title>x</title><pubDate>{written}</pubDate></item>")).posts

    assert (post.published_at and post.published_at.isoformat()) == moment
    assert post.zone_assumed is assumed


def test_a_time_of_change_serves_where_that_of_publication_cannot_be_read():
    item = (
        "<entry><id>1</id><title>x</title><published>不详</published><updated>{}</updated></entry>"
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">{item.format("2031-06-17T01:00:00Z")}</feed>'

    assert read(body).posts[0].published_at.isoformat() == "2031-06-17T01:00:00+00:00"


def test_what_exceeds_the_limit_is_counted():
    found = read(rss("".join(ITEM.format(n, f"第{n}条") for n in range(MAX_ITEMS + 1200))))

    assert len(found.posts) == MAX_ITEMS
    assert reasons(found) == [f"超出每页 {MAX_ITEMS} 条的上限，未读取 1200 条"]


def test_a_huge_attribute_is_not_kept():
    (post,) = read(rss(f'<item a="{"x" * 90_000}"><title>通告</title></item>')).posts

    assert post.text == "通告"


@pytest.mark.parametrize(
    "inner",
    [
        "".join(f"<category>{n}</category>" for n in range(100_000)),
        "".join(f'<n:title xmlns:n="u{n}">x</n:title>' for n in range(30_000)),
        "<description><![CDATA[" + "<p>停<b>水" * 200_000 + "]]></description>",
        "<title>" + "& " * 200_000 + "</title>",
    ],
)
def test_an_entry_made_to_cost_time_costs_little(inner):
    # Each takes feedparser alone, or a search that begins again, from a minute to hours.
    (post,) = read(rss(f"<item><title>通告</title>{inner}</item>")).posts

    assert post.text


def test_with_a_detail_links_are_told_in_place_of_posts():
    item = (
        "<item><title>通告</title><link>/a/{}#top</link><pubDate>2031-06-17 09:00</pubDate></item>"
    )

    found = read(rss(item.format(1) + item.format(1) + ONE), detail="article")

    assert found.posts == ()
    (link,) = found.links
    assert (link.url, link.title) == ("https://feed.example/a/1", "通告")
    assert link.told_at is not None
    assert reasons(found) == ["条目没有可用的链接"]


def test_the_usual_elements_are_counted_for_a_trial():
    page = FetchedPage("s", URL, 200, "", rss(ONE + "<item><link>/x</link></item>").encode(), NOON)

    found = HITS["feed"](page, make_source(name="s", url=URL, parser="feed"))

    assert found["item"] == 2
    assert (found["guid"], found["title"], found["link"], found["pubDate"]) == (1, 1, 1, 0)
