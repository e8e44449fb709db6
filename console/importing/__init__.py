"""Files that people hand over: told apart, read, veiled, stored and analysed.

``import_file`` takes one file in, ``scan_drop_folder`` all that lie in the watched folder.
"""

from console.importing.dropping import scan_drop_folder
from console.importing.records import Asked, Imported, UnmappedError
from console.importing.taking import import_file

__all__ = ["Asked", "Imported", "UnmappedError", "import_file", "scan_drop_folder"]
