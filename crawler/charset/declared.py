"""What a page's header and the page itself say its encoding is. Pure."""

import re

HEAD_BYTES = 4096
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


def declarations(body: bytes, content_type: str) -> tuple[str, ...]:
    """Return the names that the header and the page declare, in lower case; none, one or two.

    Of the page, the XML declaration or the first ``meta`` that declares one within
    ``HEAD_BYTES`` counts.
    """
    head = body[:HEAD_BYTES].lower().removeprefix(b"\xef\xbb\xbf")
    names = [found[1].lower()] if (found := _IN_HEADER.search(content_type)) else []
    if in_page := _IN_XML.match(head) or _in_meta(head):
        names.append(in_page[1].decode("ascii"))
    return tuple(names)


def declares(encoding: str, names: tuple[str, ...]) -> bool:
    """Return whether one of the declared *names* means *encoding* (Python's name)."""
    return any(_ENCODINGS.get(name) == encoding for name in names)


def fails(encoding: str, names: tuple[str, ...]) -> bool:
    """Return whether one of the declared *names* means another encoding than *encoding*."""
    return any(_ENCODINGS.get(name) != encoding for name in names)


def declares_no_ascii(names: tuple[str, ...]) -> bool:
    """Return whether in a declared encoding ASCII bytes are not all ASCII characters."""
    return any(_NOT_ASCII.match(name) for name in names)


def _in_meta(head: bytes) -> re.Match[bytes] | None:
    if b"<!--" in head:
        head = _COMMENT.sub(b"", head)
    for found in _IN_TAG.finditer(head):
        tag = head[max(0, head.rfind(b"<", 0, found.start())) : head.find(b">", found.end())]
        # Scripts and links have a charset of their own, and a description may speak of one.
        if tag.startswith(b"<meta") and (b"http-equiv" in tag or b"content" not in tag):
            return found
    return None
