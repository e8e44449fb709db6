"""What a false mark makes quieter: the pattern it belongs to, how much, until when. Pure.

A mark says that such a notice was not worth it. Until it runs out or is undone, the same pattern
needs more evidence to be told again. Nothing is ever silenced: the factor has a ceiling, and for
what could be grave the ceiling is low.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.alert_life import Life
from core.clock import beijing
from core.vocabulary import AlertKind, ConcernLevel

STEP = 1.5
"""Each standing mark of a pattern asks for this many times the evidence."""
MOST = 3.0
MOST_GRAVE = 1.25
"""Of a hazard, a conflict or anything at C3: four voices become five, never more."""
LASTS = timedelta(days=14)

GRAVE_KINDS = frozenset({AlertKind.HAZARD, AlertKind.CONFLICT})


@dataclass(frozen=True, slots=True)
class Pattern:
    """What recurs: a kind of alert about one thing, at one place, at one time of the week."""

    kind: AlertKind
    about: str
    """The leading series of a rise; the family of a claim, or its own key when it has none."""
    place: str
    """Empty where no place is named."""
    hours: str
    """Such as ``workday_evening``; see ``hour_class``."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """One pattern that a false mark made quieter."""

    pattern: Pattern
    factor: float
    """Times the evidence that such a notice takes otherwise; above 1."""
    until: datetime
    matter: int
    """Key of the matter that was marked."""
    by: str
    at: datetime
    reason: str
    """The ground in Chinese, with the words that were added."""


def hour_class(moment: datetime) -> str:
    """Return which of six parts of the week *moment* lies in, by Beijing time.

    >>> from datetime import UTC
    >>> hour_class(datetime(2031, 6, 17, 11, 0, tzinfo=UTC))
    'workday_evening'
    """
    local = beijing(moment)
    day = "weekend" if local.weekday() >= 5 else "workday"
    part = "day" if 8 <= local.hour < 18 else "evening" if 18 <= local.hour < 23 else "night"
    return f"{day}_{part}"


_PARTS = {"day": "白天", "evening": "晚间", "night": "夜间"}


def hours_label(hours: str) -> str:
    """Return the Chinese name of an hour class."""
    day, _, part = hours.partition("_")
    return ("周末" if day == "weekend" else "工作日") + _PARTS[part]


def claim_about(matter: str, claim: int) -> tuple[str, str]:
    """Return (family, place) of a claim from its kept *matter*, such as ``fire@settlement|东禾``.

    A claim that is known by its wording alone is a pattern of its own.

    >>> claim_about("fire@settlement|东禾花园", 4)
    ('fire', '东禾花园')
    >>> claim_about("text", 4)
    ('claim:4', '')
    """
    family, at, rest = matter.partition("@")
    if not at:
        return f"claim:{claim}", ""
    place = rest.partition("|")[2].partition("#")[0]
    return family, place


def rise_pattern(kind: AlertKind, series: str, at: datetime) -> Pattern:
    """Return the pattern of a rise of *series*."""
    family, _, name = series.partition(":")
    return Pattern(kind, series, name if family == "place" else "", hour_class(at))


def claim_pattern(kind: AlertKind, about: tuple[str, str], at: datetime) -> Pattern:
    """Return the pattern of a notice of a claim; *about* is of ``claim_about``."""
    return Pattern(kind, about[0], about[1], hour_class(at))


def patterns_of(life: Life, about: tuple[str, str] | None) -> list[Pattern]:
    """Return the patterns that a false mark of *life* stands for, one a telling or series."""
    found: list[Pattern] = []
    for told in life.tellings:
        if told.claim is None:
            found += [rise_pattern(told.kind, name, told.raised_at) for name in told.series]
        elif about is not None:
            found.append(claim_pattern(told.kind, about, told.raised_at))
    return list(dict.fromkeys(found))


def next_factor(pattern: Pattern, standing: Iterable[Quiet], now: datetime) -> float:
    """Return the factor of one more mark of *pattern*: a step more than what stands, capped."""
    return min(MOST, STEP * factor(pattern, standing, now))


def factor(pattern: Pattern, standing: Iterable[Quiet], now: datetime) -> float:
    """Return how many times the evidence *pattern* needs at *now*; 1 where no mark stands."""
    held = (q.factor for q in standing if q.pattern == pattern and q.at <= now < q.until)
    return max(held, default=1.0)


def needed(wanted: float, *, kind: AlertKind, level: ConcernLevel) -> float:
    """Return the factor that is applied: never above the ceiling of what could be grave.

    What could mislead people in flight (C4) is never made quieter.
    """
    if level >= ConcernLevel.C4:
        return 1.0
    grave = kind in GRAVE_KINDS or level >= ConcernLevel.C3
    return min(wanted, MOST_GRAVE if grave else MOST)


def claim_passes(observed: float, expected: float, times: float) -> bool:
    """Return whether *observed* voices are enough where *expected* would do without a mark."""
    return observed >= math.ceil(expected * times - 1e-9)


def rise_passes(tail: float, threshold: float, times: float) -> bool:
    """Return whether a rise of chance *tail* is told although its pattern was marked false.

    Evidence is the logarithm of the chance: with *times* 1.5, what took 0.004 takes 0.00025.
    """
    return tail <= math.pow(threshold, times)


def standing(found: Sequence[Quiet], now: datetime) -> list[Quiet]:
    """Return what makes anything quieter at *now*, the last mark of each pattern."""
    last: dict[Pattern, Quiet] = {}
    for quiet in found:
        if quiet.at <= now < quiet.until:
            known = last.get(quiet.pattern)
            if known is None or known.factor <= quiet.factor:
                last[quiet.pattern] = quiet
    return list(last.values())
