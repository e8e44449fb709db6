"""The lists of the desk, from real posts in a real folder."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from analysis import incidents, store
from console import acts, reading_list, wiring
from console.pipeline import Pipeline
from console.wiring import Services
from core.clock import utc_now
from core.database import reading, transaction
from core.vocabulary import QuestionStatus, Role
from crawler.records import ParsedPost
from release import store as release_store
from tests.release import log_world as world

NOW = utc_now()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = wiring.prepare(tmp_path / "office")
    with transaction(made.engine) as session:
        incidents.open_incident(
            session,
            name="强降雨",
            kind="rain_flood",
            by="lu",
            roles=[Role.DUTY_LEADER],
            now=NOW,
            incident_id="I000001",
        )
        for person_id in world.PEOPLE:
            release_store.save_person(session, world.person(person_id))
    yield made
    made.engine.dispose()


def say(services: Services, pipeline: Pipeline, at: datetime, *texts: str) -> None:
    """Let as many people as there are *texts* write them, a second apart, and analyse."""
    parsed = [
        ParsedPost(
            source="s",
            post_id=f"{at.timestamp()}-{number}",
            url=None,
            published_at=at + timedelta(seconds=number),
            channel="weibo",
            text=text,
            author=f"somebody{at.timestamp()}{number}",
        )
        for number, text in enumerate(texts)
    ]
    with transaction(services.engine) as session:
        posts, _ = pipeline.veil(parsed, seen_at=at + timedelta(minutes=1))
        pipeline.keep(session, posts)
        pipeline.round(session, at + timedelta(minutes=1))


def asking(when: str, *, count: int) -> list[str]:
    return [f"请问{when}啊？{'，急' * (number + 1)}" for number in range(count)]


def test_what_grows_and_harms_is_answered_first(services: Services) -> None:
    pipeline = Pipeline(services)
    say(services, pipeline, NOW - timedelta(hours=3), *asking("几点恢复供电", count=6))
    say(services, pipeline, NOW - timedelta(minutes=20), *asking("有没有人受伤", count=5))

    with reading(services.engine) as session:
        found = reading_list.open_questions(session, NOW)

    assert found[0].question.concern == "casualty"
    assert (found[0].priority.lately, found[0].priority.before) == (5, 0)
    assert max(a.question.voices for a in found) == 6


def test_an_answered_question_leaves_the_list_and_those_who_ask_again_are_counted(
    services: Services,
) -> None:
    pipeline = Pipeline(services)
    say(services, pipeline, NOW - timedelta(hours=1), *asking("几点恢复供电", count=4))
    with transaction(services.engine) as session:
        (question,) = store.all_questions(session)
        world.signed(session, now=NOW, questions=(question.key,))
    acts.publish(services, "S000001", by="sun", now=NOW)
    say(services, pipeline, NOW + timedelta(minutes=30), *asking("几点恢复供电", count=3))

    with reading(services.engine) as session:
        waiting = reading_list.open_questions(session, NOW + timedelta(hours=1))
        (answered,) = reading_list.answered_questions(session)

    assert waiting == []
    assert answered.question.status is QuestionStatus.ANSWERED
    assert (answered.question.voices, answered.again) == (7, 3)
