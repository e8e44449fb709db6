"""Words that rise in what nobody has answered and that the word lists do not know yet.

They are proposals: a person reads them and decides. Names of persons and of known places are left
out, and so are words that any text may hold.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.names import NAME, mask_names
from analysis.segment import dictionary_entries, lexicon_segmenter

_HAN = re.compile("[\u4e00-\u9fff]+")
LEAST_TEXTS = 3
RISE = 2
"""A word is told when it stands in this many times the texts of the week before."""
UNKNOWN_LENGTH = 3
EVERYDAY = 2000
"""Frequency in jieba's dictionary from which a word is an everyday one."""


@dataclass(frozen=True, slots=True)
class NewWord:
    """A word that is proposed for the lists."""

    word: str
    texts: int
    before: int
    """Texts of the week before."""


def rising(
    texts: Sequence[str], before: Sequence[str], known: Collection[str], most: int
) -> list[NewWord]:
    """Return the words that stand in more of *texts* than of *before*, most first.

    *known* are words and places that are known already.
    """
    now, then = _texts_with(texts), _texts_with(before)
    new = {
        word: n
        for word, n in now.items()
        if n >= max(LEAST_TEXTS, RISE * then[word])
        and not any(word in other or other in word for other in known)
    }
    entries = dictionary_entries(set(new))
    found = [
        NewWord(word, n, then[word])
        for word, n in new.items()
        if _names_a_thing(word, entries.get(word))
    ]
    return sorted(found, key=lambda w: (-w.texts, w.word))[:most]


def _names_a_thing(word: str, entry: tuple[int, str] | None) -> bool:
    """Return whether *word* is a noun, and none of every day.

    One that no dictionary has may be a new thing; of two characters it is mostly a wrong cut.
    """
    if entry is None:
        return len(word) >= UNKNOWN_LENGTH
    return entry[0] < EVERYDAY and entry[1] in {"n", "nz", "vn"}


def _texts_with(texts: Sequence[str]) -> Counter[str]:
    segmenter = lexicon_segmenter()
    found: Counter[str] = Counter()
    for text in texts:
        words = mask_names(segmenter.words(text))
        found.update({w for w in words if w != NAME and len(w) > 1 and _HAN.fullmatch(w)})
    return found
