"""The operator's directory: official units, their accounts, contacts, and the places of the area.

Read from ``directory.toml`` (see ``docs/directory.md``). Without the file everything works, only
with fewer names known.
"""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import HuiyingError, in_one_line


class Unit(BaseModel):
    """An official unit: who may confirm and state which kind of fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    name: str = Field(min_length=2, description="Full name, as it signs.")
    kind: str = Field(description="An id of the taxonomy's official sources, e.g. water_bureau.")
    accounts: tuple[str, ...] = Field(
        default=(), description="Account names of this unit on public platforms."
    )
    may_state: tuple[str, ...] = Field(
        default=(), description="Indicators this unit may state; empty means any."
    )


class Contact(BaseModel):
    """A published telephone number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    phone: str
    unit: str


class Place(BaseModel):
    """A place of the operator's area, or a same-name place elsewhere (``outside``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=2)
    kind: str = Field(description="town, village, estate, river, reservoir, pump, bridge, ...")
    also: tuple[str, ...] = Field(default=(), description="Other names people use.")
    town: str | None = Field(default=None, description="The town it lies in.")
    outside: bool = Field(default=False, description="A same-name place outside the area.")


class Directory(BaseModel):
    """The whole directory; names of units are unique by id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    units: tuple[Unit, ...] = ()
    contacts: tuple[Contact, ...] = ()
    places: tuple[Place, ...] = ()

    def issuer_of(self, account: str | None) -> str | None:
        """Return the id of the unit that owns *account*, or None for anyone else."""
        if account is None:
            return None
        return next((u.id for u in self.units if account in u.accounts), None)

    def unit(self, unit_id: str) -> Unit | None:
        """Return the unit with this id, or None."""
        return next((u for u in self.units if u.id == unit_id), None)


def load_directory(file: Path) -> Directory:
    """Return the directory in *file*; an absent file is an empty directory.

    Raises ``HuiyingError`` naming file, entry and value when something in it is wrong.
    """
    if not file.exists():
        return Directory()
    try:
        return Directory.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HuiyingError(f"{file}: {error}") from error
    except ValidationError as error:
        raise HuiyingError(f"{file}: {in_one_line(error)}") from error
