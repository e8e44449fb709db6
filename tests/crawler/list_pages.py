"""List pages invented in the style of many kinds of site, each with what is right to find.

The rules of ``crawler.suggesting`` were written with ``DRAWN_ON`` at hand. ``HELD_OUT`` was written
afterwards: at first sight the right list came first on 14 of its 16 pages, which led to two
changes; ``LAST`` was written after these, and changed nothing more: 7 of 8.
"""

# ruff: noqa: E501  markup is left on the lines on which such sites write it

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urljoin

DAY = datetime(2031, 6, 17, 9, 42)  # noqa: DTZ001  written on pages, which name no zone
SUBJECTS = (
    "澄川县水利局关于城关片区临时停水的通告",
    "县政府召开防汛工作调度会",
    "澄川县2031年上半年民生实事进展情况公布",
    "关于调整3路公交线路的公告",
    "县教育局就秋季招生政策答记者问",
    "云岭镇开展地质灾害隐患排查",
    "县市场监管局发布端午食品抽检结果",
    "澄川大桥夜间封闭施工提示",
    "县人民医院新院区启用公告",
    "关于城东供电线路检修的通知",
    "县住建局通报老旧小区改造进度",
    "全县安全生产月活动启动",
    "县气象台发布暴雨蓝色预警",
    "关于开放临时安置点的通告",
    "澄川县残疾人就业专场招聘会举行",
)
NAV = "".join(
    f'<a href="/{n}/">{n}</a>' for n in ("首页", "政务公开", "办事服务", "互动交流", "走进澄川")
)
COLUMNS = "".join(
    f'<li><a href="/col/{i}/">{n}</a></li>'
    for i, n in enumerate(
        ("通知公告", "工作动态", "部门文件", "人事信息", "政策解读", "财政预决算")
    )
)
FRIENDS = "".join(
    f'<li><a href="https://{i}.chengchuan.example/">澄川县{n}局</a></li>'
    for i, n in enumerate(("水利", "教育", "公安", "交通运输", "市场监管", "应急管理"))
)


@dataclass(frozen=True)
class ListPage:
    """A page and what a reader would list on it."""

    name: str
    html: str
    links: tuple[str, ...]
    """Absolute addresses of the list's items, in order."""
    dated: bool = True
    """Whether the list itself tells when."""
    days: tuple[date, ...] = ()
    """The day of each item, in Beijing."""
    next_page: str | None = None
    url: str = "https://www.chengchuan.example/zwgk/tzgg/index.html"
    answers: dict[str, str] = field(default_factory=dict)
    """What the addresses behind the page's script give."""


def page(name: str, body: str, hrefs: list[str], **facts: object) -> ListPage:
    url = str(facts.get("url", ListPage.url))
    html = f"<!DOCTYPE html><html><head><title>{name}</title></head><body>{body}</body></html>"
    days = tuple((DAY - timedelta(hours=19 * n)).date() for n in range(len(hrefs)))
    told = {"days": days} | facts
    return ListPage(name, html, tuple(urljoin(url, href) for href in hrefs), **told)  # type: ignore[arg-type]


def rows(
    count: int, href: str, row: Callable[[int, str, str, datetime], str]
) -> tuple[str, list[str]]:
    """Return *count* rows and their addresses; *href* holds ``{n}``."""
    hrefs = [href.format(n=8000 + n) for n in range(count)]
    told = [DAY - timedelta(hours=19 * n) for n in range(count)]
    made = [
        row(
            n,
            hrefs[n],
            SUBJECTS[n % len(SUBJECTS)] + ("" if n < len(SUBJECTS) else f"（{n}）"),
            told[n],
        )
        for n in range(count)
    ]
    return "\n".join(made), hrefs


def plain() -> ListPage:
    body, hrefs = rows(
        15,
        "/art/{n}.html",
        lambda n, h, t, d: (
            f'<li><a href="{h}" title="{t}">{t[:12]}...</a><span>{d:%Y-%m-%d}</span></li>'
        ),
    )
    return page("plain", f"""
        <div class="nav">{NAV}</div><div class="left"><ul>{COLUMNS}</ul></div>
        <div class="right"><ul class="news_list">{body}</ul>
        <div class="page"><span>1</span><a href="index_2.html">2</a><a class="next" href="index_2.html">下一页</a></div></div>
        <div class="links"><ul>{FRIENDS}</ul></div>""", hrefs,
        next_page="https://www.chengchuan.example/zwgk/tzgg/index_2.html")  # fmt: skip


