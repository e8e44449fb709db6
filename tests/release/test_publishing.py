from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core.database import reading, transaction
from core.errors import HuiyingError, RefusedError
from core.vocabulary import LeafType, Role, StatementKind, StatementState
from release import entries as formats
from release import journal, publishing, store, tlog
from release.outlets import Delivery, DeliveryError
from release.tables import EntryRow, MoveRow, OutboxRow, PublicationRow
from tests.release import log_world as world


class KeepingOutlet:
    name = "page"

    def __init__(self, failures: int = 0) -> None:
        self.kept: list[Delivery] = []
        self.failures = failures

    def deliver(self, delivery: Delivery) -> None:
        if self.failures:
            self.failures -= 1
            raise DeliveryError("the outlet is down")
        self.kept.append(delivery)


@pytest.fixture
def engine():
    engine = world.build()
    yield engine
    engine.dispose()


def test_publishing_writes_publication_entry_head_move_and_debt_together(engine) -> None:
    with transaction(engine) as session:
        version = world.signed(session)
        publication = world.publish(session, outlets=("page", "webhook"))

    with reading(engine) as session:
        entries = store.all_entries(session)
        statement = store.load_statement(session, "S000001")
        assert [e.type for e in entries] == [LeafType.KEY, LeafType.POLICY, LeafType.RELEASE]
        assert publication.log_index == 2
        assert statement.state is StatementState.PUBLISHED
        assert store.last_checkpoint(session).size == 3
        assert [owed.outlet for owed in store.pending(session)] == ["page", "webhook"]
        assert store.moves_of(session, "S000001")[-1].to_state is StatementState.PUBLISHED
        body = formats.read_body(entries[2].body)
        assert body.content_sha256 == version.sha256
        assert {a.role for a in body.approvals} == {"office_reviewer", "signer"}


def test_the_log_names_no_person(engine) -> None:
    with transaction(engine) as session:
        world.signed(session)
        world.publish(session)

    with reading(engine) as session:
        log = b"".join(e.body for e in store.all_entries(session)).decode()
    for person_id in world.PEOPLE:
        assert f"姓名{person_id}" not in log
        assert f'"{person_id}"' not in log


@pytest.mark.parametrize(
    ("person_id", "state", "reason"),
    [
        ("li", StatementState.SIGNED, "没有所需岗位：发布员"),
        ("sun", StatementState.TO_SIGN, "“待签发”的稿件不能转为“已发布”"),
    ],
)
def test_who_may_publish_what(engine, person_id, state, reason) -> None:
    with transaction(engine) as session:
        world.signed(session)
        store.set_state(session, "S000001", state)

    with reading(engine) as session:
        found = publishing.blockers(
            session,
            "S000001",
            world.person(person_id),
            directory=world.DIRECTORY,
            now=world.NOON,
        )
    assert any(reason in r for r in found), found


def test_every_reason_is_given_at_once() -> None:
    engine = world.build(guarded=False)
    with transaction(engine) as session:
        version = world.draft(session)
        world.approve(session, version, [("li", Role.OFFICE_REVIEWER)])
        store.set_state(session, "S000001", StatementState.SIGNED)

    with reading(engine) as session:
        found = publishing.blockers(
            session, "S000001", world.person("ma"), directory=world.DIRECTORY, now=world.NOON
        )
    engine.dispose()
    assert [reason[:8] for reason in found] == ["账号 ma 没有", "当前版本需要两名"]


def test_an_edit_after_approval_stops_publication(engine) -> None:
    with transaction(engine) as session:
        world.signed(session)
        world.edit(session, "S000001", "县防汛指挥部已解除应急响应。")

    with reading(engine) as session, pytest.raises(RefusedError, match="需要两名未参与起草的人"):
        world.publish(session)


def test_a_refused_publication_leaves_nothing(engine) -> None:
    with transaction(engine) as session:
        world.draft(session)

    with pytest.raises(RefusedError), transaction(engine) as session:
        world.publish(session)

    with reading(engine) as session:
        for table in (PublicationRow, EntryRow, OutboxRow, MoveRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("kind", "leaf", "became"),
    [
        (StatementKind.CORRECTION, LeafType.CORRECTION, StatementState.CORRECTED),
        (StatementKind.WITHDRAWAL, LeafType.WITHDRAWAL, StatementState.WITHDRAWN),
        (StatementKind.FOLLOW_UP, LeafType.RELEASE, StatementState.UPDATED),
    ],
)
def test_what_becomes_of_the_statement_that_is_replaced(engine, kind, leaf, became) -> None:
    with transaction(engine) as session:
        world.signed(session)
        world.publish(session)
        world.signed(session, "S000002", kind=kind, supersedes="S000001", reason="电话写反")
        world.publish(session, "S000002")

    with reading(engine) as session:
        newest = formats.read_body(store.all_entries(session)[-1].body)
        assert newest.type == leaf
        assert newest.supersedes.seq == 2
        assert store.load_statement(session, "S000001").state is became


