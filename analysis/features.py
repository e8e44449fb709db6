"""Numbers from words: hashed n-grams for the linear models, counted signs for the readable ones.

Buckets instead of a vocabulary: weights hold no text, and a new word needs no retraining to be
counted. Names of persons and places and of offices are masked before hashing, so that who or
where is spoken of can hardly move a score.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from math import log1p
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from analysis.emptiness import says_nothing
from analysis.names import mask_names, masked_word
from core.lexicon import load_lexicon
from core.word_finder import WordFinder

TEXT_BITS = 18
"""2**18 buckets for a post's n-grams; 2**20 gained 0.001 AUROC on public CED."""
REPLY_BITS = 16
"""2**16 buckets for the words of replies."""

Floats = NDArray[np.float64]
Rarity = NDArray[np.float32]
"""Weights of buckets and of entries: many, and single precision is precise enough for them."""
Integers = NDArray[np.int64]
_Unsigned = NDArray[np.uint64]

_PRIME = 1_099_511_628_211  # FNV-1a's 64-bit prime; odd, so it has an inverse modulo 2**64
_PRIME_INVERSE = pow(_PRIME, -1, 1 << 64)
_LONGEST_RUN = 4
_AT_ONCE = 256
"""Texts hashed at once; 1,500 take a third longer for each."""
_MIXER = 0x9E3779B97F4A7C15  # the golden ratio's 64 bits (Knuth, TAOCP 3, 6.4)


@dataclass(frozen=True, slots=True)
class Hashed:
    """The distinct n-grams of several texts: one entry for each text and bucket, by text."""

    rows: Integers
    """Index of the text."""
    buckets: Integers
    """0 .. 2**TEXT_BITS - 1."""
    counts: Integers
    damped: "Rarity"
    """1 + log of ``counts``."""
    size: int
    """Number of texts."""


@lru_cache(maxsize=2)
def hash_texts(texts: tuple[tuple[str, ...], ...]) -> Hashed:
    """Return word 1-2-grams and character 1-4-grams of segmented *texts*, hashed.

    The last batches are kept, because several models ask for the same one.
    """
    return _hash(texts)


def hash_words(words: Sequence[str]) -> Hashed:
    """Return each word hashed as a text of its own."""
    return _hash([(word,) for word in words])


def _hash(texts: Sequence[Sequence[str]]) -> Hashed:
    """Hash n-grams by differences of prefix sums of one polynomial over all characters.

    So some hundred texts are one pass of numpy, and its arrays stay in the cache.
    Source: Karp and Rabin, IBM J. Res. Dev. 31 (1987), 249-260.
    """
    parts = [
        np.unique(_keys_of(texts[first : first + _AT_ONCE], first), return_counts=True)
        for first in range(0, max(1, len(texts)), _AT_ONCE)
    ]
    distinct, counts = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Hashed(
        distinct >> TEXT_BITS,
        distinct & ((1 << TEXT_BITS) - 1),
        counts.astype(np.int64),
        (1 + np.log(counts)).astype(np.float32),
        len(texts),
    )


def _keys_of(texts: Sequence[Sequence[str]], first: int) -> Integers:
    """Return row and bucket, in one number, of every n-gram; *first* is the first text's row."""
    masked = [mask_names(words) for words in texts]
    words = np.array([len(text) for text in masked], dtype=np.int64)
    letters = np.fromiter(map(len, chain.from_iterable(masked)), dtype=np.int64)
    bounds = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(letters)])
    joined = "".join(chain.from_iterable(masked))
    prefix, inverse = _prefix_sums(joined)
    ends = np.cumsum(words)
    rows = np.repeat(np.arange(len(texts)), words)
    left = ends[rows] - np.arange(len(rows))
    at, lines = np.arange(len(joined)), np.repeat(rows, letters)
    rest = bounds[ends][lines] - at if len(lines) else at
    keys = []
    for size in range(1, _LONGEST_RUN + 1):
        runs = max(0, len(joined) + 1 - size)
        inside = rest[:runs] >= size
        sums = (prefix[size : size + runs] - prefix[:runs]) * inverse[:runs]
        keys.append(_keys(size, lines[:runs][inside] + first, sums[inside]))
    for size in (1, 2):
        word = np.flatnonzero(left >= size)
        start, end = bounds[word], bounds[word + size]
        sums = (prefix[end] - prefix[start]) * inverse[start]
        keys.append(_keys(_LONGEST_RUN + size, rows[word] + first, sums))
    return np.concatenate(keys)


