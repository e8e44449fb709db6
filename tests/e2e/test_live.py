"""The overview becomes newer by itself while somebody looks at it."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e import world
from tests.e2e.browsing import opened
from tests.e2e.world import World

pytestmark = pytest.mark.browser

NEWER = "asof => document.querySelector('.asof time').dateTime > asof"


def test_a_new_round_shows_by_itself_or_on_a_reload_without_javascript(
    browser: Browser, own_drill: World, tmp_path: Path
) -> None:
    now = world.next_posts(tmp_path / "next.jsonl", rounds_min=10)
    with opened(browser) as (page, heard), opened(browser, script=False) as (plain, _):
        plain.goto(own_drill.address)
        with page.expect_response("**/live"):
            page.goto(own_drill.address)
        before = page.locator(".asof time").get_attribute("datetime")
        first = page.locator(".figures dd").first.inner_text()
        page.locator("summary").focus()
        page.keyboard.press("Enter")
        page.evaluate("window.sameDocument = true")

        assert world.play_round(own_drill.services, tmp_path / "next.jsonl", now) > 20
        page.wait_for_function(NEWER, arg=before)

        assert int(page.locator(".figures dd").first.inner_text()) > int(first)
        assert page.evaluate("window.sameDocument") is True
        assert page.locator("details[open]").count() == 1
        assert page.locator(":focus").inner_text() == "情绪分布与数据表"
        assert heard.complaints == []

        assert plain.locator(".asof time").get_attribute("datetime") == before
        plain.reload()
        for part in (".headline", ".figures", ".alerts"):
            assert plain.locator(part).inner_text() == page.locator(part).inner_text()
