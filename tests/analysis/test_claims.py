"""Posts grouped into claims as they come, and claims noticed in time; no third-party text."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random

import pytest

from analysis.claims import ClaimBook
from analysis.gazetteer import Gazetteer
from analysis.open_claims import ClaimState
from analysis.records import ScoredPost, SegmentedPost
from analysis.signals import Notice
from analysis.signs import SignReader
from core.directory import Directory, Place
from core.lexicon import load_lexicon
from core.settings import NoticeSettings
from core.text import fingerprint
from core.vocabulary import AlertKind, ConcernLevel, Emotion

START = datetime(2031, 3, 2, 1, 0, tzinfo=UTC)
LIMITS = NoticeSettings()
PLACES = (
    Place(name="青石水库", kind="reservoir"),
    Place(name="城南泵站", kind="pump"),
    Place(name="榆树镇", kind="town"),
    Place(name="柳河镇", kind="town"),
    Place(name="榆树中学", kind="school"),
    Place(name="外榆树镇", kind="town", outside=True),
)
SIGNS = SignReader(load_lexicon(), Gazetteer(Directory(places=PLACES)))
KEYS = count(1)


def post(text: str, minute: float = 0, voice: str | None = None, **fields: object) -> ScoredPost:
    key = next(KEYS)
    signs = SIGNS.read(text)
    segmented = SegmentedPost(
        key=key,
        text=text,
        words=(),
        published_at=START + timedelta(minutes=minute),
        voice=voice or f"v{key}",
        fingerprint=fingerprint(text),
        issuer=None,
        parent=None,
        duplicate_of=None,
    )
    of_post = {k: fields.pop(k) for k in ("issuer", "parent", "duplicate_of") if k in fields}
    scored = ScoredPost(
        post=replace(segmented, **of_post),
        signs=signs,
        needs_check=0.3,
        reasons=(),
        emotion=Emotion.NEUTRAL,
        is_question="？" in text or "吗" in text,
        concern=None,
        help=False,
        relevant=not signs.outside,
        place=signs.places[0].name if signs.places else None,
    )
    return replace(scored, **fields)


def told(book: ClaimBook, *texts: str) -> list[int | None]:
    return [book.assign(post(text, minute)) for minute, text in enumerate(texts)]


def noticed(book: ClaimBook, minute: float) -> list[Notice]:
    return book.notice(START + timedelta(minutes=minute), LIMITS)


def state(book: ClaimBook, claim: int | None) -> ClaimState:
    assert claim is not None
    known = book.state(claim)
    assert known is not None
    return known


# What founds a claim and what joins it


def test_one_matter_in_many_wordings_is_one_claim() -> None:
    book = ClaimBook()

    keys = told(
        book,
        "青石水库垮坝了",
        "听说水库溃坝了，真的假的？",
        "青石水库大坝决口啦",
        "坝上好好的，别传了",
    )

    assert keys == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("隧道里死了3个人", "隧道里死了30个人"),
        ("榆树镇停水了", "柳河镇停水了"),
        ("榆树镇停水了", "榆树镇停电了"),
        ("青石水库垮了", "红旗水库垮了"),
    ],
)
def test_different_numbers_places_and_matters_are_different_claims(one: str, other: str) -> None:
    assert told(ClaimBook(), one, other) == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "几点来电？",
        "没停水啊",
        "榆树镇来水了",
        "今天停课吗？",
        "哈哈",
        "辟谣：青石水库垮坝是假消息",
    ],
)
def test_a_denial_or_a_plain_question_founds_no_claim(text: str) -> None:
    assert told(ClaimBook(), text) == [None]


def test_an_enquiry_about_an_assertion_founds_a_claim() -> None:
    assert told(ClaimBook(), "青石水库垮了？真的假的") == [1]


def test_a_denial_joins_the_claim_it_denies() -> None:
    book = ClaimBook()

    keys = told(book, "榆树镇停水了", "榆树镇没停水，别传了")

    assert keys == [1, 1]
    assert state(book, 1).denial_share == 0.5
    assert state(book, 1).text == "榆树镇停水了"


def test_an_official_post_joins_and_never_founds() -> None:
    book = ClaimBook()

    first = book.assign(post("城南泵站停了，正在抢修", issuer="water"))
    second = book.assign(post("城南泵站停了"))
    third = book.assign(post("城南泵站运行正常", 1, issuer="water"))

    assert (first, second, third) == (None, 1, 1)


def test_a_reply_belongs_to_its_parent_unless_it_says_something_named_and_new() -> None:
    book = ClaimBook()
    parent = post("青石水库垮坝了")
    book.assign(parent)

    plain = book.assign(post("太吓人了", 1, parent=parent.post.key))
    other = book.assign(post("榆树中学食堂好多人上吐下泻", 2, parent=parent.post.key))

    assert (plain, other) == (1, 2)


def test_irrelevant_posts_and_other_areas_make_no_claim() -> None:
    book = ClaimBook()

    advert = book.assign(post("停水三天？囤水用我家水箱", relevant=False))
    far = book.assign(post("外榆树镇停水了"))

    assert (advert, far) == (None, None)


def test_talk_without_a_place_is_not_noticed_here_while_another_area_has_the_matter() -> None:
    book = ClaimBook()
    for n in range(6):
        book.assign(post("外榆树镇那边爆炸了", n))
        book.assign(post(f"一声巨响，爆炸了{'啊' * n}", n))

    assert noticed(book, 10) == []


def test_a_call_for_help_founds_no_claim() -> None:
    assert ClaimBook().assign(post("路塌了，老人出不去，求救", help=True)) is None


def test_what_only_the_sorter_takes_for_a_call_founds_one_all_the_same() -> None:
    assert ClaimBook().assign(post("青石水库垮坝了", help=True)) is not None


def test_a_post_without_a_matter_founds_a_claim_only_when_it_looks_unverified() -> None:
    book = ClaimBook()
    text = "转给家人：明天起全城要查每户的米缸，过量要收走，内部人士说的"

    ordinary = book.assign(post("今天在河边散步，风景很好，明天还来", needs_check=0.1))
    likely = book.assign(post(text, needs_check=0.8))
    copy = book.assign(post(text.replace("转给家人", "快转"), 1, needs_check=0.8))

    assert (ordinary, likely, copy) == (None, 1, 1)


# Voices


def test_copies_count_as_posts_and_not_as_voices() -> None:
    book = ClaimBook()
    first = post("青石水库垮坝了")
    book.assign(first)
    for n in range(10):
        book.assign(post("青石水库垮坝了", n, duplicate_of=first.post.key))

    known = state(book, 1)

    assert (known.posts, known.voices) == (11, 1)
    assert noticed(book, 12) == []


def test_one_voice_counts_once() -> None:
    book = ClaimBook()
    for n in range(8):
        book.assign(post(f"青石水库垮坝了{'！' * n}", n, voice="same"))

    assert state(book, 1).voices == 1
    assert noticed(book, 10) == []


# Noticing


def test_a_claim_is_noticed_once_and_again_when_its_level_rises() -> None:
    book = ClaimBook()
    for n in range(4):
        book.assign(post(f"榆树中学着火了，浓烟很大{n}", n))
    first = noticed(book, 5)
    again = noticed(book, 6)
    for n in range(2):
        book.assign(post(f"榆树中学着火了，快跑{n}", 7))
    higher = noticed(book, 8)

    assert [n.level for n in first] == [ConcernLevel.C3]
    assert again == []
    assert [n.level for n in higher] == [ConcernLevel.C4]
    assert state(book, 1).noticed_at == START + timedelta(minutes=5)


def test_an_official_reassurance_against_the_field_is_a_conflict_told_once() -> None:
    book = ClaimBook()
    for n in range(6):
        book.assign(post(f"城南泵站不转了，我家门口水到膝盖{n}", n))
    before = noticed(book, 8)
    book.assign(post("城南泵站运行正常，请勿传谣", 10, issuer="town"))
    after, later = noticed(book, 12), noticed(book, 14)

    assert [n.kind for n in before] == [AlertKind.PROBLEM]
    assert [n.kind for n in after] == [AlertKind.CONFLICT]
    assert later == []
    assert state(book, 1).conflicted


def test_reasons_are_few_and_never_a_verdict() -> None:
    book = ClaimBook()
    for n in range(8):
        book.assign(post(f"群里传青石水库垮坝了，快跑{n}", n))
    notices = noticed(book, 9)

    assert notices[0].level is ConcernLevel.C4
    assert 2 <= len(notices[0].reasons) <= 5
    assert "尚无官方回应" in notices[0].reasons
    assert not any(word in r for r in notices[0].reasons for word in ("谣言", "不实", "虚假"))


def test_a_rebuttal_and_an_official_word_never_word_a_claim() -> None:
    book = ClaimBook()
    told(book, "榆树中学死了一个孩子？？求证", "别传谣，我孩子同班，榆树中学没有人死亡")
    book.assign(post("榆树中学没有学生死亡", 3, issuer="school"))

    assert state(book, 1).posts == 3
    assert state(book, 1).text == "榆树中学死了一个孩子？？求证"


def test_a_cause_and_a_complaint_are_no_part_of_the_fire() -> None:
    book = ClaimBook()
    fire = post("方舟电子厂着火了")
    book.assign(fire)

    cause = book.assign(post("据说是电焊引起的", 1, parent=fire.post.key))
    locked = book.assign(post("安全出口去年就锁了", 2, parent=fire.post.key))
    again = book.assign(post("方舟电子厂的安全门一直锁着，着火怎么跑", 3))
    smoke = book.assign(post("方舟电子厂好大的烟，还在着火", 4))

    assert (cause, locked, again, smoke) == (2, 3, 3, 1)
    assert state(book, 3).matter == "exits_blocked@plant|方舟电子厂"


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["榆树中学着火了", "榆树中学着火，浓烟很大"], "涉及人身安全，应优先核实"),
        (["榆树镇要停水三天，快囤水", "榆树镇停水三天"], "可能影响群众避险或抢购，应优先核实"),
        (["榆树镇停水了", "榆树镇停水了，愁人"], None),
        (["榆树镇停水了", "榆树镇没停水，别囤水了，别传"], None),
    ],
)
def test_why_it_comes_first_is_said_without_calling_it_false(
    texts: list[str], reason: str | None
) -> None:
    book = ClaimBook()
    told(book, *texts)

    first = [r for r in state(book, 1).reasons if "优先核实" in r]

    assert first == ([reason] if reason else [])


COMPLAINTS = {
    "gas line": [
        "燃气公司电话没人接", "燃气热线打了一上午都占线", "抢修电话打不通，停气两天了",
        "煤气公司客服一直忙音", "家里老人做不了饭，燃气公司的电话打不通",
    ],
    "water line": [
        "供水热线打不通", "自来水公司电话没人接", "水务公司客服一直占线",
        "停水打供水公司电话根本没人接", "自来水抢修电话占线",
    ],
    "exits": [
        "方舟电子厂安全出口一直锁着", "方舟电子厂的消防通道堵满了货",
        "电子厂车间后门焊死了，着火怎么跑", "方舟电子厂逃生门打不开，早就有人反映",
        "厂里安全出口去年就锁了，方舟的人都知道",
    ],
    "canteen": [
        "实验二小食堂饭菜发馊", "实验二小的鸡腿发臭", "二小食堂的菜有虫子，孩子不敢吃",
        "实验二小午餐的肉是坏的", "我家娃在实验二小，说中午的饭是馊的",
    ],
    "lift": [
        "云杉苑3栋电梯又坏了，老人下不来", "云杉苑电梯停了三天", "云杉苑的电梯卡在五楼",
        "云杉苑电梯不能用，爬楼爬哭了", "云杉苑业主，电梯报修一周没人理",
    ],
    "bus": [
        "12路等了一个小时没来", "12路公交又甩站", "12路车一直等不到",
        "早上12路公交没等到，上班迟到", "12路公交晚点四十分钟",
    ],
    "hospital": [
        "市第二人民医院挂不上号", "第二人民医院急诊不接诊", "第二人民医院没床位",
        "第二人民医院没药了", "第二人民医院发热门诊关门",
    ],
    "heating": [
        "翠湖花园暖气一点不热", "翠湖花园家里冷得像冰窖，暖气没来", "翠湖花园暖气又停了",
        "翠湖花园供暖温度不够，不到15度", "翠湖花园3号楼地暖冰凉",
    ],
    "dust": [
        "云杉苑旁边工地扬尘太大", "云杉苑这边天天落灰，窗台一层灰",
        "云杉苑隔壁工地半夜施工，吵得睡不着", "云杉苑门口渣土车一路灰尘",
        "云杉苑孩子被粉尘呛得咳嗽",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLAINTS)
def test_five_voices_about_one_failing_thing_are_one_problem(name: str) -> None:
    book = ClaimBook()

    keys = told(book, *COMPLAINTS[name])
    notices = noticed(book, 10)

    assert keys == [1] * 5
    assert [(n.claim, n.kind) for n in notices] == [(1, AlertKind.PROBLEM)]


def test_complaints_about_different_institutions_stay_apart() -> None:
    keys = told(
        ClaimBook(),
        "燃气公司电话没人接",
        "供水公司电话没人接",
        "12路公交没来",
        "15路公交没来",
        "榆树中学食堂饭菜发馊",
        "阳光幼儿园食堂饭菜发馊",
    )

    assert keys == [1, 2, 3, 4, 5, 6]


# The book itself


def test_changed_claims_are_told_once() -> None:
    book = ClaimBook()
    told(book, "榆树镇停水了", "柳河镇停水了")

    assert [c.key for c in book.changed()] == [1, 2]
    assert book.changed() == []
    told(book, "榆树镇停水了，愁人")
    assert [(c.key, c.posts) for c in book.changed()] == [(1, 2)]


def test_a_kept_book_goes_on_where_it_stopped() -> None:
    before = ClaimBook()
    first = post("青石水库垮坝了")
    before.assign(first)
    after = ClaimBook()
    after.load(before.changed(), {first.post.key: 1}, newest=7)

    joined = after.assign(post("青石水库溃坝了吗？求证", 20))
    reply = after.assign(post("好怕", 21, parent=first.post.key))
    new = after.assign(post("榆树镇停水了", 22))

    assert (joined, reply, new) == (1, 1, 8)
    assert state(after, 1).posts == 3


def test_silent_claims_leave_memory() -> None:
    book = ClaimBook(idle_days=2)
    told(book, "榆树镇停水了")

    noticed(book, 60 * 24 * 3)

    assert len(book) == 0
    assert told(book, "榆树镇停水了") == [2]


def test_a_rumour_that_comes_back_joins_its_claim() -> None:
    book = ClaimBook()
    told(book, "青石水库垮坝了")

    assert book.assign(post("青石水库溃坝的视频又来了", 60 * 20)) == 1


def test_a_claim_of_one_town_widens_when_the_same_is_said_of_the_county() -> None:
    book = ClaimBook()

    keys = told(
        book, "榆树镇要停水三天，囤点水", "紧急！全县停水三天", "停水三天？柳河镇也停吗，求证"
    )

    assert keys == [1, 1, 1]
    assert state(book, 1).matter == "water_cut@area|全县#天=3"


def test_replies_to_one_post_move_the_claim_by_that_post_s_share() -> None:
    book = ClaimBook()
    told(book, "榆树镇停水了", "榆树镇又停水了，家里没水", "榆树镇全停水了吗")
    book.changed()
    low = state(book, 1).needs_check

    book.update_needs_check(1, 1, 0.95, 0)
    one = state(book, 1).needs_check
    book.update_needs_check(1, 2, 0.95, 0)
    two = state(book, 1).needs_check
    book.update_needs_check(77, 1, 0.95, 3)

    assert low < one < two
    assert two - one == pytest.approx(one - low, abs=0.05)
    assert [c.key for c in book.changed()] == [1]


def test_the_last_post_to_be_scored_again_does_not_win() -> None:
    scores = {1: 0.9, 2: 0.1, 3: 0.5}
    pooled = []
    for order in ((1, 2, 3), (3, 2, 1)):
        book = ClaimBook()
        told(book, "榆树镇停水了", "榆树镇又停水了，家里没水", "榆树镇全停水了吗")
        for post in order:
            book.update_needs_check(1, post, scores[post], 4)
        pooled.append(state(book, 1).needs_check)

    assert pooled[0] == pooled[1]


def test_a_post_with_many_replies_tells_more_than_one_with_none() -> None:
    found = []
    for replies in (0, 200):
        book = ClaimBook()
        told(book, "榆树镇停水了", "榆树镇又停水了，家里没水")
        book.update_needs_check(1, 1, 0.9, replies)
        book.update_needs_check(1, 2, 0.1, 0)
        found.append(state(book, 1).needs_check)

    assert found[1] > found[0] + 0.1


def test_a_score_that_falls_again_pulls_its_claim_down() -> None:
    book = ClaimBook()
    told(book, "榆树镇停水了")
    book.update_needs_check(1, 1, 0.9, 5)
    high = state(book, 1).needs_check

    book.update_needs_check(1, 1, 0.2, 60)

    assert state(book, 1).needs_check < high - 0.3


# A small story: 300 posts, three matters, written here and mixed by a seed

STORY = {
    "leak": (
        18,
        [
            "北郊化肥厂漏氨了，味道呛人，快跑", "紧急！化肥厂氨气泄漏，住附近的赶紧跑",
            "群里说北郊化肥厂那边有毒气体漏出来了，真的吗", "化肥厂是不是泄漏了，闻到刺鼻的味道",
            "听说化肥厂漏气了，求证", "北郊化肥厂氨气罐漏了，我们小区都闻到了",
            "化肥厂没有泄漏，别传了", "我就在北郊化肥厂门口，没闻到什么味道",
        ],
    ),
    "ill": (
        40,
        [
            "榆树中学食堂吃完好多人上吐下泻", "榆树中学食物中毒了，37个学生送医",
            "我家孩子在榆树中学，中午吃完拉肚子", "榆树中学食堂的饭有问题，孩子吐了一晚上",
            "听说榆树中学集体呕吐，谁知道怎么回事", "榆树中学食物中毒是真的吗，求回应",
            "榆树中学三十七个孩子中毒，老师不让说",
        ],
    ),
    "lift": (
        60,
        [
            "云杉苑3栋电梯又坏了，老人下不来", "云杉苑电梯停了三天没人修", "云杉苑的电梯困人了",
            "云杉苑电梯故障，打了电话没人来", "住云杉苑的，电梯修好没啊",
            "云杉苑电梯一直没修好，爬楼爬哭了",
        ],
    ),
    None: (
        0,
        [
            "今天天气不错", "晚上球赛谁看", "求推荐好吃的面馆", "早高峰又堵了一会", "孩子作业真多",
            "这部电影的特效炸裂", "笑死我了这个视频", "图书馆几点关门", "周末去爬山，有人一起吗",
        ],
    ),
}  # fmt: skip
TAILS = ("", "！", "！！", "啊", "，愁人", "，转发一下", "…", "，有人说说吗", "，唉", "😭")


def story(seed: int) -> list[tuple[str | None, ScoredPost]]:
    """About 300 labelled posts over four hours, in order, each text a little changed."""
    rng = Random(seed)  # noqa: S311 (a story is no secret)
    drawn = []
    for label, (start, texts) in STORY.items():
        for n in range(75):
            minute = start + rng.expovariate(1 / 25) + n * 0.4 if label else rng.uniform(0, 240)
            drawn.append((minute, label, rng.choice(texts) + rng.choice(TAILS) + rng.choice(TAILS)))
    seen: dict[str, int] = {}
    posts = []
    for minute, label, text in sorted(drawn, key=lambda d: d[0]):
        original = seen.get(fingerprint(text))
        written = post(text, minute, f"p{rng.randrange(120)}", duplicate_of=original)
        seen.setdefault(fingerprint(text), written.post.key)
        posts.append((label, written))
    return posts


def play(posts: list[tuple[str | None, ScoredPost]]) -> tuple[ClaimBook, list, list]:
    """Assign in order, with a look every five minutes; give the claims and the notices."""
    book, keys, notices = ClaimBook(), [], []
    look = 5
    for label, written in posts:
        while written.post.published_at > START + timedelta(minutes=look):
            notices += [(look, n) for n in noticed(book, look)]
            look += 5
        keys.append((label, book.assign(written)))
    return book, keys, notices


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_story_of_three_matters_is_told_apart_and_noticed_in_time(seed: int) -> None:
    posts = story(seed)
    _, keys, notices = play(posts)

    for label in ("leak", "ill", "lift"):
        claim, grouped = Counter(k for own, k in keys if own == label and k).most_common(1)[0]
        members = [own for own, k in keys if k == claim]
        first = min(p.post.published_at for own, p in posts if own == label)
        seen = min(START + timedelta(minutes=look) for look, n in notices if n.claim == claim)
        assert grouped >= 0.8 * 75
        assert members.count(label) >= 0.95 * len(members)
        assert seen - first <= timedelta(minutes=30)
    assert all(k is None for own, k in keys if own is None)


def test_noise_alone_raises_nothing() -> None:
    _, _, notices = play([(own, p) for own, p in story(4) if own is None])

    assert notices == []


def test_a_flood_of_copies_moves_no_rank() -> None:
    posts = story(5)
    target = next(i for i, (own, _) in enumerate(posts) if own == "lift")
    label, copied = posts[target]
    flood = [(label, post(copied.post.text, 0, duplicate_of=copied.post.key)) for _ in range(10)]
    moment = copied.post.published_at
    flood = [(own, replace(p, post=replace(p.post, published_at=moment))) for own, p in flood]
    calm, _, _ = play(posts)
    flooded, _, _ = play([*posts[: target + 1], *flood, *posts[target + 1 :]])

    assert [c.voices for c in calm.changed()] == [c.voices for c in flooded.changed()]


def test_the_same_story_gives_the_same_claims() -> None:
    posts = story(6)

    assert play(posts)[0].changed() == play(posts)[0].changed()
