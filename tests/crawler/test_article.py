"""Articles: the right text, its time, and where it is from; never who wrote it."""

import time
from datetime import UTC, datetime

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, article
from crawler.parsers.body import body_of
from crawler.records import FetchedPage, Link
from tests.crawler.article_pages import HELD_OUT
from tests.crawler.conftest import NOON, make_source
from tests.crawler.hostile_pages import PAGES

URL = "https://www.chengchuan.example/tzgg/t20310616_1.html"
BODY = (
    "<p>因主管道抢修，城关片区今晚22时起停水，请提前储水。</p>"
    "<p>恢复时间另行通知，不便之处敬请谅解。</p>"
)
NAV = '<div class="nav"><a href="/">首页</a> | <a href="/tzgg/">通知公告</a></div>'
PUBLISHED = '<meta property="article:published_time" content="2031-06-16T09:42:00+08:00">'
SOON = datetime(2031, 6, 16, 16, 0, tzinfo=UTC)


def page(html: str, link: Link | None = None, url: str = URL) -> FetchedPage:
    return FetchedPage("s", url, 200, "text/html; charset=utf-8", html.encode(), NOON, link)


def read(html: str, link: Link | None = None, **selectors: str):
    source = make_source(parser="listing" if link else "article", selectors=selectors)
    (post,) = article.parse(page(html, link), source).posts
    return post


def document(head: str = "", body: str = BODY) -> str:
    return f"<html><head>{head}</head><body>{NAV}<div>{body}</div></body></html>"


@pytest.mark.parametrize("known", HELD_OUT, ids=lambda a: a.name)
def test_a_page_of_an_unknown_style_gives_its_text_alone(known):
    post = read(known.html)

    places = [post.text.find(part) for part in known.holds]
    assert post.text.startswith(known.title)
    assert -1 not in places
    assert places == sorted(places)
    assert [part for part in known.lacks if part in post.text] == []
    assert post.author == known.origin


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('<meta name="ArticleTitle" content="停水通告"><title>别的</title>', "停水通告"),
        ('<META NAME="articletitle" CONTENT="停水通告">', "停水通告"),
        ('<meta property="og:title" content="停水通告">', "停水通告"),
        ("<title>停水通告_通知公告_澄川县人民政府</title>", "停水通告"),
        ("<title>澄川县水利局 | 停水通告</title>", "停水通告"),
        ("<title>2031-2035年供水规划解读-澄川县水利局</title>", "2031-2035年供水规划解读"),
        ("<title>停水通告——澄川新闻网</title>", "停水通告"),
        ('<meta name="SiteName" content="澄川发布"><title>停水通告 - 澄川发布</title>', "停水通告"),
        ("<title>澄川县水利局</title>", "列表上的标题"),
        ("", "列表上的标题"),
    ],
)
def test_the_title_is_the_articles_and_not_the_sites(head, title):
    assert read(document(head), Link(URL, "列表上的标题")).text.startswith(f"{title} 因主管道")


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("<h1>停水通告</h1>", "停水通告"),
        ("<h1>澄川县水利局</h1><h2>停水通告</h2>", "停水通告"),
        ("<h1>澄川县水利局</h1><h3>通知公告</h3>", "停水通告-民生"),
    ],
)
def test_a_heading_counts_when_the_tab_names_it(heading, title):
    html = document("<title>停水通告-民生_通知公告_澄川县水利局</title>", heading + BODY)

    assert read(html).text.splitlines()[0].startswith(f"{title} 因主管道")


@pytest.mark.parametrize(
    ("html", "selectors", "moment"),
    [
        ('<meta name="PubDate" content="2031-06-16 09:42"><i>2031-06-15 08:00</i>',
         {"article_time": "i"}, datetime(2031, 6, 15, 0, 0, tzinfo=UTC)),
        ('<meta name="pubdate" content="2031-06-16 09:42">发布时间：2031-06-14 08:00',
         {}, datetime(2031, 6, 16, 1, 42, tzinfo=UTC)),
        (f'<meta name="PubDate" content="近日">{PUBLISHED}',
         {}, datetime(2031, 6, 16, 1, 42, tzinfo=UTC)),
        ("<p>发布时间：2031-06-14 08:00</p>", {}, datetime(2031, 6, 14, 0, 0, tzinfo=UTC)),
        ("", {}, SOON),
    ],
)  # fmt: skip
def test_the_time_is_the_pages_own_before_the_lists(html, selectors, moment):
    post = read(document(html), Link(URL, "停水", SOON), **selectors)

    assert post.published_at == moment


