"""Which column of a table is what: guessed from its headings, asked once, and remembered.

A remembered mapping is a TOML file of the operator's, found again by the headings it was made for.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import HuiyingError, RefusedError, in_one_line
from crawler.importers.headings import heading_key, load_headings
from crawler.importers.rows import Row, text_of_cell
from crawler.records import HOTLINE

TableKind = Literal["table", "hotline"]
OTHER_CHANNEL = "other"

_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,31}")
_NAME = re.compile(r"[\w.-]{1,64}")
_MARKS = {"hotline": 3, "channel": 2}
_LONGEST = 60


class Role(StrEnum):
    """What a column can be."""

    TEXT = "text"
    TITLE = "title"
    TIME = "time"
    ID = "id"
    URL = "url"
    AUTHOR = "author"
    CHANNEL = "channel"
    REPLY_TO = "reply_to"
    REPOST_OF = "repost_of"
    REPOSTS = "reposts"
    COMMENTS = "comments"
    LIKES = "likes"
    TYPE = "type"
    PLACE = "place"


REQUIRED = (Role.TEXT, Role.TIME)
PERSONAL = frozenset({Role.AUTHOR, Role.CHANNEL, Role.URL, Role.REPOST_OF})
"""Roles that the rows of a hotline export never have."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A mapping: role -> heading, for tables with the headings it was made for."""

    kind: TableKind
    channel: str
    """Channel code of every row, where no column tells it."""
    columns: Mapping[Role, str]

    def missing(self) -> tuple[Role, ...]:
        """Return the roles without which nothing can be taken in."""
        return tuple(role for role in REQUIRED if role not in self.columns)

    def told(self) -> str:
        """Return the mapping on one line, as an operator may write it again."""
        pairs = [f"{role}={heading}" for role, heading in self.columns.items()]
        if Role.CHANNEL not in self.columns:
            pairs.append(f"channel={self.channel}")
        return " ".join(pairs)


def guess(headings: Sequence[str], samples: Sequence[Row]) -> Columns:
    """Return what the headings say by themselves; a role that no heading names is left out.

    A column that only counts its rows is no id, whatever it is called.
    """
    words, keys = load_headings(), [heading_key(heading) for heading in headings]
    columns: dict[Role, str] = {}
    for role in Role:
        at = next((keys.index(key) for key in words.roles[role] if key in keys), None)
        if at is not None and headings[at] not in columns.values():
            columns[role] = headings[at]
    if Role.ID in columns and _counts_rows(headings.index(columns[Role.ID]), samples):
        del columns[Role.ID]
    kind: TableKind = "table"
    if len(words.hotline.intersection(keys)) >= _MARKS["hotline"]:
        kind = "hotline"
        columns = {role: name for role, name in columns.items() if role not in PERSONAL}
    return Columns(kind, _channel_of(kind, keys), columns)


def _channel_of(kind: TableKind, keys: Sequence[str]) -> str:
    if kind == "hotline":
        return HOTLINE
    for channel, marks in load_headings().tables.items():
        if len(marks.intersection(keys)) >= _MARKS["channel"]:
            return channel
    return OTHER_CHANNEL


def _counts_rows(at: int, samples: Sequence[Row]) -> bool:
    """Return whether a column holds 1, 2, 3 and so on: then a second sheet has the same ids."""
    found = [text_of_cell(row.cells[at]) for row in samples]
    return len(found) > 1 and found in (
        [str(number) for number in range(start, start + len(found))] for start in (0, 1)
    )


def chosen(headings: Sequence[str], given: Mapping[str, str], base: Columns) -> Columns:
    """Return *base* with the columns that a person named: role -> heading.

    ``channel`` may also be a code for all rows, and an empty heading takes a role away. Raises
    ``HuiyingError`` for a role or heading that is none, and ``RefusedError`` for a column that says
    who somebody is.
    """
    columns, channel = dict(base.columns), base.channel
    for name, heading in given.items():
        role = _role(name)
        found = find_heading(headings, heading)
        if not heading:
            columns.pop(role, None)
        elif found is not None:
            columns[role] = _allowed(role, found, base.kind)
        elif role is Role.CHANNEL and _CHANNEL.fullmatch(heading):
            columns.pop(role, None)
            channel = heading
        else:
            raise HuiyingError(
                f"--column {name}: 表里没有“{heading}”这一列，只有 {_list(headings)}"
            )
    return replace(base, columns=columns, channel=channel)


