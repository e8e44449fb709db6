"""Unpacking what strangers packed, within limits that hold for the bytes read, not for headers."""

import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

MAX_BYTES = 8 * 1024 * 1024
"""Largest page, after decompression too; Scrapy's own limit is 1 GiB."""

MAX_ZIP_BYTES = 64 * 1024 * 1024
"""Most bytes of all members of one zip together, unpacked."""
MAX_ZIP_MEMBERS = 1_000
MAX_RATIO = 100
"""Unpacked to packed; spreadsheets come to 5 to 20, deflate's own end is 1,032."""
RATIO_FROM = 1024 * 1024
"""Below this many unpacked bytes the ratio is nobody's concern."""
MAX_NAME = 200

_CHUNK = 64 * 1024
_END_SIGN = b"PK\x05\x06"
_END = struct.Struct("<H4xHLLH")  # disk, members, size and place of the directory, comment
_LOCATOR_SIGN = b"PK\x06\x07"
_LOCATOR_BYTES = 20
_LONG_END = struct.Struct("<16xL12xQQQ")  # the same of ZIP64: disk, members, size, place
_BEFORE_END = _LONG_END.size + _LOCATOR_BYTES
_LOCAL = struct.Struct("<4s22xHH")
_MOST_COMMENT = 0xFFFF
# 46 bytes and a name for each member; zipfile reads the whole directory before it tells anything.
_MOST_DIRECTORY = MAX_ZIP_MEMBERS * (46 + 2 * MAX_NAME)
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_DRIVE = re.compile(r"[A-Za-z]:")
_WIDE_SPACE = re.compile("[\u3000\xa0]")


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


