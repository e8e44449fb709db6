"""What is planned in the area, as an operator wrote it into ``planned.toml`` (docs/reports.md)."""

import tomllib
from datetime import date, time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import HuiyingError, in_one_line

FILE_NAME = "planned.toml"


class PlannedEvent(BaseModel):
    """Something that is to happen on a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: date
    at: time | None = Field(default=None, description="Beijing time; absent for the whole day.")
    text: str = Field(min_length=2, max_length=60)
    place: str = ""


class _Planned(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    events: tuple[PlannedEvent, ...] = ()


def planned_on(file: Path, day: date) -> list[PlannedEvent]:
    """Return the events of *day* in order of time; none without the file.

    Raises ``HuiyingError`` naming file, entry and value when something in it is wrong.
    """
    if not file.exists():
        return []
    try:
        read = _Planned.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HuiyingError(f"{file}: {error}") from error
    except ValidationError as error:
        raise HuiyingError(f"{file}: {in_one_line(error)}") from error
    own = [event for event in read.events if event.day == day]
    return sorted(own, key=lambda event: (event.at or time(0), event.text))
