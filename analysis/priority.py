"""Which unanswered question goes first: how many ask, whether it grows, and what hangs on it.

The product of the three orders the list and says nothing else. Each factor is shown beside it, so
that whoever answers can see why a question stands where it stands. Pure.
"""

from dataclasses import dataclass
from datetime import timedelta

LATELY = timedelta(hours=1)
"""The last hour is set against the hour before it."""
LEAST_GROWTH, MOST_GROWTH = 0.5, 4.0
"""A question that is no longer asked still waits; one that has just come up is not everything."""

HARM = {
    "help": 3.0,
    "casualty": 2.5,
    "warning": 2.5,
    "rescue": 2.0,
    "daily_life": 1.5,
    "price_supply": 1.5,
    "cause": 1.2,
    "accountability": 1.2,
    "recovery": 1.2,
}
"""What it may cost to leave a concern unanswered: lives before supplies, supplies before the rest.

An order of duty and no measurement; a concern that is not named weighs 1.
"""


@dataclass(frozen=True, slots=True)
class Priority:
    """Why a question stands where it stands."""

    voices: int
    """Distinct voices so far."""
    lately: int
    """Distinct voices in the last hour."""
    before: int
    """Distinct voices in the hour before it."""
    harm: float

    @property
    def growth(self) -> float:
        """How many times the hour before, one added to both, within limits."""
        times = (self.lately + 1) / (self.before + 1)
        return min(MOST_GROWTH, max(LEAST_GROWTH, times))

    @property
    def rank(self) -> float:
        """The product; the higher, the earlier it should be answered."""
        return self.voices * self.growth * self.harm


def priority(voices: int, lately: int, before: int, concern: str | None) -> Priority:
    """Return the priority of a question of *concern*, an id of the taxonomy or None."""
    return Priority(voices, lately, before, HARM.get(concern or "", 1.0))
