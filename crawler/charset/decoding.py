"""Bytes to characters: strictly, and only where the result is plausible. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from crawler.charset import declared, plausible
from crawler.charset.plausible import PLAUSIBLE

_DECLARED_BONUS = 0.05
"""What a declaration is worth beside a share of common characters: it decides between equals."""
_MAX_CONTROLS = 0.02
"""Share of control characters above which bytes are no text."""
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\f\r\x1b"})
_ASCII = bytes(range(0x80))

_HAN = re.compile(r"[\u3400-\u9fff]")
_HAN_IN_UTF8 = re.compile(rb"[\xe4-\xe9][\x80-\xbf]{2}")
_TWO_TOGETHER = re.compile(r"[^\x00-\x7f]{2}")
_ESCAPED = re.compile(rb"\x1b\$|~\{")
"""How Chinese begins in ISO-2022 and in HZ, which no browser reads any more."""
_NOT_LATIN = re.compile(rb"[\x80-\xff]{3}|[\xc2-\xf4][\x80-\xbf]")

_CUT = "页面在一个字符中间断开，可能没有取全"
_MIXED = "页面混用多种字符编码，或有损坏的字节"
_NO_TEXT = "内容不是文字，或字符编码无法识别"


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
    names = declared.declarations(body, content_type)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse_binary(body)
        return _not_utf8(body, names, error)
    if _HAN.search(text):
        return _decoded(text, "utf-8", names)
    return _without_han(body, text, names)


def _decoded(text: str, encoding: str, names: tuple[str, ...]) -> Decoded:
    return Decoded(text.removeprefix("\ufeff"), encoding, declared.fails(encoding, names))


def _utf16(body: bytes, encoding: str, content_type: str) -> Decoded:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise CharsetError(f"页面不是完整的 UTF-16（第 {error.start} 字节）") from None
    if "\0" in text or plausible.share(text) < PLAUSIBLE:
        raise CharsetError(_NO_TEXT)
    # What the page says of itself can be read only now.
    head = text[: declared.HEAD_BYTES].encode("ascii", "replace")
    names = declared.declarations(head, content_type)
    return Decoded(text.removeprefix("\ufeff"), encoding, declared.fails("utf-16", names))


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
        raise CharsetError(_NO_TEXT)


def _without_han(body: bytes, text: str, names: tuple[str, ...]) -> Decoded:
    """Judge valid UTF-8 that shows no Chinese: ASCII, another script, or GBK by accident."""
    if text.isascii():
        unlike = declared.declares_no_ascii(names)
        if unlike and _ESCAPED.search(body):
            raise CharsetError("页面使用 HZ 或 ISO-2022 编码，不予解读")
        return Decoded(text, "utf-8", repaired=unlike)
    if reading := _gbk_by_accident(body, text, names):
        return _decoded(reading, "gb18030", names)
    return _decoded(text, "utf-8", names)


def _gbk_by_accident(body: bytes, text: str, names: tuple[str, ...]) -> str | None:
    """Return *body* as GB 2312 if all of it is common there, and UTF-8 gives a jumble.

    About one pair in five is valid UTF-8 too, so a very short page can be both. A lone © or é
    is not taken for 漏 or 茅: Chinese seldom stands in single characters.
    """
    scripts = {unicodedata.name(c, "?").split()[0] for c in set(text) if c > "\x7f"}
    jumble = len(scripts) > 1 or declared.declares("gb18030", names)
    if max(text) > "\u07ff" or not jumble or not _TWO_TOGETHER.search(text):
        return None
    try:
        reading = body.decode("gb2312")
    except UnicodeDecodeError:
        return None
    return reading if plausible.share(reading) > 0.9 else None


def _not_utf8(body: bytes, names: tuple[str, ...], error: UnicodeDecodeError) -> Decoded:
    if _is_damaged_utf8(body):
        # Strict GB18030 would often take it, as nonsense.
        raise CharsetError(_CUT if _is_cut(error) else f"{_MIXED}（第 {error.start} 字节）")
    readings, errors = _readings(body)
    if not readings:
        return _latin(body, names, errors)
    best = max(
        readings,
        key=lambda r: r.share + _DECLARED_BONUS * declared.declares(r.encoding, names),
    )
    if plausible.has_strange_part(best.text, best.encoding):
        raise CharsetError(_MIXED)
    return _decoded(best.text, best.encoding, names)


def _is_damaged_utf8(body: bytes) -> bool:
    """Return whether half of the bytes beyond ASCII are Chinese characters in UTF-8."""
    beyond = len(body.translate(None, _ASCII))
    return 2 * 3 * len(_HAN_IN_UTF8.findall(body)) > beyond


def _readings(body: bytes) -> tuple[list[_Reading], list[UnicodeDecodeError]]:
    """Return the plausible readings, GB18030 first, and why others do not decode."""
    readings, errors = [], []
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError as error:
            errors.append(error)
        else:
            if (share := plausible.share(text)) >= PLAUSIBLE:
                readings.append(_Reading(text, encoding, share))
    return readings, errors


def _latin(body: bytes, names: tuple[str, ...], errors: list[UnicodeDecodeError]) -> Decoded:
    """Take Windows-1252 where it is declared and nothing looks like Chinese or UTF-8.

    Raises ``CharsetError`` elsewhere; *errors* tell why the others did not decode.
    """
    if declared.declares("cp1252", names) and not _NOT_LATIN.search(body):
        try:
            return _decoded(body.decode("cp1252"), "cp1252", names)
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
