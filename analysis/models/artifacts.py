"""Trained weights: digests checked when read, equal bytes for equal weights when written."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import HuiyingError

MANIFEST = "manifest.json"
# Zip entries carry a time; a fixed one keeps the bytes equal from run to run.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def load(name: str, folder: Path | None = None) -> dict[str, NDArray[Any]]:
    """Return the arrays of model *name*, from the package or from *folder*.

    Raises ``HuiyingError`` naming file and digest when the bytes are not those of the manifest.
    """
    place = files("analysis.models") if folder is None else folder
    file = f"{name}.npz"
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        content = (place / file).read_bytes()
    except FileNotFoundError as error:
        raise HuiyingError(f"{file}: no such model; `huiying models train` makes it") from error
    expected = manifest.get(file)
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise HuiyingError(f"{file}: SHA-256 is {digest}, but {MANIFEST} says {expected}")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}


def digests() -> tuple[tuple[str, str], ...]:
    """Return the name and the first eight hex digits of every installed model's SHA-256."""
    kept = json.loads((files("analysis.models") / MANIFEST).read_text(encoding="utf-8"))
    return tuple((file.removesuffix(".npz"), digest[:8]) for file, digest in sorted(kept.items()))


def save(name: str, arrays: Mapping[str, NDArray[Any]], folder: Path) -> str:
    """Write model *name* and its line of the manifest; return the SHA-256 of its file."""
    folder.mkdir(parents=True, exist_ok=True)
    content = _packed(arrays)
    (folder / f"{name}.npz").write_bytes(content)
    manifest_file = folder / MANIFEST
    manifest = (
        json.loads(manifest_file.read_text(encoding="utf-8")) if manifest_file.exists() else {}
    )
    manifest[f"{name}.npz"] = digest = hashlib.sha256(content).hexdigest()
    lines = json.dumps(manifest, indent=2, sort_keys=True)
    manifest_file.write_text(lines + "\n", encoding="utf-8")
    return digest


def card(name: str) -> str:
    """Return the card of model *name*: data and terms, measures, limits, forbidden uses.

    Raises ``HuiyingError`` naming the models that have one.
    """
    cards = {card.name.removesuffix(".md"): card for card in _cards()}
    if name not in cards:
        raise HuiyingError(f"{name!r}: no such model; there are {', '.join(sorted(cards))}")
    return cards[name].read_text(encoding="utf-8")


def _cards() -> Iterator[Traversable]:
    return (files("analysis.models") / "cards").iterdir()


def _packed(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the arrays as .npz bytes that depend on the arrays alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for key in sorted(arrays):
            entry = zipfile.ZipInfo(f"{key}.npy", date_time=_NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.save(content, arrays[key], allow_pickle=False)
            archive.writestr(entry, content.getvalue())
    return buffer.getvalue()
