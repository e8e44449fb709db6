"""F1: whatever step a process is killed at, nothing acknowledged is lost, torn or done twice."""

import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from analysis import incidents
from analysis.tables import ScoreRow
from console import acts, wiring
from console.drill.generator import generate, write_posts
from console.pipeline import Pipeline
from console.replaying import read_in_order
from console.wiring import Services
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import Role, StatementKind, StatementState
from crawler.tables import PostRow
from release import entries as formats
from release import journal, note, offline, publishing, reviewing, store, tlog
from release.offline import VerifyStatus
from release.outlets import folder as public_folder
from release.tables import PublicationRow
from tests.proofs.crashing import Ack, attempt, chosen
from tests.release import log_world as world

# From Python 3.12 on a fork beside numpy's own threads warns; the child uses none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

LADDER = [
    None,
    StatementState.DRAFT,
    StatementState.OFFICE_REVIEW,
    StatementState.TO_SIGN,
    StatementState.SIGNED,
    StatementState.PUBLISHED,
]
AFTERWARDS = {StatementState.CORRECTED, StatementState.UPDATED, StatementState.WITHDRAWN}


def prepared(data: Path) -> None:
    services = wiring.prepare(data)
    services.pseudonym_key()
    services.signing_key()
    with transaction(services.engine) as session:
        incidents.open_incident(
            session,
            incident_id="I000001",
            name="强降雨",
            kind="rain_flood",
            by="ma",
            roles={Role.DUTY_LEADER},
            now=world.NOON,
            reason="演练",
        )
        for person_id in world.PEOPLE:
            store.save_person(session, world.person(person_id))
    services.engine.dispose()


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    data = tmp_path_factory.mktemp("crash") / "template"
    prepared(data)
    return data


# Answering: draft, submit, approve, approve, publish, deliver


def state_of(services: Services, statement_id: str) -> StatementState | None:
    with reading(services.engine) as session:
        try:
            return store.load_statement(session, statement_id).state
        except HuiyingError:
            return None


def advance(
    services: Services, number: int, publish: Callable[[Services, str, object], None]
) -> None:
    """Take the next step of statement *number*, whatever was done before the last restart."""
    statement_id, now = f"S{number:06d}", world.NOON + timedelta(minutes=10 * number)
    state = state_of(services, statement_id)
    if state is StatementState.SIGNED:
        publish(services, statement_id, now)
        return
    with transaction(services.engine) as session:
        directory = services.directory
        if state is None:
            mends = number == 2
            world.draft(
                session,
                statement_id,
                title=f"第{number}号通报",
                kind=StatementKind.CORRECTION if mends else StatementKind.FIRST,
                supersedes="S000001" if mends else None,
                reason="电话号码写反" if mends else "",
                now=now,
            )
        elif state is StatementState.DRAFT:
            reviewing.submit(session, statement_id, world.person("qi"), now, directory=directory)
        else:
            who = "li" if state is StatementState.OFFICE_REVIEW else "zhao"
            reviewing.approve(session, statement_id, world.person(who), now, directory=directory)


def publish_well(services: Services, statement_id: str, now) -> None:
    acts.publish(services, statement_id, by="sun", now=now)


def publish_in_two(services: Services, statement_id: str, now) -> None:
    """The control: publication and log entry in two transactions."""
    append = journal.append

    def commit_first(session: Session, **given):
        session.commit()
        return append(session, **given)

    journal.append = commit_first
    with Session(services.engine) as session:
        publishing.publish(
            session,
            statement_id,
            world.person("sun"),
            now=now,
            directory=services.directory,
            office=services.settings.office_name,
            origin=services.settings.log_origin,
            key=services.signing_key(),
            outlets=acts.OUTLETS,
        )
        session.commit()
    journal.append = append
    acts.deliver(services, now=now)


def play(data: Path, ack: Ack, count: int, publish=publish_well) -> None:
    """Bring *count* statements out, from wherever they stand, and tell each step once done.

    The second corrects the first.
    """
    services = wiring.prepare(data)
    for number in range(1, count + 1):
        statement_id = f"S{number:06d}"
        while (state := state_of(services, statement_id)) not in {LADDER[-1], *AFTERWARDS}:
            advance(services, number, publish)
            ack(statement_id, LADDER[LADDER.index(state) + 1])
    acts.deliver(services, now=world.NOON + timedelta(hours=3))
    services.engine.dispose()


