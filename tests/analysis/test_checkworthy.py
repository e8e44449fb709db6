import re
from datetime import UTC, datetime

import pytest

from analysis.checkworthy import (
    DISAGREE,
    MAX_REASONS,
    NOTHING_SAID,
    CheckScore,
    load_check_scorer,
)
from analysis.features import ReplyPool
from analysis.records import SegmentedPost
from analysis.segment import lexicon_segmenter

NOON = datetime(2026, 6, 17, 4, tzinfo=UTC)
SEGMENTER = lexicon_segmenter()

ALARMS = (
    "群里传水库垮坝了快跑转给家人",
    "听说自来水有毒，千万别喝，速转！",
    "紧急通知！朋友说大坝要溃坝了，赶快撤，扩散！",
    "内部消息，死了三十多人，官方不让说，看到的赶紧转发",
)
COMPLAINTS = (
    "泵站坏了没人管",
    "路口红绿灯坏了，车堵得厉害",
    "气死我了，物业太过分了",
    "快递放在门口又丢了",
)
# The same criticism of one body or place and of another: the score must not care.
SWAPS = (
    ("水务局办事真差劲", "教育局办事真差劲"),
    ("城管局的人态度太差了", "公安局的人态度太差了"),
    ("北京的路太堵了，没人管", "上海的路太堵了，没人管"),
    ("南京的医院排队三小时，真服了", "成都的医院排队三小时，真服了"),
    ("县政府说话不算数", "市政府说话不算数"),
    ("卫生局到底管不管", "环保局到底管不管"),
    ("广东这次救灾太慢了", "湖南这次救灾太慢了"),
    ("听说武汉又停水三天", "听说杭州又停水三天"),
    ("张伟在会上胡说八道", "王芳在会上胡说八道"),
    ("中山路积水半个月没人修", "解放路积水半个月没人修"),
    ("交通局修的路一下雨就坏", "住建局修的路一下雨就坏"),
    ("财政局的钱花到哪里去了", "民政局的钱花到哪里去了"),
    ("网传河南大坝出现裂缝，求证", "网传四川大坝出现裂缝，求证"),
    ("天津的自来水发黄，喝了拉肚子", "重庆的自来水发黄，喝了拉肚子"),
    ("派出所的电话打不通，北京路", "派出所的电话打不通，南京路"),
    ("质监局查了半年没结果", "药监局查了半年没结果"),
    ("西安暴雨，地铁进水，没人通知", "郑州暴雨，地铁进水，没人通知"),
    ("长江大桥要收费？不合理", "黄河大桥要收费？不合理"),
    ("第一中学食堂的饭馊了", "第三中学食堂的饭馊了"),
    ("国土局的批文是假的", "林业局的批文是假的"),
)


def post_of(text: str) -> SegmentedPost:
    return SegmentedPost(
        key=1,
        text=text,
        words=SEGMENTER.words(text),
        published_at=NOON,
        voice="v",
        fingerprint="f",
        issuer=None,
        parent=None,
        duplicate_of=None,
    )


def score(*texts: str) -> list[CheckScore]:
    return load_check_scorer().score([post_of(t) for t in texts], [None] * len(texts))


def pool_of(*replies: str) -> ReplyPool:
    pool = ReplyPool()
    for number, text in enumerate(replies):
        pool.add(text, SEGMENTER.words(text), 60.0 * number + 20)
    return pool


@pytest.mark.parametrize("alarm", ALARMS)
@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_a_complaint_never_stands_above_a_hearsay_alarm(complaint: str, alarm: str) -> None:
    complained, alarmed = score(complaint, alarm)

    assert complained.score < alarmed.score


@pytest.mark.parametrize(("one", "other"), SWAPS)
def test_who_or_where_is_criticised_does_not_move_the_score(one: str, other: str) -> None:
    first, second = score(one, other)

    assert abs(first.score - second.score) < 0.05


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_comes_with_reasons_in_chinese(alarm: str) -> None:
    (found,) = score(alarm)

    assert found.score >= 0.5
    assert 1 <= len(found.reasons) <= MAX_REASONS
    assert all(re.search(r"[\u4e00-\u9fff]{2}", reason) for reason in found.reasons)
    assert not any(re.search(r"[A-Za-z_]{3}", reason) for reason in found.reasons)


def test_reasons_name_the_words_that_say_so() -> None:
    (found,) = score("群里传水库垮坝了快跑转给家人")

    assert any("群里传" in reason for reason in found.reasons)


