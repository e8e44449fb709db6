"""The walk of a statement on a real database with its guards, told with the story's texts."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import JSON, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from analysis.tables import ClaimRow, IncidentMoveRow, IncidentRow
from core.directory import Contact, Directory, Unit
from core.errors import RefusedError
from core.vocabulary import EvidenceKind, Role, StatementKind, StatementState, Verdict
from release import drafting, facts, people, publishing, redlines, reviewing, store, verifying
from release.records import Approval, Part, Person, Sentence, Statement

T0 = datetime(2031, 6, 17, 6, tzinfo=UTC)
S = StatementState


def at(clock: str) -> datetime:
    """Return the story's moment T+hh:mm."""
    hours, minutes = clock.split(":")
    return T0 + timedelta(hours=int(hours), minutes=int(minutes))


DIRECTORY = Directory(
    units=(
        Unit(id="hq", name="澄川县防汛抗旱指挥部", kind="command_hq"),
        Unit(id="water", name="澄川县水利局", kind="water_bureau"),
        Unit(id="housing", name="澄川县住房和城乡建设局", kind="gov_office"),
        Unit(id="donghe", name="东禾街道办事处", kind="township"),
    ),
    contacts=(
        Contact(name="热线", phone="0000-12345", unit="hq"),
        Contact(name="防汛值班", phone="0000-5550110", unit="hq"),
    ),
)
LI = Person("li", "李某", frozenset({Role.DRAFTER}), "hq")
WANG = Person("wang", "王某", frozenset({Role.OFFICE_REVIEWER}), "hq")
XU = Person("xu", "徐某", frozenset({Role.PUBLICITY_REVIEWER, Role.SIGNER}), "hq")
ZHAO = Person("zhao", "赵某", frozenset({Role.SIGNER}), "hq")
LU = Person("lu", "卢某", frozenset({Role.DUTY_LEADER}), "hq")
VERIFIERS = {u: Person(f"v_{u}", "某", frozenset({Role.VERIFIER}), u) for u in
             ("hq", "water", "housing")}  # fmt: skip


def empty_claim() -> dict[str, object]:
    """A value for every column that must have one."""
    empty = {int: 0, float: 0.0, str: "", bool: False}
    columns = ClaimRow.__table__.columns
    return {
        c.name: [] if isinstance(c.type, JSON) else empty.get(c.type.python_type, T0)
        for c in columns
        if not c.nullable
    }


@pytest.fixture(autouse=True)
def _prepared(session: Session) -> None:
    session.add(IncidentRow(incident_id="rain", name="6·17", kind="rain_flood", opened_at=T0))
    session.flush()
    for key in (1, 2, 7):
        session.add(ClaimRow(**(empty_claim() | {"key": key, "incident_id": "rain"})))
    session.add(
        IncidentMoveRow(incident_id="rain", state="handling", at=T0, by="lu", reason="暴雨")
    )
    for person in (LI, WANG, XU, ZHAO, LU, *VERIFIERS.values()):
        people.register(session, person)


def evidence(session: Session, kind: EvidenceKind, summary: str, unit: str, clock: str) -> str:
    return facts.record_evidence(
        session,
        incident_id="rain",
        kind=kind,
        summary=summary,
        unit=unit,
        observed_at=at(clock),
        person=VERIFIERS["hq"],
        now=at(clock),
        directory=DIRECTORY,
    ).evidence_id


def fact(session: Session, name: str, value: str, unit: str, scope: str, clock: str, by="hq"):
    return facts.record_fact(
        session,
        incident_id="rain",
        field=name,
        value=value,
        unit=unit,
        scope=scope,
        as_of=at(clock),
        confirmed_by=by,
        evidence=[evidence(session, EvidenceKind.E1, "统计表", by, clock)],
        person=VERIFIERS[by],
        now=at(clock),
        directory=DIRECTORY,
    )


def from_template(session: Session, kind: StatementKind, clock: str, **fields) -> Statement:
    return drafting.draft_from_template(
        session,
        incident_id="rain",
        kind=kind,
        person=LI,
        now=at(clock),
        directory=DIRECTORY,
        **fields,
    )