def found_wrong(services: Services, acks) -> list[str]:
    """Return what is lost, torn or doubled in the database, and what the public folder breaks."""
    wrong = []
    for statement_id, reached in acks:
        state = state_of(services, statement_id)
        rank = len(LADDER) if state in AFTERWARDS else LADDER.index(state)
        if rank < LADDER.index(StatementState(reached)):
            wrong.append(f"lost: {statement_id} was {reached}, is {state}")
    with reading(services.engine) as session:
        if session.execute(text("PRAGMA integrity_check")).scalar() != "ok":
            wrong.append("torn: the database is corrupt")
        entries, _ = journal.check_stored(session)
        bodies = [formats.read_body(e.body) for e in entries]
        logged = {b.seq: b.statement for b in bodies if b.type not in {"key", "policy"}}
        rows = {p.log_index: p.statement_id for p in session.scalars(select(PublicationRow))}
        head = store.last_checkpoint(session)
    if len(set(logged.values())) != len(logged):
        wrong.append("twice: a statement is in the log two times")
    if logged != rows:
        wrong.append("torn: publications and log entries are not the same")
    if (head.size if head else 0) != len(entries):
        wrong.append("torn: entries without a signed head")
    return wrong + public_wrong(services)


def public_wrong(services: Services) -> list[str]:
    """Return whether the published head covers less or other than the published entries."""
    head = services.public / public_folder.CHECKPOINT
    if not head.exists():
        return []
    files = {
        name: (services.public / name).read_bytes()
        for name in public_folder.names_in(services.public)
        if "draft" not in name
    }
    signed = head.read_text().rpartition("\n\n")[0] + "\n"
    size, root = note.parse_checkpoint(signed, services.settings.log_origin)
    tree = tlog.Tree(map(tlog.leaf_hash, public_folder.lines_of(files)))
    if size > len(tree) or tree.root(size) != root:
        return ["torn: the published head covers more than the published entries"]
    return []


def end_wrong(services: Services, count: int) -> list[str]:
    """Return what is wrong once everything was taken up again and brought to its end."""
    vkey = note.verifier_key(services.settings.log_origin, services.signing_key())
    report = offline.verify(services.public, vkey=vkey)
    wrong = [] if report.status is VerifyStatus.OK else [f"end: {report.problems}"]
    if report.releases != count:
        wrong.append(f"end: {report.releases} releases for {count} statements")
    with reading(services.engine) as session:
        if owed := store.pending(session):
            wrong.append(f"end: {len(owed)} deliveries still owed")
    return wrong


def killed_and_taken_up(
    template: Path, place: Path, count: int, publish=publish_well, **kill
) -> tuple[bool, list[str]]:
    """Play in a child that is killed, look, take up again in this process, look again."""
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(template, place)
    done = attempt(lambda ack: play(place, ack, count, publish), **kill)
    services = wiring.prepare(place)
    wrong = found_wrong(services, done.acks)
    if publish is publish_well:
        play(place, lambda *_: None, count)
        wrong += found_wrong(services, done.acks) + end_wrong(services, count)
    services.engine.dispose()
    return done.killed, wrong


def steps_of(template: Path, place: Path, count: int, publish=publish_well) -> tuple[str, ...]:
    shutil.copytree(template, place)
    return attempt(lambda ack: play(place, ack, count, publish)).steps


def test_a_publisher_killed_at_any_step_loses_tears_and_doubles_nothing(
    template, tmp_path, short, tell
) -> None:
    count = 2 if short else 3
    steps = steps_of(template, tmp_path / "whole", count)
    points = chosen(steps, most=30 if short else 200)
    tried, wrong = 0, {}
    for point in points:
        killed, found = killed_and_taken_up(template, tmp_path / "data", count, kill_at=point)
        tried += killed
        if found:
            wrong[f"{point} {steps[point - 1]}"] = found
    tell(
        f"crash points, publishing: tried {tried} of {len(steps)} steps, "
        f"lost, torn or twice {len(wrong)}"
    )
    assert wrong == {}
    assert tried == len(points) >= (25 if short else 180)
    # Every kind of step is among them, and both sides of it.
    assert {steps[p - 1] for p in points} == set(steps)


def test_a_publisher_killed_at_any_moment_loses_tears_and_doubles_nothing(
    template, tmp_path, short, tell
) -> None:
    rng = random.Random(1)  # noqa: S311  a test's dice
    wanted, tried, wrong = (8 if short else 60), 0, {}
    for _ in range(wanted * 4):
        moment = rng.uniform(0.02, 0.6)
        killed, found = killed_and_taken_up(template, tmp_path / "data", 2, kill_after_s=moment)
        tried += killed
        if found:
            wrong[moment] = found
        if tried == wanted:
            break
    tell(f"random kills, publishing: tried {tried}, lost, torn or twice {len(wrong)}")
    assert wrong == {}
    assert tried == wanted


def test_control_a_publisher_with_two_transactions_is_seen_to_tear(
    template, tmp_path, tell
) -> None:
    steps = steps_of(template, tmp_path / "whole", 2, publish_in_two)
    commits = [n for n, name in enumerate(steps, 1) if name == "commit done"]
    torn = 0
    for point in commits:
        _, found = killed_and_taken_up(
            template, tmp_path / "data", 2, publish_in_two, kill_at=point
        )
        torn += any(line.startswith("torn") for line in found)
    tell(f"control, publication and entry in two transactions: {torn} of {len(commits)} torn")
    assert torn >= 2


