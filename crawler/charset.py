"""The characters of a page, whatever it declares: declarations of Chinese pages are often wrong.

Bytes that are valid UTF-8 and show Chinese are UTF-8. Else GB18030 and Big5 are tried strictly
and judged by what they give: real text is made of common characters, a wrong reading of rare
ones. What reads well in no encoding is refused, never half read. So is a page that ends inside
a character: what else was cut off is unknown, and half a page is no evidence. Pure.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import product

_HEAD_BYTES = 4096
"""Where a page declares itself. HTML asks for 1,024; some put banners and comments before it."""

_IN_HEADER = re.compile(r"(?i)charset\s?=\s?[\"']?([\w.:-]{1,40})")
_IN_XML = re.compile(rb"\s{0,20}<\?xml[^<>]{0,200}?encoding\s{0,5}=\s{0,5}[\"']([\w.:-]{1,40})")
_IN_TAG = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{1,40})")
_COMMENT = re.compile(rb"(?s)<!--.*?(?:-->|$)")

# What pages call an encoding -> Python's name of what is tried. GB 2312 and GBK are parts of
# GB18030; browsers read Latin-1 as Windows-1252 (WHATWG Encoding). Any other name never holds.
_ENCODINGS = {
    name: encoding
    for encoding, names in {
        "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
        "gb18030": "gb2312 gb_2312-80 gb2312-80 csgb2312 gbk x-gbk gb18030 cp936 ms936 "
        "windows-936 euc-cn x-euc-cn chinese iso-ir-58",
        "big5hkscs": "big5 big-5 big5-hkscs cn-big5 x-x-big5 csbig5 cp950 windows-950",
        "utf-16": "utf-16 utf16 utf-16le utf-16be ucs-2 unicode",
        "cp1252": "iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 windows-1252 cp1252",
    }.items()
    for name in names.split()
}
_NOT_ASCII = re.compile(r"utf-?(?:7|16|32)|ucs-|unicode$|hz|iso-2022|csiso2022")
"""Declared encodings in which ASCII bytes are not all ASCII characters."""
_ESCAPED = re.compile(rb"\x1b\$|~\{")
"""How Chinese begins in ISO-2022 and in HZ, which no browser reads any more."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_UTF8_TWO = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")
_TWO_TOGETHER = re.compile(r"[^\x00-\x7f]{2}")
_NOT_LATIN = re.compile(rb"[\x80-\xff]{3}|[\xc2-\xf4][\x80-\xbf]")
_ASCII = re.compile(r"[\x00-\x7f]+")
_ASCII_BYTES = bytes(range(0x80))
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\f\r\x1b"})

PLAUSIBLE = 0.6
"""Share of common characters from which a reading is believed."""
# Measured on texts drawn by jieba's word frequencies and on their traditional forms, 400 of each
# length. Of 16 characters: read rightly never below 0.75, UTF-8 read as GB18030 never above
# 0.58, Big5 as GB18030 never above 0.56. GB18030 read as Big5 reached 0.94: the best must win.
_DECLARED_BONUS = 0.05
"""What a declaration is worth beside the share of common characters."""
_WINDOW, _STRANGE, _SURE = 8, 3, 0.85
"""Of 8 characters in a row, so many uncommon and so many rarer than GB 2312 are another encoding.

The origin of the figures stands at ``test_a_whole_page_is_not_refused_for_rare_characters``.
"""
_MAX_CONTROLS = 0.02
"""Share of control characters above which bytes are no text."""

_CUT = "页面在一个字符中间断开，可能没有取全"
_MIXED = "页面混用多种字符编码，或有损坏的字节"


class CharsetError(Exception):
    """No encoding fits the whole page; ``reason`` is Chinese and holds nothing of its content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page's characters."""

    text: str
    encoding: str
    """Python's name of the encoding that was used."""
    repaired: bool
    """The header or the page itself declared another encoding: that one did not hold."""


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    encoding: str
    share: float
    """Of common characters, see ``_share``."""


def decode(body: bytes, content_type: str) -> Decoded:
    """Return the characters of *body*; *content_type* is its header, empty when absent.

    A byte order mark goes. Where there is nothing but ASCII, any declared encoding that contains
    ASCII holds, and UTF-7, which can hide markup, stays the literal text that it is. Raises
    ``CharsetError`` when no encoding fits the whole of it plausibly.
    """
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _utf16(body, "utf-16", content_type)
    if b"\0" in body:
        if encoding := _unmarked_utf16(body):
            return _utf16(body, encoding, content_type)
        _refuse_binary(body)
    declared = _declared(body, content_type)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse_binary(body)
        return _not_utf8(body, declared, error)
    if _HAN.search(text):
        return _decoded(text, "utf-8", declared)
    return _without_han(body, text, declared)


def _decoded(text: str, encoding: str, declared: tuple[str, ...]) -> Decoded:
    repaired = any(_ENCODINGS.get(name) != encoding for name in declared)
    return Decoded(text.removeprefix("\ufeff"), encoding, repaired)


