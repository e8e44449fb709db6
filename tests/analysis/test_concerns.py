import pytest

from analysis import train_classes
from analysis.concerns import CLASSES, ORDER, concern_of, load_concern_scorer, rules_of
from analysis.gazetteer import Gazetteer
from analysis.segment import lexicon_segmenter
from analysis.signs import SignReader
from analysis.train_sorting import Written
from core.directory import Directory
from core.errors import HuiyingError
from core.lexicon import load_lexicon

READER = SignReader(load_lexicon(), Gazetteer(Directory()))


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("为什么会爆炸", "cause"),
        ("怎么着火的，有谁清楚", "cause"),
        ("有没有人受伤", "casualty"),
        ("死了几个人", "casualty"),
        ("救援队到了吗", "rescue"),
        ("火灭了没", "rescue"),
        ("这事谁负责", "accountability"),
        ("调查结果什么时候公布", "accountability"),
        ("几点来电", "daily_life"),
        ("明天停不停课", "daily_life"),
        ("公交还开吗", "daily_life"),
        ("自来水能喝吗", "daily_life"),
        ("会不会有余震", "warning"),
        ("要不要撤", "warning"),
        ("停电了，老人被困电梯，求助", "help"),
        ("房子裂了怎么赔", "recovery"),
        ("是真的吗", "rumor_check"),
        ("白菜多少钱一斤了", "price_supply"),
        ("热线打不通", "service"),
        ("消防员辛苦了", "gratitude"),
        ("大家平安就好，加油", "gratitude"),
        ("什么时候来电，有人受伤", "casualty"),
        ("今天天气真好", None),
    ],
)
def test_each_post_gets_its_weightiest_concern(text: str, concern: str | None) -> None:
    assert concern_of(text, READER.read(text)) == concern


def test_an_unlexical_enquiry_is_still_a_check() -> None:
    text = "不是说昨晚就好了吗"

    assert concern_of(text, READER.read(text)) == "rumor_check"


def test_the_order_of_ties_names_every_category_once() -> None:
    assert sorted(ORDER) == sorted(load_lexicon().concern_words)


def test_lives_outrank_daily_life() -> None:
    assert ORDER.index("help") < ORDER.index("casualty") < ORDER.index("daily_life")


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("有没有人受伤", "casualty"),
        ("楼塌了，有没有人被埋", "casualty"),
        ("车翻了，有没有人员伤亡", "casualty"),
        ("今晚几点停水，有没有人说一下", "daily_life"),
        ("桥还能过吗，有没有人知道", "daily_life"),
    ],
)
def test_whoever_asks_around_fears_for_nobody(text: str, concern: str | None) -> None:
    assert concern_of(text, READER.read(text)) == concern


def judged(text: str) -> str | None:
    words = [lexicon_segmenter().words(text)]
    return load_concern_scorer().judge_texts([text], words, [READER.read(text)])[0]


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("谁该为这一晚负责", "accountability"),
        ("家里只剩半桶水，孩子还在发烧", "help"),
        ("报损去哪个窗口", "service"),
        ("志愿者给我们送了热粥，眼眶湿了", "gratitude"),
    ],
)
def test_the_model_finds_concerns_that_no_word_names(text: str, concern: str) -> None:
    assert concern_of(text, READER.read(text)) != concern
    assert judged(text) == concern


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("有没有人受伤", "casualty"),
        ("几点来电", "daily_life"),
        ("会不会有余震", "warning"),
        ("房子裂了怎么赔", "recovery"),
        ("白菜多少钱一斤了", "price_supply"),
        ("是真的吗", "rumor_check"),
        ("今天天气真好", None),
        ("", None),
    ],
)
def test_words_that_name_a_concern_weigh_most(text: str, concern: str | None) -> None:
    assert judged(text) == concern


def test_no_posts_have_no_concerns() -> None:
    assert load_concern_scorer().judge_texts([], [], []) == []


def test_the_rules_begin_with_what_the_words_name() -> None:
    named = rules_of("有没有人受伤", READER.read("有没有人受伤"))[: len(CLASSES)]

    assert [c for c, holds in zip(CLASSES, named, strict=True) if holds] == ["casualty"]


def test_a_written_post_of_no_category_is_refused() -> None:
    post = Written("停水", question=False, help=False, about="water", concern="weather", fold=0)

    with pytest.raises(HuiyingError, match="no concern category weather"):
        train_classes.fit_concern([post])
