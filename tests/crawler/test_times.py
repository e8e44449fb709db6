"""Written times: read right or refused, never silently wrong."""

import pytest

from crawler.times import read_time
from tests.crawler.conftest import BEIJING, NOON


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2031-06-17T12:00:00+08:00", "2031-06-17T04:00:00"),
        ("2031-06-17T04:00:00Z", "2031-06-17T04:00:00"),
        ("2031-06-17 12:00", "2031-06-17T04:00:00"),
        ("Tue, 17 Jun 2031 12:00:00 GMT", "2031-06-17T12:00:00"),
        ("Tue, 17 Jun 2031 12:00:00 CST", "2031-06-17T04:00:00"),
        ("2031/6/17 9:05:07", "2031-06-17T01:05:07"),
        ("2031年6月17日下午3时", "2031-06-17T07:00:00"),
        ("发表于 2031-06-17", "2031-06-16T16:00:00"),
        ("06-17 09:42", "2031-06-17T01:42:00"),
        ("12-30 09:42", "2030-12-30T01:42:00"),
        ("昨天 23:10", "2031-06-16T15:10:00"),
        ("35分钟前 来自客户端", "2031-06-17T03:25:00"),
        ("刚刚", "2031-06-17T04:00:00"),
        (1939431600, "2031-06-17T03:00:00"),
        ("1939431600000", "2031-06-17T03:00:00"),
    ],
)
def test_times_are_read_in_the_zone_of_the_source(told, moment):
    found = read_time(told, zone=BEIJING, fetched_at=NOON)

    assert found is not None
    assert found.moment.isoformat() == f"{moment}+00:00"


@pytest.mark.parametrize(
    "told",
    [None, "", True, [], "不详", "2031-13-40 10:00", "99:99", "0000-00-00", "1e999", "9" * 40],
)
def test_what_tells_no_time_is_none(told):
    assert read_time(told, zone=BEIJING, fetched_at=NOON) is None
