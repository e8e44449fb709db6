"""Anchors of a text: a few numbers that a copy shares with it, even one that was cut or damaged.

An anchor is the hash of four letters in a row. Of all that a text has, the lowest few stand for
it: what is part of a longer text keeps those of the longer text that lie in its part.

Source: A. Broder, "On the resemblance and containment of documents", SEQUENCES 1997 (the sketch of
the s smallest elements); U. Manber, "Finding similar files in a large file system", USENIX 1994
(anchors).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from crawler.folding.wordings import FACE, MIN_CHARACTERS

Letters = NDArray[np.uint16]
Hashes = NDArray[np.uint64]
"""Of 32 bits each."""
Owners = NDArray[np.intp]
"""For each letter of a batch, the number of the text it stands in."""

ANCHORS = 14
"""Lowest hashes kept of a text."""
_ROW = 4
"""Letters in a row, as many as fit into 64 bits."""
_BATCH_CHARACTERS = 20_000
"""Characters hashed at once: more is no faster, and takes 50 bytes a character."""
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SALT_STEP, _32_BITS = 0x9E3779B1, 0xFFFFFFFF
_32 = np.uint64(32)
_AFTER_DIGITS = np.uint16(ord("9") + 1)
"""No other letter of a folded text lies below."""

# Faces (微笑 in brackets), and the marks of masked numbers and links: they change in copies.
_STYLED = re.compile("[\U0001d400-\U0001d7ff\U0001f100-\U0001f1e5]")
"""Letters and digits in another dress, outside of what two bytes hold."""
_FACE = re.compile(r"\[[^\[\]\d]{1,8}\]")


@cache
def simplified() -> dict[str, str]:
    """Return traditional -> simplified for single characters, from OpenCC, for comparing only.

    One character at a time: a copy is written in one script or the other throughout, so words
    (乾隆, 乾燥) need not be told apart.
    """
    from opencc import OpenCC

    han = [chr(code) for code in range(0x3400, 0xA000)]
    plain = OpenCC("t2s").convert("\n".join(han)).split("\n")
    return {before: after for before, after in zip(han, plain, strict=True) if before != after}


def folded(character: str) -> str:
    """Return *character* as it is compared: NFKC, in lower case, simplified."""
    form = unicodedata.normalize("NFKC", character).casefold()
    return simplified().get(form, form)


@cache
def _tables() -> tuple[Letters, NDArray[np.bool_]]:
    """Return UTF-16 unit -> the character it is compared as, and whether that is a letter."""
    table = np.arange(0x10000).astype("<u2")
    for code in (*range(0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x10000)):
        table[code] = _compared(chr(code))
    for traditional in simplified():
        if ord(traditional) < table.size:
            table[ord(traditional)] = _compared(traditional)
    # Emoji are pairs of these, and ideographs hardly anybody writes; the rest is private.
    table[0xD800:0xF900] = ord(FACE)
    table[[0x200D, 0xFE0F]] = ord(FACE)
    return table, np.array([chr(code).isalnum() for code in table.tolist()])


def _compared(character: str) -> int:
    form = folded(character)
    if character.isspace() or not form:
        return ord(" ")
    return ord(form if len(form) == 1 and ord(form) < 0x10000 else character)


def _utf_16(text: str) -> bytes:
    if "[" in text:
        text = _FACE.sub(FACE, text)
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) > 2 * len(text) and _STYLED.search(text):
        encoded = unicodedata.normalize("NFKC", text).encode("utf-16-le", "surrogatepass")
    return encoded


def _hashes(letters: Letters) -> Hashes:
    """Return the hash of every row of four letters, in order.

    Source: M. Dietzfelbinger and others, "A reliable randomized algorithm for the closest-pair
    problem", J. Algorithms 25 (1997) (multiply, and take the upper bits).
    """
    # Each row is read where it stands, as one number of four letters.
    rows = np.ndarray((letters.size - _ROW + 1,), "<u8", letters, strides=(letters.itemsize,))
    return (rows * _FACTOR) >> _32


def _salted(lowest: list[int], digits: bytes) -> list[int]:
    """Return *lowest*, before it two anchors that only a text with the same *digits* shares.

    Reports of one template differ in their numbers alone, and share every other anchor.
    """
    salt = crc32(digits) * _SALT_STEP
    return [(anchor ^ salt) & _32_BITS for anchor in lowest[:2]] + lowest


class Signature(NamedTuple):
    """What a text is found by."""

    anchors: list[int]
    """The most telling first; none for a text of fewer than ``MIN_CHARACTERS``."""
    encoded: bytes
    """The text as it is compared, in UTF-16."""


def sign(text: str) -> Signature:
    """Return the signature of *text*."""
    table, is_letter = _tables()
    compared = table.take(np.frombuffer(_utf_16(text), "<u2"))
    letters = compared[is_letter.take(compared)]
    if letters.size < MIN_CHARACTERS:
        return Signature([], compared.tobytes())
    hashes = _hashes(letters)
    hashes.sort()
    lowest = hashes[:ANCHORS].tolist()
    if len(set(lowest)) < ANCHORS:
        # A text that repeats itself has some of them twice, and then most.
        lowest = list(dict.fromkeys(hashes[: 2 * ANCHORS].tolist()))[:ANCHORS]
    digits = letters[letters < _AFTER_DIGITS]
    anchors = _salted(lowest, digits.tobytes()) if digits.size else lowest
    return Signature(anchors, compared.tobytes())


def plain(text: str) -> str:
    """Return *text* as it is compared: folded, simplified, a sun for every face and emoji."""
    return sign(text).encoded.decode("utf-16-le")


def sign_many(texts: Sequence[str]) -> list[Signature]:
    """Return the signature of each text, in order; for a batch it takes less time each."""
    return [signature for batch in _batches(texts) for signature in _sign_batch(batch)]


def _batches(texts: Sequence[str]) -> Iterator[list[bytes]]:
    batch, size = [], 0
    for text in texts:
        batch.append(_utf_16(text))
        size += len(text)
        if size > _BATCH_CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _sign_batch(batch: list[bytes]) -> Iterator[Signature]:
    table, is_letter = _tables()
    units = [len(text) // 2 for text in batch]
    compared = table.take(np.frombuffer(b"".join(batch), "<u2"))
    kept = is_letter.take(compared)
    letters, owners = compared[kept], np.repeat(np.arange(len(batch)), units)[kept]
    wanted, encoded = (
        np.bincount(owners, minlength=len(batch)) >= MIN_CHARACTERS,
        compared.tobytes(),
    )
    parts = zip(
        _lowest(letters, owners, wanted),
        _digits(letters, owners, len(batch)),
        pairwise(accumulate((len(text) for text in batch), initial=0)),
        strict=True,
    )
    for lowest, digits, (start, end) in parts:
        anchors = _salted(lowest, digits) if lowest and digits else lowest
        yield Signature(anchors, encoded[start:end])


def _lowest(letters: Letters, owners: Owners, wanted: NDArray[np.bool_]) -> Iterator[list[int]]:
    """Yield the lowest hashes of each text, ascending; none where it is not *wanted*."""
    if not wanted.any():
        yield from ([] for _ in wanted)
        return
    owners, before = owners[_ROW - 1 :], owners[: 1 - _ROW]
    whole = ((owners == before) & wanted[owners]).nonzero()
    owners = owners[whole]
    rows = np.sort(owners.astype(np.uint64) << _32 | _hashes(letters)[whole])
    counts = np.bincount(owners, minlength=wanted.size)
    rank = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    distinct = np.concatenate(([True], rows[1:] != rows[:-1]))
    kept = (distinct & (rank < 2 * ANCHORS)).nonzero()
    hashes = (rows[kept] & np.uint64(_32_BITS)).tolist()
    ends = np.cumsum(np.bincount(owners[kept], minlength=wanted.size)).tolist()
    for start, end in pairwise([0, *ends]):
        yield hashes[start : min(end, start + ANCHORS)]


def _digits(letters: Letters, owners: Owners, count: int) -> Iterator[bytes]:
    """Yield the digits of each text, in order."""
    found = (letters < _AFTER_DIGITS).nonzero()
    digits = letters[found].tobytes()
    ends = (2 * np.cumsum(np.bincount(owners[found], minlength=count))).tolist()
    for start, end in pairwise([0, *ends]):
        yield digits[start:end]
