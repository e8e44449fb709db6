"""Half a story, a restart, and the other half: claims and questions go on as if never stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from analysis.claims import ClaimBook
from analysis.gazetteer import Gazetteer
from analysis.open_claims import ClaimState
from analysis.questions import QuestionBook, QuestionState, is_question
from analysis.records import ScoredPost, SegmentedPost
from analysis.relevance import is_relevant
from analysis.signals import Notice
from analysis.signs import SignReader
from console.drill.generator import generate
from console.drill.site import drill_files
from core.directory import load_directory
from core.lexicon import load_lexicon
from core.settings import NoticeSettings
from core.text import fingerprint
from core.vocabulary import Emotion

FIRST, LAST = 900, 1_700
"""Posts of the drill that are played: eight hours of rumours, failures and questions."""
STEP = timedelta(minutes=10)


@dataclass(slots=True)
class Told:
    """What one run of the books gave."""

    claims: list[int | None]
    questions: list[int | None]
    notices: list[Notice]
    claim_states: dict[int, ClaimState]
    question_states: dict[int, QuestionState]


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> list[ScoredPost]:
    folder: Path = tmp_path_factory.mktemp("drill")
    drill_files(folder, "http://127.0.0.1:9")
    directory = load_directory(folder / "directory.toml")
    reader = SignReader(load_lexicon(), Gazetteer(directory))
    chance = Random(5)  # noqa: S311 (stands for a model's score)
    keys: dict[str, int] = {}
    originals: dict[str, int] = {}
    found = []
    for key, raw in enumerate(generate().posts[FIRST:LAST], start=1):
        text, mark = raw["text"], fingerprint(raw["text"])
        keys[raw["id"]] = key
        post = SegmentedPost(
            key=key,
            text=text,
            words=(),
            published_at=datetime.fromisoformat(raw["published_at"]),
            voice=str(raw["author"]),
            fingerprint=mark,
            issuer=raw["issuer"],
            parent=keys.get(raw["reply_to"] or ""),
            duplicate_of=originals.get(mark),
        )
        originals.setdefault(mark, key)
        signs = reader.read(text)
        found.append(
            ScoredPost(
                post=post,
                signs=signs,
                needs_check=chance.random(),
                reasons=(),
                emotion=Emotion.NEUTRAL,
                is_question=is_question(text, signs),
                concern=chance.choice(("daily_life", "casualty", None)),
                help=False,
                relevant=is_relevant(signs, text),
                place=signs.places[0].name if signs.places else None,
            )
        )
    return found


def play(claims: ClaimBook, questions: QuestionBook, posts: Sequence[ScoredPost]) -> Told:
    told = Told([], [], [], {}, {})
    for number, scored in enumerate(posts):
        claim, asked = claims.assign(scored), None
        if scored.is_question and scored.relevant:
            asked = questions.assign(scored.post, scored.signs, scored.concern)
        told.claims.append(claim)
        told.questions.append(asked)
        if claim is not None and scored.post.key % 7 == 0:
            claims.update_needs_check(claim, scored.post.key, scored.needs_check, number % 5)
        look = scored.post.published_at
        if number + 1 < len(posts) and posts[number + 1].post.published_at - look < STEP / 5:
            continue
        told.notices += claims.notice(look, NoticeSettings())
    told.claim_states = {s.key: s for s in claims.changed()}
    told.question_states = {s.key: s for s in questions.changed()}
    return told


def voices_of(posts: Sequence[ScoredPost], keys: Sequence[int | None], key: int) -> frozenset[str]:
    """Return what the database tells of a claim's voices: copies and offices add none."""
    return frozenset(
        p.post.voice
        for p, k in zip(posts, keys, strict=True)
        if k == key and p.post.duplicate_of is None and p.post.issuer is None
    )


@pytest.mark.parametrize("cut", [200, 400, 650])
def test_half_a_story_recalled_goes_on_as_the_whole(posts: list[ScoredPost], cut: int) -> None:
    whole_claims, whole_questions = ClaimBook(), QuestionBook()
    before = play(whole_claims, whole_questions, posts[:cut])
    rest = play(whole_claims, whole_questions, posts[cut:])

    claims, questions = ClaimBook(), QuestionBook()
    claims.load(
        [
            replace(state, heard=voices_of(posts[:cut], before.claims, key))
            for key, state in before.claim_states.items()
        ],
        newest=max(before.claim_states),
    )
    questions.load(before.question_states.values(), newest=max(before.question_states))
    for scored, claim, asked in zip(posts[:cut], before.claims, before.questions, strict=True):
        claims.recall(scored, claim)
        if asked is not None:
            questions.recall(scored.post, scored.signs, scored.concern, asked)
    after = play(claims, questions, posts[cut:])

    assert claims.changed() == []
    assert len(before.claim_states) > 10
    assert len(before.question_states) > 10
    assert after == rest


def test_a_recalled_week_alone_changes_no_state(posts: list[ScoredPost]) -> None:
    book = ClaimBook()
    told = play(book, QuestionBook(), posts[:300])
    again = ClaimBook()
    again.load(told.claim_states.values(), newest=max(told.claim_states))
    for scored, claim in zip(posts, told.claims, strict=False):
        again.recall(scored, claim)

    assert again.changed() == []
    assert [again.state(key) for key in told.claim_states] == list(told.claim_states.values())
