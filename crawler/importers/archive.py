"""Saved pages, and archives of them: what stands in a file that holds a page and no table."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import BinaryIO, Literal

from core.errors import RefusedError
from crawler.importers.rows import Handed
from crawler.parsers import FILES
from crawler.parsers.page import ParseError
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from crawler.unpacking import MAX_BYTES, UnpackError, Zip, shown

PageKind = Literal["page", "cap"]

_PARSERS = {"page": "wechat", "cap": "cap"}
_CHANNELS = {"page": "wechat", "cap": "official"}
_SAVED = "https://saved.invalid/"
"""Stands for the address of a page that was saved; no post keeps it."""
_READ = re.compile(r"(?i).+\.(?:html?|xml|csv|tsv|xlsx|xls|ods)")
_BEIJING = timezone(timedelta(hours=8))


def read_page(
    handed: Handed, *, kind: PageKind, source: str, seen_at: datetime
) -> Iterator[ParsedPost | Defect]:
    """Yield the posts of one saved page, and what could not be taken in as defects.

    Raises ``RefusedError`` for a file that is no such page.
    """
    with handed.open() as raw:
        body = raw.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise RefusedError([f"{handed.name}: 网页超过 {MAX_BYTES} 字节"])
    page = FetchedPage(source, _SAVED, 200, "", body, seen_at)
    try:
        read = FILES[_PARSERS[kind]](page, _source(source, kind))
    except ParseError as error:
        raise RefusedError([f"{handed.name}: {error.reason}"]) from None
    for defect in read.defects:
        yield Defect(source, handed.name, defect.reason, seen_at)
    yield from read.posts


def _source(name: str, kind: PageKind) -> Source:
    return Source(
        name=name,
        url=_SAVED,
        parser="cap" if kind == "cap" else "article",
        channel=_CHANNELS[kind],
        pace_s=0,
        cadence_min=1,
        min_yield=0,
        time_zone=_BEIJING,
    )


@dataclass(frozen=True, slots=True)
class Opened:
    """What stands in an archive."""

    members: tuple[Handed, ...]
    """The files that can be read, in the archive's order."""
    others: int
    """Pictures, style sheets and other files, which are not read."""


def open_archive(handed: Handed, raw: BinaryIO) -> Opened:
    """Return the members of the zip *raw*; each is unpacked when it is opened, and only then.

    Raises ``RefusedError`` for the whole archive when anything in it is unsafe, damaged or too
    large.
    """
    try:
        packed = Zip(raw)
        # Once through before anything is taken in: what is damaged at the end is refused whole.
        for name in packed.names:
            for _ in packed.chunks(name):
                pass
    except UnpackError as error:
        raise RefusedError([f"{handed.name}: {error.reason}"]) from None
    wanted = [name for name in packed.names if _READ.fullmatch(name)]
    members = tuple(_member(handed, packed, name) for name in wanted)
    return Opened(members, len(packed.names) - len(wanted))


def _member(handed: Handed, packed: Zip, name: str) -> Handed:
    return Handed(f"{handed.name}/{shown(name)}", lambda: io.BytesIO(packed.read(name)))
