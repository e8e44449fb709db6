"""Forum threads: every post once, its own words, and whom it answers."""

import time
from datetime import UTC, datetime

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, forums, parse, thread
from crawler.parsers.page import MAX_ITEMS
from crawler.records import FetchedPage, Link
from tests.crawler.conftest import NOON, make_source
from tests.crawler.hostile_pages import PAGES

URL = "https://bbs.example/thread-7-1-1.html"
OWN = {"thread_item": ".r", "thread_id": "::attr(id)", "thread_text": ".c", "thread_time": "i"}


def page(html: str, url: str = URL, link: Link | None = None) -> FetchedPage:
    return FetchedPage("s", url, 200, "text/html; charset=utf-8", html.encode(), NOON, link)


def source(**selectors: str):
    return make_source(parser="thread", selectors=selectors)


def read(html: str, url: str = URL, **selectors: str):
    return thread.parse(page(html, url), source(**selectors))


def discuz(number: int, floor: str, text: str, quoted: str = "") -> str:
    return (
        f'<div id="post_{number}"><div class="authi"><a class="xw1">某人{number}</a></div>'
        f'<a id="postnum{number}">{floor}</a>'
        f'<em id="authorposton{number}">发表于 2031-6-16 09:42</em><table><tr>'
        f'<td class="t_f" id="postmessage_{number}">{quoted}{text}</td></tr></table></div>'
    )


def quoting(number: int) -> str:
    address = f"forum.php?mod=redirect&amp;goto=findpost&amp;pid={number}&amp;ptid=7"
    return f'<div class="quote"><blockquote><a href="{address}">某人</a><br>旧话</blockquote></div>'


def test_the_opening_post_carries_the_title_and_answers_nobody():
    html = (
        "<span id=thread_subject>北桥积水</span>"
        + discuz(11, "楼主", "没人管。")
        + discuz(12, "沙发", "同感。")
    )

    opening, reply = read(html).posts

    assert (opening.post_id, opening.text, opening.reply_to) == (
        "/thread-7.html#1",
        "北桥积水 没人管。",
        None,
    )
    assert (reply.post_id, reply.text, reply.reply_to) == (
        "/thread-7.html#2",
        "同感。",
        opening.post_id,
    )
    assert opening.published_at == datetime(2031, 6, 16, 1, 42, tzinfo=UTC)
    assert opening.author == "某人11"


@pytest.mark.parametrize(
    ("quoted", "answered"),
    [(12, "/thread-7.html#2"), (11, "/thread-7.html#1"), (99, "/thread-7.html#1")],
)
def test_a_reply_answers_the_post_that_it_quotes_if_that_is_known(quoted, answered):
    html = discuz(11, "楼主", "没人管。") + discuz(12, "沙发", "同感。")

    *_, reply = read(html + discuz(13, "3#", "修好了。", quoting(quoted))).posts

    assert (reply.text, reply.reply_to) == ("修好了。", answered)


def test_the_pages_of_a_thread_share_their_ids():
    second = discuz(31, "<em>11</em><sup>#</sup>", "水退了。")

    (post,) = read(second, "https://bbs.example/thread-7-2-1.html?extra=page%3D1").posts

    assert (post.post_id, post.reply_to) == ("/thread-7.html#11", "/thread-7.html#1")


def test_a_thread_is_read_behind_a_link_too():
    behind = Link(URL, "北桥积水")
    listed = make_source(parser="listing", selectors={"item": "li", "link": "a"}, detail="thread")

    result = parse(page(discuz(11, "楼主", "没人管。"), link=behind), listed)

    assert [post.text for post in result.posts] == ["没人管。"]


def test_a_post_without_words_is_counted_and_the_form_below_is_not():
    html = (
        discuz(11, "楼主", "没人管。")
        + discuz(12, "沙发", "<img src=a.gif>")
        + '<div id="post_new"></div>'
    )

    result = read(html)

    assert len(result.posts) == 1
    assert [defect.reason for defect in result.defects] == ["楼层没有文字"]


def test_rubbish_against_copying_is_no_text():
    rubbish = '<font class="jammer">x9 K</font><span style="display:none">q p)</span>'

    (post,) = read(
        discuz(11, "楼主", f"没人{rubbish}管。<i class='pstatus'>本帖最后由某人编辑</i>")
    ).posts

    assert post.text == "没人管。"


@pytest.mark.parametrize(
    ("following", "address"),
    [
        (
            '<a class="nxt" href="thread-7-2-1.html">下一页</a>',
            "https://bbs.example/thread-7-2-1.html",
        ),
        ('<link rel="next" href="/thread-7-2-1.html">', "https://bbs.example/thread-7-2-1.html"),
        ('<a rel="nofollow next" href="?page=2">2</a>', f"{URL}?page=2"),
        ('<a class="nxt" href="javascript:;">下一页</a>', None),
        (f'<a class="nxt" href="{URL}">下一页</a>', None),
        ("", None),
    ],
)
def test_the_next_page_is_found_and_never_the_same(following, address):
    assert read(discuz(11, "楼主", "没人管。") + following).next_page == address


def row(number: str, text: str, more: str = "") -> str:
    when = "<i>2031-06-16 09:42</i>"
    return f'<div class="r" id="{number}">{when}{more}<div class="c">{text}</div></div>'


def test_a_sources_own_selectors_read_any_forum():
    html = row("p5", "没人管。") + row("p6", "<blockquote>没人管。</blockquote>同感。")
    html += row("p7", "快了。", '<a class="to" href="#p6">回复</a>')

    posts = read(html, **OWN, thread_reply_to="a.to::attr(href)").posts

    assert [(post.post_id[-2:], post.text, post.reply_to) for post in posts] == [
        ("#1", "没人管。", None),
        ("p6", "同感。", "/thread-7.html#1"),
        ("p7", "快了。", "/thread-7.html#p6"),
    ]


