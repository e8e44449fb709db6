"""WeChat articles saved as files: title, words, account and time, or a refusal by name."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import FILES, ParseError
from crawler.parsers.bounds import MAX_TAGS
from crawler.records import FetchedPage
from tests.crawler.conftest import NOON, make_source

GOLDEN = Path(__file__).parent / "golden" / "wechat"
LONG = "https://mp.weixin.qq.com/s?__biz=MzA5OTk5&amp;mid=26500{}&amp;idx={}&amp;sn={}&amp;chksm=1"


def read(body: str | bytes, **more):
    data = body if isinstance(body, bytes) else body.encode()
    page = FetchedPage("s", "https://files.example/a.html", 200, "", data, NOON)
    return FILES["wechat"](page, make_source(name="s", channel="wechat", **more))


def article(
    text: str = "<p>十点恢复。</p>", *, head: str = "", script: str = "", more: str = ""
) -> str:
    title = '<h1 id="activity-name"> 停水通告 </h1>'
    script = f"<script>{script}</script>"
    return f'<html><head>{head}</head>{title}{more}<div id="js_content">{text}</div>{script}</html>'


def og_url(address: str) -> str:
    return f'<meta property="og:url" content="{address}">'


def one(*args, **kwargs):
    (post,) = read(article(*args, **kwargs)).posts
    return post


@pytest.mark.parametrize("folder", sorted(GOLDEN.iterdir()), ids=lambda folder: folder.name)
def test_a_saved_article_gives_the_expected_post(folder):
    found = json.loads(json.dumps(asdict(read((folder / "page.html").read_bytes())), default=str))

    expected = folder / "expected.json"
    if not expected.exists():
        expected.write_text(
            json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        pytest.fail(f"{expected.name} was written; read it, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ("", VisitOutcome.EMPTY, "页面为空"),
        ("<html><p>普通网页", VisitOutcome.DAMAGED, "不是保存的微信公众号文章"),
        ("<html><h2>环境异常</h2>完成验证后即可继续访问", VisitOutcome.CAPTCHA, "验证页"),
        ("<html><p>该内容已被发布者删除", VisitOutcome.DAMAGED, "已被删除"),
        ("<html><p>此内容因违规无法查看", VisitOutcome.DAMAGED, "无法查看"),
        ('<div id="js_content"><img data-src="x"></div>', VisitOutcome.DAMAGED, "没有文字"),
        ("<div>" * (MAX_TAGS + 1), VisitOutcome.DAMAGED, "标签超过"),
        (b"\xff\xfe\xff" + b"\x80" * 30, VisitOutcome.DAMAGED, ""),
    ],
)
def test_what_is_no_article_is_refused_by_name(body, outcome, said):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


def test_a_hidden_text_is_read_and_scripts_and_pictures_are_not():
    picture = '<img data-src="/x" alt="图">'
    text = f"<p>十点<b>恢复</b>。</p><script>alert(1)</script>{picture}<p>请储水。</p>"
    body = article(text).replace('id="js_content"', 'id="js_content" style="visibility:hidden"')

    (post,) = read(body).posts

    assert post.text == "停水通告 十点恢复。\n请储水。"


def test_an_article_of_pictures_keeps_its_title():
    assert one('<img data-src="/x">').text == "停水通告"


def test_the_title_stands_in_the_head_too():
    head = '<meta property="og:title" content="供水 &amp; 排水通告">'
    body = article(head=head).replace("activity-name", "other")

    assert read(body).posts[0].text == "供水 & 排水通告 十点恢复。"


@pytest.mark.parametrize(
    ("more", "author"),
    [
        ('<a id="js_name"> 澄川发布 </a><b class="profile_nickname">别处</b>', "澄川发布"),
        ('<strong class="profile_nickname">澄川发布</strong>', "澄川发布"),
        ('<a id="js_name"> </a>', None),
        ("", None),
    ],
)
def test_the_author_is_the_account(more, author):
    assert one(more=more).author == author


@pytest.mark.parametrize(
    ("script", "more", "moment", "assumed"),
    [
        ('var ct = "1939431600"; var createTime = "2031-06-01 09:00";', "", "03:00", False),
        ("window.ct='1939431600';", "", "03:00", False),
        ("var createTime = '2031-06-17 11:00';", "", "03:00", True),
        ('var oriCreateTime = "1939431600"', "", "03:00", False),
        ("create_time: JsDecode('2031-06-17 11:00'),", "", "03:00", True),
        ('var publish_time = "2031-06-17 11:00" || "";', "", "03:00", True),
        ("", '<em id="publish_time">2031年6月17日 11:00</em>', "03:00", True),
        ('var product = "1939431600"; var ct = "";', "", None, False),
        ("", "", None, False),
    ],
)
def test_the_time_is_the_scripts_else_the_one_shown(script, more, moment, assumed):
    post = one(script=script, more=more)

    assert (post.published_at and post.published_at.isoformat()) == (
        f"2031-06-17T{moment}:00+00:00" if moment else None
    )
    assert post.zone_assumed is assumed


def test_a_time_written_in_the_words_of_an_article_is_not_its_own():
    assert one("<p>var ct = '1939431600'</p>").published_at is None


def test_one_article_has_one_id_under_all_its_addresses():
    saved = [one(head=og_url(LONG.format(1, 1, sn))) for sn in ("aa", "bb")]
    other = [one(head=og_url(LONG.format(*key, "aa"))) for key in ((2, 1), (1, 2))]

    assert saved[0].post_id == saved[1].post_id
    assert len({post.post_id for post in (*saved, *other)}) == 3


def test_without_an_address_the_text_makes_the_id():
    assert one().post_id == one().post_id != one("<p>另一篇</p>").post_id


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://mp.weixin.qq.com/s/Ab3_xY-9", "https://mp.weixin.qq.com/s/Ab3_xY-9"),
        (LONG.format(1, 1, "aa"), None),
        ("https://else.example/s/Ab3", None),
        ("javascript:alert(1)", None),
    ],
)
def test_an_address_is_kept_only_if_it_names_no_account(address, url):
    post = one(head=og_url(address))

    assert post.url == url
    assert "MzA5" not in json.dumps(asdict(post), default=str)


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 20_000 + "停水" + "</div>" * 20_000,
        "".join(f"<b a{n}>" for n in range(1_000)) + "<p>停水" * 1_000,
        "<p>停水</p>" * 20_000,
    ],
)
def test_a_page_made_to_cost_time_costs_little(text):
    assert "停水" in one(text).text