def test_a_midnight_of_the_list_is_a_mere_day():
    post = read(document(), Link(URL, "停水", SOON))

    assert (post.day_only, post.zone_assumed) == (True, True)


@pytest.mark.parametrize(
    ("html", "origin"),
    [
        (
            '<meta name="ContentSource" content="县水利局"><meta name="Author" content="吴某某">',
            "县水利局",
        ),
        ('<meta name="Author" content="吴某某"><p>责任编辑：吴某某</p>', None),
        ("<p>作者：吴某某　来源：澄川融媒　编辑：吴某某</p>", "澄川融媒"),
        ("<span>来源：澄川融媒</span><span>编辑：吴某某</span>", "澄川融媒"),
        ("<span>来源：澄川融媒</span><span>2031-06-16</span>", "澄川融媒"),
        (
            '<meta name="ContentSource" content="本站"><meta name="SiteName" content="县水利局">',
            "县水利局",
        ),
        ('<meta name="ContentSource" content="本网原创">', None),
    ],
)
def test_the_author_is_the_organisation_and_never_a_person(html, origin):
    post = read(document(html))

    assert post.author == origin
    assert "吴某某" not in post.text


@pytest.mark.parametrize(
    ("block", "front"),
    [
        (
            "<table><tr><td>发文字号：</td><td>澄政发〔2031〕12号</td></tr></table>",
            "发文字号：澄政发〔2031〕12号\n因",
        ),
        ("<p>文　　号：澄府办 [2031] 3 号</p>", "发文字号：澄府办[2031]3号\n因"),
        ("<table><tr><td>发文字号：</td><td>无</td></tr></table>", "因"),
        ("<p>发文字号：澄政发〔2031〕12号</p><p>澄政发〔2031〕12号</p>", "澄政发〔2031〕12号\n因"),
    ],
)
def test_the_number_of_a_document_stays_in_its_text(block, front):
    assert read(document(body=block + BODY)).text.startswith(front)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "责任编辑：吴某某　审核：郑某某",
            "（供稿：云岭镇）",
            "【打印】【关闭】",
            "打印本页 | 关闭窗口",
        ),
        *("分享到：微信 微博", "字体：大 中 小", "字号：【大】【中】【小】", "浏览次数：1024"),
        *(
            "上一篇：没有了",
            "下一篇：关于调整公交线路的公告",
            "来源：县水利局",
            "扫一扫在手机打开当前页",
        ),
        *(
            "某ICP备00000000号",
            "版权所有：县政府办公室",
            "发布时间：2031-06-16 09:42",
            "2031-06-16",
        ),
        *("当前位置：首页 > 通知公告", "索 引 号：CC0035", "标签：供水"),
    ],
)
def test_a_line_about_the_page_is_no_text(line):
    html = document(body=f"<p>{line}</p>{BODY}<p>{line}</p>")

    assert line not in read(html, article_text=".nav + div").text
    assert line not in read(html).text


@pytest.mark.parametrize(
    "line",
    [
        *(
            "时间：6月17日22时至18日6时",
            "来源：以上数据由县统计局提供，口径为在地口径。",
            "编辑：请问何时恢复？",
        ),
        *(
            "2031年6月15日",
            "联系电话以县水利局公布的为准",
            "大桥上已设置警示标志",
            "下一步，我局将加密巡查",
        ),
    ],
)
def test_a_line_of_the_text_stays(line):
    assert line in read(document(body=f"{BODY}<p>{line}</p>{BODY}")).text