def judge(session: Session, claim: int, verdict: Verdict, ids: list[str], clock: str, **fields):
    made = verifying.propose(
        session,
        claim=claim,
        incident_id="rain",
        verdict=verdict,
        evidence=ids,
        as_of=at(clock),
        summary="经现场核查",
        person=VERIFIERS["hq"],
        now=at(clock),
        directory=DIRECTORY,
        **fields,
    )
    verifying.approve(session, made.judgement_id, LU, at(clock))


def walk_to_signed(session: Session, statement: Statement, clock: str) -> Statement:
    reviewing.submit(session, statement.statement_id, LI, at(clock), directory=DIRECTORY)
    reviewing.approve(session, statement.statement_id, WANG, at(clock), directory=DIRECTORY)
    return reviewing.approve(session, statement.statement_id, ZHAO, at(clock), directory=DIRECTORY)


def draft_s02(session: Session, figure: str) -> Statement:
    moved = fact(session, "转移人数", "942", "人", "全县", "08:20")
    return drafting.draft(
        session,
        incident_id="rain",
        kind=StatementKind.FOLLOW_UP,
        issuer="hq",
        title="“6·17”暴雨洪涝情况通报（续一）",
        sentences=[
            Sentence(f"截至6月17日22时20分，全县转移群众{figure}人。", (moved.fact_id,), "facts"),
            Sentence("消防救援队伍正在东禾街道转移低洼处群众。", (), "actions"),
            Sentence("下次通报时间：6月18日0时30分前后，有重要变化随时发布。", (), "promise"),
        ],
        next_update_at=at("10:30"),
        person=LI,
        now=at("08:25"),
        directory=DIRECTORY,
    )


# The story: S02 is stopped, corrected, and passes; S01, S03 and S04 pass


def test_s02_with_swapped_digits_is_refused_and_passes_once_corrected(session: Session):
    wrong = draft_s02(session, "924")

    with pytest.raises(RefusedError) as refused:
        reviewing.submit(session, wrong.statement_id, LI, at("08:30"), directory=DIRECTORY)

    (reason,) = refused.value.reasons
    assert "RL03" in reason
    assert "截至6月17日22时20分，全县转移群众924人。" in reason
    assert "数字疑似颠倒" in reason
    assert store.load_statement(session, wrong.statement_id).state is S.DRAFT
    assert store.moves_of(session, wrong.statement_id) == []

    first = store.load_version(session, wrong.statement_id, 1).sentences
    right = Sentence(first[0].text.replace("924", "942"), first[0].facts, "facts")
    drafting.edit(
        session,
        wrong.statement_id,
        title="“6·17”暴雨洪涝情况通报（续一）",
        sentences=(right, *first[1:]),
        next_update_at=at("10:30"),
        person=LI,
        now=at("08:34"),
    )
    done = reviewing.submit(session, wrong.statement_id, LI, at("08:35"), directory=DIRECTORY)

    assert (done.state, done.submitted_at) == (S.OFFICE_REVIEW, at("08:35"))


def test_s01_composed_from_facts_passes_all_red_lines(session: Session):
    fact(session, "转移人数", "86", "人", "东禾街道", "06:30")

    made = from_template(
        session,
        StatementKind.FIRST,
        "06:45",
        issuer="hq",
        fact_names=["转移人数"],
        values={
            "地点": "东禾街道",
            "事件": "低洼处积水",
            "发生时间": "6月17日18时30分许",
            "发生情况": "多个小区低洼处出现积水",
            "措施": "接报后，县防汛抗旱指挥部已组织抽排。交警已在建业路下穿通道封路。",
            "受影响区域": "东禾街道低洼处",
            "避险提示": "关闭地下车库电源；转移到二楼以上；不要涉水或驾车通过积水路段。",
            "尚不清楚": "积水范围和东禾泵站运行情况",
            "电话": "0000-12345、0000-5550110",
        },
        next_update_at=at("08:30"),
    )

    found = reviewing.findings(session, made.statement_id, directory=DIRECTORY, now=at("06:45"))
    assert found == []
    assert walk_to_signed(session, made, "06:45").state is S.SIGNED


