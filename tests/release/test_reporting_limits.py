from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import HuiyingError
from core.lexicon import incident_parents
from release.reporting_limits import Limit, limits_for, load_limits

NOW = datetime(2031, 6, 17, 12, tzinfo=UTC)
OWN = """
[[limits]]
id = "county_phone"
report = "first"
hours = 0.5
applies = ["natural_disaster"]
to = "市委市政府总值班室（电话）"
source = "某市信息报告办法"
effective = 2030-01-01
city = "云岚市"
checked = true

[[limits]]
id = "disaster_statistics"
hours = 2
to = "不适用"
source = "本市另有规定"
off = true
"""


def test_every_limit_names_its_document_and_whom_to_tell(tmp_path: Path) -> None:
    limits = load_limits(tmp_path / "none.toml")
    parents = {parent for parent, _ in incident_parents().values()}

    assert len(limits) >= 4
    assert all("《" in limit.source and limit.to for limit in limits)
    assert {name for limit in limits for name in limit.applies} <= parents


def test_the_operators_file_goes_over_ours(tmp_path: Path) -> None:
    file = tmp_path / "reporting_limits.toml"
    file.write_text(OWN, encoding="utf-8")

    found = limits_for(load_limits(file), "natural_disaster", NOW)

    assert [limit.id for limit in found if limit.report == "first"] == ["county_phone"]
    assert found[0].due(NOW) == NOW + timedelta(minutes=30)


def test_the_tightest_limit_stands_first_and_others_kinds_are_left_out(tmp_path: Path) -> None:
    found = limits_for(load_limits(tmp_path / "none.toml"), "accident_disaster", NOW)

    assert [limit.id for limit in found] == ["work_safety"]


def test_a_limit_does_not_hold_before_its_day() -> None:
    limit = Limit(id="new", hours=1, to="市政府", source="《某办法》", effective=NOW.date())

    assert limits_for([limit], "", NOW) == (limit,)
    assert limits_for([limit], "", NOW - timedelta(days=1)) == ()


@pytest.mark.parametrize("text", ["limits = 3", "[[limits]]\nid = 'x'\nhours = 0", "= ="])
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "reporting_limits.toml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(HuiyingError, match=r"reporting_limits\.toml"):
        load_limits(file)
