"""What follows each round at the desk: a sign of life, what is to be told, and to whom next."""

from datetime import datetime

from console import alerting, digest, escalation, heartbeat
from console.wiring import Services


def after_round(services: Services, now: datetime) -> None:
    """Keep that a round was made, and do what is due."""
    heartbeat.beat(services, now)
    tick(services, now)


def tick(services: Services, now: datetime) -> None:
    """Do everything of the desk that is due at *now*; each part tells nothing twice.

    Also to be called by a timetable, each minute: a gathering that hangs makes no rounds, and
    that too must be told. Each part opens its own transaction.
    """
    heartbeat.tell_stall(services, now)
    alerting.announce(services, now)
    escalation.step(services, now)
    heartbeat.tell(services, now)
    digest.send(services, now)
    heartbeat.sign_of_life(services, now)
