"""Killing a process at its n-th step.

The act runs in a forked child. There, and only there, every SQL statement, COMMIT, sync, rename,
removal and file opened for writing is a step, on both sides of it; production code has no hooks.
What the child acknowledges goes through a pipe, so it outlives the child.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

Ack = Callable[..., None]
Act = Callable[[Ack], None]

FILE_STEPS = ("fsync", "replace", "unlink", "mkdir", "link")


@dataclass(frozen=True)
class Attempt:
    """What one child did until its end."""

    killed: bool
    acks: tuple[list[Any], ...]
    """What it had acknowledged, in order."""
    steps: tuple[str, ...]
    """Every step by name; empty when it was killed."""


def attempt(
    act: Act,
    *,
    kill_at: int | None = None,
    kill_after_s: float | None = None,
    also_watch: Callable[[Callable[[str], None]], None] = lambda _step: None,
) -> Attempt:
    """Run *act* in a child, killed at its step *kill_at* (from 1) or after some seconds, or not.

    *also_watch* may make further acts of the child into steps.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _live(act, write, kill_at, kill_after_s, also_watch)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        told = [json.loads(line) for line in pipe.read().splitlines()]
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    if not killed and os.WEXITSTATUS(status):
        raise AssertionError(f"the child failed by itself with {os.WEXITSTATUS(status)}")
    steps = told.pop() if told and told[-1][:1] == ["steps"] else ["steps"]
    return Attempt(killed, tuple(told), tuple(steps[1:]))


def _live(
    act: Act,
    write: int,
    kill_at: int | None,
    kill_after_s: float | None,
    also_watch: Callable[[Callable[[str], None]], None],
) -> None:
    try:
        steps: list[str] = []

        def ack(*told: object) -> None:
            os.write(write, (json.dumps(told) + "\n").encode())

        def step(name: str) -> None:
            steps.append(name)
            if len(steps) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        _watch(step)
        also_watch(step)
        if kill_after_s is not None:
            # The default action ends the process at once, wherever it stands, COMMIT included.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, kill_after_s)
        act(ack)
        signal.setitimer(signal.ITIMER_REAL, 0)
        ack("steps", *steps)
        os._exit(0)
    except BaseException:  # noqa: BLE001  nothing of the child may reach the test runner
        traceback.print_exc(file=sys.__stderr__)
        os._exit(3)


def _watch(step: Callable[[str], None]) -> None:
    event.listen(Engine, "before_cursor_execute", lambda *_: step("sql"))
    event.listen(Engine, "after_cursor_execute", lambda *_: step("sql done"))
    commit = DefaultDialect.do_commit

    def do_commit(self: DefaultDialect, connection: Any) -> None:
        step("commit")
        commit(self, connection)
        step("commit done")

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    for name in FILE_STEPS:
        setattr(os, name, _stepping(name, getattr(os, name), step))

    def heard(name: str, given: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(given[1], str) and "w" in given[1]:
            step("open")

    sys.addaudithook(heard)


def _stepping(
    name: str, act: Callable[..., Any], step: Callable[[str], None]
) -> Callable[..., Any]:
    def stepping(*given: Any, **named: Any) -> Any:
        step(name)
        found = act(*given, **named)
        step(f"{name} done")
        return found

    return stepping


def chosen(steps: tuple[str, ...], *, most: int) -> list[int]:
    """Return at most *most* step numbers (all when they fit), spread evenly, of every kind.

    Steps that make something last (COMMIT, sync, rename, removal) get two thirds of the room.
    """
    by_kind: dict[str, list[int]] = {}
    for number, name in enumerate(steps, 1):
        by_kind.setdefault(name, []).append(number)
    kinds = sorted(by_kind, key=lambda name: (name.startswith("sql"), len(by_kind[name])))
    lasting = sum(not name.startswith("sql") for name in kinds)
    found: list[int] = []
    for place, name in enumerate(kinds):
        left = most * 2 // 3 if place < lasting else most
        kinds_left = (lasting if place < lasting else len(kinds)) - place
        room = max(1, (left - len(found)) // kinds_left)
        numbers = by_kind[name]
        count = min(room, len(numbers))
        found += [numbers[n * len(numbers) // count] for n in range(count)]
    return sorted(found)
