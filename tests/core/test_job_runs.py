"""Who has a run: one holder, taken over when it falls silent, fenced when it wakes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core import job_runs
from core.database import Base, make_engine, reading, sqlite_url, transaction
from core.job_runs import LostRunError, Run, Silence
from core.vocabulary import JobOutcome

NOON = datetime(2031, 6, 17, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def claim(
    session: Session, *, due: datetime = NOON, now: datetime = NOON, holder: str = "a", **kw: object
) -> Run | None:
    given = {"tries": 3, **kw}
    return job_runs.claim(session, "nightly", due, holder=holder, now=now, **given)


def claimed(session: Session, **kw: object) -> Run:
    run = claim(session, **kw)
    assert run is not None
    return run


def test_a_run_has_one_holder_and_is_not_run_again(session: Session) -> None:
    run = claimed(session)

    assert claim(session, holder="b") is None
    job_runs.succeed(session, run, "done", NOON)
    assert claim(session, holder="b") is None
    assert job_runs.last_settled(session, "nightly", NOON) == NOON


def test_a_job_does_not_overlap_itself(session: Session) -> None:
    claimed(session)

    assert claim(session, due=NOON + MINUTE, holder="b") is None


def test_a_silent_holder_is_replaced_and_can_end_nothing(session: Session) -> None:
    old = claimed(session)

    new = claimed(session, holder="b", gone={(old.key, old.fence)})

    assert (new.key, new.attempts, new.holder) == (old.key, 2, "b")
    assert job_runs.beat(session, [old], NOON) == [old]
    for act in (
        lambda: job_runs.succeed(session, old, "late", NOON),
        lambda: job_runs.fail(session, old, "late", NOON, tries=3),
        lambda: job_runs.release(session, old),
        lambda: job_runs.hold(session, old),
    ):
        with pytest.raises(LostRunError):
            act()
    assert claim(session, holder="c", gone={(old.key, old.fence)}) is None
    job_runs.succeed(session, new, "done", NOON)


def test_a_failed_run_waits_is_tried_again_and_given_up(session: Session) -> None:
    now = NOON
    for _attempt in range(3):
        run = claimed(session, now=now)
        job_runs.fail(session, run, "disk full", now, tries=3)
        assert claim(session, now=now) is None
        now += timedelta(hours=1)

    (last,) = job_runs.newest(session, "nightly")
    assert (last.outcome, last.said, last.attempts) == (JobOutcome.FAILED, "disk full", 3)
    assert claim(session, now=now) is None


def test_a_run_that_kills_its_process_each_time_is_given_up(session: Session) -> None:
    run = claimed(session)
    for _attempt in range(2):
        run = claimed(session, gone={(run.key, run.fence)})

    assert claim(session, gone={(run.key, run.fence)}) is None
    (last,) = job_runs.newest(session, "nightly")
    assert last.outcome is JobOutcome.FAILED


def test_a_wait_set_by_a_wrong_clock_does_not_last_for_years(session: Session) -> None:
    run = claimed(session)
    job_runs.fail(session, run, "x", NOON + timedelta(days=25_000), tries=3)

    assert claim(session, now=NOON + MINUTE) is not None


def test_a_released_run_is_free_at_once_and_costs_no_attempt(session: Session) -> None:
    job_runs.release(session, claimed(session))

    assert claimed(session, holder="b").attempts == 1


def test_a_moment_in_2099_does_not_stop_the_job(session: Session) -> None:
    far = datetime(2099, 1, 1, tzinfo=UTC)
    job_runs.succeed(session, claimed(session), "", NOON)
    job_runs.succeed(session, claimed(session, due=far, now=far), "", far)
    job_runs.fail(session, claimed(session, due=far + MINUTE, now=far), "x", far, tries=3)

    assert job_runs.last_settled(session, "nightly", NOON) == NOON
    assert job_runs.beyond(session, NOON) == far + MINUTE
    assert job_runs.beyond(session, far) is None
    claimed(session, due=NOON + MINUTE, now=NOON + MINUTE)
    assert [run.due for run in job_runs.unfinished(session)] == [NOON + MINUTE]


def test_a_newer_moment_stands_for_an_older_one_that_nobody_holds(session: Session) -> None:
    job_runs.fail(session, claimed(session), "no room", NOON, tries=3)

    claimed(session, due=NOON + MINUTE)

    older = job_runs.newest(session, "nightly", most=2)[1]
    assert (older.outcome, older.said) == (JobOutcome.FAILED, "no room")


def test_what_was_given_up_can_be_run_by_hand(session: Session) -> None:
    job_runs.succeed(session, claimed(session), "", NOON)

    run = claimed(session, again=True)

    assert (run.attempts, run.outcome, run.finished) == (1, None, None)
    assert claim(session, again=True) is None


def test_silence_is_measured_by_the_own_clock_and_beats(session: Session) -> None:
    silence, run = Silence(60), claimed(session)
    mark = (run.key, run.fence)

    assert silence.gone([run], 0) == frozenset()
    assert silence.gone([run], 59) == frozenset()
    assert silence.gone([run], 60) == {mark}
    job_runs.beat(session, [run], NOON - timedelta(days=2))  # its clock was put back
    (alive,) = job_runs.unfinished(session)
    assert silence.gone([alive], 61) == frozenset()
    assert silence.gone([alive], 120) == frozenset()
    assert silence.gone([alive], 121) == {mark}


def test_old_runs_are_forgotten_by_number(session: Session) -> None:
    for n in range(5):
        run = claimed(session, due=NOON + n * MINUTE, now=NOON + n * MINUTE)
        job_runs.succeed(session, run, "", NOON)

    assert job_runs.forget_old(session, kept=3) == 2
    assert job_runs.forget_old(session, kept=3) == 0
    assert job_runs.last_settled(session, "nightly", NOON + 5 * MINUTE) == NOON + 4 * MINUTE


@pytest.fixture
def on_disk(tmp_path: Path) -> Engine:
    engine = make_engine(sqlite_url(tmp_path / "d.db"))
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        connection.execute(text("CREATE TABLE effects (by TEXT)"))
    return engine


def test_a_holder_that_lost_its_run_can_write_nothing(on_disk: Engine) -> None:
    with transaction(on_disk) as session:
        old = claimed(session)
    own = job_runs.fenced(on_disk, old)

    with transaction(own) as session:
        session.execute(text("INSERT INTO effects VALUES ('old, still ours')"))
    with transaction(on_disk) as session:
        new = claimed(session, holder="b", gone={(old.key, old.fence)})
    with pytest.raises(LostRunError), transaction(own) as session:
        session.execute(text("INSERT INTO effects VALUES ('old, lost')"))
    with reading(own) as session:  # it may still read
        assert len(session.execute(text("SELECT * FROM effects")).all()) == 1
    with transaction(job_runs.fenced(on_disk, new)) as session:
        session.execute(text("INSERT INTO effects VALUES ('new')"))

    with reading(on_disk) as session:
        found = session.scalars(text("SELECT by FROM effects")).all()
    assert found == ["old, still ours", "new"]
