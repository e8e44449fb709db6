import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from console import selection
from console.app import create_app
from console.selection import DAY, Selection
from console.wiring import Services
from core.database import reading
from core.vocabulary import ItemKind
from crawler.tables import PostRow

START = selection.midnight(date(2031, 6, 17))


@pytest.fixture
def client(played: Services) -> Iterator[TestClient]:
    with TestClient(create_app(played), base_url="http://127.0.0.1") as client:
        yield client


@pytest.mark.parametrize(
    "wanted",
    [
        Selection(START + DAY, START),
        Selection(START + DAY, START, ItemKind.QUESTION),
        Selection(START + timedelta(hours=20), START + timedelta(hours=14), concern="help"),
        Selection(START + DAY, claim=3),
        Selection(START + DAY, question=4, emotion="angry"),
        Selection(START + DAY, START, place="望澄水库", town="柳汀镇"),
    ],
)
def test_an_address_is_read_back_as_the_selection_it_was(wanted: Selection) -> None:
    from urllib.parse import parse_qsl, urlsplit

    assert selection.read(dict(parse_qsl(urlsplit(wanted.address).query))) == wanted


def test_pages_of_a_list_together_hold_every_item_once(client: TestClient) -> None:
    first = client.get("/items?day=2031-06-17&kind=question").text
    whole = int(re.search("（([0-9]+)）</h1>", first).group(1))
    pages = [
        client.get(f"/items?day=2031-06-17&kind=question&page={n}").text
        for n in range(1, whole // 50 + 2)
    ]

    counts = [page.count("<li>") for page in pages]
    assert sum(counts) == whole > 100
    assert max(counts) == 50


def test_the_newest_stands_first(client: TestClient) -> None:
    times = re.findall('datetime="([^"]+)"', client.get("/items?day=2031-06-17").text)

    assert len(times) == 50
    assert times == sorted(times, reverse=True)


def test_no_person_and_no_call_for_help_is_on_a_page(client: TestClient, played: Services) -> None:
    page = client.get("/items?day=2031-06-17&kind=help").text
    with reading(played.engine) as session:
        voices = {voice for (voice,) in session.query(PostRow.voice)}
        found = session.execute(
            selection.rows(Selection(START + DAY, START, ItemKind.HELP), played.directory)
        ).all()

    assert len(found) > 5
    assert "求助信息，内容和办理情况见" in page
    assert not any(post.text in page for post, _ in found)
    assert not any(voice in page for voice in voices)


@pytest.mark.parametrize(
    "query",
    ["", "day=x", "kind=post", "day=2031-06-17&kind=author", "to=2031-06-17T00:00Z",
     "day=2031-06-17&claim=x", "day=2031-06-17&emotion=glee", "day=2031-06-17&page=0",
     "day=9999-12-31", "day=0001-01-01&kind=post", "to=0001-01-01T07:59",
     "from=0001-01-01T00:00&to=2031-06-17T00:00"],
)  # fmt: skip
def test_an_address_that_selects_nothing_known_is_not_found(client: TestClient, query: str) -> None:
    assert client.get(f"/items?{query}").status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("what", ["claims", "statements"])
def test_a_day_beyond_the_calendar_is_not_found(client: TestClient, what: str, day: str) -> None:
    assert client.get(f"/items/{what}?day={day}").status_code == 404


def test_the_second_day_of_the_calendar_is_an_empty_one(client: TestClient) -> None:
    assert "没有信息" in client.get("/items?day=0001-01-02").text


def test_a_selection_of_nothing_is_said(client: TestClient) -> None:
    assert "没有信息" in client.get("/items?day=2031-01-01").text


def test_claims_and_statements_behind_a_figure_are_listed(client: TestClient) -> None:
    assert "/claims/" in client.get("/items/claims?day=2031-06-17").text
    assert "没有" in client.get("/items/claims?day=2031-01-01").text
    assert client.get("/items/statements?day=2031-06-17&kind=correction").status_code == 200
    assert client.get("/items/statements?day=2031-06-17&kind=x").status_code == 404
