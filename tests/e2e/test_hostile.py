"""Posts that try to be more than text: what people write is shown, and nothing of it runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import select

from console import serving, wiring
from console.drill.site import drill_files
from console.importing import Imported, import_file
from console.wiring import Services
from core.database import reading
from crawler.tables import PostRow
from tests.e2e import hostile
from tests.e2e.browsing import Heard, opened
from tests.e2e.hostile import PAYLOADS
from tests.e2e.world import write_posts

pytestmark = pytest.mark.browser

AT = "2031-06-18T00:05:00+08:00"
SCREENS = ("", "claims", "claims/1", "claims/2", "questions", "statements", "public/")
FIRING = 45
"""Payloads that run at least on a page that escapes nothing: 48 of the 64 in Chromium 156."""

INJECTED = "script, style, img, iframe, object, video, audio, form, input, base, meta, [onclick]"
PROVOKE = """(clickable) => {
  document.querySelectorAll(clickable).forEach((e) =>
    e.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })));
  document.querySelectorAll("*").forEach((e) =>
    e.dispatchEvent(new MouseEvent("mouseover", { bubbles: true })));
}"""


@pytest.fixture(scope="module")
def fed(free_port: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Services, Imported]:
    folder = tmp_path_factory.mktemp("hostile")
    drill_files(folder / "d", "http://127.0.0.1:9")
    services = wiring.prepare(folder / "d")
    write_posts(folder / "p.jsonl", hostile.posts(AT) + hostile.channels(AT) + hostile.asking(AT))
    done = import_file(services, folder / "p.jsonl", source="hostile")
    return services, done


@pytest.fixture(scope="module")
def address(fed: tuple[Services, Imported]) -> Iterator[str]:
    with serving.served(fed[0]) as address:
        yield address


def test_hostile_texts_are_taken_in_and_hostile_channels_are_not(
    fed: tuple[Services, Imported],
) -> None:
    services, done = fed

    assert len(set(PAYLOADS)) == 64
    assert (done.new, done.defects) == (2 * len(PAYLOADS), len(PAYLOADS))
    with reading(services.engine) as session:
        assert set(session.scalars(select(PostRow.url))) == {None}
        assert set(session.scalars(select(PostRow.channel))) == {"forum"}


def test_no_payload_runs_on_any_screen(browser: Browser, address: str) -> None:
    with opened(browser) as (page, heard):
        for screen in SCREENS:
            page.goto(address + screen)
            page.evaluate(PROVOKE, "main [onclick]")
            assert page.locator("main").locator(INJECTED).count() == 0, screen
            assert heard == Heard(), screen


def test_every_payload_is_shown_as_the_text_it_is(
    browser: Browser, address: str, fed: tuple[Services, Imported]
) -> None:
    with opened(browser) as (page, _):
        shown = []
        for screen in ("claims/1", "claims/2"):
            page.goto(address + screen)
            shown += page.locator(".posts bdi").all_text_contents()
        overview = page.goto(address)
        assert overview is not None
        assert "<script>console" in page.locator("main").inner_text()
        page.goto(f"{address}questions")
        assert "console.log" in page.locator("main").inner_text()
    with reading(fed[0].engine) as session:
        told = session.scalars(select(PostRow.text).where(PostRow.post_id.like("post-%"))).all()
    assert len(told) == len(PAYLOADS)
    assert set(told) <= set(shown)
    assert any(text.startswith("{{7*7}}") for text in shown)
    assert not any(mark in text for text in shown for mark in "\u202e\u2066\u202c\u2069")


def test_the_same_payloads_run_on_a_page_that_escapes_nothing(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    fired = []
    with opened(browser) as (page, heard):
        for payload in PAYLOADS:
            before = heard.fired + heard.dialogs
            page.set_content(f"<title>对照</title><p>{payload}</p>")
            page.evaluate(PROVOKE, "a, button, [onclick]")
            page.wait_for_timeout(30)
            if heard.fired + heard.dialogs > before:
                fired.append(payload)
    assert len(fired) >= FIRING, sorted(set(PAYLOADS) - set(fired))