@lru_cache(maxsize=1)
def _powers(size: int) -> tuple[_Unsigned, _Unsigned]:
    """Return the first *size* powers of the prime and of its inverse, modulo 2**64."""
    up = np.full(size, _PRIME, dtype=np.uint64)
    down = np.full(size, _PRIME_INVERSE, dtype=np.uint64)
    up[0] = down[0] = 1
    return np.cumprod(up), np.cumprod(down)


def _prefix_sums(text: str) -> tuple[_Unsigned, _Unsigned]:
    """Return sums of character times power before each position, and the inverse powers."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.uint64)
    # A few sizes only, so that the powers are seldom made anew.
    up, down = _powers(1 << max(12, (len(codes) + 1).bit_length()))
    spread = (codes + np.uint64(1)) * np.uint64(_MIXER)
    spread ^= spread >> np.uint64(29)
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(spread * up[: len(codes)], out=sums[1:])
    return sums, down


def _keys(kind: int, rows: Integers, hashes: _Unsigned) -> Integers:
    """Return row and bucket in one number; the *kind* keeps equal runs of two kinds apart."""
    hashes = hashes + np.uint64(kind)
    hashes ^= hashes >> np.uint64(32)
    hashes = (hashes * np.uint64(_MIXER)) >> np.uint64(64 - TEXT_BITS)
    keys: Integers = (rows << TEXT_BITS) | hashes.astype(np.int64)
    return keys


def weigh(hashed: Hashed, rarity: Rarity, *, once: bool = False) -> tuple[Rarity, Floats]:
    """Return each entry's (1 + log count) * rarity, and the length by which each text divides them.

    With *once* it matters that an n-gram occurs, not how often. Whoever sums up a text's entries
    divides the sum and not each of them.
    """
    values = rarity[hashed.buckets]
    if not once:
        values = values * hashed.damped
    norms = np.sqrt(np.bincount(hashed.rows, values * values, hashed.size))
    return values, np.maximum(norms, 1e-9)


# --- signs a person can read ---------------------------------------------------------------------

TEXT_SIGNS = (
    "hearsay", "enquiry", "denial", "support", "urgency", "strong_emotion", "hazard",
    "number_claims", "source", "appeal", "digits", "exclamations", "questions",
    "mentions", "emoticons", "first_person", "warning",
)  # fmt: skip
"""Names of a text's readable features, in the order of ``text_signs``."""

_SOURCE = re.compile(
    r"记者|通讯员|新华|日报|晚报|早报|新闻网|发布会|通报|据[^，。]{1,12}报道|官方|[（(][^）)]{2,10}[报网台][)）]"
)
_APPEAL = re.compile(r"转发|扩散|速转|转告|转给|告诉身边|求转|帮转|转起|广而告之|请转|相互转")
_APPEALING = re.compile("[转扩诉广]")  # found at once; every appeal holds one of these
_WARNING = re.compile(r"千万|注意|小心|当心|警惕|提醒|不要|别再|大家")
_FIRST_PERSON = re.compile(r"我(?!们?国|市|县|省|区)")
_EMOTICON = re.compile(r"\[[^\]\s]{1,6}\]")
_DIGITS = re.compile(r"\d+")
_MOST_COUNTED = 20_000  # characters of the longest text
_LOG1P = tuple(log1p(count) for count in range(_MOST_COUNTED + 1))


