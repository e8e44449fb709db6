"""Which unit is to check a matter, by what the units may state. Pure."""

from collections.abc import Mapping, Sequence

from core.directory import Unit

_EMPTY = frozenset(
    {"情况", "安排", "结果", "统计", "措施", "决定", "命令", "统一", "发布", "通报", "提示"}
)
"""Words of many duties that tell none apart."""
_GENERAL = frozenset({"gov_office", "info_office", "command_hq"})
"""Kinds that speak for others, and check nothing themselves."""


def unit_for(
    matter: str, units: Sequence[Unit], duties: Mapping[str, Sequence[str]], *, harm: bool = False
) -> str:
    """Return the name of the unit whose duties share most words with *matter*, or nothing.

    *duties* are what each kind of unit may state; a unit's own list goes first. Two that fit
    equally well are joined by 或, for a person to choose; of more, none is named. What concerns
    people who came to harm goes to the command (red line RL02).
    """
    if harm:
        return _one([unit.name for unit in units if unit.kind == "command_hq"])
    scored = [(_shared(matter, unit, duties), unit.name) for unit in units]
    best = max((score for score, _ in scored), default=0)
    return _one([name for score, name in scored if best and score == best])


def _one(names: Sequence[str]) -> str:
    return "或".join(names) if len(names) <= 2 else ""


def _shared(matter: str, unit: Unit, duties: Mapping[str, Sequence[str]]) -> int:
    own = unit.may_state or (() if unit.kind in _GENERAL else duties.get(unit.kind, ()))
    pairs = {word[n : n + 2] for word in own for n in range(len(word) - 1)} - _EMPTY
    return sum(pair in matter for pair in pairs)
