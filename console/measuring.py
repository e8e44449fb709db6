"""What every bench row is made of: a measure, the CPU clock, and two sides that alternate."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table."""

    name: str
    what: str
    unit: str
    """Of *ours* and *peer*: what is done in a second of CPU time, or seconds."""
    ours: float
    peer_name: str = ""
    peer: float | None = None
    ratio: float | None = None
    """How many times as fast as the peer: the median of the rounds' ratios."""
    target: str = ""
    """The goal of the handbook, where it has one for this row."""
    facts: dict[str, float] = field(default_factory=dict)


def cpu_s(act: Callable[[], object]) -> float:
    """Return the CPU seconds that *act* takes in this process."""
    start = time.process_time()
    act()
    return time.process_time() - start


def race(
    rounds: int, ours: Callable[[], object], peer: Callable[[], object]
) -> tuple[float, float, float]:
    """Return the median CPU seconds of both sides and of their ratio, the rounds interleaved."""
    pairs = [(cpu_s(ours), cpu_s(peer)) for _ in range(rounds)]
    ratio = median(theirs / max(mine, 1e-9) for mine, theirs in pairs)
    return median(p[0] for p in pairs), median(p[1] for p in pairs), ratio
