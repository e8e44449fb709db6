"""A Word file packed so that equal contents give equal bytes, whatever day it is."""

import io
import zipfile

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that a zip can tell."""
_FIRST = "[Content_Types].xml"


def packed_again(archive: bytes) -> bytes:
    """Return the zip *archive* with its entries in the order of their names and without times."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != _FIRST, name)):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            new.writestr(entry, old.read(name))
    return out.getvalue()