def test_s03_admits_the_pump_fault_and_corrects_the_street_office(session: Session):
    ids = [
        evidence(session, EvidenceKind.E1, "泵站工况报告", "housing", "09:00"),
        evidence(session, EvidenceKind.E2, "机组运行记录", "housing", "09:00"),
        evidence(session, EvidenceKind.E3, "现场核查记录（两人）", "water", "09:10"),
    ]
    judge(
        session,
        2,
        Verdict.PARTLY_TRUE,
        ids,
        "09:20",
        parts=(Part("泵站停运", Verdict.VERIFIED_TRUE), Part("没人管", Verdict.VERIFIED_FALSE)),
        measures="县住建局抢修2号主泵并调用移动泵车",
        subject_units=frozenset({"housing", "donghe"}),
    )
    fact(session, "2号主泵运行状态", "停运", "", "东禾泵站", "09:10", by="housing")

    made = from_template(
        session,
        StatementKind.CONFIRMATION,
        "09:30",
        issuer="housing",
        claims=[2],
        fact_names=["2号主泵运行状态"],
        values={
            "事项": "东禾泵站停运",
            "起始时间": "6月17日19时55分",
            "问题": "东禾泵站停运、积水上涨",
            "核实单位": "县住房和城乡建设局",
            "结论": "部分属实",
            "属实部分": "2号主泵于6月17日19时40分跳闸停运，1号主泵单独运行，泵站停运情况属实。",
            "不属实部分": "“没人管”不属实，值守人员在岗，抢修正在进行。",
            "措施": "6月17日20时10分组织抢修，移动泵车正在赶赴现场。",
            "此前答复时间": "6月17日21时20分",
            "此前答复单位": "东禾街道账号",
            "此前原话": "泵站运行正常",
            "公开时间": "调查结束后",
            "补救渠道": "向东禾街道登记受损情况。",
            "电话": "0000-12345",
        },
        next_update_at=at("11:30"),
    )

    found = reviewing.findings(session, made.statement_id, directory=DIRECTORY, now=at("09:30"))
    assert found == []
    assert walk_to_signed(session, made, "09:30").state is S.SIGNED


def draft_s04(session: Session) -> Statement:
    fact(session, "水位", "86.42", "米", "望澄水库", "09:50", by="water")
    return from_template(
        session,
        StatementKind.REFUTATION,
        "10:05",
        issuer="hq",
        claims=[1, 7],
        fact_names=["望澄水库水位"],
        values={
            "事实标题": "望澄水库运行正常",
            "事实": "望澄水库坝体、溢洪道经巡查正常。",
            "说法": "望澄水库溃坝",
            "核实单位": "县水利局现场组",
            "核查时间": "6月17日23时50分",
            "核查情况": "坝上有专人值守，巡查记录完整。",
            "原图说明": "网上视频拍摄于外省水库，为此前的正常泄洪画面。",
            "受影响人群": "下游村民",
            "具体做法": "留在家中或按村里通知行动，不要自行驾车外出。",
            "电话": "0000-5550110",
        },
        next_update_at=at("11:00"),
    )


def judge_the_dam(session: Session) -> None:
    ids = [
        evidence(session, EvidenceKind.E2, "水位读数", "water", "09:50"),
        evidence(session, EvidenceKind.E3, "坝上值守记录（两人）", "water", "09:50"),
    ]
    subject = frozenset({"water"})
    judge(session, 1, Verdict.VERIFIED_FALSE, ids, "09:55", subject_units=subject)
    judge(session, 7, Verdict.OUT_OF_CONTEXT, ids, "09:55", subject_units=subject)


def test_s04_refutes_with_evidence(session: Session):
    judge_the_dam(session)
    made = draft_s04(session)

    found = reviewing.findings(session, made.statement_id, directory=DIRECTORY, now=at("10:05"))
    assert found == []
    assert walk_to_signed(session, made, "10:05").approved_at == at("10:05")


def test_s04_without_an_approved_verdict_does_not_leave_the_drafter(session: Session):
    made = draft_s04(session)

    with pytest.raises(RefusedError, match="RL10"):
        reviewing.submit(session, made.statement_id, LI, at("10:05"), directory=DIRECTORY)


