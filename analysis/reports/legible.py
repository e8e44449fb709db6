"""Texts of strangers made fit to be shown in any form of a report; the same in every one."""

import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

# Controls, surrogates and non-characters break XML; bidi marks turn what stands beside them
# around; the others are invisible. The joiner of emoji stays.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "]+"
)
_SPACES = re.compile(r"[\t\n\r\x0b\x0c\x85\u2028\u2029]+")
SIGN = "\u2610"
"""Stands for what was taken out, so that nobody takes the rest for the whole."""


def legible(text: str) -> str:
    r"""Return *text* on one line, without what breaks or turns it; ``SIGN`` shows where that was.

    Idempotent.

    >>> legible("停水\x00通知\u202e\u2066！")
    '停水☐通知☐！'
    """
    return _UNFIT.sub(SIGN, _SPACES.sub(" ", text))


def cleaned(value: Any) -> Any:
    """Return *value*, a report or part of one, with every text in it made legible."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, list | tuple):
        return tuple(cleaned(part) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: cleaned(getattr(value, f.name)) for f in fields(value)})
    return value
