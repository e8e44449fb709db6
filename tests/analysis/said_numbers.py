"""Which numbers a report may say: those of its data, their moments, shares, waits and counts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta

from core.clock import beijing

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def unfounded(text: str, data: object, *, also: Iterable[str] = ()) -> set[str]:
    """The numbers of *text* that are not in *data*, cannot be worked out of it, nor in *also*."""
    allowed = {n for word in also for n in _NUMBER.findall(word)}
    numbers: list[float] = []
    moments: list[datetime] = []
    for value in _leaves(data):
        if isinstance(value, datetime):
            moments.append(value)
            local = beijing(value)
            for part in (local.year, local.month, local.day, local.hour, local.minute):
                allowed |= {str(part), f"{part:02d}"}
        elif isinstance(value, int | float):
            numbers.append(value)
            allowed.add(f"{value:g}" if isinstance(value, float) else str(value))
        elif isinstance(value, str):
            allowed |= set(_NUMBER.findall(value))
    rest = set(_NUMBER.findall(text)) - allowed
    return {n for n in rest if not _worked_out(float(n), numbers, moments)}


def _leaves(data: object) -> Iterator[object]:
    if is_dataclass(data):
        for field in fields(data):
            yield from _leaves(getattr(data, field.name))
    elif isinstance(data, list | tuple | frozenset):
        yield len(data)
        for part in data:
            yield from _leaves(part)
    else:
        yield data


def _worked_out(n: float, numbers: list[float], moments: list[datetime]) -> bool:
    """Whether *n* is a share or ratio of two figures of the data, or minutes between moments."""
    whole = [v for v in numbers if v]
    if any(round(100 * a / b) == n or round(a / b, 1) == n for a in numbers for b in whole):
        return True
    gaps = {abs(int((a - b) / timedelta(minutes=1))) for a in moments for b in moments}
    return n in gaps
