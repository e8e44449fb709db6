"""Copies fold; texts that differ in a number, a negation or a question do not."""

import random
import time
import tracemalloc
from datetime import timedelta

import pytest

from core.text import fingerprint
from crawler.folding import MAX_BUCKETS, Folder
from crawler.folding.spans import SPAN_DAYS
from tests.crawler.conftest import NOON

STORY = "今天早上东门桥下的积水已经没过膝盖，公交改走北环，大家绕行注意安全"


def fold(folder, key, text, at=NOON):
    return folder.fold(key, text, fingerprint(text), at)


@pytest.mark.parametrize(
    ("other", "first"),
    [
        (STORY, 1),
        (f"转发：{STORY}！！", 1),
        (STORY[:-4], 1),
        ("西街的路灯坏了三天，晚上走路看不见，希望有人来修一修", None),
        (STORY.replace("已经", "没有"), None),
        (STORY + "吗", None),
        (STORY + "，死亡3人", None),
    ],
)
def test_what_folds_and_what_does_not(other, first):
    folder = Folder()
    fold(folder, 1, STORY)

    assert fold(folder, 2, other) == first


def test_differing_numbers_never_fold():
    folder = Folder()
    fold(folder, 1, f"{STORY}，目前转移群众300人")

    assert fold(folder, 2, f"{STORY}，目前转移群众500人") is None


def test_short_texts_fold_only_exactly():
    folder = Folder()
    fold(folder, 1, "东门停水了")

    assert fold(folder, 2, "西门停水了") is None
    assert fold(folder, 3, "东门，停水了。") == 1


def test_a_copy_of_a_copy_names_the_first():
    folder = Folder()
    copies = [fold(folder, n, STORY + "。转" * n) for n in range(1, 5)]

    assert copies == [None, 1, 1, 1]


@pytest.mark.parametrize(("days", "first"), [(0, 1), (3, 1), (-3, 1), (4, None), (-4, None)])
def test_a_text_that_comes_back_later_is_new_again(days, first):
    folder = Folder()
    fold(folder, 1, STORY)

    assert fold(folder, 2, STORY, NOON + timedelta(days=days)) == first


def test_a_text_that_comes_back_after_the_remembered_days_is_new_and_memory_stays_bounded():
    folder = Folder()
    for day in range(MAX_BUCKETS * 3):
        fold(folder, day + 1, f"{STORY}第{day}天", NOON + timedelta(days=day))

    again = fold(folder, 999, f"{STORY}第0天", NOON)

    assert again is None
    assert len(folder._spans) * SPAN_DAYS <= MAX_BUCKETS + 2 * SPAN_DAYS  # noqa: SLF001


def test_many_at_once_fold_as_one_by_one_would():
    texts = [
        f"{STORY}{'!' * (n % 3)}" if n % 4 else f"{n}号楼今天停电{STORY[n:]}" for n in range(24)
    ]
    posts = [(n, text, fingerprint(text), NOON) for n, text in enumerate(texts, 1)]

    at_once = Folder().fold_many(posts)
    one_by_one = Folder()

    assert at_once == [one_by_one.fold(*post) for post in posts]
    assert any(first is not None for first in at_once)


def test_a_new_wording_of_a_known_post_is_folded_into_it():
    folder = Folder()
    fold(folder, 1, STORY)
    edited = "更正：城南水厂管道已修好，二十时起恢复供水，请居民打开总阀"

    folder.refold(1, edited, fingerprint(edited), NOON)

    assert fold(folder, 2, edited) == 1
    assert fold(folder, 3, STORY) == 1


CHAIN = "刚看完通报，假消息，大家回家吧，路都堵死了，有没有人说一下"


def test_a_chain_text_with_the_senders_place_before_it_is_a_copy_and_a_short_one_is_not():
    folder = Folder()
    fold(folder, 1, CHAIN)
    fold(folder, 2, "停水了，大家快储水")

    assert fold(folder, 3, f"石桁乡老街，{CHAIN}") == 1
    assert fold(folder, 4, "石桁乡老街，停水了，大家快储水") is None


