"""How soon an incident is reported upward: the limits as data, ours and the operator's. Pure."""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.clock import beijing
from core.errors import HuiyingError, in_one_line

FILE_NAME = "reporting_limits.toml"


class Limit(BaseModel):
    """One limit with the document it stands in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    report: Literal["first", "follow_up"] = "first"
    hours: float = Field(gt=0, le=24 * 30, description="From knowledge, or the report before.")
    applies: tuple[str, ...] = Field(default=(), description="Parents of incident types.")
    to: str = Field(min_length=2, description="Who is to be told.")
    source: str = Field(min_length=2)
    effective: date | None = None
    city: str = ""
    checked: bool = False
    off: bool = False

    def due(self, start: datetime) -> datetime:
        """Return when the report is due that runs from *start*."""
        return start + timedelta(hours=self.hours)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limits: tuple[Limit, ...] = ()


@cache
def _ours() -> tuple[Limit, ...]:
    text = (files("core.lexicon") / FILE_NAME).read_text(encoding="utf-8")
    return _File.model_validate(tomllib.loads(text)).limits


def load_limits(file: Path) -> tuple[Limit, ...]:
    """Return our limits with those of the operator's *file*, which may be absent, over them.

    Raises ``HuiyingError`` naming file, entry and value when something in it is wrong.
    """
    own: tuple[Limit, ...] = ()
    if file.exists():
        try:
            own = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))).limits
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise HuiyingError(f"{file}: {error}") from error
        except ValidationError as error:
            raise HuiyingError(f"{file}: {in_one_line(error)}") from error
    by_id = {limit.id: limit for limit in (*_ours(), *own)}
    return tuple(limit for limit in by_id.values() if not limit.off)


def limits_for(limits: Sequence[Limit], parent: str, at: datetime) -> tuple[Limit, ...]:
    """Return the limits that hold at *at* for incidents under *parent*, the tightest first.

    An incident of no known kind falls under the limits for any kind and under each kind's: a
    person strikes what does not apply.
    """
    today = beijing(at).date()
    holds = [
        limit
        for limit in limits
        if (not limit.effective or limit.effective <= today)
        and (not limit.applies or not parent or parent in limit.applies)
    ]
    return tuple(sorted(holds, key=lambda limit: (limit.report, limit.hours, limit.id)))