@cache
def _finder() -> WordFinder[tuple[str, tuple[str, ...]]]:
    """Return the lexicon's signs; each hit gives its word and groups."""
    lexicon = load_lexicon()
    groups: dict[str, set[str]] = {}
    for group in (
        "enquiry",
        "hearsay",
        "denial",
        "support",
        "urgency",
        "strong_emotion",
        "number_claims",
    ):
        for word in lexicon.hearing_signs[group]:
            groups.setdefault(word, set()).add(group)
    for word in lexicon.hazard_assertions:
        groups.setdefault(word, set()).add("hazard")
    return WordFinder({word: (word, tuple(sorted(of))) for word, of in sorted(groups.items())})


def sign_words(text: str) -> dict[str, list[str]]:
    """Return the lexicon's words found in *text*, by group, each once, in order.

    The longest word wins, so that 真的假的 asks and does not deny (假的).
    """
    found: dict[str, list[str]] = {}
    for _, _, (word, groups) in _finder().longest(text):
        for group in groups:
            words = found.setdefault(group, [])
            if word not in words:
                words.append(word)
    return found


def text_signs(text: str, found: Mapping[str, Sequence[str]]) -> list[float]:
    """Return the readable features of *text* in the order of ``TEXT_SIGNS``; counts are damped.

    Length, links and a title in 【】 are left out: they tell how a set was gathered, and without
    them every set that was never seen gains (docs/decisions/0007).
    """
    counts = [len(found.get(group, ())) for group in TEXT_SIGNS[:8]]
    counts += [
        bool(_SOURCE.search(text)),
        len(_APPEAL.findall(text)) if _APPEALING.search(text) else 0,
        len(_DIGITS.findall(text)),
        text.count("！") + text.count("!"),
        text.count("？") + text.count("?"),
        text.count("@"),
        len(_EMOTICON.findall(text)),
        len(_FIRST_PERSON.findall(text)),
        len(_WARNING.findall(text)),
    ]
    return [_LOG1P[min(count, _MOST_COUNTED)] for count in counts]


# --- replies -------------------------------------------------------------------------------------

REPLY_SHARES = (
    "enquiry", "denial", "hearsay", "support", "urgency", "strong_emotion", "hazard",
    "doubt", "question", "exclamation", "mention", "forward", "source", "laughter", "anger",
    "emoticon", "link", "digits", "short", "long", "quoted",
)  # fmt: skip
"""Groups of replies whose share is a feature."""

REPLY_SIGNS = (
    *REPLY_SHARES,
    "replies", "enquiries", "denials", "doubts", "length", "age", "first_minutes",
    "enquiry_position", "enquiry_delay", "denial_position", "denial_delay", "doubt_position",
    "doubt_delay", "distinct",
)  # fmt: skip
"""Names of the readable features of replies, in the order of ``ReplySnapshot.signs``."""

_DOUBT = re.compile(r"谣|假|骗|不可能|不信|真的[吗么？?]|真假|求证|证实|忽悠|扯淡|确认")
_FORWARD = re.compile(r"转|扩散")
_REPLY_SOURCE = re.compile(r"官方|警方|公安|新闻|记者|报道|通报|回应")
_LAUGHTER = re.compile(r"哈哈|嘻|笑|\[偷笑\]|\[嘻嘻\]")
_ANGER = re.compile(r"怒|滚|妈的|草|禽兽|畜生|无耻|该死|可恶|抓狂")
_NEVER_S = 7 * 24 * 3600.0
"""Delay given to what has not happened: a week."""
_FIRST_MINUTES_S = 300.0


@lru_cache(maxsize=200_000)
def _reply_bucket(word: str) -> int:
    return crc32(masked_word(word).encode("utf-8", "replace")) & ((1 << REPLY_BITS) - 1)


