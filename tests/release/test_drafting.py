"""Drafts, versions and their bytes."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from analysis.tables import IncidentRow
from core.directory import Directory, Unit
from core.errors import RefusedError
from core.vocabulary import EvidenceKind, Role, StatementKind, StatementState
from release import drafting, facts, people, store
from release.records import Person, Sentence, Statement

NOW = datetime(2031, 6, 17, 14, 30, tzinfo=UTC)
DIRECTORY = Directory(
    units=(Unit(id="hq", name="澄川县防汛抗旱指挥部", kind="command_hq"),),
)
LI = Person("li", "李某", frozenset({Role.DRAFTER}), "hq")
ZHOU = Person("zhou", "周某", frozenset({Role.VERIFIER}), "hq")


@pytest.fixture(autouse=True)
def _prepared(session: Session) -> None:
    session.add(IncidentRow(incident_id="rain", name="暴雨", kind="x", opened_at=NOW))
    for person in (LI, ZHOU):
        people.register(session, person)


def draft(session: Session, **changed) -> Statement:
    fields = {
        "incident_id": "rain",
        "kind": StatementKind.FOLLOW_UP,
        "issuer": "hq",
        "title": "情况通报（续一）",
        "sentences": [Sentence("正在抽排积水。", (), "actions")],
        "next_update_at": NOW + timedelta(hours=2),
        "person": LI,
        "now": NOW,
        "directory": DIRECTORY,
    }
    return drafting.draft(session, **(fields | changed))


def test_the_bytes_are_canonical_json_of_what_the_public_reads(session: Session):
    made = draft(session)
    version = store.load_version(session, made.statement_id, 1)
    body = drafting.canonical_bytes(made, version)

    assert json.loads(body) == {
        "statement_id": "S000001",
        "incident_id": "rain",
        "kind": "follow_up",
        "issuer": "澄川县防汛抗旱指挥部",
        "title": "情况通报（续一）",
        "sentences": [{"section": "actions", "text": "正在抽排积水。"}],
        "next_update_at": "2031-06-18T00:30:00+08:00",
        "supersedes": None,
        "reason": "",
        "lang": "zh-CN",
    }
    assert b": " not in body
    assert list(json.loads(body)) == sorted(json.loads(body))
    assert version.sha256 == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "情况通报（续二）"},
        {"sentences": (Sentence("正在抽排积水！", (), "actions"),)},
        {"sentences": (Sentence("正在抽排积水。", (), "facts"),)},
        {"next_update_at": NOW + timedelta(hours=3)},
        {"next_update_at": None},
    ],
)
def test_any_change_of_what_is_read_changes_the_digest(session: Session, changed):
    made = draft(session)
    version = store.load_version(session, made.statement_id, 1)

    other = drafting.content_sha256(made, replace(version, **changed))

    assert other != version.sha256


def test_who_edited_and_which_facts_leave_the_bytes_alone(session: Session):
    made = draft(session)
    version = store.load_version(session, made.statement_id, 1)

    assert drafting.content_sha256(made, replace(version, edited_by="zhou")) == version.sha256


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"person": ZHOU}, "没有所需岗位：起草人"),
        ({"title": " "}, "必须有标题"),
        ({"sentences": []}, "必须有正文"),
        ({"sentences": [Sentence(" ")]}, "不能有空句"),
        ({"sentences": [Sentence("水" * 2001)]}, "不能超过2000字"),
        ({"title": "水" * 2001}, "不能超过2000字"),
        ({"sentences": [Sentence("转移。", ("F000404",))]}, "F000404 不在本事件台账"),
        ({"issuer": "nobody"}, "没有发布单位“nobody”"),
        ({"kind": StatementKind.CORRECTION}, "必须指明所针对的稿件"),
        ({"kind": StatementKind.WITHDRAWAL, "supersedes": "S000404"}, "必须写明原因"),
        ({"supersedes": "S000404"}, "不是本事件已发布的稿件"),
    ],
)
def test_a_draft_is_refused(session: Session, changed, reason):
    with pytest.raises(RefusedError, match=reason):
        draft(session, **changed)
    assert store.all_statements(session) == []


def edit(session: Session, **changed) -> Statement:
    fields = {
        "statement_id": "S000001",
        "title": "情况通报（续一）",
        "sentences": [Sentence("积水已经抽排。", (), "actions")],
        "next_update_at": None,
        "person": LI,
        "now": NOW,
    }
    return drafting.edit(session, **(fields | changed))


def test_an_edit_makes_a_version_and_sends_the_statement_back(session: Session):
    draft(session)
    store.set_state(session, "S000001", StatementState.TO_SIGN)

    edited = edit(session)

    assert (edited.version, edited.state) == (2, StatementState.DRAFT)
    first, second = store.versions_of(session, "S000001")
    assert first.sentences[0].text == "正在抽排积水。"
    assert drafting.issuer_name(edited, second) == "澄川县防汛抗旱指挥部"
    (move,) = store.moves_of(session, "S000001")
    assert (move.from_state, move.to_state) == (StatementState.TO_SIGN, StatementState.DRAFT)
    assert move.sha256 == second.sha256


def test_an_edit_of_a_draft_is_no_move(session: Session):
    draft(session)
    edit(session)

    assert store.moves_of(session, "S000001") == []


def test_only_a_drafter_edits_and_a_published_text_never_changes(session: Session):
    draft(session)
    with pytest.raises(RefusedError, match="没有所需岗位：起草人"):
        edit(session, person=ZHOU)
    assert {
        StatementState.PUBLISHED,
        StatementState.UPDATED,
        StatementState.CORRECTED,
        StatementState.WITHDRAWN,
        StatementState.ARCHIVED,
    } == drafting.FIXED


def test_a_template_takes_current_facts_by_name(session: Session):
    common = {"incident_id": "rain", "person": ZHOU, "now": NOW, "directory": DIRECTORY}
    piece = facts.record_evidence(
        session, kind=EvidenceKind.E1, summary="统计表", unit="hq", observed_at=NOW, **common
    )
    for minutes, value in ((20, "806"), (0, "942")):
        facts.record_fact(
            session,
            field="转移人数",
            value=value,
            unit="人",
            scope="全县",
            as_of=NOW - timedelta(minutes=minutes),
            confirmed_by="hq",
            evidence=[piece.evidence_id],
            **common,
        )
    request = {
        "incident_id": "rain",
        "kind": StatementKind.FOLLOW_UP,
        "issuer": "hq",
        "values": {"事件": "暴雨", "序号": "一", "进展": "正在抽排积水。"},
        "next_update_at": None,
        "person": LI,
        "now": NOW,
        "directory": DIRECTORY,
    }

    made = drafting.draft_from_template(session, fact_names=["全县转移人数"], **request)

    version = store.load_version(session, made.statement_id, 1)
    assert version.sentences[0] == Sentence(
        "截至6月17日22时30分，全县转移人数942人。", ("F000002",), "facts"
    )
    with pytest.raises(RefusedError, match="台账里没有当前事实“水位”"):
        drafting.draft_from_template(session, fact_names=["水位"], **request)