class Zip:
    """A zip file whose directory is plain; each member is a stream within limits.

    Making one raises ``UnpackError`` for the whole file when a single name leads out of it, stands
    twice or is a link, when anything is encrypted, overlaps, or says it is too large. What the
    directory says of sizes is then held against the bytes as they are read.
    """

    def __init__(self, raw: BinaryIO, *, most: int = MAX_ZIP_BYTES) -> None:
        self._raw = raw
        self._most = most
        self._size = raw.seek(0, 2)
        self._members = {_name(info): info for info in self._directory()}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members in the directory's order, without folders."""
        return tuple(name for name, info in self._members.items() if not info.is_dir())

    def size(self, name: str) -> int:
        """Return how many bytes the member holds unpacked, as the directory says."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes:
        """Return the whole member; raises ``UnpackError``."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the member unpacked, at most 64 KiB at a time; raises ``UnpackError``."""
        try:
            yield from self._checked(self._members[name])
        except UnpackError as error:
            raise UnpackError(f"{shown(name)}：{error.reason}") from None

    def _checked(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        size = crc = 0
        for chunk in self._unpacked(info):
            size += len(chunk)
            crc = zlib.crc32(chunk, crc)
            if size > info.file_size:
                raise UnpackError(f"实际大小超过声明的 {info.file_size} 字节")
            yield chunk
        if size != info.file_size or crc != info.CRC:
            raise UnpackError("压缩内容损坏或不完整")

    def _directory(self) -> list[zipfile.ZipInfo]:
        self._check_end()
        try:
            with zipfile.ZipFile(self._raw) as found:
                members = found.infolist()
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
            raise UnpackError("压缩包目录损坏") from None
        for info in members:
            _check_member(info)
        _check_distinct(members)
        _check_sizes(members, self._size, self._most)
        return members

    def _check_end(self) -> None:
        """Refuse a directory that is too long before anything reads it."""
        length = min(self._size, _END.size + _MOST_COMMENT + _BEFORE_END)
        self._raw.seek(self._size - length)
        tail = self._raw.read(length)
        at = tail.rfind(_END_SIGN)
        if at < 0 or len(tail) - at < _END.size:
            raise UnpackError("不是完整的压缩包")
        disk, count, size, offset, comment = _END.unpack_from(tail, at + len(_END_SIGN))
        whole = at + len(_END_SIGN) + _END.size + comment == len(tail)
        # Java's writers of large workbooks add the long form of this record to small files too.
        if at >= _BEFORE_END and tail[at - _LOCATOR_BYTES :].startswith(_LOCATOR_SIGN):
            at -= _BEFORE_END
            disk, count, size, offset = _LONG_END.unpack_from(tail, at)
        if disk or not whole or offset + size != self._size - length + at:
            raise UnpackError("压缩包是分卷的，或前后有多余内容")
        if count > MAX_ZIP_MEMBERS or size > _MOST_DIRECTORY:
            raise UnpackError(f"压缩包内文件超过 {MAX_ZIP_MEMBERS} 个")

    def _unpacked(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """Yield the bytes of a member, never more than a chunk beyond what was asked for."""
        self._raw.seek(info.header_offset)
        header = self._raw.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise UnpackError("压缩包内容损坏")
        _, name, extra = _LOCAL.unpack(header)
        at, left = info.header_offset + _LOCAL.size + name + extra, info.compress_size
        inflate = zlib.decompressobj(-15)
        while left:
            # Two members may be read in turns, so the place is sought each time.
            self._raw.seek(at)
            packed = self._raw.read(min(left, _CHUNK))
            if not packed:
                raise UnpackError("压缩内容不完整")
            at, left = at + len(packed), left - len(packed)
            if info.compress_type == zipfile.ZIP_STORED:
                yield packed
                continue
            yield from _inflated(inflate, packed)
        if info.compress_type != zipfile.ZIP_STORED and not inflate.eof:
            raise UnpackError("压缩内容不完整")


def _inflated(inflate: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    while packed:
        try:
            chunk = inflate.decompress(packed, _CHUNK)
        except zlib.error:
            raise UnpackError("压缩内容损坏") from None
        if inflate.unused_data:
            raise UnpackError("压缩内容损坏")
        packed = inflate.unconsumed_tail
        if chunk:
            yield chunk


def shown(name: str) -> str:
    """Return a file name that strangers chose, as it may stand in a message: one short line."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 80 else f"{plain[:60]}…{plain[-19:]}"


def _name(info: zipfile.ZipInfo) -> str:
    """Return the member's name; Chinese Windows writes GBK and does not say so."""
    if info.flag_bits & _UTF8_NAME:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.orig_filename


def _check_member(info: zipfile.ZipInfo) -> None:
    name = _name(info)
    parts = name.removesuffix("/").split("/")
    if (
        not name
        or len(name) > MAX_NAME
        or not _WIDE_SPACE.sub(" ", name).isprintable()
        or "\\" in name
        or _DRIVE.match(name)
        or any(part.strip(". ") == "" for part in parts)
    ):
        raise UnpackError(f"{shown(name)}：文件名不安全，整个压缩包未读取")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise UnpackError(f"{shown(name)}：是链接或特殊文件，整个压缩包未读取")
    if info.flag_bits & _ENCRYPTED:
        raise UnpackError(f"{shown(name)}：有密码，无法读取")
    if info.compress_type not in _METHODS:
        raise UnpackError(f"{shown(name)}：压缩方式不受支持")


def _check_distinct(members: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in members:
        plain = unicodedata.normalize("NFKC", _name(info)).casefold().removesuffix("/")
        if plain in seen:
            raise UnpackError(f"{shown(_name(info))}：文件名重复，整个压缩包未读取")
        seen.add(plain)


def _check_sizes(members: list[zipfile.ZipInfo], size: int, most: int) -> None:
    packed = sum(info.compress_size for info in members)
    unpacked = sum(info.file_size for info in members)
    if packed > size:
        raise UnpackError("压缩包内文件互相重叠")
    if unpacked > most:
        raise UnpackError(f"解压后超过 {most} 字节")
    for info in members:
        if info.header_offset + _LOCAL.size > size:
            raise UnpackError("压缩包目录损坏")
        if info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * info.compress_size:
            raise UnpackError(f"{shown(_name(info))}：压缩比超过 {MAX_RATIO}:1")
