"""The prebunk shelf: what is offered, what is not, and what a file may hold."""

import json
import time
from pathlib import Path

import pytest

from analysis.shelf import SLOTS, Shelf, load_shelf, load_shelf_of, read_entries
from core.errors import HuiyingError
from core.lexicon import load_lexicon

GOLD = Path(__file__).parent / "gold" / "shelf.jsonl"
# Measured once, on wordings written without the shelf's cues at hand; nothing was tuned on them.
GOLD_FLOOR = 21 / 60

EVERYDAY = """\
今天食堂的红烧肉太好吃了，排了二十分钟队也值
学校的饭难吃死了，想点外卖
周末去水库边钓鱼，风景真好，有人一起吗
下雨天最适合在家睡觉，被子里好暖和
台风天的泡面和电影，绝配
这部剧笑死我了，昨晚熬夜看完
我家狗今天洗澡，吹完毛像一团棉花
电梯里遇到邻居家的小猫，太可爱了
高速上堵了一个小时，终于到家了
手机又没电了，谁有充电宝借一下
新买的手机打电话声音很清楚
今晚月亮好圆，拍了张照片发给大家看
明天就放假了，行李还没收拾
菜市场的西红柿又涨了五毛
地铁上人好多，早高峰真要命
给爸妈寄了一箱苹果，说很甜
孩子今天在学校得了小红花，开心
跑步半年瘦了十斤，坚持真的有用
大桥晚上的灯光秀开始了，去看的人不少
昨天去游乐园坐过山车，嗓子都喊哑了
求推荐一家好吃的火锅店，四个人
阳台的花开了，满屋子香
下班路上看到彩虹了，运气不错
这个牌子的大米煮饭很香，推荐
今天办身份证，窗口的姑娘态度特别好
暖气来了，屋里二十四度，舒服
水费怎么在手机上交，老人家不会弄
快递放门口了，记得拿
医院今天人不多，半小时就看完了
打完疫苗胳膊有点酸，没别的感觉
下午两点开家长会，别迟到
河边新修了步道，晚饭后可以走走
超市鸡蛋打折，一板便宜三块
我妈做的蒜蓉虾，大蒜放得足才香
老板请喝奶茶，今天加班也不累了
这场球踢得真精彩，最后一分钟绝杀
小区的广场舞队又来了新人
隔壁装修太吵了，电钻响了一上午
驾照科目二过了，教练没骂我
公园的猫又生了一窝，四只都是橘的
""".splitlines()


def entry_text(**changed: str) -> str:
    """Return an operator's file with one entry; *changed* fields are TOML values, "" leaves out."""
    fields = {
        "id": '"dam-break"',
        "hazard": '"rain_flood"',
        "says": '"青石水库要垮了"',
        "wordings": '["青石水库保不住了"]',
        "cues": '[["青石水库"], ["垮", "保不住"]]',
        "answer": '"截至{time}，青石水库的情况是：{fact}，问{phone}。"',
        "may_be_true": "true",
        "needs": '["向水库管理单位要水位"]',
        "basis": '["常识"]',
    } | changed
    return "[[rumour]]\n" + "".join(f"{key} = {value}\n" for key, value in fields.items() if value)


def ids(text: str, *kinds: str) -> list[str]:
    return [offer.entry.id for offer in load_shelf().offers(text, kinds)]


@pytest.mark.parametrize("entry", load_shelf().entries, ids=lambda entry: entry.id)
def test_each_entry_is_found_by_its_own_wordings(entry) -> None:
    for wording in (entry.says, *entry.wordings):
        assert entry.id in ids(wording), wording


@pytest.mark.parametrize("text", EVERYDAY)
def test_everyday_talk_is_offered_nothing(text: str) -> None:
    assert ids(text) == []


def test_the_everyday_texts_are_forty() -> None:
    assert len(set(EVERYDAY)) == 40


def test_fresh_wordings_find_their_entry_as_often_as_when_first_measured() -> None:
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]

    found = sum(row["id"] in ids(row["text"]) for row in rows)

    assert len(rows) == 60
    assert found / len(rows) >= GOLD_FLOOR


def test_the_shelf_holds_eighty_entries_of_known_hazards() -> None:
    entries = load_shelf().entries

    assert len(entries) == 80
    assert {entry.hazard for entry in entries} <= set(load_lexicon().incident_names)


@pytest.mark.parametrize(
    "law",
    ["危险化学品安全管理条例", "森林防火条例", "环境保护法", "水污染防治法", "放射性污染防治法"],
)
def test_no_entry_leans_on_a_law_that_has_been_or_may_be_replaced(law: str) -> None:
    assert [e.id for e in load_shelf().entries if any(law in b for b in e.basis)] == []