@dataclass(frozen=True, slots=True)
class ReplySnapshot:
    """The features of one post's replies at one moment."""

    size: int
    """Replies known by then."""
    signs: tuple[float, ...]
    """In the order of ``REPLY_SIGNS``. Shares and positions lie in 0..1; counts, mean length,
    age and delays (seconds) are log(1 + x)."""
    buckets: Integers
    """Buckets of the replies' words, rising, 0 .. 2**REPLY_BITS - 1."""
    counts: Integers
    """How often each was met."""


class ReplyPool:
    """What the replies to one post say together, kept as counts; no reply's text stays."""

    __slots__ = ("_counts", "_early", "_first", "_last_s", "_length", "_seen", "_words", "size")

    def __init__(self) -> None:
        self.size = 0
        """Replies taken in, those that say something."""
        self._counts = dict.fromkeys(REPLY_SHARES, 0)
        self._words: dict[int, int] = {}
        self._seen: set[int] = set()
        self._first: dict[str, tuple[int, float]] = {}
        self._length = 0
        self._early = 0
        self._last_s = 0.0

    def add(self, text: str, words: Sequence[str], seconds_after: float) -> None:
        """Take in one reply, written *seconds_after* the post; about 20 microseconds.

        One that says nothing (``emptiness``) is not counted: a flood of them changes nothing.
        """
        if says_nothing(text):
            return
        self.size += 1
        seconds = max(0.0, seconds_after)
        self._last_s = max(self._last_s, seconds)
        self._length += len(text)
        self._early += seconds <= _FIRST_MINUTES_S
        self._seen.add(crc32(text.encode("utf-8", "replace")))
        for word in words:
            bucket = _reply_bucket(word)
            self._words[bucket] = self._words.get(bucket, 0) + 1
        for group in _reply_groups(text):
            self._counts[group] += 1
            if group not in self._first:
                self._first[group] = (self.size, seconds)

    def snapshot(self) -> ReplySnapshot:
        """Return the features of the replies taken in so far."""
        buckets = np.fromiter(self._words.keys(), dtype=np.int64, count=len(self._words))
        counts = np.fromiter(self._words.values(), dtype=np.int64, count=len(self._words))
        order = np.argsort(buckets)
        return ReplySnapshot(self.size, tuple(self._signs()), buckets[order], counts[order])

    def _signs(self) -> list[float]:
        size = max(1, self.size)
        values = [self._counts[group] / size for group in REPLY_SHARES]
        values += [log1p(self.size)]
        values += [log1p(self._counts[group]) for group in ("enquiry", "denial", "doubt")]
        values += [log1p(self._length / size), log1p(self._last_s), self._early / size]
        for group in ("enquiry", "denial", "doubt"):
            number, seconds = self._first.get(group, (size, _NEVER_S))
            values += [number / size, log1p(seconds)]
        return [*values, len(self._seen) / size]


def _reply_groups(text: str) -> list[str]:
    """Return the groups of ``REPLY_SHARES`` that a reply belongs to."""
    groups = [group for group in sign_words(text) if group in _REPLY_LEXICON_GROUPS]
    groups += [group for group, pattern in _REPLY_PATTERNS if pattern.search(text)]
    if len(text) <= 6:
        groups.append("short")
    elif len(text) > 40:
        groups.append("long")
    return groups


_REPLY_LEXICON_GROUPS = frozenset(REPLY_SHARES[:7])
_REPLY_PATTERNS = (
    ("doubt", _DOUBT),
    ("question", re.compile(r"[？?]")),
    ("exclamation", re.compile(r"[！!]")),
    ("mention", re.compile(r"@")),
    ("forward", _FORWARD),
    ("source", _REPLY_SOURCE),
    ("laughter", _LAUGHTER),
    ("anger", _ANGER),
    ("emoticon", _EMOTICON),
    ("link", re.compile(r"\[链接\]")),
    ("digits", re.compile(r"\d")),
    ("quoted", re.compile(r"//")),
)