def test_the_same_selectors_may_be_xpath():
    by_xpath = {"thread_item": "//div[@class='r']", "thread_id": "./@id", "thread_text": ".//div"}

    posts = read(row("p5", "没人管。") + row("p6", "同感。"), **by_xpath).posts

    assert [(post.post_id[-2:], post.text) for post in posts] == [
        ("#1", "没人管。"),
        ("p6", "同感。"),
    ]


def test_numbers_of_elements_are_not_taken_for_floors():
    posts = read("".join(row(f"p{n}", f"第{n}句。") for n in range(3)), **OWN).posts

    assert [post.post_id[-2:] for post in posts] == ["#1", "p1", "p2"]


def test_a_thread_counted_from_nought_answers_its_first_post():
    posts = read("".join(row(str(n), f"第{n}句。") for n in range(3)), **OWN).posts

    assert [post.reply_to for post in posts] == [None, "/thread-7.html#0", "/thread-7.html#0"]


def test_a_post_that_nothing_numbers_is_known_by_its_words():
    html = (
        "<div class=r><div class=c>没人管。</div></div><div class=r><div class=c>同感。</div></div>"
    )
    wanted = {"thread_item": ".r", "thread_text": ".c"}

    first, second = (read(html, url=f"{URL}?page={n}", **wanted).posts[1].post_id for n in (1, 2))

    assert first == second


def test_one_selector_may_differ_from_a_forum_programs():
    html = discuz(11, "楼主", "没人管。").replace("t_f", "odd").replace("postmessage_", "m")

    (post,) = read(html, thread_text=".odd").posts

    assert post.text == "没人管。"


@pytest.mark.parametrize(
    ("told", "first", "floor"),
    [
        *(("楼主", 1, 1), ("沙发", 1, 2), ("地板#", 1, 4), ("楼主", 0, 0), ("板凳", 0, 2)),
        *(
            ("3#", 1, 3),
            ("#12", 1, 12),
            ("第7楼", 1, 7),
            ("15楼", 0, 15),
            ("8", 1, 8),
            ("2F", 1, 2),
        ),
        *(("", 1, None), ("只看该作者", 1, None), ("2031-06-16", 1, None)),
    ],
)
def test_floors_are_read_as_forums_write_them(told, first, floor):
    assert forums.floor_of(told, first=first) == floor


@pytest.mark.parametrize(
    ("url", "thread_and_page"),
    [
        ("https://b.example/thread-7-3-1.html", ("/thread-7.html", 3)),
        ("https://b.example/f.php?mod=view&tid=7&page=2&extra=x", ("/f.php?mod=view&tid=7", 2)),
        ("https://b.example/read.php?tid=7&fid=3", ("/read.php?tid=7&fid=3", 1)),
        ("https://b.example/read-htm-tid-7-page-4.html", ("/read-htm-tid-7.html", 4)),
        ("https://b.example/t/7/p2", ("/t/7", 2)),
        ("https://b.example/p/123456789?pn=2", ("/p/123456789", 2)),
        ("https://b.example/p/7?page=x", ("/p/7", 1)),
    ],
)  # fmt: skip
def test_a_thread_is_known_without_its_page(url, thread_and_page):
    assert forums.thread_of(url) == thread_and_page


@pytest.mark.parametrize(
    ("html", "outcome"),
    [
        ("<p>安全验证</p>", VisitOutcome.CAPTCHA),
        ("<p>抱歉，您需要先登录才能浏览，请先登录</p>", VisitOutcome.LOGIN_PAGE),
        ("<p>论坛维护中</p>", VisitOutcome.DAMAGED),
    ],
)
@pytest.mark.parametrize("selectors", [{}, OWN])
def test_a_page_without_posts_tells_what_stands_in_the_way(html, outcome, selectors):
    with pytest.raises(ParseError) as caught:
        read(html, **selectors)

    assert caught.value.outcome is outcome


def test_a_wrong_selector_is_named_by_its_key():
    with pytest.raises(ParseError, match="选择器 thread_author 有误"):
        read(row("p5", "没人管。"), **OWN, thread_author="b[")


def test_what_exceeds_the_limit_is_counted():
    html = "".join(row(f"p{n}", "水") for n in range(MAX_ITEMS + 7))

    result = read(html, **OWN)

    assert len(result.posts) == MAX_ITEMS
    assert "未读取 7 条" in result.defects[0].reason


def test_hits_name_the_forum_program_or_the_sources_selectors():
    known = HITS["thread"](page(discuz(11, "楼主", "没人管。")), source())
    own = HITS["thread"](page(row("p5", "没人管。")), source(**OWN, thread_author=".who"))

    assert (known["Discuz item"], known["Discuz text"], known["Discuz title"]) == (1, 1, 0)
    assert (own["thread_item"], own["thread_id"], own["thread_author"]) == (1, 1, 0)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "selectors",
    [{}, {"thread_item": ".p, b"}, {"thread_item": "//li", "thread_text": ".//div//a"}],
    ids=["programs", "own", "xpath"],
)
def test_a_hostile_thread_is_read_or_refused_in_time(name, selectors):
    before = time.process_time()

    try:
        posts = read(PAGES[name], **selectors).posts
    except ParseError as error:
        assert error.reason  # noqa: PT017  either is right, neither may take long
        posts = ()

    assert time.process_time() - before < 2
    assert len(posts) <= MAX_ITEMS
    for post in posts:
        assert "\0" not in post.text
        assert post.text.encode()
