import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from analysis.reports import page
from analysis.reports.document import (
    Box,
    Column,
    ColumnKind,
    Figure,
    Figures,
    Heading,
    Items,
    Link,
    Paragraph,
    Table,
)
from tests.sample_report import NASTY, REPORT, filled_with

VOID = frozenset({"meta", "br"})


class Page(HTMLParser):
    """Tags, headings, links and words of a page; complains about tags closed in the wrong order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[str, str]] = []
        self.links: dict[str, str] = {}
        self.words = ""
        self.href = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.href = dict(attrs)["href"] or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"h1", "h2", "h3"}:
            self.headings.append((self.open[-1], data))
        if self.open and self.open[-1] == "a":
            self.links[data] = self.href
        if "style" not in self.open:
            self.words += data


def test_a_page_holds_everything_and_is_well_formed() -> None:
    seen = Page(page.as_html(REPORT))

    assert seen.open == []
    for words in (
        "澄川县信息办", "第168期", "公众关切日报", "状态：集中关切", "没有看到什么", "1,063",
        "7日中位 212，+401%", "仍在核实，见", "水库溃坝了，下游马上要淹", "另有 11 项未列出",
        "色带是预测区间", "底色加深的时段没有看到", "6月17日 19:06 集中关切：东禾泵站停运",
        "不含个人发言原文", "0.1.0",
    ):  # fmt: skip
        assert words in seen.words


def test_headings_descend_without_a_gap() -> None:
    blocks = (Heading("先是小节", 2), Heading("章"), Heading("节", 2), Box("框", (("一",),)))

    seen = Page(page.as_html(replace(REPORT, blocks=blocks)))

    assert [tag for tag, _ in seen.headings] == ["h1", "h2", "h2", "h3", "h2"]
    levels = [int(tag[1]) for tag, _ in Page(page.as_html(REPORT)).headings]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_the_page_says_its_language_and_its_title() -> None:
    seen = Page(page.as_html(REPORT))

    assert ("html", {"lang": "zh-CN"}) in seen.tags
    assert "公众关切日报　澄川县信息办" in seen.words


def test_nothing_is_fetched_and_nothing_runs() -> None:
    html = page.as_html(REPORT)
    tags = Page(html).tags

    assert not {"script", "link", "img", "iframe", "form"} & {tag for tag, _ in tags}
    assert not any({"src", "srcset", "onclick", "style"} & set(attrs) for _, attrs in tags)
    assert "url(" not in html
    assert "@import" not in html


def test_every_table_is_named_and_its_heads_say_what_they_head() -> None:
    seen = Page(page.as_html(REPORT))

    count = sum(tag == "table" for tag, _ in seen.tags)
    assert count == sum(tag == "caption" for tag, _ in seen.tags) == 3 + 2 * 3
    scopes = [attrs.get("scope") for tag, attrs in seen.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}


def test_every_chart_has_its_data_on_the_screen_and_on_paper() -> None:
    html = page.as_html(REPORT)

    assert html.count("<details>") == html.count('<div class="printed">') == 3
    assert html.count("未看到") == 2 * 2


def test_a_table_that_its_heading_names_is_not_named_twice_to_the_eye() -> None:
    html = page.as_html(REPORT)

    assert '<caption class="hidden">还没有答复的问题</caption>' in html
    assert "<caption>待核实说法与列入原因</caption>" in html


def test_links_lead_below_the_base() -> None:
    seen = Page(page.as_html(REPORT, base="http://127.0.0.1:8000"))

    assert seen.links["1,063"] == "http://127.0.0.1:8000/posts?day=2031-06-17"
    assert seen.links["C000007"] == "http://127.0.0.1:8000/claims/C000007"
    assert Page(page.as_html(REPORT)).links["C000007"] == "/claims/C000007"
    assert Page(page.as_html(REPORT, base="")).links == {}


@pytest.mark.parametrize(
    "to", ["javascript:alert(1)", "//evil.test/x", "https://evil.test", '"><b']
)
def test_no_link_leads_out(to: str) -> None:
    document = replace(REPORT, blocks=(Paragraph((Link("看", to),)),))

    assert Page(page.as_html(document)).links["看"].startswith("/")
    assert not Page(page.as_html(document)).links["看"].startswith("//")


@pytest.mark.parametrize("order", [(Box, Figures), (Figures, Box), (Box, Heading, Figures)])
def test_what_was_not_seen_stands_beside_the_figures(order: tuple[type, ...]) -> None:
    made = {
        Box: Box("没有看到什么", (("一小时",),)),
        Figures: Figures((Figure("提问", "3"),)),
        Heading: Heading("今日一览"),
    }

    html = page.as_html(replace(REPORT, blocks=tuple(made[kind] for kind in order)))

    first = html[html.index('<div class="first') :]
    assert "没有看到什么" in first
    assert "提问" in first


@pytest.mark.parametrize("kind", NASTY)
def test_texts_of_strangers_stay_texts(kind: str) -> None:
    html = page.as_html(filled_with(NASTY[kind]))

    seen = Page(html)
    allowed = {tag for tag, _ in Page(page.as_html(REPORT)).tags}
    assert seen.open == []
    assert {tag for tag, _ in seen.tags} <= allowed
    assert "49" not in seen.words
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    html.encode("utf-8")


def test_what_was_taken_out_of_a_text_is_seen() -> None:
    assert "停水☐[31m通知" in page.as_html(filled_with(NASTY["control"])).replace("☐☐", "☐")


def test_equal_documents_give_equal_text() -> None:
    again = replace(REPORT, blocks=tuple(replace(block) for block in REPORT.blocks))

    assert page.as_html(REPORT) == page.as_html(again)
    assert page.as_html(REPORT) != page.as_html(replace(REPORT, title="别的"))


def test_a_table_without_rows_and_a_report_without_blocks_are_pages_too() -> None:
    empty = Table("空表", (Column("一"), Column("二", ColumnKind.NUMBER)), ())

    for blocks in ((), (empty,), (Items(()),), (Figures(()),), (Box("框", ()),)):
        assert Page(page.as_html(replace(REPORT, blocks=blocks))).open == []
