"""F13: many threads on one draft; what comes out was approved by two others, once, or not at all.

Polite threads use our own functions; raw ones write rows past every Python rule, so that only the
database's guards stand in their way. The control drops the guards and must be seen to fail.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from core.database import reading, sqlite_url, transaction
from core.errors import RefusedError
from core.vocabulary import Role, StatementState
from release import drafting, journal, publishing, reviewing, store
from release import entries as formats
from release.records import Approval, Publication, Sentence
from release.tables import ApprovalRow, PublicationRow, VersionRow
from tests.release import log_world as world

THREADS = 48
Try = Callable[[Session, str, object], None]


@dataclass
class Tally:
    """What a run of rounds tried and did."""

    tried: int = 0
    done: Counter = field(default_factory=Counter)
    refused: int = 0
    locked: int = 0
    wrong: Counter = field(default_factory=Counter)
    published: int = 0


def submit(session: Session, statement_id: str, now) -> None:
    reviewing.submit(session, statement_id, world.person("qi"), now, directory=world.DIRECTORY)


def approve(person_id: str) -> Try:
    def act(session: Session, statement_id: str, now) -> None:
        person = world.person(person_id)
        reviewing.approve(session, statement_id, person, now, directory=world.DIRECTORY)

    return act


def edit(session: Session, statement_id: str, now) -> None:
    statement = store.load_statement(session, statement_id)
    last = store.load_version(session, statement_id, statement.version)
    first = Sentence(f"县防汛指挥部已启动应急响应（第{last.version + 1}稿）。", section="facts")
    drafting.edit(
        session,
        statement_id,
        title=last.title,
        sentences=(first, *last.sentences[1:]),
        next_update_at=last.next_update_at,
        person=world.person("qi"),
        now=now,
    )


def send_back(session: Session, statement_id: str, now) -> None:
    person = world.person("li")
    reviewing.send_back(
        session, statement_id, person, now, reason="再核", directory=world.DIRECTORY
    )


def publish(session: Session, statement_id: str, now) -> None:
    world.publish(session, statement_id, now=now)


def raw_approve(person_id: str, role: Role) -> Try:
    def act(session: Session, statement_id: str, now) -> None:
        number = random.choice((1, 1, 2))  # noqa: S311  a test's dice
        version = session.get(VersionRow, (statement_id, number))
        digest = version.sha256 if version else "0" * 64
        store.add_approval(session, Approval(statement_id, number, digest, person_id, role, now))

    return act


def raw_sign(session: Session, statement_id: str, now) -> None:
    store.set_state(session, statement_id, StatementState.SIGNED)


def raw_publish(session: Session, statement_id: str, now) -> None:
    statement = store.load_statement(session, statement_id)
    version = store.load_version(session, statement_id, statement.version)
    publication = Publication(
        statement_id=statement_id,
        version=version.version,
        sha256=version.sha256,
        policy=publishing.POLICY,
        log_index=journal.next_index(session),
        published_by="sun",
        published_at=now,
    )
    store.add_publication(session, publication)


POLITE: tuple[tuple[str, Try], ...] = (
    ("submit", submit),
    ("review", approve("li")),
    ("review", approve("wang")),
    ("approve own", approve("qi")),
    ("sign", approve("zhao")),
    ("sign", approve("zhao")),
    ("publish", publish),
    ("publish", publish),
    ("edit", edit),
    ("send back", send_back),
)
RAW: tuple[tuple[str, Try], ...] = (
    ("raw review", raw_approve("li", Role.OFFICE_REVIEWER)),
    ("raw sign", raw_approve("zhao", Role.SIGNER)),
    ("raw approve own", raw_approve("qi", Role.SIGNER)),
    ("raw state", raw_sign),
    ("raw publish", raw_publish),
    ("raw publish", raw_publish),
    ("edit", edit),
)


def race(engine: Engine, statement_id: str, number: int, tally: Tally, tries) -> None:
    """Let all threads act on one draft at once, each several times."""
    now = world.NOON + timedelta(minutes=number)
    with transaction(engine) as session:
        world.draft(session, statement_id, title=f"第{number}号通报", now=now)
        submit(session, statement_id, now)
    lock, barrier = threading.Lock(), threading.Barrier(THREADS)

    def live(seed: int) -> None:
        rng = random.Random(number * 1000 + seed)  # noqa: S311  a test's dice
        barrier.wait()
        # Edits and returns are rare, or nothing would ever come out.
        name, act = tries[seed % len(tries)]
        for _ in range(1 if name in {"edit", "send back"} else 2):
            if name in {"edit", "send back"} and rng.random() < 0.8:
                continue
            wrong: Counter = Counter()
            outcome = attempt(engine, act, statement_id, now, wrong)
            with lock:
                tally.wrong.update(wrong)
                tally.tried += 1
                tally.done[name] += outcome == "done"
                tally.refused += outcome == "refused"
                tally.locked += outcome == "locked"

    threads = [threading.Thread(target=live, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def attempt(engine: Engine, act: Try, statement_id: str, now, wrong: Counter) -> str:
    try:
        with transaction(engine) as session:
            act(session, statement_id, now)
            # Looked at in the act's own transaction: approvals that come later do not mend it.
            found = wrong_publication(session, statement_id)
    except RefusedError:
        return "refused"
    except OperationalError:
        return "locked"
    except DatabaseError:
        return "refused"
    wrong.update(found)
    return "done"


def wrong_publication(session: Session, statement_id: str) -> Counter:
    """Return which rules the statement's publication and approvals break."""
    approvals = session.scalars(select(ApprovalRow).filter_by(statement_id=statement_id)).all()
    editors = set(
        session.scalars(select(VersionRow.edited_by).filter_by(statement_id=statement_id))
    )
    found = Counter({"self-approved": sum(a.person_id in editors for a in approvals)})
    for row in session.scalars(select(PublicationRow).filter_by(statement_id=statement_id)):
        of_bytes = (row.version, row.sha256)
        people = {a.person_id for a in approvals if (a.version, a.sha256) == of_bytes}
        found["under-approved"] += len(people - editors) < 2
        newest = store.load_statement(session, statement_id).version
        found["not the newest text"] += row.version != newest
    return +found


