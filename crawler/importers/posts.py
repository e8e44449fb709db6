"""The posts file: JSON lines, one public post a line (``docs/formats`` names the fields).

A broken line becomes a defect with its number and a reason; the rest of the file goes in.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from core.clock import parse_moment
from core.errors import HuiyingError
from core.text import normalise
from crawler.parsers.page import read_count
from crawler.records import Counts, Defect, ParsedPost

MAX_LINE_BYTES = 1_000_000
MAX_FILE_BYTES = 4_000_000_000
"""Most bytes read from one file, counted after decompression."""

_ISSUER = re.compile(r"[a-z][a-z0-9_]{0,63}")
_CHANNEL = re.compile(r"[\w.-]{1,32}")
MAX_ID = 256


class _LineError(ValueError):
    """Why a line cannot be taken in; never holds anything of its text."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _LineError("键重复")
    return found


def _no_constant(_name: str) -> None:
    raise _LineError("含 NaN 或无穷大")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def read_posts(
    path: Path, *, source: str, seen_at: datetime | None = None
) -> Iterator[ParsedPost | Defect]:
    """Yield a post or a defect for each line that is not blank, in the file's order.

    *seen_at* is the moment that defects carry; without it the file's own time of change. A name
    that ends in ``.gz`` is decompressed, up to ``MAX_FILE_BYTES``. Raises ``HuiyingError`` when
    the file cannot be opened.
    """
    try:
        seen = seen_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        raw = _opened(path)
    except OSError as error:
        raise HuiyingError(f"{path}: {error.strerror}") from error
    with raw as lines:
        for number, line in _lines(lines):
            where = f"{path.name}:{number}"
            if isinstance(line, str):
                yield Defect(source, where, line, seen)
                continue
            try:
                yield _post(_decoded(line), source)
            except _LineError as error:
                yield Defect(source, where, str(error), seen)


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path))
    return path.open("rb")


def _lines(raw: IO[bytes]) -> Iterator[tuple[int, bytes | str]]:
    """Yield line number with the line, or with the reason why it is none."""
    number = total = 0
    while True:
        number += 1
        try:
            line = raw.readline(MAX_LINE_BYTES + 1)
            too_long = len(line) > MAX_LINE_BYTES
            rest = line
            while too_long and rest and not rest.endswith(b"\n"):
                rest = raw.readline(MAX_LINE_BYTES)
                total += len(rest)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            yield number, "压缩文件损坏或不完整，其后的内容未读取"
            return
        total += len(line)
        if not line:
            return
        if total > MAX_FILE_BYTES:
            yield number, f"文件超过 {MAX_FILE_BYTES} 字节，其后的内容未读取"
            return
        if too_long:
            yield number, f"一行超过 {MAX_LINE_BYTES} 字节"
        elif line.strip():
            yield number, line


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        found = _DECODER.decode(line.decode("utf-8-sig").strip())
    except UnicodeDecodeError:
        raise _LineError("不是 UTF-8") from None
    except RecursionError:
        raise _LineError("嵌套过深") from None
    except json.JSONDecodeError as error:
        raise _LineError(f"不是完整的 JSON（第 {error.pos} 字符）") from None
    except _LineError:
        raise
    except ValueError:
        raise _LineError("数字过大") from None
    if not isinstance(found, dict):
        raise _LineError("一行应是一个对象")
    return found


def _string(line: dict[str, Any], name: str) -> str | None:
    value = line.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _LineError(f"{name} 应是字符串")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _LineError(f"{name} 含不成对的代理字符") from None
    return value


def _required(line: dict[str, Any], name: str) -> str:
    value = _string(line, name)
    if value is None or not value.strip():
        raise _LineError(f"缺少 {name}")
    return value


def _id(line: dict[str, Any], name: str) -> str | None:
    value = line.get(name)
    # Several platforms number their posts; the number is the id.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _string(line, name)
    if text is not None and len(text) > MAX_ID:
        raise _LineError(f"{name} 超过 {MAX_ID} 个字符")
    return text or None


def _moment(line: dict[str, Any]) -> datetime:
    told = _required(line, "published_at")
    try:
        return parse_moment(told)
    except (ValueError, OverflowError):
        raise _LineError("published_at 不是带时区的 ISO 8601 时间") from None


def _counts(line: dict[str, Any]) -> Counts:
    counts = line.get("counts")
    if counts is None:
        return Counts()
    if not isinstance(counts, dict):
        raise _LineError("counts 应是对象")
    read: dict[str, int] = {}
    for name in ("reposts", "comments", "likes"):
        try:
            read[name] = read_count(counts.get(name))
        except ValueError:
            raise _LineError(f"counts.{name} 不是计数") from None
    return Counts(**read)


def _post(line: dict[str, Any], source: str) -> ParsedPost:
    text = _required(line, "text")
    if not normalise(text[:1000]) and not normalise(text):
        raise _LineError("text 没有可见文字")
    post_id = _id(line, "id")
    if post_id is None or not post_id.strip():
        raise _LineError("缺少 id")
    issuer, channel = _string(line, "issuer"), _required(line, "channel")
    if issuer is not None and not _ISSUER.fullmatch(issuer):
        raise _LineError("issuer 不是单位编号")
    if not _CHANNEL.fullmatch(channel):
        raise _LineError("channel 不是渠道代码")
    return ParsedPost(
        source=source,
        post_id=post_id,
        url=_string(line, "url"),
        published_at=_moment(line),
        channel=channel,
        text=text,
        author=_string(line, "author") or None,
        reply_to=_id(line, "reply_to"),
        repost_of=_id(line, "repost_of"),
        counts=_counts(line),
        issuer=issuer,
    )
