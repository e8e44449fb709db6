"""The prebunk shelf: what is offered, what is not, and what a file may hold."""

import time
from pathlib import Path

import pytest

from analysis.gold import offered_first, read_gold
from analysis.shelf import SLOTS, Shelf, load_shelf, load_shelf_of, read_entries
from core.errors import HuiyingError
from core.lexicon import load_lexicon

GOLD = Path(__file__).parent / "gold"

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


FRESH = [
    ("rain_flood", "dam-break", "姐夫打来的，青石水库坝体渗水压不住了，底下三个村赶紧往山上撤"),
    ("typhoon_wind", "typhoon-direct-hit", "群里讲台风路径变了，后天凌晨就在我们县登陆，全县停工"),
    ("hail_thunder", "huge-hail-coming", "听说晚上要下鸡蛋大的雹子，快把车挪到桥洞下"),
    ("snow_ice", "snow-cut-food", "雪下成这样货车上不来，菜市场都空了，家里赶快囤点米面"),
    ("heat_drought", "heat-drought-ration", "天干成这样，听说过几天自来水要限量，一家两桶"),
    ("earthquake", "quake-time-forecast", "有人从地震局得的信，今晚两点有大地震，别睡了"),
    ("geological", "hill-will-slide", "屋后山上裂了条大缝，说今晚要滑坡，大家快走"),
    ("wildfire", "fire-reach-town", "山火烧到村口了，好几家房子着了，人都在往外跑"),
    ("biological", "fire-ant-kills", "听说公园草地有红火蚁，咬一口能要命"),
    ("marine", "tsunami-here", "渔船上的人说海啸马上要来，海边的快往高处跑"),
    ("fire", "fire-deaths-hidden", "昨晚着火烧死十多个，通报只说三个，瞒着呢"),
    ("explosion_hazmat", "toxic-gas-drift", "化工厂跑气了，说有毒，正往县城飘，快关窗"),
    ("traffic", "bridge-crack-fall", "二桥桥墩裂了好大一条，听说要塌，别从那走"),
    ("rail_air_water", "ferry-ship-sank", "听说渡口的船沉了，几十个人没捞上来"),
    ("mine_construction", "mine-men-hidden", "矿上透水困了好几个人，老板不让说"),
    ("special_equipment", "ride-threw-people", "游乐园的大摆锤把人甩下来了，听说没了两个"),
    ("environment", "radiation-leak", "说核电站漏辐射了，赶紧囤碘盐"),
    ("crowd", "stampede", "灯会上踩踏了，听说死了好几个，视频都不让发"),
    ("infectious", "lockdown-city", "内部消息明天零点封城，赶紧囤菜"),
    ("unknown_cluster", "mystery-faint", "车间好多人头晕恶心，查不出原因，说是怪病"),
    ("food_poisoning", "canteen-poison", "学校食堂又吃坏了，几十个学生上吐下泻送医院，不承认"),
    ("water_safety", "tap-water-poison", "自来水一股农药味，听说水源被人投毒，别喝"),
    ("drug_vaccine", "vaccine-deaths", "听说这批疫苗出事了，有孩子打完针就没了"),
    ("occupational", "silicosis-contagious", "那工友得了尘肺，别跟他一屋，会传染"),
    ("animal", "mad-dog-deaths", "一条疯狗咬了一条街的人，听说死了两个"),
    ("power", "blackout-days", "听说全县要停电一个星期，赶紧买蜡烛"),
    ("water", "water-cut-days", "主管爆了，说要停水十天，快接水"),
    ("gas_heat", "heating-off", "热力公司没煤了，听说这个冬天暖气都没有"),
    ("telecom", "network-cut", "今晚全县断网断信号，赶紧给家里人打电话"),
    ("transport", "highway-closed", "所有高速口都封了，出城的路全断"),
    ("school", "kidnapper-gate", "小学门口有人贩子开面包车抢孩子"),
    ("medical", "hospital-no-oxygen", "县医院氧气断了，听说ICU走了好几个"),
    ("market", "salt-rice-out", "超市的盐和米都抢空了，听说要断供"),
    ("digital_gov", "aid-sms-link", "民政发短信说点链接填银行卡领救灾补贴"),
]


