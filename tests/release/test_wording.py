"""Templates: facts keep their ids and moments, and nothing required is left blank."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import RefusedError
from core.vocabulary import StatementKind
from release import wording
from release.records import Fact, Sentence

AS_OF = datetime(2031, 6, 17, 14, 20, tzinfo=UTC)
NOW = AS_OF + timedelta(minutes=10)
MOVED = Fact(
    "F000002", "rain", "转移人数", "942", "人", "全县", AS_OF, "hq", ("E000001",), None, "zhou", NOW
)
HARM = replace(MOVED, fact_id="F000003", field="轻伤人数", value="2")
STATE = replace(MOVED, fact_id="F000004", field="桥体状况", value="未断裂", unit="", scope="柏舟桥")
VALUES = {
    "事件": "“6·17”暴雨洪涝",
    "序号": "一",
    "进展": "消防救援队伍正在东禾街道转移群众。",
}


def compose(kind=StatementKind.FOLLOW_UP, **changed) -> tuple[str, tuple[Sentence, ...]]:
    fields = {
        "facts": {"转移人数": MOVED},
        "values": VALUES,
        "next_update_at": NOW + timedelta(hours=2),
        "issuer_name": "澄川县防汛抗旱指挥部",
        "now": NOW,
    }
    return wording.compose(kind, **(fields | changed))


def test_a_sentence_with_a_fact_carries_its_id_and_its_moment():
    title, sentences = compose()

    assert title == "“6·17”暴雨洪涝情况通报（续一）"
    assert sentences[0] == Sentence(
        "截至6月17日22时20分，全县转移人数942人。", ("F000002",), "facts"
    )
    assert (
        Sentence("下次通报时间：6月18日0时30分前后，有重要变化随时发布。", (), "promise")
        in sentences
    )
    assert sentences[-1] == Sentence("澄川县防汛抗旱指挥部", (), "issuer")


@pytest.mark.parametrize("missing", ["事件", "序号", "进展"])
def test_a_missing_blank_is_refused_by_its_name(missing):
    values = {name: value for name, value in VALUES.items() if name != missing}

    with pytest.raises(RefusedError, match=f"缺少必填内容“{missing}”"):
        compose(values=values)


def test_every_missing_blank_is_named_at_once():
    with pytest.raises(RefusedError) as refused:
        compose(values={})
    assert len(refused.value.reasons) == 3


def test_optional_sentences_without_content_are_left_out():
    _, sentences = compose(next_update_at=None)

    assert not [s for s in sentences if s.section in {"promise", "advice", "contact"}]


FIRST = {
    "地点": "东禾街道",
    "事件": "积水",
    "发生时间": "6月17日18时30分许",
    "发生情况": "低洼处开始积水",
    "措施": "已组织抽排。",
    "受影响区域": "低洼处",
    "避险提示": "不要涉水。",
    "尚不清楚": "积水范围",
    "电话": "0000-12345",
}


def test_an_unknown_fact_is_said_to_be_checked_only_where_the_template_allows():
    _, without = compose(StatementKind.FIRST, facts={}, values=FIRST)
    _, known = compose(StatementKind.FIRST, facts={"人员情况": HARM}, values=FIRST)

    assert Sentence("人员情况正在核实。", (), "facts") in without
    assert Sentence("截至6月17日22时20分，全县轻伤人数2人。", ("F000003",), "facts") in known
    with pytest.raises(RefusedError, match="缺少必填事实“泵车数”"):
        compose(values=VALUES | {"进展": "已投运{=泵车数}。"})


def test_a_first_statement_needs_its_promise():
    with pytest.raises(RefusedError, match="下次通报时间"):
        compose(StatementKind.FIRST, facts={}, values=FIRST, next_update_at=None)


def test_a_value_may_hold_a_fact_and_several_sentences():
    _, sentences = compose(values=VALUES | {"进展": "已组织抽排。{=转移人数}。"})

    actions = [s for s in sentences if s.section == "actions"]
    assert actions == [
        Sentence("已组织抽排。", (), "actions"),
        Sentence("截至6月17日22时20分，全县转移人数942人。", ("F000002",), "actions"),
    ]
    assert not [s for s in sentences if s.section == "facts"]


def test_facts_of_two_moments_never_share_a_sentence():
    later = replace(HARM, as_of=NOW)

    with pytest.raises(RefusedError, match="截至时间不同"):
        compose(
            facts={"转移人数": MOVED, "轻伤人数": later},
            values=VALUES | {"进展": "{=转移人数}，{=轻伤人数}。"},
        )


def test_an_unanswered_question_stays_on_the_list():
    _, sentences = compose(
        StatementKind.FAQ,
        facts={"答2": STATE},
        values={"事项": "出行", "问1": "明天复课吗？", "问2": "柏舟桥断了吗？", "问3": "停课吗？",
                "答3": "停课。"},
    )  # fmt: skip

    assert [(s.text, s.facts) for s in sentences if s.section == "facts"] == [
        ("问：明天复课吗？", ()),
        ("答：正在核实。", ()),
        ("问：柏舟桥断了吗？", ()),
        ("答：截至6月17日22时20分，柏舟桥桥体状况：未断裂。", ("F000004",)),
        ("问：停课吗？", ()),
        ("答：停课。", ()),
    ]


def test_free_text_is_bound_too():
    bound = wording.bind("{=转移人数}。", {"转移人数": MOVED}, section="facts")

    assert bound == (Sentence("截至6月17日22时20分，全县转移人数942人。", ("F000002",), "facts"),)
    with pytest.raises(RefusedError, match="缺少必填事实“水位”"):
        wording.bind("{=水位}。", {})


@pytest.mark.parametrize("kind", list(StatementKind))
def test_every_kind_has_a_skeleton_that_ends_with_the_issuer(kind):
    skeleton = wording.load_skeleton(kind)

    assert skeleton.slots[-1].section == "issuer"
    sections = {"facts", "actions", "advice", "unknown", "promise", "contact", "body", "issuer"}
    assert {slot.section for slot in skeleton.slots} <= sections
    assert {slot.each for slot in skeleton.slots} <= {"", "fact", "question"}
