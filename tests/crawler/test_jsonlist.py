"""JSON lists, and the strict reading that every parser of JSON shares."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, jsonlist
from crawler.parsers.json import MAX_CONTAINERS, MAX_ESCAPES
from crawler.parsers.page import MAX_ITEMS
from crawler.records import FetchedPage
from tests.crawler.conftest import NOON, make_source

URL = "https://video.example/api/list"
PATHS = {"items": "list", "id": "id", "text": "text", "time": "at"}


def page(body: str | bytes | object) -> FetchedPage:
    data = body if isinstance(body, str | bytes) else json.dumps(body, ensure_ascii=False)
    return FetchedPage("s", URL, 200, "", data if isinstance(data, bytes) else data.encode(), NOON)


def source(selectors: dict[str, str] | None = None, **more):
    chosen = PATHS if selectors is None else selectors
    return make_source(name="s", url=URL, parser="jsonlist", selectors=chosen, **more)


def read(body, selectors=None, **more):
    return jsonlist.parse(page(body), source(selectors, **more))


def reasons(result) -> list[str]:
    return [defect.reason for defect in result.defects]


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ("", VisitOutcome.EMPTY, "页面为空"),
        ('{"list":[{"id":"1","text":"正在', VisitOutcome.DAMAGED, "不是完整的 JSON"),
        ('{"id":1}\n{"id":2}\n', VisitOutcome.DAMAGED, "不是完整的 JSON"),
        ("[" * 50_000, VisitOutcome.DAMAGED, "嵌套过深"),
        ('{"a":' * 50_000, VisitOutcome.DAMAGED, "嵌套过深"),
        ('{"list":[{"id":"1","id":"2"}]}', VisitOutcome.DAMAGED, "重复的键"),
        (f'{{"list":[{{"id":{"9" * 5000}}}]}}', VisitOutcome.DAMAGED, "数字过大"),
        ('{"list":[{"id":1e400}]}', VisitOutcome.DAMAGED, "数字过大"),
        ('{"list":[{"id":NaN}]}', VisitOutcome.DAMAGED, "NaN"),
        ('{"list":[{"id":-Infinity}]}', VisitOutcome.DAMAGED, "NaN"),
        ("[" + "[]," * MAX_CONTAINERS + "1]", VisitOutcome.DAMAGED, "个对象"),
        ('["' + "\\\\" * MAX_ESCAPES + '"]', VisitOutcome.DAMAGED, "转义字符"),
        ('{"id":"1"}', VisitOutcome.DAMAGED, "结构可能已变化"),
        ('{"list":{"0":{"id":1}}}', VisitOutcome.DAMAGED, "结构可能已变化"),
        ('"list"', VisitOutcome.DAMAGED, "结构可能已变化"),
        ("<html><p>维护中", VisitOutcome.DAMAGED, "返回的是网页"),
        ("<html>请先登录", VisitOutcome.LOGIN_PAGE, "登录"),
        ('{"ok":-100,"url":"https://passport.a.example/"}', VisitOutcome.LOGIN_PAGE, "登录"),
        ('{"code":1,"msg":"请完成安全验证"}', VisitOutcome.CAPTCHA, "验证码"),
    ],
)  # fmt: skip
def test_what_is_no_whole_list_is_refused_by_name(body, outcome, said):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


def test_a_byte_order_mark_and_line_ends_do_no_harm():
    body = '﻿{"list":[\r\n{"id":"1","text":"停水"}\r\n]}\r\n'

    assert [post.text for post in read(body).posts] == ["停水"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"停水\ud83d\ude00了", "停水😀了"),
        (r"停水\ud83d", "停水"),
        (r"\ude00停水", "停水"),
        (r"停\uD83D\u6c34", "停水"),
        (r"停\ud83d\ud83d\ude00水", "停😀水"),
        (r"停\\ud83d水", r"停\ud83d水"),
        (r"停\\\ud83d水", "停\\水"),
    ],
)
def test_half_a_character_is_left_out_and_a_whole_one_stays(written, text):
    (post,) = read(f'{{"list":[{{"id":"1","text":"{written}"}}]}}').posts

    assert post.text == text


@pytest.mark.parametrize(
    ("told", "post_id"),
    [
        ("5093812345678901235", "5093812345678901235"),
        ('"5093812345678901235"', "5093812345678901235"),
        ('" a1 "', "a1"),
        ("0", "0"),
    ],
)
def test_an_id_is_taken_as_it_is_written(told, post_id):
    (post,) = read(f'{{"list":[{{"id":{told},"text":"停水"}}]}}').posts

    assert post.post_id == post_id


@pytest.mark.parametrize(
    "told", ["null", "true", "1.5", "5.0938123456789e18", '["1"]', "{}", '" "']
)
def test_an_id_that_is_none_or_was_rounded_is_a_defect(told):
    found = read(f'{{"list":[{{"id":{told},"text":"停水"}}]}}')

    assert found.posts == ()
    assert reasons(found) == ["条目没有编号"]


def test_members_of_a_wrong_kind_cost_no_other_post():
    wrong = {"id": ["1"], "text": {"$ne": None}, "at": True, "url": 7}
    other = {
        "id": 2,
        "text": "停水",
        "at": [],
        "url": 7,
        "who": ["x"],
        "__proto__": {"admin": True},
    }

    found = read({"list": [wrong, other]}, PATHS | {"url": "url", "author": "who"})

    (post,) = found.posts
    assert (post.url, post.published_at, post.author) == (None, None, None)
    assert reasons(found) == ["条目没有编号"]


def test_an_id_told_twice_is_taken_once_as_it_comes_first():
    items = [{"id": n % 3, "text": f"第{n}条"} for n in range(9)]

    assert [post.text for post in read({"list": items}).posts] == ["第0条", "第1条", "第2条"]


@pytest.mark.parametrize(
    ("path", "found"),
    [("list", 1), (".", 0), ("data.rows", 1), ("data.pages.1.rows", 1)],
)
def test_items_are_found_by_a_dotted_path(path, found):
    rows = [{"id": 1, "text": "停水"}] if found else ["不是条目"]
    places = {"list": {"list": rows}, ".": rows, "data.rows": {"data": {"rows": rows}},
              "data.pages.1.rows": {"data": {"pages": [0, {"rows": rows}]}}}  # fmt: skip

    assert len(read(places[path], PATHS | {"items": path}).posts) == found


def test_a_title_stands_before_the_text_and_is_told_once():
    items = [
        {"id": 1, "t": "东门停水", "text": "<p>何时恢复？</p>"},
        {"id": 2, "t": "东门停水", "text": "东门停水，何时恢复？"},
        {"id": 3, "t": "只有标题"},
    ]

    found = read({"list": items}, PATHS | {"title": "t"})

    texts = ["东门停水 何时恢复？", "东门停水，何时恢复？", "只有标题"]
    assert [post.text for post in found.posts] == texts


def test_with_a_detail_links_are_told_in_place_of_posts():
    items = [{"id": 1, "t": "通告", "u": "/a/1#b", "at": "2031-06-17T09:00:00+08:00"},
             {"id": 2, "u": "http://10.0.0.1/a"}, {"id": 3, "u": 7}]  # fmt: skip

    found = read({"list": items}, PATHS | {"title": "t", "url": "u"}, detail="article")

    assert found.posts == ()
    (link,) = found.links
    assert (link.url, link.title) == ("https://video.example/a/1", "通告")
    assert link.told_at.isoformat() == "2031-06-17T01:00:00+00:00"
    assert reasons(found) == ["条目没有可用的链接"] * 2


@pytest.mark.parametrize(
    ("told", "next_page"),
    [("/api?p=2", "https://video.example/api?p=2"), ("", None), (2, None), (None, None),
     ("javascript:alert(1)", None), ("http://10.0.0.1/", None)],
)  # fmt: skip
def test_the_next_page_is_an_address_that_may_be_visited(told, next_page):
    assert read({"list": [], "more": told}, PATHS | {"next": "more"}).next_page == next_page


def test_what_exceeds_the_limit_is_counted():
    items = [{"id": n, "text": "停水"} for n in range(MAX_ITEMS + 10)]

    assert reasons(read({"list": items})) == [f"超出每页 {MAX_ITEMS} 条的上限，未读取 10 条"]


def test_values_are_counted_for_each_selector_of_the_list():
    items = [{"id": 1, "text": "停水", "at": ""}, {"id": 2, "text": None}]
    selectors = PATHS | {"url": "link", "next": "more", "detail_text": "p"}

    found = HITS["jsonlist"](page({"list": items, "more": "/2"}), source(selectors))

    assert found == {"items": 2, "id": 2, "text": 1, "time": 0, "url": 0, "next": 1}


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner),
    max_leaves=12,
)

OTHERS = ("title", "author", "url", "reply_to", "repost_of", "reposts", "comments", "likes")
EVERY = PATHS | {name: name for name in OTHERS}


@given(st.dictionaries(st.sampled_from(sorted(EVERY.values())), ANYTHING), st.booleans())
def test_whatever_stands_in_a_member_the_other_items_are_read(told, behind):
    last = {"id": "last", "text": "通水", "url": "/last"}

    found = read({"list": [told, last]}, EVERY, detail="article" if behind else None)

    assert (found.links if behind else found.posts)[-1].url == "https://video.example/last"