def trs() -> ListPage:
    def row(n, h, t, d):
        end = '</ul><ul class="list">' if n % 5 == 4 else ""
        return f'<li><span>{d:%Y-%m-%d}</span><a href="{h}" target="_blank">{t}</a></li>{end}'

    body, hrefs = rows(20, "./203106/t20310617_{n}.html", row)
    return page("trs", f"""
        <div id="header"><div class="menu"><ul>{COLUMNS}</ul></div></div>
        <div class="main"><div class="gl_left"><h3>栏目</h3><ul class="list2">{COLUMNS}</ul></div>
        <div class="gl_right"><div class="position">当前位置：<a href="../">首页</a></div>
        <ul class="list">{body}</ul>
        <div class="pages"><script>createPageHTML(12, 0, "index", "html");</script></div></div></div>
        <div id="footer"><a href="/map">网站地图</a><a href="/about">关于我们</a></div>""", hrefs)  # fmt: skip


def table_rows() -> ListPage:
    body, hrefs = rows(
        18,
        "show.php?id={n}",
        lambda n, h, t, d: (
            f'<tr><td width="12"><img src="dot.gif"></td><td><a href="{h}" class="a14">{t}</a></td>'
            f'<td align="right">[{d:%m-%d}]</td></tr>'
        ),
    )
    return page("table_rows", f"""
        <table width="1000"><tr><td>{NAV}</td></tr></table>
        <table class="lanmu"><tr><td><a href="list.php?c=1">政策文件汇编</a></td></tr><tr><td><a href="list.php?c=2">人事任免信息</a></td></tr></table>
        <table class="nr">{body}</table>
        <p align="center"><a href="list.php?p=1">首页</a> <a href="list.php?p=2">下一页</a> <a href="list.php?p=9">尾页</a></p>""",
        hrefs, next_page="https://www.chengchuan.example/zwgk/tzgg/list.php?p=2")  # fmt: skip


def table_each() -> ListPage:
    body, hrefs = rows(
        12,
        "/content/{n}.htm",
        lambda n, h, t, d: (
            f'<table width="98%" border="0"><tr><td height="28">·<a href="{h}" target="_blank">{t}</a></td>'
            f'<td width="90" class="time">{d:%Y/%m/%d}</td></tr></table>'
        ),
    )
    return page("table_each", f"""
        <div class="top">{NAV}</div><table><tr><td class="lm"><ul>{COLUMNS}</ul></td>
        <td class="lb">{body}</td></tr></table>""", hrefs)  # fmt: skip


def cards() -> ListPage:
    body, hrefs = rows(
        10,
        "/xwzx/{n}/content.html",
        lambda n, h, t, d: (
            f'<div class="list-item"><h3><a href="{h}" target="_blank">{t}</a></h3>'
            f'<p class="desc">为进一步做好有关工作，现将有关事项说明如下，请广大群众周知。</p>'
            f'<div class="info"><span class="date">发布时间：{d:%Y-%m-%d %H:%M}</span>'
            f'<span class="source">来源：澄川发布</span><a href="{h}">查看详情</a></div></div>'
        ),
    )
    hot = "".join(
        f'<li><em>{n}</em><a href="/hot/{n}.html">{s}</a></li>' for n, s in enumerate(SUBJECTS[:10])
    )
    return page("cards", f"""
        <header>{NAV}</header><section class="content"><div class="list-box">{body}</div>
        <div class="pagination"><a href="?page=1">1</a><a href="?page=2" class="page-next">下一页</a></div></section>
        <aside><div class="hot-rank"><h4>热点排行</h4><ul>{hot}</ul></div></aside>""",
        hrefs, next_page="https://www.chengchuan.example/zwgk/tzgg/index.html?page=2")  # fmt: skip


def catalogue() -> ListPage:
    body, hrefs = rows(
        20,
        "post_{n}.html",
        lambda n, h, t, d: (
            f'<tr><td>{n + 1}</td><td class="name"><a href="{h}" title="{t}">{t}</a></td>'
            f"<td>澄政办发〔2031〕{n + 3}号</td><td>县政府办公室</td><td>{d:%Y年%m月%d日}</td></tr>"
        ),
    )
    return page("catalogue", f"""
        <div class="mulu"><ul class="tree">{COLUMNS}</ul></div>
        <table class="gkml"><thead><tr><th>序号</th><th>名称</th><th>文号</th><th>机构</th><th>日期</th></tr></thead>
        <tbody>{body}</tbody></table>
        <div id="fy"><a href="javascript:goto(2)">下一页</a></div>""", hrefs)  # fmt: skip


