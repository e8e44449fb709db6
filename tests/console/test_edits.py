"""A post whose source edits it is read again: what it asks and needs is that of the new wording."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from analysis.tables import ScoreRow
from console import wiring
from console.pipeline import Pipeline
from core.database import reading, transaction
from core.text import fingerprint
from crawler.records import Post
from tests.crawler.conftest import NOON

POST = Post(
    source="s",
    post_id="1",
    url=None,
    published_at=NOON,
    seen_at=NOON,
    channel="forum",
    text="东门小区今天停水通知",
    voice="v",
    fingerprint=fingerprint("东门小区今天停水通知"),
)


def reworded(text: str) -> Post:
    later = NOON + timedelta(hours=1)
    return replace(POST, text=text, fingerprint=fingerprint(text), seen_at=later)


def score_of(pipeline: Pipeline) -> ScoreRow:
    with reading(pipeline.services.engine) as session:
        return session.scalars(select(ScoreRow)).one()


def test_an_edited_post_is_scored_by_its_new_wording(tmp_path) -> None:
    pipeline = Pipeline(wiring.prepare(tmp_path / "data"))
    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, [POST])
        pipeline.round(session, NOON)
    before = score_of(pipeline)

    with transaction(pipeline.services.engine) as session:
        stored = pipeline.keep(session, [reworded("救命，东门小区有人被困，什么时候来救援？")])

    after = score_of(pipeline)
    assert stored == ()
    assert (before.is_question, before.help) == (False, False)
    assert (after.is_question, after.help) == (True, True)
    assert after.claim == before.claim
    pipeline.services.engine.dispose()


def test_an_edited_post_does_to_its_claim_what_the_new_wording_does(tmp_path) -> None:
    pipeline = Pipeline(wiring.prepare(tmp_path / "data"))
    told = "青石水库垮坝了，下游快跑"
    post = replace(POST, text=told, fingerprint=fingerprint(told))
    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, [post])
        pipeline.round(session, NOON)
    before = score_of(pipeline)

    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, [reworded("青石水库垮坝是谣言，官方已经辟谣，别传了")])

    after = score_of(pipeline)
    assert before.claim is not None
    assert (before.stance, after.stance) == ("support", "denial")
    assert after.claim == before.claim
    pipeline.services.engine.dispose()


def test_an_edit_before_the_first_round_is_left_to_that_round(tmp_path) -> None:
    pipeline = Pipeline(wiring.prepare(tmp_path / "data"))
    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, [POST])
        pipeline.keep(session, [reworded("东门小区什么时候来水？")])
        pipeline.round(session, NOON)

    assert score_of(pipeline).is_question
    pipeline.services.engine.dispose()


def test_traditional_characters_are_understood_and_kept_as_they_were_written(tmp_path) -> None:
    pipeline = Pipeline(wiring.prepare(tmp_path / "data"))
    text = "救命，東門小區有人被困，什麼時候來救援？"
    with transaction(pipeline.services.engine) as session:
        (stored,) = pipeline.keep(
            session, [replace(POST, text=text, fingerprint=fingerprint(text))]
        )
        pipeline.round(session, NOON)

    score = score_of(pipeline)
    assert stored.post.text == text
    assert (score.is_question, score.help) == (True, True)
    pipeline.services.engine.dispose()
