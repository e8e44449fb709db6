"""Text normalised once, where it enters; compared only in that form. Pure."""

import hashlib
import re
import unicodedata

MAX_CHARACTERS = 20_000
"""Longer texts are cut here; no post of any listed kind is longer."""

MAX_COMBINING = 3
"""Combining marks kept in a row; Zalgo text carries hundreds."""

# What crawled pages of Weibo-like sites leave in a text. It carries labels in training data
# (quality handbook, pitfall 1), so it goes before anything else.
_ARTEFACTS = re.compile(r"网页链接|展开全文c?|收起全文d?|…全文|\S{0,20}的微博视频")
_ARTEFACT_PARTS = ("网页链接", "全文", "微博视频")
_MARKS_IN_A_ROW = re.compile(rf"([\u0300-\u036f]{{{MAX_COMBINING}}})[\u0300-\u036f]+")
_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*[”」』）)]*")
_KEEP_FOR_MATCHING = re.compile(r"[^\w]|_", re.UNICODE)
# Characters that normalising leaves as they are, in any order; most posts hold no others.
_PLAIN = re.compile(r"[\n\t -~\u4e00-\u9fff。，、；：？！…—“”‘’（）《》【】]*")
_COMPLEX = "\uffff"
"""Stands for a character that cannot be folded by itself; never part of a normalised text."""


# Letters and signs by their category that show nothing: Hangul fillers and the empty Braille cell.
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
_EMOJI = "\u2600-\u27bf\ufe0f\U0001f000-\U0001faff"
_STRAY_JOINER = re.compile(rf"(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])")


def _is_unwanted(character: str) -> bool:
    """Control, format (zero-width, bidi, tag characters), surrogate, private, unassigned, blank."""
    return character in _BLANKS or (
        character not in "\n\t\u200d"
        and unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}
    )


class _Wanted(dict[int, int | None]):
    """``str.translate`` table without unwanted characters, filled as characters occur."""

    def __missing__(self, code: int) -> int | None:
        self[code] = found = None if _is_unwanted(chr(code)) else code
        return found


class _Folded(dict[int, int | str | None]):
    """``str.translate`` table to the matching form of single characters, filled as they occur."""

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = self._fold(chr(code))
        return found

    @staticmethod
    def _fold(character: str) -> int | str | None:
        if unicodedata.combining(character) or unicodedata.name(character, "").startswith("HANGUL"):
            return ord(_COMPLEX)
        folded = _slow_matching_form(character)
        if any(unicodedata.combining(c) for c in folded):
            return ord(_COMPLEX)
        return ord(folded) if len(folded) == 1 else folded or None


_WANTED = _Wanted()
_FOLDED = _Folded()


def normalise(text: str) -> str:
    """Return *text* as it is stored and shown: NFC, no invisible characters, single spaces.

    Idempotent. Texts over ``MAX_CHARACTERS`` are cut. An invisible text becomes empty.
    """
    text = text[: MAX_CHARACTERS * 2]
    if not _PLAIN.fullmatch(text):
        text = unicodedata.normalize("NFC", text).translate(_WANTED)
        text = _STRAY_JOINER.sub("", _MARKS_IN_A_ROW.sub(r"\1", text))
    if any(part in text for part in _ARTEFACT_PARTS):
        text = _ARTEFACTS.sub("", text)
    return " ".join(text.split()).strip(" \u200d")[:MAX_CHARACTERS].strip()


def matching_form(text: str) -> str:
    """Return the letters, digits and ideographs of *text*, NFKC and case-folded, for comparing."""
    form = text.translate(_FOLDED)
    return _slow_matching_form(text) if _COMPLEX in form else form


def _slow_matching_form(text: str) -> str:
    return _KEEP_FOR_MATCHING.sub("", unicodedata.normalize("NFKC", text)).casefold()


def fingerprint(text: str) -> str:
    """Return 32 hex digits that equal texts share, whatever their spaces, case or punctuation.

    A text of emoji or punctuation alone is compared as it stands.
    """
    form = matching_form(text) or text
    return hashlib.sha256(form.encode("utf-8", "replace")).hexdigest()[:32]


def shingles(text: str, size: int = 3) -> frozenset[str]:
    """Return the character *size*-grams of the matching form; short texts give themselves."""
    form = matching_form(text)
    if len(form) <= size:
        return frozenset([form]) if form else frozenset()
    return frozenset(form[i : i + size] for i in range(len(form) - size + 1))


def sentences(text: str) -> list[str]:
    """Return the sentences of *text* with their closing marks, in order, none blank."""
    return [s for part in _SENTENCE.findall(text) if (s := part.strip())]
