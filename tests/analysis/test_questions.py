import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from analysis import questions
from analysis.gazetteer import Gazetteer
from analysis.questions import QuestionBook, QuestionState, is_question
from analysis.records import SegmentedPost, Signs
from analysis.signs import SignReader
from core.directory import Directory
from core.lexicon import load_lexicon

NOON = datetime(2030, 5, 1, 4, tzinfo=UTC)
READER = SignReader(load_lexicon(), Gazetteer(Directory()))

ASKING = (
    "求问城东几点来电",
    "有没有人知道火灭了没",
    "明天停不停课啊",
    "去省城哪条路能走",
    "自来水现在能喝吗",
    "爆炸的是哪个厂",
    "空气里这味道有没有毒",
    "余震还会来吗",
    "震中在哪",
    "我们这栋楼要不要撤",
    "确诊的几例都在哪个小区",
    "核酸去哪里做",
    "学校什么时候复课",
    "地铁二号线恢复了没有",
    "请问安置点还收人吗",
    "物资往哪里捐",
    "停气到什么时候",
    "暖气啥时候热",
    "求告知高速封到几点",
    "为什么没有提前通知",
    "为啥天天停电",
    "这次谁负责",
    "调查结果什么时候公布",
    "房子裂了找谁鉴定",
    "损失怎么申请赔偿",
    "烧伤的人送去哪家医院了",
    "有人受伤吗",
    "还有多少人没救出来",
    "氨气泄漏要不要关窗",
    "发烧了该去哪个门诊",
    "幼儿园明天开不开门",
    "今晚能不能回家住",
    "水库那边怎么样了？",
    "救援队呢？",
    "停水三天？",
    "是几级地震啊",
    "疫苗还能打不",
    "桥修好了没",
    "退烧药哪里有卖的",
    "举报涨价打什么电话",
    "想问下小区解封了吗",
    "真的假的？几点停水",
    "出什么事了，那么大声音",
    "消防车往哪开呢？",
    "方舟电子厂着火是真的吗？",
    "听说停水三天，真的吗？",
    "群里说隧道死了人，是不是真的",
)
NOT_ASKING = (
    "这也太离谱了吧",
    "怎么都没人管",
    "谁都不容易",
    "真的假的",
    "真的假的？求官方",
    "是真的吗",
    "你说的是真的吗",
    "求证！",
    "难道要等出了事才管吗",
    "大家都别慌，已经来电了",
    "火已经扑灭，无人员伤亡",
    "刚刚那一下晃得好厉害",
    "什么都没有了",
    "没什么大事，注意安全",
    "难怪今天一直停电",
    "雨不怎么大了",
    "官方已经通报了什么时候恢复",
    "大家平安就好",
    "还在下雨呢",
    "注意防护吧",
    "市应急局提醒：如何正确避险",
    "一图读懂停电怎么办理赔付",
    "路堵死了，绕一下吧",
    "哪里都买不到口罩",
    "消防员辛苦了",
    "动不动就停水，服了",
    "好多人在排队做核酸",
    "靠谱吗",
    "听说厂里爆炸了",
    "多少有点害怕",
    "转发微博",
    "加油，挺住",
)


@pytest.mark.parametrize("text", ASKING)
def test_what_asks_is_a_question_marked_or_not(text: str) -> None:
    assert is_question(text, READER.read(text))


@pytest.mark.parametrize("text", NOT_ASKING)
def test_what_vents_checks_or_tells_is_no_question(text: str) -> None:
    assert not is_question(text, READER.read(text))


def _post(text: str, *, key: int = 1, voice: str = "v1", minute: int = 0) -> SegmentedPost:
    return SegmentedPost(
        key=key,
        text=text,
        words=(),
        published_at=NOON + timedelta(minutes=minute),
        voice=voice,
        fingerprint=text,
        issuer=None,
        parent=None,
        duplicate_of=None,
    )


