"""A report as one HTML page: nothing is fetched, nothing runs, and it prints on A4."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from analysis.reports import behind, charts
from analysis.reports.document import (
    Block,
    Box,
    Cell,
    Chart,
    Document,
    Figures,
    Heading,
    Link,
    Multiples,
    Table,
)
from analysis.reports.legible import cleaned

PRINTED_COLUMNS = 12
"""Columns of a chart's data table on paper, where its rows stand side by side."""


def as_html(document: Document, *, base: str = "/") -> str:
    """Return *document* as a page; equal documents give equal text.

    Links lead below *base*, the console's address, such as ``http://127.0.0.1:8000/``; where it
    is empty they are words only.
    """
    document = cleaned(document)
    template = _environment().get_template("document.html")
    return template.render(
        document=document, parts=list(_parts(document.blocks)), style=charts.STYLE, base=base
    )


def address(link: Link, base: str) -> str:
    """Return where *link* leads: always below *base*, whatever stands in it."""
    return f"{base.rstrip('/')}/{quote(link.to.lstrip('/'), safe='/?&=#%+,;:@!~*()-._')}"


def _parts(blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    """Yield what the template prints; the box stands beside the figures that are next to it."""
    blocks = list(_levelled(blocks))
    at = 0
    while at < len(blocks):
        beside = _beside(blocks[at : at + 4])
        head = next((b.text for b in reversed(blocks[:at]) if isinstance(b, Heading)), "")
        if beside:
            yield {
                "kind": "first",
                "boxed": isinstance(blocks[at], Box),
                "groups": [[_part(block, "") for block in group] for group in beside],
            }
            at += sum(map(len, beside))
        else:
            yield _part(blocks[at], head)
            at += 1


def _levelled(blocks: Sequence[Block]) -> Iterator[Block]:
    """Yield *blocks* with no level of heading skipped."""
    level = 0
    for block in blocks:
        if isinstance(block, Heading):
            level = 1 if block.level == 1 or level == 0 else 2
            yield Heading(block.text, level)
        else:
            yield block


def _beside(blocks: Sequence[Block]) -> list[list[Block]]:
    """Return the box and the figures, with their heading, when *blocks* begin with both."""
    kinds = [type(block) for block in blocks]
    for sizes, wanted in (
        ((1, 1), (Box, Figures)),
        ((1, 1), (Figures, Box)),
        ((1, 2), (Box, Heading, Figures)),
        ((2, 1), (Heading, Figures, Box)),
    ):
        if tuple(kinds[: len(wanted)]) == wanted:
            return [list(blocks[: sizes[0]]), list(blocks[sizes[0] : sum(sizes)])]
    return []


def _part(block: Block, head: str) -> dict[str, Any]:
    part: dict[str, Any] = {"kind": type(block).__name__.lower(), "block": block}
    if isinstance(block, Table):
        part["named"] = block.caption == head
    if isinstance(block, Chart | Multiples):
        part["long"] = behind.table(block)
        part["printed"] = behind.folded(part["long"], PRINTED_COLUMNS)
        part["named"] = block.title == head
    if isinstance(block, Chart):
        part["drawing"] = Markup(charts.drawing(block))  # noqa: S704  escaped where it is drawn
        part["marks"] = [(behind.moment(at), text) for at, text in behind.inside(block)]
        part["how"] = behind.how_to_read(block)
    if isinstance(block, Multiples):
        part["drawing"] = Markup(charts.small_multiples(block.series))  # noqa: S704  as above
    return part


@pass_context
def _cell(context: Context, cell: Cell) -> Markup:
    if isinstance(cell, str):
        return escape(cell)
    if not context["base"]:
        return escape(cell.text)
    return Markup('<a href="{}">{}</a>').format(address(cell, context["base"]), cell.text)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _cell
    return environment
