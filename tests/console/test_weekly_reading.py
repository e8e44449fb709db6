import json
from datetime import date
from pathlib import Path

import pytest

from analysis.reports import weekly
from console import brief_files, replaying, weekly_reading, wiring
from console.drill.site import drill_files
from console.wiring import Services
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import ReportForm
from tests.console.conftest import quiet

LAST = date(2031, 6, 19)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Services:
    """A folder with complaints about the pump on three days and about the bridge on two."""
    folder = tmp_path_factory.mktemp("week") / "d"
    folder.mkdir()
    drill_files(folder, "http://127.0.0.1:9")
    services = wiring.prepare(folder)
    said = [(day, "东禾泵站", n) for day in (16, 17, 19) for n in range(2)]
    said += [(day, "柏舟桥", n) for day in (17, 18) for n in range(2)]
    posts = [
        {
            "id": f"{place}-{day}-{n}",
            "published_at": f"2031-06-{day}T1{n}:0{n}:00+08:00",
            "channel": "forum",
            "text": f"{place}门口第{n}天积水没人管，谁负责，{day}号了",
            "author": f"u{day}{n}{place}",
        }
        for day, place, n in sorted(said)
    ]
    file = folder.parent / "posts.jsonl"
    file.write_text("\n".join(json.dumps(post, ensure_ascii=False) for post in posts), "utf-8")
    replaying.replay_file(services, file, step="1h", incident=None, source="week", progress=quiet)
    return services


def test_what_came_back_on_three_days_is_told_and_on_two_is_not(week: Services) -> None:
    with reading(week.engine) as session:
        data = weekly_reading.weekly_data(session, week, LAST)

    assert [(r.place, r.days) for r in data.recurring] == [("东禾泵站", 3)]
    assert data.recurring[0].texts == 6


def test_days_without_any_sight_are_not_zero(week: Services) -> None:
    with reading(week.engine) as session:
        data = weekly_reading.weekly_data(session, week, LAST)

    assert data.totals[0].counts[:3] == (None, None, None)
    assert data.totals[0].counts[3:] == (2, 4, 2, 2)
    assert data.totals[0].before is None


def test_a_played_week_has_its_claims_and_case(played: Services) -> None:
    with reading(played.engine) as session:
        data = weekly_reading.weekly_data(session, played, date(2031, 6, 18))

    assert data.case is not None
    assert data.case.incident_id == "rain-2031"
    assert data.topics[0].name == "东禾泵站：设施停运"
    assert data.totals[0].total == data.case.texts > 500
    assert "公众关切周报" in weekly.document(data).title


def test_the_same_week_gives_the_same_bytes(week: Services, tmp_path: Path) -> None:
    one = brief_files.write_weekly(week, "2031-06-19", tmp_path / "a", tuple(ReportForm))
    two = brief_files.write_weekly(week, "2031-06-19", tmp_path / "b", tuple(ReportForm))

    assert [f.read_bytes() for f in one] == [f.read_bytes() for f in two]


def test_what_is_no_day_is_named(week: Services) -> None:
    with pytest.raises(HuiyingError, match="--date"):
        brief_files.write_weekly(week, "Sunday", None, tuple(ReportForm))