def forum() -> ListPage:
    body, hrefs = rows(
        20,
        "thread-{n}-1-1.html",
        lambda n, h, t, d: (
            f'<tbody id="normalthread_{8000 + n}"><tr><td class="icn"><a href="{h}" title="新窗口打开">图</a></td>'
            f'<th class="new"><em>[<a href="forum-2-1.html?t=1">县城生活</a>]</em> <a href="{h}" class="s xst">{t}</a></th>'
            f'<td class="by"><cite><a href="space-uid-{n}.html">城南老街坊{n}</a></cite><em><span title="{d:%Y-%-m-%-d}">{n + 1} 小时前</span></em></td>'
            f'<td class="num"><a href="{h}" class="xi2">{n}</a><em>{n * 31}</em></td>'
            f'<td class="by"><cite><a href="space-username-{n}.html">路过的风{n}</a></cite><em><a href="redirect?tid={8000 + n}">{d:%Y-%-m-%-d %H:%M}</a></em></td></tr></tbody>'
        ),
    )
    return page("forum", f"""
        <div id="hd">{NAV}</div><div id="ct"><table id="threadlisttableid">{body}</table>
        <div class="pg"><strong>1</strong><a href="forum-2-2.html">2</a><a href="forum-2-2.html" class="nxt">下一页</a></div></div>""",
        hrefs, url="https://bbs.chengchuan.example/forum-2-1.html",
        next_page="https://bbs.chengchuan.example/forum-2-2.html")  # fmt: skip


def linked_blocks() -> ListPage:
    body, hrefs = rows(
        9,
        "/news/detail/{n}",
        lambda n, h, t, d: (
            f'<a class="item" href="{h}"><div class="day"><b>{d:%d}</b><span>{d:%Y-%m}</span></div>'
            f"<div class='txt'><h4>{t}</h4><p>点击查看全文内容，了解更多详细信息。</p></div></a>"
        ),
    )
    return page("linked_blocks", f"""
        <nav>{NAV}</nav><div class="wrap"><div class="news">{body}</div></div>""", hrefs, dated=False)  # fmt: skip


def definition() -> ListPage:
    body, hrefs = rows(
        11,
        "/a/{n}.shtml",
        lambda n, h, t, d: (
            f'<dl><dt><a href="{h}">{t}</a></dt><dd class="zy">摘要：有关情况说明。</dd>'
            f'<dd class="sj">{d:%Y-%m-%d %H:%M:%S}</dd></dl>'
        ),
    )
    return page("definition", f"""
        <div class="menu2"><dl><dt><a href="/m/1">政务公开目录</a></dt><dd><a href="/m/2">法定主动公开</a></dd></dl></div>
        <div id="list">{body}</div><div class="page"><a rel="next" href="list_2.shtml">&gt;</a></div>""",
        hrefs, next_page="https://www.chengchuan.example/zwgk/tzgg/list_2.shtml")  # fmt: skip


def bare_text() -> ListPage:
    body, hrefs = rows(
        16,
        "{n}.html",
        lambda n, h, t, d: (
            f'<li>· <a href="{h}">{t}</a> ({d:%Y-%m-%d})</li>'
            + ('<li class="line"></li>' if n % 5 == 4 else "")
        ),
    )
    return page("bare_text", f"""
        <div>{NAV}</div><div><div><ul>{COLUMNS}</ul></div><div><ul>{body}</ul></div></div>""", hrefs)  # fmt: skip


def blog() -> ListPage:
    body, hrefs = rows(
        8,
        "/2031/06/17/{n}/",
        lambda n, h, t, d: (
            f'<article id="post-{8000 + n}" class="post type-post status-publish"><header><h2 class="entry-title">'
            f'<a href="{h}" rel="bookmark">{t}</a></h2><div class="meta">由 <a href="/author/x/">编辑部小组</a> 于 '
            f'<time class="entry-date" datetime="{d:%Y-%m-%dT%H:%M:%S}+08:00">{d:%-m月%-d日}</time></div></header>'
            f'<p>正文摘要。</p><a class="more-link" href="{h}">阅读全文</a></article>'
        ),
    )
    return page("blog", f"""
        <header id="masthead">{NAV}</header><main id="main">{body}
        <nav class="navigation"><div class="nav-links"><a class="next page-numbers" href="/page/2/">下一页</a></div></nav></main>
        <div id="secondary"><section class="widget"><ul>{COLUMNS}</ul></section></div>""",
        hrefs, next_page="https://www.chengchuan.example/page/2/")  # fmt: skip


