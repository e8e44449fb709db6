"""What a text says has happened: families, anchors, numbers, stance."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis.families import load_matters
from analysis.gazetteer import Gazetteer
from analysis.matters import Stance, agreement, matter_of
from analysis.reading import MatterReader, Reading
from analysis.records import ScoredPost, SegmentedPost
from analysis.signs import SignReader
from core.directory import Directory, Place
from core.lexicon import load_lexicon
from core.vocabulary import Emotion

PLACES = (
    Place(name="青石水库", kind="reservoir"),
    Place(name="白云桥", kind="bridge", also=("老白云桥",)),
    Place(name="榆树镇", kind="town"),
    Place(name="柳河镇", kind="town"),
)
SIGNS = SignReader(load_lexicon(), Gazetteer(Directory(places=PLACES)))
READER = MatterReader()


def scored(text: str) -> ScoredPost:
    post = SegmentedPost(
        key=1,
        text=text,
        words=(),
        published_at=datetime(2031, 3, 2, tzinfo=UTC),
        voice="v",
        fingerprint=text,
        issuer=None,
        parent=None,
        duplicate_of=None,
    )
    return ScoredPost(
        post=post,
        signs=SIGNS.read(text),
        needs_check=0.2,
        reasons=(),
        emotion=Emotion.NEUTRAL,
        is_question="？" in text or "吗" in text,
        concern=None,
        help=False,
        relevant=True,
        place=None,
    )


def read(text: str) -> Reading:
    return READER.read(scored(text))


@pytest.mark.parametrize(
    ("text", "key", "stance"),
    [
        ("青石水库垮坝了", "dam_break@reservoir|青石水库", "asserted"),
        ("听说青石水库大坝决口，真的假的？", "dam_break@reservoir|青石水库", "asserted"),
        ("水库没垮，坝上好好的", "dam_break@reservoir|", "denied"),
        ("河堤要是垮了怎么办", "dam_break@dike|", "asked"),
        ("会不会垮坝啊", "dam_break@reservoir|", "asked"),
        ("东风化工厂氨气泄漏，味道很大", "poison@plant|东风化工厂", "asserted"),
        ("死了三个人", "casualty@|#人=3", "asserted"),
        ("有没有人员伤亡？", "casualty@|", "asked"),
        ("目前没有人员伤亡", "casualty@|", "denied"),
        ("没有人死亡，别传了", "casualty@|", "denied"),
        ("没有学生死亡", "casualty@|", "denied"),
        ("无人遇难", "casualty@|", "denied"),
        ("据说是电焊引起的", "cause_told@|", "asserted"),
        ("12路公交没来", "transport_stop:transport@transport|12路", "asserted"),
        ("燃气公司抢修电话没人接", "phone_dead:hotline@hotline|燃气", "asserted"),
        ("榆树镇停水了", "water_cut@settlement|榆树镇", "asserted"),
        ("榆树镇来水了", "water_cut@settlement|榆树镇", "denied"),
        ("全县要停三天电", "power_cut@area|全县#天=3", "asserted"),
        ("城南泵站不转了", "facility_stopped:pump@pump|城南泵站", "asserted"),
        ("泵站运行正常", "facility_stopped:pump@pump|", "denied"),
        ("老白云桥断了，绕路", "structure:bridge@bridge|白云桥", "asserted"),
        ("白云桥没断", "structure:bridge@bridge|白云桥", "denied"),
        ("实验小学食堂吃完好多人上吐下泻", "food_illness@canteen|实验小学食堂", "asserted"),
        ("今天停课吗？", "school_closed@|", "asked"),
        ("鸡蛋15元一斤", "price@goods|鸡蛋#价=15", "asserted"),
        ("6级余震今晚还要来", "quake@|#级=6", "asserted"),
    ],
)
def test_a_text_gives_its_matter_with_place_number_and_stance(
    text: str, key: str, stance: str
) -> None:
    matters = read(text).matters

    assert (key, stance) in {(m.key, str(m.stance)) for m in matters}


@pytest.mark.parametrize(
    "text",
    [
        "笑死人了",
        "这歌火了",
        "心态崩了",
        "气炸了",
        "家长群都炸了",
        "业主群里炸了",
        "手机快没电了先这样",
        "几点来电",
        "今晚球赛有人看吗",
    ],
)
def test_figures_of_speech_and_plain_questions_name_no_matter(text: str) -> None:
    assert read(text).matters == ()


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("学校后门堵车了", "exits_blocked"),
        ("菜市场电梯坏了", "food_quality"),
        ("饭店门口的灯坏了", "food_quality"),
        ("面包车坏了停在路口", "food_quality"),
        ("河里的鱼都死了，一股臭味", "food_quality"),
        ("是什么引起的爆炸", "cause_told"),
        ("没人接孩子放学", "phone_dead"),
        ("爸妈电话打不通", "phone_dead"),
    ],
)
def test_a_family_keeps_out_of_what_only_looks_like_it(text: str, family: str) -> None:
    assert family not in {m.family for m in read(text).matters}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("隧道里死了3个人", "隧道里死了30个人", False),
        ("隧道里死了3个人", "隧道里三个人没救回来", True),
        ("榆树镇停水了", "柳河镇停水了", False),
        ("榆树镇停水了", "榆树镇停电了", False),
        ("青石水库垮了", "红旗水库垮了", False),
        ("青石水库垮了", "青石水库没垮", True),
        ("青石水库溃坝", "溃坝了", True),
        ("城南泵站停了", "泵站不转了", True),
        ("三号楼电梯坏了", "泵站坏了", False),
        ("全县停水三天", "停水三天，榆树镇也停吗？求证", True),
        ("全县停水三天", "榆树镇停水一天", False),
        ("鸡蛋15元一斤", "大米15元一斤", False),
    ],
)
def test_numbers_places_and_objects_tell_claims_apart(one: str, other: str, *, same: bool) -> None:
    a, b = read(one).matters[0], read(other).matters[0]

    assert (agreement(a, b) > 0) is same


def test_where_the_writer_stands_is_not_where_the_matter_is() -> None:
    matter = read("坐标柳河镇，听说隧道里一家三口没了").matters[0]

    assert (matter.anchor.kind, matter.anchor.name) == ("tunnel", "")


def test_a_cut_of_several_days_is_a_hazard() -> None:
    one_day, three_days = read("停水一天").matters[0], read("停水三天").matters[0]

    assert (str(one_day.path), str(three_days.path)) == ("problem", "hazard")


@pytest.mark.parametrize("text", ["隧道里死了3个人", "城南泵站停了", "全县停水三天", "溃坝了"])
def test_a_key_can_be_read_back(text: str) -> None:
    matter = read(text).matters[0]

    again = matter_of(matter.key)

    assert again is not None
    assert again.key == matter.key
    assert agreement(matter, again) > 0


def test_a_key_of_another_make_is_no_matter() -> None:
    assert matter_of("text") is None
    assert matter_of("nothing@x|y") is None


def test_every_kind_that_a_family_names_exists() -> None:
    lexicon = load_matters()

    named = {k for f in lexicon.families.values() for k in (*f.objects, *f.prefer)}

    assert named <= set(lexicon.kinds)
    assert read("").matters == ()
    assert {str(s) for s in Stance} == {"asserted", "asked", "denied"}


def test_what_only_the_sign_lexicon_hears_is_kept_apart_by_its_word() -> None:
    plain = scored("榆树镇出现了险象")
    one = replace(plain, signs=replace(plain.signs, hazards=("险象",)))
    other = replace(plain, signs=replace(plain.signs, hazards=("怪事",)))

    first, second = READER.read(one).matters[0], READER.read(other).matters[0]

    assert first.vague
    assert first.key == "other_hazard:险象@settlement|榆树镇"
    assert agreement(first, second) == 0


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("今天全县到底停不停课", "asked"),
        ("青石水库到底塌没塌", "asked"),
        ("泵站停没停啊", "asked"),
        ("今天全县不停课", "denied"),
        ("说是不停水，结果又停水了", "asserted"),
    ],
)
def test_a_choice_between_yes_and_no_is_a_question(text: str, stance: str) -> None:
    assert [str(m.stance) for m in read(text).matters] == [stance]


@pytest.mark.parametrize(
    "text",
    [
        "好人一生平安，谢谢推车的大哥",
        "外卖停了，希望都平安",
        "榆树镇有人知道哪条路还能走车吗",
        "透析的病人在家等着，求送医",
    ],
)
def test_a_wish_a_road_and_a_call_for_help_tell_of_no_casualties(text: str) -> None:
    assert "casualty" not in {m.family for m in read(text).matters}


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("车里三个人都平安了", "denied"),
        ("现场抬出来的人还能走路", "denied"),
        ("三名工人已送医", "asserted"),
    ],
)
def test_people_who_are_safe_or_brought_to_hospital_do(text: str, stance: str) -> None:
    assert [str(m.stance) for m in read(text).matters if m.family == "casualty"] == [stance]


@pytest.mark.parametrize("text", ["冒雨绕路去上班", "回复楼上，大家保重", "晚点再细说"])
def test_letters_of_an_object_name_none(text: str) -> None:
    found = read(text)

    assert (found.objects, found.matters) == ((), ())