@pytest.mark.parametrize(
    ("text", "times", "reason"),
    [
        ("县防汛指挥部已启动应急响应。" * 100, 55, "稿件过长"),
        ("县防汛指挥部已启动应急响应。" * 100, 50, None),
        ("县防汛指挥部已启动\x0b应急响应。", 1, "控制字符"),
    ],
)
def test_what_the_log_or_the_page_cannot_hold_is_refused_at_submission(
    session: Session, text, times, reason
):
    made = drafting.draft(
        session,
        incident_id="rain",
        kind=StatementKind.MEASURES,
        issuer="hq",
        title="情况通报",
        sentences=[
            *[Sentence(text, (), "body")] * times,
            Sentence("下次通报时间：6月18日1时前后。", (), "promise"),
        ],
        next_update_at=at("11:00"),
        person=LI,
        now=at("10:00"),
        directory=DIRECTORY,
    )
    session.flush()

    reasons = reviewing.blockers(
        session, made.statement_id, S.OFFICE_REVIEW, LI, directory=DIRECTORY, now=at("10:00")
    )

    assert [reason in r for r in reasons] == ([True] if reason else [])


def test_a_wrong_phone_is_a_warning_and_does_not_stop_a_text(session: Session):
    made = drafting.draft(
        session,
        incident_id="rain",
        kind=StatementKind.MEASURES,
        issuer="hq",
        title="安置点与联系电话",
        sentences=[
            Sentence("安置点电话：0000-5550162。", (), "contact"),
            Sentence("下次通报时间：6月18日1时前后。", (), "promise"),
        ],
        next_update_at=at("11:00"),
        person=LI,
        now=at("10:35"),
        directory=DIRECTORY,
    )

    found = reviewing.findings(session, made.statement_id, directory=DIRECTORY, now=at("10:35"))

    assert [(f.rule, f.blocking) for f in found] == [("RL06", False)]
    assert redlines.blocking(found) == []
    assert walk_to_signed(session, made, "10:35").state is S.SIGNED


# The walk


def publish(session: Session, statement: Statement, clock: str) -> None:
    publisher = Person("qian", "钱某", frozenset({Role.PUBLISHER}), "hq")
    people.register(session, publisher)
    publishing.publish(
        session,
        statement.statement_id,
        publisher,
        directory=DIRECTORY,
        now=at(clock),
        office="澄川县",
        origin="huiying.example/log",
        key=Ed25519PrivateKey.from_private_bytes(bytes(32)),
        outlets=[],
    )


def test_a_published_text_never_changes_and_its_promise_runs(session: Session):
    first = draft_s02(session, "942")
    publish(session, walk_to_signed(session, first, "08:35"), "08:35")
    judge_the_dam(session)
    second = draft_s04(session)

    with pytest.raises(RefusedError, match="“已发布”的稿件不能修改"):
        drafting.edit(
            session,
            first.statement_id,
            title="另一标题",
            sentences=[Sentence("另一正文。")],
            next_update_at=None,
            person=LI,
            now=at("09:00"),
        )
    seen = reviewing.context(session, second.statement_id, directory=DIRECTORY, now=at("10:05"))
    assert seen.running_promise == at("10:30")
    assert [p.statement_id for p in seen.published] == [first.statement_id]
    later = reviewing.context(session, second.statement_id, directory=DIRECTORY, now=at("10:30"))
    assert later.running_promise is None


def test_two_people_approve_the_exact_bytes(session: Session):
    made = draft_s02(session, "942")

    signed = walk_to_signed(session, made, "08:35")

    digest = store.load_version(session, made.statement_id, 1).sha256
    given = store.approvals_of(session, made.statement_id, 1)
    assert {(a.person_id, a.role) for a in given} == {
        ("wang", Role.OFFICE_REVIEWER),
        ("zhao", Role.SIGNER),
    }
    assert {a.sha256 for a in given} == {digest}
    assert (signed.state, signed.approved_at) == (S.SIGNED, at("08:35"))
    moves = [(m.from_state, m.to_state) for m in store.moves_of(session, made.statement_id)]
    assert moves == [
        (S.DRAFT, S.OFFICE_REVIEW),
        (S.OFFICE_REVIEW, S.TO_SIGN),
        (S.TO_SIGN, S.SIGNED),
    ]