def date_inside() -> ListPage:
    body, hrefs = rows(
        14,
        "/info/1042/{n}.htm",
        lambda n, h, t, d: (
            f'<li id="line_u8_{n}"><a href="../..{h}"><i>{d:%Y-%m-%d}</i><em>{t}</em></a></li>'
        ),
    )
    hrefs = [f"../..{href}" for href in hrefs]
    return page("date_inside", f"""
        <div class="topnav">{NAV}</div><div class="sub"><div class="sub-l"><ul>{COLUMNS}</ul></div>
        <div class="sub-r"><ul>{body}</ul>
        <div class="pb_sys"><span class="p_next p_fun"><a href="tzgg/5.htm">下页</a></span></div></div></div>""",
        hrefs, next_page="https://www.chengchuan.example/zwgk/tzgg/tzgg/5.htm")  # fmt: skip


def portal() -> ListPage:
    body, hrefs = rows(
        12,
        "https://news.chengchuan.example/2031/{n}.html",
        lambda n, h, t, d: (
            f'<div class="news-item clearfix item-{n}"><a class="pic" href="{h}"><img alt="" src="x.jpg"></a>'
            f'<div class="con"><h2><a href="{h}" target="_blank">{t}</a></h2><p>本网讯，有关部门表示将继续跟进。</p>'
            f'<span class="from">澄川晚报</span><span class="time">{n + 1}小时前</span></div></div>'
        ),
    )
    hot = "".join(
        f'<li><a href="/h/{n}.html">{s}</a><span>{DAY:%m-%d}</span></li>'
        for n, s in enumerate(SUBJECTS[:8])
    )
    return page("portal", f"""
        <div class="header">{NAV}</div><div class="layout"><div class="news-list">{body}</div>
        <div class="sidebar"><div class="hot"><h3>今日热点</h3><ul>{hot}</ul></div></div></div>""",
        hrefs, url="https://news.chengchuan.example/local/", days=(DAY.date(),) * 12)  # fmt: skip


def jpage() -> ListPage:
    made, hrefs = rows(
        15,
        "/art/2031/6/17/art_1221_{n}.html",
        lambda n, h, t, d: (
            f'<record><![CDATA[<li><a href="{h}" target="_blank" title="{t}">{t}</a><span class="bt-date">{d:%Y-%m-%d}</span></li>]]></record>'
        ),
    )
    path = "/module/web/jpage/dataproxy.jsp"
    asked = "page=1&webid=7&path=http%3A%2F%2Fwww.chengchuan.example%2F&columnid=1221&unitid=3344&permissiontype=0"
    data = f"""<?xml version="1.0" encoding="UTF-8"?><datastore><totalrecord>86</totalrecord><totalpage>6</totalpage>
        <nextgroup><![CDATA[<a href="{path}?{asked}"></a>]]></nextgroup><recordset>{made}</recordset></datastore>"""
    first = made.split("<record>")[1:6]
    embedded = (
        "<datastore><recordset>"
        + "".join(f"<record>{r}" for r in first)
        + "</recordset></datastore>"
    )
    return page("jpage", f"""
        <div class="nav">{NAV}</div><ul>{COLUMNS}</ul>
        <div id="3344" class="default_pgContainer"><script type="text/xml">{embedded}</script></div>
        <script>var param = {{url: '{path}?{asked.replace("&", "&amp;")}'}}; $('#3344').jpage(param);</script>""",
        hrefs, url="https://www.chengchuan.example/col/col1221/index.html", answers={path: data})  # fmt: skip


DRAWN_ON = (
    plain(), trs(), table_rows(), table_each(), cards(), catalogue(), forum(), linked_blocks(),
    definition(), bare_text(), blog(), date_inside(), portal(), jpage(),
)  # fmt: skip


