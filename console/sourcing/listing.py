"""The listed sources with how each fared, and their pages that could not be parsed."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from console import gathering
from console.wiring import Services
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import SealedPurpose
from crawler import sealed, store
from crawler.records import Visit
from crawler.sealed import Sealed
from crawler.sources import Source
from release.store import load_person

LOOK_BACK = timedelta(days=90)
"""How far back the last visit of a source is looked for."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A listed source and how its last visit ended."""

    source: Source
    last: Visit | None


def listed(services: Services, now: datetime) -> list[Listed]:
    """Return the listed sources in their order, each with its last visit."""
    sources = gathering.listed_sources(services)
    with reading(services.engine) as session:
        visits = store.visits_between(session, now - LOOK_BACK, now + timedelta(minutes=1))
    last = {visit.source: visit for visit in visits}
    return [Listed(source, last.get(source.name)) for source in sources]


def unparsed(services: Services, name: str | None, now: datetime) -> list[Sealed]:
    """Return the sealed pages that could not be parsed and have not expired, oldest first."""
    with reading(services.engine) as session:
        found = sealed.listed(session, SealedPurpose.UNPARSED_PAGE, name)
    return [one for one in found if one.expires_at > now]


def open_unparsed(
    services: Services, key: int, out: Path, *, person: str, reason: str, now: datetime
) -> None:
    """Write the sealed page *key* to the new file *out*, for its owner only, and record who read.

    Raises ``HuiyingError`` for an unknown person, page, or a file that is there already.
    """
    if out.exists():
        raise HuiyingError(f"{out}: is there already")
    with transaction(services.engine) as session:
        load_person(session, person)
        if key not in {one.key for one in sealed.listed(session, SealedPurpose.UNPARSED_PAGE)}:
            raise HuiyingError(f"sealed {key}: no unparsed page")
        content = sealed.opened(
            session, services.vault(), key, reader=person, reason=reason, at=now
        )
    # Written once the reading is recorded: a page without a record is worse than the reverse.
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
