import pytest

from tests.console.notices.conftest import Desk

ALL = ("wecom", "dingtalk", "feishu", "ntfy", "webhook", "email")


@pytest.mark.parametrize("name", ALL)
def test_a_message_arrives(desk: Desk, name: str) -> None:
    desk.use(name)
    desk.put("七星湾水位 36.5 米。\n请看值班台。")

    done = desk.send()

    assert [(o, r) for _, o, r in desk.attempts()] == [("sent", "")]
    assert (done.sent, done.failed) == (1, 0)