# Taking posts in: store, analyse, commit

BATCHES, BATCH = 4, 60


def ingest(data: Path, batches, ack: Ack, pipeline: Pipeline, *, in_two: bool = False) -> None:
    services = wiring.prepare(data)
    pipeline.services = services
    for number, posts in enumerate(batches):
        now = max(post.published_at for post in posts)
        with transaction(services.engine) as session:
            pipeline.keep(session, posts)
            if not in_two:
                pipeline.round(session, now)
        if in_two:
            ack(number)
            pipeline.run_round(now)
        else:
            ack(number)
    services.engine.dispose()


def ingest_wrong(data: Path, batches, acks, *, whole: bool) -> list[str]:
    services = wiring.prepare(data)
    with reading(services.engine) as session:
        kept = {row.post_id: row.key for row in session.scalars(select(PostRow))}
        count = session.scalar(select(func.count()).select_from(PostRow))
        scored = set(session.scalars(select(ScoreRow.post)))
        sound = session.execute(text("PRAGMA integrity_check")).scalar()
    services.engine.dispose()
    wrong = [] if sound == "ok" else ["torn: the database is corrupt"]
    if count != len(kept):
        wrong.append("twice: a post is stored two times")
    for (number,) in acks:
        missing = [p for p in batches[number] if kept.get(p.post_id) not in scored]
        if missing:
            wrong.append(f"lost: {len(missing)} posts of batch {number}")
    if set(kept.values()) != scored:
        wrong.append(f"torn: {len(kept)} posts, {len(scored)} scores")
    if whole and count != sum(map(len, batches)):
        wrong.append(f"end: {count} posts")
    return wrong


@pytest.fixture(scope="module")
def batches(tmp_path_factory, template):
    file = tmp_path_factory.mktemp("posts") / "posts.jsonl"
    write_posts(generate(1), file)
    parsed, _ = read_in_order(file, "drill")
    services = wiring.prepare(template)
    posts, _ = Pipeline(services).veil(
        parsed[: BATCHES * BATCH], seen_at=world.NOON + timedelta(days=3)
    )
    services.engine.dispose()
    return [posts[start : start + BATCH] for start in range(0, len(posts), BATCH)]


@pytest.fixture(scope="module")
def pipeline(template) -> Pipeline:
    """One that remembers nothing yet: each child gets its own copy by the fork."""
    services = wiring.prepare(template)
    services.engine.dispose()
    return Pipeline(services)


def ingest_steps(template, place: Path, batches, pipeline, *, in_two: bool) -> tuple[str, ...]:
    shutil.copytree(template, place)
    return attempt(lambda ack: ingest(place, batches, ack, pipeline, in_two=in_two)).steps


def ingest_killed(template, place: Path, batches, pipeline, point: int, *, in_two: bool):
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(template, place)
    done = attempt(lambda ack: ingest(place, batches, ack, pipeline, in_two=in_two), kill_at=point)
    wrong = ingest_wrong(place, batches, done.acks, whole=False)
    if not in_two:
        attempt(lambda ack: ingest(place, batches, ack, pipeline))
        wrong += ingest_wrong(place, batches, done.acks, whole=True)
    return done.killed, wrong


def test_taking_posts_in_killed_at_any_step_loses_tears_and_doubles_nothing(
    template, tmp_path, batches, pipeline, short, tell
) -> None:
    steps = ingest_steps(template, tmp_path / "whole", batches, pipeline, in_two=False)
    points = chosen(steps, most=20 if short else 400)
    tried, wrong = 0, {}
    for point in points:
        killed, found = ingest_killed(
            template, tmp_path / "data", batches, pipeline, point, in_two=False
        )
        tried += killed
        if found:
            wrong[f"{point} {steps[point - 1]}"] = found
    tell(
        f"crash points, taking posts in: tried {tried} of {len(steps)} steps, "
        f"lost, torn or twice {len(wrong)}"
    )
    assert wrong == {}
    assert tried == len(points) >= (12 if short else 100)


def test_control_posts_and_scores_in_two_transactions_are_seen_to_tear(
    template, tmp_path, batches, pipeline, tell
) -> None:
    steps = ingest_steps(template, tmp_path / "whole", batches, pipeline, in_two=True)
    commits = [n for n, name in enumerate(steps, 1) if name == "commit done"]
    torn = 0
    for point in commits[:4]:
        _, found = ingest_killed(template, tmp_path / "data", batches, pipeline, point, in_two=True)
        torn += any(line.startswith("torn") for line in found)
    tell(f"control, posts and scores in two transactions: {torn} of {len(commits[:4])} torn")
    assert torn >= 2
