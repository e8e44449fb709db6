"""What a file is, by its first bytes and then by its name."""

import re
from collections.abc import Collection
from pathlib import PurePath

from console.importing.records import FileKind
from core.errors import RefusedError
from crawler.importers.rows import Handed
from crawler.unpacking import UnpackError, Zip

_POSTS = {".jsonl", ".ndjson", ".json"}
# Some systems write tab-separated text and call it XLS.
_TABLES = {".csv", ".tsv", ".tab", ".txt", ".xls", ""}
_HEAD_BYTES = 4096

_ZIP, _OLE, _GZIP = b"PK", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"
_CAP = re.compile(rb"(?i)<(?:\w+:)?alert[\s>]|emergency:cap")
_SPREADSHEET_XML = re.compile(rb"(?i)urn:schemas-microsoft-com:office:(?:spreadsheet|excel)")
_HTML = re.compile(rb"(?i)<!doctype html|<html|<head|<body|<meta|<div|<table|<section")
_XML = re.compile(rb"(?i)<\?xml|<!doctype")


def kind_of(handed: Handed, file_name: str) -> FileKind:
    """Return what the file is; a table may turn out to be a hotline export by its headings.

    Raises ``RefusedError`` for what nothing here can read, with what to do where that is known.
    """
    with handed.open() as raw:
        head = raw.read(_HEAD_BYTES)
    suffix = PurePath(file_name).suffix.lower()
    if head.startswith(_ZIP):
        return _packed(handed)
    if head.startswith(_OLE):
        return "table"
    if head.startswith(_GZIP):
        return _gzipped(handed, file_name)
    if suffix in _POSTS or _plain(head).startswith(b"{"):
        return "posts"
    if _plain(head).startswith(b"<"):
        return _marked_up(handed, head, suffix)
    if suffix in _TABLES:
        return "table"
    raise RefusedError([f"{handed.name}: 认不出这是什么文件"])


def _plain(head: bytes) -> bytes:
    """Return the beginning without a mark of order, in one byte a character."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[2:].replace(b"\0", b"").lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()


def _packed(handed: Handed) -> FileKind:
    try:
        with handed.open() as raw:
            names = Zip(raw).names
    except UnpackError as error:
        raise RefusedError([f"{handed.name}: {error.reason}"]) from None
    if "xl/workbook.xml" in names or _is_opendocument(names):
        return "table"
    if "[Content_Types].xml" in names:
        raise RefusedError([f"{handed.name}: 是 Office 文档但不是 xlsx 表格，请另存为 xlsx 或 CSV"])
    return "zip"


def _is_opendocument(names: Collection[str]) -> bool:
    return "mimetype" in names and "content.xml" in names


def _gzipped(handed: Handed, file_name: str) -> FileKind:
    if PurePath(file_name).suffix.lower() == ".gz":
        return "posts"
    raise RefusedError([f"{handed.name}: 是 gzip 压缩文件，名称应以 .jsonl.gz 结尾"])


def _marked_up(handed: Handed, head: bytes, suffix: str) -> FileKind:
    plain = head.replace(b"\0", b"")
    if suffix == ".xls" or _SPREADSHEET_XML.search(plain):
        # Many systems write a web page and call it XLS; a spreadsheet program opens both.
        raise RefusedError(
            [f"{handed.name}: 是网页或 XML 冒充的表格，请用表格软件另存为 xlsx 或 CSV"]
        )
    if _CAP.search(plain):
        return "cap"
    if _HTML.search(plain) or suffix in {".html", ".htm"}:
        return "page"
    if _XML.search(plain) or suffix == ".xml":
        return "cap"
    raise RefusedError([f"{handed.name}: 认不出这是什么文件"])
