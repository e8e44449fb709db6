import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from defusedxml import ElementTree

from analysis.reports import charts

START = datetime(2031, 6, 16, 16, 0, tzinfo=UTC)
"""Midnight of 17 June in Beijing."""
HOUR = timedelta(hours=1)
SVG = "{http://www.w3.org/2000/svg}"
DAY = [(START + n * HOUR, n % 7 * 10) for n in range(24)]


def chart(points: charts.Points = DAY, **changed: Any) -> Any:
    arguments: dict[str, Any] = {"expected": None, "marks": (), "title": "每小时条数"}
    return ElementTree.fromstring(charts.rate_chart(points, **(arguments | changed)))


def columns(tree: Any) -> list[Any]:
    return [
        rect
        for rect in tree.iter(f"{SVG}rect")
        if rect.get("class") == "hy-bar" and rect.find(f"{SVG}title") is not None
    ]


def words(tree: Any) -> list[str]:
    return [text.text for text in tree.iter(f"{SVG}text")]


def test_a_chart_says_in_words_what_it_shows() -> None:
    tree = chart()

    assert tree.get("role") == "img"
    assert tree.find(f"{SVG}title").text == "每小时条数"
    assert tree.find(f"{SVG}desc").text == "共 660 条；最高为 6月17日 06:00 起的 60 条。"


def test_every_count_has_a_column_of_its_height() -> None:
    drawn = columns(chart())

    heights = [float(rect.get("height")) for rect in drawn]

    assert len(drawn) == 24
    assert heights[0] == 0
    assert heights[6] == pytest.approx(6 * heights[1], rel=0.01)
    assert drawn[6].find(f"{SVG}title").text == "6月17日 06:00 起：60 条"


def test_axes_are_in_beijing_time_and_in_round_numbers() -> None:
    told = words(chart())

    assert [w for w in told if w.isdigit()] == ["0", "20", "40", "60"]
    assert [w for w in told if w in {"6月17日", "03:00", "06:00", "21:00", "6月18日"}] == [
        "6月17日",
        "03:00",
        "06:00",
        "21:00",
        "6月18日",
    ]


@pytest.mark.parametrize("hours", [1, 5, 24, 36, 24 * 7, 24 * 30, 24 * 365])
def test_time_labels_stay_sparse(hours: int) -> None:
    tree = chart([(START + n * HOUR, 3) for n in range(hours)])

    labels = [t for t in tree.iter(f"{SVG}text") if ":" in t.text or "月" in t.text]

    assert 1 <= len(labels) <= 14
    places = sorted(float(t.get("x")) for t in labels)
    assert all(b - a > 40 for a, b in itertools.pairwise(places))


def test_the_usual_is_a_broken_line_that_stops_where_nothing_was_seen() -> None:
    points = [DAY[0], DAY[1], DAY[5]]

    tree = chart(points, expected=[10.0, 12.5, 11.0], missing=[START + n * HOUR for n in (2, 3, 4)])

    lines = [p for p in tree.iter(f"{SVG}path") if p.get("class") == "hy-usual"]
    assert lines[-1].get("d").count("M") == 2
    assert lines[-1].get("stroke-dasharray")
    assert "平时约 12.5 条" in columns(tree)[1].find(f"{SVG}title").text
    assert "没有看到的时段" in words(tree)


def test_marks_are_numbered_in_time_order_and_do_not_overlap() -> None:
    marks = [(START + (20 + n / 10) * HOUR, f"提示{n}") for n in (3, 1, 0, 2)]

    dots = list(chart(marks=marks).iter(f"{SVG}circle"))
    places = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in dots]

    assert len(places) == 4
    assert all(
        abs(a[0] - b[0]) >= charts.MARK_GAP or abs(a[1] - b[1]) >= 20
        for n, a in enumerate(places)
        for b in places[n + 1 :]
    )
    listed = charts.mark_list(marks, points=DAY)
    assert listed.index("提示0") < listed.index("提示1") < listed.index("提示3")


def test_marks_outside_the_chart_are_left_out_of_both() -> None:
    marks = [(START - HOUR, "昨天"), (START + 25 * HOUR, "明天")]

    assert list(chart(marks=marks).iter(f"{SVG}circle")) == []
    assert charts.mark_list(marks, points=DAY) == ""


def test_foreign_words_are_escaped_everywhere() -> None:
    nasty = '<script>"&'
    marks = [(START + HOUR, nasty)]

    svg = charts.rate_chart(DAY, expected=None, marks=marks, title=nasty)
    multiples = charts.small_multiples([(nasty, DAY)])
    table = charts.data_table([START], [(nasty, [1])], caption=nasty)

    assert ElementTree.fromstring(svg).find(f"{SVG}title").text == nasty
    for text in (svg, multiples, table, charts.mark_list(marks, points=DAY)):
        assert "<script" not in text


def test_nothing_is_fetched_and_nothing_runs() -> None:
    svg = charts.rate_chart(DAY, expected=[1.0] * 24, marks=[(START, "x")], title="t")

    for word in ("href", "url(", "style=", "script", "onload"):
        assert word not in svg


@pytest.mark.parametrize("points", [[], [(START, 0)], [(START, 7)]])
def test_thin_data_still_give_a_valid_chart(points: list[tuple[datetime, int]]) -> None:
    tree = chart(points)

    assert len(columns(tree)) == len(points)
    assert ("没有数据" in words(tree)) is (not points)


def test_expected_figures_must_match_the_points() -> None:
    with pytest.raises(ValueError, match="2 expected figures for 24 points"):
        charts.rate_chart(DAY, expected=[1, 2], marks=(), title="t")


def test_small_multiples_share_one_scale() -> None:
    low = [(at, count // 10) for at, count in DAY]

    text = charts.small_multiples([("恐惧", DAY), ("悲伤", low)])

    tree = ElementTree.fromstring(text)
    tallest = [max(float(r.get("height")) for r in columns(svg)) for svg in tree.iter(f"{SVG}svg")]
    assert tallest[0] == pytest.approx(10 * tallest[1], rel=0.02)
    assert "共 660 条，单时最高 60 条" in text


def test_small_multiples_without_data_are_valid() -> None:
    assert "没有数据" in charts.small_multiples([("恐惧", [])])


def test_a_data_table_holds_every_figure() -> None:
    table = charts.data_table(
        [START, START + HOUR], [("条数", [3, 0]), ("平时", [2.25, None])], caption="走势"
    )

    tree = ElementTree.fromstring(table)
    rows = [[cell.text for cell in row] for row in tree.iter("tr")]
    assert rows == [
        ["时段（北京时间）", "条数", "平时"],
        ["6月17日 00:00", "3", "2.2"],
        ["6月17日 01:00", "0", "—"],
    ]


def test_a_column_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="条数: 1 figures for 2 rows"):
        charts.data_table([START, START + HOUR], [("条数", [3])], caption="走势")
