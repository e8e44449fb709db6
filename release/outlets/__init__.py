"""Where statements go after they are published."""

from dataclasses import dataclass
from typing import Protocol

from core.errors import HuiyingError
from release.records import Checkpoint, Entry, Owed


class DeliveryError(HuiyingError):
    """An outlet could not take a statement; it is tried again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an outlet is given: the verified log, and the entry that is owed."""

    owed: Owed
    entries: tuple[Entry, ...]
    checkpoint: Checkpoint

    @property
    def entry(self) -> Entry:
        """The entry to deliver."""
        return self.entries[self.owed.log_index]


class Outlet(Protocol):
    """A place to publish."""

    name: str

    def deliver(self, delivery: Delivery) -> None:
        """Take the entry; raise ``DeliveryError`` or ``OSError`` to be asked again.

        An entry may come twice after a crash: its ``idempotency_key`` is then the same.
        """
