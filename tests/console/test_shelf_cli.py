"""`huiying shelf`, the offers on a claim's page, and the reason that an alert carries."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

from analysis import store
from analysis.shelf import SLOTS, load_shelf
from console import acts, wiring
from console.app import create_app
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import parse_moment
from core.database import reading, transaction
from core.errors import HuiyingError, RefusedError
from crawler.records import ParsedPost
from release import prebunking
from release import store as release_store

ROOT = Path(__file__).parent.parent.parent
ENTRY = "from console.cli import main; main()"
NOW = parse_moment("2031-06-17T21:00+08:00")
OWN = """[[rumour]]
id = "dam-break"
hazard = "rain_flood"
says = "青石水库要垮了"
wordings = ["青石水库保不住了"]
cues = [["青石水库"], ["垮", "保不住"]]
answer = "截至{time}，青石水库的情况是：{fact}，问{phone}。"
may_be_true = true
needs = ["向水库管理单位要水位"]
basis = ["常识"]
"""


@pytest.fixture
def services(tmp_path: Path) -> Services:
    services = wiring.prepare(tmp_path / "d")
    for person, role in (("zhou", "office_reviewer"), ("lin", "drafter")):
        acts.register(services, person_id=person, name=person, roles=[role], unit=None)
    return services


def huiying(services: Services, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  our own command line
        [sys.executable, "-c", ENTRY, *words, "--data", str(services.data)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},  # noqa: TID251
        capture_output=True,
        text=True,
        check=False,
    )


def told(services: Services, *wordings: str) -> None:
    """Let each wording be told by a voice of its own within ten minutes, and analyse them."""
    pipeline = Pipeline(services)
    posts = [
        ParsedPost(
            source="forum",
            post_id=f"p{number}",
            url=None,
            published_at=NOW - timedelta(minutes=10) + timedelta(seconds=number),
            channel="forum",
            text=wording,
            author=f"voice {number}",
        )
        for number, wording in enumerate(wordings)
    ]
    veiled, _ = pipeline.veil(posts, seen_at=NOW)
    with transaction(services.engine) as session:
        pipeline.round(session, NOW, fresh=pipeline.keep(session, veiled))


DAM = [
    "紧急！望澄水库垮坝了，下游的快跑",
    "望澄水库要溃坝了，下游的人赶快跑！",
    "听说望澄水库垮坝了，下游快撤",
    "群里说望澄水库溃坝了，真的吗，要不要跑",
    "望澄水库大坝垮了，下游的赶紧走啊",
    "望澄水库垮坝，下游的人快往高处跑",
]


def test_the_alert_of_a_first_sighting_says_that_an_answer_is_prepared(services: Services) -> None:
    told(services, *DAM)

    with reading(services.engine) as session:
        alerts = [a for a in store.all_alerts(session) if a.claim is not None]
    says = load_shelf().entry("dam-break").says
    assert alerts
    assert all(f"与常见传言“{says}”相近，备有答复 dam-break" in a.reasons for a in alerts)


def test_an_alert_without_a_fitting_entry_says_nothing_of_it(services: Services) -> None:
    told(services, *[f"望澄路口红绿灯坏了，一直不亮，第{n}天了没人修" for n in range(8)])

    with reading(services.engine) as session:
        reasons = [r for a in store.all_alerts(session) for r in a.reasons]
    assert not [r for r in reasons if "常见传言" in r]


def test_the_page_of_a_claim_offers_the_answer_with_its_slots_empty(services: Services) -> None:
    told(services, *DAM)

    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        page = client.get("/claims/1").text
        with transaction(services.engine) as session:
            zhou = release_store.load_person(session, "zhou")
            prebunking.review(session, services.shelf.entry("dam-break"), zhou, NOW)
        reviewed = client.get("/claims/1").text

    entry = services.shelf.entry("dam-break")
    for words in (entry.says, "可能属实：核实之前不得说成不实", *entry.needs, "未经本单位审定"):
        assert words in page
    for slot in SLOTS.values():
        assert f"〔待填：{slot}〕" in page
    assert "<form" not in page
    assert 1 <= page.count("〔待填：核实到的最新情况〕") <= 3
    assert "zhou 于 6月17日 21:00 审定" in reviewed


def test_one_post_is_enough_to_be_offered_the_answer_and_what_to_fill_in(
    services: Services,
) -> None:
    told(services, "姐夫打来的，青石水库坝体渗水压不住了，底下三个村赶紧往山上撤")

    listed = huiying(services, "shelf", "offers")
    cells = json.loads(huiying(services, "shelf", "offers", "--json").stdout)
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        page = client.get("/claims/1").text
    with reading(services.engine) as session:
        (claim,) = store.all_claims(session)
        alerts = store.all_alerts(session)

    entry = services.shelf.entry("dam-break")
    assert (claim.posts, alerts) == (1, [])
    for slot, who in entry.to_fill():
        assert f"〔待填：{slot}〕" in page
        assert f"{slot}：{who}" in page
        assert slot in listed.stdout
    for need in entry.needs:
        assert need in page
        assert need in listed.stdout
    assert cells[0]["claim"] == "C000001"
    assert cells[0]["offers"][0]["id"] == "dam-break"
    assert {f["by"] for f in cells[0]["offers"][0]["to_fill"]} == {w for _, w in entry.to_fill()}


def test_a_claim_that_no_entry_fits_is_not_listed(services: Services) -> None:
    told(services, "望澄路口红绿灯坏了，一直不亮，第三天了没人修")

    listed = huiying(services, "shelf", "offers")

    assert listed.returncode == 0
    assert listed.stdout == ""


def test_more_wordings_leave_a_review_standing(services: Services) -> None:
    entry = services.shelf.entry("dam-break")
    with transaction(services.engine) as session:
        zhou = release_store.load_person(session, "zhou")
        prebunking.review(session, entry, zhou, NOW)

    more = replace(entry, wordings=(*entry.wordings, "坝子守不住了"))

    with reading(services.engine) as session:
        assert list(prebunking.reviews(session, [more])) == ["dam-break"]


def test_a_claim_that_no_entry_fits_shows_none(services: Services) -> None:
    told(services, *[f"望澄路口红绿灯坏了，一直不亮，第{n}天了没人修" for n in range(8)])

    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        assert client.get("/claims/1").status_code == 200
        assert "备有的答复" not in client.get("/claims/1").text


def test_the_list_and_one_entry_as_an_officer_sees_them(services: Services) -> None:
    listed = huiying(services, "shelf", "list", "--hazard", "rain_flood")
    shown = huiying(services, "shelf", "show", "dam-break")

    assert listed.returncode == shown.returncode == 0
    assert len(listed.stdout.splitlines()) == len(load_shelf().of_hazard("rain_flood"))
    assert "dam-break\t暴雨" in listed.stdout
    assert listed.stdout.count("未经本单位审定") == len(listed.stdout.splitlines())
    assert "〔待填：截至时间〕" in shown.stdout
    assert "向水库管理单位" in shown.stdout
    assert "待填：负责答复的单位（由值班领导指定）" in shown.stdout


def test_a_review_is_kept_with_the_digest_of_the_answer(services: Services) -> None:
    done = huiying(services, "shelf", "review", "dam-break", "--as", "zhou")
    cells = {c["id"]: c for c in json.loads(huiying(services, "shelf", "list", "--json").stdout)}

    answer = load_shelf().entry("dam-break").answer
    assert done.returncode == 0
    assert cells["dam-break"]["reviewed_by"] == "zhou"
    assert cells["dam-break"]["answer_sha256"] == hashlib.sha256(answer.encode()).hexdigest()
    assert [c for c in cells.values() if c["reviewed"]] == [cells["dam-break"]]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("review", "dam-break", "--as", "lin"), 1, "没有所需岗位"),
        (("review", "dam-break", "--as", "nobody"), 2, "nobody"),
        (("review", "no-such", "--as", "zhou"), 2, "no-such"),
        (("show", "no-such"), 2, "no-such"),
        (("list", "--hazard", "flood"), 2, "flood"),
    ],
)
def test_what_cannot_be_done_is_refused(
    services: Services, words: tuple[str, ...], status: int, said: str
) -> None:
    done = huiying(services, "shelf", *words)

    assert done.returncode == status
    assert said in done.stderr
    assert done.stdout == ""


def test_a_changed_answer_is_not_reviewed_any_more(services: Services) -> None:
    ours = services.shelf.entry("dam-break")
    with transaction(services.engine) as session:
        zhou = release_store.load_person(session, "zhou")
        prebunking.review(session, ours, zhou, NOW)
    (services.data / "shelf.toml").write_text(OWN, encoding="utf-8")
    changed = wiring.build(services.data).shelf.entry("dam-break")

    with reading(services.engine) as session:
        assert list(prebunking.reviews(session, [ours])) == ["dam-break"]
        assert prebunking.reviews(session, [changed]) == {}


def test_a_broken_file_of_ones_own_stops_the_start(services: Services) -> None:
    (services.data / "shelf.toml").write_text(OWN.replace("{fact}", "{facts}"), encoding="utf-8")

    with pytest.raises(HuiyingError, match=r"shelf\.toml: rumour 1 \(dam-break\): answer"):
        wiring.build(services.data)


def test_nobody_without_the_role_reviews_and_nothing_of_a_review_is_changed(
    services: Services,
) -> None:
    entry = services.shelf.entry("dam-break")
    with transaction(services.engine) as session:
        lin = release_store.load_person(session, "lin")
        with pytest.raises(RefusedError, match="没有所需岗位"):
            prebunking.review(session, entry, lin, NOW)
        zhou = release_store.load_person(session, "zhou")
        prebunking.review(session, entry, zhou, NOW)
    for statement in (
        "UPDATE shelf_reviews SET sha256 = 'x'",
        "DELETE FROM shelf_reviews",
        "INSERT OR REPLACE INTO shelf_reviews SELECT * FROM shelf_reviews",
        "INSERT INTO shelf_reviews SELECT 9, entry_id, sha256, 'lin', role, at FROM shelf_reviews",
        "INSERT INTO shelf_reviews SELECT 9, 'x', 'x', 'lin', 'drafter', at FROM shelf_reviews",
    ):
        with (
            pytest.raises(IntegrityError, match="shelf_reviews"),
            transaction(services.engine) as session,
        ):
            session.execute(text(statement))
