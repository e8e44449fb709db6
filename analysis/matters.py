"""What a post says has happened, and where: the keys by which claims are told apart. Pure.

A *matter* is a predicate family (``matters.toml``) with an anchor, its telling numbers and a
stance. Words alone cannot tell claims apart (quality handbook, pitfall 7), so anchors, numbers
and negation are compared one by one (``agreement``).
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from analysis.anchors import Anchor, anchors_agree, stem_of
from analysis.families import OTHER, Path, load_matters
from core.numbers import chinese_number
from core.vocabulary import ConcernLevel

Numbers = tuple[tuple[str, frozenset[str]], ...]
"""Unit -> values as text."""
_NUMERAL = r"(?<![几数第\d.])(\d+(?:\.\d+)?|[一二两三四五六七八九十百千]{1,6})"
_UNITS: dict[str, re.Pattern[str]] = {
    "人": re.compile(
        _NUMERAL
        + r"(?:余|多|来)?(?:名|人|口|位|例|具|条人命|个(?=人|孩|小|学|老|工|大|男|女|死|没))"
    ),
    "例": re.compile(_NUMERAL + r"(?:余|多|来)?例"),
    "天": re.compile(_NUMERAL + r"(?:多|来)?(?:天|日)"),
    "小时": re.compile(_NUMERAL + r"(?:多|来)?个?小时"),
    "级": re.compile(_NUMERAL + r"级"),
    "价": re.compile(_NUMERAL + r"(?:元|块|(?=(?:一|每|/)(?:斤|公斤|把|瓶|箱|袋|盒|桶|份)))"),
}


class Stance(StrEnum):
    """How a post stands to the matter it names."""

    ASSERTED = "asserted"
    ASKED = "asked"
    """Asked about or feared, without saying that it is so: 会不会垮, 有没有伤亡."""
    DENIED = "denied"
    """Negated, over, or said to be fine: 没断, 来水了."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing a post says, asks or denies."""

    family: str
    kind: str
    """Kind of object for families that need one (泵站 and 电梯 stop apart); else empty."""
    anchor: Anchor
    numbers: Numbers
    """Only of the units that tell this family's claims apart."""
    stance: Stance
    path: Path
    level: ConcernLevel
    founds: bool

    @property
    def vague(self) -> bool:
        """True when no family knows the matter, only the sign lexicon."""
        return self.family in OTHER

    @property
    def group(self) -> str:
        """Family and kind: only matters of one group can be the same."""
        return f"{self.family}:{self.kind}" if self.kind else self.family

    @property
    def key(self) -> str:
        """The matter as text, such as ``casualty@青石隧道#人=3``."""
        numbers = "".join(f"#{unit}={'/'.join(sorted(v))}" for unit, v in self.numbers)
        return f"{self.group}@{self.anchor.kind}|{self.anchor.name}{numbers}"


def _value(numeral: str) -> str | None:
    try:
        return numeral if numeral[0].isdigit() else str(chinese_number(numeral))
    except ValueError:
        return None


@lru_cache(maxsize=64)
def telling_numbers(text: str, units: tuple[str, ...]) -> Numbers:
    """Return the values that *text* gives for each of *units*; units without any are left out.

    The last answers are kept, because each saying of a text asks again.

    >>> telling_numbers("死了三个人", ("人",))
    (('人', frozenset({'3'})),)
    """
    found = []
    for unit in units:
        values = frozenset(v for m in _UNITS[unit].findall(text) if (v := _value(m)))
        if values:
            found.append((unit, values))
    return tuple(found)


def numbers_differ(a: Numbers, b: Numbers) -> bool:
    """Return True when both give a number of one unit and no value is the same."""
    theirs = dict(b)
    return any(unit in theirs and not values & theirs[unit] for unit, values in a)


def agreement(a: Matter, b: Matter) -> int:
    """Return 0 when *a* and *b* cannot be one claim, else how well they agree, up to 3.

    What refuses most pairs of a family, the place, is asked first.
    """
    anchors = anchors_agree(a.anchor, b.anchor)
    if not anchors and a.numbers and a.numbers == b.numbers:
        # 停水三天，青石镇也停吗 asks about 全县停水三天: the same telling number, a wider scope.
        anchors = int("area" in {a.anchor.kind, b.anchor.kind})
    if not anchors or a.group != b.group:
        return 0
    denies = Stance.DENIED in {a.stance, b.stance}
    if numbers_differ(a.numbers, b.numbers) and not denies:
        return 0
    return anchors + bool(a.numbers and a.numbers == b.numbers)


def matter_of(key: str) -> Matter | None:
    """Return the matter that ``Matter.key`` wrote, or None for a key of another make."""
    group, at, rest = key.partition("@")
    family_id, _, kind = group.partition(":")
    family = load_matters().families.get(family_id)
    if not at or family is None:
        return None
    anchor_text, *numbers = rest.split("#")
    anchor_kind, _, name = anchor_text.partition("|")
    stem = stem_of(name, load_matters().kinds.get(anchor_kind, ()))
    return Matter(
        family=family.id,
        kind=kind,
        anchor=Anchor(anchor_kind, name, stem, known=anchor_kind in {"area", "goods"}),
        numbers=tuple(
            (unit, frozenset(values.split("/")))
            for unit, _, values in (n.partition("=") for n in numbers)
        ),
        stance=Stance.ASSERTED,
        path=family.path,
        level=family.level,
        founds=family.founds,
    )
