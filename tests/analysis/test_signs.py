import pytest

from analysis.gazetteer import Gazetteer
from analysis.signs import SignReader
from core.directory import Directory, Place
from core.lexicon import load_lexicon

PLACES = (
    Place(name="青龙水库", kind="reservoir", town="青龙镇"),
    Place(name="城西区", kind="district", outside=True),
)
READER = SignReader(load_lexicon(), Gazetteer(Directory(places=PLACES)))

# Words that only look like an incident (domain handbook, section 4).
TRAPS = (
    "这款围巾是今年的爆款",
    "这首歌突然火了",
    "哥哥又塌房了，粉丝心碎",
    "考完心态崩了",
    "救命啊笑死我了",
    "第一次烤蛋糕大型翻车现场",
    "今天去新店打卡",
    "晚上点了炸鸡",
    "洪水般的评论涌进来",
    "我被淹没在人海里",
    "这个副本停电那关太难了",
    "剧本杀停电环节把我吓到",
    "他真是娱乐圈的一股泥石流",
    "眼泪决堤",
    "人设崩塌",
    "信息爆炸的时代",
    "颜值爆炸",
    "这首歌有毒，循环一天",
    "中毒太深，根本停不下来单曲循环",
    "嗓子冒烟了",
    "金融海啸那年毕业",
    "穿越火线还有人玩没",
    "限时抢购，点击链接",
    "直播翻车，主播尴尬",
    "今天的妆容翻车了",
    "电影里大坝溃坝那段特效真好",
    "手机没电了",
    "累坏了，先睡",
    "拖延症没救了",
    "雨停了，出来走走",
    "社会性死亡",
    "恋情确诊",
    "笑声传染了全场",
    "大爆炸理论第几季",
    "好吃到爆炸",
    "票房爆了",
    "热搜把服务器爆了",
    "大火收汁就可以出锅",
    "兴趣没了",
    "我快垮了，这周加班",
)
DENIED = (
    "化工厂没有发生爆炸",
    "大桥没断",
    "青龙水库没有溃坝",
    "并未停水",
    "没有人员死亡",
    "未发现氨气泄漏",
    "目前不存在坍塌",
    "不会封城",
    "别信什么决堤",
    "溃坝是谣言",
    "有毒气体泄漏的消息不实",
    "没听说有人中毒",
)
HAZARDS = (
    ("青龙水库是不是垮了", "垮了"),
    ("水库真的垮了吗", "垮了"),
    ("是不是垮了", "垮了"),
    ("紧急！大坝溃坝了快跑", "溃坝"),
    ("化工园又爆炸了", "爆炸"),
    ("厂里漏氨了，大家捂住口鼻", "漏氨"),
    ("宿舍楼着火了", "着火"),
    ("老桥塌了", "桥塌"),
    ("说是要停水五天", "停水五天"),
    ("听说要封城一个月", "封城"),
    ("隧道里死人了", "死人"),
    ("井里的水有毒", "水有毒"),
    ("一家三口都没了", "没了"),
    ("山体滑坡把路埋了", "滑坡"),
    ("余震来了快跑", "余震"),
    ("隔壁小区确诊了", "确诊"),
    ("没人通知就泄洪，河堤要垮", "要垮"),
    ("又来电了又爆炸了，别慌，煤气泄漏了", "泄漏"),
    ("网传氯气泄漏，是谣言吗", "泄漏"),
    ("货车翻车，司机受伤，油罐泄漏", "泄漏"),
    ("打着游戏楼下爆炸了", "爆炸"),
)
FAILURES = (
    ("泵站没人管", "没人管"),
    ("放水没通知我们", "没通知"),
    ("小区没电", "没电"),
    ("电梯坏了一周", "坏了"),
    ("12345一直占线", "占线"),
    ("路灯不亮", "不亮"),
    ("警报没响", "没响"),
    ("缴费系统崩了", "崩了"),
    ("发热门诊排不上", "排不上"),
    ("消防栓没水", "没水"),
    ("水龙头出来发黄", "发黄"),
    ("变压器冒烟", "冒烟"),
)
ENQUIRIES = (
    "这事靠谱不",
    "等个准信",
    "不是说已经修好了吗",
    "真的假的",
    "求官方",
    "真炸了吗",
    "到底有没有死人",
    "这消息哪来的",
    "蹲一个官方通报",
    "谁能出来证实一下",
    "水库真的垮了吗",
    "是不是垮了",
    "这视频是今年的吗",
    "不知道真假",
    "有没有图",
)
NO_ENQUIRY = (
    "大家注意安全",
    "楼下着火了快来人",
    "真的太感谢了",
    "今天几点停电",
    "求推荐好吃的",
    "等公交等了半小时",
)


