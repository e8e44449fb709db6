"""What parses a stranger's binary runs in a child process that may use so much and no more.

A child that wants more memory or time than it may have dies alone, and the reader hears why. What
comes back is JSON, so that a child which went wrong cannot run anything here.
"""

import json
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from core.errors import RefusedError

MAX_MESSAGE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use."""

    memory_bytes: int = 256 * 1024 * 1024
    """Address space beyond what it has when it starts; a 64 MiB sheet took 92 MiB."""
    cpu_s: int = 20
    """A 64 MiB sheet took 1 s."""
    wall_s: float = 60.0
    """Longest wait for the next batch."""


USUAL = Limits()

Read = Callable[[bytes], Iterator[Any]]
"""A function of a module that can be imported: bytes -> batches that JSON can carry."""


class ReadError(Exception):
    """What a reader in the child says of a file it cannot read; ``reason`` is Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_apart(read: Read, data: bytes, *, name: str, limits: Limits = USUAL) -> Iterator[Any]:
    """Yield what *read* yields for *data*, running in a process of its own.

    Raises ``RefusedError`` that begins with *name* for a file that cannot be read within the
    limits, whether the reader says so or dies.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_serve, args=(there, read, limits), daemon=True)
    child.start()
    there.close()
    try:
        yield from _answers(here, data, limits, name)
    except (EOFError, ConnectionError):
        raise RefusedError([f"{name}: {_why(child, limits)}"]) from None
    finally:
        here.close()
        child.kill()
        child.join()


def _answers(here: Connection, data: bytes, limits: Limits, name: str) -> Iterator[Any]:
    here.send_bytes(data)
    while True:
        if not here.poll(limits.wall_s):
            raise RefusedError([f"{name}: {limits.wall_s:.0f} 秒内没有读出内容"])
        answer = json.loads(here.recv_bytes(MAX_MESSAGE))
        if "refused" in answer:
            raise RefusedError([f"{name}: {answer['refused']}"])
        if "end" in answer:
            return
        yield answer["batch"]


def _why(child: BaseProcess, limits: Limits) -> str:
    """Return what a child died of, by the signal that ended it."""
    child.join(limits.wall_s)
    code = child.exitcode or 0
    if -code in {signal.SIGXCPU, signal.SIGKILL}:
        return f"解析用时超过 {limits.cpu_s} 秒"
    if -code == signal.SIGABRT:
        return f"展开后超过 {limits.memory_bytes // 1024**2} MB 内存"
    return f"解析进程意外结束（{code}）"


def _serve(pipe: Connection, read: Read, limits: Limits) -> None:
    """Run in the child: limits first, then the bytes of the stranger."""
    # What a dying library prints may hold the file's text.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _limit(limits)
    data = pipe.recv_bytes()
    try:
        for batch in read(data):
            pipe.send_bytes(json.dumps({"batch": batch}, ensure_ascii=False).encode())
    except ReadError as error:
        pipe.send_bytes(json.dumps({"refused": error.reason}).encode())
    except MemoryError:
        os.kill(os.getpid(), signal.SIGABRT)
    else:
        pipe.send_bytes(b'{"end": true}')


def _limit(limits: Limits) -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    memory = pages * resource.getpagesize() + limits.memory_bytes
    _lower(resource.RLIMIT_AS, memory)
    _lower(resource.RLIMIT_CPU, limits.cpu_s)
    # It writes no file, and leaves no image of its memory behind.
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(which: int, most: int) -> None:
    """Set a limit, or keep the narrower one that this machine's operator has set."""
    hard = resource.getrlimit(which)[1]
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (value, value))
