"""The help desk on a whole data folder: from a post with a number to its destruction."""

import json
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from analysis import incidents, store
from console import acts, wiring
from console.app import create_app
from console.cli import app
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import utc_now
from core.database import reading, transaction
from core.errors import HuiyingError, RefusedError
from core.vocabulary import DestructionCause, HelpState, SealedPurpose
from crawler import sealed
from crawler.records import Counts, ParsedPost
from crawler.tables import SealedContactRow, SealedRow
from release import help_store, helping
from release.records import HelpMove

NOW = utc_now().replace(microsecond=0)
CALL = "求助！东门小区3栋2单元501室老人被困，水进屋了，电话{}"
LONGER_CALL = CALL + "，已经一小时了，手机快没电"
PHONE, OTHER_PHONE = "13800138000", "13900139000"
PURPOSE = SealedPurpose.HELP_CONTACT


class Desk:
    """A data folder with its people, and posts as they come in."""

    def __init__(self, services: Services) -> None:
        self.services, self.pipeline, self.told = services, Pipeline(services), 0

    def post(self, text: str, post_id: str | None = None, **more: object) -> ParsedPost:
        self.told += 1
        made = ParsedPost(
            source="x",
            post_id=post_id or f"p{self.told}",
            url=None,
            published_at=NOW,
            channel="forum",
            text=text,
            author=f"作者{self.told}",
            counts=Counts(),
        )
        return replace(made, **more)

    def hear(self, *posts: ParsedPost, now: datetime = NOW) -> None:
        kept, _ = self.pipeline.veil(posts, seen_at=now)
        with transaction(self.services.engine) as session:
            self.pipeline.keep(session, kept)
            self.pipeline.round(session, now)

    def store(self, *posts: ParsedPost, now: datetime) -> None:
        kept, _ = self.pipeline.veil(posts, seen_at=now)
        with transaction(self.services.engine) as session:
            self.pipeline.keep(session, kept)

    def open_incident(self, name: str) -> str:
        return acts.open_incident(self.services, name=name, kind="", by="lu", now=NOW).incident_id

    def archive(self, incident: str) -> None:
        for state in ("easing", "aftermath", "archived"):
            acts.move_incident(self.services, incident, state, by="lu", reason="好转")

    def run(self, *words: str) -> str:
        done = CliRunner().invoke(app, ["help", *words, "--data", str(self.services.data)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    def contact(self, lead: str = "L000001", by: str = "zhu") -> str:
        return self.run("contact", lead, "--as", by, "--reason", "回拨核实")

    def sealed(self) -> int:
        with reading(self.services.engine) as session:
            bound = session.query(SealedContactRow).count()
            assert bound == len(sealed.listed(session, PURPOSE))
            return bound

    def causes(self) -> list[tuple[str, int]]:
        with reading(self.services.engine) as session:
            return [(d.cause.value, d.count) for d in sealed.destructions(session, PURPOSE)]

    def readings(self) -> list[tuple[str, str]]:
        with reading(self.services.engine) as session:
            return [(r.reader, r.reason) for r in sealed.readings(session)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    services = wiring.prepare(tmp_path / "d")
    for person, role in (("zhu", "help_desk"), ("jian", "monitor"), ("lu", "duty_leader")):
        acts.register(services, person_id=person, name=person, roles=[role], unit=None)
    return Desk(services)


def test_a_call_is_in_the_queue_with_its_need_and_neighbourhood_and_no_contact(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)), desk.post("今天公交几点收班？"))

    (call,) = json.loads(desk.run("list", "--json"))
    assert (call["lead_id"], call["state"], call["place"]) == ("L000001", "received", "东门小区")
    assert call["needs"] == ["trapped"]
    assert call["contacts"] == 2
    shown = desk.run("list") + desk.run("show", "L000001")
    with TestClient(create_app(desk.services), base_url="http://127.0.0.1") as client:
        shown += client.get("/help").text + client.get("/").text
    assert "东门小区" in shown
    assert not [secret for secret in (PHONE, "501", "3栋", "2单元") if secret in shown]


def test_the_help_desk_reads_the_contact_and_each_reading_is_kept(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))

    told = desk.contact()

    assert f"电话\t电话{PHONE}" in told or PHONE in told
    assert "3栋2单元501室" in told
    assert desk.readings() == [("zhu", "L000001：回拨核实")] * 2


