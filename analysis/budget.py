"""The promised budget of false alarms. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Calibration:
    """One calibration of the rises to the promised budget."""

    at: datetime
    by: str
    """Person id, or ``system``."""
    promised: float
    """False alarms a week that were promised for the desk."""
    rate: float
    """False alarms a day and series that the detector is given for it."""
    weeks: float
    """Weeks of history it rests on."""
    foreseen: float
    """False alarms a week that this history would have seen at that rate."""
