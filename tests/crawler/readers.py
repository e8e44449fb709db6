"""Readers for a child process that go wrong in every way a library can."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crawler.importers.bounded import ReadError


def echo(data: bytes) -> Iterator[Any]:
    """Give back what came in, in two batches."""
    yield [data.decode()[:2]]
    yield [data.decode()[2:]]


def eat_memory(data: bytes) -> Iterator[Any]:
    """Hold far more than a child may."""
    hoard = [bytes(16 * 1024 * 1024) for _ in range(64)]
    yield [len(hoard), len(data)]


def never_end(data: bytes) -> Iterator[Any]:
    """Use the processor for ever."""
    while True:
        data = data[::-1]
    yield [data]


def fall_asleep(data: bytes) -> Iterator[Any]:
    """Give nothing for a long time."""
    time.sleep(60)
    yield [len(data)]


def vanish(data: bytes) -> Iterator[Any]:
    """End without a word."""
    os._exit(len(data))
    yield []


def refuse(data: bytes) -> Iterator[Any]:
    """Say what is wrong."""
    yield [len(data)]
    raise ReadError("内容损坏")


def write_a_file(data: bytes) -> Iterator[Any]:
    """Try to leave something on the disk, and say whether that went."""
    target = Path(data.decode())
    try:
        target.write_bytes(b"x")
    except OSError:
        yield ["refused"]
    else:
        yield ["written"]
