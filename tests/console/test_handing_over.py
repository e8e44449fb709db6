"""The hand-over note and the roster's verbs on a folder with the story's first hours."""

import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis import alert_store
from analysis.reports import handover, plain
from analysis.reports.document import Box, Heading, Table
from analysis.reports.handover import HandoverData, OpenItem
from console import acts, alert_acts, handing_over, wiring
from console.alert_acts import Wish
from console.cli import app
from console.wiring import Services
from core.clock import parse_moment
from core.database import reading, transaction
from core.errors import RefusedError
from core.vocabulary import AlertAct, ConcernLevel, FalseGround
from release import roster, roster_store, rostering, store
from release.roster import Shift
from tests.console.conftest import replayed_folder

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Services:
    services = replayed_folder(tmp_path_factory.mktemp("desk") / "d")
    for person_id, role in (("zhang", "monitor"), ("li", "monitor"), ("lu", "duty_leader")):
        acts.register(services, person_id=person_id, name=person_id, roles=[role], unit=None)
    with transaction(services.engine) as session:
        leader = store.load_person(session, "lu")
        for who, start, end in (
            ("zhang", "2031-06-17 14:00", "20:00"),
            ("li", "2031-06-17 20:00", "08:00"),
        ):
            begins = roster.parse_moment(start)
            ends = roster.parse_moment(end, after=begins)
            shift = Shift(0, roster.role_named("监测员"), who, begins, ends)
            rostering.add(session, [shift], person=leader, now=begins)
    return services


AT_CHANGE = parse_moment("2031-06-17T20:05:00+08:00")


