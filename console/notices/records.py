"""What the outbox hands to the wire, and what comes back."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from core.vocabulary import ConcernLevel, DeliveryOutcome, NoticeKind


@dataclass(frozen=True, slots=True)
class Letter:
    """One part of a message, ready to leave."""

    key: str
    """Of the message, as its caller named it."""
    kind: NoticeKind
    level: ConcernLevel
    heading: str
    text: str
    part: int
    parts: int
    queued_at: datetime

    @property
    def idempotency_key(self) -> str:
        """The same whenever this part is sent again, so that a receiver knows it."""
        return f"{hashlib.sha256(self.key.encode()).hexdigest()[:32]}-{self.part}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended."""

    outcome: DeliveryOutcome
    reason: str = ""
    """In Chinese, of our own words and numbers only: the other side might repeat a key."""
    wait_s: float | None = None
    """How long the other side asks to be left alone."""
