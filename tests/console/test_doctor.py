"""What the doctor finds in real folders with real sources files and databases."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from analysis.reports import lettering
from console import doctor, telling, wiring
from console.doctor import Check, CheckStatus
from console.importing import scan_drop_folder
from console.wiring import Services
from core.clock import utc_now
from core.database import make_engine, transaction
from core.vocabulary import SealedPurpose, VisitOutcome
from crawler import frontier, sealed, store
from crawler.frontier import SourceState
from crawler.records import Link, Visit
from crawler.sealed import ToSeal
from crawler.tables import SealedRow
from tests.console.test_cli import huiying

NOW = utc_now().replace(microsecond=0)
HOUR = timedelta(hours=1)
SOURCES = """
[[source]]
name = "forum"
url = "https://forum.example/feed.xml?token=1"
parser = "feed"
channel = "forum"
cadence_min = 60

[[source]]
name = "news"
url = "https://news.example/feed.xml"
parser = "feed"
channel = "news"
cadence_min = 60
min_yield = 5
"""


@pytest.fixture
def services(tmp_path: Path) -> Services:
    made = wiring.prepare(tmp_path / "d")
    (made.data / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return made


def visit(
    source: str,
    *,
    ago: timedelta = HOUR / 6,
    outcome: VisitOutcome = VisitOutcome.OK,
    found: int = 9,
    at: datetime = NOW,
) -> Visit:
    began = at - ago
    reason = "" if outcome.works else "HTTP 403"
    new = found if outcome.works else 0
    return Visit(source, began, began, outcome, reason, 1, found, new)


def keep(services: Services, *visits: Visit) -> None:
    with transaction(services.engine) as session:
        for one in visits:
            store.save_visit(session, one)


def checks(services: Services, name: str) -> list[Check]:
    return [check for check in doctor.diagnose(services, NOW) if check.name == name]


def check(services: Services, name: str) -> Check:
    (found,) = checks(services, name)
    return found


def test_every_look_says_something(services: Services) -> None:
    names = {one.name.partition(":")[0] for one in doctor.diagnose(services, NOW)}

    assert names == {*doctor.LOOKS, "source"}


def test_a_folder_in_order_has_no_fault_and_no_advice_without_need(services: Services) -> None:
    keep(services, visit("forum"), visit("news"))

    found = doctor.diagnose(services, NOW)

    assert [c.name for c in found if c.status is CheckStatus.FAULT] == []
    assert [c.name for c in found if c.status is CheckStatus.WARNING] == [
        "contact",
        "notices",
        "jobs",
    ]
    assert all(bool(c.advice) is (c.status is not CheckStatus.OK) for c in found)


# Sources


def test_a_dead_source_is_named_with_what_to_do(services: Services) -> None:
    keep(services, visit("forum"), visit("news", outcome=VisitOutcome.UNREACHABLE))

    dead = check(services, "source:news")

    assert dead.status is CheckStatus.FAULT
    assert "无法连接：HTTP 403" in dead.said
    assert "检查本机网络" in dead.advice
    assert check(services, "source:forum").status is CheckStatus.OK


@pytest.mark.parametrize("outcome", [o for o in VisitOutcome if not o.works])
def test_every_failure_has_its_advice(services: Services, outcome: VisitOutcome) -> None:
    keep(services, visit("forum", outcome=outcome))

    assert len(check(services, "source:forum").advice) > 10


def test_a_page_that_changed_its_shape_leads_to_the_trial(services: Services) -> None:
    keep(services, visit("news", ago=HOUR / 2), visit("news", found=2))

    found = check(services, "source:news")

    assert found.status is CheckStatus.WARNING
    assert "huiying source test news" in found.advice


def test_a_source_that_was_never_visited_is_a_warning(services: Services) -> None:
    found = check(services, "source:forum")

    assert found.status is CheckStatus.WARNING
    assert "huiying crawl" in found.advice


def test_silence_is_a_warning_and_old_news_is_remembered(services: Services) -> None:
    keep(services, visit("forum", ago=90 * HOUR))
    for n in range(60):
        keep(services, replace(visit("forum", ago=HOUR * (n / 2 + 0.1)), new=0))

    assert "已静默 90 小时" in check(services, "source:forum").said


def test_the_beginning_of_a_long_failure_is_remembered(services: Services) -> None:
    keep(services, visit("forum", ago=90 * HOUR))
    began = NOW - 80 * HOUR
    for n in range(100):
        keep(services, visit("forum", ago=(80 - n / 2) * HOUR, outcome=VisitOutcome.REFUSED))

    local = telling.clock(began)
    assert local.split(" ")[1] in check(services, "source:forum").said


def test_a_source_that_is_left_alone_tells_until_when(services: Services) -> None:
    keep(services, visit("forum", outcome=VisitOutcome.THROTTLED))
    with transaction(services.engine) as session:
        frontier.save_state(session, SourceState("forum", not_before=NOW + HOUR, refusals=1))

    assert "已停止访问至" in check(services, "source:forum").said


def test_a_source_that_is_switched_off_is_in_order(services: Services) -> None:
    file = services.data / "sources.toml"
    file.write_text(SOURCES.replace("cadence_min = 60\n\n", "enabled = false\n\n"), "utf-8")
    keep(services, visit("forum", ago=900 * HOUR, outcome=VisitOutcome.REFUSED))

    found = check(services, "source:forum")

    assert found.status is CheckStatus.OK
    assert "已停用" in found.said


def test_no_list_of_sources_is_a_warning(services: Services) -> None:
    (services.data / "sources.toml").unlink()

    assert check(services, "sources").status is CheckStatus.WARNING


def test_an_empty_list_of_sources_is_a_warning(services: Services) -> None:
    (services.data / "sources.toml").write_text("", encoding="utf-8")

    assert check(services, "sources").status is CheckStatus.WARNING


def test_a_list_that_cannot_be_read_is_a_fault_with_its_place(services: Services) -> None:
    (services.data / "sources.toml").write_text(SOURCES + "cadence = 3\n", encoding="utf-8")

    found = check(services, "sources")

    assert found.status is CheckStatus.FAULT
    assert "news: cadence" in found.said


def test_a_listed_source_that_may_not_be_monitored_is_a_fault_without_its_words(
    services: Services,
) -> None:
    file = services.data / "sources.toml"
    file.write_text(SOURCES + 'keywords = ["停水", "张伟"]\n', encoding="utf-8")

    found = check(services, "tasks")

    assert found.status is CheckStatus.FAULT
    assert "第 2 个来源" in found.said
    assert "第 2 个关键词像是个人姓名" in found.said
    assert "张伟" not in found.said


# What waits, and what was refused


def test_refused_tasks_are_told_with_the_last_reason(services: Services) -> None:
    with transaction(services.engine) as session:
        for reason, ago in (("旧", 40), ("第 1 个关键词涉及信访", 2), ("名称像是个人姓名", 1)):
            at = NOW - timedelta(days=ago)
            store.save_refusal(session, asked="source", reasons=[reason], at=at)

    found = check(services, "refused")

    assert found.status is CheckStatus.OK
    assert "拒绝了 2 个监测任务" in found.said
    assert "名称像是个人姓名" in found.said


@pytest.mark.parametrize(
    ("hours_ago", "status"),
    [(10, CheckStatus.OK), (24.5, CheckStatus.WARNING), (26, CheckStatus.FAULT)],
)
def test_sealed_things_that_outlived_their_time_are_told(
    services: Services, hours_ago: float, status: CheckStatus
) -> None:
    item = ToSeal(
        SealedPurpose.UNPARSED_PAGE, "forum", "forum", "版式", b"x", NOW - hours_ago * HOUR
    )
    with transaction(services.engine) as session:
        sealed.keep(session, services.vault(), item, hours=24)

    assert check(services, "sealed").status is status


@pytest.mark.parametrize(
    ("hours_ago", "status"),
    [(10, CheckStatus.OK), (24.5, CheckStatus.WARNING), (26, CheckStatus.FAULT)],
)
def test_contacts_past_their_time_are_told(
    services: Services, hours_ago: float, status: CheckStatus
) -> None:
    at = NOW - hours_ago * HOUR
    item = ToSeal(SealedPurpose.HELP_CONTACT, "forum", "post 1", "求助", b"x", at)
    with transaction(services.engine) as session:
        sealed.keep(session, services.vault(), item, hours=24)

    found = check(services, "help")

    assert found.status is status
    assert ("1 条求助联系方式已过保存期限" in found.said) is (status is not CheckStatus.OK)


@pytest.mark.parametrize(("hours", "status"), [(1, CheckStatus.OK), (25, CheckStatus.WARNING)])
def test_links_that_wait_long_are_told(
    services: Services, hours: float, status: CheckStatus
) -> None:
    links = [Link(f"https://forum.example/{n}") for n in range(3)]
    with transaction(services.engine) as session:
        frontier.add(session, services.vault(), "forum", links, now=NOW - hours * HOUR)

    found = check(services, "frontier")

    assert found.status is status
    assert found.said.startswith("3 条链接等待读取")


def test_files_that_nobody_took_in_are_told(services: Services) -> None:
    folder = services.data / "drop"
    (folder / "done").mkdir(parents=True)
    (folder / "a.csv").write_text("x", encoding="utf-8")
    (folder / ".taking").mkdir()

    (fresh,) = [c for c in doctor.diagnose(services, utc_now()) if c.name == "drop"]
    (late,) = [c for c in doctor.diagnose(services, utc_now() + HOUR) if c.name == "drop"]

    assert (fresh.status, fresh.said) == (CheckStatus.OK, "投放目录中有 1 个文件等待收取")
    assert late.status is CheckStatus.WARNING
    assert "1 个文件超过 30 分钟没有收取" in late.said


def test_files_that_the_drop_folder_refused_are_told(services: Services) -> None:
    folder = services.data / "drop"
    folder.mkdir()
    (folder / "bad.csv").write_bytes(b"")
    (folder / "a folder").mkdir()
    refused = [done for done in scan_drop_folder(services) if done.refused]

    found = check(services, "drop")

    assert len(refused) == 2
    assert found.status is CheckStatus.WARNING
    assert "2 个文件被拒收" in found.said


# The folder itself


def test_a_contact_of_ones_own_is_in_order(services: Services) -> None:
    own = services.settings.model_copy(update={"user_agent_contact": "mailto:desk@cc.example"})

    assert check(services, "contact").status is CheckStatus.WARNING
    assert check(replace(services, settings=own), "contact").status is CheckStatus.OK


def test_a_drill_needs_no_contact(services: Services) -> None:
    drill = services.settings.model_copy(update={"drill": True})

    assert check(replace(services, settings=drill), "contact") == Check(
        "contact", CheckStatus.OK, "演练只访问本机，联系方式还是示例"
    )


def test_a_lost_guard_is_a_fault(services: Services) -> None:
    with services.engine.begin() as connection:
        (name, *_) = connection.scalars(text("SELECT name FROM sqlite_master WHERE type='trigger'"))
        connection.execute(text(f"DROP TRIGGER {name}"))

    found = check(services, "database")

    assert found.status is CheckStatus.FAULT
    assert name in found.said


@pytest.fixture
def read_only(services: Services) -> Iterator[Services]:
    engine = make_engine(f"sqlite:///file:{services.data / 'huiying.db'}?mode=ro&uri=true")
    yield replace(services, engine=engine)
    engine.dispose()


def test_a_database_that_cannot_be_written_is_a_fault(read_only: Services) -> None:
    found = check(read_only, "database")

    assert found.status is CheckStatus.FAULT
    assert "readonly" in found.said


def test_a_check_that_cannot_be_made_is_a_fault_and_the_others_go_on(services: Services) -> None:
    with sqlite3.connect(services.data / "huiying.db") as connection:
        connection.execute("DROP TABLE sealed")

    found = {c.name: c.status for c in doctor.diagnose(services, NOW)}

    assert found["sealed"] is CheckStatus.FAULT
    assert found["frontier"] is CheckStatus.OK


@pytest.mark.parametrize(
    ("free_bytes", "status"),
    [
        (3_000_000_000, CheckStatus.OK),
        (1_000_000_000, CheckStatus.WARNING),
        (199_000_000, CheckStatus.FAULT),
    ],
)
def test_a_disk_that_fills_up_is_told(free_bytes: int, status: CheckStatus) -> None:
    assert doctor.room(free_bytes).status is status


# The command


def test_the_command_ends_with_1_when_a_fault_is_named(services: Services, tmp_path: Path) -> None:
    bad = visit("news", outcome=VisitOutcome.REFUSED, at=utc_now())
    keep(services, visit("forum", at=utc_now()), bad)

    done = huiying("doctor", "--json", "--data", services.data, cwd=tmp_path)

    assert done.returncode == 1, done.stderr
    found = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert found["source:news"]["status"] == "fault"
    assert "拒绝访问" in found["source:news"]["said"]
    assert found["source:forum"]["status"] == "ok"
    assert set(found["source:news"]) == {"name", "status", "said", "advice"}


def test_the_command_ends_with_0_without_a_fault_and_tells_in_chinese(
    services: Services, tmp_path: Path
) -> None:
    keep(services, visit("forum", at=utc_now()), visit("news", at=utc_now()))

    done = huiying("doctor", "--data", services.data, cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    assert "正常  database: " in done.stdout
    assert "注意  contact: 采集时留下的联系方式还是示例 → 在 huiying.toml 中" in done.stdout
    assert "token" not in done.stdout


def test_the_command_ends_with_2_where_there_is_nothing_to_check(tmp_path: Path) -> None:
    assert huiying("doctor", "--data", tmp_path, cwd=tmp_path).returncode == 2


def test_an_expired_thing_is_counted_as_a_row(services: Services) -> None:
    row = {
        "purpose": "help_contact",
        "source": "x",
        "location": "x",
        "reason": "x",
        "content": b"x",
        "sealed_at": NOW - 3 * HOUR,
        "expires_at": NOW - 2 * HOUR,
    }
    with transaction(services.engine) as session:
        session.execute(insert(SealedRow), [row, row])

    assert "2 项已过期" in check(services, "sealed").said


def test_a_machine_without_a_chinese_font_is_told_what_to_install() -> None:
    missing = doctor.fonts(None)
    found = doctor.fonts("NotoSansCJK-Regular.ttc")

    assert missing.status is CheckStatus.WARNING
    assert "fonts-noto-cjk" in missing.advice
    assert (found.status, found.advice) == (CheckStatus.OK, "")
    assert "NotoSansCJK-Regular.ttc" in found.said


def test_the_doctor_looks_for_the_font_that_charts_use(services: Services) -> None:
    font = lettering.chinese_font()

    assert check(services, "fonts") == doctor.fonts(font.file.name if font else None)