def logged_twice(engine: Engine) -> Counter:
    with reading(engine) as session:
        journal.check_stored(session)
        published = [
            body.statement
            for entry in store.all_entries(session)
            if isinstance(body := formats.read_body(entry.body), formats.StatementBody)
        ]
    return +Counter({"twice": len(published) - len(set(published))})


def run(folder: Path, rounds: int, tries, *, per_database: int, guarded: bool = True) -> Tally:
    """Return what was tried and what came out wrong."""
    tally = Tally()
    for start in range(0, rounds, per_database):
        engine = world.build(sqlite_url(folder / f"race{start}.db"), guarded=guarded)
        for number in range(start + 1, min(start + per_database, rounds) + 1):
            race(engine, f"S{number:06d}", number, tally, tries)
        tally.wrong.update(logged_twice(engine))
        with reading(engine) as session:
            tally.published += len(session.scalars(select(PublicationRow)).all())
        engine.dispose()
    return tally


def told(rounds: int, tally: Tally) -> str:
    done = sum(tally.done.values())
    return (
        f"{rounds} rounds of {THREADS} threads, tried {tally.tried}, done {done} "
        f"(edits {tally.done['edit']}), refused {tally.refused}, published {tally.published}, "
        f"lock errors {tally.locked}, wrong {dict(tally.wrong)}"
    )


def test_polite_threads_publish_nothing_under_approved_twice_or_by_its_drafter(
    tmp_path, short, tell
) -> None:
    rounds = 8 if short else 80
    tally = run(tmp_path, rounds, POLITE, per_database=5)
    tell(f"races through our functions: {told(rounds, tally)}")
    assert tally.wrong == Counter()
    assert tally.locked == 0
    assert tally.done["approve own"] == 0
    # The race was a race: some came out, and most tries met a rule.
    assert tally.tried >= rounds * 60
    assert tally.published >= rounds // 5
    assert tally.refused > tally.published


def test_raw_threads_are_stopped_by_the_database_alone(tmp_path, short, tell) -> None:
    rounds = 8 if short else 80
    tally = run(tmp_path, rounds, RAW, per_database=1)
    tell(f"races with raw rows: {told(rounds, tally)}")
    assert tally.wrong == Counter()
    assert tally.locked == 0
    assert tally.tried >= rounds * 60
    assert tally.published >= rounds // 5


def test_control_without_guards_raw_threads_do_publish_what_nobody_approved(tmp_path, tell) -> None:
    rounds = 3
    tally = run(tmp_path, rounds, RAW, per_database=1, guarded=False)
    tell(f"control, guards dropped: {told(rounds, tally)}")
    assert tally.wrong["self-approved"] > 0
    assert tally.wrong["under-approved"] > 0