def test_folding_is_deterministic():
    texts = [STORY[n:] + STORY[:n] for n in range(len(STORY))] * 2

    def run():
        folder = Folder()
        return [fold(folder, n, text) for n, text in enumerate(texts)]

    assert run() == run()


CONTRARY = [
    # numbers
    ("东门桥垮塌，目前已致死亡3人，救援还在进行", "东门桥垮塌，目前已致死亡30人，救援还在进行"),
    ("东门桥垮塌，死亡三人，伤者都送去了县医院", "东门桥垮塌，死亡十三人，伤者都送去了县医院"),
    ("截至今晚八点转移群众924人，安置点还有床位", "截至今晚八点转移群众942人，安置点还有床位"),
    ("城南片区停水24小时，请大家提前储水备用", "城南片区停水72小时，请大家提前储水备用"),
    ("菜市场白菜今天卖到8元一斤，大家别去了", "菜市场白菜今天卖到18元一斤，大家别去了"),
    ("水库水位已经到86.42米，离坝顶不远了", "水库水位已经到88.42米，离坝顶不远了"),
    ("暴雨红色预警生效，预计三小时雨量100毫米", "暴雨红色预警生效，预计三小时雨量150毫米"),
    ("幼儿园有5个孩子发烧送医，家长都赶过去了", "幼儿园有15个孩子发烧送医，家长都赶过去了"),
    ("今晚10点停电检修到明早6点，请互相转告", "今晚10点停电检修到明早8点，请互相转告"),
    ("物资供应电话00001234，有需要的可以打", "物资供应电话00001243，有需要的可以打"),
    ("补偿标准是每亩800元，名单在村委会公示", "补偿标准是每亩800万元，名单在村委会公示"),
    # negation
    ("今天西街到北门全部停水，大家互相转告一下", "今天西街到北门没有停水，大家互相转告一下"),
    ("水厂的管道已经修好了，今晚就能恢复供水", "水厂的管道还没修好了，今晚就能恢复供水"),
    ("这次事故有人员伤亡，现场已经封锁起来了", "这次事故无人员伤亡，现场已经封锁起来了"),
    ("老桥可以通行，交警在现场指挥，注意安全", "老桥不可以通行，交警在现场指挥，注意安全"),
    ("自来水能喝，检测结果刚刚在群里发出来了", "自来水不能喝，检测结果刚刚在群里发出来了"),
    ("化工厂泄漏的气体有毒，风往东边镇上吹过去", "化工厂泄漏的气体无毒，风往东边镇上吹过去"),
    ("学校通知明天停课，家长群里老师已经说了", "学校通知明天不停课，家长群里老师已经说了"),
    ("水库泄洪是真的，下游三个村都接到通知了", "水库泄洪不是真的，下游三个村都接到通知了"),
    ("安置点还收人，带上身份证和随身药品就行", "安置点不收人，带上身份证和随身药品就行"),
    # statement and question
    ("望江大坝要垮了，下游的人赶紧往高处跑啊", "望江大坝要垮了吗，下游的人赶紧往高处跑啊"),
    ("南街从今天开始停水三天，超市的水都抢光了", "南街从今天开始停水三天？超市的水都抢光了吗"),
    (
        "网上说二中食堂吃坏了肚子的学生都送医院了",
        "网上说二中食堂吃坏了肚子的学生都送医院了是真的吗",
    ),
    # places
    ("东门路口积水已经过膝，小车不要再往那边开", "西门路口积水已经过膝，小车不要再往那边开"),
    ("城南小区今晚停电，电工说是变压器烧掉了", "城北小区今晚停电，电工说是变压器烧掉了"),
    ("上河村后山滑坡，有两户人家的房子被埋住了", "下河村后山滑坡，有两户人家的房子被埋住了"),
    ("2号泵站停机了，建业路下面积水一直在涨", "3号泵站停机了，建业路下面积水一直在涨"),
    # times
    ("通知：今天下午五点恢复供水，请居民关好总阀", "通知：明天下午五点恢复供水，请居民关好总阀"),
    ("高速昨天已经封了，走国道的车排了十几公里", "高速今天已经封了，走国道的车排了十几公里"),
    ("第一批救援队上午到，第二批还在路上堵着", "第一批救援队下午到，第二批还在路上堵着"),
    # state
    ("建业路下穿通道恢复通行，过往车辆减速慢行", "建业路下穿通道封闭通行，过往车辆减速慢行"),
    ("失踪的老人找到了，人在亲戚家里一切平安", "失踪的老人没找到，人在亲戚家里一切平安"),
    ("高三继续上课，高一高二改为线上教学一周", "高三停止上课，高一高二改为线上教学一周"),
]

