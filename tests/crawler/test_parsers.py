"""Parsers by saved pages. To rewrite an expectation delete its file, run once, read the diff."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import DETAILS, PARSERS, ParseError, parse
from crawler.parsers.page import MAX_ITEMS, read_count
from crawler.records import FetchedPage, Link
from tests.crawler.conftest import NOON, make_source

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(file.parent for file in GOLDEN.glob("*/*/case.json"))


def page(body: bytes | str, url="https://a.example/p", content_type="", link=None):
    data = body.encode() if isinstance(body, str) else body
    return FetchedPage("s", url, 200, content_type, data, NOON, link)


def as_json(result) -> dict:
    return json.loads(json.dumps(asdict(result), default=str))


@pytest.mark.parametrize("folder", CASES, ids=lambda f: f"{f.parent.name}-{f.name}")
def test_a_saved_page_gives_the_expected_posts(folder):
    case = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    body = next(folder.glob("page.*")).read_bytes()
    behind = Link(case["url"]) if case.get("behind_a_link") else None
    source = make_source(
        name="s",
        url="https://forum.example/list",
        parser=case["parser"],
        selectors=case.get("selectors", {}),
        **case.get("source", {}),
    )

    found = as_json(parse(page(body, case["url"], link=behind), source))

    expected = folder / "expected.json"
    if not expected.exists():
        expected.write_text(
            json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        pytest.fail(f"{expected.name} was written; read it, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_there_is_a_saved_page_for_every_parser():
    assert {folder.parent.name for folder in CASES} >= {*PARSERS, *DETAILS} - {"selectors"}


LIST = {"item": "li", "link": "a", "detail_text": "p"}
JSON = {"items": "list", "id": "id", "text": "text", "time": "t"}
RSS = "<rss><channel><item><guid>1</guid><title>停水了</title></item>{}</channel></rss>"
BOMB = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><rss><channel>&b;</channel></rss>'
XXE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>'


@pytest.mark.parametrize(
    ("parser", "selectors", "body", "outcome", "said"),
    [
        ("feed", {}, b"", VisitOutcome.EMPTY, "空"),
        ("feed", {}, RSS.format("")[:-20], VisitOutcome.DAMAGED, "完整"),
        ("feed", {}, RSS.format("<a><b></a></b>"), VisitOutcome.DAMAGED, "完整"),
        ("feed", {}, "<x/>", VisitOutcome.DAMAGED, "不是 RSS"),
        ("feed", {}, BOMB, VisitOutcome.DAMAGED, "DOCTYPE"),
        ("feed", {}, XXE, VisitOutcome.DAMAGED, "DOCTYPE"),
        ("feed", {}, RSS.format("<a>" * 200 + "</a>" * 200), VisitOutcome.DAMAGED, "嵌套"),
        ("feed", {}, "<!DOCTYPE html><p>hi", VisitOutcome.DAMAGED, "网页"),
        ("feed", {}, "<html>请先登录", VisitOutcome.LOGIN_PAGE, "登录"),
        ("listing", LIST, '<input type="password">', VisitOutcome.LOGIN_PAGE, "登录"),
        ("listing", LIST, "<p>改版了</p>", VisitOutcome.DAMAGED, "版式"),
        ("listing", LIST, "前半".encode() + "后半".encode("gbk"), VisitOutcome.DAMAGED, "编码"),
        ("listing", {"item": "li[", "text": "p"}, "<li>", VisitOutcome.DAMAGED, "选择器"),
        ("jsonlist", JSON, "<html>请登录", VisitOutcome.LOGIN_PAGE, "登录"),
        ("jsonlist", JSON, '{"ok": -100, "url": "https://passport.a.example/"}',
         VisitOutcome.LOGIN_PAGE, "登录"),
        ("jsonlist", JSON, '{"list": {}}', VisitOutcome.DAMAGED, "结构"),
        ("jsonlist", JSON, '{"list": [', VisitOutcome.DAMAGED, "完整"),
        ("jsonlist", JSON, "[" * 60_000, VisitOutcome.DAMAGED, "嵌套"),
        ("jsonlist", JSON, '{"list": [], "list": []}', VisitOutcome.DAMAGED, "JSON"),
    ],
)  # fmt: skip
def test_a_page_of_another_kind_is_refused_by_name(parser, selectors, body, outcome, said):
    source = make_source(url="https://a.example/p", parser=parser, selectors=selectors)

    with pytest.raises(ParseError) as caught:
        PARSERS[parser](page(body), source)

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


@pytest.mark.parametrize(
    ("parser", "selectors", "body"),
    [
        ("feed", {}, RSS.format("".join(
            f"<item><guid>x{n}</guid><title>第{n}条</title></item>" for n in range(MAX_ITEMS + 9)))),  # noqa: E501
        ("listing", {"item": "li", "text": "*"}, "<li>一条消息</li>" * (MAX_ITEMS + 10)),
        ("jsonlist", JSON, json.dumps({"list": [{"id": n, "text": "停水", "t": None}
                                                for n in range(MAX_ITEMS + 10)]})),
    ],
)  # fmt: skip
def test_what_exceeds_the_limit_is_counted(parser, selectors, body):
    source = make_source(url="https://a.example/p", parser=parser, selectors=selectors)

    (defect,) = PARSERS[parser](page(body), source).defects

    assert "未读取 10 条" in defect.reason


@pytest.mark.parametrize(
    ("told", "count"),
    [(None, 0), (5, 5), ("12", 12), ("1.2万", 12_000), ("10万+", 100_000), ("3k", 3000)],
)
def test_counters_are_read_as_platforms_show_them(told, count):
    assert read_count(told) == count


@pytest.mark.parametrize("told", [-1, True, "很多", "1e9", 10**30, 1.5, [], "９" * 40])
def test_what_is_no_counter_is_refused(told):
    with pytest.raises(ValueError, match="count"):
        read_count(told)


@pytest.mark.parametrize("body", ["<div>" * 200_000, "<b>x" * 20_000, "<!--" * 50_000])
def test_a_bomb_of_markup_is_read_or_refused(body):
    source = make_source(
        url="https://a.example/p",
        parser="listing",
        selectors={"item": "b", "text": "*"},
        min_yield=0,
    )

    assert len(PARSERS["listing"](page(body), source).posts) <= MAX_ITEMS