def numbered() -> ListPage:
    body, hrefs = rows(
        15,
        "/xxgk/{n}.htm",
        lambda n, h, t, d: (
            f'<li><span class="num">{n + 1}</span><a title="{t}" href="{h}">{t[:10]}…</a><i>{d:%Y-%m-%d}</i></li>'
        ),
    )
    return page("numbered", f"""
        <div class="hd"><ul>{COLUMNS}</ul></div><div class="bd"><ul class="xxgk_list list-01">{body}</ul></div>
        <div class="ft"><ul>{FRIENDS}</ul></div>""", hrefs)  # fmt: skip


def media() -> ListPage:
    body, hrefs = rows(
        10,
        "article/{n}",
        lambda n, h, t, d: (
            f'<div class="media"><div class="media-left"><a href="{h}"><img src="{n}.jpg"></a></div><div class="media-body">'
            f'<h5 class="media-heading"><a href="{h}">{t}</a></h5><p>有关部门就市民关心的问题作出说明。</p>'
            f'<small class="text-muted">{d:%Y/%m/%d %H:%M} · 阅读 {n * 97}</small></div></div>'
        ),
    )
    return page("media", f"""
        <nav class="navbar">{NAV}</nav><div class="container"><div class="row"><div class="col-md-8">{body}
        <ul class="pager"><li class="previous"><a href="#">上一页</a></li><li class="next"><a href="?p=2">下一页</a></li></ul></div>
        <div class="col-md-4"><div class="panel"><ul>{COLUMNS}</ul></div></div></div></div>""",
        hrefs, next_page="https://www.chengchuan.example/zwgk/tzgg/index.html?p=2")  # fmt: skip


def views() -> ListPage:
    body, hrefs = rows(
        12,
        "/node/{n}",
        lambda n, h, t, d: (
            f'<div class="views-row views-row-{n + 1} views-row-{"odd" if n % 2 else "even"}"><div class="views-field views-field-title">'
            f'<span class="field-content"><a href="{h}">{t}</a></span></div><div class="views-field views-field-created">'
            f'<span class="field-content"><span class="date-display-single">{d:%Y-%m-%d}</span></span></div></div>'
        ),
    )
    return page("views", f"""
        <div id="header"><ul class="menu">{COLUMNS}</ul></div><div id="block-system-main"><div class="view-content">{body}</div>
        <div class="item-list"><ul class="pager"><li class="pager-current first">1</li><li class="pager-next last"><a title="去下一个页面" href="/news?page=1">下一页 ›</a></li></ul></div></div>""",
        hrefs, next_page="https://www.chengchuan.example/news?page=1")  # fmt: skip


def stuck_on_top() -> ListPage:
    def row(n, h, t, d):
        if n < 2:
            return f'<li class="top"><strong><a style="color:red" href="{h}">【置顶】{t}</a></strong><span class="sj">{d:%Y-%m-%d}</span></li>'
        return f'<li class="{"odd" if n % 2 else "even"}"><a href="{h}">{t}</a><span class="sj">{d:%Y-%m-%d}</span></li>'

    body, hrefs = rows(14, "/n/{n}.html", row)
    return page("stuck_on_top", f"""
        <div class="mainnav">{NAV}</div><div class="lb"><h2>通知公告</h2><ul>{body}</ul></div>
        <div class="yl"><h2>友情链接</h2><ul>{FRIENDS}</ul></div>""", hrefs)  # fmt: skip


def bar() -> ListPage:
    body, hrefs = rows(
        18,
        "/p/{n}",
        lambda n, h, t, d: (
            f'<li class="j_thread_list clearfix" data-field="x"><div class="col1"><span class="rep_num">{n * 7}</span></div><div class="col2">'
            f'<div class="title_line"><a href="{h}" title="{t}" class="j_th_tit">{t}</a></div>'
            f'<div class="author_line"><span class="author"><a href="/home?un={n}">云岭过客{n}号</a></span><span class="create">{d:%-m-%-d}</span></div>'
            f'<div class="abstract">有人知道怎么回事吗</div><span class="last"><a href="/home?un=z{n}">住在河边的人</a></span><span class="reply_date">{d:%H:%M}</span></div></li>'
        ),
    )
    return page("bar", f"""
        <div class="head">{NAV}</div><ul id="thread_list" class="threadlist">{body}</ul>
        <div class="pagination"><span>1</span><a href="?pn=50">2</a><a href="?pn=50" class="next pagination-item">下一页&gt;</a></div>""",
        hrefs, url="https://ba.chengchuan.example/f/chengchuan",
        next_page="https://ba.chengchuan.example/f/chengchuan?pn=50")  # fmt: skip


