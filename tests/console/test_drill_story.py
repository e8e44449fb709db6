"""The scripted people play 36 hours on claims and questions as the analysis would leave them."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from analysis import store as heard
from analysis.tables import ClaimRow, QuestionRow
from console import wiring
from console.drill import staff, story
from console.drill.finding import Words
from console.drill.scenario import load_scenario, minutes
from console.drill.script import load_script
from console.drill.site import drill_files
from console.wiring import Services
from core.database import Base, reading, transaction
from core.vocabulary import IncidentState, QuestionStatus, StatementState, Verdict
from release import offline, store
from release.records import Statement

SCENARIO = load_scenario()
SCRIPT = load_script()
OWN = [s for s in SCENARIO.statements if not s.id.startswith("X")]
STEP = timedelta(minutes=5)
ROUNDS = SCENARIO.hours * 12

# As people would write it; first seen, noticed or not.
CLAIMS = {
    "CL02": ("05:55", "东禾泵站是不是坏了，水一直涨也没人管", True),
    "CL01": ("08:40", "望澄水库垮坝了，大家快往高处跑", True),
    "CL07": ("09:05", "这段大坝泄水视频就是咱们望澄水库", False),
    "CL03": ("09:10", "听说建业路隧道冲走一家三口，都没了", True),
    "CL08": ("10:40", "放水根本没通知我们大垄四组", True),
    "CL10": ("11:20", "三中体育馆满了，不让进", True),
    "CL06": ("14:30", "今天全县停课，老师在群里说了", False),
    "CL05": ("15:30", "禾丰市场白菜卖38一斤，抢钱呢", True),
    "CL04": ("15:40", "全县要停水三天，快囤水", True),
    "CL09": ("22:30", "柏舟桥断了，都绕路吧", True),
}
QUESTIONS = {
    "今天停课吗": "14:30",
    "公交几点恢复": "15:00",
    "泵站调查结果什么时候公布": "10:10",
    "安置点还收人吗": "10:00",
}


@dataclass(frozen=True)
class Played:
    services: Services
    acts: list[story.Act]
    keys: dict[str, int]


def hear(services: Services) -> dict[str, int]:
    """Put the claims and questions into the tables of the analysis."""
    with transaction(services.engine) as session:
        for key, (at, text, noticed) in enumerate(CLAIMS.values(), 1):
            seen = SCENARIO.moment(minutes(at))
            session.add(
                ClaimRow(
                    key=key, incident_id=None, text=text, matter="", first_seen=seen,
                    last_seen=seen, noticed_at=seen if noticed else None, level=None,
                    conflicted=False, posts=9, voices=9, needs_check=0.9, reasons=[],
                    enquiry_share=0.1, hearsay_share=0.1, denial_share=0.0, support_share=0.5,
                    memory="", status="checking" if noticed else "found",
                )
            )  # fmt: skip
        for key, (text, at) in enumerate(QUESTIONS.items(), 1):
            asked = SCENARIO.moment(minutes(at))
            session.add(
                QuestionRow(
                    key=key, incident_id=None, text=text, first_asked=asked, last_asked=asked,
                    posts=9, voices=9, concern=None, asked=[], places=[],
                    status="unanswered",
                )
            )  # fmt: skip
    return {claim: key for key, claim in enumerate(CLAIMS, 1)}


def run(services: Services) -> list[story.Act]:
    people = story.Story(services, SCENARIO)
    return [act for n in range(1, ROUNDS + 1) for act in people.act(SCENARIO.moment(0) + n * STEP)]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder: Path = tmp_path_factory.mktemp("drill")
    drill_files(folder, "http://127.0.0.1:1")
    services = wiring.prepare(folder)
    staff.enlist(services)
    keys = hear(services)
    return Played(services, run(services), keys)


def published(played: Played) -> dict[str, Statement]:
    """Return the statements in the order of the story's own list."""
    with reading(played.services.engine) as session:
        statements = store.all_statements(session)
        titles = {
            store.load_version(session, s.statement_id, 1).title.removeprefix("【演练】"): s
            for s in statements
        }
    return {name: titles[text.title] for name, text in SCRIPT.texts.items()}


def rows(played: Played) -> list[tuple[str, tuple[object, ...]]]:
    with reading(played.services.engine) as session:
        return [
            (name, tuple(row))
            for name, table in sorted(Base.metadata.tables.items())
            for row in session.execute(select(table))
        ]


def test_the_one_refusal_is_the_swapped_figure(played):
    refused = [act for act in played.acts if act.outcome == "refused"]

    assert [(act.what, act.at) for act in refused] == [
        (f"提交《{SCRIPT.texts['S02'].title}》", SCENARIO.moment(minutes("08:20")))
    ]
    reasons = story.refusals(played.acts)
    assert any("RL03" in r and "924" in r and "942" in r for r in reasons)
    assert all(reason.startswith("RL03") for reason in reasons)


def test_nothing_is_left_undone(played):
    assert [act for act in played.acts if act.outcome == "skipped"] == []


def test_every_own_statement_is_published_at_its_minute(played):
    out = published(played)

    assert len(OWN) == 21
    assert {name: s.published_at for name, s in out.items()} == {
        told.id: SCENARIO.moment(told.at) for told in OWN
    }


