"""The three ways to notice, each at its limit, and the conflict of official word and field."""

from datetime import UTC, datetime, timedelta

import pytest

from analysis import signals
from analysis.families import Path
from analysis.signals import Matters, Said
from core.settings import NoticeSettings
from core.vocabulary import AlertKind, ConcernLevel

NOW = datetime(2031, 3, 2, 9, 0, tzinfo=UTC)
LIMITS = NoticeSettings()
DAM = Matters(1, Path.HAZARD, ConcernLevel.C4, "水库堤防溃决（青石水库）")
FIRE = Matters(1, Path.HAZARD, ConcernLevel.C3, "火情")
PUMP = Matters(1, Path.PROBLEM, ConcernLevel.C2, "设施停运（城南泵站）")
NEWS = Matters(1, Path.NEWS, ConcernLevel.C2, "停课放假")


def said(voice: int, minutes_ago: float = 5, **signs: bool) -> Said:
    signs.setdefault("counts", True)
    return Said(at=NOW - timedelta(minutes=minutes_ago), voice=f"v{voice}", **signs)


def many(count: int, minutes_ago: float = 5, **signs: bool) -> list[Said]:
    return [said(i, minutes_ago, **signs) for i in range(count)]


@pytest.mark.parametrize(
    ("voices", "minutes_ago", "found"),
    [(4, 5, True), (3, 5, False), (4, 29, True), (4, 30, False)],
)
def test_a_hazard_needs_four_voices_in_half_an_hour(
    voices: int, minutes_ago: float, *, found: bool
) -> None:
    notice = signals.hazard(FIRE, many(voices, minutes_ago, asserts=True), NOW, LIMITS)

    assert (notice is not None) is found


@pytest.mark.parametrize(
    ("voices", "minutes_ago", "found"),
    [(5, 5, True), (4, 5, False), (5, 59, True), (5, 60, False)],
)
def test_a_problem_needs_five_voices_in_an_hour(
    voices: int, minutes_ago: float, *, found: bool
) -> None:
    notice = signals.problem(PUMP, many(voices, minutes_ago, asserts=True), NOW, LIMITS)

    assert (notice is not None) is found


@pytest.mark.parametrize(
    ("asking", "hearing", "earlier", "found"),
    [
        (2, 0, 0, True),  # 2 of 10 ask: 20 %
        (1, 0, 0, False),  # 10 % is too few
        (0, 3, 0, True),  # 30 % pass on hearsay
        (0, 2, 0, False),
        (2, 0, 5, True),  # twice the half hour before
        (2, 0, 6, False),
    ],
)
def test_an_enquiry_needs_its_share_and_growth(
    asking: int, hearing: int, earlier: int, *, found: bool
) -> None:
    posts = [said(i, enquiry=i < asking, hearsay=i >= 10 - hearing) for i in range(10)]

    notice = signals.enquiry(NEWS, posts + many(earlier, minutes_ago=40), NOW, LIMITS)

    assert (notice is not None) is found


def test_one_voice_shouting_is_one_voice() -> None:
    shouting = [said(1, n, asserts=True, danger=True) for n in range(20)]

    assert signals.strongest(DAM, shouting, NOW, LIMITS) is None


def test_copies_are_no_voices() -> None:
    copies = many(50, asserts=True, counts=False)

    assert signals.strongest(DAM, [*many(3, asserts=True), *copies], NOW, LIMITS) is None


def test_denials_alone_raise_nothing() -> None:
    denials = many(30, denial=True)

    assert all(signals.strongest(m, denials, NOW, LIMITS) is None for m in (DAM, PUMP, NEWS))


@pytest.mark.parametrize(
    ("matter", "level"),
    [(DAM, ConcernLevel.C4), (FIRE, ConcernLevel.C3), (PUMP, ConcernLevel.C2)],
)
def test_the_level_is_that_of_path_and_family(matter: Matters, level: ConcernLevel) -> None:
    notice = signals.strongest(matter, many(6, asserts=True), NOW, LIMITS)

    assert notice is not None
    assert notice.level is level
    assert notice.observed == 6


def test_calls_to_flee_by_two_voices_make_it_urgent() -> None:
    posts = [*many(4, asserts=True), said(7, asserts=True, danger=True)]
    once = signals.strongest(FIRE, posts, NOW, LIMITS)
    twice = signals.strongest(FIRE, [*posts, said(8, asserts=True, danger=True)], NOW, LIMITS)

    assert once is not None
    assert twice is not None
    assert (once.level, twice.level) == (ConcernLevel.C3, ConcernLevel.C4)


def test_the_word_rumour_is_never_used_for_a_problem() -> None:
    notice = signals.problem(PUMP, many(6, asserts=True), NOW, LIMITS)

    assert notice is not None
    assert notice.kind is AlertKind.PROBLEM
    assert not any("谣" in reason for reason in notice.reasons)


@pytest.mark.parametrize(
    ("matter", "signs", "found"),
    [
        (PUMP, {}, True),
        (PUMP, {"hearsay": True}, False),
        (DAM, {}, False),
        (DAM, {"firsthand": True}, True),
        (DAM, {"firsthand": True, "danger": True}, False),
        (NEWS, {"firsthand": True}, False),
    ],
)
def test_an_official_denial_against_the_field_is_a_conflict(
    matter: Matters, signs: dict[str, bool], *, found: bool
) -> None:
    official = said(99, counts=False, official=True, denial=True)
    posts = [official, *many(3, asserts=True, **signs)]

    notice = signals.conflict(matter, posts, NOW)

    assert (notice is not None) is found
    if notice is not None:
        assert notice.kind is AlertKind.CONFLICT
        assert "官方回应与现场反映不一致，待核证据" in notice.reasons


def test_an_official_word_that_denies_nothing_is_no_conflict() -> None:
    official = said(99, counts=False, official=True)

    assert signals.conflict(PUMP, [official, *many(6, asserts=True)], NOW) is None
