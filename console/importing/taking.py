"""One file taken in, whatever it is; the files of an archive as if each came alone."""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path, PurePath
from typing import BinaryIO

from console.importing import storing
from console.importing.kinds import kind_of
from console.importing.mapped import Mapped, map_table
from console.importing.records import (
    Asked,
    FileKind,
    Imported,
    Progress,
    UnmappedError,
    quiet,
    together,
)
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import BEIJING, utc_now
from core.errors import HuiyingError, RefusedError
from crawler.importers.archive import PageKind, open_archive, read_page
from crawler.importers.hotline import read_orders
from crawler.importers.posts import read_posts
from crawler.importers.rows import Handed
from crawler.importers.table import Tally, open_table
from crawler.importers.table_posts import Reading, read_rows
from crawler.records import HOTLINE, Defect, Import, ParsedPost
from crawler.unpacking import shown

SOURCES: Mapping[FileKind, str] = {"posts": "file", "page": "wechat", "cap": "cap", "zip": "file"}
"""Name of the source where none is given; a table takes that of its mapping."""


def import_file(
    services: Services,
    file: Path,
    *,
    source: str | None = None,
    columns: Mapping[str, str] | None = None,
    ask: Asked | None = None,
    kind: FileKind | None = None,
    progress: Progress = quiet,
    pipeline: Pipeline | None = None,
    held: int = storing.HELD,
) -> Imported:
    """Take *file* in and analyse what is new; the same file twice changes nothing.

    *columns* (role -> heading) and *ask* say which column of a table is what; without either the
    mapping remembered for its headings is used, else what the headings say for certain. Of a file
    at most *held* posts are in memory at once, in order of time; a longer one goes in part by part,
    in its own order. Raises
    ``UnmappedError`` when nothing says where the texts and times stand, ``RefusedError`` for a file
    that may not or cannot be read (which is stored as a defect), and ``HuiyingError`` when it
    cannot be opened.
    """
    taking = Taking(services, source, columns or {}, ask, progress, held)
    if pipeline is not None:
        taking.use(pipeline)
    return taking.take_file(file, kind)


