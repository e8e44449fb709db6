"""Copies of one text become one item with a count: exact copies, and nearly exact ones.

A copied text is still a voice of its own; folding only keeps the same sentence from being judged
and read a thousand times. Measured figures: see ``SAME_TEXT``.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from core.text import matching_form

Hashes = NDArray[np.uint64]

SAME_TEXT = 0.45
"""Least Jaccard similarity of character 3-shingles.

On 4,185 constructed copies (handbook, near_dup_zh) 0.45 gives pair precision 1.000, recall 0.810,
F1 0.895; 0.35 gives recall 0.825, 0.55 gives 0.784. Without the rule about numbers and turning
words recall would be 0.94: those copies are cut-off texts that lost a number, and stay apart.
"""
MIN_CHARACTERS = 8
"""Shorter texts (停水了吗) differ by meaning at once, so they fold exactly or not at all."""
WINDOW_DAYS = 3
"""A text that comes back later is news again, not a copy."""
MAX_BUCKETS = 16
"""Days kept in memory; the earliest goes first."""

_BANDS, _ROWS = 12, 3
_RANDOM = np.random.default_rng(20310617)
_FACTORS: Hashes = _RANDOM.integers(1, 2**63, _BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
_SHIFT = np.uint64(32)
_STEP_1, _STEP_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_MIX = np.uint64(0xFF51AFD7ED558CCD)

# What turns a text into its opposite or into a question; a copy may not differ in these.
_TURNS = re.compile("不实|辟谣|谣言|没有|未|不|假|吗|非|无")
_NUMBERS = re.compile(
    r"\d+(?:\.\d+)?|[一二两三四五六七八九十百千万亿]+(?=[人名例个户栋所次起辆元万亿天小米])"
)


@dataclass(slots=True)
class _Text:
    """The first post of a text."""

    key: int
    text: str
    hashes: Hashes
    signs: tuple[str, ...] | None = None


@dataclass(slots=True)
class _Day:
    """The first posts of one day."""

    by_fingerprint: dict[str, int] = field(default_factory=dict)
    by_band: dict[tuple[int, int], list[_Text]] = field(default_factory=dict)


def _shingle_hashes(form: str) -> Hashes:
    """Return the distinct 64-bit hashes of the 3-shingles of *form*, sorted."""
    codes = np.frombuffer(form.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    mixed = (codes[:-2] * _STEP_1 + codes[1:-1]) * _STEP_2 + codes[2:]
    mixed ^= mixed >> _SHIFT
    mixed *= _MIX
    return np.unique(mixed)


def _bands(hashes: Hashes) -> list[tuple[int, int]]:
    """Return the LSH bands of a text; likely equal in one for similar texts.

    Source: A. Broder, "On the resemblance and containment of documents", SEQUENCES 1997;
    bands after Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.
    """
    least = (hashes[:, None] * _FACTORS >> _SHIFT).min(axis=0).reshape(_BANDS, _ROWS)
    joined = (least[:, 0] * _STEP_1 + least[:, 1]) * _STEP_2 + least[:, 2]
    return list(enumerate(joined.tolist()))


def jaccard(a: Hashes, b: Hashes) -> float:
    """Return the share of common members of two sorted arrays of distinct members, 0..1."""
    small, large = (a, b) if a.size <= b.size else (b, a)
    places = np.minimum(np.searchsorted(large, small), large.size - 1)
    common = int(np.count_nonzero(large[places] == small))
    return common / (a.size + b.size - common)


def _signs(text: str) -> tuple[str, ...]:
    """Return the numbers and turning words of *text*, each once, in no order that matters."""
    plain = unicodedata.normalize("NFKC", text)
    return tuple(sorted({*_NUMBERS.findall(plain), *_TURNS.findall(plain)}))


def _day_of(moment: datetime) -> int:
    return moment.toordinal()


class Folder:
    """Remembers the first post of each text, and names it for every later copy.

    The same posts in the same order give the same answer. Memory is bounded by ``MAX_BUCKETS``.
    """

    def __init__(self) -> None:
        self._days: dict[int, _Day] = {}
        self.awaited: dict[tuple[str, str], set[int]] | None = None
        """Parents that have not come yet, with the keys that wait; kept here by the store."""

    def fold(self, key: int, text: str, fingerprint: str, published_at: datetime) -> int | None:
        """Return the key of the first post with this text or nearly this text; None if it is new.

        Looks ``WINDOW_DAYS`` back and ahead, as posts do not arrive in order. Texts that differ
        in a number, a negation or a question never fold.
        """
        day = _day_of(published_at)
        near = [self._days[d] for d in self._around(day) if d in self._days]
        for bucket in near:
            if (first := bucket.by_fingerprint.get(fingerprint)) is not None:
                return first
        found, seen = None, self._bucket(day)
        form = matching_form(text)
        if len(form) >= MIN_CHARACTERS:
            candidate = _Text(key, text, _shingle_hashes(form))
            bands = _bands(candidate.hashes)
            found = _nearest(candidate, bands, near)
            if found is None:
                for band in bands:
                    seen.by_band.setdefault(band, []).append(candidate)
        # A further copy of a near copy is then found at once.
        seen.by_fingerprint[fingerprint] = key if found is None else found
        return found

    @staticmethod
    def _around(day: int) -> range:
        return range(day - WINDOW_DAYS, day + WINDOW_DAYS + 1)

    def _bucket(self, day: int) -> _Day:
        if day not in self._days:
            self._days[day] = _Day()
            if len(self._days) > MAX_BUCKETS:
                del self._days[min(d for d in self._days if d != day)]
        return self._days[day]


def _nearest(
    candidate: _Text, bands: Sequence[tuple[int, int]], near: Sequence[_Day]
) -> int | None:
    """Return the key of the most similar known text, the earlier key on a tie, or None."""
    best, best_score, judged = None, SAME_TEXT, set[int]()
    for bucket in near:
        for band in bands:
            for other in bucket.by_band.get(band, ()):
                if other.key in judged:
                    continue
                judged.add(other.key)
                score = jaccard(candidate.hashes, other.hashes)
                better = score > best_score or (
                    score == best_score and (best is None or other.key < best)
                )
                if better and _same_signs(candidate, other):
                    best, best_score = other.key, score
    return best


def _same_signs(a: _Text, b: _Text) -> bool:
    for one in (a, b):
        if one.signs is None:
            one.signs = _signs(one.text)
    return a.signs == b.signs