def test_no_answer_denies_without_saying_what_is_known_or_what_to_do() -> None:
    for entry in load_shelf().entries:
        assert "有人说" in entry.answer or "有人在转" in entry.answer, entry.id
        assert "{fact}" in entry.answer or not entry.may_be_true, entry.id
        assert len(entry.answer) > 60, entry.id


def test_empty_slots_are_seen() -> None:
    answer = load_shelf().entry("dam-break").blank_answer()

    assert "{" not in answer
    for slot in SLOTS.values():
        assert f"〔待填：{slot}〕" in answer


def test_a_denied_cue_is_no_sighting() -> None:
    assert "dam-break" in ids("青石水库垮坝了，下游的人快跑")
    assert ids("青石水库没有垮坝") == []
    assert "dam-break" in ids("青石水库有没有垮坝，下游的人要不要跑")


def test_a_hazard_of_the_incident_moves_its_entry_forward() -> None:
    text = "全县停电，手机信号要断"

    assert ids(text)[0] == "blackout-days"
    assert ids(text, "telecom")[0] == "network-cut"


def test_traditional_characters_are_understood() -> None:
    assert "dam-break" in ids("上游的水庫要潰壩了，下游的人趕快跑")


@pytest.mark.parametrize("text", ["", "🌊", "?", "水", "\n\n"])
def test_a_text_without_words_is_offered_nothing(text: str) -> None:
    assert ids(text) == []


@pytest.mark.parametrize("join", ["", "，", "。", "没有"])
def test_a_very_long_text_is_read_in_under_a_second(join: str) -> None:
    part = "水库要溃坝了大家快跑" + join + "停水三天超市抢米" + join
    text = (part * (100_000 // len(part) + 1))[:100_000]
    load_shelf().offers(part)

    start = time.perf_counter()
    load_shelf().offers(text)

    assert time.perf_counter() - start < 1


def test_an_operators_entry_replaces_ours_and_a_new_one_is_added(tmp_path: Path) -> None:
    new = entry_text(id='"stone-bridge"', cues='[["石桥"], ["塌"]]', says='"石桥塌了"')
    (tmp_path / "shelf.toml").write_text(entry_text() + new, encoding="utf-8")

    shelf = load_shelf_of(tmp_path)

    assert shelf.entry("dam-break").says == "青石水库要垮了"
    assert len(shelf.entries) == 81
    assert next(o.entry.id for o in shelf.offers("石桥塌了，别过去")) == "stone-bridge"
    assert load_shelf().entry("dam-break").says != "青石水库要垮了"


def test_without_a_file_of_ones_own_the_shelf_is_ours(tmp_path: Path) -> None:
    assert load_shelf_of(tmp_path) is load_shelf()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"hazard": '"flood"'}, "hazard"),
        ({"answer": '"请打{tel}。"'}, "answer"),
        ({"answer": '"请打{phone。"'}, "answer"),
        ({"answer": '"这是谣言。{fact}"'}, "answer"),
        ({"cues": "[[]]"}, "cues.0"),
        ({"cues": "[]"}, "cues"),
        ({"wordings": '["  "]'}, "wordings.0"),
        ({"may_be_true": '"perhaps"'}, "may_be_true"),
        ({"basis": ""}, "basis"),
        ({"id": '"Dam Break"'}, "id"),
        ({"extra": "1"}, "extra"),
    ],
)
def test_a_broken_entry_is_refused_by_file_entry_and_field(
    tmp_path: Path, changed: dict[str, str], field: str
) -> None:
    file = tmp_path / "shelf.toml"
    file.write_text(entry_text(id='"first"') + entry_text(**changed), encoding="utf-8")

    with pytest.raises(HuiyingError) as refused:
        load_shelf_of(tmp_path)

    assert str(file) in str(refused.value)
    assert "rumour 2 (" in str(refused.value)
    assert field in str(refused.value)


@pytest.mark.parametrize(
    "text", ["id = ", "[[rumor]]\nid = 'x'\n", "rumour = 3\n", entry_text() + entry_text()]
)
def test_a_file_that_is_no_shelf_is_refused(text: str) -> None:
    with pytest.raises(HuiyingError, match=r"own\.toml"):
        read_entries(text, name="own.toml")


def test_an_empty_shelf_offers_nothing() -> None:
    assert Shelf(()).offers("水库要溃坝了") == ()
