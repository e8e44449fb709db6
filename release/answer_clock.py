"""When an answer is due: the defaults of the domain handbook, 5.3. Pure."""

from datetime import datetime, timedelta

from core.vocabulary import ConcernLevel

FIRST_STATEMENT = timedelta(minutes=60)
"""From the moment the onset is confirmed."""
QUESTION = timedelta(hours=48)
"""From the first time it was asked."""
_CHECK = {
    ConcernLevel.C4: timedelta(minutes=30),
    ConcernLevel.C3: timedelta(minutes=60),
    ConcernLevel.C2: timedelta(hours=4),
}
_CLARIFY = {ConcernLevel.C4: timedelta(minutes=60), ConcernLevel.C3: timedelta(minutes=90)}


def check_due(level: ConcernLevel, asked_at: datetime) -> datetime | None:
    """Return when a unit asked at *asked_at* answers; None at levels without a clock."""
    return asked_at + _CHECK[level] if level in _CHECK else None


def clarification_due(level: ConcernLevel, noticed_at: datetime) -> datetime | None:
    """Return when a claim is to be answered in public; None at levels without a clock."""
    return noticed_at + _CLARIFY[level] if level in _CLARIFY else None
