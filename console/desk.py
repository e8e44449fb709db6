"""What follows each round at the desk: a sign of life, what is to be told, and to whom next."""

from datetime import datetime

from console import alerting, digest, escalation, heartbeat
from console.wiring import Services


def after_round(services: Services, now: datetime) -> None:
    """Do everything of the desk that is due at *now*; each part tells nothing twice.

    Each part opens its own transaction and may as well be called by a timetable.
    """
    heartbeat.beat(services, now)
    alerting.announce(services, now)
    escalation.step(services, now)
    heartbeat.tell(services, now)
    digest.send(services, now)
    heartbeat.sign_of_life(services, now)
