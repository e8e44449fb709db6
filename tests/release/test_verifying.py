"""Verdicts: a denial alone never makes a claim false, and the proposer never approves."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import JSON
from sqlalchemy.orm import Session

from analysis.tables import ClaimRow, IncidentRow
from core.directory import Directory, Unit
from core.errors import RefusedError
from core.vocabulary import EvidenceKind as E
from core.vocabulary import Role, Verdict
from release import people, store, verifying
from release.records import Evidence, Judgement, Part, Person

AS_OF = datetime(2031, 6, 17, 15, 50, tzinfo=UTC)
NOW = AS_OF + timedelta(minutes=5)
V = Verdict
ZHOU = Person("zhou", "周某", frozenset({Role.VERIFIER}), "water")
HE = Person("he", "何某", frozenset({Role.ANALYST}), None)
LEADER = Person("lu", "卢某", frozenset({Role.DUTY_LEADER}), None)
MONITOR = Person("sun", "孙某", frozenset({Role.MONITOR}), None)
DIRECTORY = Directory(units=(Unit(id="water", name="澄川县水利局", kind="water_bureau"),))
PEOPLE = (ZHOU, HE, LEADER, MONITOR)
TWO_PARTS = (Part("泵站停运", V.VERIFIED_TRUE), Part("没人管", V.VERIFIED_FALSE))
BOTH_TRUE = (Part("三村已通知", V.VERIFIED_TRUE), Part("四组未响", V.VERIFIED_TRUE))


def piece(kind: E, unit: str = "water", number: int = 1) -> Evidence:
    return Evidence(
        f"E{kind}{unit}{number}", "rain", kind, "记录", unit, AS_OF, "zhou", NOW
    )  # fmt: skip


def judgement(verdict: Verdict, **changed) -> Judgement:
    fields = {
        "judgement_id": "V000001",
        "claim": 1,
        "incident_id": "rain",
        "verdict": verdict,
        "parts": (),
        "evidence": (),
        "subject_units": frozenset({"water"}),
        "measures": "",
        "as_of": AS_OF,
        "changed_at": None,
        "summary": "经核查",
        "proposed_by": "zhou",
        "proposed_at": NOW,
        "approved_by": None,
        "approved_at": None,
    }
    return Judgement(**(fields | changed))


M = {"measures": "住建局已调泵车"}


@pytest.mark.parametrize(
    ("verdict", "pieces", "changed", "wanted"),
    [
        (V.VERIFIED_FALSE, [piece(E.E2), piece(E.E3)], {}, ""),
        (V.VERIFIED_FALSE, [piece(E.E4)], {}, ""),
        (V.VERIFIED_FALSE, [piece(E.E5)], {}, ""),
        (V.VERIFIED_FALSE, [piece(E.E1, "met")], {}, ""),
        (V.VERIFIED_FALSE, [piece(E.E1)], {}, "自己的否认"),
        (V.VERIFIED_FALSE, [piece(E.E9)], {}, "自己的否认"),
        (V.VERIFIED_FALSE, [piece(E.E9, "met")], {}, "自己的否认"),
        (V.VERIFIED_FALSE, [piece(E.E9), piece(E.E1)], {}, "自己的否认"),
        (V.VERIFIED_FALSE, [piece(E.E9), piece(E.E9, "town")], {}, "自己的否认"),
        (V.VERIFIED_FALSE, [piece(E.E6), piece(E.E7), piece(E.E8)], {}, "E2—E5"),
        (V.VERIFIED_FALSE, [], {}, "E2—E5"),
        (V.OUT_OF_CONTEXT, [piece(E.E4)], {}, ""),
        (V.OUT_OF_CONTEXT, [piece(E.E8)], {}, "E2—E5"),
        (V.VERIFIED_TRUE, [piece(E.E1)], M, ""),
        (V.VERIFIED_TRUE, [piece(E.E3), piece(E.E6, "posts")], M, ""),
        (V.VERIFIED_TRUE, [piece(E.E3), piece(E.E2)], M, "两份相互独立"),
        (V.VERIFIED_TRUE, [piece(E.E8, "a"), piece(E.E8, "b")], M, "两份相互独立"),
        (V.VERIFIED_TRUE, [piece(E.E1)], {}, "已采取的措施"),
        (V.PARTLY_TRUE, [piece(E.E1), piece(E.E2)], M | {"parts": TWO_PARTS}, ""),
        (V.PARTLY_TRUE, [piece(E.E1), piece(E.E2)], M | {"parts": BOTH_TRUE}, ""),
        (V.PARTLY_TRUE, [piece(E.E1), piece(E.E2)], M | {"parts": TWO_PARTS[:1]}, "分项写明"),
        (V.PARTLY_TRUE, [piece(E.E1), piece(E.E2)], M, "分项写明"),
        (V.PARTLY_TRUE, [piece(E.E1)], M | {"parts": TWO_PARTS}, "自己的否认"),
        (V.PARTLY_TRUE, [piece(E.E1)], M | {"parts": BOTH_TRUE}, ""),
        (V.OUTDATED, [piece(E.E3)], {"changed_at": AS_OF - timedelta(minutes=20)}, ""),
        (V.OUTDATED, [piece(E.E3)], {}, "何时变化"),
        (V.OUTDATED, [piece(E.E3)], {"changed_at": NOW}, "不能晚于结论"),
        (V.OUTDATED, [piece(E.E8)], {"changed_at": AS_OF}, "E1—E5"),
        (V.UNDETERMINED, [], {}, ""),
        (V.CHECKING, [], {}, ""),
        (V.NOT_A_CLAIM, [], {}, ""),
        (V.NOT_A_CLAIM, [], {"summary": ""}, "写明理由"),
    ],
)
def test_what_a_verdict_needs(verdict, pieces, changed, wanted):
    reasons = verifying.verdict_blockers(judgement(verdict, **changed), pieces)

    assert bool(reasons) is bool(wanted)
    assert wanted in "；".join(reasons)


def test_no_mix_of_denials_and_posts_ever_makes_a_claim_false():
    weak = [piece(E.E1), piece(E.E6), piece(E.E7), piece(E.E8), piece(E.E9), piece(E.E9, "town")]
    tried = 0
    for mask in range(2 ** len(weak)):
        chosen = [p for n, p in enumerate(weak) if mask >> n & 1]
        for verdict in (V.VERIFIED_FALSE, V.OUT_OF_CONTEXT):
            for units in (frozenset(), frozenset({"water"})):
                made = judgement(verdict, subject_units=units)
                assert verifying.verdict_blockers(made, chosen)
                tried += 1
    assert tried == 256


@pytest.mark.parametrize(
    ("verdict", "changed", "kinds", "wanted"),
    [
        (V.VERIFIED_FALSE, {}, [E.E1], True),
        (V.VERIFIED_FALSE, {}, [E.E1, E.E9], True),
        (V.OUT_OF_CONTEXT, {}, [E.E1], True),
        (V.PARTLY_TRUE, M | {"parts": TWO_PARTS}, [E.E1], True),
        (V.VERIFIED_FALSE, {}, [E.E1, E.E2], False),
        (V.VERIFIED_FALSE, {}, [E.E5], False),
        (V.VERIFIED_TRUE, M, [E.E1], False),
    ],
)
def test_a_written_word_alone_makes_nothing_false_until_the_units_concerned_are_said(
    verdict, changed, kinds, *, wanted
):
    made = judgement(verdict, subject_units=frozenset(), **changed)

    # "met" may well be the unit concerned: nobody said which one is.
    reasons = verifying.verdict_blockers(made, [piece(kind, "met") for kind in kinds])

    assert any("必须写明涉事单位" in reason for reason in reasons) is wanted


@pytest.mark.parametrize(("previous", "refused"), [(V.NOT_A_CLAIM, True), (V.CHECKING, False)])
def test_what_is_no_claim_cannot_be_false(previous, *, refused):
    reasons = verifying.verdict_blockers(
        judgement(V.VERIFIED_FALSE),
        [piece(E.E2)],
        previous=judgement(previous),
    )

    assert bool(reasons) is refused


def empty_claim() -> dict[str, object]:
    """A value for every column that must have one: this test is about verdicts, not claims."""
    empty = {int: 0, float: 0.0, str: "", bool: False}
    columns = ClaimRow.__table__.columns
    return {
        c.name: [] if isinstance(c.type, JSON) else empty.get(c.type.python_type, AS_OF)
        for c in columns
        if not c.nullable
    }


@pytest.fixture
def claim(session: Session) -> int:
    session.add(IncidentRow(incident_id="rain", name="暴雨", kind="x", opened_at=AS_OF))
    session.add(IncidentRow(incident_id="other", name="暴雨", kind="x", opened_at=AS_OF))
    for person in PEOPLE:
        people.register(session, person)
    session.flush()
    session.add(ClaimRow(**(empty_claim() | {"key": 1, "incident_id": "rain"})))
    for kind in (E.E1, E.E2, E.E9):
        store.add_evidence(session, piece(kind))
    session.flush()
    return 1


def propose(session: Session, verdict: Verdict, *ids: str, **changed) -> Judgement:
    fields = {
        "claim": 1,
        "incident_id": "rain",
        "verdict": verdict,
        "evidence": ids,
        "as_of": AS_OF,
        "summary": "坝上值守记录正常",
        "subject_units": frozenset({"water"}),
        "person": ZHOU,
        "now": NOW,
        "directory": DIRECTORY,
    }
    return verifying.propose(session, **(fields | changed))


@pytest.mark.usefixtures("claim")
def test_a_verdict_counts_once_another_person_approved_it(session: Session):
    made = propose(session, V.VERIFIED_FALSE, "EE2water1")
    assert verifying.current_judgement(session, 1) is None

    for person, reason in ((ZHOU, "不能审定自己"), (MONITOR, "没有所需岗位")):
        with pytest.raises(RefusedError, match=reason):
            verifying.approve(session, made.judgement_id, person, NOW)
    approved = verifying.approve(session, made.judgement_id, LEADER, NOW)

    assert approved.approved_by == "lu"
    assert approved.subject_units == frozenset({"water"})
    assert verifying.current_judgement(session, 1) == approved
    with pytest.raises(RefusedError, match="已经审定"):
        verifying.approve(session, made.judgement_id, HE, NOW)


@pytest.mark.usefixtures("claim")
def test_a_new_verdict_keeps_the_old_one(session: Session):
    first = propose(session, V.CHECKING, person=HE)
    verifying.approve(session, first.judgement_id, LEADER, NOW)
    later = NOW + timedelta(hours=1)
    second = propose(session, V.VERIFIED_FALSE, "EE2water1", now=later)
    verifying.approve(session, second.judgement_id, HE, later)

    assert [j.verdict for j in store.all_judgements(session, 1)] == [V.CHECKING, V.VERIFIED_FALSE]
    current = verifying.current_judgement(session, 1)
    assert current is not None
    assert current.judgement_id == second.judgement_id


@pytest.mark.usefixtures("claim")
@pytest.mark.parametrize(
    ("changed", "ids", "reason"),
    [
        ({}, ["EE9water1"], "自己的否认"),
        ({}, ["EE1water1"], "自己的否认"),
        ({"subject_units": frozenset()}, ["EE1water1"], "必须写明涉事单位"),
        ({"subject_units": frozenset({" "})}, ["EE1water1"], "必须写明涉事单位"),
        ({"subject_units": frozenset({"watre"})}, ["EE1water1"], "没有涉事单位“watre”"),
        ({}, ["E404"], "没有证据 E404"),
        ({"person": MONITOR}, ["EE2water1"], "没有所需岗位"),
        ({"incident_id": "other"}, ["EE2water1"], "属于另一事件"),
        ({"as_of": AS_OF - timedelta(minutes=1)}, ["EE2water1"], "晚于结论的截至时间"),
        ({"as_of": NOW + timedelta(minutes=1)}, ["EE2water1"], "不能晚于现在"),
    ],
)
def test_a_proposal_is_refused(session: Session, changed, ids, reason):
    with pytest.raises(RefusedError, match=reason):
        propose(session, V.VERIFIED_FALSE, *ids, **changed)
    assert store.all_judgements(session) == []
