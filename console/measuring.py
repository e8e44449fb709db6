"""What every bench row is made of: a measure, the CPU clock, sides that alternate, a child."""

import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from core.errors import HuiyingError

CHILD_LIMIT_S = 1_200.0


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


def in_child(act: Callable[..., dict[str, float]], *given: object) -> dict[str, float]:
    """Run *act* in a process of its own and return what it measured: a reactor starts once."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_measured, args=(there, act, given))
    child.start()
    try:
        if not here.poll(CHILD_LIMIT_S):
            raise HuiyingError(f"bench: no answer within {CHILD_LIMIT_S:.0f} s")
        found: dict[str, float] = here.recv()
    except EOFError as error:
        raise HuiyingError("bench: the measuring process ended without an answer") from error
    finally:
        child.kill()
        child.join()
    return found


def _measured(
    there: Connection, act: Callable[..., dict[str, float]], given: Sequence[object]
) -> None:
    there.send(act(*given))


def peak_mb() -> float:
    """Return the most memory this process has had, in MB.

    Linux counts what the parent had into ``ru_maxrss`` of a child, so it is asked elsewhere.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