def huiying(services: Services, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["roster", *words, "--data", str(services.data)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def headings(document: handover.Document) -> list[str]:
    return [b.text.partition("（")[0] for b in document.blocks if isinstance(b, Heading)]


def test_just_after_the_change_the_shift_before_is_handed_over(desk: Services) -> None:
    shift, document = handing_over.note(desk, None, AT_CHANGE)

    assert shift.person_id == "zhang"
    assert document.subtitle.endswith("数据截至 6月17日 20:00")
    assert "交 li" in document.blocks[0].parts[0]


def test_once_it_was_taken_over_the_running_shift_is_the_one_to_hand_over(desk: Services) -> None:
    with transaction(desk.engine) as session:
        before = handing_over.wanted(session, None, AT_CHANGE)
        next_officer = store.load_person(session, "li")
        rostering.take_over(session, before, "记录", person=next_officer, now=AT_CHANGE)
        after = handing_over.wanted(session, None, AT_CHANGE)
        session.rollback()

    assert (before.person_id, after.person_id) == ("zhang", "li")


def test_the_note_tells_what_changed_what_is_open_and_what_was_not_seen(desk: Services) -> None:
    _, document = handing_over.note(desk, 1, AT_CHANGE)

    assert {"交给下一班", "本班新预警", "还没有回答的问题"} <= set(headings(document))
    assert any(isinstance(block, Box) for block in document.blocks)
    (table,) = [block for block in document.blocks if isinstance(block, Table)]
    assert len(table.rows) > 3
    assert all(len(row) == 3 for row in table.rows)


def test_what_people_did_is_told_with_who_and_the_past_is_told_alike_afterwards(
    desk: Services,
) -> None:
    with reading(desk.engine) as session:
        waiting = [x.matter for x in alert_store.lives(session)][:2]
    at = parse_moment("2031-06-17T19:58:00+08:00")
    alert_acts.act(desk, waiting[0], Wish(AlertAct.ACKNOWLEDGE), by="zhang", now=at)
    mark = Wish(AlertAct.FALSE, reason="演练", ground=FalseGround.OTHER)
    alert_acts.act(desk, waiting[1], mark, by="lu", now=at + HOUR)

    earlier = plain.text_of(handing_over.note(desk, 1, AT_CHANGE + 2 * HOUR)[1])
    later = plain.text_of(handing_over.note(desk, 2, AT_CHANGE + 2 * HOUR)[1])

    assert "6月17日 19:58 zhang 接收 " in earlier
    assert "误报" not in earlier.replace("误报 0", "")
    assert f"A{waiting[0]:06d}" in earlier.partition("【交给下一班")[2].partition("zhang　—")[0]
    assert "lu 标为误报" in later
    assert "（其他，演练）" in later


def test_the_same_data_give_the_same_note(desk: Services) -> None:
    first = handing_over.note(desk, 1, AT_CHANGE)[1]
    again = handing_over.note(wiring.build(desk.data), 1, AT_CHANGE + 5 * HOUR)[1]

    assert first == again
    assert plain.text_of(first) == plain.text_of(again)


def test_a_shift_that_runs_is_told_up_to_now(desk: Services) -> None:
    now = AT_CHANGE + HOUR
    _, document = handing_over.note(desk, 2, now)

    assert document.made_at == now
    assert document != handing_over.note(desk, 2, now + HOUR)[1]
    assert "新出现的说法" in headings(document)


def test_what_was_taken_over_stays_as_it_was(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    for person_id, role in (("zhang", "monitor"), ("li", "monitor"), ("lu", "duty_leader")):
        acts.register(services, person_id=person_id, name=person_id, roles=[role], unit=None)
    words = ("--role", "监测员", "--who", "zhang", "--as", "lu")
    huiying(services, "add", *words, "--from", "2026-01-01 20:00", "--to", "08:00")
    before = json.loads(huiying(services, "handover", "--json"))
    assert before["accepted"] is None

    told = huiying(services, "handover", "--accept", "--as", "li")
    kept = json.loads(huiying(services, "handover", "--shift", "R000001", "--json"))

    assert "li 于" in told
    assert kept["accepted"]["by"] == "li"
    assert kept["accepted"]["sha256"] == hashlib.sha256(kept["note"].encode()).hexdigest()
    assert "本班没有变化" in kept["note"]
    with pytest.raises(RefusedError, match="已由 li"):
        huiying(services, "handover", "--accept", "--shift", "R000001", "--as", "li")


def test_late_items_stand_first_by_gravity_then_by_the_clock() -> None:
    noon = parse_moment("2031-06-17T12:00:00+08:00")

    def item(name: str, due: datetime | None, level: ConcernLevel) -> OpenItem:
        return OpenItem(name, "", due, level=level)

    data = HandoverData(
        office="办", version="0", shift_id="R000001", post="监测员", officer="张", start=noon,
        end=noon, as_of=noon, next_officer="", raised=(), acknowledged=(), false=(), climbed=(),
        new_claims=(), judged=(), closed=(), published=(), questions=(), silences=(),
        unseen=(), refused=(), gathered=0,
        open_items=(
            item("无时限", None, ConcernLevel.C4),
            item("稍后", noon + HOUR, ConcernLevel.C4),
            item("先到", noon + HOUR / 2, ConcernLevel.C1),
            item("早已超时", noon - 9 * HOUR, ConcernLevel.C1),
            item("刚超时而重", noon, ConcernLevel.C4),
        ),
    )  # fmt: skip

    (table,) = [b for b in handover.document(data).blocks if isinstance(b, Table)]

    assert [row[0] for row in table.rows] == ["刚超时而重", "早已超时", "先到", "稍后", "无时限"]


# The verbs


def test_the_roster_is_imported_shown_and_its_gaps_found(tmp_path: Path) -> None:
    services = wiring.prepare(tmp_path / "d")
    assert "值班表上无人" in huiying(services, "show")
    assert huiying(services, "gaps", "--days", "1", code=1).count("无人\t") == 3
    for person_id, role in (("m", "monitor"), ("a", "analyst"), ("lu", "duty_leader")):
        acts.register(services, person_id=person_id, name=person_id, roles=[role], unit=None)
    (services.data / "directory.toml").write_text(
        '[[contacts]]\nname = "值班电话"\nphone = "0000-5550110"\nunit = "office"\n', "utf-8"
    )
    now = roster.told(wiring.build(services.data) and _now())
    later = roster.told(_now() + timedelta(days=20))
    file = tmp_path / "班.csv"
    rows = [f"{r},{w},{now},{later},值班电话" for r, w in (("监测员", "m"), ("分析员", "a"))]
    file.write_text("\n".join(["岗位,账号,开始,结束,电话名称", *rows]), "gb18030")

    assert huiying(services, "import", str(file), "--as", "lu").count("R00000") == 2
    assert "2 班已在值班表上" in huiying(services, "import", str(file), "--as", "lu")

    shown = huiying(services, "show")
    assert "现在：监测员 m（值班电话 0000-5550110）" in shown
    gaps = json.loads(huiying(services, "gaps", "--json", code=1))
    assert [gap["role"] for gap in gaps["gaps"]] == ["duty_leader"]
    huiying(services, "remove", "R000001", "--reason", "换班", "--as", "lu")
    assert "由分析员 a（值班电话 0000-5550110） 代" in huiying(services, "show")
    with reading(services.engine) as session:
        assert [s.shift_id for s in roster_store.shifts(session)] == ["R000002"]


def _now() -> datetime:
    from core.clock import utc_now

    return utc_now() - timedelta(minutes=1)


def test_the_digest_can_be_looked_at_without_sending_it(desk: Services) -> None:
    assert "早间摘要" in huiying(desk, "digest")
    assert json.loads(huiying(desk, "digest", "--json"))["name"].startswith("digest-")
