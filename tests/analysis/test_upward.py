from dataclasses import replace
from datetime import timedelta

import pytest

from analysis.reports import upward
from analysis.reports.elements import Section, missing, section_of
from analysis.reports.picture import BLANK, Confirmed, Picture
from analysis.reports.upward import Deadline, Earlier, UpwardData, changes, values_of
from tests.analysis.said_numbers import unfounded
from tests.analysis.sample_picture import AT, HOUR, any_picture, plain_picture, text_of
from tests.analysis.test_flash import CAUSE_WORDS

HQ = "澄川县防汛抗旱指挥部"


def fact(name: str, value: str, *, casualty: bool = False, cause: bool = False) -> Confirmed:
    return Confirmed("F000001", name, value, AT - HOUR, HQ, ("E000001",), casualty, cause)


def data(picture: Picture, kind: str = "first", *earlier: Earlier, **changed: object) -> UpwardData:
    made = UpwardData(
        picture=picture,
        number=len(earlier) + 1,
        kind=kind,
        parent="natural_disaster",
        parent_name="自然灾害",
        known_at=AT - 3 * HOUR,
        deadlines=(
            Deadline("市应急管理局", 2, "某规定", AT - HOUR, first=True, checked=True),
            Deadline("市人民政府", 24, "某条例", AT + 9 * HOUR, first=False, checked=True),
        ),
        earlier=earlier,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def sent(number: int, *facts: Confirmed, at: timedelta = -HOUR) -> Earlier:
    return Earlier(number, "初报", AT + at, AT + at, values_of(facts))


@pytest.mark.parametrize("kind", ["first", "follow_up", "final"])
@pytest.mark.parametrize("seed", range(20))
def test_every_number_of_a_draft_is_in_its_data(seed: int, kind: str) -> None:
    picture = any_picture(seed)
    earlier = () if kind == "first" else (sent(1, *any_picture(seed + 100).facts),)
    made = data(picture, kind, *earlier)
    asked = picture.asked
    sums = sum(a.voices for a in asked), sum(a.voices for a in asked if a.answered_at)
    counts = [str(n) for n in range(len(asked) + len(picture.facts) + 12)]

    assert unfounded(text_of(upward.document(made)), (made, sums), also=counts) == set()


@pytest.mark.parametrize("kind", ["first", "final"])
@pytest.mark.parametrize("seed", range(20))
def test_no_draft_says_a_cause_or_a_figure_of_people_that_no_fact_gives(
    seed: int, kind: str
) -> None:
    earlier = () if kind == "first" else (sent(1),)

    text = text_of(upward.document(data(any_picture(seed), kind, *earlier)))

    assert [word for word in CAUSE_WORDS if word in text] == []
    assert ("原因：正在调查。" in text) if kind == "first" else ("调查进行中，预计〔待填〕" in text)
    for harm in ("死亡", "失联", "受伤", "被困"):
        assert f"{harm}：正在核实" in text


def test_a_confirmed_figure_of_people_tells_its_moment_and_unit() -> None:
    picture = plain_picture(facts=(fact("全县死亡人数", "0人", casualty=True),))

    text = text_of(upward.document(data(picture)))

    assert f"全县死亡人数0人（截至6月17日 21:05，{HQ}）" in text
    assert "死亡：正在核实" not in text
    assert "失联：正在核实" in text


def test_the_finding_of_an_investigation_is_the_only_cause() -> None:
    picture = plain_picture(facts=(fact("东禾泵站停运原因", "调查结论：进水跳闸", cause=True),))

    assert "原因：东禾泵站停运原因：调查结论：进水跳闸" in text_of(upward.document(data(picture)))


def test_a_first_report_has_three_to_eight_hundred_characters_before_its_annex() -> None:
    for seed in range(30):
        text = text_of(upward.document(data(any_picture(seed))))
        body = text[text.index("接报时间") : text.index("报送时限")].split("附：已确认事实")[0]

        assert 300 <= len("".join(body.split())) <= 800


def test_every_draft_says_that_it_was_not_sent() -> None:
    for made in (data(plain_picture()), data(plain_picture(), "follow_up", sent(1))):
        document = upward.document(made)

        assert "草稿，未报送" in document.subtitle
        assert "系统不报送" in document.foot


def test_a_follow_up_tells_only_what_changed() -> None:
    before = (fact("全县转移人数", "942人"), fact("东禾片区停水户数", "9200户"))
    again = replace(before[1], as_of=AT, fact_id="F000009")
    now = (fact("全县转移人数", "1806人"), again, fact("柏舟桥桥体状况", "未断裂"))

    text = text_of(upward.document(data(plain_picture(facts=now), "follow_up", sent(1, *before))))

    assert "全县转移人数　942人 → 1806人" in text
    assert "柏舟桥桥体状况　未报 → 未断裂" in text
    assert "9200" not in text


def test_a_follow_up_without_change_says_so() -> None:
    known = (fact("全县转移人数", "942人"),)

    text = text_of(upward.document(data(plain_picture(facts=known), "follow_up", sent(1, *known))))

    assert changes(values_of(known), known) == []
    assert text.count("较第1报无变化。") == 3


def test_the_final_report_sets_the_figures_of_all_reports_side_by_side() -> None:
    first, second = fact("全县转移人数", "942人"), fact("全县转移人数", "1806人")
    picture = plain_picture(facts=(fact("全县转移人数", "1900人"),))

    text = text_of(upward.document(data(picture, "final", sent(1, first), sent(2, second))))

    assert "全县转移人数　942人　1806人　1900人" in text


@pytest.mark.parametrize(
    ("parent", "kind", "label"),
    [
        ("natural_disaster", "final", "核报"),
        ("accident_disaster", "final", "终报"),
        ("accident_disaster", "first", "初报"),
        ("public_health", "follow_up", "续报一"),
    ],
)
def test_what_a_report_is_called(parent: str, kind: str, label: str) -> None:
    earlier = () if kind == "first" else (sent(1),)

    assert data(plain_picture(), kind, *earlier, parent=parent).label == label


@pytest.mark.parametrize(
    ("parent", "words"),
    [
        ("public_health", ("病例定义", "流行病学调查", "暴露情况", "样本检测")),
        ("accident_disaster", ("单位概况",)),
        ("natural_disaster", ()),
    ],
)
def test_each_kind_of_incident_has_elements_of_its_own(parent: str, words: tuple[str, ...]) -> None:
    made = data(plain_picture(), parent=parent)
    lacking = missing(made.picture, parent, has_next=True)

    text = text_of(upward.document(made))

    assert [word for word in words if word not in lacking] == []
    assert [word for word in words if f"{word}：{BLANK}" not in text] == []
    assert words or "病例定义" not in text


def test_what_is_missing_is_named_on_top() -> None:
    text = text_of(upward.document(data(plain_picture(facts=()), deadlines=())))

    expected = "时间、地点、类别级别、经过、人员、影响、措施、趋势、需要支持、下次续报"
    assert "草稿要素检查：还缺10项" in text
    assert expected in text


def test_an_element_that_a_fact_tells_is_not_missing() -> None:
    facts = (fact("事发地点", "东禾街道东禾花园"), fact("全县防汛应急响应级别", "二级"))
    lacking = missing(plain_picture(facts=facts), "natural_disaster", has_next=True)

    assert "地点" not in lacking
    assert "措施" not in lacking
    assert "时间" in lacking


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("全县转移人数", Section.PEOPLE),
        ("东禾片区停水户数", Section.IMPACT),
        ("东禾片区供水恢复", Section.RECOVERY),
        ("东禾泵站抢修情况", Section.ACTION),
        ("望澄水库水位", Section.TREND),
        ("东禾泵站2号主泵状态", Section.COURSE),
        ("事发地点", Section.OTHER),
    ],
)
def test_where_a_fact_stands(name: str, section: Section) -> None:
    assert section_of(fact(name, "1")) is section


@pytest.mark.parametrize(
    ("earlier", "state"),
    [((), "已超60分钟"), ((sent(1, at=-2 * HOUR),), "已按时报"), ((sent(1),), "已按时报")],
)
def test_the_clock_tells_due_moment_and_lateness(earlier: tuple[Earlier, ...], state: str) -> None:
    kind = "follow_up" if earlier else "first"

    text = text_of(upward.document(data(plain_picture(), kind, *earlier)))

    assert f"市应急管理局　2小时　6月17日 21:05　{state}" in text


def test_a_report_sent_late_stays_late() -> None:
    late = sent(1, at=-HOUR / 2)

    text = text_of(upward.document(data(plain_picture(), "follow_up", late)))

    assert "已报，迟30分钟" in text