def topics() -> ListPage:
    body, hrefs = rows(
        15,
        "/t/topic/{n}",
        lambda n, h, t, d: (
            f'<tr class="topic-list-item category-life"><td class="main-link"><a href="{h}" class="title raw-link">{t}</a>'
            f'<div class="tags"><a href="/tag/city" class="tag">城市建设</a><a href="/tag/traffic" class="tag">交通出行</a></div></td>'
            f'<td class="posters"><a href="/u/a{n}"><img></a></td><td class="num"><a href="{h}/1">{n}</a></td>'
            f'<td class="age"><a href="{h}/9"><span title="{d:%Y-%m-%d %H:%M}">{n + 1} 小时前</span></a></td></tr>'
        ),
    )
    return page("topics", f"""
        <header>{NAV}</header><table class="topic-list"><thead><tr><th><a href="?order=t">按主题排序</a></th></tr></thead><tbody>{body}</tbody></table>""",
        hrefs, url="https://talk.chengchuan.example/latest")  # fmt: skip


def date_first() -> ListPage:
    body, hrefs = rows(
        10,
        "detail.aspx?id={n}",
        lambda n, h, t, d: (
            f'<div class="row"><div class="c1">{d:%Y.%m.%d}</div><div class="c2"><a href="{h}">{t}</a></div></div>'
        ),
    )
    return page("date_first", f"""
        <div class="row"><div class="c2">{NAV}</div></div><div id="ctl00_list">{body}</div>
        <div class="row"><div class="c1">电话</div><div class="c2"><a href="/contact.aspx">联系我们和地图</a></div></div>""", hrefs)  # fmt: skip


def nameless() -> ListPage:
    body, hrefs = rows(
        8,
        "news/{n}.html",
        lambda n, h, t, d: (
            f'<li style="height:30px"><p><a href="{h}">{t}</a></p><p><span>{d:%Y-%m-%d}</span></p></li>'
        ),
    )
    menu = "".join(
        f'<li><p><a href="m/{n}.html">{s[:9]}</a></p></li>' for n, s in enumerate(SUBJECTS[:14])
    )
    return page("nameless", f"""
        <table><tr><td><ul>{menu}</ul></td><td><div><ul>{body}</ul></div></td></tr></table>""", hrefs)  # fmt: skip


def paragraphs() -> ListPage:
    body, hrefs = rows(
        9,
        "{n}.shtml",
        lambda n, h, t, d: f'<p><a href="{h}">{t}</a><span>{d:%Y年%-m月%-d日}</span></p>',
    )
    return page("paragraphs", f"""
        <div class="menu">{NAV}</div><div class="con"><p>本栏目发布县政府各部门通知公告，<a href="/help">如有疑问请点此咨询</a>。</p>{body}
        <p>主办单位：澄川县人民政府办公室</p></div>""", hrefs)  # fmt: skip


def spacers() -> ListPage:
    body, hrefs = rows(
        13,
        "/html/2031/{n}.html",
        lambda n, h, t, d: (
            f'<tr><td class="font_hei"><a href="{h}" target="_blank">{t}</a></td><td class="sj" width="80">{d:%Y-%m-%d}</td></tr>'
            '<tr><td colspan="2" background="line.gif" height="1"></td></tr>'
        ),
    )
    return page("spacers", f"""
        <table><tr><td>{NAV}</td></tr></table><table><tr><td><table>{COLUMNS.replace("li>", "tr>")}</table></td>
        <td><table class="lb_nr">{body}</table><a href="list2.html"><img src="next.gif" alt="下一页"></a></td></tr></table>""", hrefs)  # fmt: skip


def letters() -> ListPage:
    body, hrefs = rows(
        15,
        "/letter/view?no=20310{n}",
        lambda n, h, t, d: (
            f'<tr><td>20310{n}</td><td><a href="{h}">{t}，请问如何处理</a></td><td>咨询</td><td>{d - timedelta(days=3):%Y-%m-%d}</td>'
            f"<td>已办结</td><td>{d:%Y-%m-%d}</td></tr>"
        ),
    )
    return page("letters", f"""
        <div class="menu">{NAV}</div><div class="mail"><table><tr><th>编号</th><th>标题</th><th>类型</th><th>来信日期</th><th>状态</th><th>回复日期</th></tr>{body}</table></div>
        <div class="p">共 9 页 <a href="/letter/list?p=2" id="nextpage">下一页</a></div>""",
        hrefs, next_page="https://www.chengchuan.example/letter/list?p=2",
        days=tuple((DAY - timedelta(days=3, hours=19 * n)).date() for n in range(15)))  # fmt: skip


