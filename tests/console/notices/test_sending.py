"""Messages on their way to stand-ins that refuse what the platforms refuse."""

import email
import json
import re
import socket
import subprocess
import sys
import time
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from console.notices import outbox, splitting
from console.notices.channels import CHANNELS
from console.tables import DeliveryRow, NoticeRow
from core.clock import utc_now
from core.database import transaction
from core.vocabulary import ConcernLevel, NoticeChannel, NoticeKind
from tests.console.notices.conftest import Desk
from tests.console.notices.messages import message
from tests.console.notices.platforms import (
    NOON,
    SECRET,
    Asked,
    answering,
    dripping,
    free_port,
    hanging,
    never_done_with_its_headers,
)

HTTP = ("wecom", "dingtalk", "feishu", "ntfy", "webhook")
ALL = (*HTTP, "email")
HEAD = "【演练】升至 C3"


def as_lines(text: str) -> str:
    """Return *text* as mail can carry it: every line ends in one way, and the last one ends."""
    return re.sub(r"\r\n?", "\n", text).removesuffix("\n")


def arrived(desk: Desk, name: str) -> list[tuple[str, str]]:
    """Return heading and text of every part that *name* took, in the order of arrival."""
    if name == "email":
        mails = [email.message_from_bytes(e.original_content) for e in desk.post.taken]
        return [
            (
                str(email.header.make_header(email.header.decode_header(m["Subject"]))),
                as_lines(m.get_payload(decode=True).decode()),
            )
            for m in mails
        ]
    found = []
    for asked in desk.platforms[name].taken:
        said = asked.said
        if name in {"ntfy", "webhook"}:
            found.append((said["title"], said["message" if name == "ntfy" else "text"]))
        else:
            content = said["content" if name == "feishu" else "text"]
            whole = content["text" if name == "feishu" else "content"]
            heading, _, text = whole.partition("\n")
            found.append((heading, text))
    return found


@pytest.mark.parametrize("name", ALL)
def test_a_message_arrives(desk: Desk, name: str) -> None:
    desk.use(name)
    desk.put("七星湾水位 36.5 米。\n请看值班台。")

    done = desk.send()

    mark = "【回应】" if name == "dingtalk" else ""
    assert [(o, r) for _, o, r in desk.attempts()] == [("sent", "")]
    assert (done.sent, done.failed) == (1, 0)
    assert arrived(desk, name) == [(f"{HEAD}{mark}", "七星湾水位 36.5 米。\n请看值班台。")]


@pytest.mark.parametrize("name", ALL)
def test_long_messages_arrive_in_parts_that_make_the_text_again(desk: Desk, name: str) -> None:
    desk.use(name)
    random = Random(4)  # noqa: S311
    text = (
        "".join(message(random) for _ in range(12))[:30_000].replace("<at", "<t")
        + '"水位"\n' * 12_000
    )
    desk.put(text)
    cut = splitting.split(HEAD, text, CHANNELS[NoticeChannel(name)])

    for _ in range(40):
        desk.send()
        desk.clock.forward(minutes=1)

    found = arrived(desk, name)
    assert {outcome for _, outcome, _ in desk.attempts()} == {"sent"}
    assert len(found) > 1
    if name == "email":
        assert found == [(part.heading, as_lines(text[part.start : part.end])) for part in cut]
    else:
        assert "".join(part for _, part in found).encode() == text.encode()


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("wecom", "参数不合要求，多为过长（代码 40058）"),
        ("dingtalk", "不收（代码 460101）"),
        ("feishu", "请求不合要求，多为过长或格式有误（代码 9499）"),
        ("ntfy", "消息过长（HTTP 413）"),
        ("webhook", "消息过长（HTTP 413）"),
        ("email", "邮件过长（552）"),
    ],
)
def test_the_stand_ins_refuse_a_part_that_is_too_long(desk: Desk, name: str, refusal: str) -> None:
    """The control: what is not cut is refused, and a refusal is not taken for a success."""
    desk.use(name)
    desk.put("水" * 40_000)
    with transaction(desk.services.engine) as session:
        outbox.plan(session, desk.targets(), drill=True, now=NOON)
        first = select(DeliveryRow.id).where(DeliveryRow.part == 1).scalar_subquery()
        session.execute(
            update(DeliveryRow).where(DeliveryRow.id == first).values(start=0, end=40_000)
        )

    desk.send()

    assert desk.attempts()[0][1:] == ("refused", refusal)