COPIES = [
    (STORY, f"【速看】{STORY}"),
    (STORY, f"{STORY} 转自业主群"),
    (STORY, STORY.replace("，", " ")),
    (STORY, STORY.replace("大家", "大傢")),
    (STORY, STORY[:-8]),
    (STORY, f"//@用户:{STORY}"),
    (STORY, f"{STORY}[求转发][求转发]"),
    (STORY, STORY.replace("东门桥下的", "东门桥下")),
    ("城南片区停水24小时，请大家提前储水备用", "城南片区停水２４小时，请大家提前储水备用！"),
    ("幼儿园有5个孩子发烧送医，家长都赶过去了", "急！幼儿园有5个孩子发烧送医，家长都赶过去了"),
    ("今天西街到北门没有停水，大家互相转告一下", "今天西街到北门没有停水，大家相互转告一下"),
    (
        "暴雨红色预警生效，预计三小时雨量100毫米",
        "暴雨红色预警生效，预计三小时雨量100毫米。（县气象台）",
    ),
]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("one", "other"), CONTRARY)
def test_what_says_the_contrary_is_never_a_copy(one, other, late):
    """Whichever comes first: an honest text must not vanish behind a false one, nor it."""
    folder = Folder()
    first, second = (other, one) if late else (one, other)
    fold(folder, 1, first)

    assert fold(folder, 2, second) is None
    assert fold(folder, 3, f"{second}。") == 2


@pytest.mark.parametrize(("one", "other"), COPIES)
def test_what_says_the_same_in_another_dress_is_a_copy(one, other):
    folder = Folder()
    fold(folder, 1, one)

    assert fold(folder, 2, other) == 1


def test_a_flood_of_one_template_costs_each_text_the_same():
    """A weather robot or a spammer: thousands of texts that differ in place and number only."""
    start = [
        (n, text, fingerprint(text), NOON)
        for n in range(8_000)
        for text in [f"{n}号站：今日最高气温{n % 40}度，明天阴转多云，出行请带雨具，预祝一路平安"]
    ]
    spent = []
    folder = Folder()
    for at in range(0, 8_000, 1_000):
        before = time.process_time()
        firsts = folder.fold_many(start[at : at + 1_000])
        spent.append(time.process_time() - before)
        assert firsts == [None] * 1_000

    assert max(spent[4:]) < 6 * max(spent[0], 0.05)


def test_a_text_is_remembered_in_less_than_a_kilobyte_and_a_half():
    dice = random.Random(3)  # noqa: S311  not a secret
    letters = [chr(c) for c in range(0x4E00, 0x5600)]
    texts = ("".join(dice.choices(letters, k=75)) for _ in range(6_000))
    posts = [(n, text, fingerprint(text), NOON) for n, text in enumerate(texts)]
    folder = Folder()
    tracemalloc.start()
    try:
        folder.fold_many(posts)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert kept / 6_000 < 1_500
