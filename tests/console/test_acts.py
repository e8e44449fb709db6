"""Acts on a data folder: publications whose delivery fails, denials that prove nothing."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import JSON
from typer.testing import CliRunner

from analysis import incidents
from analysis.tables import ClaimRow
from console import acts, wiring
from console.cli import app
from core.clock import utc_now
from core.database import reading, transaction
from core.errors import RefusedError
from core.vocabulary import EvidenceKind, Role, StatementState
from release import store
from release.outlets.folder import CHECKPOINT
from release.records import Evidence, Person
from tests.release import log_world as world


@pytest.fixture
def services(tmp_path):
    """Return a data folder with one signed statement."""
    made = wiring.prepare(tmp_path / "office")
    now = utc_now()
    with transaction(made.engine) as session:
        incidents.open_incident(
            session,
            name="强降雨",
            kind="rain_flood",
            by="lu",
            roles=[Role.DUTY_LEADER],
            now=now,
            incident_id="I000001",
        )
        for person_id in world.PEOPLE:
            store.save_person(session, world.person(person_id))
    with transaction(made.engine) as session:
        world.signed(session, now=now)
    yield made
    made.engine.dispose()


def test_a_failed_delivery_says_that_the_publication_stands(services) -> None:
    # A control character cannot be written into the feed: neither a DeliveryError nor an OSError.
    settings = services.settings.model_copy(update={"public_url": "https://press.example/\x0b/"})

    with pytest.raises(acts.UndeliveredError, match="S000001 已发布，为日志第 2 条") as failed:
        acts.publish(replace(services, settings=settings), "S000001", by="sun")

    assert failed.value.publication.log_index == 2
    with reading(services.engine) as session:
        assert store.load_statement(session, "S000001").state is StatementState.PUBLISHED
        assert len(store.pending(session)) == 1

    acts.deliver(services)

    assert (services.public / CHECKPOINT).exists()
    with reading(services.engine) as session:
        assert store.pending(session) == []


def test_who_waited_for_the_lock_publishes_at_the_moment_they_got_it(services) -> None:
    done = []
    publisher = threading.Thread(
        target=lambda: done.append(acts.publish(services, "S000001", by="sun"))
    )
    with transaction(services.engine) as session:
        store.load_person(session, "sun")  # takes the write lock
        publisher.start()
        publisher.join(timeout=0.5)
        waited_until = utc_now()
    publisher.join()

    assert done[0].published_at >= waited_until


def empty_claim(now) -> dict[str, object]:
    """A value for every column that must have one: this test is about verdicts, not claims."""
    empty = {int: 0, float: 0.0, str: "", bool: False}
    columns = ClaimRow.__table__.columns
    made = {
        c.name: [] if isinstance(c.type, JSON) else empty.get(c.type.python_type, now)
        for c in columns
        if not c.nullable
    }
    return made | {"key": 1, "status": "found"}


@pytest.mark.parametrize(
    ("units", "refused"),
    [((), "必须写明涉事单位"), (("pump",), "自己的否认"), (("town",), None)],
)
def test_on_the_command_line_a_written_denial_needs_to_be_anothers(services, units, refused):
    now = utc_now()
    with transaction(services.engine) as session:
        store.save_person(session, Person("fen", "何", frozenset({Role.ANALYST}), None))
        written = Evidence("E1", "I000001", EvidenceKind.E1, "复函", "pump", now, "fen", now)
        store.add_evidence(session, written)
        session.add(ClaimRow(**empty_claim(now)))

    done = CliRunner().invoke(
        app,
        [
            *("verdict", "propose", "C000001", "verified_false", "--summary", "运行正常"),
            *("--as-of", utc_now().isoformat(), "--incident", "I000001", "--evidence", "E1"),
            *("--as", "fen", "--data", str(services.data)),
            *(word for unit in units for word in ("--subject-unit", unit)),
        ],
    )

    with reading(services.engine) as session:
        made = store.all_judgements(session)
    if refused is None:
        assert done.exception is None
        assert [judgement.subject_units for judgement in made] == [frozenset(units)]
    else:
        assert isinstance(done.exception, RefusedError), done.exception
        assert refused in str(done.exception)
        assert made == []
