"""Quantities in Chinese text: 三人 = 3人 = ３人, 3.2千 = 3200. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.lexicon import load_lexicon

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}

_UNITS = "|".join(sorted(map(re.escape, load_lexicon().number_units), key=len, reverse=True))
# 余, 多 and 来 may stand between number and unit (三千二百余人); they are kept as approximate.
_QUANTITY = re.compile(
    rf"(?P<number>\d{{1,15}}(?:,\d{{3}})*(?:\.\d{{1,6}})?|[零〇一二两俩三四五六七八九十百千万亿]{{1,20}})"
    rf"(?P<scale>[百千万亿]{{0,2}})(?P<about>[余多来几]?)(?P<unit>{_UNITS}|%|℃|天|次|条|个|斤|点|岁|口)"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, found at ``text[start:end]``."""

    value: Decimal
    unit: str
    start: int
    end: int
    approximate: bool
    """True for 三千多人, 几百人: a bound rather than a count."""


def chinese_number(text: str) -> int:
    """Return the value of a numeral in Chinese characters.

    Raises ``ValueError`` for anything that is not one whole numeral.

    >>> chinese_number("三千二百"), chinese_number("二〇三一"), chinese_number("十二万")
    (3200, 2031, 120000)
    """
    if not text:
        raise ValueError("empty numeral")
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _SMALL:
            section += (digit or (1 if c == "十" else 0)) * _SMALL[c]
            digit = 0
        elif c in _LARGE:
            if not (total or section or digit):
                raise ValueError(f"not a numeral: {text}")
            total = (total + section + digit) * _LARGE[c]
            section = digit = 0
        else:
            raise ValueError(f"not a numeral: {text}")
    return total + section + digit


def _value(number: str, scale: str) -> Decimal:
    if number[0].isdigit():
        value = Decimal(number.replace(",", ""))
    else:
        value = Decimal(chinese_number(number))
    for c in scale:
        value *= _SMALL.get(c) or _LARGE[c]
    return value


def quantities(text: str) -> list[Quantity]:
    """Return every quantity of *text* in order; spans refer to *text* itself.

    Full-width digits count as digits. A numeral that cannot be read is left out, never guessed.
    """
    folded = "".join(unicodedata.normalize("NFKC", c)[:1] or c for c in text)
    found = []
    for match in _QUANTITY.finditer(folded):
        try:
            value = _value(match["number"], match["scale"])
        except (ValueError, InvalidOperation):
            continue
        found.append(
            Quantity(
                value=value,
                unit=match["unit"],
                start=match.start(),
                end=match.end(),
                approximate=bool(match["about"]),
            )
        )
    return found
