"""The texts of a few days, found by fingerprint and by anchor."""

from array import array
from collections.abc import Sequence

import numpy as np

from crawler.folding.signatures import Signature

WINDOW_DAYS = 3
"""A text that comes back later is news again, not a copy."""
SPAN_DAYS = WINDOW_DAYS + 1
"""Days kept together: each two of them lie in each other's window."""
MAX_TEXTS_A_DAY = 250_000
"""Wordings of one day that later texts are compared with, about 0.7 KB each.

Beyond it a new wording still folds into those known, and exact copies of it fold into it, but worn
or framed copies of it become items of their own.
"""
MAX_BYTES_A_DAY = 100_000_000
"""Bytes of these wordings, two a character: a flood of long texts is one, too."""
MAX_FINGERPRINTS_A_DAY = 1_000_000
"""Texts of one day whose exact copies fold, 0.2 KB each. Beyond it a new text is not remembered."""
MAX_SAME = 4
"""Texts kept for one anchor. Later ones with it are found by their rarer anchors, so what thousands
of texts share (a hashtag, a template) neither hides what they differ in nor costs more and more.
On near_dup_zh 3, 4, 5 and 8 give the same (pair F1 0.971); with 8 a new text among a million costs
a sixth more.
"""
LEAST_SHARED = 2
"""Anchors that two texts share before they are compared, unless one of them has few.

On near_dup_zh, anchors kept and least shared: 8 and 1 give pair F1 0.9715, 8 and 2 0.9689, 12 and
1 0.9715, 12 and 2 0.9712, 16 and 3 0.9712; among 20,000 texts joined from replies a text then is
compared with 3.7, 0.8, 4.7, 1.2, 1.0 others.
"""

KEPT_ANCHORS = 10
_SHORT_BYTES = 60
_FEWEST_HEADS, _GROWTH = 1024, 2


class Span:
    """The texts of ``SPAN_DAYS`` days in a row.

    Anchors stand in a table of numbers, as a dictionary of lists would take ten times the memory:
    ``_heads`` holds the latest entry of a hash, ``_older`` the one before each entry.
    """

    def __init__(self, start: int) -> None:
        self.start = start
        """Ordinal of its first day."""
        self.texts: list[bytes] = []
        self.firsts = array("q")
        """Text number -> key of the post that its copies fold into."""
        self._days = array("b")
        self._by_fingerprint: dict[str, int] = {}
        """Fingerprint -> key of the first post, times ``SPAN_DAYS``, plus the day in the span."""
        self._fingerprints, self._wordings = [0] * SPAN_DAYS, [0] * SPAN_DAYS
        self._bytes = [0] * SPAN_DAYS
        self._heads = array("i", [-1]) * _FEWEST_HEADS
        self._anchors, self._owners = array("I"), array("i")
        self._older, self._depths = array("i"), array("B")

    def exact(self, fingerprint: str, day: int) -> int | None:
        """Return the key of the first post with *fingerprint* in the window of *day*, or None."""
        found = self._by_fingerprint.get(fingerprint)
        if found is None:
            return None
        first, of_day = divmod(found, SPAN_DAYS)
        return first if abs(self.start + of_day - day) <= WINDOW_DAYS else None

    def remember(self, fingerprint: str, first: int, day: int) -> None:
        """Let exact copies of a text of *day* fold into *first*."""
        of_day = day - self.start
        if self._fingerprints[of_day] < MAX_FINGERPRINTS_A_DAY:
            self._fingerprints[of_day] += 1
            self._by_fingerprint[fingerprint] = first * SPAN_DAYS + of_day

    def add(self, first: int, signature: Signature, day: int) -> None:
        """Let copies of a text of *day* fold into *first*."""
        anchors, text = signature
        of_day = day - self.start
        size = self._bytes[of_day] + len(text)
        if self._wordings[of_day] >= MAX_TEXTS_A_DAY or size > MAX_BYTES_A_DAY:
            return
        self._wordings[of_day] += 1
        self._bytes[of_day] = size
        self._enter(anchors, owner=len(self.texts))
        self.texts.append(text)
        self.firsts.append(first)
        self._days.append(of_day)

    def _enter(self, anchors: Sequence[int], owner: int) -> None:
        """Keep the lowest anchors that are not kept for many texts."""
        # Half full at most, so that few anchors share a place with others.
        if 2 * (len(self._anchors) + len(anchors)) > len(self._heads):
            self._grow()
        heads, depths, mask = self._heads, self._depths, len(self._heads) - 1
        start = entry = len(self._anchors)
        for anchor in anchors:
            place = anchor & mask
            older = heads[place]
            depth = depths[older] + 1 if older >= 0 else 1
            if depth <= MAX_SAME:
                self._older.append(older)
                depths.append(depth)
                self._anchors.append(anchor)
                self._owners.append(owner)
                heads[place] = entry
                entry += 1
                if entry - start == KEPT_ANCHORS:
                    break

    def _grow(self) -> None:
        """Spread the entries over a larger table, the latest of each place first."""
        self._heads = array("i", [-1]) * (len(self._heads) * _GROWTH)
        if not self._anchors:
            return
        places = np.frombuffer(self._anchors, np.uint32) & np.uint32(len(self._heads) - 1)
        entries = np.argsort(places, kind="stable").astype(np.int32)
        sorted_places = places[entries]
        begins = np.r_[True, sorted_places[1:] != sorted_places[:-1]]
        begun_at = np.maximum.accumulate(np.where(begins, np.arange(len(entries)), 0))
        older, depths = np.empty(len(entries), np.int32), np.empty(len(entries), np.uint8)
        older[entries] = np.where(begins, -1, np.r_[np.int32(-1), entries[:-1]])
        depths[entries] = np.arange(len(entries)) - begun_at + 1
        np.frombuffer(self._heads, np.int32)[sorted_places] = entries
        self._older, self._depths = array("i", older.tobytes()), array("B", depths.tobytes())

    def sharing(self, signature: Signature, day: int) -> list[tuple[int, int]]:
        """Return the numbers of the texts near to *day* that share anchors, each with how many."""
        shared, texts = self._shared(signature.anchors), self.texts
        if not shared:
            return []
        least = 1 if len(signature.encoded) < _SHORT_BYTES else LEAST_SHARED
        earliest = day - WINDOW_DAYS - self.start
        return [
            (text, count)
            for text, count in shared.items()
            if (count >= least or len(texts[text]) < _SHORT_BYTES)
            and 0 <= self._days[text] - earliest <= 2 * WINDOW_DAYS
        ]

    def _shared(self, anchors: Sequence[int]) -> dict[int, int]:
        heads, mask = self._heads, len(self._heads) - 1
        known, older, owners = self._anchors, self._older, self._owners
        shared: dict[int, int] = {}
        for anchor in anchors:
            entry = heads[anchor & mask]
            while entry >= 0:
                if known[entry] == anchor:
                    text = owners[entry]
                    shared[text] = shared.get(text, 0) + 1
                entry = older[entry]
        return shared
