import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from analysis import store
from analysis.stance import count_stances
from console.app import HEADERS, create_app, require_loopback
from console.wiring import Services
from core.database import reading
from core.errors import HuiyingError


@pytest.fixture
def client(played: Services) -> Iterator[TestClient]:
    with TestClient(create_app(played), base_url="http://127.0.0.1") as client:
        yield client


PAGES = ["/", "/claims", "/claims/1", "/questions", "/help", "/statements"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_in_chinese_with_its_guards(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 200
    assert '<html lang="zh-CN">' in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


def test_the_overview_shows_what_matters(client: TestClient) -> None:
    page = client.get("/").text

    for words in ("“6·17”澄川暴雨", "处置中", "待核实的说法", "还没有答复的问题", "提醒", "<svg"):
        assert words in page
    assert "水库" in page
    assert "据公开信息判读为发展期" in page
    assert "事件状态由值班领导定" in page


def test_a_claim_shows_its_reasons_and_no_author(client: TestClient, played: Services) -> None:
    page = client.get("/claims").text

    assert "尚无官方回应" in page
    assert "user_" not in page


def test_a_claim_shows_who_many_ask_deny_and_believe_it_hour_by_hour(
    client: TestClient, played: Services
) -> None:
    with reading(played.engine) as session:
        claim = max(store.all_claims(session), key=lambda c: c.voices)
        heard = store.stances_heard(session, claim.key)
    page = client.get(f"/claims/{claim.key}").text

    assert "怎样议论" in page
    for count in count_stances(heard):
        assert count.stance.label in page
        assert f"{count.voices}（{round(count.share * 100)}%）" in page
    assert "第 1 小时" in page
    assert len({voice for _, _, voice in heard}) == claim.voices
    assert not any(voice in page for _, _, voice in heard)


@pytest.mark.parametrize("path", ["/claims/999999", "/statements/S999999", "/nowhere", "/claims/x"])
def test_what_is_not_there_is_said_in_chinese(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 404
    assert "没有找到" in answer.text


def test_no_page_runs_a_script_or_style_of_its_own(client: TestClient) -> None:
    for path in PAGES:
        page = client.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page
        assert "javascript:" not in page


def test_every_link_of_the_overview_leads_somewhere(client: TestClient) -> None:
    links = set(re.findall(r'href="(/[^"#]*)"', client.get("/").text)) - {"/public/"}

    assert len(links) > 8
    for link in links:
        assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])  # noqa: S104
def test_without_a_sign_in_the_console_stays_on_this_machine(host: str) -> None:
    with pytest.raises(HuiyingError, match="no sign-in"):
        require_loopback(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_may_be_written_in_any_way(host: str) -> None:
    require_loopback(host)


def paths(played: Services) -> list[str]:
    found = []
    for route in create_app(played).routes:
        inner = getattr(route, "original_router", None)
        found += [r.path for r in inner.routes] if inner else [getattr(route, "path", "")]
    return found


def test_no_route_takes_an_author(played: Services) -> None:
    routes = paths(played)

    assert len(routes) >= 8
    assert not [r for r in routes if any(w in r for w in ("author", "user", "voice", "handle"))]


def test_another_name_for_this_machine_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
