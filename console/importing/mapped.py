"""Which column is what: given, asked, remembered or certain; else the import stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from console.importing.records import Asked, UnmappedError
from crawler.importers import mapping
from crawler.importers.mapping import OTHER_CHANNEL, Columns, TableKind
from crawler.importers.table import Table
from crawler.records import HOTLINE

SHOWN_HEADINGS = 40


@dataclass(frozen=True, slots=True)
class Mapped:
    """A table whose columns are known."""

    columns: Columns
    name: str
    """The mapping's name, which names the source too where nobody does."""
    file: str
    """Below the data folder."""


def map_table(
    table: Table,
    folder: Path,
    *,
    given: Mapping[str, str],
    ask: Asked | None,
    kind: TableKind | None,
    name: str | None,
) -> Mapped:
    """Return what the columns of *table* are, and remember it in *folder*.

    Raises ``UnmappedError`` that says what to do when text or time are not known.
    """
    known = mapping.recall(folder, table.headings)
    guess = mapping.guess(table.headings, table.samples)
    columns = _of_kind(known[1] if known else guess, kind)
    if given:
        columns = mapping.chosen(table.headings, given, columns)
    if ask is not None:
        columns = ask(table, columns)
    if missing := columns.missing():
        raise _unmapped(table, columns, missing)
    if known and columns == known[1]:
        return Mapped(columns, known[0], f"mappings/{known[0]}.toml")
    wanted = known[0] if known else name or _name(columns)
    file = mapping.remember(folder, wanted, table.headings, columns)
    return Mapped(columns, file.stem, f"mappings/{file.name}")


def _of_kind(columns: Columns, kind: TableKind | None) -> Columns:
    if kind != "hotline":
        return columns
    kept = {role: name for role, name in columns.columns.items() if role not in mapping.PERSONAL}
    return replace(columns, kind="hotline", channel=HOTLINE, columns=kept)


def _name(columns: Columns) -> str:
    return columns.channel if columns.channel != OTHER_CHANNEL else "table"


def _unmapped(table: Table, columns: Columns, missing: Sequence[str]) -> UnmappedError:
    return UnmappedError(
        f"{table.name}: 不知道哪一列是 {'、'.join(missing)}，未读入",
        f"认出的列：{columns.told()}；表头：{'、'.join(table.headings[:SHOWN_HEADINGS])}。"
        "请在终端运行 huiying import 文件 --map 逐列确认，"
        "或用 --column text=列名 --column time=列名 指明（docs/importing.md）",
    )
