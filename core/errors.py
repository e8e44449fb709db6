"""The two errors of our own that callers may catch."""

from collections.abc import Sequence


class HuiyingError(Exception):
    """A failure whose message an operator can act on; it names the thing and the value."""


class RefusedError(HuiyingError):
    """A rule said no; ``reasons`` holds every reason at once, in the reader's language."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))
