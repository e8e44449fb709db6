"""The two errors of our own that callers may catch, and one line for what pydantic found."""

from collections.abc import Sequence

from pydantic import ValidationError


class HuiyingError(Exception):
    """A failure whose message an operator can act on; it names the thing and the value."""


class RefusedError(HuiyingError):
    """A rule said no; ``reasons`` holds every reason at once, in the reader's language."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


def in_one_line(error: ValidationError) -> str:
    """Return every problem of *error* as ``field: what is wrong, got value``, on one line.

    The value of a field with "secret" in its name is not told.
    """
    return "; ".join(
        f"{(field := '.'.join(map(str, e['loc'])))}: {e['msg']}, got "
        f"{'a value that is not shown' if 'secret' in field.lower() else repr(e['input'])}"
        for e in error.errors()
    )