def test_every_score_from_one_half_on_has_reasons() -> None:
    texts = [a for pair in SWAPS for a in pair] + [*ALARMS, *COMPLAINTS]

    assert [s for s in score(*texts) if s.score >= 0.5 and not s.reasons] == []


def test_replies_that_ask_and_doubt_raise_the_score_and_are_named() -> None:
    post = post_of("望澄水库今天下午开始放水，下游的朋友都知道吧")
    doubting = pool_of("真的假的？", "求证", "谁说的", "假的吧，没听说", "有图吗", "官方怎么说")
    chatting = pool_of("哈哈", "知道了", "[赞]", "好的谢谢", "周末去玩", "早上好")

    alone, doubted, chatted = load_check_scorer().score([post] * 3, [None, doubting, chatting])

    assert doubted.score > alone.score
    assert doubted.score > chatted.score
    assert any("回复中" in reason for reason in doubted.reasons)


def test_a_pool_without_replies_says_nothing() -> None:
    post = post_of(ALARMS[0])

    bare, empty = load_check_scorer().score([post, post], [None, ReplyPool()])

    assert bare == empty


@pytest.mark.parametrize(
    "text",
    ["", "@用户 @用户", "转发微博", "[怒]", "😂", "[链接]", "//@用户:转发", "？？？", "好的"],
)
def test_a_text_that_says_nothing_stands_low_and_says_why(text: str) -> None:
    nothing, alarm = score(text, ALARMS[0])

    assert nothing.score <= 0.2001
    assert nothing.reasons == (NOTHING_SAID,)
    assert NOTHING_SAID not in alarm.reasons


@pytest.mark.parametrize("flood", ["@用户 @用户", "转发微博", "[怒][怒]", "😂😂😂", "转", "？"])
@pytest.mark.parametrize("text", [ALARMS[1], COMPLAINTS[0], "@用户"])
def test_a_flood_of_replies_that_say_nothing_moves_no_score(text: str, flood: str) -> None:
    pool = pool_of("真的假的？", "求证")
    flooded = pool_of("真的假的？", "求证", *[flood] * 200)

    bare, only_flood, asked, both = load_check_scorer().score(
        [post_of(text)] * 4, [None, pool_of(*[flood] * 200), pool, flooded]
    )

    assert only_flood == bare
    assert both == asked


def test_a_wide_disagreement_of_words_and_signs_is_said_first() -> None:
    asking = ("真的假的？求证！", "这是谣言吧", "假的吧，有证据吗", "求真相", "不信，谁说的")
    calm = post_of("今天天气不错，分享一组周末的照片，推荐大家去公园走走")

    (found,) = load_check_scorer().score([calm], [pool_of(*asking * 6)])

    assert found.reasons[0] == DISAGREE


def test_few_replies_are_no_ground_for_a_disagreement() -> None:
    calm = post_of("今天天气不错，分享一组周末的照片，推荐大家去公园走走")

    (found,) = load_check_scorer().score([calm], [pool_of("真的假的？求证！", "这是谣言吧")])

    assert DISAGREE not in found.reasons


def test_the_readable_model_names_what_it_goes_by() -> None:
    text = "听说自来水有毒，千万别喝，速转！"
    pool = pool_of(*["真的假的？求证！", "假的吧", "辟谣了吗", "求证", "不可能吧", "官方怎么说"])

    found = load_check_scorer().contributions(text, pool.snapshot(), 6)

    assert len(found) == 6
    assert [abs(c.push) for c in found] == sorted((abs(c.push) for c in found), reverse=True)
    assert "求证占回复" in {c.label for c in found}
    assert all(re.search(r"[\u4e00-\u9fff]{2}", c.label) and c.value for c in found)


def test_scores_do_not_depend_on_the_company_they_are_in() -> None:
    texts = [*ALARMS, *COMPLAINTS, ""]

    together = [s.score for s in score(*texts)]

    assert together == pytest.approx([score(t)[0].score for t in texts], abs=1e-12)


@pytest.mark.parametrize("text", ["", " ", "。", "😂😂", "a" * 20_000, "水" * 20_000])
def test_odd_texts_have_a_score_in_range(text: str) -> None:
    (found,) = score(text)

    assert 0 <= found.score <= 1


def test_no_posts_give_no_scores() -> None:
    assert score() == []
