"""An old claim comes back: the desk sees the earlier verdict and its answer at once."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from analysis import incidents
from console import acts, claim_acts, wiring
from console.app import create_app
from console.cli import app
from console.pipeline import Pipeline
from console.returning import Archive, Returned
from console.wiring import Services
from core.clock import utc_now
from core.database import reading, transaction
from core.vocabulary import EvidenceKind, Role, Verdict
from crawler.records import ParsedPost
from release import store as release_store
from release import verifying
from release.records import Evidence
from tests.release import log_world as world

NOW = utc_now().replace(microsecond=0) - timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=40)
OLD = "桐漪路隧道积水，死了3人，听说官方压着不让说"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = wiring.prepare(tmp_path / "office")
    with transaction(made.engine) as session:
        incidents.open_incident(
            session,
            name="强降雨",
            kind="rain_flood",
            by="lu",
            roles=[Role.DUTY_LEADER],
            now=LONG_AGO,
            incident_id="I000001",
        )
        for person_id in world.PEOPLE:
            release_store.save_person(session, world.person(person_id))
    for person, role in (("fen", "analyst"), ("lu", "duty_leader"), ("jian", "monitor")):
        acts.register(made, person_id=person, name=person, roles=[role], unit=None)
    yield made
    made.engine.dispose()


def hear(services: Services, at: datetime, *texts: str) -> None:
    """Let as many people as there are *texts* write them in one round, by a new process."""
    pipeline = Pipeline(services)
    parsed = [
        ParsedPost(
            source="s",
            post_id=f"{at.timestamp()}-{number}",
            url=None,
            published_at=at + timedelta(seconds=number),
            channel="weibo",
            text=text,
            author=f"somebody{at.timestamp()}{number}",
        )
        for number, text in enumerate(texts)
    ]
    with transaction(services.engine) as session:
        posts, _ = pipeline.veil(parsed, seen_at=at + timedelta(minutes=1))
        pipeline.keep(session, posts)
        pipeline.round(session, at + timedelta(minutes=1))


def judge(services: Services, verdict: Verdict = Verdict.VERIFIED_FALSE) -> None:
    """Judge the first claim, by two people, and leave the verdict as old as the claim."""
    at = LONG_AGO + timedelta(hours=2)
    with transaction(services.engine) as session:
        record = Evidence(
            evidence_id="E000001",
            incident_id="I000001",
            kind=EvidenceKind.E3,
            summary="现场核查",
            unit="water",
            observed_at=at,
            recorded_by="fen",
            recorded_at=at,
        )
        release_store.add_evidence(session, record)
        found = verifying.propose(
            session,
            claim=1,
            incident_id="I000001",
            verdict=verdict,
            evidence=("E000001",),
            as_of=at,
            summary="隧道未进水，没有人员伤亡",
            subject_units=frozenset(),
            person=release_store.load_person(session, "fen"),
            now=at,
            directory=services.directory,
        )
        lead = release_store.load_person(session, "lu")
        verifying.approve(session, found.judgement_id, lead, at)


def answer(services: Services) -> None:
    with transaction(services.engine) as session:
        world.signed(session, title="关于桐漪路隧道的说明", claims=(1,), now=LONG_AGO)
        world.publish(session, now=LONG_AGO + timedelta(hours=1))


def returned(services: Services) -> list[Returned]:
    with reading(services.engine) as session:
        return Archive(session, services.directory).returned(utc_now())


def told(services: Services, *words: str) -> str:
    done = CliRunner().invoke(app, ["claim", "suggestions", *words, "--data", str(services.data)])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_claim_judged_weeks_ago_is_known_again_with_its_answer(services: Services) -> None:
    hear(services, LONG_AGO, OLD)
    judge(services)
    answer(services)

    hear(services, NOW, "桐漪路隧道积水死了3人，听说官方压着不让说，转发")

    (again,) = returned(services)
    (earlier,) = again.earlier
    assert (again.claim, earlier.claim, earlier.differs) == (2, 1, ())
    assert earlier.verdict is Verdict.VERIFIED_FALSE
    assert [a.title for a in earlier.answers] == ["关于桐漪路隧道的说明"]
    assert earlier.reason.startswith("与已核实为不实的旧说法相似：桐漪路隧道积水")
    assert "旧说法重现\tC000002\tC000001" in told(services)
    (listed,) = json.loads(told(services, "--json"))["returned"]
    assert listed["claim"] == "C000002"
    assert listed["earlier"][0]["answered_by"] == ["S000001"]


def test_every_screen_that_shows_it_links_the_verdict_and_the_answer(services: Services) -> None:
    hear(services, LONG_AGO, OLD)
    judge(services)
    answer(services)
    hear(services, NOW, "桐漪路隧道积水死了3人，听说官方压着不让说，转发")

    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        pages = [client.get(path).text for path in ("/", "/claims", "/claims/2")]

    for page in pages:
        assert "与已核实为不实的旧说法相似" in page
        assert 'href="/claims/1"' in page
        assert 'href="/statements/S000001"' in page
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        assert "与以往的结论相近" not in client.get("/claims/1").text


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        ("桐漪路隧道积水，死了30人，听说官方压着不让说", "数字不同"),
        ("松窠路隧道积水，死了3人，听说官方压着不让说", "地点不同"),
        ("桐漪路隧道没积水，死了3人是假的，听说官方压着不让说", "一说有、一说没有"),
    ],
)
def test_another_number_place_or_a_denial_is_not_the_same_claim(
    text: str, difference: str, services: Services
) -> None:
    hear(services, LONG_AGO, OLD)
    judge(services)

    hear(services, NOW, text)

    again = returned(services)
    assert [r for r in again if not r.earlier[0].differs] == []
    assert all(any(difference in d for d in r.earlier[0].differs) for r in again)
    assert "旧说法重现" not in told(services)


def test_nothing_comes_back_before_a_verdict_is_approved(services: Services) -> None:
    hear(services, LONG_AGO, OLD)
    hear(services, NOW, OLD)

    assert returned(services) == []


def test_a_post_that_makes_no_claim_is_known_again(services: Services) -> None:
    hear(services, LONG_AGO, OLD)
    judge(services)

    hear(services, NOW, "救命啊！桐漪路隧道积水，死了3人，我们被困在里面，快来救人")

    (again,) = returned(services)
    assert (again.claim, again.earlier[0].claim) == (None, 1)
    assert "旧说法重现\t未成说法\tC000001" in told(services)


def test_what_a_person_keeps_apart_is_not_told_again(services: Services) -> None:
    hear(services, LONG_AGO, OLD)
    judge(services)
    hear(services, NOW, OLD)
    with transaction(services.engine) as session:
        claim_acts.keep_apart(session, 1, 2, by="jian", reason="另一条隧道", now=utc_now())

    assert returned(services) == []


def test_the_claim_page_tells_the_readable_signs_of_the_most_answered_post(
    services: Services,
) -> None:
    pipeline = Pipeline(services)
    replies = ["真的假的？求证", "假的吧", "辟谣了吗", "不可能", "求官方通报", "谁说的，有证据吗"]
    parsed = [
        ParsedPost(
            source="s",
            post_id=str(number),
            url=None,
            published_at=NOW + timedelta(seconds=30 * number),
            channel="weibo",
            text=text,
            author=f"a{number}",
            reply_to="0" if number else None,
        )
        for number, text in enumerate([OLD, *replies])
    ]
    with transaction(services.engine) as session:
        posts, _ = pipeline.veil(parsed, seen_at=NOW + timedelta(minutes=5))
        pipeline.keep(session, posts)
        pipeline.round(session, NOW + timedelta(minutes=5))

    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        page = client.get("/claims/1").text

    assert "读了 6 条回复" in page
    assert "求证占回复" in page
    assert "回复中求证占" in page
    assert "尚无官方回应" in page