def _role(name: str) -> Role:
    if name not in set(Role):
        raise HuiyingError(f"--column {name}: 不认识，只有 {'、'.join(Role)}")
    return Role(name)


def _allowed(role: Role, heading: str, kind: TableKind) -> str:
    personal = heading_key(heading) in load_headings().personal
    if personal and role is not Role.AUTHOR:
        raise RefusedError([f"“{heading}”是个人信息列，不读入"])
    if kind == "hotline" and role is Role.AUTHOR:
        raise RefusedError([f"热线工单不读来电人，“{heading}”不读入"])
    return heading


def find_heading(headings: Sequence[str], wanted: str) -> str | None:
    """Return the heading called *wanted*: exactly, else as headings are compared, if only one."""
    if wanted in headings:
        return wanted
    alike = [heading for heading in headings if heading_key(heading) == heading_key(wanted)]
    return alike[0] if len(alike) == 1 else None


def _list(headings: Sequence[str]) -> str:
    return "、".join(f"“{heading}”" for heading in headings[:_LONGEST])


def signature(headings: Sequence[str]) -> str:
    """Return 16 hex digits that tables with the same headings share, in whatever order."""
    joined = "\n".join(sorted(heading_key(heading) for heading in headings))
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


class _File(BaseModel):
    """A remembered mapping as written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signature: str = Field(pattern=r"^[0-9a-f]{16}$")
    kind: TableKind
    channel: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    columns: dict[Role, str]
    headings: tuple[str, ...]


def recall(folder: Path, headings: Sequence[str]) -> tuple[str, Columns] | None:
    """Return name and mapping of the file in *folder* that was made for these headings, or None.

    Raises ``HuiyingError`` naming the file when one cannot be read or names a column that is not
    there.
    """
    wanted = signature(headings)
    for file in sorted(folder.glob("*.toml")):
        read = _load(file)
        if read.signature == wanted:
            plain = Columns(read.kind, read.channel, {})
            named = cast("Mapping[str, str]", read.columns)
            try:
                return file.stem, chosen(headings, named, plain)
            except HuiyingError as error:
                raise HuiyingError(f"{file}: {error}") from error
    return None


def _load(file: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise HuiyingError(f"{file}: {in_one_line(error)}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HuiyingError(f"{file}: {error}") from error


def remember(folder: Path, name: str, headings: Sequence[str], columns: Columns) -> Path:
    """Write the mapping as ``<name>.toml`` and return the file.

    A mapping for the same headings is replaced; one for others keeps its name, and this one gets
    its signature added to its own. Raises ``HuiyingError`` for a name that is no file's.
    """
    if not _NAME.fullmatch(name):
        raise HuiyingError(f"mapping: 名称只能用文字、数字和 _ . -，至多 64 个，got {name!r}")
    folder.mkdir(parents=True, exist_ok=True)
    mark = signature(headings)
    known = [file for file in sorted(folder.glob("*.toml")) if _load(file).signature == mark]
    file = known[0] if known else folder / f"{name}.toml"
    if not known and file.exists():
        file = folder / f"{name}-{mark[:8]}.toml"
    draft = file.with_suffix(".toml.part")
    draft.write_text(_written(headings, columns, mark), encoding="utf-8")
    draft.replace(file)
    return file


def _written(headings: Sequence[str], columns: Columns, mark: str) -> str:
    import tomlkit

    document = tomlkit.document()
    document.add(
        tomlkit.comment("哪一列是什么（docs/importing.md）。可以手改；表头不同的表不用这份对应。")
    )
    document.add("signature", tomlkit.item(mark))
    document.add("kind", tomlkit.item(columns.kind))
    document.add("channel", tomlkit.item(columns.channel))
    document.add("headings", tomlkit.item(list(headings)).multiline(multiline=True))
    table = tomlkit.table()
    for role, heading in columns.columns.items():
        table.add(role.value, heading)
    document.add("columns", table)
    return tomlkit.dumps(document)
