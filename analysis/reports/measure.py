"""How long a report reads: its characters without blanks, charts and their data left out. Pure."""

from collections.abc import Iterator, Sequence

from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Figures,
    Heading,
    Items,
    Paragraph,
    Table,
)


def characters(blocks: Sequence[Block]) -> int:
    """Return the characters of *blocks* as they read, tables included."""
    return sum(len("".join(text.split())) for block in blocks for text in _texts(block))


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield block.text
        case Paragraph():
            yield from _cells(block.parts)
        case Items() | Box():
            for line in block.lines:
                yield from _cells(line)
        case Figures():
            for figure in block.figures:
                yield from (figure.name, *_cells((figure.value,)), figure.note)
        case Table():
            yield from (block.caption, *(column.name for column in block.columns))
            for row in block.rows:
                yield from _cells(row)
        case _:
            return


def _cells(cells: Sequence[Cell]) -> Iterator[str]:
    yield from (cell if isinstance(cell, str) else cell.text for cell in cells)
