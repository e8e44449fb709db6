"""Unpacking what strangers packed, within limits that hold for the bytes read, not for headers."""

import zlib

MAX_BYTES = 8 * 1024 * 1024
"""Largest page, after decompression too; Scrapy's own limit is 1 GiB."""


class UnpackError(Exception):
    """Packed bytes are cut off, damaged or too large; ``reason`` is Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def gunzip(body: bytes, *, most: int = MAX_BYTES) -> bytes:
    """Return the unpacked *body* of at most *most* bytes; raises ``UnpackError``.

    A body without its trailer is cut off, however much of it could be read.
    """
    if not body:
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise UnpackError("压缩内容损坏") from None
    if len(unpacked) > most:
        raise UnpackError(f"解压后超过 {most} 字节")
    if not unpacker.eof:
        raise UnpackError("压缩内容不完整")
    return unpacked