@pytest.mark.parametrize("name", ["wecom", "dingtalk", "feishu", "ntfy", "webhook"])
def test_a_hundred_messages_never_go_too_fast(desk: Desk, name: str) -> None:
    desk.use(name)
    for number in range(100):
        desk.put(key=f"k{number}")

    for _ in range(2000):
        desk.send()
        if len(desk.platforms[name].taken) == 100:
            break
        desk.clock.forward(seconds=1)

    assert len(desk.platforms[name].taken) == 100
    assert {outcome for _, outcome, _ in desk.attempts()} == {"sent"}


@pytest.mark.parametrize("name", ["wecom", "dingtalk", "feishu", "ntfy", "webhook"])
def test_the_stand_ins_refuse_what_comes_too_fast(desk: Desk, name: str) -> None:
    """The control: many outboxes that know nothing of each other are told to slow down."""
    desk.use(name)
    for number in range(150):
        desk.put(key=f"k{number}")
        with transaction(desk.services.engine) as session:
            session.execute(update(DeliveryRow).values(target="sent by another"))
            session.connection().exec_driver_sql(
                "UPDATE delivery_attempts SET target = 'sent by another' WHERE outcome = 'sent'"
            )
        desk.send()

    slow = [(o, r) for t, o, r in desk.attempts() if o == "throttled"]
    assert slow
    assert all("发送过快" in reason for _, reason in slow)


def test_the_pace_holds_over_a_restart(desk: Desk) -> None:
    desk.use("wecom")
    for number in range(30):
        desk.put(key=f"k{number}")

    first = desk.send()
    desk.services.engine.dispose()
    second = desk.send()

    assert (first.sent, second.sent) == (18, 0)


def test_after_a_lock_dingtalk_is_left_alone_for_ten_minutes(desk: Desk) -> None:
    desk.use("dingtalk")
    desk.put()
    desk.platforms["dingtalk"].locked_until = NOON + timedelta(minutes=10)

    for _ in range(40):
        desk.send()
        desk.clock.forward(seconds=30)

    assert [(o, r) for _, o, r in desk.attempts()] == [
        ("throttled", "发送过快（代码 130101）"),
        ("sent", ""),
    ]
    assert timedelta(minutes=10) <= desk.platforms["dingtalk"].at[1] - NOON
    assert desk.platforms["dingtalk"].at[1] - NOON <= timedelta(minutes=12)


@pytest.mark.parametrize(
    ("header", "least_s", "most_s"),
    [
        ("90", 90, 130),
        ((NOON + timedelta(minutes=3)).strftime("%a, %d %b %Y %H:%M:%S GMT"), 180, 220),
        ("999999", 3600, 4000),
        ("soon", 60, 90),
        ("nan", 60, 90),
        ("-5", 0, 30),
    ],
)
def test_retry_after_is_obeyed_up_to_an_hour(
    desk: Desk, header: str, least_s: int, most_s: int
) -> None:
    desk.use("webhook")
    desk.put()
    platform = desk.platforms["webhook"]
    platform.faults.append(answering(429, Retry_After=header))

    desk.send()
    while len(platform.asked) < 2:
        desk.clock.forward(seconds=10)
        desk.send()

    assert least_s <= (platform.at[1] - NOON).total_seconds() <= most_s


@pytest.mark.parametrize(
    ("name", "fault", "outcome", "reason"),
    [
        ("webhook", answering(500), "server_error", "对方出错（HTTP 500）"),
        ("webhook", answering(404), "refused", "没有这个地址（HTTP 404）"),
        ("webhook", hanging(3), "timeout", "在限定时间内没有回答"),
        ("webhook", dripping, "timeout", "在限定时间内没有回答"),
        ("ntfy", answering(302, Location="/else"), "refused", "要求转到别处，没有跟随（HTTP 302）"),
        ("wecom", answering(502), "server_error", "对方出错（HTTP 502）"),
        (
            "wecom",
            answering(200, b"<html>sign in</html>"),
            "server_error",
            "回答不是该平台的格式，中间可能有认证页面",
        ),
        (
            "feishu",
            answering(200, b"{}"),
            "server_error",
            "回答不是该平台的格式，中间可能有认证页面",
        ),
        ("dingtalk", answering(200, b'{"errcode": "0"}'), "server_error", "回答不是该平台的格式"),
        ("dingtalk", answering(200, b'{"errcode": 300001}'), "refused", "令牌无效（代码 300001）"),
        (
            "feishu",
            answering(200, b'{"code": 19021}'),
            "refused",
            "签名不符，或本机时间不准（代码 19021）",
        ),
        (
            "wecom",
            answering(200, b'{"errcode": 93000}'),
            "refused",
            "机器人地址无效，或机器人已被移除（代码 93000）",
        ),
        (
            "wecom",
            answering(200, b"[" * 90_000),
            "server_error",
            "回答不是该平台的格式，中间可能有认证页面",
        ),
    ],
)
def test_a_failure_is_told_in_words_and_tried_again(
    desk: Desk, name: str, fault: object, outcome: str, reason: str
) -> None:
    desk.use(name)
    desk.put()
    desk.platforms[name].faults.append(fault)

    desk.send()
    desk.clock.forward(seconds=16)
    desk.send()

    assert [(o, r) for _, o, r in desk.attempts()] == [(outcome, reason), ("sent", "")]
    assert len(arrived(desk, name)) == 1


