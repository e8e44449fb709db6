"""Who is told next when nobody takes a matter on (domain handbook, 5.3 and 5.4). Pure.

Steps go up only, one at a time, each once; the next is due when the post told last has had its
time. A clock that is set back never holds a step up: what was told "later than now" counts as
overdue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.vocabulary import Role
from release.quiet import QuietHours, awake

LADDER = (Role.MONITOR, Role.ANALYST, Role.DUTY_LEADER)
"""The posts of the desk, from the bottom; a matter is told to the first, then climbs."""
REMINDER = 0
"""The step that tells the first post once more."""
TOP = len(LADDER) - 1
JITTER = timedelta(minutes=1)
"""A clock that is corrected by less than this was not set back."""


@dataclass(frozen=True, slots=True)
class Triage:
    """How long a post may leave a matter alone."""

    warn: timedelta
    due: timedelta


@dataclass(frozen=True, slots=True)
class Step:
    """One step that was taken for a matter."""

    step: int
    """0 the reminder; 1 the analyst was told, 2 the duty leader."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A matter that nobody has taken on."""

    about: str
    """The matter, such as ``alert:A000012``."""
    told_at: datetime
    """When the first post was told, not when it was noticed."""
    steps: tuple[Step, ...] = ()
    """In the order they were taken."""


def next_step(
    matter: Waiting, now: datetime, triage: Triage, quiet: QuietHours | None
) -> int | None:
    """Return the step to take now, None while none is due or the top is reached.

    Minutes inside *quiet* do not count; None for a matter that may wake people.
    """
    height = max((step.step for step in matter.steps), default=REMINDER)
    if height >= TOP:
        return None
    climbed = [step.at for step in matter.steps if step.step > REMINDER]
    since = climbed[-1] if climbed else matter.told_at
    set_back = since - now > JITTER
    waited = now - since if quiet is None else awake(quiet, since, now)
    if set_back or waited >= triage.due:
        return height + 1
    return REMINDER if not matter.steps and waited >= triage.warn else None
