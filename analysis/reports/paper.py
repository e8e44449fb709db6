"""A Word document in the making, and how runs and links get into it."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph as WordParagraph

from analysis.reports import layout, lettering, page
from analysis.reports.document import Cell, Link

_ITEM_ID = re.compile(r"[A-Z]+-?\d{3,}")


@dataclass(frozen=True, slots=True)
class Paper:
    """A Word document in the making."""

    word: WordDocument
    base: str
    """The console's address; empty when links are words only."""
    font: lettering.Font | None
    """What charts are lettered in; None when there is no Chinese font."""
    reached: list[int] = field(default_factory=lambda: [0, 0])
    """Numbers of the last headings of each level."""

    @classmethod
    def blank(cls, *, base: str, fonts: Sequence[Path] | None) -> Self:
        """Return an empty document in the official layout."""
        word = docx.Document()
        layout.prepare(word)
        return cls(word, base, lettering.chinese_font(fonts))

    def add(self, kind: layout.Type, *cells: Cell) -> WordParagraph:
        """Add a paragraph of *cells*."""
        return self.fill(self.word.add_paragraph(), kind, cells)

    def fill(
        self, paragraph: WordParagraph, kind: layout.Type, cells: Iterable[Cell]
    ) -> WordParagraph:
        """Write *cells* into *paragraph*, links among them."""
        layout.write(paragraph, kind, ())
        for cell in cells:
            run = layout.dress(paragraph.add_run(text_of(cell)), kind)
            if isinstance(cell, Link) and self.base:
                target = page.address(cell, self.base)
                part = self.word.part
                link = OxmlElement("w:hyperlink")
                link.set(
                    qn("r:id"),
                    part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True),
                )
                run.font.underline = True
                run._r.addprevious(link)  # noqa: SLF001  python-docx writes no links
                link.append(run._r)  # noqa: SLF001
        return paragraph

    def saved(self) -> bytes:
        """Return the file."""
        out = io.BytesIO()
        self.word.save(out)
        return out.getvalue()


def text_of(cell: Cell) -> str:
    """Return the words of *cell*, those of a link with the id it leads to unless they hold it.

    >>> text_of(Link("水库溃坝了", "claims/C000012"))
    '水库溃坝了（C000012）'
    """
    if isinstance(cell, str):
        return cell
    last = cell.to.rstrip("/").rpartition("/")[2]
    if not _ITEM_ID.fullmatch(last) or last in cell.text:
        return cell.text
    return f"{cell.text}（{last}）"
