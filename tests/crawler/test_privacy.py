"""Masks, pseudonyms and the veil."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.directory import Directory
from core.errors import HuiyingError
from crawler.privacy import Veil, load_or_make_key, mask, pseudonym, public_url
from crawler.records import ParsedPost
from tests.crawler.conftest import NOON

PARSED = ParsedPost(
    source="s",
    post_id="p1",
    url="https://news.example/t/1?tid=5",
    published_at=NOON - timedelta(hours=1),
    channel="forum",
    text="东门停水了",
    author="某路人甲乙",
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("回复@小李: 知道", "回复@用户: 知道"),
        ("转//@老王:真的//＠小赵：假的", "转//@用户:真的//@用户：假的"),
        ("见https://weibo.example/u/9?x=小李 快看", "见[链接] 快看"),
        ("见https://t.example/A6x快看", "见[链接]快看"),
        ("https://weibo.example/u/金丝雀 这人说的", "[链接] 这人说的"),
        ("www.news.example/u/abc 和t.cn/A6x", "[链接] 和[链接]"),
        ("发到 li.xiao@mail.example 吧", "发到 [邮箱] 吧"),
        ("打13800138000", "打[电话]"),
        ("打１３８００１３８０００", "打[电话]"),
        ("打138-0013-8000或138 0013 8000", "打[电话]或[电话]"),
        ("打+86 13800138000", "打+86 [电话]"),
        ("水务0000-5550162", "水务[电话]"),
        ("水务(0000)55501620", "水务[电话]"),
        ("热线12345、119、0000-12345", "热线12345、119、0000-12345"),
        ("号11010519491231002X。", "号[证件号]。"),
        ("号110105491231002", "号[证件号]"),
        ("车川A12345和京A·D12345", "车[车牌]和[车牌]"),
        ("加QQ群:123456，微信号abc_def1", "加QQ群:[账号]，微信号[账号]"),
        ("订单123456789", "订单[号码]"),
        ("2031年6月17日14:00降雨85.5毫米", "2031年6月17日14:00降雨85.5毫米"),
        ("[电话][链接]@用户[证件号]", "[电话][链接]@用户[证件号]"),
    ],
)
def test_what_names_a_person_is_masked_and_the_rest_stays(text, masked):
    assert mask(text) == masked
    assert mask(masked) == masked


PIECES = st.sampled_from(
    ["@", "＠", "1", "3800138000", "0571-", "-", " ", "https://", "a.cn/", "小李", "QQ", "微信号",
     "川A", "D1234", "x@y.cn", "用户", "[电话]", "//@", ":", "１", "abc_", "9" * 7, "."]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=14).map("".join))


@given(TEXTS)
def test_masking_twice_is_masking_once(text):
    assert mask(mask(text)) == mask(text)


@given(TEXTS, st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), TEXTS)
def test_no_mobile_number_survives(before, number, after):
    masked = mask(f"{before} {number} {after}")

    assert number not in masked
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", masked)


@pytest.mark.parametrize("bomb", ["1 " * 10_000, "a." * 10_000, "@" * 20_000, "=a" * 10_000,
                                  "http://" * 3_000, "0-" * 10_000, "a@" * 10_000])  # fmt: skip
def test_hostile_repetition_is_masked_without_backtracking(bomb):
    # Quadratic rules would need minutes here; the suite's own patience is the limit.
    assert mask(mask(bomb)) == mask(bomb)


def test_a_pseudonym_is_stable_within_task_and_month_and_nowhere_else():
    told = {"task": "t", "month": "2031-06", "platform": "weibo", "handle": "小李"}
    name = pseudonym(b"k" * 32, **told)

    assert name == pseudonym(b"k" * 32, **told)
    assert re.fullmatch("[0-9a-f]{32}", name)
    others = [
        pseudonym(b"x" * 32, **told),
        *(pseudonym(b"k" * 32, **(told | {key: "other"})) for key in told),
    ]
    assert len({name, *others}) == 6


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    file = tmp_path / "keys" / "pseudonym.key"

    key = load_or_make_key(file)

    assert len(key) == 32
    assert load_or_make_key(file) == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert [f.name for f in file.parent.iterdir()] == ["pseudonym.key"]


def test_a_key_that_others_may_read_or_that_is_cut_is_refused(tmp_path):
    file = tmp_path / "k"
    load_or_make_key(file)
    file.chmod(0o644)
    with pytest.raises(HuiyingError, match="644"):
        load_or_make_key(file)
    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(HuiyingError, match="got 5"):
        load_or_make_key(file)


def test_a_veiled_post_names_nobody(veil):
    parsed = replace(
        PARSED,
        text="某路人甲乙说：@某路人甲乙 停水了 13800138000",
        url="https://news.example/t/%E6%9F%90%E8%B7%AF%E4%BA%BA%E7%94%B2%E4%B9%99/1",
        post_id="某路人甲乙-1",
        reply_to="某路人甲乙-0",
    )

    post = veil.veil(parsed, seen_at=NOON)

    assert "某路人甲乙" not in repr(post) + post.text
    assert post.text == "@用户 说：@用户 停水了 [电话]"
    assert post.url is None
    assert post.post_id == veil.veil(parsed, seen_at=NOON + timedelta(days=1)).post_id
    assert post.post_id != post.reply_to


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/t/1?tid=5#floor2", "https://a.example/t/1?tid=5"),
        ("https://u:p@a.example:8443/t/1", "https://a.example:8443/t/1"),
        ("https://a.example/t/1?from=bob&uid=77&tid=5", "https://a.example/t/1?tid=5"),
        ("https://a.example/u/bob/1", None),
        ("https://a.example/@bob/1", None),
        ("https://weibo.com/1234567890/AbC", None),
        ("https://a.example/x/alice99", None),
        ("https://a.example/x?q=%61lice99", None),
        ("javascript:alert(1)", None),
        ("ftp://a.example/", None),
        ("http://[", None),
        (None, None),
    ],
)
def test_an_address_is_kept_only_as_far_as_it_names_nobody(url, kept):
    assert public_url(url, handle="alice99") == kept


@pytest.mark.parametrize(
    ("told", "uncertain"),
    [
        (None, True),
        (NOON + timedelta(minutes=6), True),
        (NOON + timedelta(minutes=4), False),
        (datetime(1999, 12, 31, tzinfo=UTC), True),
        (datetime(2000, 1, 1, tzinfo=UTC), False),
    ],
)
def test_a_time_that_cannot_be_is_the_time_of_seeing(veil, told, uncertain):
    post = veil.veil(replace(PARSED, published_at=told), seen_at=NOON)

    assert post.time_uncertain is uncertain
    assert post.published_at == (NOON if uncertain else min(told, NOON))


def test_an_official_account_is_known_before_the_author_is_dropped(veil):
    parsed = replace(PARSED, author="示例县水务发布", text="示例县水务发布：正在抢修")

    post = veil.veil(parsed, seen_at=NOON)

    assert post.issuer == "water"
    assert post.text == "示例县水务发布：正在抢修"


def test_copies_of_an_unsigned_text_are_one_voice(veil):
    one = veil.veil(replace(PARSED, author=None), seen_at=NOON)
    copy = veil.veil(
        replace(PARSED, author=None, post_id="p2", text="东门，停水了！"), seen_at=NOON
    )
    other = veil.veil(replace(PARSED, author=None, text="西门停水了"), seen_at=NOON)

    assert one.voice == copy.voice != other.voice


def test_a_blank_text_is_refused_without_quoting_it(veil):
    with pytest.raises(ValueError, match=r"^blank text$"):
        veil.veil(replace(PARSED, text="\u200b \u3000"), seen_at=NOON)


def test_the_veil_does_not_show_its_key():
    assert "kkk" not in repr(Veil(b"k" * 32, task="t", directory=Directory()))


OTHER_AUTHOR = replace(
    PARSED, post_id="wang_xiaoming88-1", author="wang_xiaoming88", url="https://bbs.example/t/7"
)


@pytest.mark.parametrize("field", ["reply_to", "repost_of"])
def test_an_answer_does_not_keep_the_handle_in_the_id_of_the_post_it_answers(veil, field):
    answer = replace(PARSED, post_id="2", author="李四123", **{field: OTHER_AUTHOR.post_id})

    veil.meet([answer, OTHER_AUTHOR])
    veiled, parent = veil.veil(answer, seen_at=NOON), veil.veil(OTHER_AUTHOR, seen_at=NOON)

    assert "wang" not in getattr(veiled, field)
    assert getattr(veiled, field) == parent.post_id


@pytest.mark.parametrize(
    "url",
    [
        "https://bbs.example/wang_xiaoming88/1",
        "https://bbs.example/t/wang_xiaoming88-1.html",
        "https://bbs.example/t/%77ang_xiaoming88",
    ],
)
def test_an_address_that_names_another_author_is_not_kept(veil, url):
    veil.meet([OTHER_AUTHOR])

    assert veil.veil(replace(PARSED, url=url), seen_at=NOON).url is None


@pytest.mark.parametrize("channel", ["wang_xiaoming88", "频道\n注入", "x" * 33, ""])
def test_what_is_no_name_of_a_platform_is_no_channel(veil, channel):
    veil.meet([OTHER_AUTHOR])

    assert veil.veil(replace(PARSED, channel=channel), seen_at=NOON).channel == "other"


def test_a_file_cannot_make_anybody_an_official_unit(veil):
    named = veil.veil(replace(PARSED, issuer="li_lei_2001"), seen_at=NOON)
    known = veil.veil(replace(PARSED, issuer="water"), seen_at=NOON)

    assert named.issuer is None
    assert known.issuer == "water"


def test_without_a_directory_an_official_post_is_of_no_unit_in_particular():
    bare = Veil(b"k" * 32, task="t", directory=Directory())

    assert bare.veil(replace(PARSED, issuer="li_lei_2001"), seen_at=NOON).issuer == "official"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("微信同号：abc12345", "微信同号：[账号]"),
        ("ＱＱ：1234567", "ＱＱ：[账号]"),
        ("加Q 12345678", "加Q [账号]"),
        ("@小🌸花花花 在吗", "@用户 在吗"),
    ],
)
def test_more_ways_to_write_an_account_are_masked(text, masked):
    assert mask(text) == masked


def test_ordinary_ids_and_channels_stay_as_they_are(veil):
    veil.meet([OTHER_AUTHOR])
    for post_id in ("ced-ea64352e86db-0", "p00001", "S05C", "4987654321", "t/123"):
        assert veil.veil(replace(PARSED, post_id=post_id), seen_at=NOON).post_id == post_id
    for channel in ("weibo", "短视频", "gov_comments"):
        assert veil.veil(replace(PARSED, channel=channel), seen_at=NOON).channel == channel
