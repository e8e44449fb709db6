import csv
import io
import json

import pytest

from console import exporting
from console.wiring import Services
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import Emotion


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