@pytest.mark.parametrize(
    ("html", "outcome", "said"),
    [
        ("<h1>安全验证</h1><p>请完成下方验证后继续访问</p><div id='captcha'></div>",
         VisitOutcome.CAPTCHA, "验证码"),
        ("<script src='/geetest.js'></script>", VisitOutcome.CAPTCHA, "验证码"),
        ("<p>用户登录</p><form><input name='u'><input type='password'>忘记密码？</form>",
         VisitOutcome.LOGIN_PAGE, "登录"),
        ("<p>抱歉，您访问的页面不存在或已被删除。</p>", VisitOutcome.DAMAGED, "不存在"),
        ("<img src='a.jpg'>", VisitOutcome.DAMAGED, "没有正文"),
        ("<p>首页</p>", VisitOutcome.DAMAGED, "没有正文"),
    ],
)  # fmt: skip
def test_what_stands_in_an_articles_place_is_refused_by_name(html, outcome, said):
    with pytest.raises(ParseError) as caught:
        read(f"<html><body>{html}</body></html>")

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "<p>发布时间：2031-06-16</p><p>本站登录页面今起启用滑动验证，请按提示操作。</p>",
        "<p>近期有人冒充客服索要短信验证码，请市民不要向任何人透露验证码。</p>",
    ],
)
def test_an_article_about_captchas_is_an_article(text):
    html = document("<script src='/js/captcha.js'></script>" if "发布" in text else "", text)

    assert "验证" in read(html).text


def test_a_page_of_pictures_gives_what_it_says_of_itself():
    html = document(
        '<meta name="Description" content="一图读懂城区防涝应急预案">', "<img src=1.jpg>"
    )

    assert read(html).text == "一图读懂城区防涝应急预案"


@pytest.mark.parametrize("character", ["&#1;", "&#11;", "\x0b", "&#xfffe;", "&#x202e;"])
def test_characters_that_no_xml_has_hide_no_text(character):
    around = f"<script>x()</script>{character}<div class=share>分享</div>{character}"
    many = f"<font><p>{character}</p></font>{character}" * 2_000

    for html in (around + BODY, f"{many}{BODY}"):
        assert "请提前储水" in read(document(body=html)).text


def test_the_id_is_path_and_query_whatever_the_host():
    source = make_source(parser="article", selectors={})
    found = [
        article.parse(page(document(), url=f"https://{host}/show.do?id=7"), source).posts[0].post_id
        for host in ("a.example", "www.a.example")
    ]

    assert found == ["/show.do?id=7"] * 2


def test_a_wrong_selector_is_named_by_its_key():
    with pytest.raises(ParseError, match="选择器 article_time 有误"):
        read(document(), article_time="span[")


def test_hits_tell_what_each_rule_finds():
    html = document('<meta name="PubDate" content="2031-06-16">', f"<h1>停水通告</h1>{BODY}")
    source = make_source(parser="article", selectors={"article_title": "h1", "article_time": "em"})

    found = HITS["article"](page(html), source)

    assert found["article_title"] == 1
    assert found["article_time"] == 0
    assert found["meta PubDate"] == 1
    assert found["meta ArticleTitle"] == 0
    assert found["正文"] == 2


def test_reading_writes_nothing_of_the_page_to_the_log(caplog):
    with caplog.at_level("DEBUG"):
        read(document(body=f"<a>某某的秘密</a><p><a>甲</a></p>{BODY}"))

    assert "秘密" not in caplog.text
    assert "停水" not in caplog.text


PARAGRAPH = "<p>县应急管理局召开会议，部署汛期地质灾害防范工作。</p>"


@pytest.mark.parametrize(
    "html",
    [
        PARAGRAPH * 2_900,
        "<div>" * 60 + PARAGRAPH * 900 + "</div>" * 60,
        f"<table><tr><td>{PARAGRAPH}</td></tr></table>" * 900,
        ("<ul><li>" * 20 + PARAGRAPH + "</li></ul>" * 20) * 60,
        f"<div class='comment nav'>{PARAGRAPH}</div>" * 1_400,
        "".join(f"<a href={n}>第{n}条</a>" for n in range(2_900)) + PARAGRAPH,
        PARAGRAPH * 9_000,
        "<p>" + "停水。" * 300_000,
    ],
    ids=["paragraphs", "deep", "tables", "lists", "named", "links", "many", "long"],
)
def test_no_page_takes_more_than_a_second(html):
    before = time.process_time()

    body_of(html, title="")

    assert time.process_time() - before < 1


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("selectors", [{}, {"article_text": "section div div div p, p"}])
def test_a_hostile_page_is_read_or_refused_in_time(name, selectors):
    source = make_source(parser="article", selectors=selectors)
    before = time.process_time()

    try:
        (post,) = article.parse(page(PAGES[name]), source).posts
    except ParseError as error:
        assert error.reason  # noqa: PT017  either is right, neither may take long
    else:
        assert "\0" not in post.text
        assert post.text.encode()

    assert time.process_time() - before < 2
