"""Written times: read right or refused, never silently wrong."""

import time
import tomllib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.times import CHINA, MAX_CHARACTERS, Told, labelled_time, read_time
from tests.crawler.conftest import NOON

TABLE = tomllib.loads(Path(__file__).with_name("written_times.toml").read_text(encoding="utf-8"))[
    "written"
]


def read(value: object, **changes: object) -> Told | None:
    return read_time(value, **({"zone": CHINA, "fetched_at": NOON} | changes))  # type: ignore[arg-type]


def shown(told: Told | None, *, to_the_second: bool) -> str:
    if told is None:
        return "refused"
    local = told.moment.astimezone(CHINA)
    return f"{local:%Y-%m-%d %H:%M}" + (f":{local:%S}" if to_the_second else "")


@pytest.mark.parametrize(("value", "expected", "flags"), TABLE, ids=lambda v: str(v)[:32])
def test_a_written_time_is_read_right_or_refused(value, expected, flags) -> None:
    told = read(value)

    assert shown(told, to_the_second=expected.count(":") == 2) == expected
    if told is not None:
        assert told.zone_assumed is ("zone" in flags)
        assert told.day_only is ("day" in flags)
        assert told.moment <= NOON


def test_the_table_is_long_and_its_rows_differ() -> None:
    assert len({repr(value) for value, _, _ in TABLE}) == len(TABLE) >= 200
    assert sum(expected == "refused" for _, expected, _ in TABLE) >= 50


@pytest.mark.parametrize("value", [None, True, False, [], {}, b"2031-06-17 09:00", object()])
def test_what_is_no_text_or_number_tells_no_time(value) -> None:
    assert read(value) is None


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_a_time_without_a_zone_is_of_the_zone_of_its_source(zone) -> None:
    told = read("2031-06-16 09:00", zone=zone)

    assert told == Told(datetime(2031, 6, 16, 9, tzinfo=zone).astimezone(UTC), zone_assumed=True)


FORMS = (
    "%Y-%m-%dT%H:%M:%S+08:00",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日%H时%M分%S秒",
    "%Y%m%d%H%M%S",
    "%Y%m%dT%H%M%S+0800",
    "%d %b %Y %H:%M:%S +0800",
    "%a %b %d %H:%M:%S +0800 %Y",
    "发布时间：%Y-%m-%d %H:%M:%S 来源：澄川融媒",
)


@given(
    moment=st.datetimes(min_value=datetime(2000, 1, 2), max_value=datetime(2031, 6, 16)),  # noqa: DTZ001
    form=st.sampled_from(FORMS),
)
def test_a_moment_written_in_any_of_the_forms_is_read_back(moment, form) -> None:
    moment = moment.replace(microsecond=0, tzinfo=CHINA)

    told = read(moment.strftime(form))

    assert told is not None
    assert told.moment == moment


@given(moment=st.datetimes(datetime(2030, 6, 18), datetime(2031, 6, 17, 11, 59)))  # noqa: DTZ001
def test_a_date_without_its_year_is_the_nearest_in_the_past(moment) -> None:
    moment = moment.replace(second=0, microsecond=0, tzinfo=CHINA)

    told = read(f"{moment.month}月{moment.day}日 {moment:%H:%M}")

    assert told is not None
    assert told.moment == moment


@given(st.text(max_size=80))
def test_no_text_raises_or_tells_the_future(text) -> None:
    told = read(text)

    assert told is None or told.moment <= NOON


@pytest.mark.parametrize(
    "value",
    [
        "9" * 100_000,
        "1 " * 50_000,
        "二" * 50_000,
        "2031-" * 20_000,
        "昨天" * 30_000,
        "(" * 60_000,
        "2031年6月17日" + " " * 60_000 + "9时",
        "发布时间" * 20_000,
        "半" * 60_000 + "小时前",
    ],
)
def test_hostile_shapes_cost_no_time(value) -> None:
    start = time.process_time()

    read(value)
    labelled_time(value[:20_000], zone=CHINA, fetched_at=NOON)

    assert time.process_time() - start < 0.5
    assert MAX_CHARACTERS < 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("澄川县 发布时间：2031-06-16 09:42 来源：融媒 浏览：12", "2031-06-16 09:42"),
        ("发布日期：2031-06-16", "2031-06-16 00:00"),
        ("【发布时间】 2031年6月16日9时42分", "2031-06-16 09:42"),
        ("成文日期：2031年6月10日 发布日期：2031年6月12日", "2031-06-12 00:00"),
        ("时间：2031-06-15 08:00 成文日期：2031年6月10日", "2031-06-15 08:00"),
        ("成文日期 2031年6月10日", "2031-06-10 00:00"),
        ("发表于 昨天 14:20 | 只看该作者", "2031-06-16 14:20"),
        ("发布时间：2031-06-16 更新时间：2031-06-17 08:00", "2031-06-16 00:00"),
        ("发布日期：2031-06-16 发布时间：2031-06-16 09:42", "2031-06-16 09:42"),
        ("发布时间：2031-06-16 09:42 …… 发布时间：2031-06-15 10:00", "refused"),
        ("定于2031年6月30日开会", "refused"),
        ("通知", "refused"),
    ],
)
def test_the_publication_time_of_a_page_stands_beside_its_label(text, expected) -> None:
    told = labelled_time(text, zone=CHINA, fetched_at=NOON)

    assert shown(told, to_the_second=False) == expected
