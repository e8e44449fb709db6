"""A small office for tests of the log: people, an incident, statements on their way."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from analysis.tables import IncidentRow
from core.database import Base, make_engine
from core.directory import Directory
from core.vocabulary import Role, StatementKind, StatementState
from release import drafting, guards, publishing, store, wording
from release.records import Approval, Person, Publication, Sentence, Statement, Version

NOON = datetime(2031, 6, 17, 4, 0, tzinfo=UTC)
OFFICE = "澄川县人民政府新闻办公室"
ORIGIN = "press.example/huiying/log1"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
DIRECTORY = Directory()
URL = "https://press.example/public/"

PEOPLE = {
    "qi": frozenset({Role.DRAFTER, Role.OFFICE_REVIEWER, Role.SIGNER}),
    "li": frozenset({Role.OFFICE_REVIEWER}),
    "wang": frozenset({Role.PUBLICITY_REVIEWER}),
    "zhao": frozenset({Role.SIGNER}),
    "sun": frozenset({Role.PUBLISHER}),
    "ma": frozenset({Role.ADMIN}),
}


def person(person_id: str) -> Person:
    return Person(person_id, f"姓名{person_id}", PEOPLE[person_id], unit=None)


def build(url: str = "sqlite://", *, guarded: bool = True) -> Engine:
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            insert(IncidentRow).values(
                incident_id="I000001", name="强降雨", kind="flood", opened_at=NOON
            )
        )
        if guarded:
            guards.install(connection)
    with Session(engine) as session, session.begin():
        for person_id in PEOPLE:
            store.save_person(session, person(person_id))
    return engine


def draft(
    session: Session,
    statement_id: str = "S000001",
    *,
    title: str = "情况通报",
    text: str = "县防汛指挥部已启动应急响应。",
    kind: StatementKind = StatementKind.FIRST,
    supersedes: str | None = None,
    reason: str = "",
    claims: tuple[int, ...] = (),
    questions: tuple[int, ...] = (),
    now: datetime = NOON,
) -> Version:
    statement = Statement(
        statement_id=statement_id,
        incident_id="I000001",
        kind=kind,
        state=StatementState.DRAFT,
        issuer="news_office",
        claims=claims,
        questions=questions,
        supersedes=supersedes,
        reason=reason,
        version=1,
        submitted_at=None,
        approved_at=None,
        published_at=None,
        log_index=None,
    )
    version = _version(statement, 1, title, text, now)
    store.add_statement(session, statement, version)
    return version


def _version(statement: Statement, number: int, title: str, text: str, now: datetime) -> Version:
    due = now + timedelta(hours=2)
    unhashed = Version(
        statement_id=statement.statement_id,
        version=number,
        title=title,
        sentences=(
            Sentence(text, section="facts"),
            Sentence("请注意避险。", section="advice"),
            Sentence(f"下次通报时间：{wording.moment_text(due)}前后。", section="promise"),
        ),
        next_update_at=due,
        edited_by="qi",
        edited_at=now,
        sha256="",
    )
    digest = hashlib.sha256(drafting.canonical_bytes(statement, unhashed)).hexdigest()
    return replace(unhashed, sha256=digest)


def edit(session: Session, statement_id: str, text: str, now: datetime = NOON) -> Version:
    statement = store.load_statement(session, statement_id)
    version = _version(statement, statement.version + 1, "情况通报", text, now)
    store.add_version(session, version)
    return version


def approve(
    session: Session,
    version: Version,
    people: Iterable[tuple[str, Role]] = (
        ("li", Role.OFFICE_REVIEWER),
        ("zhao", Role.SIGNER),
    ),
    now: datetime = NOON,
) -> None:
    for person_id, role in people:
        approval = Approval(
            version.statement_id, version.version, version.sha256, person_id, role, now
        )
        store.add_approval(session, approval)


def signed(session: Session, statement_id: str = "S000001", **given: object) -> Version:
    version = draft(session, statement_id, **given)  # type: ignore[arg-type]
    approve(session, version, now=version.edited_at)
    store.set_state(session, statement_id, StatementState.SIGNED)
    return version


def publish(
    session: Session,
    statement_id: str = "S000001",
    *,
    now: datetime = NOON,
    outlets: tuple[str, ...] = ("page",),
) -> Publication:
    return publishing.publish(
        session,
        statement_id,
        person("sun"),
        now=now,
        directory=DIRECTORY,
        office=OFFICE,
        origin=ORIGIN,
        key=KEY,
        outlets=outlets,
    )


def publish_story(session: Session, count: int = 6) -> None:
    """Publish *count* statements; the second is corrected by the third, the fourth withdrawn."""
    for number in range(1, count + 1):
        now = NOON + timedelta(minutes=10 * number)
        statement_id = f"S{number:06d}"
        kind, older, reason = {
            3: (StatementKind.CORRECTION, "S000002", "电话号码写反"),
            5: (StatementKind.WITHDRAWAL, "S000004", "内容有误"),
            6: (StatementKind.FOLLOW_UP, "S000001", ""),
        }.get(number, (StatementKind.FIRST, None, ""))
        signed(
            session,
            statement_id,
            title=f"第{number}号通报",
            kind=kind,
            supersedes=older,
            reason=reason,
            now=now,
        )
        publish(session, statement_id, now=now)
