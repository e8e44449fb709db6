"""Addresses hold keys: no log, error, table, file or output may repeat one."""

import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from console import exporting
from console.cli import app
from console.notices import carrying
from console.notices.carrying import carry, road
from console.notices.records import Letter
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import ConcernLevel, NoticeKind
from tests.console.notices.conftest import Desk
from tests.console.notices.platforms import KEY, NOON, SECRET, TOKEN, answering, hanging

ALL = ("wecom", "dingtalk", "feishu", "ntfy", "webhook", "email")
CANARIES = (KEY, TOKEN, SECRET, "pa55canary")


def found(text: str | bytes) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    return [canary for canary in CANARIES if canary.encode() in raw]


def echoing(status: int) -> object:
    """Answer with the caller's own keys, as an error page may."""
    return answering(status, " ".join(CANARIES).encode())


def everything_goes_wrong(desk: Desk) -> None:
    """Send to every platform in every way that ends in words."""
    desk.use(*ALL)
    secrets = desk.services.data / "keys" / "notices.toml"
    text = secrets.read_text("utf-8").replace("mailto://", "mailto://user:pa55canary@")
    secrets.write_text(text, encoding="utf-8")
    for platform in desk.platforms.values():
        platform.faults += [echoing(500), echoing(403), echoing(200), hanging(1.5), echoing(302)]
    desk.put()
    for _ in range(12):
        desk.send()
        desk.clock.forward(minutes=12)


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """Hear every log line there is, however quiet."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    loud = [logging.getLogger(n) for n in (None, "apprise", "urllib3", "urllib3.connectionpool")]
    levels = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(1)
    loud[0].addHandler(handler)
    yield stream
    loud[0].removeHandler(handler)
    for logger, level in zip(loud, levels, strict=True):
        logger.setLevel(level)


def test_no_log_repeats_a_key(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    with listening() as heard:
        everything_goes_wrong(desk)

    said = capfd.readouterr()
    assert found(heard.getvalue() + said.out + said.err) == []
    assert desk.platforms["wecom"].asked[0].query["key"] == KEY
    assert len(desk.attempts()) > 25


def test_unsilenced_apprise_and_urllib3_would_log_the_keys(desk: Desk) -> None:
    """The control: the ear hears, and there is something to hear."""
    loggers = [logging.getLogger(name) for name in ("apprise", "urllib3.connectionpool")]
    for logger in loggers:
        logger.removeFilter(carrying.SILENCE)

    with listening() as heard:
        everything_goes_wrong(desk)

    for logger in loggers:
        logger.addFilter(carrying.SILENCE)
    assert {KEY, TOKEN} <= set(found(heard.getvalue()))


def test_no_file_but_their_own_holds_a_key(desk: Desk) -> None:
    everything_goes_wrong(desk)

    desk.services.engine.dispose()

    own = desk.services.data / "keys" / "notices.toml"
    files = [file for file in desk.services.data.rglob("*") if file.is_file() and file != own]
    assert found(own.read_bytes()) == list(CANARIES)
    assert any(b"webhook" in file.read_bytes() for file in files), "the outbox was looked at"
    assert [file for file in files if found(file.read_bytes())] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["notify", "targets"],
        ["notify", "targets", "--json"],
        ["notify", "list"],
        ["notify", "list", "--json"],
        ["notify", "send"],
        ["notify", "test", "wecom"],
        ["doctor"],
        ["doctor", "--json"],
    ],
)
def test_no_verb_prints_a_key(desk: Desk, arguments: list[str]) -> None:
    everything_goes_wrong(desk)

    done = CliRunner().invoke(app, [*arguments, "--data", str(desk.services.data)])

    assert done.output
    assert found(done.output) == []


def test_no_export_holds_a_key(desk: Desk) -> None:
    everything_goes_wrong(desk)

    with reading(desk.services.engine) as session:
        for name in set(exporting.EXPORTS) - {"sources"}:
            assert found("".join(exporting.as_json(session, name, None))) == []


def test_neither_a_target_nor_the_settings_show_a_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYING_NOTICE_SECRETS__WECOM", f"wecombot://{KEY}")
    desk.settings("drill = true\n")
    desk.set(desk.target("wecom"))
    (target,) = desk.targets()

    assert target.address is not None
    assert target.address.get_secret_value() == f"wecombot://{KEY}"
    for shown in (
        repr(target),
        str(target),
        repr(desk.services),
        desk.services.settings.model_dump_json(),
    ):
        assert found(shown) == []


@pytest.mark.parametrize(
    "address",
    [
        f"jsons://{SECRET}@[::1/in",
        f"jsons://{SECRET}@127.0.0.1:99999/in",
        f"jsons://{SECRET}@127.0.0.1:{SECRET}/in",
        f"jsons://{SECRET}@{'x' * 300}.example/in",
        f"jsons://{SECRET}@127.0.0.1/\u0000in",
        f"jsons://{SECRET}@",
        f"jsons://{SECRET}@-é-/",
    ],
)
def test_a_broken_address_is_told_without_repeating_it(desk: Desk, address: str) -> None:
    letter = Letter("k", NoticeKind.ALERT, ConcernLevel.C3, "题", "文", 1, 1, NOON)
    try:
        desk.set(desk.target("webhook"))
        (desk.services.data / "keys" / "notices.toml").write_text(
            f"webhook = {address!r}".replace("\\x00", "\\\\u0000").replace("'", '"'), "utf-8"
        )
        (target,) = desk.targets()
        ended = carry(letter, target, road(desk.services), NOON)
    except HuiyingError:
        assert found(traceback.format_exc()) == []
    else:
        assert ended.outcome.value in {"refused", "forbidden", "unreachable"}
        assert found(ended.reason) == []