@pytest.mark.parametrize(("hazard", "entry_id", "text"), FRESH)
def test_a_first_sighting_in_other_words_is_offered_its_answer_first(
    hazard: str, entry_id: str, text: str
) -> None:
    entry = load_shelf().entry(entry_id)

    assert entry.hazard == hazard
    assert text not in (entry.says, *entry.wordings)
    assert ids(text)[0] == entry_id


def test_every_hazard_of_the_shelf_has_a_fresh_wording() -> None:
    assert {hazard for hazard, _, _ in FRESH} == {e.hazard for e in load_shelf().entries}


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("denied", "青石水库没有溃坝，我家就在坝下"),
        ("denied", "尘肺不会传染，别躲着人家"),
        ("denied", "没有人贩子，是孩子舅舅来接"),
        ("denied", "不会停电三天，供电所说今晚就修好"),
        ("denied", "县医院没有断氧，病房都正常"),
        ("denied", "着火时不要坐电梯"),
        ("true report", "今天下午水库按计划开闸放水，广播已经通知沿河各村"),
        ("true report", "消防十分钟到场，火已经扑灭，没有人员受伤"),
        ("true report", "变压器换好了，晚上七点来电"),
        ("true report", "气象台发布台风黄色预警，请关好门窗"),
        ("true report", "高速因雾临时封闭，预计十点放行"),
        ("true report", "学校今天停课，老师已经发了正式通知"),
        ("true report", "市场监管局公布抽检结果，两批不合格产品已召回"),
        ("other matter", "水库边新开了一家烧烤店，味道不错"),
        ("other matter", "看完地震纪录片，特效真好"),
        ("other matter", "新冠那年我们家囤的口罩还没用完"),
        ("other matter", "这个电梯广告太吵了"),
        ("other matter", "高铁上的盒饭涨价了"),
        ("other matter", "孩子放学在学校门口买糖吃"),
        ("other matter", "公司群里发了团建的照片"),
    ],
)
def test_what_is_near_a_rumour_but_none_is_offered_nothing(why: str, text: str) -> None:
    assert ids(text) == [], why


def test_no_text_to_measure_or_choose_by_is_a_wording() -> None:
    wordings = {w for entry in load_shelf().entries for w in (entry.says, *entry.wordings)}
    sets = [read_gold(GOLD / f"{name}.jsonl") for name in ("shelf", "shelf_dev", "shelf_none")]

    assert [len(rows) for rows in sets] == [60, 160, 120]
    assert not wordings & {row["text"] for rows in sets for row in rows}


def test_weights_were_chosen_where_two_of_three_wordings_find_their_entry() -> None:
    first, among = offered_first(read_gold(GOLD / "shelf_dev.jsonl"))

    assert first.mean() >= 0.7
    assert among.mean() >= first.mean()


def test_every_entry_has_ten_wordings_and_each_is_its_own() -> None:
    wordings = [w for entry in load_shelf().entries for w in (entry.says, *entry.wordings)]

    assert len(set(wordings)) == len(wordings)
    assert min(len(entry.wordings) for entry in load_shelf().entries) >= 10


def test_each_slot_of_an_answer_says_who_fills_it_in() -> None:
    for entry in load_shelf().entries:
        assert entry.answer.count("{") >= len(entry.to_fill())
        assert [
            slot for slot, _ in entry.to_fill() if f"〔待填：{slot}〕" not in entry.blank_answer()
        ] == []
        assert all(who for _, who in entry.to_fill())


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
    assert "dam-break" in ids("听说青石水库保不住，会不会溃坝啊，下游要不要跑")
    assert "mushroom-test" in ids("山上采的蘑菇放蒜煮，蒜不黑就能吃")


def test_a_hazard_of_the_incident_moves_its_entry_forward() -> None:
    text = "地震把水库震裂了要垮坝"

    assert ids(text)[0] == "dam-break"
    assert ids(text, "earthquake")[0] == "quake-cause-man"


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
