"""How far an incident has come, read from its latest posts."""

from datetime import UTC, datetime, timedelta

import pytest

from analysis.stages import LEAST_POSTS, read_stage

NOW = datetime(2031, 6, 17, 12, tzinfo=UTC)


def said(text: str, count: int, *, hours_ago: float = 0.5) -> list[tuple[datetime, str]]:
    at = NOW - timedelta(hours=hours_ago)
    return [(at, f"{text}{number}") for number in range(count)]


WATER = "街上全是水"


@pytest.mark.parametrize(
    ("posts", "stage"),
    [
        (said("橙色预警发布，注意防范", 12), "latent"),
        (said(WATER, 12), "onset"),
        (said(WATER, 30) + said(WATER, 15, hours_ago=4), "spread"),
        (said(WATER, 30) + said(WATER, 28, hours_ago=4), "peak"),
        (said(WATER, 20) + said(WATER, 60, hours_ago=8), "spread"),
        (said(WATER, 20) + said("水退了，来电了", 5) + said(WATER, 60, hours_ago=8), "relief"),
        (said(WATER, 20) + said("报损在哪登记，怎么赔", 5), "aftermath"),
        (said(WATER, 20) + said("水退了", 2) + said(WATER, 30, hours_ago=4), "spread"),
        (said(WATER, 20) + said("水退了", 2) + said(WATER, 90, hours_ago=8), "relief"),
    ],
)
def test_the_stage_follows_what_is_said_and_how_much(
    posts: list[tuple[datetime, str]], stage: str
) -> None:
    reading = read_stage(posts, NOW)

    assert reading is not None
    assert reading.stage == stage


def test_few_posts_tell_no_stage() -> None:
    few = said(WATER, LEAST_POSTS - 1)

    assert read_stage(few, NOW) is None
    assert read_stage(few + said(WATER, 50, hours_ago=5), NOW) is None
    assert read_stage([], NOW) is None


def test_the_reasons_give_the_figures_that_decided() -> None:
    reading = read_stage(said(WATER, 15) + said("消毒队来了", 5), NOW)

    assert reading is not None
    assert reading.reasons == (
        "近 3 小时 20 条，24 小时内最多的 3 小时 20 条",
        "含预警 0%、缓解 0%、善后 25%",
    )


def test_posts_from_a_fast_clock_or_a_day_before_do_not_count() -> None:
    posts = said(WATER, 12) + said("怎么赔", 50, hours_ago=-1) + said(WATER, 90, hours_ago=30)
    reading = read_stage(posts, NOW)

    assert reading is not None
    assert reading.stage == "onset"
