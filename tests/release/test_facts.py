"""The ledger takes no fact without a source, and no second value for one number."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from analysis.tables import IncidentRow
from core.directory import Directory, Unit
from core.errors import RefusedError
from core.vocabulary import EvidenceKind, Role
from release import facts, people, store
from release.records import Person

AS_OF = datetime(2031, 6, 17, 14, 20, tzinfo=UTC)
NOW = AS_OF + timedelta(minutes=5)
HQ = Person("zhou", "周某", frozenset({Role.VERIFIER}), "hq")
MET = Person("feng", "冯某", frozenset({Role.VERIFIER}), "met")
MONITOR = Person("sun", "孙某", frozenset({Role.MONITOR}), None)
DRAFTER = Person("li", "李某", frozenset({Role.DRAFTER}), "hq")
DIRECTORY = Directory(
    units=(
        Unit(id="hq", name="澄川县防汛抗旱指挥部", kind="command_hq"),
        Unit(id="met", name="澄川县气象台", kind="met_station", may_state=("雨量", "预警")),
    )
)


@pytest.fixture(autouse=True)
def _prepared(session: Session) -> None:
    for incident_id in ("rain", "other"):
        session.add(IncidentRow(incident_id=incident_id, name="暴雨", kind="x", opened_at=AS_OF))
    for person in (HQ, MET, MONITOR, DRAFTER):
        people.register(session, person)


def evidence(session: Session, kind=EvidenceKind.E1, **changed) -> str:
    fields = {
        "incident_id": "rain",
        "kind": kind,
        "summary": "转移安置统计表",
        "unit": "hq",
        "observed_at": AS_OF,
        "person": HQ,
        "now": NOW,
        "directory": DIRECTORY,
    }
    return facts.record_evidence(session, **(fields | changed)).evidence_id


def fact(session: Session, **changed):
    fields = {
        "incident_id": "rain",
        "field": "转移人数",
        "value": "942",
        "unit": "人",
        "scope": "全县",
        "as_of": AS_OF,
        "confirmed_by": "hq",
        "person": HQ,
        "now": NOW,
        "directory": DIRECTORY,
    } | changed
    fields.setdefault("evidence", [evidence(session)])
    return facts.record_fact(session, **fields)


def test_a_fact_with_its_source_enters_the_ledger(session: Session):
    made = fact(session)

    assert made.fact_id == "F000001"
    assert store.current_facts(session, "rain") == [made]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"evidence": []}, "必须附证据"),
        ({"evidence": ["E000404"]}, "没有证据 E000404"),
        ({"as_of": NOW + timedelta(minutes=1)}, "不能晚于现在"),
        ({"confirmed_by": "nobody"}, "单位目录里没有确认单位"),
        ({"confirmed_by": "met", "person": MET}, "无权确认“转移人数”"),
        ({"person": MET}, "只能确认本单位的事实"),
        ({"person": DRAFTER}, "没有所需岗位：核实员"),
        ({"field": " "}, "必须写明指标和数值"),
        ({"value": "不少"}, "无法识别为数字"),
        ({"supersedes": "F000404"}, "不是本事件的当前事实"),
    ],
)
def test_a_fact_is_refused(session: Session, changed, reason):
    with pytest.raises(RefusedError, match=reason):
        fact(session, **changed)
    assert store.all_facts(session) == []


def test_all_reasons_come_at_once(session: Session):
    with pytest.raises(RefusedError) as refused:
        fact(session, evidence=[], person=DRAFTER, confirmed_by="nobody", value="")
    assert len(refused.value.reasons) >= 4


def test_evidence_of_another_incident_carries_nothing_here(session: Session):
    foreign = evidence(session, incident_id="other")

    with pytest.raises(RefusedError, match="属于另一事件"):
        fact(session, evidence=[foreign])


def test_an_empty_directory_checks_no_units(session: Session):
    made = fact(session, person=MET, directory=Directory())

    assert made.confirmed_by == "hq"


def test_one_number_has_one_source(session: Session):
    fact(session)

    with pytest.raises(RefusedError, match="一数一源：全县转移人数同一时刻已登记为942人"):
        fact(session, value="924")
    fact(session, value="12", scope="柳汀镇")
    fact(session, field="安置人数", value="924")


def test_a_value_of_the_same_moment_is_corrected_with_a_reason_only(session: Session):
    first = fact(session, value="924")

    with pytest.raises(RefusedError, match="必须写明原因"):
        fact(session, supersedes=first.fact_id)
    made = fact(session, supersedes=first.fact_id, reason="数字写颠倒")

    assert store.current_facts(session, "rain") == [made]
    assert len(store.all_facts(session, "rain")) == 2


def test_a_newer_reading_replaces_the_older_by_itself(session: Session):
    first = fact(session)
    later = fact(session, value="1806", as_of=NOW)

    assert later.supersedes == first.fact_id
    assert store.current_facts(session, "rain") == [later]


@pytest.mark.parametrize(
    ("field", "value", "as_of", "reason", "refused"),
    [
        ("转移人数", "900", NOW, "", True),
        ("转移人数", "900", NOW, "剔除重复登记", False),
        ("转移人数", "942", NOW, "", False),
        ("转移人数", "1806", NOW, "", False),
        ("转移人数", "950", AS_OF - timedelta(hours=1), "", True),
        ("转移人数", "806", AS_OF - timedelta(hours=1), "", False),
    ],
)
def test_a_cumulative_figure_falls_only_with_a_reason(
    session: Session, field, value, as_of, reason, *, refused
):
    fact(session)

    if refused:
        with pytest.raises(RefusedError, match="累计数不应下降"):
            fact(session, field=field, value=value, as_of=as_of, reason=reason)
    else:
        fact(session, field=field, value=value, as_of=as_of, reason=reason)


def test_any_indicator_named_cumulative_never_falls_silently(session: Session):
    fact(session, field="累计停水户数", value="9200", unit="户")
    fact(session, field="水位", value="86.71", unit="米")

    with pytest.raises(RefusedError, match="累计数不应下降"):
        fact(session, field="累计停水户数", value="9000", unit="户", as_of=NOW)
    fact(session, field="水位", value="86.48", unit="米", as_of=NOW)


@pytest.mark.parametrize(
    ("kinds", "refused"),
    [
        ([EvidenceKind.E8], True),
        ([EvidenceKind.E9], True),
        ([EvidenceKind.E8, EvidenceKind.E9], True),
        ([EvidenceKind.E8, EvidenceKind.E3], False),
        ([EvidenceKind.E1], False),
    ],
)
@pytest.mark.parametrize("field", ["死亡人数", "轻伤人数", "失联人数", "人员情况"])
def test_casualties_never_rest_on_a_post_or_a_denial(session: Session, field, kinds, *, refused):
    ids = [evidence(session, kind) for kind in kinds]

    if refused:
        with pytest.raises(RefusedError, match="不能只凭单一网帖或口头否认"):
            fact(session, field=field, value="2", evidence=ids)
    else:
        fact(session, field=field, value="2", evidence=ids)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"summary": " "}, "必须写明内容摘要"),
        ({"observed_at": NOW + timedelta(seconds=1)}, "不能晚于现在"),
        ({"unit": "nobody"}, "单位目录里没有“nobody”"),
        ({"person": MONITOR}, "没有所需岗位：核实员"),
        ({"kind": EvidenceKind.E9, "unit": "nobody", "person": MONITOR}, "单位目录里没有"),
    ],
)
def test_evidence_is_refused(session: Session, changed, reason):
    with pytest.raises(RefusedError, match=reason):
        evidence(session, **changed)
    assert store.evidence_of(session, "rain") == []


def test_a_monitor_may_write_down_leads_from_outside(session: Session):
    evidence(session, EvidenceKind.E7, unit="某报", person=MONITOR)
    evidence(session, EvidenceKind.E9, unit="hq", person=MONITOR)

    assert len(store.evidence_of(session, "rain")) == 2


def test_facts_are_found_by_name_and_by_scope(session: Session):
    county = fact(session, field="水位", value="86.42", unit="米", scope="望澄水库")
    town = fact(session, field="停水户数", value="9200", unit="户", scope="东禾片区")
    other = fact(session, field="停水户数", value="10", unit="户", scope="柳汀镇")

    named = facts.by_name(store.current_facts(session, "rain"))

    assert named == {
        "水位": county,
        "望澄水库水位": county,
        "东禾片区停水户数": town,
        "柳汀镇停水户数": other,
    }
