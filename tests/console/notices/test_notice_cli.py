import json

import pytest
from typer.testing import CliRunner

from console import doctor
from console.cli import app
from console.doctor import Check, CheckStatus
from core.clock import utc_now
from core.vocabulary import ConcernLevel
from tests.console.notices.conftest import Desk
from tests.console.notices.platforms import answering


def run(desk: Desk, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["notify", *arguments, "--data", str(desk.services.data)])
    return done.exit_code, done.output


def notices(desk: Desk) -> list[Check]:
    found = doctor.diagnose(desk.services, desk.clock())
    return [check for check in found if check.name == "notices"]


def test_a_test_message_is_marked_and_its_outcome_printed(desk: Desk) -> None:
    desk.clock.now = utc_now()
    desk.use("webhook", "ntfy")

    code, said = run(desk, "test", "webhook")

    (asked,) = desk.platforms["webhook"].taken
    assert asked.said["title"] == "【演练】【测试】回应系统的测试消息"
    assert desk.platforms["ntfy"].asked == []
    assert code == 0
    assert "webhook\t已送出\t1/1\t【演练】【测试】回应系统的测试消息\t对方已收下" in said


def test_a_test_message_that_fails_says_why(desk: Desk) -> None:
    desk.use("webhook")
    desk.platforms["webhook"].faults.append(answering(500))

    code, said = run(desk, "test", "webhook")

    assert code == 1
    assert "被拒收" not in said
    assert (
        "webhook\t放弃\t1/1\t【演练】【测试】回应系统的测试消息\t对方故障 对方出错（HTTP 500）"
        in said
    )


def test_a_test_goes_first_and_at_once_though_the_target_was_failing(desk: Desk) -> None:
    desk.clock.now = utc_now()
    desk.use("webhook")
    desk.platforms["webhook"].faults.append(answering(500))
    desk.put(level=ConcernLevel.C4)
    desk.send()

    code, said = run(desk, "test", "webhook")

    assert code == 0
    assert "对方已收下" in said
    assert [asked.said["kind"] for asked in desk.platforms["webhook"].taken] == ["test"]


def test_a_test_does_not_break_the_lock_of_a_platform(desk: Desk) -> None:
    desk.clock.now = utc_now()
    desk.use("webhook")
    desk.platforms["webhook"].faults.append(answering(429))
    desk.put()
    desk.send()

    code, said = run(desk, "test", "webhook")

    assert code == 1
    assert "还没有发送" in said
    assert len(desk.platforms["webhook"].asked) == 1


def test_an_unknown_target_is_told(desk: Desk) -> None:
    desk.use("webhook")

    done = CliRunner().invoke(app, ["notify", "test", "x", "--data", str(desk.services.data)])

    assert "no target x, there are: ['webhook']" in str(done.exception)


def test_targets_are_listed_without_addresses(desk: Desk) -> None:
    desk.set(desk.target("wecom") + "quiet = true\n" + desk.target("ntfy"), ntfy="ntfys://t")

    code, said = run(desk, "targets", "--json")

    first, second = json.loads(said)
    assert code == 0
    assert (first["name"], first["quiet"], first["has_address"]) == ("wecom", True, False)
    assert (second["name"], second["quiet"], second["has_address"]) == ("ntfy", False, True)
    assert run(desk, "targets")[1].splitlines()[0].startswith("wecom\twecom\tC1 起\t静默时段")


def test_what_was_sent_is_listed_newest_first(desk: Desk) -> None:
    desk.clock.now = utc_now()
    desk.use("webhook")
    desk.put(key="a", title="第一")
    desk.put(key="b", title="第二", level=ConcernLevel.C1)
    desk.platforms["webhook"].faults.append(answering(404))

    assert run(desk, "send") == (1, "送出 1 段，失败 1 次\n")
    code, said = run(desk, "list", "--json")

    newest, oldest = json.loads(said)
    assert code == 0
    assert (newest["heading"], newest["state"], newest["outcome"]) == (
        "【演练】第二",
        "sent",
        "sent",
    )
    assert (oldest["state"], oldest["outcome"], oldest["reason"], oldest["tries"]) == (
        "waiting",
        "refused",
        "没有这个地址（HTTP 404）",
        1,
    )
    assert oldest["next_at"] is not None
    assert "之后再试" in run(desk, "list")[1]


def test_doctor_is_content_while_messages_arrive(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.send()

    (found,) = notices(desk)

    assert found.status is CheckStatus.OK
    assert found.said == "提醒发给 1 处，等待发送 0 段，近 24 小时没有送不到的"


def test_doctor_tells_what_was_given_up_and_why(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.platforms["webhook"].faults += [answering(404)] * 99
    for _ in range(20):
        desk.send()
        desk.clock.forward(minutes=11)

    found, failing = notices(desk)

    assert found.status is CheckStatus.FAULT
    assert failing.said == "webhook 最近一次没有送到：被拒收：没有这个地址（HTTP 404）"
    assert "有 1 段消息没有送到 webhook：被拒收：没有这个地址（HTTP 404）" in found.said
    desk.clock.forward(hours=25)
    assert notices(desk)[0].status is CheckStatus.OK


def test_doctor_tells_what_waits_too_long(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.clock.forward(minutes=16)

    (found,) = notices(desk)

    assert found.status is CheckStatus.WARNING
    assert "1 段消息等待发送" in found.said


@pytest.mark.parametrize(
    ("targets", "status"),
    [
        ('[[targets]]\nname = "a"\nchannel = "wecom"\n', "fault"),
        ('[[target]]\nname = "a"\n', "fault"),
        ("", "ok"),
    ],
)
def test_doctor_judges_the_files(desk: Desk, targets: str, status: str) -> None:
    desk.set(targets)

    assert [check.status.value for check in notices(desk)] == [status]


def test_outside_a_drill_doctor_warns_when_nobody_is_told(desk: Desk) -> None:
    desk.settings("")

    assert [check.status.value for check in notices(desk)] == ["warning"]
