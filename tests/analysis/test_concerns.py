import pytest

from analysis.concerns import ORDER, concern_of
from analysis.gazetteer import Gazetteer
from analysis.signs import SignReader
from core.directory import Directory
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