def _declares(encoding: str, declared: tuple[str, ...]) -> bool:
    return any(_ENCODINGS.get(name) == encoding for name in declared)


def _declared(body: bytes, content_type: str) -> tuple[str, ...]:
    """Return the names that the header and the page declare, in lower case; none, one or two."""
    head = body[:_HEAD_BYTES].lower().removeprefix(b"\xef\xbb\xbf")
    names = [found[1].lower()] if (found := _IN_HEADER.search(content_type)) else []
    if in_page := _IN_XML.match(head) or _in_meta(head):
        names.append(in_page[1].decode("ascii"))
    return tuple(names)


def _in_meta(head: bytes) -> re.Match[bytes] | None:
    """Find the charset that a ``meta`` declares; scripts and links have one of their own."""
    if b"<!--" in head:
        head = _COMMENT.sub(b"", head)
    for found in _IN_TAG.finditer(head):
        start = head.rfind(b"<", 0, found.start())
        tag = head[start : head.find(b">", found.end())]
        # A description may speak of charsets; only a Content-Type declares one in its content.
        if tag.startswith(b"<meta") and (b"http-equiv" in tag or b"content" not in tag):
            return found
    return None


def _utf16(body: bytes, encoding: str, content_type: str) -> Decoded:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise CharsetError(f"页面不是完整的 UTF-16（第 {error.start} 字节）") from None
    if "\0" in text or _share(text) < PLAUSIBLE:
        raise CharsetError("内容不是文字，或字符编码无法识别")
    # What the page says of itself can be read only now.
    declared = _declared(text[:_HEAD_BYTES].encode("ascii", "replace"), content_type)
    repaired = not all(_ENCODINGS.get(name) == "utf-16" for name in declared)
    return Decoded(text.removeprefix("\ufeff"), encoding, repaired)


def _unmarked_utf16(body: bytes) -> str | None:
    """Return which UTF-16 has its zero bytes where *body* has them: beside ASCII markup.

    The other side has a few, for 一 is U+4E00; what is no text at all is found out later.
    """
    even, odd = body[::2].count(0), body[1::2].count(0)
    # Markup and digits are more than a twentieth of the characters of any page or table.
    if len(body) % 2 or even == odd or max(even, odd) * 40 < len(body):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _refuse_binary(body: bytes) -> None:
    controls = len(body) - len(body.translate(None, _CONTROLS))
    if controls > len(body) * _MAX_CONTROLS:
        raise CharsetError("内容不是文字（含大量控制字符）")


def _without_han(body: bytes, text: str, declared: tuple[str, ...]) -> Decoded:
    """Judge valid UTF-8 that shows no Chinese: ASCII, another script, or GBK by accident."""
    if text.isascii():
        unlike = [name for name in declared if _NOT_ASCII.match(name)]
        if unlike and _ESCAPED.search(body):
            raise CharsetError("页面使用 HZ 或 ISO-2022 编码，不予解读")
        return Decoded(text, "utf-8", repaired=bool(unlike))
    if reading := _gbk_by_accident(body, text, declared):
        return _decoded(reading, "gb18030", declared)
    return _decoded(text, "utf-8", declared)


def _gbk_by_accident(body: bytes, text: str, declared: tuple[str, ...]) -> str | None:
    """Return *body* as GB 2312 if all of it is common there, and UTF-8 gives a jumble.

    About one pair in five is valid UTF-8 too, so a very short page can be both. A lone © or é
    is not taken for 漏 or 茅: Chinese seldom stands in single characters.
    """
    scripts = {unicodedata.name(c, "?").split()[0] for c in set(text) if c > "\x7f"}
    jumble = len(scripts) > 1 or _declares("gb18030", declared)
    if max(text) > "\u07ff" or not jumble or not _TWO_TOGETHER.search(text):
        return None
    try:
        reading = body.decode("gb2312")
    except UnicodeDecodeError:
        return None
    return reading if _share(reading) > 0.9 else None


def _not_utf8(body: bytes, declared: tuple[str, ...], error: UnicodeDecodeError) -> Decoded:
    if _is_damaged_utf8(body):
        # Strict GB18030 would often take it, as nonsense.
        raise CharsetError(_CUT if _is_cut(error) else f"{_MIXED}（第 {error.start} 字节）")
    readings, errors = _readings(body)
    if not readings:
        return _latin(body, declared, errors)
    best = max(readings, key=lambda r: r.share + _DECLARED_BONUS * _declares(r.encoding, declared))
    if _has_strange_part(best):
        raise CharsetError(_MIXED)
    return _decoded(best.text, best.encoding, declared)


def _is_damaged_utf8(body: bytes) -> bool:
    """Return whether half of the bytes beyond ASCII are Chinese characters in UTF-8."""
    beyond = len(body.translate(None, _ASCII_BYTES))
    return 2 * 3 * len(_HAN.findall(body.decode("utf-8", "ignore"))) > beyond


