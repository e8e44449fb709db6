import pytest

from analysis.gazetteer import Gazetteer
from analysis.relevance import is_relevant
from analysis.signs import SignReader
from core.directory import Directory, Place
from core.lexicon import load_lexicon

PLACES = (
    Place(name="青龙镇", kind="town"),
    Place(name="外乡", kind="town", outside=True),
)
READER = SignReader(load_lexicon(), Gazetteer(Directory(places=PLACES)))


@pytest.mark.parametrize(
    "text",
    [
        "化工厂那边在冒黄烟",
        "刚才晃了一下，你们有感觉吗",
        "几点来电",
        "大家平安就好",
        "消防员辛苦了，谢谢",
        "好害怕，睡不着",
        "青龙镇这边还好",
        "孩子学校又有人发烧",
        "超市米都抢光了",
        "演唱会看台塌了，有人受伤",
        "比赛现场发生踩踏",
        "发布会说了下次更新时间",
        "哪里可以捐物资",
        "这味道太呛人了",
        "打着游戏楼下爆炸了",
        "外卖小哥说前面的桥断了",
    ],
)
def test_what_may_concern_the_area_stays_in(text: str) -> None:
    assert is_relevant(READER.read(text), text)


@pytest.mark.parametrize(
    "text",
    [
        "转发微博",
        "（转发微博）",
        "//@用户:",
        "[链接]",
        "？？？",
        "加湿器限时特价，点击链接下单",
        "招聘日结兼职，加微信",
        "昨晚那场球赛绝杀太帅了",
        "求推荐本地好吃的面馆",
        "新歌单曲循环中",
        "外乡下大雨了",
        "哥哥塌房了",
        "今天的妆容翻车了，求好用的口红",
    ],
)
def test_adverts_pastime_reposts_and_far_places_are_dropped(text: str) -> None:
    assert not is_relevant(READER.read(text), text)