def sections() -> ListPage:
    body, hrefs = rows(
        11,
        "https://m.chengchuan.example/x/{n}",
        lambda n, h, t, d: (
            f'<section data-id="{n}"><a href="{h}"><h3>{t}</h3></a><div class="foot-bar"><span>澄川融媒</span><time>{d:%m-%d %H:%M}</time></div></section>'
        ),
    )
    return page("sections", f"""
        <header>{NAV}</header><main>{body}</main><footer><a href="/d">下载客户端应用</a></footer>""",
        hrefs, url="https://m.chengchuan.example/news")  # fmt: skip


def elsewhere() -> ListPage:
    body, hrefs = rows(
        12,
        "https://mp.pages.example/s/{n}",
        lambda n, h, t, d: (
            f'<li class="wx"><img src="a.png"><div><a href="{h}" target="_blank">{t}</a><em>{d:%Y-%m-%d}</em></div></li>'
        ),
    )
    return page("elsewhere", f"""
        <div class="nav">{NAV}</div><div class="wxlist"><ul>{body}</ul></div><div class="side"><ul>{COLUMNS}</ul></div>""", hrefs)  # fmt: skip


def mobile() -> ListPage:
    body, hrefs = rows(
        12,
        "/wap/{n}.html",
        lambda n, h, t, d: (
            f'<a class="newsitem" href="{h}"><p class="tit">{t}</p><p class="tm">{d:%Y-%m-%d %H:%M}</p></a>'
        ),
    )
    return page("mobile", f"""
        <div class="wapnav">{NAV}<a href="/wap/map">全部栏目导航</a></div><div class="pagebody">{body}<a href="/wap/p2" class="more">下一页</a></div>""",
        hrefs, next_page="https://www.chengchuan.example/wap/p2")  # fmt: skip


def grid() -> ListPage:
    def row(n, h, t, d):
        cell = f'<td><a href="{h}">{t}</a> [{d:%Y-%m-%d}]</td>'
        return f"<tr>{cell}" if n % 2 == 0 else f"{cell}</tr>"

    body, hrefs = rows(14, "/g/{n}.html", row)
    return page("grid", f'<div class="top">{NAV}</div><table class="two">{body}</table>', hrefs)


def categories() -> ListPage:
    body, hrefs = rows(
        15,
        "/show-{n}.html",
        lambda n, h, t, d: (
            f'<li><a href="/c/{n % 3}.html">[公示公告]</a> <a href="{h}">{t}</a><b>{d:%Y-%m-%d}</b></li>'
        ),
    )
    return page("categories", f"""
        <div class="nav">{NAV}</div><div class="l"><ul class="lst">{body}</ul></div>
        <div class="r"><ul class="lst2">{"".join(f'<li><a href="/pic/{n}">{s}</a></li>' for n, s in enumerate(SUBJECTS))}</ul></div>""", hrefs)  # fmt: skip


HELD_OUT = (
    numbered(), media(), views(), stuck_on_top(), bar(), topics(), date_first(), nameless(),
    paragraphs(), spacers(), letters(), sections(), elsewhere(), mobile(), grid(), categories(),
)  # fmt: skip


def carousel() -> ListPage:
    body, hrefs = rows(
        10,
        "/yw/{n}.html",
        lambda n, h, t, d: (
            f'<li><i></i><a href="{h}" title="{t}">{t}</a><em>{d:%Y-%m-%d}</em></li>'
        ),
    )
    pictures = "".join(
        f'<div class="swiper-slide"><a href="/pic/{n}.html"><img src="{n}.jpg"><p>{s}</p></a></div>'
        for n, s in enumerate(SUBJECTS[:6])
    )
    return page("carousel", f"""
        <div class="w1200"><div class="dh">{NAV}</div><div class="jdt"><div class="swiper-wrapper">{pictures}</div></div>
        <div class="zw"><div class="bt"><a href="more.html">更多内容</a></div><ul>{body}</ul></div></div>""", hrefs)  # fmt: skip


