"""A child process dies at every step of publishing, delivering and writing the public folder."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from core.database import make_engine, reading, transaction
from release import journal, note, publishing, store
from release.offline import VerifyStatus, verify
from release.outlets import Delivery
from release.outlets.page import PageOutlet
from release.records import Statement
from release.tables import OutboxRow
from tests.release import log_world as world

DIED = 77
EACH_OF_THE_FIRST = 24
"""Publishing takes these; later ones are mostly files of the public folder (113 in all)."""
STATEMENTS = ("S000001", "S000002")
STEPS = (
    (store, "add_publication"),
    (store, "add_entry"),
    (store, "add_move"),
    (store, "set_state"),
    (store, "add_checkpoint"),
    (store, "add_owed"),
    (store, "mark_delivery"),
    (Session, "commit"),
    (os, "fsync"),
    (Path, "replace"),
    (Path, "unlink"),
    (Path, "mkdir"),
)


class Sink:
    """A receiver that keeps a line for each delivery, as a webhook's other end would."""

    name = "sink"

    def __init__(self, file: Path) -> None:
        self.file = file

    def deliver(self, delivery: Delivery) -> None:
        with self.file.open("a", encoding="utf-8") as handle:
            handle.write(delivery.owed.idempotency_key + "\n")
            handle.flush()
            os.fsync(handle.fileno())

    def received(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").split() if self.file.exists() else []


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Path:
    """Return a database with two signed statements, to be copied."""
    folder = tmp_path_factory.mktemp("office")
    engine = world.build(f"sqlite:///{folder / 'huiying.db'}")
    with transaction(engine) as session:
        for statement_id in STATEMENTS:
            world.signed(session, statement_id)
    engine.dispose()
    return folder / "huiying.db"


def prepare(home: Path, office: Path) -> None:
    home.mkdir()
    shutil.copy(office, home / "huiying.db")


def live(folder: Path) -> None:
    """Publish and deliver what is not yet, one transaction an act; acknowledge after commit."""
    engine = make_engine(f"sqlite:///{folder / 'huiying.db'}")
    outlets = {
        "page": PageOutlet(folder / "public", world.URL),
        "sink": Sink(folder / "sink"),
    }
    for statement_id in STATEMENTS:
        with transaction(engine) as session:
            if store.load_statement(session, statement_id).published_at is None:
                world.publish(session, statement_id, outlets=tuple(outlets))
        with (folder / "acknowledged").open("a", encoding="utf-8") as handle:
            handle.write(statement_id + "\n")
        with transaction(engine) as session:
            publishing.deliver_pending(session, outlets, now=world.NOON)
    engine.dispose()


def in_child(act: Callable[[], None]) -> int:
    """Run *act* in a child process; return its exit status."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dying_at(point: int, folder: Path, *, torn: bool = False) -> Callable[[], None]:
    """Return ``live`` that leaves without a word before the step number *point*."""

    def act() -> None:
        taken = 0

        def counted(step: Callable[..., object]) -> Callable[..., object]:
            def wrapper(*given: object, **named: object) -> object:
                nonlocal taken
                taken += 1
                if taken == point:
                    os._exit(DIED)
                return step(*given, **named)

            return wrapper

        for owner, name in STEPS:
            setattr(owner, name, counted(getattr(owner, name)))
        if torn:
            event.listen(Session, "after_flush_postexec", _commit_each_flush)
        live(folder)

    return act


def _commit_each_flush(session: Session, _context: object) -> None:
    connection = session.connection()
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def tears(folder: Path) -> list[str]:
    """Return what is torn in the database: half leaves, lost or doubled publications."""
    engine = make_engine(f"sqlite:///{folder / 'huiying.db'}")
    found = []
    with reading(engine) as session:
        entries, _ = journal.check_stored(session)
        head = store.last_checkpoint(session)
        released = [e.index for e in entries if e.type == "release"]
        states = [store.load_statement(session, s) for s in STATEMENTS]
        indexes = [s.log_index for s in states if s.log_index is not None]
        if sorted(indexes) != released:
            found.append(f"publications {indexes}, entries {released}")
        if (head.size if head else 0) != len(entries):
            found.append(f"{len(entries)} entries, head of {head.size if head else 0}")
        if [s.log_index is not None for s in states] != [s.state == "published" for s in states]:
            found.append("a state without its publication, or the reverse")
        debts = session.scalar(select(func.count()).select_from(OutboxRow)) or 0
        if debts != 2 * len(released):
            found.append(f"{debts} debts for {len(released)} publications")
        acknowledged = _acknowledged(folder)
        found += [f"{s.statement_id} was lost" for s in states if _lost(s, acknowledged)]
    engine.dispose()
    return found


def _acknowledged(folder: Path) -> set[str]:
    file = folder / "acknowledged"
    return set(file.read_text(encoding="utf-8").split()) if file.exists() else set()


def _lost(statement: Statement, acknowledged: set[str]) -> bool:
    return statement.statement_id in acknowledged and statement.log_index is None


def deaths_of_a_life(folder: Path, office: Path) -> int:
    """Return at how many steps a life was ended: each of the first 24, then every fifth."""
    point, tried = 1, 0
    while True:
        home = folder / f"p{point}"
        prepare(home, office)
        if in_child(dying_at(point, home)) == 0:
            return tried
        _check_after(home)
        tried += 1
        point += 1 if point < EACH_OF_THE_FIRST else 5


def _check_after(home: Path) -> None:
    assert tears(home) == [], home.name
    assert in_child(lambda: live(home)) == 0
    assert tears(home) == [], home.name
    vkey = note.verifier_key(world.ORIGIN, world.KEY)
    report = verify(home / "public", vkey=vkey)
    assert report.status is VerifyStatus.OK, (home.name, report.problems)
    assert report.releases == 2
    assert len(set(Sink(home / "sink").received())) == 2
    assert len(Sink(home / "sink").received()) <= 3


@pytest.mark.slow
def test_dying_at_any_step_loses_nothing_doubles_nothing_and_leaves_no_half(
    tmp_path, office
) -> None:
    tried = deaths_of_a_life(tmp_path, office)
    print(f"died at {tried} points: 0 lost, 0 twice, 0 half")  # noqa: T201
    assert tried >= 35


def test_committing_every_flush_tears(tmp_path, office) -> None:
    # The control: the same deaths with a commit after each flush leave halves behind.
    torn = 0
    for point in (4, 7, 8, 10, 12):
        home = tmp_path / f"p{point}"
        prepare(home, office)
        assert in_child(dying_at(point, home, torn=True)) == DIED
        torn += bool(tears(home))
    assert torn >= 2
