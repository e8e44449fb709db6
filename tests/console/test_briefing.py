from datetime import timedelta
from pathlib import Path

import pytest

from analysis.reports import flash
from console import brief_files, briefing
from console.drill.scenario import load_scenario
from console.wiring import Services
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import ReportForm

INCIDENT = "rain-2031"
LATE = load_scenario().moment(9 * 60)
"""An hour before the replayed ten end; the dam claim went up at T+8:50."""


def test_the_dam_claim_heads_the_brief_with_its_counts_and_clock(played: Services) -> None:
    with reading(played.engine) as session:
        picture = briefing.picture(session, played, INCIDENT, LATE)

    first = picture.open_claims[0]
    assert first.name == "望澄水库：水库堤防溃决"
    assert (first.level, first.danger) == ("C4", True)
    assert first.due == LATE + timedelta(minutes=30)
    assert first.posts >= first.voices > 0
    assert flash.length(picture) <= flash.MOST_CHARACTERS


def test_nothing_that_came_later_is_in_a_picture(played: Services) -> None:
    early = load_scenario().moment(7 * 60)
    with reading(played.engine) as session:
        before = briefing.picture(session, played, INCIDENT, early)
        after = briefing.picture(session, played, INCIDENT, LATE)

    assert all(claim.noticed_at <= early for claim in before.said)
    assert sum(n for _, n in before.spread.hourly) <= before.spread.posts < after.spread.posts
    assert len(before.said) < len(after.said)


def test_a_brief_without_facts_says_so(played: Services) -> None:
    with reading(played.engine) as session:
        picture = briefing.picture(session, played, INCIDENT, LATE)

    assert picture.facts == ()
    assert "暂无责任单位确认信息" in str(flash.document(picture))


def test_the_same_moment_gives_the_same_bytes(played: Services, tmp_path: Path) -> None:
    for write in (brief_files.write_flash, brief_files.write_indepth):
        one = write(played, INCIDENT, LATE, tmp_path / "a", tuple(ReportForm))
        two = write(played, INCIDENT, LATE, tmp_path / "b", tuple(ReportForm))

        assert [f.read_bytes() for f in one] == [f.read_bytes() for f in two]
        assert [f.suffix for f in one] == [".html", ".docx", ".csv"]


def test_an_incident_that_is_unknown_or_not_yet_open_is_named(played: Services) -> None:
    with reading(played.engine) as session:
        with pytest.raises(HuiyingError, match="fire-9"):
            briefing.picture(session, played, "fire-9", LATE)
        with pytest.raises(HuiyingError, match="opened later"):
            briefing.picture(session, played, INCIDENT, LATE - timedelta(days=2))
