import pytest

from console.notices.targets import load_targets
from core.errors import HuiyingError
from core.vocabulary import ConcernLevel, NoticeChannel, NoticeKind
from tests.console.notices.conftest import Desk
from tests.console.notices.platforms import KEY

WECOM = '[[targets]]\nname = "group"\nchannel = "wecom"\n'


def refusal(desk: Desk) -> str:
    with pytest.raises(HuiyingError) as caught:
        load_targets(desk.services)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_target_is_read_with_its_address_apart(desk: Desk) -> None:
    desk.set(WECOM + 'kinds = ["alert"]\nleast_level = "C2"\nquiet = true', group="wecombot://k-1")

    (target,) = load_targets(desk.services)

    assert (target.name, target.channel, target.quiet) == ("group", NoticeChannel.WECOM, True)
    assert (target.kinds, target.least_level) == ({NoticeKind.ALERT}, ConcernLevel.C2)
    assert target.address is not None
    assert target.address.get_secret_value() == "wecombot://k-1"


def test_without_the_file_there_are_none(desk: Desk) -> None:
    assert load_targets(desk.services) == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('kind = ["alert"]', "targets.0.kind: Extra inputs are not permitted, got ['alert']"),
        ('least_level = "C9"', "targets.0.least_level: Input should be"),
        ('kinds = ["alerts"]', "got 'alerts'"),
        ("quiet = 7", "got 7"),
        ('server = "http://u@h"', "targets.0.server"),
    ],
)
def test_a_wrong_key_is_told_with_file_field_and_value(desk: Desk, line: str, told: str) -> None:
    desk.set(WECOM + line)

    assert told in refusal(desk)
    assert "notices.toml" in refusal(desk)


@pytest.mark.parametrize(
    "line",
    [
        f'address = "wecombot://{KEY}"',
        f'key = "{KEY}"',
        f'server = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY}"',
        f'keyword = "{KEY}"',
        f'"{KEY}',
    ],
)
def test_an_address_in_the_wrong_file_is_refused_and_not_repeated(desk: Desk, line: str) -> None:
    desk.set(WECOM + line)

    assert KEY not in refusal(desk)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_addresses_that_others_may_read_are_refused(desk: Desk, mode: int) -> None:
    desk.set(WECOM, group=f"wecombot://{KEY}")
    (desk.services.data / "keys" / "notices.toml").chmod(mode)

    assert f"mode is {mode:o}" in refusal(desk)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"group = 'wecombot://{KEY}", "not TOML in UTF-8"),
        (f"group = wecombot://{KEY}", "not TOML in UTF-8 (line 1)"),
        (f"[group]\nkey = '{KEY}'", "1 entries are no text"),
        (f"'wecombot://{KEY}' = 'group'", "1 addresses for no target"),
        (f"group = '{KEY}'", "begins with wecombot://, got something else"),
        (f"group = 'lark://{KEY}'", "begins with wecombot://, got lark://"),
        (f"group = '{KEY}://x'", "got something else"),
        (f"group = 'wecombot://[{KEY}'", "begins with wecombot://, got something else"),
    ],
)
def test_a_wrong_address_is_told_without_repeating_it(desk: Desk, text: str, told: str) -> None:
    desk.set(WECOM)
    file = desk.services.data / "keys" / "notices.toml"
    file.write_text(text, encoding="utf-8")

    assert told in refusal(desk)
    assert KEY not in refusal(desk)


def test_one_name_twice_is_refused(desk: Desk) -> None:
    desk.set(WECOM + WECOM)

    assert "given twice: group" in refusal(desk)


def test_an_address_comes_from_the_environment_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYING_NOTICE_SECRETS__GROUP", "wecombot://from-env")
    desk.settings("drill = true\n")
    desk.set(WECOM)

    (target,) = load_targets(desk.services)

    assert target.address is not None
    assert target.address.get_secret_value() == "wecombot://from-env"


@pytest.mark.parametrize(
    "text",
    [
        f'notice_secrets = {{ group = "wecombot://{KEY}" }}\n',
        f'notice_secrets = "{KEY}"\n',
        f'notice_secret = {{ group = "wecombot://{KEY}" }}\n',
    ],
)
def test_an_address_in_the_settings_file_is_refused_and_not_repeated(desk: Desk, text: str) -> None:
    with pytest.raises(HuiyingError) as caught:
        desk.settings(text)

    assert "notice_secret" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("value", [f'["{KEY}"]', KEY])
def test_an_environment_of_the_wrong_shape_is_not_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HUIYING_NOTICE_SECRETS", value)

    with pytest.raises(HuiyingError) as caught:
        desk.settings("drill = true\n")

    assert KEY not in str(caught.value)


def test_the_first_file_written_by_hand_needs_only_three_lines(desk: Desk) -> None:
    desk.set(WECOM)

    (target,) = load_targets(desk.services)

    assert target.kinds == frozenset(NoticeKind) - {NoticeKind.TEST}
    assert target.address is None
