"""``huiying replay``: a posts file through the ordinary pipeline, with a simulated clock.

Posts go in by publication order. The clock stands at the end of each step that has posts, so that
``noticed_at`` and ``raised_at`` are the moments at which the system would have known. Nothing
reads the real clock: the same file and settings give the same rows.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from analysis import incidents, store
from console.pipeline import Pipeline
from console.wiring import Services
from core.database import transaction
from core.errors import HuiyingError, in_one_line
from core.vocabulary import Role
from crawler.importers.posts import read_posts
from crawler.records import Defect, ParsedPost

STEPS_PER_COMMIT = 64
"""Steps in one transaction: a full sync for each of 14,000 small steps would take minutes."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did."""

    posts: int
    new: int
    defects: int
    steps: int
    alerts: int
    latest: datetime | None
    """When the newest post was published; None without posts."""


@dataclass(frozen=True, slots=True)
class Step:
    """The posts of one step and the moment at its end."""

    end: datetime
    posts: tuple[ParsedPost, ...]


def parse_step(text: str) -> timedelta:
    """Return the length of a step written as ``10m``, ``90s`` or ``1h``.

    Raises ``HuiyingError`` for anything else, and below 1 second or above 1 day.
    """
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = text[:-1], text[-1:]
    if not number.isascii() or not number.isdigit() or unit not in units:
        raise HuiyingError(f"--step: expected a number and s, m or h, such as 10m, got {text!r}")
    step = timedelta(seconds=int(number) * units[unit])
    if not timedelta(seconds=1) <= step <= timedelta(days=1):
        raise HuiyingError(f"--step: must be between 1s and 24h, got {text!r}")
    return step


def step_end(moment: datetime, step: timedelta) -> datetime:
    """Return the end of the step that *moment* falls in; steps count from 1970 in UTC."""
    return EPOCH + ((moment - EPOCH) // step + 1) * step


def replay(
    pipeline: Pipeline,
    file: Path,
    *,
    step: timedelta,
    source: str,
    progress: Callable[[int, int], None],
    before_step: Callable[[Session, datetime], None] = lambda _session, _now: None,
) -> Replayed:
    """Play *file* into the pipeline; *progress* hears (posts done, posts in all).

    *before_step* may act in the step's transaction before its posts go in (opening an incident).
    """
    parsed, broken = read_in_order(file, source)
    pipeline.meet(parsed)
    steps = [
        Step(end, tuple(posts))
        for end, posts in groupby(parsed, key=lambda p: step_end(p.published_at or EPOCH, step))
    ]
    defects, new, raised, done = len(broken), 0, 0, 0
    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, (), defects=broken)
    for batch in _batches(steps):
        with transaction(pipeline.services.engine) as session:
            for current in batch:
                before_step(session, current.end)
                posts, blank = pipeline.veil(current.posts, seen_at=current.end)
                stored = pipeline.keep(session, posts, defects=blank)
                new += len(stored)
                raised += len(pipeline.round(session, current.end, fresh=stored).alerts)
                defects += len(blank)
                done += len(current.posts)
        progress(done, len(parsed))
    return Replayed(len(parsed), new, defects, len(steps), raised, latest(parsed))


def replay_file(
    services: Services,
    file: Path,
    *,
    step: str,
    incident: Path | None,
    source: str,
    progress: Callable[[int, int], None],
) -> Replayed:
    """Play *file* into a data folder, opening the incident of the file *incident* at its time."""
    opening = load_opening(incident) if incident else None

    def open_when_due(session: Session, now: datetime) -> None:
        nonlocal opening
        if opening is not None and opening.opened_at <= now:
            open_from_file(session, opening)
            opening = None

    return replay(
        Pipeline(services),
        file,
        step=parse_step(step),
        source=source,
        progress=progress,
        before_step=open_when_due,
    )


class Opening(BaseModel):
    """An incident file: what happened, and who opened it when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    name: str = Field(min_length=2)
    kind: str = Field(default="", description="Incident type id of the taxonomy.")
    opened_at: AwareDatetime
    opened_by: str = Field(default="duty", description="Person id of a duty leader.")


def load_opening(file: Path) -> Opening:
    """Return the incident in *file* (TOML); raise ``HuiyingError`` naming what is wrong."""
    try:
        return Opening.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise HuiyingError(f"{file}: {in_one_line(error)}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HuiyingError(f"{file}: {error}") from error


def open_from_file(session: Session, opening: Opening) -> None:
    """Open the incident once; a second replay of the same file finds it open already."""
    if any(i.incident_id == opening.id for i in store.all_incidents(session)):
        return
    incidents.open_incident(
        session,
        incident_id=opening.id,
        name=opening.name,
        kind=opening.kind,
        by=opening.opened_by,
        roles={Role.DUTY_LEADER},
        now=opening.opened_at,
        reason="事件文件",
    )


def read_in_order(file: Path, source: str) -> tuple[list[ParsedPost], list[Defect]]:
    """Return the posts of *file* by publication time, and the lines that could not be read."""
    parsed: list[ParsedPost] = []
    defects: list[Defect] = []
    for item in read_posts(file, source=source):
        if isinstance(item, Defect):
            defects.append(item)
        else:
            parsed.append(item)
    # Sorting is stable, so posts of one second keep the order of the file.
    parsed.sort(key=lambda post: post.published_at or EPOCH)
    return parsed, defects


def latest(parsed: Sequence[ParsedPost]) -> datetime | None:
    """Return when the newest of *parsed*, which stand in order, was published."""
    return parsed[-1].published_at if parsed else None


def _batches(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    for start in range(0, len(steps), STEPS_PER_COMMIT):
        yield steps[start : start + STEPS_PER_COMMIT]