@dataclass
class Taking:
    """The way of one file, or of several in turn, into the database."""

    services: Services
    source: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    ask: Asked | None = None
    progress: Progress = quiet
    held: int = storing.HELD
    _mapped: dict[Handed, Mapped] = field(default_factory=dict)

    def use(self, pipeline: Pipeline) -> None:
        """Take *pipeline* instead of a new one."""
        self.__dict__["pipeline"] = pipeline

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline; made when the first post is there, for it loads the models."""
        return Pipeline(self.services)

    def take_file(self, file: Path, kind: FileKind | None = None) -> Imported:
        """Take the file at *file* in; see ``import_file``."""
        handed = Handed(shown(file.name), lambda: file.open("rb"))
        try:
            if not file.is_file():
                raise HuiyingError(f"{file}: 没有这个文件，或不是普通文件")
            return self._take(handed, file.name, kind, file)
        except OSError as error:
            raise HuiyingError(f"{file}: {error.strerror}") from error

    def _take(
        self, handed: Handed, called: str, kind: FileKind | None, file: Path | None
    ) -> Imported:
        now = utc_now()
        try:
            found = kind or kind_of(handed, called)
            if found == "zip":
                return self._archive(handed, now)
            return self._stored(handed, lambda: self._read(handed, found, now, file), now)
        except RefusedError as error:
            self._remember_refusal(handed, error.reasons, kind, now)
            raise
        except UnmappedError as error:
            self._remember_refusal(handed, [error.reason], kind, now)
            raise

    def _read(self, handed: Handed, kind: FileKind, now: datetime, file: Path | None) -> "_Read":
        if kind in {"table", "hotline"}:
            return self._table(handed, kind, now)
        source = self.source or SOURCES[kind]
        if kind in {"page", "cap"}:
            page: PageKind = "cap" if kind == "cap" else "page"
            return _Read(kind, source, read_page(handed, kind=page, source=source, seen_at=now))
        if file is None:
            raise RefusedError(
                [f"{handed.name}: 帖文文件（JSON 行）请单独导入，可压缩为 .jsonl.gz"]
            )
        return _Read("posts", source, _relabelled(read_posts(file, source=source), handed.name))

    def _table(self, handed: Handed, kind: FileKind, now: datetime) -> "_Read":
        table = open_table(handed)
        mapped = self._mapped.get(handed) or map_table(
            table,
            self.services.data / "mappings",
            given=self.columns,
            ask=self.ask,
            kind="hotline" if kind == "hotline" else None,
            name=self.source,
        )
        self._mapped[handed] = mapped  # a second reading asks nobody again
        source = self.source or mapped.name
        reading = Reading(mapped.columns, source, BEIJING, now, self.services.veil().serial)
        told = mapped.columns.channel == HOTLINE
        items = read_orders(table, reading) if told else read_rows(table, reading)
        return _Read("hotline" if told else "table", source, items, table.tally, mapped)

    def _stored(self, handed: Handed, opened: "Callable[[], _Read]", now: datetime) -> Imported:
        read = opened()
        parts: Iterator[storing.Chunk] = storing.chunks(read.items, self.held)
        first, second = next(parts, None), next(parts, None)
        if first is None or second is None:
            whole = [first] if first else []
            total = len(first.posts) if first else 0
            return self._done(handed, read, self._in_chunks(whole, total), now)
        parts = itertools.chain([first, second], parts)
        del first, second  # so that they are held only until they are stored
        if read.kind == "hotline":
            # Work orders have no authors to learn of, and masking them twice would be slow.
            total = sum(1 for _ in open_table(handed))
        else:
            total, read = self._meet(parts), opened()
            parts = storing.chunks(read.items, self.held)
        return self._done(handed, read, self._in_chunks(parts, total), now)

    def _meet(self, parts: Iterable[storing.Chunk]) -> int:
        """Learn what the authors of a long file are called, and return how many posts it has."""
        total = 0
        for chunk in parts:
            self.pipeline.meet(chunk.posts)
            total += len(chunk.posts)
        return total

    def _in_chunks(self, parts: Iterable[storing.Chunk], total: int) -> storing.Stored:
        stored, progress = storing.Stored(), storing.counted(self.progress, total)
        for chunk in parts:
            if chunk.posts:
                self.pipeline.meet(chunk.posts)
                storing.store_chunk(self.pipeline, chunk, stored, progress=progress)
            else:
                stored.count(chunk.defects)
                storing.remember_defects(self.services, chunk.defects)
        return stored

    def _done(
        self, handed: Handed, read: "_Read", stored: storing.Stored, now: datetime
    ) -> Imported:
        notes = read.notes()
        told = [Defect(read.source, handed.name, note, now) for note in notes]
        storing.remember_defects(self.services, told)
        done = Import(
            read.source,
            read.kind,
            _sha256(handed),
            now,
            stored.posts,
            stored.new,
            stored.defects,
        )
        # A file of which nothing could be read may be tried again, with another mapping.
        kept = stored.posts or not stored.defects
        return replace(
            read.told(),
            file=handed.name,
            posts=stored.posts,
            new=stored.new,
            defects=stored.defects,
            broken=tuple((one.location, one.reason) for one in stored.broken),
            alerts=stored.alerts,
            latest=stored.latest,
            earlier=storing.remember_import(self.services, done) if kept else None,
            notes=notes,
        )

    def _archive(self, handed: Handed, now: datetime) -> Imported:
        source = self.source or SOURCES["zip"]
        with handed.open() as raw:
            opened = open_archive(handed, raw)
            done = [self._member(member) for member in opened.members]
        notes = (f"另有 {opened.others} 个其他文件（图片、样式等）未读取",) if opened.others else ()
        result = together(handed.name, source, done, notes=notes)
        if not opened.members:
            raise RefusedError([f"{handed.name}: 压缩包里没有能读的文件"])
        if not result.posts and result.defects:
            return result  # it may be tried again
        told = Import(source, "zip", _sha256(handed), now, result.posts, result.new, result.defects)
        return replace(result, earlier=storing.remember_import(self.services, told))

    def _member(self, member: Handed) -> Imported:
        """Take one file of an archive in; what is wrong with it costs no other."""
        try:
            return self._take(member, PurePath(member.name).name, None, None)
        except RefusedError as error:
            return Imported(file=member.name, refused=error.reasons)
        except UnmappedError as error:
            return Imported(file=member.name, refused=(str(error),))

    def _remember_refusal(
        self, handed: Handed, reasons: Sequence[str], kind: FileKind | None, now: datetime
    ) -> None:
        source = self.source or SOURCES.get(kind or "posts", SOURCES["posts"])
        plain = [reason.removeprefix(f"{handed.name}: ") for reason in reasons]
        defects = [Defect(source, handed.name, reason, now) for reason in plain]
        storing.remember_defects(self.services, defects)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file being read."""

    kind: FileKind
    source: str
    items: Iterator[ParsedPost | Defect]
    tally: Tally | None = None
    mapped: Mapped | None = None

    def notes(self) -> tuple[str, ...]:
        """Return what the whole table tells; only once it has been read to its end."""
        return tuple(self.tally.notes()) if self.tally else ()

    def told(self) -> Imported:
        """Return what is known of the file beside its posts."""
        return Imported(
            file="",
            source=self.source,
            kind=self.kind,
            rows=self.tally.rows if self.tally else 0,
            types=tuple(self.tally.types.most_common()) if self.tally else (),
            columns=self.mapped.columns.told() if self.mapped else "",
            mapping=self.mapped.file if self.mapped else "",
        )


def _relabelled(items: Iterator[ParsedPost | Defect], name: str) -> Iterator[ParsedPost | Defect]:
    """Yield *items* with the file's name as it may be shown: a name may hold a line break."""
    for item in items:
        if isinstance(item, Defect):
            line = item.location.rpartition(":")[2]
            yield replace(item, location=f"{name}:{line}")
        else:
            yield item


def _sha256(handed: Handed) -> str:
    with handed.open() as raw:
        return digest_of(raw)


def digest_of(raw: BinaryIO) -> str:
    """Return the SHA-256 of what is left in *raw*, hex."""
    digest = hashlib.sha256()
    while chunk := raw.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()
