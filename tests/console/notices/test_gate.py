"""Where a message may go at all: nowhere but here in a drill, only with TLS outside one."""

import ssl

import pytest
import trustme

from console.notices.wire import Gate
from tests.console.notices.conftest import Desk
from tests.console.notices.platforms import SECRET, answering

DRILL = Gate(drill=True, plain_hosts=frozenset({"relay.office"}))
REAL = Gate(drill=False, plain_hosts=frozenset({"relay.office", "127.0.0.9"}))


@pytest.mark.parametrize(
    ("gate", "host", "secure", "allowed"),
    [
        (DRILL, "127.0.0.1", False, True),
        (DRILL, "::1", True, True),
        (DRILL, "localhost", False, True),
        (DRILL, "127.0.0.1.example.org", True, False),
        (DRILL, "localhost.example.org", True, False),
        (DRILL, "oapi.dingtalk.com", True, False),
        (DRILL, "relay.office", False, False),
        (DRILL, "10.0.0.1", True, False),
        (DRILL, "", True, False),
        (REAL, "oapi.dingtalk.com", True, True),
        (REAL, "oapi.dingtalk.com", False, False),
        (REAL, "relay.office", False, True),
        (REAL, "127.0.0.1", True, False),
        (REAL, "127.0.0.1", False, False),
        (REAL, "127.0.0.9", False, True),
    ],
)
def test_where_a_message_may_go(gate: Gate, host: str, *, secure: bool, allowed: bool) -> None:
    assert (gate.refusal(host, secure=secure) is None) is allowed


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("wecom", "wecombot://abc"),
        ("dingtalk", "dingtalk://abc"),
        ("feishu", "feishu://abc"),
        ("ntfy", "ntfys://topic"),
        ("ntfy", "ntfys://ntfy.example.org/topic"),
        ("webhook", "jsons://key@hook.example.org/in"),
        ("email", "mailtos://u:p@mail.example.org?to=a@b.org"),
    ],
)
def test_in_a_drill_no_other_machine_is_reached_and_that_is_told(
    desk: Desk, name: str, address: str
) -> None:
    desk.set(f'[[targets]]\nname = "{name}"\nchannel = "{name}"', **{name: address})
    desk.put()

    desk.send()

    assert desk.attempts() == [(name, "forbidden", "演练中只能发往本机")]
    assert desk.states() == [(name, 1, "given_up")]


@pytest.mark.parametrize("name", ["wecom", "webhook", "ntfy", "email"])
def test_outside_a_drill_this_machine_is_reached_only_when_the_settings_say_so(
    desk: Desk, name: str
) -> None:
    desk.use(name)
    desk.settings("notices_timeout_s = 1\n")
    desk.put(key="a")
    desk.send()

    desk.settings('notices_timeout_s = 1\nnotices_plain_hosts = ["127.0.0.1"]\n')
    desk.put(key="b")
    desk.send()

    assert [(o, r) for _, o, r in desk.attempts()] == [
        ("forbidden", "发往本机须在 notices_plain_hosts 中写明"),
        ("sent", ""),
    ]


def test_outside_a_drill_the_title_has_no_mark(desk: Desk) -> None:
    desk.use("webhook")
    desk.settings('notices_plain_hosts = ["127.0.0.1"]\n')
    desk.put()

    desk.send()

    assert desk.platforms["webhook"].taken[0].said["title"] == "升至 C3"


def secured(desk: Desk) -> trustme.CA:
    """Put the webhook behind TLS with a certificate that nobody knows yet."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = desk.platforms["webhook"].server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    desk.set(
        desk.target("webhook"),
        webhook=f"jsons://{SECRET}@127.0.0.1:{desk.platforms['webhook'].port}/in?verify=no",
    )
    return authority


def test_a_certificate_that_nobody_knows_is_refused_whatever_the_address_says(desk: Desk) -> None:
    secured(desk)
    desk.put()

    desk.send()

    assert desk.attempts() == [("webhook", "tls", "证书不可信、过期或与主机名不符")]


def test_with_the_certificates_of_the_office_it_is_reached(desk: Desk) -> None:
    authority = secured(desk)
    authority.cert_pem.write_to_path(str(desk.services.data / "ca.pem"))
    desk.settings('drill = true\nnotices_timeout_s = 2\nnotices_ca_file = "ca.pem"\n')
    desk.put()

    desk.send()

    assert desk.attempts() == [("webhook", "sent", "")]


def test_a_redirect_to_another_machine_is_not_followed(desk: Desk) -> None:
    desk.use("webhook")
    desk.put()
    desk.platforms["webhook"].faults.append(answering(307, Location="http://192.0.2.1/steal"))

    desk.send()

    assert [o for _, o, _ in desk.attempts()] == ["refused"]


def test_proxies_of_the_environment_are_not_used(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    desk.use("webhook")
    desk.put()

    desk.send()

    assert [o for _, o, _ in desk.attempts()] == ["sent"]