def _keys(*texts: str) -> list[int | None]:
    book = QuestionBook()
    return [
        book.assign(_post(t, key=n, voice=f"v{n}", minute=n), READER.read(t), None)
        for n, t in enumerate(texts)
    ]


SAME = (
    ("明天停不停课", "今天学校还上课吗", "求问要不要送孩子去学校", "老师还没说，停课吗"),
    ("几点来电", "停电了，啥时候恢复供电", "城北什么时候能来电啊", "来电了吗"),
    ("自来水能喝吗", "水龙头出来是黄的，能不能喝", "家里水有味，可以喝吗"),
    ("安置点还收人吗", "体育馆那个安置点还收人不"),
    ("调查结果什么时候公布", "啥时候公布调查结果啊", "事故的调查结果几号出来"),
    ("哪条路能走", "去医院现在哪条路能走啊", "请问走哪条路好走"),
    ("还会有余震吗", "今晚还会震吗", "余震什么时候停"),
    ("小区什么时候解封", "封控到几号，什么时候解封"),
    ("火灭了没有", "山上的火扑灭了吗"),
    ("有没有人员伤亡", "有人受伤吗", "死了几个人"),
    ("榆树镇停课吗", "柳河镇停不停课", "今天上课吗"),
    ("开发区几点来电", "几点来电"),
    ("方舟电子厂死了几个？", "死了几个人", "电子厂死了多少人"),
    ("方舟电子厂着火是真的吗？", "电子厂起火是真的假的？"),
)


@pytest.mark.parametrize("texts", SAME)
def test_one_question_in_other_words_is_one_question(texts: tuple[str, ...]) -> None:
    assert set(_keys(*texts)) == {1}


APART = (
    ("几点来电", "几点来水"),
    ("为什么停电", "几点来电"),
    ("哪里能接水", "几点来水"),
    ("青龙桥还能过吗", "白马隧道能走吗"),
    ("停课吗", "什么时候复课"),
    ("有没有人员伤亡", "这次事故谁负责"),
    ("损失怎么赔", "物资往哪里捐"),
    ("核酸去哪做", "疫苗去哪打"),
    ("方舟电子厂火灾死了三个人？", "实验二小有学生死亡？求官方回应"),
    ("烟有毒吗，开发区住户要不要撤离？", "实验二小孩子是不是食物中毒？"),
    ("烟有毒吗，开发区住户要不要撤离？", "榆树镇的烟有毒吗？"),
    ("停气到什么时候", "是不是煤气泄漏"),
    ("停气到什么时候", "是不是燃气泄漏？"),
    ("方舟电子厂着火是真的吗？", "方舟电子厂火灭了吗"),
    ("利民药厂事故原因是什么", "青石隧道事故原因是什么"),
)


@pytest.mark.parametrize("texts", APART)
def test_two_questions_stay_two(texts: tuple[str, str]) -> None:
    first, second = _keys(*texts)

    assert first != second


def test_a_question_of_no_known_family_is_joined_by_its_rare_words() -> None:
    first, second, third = _keys(
        "图书馆的自习室几号开门啊", "自习室什么时候开门，图书馆那个", "河边的路灯啥时候亮"
    )

    assert first == second != third


def test_voices_are_counted_once_and_times_kept() -> None:
    book = QuestionBook()
    for minute, voice in enumerate(("a", "b", "a")):
        post = _post("几点来电", key=minute, voice=voice, minute=minute)
        book.assign(post, READER.read(post.text), "daily_life")

    (state,) = book.changed()

    assert (state.posts, state.voices, state.concern) == (3, 2, "daily_life")
    assert (state.first_asked, state.last_asked) == (NOON, NOON + timedelta(minutes=2))
    assert book.changed() == []


