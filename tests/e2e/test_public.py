"""The public page as a citizen meets it: old browser, phone, paper, feed reader."""

import json
import re

import pytest
from playwright.sync_api import Browser, Response

from tests.e2e.browsing import NARROW, measure, opened
from tests.e2e.world import World

pytestmark = pytest.mark.browser

FIRST_PAGE_BYTES = 60_000


def public(drill: World, page: str = "") -> str:
    return f"{drill.address}public/{page}"


def entries(drill: World) -> list[dict[str, object]]:
    files = sorted((drill.services.public / "log" / "entries").iterdir())
    return [json.loads(line) for file in files for line in file.read_bytes().splitlines()]


@pytest.mark.parametrize("script", [True, False], ids=["javascript", "no-javascript"])
def test_a_corrected_text_is_struck_and_says_what_holds_now(
    browser: Browser, drill: World, *, script: bool
) -> None:
    with opened(browser, script=script) as (page, heard):
        page.goto(public(drill, f"s/{drill.corrected}.html"))
        struck = page.locator(".text del")
        assert struck.count() == page.locator(".text p").count() > 3
        assert "0000-5550162" in page.locator(".text").inner_text()
        decoration = struck.first.evaluate("e => getComputedStyle(e).textDecorationLine")
        assert decoration == "line-through"
        banner = page.locator(".banner.corrected")
        assert banner.is_visible()
        assert "文中有误" in banner.inner_text()
        assert "原因：联系电话末两位写反" in banner.inner_text()
        assert heard.complaints == []


def test_the_first_page_shows_the_correction_as_plainly_as_the_error(
    browser: Browser, drill: World
) -> None:
    with opened(browser, width=NARROW, script=False) as (page, _):
        page.goto(public(drill))
        error = page.locator(f".earlier li:has(h3 a[href='s/{drill.corrected}.html'])")
        assert "已更正" in error.inner_text()
        assert error.locator(f".follow a[href='s/{drill.correction}.html']").is_visible()
        assert page.locator(f"main a[href='s/{drill.correction}.html']").count() >= 3


def test_links_lead_from_a_version_to_the_next_and_back(browser: Browser, drill: World) -> None:
    with opened(browser, script=False) as (page, _):
        page.goto(public(drill, f"s/{drill.corrected}.html"))
        page.locator(".banner a").click()
        page.wait_for_url(f"**/s/{drill.correction}.html")
        assert "本文更正" in page.locator(".banner.points-back").inner_text()
        page.locator(".banner.points-back a").click()
        page.wait_for_url(f"**/s/{drill.corrected}.html")
        page.goto(public(drill, f"s/{drill.updated}.html"))
        page.locator(".banner.updated a").first.click()
        assert "本文更新" in page.locator(".banner.points-back").inner_text()


def test_every_link_of_the_public_site_leads_somewhere(browser: Browser, drill: World) -> None:
    with opened(browser, script=False) as (page, _):
        found: dict[str, int] = {}
        for start in ("index.html", "log.html", f"s/{drill.corrected}.html"):
            page.goto(public(drill, start))
            for link in page.locator("a[href]").all():
                target = page.evaluate("([h, b]) => new URL(h, b).href.split('#')[0]",
                    [link.get_attribute("href"), page.url])  # fmt: skip
                if target not in found:
                    found[target] = page.request.get(target).status
        assert len(found) > 20
        assert {target for target, status in found.items() if status != 200} == set()


def test_the_first_page_is_light(browser: Browser, drill: World) -> None:
    loaded: list[Response] = []
    with opened(browser) as (page, _):
        page.on("response", lambda answer: loaded.extend([answer]))
        page.goto(public(drill), wait_until="networkidle")
        sizes = {answer.url: len(answer.body()) for answer in loaded}
    assert len(sizes) >= 2
    assert sum(sizes.values()) < FIRST_PAGE_BYTES


def test_the_feed_is_named_in_the_page_and_tells_of_every_text(
    browser: Browser, drill: World
) -> None:
    with opened(browser, script=False) as (page, _):
        page.goto(public(drill))
        link = page.locator("link[rel=alternate][type='application/atom+xml']")
        assert link.get_attribute("href") == "feed.xml"
        feed = page.request.get(public(drill, "feed.xml"))
        told = page.locator(".earlier li").count() + page.locator(".latest").count()
        assert feed.status == 200
        assert len(re.findall("<entry>", feed.text())) == told
        assert "【已更正】" in feed.text()


def test_the_log_page_lists_every_entry_newest_first(browser: Browser, drill: World) -> None:
    logged = entries(drill)
    with opened(browser, script=False) as (page, _):
        page.goto(public(drill, "log.html"))
        numbers = page.locator(".log tbody td.number").all_inner_texts()
        proof = page.locator(".log tbody a[href$='/0.tlog-proof']")
        assert numbers == [str(n) for n in reversed(range(len(logged)))]
        assert page.locator(".log tbody tr").count() > 10
        assert page.locator("#keys pre").count() == 1
        answer = page.request.get(public(drill, "log/proof/0.tlog-proof"))
        assert (proof.count(), answer.status) == (1, 200)
        assert str(len(logged)) in page.locator("section:last-of-type pre").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_text_prints_black_on_white_without_the_navigation(
    browser: Browser, drill: World, scheme: str
) -> None:
    with opened(browser) as (page, _):
        page.emulate_media(media="print", color_scheme=scheme)
        page.goto(public(drill, f"s/{drill.corrected}.html"))
        assert not page.locator("nav").is_visible()
        assert page.locator(".text del").first.is_visible()
        assert page.locator(".banner").is_visible()
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        assert measure(page)["faint"] == []
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_console_links_to_the_public_page_and_a_drill_says_it_is_one(
    browser: Browser, drill: World
) -> None:
    with opened(browser) as (page, _):
        page.goto(drill.address)
        page.get_by_role("link", name="公开页").click()
        page.wait_for_url("**/public/")
        assert "演练" in page.locator(".drill").inner_text()
        assert page.title().startswith("【演练】")