def test_nobody_listening_is_unreachable(desk: Desk) -> None:
    desk.set(desk.target("webhook"), webhook=f"json://{SECRET}@127.0.0.1:{free_port()}/in")
    desk.put()

    desk.send()

    assert desk.attempts() == [("webhook", "unreachable", "连接不上，或连接中断")]


def test_one_dead_target_holds_up_no_other(desk: Desk) -> None:
    desk.use("webhook", "wecom", "ntfy")
    desk.platforms["webhook"].faults += [hanging(5)] * 9
    for number in range(5):
        desk.put(key=f"k{number}")

    began = time.monotonic()
    desk.send()

    assert len(arrived(desk, "wecom")) == len(arrived(desk, "ntfy")) == 5
    assert len(desk.platforms["webhook"].asked) == 1, "the rest waits for the target"
    assert time.monotonic() - began < 4


def test_an_attempt_without_end_is_broken_off(desk: Desk) -> None:
    desk.settings("drill = true\nnotices_timeout_s = 0.5\n")
    desk.use("webhook", "ntfy")
    desk.platforms["webhook"].faults.append(never_done_with_its_headers)
    desk.put()

    began = time.monotonic()
    desk.send()

    assert time.monotonic() - began < 5
    assert sorted(desk.attempts()) == [
        ("ntfy", "sent", ""),
        ("webhook", "timeout", "在限定时间内没有回答"),
    ]