def test_a_loaded_book_goes_on_where_the_first_one_stopped() -> None:
    book, texts = QuestionBook(), ("几点来电", "图书馆的自习室几号开门")
    for n, text in enumerate(texts):
        book.assign(_post(text, key=n), READER.read(text), None)
    again = QuestionBook()
    again.load(book.changed())

    keys = [
        again.assign(_post(t, minute=9), READER.read(t), None)
        for t in ("啥时候恢复供电", "图书馆自习室什么时候开门", "物资往哪里捐")
    ]

    assert keys == [1, 2, 3]
    assert [(s.posts, s.voices) for s in again.changed()] == [(2, 1), (2, 1), (1, 1)]


def test_a_state_without_voices_keeps_its_count() -> None:
    book = QuestionBook()
    book.load([QuestionState(4, "几点来电", NOON, NOON, 9, 7, None)])

    book.assign(_post("几点来电", voice="new"), Signs(), None)

    assert [(s.key, s.voices) for s in book.changed()] == [(4, 8)]


def test_a_question_after_two_silent_days_is_a_new_one() -> None:
    book, hours = QuestionBook(), (0, 30, 79)

    keys = [
        book.assign(_post("死了几个人？", minute=h * 60), READER.read("死了几个人？"), None)
        for h in hours
    ]

    assert keys == [1, 1, 2]


def test_a_question_without_a_place_means_the_scene_asked_of_lately() -> None:
    book = QuestionBook()
    asked = (("方舟电子厂死了几个？", 0), ("死了几个？", 60), ("死了几个？", 60 * 20))

    keys = [book.assign(_post(t, minute=m), READER.read(t), None) for t, m in asked]

    assert keys == [1, 1, 2]


def test_a_loaded_question_keeps_what_and_where_it_was_asked() -> None:
    book = QuestionBook()
    for n, text in enumerate(("方舟电子厂死了几个？", "图书馆的自习室几号开门")):
        book.assign(_post(text, key=n), READER.read(text), None)
    states = book.changed()
    again = QuestionBook()
    again.load([dataclasses.replace(s, text="别的说法") for s in states])

    keys = [
        again.assign(_post(t, minute=9), READER.read(t), None)
        for t in ("电子厂死了几个人", "实验二小死了几个人", "图书馆自习室几号开门")
    ]

    assert states[0].asked == ("casualty", "")
    assert states[0].places == {"plant|方舟电子厂|方舟电子|"}
    assert keys == [1, 3, 2]


def test_the_wording_most_typical_of_the_latest_posts_stands_for_the_question() -> None:
    book = QuestionBook()
    early = ["今晚还上晚自习吗"] * 3
    late = [f"明天停不停课{tail}" for tail in ("", "啊", "呀", "，求告知", "？急")] * 8
    for n, text in enumerate([*early, *late]):
        book.assign(_post(text, key=n), READER.read(text), None)

    (question,) = book.changed()

    assert question.text.startswith("明天停不停课")


def test_the_wording_used_most_stands_for_the_question() -> None:
    book = QuestionBook()
    for n, text in enumerate(("几点来电", "啥时候来电", "啥时候来电")):
        book.assign(_post(text, key=n), READER.read(text), None)

    assert [s.text for s in book.changed()] == ["啥时候来电"]


def test_the_book_stays_bounded_and_forgets_the_longest_unasked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "MAX_QUESTIONS", 2)
    book = QuestionBook()
    asked = ("几点来电", "几点来水", "停课吗", "几点来电")

    keys = [book.assign(_post(t, minute=n), READER.read(t), None) for n, t in enumerate(asked)]

    assert keys == [1, 2, 3, 4]
    assert [s.key for s in book.changed()] == [1, 2, 3, 4]


def test_marks_alone_ask_nothing_that_can_be_kept() -> None:
    assert QuestionBook().assign(_post("？？？"), Signs(), None) is None


def test_the_text_and_the_voices_of_a_question_stay_out_of_its_repr() -> None:
    state = dataclasses.replace(
        QuestionState(1, "几点来电", NOON, NOON, 1, 1, None), heard=frozenset({"voice-7"})
    )

    assert "几点来电" not in repr(state)
    assert "voice-7" not in repr(state)