@pytest.mark.parametrize("text", TRAPS)
def test_a_figure_of_speech_is_no_incident(text: str) -> None:
    signs = READER.read(text)

    assert (signs.hazards, signs.failures, signs.incident_types) == ((), (), ())


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied_is_neither_hazard_nor_failure(text: str) -> None:
    signs = READER.read(text)

    assert (signs.hazards, signs.failures) == ((), ())


@pytest.mark.parametrize(("text", "hazard"), HAZARDS)
def test_a_hazard_is_named_whether_asserted_or_asked(text: str, hazard: str) -> None:
    assert any(hazard in found for found in READER.read(text).hazards)


@pytest.mark.parametrize(("text", "failure"), FAILURES)
def test_a_failure_may_carry_its_own_negation(text: str, failure: str) -> None:
    assert failure in READER.read(text).failures


@pytest.mark.parametrize("text", ENQUIRIES)
def test_doubt_is_heard_with_or_without_a_phrase_of_the_list(text: str) -> None:
    assert READER.read(text).enquiry


@pytest.mark.parametrize("text", NO_ENQUIRY)
def test_talk_without_doubt_is_no_enquiry(text: str) -> None:
    assert READER.read(text).enquiry == ()


def test_the_longest_phrase_wins_so_an_enquiry_is_no_denial() -> None:
    signs = READER.read("群里传溃坝，真的假的")

    assert (signs.enquiry, signs.denial) == (("真的假的",), ())


def test_places_outside_are_kept_apart() -> None:
    inside, outside = READER.read("青龙水库涨水"), READER.read("城西区涨水")

    assert [p.name for p in inside.places] == ["青龙水库"]
    assert (inside.outside, outside.outside, outside.places) == (False, True, ())


def test_the_type_with_most_hits_comes_first() -> None:
    types = READER.read("台风登陆，大风把树刮倒，学校停课").incident_types

    assert types[0] == "typhoon_wind"
    assert "school" in types


def test_an_empty_text_has_no_signs() -> None:
    assert READER.read("").hazards == ()


@pytest.mark.parametrize("pattern", ["没溃坝", "停", "真的", "不是说", "溃坝是谣言", "到底"])
def test_a_text_of_full_length_is_read_through(pattern: str) -> None:
    text = (pattern * 20_000)[:20_000]

    assert READER.read(text) == READER.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "这裙子绝对爆款，三天断码",
        "又塌房了，我粉的歌手没一个省心",
        "这首歌彻底火了",
        "救命啊笑死，这段我能看一百遍",
        "第一次做蛋糕就翻车，奶油塌成一摊",
        "输给倒数第一，心态崩了呀",
        "亲戚群里炸锅了，就为一道红烧肉",
        "语文老师夸我作文是清流，我心说我是泥石流",
        "这局团战刚开，基地停电，开黑的直接投降",
        "疫情那几年养的花，现在比我高",
        "周末去海边打卡拍照",
        "洪水般的评论把我看懵了",
        "我那条留言淹没在两万条里了",
        "年会上老板泄洪式发红包",
        "舍友打呼噜，八级地震",
        "成绩滑坡，回家挨骂",
        "副歌一出来全场炸了",
    ],
)
def test_words_of_disaster_used_as_figures_raise_no_incident_and_no_hazard(text: str) -> None:
    signs = READER.read(text)

    assert signs.incident_types == ()
    assert signs.hazards == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("对面楼三层起火了，窗口有人喊", "fire"),
        ("后山泥石流下来了，路埋了", "geological"),
        ("地震了！楼在晃", "earthquake"),
        ("水库开始泄洪，下游的快走", "rain_flood"),
        ("小区停电六个小时了", "power"),
        ("县里又有疫情了，要做核酸", "infectious"),
        ("闺蜜发来的，河堤决口了", "rain_flood"),
        ("奶茶店着火了，快打119", "fire"),
        ("心态崩了，一楼全淹了", "rain_flood"),
        ("高速上大货车翻车，堵了五公里", "traffic"),
    ],
)
def test_the_same_words_meant_literally_still_raise_their_incident(text: str, kind: str) -> None:
    assert kind in READER.read(text).incident_types