def _readings(body: bytes) -> tuple[list[_Reading], list[UnicodeDecodeError]]:
    """Return the plausible readings, GB18030 first, and why others do not decode."""
    readings, errors = [], []
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError as error:
            errors.append(error)
        else:
            if (share := _share(text)) >= PLAUSIBLE:
                readings.append(_Reading(text, encoding, share))
    return readings, errors


def _latin(body: bytes, declared: tuple[str, ...], errors: list[UnicodeDecodeError]) -> Decoded:
    """Take Windows-1252 where it is declared and nothing looks like Chinese or UTF-8.

    Raises ``CharsetError`` elsewhere; *errors* tell why the others did not decode.
    """
    if _declares("cp1252", declared) and not _NOT_LATIN.search(body):
        try:
            return _decoded(body.decode("cp1252"), "cp1252", declared)
        except UnicodeDecodeError as error:
            errors = [error]
    if any(map(_is_cut, errors)):
        raise CharsetError(_CUT)
    place = f"（第 {max(e.start for e in errors)} 字节）" if errors else ""
    raise CharsetError(f"字符编码无法识别{place}")


def _is_cut(error: UnicodeDecodeError) -> bool:
    """Return whether the bytes end inside a character, in the codecs' own words."""
    return error.end == len(error.object) and error.reason in {
        "unexpected end of data",
        "incomplete multibyte sequence",
    }


def _share(text: str) -> float:
    """Return the share of common characters among those beyond ASCII, above 0 to 1.

    One more than there are counts as common, so one rare name does not condemn a page of two
    characters; nothing but ASCII gives 1. Simplified and traditional are judged each by its own
    characters, for a wrong reading mixes them. What GB18030 writes in four bytes counts as
    common: no other encoding looks like its digits.
    """
    counts = {c: n for c, n in Counter(text).items() if c > "\x7f"}
    common = max(sum(n for c, n in counts.items() if c in known) for known in _common())
    rare = sum(n for c, n in counts.items() if _takes_four_bytes(c))
    return (common + rare + 1) / (sum(counts.values()) + 1)


def _takes_four_bytes(character: str) -> bool:
    if "\u4e00" <= character <= "\u9fa5" or unicodedata.category(character)[0] == "C":
        return False
    return len(character.encode("gb18030")) == 4


def _table(encoding: str, leads: range, trails: tuple[range, ...]) -> frozenset[str]:
    pairs = (bytes(pair) for trail in trails for pair in product(leads, trail))
    text = b"".join(pairs).decode(encoding, "ignore")
    return frozenset(c for c in text if c > "\x7f" and unicodedata.category(c)[0] != "C")


@cache
def _common() -> tuple[frozenset[str], frozenset[str]]:
    """Return the common characters of simplified and of traditional text, with punctuation.

    Level 1 of GB/T 2312-1980 (3,755 characters, rows 16 to 55) and of Big5 (5,401, A440 to C67E):
    each standard put them first because they are common.
    """
    gb, big5 = (range(0xA1, 0xFF),), (range(0x40, 0x7F), range(0xA1, 0xFF))
    marks = _table("gb2312", range(0xA1, 0xA4), gb) | _table("gb2312", range(0xA9, 0xAA), gb)
    simplified = _table("gb2312", range(0xB0, 0xD8), gb)
    traditional = _table("big5", range(0xA1, 0xC6), big5) | _table(
        "big5", range(0xC6, 0xC7), big5[:1]
    )
    return marks | simplified, marks | traditional


@cache
def _heard_of() -> frozenset[str]:
    return _table("gb2312", range(0xA1, 0xF8), (range(0xA1, 0xFF),)).union(*_common())


@cache
def _uncommon() -> tuple[re.Pattern[str], ...]:
    """Return what finds uncommon characters, of simplified and of traditional text."""
    return tuple(re.compile(f"[^\\x00-\\x7f{re.escape(''.join(c))}]") for c in _common())


def _has_strange_part(reading: _Reading) -> bool:
    """Return whether a part of the text, markup aside, is of another encoding than the rest."""
    solid = _ASCII.sub("", reading.text)
    # Of simplified and traditional, the one in which this text has fewer uncommon characters.
    found = min((list(p.finditer(solid)) for p in _uncommon()), key=len)
    return any(
        _is_strange(solid[at.start() : at.start() + _WINDOW], at.re, reading.encoding)
        for at in found
    )


def _is_strange(window: str, uncommon: re.Pattern[str], encoding: str) -> bool:
    """Return whether uncommon characters stand together that read well in another encoding."""
    odd = [c for c in uncommon.findall(window) if not _takes_four_bytes(c)]
    if len(odd) >= _STRANGE:
        other = "big5hkscs" if encoding == "gb18030" else "gb18030"
        if _share(window.encode(encoding).decode(other, "replace")) > _SURE:
            return True
    # Three characters of two bytes each may be two of UTF-8.
    piece = window[:3].encode(encoding)
    if len(uncommon.findall(window[:3])) < 2 or not _UTF8_TWO.fullmatch(piece):
        return False
    return not uncommon.search(piece.decode())
