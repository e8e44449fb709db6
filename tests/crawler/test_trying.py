"""A trial shows what a page gives and what is wrong with it, and names nobody."""

import json
from datetime import UTC, datetime

import pytest

from core.directory import Directory, Unit
from core.vocabulary import VisitOutcome
from crawler.parsers.page import MAX_ITEMS
from crawler.records import FetchedPage, Link
from crawler.trying import MAX_ROWS, MAX_TITLE, TimeMark, read, try_page, unanswered
from tests.crawler.conftest import NOON, make_source

LIST_URL = "https://www.chengchuan.example/list?uid=7"
SELECTORS = {
    "item": "li.row",
    "link": "a",
    "time": "span.sj",
    "next": "a.next",
    "detail_title": "h1",
    "detail_text": "div.body",
    "detail_time": "time",
    "detail_author": "b.who",
}


def fetched(body: str | bytes, link: Link | None = None) -> FetchedPage:
    data = body.encode() if isinstance(body, str) else body
    return FetchedPage("s", LIST_URL, 200, "", data, NOON, link)


def listing(**changes):
    plain = {"name": "县政府", "url": LIST_URL, "parser": "listing", "selectors": SELECTORS}
    return make_source(**(plain | changes))


ROW = (
    '<li class="row"><a href="/a/{n}.html">第{n}号停水通告</a>'
    '<span class="sj">2031-06-{day:02} 09:42</span></li>'
)


def rows(count: int) -> str:
    made = "".join(ROW.format(n=n, day=n % 17 + 1) for n in range(1, count + 1))
    return f'<ul>{made}</ul><a class="next" href="/list/2">下一页</a>'


def test_the_first_ten_are_shown_and_all_are_counted():
    trial = try_page(fetched(rows(15)), listing())

    assert (len(trial.rows), trial.links, trial.posts, trial.has_next) == (MAX_ROWS, 15, 0, True)
    assert trial.rows[1].title == "第2号停水通告"
    assert trial.rows[1].time == datetime(2031, 6, 3, 1, 42, tzinfo=UTC)
    assert trial.rows[1].url == "https://www.chengchuan.example/a/2.html"
    assert trial.problems == ()
    assert trial.advice == ""


def test_a_list_that_tells_days_alone_is_marked_so():
    page = fetched(rows(3).replace(" 09:42", ""))

    assert {row.mark for row in try_page(page, listing()).rows} == {TimeMark.DAY_ONLY}


@pytest.mark.parametrize("wrong", ["link", "time", "next"])
def test_the_selector_that_finds_nothing_is_named(wrong):
    source = listing(selectors=SELECTORS | {wrong: "em.none"})

    trial = try_page(fetched(rows(3)), source)

    assert trial.silent == (wrong,)
    assert any(f" {wrong} " in problem for problem in trial.problems)


def test_a_wrong_item_selector_is_named_and_the_page_is_not_blamed_on_the_site():
    trial = try_page(fetched(rows(3)), listing(selectors=SELECTORS | {"item": "li.none"}))

    assert trial.silent == ("item",)
    assert trial.outcome is VisitOutcome.DAMAGED
    assert trial.reason


def test_a_selector_that_is_no_selector_is_told_as_such():
    trial = try_page(fetched(rows(3)), listing(selectors=SELECTORS | {"link": "a[["}))

    assert trial.outcome is VisitOutcome.DAMAGED
    assert "选择器" in trial.reason


DETAIL = (
    "<h1>停水通告</h1><time>2031-06-17 09:42</time><b class='who'>城南老街坊</b>"
    "<div class='body'>今晚八点起停水，详询 13800138000。城南老街坊</div>"
)


def test_a_page_behind_a_link_is_read_by_the_selectors_for_it():
    trial = try_page(fetched(DETAIL, Link(LIST_URL)), listing())

    assert (trial.kind, trial.posts, trial.problems) == ("selectors", 1, ())
    assert trial.rows[0].title.startswith("停水通告 今晚八点起停水")


def test_the_selectors_of_the_list_are_not_missed_behind_a_link():
    selectors = SELECTORS | {"detail_time": "em.none"}

    trial = try_page(fetched(DETAIL, Link(LIST_URL)), listing(selectors=selectors))

    assert trial.silent == ("detail_time",)
    assert trial.without_time == (1,)


@pytest.mark.parametrize("author", ["城南老街坊", "张三", "云岭过客2031号"])
def test_no_author_and_no_number_of_a_person_is_shown(author):
    posts = [
        {
            "id": f"{author}-1",
            "text": f"{author}：停水了，@李四光 打13800138000，澄A12345，https://x.example/u/1",
            "t": "2031-06-17T09:42:00+08:00",
            "who": author,
            "url": f"https://bbs.example/u/{author}",
        }
    ]
    source = make_source(
        parser="jsonlist",
        selectors={"items": ".", "id": "id", "text": "text", "time": "t", "author": "who",
                   "url": "url"},
    )  # fmt: skip

    trial = try_page(fetched(json.dumps(posts)), source)

    shown = f"{trial!r} {[(row.title, row.url) for row in trial.rows]}"
    assert trial.posts == 1
    for told in (author, "李四光", "13800138000", "x.example"):
        assert told not in shown
    assert trial.rows[0].url is None


