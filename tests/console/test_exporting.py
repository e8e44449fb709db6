import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console import exporting, wiring
from console.pipeline import Pipeline
from console.wiring import Services
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import Emotion, VisitOutcome
from crawler import frontier, store
from crawler.frontier import SourceState
from crawler.records import Link, Post, Visit
from tests.crawler.conftest import make_source

NOON = datetime(2031, 6, 17, 4, 0, tzinfo=UTC)


def exported(services: Services, name: str) -> list[dict[str, str]]:
    with reading(services.engine) as session:
        text = "".join(exporting.as_csv(session, name, None))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


@pytest.mark.parametrize("name", exporting.EXPORTS)
def test_every_row_carries_exactly_the_documented_columns(played: Services, name: str) -> None:
    for row in exported(played, name):
        assert tuple(row) == exporting.COLUMNS[name]


def test_scores_and_words_are_of_their_kind(played: Services) -> None:
    for row in exported(played, "posts"):
        assert 0 <= float(row["needs_check"]) <= 1
        assert row["emotion"] in set(Emotion)
        assert row["is_question"] in {"true", "false"}
        assert row["published_at"].endswith("+08:00")


def test_no_column_speaks_of_an_author() -> None:
    named = {column for columns in exporting.COLUMNS.values() for column in columns}

    assert not {c for c in named if any(w in c for w in ("author", "user", "handle", "voice_"))}


def test_json_and_csv_tell_the_same(played: Services) -> None:
    with reading(played.engine) as session:
        found = json.loads("".join(exporting.as_json(session, "claims", None)))

    assert [row["claim_id"] for row in found] == [r["claim_id"] for r in exported(played, "claims")]


def test_an_unknown_export_is_named(played: Services) -> None:
    with reading(played.engine) as session, pytest.raises(HuiyingError, match="'people'"):
        exporting.rows(session, "people", None)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+86", "'+86"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ('"=1', "'\"=1"),
        ("＝1", "'＝1"),
        ("停水=三天", "停水=三天"),
        (-5, "-5"),
        (True, "true"),
        (None, ""),
        (0.5, "0.5"),
    ],
)
def test_a_spreadsheet_finds_no_formula(value: str | float | None, cell: str) -> None:
    assert exporting._cell(value) == cell  # noqa: SLF001


def visited(minutes_ago: float, outcome: VisitOutcome = VisitOutcome.OK, found: int = 9) -> Visit:
    at = NOON - timedelta(minutes=minutes_ago)
    reason = "" if outcome.works else "HTTP 403"
    return Visit("forum", at, at, outcome, reason, 1, found, found if outcome.works else 0)


@pytest.fixture
def gathered(tmp_path: Path) -> Services:
    services = wiring.prepare(tmp_path / "d")
    with transaction(services.engine) as session:
        for one in (
            visited(60 * 30),
            visited(40),
            visited(20),
            visited(10, VisitOutcome.REFUSED, 0),
        ):
            store.save_visit(session, one)
        frontier.save_state(session, SourceState("forum", not_before=NOON + timedelta(hours=1)))
        links = [Link("https://forum.example/1"), Link("https://forum.example/2")]
        frontier.add(session, services.vault(), "forum", links, now=NOON)
    return services


def sources(services: Services, *listed: str) -> list[exporting.Row]:
    found = [
        make_source(name=name, url=f"https://{name}.example/feed.xml?token=secret#x", min_yield=3)
        for name in listed
    ]
    with reading(services.engine) as session:
        listing = exporting.Listing(found, NOON)
        return list(exporting.rows(session, "sources", None, listing=listing))


def test_a_source_is_exported_as_it_stands(gathered: Services) -> None:
    (row,) = sources(gathered, "forum")

    assert row == {
        "name": "forum",
        "parser": "feed",
        "channel": "forum",
        "url": "https://forum.example/feed.xml",
        "enabled": True,
        "state": "fault",
        "reasons": "自06月17日11:50起拒绝访问：HTTP 403；"
        "已停止访问至 06月17日13:00（对方拒绝或要求稍后再来）",
        "last_visit": "2031-06-17T11:50:00+08:00",
        "last_success": "2031-06-17T11:40:00+08:00",
        "last_outcome": "refused",
        "found": 0,
        "min_yield": 3,
        "cadence_min": 60,
        "not_before": "2031-06-17T13:00:00+08:00",
        "waiting_links": 2,
        "visits_24h": 3,
        "failures_24h": 1,
    }
    assert tuple(row) == exporting.COLUMNS["sources"]


def test_a_source_that_was_never_visited_has_empty_cells(gathered: Services) -> None:
    rows = sources(gathered, "forum", "new")

    assert [row["name"] for row in rows] == ["forum", "new"]
    assert rows[1]["state"] == "never"
    assert rows[1]["last_visit"] is rows[1]["last_outcome"] is rows[1]["found"] is None


def test_a_time_to_stay_away_that_is_over_is_not_exported(gathered: Services) -> None:
    with transaction(gathered.engine) as session:
        frontier.save_state(session, SourceState("forum", not_before=NOON))

    (row,) = sources(gathered, "forum")

    assert row["not_before"] is None


def test_without_a_list_there_is_no_source(gathered: Services) -> None:
    with reading(gathered.engine) as session:
        text = "".join(exporting.as_csv(session, "sources", None))

    assert text.count("\n") == 1


def test_items_are_told_once_with_their_copies_outlets_and_edits(tmp_path: Path) -> None:
    pipeline = Pipeline(wiring.prepare(tmp_path / "data"))
    first = Post(
        source="甲报",
        post_id="1",
        url=None,
        published_at=NOON,
        seen_at=NOON,
        channel="news",
        text="城东片区今日十时起停水抢修",
        voice="v",
        fingerprint="f",
    )
    copy = replace(first, source="乙报")
    bare = replace(first, post_id="2", text="转发微博", fingerprint="g", repost_of="1")
    edited = replace(first, text="城东片区今日十时起停水抢修,十八时恢复", fingerprint="h")
    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, [first, copy, bare])
        pipeline.keep(session, [edited])
        (row,) = exporting.items(session, None)

    shown = {name: row[name] for name in ("text", "copies", "outlets", "reposts", "edits")}
    assert shown == {
        "text": edited.text,
        "copies": 3,
        "outlets": "乙报 甲报",
        "reposts": 1,
        "edits": 1,
    }
    pipeline.services.engine.dispose()
