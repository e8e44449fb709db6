"""A report as plain text: for a message to the desk, a terminal, a note that is taken over."""

from collections.abc import Iterable

from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Chart,
    Document,
    Figure,
    Figures,
    Heading,
    Items,
    Multiples,
    Paragraph,
    Table,
)


def text_of(document: Document) -> str:
    """Return the whole report; equal documents give equal text. Addresses are left out."""
    lines = [*document.head, document.title]
    lines += [document.subtitle] if document.subtitle else []
    for block in document.blocks:
        lines += _lines(block)
    return "\n".join(lines) + "\n"


def body_of(document: Document) -> str:
    """Return the report without its title, for a message that has one of its own."""
    lines = [line for block in document.blocks for line in _lines(block)]
    return "\n".join(lines).strip("\n")


def _lines(block: Block) -> list[str]:
    lines: list[str] = []
    match block:
        case Heading():
            lines = ["", f"【{block.text}】"]
        case Paragraph():
            lines = [_joined(block.parts)]
        case Items():
            heads = (f"{n}." if block.numbered else "-" for n, _ in enumerate(block.lines, 1))
            lines = [f"{h} {_joined(line)}" for h, line in zip(heads, block.lines, strict=True)]
        case Box():
            lines = ["", f"【{block.title}】", *(f"- {_joined(line)}" for line in block.lines)]
        case Figures():
            lines = ["；".join(map(_figure, block.figures))]
        case Table():
            rows = [f"- {'　'.join(filter(None, map(_told, row)))}" for row in block.rows]
            lines = [f"{block.caption}：", *rows]
            lines += [f"- 另有 {block.more} 项"] if block.more else []
        case Chart() | Multiples():
            lines = [f"（图：{block.title}，见报告文件）"]
    return lines


def _figure(figure: Figure) -> str:
    return f"{figure.name} {_told(figure.value)}" + (f"（{figure.note}）" if figure.note else "")


def _joined(parts: Iterable[Cell]) -> str:
    return "".join(map(_told, parts))


def _told(cell: Cell) -> str:
    return cell if isinstance(cell, str) else cell.text
