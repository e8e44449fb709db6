"""A report written to its files, each whole or not at all."""

import re
from collections.abc import Iterable
from pathlib import Path

from analysis.reports import page, sheet, word
from analysis.reports.document import Document
from core.errors import HuiyingError
from core.files import write_whole
from core.vocabulary import ReportForm

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


def write_all(
    document: Document,
    folder: Path,
    forms: Iterable[ReportForm] = tuple(ReportForm),
    *,
    base: str = "/",
    red_head: bool = False,
) -> list[Path]:
    """Write *document* into *folder* in each of *forms* and return the files, in that order.

    Files of the same name are replaced only once all forms are on the disk; if that fails they
    stay as they were, and the ``HuiyingError`` names the one at which it did. *base* is the
    console's address, below which links lead.
    """
    if not _NAME.fullmatch(document.name):
        raise HuiyingError(f"report name: expected letters, digits, hyphens, got {document.name!r}")
    made = {
        folder / f"{document.name}.{form.value}": _content(document, form, base, red_head=red_head)
        for form in forms
    }
    write_whole(made)
    return list(made)


def _content(document: Document, form: ReportForm, base: str, *, red_head: bool) -> bytes:
    match form:
        case ReportForm.PAGE:
            return page.as_html(document, base=base).encode()
        case ReportForm.WORD:
            # A path alone leads nowhere from a Word file.
            links = base if "://" in base else ""
            return word.as_docx(document, base=links, red_head=red_head)
        case ReportForm.SHEET:
            return sheet.as_csv(document, base=base).encode()