def test_tries_come_further_and_further_apart_then_end(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    platform = desk.platforms["webhook"]
    platform.faults += [answering(500)] * 99

    for _ in range(1000):
        desk.send()
        desk.clock.forward(seconds=10)

    gaps = [(b - a).total_seconds() for a, b in zip(platform.at, platform.at[1:], strict=False)]
    assert len(platform.at) == outbox.MOST_TRIES
    assert all(7.5 <= gap <= 610 for gap in gaps)
    assert gaps[0] < 26
    assert gaps[6] > 240
    assert desk.states() == [("webhook", 1, "given_up")]


def test_a_part_sent_again_has_the_same_key(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    platform = desk.platforms["webhook"]
    platform.faults.append(hanging(1.5))

    desk.send()
    desk.clock.forward(seconds=20)
    desk.send()

    first, second = platform.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.said["id"] == first.headers["Idempotency-Key"]


def test_a_forged_body_does_not_pass_the_signature(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.send()
    platform = desk.platforms["webhook"]
    (good,) = platform.taken

    forged = Asked(good.path, {}, good.headers, good.body.replace(b"C3", b"C4"))
    late = Asked(good.path, {}, good.headers | {"X-Huiying-Timestamp": "1"}, good.body)

    assert platform.judge(platform, good)[0] == 200
    assert platform.judge(platform, forged)[0] == 401
    assert platform.judge(platform, late)[0] == 401


def test_two_processes_do_not_send_one_part_twice(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    with transaction(desk.services.engine) as session:
        outbox.plan(session, desk.targets(), drill=True, now=NOON)
        (target,) = desk.targets()
        lease = timedelta(minutes=1)
        mine = outbox.claim(session, target, now=NOON, lease=lease, quiet=False)

    theirs = desk.send()

    assert mine is not None
    assert theirs.sent == 0


def test_two_processes_at_once_send_each_part_once(desk: Desk) -> None:
    desk.clock.now = utc_now()
    desk.settings("drill = true\n")
    desk.use("webhook", "wecom", "ntfy")
    for number in range(10):
        desk.put(key=f"k{number}")
    command = [
        sys.executable,
        *("-c", "from console.cli import main; main()"),
        *("notify", "send", "--data", str(desk.services.data)),
    ]

    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0].decode() for process in both]

    keys = [asked.headers["Idempotency-Key"] for asked in desk.platforms["webhook"].asked]
    assert (len(keys), len(set(keys))) == (10, 10)
    assert len(desk.platforms["wecom"].asked) == len(desk.platforms["ntfy"].asked) == 10
    assert sum(int(re.findall(r"送出 (\d+) 段", line)[0]) for line in said) == 30


def test_a_clock_that_is_put_back_holds_up_nothing(desk: Desk) -> None:
    desk.use("webhook", "ntfy")
    desk.platforms["webhook"].faults.append(answering(500))
    for number in range(30):
        desk.put(key=f"k{number}")
    desk.send()
    with transaction(desk.services.engine) as session:
        session.execute(update(DeliveryRow).values(leased_until=NOON + timedelta(minutes=1)))

    desk.clock.forward(days=-1)
    desk.send()

    assert len(arrived(desk, "webhook")) == 30
    assert len(arrived(desk, "ntfy")) == 20


def test_our_own_mistake_is_told_when_all_others_have_been_served(desk: Desk) -> None:
    desk.use("ntfy", "webhook")
    desk.put()
    desk.platforms["webhook"].faults.append(answering(500))
    with transaction(desk.services.engine) as session:
        outbox.plan(session, desk.targets(), drill=True, now=NOON)
        session.connection().exec_driver_sql(
            "UPDATE deliveries SET heading = CAST(X'30' AS BLOB) WHERE target = 'ntfy'"
        )

    with pytest.raises(TypeError):
        desk.send()

    assert [(t, o) for t, o, _ in desk.attempts()] == [
        ("ntfy", "unknown"),
        ("webhook", "server_error"),
    ]


def test_what_a_dead_process_was_sending_is_sent_when_its_lease_ends(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    (target,) = desk.targets()
    with transaction(desk.services.engine) as session:
        outbox.plan(session, [target], drill=True, now=NOON)
        outbox.claim(session, target, now=NOON, lease=timedelta(minutes=1), quiet=False)

    desk.clock.forward(seconds=61)
    desk.send()

    assert [o for _, o, _ in desk.attempts()] == ["unknown", "sent"]
    assert desk.states() == [("webhook", 1, "sent")]


def test_nothing_is_sent_when_the_act_fails(desk: Desk) -> None:
    desk.use("webhook")

    def act() -> None:
        with transaction(desk.services.engine) as session:
            outbox.queue(
                session,
                key="k",
                level=ConcernLevel.C4,
                title="没有发生",
                text="",
                kind=NoticeKind.ALERT,
                at=NOON,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    desk.send()

    assert desk.platforms["webhook"].asked == []


def test_the_grave_goes_first(desk: Desk) -> None:
    desk.use("webhook")
    desk.put(key="a", title="关注", level=ConcernLevel.C1)
    desk.put(key="b", title="紧急", level=ConcernLevel.C4)

    desk.send()

    assert [heading for heading, _ in arrived(desk, "webhook")] == ["【演练】紧急", "【演练】关注"]


def test_in_the_quiet_hours_only_the_grave_goes(desk: Desk) -> None:
    desk.set(
        desk.target("webhook", "quiet = true") + "\n" + desk.target("ntfy"),
        webhook=desk.address("webhook"),
        ntfy=desk.address("ntfy"),
    )
    desk.put(key="a", title="关注", level=ConcernLevel.C1)
    desk.put(key="b", title="紧急", level=ConcernLevel.C3)

    desk.send(is_quiet=True)

    assert [heading for heading, _ in arrived(desk, "webhook")] == ["【演练】紧急"]
    assert len(arrived(desk, "ntfy")) == 2

    desk.send(is_quiet=False)

    assert len(arrived(desk, "webhook")) == 2


def test_at_the_whole_hour_feishu_takes_only_the_grave(desk: Desk) -> None:
    desk.use("feishu")
    desk.clock.now = NOON.replace(minute=30)
    desk.put(key="a", title="关注", level=ConcernLevel.C1)
    desk.put(key="b", title="紧急", level=ConcernLevel.C3)

    desk.send()
    at_once = len(arrived(desk, "feishu"))
    desk.clock.forward(minutes=1)
    desk.send()

    assert (at_once, len(arrived(desk, "feishu"))) == (1, 2)


@pytest.mark.parametrize(
    ("kind", "level", "wanted"),
    [
        (NoticeKind.ALERT, ConcernLevel.C2, True),
        (NoticeKind.ALERT, ConcernLevel.C1, False),
        (NoticeKind.HEARTBEAT, ConcernLevel.C0, True),
        (NoticeKind.REPORT, ConcernLevel.C4, False),
        (NoticeKind.TEST, ConcernLevel.C4, False),
    ],
)
def test_a_target_gets_the_kinds_and_levels_it_wants(
    desk: Desk, kind: NoticeKind, level: ConcernLevel, *, wanted: bool
) -> None:
    desk.use("webhook", extra='kinds = ["alert", "heartbeat"]\nleast_level = "C2"')
    desk.put(kind=kind, level=level)

    desk.send()

    assert bool(arrived(desk, "webhook")) is wanted


def test_what_waited_for_more_than_a_day_is_not_sent(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.clock.forward(hours=25)

    desk.send()

    assert desk.platforms["webhook"].asked == []
    assert desk.attempts() == [("webhook", "expired", "超过一天没有发送，已过时")]


def test_a_target_that_is_gone_is_given_up(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.platforms["webhook"].faults.append(answering(500))
    desk.send()

    desk.set("")
    desk.send()

    assert desk.states() == [("webhook", 1, "given_up")]
    assert desk.attempts()[-1][1:] == ("expired", "notices.toml 中已没有这个目标")


def test_a_target_without_address_is_told(desk: Desk) -> None:
    desk.set(desk.target("webhook"))
    desk.put()

    desk.send()

    assert desk.attempts() == [("webhook", "refused", "密钥文件和环境中都没有它的地址")]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("wecom", "wecombot://"),
        ("ntfy", "ntfy://"),
        ("email", "mailto://127.0.0.1"),
        ("webhook", "json://127.0.0.1/in"),
        ("dingtalk", "dingtalk://bad!token"),
    ],
)
def test_an_address_that_is_not_whole_is_refused_and_stops_nothing(
    desk: Desk, name: str, address: str
) -> None:
    desk.set(desk.target(name), **{name: address})
    desk.put()

    desk.send()

    ((_, outcome, reason),) = desk.attempts()
    assert outcome in {"refused", "unreachable"}
    assert reason


def test_a_title_alone_arrives(desk: Desk) -> None:
    desk.use(*ALL)
    desk.put("")

    done = desk.send()

    assert (done.sent, done.failed) == (6, 0)
    assert arrived(desk, "wecom") == [(HEAD, "")]


def test_without_targets_nothing_is_kept_waiting(desk: Desk) -> None:
    desk.put()

    desk.send()

    with transaction(desk.services.engine) as session:
        assert session.scalars(select(NoticeRow.planned_at)).one() == NOON
    assert desk.states() == []


def test_mail_that_one_of_two_took_is_not_sent_to_that_one_again(desk: Desk) -> None:
    desk.set(desk.target("email"), email=desk.address("email") + ",gone@example.org")
    desk.post.unwanted = {"gone@example.org"}
    desk.put()

    desk.send()
    desk.clock.forward(hours=1)
    desk.send()

    assert desk.attempts() == [("email", "sent", "有收件人被拒收")]
    assert len(desk.post.taken) == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        ("451 later", "server_error", "邮件服务器暂时不收（451）"),
        ("550 no", "refused", "邮件服务器不收（550）"),
        ("552 long", "refused", "邮件过长（552）"),
    ],
)
def test_a_mail_server_that_refuses_is_told_by_its_code(
    desk: Desk, answer: str, outcome: str, reason: str
) -> None:
    desk.use("email")
    desk.put()
    desk.post.refusals.append(answer)

    desk.send()
    desk.clock.forward(seconds=20)
    desk.send()

    assert [(o, r) for _, o, r in desk.attempts()] == [(outcome, reason), ("sent", "")]


def test_a_mail_server_without_encryption_gets_nothing_that_wants_it(desk: Desk) -> None:
    desk.set(desk.target("email"), email=desk.address("email").replace("mailto:", "mailtos:"))
    desk.put()

    desk.send()

    assert desk.attempts() == [("email", "tls", "邮件服务器不支持加密或登录")]
    assert desk.post.taken == []


def test_a_mail_server_that_says_nothing_is_a_timeout(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        desk.set(desk.target("email"), email=f"mailto://127.0.0.1:{port}?from=a@b.org&to=c@d.org")
        desk.put()

        desk.send()

    assert desk.attempts() == [("email", "timeout", "在限定时间内没有回答")]


def test_a_mailbox_that_is_none_is_told(desk: Desk) -> None:
    desk.set(desk.target("email"), email=desk.address("email").replace("duty@", "值班@"))
    desk.put()

    desk.send()

    assert desk.attempts() == [("email", "refused", "地址不完整，没有发出，见 docs/notices.md")]
    assert desk.post.taken == []


def test_the_webhook_says_what_the_document_says(desk: Desk) -> None:
    desk.use("webhook")
    desk.put("正文")
    desk.send()

    said = desk.platforms["webhook"].taken[0].said

    assert list(said) == [
        *("version", "id", "kind", "level", "title", "text", "part", "parts", "queued_at"),
    ]
    assert json.dumps(said["queued_at"]) == '"2031-06-18T12:10:00+08:00"'