def test_a_correction_says_what_and_why(engine) -> None:
    with transaction(engine) as session:
        world.signed(session, kind=StatementKind.CORRECTION)
    with reading(engine) as session, pytest.raises(RefusedError, match="须指明所针对的稿件"):
        world.publish(session)


def test_a_withdrawn_statement_is_not_replaced_again(engine) -> None:
    with transaction(engine) as session:
        world.publish_story(session)
        world.signed(
            session,
            "S000007",
            kind=StatementKind.CORRECTION,
            supersedes="S000004",
            reason="再改",
            now=world.NOON + timedelta(hours=3),
        )
    with reading(engine) as session, pytest.raises(RefusedError, match="不能被接替"):
        world.publish(session, "S000007", now=world.NOON + timedelta(hours=3))


def test_a_clock_that_went_back_writes_nothing(engine) -> None:
    with transaction(engine) as session:
        world.publish_story(session, 2)
        world.signed(session, "S000003")
    with pytest.raises(RefusedError, match="时钟倒退"), transaction(engine) as session:
        world.publish(session, "S000003", now=world.NOON - timedelta(days=2))
    with reading(engine) as session:
        assert journal.next_index(session) == 4


def test_a_dead_outlet_delays_and_loses_nothing(engine) -> None:
    outlet = KeepingOutlet(failures=1)
    with transaction(engine) as session:
        world.signed(session)
        world.publish(session)

    results = []
    for _ in range(3):
        with transaction(engine) as session:
            results.append(publishing.deliver_pending(session, {"page": outlet}, now=world.NOON))

    assert [[a.error != "" for a in r] for r in results] == [[True], [False], []]
    assert [d.entry.index for d in outlet.kept] == [2]
    with reading(engine) as session:
        row = session.scalars(select(OutboxRow)).one()
        assert (row.attempts, row.last_error) == (2, "")


def test_an_unknown_outlet_is_recorded_and_does_not_hold_up_the_others(engine) -> None:
    outlet = KeepingOutlet()
    with transaction(engine) as session:
        world.signed(session)
        world.publish(session, outlets=("fax", "page"))

    with transaction(engine) as session:
        attempts = publishing.deliver_pending(session, {"page": outlet}, now=world.NOON)

    assert ["fax" in a.error for a in attempts] == [True, False]
    assert len(outlet.kept) == 1


def test_a_tampered_log_is_delivered_nowhere() -> None:
    engine = world.build(guarded=False)
    outlet = KeepingOutlet()
    with transaction(engine) as session:
        world.signed(session)
        world.publish(session)
        row = session.get_one(EntryRow, 2)
        row.body = row.body.replace("启动".encode(), "解除".encode())

    with reading(engine) as session, pytest.raises(HuiyingError, match="entry 2"):
        publishing.deliver_pending(session, {"page": outlet}, now=world.NOON)
    engine.dispose()
    assert outlet.kept == []


def test_a_log_rewritten_with_its_hashes_is_not_signed_again() -> None:
    engine = world.build(guarded=False)
    with transaction(engine) as session:
        world.publish_story(session, 2)
        row = session.get_one(EntryRow, 1)
        fields = formats.read_body(row.body).model_dump()
        fields["office"] = "另一个办公室"
        row.body = formats.write_body(fields)
        row.leaf_hash = tlog.leaf_hash(row.body).hex()
        world.signed(session, "S000003", now=world.NOON + timedelta(hours=1))

    with (
        pytest.raises(HuiyingError, match="are not those signed"),
        transaction(engine) as session,
    ):
        world.publish(session, "S000003", now=world.NOON + timedelta(hours=1))
    with reading(engine) as session, pytest.raises(HuiyingError, match="are not those signed"):
        journal.sign_head(session, world.KEY, world.ORIGIN)
    engine.dispose()
