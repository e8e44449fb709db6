"""Running an act in a child of its own under limits, and hearing what came of it."""

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CPU_S = 5
EXTRA_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Ended:
    """How a child ended."""

    found: dict[str, Any]
    cpu_s: float
    extra_mb: float
    """Peak memory above what the child began with."""


def limited(act: Callable[[], dict[str, Any]]) -> Ended:
    """Run *act* in a forked child; raise ``AssertionError`` when it died or raised."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _live(act, write)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise AssertionError(f"the child ended with {status}: {told}")
    found, cpu_s, extra_mb = json.loads(told)
    return Ended(found, cpu_s, extra_mb)


def _live(act: Callable[[], dict[str, Any]], write: int) -> None:
    try:
        before = _peak_mb()
        space = _space() + EXTRA_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
        used = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (used + CPU_S + 1, used + CPU_S + 1))
        start = time.process_time()
        found = act()
        spent = time.process_time() - start
        told = json.dumps([found, spent, _peak_mb() - before])
        os.write(write, told.encode())
        os._exit(0)
    except BaseException:  # noqa: BLE001  nothing of the child may reach the test runner
        os.write(write, traceback.format_exc()[-2000:].encode("utf-8", "replace"))
        sys.stderr.flush()
        os._exit(3)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _space() -> int:
    with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123
        return int(told.read().split()[0]) * resource.getpagesize()
