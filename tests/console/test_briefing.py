import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from analysis import report_figures
from analysis import store as analysis_store
from analysis.report_figures import HOUR
from analysis.reports import flash
from analysis.tables import ScoreRow
from console import acts, brief_files, briefing, wiring
from console.drill.scenario import load_scenario
from console.wiring import Services
from core.clock import iso_beijing
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import EvidenceKind, ReportForm
from crawler.tables import PostRow
from release import facts, store
from release.records import Evidence

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
        with pytest.raises(HuiyingError) as refused:
            briefing.picture(session, played, INCIDENT, LATE - timedelta(days=2))
        opened = iso_beijing(analysis_store.load_incident(session, INCIDENT).opened_at)
    assert f"北京时间 2031年6月17日 {opened[11:19]} 才建立" in str(refused.value)


def test_a_post_of_the_very_moment_is_of_the_next_hour(played: Services) -> None:
    kept = (ScoreRow.incident_id == INCIDENT, ScoreRow.relevant, PostRow.duplicate_of.is_(None))
    posts = select(PostRow.published_at, ScoreRow.enquiry).join(
        ScoreRow, ScoreRow.post == PostRow.key
    )
    with reading(played.engine) as session:
        told = [(at, bool(asks)) for at, asks in session.execute(posts.where(*kept))]
        at = min(moment for moment, asks in told if asks and moment > LATE - 3 * HOUR)
        before = briefing.picture(session, played, INCIDENT, at)
        after = briefing.picture(session, played, INCIDENT, at + HOUR)
        hours = report_figures.hourly(session, INCIDENT, at, at + HOUR, at + HOUR)

    def within(start: datetime, end: datetime, *, asking: bool = False) -> int:
        return sum(start <= moment < end and asks >= asking for moment, asks in told)

    assert before.spread.posts == sum(moment < at for moment, _ in told)
    assert before.spread.hour == within(at - HOUR, at)
    assert after.spread.hour == within(at, at + HOUR) > 0
    assert after.spread.asking == within(at, at + HOUR, asking=True) > 0
    assert before.spread.asking == within(at - HOUR, at, asking=True)
    assert hours == [(at, after.spread.hour)]


def test_a_claim_told_at_the_very_moment_is_counted_after_it(played: Services) -> None:
    posts = select(PostRow.published_at, ScoreRow.claim).join(
        ScoreRow, ScoreRow.post == PostRow.key
    )
    with reading(played.engine) as session:
        told = session.execute(posts.where(ScoreRow.claim.is_not(None))).all()
        at, claim = max((moment, key) for moment, key in told if moment < LATE)
        heard = report_figures.heard(session, ScoreRow.claim, at)

    assert heard[claim].posts == sum(key == claim and moment < at for moment, key in told)


@pytest.mark.parametrize(
    ("text", "tells"),
    [
        ("2号主泵状态：因设备老化导致停运", True),
        ("停运原因：初步判断为操作失误", True),
        ("2号主泵状态：跳闸停运，1号泵单独运行", False),
        ("停运情况属实；停运原因正在调查", False),
    ],
)
def test_a_cause_is_only_told_when_an_investigation_found_it(text: str, *, tells: bool) -> None:
    assert briefing.says_cause(text, (), LATE) is tells
    found = Evidence("E1", INCIDENT, EvidenceKind.E1, "调查结论", "hq", LATE, "x", LATE)
    assert not briefing.says_cause(text, (found,), LATE)


def test_a_fact_that_tells_a_cause_reads_as_being_investigated(
    played: Services, tmp_path: Path
) -> None:
    shutil.copytree(played.data, tmp_path / "d")
    services = wiring.build(tmp_path / "d")
    acts.register(services, person_id="v", name="核实", roles=["verifier"], unit="housing")
    with transaction(services.engine) as session:
        person = store.load_person(session, "v")
        common = {"person": person, "now": LATE, "directory": services.directory}
        piece = facts.record_evidence(
            session,
            incident_id=INCIDENT,
            kind=EvidenceKind.E2,
            summary="泵站工况记录",
            unit="housing",
            observed_at=LATE,
            **common,
        )
        for field, value in (("2号主泵状态", "因设备老化导致停运"), ("抢修情况", "人员到场")):
            facts.record_fact(
                session,
                incident_id=INCIDENT,
                field=field,
                value=value,
                unit="",
                scope="东禾泵站",
                as_of=LATE,
                confirmed_by="housing",
                evidence=[piece.evidence_id],
                **common,
            )
    with reading(services.engine) as session:
        found = briefing.facts_at(session, services, INCIDENT, LATE)

    assert {(f.name, f.value) for f in found} == {
        ("东禾泵站2号主泵状态", "原因正在调查"),
        ("东禾泵站抢修情况", "人员到场"),
    }
