"""Weibo-like lists: the account's own words, reposts counted, and nothing about the person."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, weibo
from crawler.parsers.page import MAX_ITEMS
from crawler.records import Counts, FetchedPage
from crawler.times import read_time
from tests.crawler.conftest import BEIJING, NOON, make_source

URL = "https://weibo.example/api"
USER = {"id": 1234567890, "idstr": "1234567890", "screen_name": "路人甲"}


def page(body: object) -> FetchedPage:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return FetchedPage("s", URL, 200, "application/json", text.encode(), NOON)


def source(**selectors: str):
    return make_source(name="s", url=URL, parser="weibo", selectors=selectors)


def read(body: object, **selectors: str):
    return weibo.parse(page(body), source(**selectors))


def status(mid: str = "1", text: str = "东门停水了", **more) -> dict:
    return {"mid": mid, "text": text, "user": USER} | more


def one(**more):
    (post,) = read({"statuses": [status(**more)]}).posts
    return post


def reasons(result) -> list[str]:
    return [defect.reason for defect in result.defects]


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"list": [status()]}},
        {"statuses": [status()]},
        {"data": {"statuses": [status()]}},
        {"data": {"cards": [{"card_type": 9, "mblog": status()}]}},
        {"cards": [{"card_type": 11, "card_group": [{"card_type": 9, "mblog": status()}]}]},
        {"data": {"cards": [{"card_type": 58, "desc": "标题"}, {"mblog": status()}]}},
    ],
)
def test_posts_are_found_where_such_interfaces_put_them(body):
    assert [post.text for post in read(body).posts] == ["东门停水了"]


def test_posts_are_found_at_the_path_that_the_source_names():
    body = {"statuses": [], "result": {"rows": [status()]}, "more": "/api?p=2"}

    found = read(body, items="result.rows", next="more")

    assert len(found.posts) == 1
    assert found.next_page == "https://weibo.example/api?p=2"


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ({"ok": -100, "url": "https://passport.weibo.example/"}, VisitOutcome.LOGIN_PAGE, "登录"),
        ("<html>请先登录", VisitOutcome.LOGIN_PAGE, "登录"),
        ({"ok": 0, "msg": "系统繁忙"}, VisitOutcome.DAMAGED, "没有微博列表"),
        ({"data": {"list": {"0": {}}}}, VisitOutcome.DAMAGED, "没有微博列表"),
        ('{"statuses": [', VisitOutcome.DAMAGED, "不是完整的 JSON"),
        ('{"statuses": [], "statuses": []}', VisitOutcome.DAMAGED, "重复的键"),
        ("[" * 60_000, VisitOutcome.DAMAGED, "嵌套过深"),
    ],
)
def test_an_answer_without_a_list_is_refused_by_name(body, outcome, said):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


@pytest.mark.parametrize(
    ("told", "post_id"),
    [
        ({"id": 5093812345678901235}, "5093812345678901235"),
        ({"id": 5093812345678901000, "mid": "5093812345678901235"}, "5093812345678901235"),
        ({"id": 5.0938123456789e18, "idstr": "5093812345678901235"}, "5093812345678901235"),
        ({"id": "7", "mid": ""}, "7"),
    ],
)
def test_an_id_beyond_53_bits_is_exact(told, post_id):
    item = {"text": "停水", "user": USER} | told

    assert read({"statuses": [item]}).posts[0].post_id == post_id


def test_nothing_about_the_person_but_the_account_name_leaves_the_page():
    secrets = {"region_name": "发布于某地", "ip": "198.51.100.7", "source": "某手机",
               "at_users": ["路人乙"], "user": USER | {"location": "某省", "gender": "f"},
               "url": "https://weibo.example/1234567890/Abc"}  # fmt: skip

    post = one(**secrets)

    told = json.dumps(asdict(post), ensure_ascii=False, default=str)
    assert post.author == "路人甲"
    assert not [s for s in ("1234567890", "某地", "某省", "198.51", "某手机", "乙") if s in told]


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ({"url": "https://m.weibo.example/status/5?uid=1234567890"}, "https://m.weibo.example/status/5"),
        ({"scheme": "/detail/5"}, "https://weibo.example/detail/5"),
        ({"url": "https://weibo.example/1234567890/Abc"}, None),
        ({"url": "https://weibo.example/u/1234567890"}, None),
        ({"url": "https://weibo.example/n/路人甲"}, None),
        ({"url": "sinaweibo://detail?mblogid=5"}, None),
        ({"url": "http://10.0.0.1/status/5"}, None),
        ({"url": 7}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_an_address_is_kept_only_if_its_form_names_no_account(told, url):
    assert one(**told).url == url


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"text": "停水<br/>了<a href='/n/x'>@某某</a> <script>x</script>"}, "停水\n了@某某"),
        ({"text": '真难<span><img alt="[泪]" src="x"></span>'}, "真难[泪]"),
        ({"text": "真难<img src=x alt=[泪]>"}, "真难[泪]"),
        ({"text": "图<img alt='一张照片' src=x>"}, "图"),
        ({"text": "短", "text_raw": "水位<3米 & 上涨[泪]"}, "水位<3米 & 上涨[泪]"),
        ({"text": "短", "longText": {"longTextContent": "长的<br>全文"}}, "长的\n全文"),
        ({"text": "短", "longText": "长的全文"}, "长的全文"),
        ({"text": "短", "longText": None}, "短"),
        ({"text": "见 https://@example 和 http://a.example//@b"}, "见 https://@example 和 http://a.example"),
    ],
)  # fmt: skip
def test_the_text_is_the_longest_form_without_markup(told, text):
    assert one(**told).text == text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("真的吗//@路人乙:停水了//@路人丙:转发微博", "真的吗"),
        ("真的吗 // @路人乙：停水了", "真的吗"),
        ("真的吗／／＠路人乙:停水了", "真的吗"),
        ("真的吗//<a href='/n/x'>@路人乙</a>:停水了", "真的吗"),
        ("//@路人乙:停水了", "转发微博"),
        ("转发微博", "转发微博"),
        ("轉發微博。", "转发微博"),
        ("Repost", "转发微博"),
        ("转发//@路人乙:停水", "转发微博"),
        ("", "转发微博"),
        ("转给家人看", "转给家人看"),
        ("转发并求证", "转发并求证"),
    ],
)
def test_a_repost_keeps_its_own_words_only(text, own):
    original = status("2", "东门停水，十点恢复")

    found = read({"statuses": [status("1", text, retweeted_status=original)]})

    assert [(post.post_id, post.text) for post in found.posts] == [
        ("2", "东门停水，十点恢复"),
        ("1", own),
    ]
    assert found.posts[1].repost_of == "2"


def test_an_original_is_a_post_of_its_own_once():
    reposts = [status(str(n), retweeted_status=status("9", "短的")) for n in range(3)]

    found = read({"statuses": [*reposts, status("9", "列表里完整的原帖")]})

    assert [post.post_id for post in found.posts] == ["9", "0", "1", "2"]
    assert found.posts[0].text == "列表里完整的原帖"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"deleted": "1"}, "帖子已删除或不可见"),
        ({"deleted": True}, "帖子已删除或不可见"),
        ({"user": None, "text": "抱歉，此微博已被作者删除。查看帮助"}, "帖子已删除或不可见"),
        ({"user": None, "text": "该微博因被多人投诉，无法查看。"}, "帖子已删除或不可见"),
        ({"visible": {"type": 1, "list_id": 0}}, "帖子不是公开可见"),
        ({"visible": {"type": "10"}}, "帖子不是公开可见"),
        ({"text": "<img src=x>"}, "帖子没有文字"),
        ({"text": {"a": 1}}, "帖子没有文字"),
        ({"mid": None}, "帖子没有编号"),
    ],
)
def test_what_cannot_be_read_is_a_defect_with_its_reason(told, reason):
    found = read({"statuses": [status("1", "停水") | told, status("2", "通水")]})

    assert [post.text for post in found.posts] == ["通水"]
    assert reasons(found) == [reason]


@pytest.mark.parametrize(
    "told",
    [{"deleted": 0}, {"deleted": "0"}, {"deleted": False}, {"deleted": None}, {"visible": None},
     {"visible": {"type": 0}}, {"text": "该微博已被删除？谁删的"}],
)  # fmt: skip
def test_a_post_that_is_there_is_no_deleted_one(told):
    assert one(**told).post_id == "1"


def test_a_deleted_original_leaves_the_repost_and_its_reference():
    gone = {"mid": "9", "text": "抱歉，作者已设置仅展示半年内微博，此微博已不可见。", "user": None}

    found = read({"statuses": [status("1", "求证", retweeted_status=gone)]})

    assert [(post.post_id, post.repost_of) for post in found.posts] == [("1", "9")]
    assert reasons(found) == ["被转发的帖子已删除或不可见"]


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ({"reposts_count": 3, "comments_count": "12", "attitudes_count": "1.2万"},
         Counts(3, 12, 12_000)),
        ({"reposts_count": "100万+", "comments_count": "10万+"}, Counts(1_000_000, 100_000, 0)),
        ({"reposts_count": "很多", "comments_count": -1, "attitudes_count": None}, Counts()),
    ],
)  # fmt: skip
def test_counters_are_read_as_they_are_shown(told, counts):
    assert one(**told).counts == counts


@pytest.mark.parametrize(
    "written",
    ["Tue Jun 17 11:46:55 +0800 2031", "5分钟前", "昨天 10:20", "06-17 09:42", "不详", None, True],
)
def test_times_are_read_as_the_interface_or_the_page_writes_them(written):
    told = read_time(written, zone=BEIJING, fetched_at=NOON)

    assert one(created_at=written).published_at == (told and told.moment)


def test_the_time_of_the_interface_is_exact():
    post = one(created_at="Tue Jun 17 11:46:55 +0800 2031")

    assert post.published_at.isoformat() == "2031-06-17T03:46:55+00:00"
    assert not post.zone_assumed


def test_what_exceeds_the_limit_is_counted():
    found = read({"statuses": [status(str(n)) for n in range(MAX_ITEMS + 10)]})

    assert len(found.posts) == MAX_ITEMS
    assert reasons(found) == [f"超出每页 {MAX_ITEMS} 条的上限，未读取 10 条"]


@pytest.mark.parametrize(
    "text", ["//@" * 100_000, "/ " * 100_000, "<img " * 100_000, "<a" * 100_000]
)
def test_a_text_made_to_cost_time_costs_little(text):
    read({"statuses": [status("1", text, retweeted_status=status("2"))]})


def test_the_usual_members_are_counted_for_a_trial():
    found = HITS["weibo"](page({"statuses": [status(), {}]}), source(next="more"))

    expected = {"items": 2, "next": 0, "id": 1, "created_at": 0, "text": 1, "retweeted_status": 0}
    assert found == expected


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "mid",
                    "text",
                    "user",
                    "type",
                    "retweeted_status",
                    "longTextContent",
                    "screen_name",
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)

MEMBERS = [
    *("id", "mid", "idstr", "text", "text_raw", "longText", "created_at", "user", "visible"),
    *("deleted", "url", "scheme", "retweeted_status", "reposts_count", "comments_count"),
]


@given(st.dictionaries(st.sampled_from(MEMBERS), ANYTHING))
def test_whatever_stands_in_a_member_the_other_posts_are_read(told):
    found = read({"statuses": [{"mid": "1"} | told, status("last", "通水")]})

    assert found.posts[-1].text == "通水"
    assert all(isinstance(post.text, str) and post.post_id for post in found.posts)
