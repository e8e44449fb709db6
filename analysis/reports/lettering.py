"""Which font of a machine letters the charts: a Chinese one, or none, but never boxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.font_manager import FontPath, FontProperties
from matplotlib.ft2font import FT2Font

PREFERRED = (
    "notosanscjk", "notosanssc", "notosanscjksc", "sourcehansans", "msyh", "pingfang", "wqy",
    "droidsansfallback", "simhei", "dengxian", "deng", "notoserifcjk", "sourcehanserif", "simsun",
    "simfang", "simkai",
)  # fmt: skip
"""Beginnings of file names of Chinese fonts, those that read best in small letters first."""
NEEDED = "回应条时段预测区间没有看到"
"""A font without these is no Chinese font for our charts."""
FACES = 12
"""Faces of a collection that are looked at for the Simplified Chinese one."""


@dataclass(frozen=True, slots=True)
class Font:
    """A face that has Chinese letters."""

    file: Path
    face: int
    """Of a collection, from 0."""


def chinese_font(files: Sequence[Path] | None = None) -> Font | None:
    """Return the best Chinese font among *files*, those of this machine when None."""
    return _font_of_this_machine() if files is None else _best(files)


@cache
def _font_of_this_machine() -> Font | None:
    return _best([Path(file) for file in font_manager.findSystemFonts()])


def _best(files: Iterable[Path]) -> Font | None:
    """Return the first that is fit: known names before strangers, regular weights before bold."""
    return next((font for file in sorted(files, key=_rank) if (font := _face(file))), None)


def _rank(file: Path) -> tuple[int, bool, str]:
    name = file.stem.casefold().replace("-", "").replace("_", "").replace(" ", "")
    known = next((n for n, start in enumerate(PREFERRED) if name.startswith(start)), len(PREFERRED))
    return known, "regular" not in name, str(file)


def _face(file: Path) -> Font | None:
    try:
        found = FT2Font(file)
        if not all(found.get_char_index(ord(sign)) for sign in NEEDED):
            return None
        faces = getattr(found, "num_faces", 1) if file.suffix.casefold() == ".ttc" else 1
        names = [FT2Font(file, face_index=n).family_name for n in range(min(faces, FACES))]
    except (OSError, RuntimeError, ValueError):
        return None
    simplified = [n for n, name in enumerate(names) if name.endswith(" SC")]
    return Font(file, simplified[0] if simplified else 0)


def letters(font: Font, points: float) -> FontProperties:
    """Return *font* at a size, as matplotlib wants it."""
    return FontProperties(fname=FontPath(str(font.file), font.face), size=points)


def fitting(text: str, font: Font) -> str:
    """Return *text* with 〓 for every sign that *font* has no letter for, such as emoji."""
    known = FT2Font(font.file, face_index=font.face)
    return "".join(sign if known.get_char_index(ord(sign)) else "〓" for sign in text)
