"""Criticism at its true share: a list that leaves complaints out is mended, and says its shares.

The rule is the domain handbook's (3.1, D02): the share of critical matters in a report is at least
their share in the data (报喜不报忧). Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Shares:
    """Critical matters among all, in the data and in what is shown of them."""

    critical: int
    whole: int
    shown_critical: int
    shown: int

    @property
    def fair(self) -> bool:
        """Whether the shown share is not below the data's."""
        return self.shown_critical * self.whole >= self.critical * self.shown


def fair_share(
    items: Sequence[_T], critical: Callable[[_T], bool], most: int
) -> tuple[list[_T], Shares]:
    """Return the first *most* of *items*, the last others given up for critical ones if need be.

    The order stays; *items* are in order of weight, so the weightiest critical ones come in.

    >>> fair_share(["rain", "bus", "who is to blame", "why"], lambda q: q.startswith("wh"), 2)[0]
    ['rain', 'who is to blame']
    """
    chosen = set(range(min(most, len(items))))
    total = sum(map(critical, items))

    def shares() -> Shares:
        told = sum(critical(items[n]) for n in chosen)
        return Shares(total, len(items), told, len(chosen))

    waiting = [n for n, item in enumerate(items) if critical(item) and n not in chosen]
    for n in waiting:
        others = [m for m in chosen if not critical(items[m])]
        if shares().fair or not others:
            break
        chosen.remove(max(others))
        chosen.add(n)
    return [items[n] for n in sorted(chosen)], shares()
