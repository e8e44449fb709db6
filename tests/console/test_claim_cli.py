"""Claims merged, split and kept apart by a person, and what later posts and restarts make of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from analysis import store
from console import acts, claim_acts, exporting, wiring
from console.app import create_app
from console.cli import app
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import utc_now
from core.database import reading, transaction
from core.errors import RefusedError
from core.vocabulary import Verdict
from crawler.records import Counts, ParsedPost
from release import store as release_store
from release import verifying

NOW = utc_now().replace(microsecond=0)


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = wiring.prepare(tmp_path / "d")
    for person, role in (("jian", "monitor"), ("qi", "drafter")):
        acts.register(made, person_id=person, name=person, roles=[role], unit=None)
    return made


class Desk:
    """One data folder whose rounds are played one after the other."""

    def __init__(self, services: Services) -> None:
        self.services, self.pipeline, self.told = services, Pipeline(services), 0

    def restart(self) -> None:
        self.pipeline = Pipeline(self.services)

    def hear(self, *texts: str) -> list[str]:
        """Take posts in as one round; return the claims they count for."""
        posts = []
        for text in texts:
            self.told += 1
            posts.append(
                ParsedPost(
                    source="x",
                    post_id=f"p{self.told}",
                    url=None,
                    published_at=NOW - timedelta(hours=2) + timedelta(minutes=self.told),
                    channel="forum",
                    text=text,
                    author=f"作者{self.told}",
                    reply_to=None,
                    repost_of=None,
                    counts=Counts(),
                    issuer=None,
                )
            )
        now = posts[-1].published_at
        kept, _ = self.pipeline.veil(posts, seen_at=now)
        with transaction(self.services.engine) as session:
            self.pipeline.keep(session, kept)
            self.pipeline.round(session, now)
        rows = self.rows("posts")[-len(texts) :]
        return [str(row["claim_id"]) for row in rows]

    def rows(self, name: str) -> list[exporting.Row]:
        with reading(self.services.engine) as session:
            return list(exporting.rows(session, name, None))

    def claim(self, claim_id: str) -> exporting.Row:
        return next(r for r in self.rows("claims") if r["claim_id"] == claim_id)

    def run(self, *words: str, by: str = "jian") -> str:
        acting = () if words[0] in {"suggestions", "versions"} else ("--as", by)
        acting = (*acting, "--reason", "核对过") if acting else ()
        done = CliRunner().invoke(
            app, ["claim", *words, *acting, "--data", str(self.services.data)]
        )
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def number(self, claim_id: str, word: str) -> str:
        """Return the number of the one version of a claim that says *word*."""
        told = json.loads(self.run("versions", claim_id, "--json"))["versions"]
        (found,) = [
            v["number"]
            for v in told
            if word in "".join(c["text"] for c in v["changes"] if c["kind"] != "removed")
        ]
        return str(found)


WATER, POWER = "榆树镇停水了", "柳河镇停水了"


def test_a_merge_takes_posts_over_now_and_later_and_after_a_restart(services: Services) -> None:
    desk = Desk(services)
    assert desk.hear(WATER, POWER, "柳河镇停水两个小时了") == ["C000001", "C000002", "C000002"]

    desk.run("merge", "C000001", "C000002")

    assert [r["claim_id"] for r in desk.rows("posts")] == ["C000001"] * 3
    assert (desk.claim("C000001")["posts"], desk.claim("C000001")["voices"]) == (3, 3)
    assert (desk.claim("C000002")["posts"], desk.claim("C000002")["reasons"]) == (
        0,
        "已并入 C000001",
    )
    assert desk.hear("柳河镇又停水了，急") == ["C000001"]
    desk.restart()
    assert desk.hear("我们柳河镇也停水了") == ["C000001"]
    assert desk.claim("C000001")["posts"] == 5
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        page = client.get("/claims/2").text
        assert '已并入 <a href="/claims/1">C000001</a>' in page
        assert "/claims/2" not in client.get("/claims").text


def test_restarts_at_every_round_give_the_rows_of_one_long_run(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        services = wiring.prepare(tmp_path / name)
        acts.register(services, person_id="jian", name="简", roles=["monitor"], unit=None)
        desk = Desk(services)
        desk.hear(WATER, POWER, "隧道里死了3个人", "桥塌了")
        desk.run("merge", "C000001", "C000002")
        for texts in (["柳河镇停水啦", "隧道里死了30个人"], ["柳河镇停水三天", "榆树镇停水吗"]):
            if name == "two":
                desk.restart()
            desk.hear(*texts)
        runs.append([desk.rows(n) for n in ("posts", "claims", "alerts")])

    assert runs[0] == runs[1]


def test_a_split_of_the_merged_wording_undoes_the_merge(services: Services) -> None:
    desk = Desk(services)
    desk.hear(WATER, POWER)
    before = desk.rows("claims")
    desk.run("merge", "C000001", "C000002")
    number = desk.number("C000001", "柳河")

    assert desk.run("split", "C000001", "--wording", number).strip() == "C000002"

    assert [r["claim_id"] for r in desk.rows("posts")] == ["C000001", "C000002"]
    after = desk.rows("claims")
    assert [(r["posts"], r["voices"], r["text"]) for r in after] == [
        (r["posts"], r["voices"], r["text"]) for r in before
    ]
    assert desk.hear("柳河镇停水了没人管") == ["C000002"]
    desk.restart()
    assert desk.hear("柳河镇停水了谁管管", WATER) == ["C000002", "C000001"]


def test_a_split_part_gets_later_posts_of_its_wording(services: Services) -> None:
    desk = Desk(services)
    texts = ("榆树镇停水了", "榆树镇又双叒停水了，水厂说是主管爆了")
    assert desk.hear(*texts) == ["C000001", "C000001"]
    number = desk.number("C000001", "主管")

    part = desk.run("split", "C000001", "--wording", number).strip()

    assert part != "C000001"
    assert [r["claim_id"] for r in desk.rows("posts")] == ["C000001", part]
    desk.restart()
    assert desk.hear("榆树镇又停水了，水厂说是主管爆了", "榆树镇停水了啊") == [part, "C000001"]


def test_a_pair_kept_apart_is_not_suggested_again(services: Services) -> None:
    desk = Desk(services)
    desk.hear("隧道里死了3个人", "隧道里死了30个人")
    (pair,) = json.loads(desk.run("suggestions", "--json"))["merges"]
    assert pair["doubtful"]
    assert pair["differs"] == ["数字不同：3人／30人"]
    assert "存疑" in desk.run("suggestions")
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        page = client.get("/claims/1").text
    assert "数字不同：3人／30人" in page
    assert "huiying claim apart C000001 C000002" in page

    desk.run("apart", "C000001", "C000002")

    assert json.loads(desk.run("suggestions", "--json"))["merges"] == []


def test_who_is_not_of_the_desk_is_refused(services: Services) -> None:
    desk = Desk(services)
    desk.hear(WATER, POWER)

    with pytest.raises(RefusedError, match="没有所需岗位：监测员、分析员"):
        desk.run("merge", "C000001", "C000002", by="qi")


def test_a_claim_with_a_verdict_is_neither_merged_away_nor_split(services: Services) -> None:
    desk = Desk(services)
    desk.hear(WATER, POWER, "柳河镇停水停了好久，急死人了")
    for person, role in (("fen", "analyst"), ("lu", "duty_leader")):
        acts.register(services, person_id=person, name=person, roles=[role], unit=None)
    incident = acts.open_incident(services, name="停水", kind="", by="lu").incident_id
    with transaction(services.engine) as session:
        verifying.propose(
            session,
            claim=2,
            incident_id=incident,
            verdict=Verdict.UNDETERMINED,
            parts=[],
            evidence=(),
            measures="",
            as_of=NOW,
            changed_at=None,
            summary="还在核",
            subject_units=frozenset(),
            person=release_store.load_person(session, "fen"),
            now=utc_now(),
            directory=services.directory,
        )

    for approved in ("待审定", "已审定"):
        for words in (("merge", "C000001", "C000002"), ("split", "C000002", "--wording", "1")):
            with pytest.raises(RefusedError, match=f"C000002 有{approved}的结论"):
                desk.run(*words)
        with transaction(services.engine) as session:
            (judgement,) = release_store.all_judgements(session)
            if judgement.approved_at is None:
                lead = release_store.load_person(session, "lu")
                acts.approve_verdict(session, judgement.judgement_id, lead, utc_now())

    # The other way round nothing that was judged moves; and what came later can go back.
    desk.run("merge", "C000002", "C000001")
    assert [r["claim_id"] for r in desk.rows("posts")] == ["C000002"] * 3
    with pytest.raises(RefusedError, match="C000001 已并入 C000002"), reading(services.engine) as s:
        claim_acts.require_standing(s, 1)
    number = desk.number("C000002", "榆树")
    assert desk.run("split", "C000002", "--wording", number).strip() == "C000001"


def test_what_cannot_be_done_is_refused_with_the_reason(services: Services) -> None:
    desk = Desk(services)
    desk.hear(WATER, POWER)
    for words, reason in (
        (("merge", "C000001", "C000001"), "不能与自己比"),
        (("split", "C000001", "--wording", "9"), "没有第 9 种措辞"),
        (("split", "C000001", "--wording", "1"), "没有留下的"),
    ):
        with pytest.raises(RefusedError, match=reason):
            desk.run(*words)
    desk.run("merge", "C000001", "C000002")
    with pytest.raises(RefusedError, match="C000002 已并入 C000001"):
        desk.run("merge", "C000002", "C000001")
    with reading(services.engine) as session:
        assert len(store.claim_edits(session)) == 1
