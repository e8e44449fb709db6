import re
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import insert, update
from starlette.testclient import TestClient

from analysis.reports.document import Cell, Document, Figures, Link, Table
from analysis.reports.nightly import document, shown_criticism
from analysis.tables import ScoreRow
from console import reporting, selection
from console.app import create_app
from console.wiring import Services
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import ReportForm
from crawler.tables import PostRow
from tests.console.conftest import replayed_folder

DAY = date(2031, 6, 17)


def made(services: Services, day: date = DAY) -> Document:
    with reading(services.engine) as session:
        return document(reporting.figures(session, services, day))


def cells(made: Document) -> list[Cell]:
    found: list[Cell] = []
    for block in made.blocks:
        if isinstance(block, Figures):
            found += [figure.value for figure in block.figures]
        if isinstance(block, Table):
            found += [cell for row in block.rows for cell in row]
    return found


def test_the_figures_of_the_day_agree_with_its_chart(played: Services) -> None:
    with reading(played.engine) as session:
        data = reporting.figures(session, played, DAY)

    assert data.totals[0].count == sum(count for _, count in data.hourly) > 500
    assert data.quality.copies.count > 100
    assert data.alerts
    assert data.claims
    assert data.topics
    assert any(topic.place for topic in data.topics)
    assert any(topic.question for topic in data.topics)


def test_every_figure_counts_exactly_the_items_behind_it(played: Services) -> None:
    links = [c for c in cells(made(played)) if isinstance(c, Link) and c.text.isdigit()]
    client = TestClient(create_app(played), base_url="http://127.0.0.1")

    assert len(links) > 40
    for link in links:
        listed = client.get(f"/{link.to}")
        assert listed.status_code == 200, link
        assert f"（{link.text}）</h1>" in listed.text, link
        if link.to.startswith("items?"):
            wanted = selection.read(dict(parse_qsl(urlsplit(link.to).query)))
            with reading(played.engine) as session:
                rows = session.execute(selection.rows(wanted, played.directory)).all()
            assert len(rows) == int(link.text), link


def test_every_other_link_leads_somewhere(played: Services) -> None:
    links = {c.to for c in cells(made(played)) if isinstance(c, Link) and not c.text.isdigit()}
    client = TestClient(create_app(played), base_url="http://127.0.0.1")

    assert links
    assert {to: s for to in links if (s := client.get(f"/{to}").status_code) != 200} == {}


def test_criticism_is_shown_at_its_share(played: Services) -> None:
    with reading(played.engine) as session:
        data = reporting.figures(session, played, DAY)

    assert data.criticism.critical.count > 20
    assert shown_criticism(data).critical > 0
    assert shown_criticism(data).fair


def test_the_same_day_gives_the_same_bytes_in_every_form(played: Services, tmp_path: Path) -> None:
    one = reporting.write_nightly(played, "2031-06-17", tmp_path / "a")
    two = reporting.write_nightly(played, "2031-06-17", tmp_path / "b")

    assert [file.suffix for file in one] == [".html", ".docx", ".csv"]
    assert [file.read_bytes() for file in one] == [file.read_bytes() for file in two]


def test_what_comes_in_later_changes_no_earlier_report(tmp_path: Path) -> None:
    services = replayed_folder(tmp_path / "d")
    before = made(services)
    end = selection.midnight(DAY) + timedelta(days=1)
    with transaction(services.engine) as session:
        _add(session, end - timedelta(hours=3), seen=end + timedelta(hours=1))
        _add(session, end + timedelta(hours=2), seen=end + timedelta(hours=3))

    assert made(services) == before

    with transaction(services.engine) as session:  # a control: seen in time, it counts
        _add(session, end - timedelta(hours=3), seen=end - timedelta(hours=2))

    assert made(services) != before


def test_what_came_late_is_told_in_the_next_report(tmp_path: Path) -> None:
    services = replayed_folder(tmp_path / "d")
    end = selection.midnight(DAY) + timedelta(days=1)

    def late() -> int:
        with reading(services.engine) as session:
            return reporting.figures(session, services, date(2031, 6, 18)).quality.late.count

    before = late()
    with transaction(services.engine) as session:
        _add(session, end - timedelta(hours=3), seen=end + timedelta(hours=1))

    assert late() == before + 1


def _add(session, at: datetime, *, seen: datetime) -> None:
    """Add a relevant question of the day, alike to a known one, to posts and scores."""
    known = (
        session.query(ScoreRow).filter(ScoreRow.question.is_not(None), ScoreRow.relevant).first()
    )
    post = session.get_one(PostRow, known.post)
    values = {c.name: getattr(post, c.name) for c in PostRow.__table__.columns if c.name != "key"}
    key = session.query(PostRow).count() + 1
    values |= {"post_id": f"late-{key}", "published_at": at, "seen_at": seen, "voice": f"v{key}"}
    session.execute(insert(PostRow).values(key=key, **values | {"duplicate_of": None}))
    scores = {c.name: getattr(known, c.name) for c in ScoreRow.__table__.columns}
    session.execute(insert(ScoreRow).values(**scores | {"post": key}))


@pytest.mark.parametrize("day", ["yesterday", "2031-13-01", ""])
def test_what_is_no_day_is_named(played: Services, day: str) -> None:
    with pytest.raises(HuiyingError, match="--date"):
        reporting.write_nightly(played, day, None)


def test_forms_are_read_from_a_list_and_strangers_are_named() -> None:
    assert reporting.forms_of("html, csv") == [ReportForm.PAGE, ReportForm.SHEET]
    with pytest.raises(HuiyingError, match="pdf"):
        reporting.forms_of("html,pdf")


def test_planned_events_of_the_next_day_are_told(played: Services, tmp_path: Path) -> None:
    services = replayed_folder(tmp_path / "d")
    (services.data / "planned.toml").write_text(
        '[[events]]\nday = 2031-06-18\nat = 09:00:00\ntext = "中考第一天"\nplace = "澄川三中"\n'
        '[[events]]\nday = 2031-06-20\ntext = "清淤志愿日"\n',
        encoding="utf-8",
    )

    told = str(made(services))

    assert "6月18日 09:00 中考第一天（澄川三中）" in told
    assert "清淤志愿日" not in told


def test_a_wrong_planned_file_is_named(tmp_path: Path) -> None:
    services = replayed_folder(tmp_path / "d")
    (services.data / "planned.toml").write_text("[[events]]\nday = 1\n", encoding="utf-8")

    with pytest.raises(HuiyingError, match=r"planned\.toml"):
        made(services)


def test_an_edit_after_the_day_does_not_change_its_counts(tmp_path: Path) -> None:
    services = replayed_folder(tmp_path / "d")
    before = made(services)
    with transaction(services.engine) as session:
        session.execute(update(PostRow).values(likes=PostRow.likes + 1))

    assert made(services) == before
    assert re.search("items", str(before))