def test_what_is_destroyed_is_gone_from_the_file_as_well(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    with reading(desk.services.engine) as session:
        kept = [row.content for row in session.query(SealedRow)]
    file = desk.services.data / "huiying.db"

    def found() -> int:
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return sum(content in file.read_bytes() for content in kept)

    assert found() == 2
    desk.run("close", "L000001", "--as", "zhu", "--note", "已转移")
    assert found() == 0


def test_who_read_and_what_was_destroyed_is_told_with_the_call(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    desk.contact()
    desk.run("close", "L000001", "--as", "zhu", "--note", "已转移")

    told = desk.run("show", "L000001")

    assert told.count("zhu 查看联系方式，事由：回拨核实") == 1
    assert "zhu 销毁 2 条联系方式，原因：求助办结（办结）" in told
    assert PHONE not in told


def test_everybody_else_is_refused_by_the_name_of_the_role_and_reads_nothing(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))

    for person in ("jian", "lu"):
        with pytest.raises(RefusedError, match="没有所需岗位：求助专岗"):
            desk.contact(by=person)
    with pytest.raises(HuiyingError):
        desk.contact(by="nobody")
    with pytest.raises(RefusedError, match="事由"):
        desk.run("contact", "L000001", "--as", "zhu", "--reason", " ")

    assert desk.readings() == []


def test_a_call_goes_its_way_and_closing_it_destroys_the_contact(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))

    desk.run("hand-over", "L000001", "--to", "119", "--as", "zhu", "--note", f"回拨{PHONE}已通")
    desk.run("accept", "L000001", "--as", "zhu")
    desk.run("arrive", "L000001", "--as", "zhu")
    assert desk.sealed() == 2
    desk.run("close", "L000001", "--as", "zhu", "--note", "老人已转移")

    assert desk.sealed() == 0
    assert desk.causes() == [("lead_closed", 2)]
    assert desk.run("list") == ""
    (call,) = json.loads(desk.run("list", "--closed", "--json"))
    assert [m["state"] for m in call["moves"]] == [
        "received", "handed_over", "accepted", "arrived", "done",
    ]  # fmt: skip
    assert [m["by"] for m in call["moves"]] == ["system", *["zhu"] * 4]
    assert call["moves"][1]["note"] == "转 119：回拨[电话]已通"
    with pytest.raises(RefusedError, match="联系方式已经销毁"):
        desk.contact()


def test_what_is_no_call_after_all_loses_its_contact_in_the_same_round(desk: Desk) -> None:
    desk.hear(desk.post(f"除湿机特价，快来抢购，戳主页，加微信 wx_abc123 或打{PHONE}"))

    assert desk.run("list") == ""
    assert desk.sealed() == 0
    assert desk.causes() == [("no_call", 2)]


