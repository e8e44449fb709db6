"""Whether a promised update came, and how late (domain handbook, K10). Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.vocabulary import PromiseState

NEAR = timedelta(minutes=30)
"""How far from the promised moment a text keeps a promise rather than something else."""
MINUTE = timedelta(minutes=1)


def kept_at(due: datetime, later: Sequence[datetime], now: datetime) -> datetime | None:
    """Return which of the *later* texts of an incident kept a promise; None while none has.

    The first text at or after the promised moment keeps it. Where none comes within half an
    hour, the last one of the half hour before counts, once the moment has come.
    """
    after = min((moment for moment in later if due <= moment < now), default=None)
    if after is not None and after - due <= NEAR:
        return after
    before = [moment for moment in later if due - NEAR <= moment < due]
    return max(before) if before and now >= due else after


def state(due: datetime, kept: datetime | None, now: datetime) -> PromiseState:
    """Return how a promise due at *due* stands at *now*; less than a minute late is on time."""
    if kept is not None:
        return PromiseState.LATE if kept - due >= MINUTE else PromiseState.KEPT
    return PromiseState.OVERDUE if due < now else PromiseState.RUNNING
