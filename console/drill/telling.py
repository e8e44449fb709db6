"""How the drill's people speak: draft, submit, review, sign and publish each statement in time."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from analysis import store as heard
from console import acts
from console.drill import finding
from console.drill.due import DONE_BEFORE, EXERCISE, Due, Office, SkippedError
from console.drill.scenario import ScenarioStatement
from console.drill.script import Text
from console.drill.staff import DRAFTER, PUBLISHER, SIGNER, reviewer_of
from core.database import reading, transaction
from core.vocabulary import StatementKind, StatementState
from release import drafting, reviewing, store, wording
from release.records import Sentence, Statement

KINDS: Mapping[str, StatementKind] = {
    "预警转发": StatementKind.WARNING_RELAY,
    "情况通报首发": StatementKind.FIRST,
    "数据更新": StatementKind.FOLLOW_UP,
    "核实说明": StatementKind.CONFIRMATION,
    "辟谣说明": StatementKind.REFUTATION,
    "安置点与联系电话": StatementKind.MEASURES,
    "更正说明": StatementKind.CORRECTION,
    "便民问答": StatementKind.FAQ,
    "新闻发布会": StatementKind.BRIEFING,
    "情况通报阶段终报": StatementKind.RESULT,
}
"""The story's names of kinds; 情况通报续一 and the like are follow-ups."""

REVIEW_BEFORE_MIN = 3
SIGN_BEFORE_MIN = 1

CLOSING = Sentence(f"{EXERCISE}以上为演练内容，人物、地点和事件均为虚构。")


def kind_of(statement: ScenarioStatement) -> StatementKind:
    """Return the kind of the story's statement."""
    return KINDS.get(statement.kind, StatementKind.FOLLOW_UP)


def plan(office: Office) -> Iterator[Due]:
    """Yield the acts of every statement that passes through the office."""
    for statement in office.scenario.statements:
        if statement.id in office.script.texts:
            yield from _way_out(office, statement)


def _way_out(office: Office, told: ScenarioStatement) -> Iterator[Due]:
    text = office.script.texts[told.id]
    begin, name = told.at - text.lead, f"《{text.title}》"
    yield Due(begin, DRAFTER, f"起草{name}", lambda now: _draft(office, told, now))
    yield Due(begin, DRAFTER, f"提交{name}", lambda now: _submit(office, told, now))
    if text.slip is not None:
        at = text.slip.mended
        yield Due(at, DRAFTER, f"对数后修改{name}", lambda now: _mend(office, told, now))
        yield Due(at, DRAFTER, f"再次提交{name}", lambda now: _submit(office, told, now))
    reviewer = reviewer_of(kind_of(told))
    yield Due(
        told.at - REVIEW_BEFORE_MIN,
        reviewer,
        f"审核{name}",
        lambda now: _approve(office, told, reviewer, now),
    )
    yield Due(
        told.at - SIGN_BEFORE_MIN,
        SIGNER,
        f"签发{name}",
        lambda now: _approve(office, told, SIGNER, now),
    )
    yield Due(told.at, PUBLISHER, f"发布{name}", lambda now: _publish(office, told, now))


# Writing


def _draft(office: Office, told: ScenarioStatement, now: datetime) -> None:
    text, due = office.script.texts[told.id], _promised(office, told)
    with transaction(office.services.engine) as session:
        if office.statement(session, told.id) is not None:
            raise SkippedError(DONE_BEFORE)
        questions = heard.all_questions(session)
        drafting.draft(
            session,
            incident_id=office.incident_id,
            kind=kind_of(told),
            issuer=told.issuer,
            title=office.title(told.id),
            sentences=_sentences(office, session, told, slip=True),
            next_update_at=due,
            claims=_claims(office, session, told),
            questions=finding.open_questions(questions, text.asks),
            supersedes=_replaced(office, session, text),
            reason=text.reason,
            person=store.load_person(session, DRAFTER),
            now=now,
            directory=office.services.directory,
        )