def test_a_copy_brings_no_second_call_and_no_second_contact_of_one_number(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    desk.hear(desk.post(CALL.format("138-0013-8000")), now=NOW + timedelta(minutes=1))
    assert desk.sealed() == 2

    desk.hear(desk.post(CALL.format(OTHER_PHONE)), now=NOW + timedelta(minutes=2))

    assert desk.sealed() == 3
    assert len(json.loads(desk.run("list", "--json"))) == 1
    assert OTHER_PHONE in desk.contact()


@pytest.mark.parametrize("text", [CALL, LONGER_CALL])
def test_an_edit_with_a_new_number_seals_it(desk: Desk, text: str) -> None:
    desk.hear(desk.post(CALL.format(PHONE), "p"))

    desk.hear(desk.post(text.format(OTHER_PHONE), "p"), now=NOW + timedelta(minutes=5))

    told = desk.contact()
    assert PHONE in told
    assert OTHER_PHONE in told


def test_an_edit_that_turns_a_post_into_a_call_opens_a_lead(desk: Desk) -> None:
    desk.hear(desk.post("东门小区今天停水通知", "p"))
    assert desk.run("list") == ""

    desk.hear(desk.post(CALL.format(PHONE), "p"), now=NOW + timedelta(minutes=5))

    assert PHONE in desk.contact()


def test_the_same_page_again_does_not_bring_back_what_was_destroyed(desk: Desk) -> None:
    call = desk.post(CALL.format(PHONE), "p")
    desk.hear(call)
    desk.run("close", "L000001", "--as", "zhu", "--note", "已通话", "--result", "unverifiable")

    desk.hear(call, now=NOW + timedelta(hours=1))
    desk.hear(replace(call, post_id="copy"), now=NOW + timedelta(hours=2))

    assert desk.sealed() == 0
    assert desk.run("list") == ""


@pytest.mark.parametrize(("post_id", "text"), [("p", LONGER_CALL), ("copy", CALL)])
@pytest.mark.parametrize("ended", ["closed", "archived"])
def test_what_an_edit_or_a_copy_brings_to_a_call_that_is_over_is_gone_once_stored(
    desk: Desk, post_id: str, text: str, ended: str
) -> None:
    incident = desk.open_incident("暴雨")
    desk.hear(desk.post(CALL.format(PHONE), "p"))
    if ended == "closed":
        desk.run("close", "L000001", "--as", "zhu", "--note", "已转移")
    else:
        desk.archive(incident)

    desk.store(desk.post(text.format(OTHER_PHONE), post_id), now=NOW + timedelta(hours=1))

    assert desk.sealed() == 0
    with reading(desk.services.engine) as session:
        first, second = sealed.destructions(session, PURPOSE)
    assert (second.cause, second.about) == (first.cause, first.about)
    assert (second.by, second.count) == ("system", first.count)
    assert (second.at, second.reason) == (NOW + timedelta(hours=1), helping.RETURNED)


def test_a_call_given_to_an_incident_since_stays_over_with_it(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    desk.archive(desk.open_incident("暴雨"))
    assert desk.sealed() == 0

    desk.hear(desk.post(CALL.format(OTHER_PHONE)), now=NOW + timedelta(hours=1))

    assert desk.sealed() == 0
    assert {cause for cause, _ in desk.causes()} == {"incident_closed"}


def test_a_round_destroys_what_was_kept_of_a_call_that_is_over(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    with transaction(desk.services.engine) as session:
        help_store.add_move(session, 1, HelpMove(HelpState.DONE, NOW, "zhu", "已转移"))

    desk.hear(now=NOW + timedelta(minutes=1))

    assert desk.sealed() == 0
    assert desk.causes() == [("lead_closed", 2)]


def test_a_post_that_becomes_a_call_after_the_archive_keeps_its_contact(desk: Desk) -> None:
    incident = desk.open_incident("暴雨")
    desk.hear(desk.post("东门小区暴雨积水，大家小心", "p"))
    desk.archive(incident)

    desk.hear(desk.post(CALL.format(PHONE), "p"), now=NOW + timedelta(hours=1))

    assert PHONE in desk.contact()


def test_a_contact_is_gone_after_its_time_with_a_record(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    late = NOW + timedelta(hours=desk.services.settings.help_contact_hours)

    desk.hear(now=late)

    assert desk.sealed() == 0
    assert desk.causes() == [("expired", 2)]
    assert "没有联系方式" in desk.contact()


def test_archiving_an_incident_destroys_the_contacts_of_its_calls(desk: Desk) -> None:
    services = desk.services
    incident = acts.open_incident(services, name="暴雨", kind="", by="lu", now=NOW).incident_id
    desk.hear(desk.post(CALL.format(PHONE)), now=NOW + timedelta(minutes=1))
    assert desk.sealed() == 2

    for state in ("easing", "aftermath"):
        assert acts.move_incident(services, incident, state, by="lu", reason="好转") == 0
    gone = acts.move_incident(services, incident, "archived", by="lu", reason="善后完毕")

    assert gone == 2
    assert desk.sealed() == 0
    with reading(services.engine) as session:
        (record,) = sealed.destructions(session, PURPOSE)
    assert (record.cause, record.about) == (DestructionCause.INCIDENT_CLOSED, incident)
    assert (record.by, record.reason, record.count) == ("lu", "善后完毕", 2)


def test_filing_a_proposal_away_leaves_the_contacts_of_open_calls(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    with transaction(desk.services.engine) as session:
        proposed = incidents.propose(session, name="拟", kind="", now=NOW, reason="系统")
        store.attach_earlier(session, proposed.incident_id, NOW - timedelta(hours=1))

    acts.move_incident(desk.services, proposed.incident_id, "archived", by="lu", reason="并入")

    desk.hear(desk.post(CALL.format(OTHER_PHONE)), now=NOW + timedelta(minutes=1))

    assert desk.sealed() == 3


def test_a_call_filed_under_a_proposal_outlives_it(desk: Desk) -> None:
    with transaction(desk.services.engine) as session:
        proposed = incidents.propose(
            session, name="拟", kind="rain_flood", now=NOW, reason="系统"
        ).incident_id
    desk.hear(desk.post(f"求助，西门小区暴雨内涝，老人被困，电话{PHONE}"))
    (call,) = json.loads(desk.run("list", "--json"))
    assert call["incident_id"] == proposed

    acts.move_incident(desk.services, proposed, "archived", by="lu", reason="并入")
    desk.hear(now=NOW + timedelta(minutes=1))

    assert PHONE in desk.contact()


def test_a_call_belongs_to_an_opened_incident_before_a_proposed_one(desk: Desk) -> None:
    with transaction(desk.services.engine) as session:
        incidents.propose(session, name="拟", kind="rain_flood", now=NOW, reason="系统")
    desk.hear(desk.post("求助，西门小区暴雨内涝，老人被困"))
    opened = acts.open_incident(desk.services, name="停电", kind="", by="lu", now=NOW).incident_id

    desk.hear(desk.post("救命，东门小区暴雨积水，孩子被困在车顶"), now=NOW + timedelta(minutes=1))

    first, second = json.loads(desk.run("list", "--json"))
    assert first["incident_id"] not in {None, opened}
    assert second["incident_id"] == opened


def test_a_sealed_contact_opens_as_that_of_its_own_post_only(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))
    with transaction(desk.services.engine) as session:
        for row in session.query(SealedRow):
            row.location = "post 2"

    with pytest.raises(HuiyingError, match="another key, or damaged"):
        desk.contact()


def test_every_reason_against_a_move_is_told_at_once(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)))

    with pytest.raises(RefusedError) as refused:
        desk.run("arrive", "L000001", "--as", "jian")
    assert refused.value.reasons == (
        "账号 jian 没有所需岗位：求助专岗",
        "L000001 是“收到”，不能转为“已到达”",
    )
    with pytest.raises(RefusedError, match="写明转给谁"):
        desk.run("hand-over", "L000001", "--to", " ", "--as", "zhu")
    with pytest.raises(HuiyingError, match="没有求助线索 L000009"):
        desk.run("show", "L000009")
    with pytest.raises(HuiyingError, match="such as L000012"):
        desk.run("show", "12")


@pytest.mark.parametrize("wrong", ["L99999999999999999999", "L1234567890123", "L", "L１"])
def test_what_is_no_id_of_a_call_is_told_so(desk: Desk, wrong: str) -> None:
    with pytest.raises(HuiyingError, match="such as L000012"):
        desk.run("show", wrong)
    with pytest.raises(HuiyingError, match="没有求助线索 L999999999999"):
        desk.run("show", "L999999999999")


def test_a_call_says_whether_it_has_a_contact_before_and_after_it_is_closed(desk: Desk) -> None:
    desk.hear(desk.post(CALL.format(PHONE)), desk.post("救命，西门小区孩子被困在车顶"))

    assert "联系方式：2 条，已密封；用 huiying help contact 查看" in desk.run("show", "L000001")
    assert "联系方式：没有\n" in desk.run("show", "L000002")
    desk.run("close", "L000001", "--as", "zhu", "--note", "已转移")
    assert "联系方式：已无\n" in desk.run("show", "L000001")


def test_the_number_of_an_office_is_nobodys_contact(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    (services.data / "directory.toml").write_text(
        '[[units]]\nid = "hq"\nname = "县防指"\nkind = "hq"\n'
        '[[contacts]]\nname = "值班电话"\nphone = "0000-5550110"\nunit = "hq"\n',
        encoding="utf-8",
    )
    desk = Desk(wiring.build(services.data))

    desk.hear(desk.post("求助，东门小区老人被困，打值班电话00005550110没人接"))

    assert len(json.loads(desk.run("list", "--json"))) == 1
    assert desk.sealed() == 0
