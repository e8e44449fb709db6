import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from console import acts, upward_acts, wiring
from console.drill.scenario import load_scenario
from console.wiring import Services
from core.database import reading, transaction
from core.errors import RefusedError
from core.vocabulary import ReportForm, UpwardKind
from release import upward_store

INCIDENT = "rain-2031"
KNOWN = load_scenario().moment(5 * 60 + 20)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(played: Services, tmp_path: Path) -> Services:
    """A copy of the played folder with a duty leader, to write in."""
    shutil.copytree(played.data, tmp_path / "d")
    services = wiring.build(tmp_path / "d")
    acts.register(services, person_id="duty", name="值班", roles=["duty_leader"], unit=None)
    acts.register(services, person_id="monitor", name="监测", roles=["monitor"], unit=None)
    return services


def draft(services: Services, at: datetime, **options: object) -> str:
    files = upward_acts.draft(
        services, INCIDENT, at, forms=(ReportForm.PAGE,), known_at=KNOWN, **options
    )  # type: ignore[arg-type]
    return files[0].read_text("utf-8")


def test_the_first_draft_is_number_one_and_trying_again_keeps_the_number(desk: Services) -> None:
    one = draft(desk, KNOWN + HOUR)
    again = draft(desk, KNOWN + HOUR)
    draft(desk, KNOWN + 2 * HOUR)

    with reading(desk.engine) as session:
        kept = upward_store.drafts_of(session, INCIDENT)
    assert one == again
    assert "第1报" in one
    assert [(d.number, d.at) for d in kept] == [(1, KNOWN + HOUR), (1, KNOWN + 2 * HOUR)]


def test_once_sent_the_next_draft_tells_what_changed(desk: Services) -> None:
    draft(desk, KNOWN + HOUR)
    at = KNOWN + HOUR * 1.2
    upward_acts.record_sent(desk, INCIDENT, by="duty", at=at, now=at)

    page = draft(desk, KNOWN + 3 * HOUR)

    assert "续报一" in page
    assert "较第1报无变化" in page


def test_reports_come_in_order(desk: Services) -> None:
    with pytest.raises(RefusedError, match="还没有记录报送过初报"):
        draft(desk, KNOWN + HOUR, kind=UpwardKind.FINAL)
    draft(desk, KNOWN + HOUR)
    at = KNOWN + 2 * HOUR
    upward_acts.record_sent(desk, INCIDENT, by="duty", at=at, now=at)
    with pytest.raises(RefusedError, match="不能再写初报"):
        draft(desk, KNOWN + 3 * HOUR, kind=UpwardKind.FIRST)


def test_every_reason_against_recording_a_sending_is_told(desk: Services) -> None:
    with pytest.raises(RefusedError, match="还没有草稿"):
        upward_acts.record_sent(desk, INCIDENT, by="duty", at=KNOWN, now=KNOWN)
    draft(desk, KNOWN + 2 * HOUR)
    with pytest.raises(RefusedError) as refused:
        upward_acts.record_sent(desk, INCIDENT, by="monitor", at=KNOWN + HOUR, now=KNOWN)

    assert len(refused.value.reasons) == 3


def test_a_draft_is_sent_once(desk: Services) -> None:
    draft(desk, KNOWN + HOUR)
    at = KNOWN + 2 * HOUR
    upward_acts.record_sent(desk, INCIDENT, by="duty", at=at, now=at)

    with pytest.raises(RefusedError, match="已记录报送"):
        upward_acts.record_sent(desk, INCIDENT, by="duty", at=at, now=at)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE upward_drafts SET figures = '[]'",
        "DELETE FROM upward_sent",
        "DELETE FROM upward_drafts",
        "UPDATE upward_sent SET at = '2031-06-17 00:00:00.000000'",
    ],
)
def test_what_was_drafted_and_sent_is_never_edited(desk: Services, change: str) -> None:
    draft(desk, KNOWN + HOUR)
    at = KNOWN + 2 * HOUR
    upward_acts.record_sent(desk, INCIDENT, by="duty", at=at, now=at)

    with pytest.raises(IntegrityError), transaction(desk.engine) as session:
        session.execute(text(change))
