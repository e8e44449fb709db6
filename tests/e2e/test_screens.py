"""Every screen, wide and narrow, light and dark, as a browser shows it."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import VIEWS, WIDE, Heard, Seen, look, measure, opened
from tests.e2e.world import World

pytestmark = pytest.mark.browser

SCREENS: dict[str, Callable[[World], str]] = {
    "overview": lambda _: "",
    "claims": lambda _: "claims",
    "claim": lambda w: f"claims/{w.judged_claim}",
    "questions": lambda _: "questions",
    "help": lambda _: "help",
    "statements": lambda _: "statements",
    "statement": lambda w: f"statements/{w.corrected}",
    "not-found": lambda _: "claims/999999",
    "public-index": lambda _: "public/",
    "public-corrected": lambda w: f"public/s/{w.corrected}.html",
    "public-correction": lambda w: f"public/s/{w.correction}.html",
    "public-log": lambda _: "public/log.html",
}


@pytest.fixture(scope="module", params=SCREENS)
def address(request: pytest.FixtureRequest, drill: World) -> str:
    return drill.address + SCREENS[request.param](drill)


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[tuple[Page, Heard]]:
    """One window for all screens, as a reader walks through them."""
    with opened(browser) as window:
        yield window


@pytest.fixture(scope="module")
def seen(window: tuple[Page, Heard], address: str) -> Seen:
    return look(*window, address)


def test_a_screen_makes_the_browser_complain_of_nothing(seen: Seen) -> None:
    assert seen.complaints == ()


def test_a_screen_asks_nothing_of_another_machine(seen: Seen) -> None:
    assert seen.elsewhere == ()


def test_a_screen_never_runs_over_its_right_edge(seen: Seen) -> None:
    assert {(v.width, v.scheme): v.too_wide for v in seen.views if v.too_wide} == {}


def test_a_screen_has_its_headings_landmarks_and_names(seen: Seen) -> None:
    assert [v.shape for v in seen.views] == [[]] * len(VIEWS)


def test_every_text_of_a_screen_stands_out_from_its_ground(seen: Seen) -> None:
    assert {(v.width, v.scheme): v.faint for v in seen.views if v.faint} == {}
    assert all(v.texts >= 10 and v.lowest >= 4.5 for v in seen.views)


def test_the_first_tab_leads_past_the_navigation(window: tuple[Page, Heard], address: str) -> None:
    page, _ = window
    page.goto(address)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "跳到正文"
    box = skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url.endswith("#main"), timeout=5_000)  # told a moment later
    assert page.url.endswith("#main")
    page.keyboard.press("Tab")
    # The questions hold no link, so there the next stop lies behind them.
    assert not page.evaluate("document.querySelector('header').contains(document.activeElement)")


BAD_PAGE = """<!DOCTYPE html><html><head><title></title></head><body>
<h1>一</h1><h1>二</h1><h4>跳</h4><nav><a href="/"></a></nav>
<p style="color:#999;background:#fff">看不清的字</p>
<svg width="9" height="9"><circle r="4" fill="#888"></circle><text fill="#999">5</text></svg>
<table><tr><td>没有表头</td></tr></table><img src="http://192.0.2.1/pixel.png">
<div id="a" style="width:3000px">太宽</div><div id="a">重名</div>
<script>throw new Error("未处理")</script></body></html>"""


@pytest.fixture
def bad_page(browser: Browser, drill: World) -> tuple[dict[str, list[str]], Heard]:
    """What the checks find on a page with every fault."""
    with opened(browser) as (page, heard):
        page.route(
            re.compile("/bad$"),
            lambda route: route.fulfill(body=BAD_PAGE, content_type="text/html; charset=utf-8"),
        )
        page.goto(f"{drill.address}bad")
        return measure(page), heard


def test_the_checks_find_what_is_wrong_on_a_bad_page(
    bad_page: tuple[dict[str, list[str]], Heard],
) -> None:
    found, heard = bad_page

    told = " ".join(found["shape"])
    for fault in (
        "page language", "no title", "2 h1", "0 main", "nav without label", "bare table",
        "unnamed: <img", "unnamed: <svg", "empty: <a", "ids used twice: a", "jumps to h4",
    ):  # fmt: skip
        assert fault in told
    assert ["看不清的字" in found["faint"][0], len(found["faint"])] == [True, 2]
    assert found["too_wide"] > 3000 - WIDE
    assert heard.elsewhere == ["http://192.0.2.1/pixel.png"]
    assert any("未处理" in line for line in heard.complaints)


def test_a_refusal_of_the_content_policy_is_heard(browser: Browser, drill: World) -> None:
    with opened(browser) as (page, heard):
        page.goto(drill.address)
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')"
        )
        page.wait_for_function("document.querySelector('p[style]') !== null")
        assert any("style-src" in line for line in heard.complaints)


def figures(page: Page) -> list[str]:
    return page.locator(".figures dd").all_inner_texts()


def test_the_overview_says_the_same_without_javascript(browser: Browser, drill: World) -> None:
    with opened(browser) as (page, _):
        page.goto(drill.address)
        live = page.locator("main").inner_text()
    with opened(browser, script=False) as (page, heard):
        page.goto(drill.address)
        assert page.locator("main").inner_text() == live
        assert page.locator("svg").count() >= 1
        assert figures(page)[0].isdigit()
        page.locator("summary").click()
        assert page.locator(".hy-table").is_visible()
        assert heard.complaints == []
