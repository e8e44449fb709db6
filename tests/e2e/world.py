"""What the browser is shown: hours of the drill by replay, statements by the drill's people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from console.drill import staff, story
from console.drill.generator import generate
from console.drill.scenario import load_scenario
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import parse_moment
from core.database import reading, transaction
from core.vocabulary import StatementState
from crawler.importers.posts import read_posts
from crawler.records import ParsedPost
from release import store
from tests.console.conftest import HOURS, replayed_folder

ACTED_MINUTES = 11 * 60 + 5
"""By then a wrong number has been published and corrected."""


@dataclass(frozen=True, slots=True)
class World:
    """A served folder with the addresses a test wants to visit."""

    services: Services
    address: str
    """Ends with a slash."""
    judged_claim: int
    corrected: str
    """Id of the statement that was corrected."""
    correction: str
    """Id of the statement that corrects it."""
    updated: str
    """Id of a statement that a newer one took the place of."""


def build_folder(folder: Path) -> Services:
    """Return a folder with ten hours of posts and the statements of the story up to then."""
    services = replayed_folder(folder)
    staff.enlist(services)
    scenario = load_scenario()
    story.Story(services, scenario).act(scenario.moment(ACTED_MINUTES))
    return services


def look_up(services: Services, address: str) -> World:
    """Return the world of *services* served at *address*."""
    with reading(services.engine) as session:
        statements = store.all_statements(session)
        judged = [j.claim for j in store.all_judgements(session) if j.approved_at]
    states = {s.state: s.statement_id for s in statements}
    corrected = states[StatementState.CORRECTED]
    (correction,) = [s.statement_id for s in statements if s.supersedes == corrected]
    return World(
        services=services,
        address=address,
        judged_claim=judged[0],
        corrected=corrected,
        correction=correction,
        updated=states[StatementState.UPDATED],
    )


def next_posts(file: Path, *, rounds_min: int) -> datetime:
    """Write the posts of the minutes after the replay to *file*; return the moment at their end."""
    scenario = load_scenario()
    start, end = scenario.moment(HOURS * 60), scenario.moment(HOURS * 60 + rounds_min)
    write_posts(
        file, [p for p in generate().posts if start <= parse_moment(p["published_at"]) < end]
    )
    return end


def play_round(services: Services, file: Path, now: datetime) -> int:
    """Take *file* in as one round at *now*, beside the running console; return how many are new."""
    pipeline = Pipeline(services)
    parsed = [p for p in read_posts(file, source="replay") if isinstance(p, ParsedPost)]
    with transaction(services.engine) as session:
        posts, _ = pipeline.veil(parsed, seen_at=now)
        stored = pipeline.keep(session, posts)
        pipeline.round(session, now)
    return len(stored)


def write_posts(file: Path, posts: Sequence[Mapping[str, Any]]) -> None:
    """Write a posts file."""
    lines = [json.dumps(post, ensure_ascii=False) + "\n" for post in posts]
    file.write_text("".join(lines), encoding="utf-8")
