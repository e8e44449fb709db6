"""The bench row of folding: made copies of made texts, found by ours and by datasketch."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec

from console.measuring import Measure, cpu_s, race
from core.text import fingerprint, matching_form
from crawler.folding import Folder

PIECE = 3
LETTERS = 105
"""Of one text, as long as the mean of the handbook's."""
COPIES = 0.15
_START = datetime(2031, 6, 17, 6, tzinfo=UTC)
JACCARD, PERMUTATIONS, SHINGLE = 0.6, 128, 3
"""Of the peer. Looser than 0.6 it finds no more to speak of (recall 0.997), and takes longer."""
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Copied:
    """Texts in order of time, and of which earlier one each is a copy."""

    texts: tuple[str, ...]
    of: tuple[int | None, ...]


def made_copies(texts: Sequence[str], count: int) -> Copied:
    """Return *count* texts put together from pieces of *texts*; ``COPIES`` of them are copies.

    A copy is cut off, framed by words before or after it, or has lost some of its letters.
    """
    dice = random.Random(1)  # noqa: S311  not a secret
    joined = "".join(texts)
    pieces = [joined[at : at + PIECE] for at in range(0, len(joined) - PIECE, PIECE)]
    pieces = [piece for piece in dict.fromkeys(pieces) if piece.isalpha()]
    told: list[str] = []
    of: list[int | None] = []
    while len(told) < count:
        if told and dice.random() < COPIES:
            first = dice.randrange(max(0, len(told) - 5_000), len(told))
            first = first if of[first] is None else int(of[first] or 0)
            told.append(_copied(told[first], dice))
            of.append(first)
        else:
            told.append("".join(dice.choices(pieces, k=LETTERS // PIECE)))
            of.append(None)
    return Copied(tuple(told), tuple(of))


def _copied(text: str, dice: random.Random) -> str:
    kind = dice.randrange(3)
    if kind == 0:
        return text[: int(len(text) * dice.uniform(0.75, 0.98))]
    if kind == 1:
        return f"转一下：{text}" if dice.random() < 0.5 else f"{text}，大家看看"
    lost = set(dice.sample(range(len(text)), 3))
    return "".join(letter for at, letter in enumerate(text) if at not in lost)


def folding_measure(copied: Copied) -> Measure:
    """Return the row; both sides see the texts once, in order, and none of the truth.

    The peer comes with the development tools; without them the row has ours alone.
    """
    found: list[int | None] = []
    theirs: list[int | None] = []
    row = Measure(
        name="fold",
        what=f"copies among {len(copied.texts):,} texts found, each with its first",
        unit="texts/s",
        ours=0.0,
        peer_name=f"datasketch MinHashLSH, {PERMUTATIONS} permutations, exact Jaccard after it",
        target=">= 5x",
    )
    if find_spec("datasketch") is None:
        spent = cpu_s(lambda: found.extend(_folded(copied)))
        row = replace(row, ours=len(copied.texts) / spent, peer_name="datasketch, not installed")
    else:
        spent, peer, ratio = race(
            1, lambda: found.extend(_folded(copied)), lambda: theirs.extend(_sketched(copied))
        )
        ours, peer = (len(copied.texts) / seconds for seconds in (spent, peer))
        row = replace(row, ours=ours, peer=peer, ratio=ratio)
        row.facts["peer_precision"], row.facts["peer_recall"] = _right(theirs, copied)
    row.facts["precision"], row.facts["recall"] = _right(found, copied)
    return row


def _folded(copied: Copied) -> list[int | None]:
    folder, found = Folder(), list[int | None]()
    posts = [
        (number, text, fingerprint(text), _START + timedelta(seconds=number))
        for number, text in enumerate(copied.texts)
    ]
    for start in range(0, len(posts), BATCH):
        found += folder.fold_many(posts[start : start + BATCH])
    return found


def _sketched(copied: Copied) -> list[int | None]:
    """Fold with datasketch: a text goes to the likest of its candidates, else it is a first."""
    from datasketch import MinHash, MinHashLSH

    index, found = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS), list[int | None]()
    firsts: dict[int, frozenset[str]] = {}
    shingled = [_shingles(text) for text in copied.texts]
    encoded = ([shingle.encode() for shingle in shingles] for shingles in shingled)
    sketches = MinHash.generator(encoded, num_perm=PERMUTATIONS)
    for number, (shingles, sketch) in enumerate(zip(shingled, sketches, strict=True)):
        likest = max(
            ((jaccard(shingles, firsts[key]), -key) for key in index.query(sketch)),
            default=(0.0, 0),
        )
        if likest[0] >= JACCARD:
            found.append(-likest[1])
        else:
            found.append(None)
            firsts[number] = shingles
            index.insert(number, sketch, check_duplication=False)
    return found


def _shingles(text: str) -> frozenset[str]:
    form = matching_form(text)
    return frozenset(form[at : at + SHINGLE] for at in range(len(form) - SHINGLE + 1))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share 0..1 of the shingles of either that both have."""
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def _right(found: Sequence[int | None], copied: Copied) -> tuple[float, float]:
    """Return precision and recall of the copies, each with its right first."""
    right = sum(f is not None and f == of for f, of in zip(found, copied.of, strict=True))
    told, true = (sum(f is not None for f in side) for side in (found, copied.of))
    return right / max(1, told), right / max(1, true)
