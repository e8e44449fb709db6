"""JSON Feed: numbers as ids, either kind of content, one post for each id."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.parsers import HITS, ParseError, jsonfeed
from crawler.parsers.page import MAX_ITEMS
from crawler.records import FetchedPage
from tests.crawler.conftest import NOON, make_source

URL = "https://blog.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def page(listed: object, **more) -> FetchedPage:
    feed = {"version": VERSION, "title": "t", "items": listed} | more
    return FetchedPage("s", URL, 200, "", json.dumps(feed).encode(), NOON)


def source(**more):
    return make_source(name="s", url=URL, parser="jsonfeed", **more)


def read(listed: object, **more):
    return jsonfeed.parse(page(listed, **more), source())


@pytest.mark.parametrize(
    "version",
    ["https://jsonfeed.org/version/1", VERSION, "http://www.jsonfeed.org/version/1.1/"],
)
def test_both_versions_are_read(version):
    assert len(read([{"id": 1, "content_text": "停水"}], version=version).posts) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "https://jsonfeed.org/version/2"}, "不是 JSON Feed"),
        ({"version": 1}, "不是 JSON Feed"),
        ({"version": None}, "不是 JSON Feed"),
        ({"items": {"0": {}}}, "没有 items 列表"),
        ({"items": None}, "没有 items 列表"),
    ],
)
def test_json_of_another_kind_is_refused_by_name(changed, said):
    with pytest.raises(ParseError, match=said):
        read([], **changed)


@pytest.mark.parametrize("body", ["[1, 2]", '"x"', "[" * 60_000, '{"a": NaN}', "<html>"])
def test_what_is_no_object_is_refused_by_name(body):
    with pytest.raises(ParseError):
        jsonfeed.parse(FetchedPage("s", URL, 200, "", body.encode(), NOON), source())


@pytest.mark.parametrize(
    ("item", "post_id"),
    [
        ({"id": "a", "url": "/n/1"}, "a"),
        ({"id": 9007199254740993}, "9007199254740993"),
        ({"id": 1.5}, "1.5"),
        ({"id": "https://blog.example/n/1#top"}, "https://blog.example/n/1"),
        ({"id": "https://blog.example/n/1#reply-2"}, "https://blog.example/n/1#reply-2"),
        ({"url": "https://blog.example/n/2"}, "https://blog.example/n/2"),
        ({"id": " ", "external_url": "https://else.example/3"}, "https://else.example/3"),
        ({"id": True}, sha256("停水".encode()).hexdigest()[:24]),
    ],
)
def test_the_id_is_the_items_own_else_its_address_else_a_hash(item, post_id):
    (post,) = read([item | {"content_text": "停水"}]).posts

    assert post.post_id == post_id


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"content_html": "<p>六点起<b>停水</b></p><script>alert(1)</script>"}, "六点起停水"),
        ({"content_text": "水压 < 0.1 & 偏低"}, "水压 < 0.1 & 偏低"),
        ({"content_html": "<img src=x>", "content_text": "看图"}, "看图"),
        ({"title": "通告", "summary": "摘要"}, "通告 摘要"),
        ({"title": "水位 < 3 米"}, "水位 < 3 米"),
        ({"title": "停水", "content_text": "停水到十点"}, "停水到十点"),
    ],
)
def test_the_text_is_content_of_either_kind_after_the_title(item, text):
    assert read([item | {"id": 1}]).posts[0].text == text


@pytest.mark.parametrize(
    ("item", "author"),
    [
        ({"authors": [{"url": "x"}, {"name": "值班员"}]}, "值班员"),
        ({"author": {"name": "值班员"}}, "值班员"),
        ({"authors": "值班员"}, None),
        ({"authors": [7, {"name": 7}]}, None),
        ({}, None),
    ],
)
def test_the_first_named_author_is_known(item, author):
    assert read([item | {"id": 1, "title": "x"}]).posts[0].author == author


def test_of_an_id_told_twice_the_text_that_changed_last_stays():
    items = [{"id": 1, "title": "新", "date_modified": "2031-06-17T02:00:00Z"},
             {"id": "1", "title": "旧", "date_published": "2031-06-17T01:00:00Z"}]  # fmt: skip

    assert [post.text for post in read(items).posts] == ["新"]


def test_a_time_without_a_zone_is_the_sources_and_marked():
    (post,) = read([{"id": 1, "title": "x", "date_published": "2031-06-17T09:00:00"}]).posts

    assert post.published_at.isoformat() == "2031-06-17T01:00:00+00:00"
    assert post.zone_assumed


@pytest.mark.parametrize(
    ("told", "next_page"),
    [("?p=2", f"{URL}?p=2"), (URL, None), (2, None), ("http://10.0.0.1/f", None), ("", None)],
)
def test_the_next_page_is_another_address_that_may_be_visited(told, next_page):
    assert read([], next_url=told).next_page == next_page


def test_what_is_no_item_or_exceeds_the_limit_is_a_defect():
    items = [None, {"id": 1}, *({"id": n, "title": "停水"} for n in range(MAX_ITEMS))]

    found = [defect.reason for defect in read(items).defects]

    assert found == ["条目不是对象", "条目没有文字", f"超出每页 {MAX_ITEMS} 条的上限，未读取 2 条"]


def test_with_a_detail_links_are_told_in_place_of_posts():
    items = [{"id": 1, "url": "/n/1", "title": "通告"}, {"id": 2, "url": "/n/1#x"}, {"id": 3}, 7]

    found = jsonfeed.parse(page(items), source(detail="article"))

    assert [(link.url, link.title) for link in found.links] == [
        ("https://blog.example/n/1", "通告")
    ]
    assert [defect.reason for defect in found.defects] == ["条目没有可用的链接"] * 2


def test_the_usual_members_are_counted_for_a_trial():
    items = [{"id": 1, "title": "x"}, {"id": 0, "content_html": ""}, None]

    found = HITS["jsonfeed"](page(items), source())

    assert (found["items"], found["id"], found["title"], found["content_html"]) == (3, 2, 1, 0)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "id", "url"]), inner)
    ),
    max_leaves=12,
)

MEMBERS = [
    *("id", "url", "external_url", "title", "summary", "content_html", "content_text"),
    *("date_published", "date_modified", "author", "authors"),
]


@given(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING))
def test_whatever_stands_in_a_member_the_other_posts_are_read(told):
    found = read([told, {"id": "last", "title": "通水"}])

    assert found.posts[-1].text == "通水"
    assert all(isinstance(post.author, str | None) for post in found.posts)
