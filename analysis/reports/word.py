"""A report as a Word file in the layout of official documents (GB/T 9704-2012)."""

from collections.abc import Sequence
from pathlib import Path

from analysis.reports import packing
from analysis.reports.document import Document
from analysis.reports.legible import cleaned


def as_docx(
    document: Document,
    *,
    base: str = "",
    red_head: bool = False,
    fonts: Sequence[Path] | None = None,
) -> bytes:
    """Return *document* as a Word file; equal documents give equal bytes on one machine.

    Links are words with the id of what they lead to; with *base*, the console's address, they can
    be followed. *red_head* sets the office in red above a red line, as on paper that goes out.
    Charts are drawn with the best Chinese font among *fonts* (files; those of this machine when
    None); without one the file says so and keeps the figures.
    """
    from analysis.reports import typesetting
    from analysis.reports.paper import Paper

    paper = Paper.blank(base=base, fonts=fonts)
    typesetting.set_document(paper, cleaned(document), red_head=red_head)
    return packing.packed_again(paper.saved())