def ordered() -> ListPage:
    body, hrefs = rows(
        12,
        "/story/{n}",
        lambda n, h, t, d: (
            f'<li value="{n + 1}"><time datetime="{d:%Y-%m-%d}T{d:%H:%M}:00+08:00">{d:%-d} 日</time> <cite><a href="{h}">{t}</a></cite></li>'
        ),
    )
    return page(
        "ordered",
        f'<div role="navigation">{NAV}</div><div id="archive"><ol>{body}</ol></div>',
        hrefs,
    )


def grouped() -> ListPage:
    body, hrefs = rows(
        12,
        "/g/{n}.html",
        lambda n, h, t, d: (
            (f"</ul><h3>{d:%Y年%m月%d日}</h3><ul>" if n % 4 == 0 else "")
            + f'<li><a href="{h}">{t}</a></li>'
        ),
    )
    return page(
        "grouped",
        f'<div class="topmenu">{NAV}</div><div class="timeline"><ul>{body}</ul></div>',
        hrefs,
        dated=False,
    )


def results() -> ListPage:
    body, hrefs = rows(
        10,
        "https://{n}.chengchuan.example/d.html",
        lambda n, h, t, d: (
            f'<div class="result c-container" id="{n + 1}"><h3 class="t"><a href="{h}"><em>澄川</em>{t}</a></h3><div class="abs">…有关部门回应称正在处理…</div>'
            f'<div class="f13"><a class="snap" href="/cache/{n}">网页快照版本</a><span class="tm">{d:%Y年%-m月%-d日}</span></div></div>'
        ),
    )
    return page("results", f"""
        <form>{NAV}</form><div id="content_left">{body}</div><div id="page"><a href="?pn=0">1</a><a class="n" href="?pn=10">下一页&gt;</a></div>""",
        hrefs, url="https://so.chengchuan.example/s", next_page="https://so.chengchuan.example/s?pn=10")  # fmt: skip


def tenders() -> ListPage:
    body, hrefs = rows(
        15,
        "/cggg/{n}.htm",
        lambda n, h, t, d: (
            f'<li><a href="{h}" style="line-height:18px" target="_blank">{t}</a><p>项目概况：采购需求详见采购文件。</p>'
            f"<span>{d:%Y.%m.%d %H:%M:%S} | 采购人：澄川县第{n}中学 <br><strong>公开招标</strong></span></li>"
        ),
    )
    return page(
        "tenders",
        f'<div class="nav">{NAV}</div><div class="vT"><ul class="bid-list">{body}</ul></div>',
        hrefs,
    )


def asking() -> ListPage:
    body, hrefs = rows(
        12,
        "/ask/detail-{n}.html",
        lambda n, h, t, d: (
            f'<div class="ask-item"><p class="title"><span class="state">已回复</span><a href="{h}">{t}，什么时候能好</a></p>'
            f'<p class="meta"><span>留言时间：{d:%Y-%m-%d}</span><a class="dept" href="/dept/{n % 4}">澄川县交通运输局</a></p></div>'
        ),
    )
    return page("asking", f"""
        <div class="nav">{NAV}</div><div class="ask-list">{body}</div><div class="pg"><a href="/ask/2.html">下一页</a></div>""",
        hrefs, next_page="https://www.chengchuan.example/ask/2.html")  # fmt: skip


def videos() -> ListPage:
    body, hrefs = rows(
        12,
        "/v/{n}",
        lambda n, h, t, d: (
            f'<li class="v-{n}"><a href="{h}" class="cover"><img src="{n}.jpg"><span>0{n % 6}:42</span></a><a href="{h}" class="name">{t}</a>'
            f"<div><b>播放 {n}.2万</b><em>{d:%Y-%m-%d}</em></div></li>"
        ),
    )
    return page("videos", f'<div class="nav">{NAV}</div><ul class="video-list">{body}</ul>', hrefs)


def old_fonts() -> ListPage:
    body, hrefs = rows(
        14,
        "Article/ShowArticle.asp?ArticleID={n}",
        lambda n, h, t, d: (
            f'<p><font color="#999999"><img src="arrow.gif"></font> <a href="{h}"><font size="2">{t}</font></a> <font size="1">({d:%Y-%-m-%-d})</font></p>'
        ),
    )
    return page("old_fonts", f"""
        <table><tr><td>{NAV}</td></tr><tr><td><p><a href="Special.asp">专题专栏汇总</a></p></td><td>{body}</td></tr></table>""", hrefs)  # fmt: skip


LAST = (
    carousel(), ordered(), grouped(), results(), tenders(), asking(), videos(), old_fonts(),
)  # fmt: skip