def test_promised_updates_are_those_of_the_story(played):
    out = published(played)
    with reading(played.services.engine) as session:
        promised = {
            name: store.load_version(session, s.statement_id, s.version).next_update_at
            for name, s in out.items()
        }

    assert promised == {
        told.id: None if told.next_update is None else SCENARIO.moment(told.next_update)
        for told in OWN
    }


def test_the_wrong_number_is_corrected_by_a_notice_that_replaces_it(played):
    out = published(played)

    assert out["S05C"].supersedes == out["S05"].statement_id
    assert out["S05"].state is StatementState.CORRECTED
    assert out["S01"].state is StatementState.UPDATED
    with reading(played.services.engine) as session:
        text = store.load_version(session, out["S05"].statement_id, 1).sentences
    assert any("0000-5550162" in sentence.text for sentence in text)


@pytest.mark.parametrize("claim", SCENARIO.claims, ids=lambda claim: claim.id)
def test_verdicts_are_those_of_the_story(played, claim):
    with reading(played.services.engine) as session:
        judgements = store.all_judgements(session, played.keys[claim.id])

    assert [(j.verdict.value, {p.text: p.verdict.value for p in j.parts}) for j in judgements] == [
        (claim.verdict, dict(claim.parts))
    ]
    assert judgements[0].approved_by not in {None, judgements[0].proposed_by}


def test_the_pump_complaint_is_never_called_false(played):
    with reading(played.services.engine) as session:
        judgements = store.all_judgements(session, played.keys["CL02"])

    assert judgements
    false = {Verdict.VERIFIED_FALSE, Verdict.OUT_OF_CONTEXT}
    assert all(j.verdict not in false for j in judgements)


def test_the_dam_rumour_is_judged_after_the_evidence_and_before_the_notice(played):
    given = {row["claim_id"]: row for row in story.verdict_history(played.services)}
    at = given[f"C{played.keys['CL01']:06d}"]["at"]

    assert "2031-06-17T23:50" <= at < "2031-06-18T00:05"
    assert len(given) == len(CLAIMS)


def test_a_place_that_was_full_is_outdated_with_both_moments(played):
    with reading(played.services.engine) as session:
        (judgement,) = store.all_judgements(session, played.keys["CL10"])

    assert judgement.changed_at == SCENARIO.moment(minutes("12:40"))
    assert judgement.approved_at > SCENARIO.moment(minutes("13:00"))


def test_two_people_who_did_not_draft_stand_behind_every_statement(played):
    with reading(played.services.engine) as session:
        for name, statement in published(played).items():
            editors = {v.edited_by for v in store.versions_of(session, statement.statement_id)}
            approvals = store.approvals_of(session, statement.statement_id, statement.version)
            assert len({a.person_id for a in approvals} - editors) == 2, name


def test_statements_answer_the_questions_about_their_subject(played):
    with reading(played.services.engine) as session:
        status = {q.text: q.status for q in session.scalars(select(QuestionRow))}

    assert status.pop("泵站调查结果什么时候公布") == QuestionStatus.UNANSWERED
    assert set(status.values()) == {QuestionStatus.ANSWERED}


def test_no_text_repeats_the_rumoured_deaths(played):
    texts = story.drafts(played.services)

    assert len(texts) == len(OWN) + 1
    assert not any("一家三口" in text for text in texts)
    assert all(text.startswith("【演练】") for text in texts)


def test_the_published_folder_verifies(played):
    report = offline.verify(played.services.public, vkey=None)

    assert (report.status, report.problems, report.releases) == ("ok", (), len(OWN))


def test_the_incident_is_opened_at_its_minute_and_archived_at_the_end(played):
    with reading(played.services.engine) as session:
        moves = heard.incident_moves(session, "rain-2031")

    assert [(m.state, m.at) for m in moves[1:2]] == [
        (IncidentState.HANDLING, SCENARIO.moment(minutes("05:20")))
    ]
    assert moves[-1].state is IncidentState.ARCHIVED


def test_a_second_run_changes_nothing(played):
    before = rows(played)
    acts = run(played.services)

    assert rows(played) == before
    assert {act.outcome for act in acts} == {"skipped"}


def test_without_anything_noticed_the_story_goes_on(tmp_path):
    drill_files(tmp_path, "http://127.0.0.1:1")
    services = wiring.prepare(tmp_path)
    staff.enlist(services)
    acts = run(services)

    skipped = [a for a in acts if a.outcome == "skipped" and a.what.startswith("提出结论")]
    assert len(skipped) == len(CLAIMS)
    out = [a for a in acts if a.outcome == "done" and a.what.startswith("发布")]
    refuted = {f"发布《{SCRIPT.texts[name].title}》" for name in ("S04", "S12")}
    assert not refuted & {a.what for a in out}


@pytest.mark.parametrize(
    ("words", "text", "fits"),
    [
        (Words(("水库+垮",)), "望澄水库真的垮了吗", True),
        (Words(("水库+垮",)), "望澄水库水位多少", False),
        (Words(("停课",), ("复课",)), "停课几天，哪天复课", False),
        (Words(()), "停课", False),
    ],
)
def test_words_find_what_a_reader_would(words, text, fits):
    assert words.fit(text) is fits