def _sentences(
    office: Office, session: Session, told: ScenarioStatement, *, slip: bool
) -> tuple[Sentence, ...]:
    """Return the statement's words bound to the ledger; with *slip*, as first written."""
    text, due = office.script.texts[told.id], _promised(office, told)
    ids = office.fact_ids(session)
    written = []
    for line in text.lines:
        words = line.text.replace("{next}", wording.moment_text(due)) if due else line.text
        if slip and text.slip is not None:
            words = words.replace(text.slip.right, text.slip.wrong)
        facts = tuple(ids[name] for name in line.facts if name in ids)
        written.append(Sentence(words, facts, line.section))
    return (*written, CLOSING)


def _promised(office: Office, told: ScenarioStatement) -> datetime | None:
    return None if told.next_update is None else office.moment(told.next_update)


def _claims(office: Office, session: Session, told: ScenarioStatement) -> list[int]:
    """Return the claims it answers: those judged, else those a person finds by words.

    A refutation answers judged claims only.
    """
    judged = {j.claim for j in store.all_judgements(session)}
    found: list[int] = []
    for note in office.script.verdicts:
        if note.claim not in office.script.texts[told.id].claims:
            continue
        known = [j.claim for j in office.judgements(session, note) if j.approved_at is not None]
        if not known and kind_of(told) is not StatementKind.REFUTATION:
            claims = heard.all_claims(session)
            known = finding.claims_about(claims, note.words, judged=judged)
        found += known
    return list(dict.fromkeys(found))


def _replaced(office: Office, session: Session, text: Text) -> str | None:
    """Return the id of the paper it takes the place of: the newest public one of its series."""
    if text.corrects is not None:
        older = office.statement(session, text.corrects)
        return older.statement_id if older else None
    earlier = text.follows
    while earlier is not None:
        older = office.statement(session, earlier)
        if older is not None and older.state is StatementState.PUBLISHED:
            return older.statement_id
        earlier = office.script.texts[earlier].follows
    return None


def _mend(office: Office, told: ScenarioStatement, now: datetime) -> None:
    with transaction(office.services.engine) as session:
        statement = _waiting(office, session, told, StatementState.DRAFT)
        if statement.version > 1:
            raise SkippedError(DONE_BEFORE)
        drafting.edit(
            session,
            statement.statement_id,
            title=office.title(told.id),
            sentences=_sentences(office, session, told, slip=False),
            next_update_at=_promised(office, told),
            person=store.load_person(session, DRAFTER),
            now=now,
        )


# On its way


def _waiting(
    office: Office, session: Session, told: ScenarioStatement, state: StatementState
) -> Statement:
    """Return the paper if it waits in *state*; otherwise there is nothing to do."""
    statement = office.statement(session, told.id)
    if statement is None:
        raise SkippedError("稿件没有起草")
    if statement.log_index is not None:
        raise SkippedError(DONE_BEFORE)
    if statement.state is not state:
        raise SkippedError(f"稿件处于“{statement.state.label}”，不在这一环节")
    return statement


def _submit(office: Office, told: ScenarioStatement, now: datetime) -> None:
    with transaction(office.services.engine) as session:
        statement = _waiting(office, session, told, StatementState.DRAFT)
        reviewing.submit(
            session,
            statement.statement_id,
            store.load_person(session, DRAFTER),
            now,
            directory=office.services.directory,
        )


def _approve(office: Office, told: ScenarioStatement, who: str, now: datetime) -> None:
    state = StatementState.TO_SIGN if who == SIGNER else StatementState.OFFICE_REVIEW
    with transaction(office.services.engine) as session:
        statement = _waiting(office, session, told, state)
        reviewing.approve(
            session,
            statement.statement_id,
            store.load_person(session, who),
            now,
            directory=office.services.directory,
        )


def _publish(office: Office, told: ScenarioStatement, now: datetime) -> None:
    with reading(office.services.engine) as session:
        statement = _waiting(office, session, told, StatementState.SIGNED)
    acts.publish(office.services, statement.statement_id, by=PUBLISHER, now=now)
