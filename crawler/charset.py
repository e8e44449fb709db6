"""The characters of a page, whatever it declares: declarations of Chinese pages are often wrong.

Bytes that are valid UTF-8 are UTF-8; what fits no encoding whole is refused, never half read.
"""

import re
from dataclasses import dataclass

_DECLARED = re.compile(rb"""(?i)charset=["']?([\w-]+)|encoding=["']([\w-]+)""")
# Encodings of Chinese pages. UTF-7 and the like are refused: they hide markup.
_ENCODINGS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "utf-16": "utf-16",
}
# Two Chinese characters in UTF-8, with bytes that GB 2312 never uses, inside a GBK page.
_UTF8_RUN = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2,}")


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
    """The page declared another encoding, and its declaration did not hold."""


def decode(body: bytes, content_type: str) -> Decoded:
    """Return the characters of *body*; *content_type* is its header, empty when absent.

    Raises ``CharsetError`` when no encoding fits the whole of it.
    """
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return Decoded(_strictly(body, "utf-16"), "utf-16", repaired=False)
    declared = _DECLARED.search(content_type.encode()) or _DECLARED.search(body[:2048])
    name = b"".join(g or b"" for g in declared.groups()).decode().lower() if declared else ""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        return Decoded(text, "utf-8", repaired=name not in {"", "utf-8", "utf8"})
    encoding = _ENCODINGS.get(name, "gb18030")
    if encoding == "gb18030" and any(min(r[0][1:]) < 0xA1 for r in _UTF8_RUN.finditer(body)):
        raise CharsetError("页面混用多种字符编码")
    return Decoded(_strictly(body, encoding), encoding, repaired=name not in {"", *_ENCODINGS})


def _strictly(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise CharsetError(f"字符编码无法识别（第 {error.start} 字节）") from None
