from pathlib import Path

import pytest

from core.errors import HuiyingError
from core.settings import load_settings


@pytest.fixture(autouse=True)
def no_port_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser tests set one for their process, and may have run before these in it."""
    monkeypatch.delenv("HUIYING_CONSOLE_PORT", raising=False)


def test_an_unknown_name_in_the_file_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "huiying.toml").write_text("crawl_dely_s = 3\n", encoding="utf-8")

    with pytest.raises(HuiyingError, match="crawl_dely_s"):
        load_settings(tmp_path)


def test_an_unknown_name_in_the_environment_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYING_OFICE_NAME", "x")

    with pytest.raises(HuiyingError, match="HUIYING_OFICE_NAME"):
        load_settings(tmp_path)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "huiying.toml").write_text('office_name = "文件县"\n', encoding="utf-8")
    monkeypatch.setenv("HUIYING_OFFICE_NAME", "环境县")

    assert load_settings(tmp_path).office_name == "环境县"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("crawl_delay_s = 0.1", "crawl_delay_s"),
        ("console_port = 70000", "console_port"),
        ("[notice]\nhazard_voices = 1", "notice.hazard_voices"),
        ("office_name = 3", "office_name"),
        ('public_url = "javascript:alert(1)/"', "public_url"),
        ('public_url = "https://press.example"', "public_url"),
        ("office_name = ", "huiying.toml"),
    ],
)
def test_a_value_out_of_range_is_named(tmp_path: Path, line: str, named: str) -> None:
    (tmp_path / "huiying.toml").write_text(line + "\n", encoding="utf-8")

    with pytest.raises(HuiyingError, match=named):
        load_settings(tmp_path)


def test_only_a_drill_may_be_fast(tmp_path: Path) -> None:
    (tmp_path / "huiying.toml").write_text("crawl_delay_s = 0\ndrill = true\n", encoding="utf-8")

    assert load_settings(tmp_path).crawl_delay_s == 0
