"""Cells that a spreadsheet would take for formulas: guarded going out, freed coming in."""

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "\t", "\r")


def guarded(cell: str) -> str:
    """Return *cell* with ``'`` before it when a spreadsheet could read it as a formula."""
    return "'" + cell if _seems_formula(cell) else cell


def unguarded(cell: str) -> str:
    """Return *cell* without the ``'`` that ``guarded`` put before a seeming formula."""
    return cell[1:] if cell.startswith("'") and _seems_formula(cell) else cell


def _seems_formula(cell: str) -> bool:
    return cell.lstrip("\ufeff \"'").startswith(FORMULA_STARTS)
