from datetime import date
from pathlib import Path

import pytest

from console import reporting
from console.wiring import Services
from core.database import reading
from core.errors import HuiyingError


def test_the_figures_of_the_day_agree_with_its_chart(played: Services) -> None:
    with reading(played.engine) as session:
        data = reporting.nightly_data(session, played, date(2031, 6, 17))

    assert data.totals[0].count == sum(count for _, count in data.hourly) > 500
    assert data.duplicates > 100
    assert data.alerts
    assert data.claims


def test_the_same_day_gives_the_same_bytes(played: Services, tmp_path: Path) -> None:
    one = reporting.write_nightly(played, "2031-06-17", tmp_path / "a").read_bytes()
    two = reporting.write_nightly(played, "2031-06-17", tmp_path / "b").read_bytes()

    assert one == two
    assert "没有看到什么" in one.decode()


@pytest.mark.parametrize("day", ["yesterday", "2031-13-01", ""])
def test_what_is_no_day_is_named(played: Services, day: str) -> None:
    with pytest.raises(HuiyingError, match="--date"):
        reporting.write_nightly(played, day, None)