def test_one_person_with_two_hats_cannot_do_both(session: Session):
    made = draft_s02(session, "942")
    reviewing.submit(session, made.statement_id, LI, at("08:35"), directory=DIRECTORY)
    reviewing.approve(session, made.statement_id, XU, at("08:36"), directory=DIRECTORY)

    with pytest.raises(RefusedError, match="审签两次"):
        reviewing.approve(session, made.statement_id, XU, at("08:37"), directory=DIRECTORY)


def test_an_edit_voids_the_approvals(session: Session):
    made = draft_s02(session, "942")
    walk_to_signed(session, made, "08:35")
    sentences = store.load_version(session, made.statement_id, 1).sentences
    drafting.edit(
        session,
        made.statement_id,
        title="“6·17”暴雨洪涝情况通报",
        sentences=sentences,
        next_update_at=at("10:30"),
        person=LI,
        now=at("08:36"),
    )

    assert store.approvals_of(session, made.statement_id, 2) == []
    assert walk_to_signed(session, made, "08:37").version == 2


def test_a_reviewer_sends_back_with_a_reason_and_the_text_must_change(session: Session):
    made = draft_s02(session, "942")
    reviewing.submit(session, made.statement_id, LI, at("08:35"), directory=DIRECTORY)
    reviewing.approve(session, made.statement_id, WANG, at("08:36"), directory=DIRECTORY)

    with pytest.raises(RefusedError, match="必须写明理由"):
        reviewing.send_back(
            session, made.statement_id, ZHAO, at("08:37"), reason="", directory=DIRECTORY
        )
    back = reviewing.send_back(
        session, made.statement_id, ZHAO, at("08:37"), reason="标题再明确", directory=DIRECTORY
    )

    assert back.state is S.DRAFT
    assert store.moves_of(session, made.statement_id)[-1].reason == "标题再明确"
    with pytest.raises(RefusedError, match="须修改后再提交"):
        reviewing.submit(session, made.statement_id, LI, at("08:38"), directory=DIRECTORY)


def test_what_is_not_under_review_cannot_be_approved(session: Session):
    made = draft_s02(session, "942")

    with pytest.raises(RefusedError, match="不在审核或签发环节"):
        reviewing.approve(session, made.statement_id, WANG, at("08:35"), directory=DIRECTORY)


def test_a_fact_that_changed_since_submission_stops_the_signature(session: Session):
    made = draft_s02(session, "942")
    reviewing.submit(session, made.statement_id, LI, at("08:35"), directory=DIRECTORY)
    fact(session, "转移人数", "980", "人", "全县", "08:40")

    with pytest.raises(RefusedError, match="已被新的数值取代"):
        reviewing.approve(session, made.statement_id, WANG, at("08:41"), directory=DIRECTORY)


def test_the_promise_is_asked_for_while_the_incident_is_open(session: Session):
    made = drafting.draft(
        session,
        incident_id="rain",
        kind=StatementKind.FAQ,
        issuer="hq",
        title="出行问答",
        sentences=[Sentence("答：停课。", (), "facts")],
        next_update_at=None,
        person=LI,
        now=at("30:00"),
        directory=DIRECTORY,
    )
    ask = (session, made.statement_id, S.OFFICE_REVIEW, LI)
    assert "RL07" in "".join(reviewing.blockers(*ask, directory=DIRECTORY, now=at("30:00")))

    session.add(
        IncidentMoveRow(incident_id="rain", state="aftermath", at=T0, by="lu", reason="善后")
    )
    session.flush()
    assert reviewing.blockers(*ask, directory=DIRECTORY, now=at("30:00")) == []


def test_the_database_refuses_what_the_rules_refuse(session: Session):
    made = draft_s02(session, "942")
    digest = store.load_version(session, made.statement_id, 1).sha256
    own = Approval(made.statement_id, 1, digest, "li", Role.SIGNER, at("08:35"))

    with pytest.raises(IntegrityError), session.begin_nested():
        store.add_approval(session, own)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text("UPDATE statements SET state = 'signed'"))
    assert store.load_statement(session, made.statement_id).state is S.DRAFT
