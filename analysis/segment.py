"""Words as jieba cuts them, at the speed of Rust.

rjieba carries jieba's dictionary and hidden Markov model. It differs from jieba 0.42.1 in two
places only: runs of ASCII, mended here token by token, and ideographs outside jieba's own range,
where the text goes to jieba itself (3 of 42,360 texts measured; jieba is loaded at the first).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from analysis.records import SegmentedPost
from core.lexicon import load_lexicon
from core.simplified import simplified
from crawler.records import StoredPost

# jieba's own pattern for what stands between Chinese words (jieba/finalseg/__init__.py).
_ASCII_WORD = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
# rjieba keeps such runs whole (t.cn, a+b); jieba cuts them by the pattern above.
_ASCII_RUN = re.compile(r"[a-zA-Z0-9][._#&+%\-]|[._#&+%\-][a-zA-Z0-9]")
# Ideographs that rjieba takes for Chinese and jieba 0.42.1 does not.
_BEYOND_JIEBA = re.compile(
    r"[\u3400-\u4dbf\u9fd6-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # extensions, compatibility
)
# Two characters of private use never stand in a stored text (core.text drops them).
_NEVER_SEEN = "\ue000\ue001"


class Segmenter:
    """Cuts texts into the words of jieba 0.42.1 (``lcut``, HMM on) with *user_words* added.

    Both engines get the same explicit frequency for a user word, the smallest that keeps it whole
    (jieba's ``suggest_freq``); a word that is kept whole already is left alone. Each segmenter has
    engines of its own; jieba's module-wide state is never touched.
    """

    def __init__(self, user_words: Iterable[str]) -> None:
        import rjieba

        self._fast = rjieba.Jieba()
        self._jieba: Any = None
        self._frequencies = _teach(self._fast, tuple(dict.fromkeys(user_words)))

    @property
    def frequencies(self) -> Mapping[str, int]:
        """User words that had to be added, each with the frequency given to both engines."""
        return MappingProxyType(self._frequencies)

    def words(self, text: str) -> tuple[str, ...]:
        """Return the words of *text* in order; joined they are *text* again."""
        if not text.isascii() and _BEYOND_JIEBA.search(text):
            return tuple(self.peer().cut(text))
        words = self._fast.cut(text)
        if _ASCII_RUN.search(text):
            return tuple(self._mended(words))
        return tuple(words)

    def segment(self, posts: Sequence[StoredPost]) -> list[SegmentedPost]:
        """Return the posts with their words, in the same order.

        From here on a text is in simplified characters; what is stored stays as it was written.
        """
        return [
            SegmentedPost(
                key=stored.key,
                text=(text := simplified(stored.post.text)),
                words=self.words(text),
                published_at=stored.post.published_at,
                voice=stored.post.voice,
                fingerprint=stored.post.fingerprint,
                issuer=stored.post.issuer,
                parent=stored.parent,
                duplicate_of=stored.duplicate_of,
            )
            for stored in posts
        ]

    def _mended(self, words: Iterable[str]) -> Iterator[str]:
        for word in words:
            if len(word) > 1 and word.isascii() and not self._fast.has_word(word):
                yield from filter(None, _ASCII_WORD.split(word))
            else:
                yield word

    def peer(self) -> Any:
        """Return jieba's own tokenizer with the same user words, loaded at the first call."""
        if self._jieba is None:
            import logging

            import jieba

            # Its loading report goes to stderr past our own logs.
            jieba.setLogLevel(logging.WARNING)
            tokenizer = jieba.Tokenizer()
            for word, frequency in self._frequencies.items():
                tokenizer.add_word(word, frequency)
            self._jieba = tokenizer
        return self._jieba


def _teach(engine: Any, user_words: Sequence[str]) -> dict[str, int]:
    """Add the words to rjieba so that its total frequency stays that of jieba; return what was.

    Repeated characters (啊啊啊啊) can be cut in several ways of equal likelihood, and the last bit
    of log(total) breaks the tie, so the totals must agree exactly. rjieba 0.2.2 loses 3 at the
    first added word, and takes a replaced frequency off its total, which jieba does not; words
    that no text contains put both back.
    """
    missing = [word for word in user_words if list(engine.cut(word, hmm=False)) != [word]]
    known = dictionary_entries({word for word in missing if engine.has_word(word)})
    frequencies: dict[str, int] = {}
    if missing:
        engine.add_word(_NEVER_SEEN, 3, None)
    for number, word in enumerate(missing):
        if list(engine.cut(word, hmm=False)) == [word]:
            continue
        frequencies[word] = engine.suggest_freq(word)
        if word in known:
            engine.add_word(f"{_NEVER_SEEN}{number}", known[word][0], None)
        engine.add_word(word, frequencies[word], None)
    return frequencies


@cache
def lexicon_segmenter() -> Segmenter:
    """Return the segmenter that knows the lexicon's words and no place of any area, made once."""
    return Segmenter(load_lexicon().user_words())


def dictionary_entries(words: set[str]) -> dict[str, tuple[int, str]]:
    """Return frequency and part of speech of *words* in jieba's dictionary, without loading it."""
    spec = find_spec("jieba") if words else None
    if spec is None or spec.origin is None:
        return {}
    found: dict[str, tuple[int, str]] = {}
    with (Path(spec.origin).parent / "dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, frequency, tag = line.split()
            if word in words:
                found[word] = (int(frequency), tag)
    return found
