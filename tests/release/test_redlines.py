"""Each red line as a table: sentences it must stop, and sentences it must let pass."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from core.vocabulary import EvidenceKind, StatementKind, Verdict
from release import redlines
from release.records import Evidence, Fact, Judgement, Part, Sentence
from release.redlines import DraftContext, PublishedText

T2220 = datetime(2031, 6, 17, 14, 20, tzinfo=UTC)  # 6月17日22时20分
NOW = datetime(2031, 6, 17, 14, 30, tzinfo=UTC)
AS_OF = "截至6月17日22时20分，"


def fact(fact_id: str, name: str, value: str, unit: str = "人", **changed) -> Fact:
    made = Fact(
        fact_id, "rain", name, value, unit, "全县", T2220, "hq", ("E000001",), None, "zhou", NOW
    )
    return replace(made, **changed)


def evidence(kind: EvidenceKind, unit: str = "water", summary: str = "记录") -> Evidence:
    return Evidence(f"E-{kind}-{unit}", "rain", kind, summary, unit, T2220, "zhou", NOW)


LEDGER = {
    f.fact_id: f
    for f in (
        fact("F1", "转移人数", "942"),
        fact("F2", "水位", "86.42", "米", scope="望澄水库"),
        fact("F3", "死亡人数", "0"),
        fact("F4", "轻伤人数", "2"),
        fact("F5", "停水户数", "9200", "户", scope="东禾片区"),
        fact("F6", "调查结论", "泵房进水", "", evidence=("E9",), scope="东禾泵站"),
        fact("F7", "预泄流量", "60", "立方米每秒", scope="望澄水库"),
        fact("F8", "失联人数", "1"),
        fact("F0", "转移人数", "806", as_of=T2220 - timedelta(hours=2)),
    )
}
LEDGER["F1"] = replace(LEDGER["F1"], supersedes="F0")
EVIDENCE = {"E9": replace(evidence(EvidenceKind.E1), evidence_id="E9", summary="事故调查结论")}
BASE = DraftContext(
    kind=StatementKind.FOLLOW_UP,
    title="情况通报",
    sentences=(),
    next_update_at=None,
    issuer="hq",
    now=NOW,
    running_promise=NOW + timedelta(hours=2),
    facts=LEDGER,
    evidence=EVIDENCE,
    phones=frozenset({"0000-12345", "0000-5550126"}),
)


def rules(text: str, *facts: str, section: str = "facts", **changed) -> dict[str, bool]:
    """Return rule -> blocking for one sentence."""
    draft = replace(BASE, sentences=(Sentence(text, facts, section),), **changed)
    return {finding.rule: finding.blocking for finding in redlines.check(draft)}


@pytest.mark.parametrize(
    "text",
    [
        "经了解，停运系因水泵进水。",
        "事故系由操作不当引起。",
        "由于强降雨导致东禾街道积水。",
        "由于管网老化，造成片区内涝。",
        "初步判断为设备故障。",
        "初步分析是电路短路。",
        "初步研判原因为排水不畅。",
        "事故原因是违规作业。",
        "停水原因系管道破裂。",
        "积水原因在于泵站停运。",
        "因设备老化停运两台水泵。",
        "因水泵进水跳闸。",
        "因连续降雨引发道路塌陷。",
        "是水泵停转造成的。",
        "内涝归咎于排水管网。",
        "已查明起火原因为电线短路。",
    ],
)
def test_rl01_an_unverified_cause_is_stopped(text):
    assert rules(text).get("RL01") is True


@pytest.mark.parametrize(
    "text",
    [
        "原因正在调查。",
        "停运原因正在调查，结果将及时公开。",
        "事故原因尚不清楚。",
        "是否因操作不当导致停运，正在调查。",
        "柏舟桥因桥头路面沉陷临时封闭检测。",
        "因暴雨全县中小学停课。",
        "因检修需要，部分路段临时停水。",
        "因停水给居民造成的不便，我们深表歉意。",
        "受强降雨影响，东禾街道出现积水。",
        "2号主泵跳闸停运，1号主泵单独运行。",
        "大家问泵站为什么会停，原因正在调查。",
        "请联系因故未能转移的邻居。",
    ],
)
def test_rl01_lets_pass(text):
    assert "RL01" not in rules(text)


def test_rl01_a_cause_may_stand_on_an_investigation():
    assert "RL01" not in rules("停运系因泵房进水。", "F6")
    assert "RL01" in rules("停运系因泵房进水。", "F1")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("无人员伤亡。", ()),
        (AS_OF + "无人员伤亡。", ()),
        (AS_OF + "没有人员死亡。", ("F1",)),
        (AS_OF + "2人轻伤。", ()),
        ("2人轻伤。", ("F4",)),
        (AS_OF + "暂无伤亡报告。", ("F4",)),
        ("网传一家三口遇难。", ()),
        ("有群众在下穿通道遇难。", ()),
        (AS_OF + "一名村民失联。", ()),
        (AS_OF + "无人员死亡、失联。", ("F3",)),
        (AS_OF + "两人受伤，已送医。", ("F3",)),
        (AS_OF + "未发生人员失踪。", ("F8",)),
    ],
)
def test_rl02_unverified_casualties_are_stopped(text, facts):
    assert rules(text, *facts).get("RL02") is True


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("人员情况正在核实。", ()),
        ("人员伤亡情况正在核实。", ()),
        (AS_OF + "接报无人员死亡。", ("F3",)),
        (AS_OF + "接报2人轻伤。", ("F4",)),
        (AS_OF + "接报无人员死亡，2人轻伤。", ("F3", "F4")),
        (AS_OF + "1人失联。", ("F8",)),
        ("请远离河道，避免人员伤亡。", ()),
        ("如有人员受伤，请拨打120。", ()),
        ("车内三人均被救出。", ()),
        ("严防溺水事故造成伤亡。", ()),
        ("一旦发现有人受伤，立即报警。", ()),
        ("失联情况正在核实。", ()),
    ],
)
def test_rl02_lets_pass(text, facts):
    assert "RL02" not in rules(text, *facts)


@pytest.mark.parametrize(
    ("text", "facts", "reason"),
    [
        (AS_OF + "全县转移群众924人。", ("F1",), "数字疑似颠倒"),
        (AS_OF + "全县转移群众924人。", (), "数字疑似颠倒"),
        (AS_OF + "全县转移群众九百二十四名。", ("F1",), "数字疑似颠倒"),
        (AS_OF + "全县转移群众９２４人。", ("F1",), "数字疑似颠倒"),
        (AS_OF + "望澄水库水位86.24米。", ("F2",), "数字疑似颠倒"),
        (AS_OF + "全县转移人数950人。", ("F1",), "两者不一致"),
        (AS_OF + "东禾片区停水户数1万户。", ("F5",), "两者不一致"),
        (AS_OF + "投入救援车辆37辆。", (), "没有事实依据"),
        (AS_OF + "抢修道路12公里。", ("F1",), "没有事实依据"),
        (AS_OF + "全县转移806人。", ("F0",), "已被新的数值取代"),
        (AS_OF + "转移942人。", ("F404",), "不在本事件台账"),
        ("截至6月17日20时20分，全县转移人数942人。", (), "两者不一致"),
        (AS_OF + "水库泄流量每秒90立方米。", ("F7",), "两者不一致"),
    ],
)
def test_rl03_a_figure_that_the_ledger_does_not_hold_is_stopped(text, facts, reason):
    draft = replace(BASE, sentences=(Sentence(text, facts),))
    found = [f for f in redlines.check(draft) if f.rule == "RL03"]

    assert found
    assert found[0].blocking
    assert found[0].sentence_index == 0
    assert reason in "".join(f.reason for f in found)


@pytest.mark.parametrize(
    ("text", "facts", "section"),
    [
        (AS_OF + "全县转移群众942人。", ("F1",), "facts"),
        (AS_OF + "全县转移群众942名。", (), "facts"),
        (AS_OF + "全县转移群众九百四十二人。", ("F1",), "facts"),
        (AS_OF + "望澄水库水位86.42米。", ("F2",), "facts"),
        (AS_OF + "约9200户停水。", ("F5",), "facts"),
        (AS_OF + "9000余户停水。", ("F5",), "facts"),
        (AS_OF + "水库泄流量每秒60立方米。", ("F7",), "facts"),
        (AS_OF + "全县转移942人（上次通报为806人）。", ("F1",), "facts"),
        ("6月17日19时40分，2号主泵跳闸。", (), "facts"),
        ("请拨打0000-12345咨询。", (), "contact"),
        ("积水超过30厘米时不要通过。", (), "advice"),
        ("数据每30分钟更新一次。", (), "promise"),
        ("我们和大家一起守护家园。", (), "body"),
        ("依据应急〔2031〕12号文件第3条执行。", (), "body"),
        ("针对网上“白菜卖到38元一斤”的说法，正在核实。", (), "body"),
    ],
)
def test_rl03_lets_pass(text, facts, section):
    assert "RL03" not in rules(text, *facts, section=section)


def test_a_relayed_warning_keeps_its_own_figures_and_local_lines_do_not():
    warning = "县气象台6月17日20时20分发布：预计未来3小时降雨量将达100毫米以上。"
    relay = StatementKind.WARNING_RELAY

    assert rules(warning, kind=relay) == {}
    assert "RL03" in rules(warning)
    assert "RL03" in rules("已转移924人。", section="advice", kind=relay)
    assert "RL02" in rules("已有2人死亡。", kind=relay)


def published(text: str, *facts: str) -> tuple[PublishedText, ...]:
    return (PublishedText("S000001", "续一", (Sentence(text, facts),)),)


def test_rl03_the_same_moment_cannot_have_two_published_values():
    mended = fact("F9", "转移人数", "951", supersedes="F1")
    draft = replace(
        BASE,
        facts=LEDGER | {"F9": mended},
        sentences=(Sentence(AS_OF + "全县转移人数951人。", ("F9",)),),
        published=published(AS_OF + "全县转移人数942人。", "F1"),
    )

    assert any("同一时刻" in f.reason for f in redlines.check(draft))
    correction = replace(draft, kind=StatementKind.CORRECTION)
    assert not [f for f in redlines.check(correction) if f.rule == "RL03"]


def test_rl03_a_published_text_without_bound_facts_is_compared_too():
    line = Sentence(AS_OF + "全县转移人数942人。", ("F1",))
    wrong = replace(BASE, sentences=(line,), published=published(AS_OF + "转移人数940人。"))
    right = replace(BASE, sentences=(line,), published=published(AS_OF + "转移人数942人。"))

    assert any("同一时刻" in f.reason for f in redlines.check(wrong))
    assert redlines.check(right) == []


def test_rl03_a_cumulative_figure_falls_only_with_a_word_of_explanation():
    fallen = fact("F9", "转移人数", "930", supersedes="F1", as_of=T2220 + timedelta(minutes=5))
    draft = replace(
        BASE,
        facts=LEDGER | {"F9": fallen},
        sentences=(Sentence("截至6月17日22时25分，全县转移人数930人。", ("F9",)),),
        published=published(AS_OF + "全县转移人数942人。", "F1"),
    )
    explained = replace(
        draft, sentences=(*draft.sentences, Sentence("经核对剔除重复统计，数字有所减少。"))
    )

    assert any("累计数下降" in f.reason for f in redlines.check(draft))
    assert redlines.check(explained) == []


@pytest.mark.parametrize(
    ("one", "other", "swapped"),
    [
        ("924", "942", True),
        ("86.42", "86.24", True),
        ("942", "942", False),
        ("924", "943", False),
        ("12", "120", False),
        ("8.642", "86.42", False),
    ],
)
def test_a_digit_swap_has_the_same_digits_in_another_order(one, other, *, swapped):
    assert redlines.is_swap(Decimal(one), Decimal(other)) is swapped


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("全县转移群众942人。", ("F1",)),
        ("目前转移942人。", ("F1",)),
        ("截至目前，全县转移942人。", ("F1",)),
        ("截至22时20分，全县转移942人。", ("F1",)),
        ("截至6月17日，全县转移942人。", ("F1",)),
        ("截至6月17日22时，全县转移942人。", ("F1",)),
        ("截至6月17日20时20分，全县转移942人。", ("F1",)),
        ("望澄水库水位86.42米。", ("F2",)),
        ("约9200户停水。", ("F5",)),
        ("截至今晚，水位86.42米。", ("F2",)),
    ],
)
def test_rl04_a_figure_without_its_moment_is_stopped(text, facts):
    assert rules(text, *facts).get("RL04") is True


@pytest.mark.parametrize(
    ("text", "facts", "section"),
    [
        (AS_OF + "全县转移群众942人。", ("F1",), "facts"),
        ("截至2031年6月17日22时20分，转移942人。", ("F1",), "facts"),
        ("全县转移942人（截至6月17日22时20分）。", ("F1",), "facts"),
        ("6月17日22时20分，望澄水库水位86.42米。", ("F2",), "facts"),
        ("原因正在调查。", (), "unknown"),
        ("2号主泵停运。", (), "facts"),
        ("下次通报时间：6月18日0时30分前后。", (), "promise"),
        ("电话：0000-12345。", (), "contact"),
        ("请24小时关注预警。", (), "advice"),
        ("请离开河道50米以外。", (), "advice"),
        ("第一批物资已经送到。", (), "actions"),
    ],
)
def test_rl04_lets_pass(text, facts, section):
    assert "RL04" not in rules(text, *facts, section=section)


DUE = NOW + timedelta(hours=2)  # 6月18日0时30分
PROMISE = "下次通报时间：6月18日0时30分前后。"


@pytest.mark.parametrize(
    ("changed", "text", "stopped"),
    [
        ({"running_promise": None}, "通报如下。", True),
        ({"running_promise": NOW}, "通报如下。", True),
        ({"running_promise": NOW - timedelta(minutes=1)}, "通报如下。", True),
        ({"running_promise": None, "kind": StatementKind.FIRST}, "有变化随时发布。", True),
        ({"running_promise": None, "kind": StatementKind.REFUTATION}, "水库正常。", True),
        ({"running_promise": None, "kind": StatementKind.FAQ}, "问答如下。", True),
        ({"running_promise": None, "kind": StatementKind.CORRECTION}, "更正如下。", True),
        ({"next_update_at": NOW}, "下次通报时间：6月17日22时30分。", True),
        ({"next_update_at": NOW - timedelta(hours=1)}, "下次通报时间：21时30分。", True),
        ({"next_update_at": DUE}, "有变化随时发布。", True),
        ({"next_update_at": DUE}, "下次通报时间：6月18日0时50分前后。", True),
        ({"next_update_at": DUE}, PROMISE, False),
        ({"next_update_at": DUE}, "下次通报时间：次日0时30分。", False),
        ({"next_update_at": DUE}, "下次通报时间：０时３０分。", False),
        ({"next_update_at": DUE, "running_promise": None}, PROMISE, False),
        ({"next_update_at": NOW + timedelta(minutes=90)}, "下次通报：6月18日0时前后。", False),
        ({}, "通报如下。", False),
        ({"kind": StatementKind.FAQ}, "问答如下。", False),
        ({"running_promise": None, "incident_open": False}, "通报如下。", False),
        ({"running_promise": None, "kind": StatementKind.RESULT}, "终报如下。", False),
        ({"running_promise": None, "kind": StatementKind.WARNING_RELAY}, "暴雨预警。", False),
    ],
)
def test_rl07_an_open_incident_has_a_promise(changed, text, *, stopped):
    assert rules(text, **changed).get("RL07", False) is stopped


def judgement(
    verdict: Verdict, *ids: str, parts=(), approved: bool = True, about=("water",)
) -> Judgement:
    return Judgement(
        "V1", 1, "rain", verdict, tuple(parts), ids, frozenset(about), "", T2220, None, "理由",
        "zhou", NOW, "wang" if approved else None, NOW if approved else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "该说法不实。",
        "网传溃坝不属实。",
        "这是谣言。",
        "相关视频是移花接木。",
        "此为假消息。",
        "上述内容纯属虚构。",
        "该消息并非事实。",
        "有关传言没有事实依据。",
        "经核实系误传。",
        "网上消息为虚假信息。",
        "“溃坝”的说法不是真的。",
    ],
)
def test_rl10_the_word_false_needs_an_approved_verdict(text):
    assert rules(text).get("RL10") is True


@pytest.mark.parametrize(
    "text",
    [
        "该说法正在核实。",
        "情况是否属实，正在核实。",
        "请勿传播不实信息。",
        "不信谣言，不传谣言。",
        "反映的情况属实。",
        "反映的情况部分属实。",
        "该回复未经核实，与实际不符，现予更正。",
        "街道此前答复与事实不符，向大家致歉。",
        "现场核实结果将及时公布。",
        "水库运行正常。",
        "切勿轻信谣言。",
    ],
)
def test_rl10_lets_pass(text):
    assert "RL10" not in rules(text)


@pytest.mark.parametrize(
    ("pieces", "stopped"),
    [
        ([evidence(EvidenceKind.E2)], False),
        ([evidence(EvidenceKind.E3)], False),
        ([evidence(EvidenceKind.E4)], False),
        ([evidence(EvidenceKind.E5)], False),
        ([evidence(EvidenceKind.E1, "met")], False),
        ([evidence(EvidenceKind.E1, "hq")], True),
        ([evidence(EvidenceKind.E1, "water")], True),
        ([evidence(EvidenceKind.E9)], True),
        ([evidence(EvidenceKind.E9), evidence(EvidenceKind.E1, "water")], True),
        ([evidence(EvidenceKind.E9), evidence(EvidenceKind.E3)], False),
        ([evidence(EvidenceKind.E8), evidence(EvidenceKind.E7)], True),
        ([evidence(EvidenceKind.E6)], True),
        ([], True),
    ],
)
def test_rl10_a_denial_by_the_unit_concerned_proves_nothing(pieces, *, stopped):
    changed = {
        "kind": StatementKind.REFUTATION,
        "claims": (1,),
        "judgements": (
            judgement(Verdict.VERIFIED_FALSE, *(p.evidence_id for p in pieces), about=("water",)),
        ),
        "evidence": {p.evidence_id: p for p in pieces},
    }

    assert rules("该说法不实。", **changed).get("RL10", False) is stopped


@pytest.mark.parametrize("about", [(), ("water",)])
@pytest.mark.parametrize(
    ("verdict", "parts"),
    [
        (Verdict.VERIFIED_FALSE, ()),
        (Verdict.OUT_OF_CONTEXT, ()),
        (Verdict.PARTLY_TRUE, (Part("没人管", Verdict.VERIFIED_FALSE),)),
    ],
)
def test_rl10_a_text_is_measured_by_the_units_its_verdict_names(verdict, parts, about):
    written = evidence(EvidenceKind.E1, "met")
    made = judgement(verdict, written.evidence_id, parts=parts, about=about)

    found = rules("情况通报。", judgements=(made,), evidence={written.evidence_id: written})

    assert ("RL10" in found) is not about


def test_rl10_a_verdict_that_waits_for_approval_or_says_true_carries_no_refutation():
    sound = evidence(EvidenceKind.E2)
    for verdict, parts, approved, stopped in (
        (Verdict.VERIFIED_FALSE, (), True, False),
        (Verdict.VERIFIED_FALSE, (), False, True),
        (Verdict.VERIFIED_TRUE, (), True, True),
        (Verdict.UNDETERMINED, (), True, True),
        (Verdict.PARTLY_TRUE, (Part("全县", Verdict.VERIFIED_FALSE),), True, False),
    ):
        found = rules(
            "该说法不实。",
            kind=StatementKind.REFUTATION,
            claims=(1,),
            judgements=(judgement(verdict, sound.evidence_id, parts=parts, approved=approved),),
            evidence={sound.evidence_id: sound},
        )
        assert ("RL10" in found) is stopped, verdict


@pytest.mark.parametrize(
    "text",
    [
        "联系人手机12000000000。",
        "联系人手机138 0000 0000。",
        "身份证号110101200001011234。",
        "身份证号11010120000101123X。",
        "被淹小车为云A12345。",
        "被淹小车为川B·D1234。",
        "住户位于东禾花园3栋2单元501室。",
        "住户位于三栋二单元五〇一室。",
        "住户位于东禾花园12号楼1203室。",
        "住址为锦汀苑3-2-501。",
        "伤者姓名：王小明。",
        "死者名叫李建国。",
        "伤者陈立（男，四十岁段）已送医。",
        "求助人张女士已转移。",
        "被救出的5岁男孩平安。",
        "十二岁的女孩已送医。",
        "孩子就读于东禾小学。",
        "学生为三年级2班。",
        "请联系someone@example.org。",
    ],
)
def test_rl12_personal_data_is_stopped(text):
    assert rules(text, section="body").get("RL12") is True


@pytest.mark.parametrize(
    "text",
    [
        "请拨打0000-12345。",
        "咨询电话0000-5550126。",
        "请拨打110、119、120或12345。",
        "伤者姓名：张某。",
        "张某某（男，40岁段）已送医。",
        "东禾花园3栋一层进水。",
        "东禾花园12号楼停电。",
        "车内三人为两名大人一名儿童。",
        "6岁以下儿童优先转移。",
        "60岁以上老人由社区上门转移。",
        "云A牌照车辆绕行。",
        "请女士和儿童先行。",
        "全县中小学、幼儿园停课。",
        "文件编号为应急〔2031〕12号。",
    ],
)
def test_rl12_lets_pass(text):
    assert "RL12" not in rules(text, section="body")


def test_rl12_never_repeats_what_it_found():
    draft = replace(BASE, sentences=(Sentence("身份证号110101200001011234。"),))
    finding = next(f for f in redlines.check(draft) if f.rule == "RL12")

    assert "110101" not in finding.reason


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("安置点电话：0000-5550162。", True),
        ("安置点电话：0000-5550126。", False),
        ("安置点电话：00005550126。", False),
        ("请拨打5550162。", True),
        ("请拨打12345。", False),
    ],
)
def test_rl06_a_number_outside_the_directory_is_a_warning(text, *, warned):
    found = rules(text, section="contact")

    assert ("RL06" in found) is warned
    assert found.get("RL06", False) is False


@pytest.mark.parametrize(
    ("text", "rule", "blocks"),
    [
        ("个别人散布消息。", "RL13", True),
        ("不明真相的群众围观。", "RL13", True),
        ("造谣者已被查处。", "RL13", True),
        ("发帖人已删帖。", "RL13", True),
        ("别有用心的人煽动。", "RL13", True),
        ("水库绝对安全。", "RL14", True),
        ("确保万无一失。", "RL14", False),
        ("隐患已彻底消除。", "RL14", False),
        ("今晚将恢复供水。", "RL14", False),
        ("不少居民反映停水。", "RL13", None),
        ("东禾街道账号曾回复，现予更正。", "RL13", None),
        ("预计今晚将恢复供水。", "RL14", None),
        ("已恢复供水。", "RL14", None),
        ("坝体、溢洪道经巡查正常。", "RL14", None),
    ],
)
def test_rl13_and_rl14(text, rule, blocks):
    assert rules(text).get(rule) is blocks


def test_the_title_is_looked_at_too():
    found = redlines.check(replace(BASE, title="全县转移924人"))

    assert [(f.rule, f.sentence_index) for f in found] == [("RL03", None)]