def test_a_long_text_is_cut_and_marked_as_cut():
    posts = [{"id": 1, "text": "停水" * 100, "t": 1939426920}]
    source = make_source(
        parser="jsonlist", selectors={"items": ".", "id": "id", "text": "text", "time": "t"}
    )

    (row,) = try_page(fetched(json.dumps(posts)), source).rows

    assert (len(row.title), row.title[-1]) == (MAX_TITLE, "…")


@pytest.mark.parametrize(
    ("told", "mark", "usable"),
    [
        ("2031-06-17T09:42:00+08:00", TimeMark.TOLD, True),
        ("2031-06-17 09:42", TimeMark.ZONE_ASSUMED, True),
        ("2031-06-17", TimeMark.DAY_ONLY, True),
        ("1999-06-17T09:42:00+08:00", TimeMark.NONE, False),
        ("最近", TimeMark.NONE, False),
        (None, TimeMark.NONE, False),
    ],
)
def test_how_far_a_time_can_be_relied_on_is_marked(told, mark, usable):
    posts = [{"id": 1, "text": "停水", "t": told}, {"id": 2, "text": "来水", "t": 1939426920}]
    source = make_source(
        parser="jsonlist", selectors={"items": ".", "id": "id", "text": "text", "time": "t"}
    )

    trial = try_page(fetched(json.dumps(posts)), source)

    assert trial.rows[0].mark is mark
    assert (trial.rows[0].time is not None) is usable
    assert trial.without_time == (() if usable else (1,))


def test_a_source_without_any_readable_time_is_a_problem():
    posts = [{"id": 1, "text": "停水", "t": "x"}]
    source = make_source(
        parser="jsonlist", selectors={"items": ".", "id": "id", "text": "text", "time": "t"}
    )

    assert "所有条目都没有读出时间" in try_page(fetched(json.dumps(posts)), source).problems


FEED = """<rss version="2.0"><channel>
<item><guid>1</guid><title>停水通告</title><pubDate>Tue, 17 Jun 2031 09:42:00 +0800</pubDate></item>
<item><guid>2</guid><pubDate>Tue, 17 Jun 2031 09:42:00 +0800</pubDate></item>
</channel></rss>"""


def test_an_element_that_a_feed_does_without_is_counted_and_no_problem():
    trial = try_page(fetched(FEED), make_source())

    assert trial.hits["item"] == 2
    assert trial.hits["description"] == 0
    assert trial.silent == ()
    assert trial.problems == ()
    assert trial.defects == ("第 2 条：条目没有文字",)


def test_what_exceeds_the_limit_of_a_page_is_told():
    trial = try_page(fetched(rows(MAX_ITEMS + 5)), listing())

    assert any("未读取 5 条" in defect for defect in trial.defects)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"", VisitOutcome.EMPTY),
        ('<input type="password">请登录', VisitOutcome.LOGIN_PAGE),
        ("<p>改版了</p>", VisitOutcome.DAMAGED),
        ("前半".encode() + "后半".encode("gbk"), VisitOutcome.DAMAGED),
    ],
)
def test_a_page_that_cannot_be_read_says_why_and_what_to_do(body, outcome):
    trial = try_page(fetched(body), listing())

    assert trial.outcome is outcome
    assert trial.reason
    assert trial.problems
    assert trial.advice


@pytest.mark.parametrize("outcome", [o for o in VisitOutcome if not o.works])
def test_for_every_refusal_there_is_advice_that_does_not_get_round_it(outcome):
    trial = unanswered(listing(), LIST_URL, outcome, "原因")

    assert trial.problems == (f"{outcome.label}：原因",)
    told_twice = unanswered(listing(), LIST_URL, outcome, f"{outcome.label}（403）")
    assert told_twice.problems == (f"{outcome.label}（403）",)
    assert trial.advice
    assert "uid" not in trial.url


def test_posts_of_official_units_are_marked_by_the_directory():
    unit = Unit(id="water", name="澄川县水利局", kind="water_bureau", accounts=("澄川水利",))
    posts = [{"id": 1, "text": "澄川水利：今晚停水", "t": 1939426920, "who": "澄川水利"}]
    source = make_source(
        parser="jsonlist",
        selectors={"items": ".", "id": "id", "text": "text", "time": "t", "author": "who"},
    )

    (row,) = try_page(fetched(json.dumps(posts)), source, directory=Directory(units=(unit,))).rows

    assert (row.issuer, row.title) == ("water", "澄川水利：今晚停水")


def test_links_to_follow_are_read_raw_and_none_from_a_broken_page():
    assert [link.url for link in read(fetched(rows(2)), listing()).links] == [
        "https://www.chengchuan.example/a/1.html",
        "https://www.chengchuan.example/a/2.html",
    ]
    assert read(fetched(b""), listing()).links == ()
