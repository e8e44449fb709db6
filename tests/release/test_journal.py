from datetime import timedelta

import pytest

from core.database import reading, transaction
from core.errors import HuiyingError, RefusedError
from core.vocabulary import LeafType
from release import entries as formats
from release import journal, note, store
from tests.release import log_world as world


@pytest.fixture
def engine():
    engine = world.build()
    yield engine
    engine.dispose()


def start(session, **given):
    named = {"now": world.NOON, "office": world.OFFICE, "origin": world.ORIGIN, "key": world.KEY}
    return journal.start_log(session, **(named | given))


def clock_entry(session, time, content=None):
    fields = journal.envelope(content or {"note": "校时"}, office=world.OFFICE, origin=world.ORIGIN)
    return journal.append(session, type=LeafType.CLOCK, time=time, content=fields)


def test_a_log_begins_with_its_key_and_its_policy(engine) -> None:
    with transaction(engine) as session:
        head = start(session)
        entries = store.all_entries(session)

    bodies = [formats.read_body(entry.body) for entry in entries]
    assert [body.type for body in bodies] == ["key", "policy"]
    assert bodies[0].content["vkey"] == note.verifier_key(world.ORIGIN, world.KEY)
    assert bodies[1].content == {"policies": {"two_person": {"approvers": 2, "role": "signer"}}}
    assert head.size == 2


def test_starting_again_changes_nothing_and_another_key_is_refused(engine) -> None:
    with transaction(engine) as session:
        assert start(session) == start(session, now=world.NOON + timedelta(days=1))
        assert journal.next_index(session) == 2
        with pytest.raises(HuiyingError, match="was begun with"):
            start(session, key=world.OTHER_KEY)
        with pytest.raises(HuiyingError, match="was begun with"):
            start(session, origin="other.example/log")


def test_the_same_acts_give_the_same_bytes() -> None:
    logs = []
    for _ in range(2):
        engine = world.build()
        with transaction(engine) as session:
            world.publish_story(session)
            log = [entry.body for entry in store.all_entries(session)]
            logs.append((log, store.last_checkpoint(session)))
        engine.dispose()
    assert logs[0] == logs[1]


def test_signing_twice_without_a_new_entry_gives_the_same_head(engine) -> None:
    with transaction(engine) as session:
        first = start(session)
        assert journal.sign_head(session, world.KEY, world.ORIGIN) == first


def test_an_entry_from_the_past_is_refused(engine) -> None:
    with transaction(engine) as session:
        start(session)
        clock_entry(session, world.NOON)
        with pytest.raises(RefusedError, match="时钟倒退"):
            clock_entry(session, world.NOON - timedelta(seconds=1))


@pytest.mark.parametrize(
    "content",
    [
        {"level": 86.42},
        {"size": "x" * formats.MAX_BODY_BYTES},
        {"big": 2**60},
        {"half": "\ud800"},
    ],
    ids=["a fraction", "too large", "an integer JSON cannot keep", "half a character"],
)
def test_what_an_entry_may_not_hold(engine, content) -> None:
    with reading(engine) as session, pytest.raises(ValueError):  # noqa: PT011  several messages
        clock_entry(session, world.NOON, content)


def test_an_entry_is_not_nested_deeper_than_32(engine) -> None:
    content: dict[str, object] = {}
    for _ in range(40):
        content = {"inner": content}
    with reading(engine) as session, pytest.raises(ValueError, match="nested deeper"):
        clock_entry(session, world.NOON, content)


def test_an_approver_has_one_pseudonym_in_a_statement_and_another_in_the_next() -> None:
    def pseudonym(statement, person, key=world.KEY):
        return journal.approver_pseudonym(key, statement, person)

    assert pseudonym("S1", "li") == pseudonym("S1", "li")
    others = [
        pseudonym("S2", "li"),
        pseudonym("S1", "zhao"),
        pseudonym("S1", "li", world.OTHER_KEY),
    ]
    assert len({pseudonym("S1", "li"), *others}) == 4


def test_a_signing_key_is_made_once_and_readable_by_its_owner_only(tmp_path) -> None:
    file = tmp_path / "signing.key"
    first = journal.load_or_make_signing_key(file)
    second = journal.load_or_make_signing_key(file)

    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]


def test_a_key_file_that_others_may_read_is_refused(tmp_path) -> None:
    file = tmp_path / "signing.key"
    journal.load_or_make_signing_key(file)
    file.chmod(0o644)
    with pytest.raises(HuiyingError, match="chmod 600"):
        journal.load_or_make_signing_key(file)


@pytest.mark.parametrize("content", ["", "zz", "ab" * 31])
def test_a_damaged_key_file_stops_and_is_not_replaced(tmp_path, content) -> None:
    file = tmp_path / "signing.key"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(HuiyingError, match="not a signing key"):
        journal.load_or_make_signing_key(file)
    assert file.read_text() == content
