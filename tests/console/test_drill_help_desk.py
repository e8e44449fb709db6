"""The drill's help desk works the queue of a played folder with the ordinary functions."""

import shutil
from datetime import timedelta
from pathlib import Path

from console import wiring
from console.drill import staff
from console.drill.help_desk import HelpDesk
from console.drill.scenario import load_scenario
from console.wiring import Services
from core.database import reading
from core.vocabulary import DestructionCause, HelpState, SealedPurpose
from crawler import sealed
from release import help_store

BEGIN = load_scenario().moment(10 * 60)
PURPOSE = SealedPurpose.HELP_CONTACT


def test_every_call_of_ten_hours_is_closed_and_no_contact_is_left(
    played: Services, tmp_path: Path
) -> None:
    shutil.copytree(played.data, tmp_path / "d")
    services = wiring.build(tmp_path / "d")
    staff.enlist(services)
    desk = HelpDesk(services)
    with reading(services.engine) as session:
        leads = help_store.all_leads(session)
        kept = len(sealed.listed(session, PURPOSE))

    told = [act for n in range(24) for act in desk.act(BEGIN + n * timedelta(minutes=5))]

    assert len(leads) > 20
    assert kept > 0
    assert told[0].what == f"求助电话转办 {len(leads)} 条"
    with reading(services.engine) as session:
        assert {lead.state for lead in help_store.all_leads(session)} == {HelpState.DONE}
        assert sealed.listed(session, PURPOSE) == []
        causes = {d.cause: d.count for d in sealed.destructions(session, PURPOSE)}
        assert len(sealed.readings(session)) == kept
    assert DestructionCause.LEAD_CLOSED in causes
    services.engine.dispose()
