"""A report's page, wide and narrow, light and dark, as a browser shows it."""

import pytest
from playwright.sync_api import Browser
from pytest_httpserver import HTTPServer

from analysis.reports import page
from analysis.reports.document import Document
from tests.e2e.browsing import VIEWS, look, opened
from tests.sample_report import NASTY, REPORT, filled_with

pytestmark = pytest.mark.browser

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""


@pytest.mark.parametrize(
    "document",
    [REPORT, filled_with(NASTY["unbroken"][:400]), filled_with(NASTY["markup"])],
    ids=["busy", "unbroken", "markup"],
)
def test_a_report_is_readable_and_quiet_in_every_view(browser: Browser, document: Document) -> None:
    with HTTPServer(host="127.0.0.1") as server, opened(browser) as (window, heard):
        html = page.as_html(document)
        server.expect_request("/report").respond_with_data(html, content_type="text/html")

        seen = look(window, heard, server.url_for("/report"))

    assert seen.complaints == ()
    assert seen.elsewhere == ()
    assert heard.fired == heard.dialogs == 0
    assert [v.too_wide for v in seen.views] == [0] * len(VIEWS)
    # A report has one page and so no navigation.
    assert [[fault for fault in v.shape if fault != "no nav"] for v in seen.views] == [[]] * 4
    assert [v.faint for v in seen.views] == [[]] * len(VIEWS)
    assert min(v.lowest for v in seen.views) >= LEAST_CONTRAST
    assert min(v.texts for v in seen.views) > 20
