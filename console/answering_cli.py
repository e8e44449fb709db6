"""The verbs of answering: facts, verdicts, drafts and statements.

Who acts is said with ``--as``. There is no sign-in yet: the command line trusts whoever may write
to the data folder, and the database refuses what two distinct people did not approve.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from analysis import store as heard
from console import acts, wiring
from console.options import Data, data_folder
from console.wiring import Services
from core.clock import beijing, parse_moment, utc_now
from core.database import reading, transaction
from core.errors import HuiyingError, in_one_line
from core.vocabulary import EvidenceKind, StatementKind, Verdict
from release import drafting, facts, reviewing, store, verifying
from release.records import Part, Person, Sentence, Statement

fact_app = typer.Typer(help="Evidence and facts: one figure, one place.", no_args_is_help=True)
verdict_app = typer.Typer(help="Verdicts on claims.", no_args_is_help=True)
draft_app = typer.Typer(help="Drafts of statements.", no_args_is_help=True)
statement_app = typer.Typer(help="Statements on their way out.", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="Person id of who acts.")]
Incident = Annotated[str, typer.Option("--incident", help="Incident id.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(fact_app, name="fact")
    app.add_typer(verdict_app, name="verdict")
    app.add_typer(draft_app, name="draft")
    app.add_typer(statement_app, name="statement")


@dataclass(frozen=True, slots=True)
class Act:
    """One act in progress: the folder, the transaction, who acts and when."""

    services: Services
    session: Session
    person: Person
    now: datetime


@contextmanager
def _act(data: Path | None, person_id: str) -> Iterator[Act]:
    services = wiring.build(data_folder(data))
    with transaction(services.engine) as session:
        person = store.load_person(session, person_id)
        yield Act(services, session, person, utc_now())


def _moment(text: str, option: str) -> datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise HuiyingError(
            f"{option}: expected a moment such as 2031-06-17T20:10+08:00, got {text!r}"
        ) from error


def _question_key(question_id: str) -> int:
    if not (question_id.startswith("Q") and question_id[1:].isdecimal()):
        raise HuiyingError(f"expected a question id such as Q000012, got {question_id!r}")
    return int(question_id[1:])


def _claim_key(claim_id: str) -> int:
    if not (claim_id.startswith("C") and claim_id[1:].isdecimal()):
        raise HuiyingError(f"expected a claim id such as C000012, got {claim_id!r}")
    return int(claim_id[1:])


@fact_app.command("evidence")
def fact_evidence(
    incident: Incident,
    kind: Annotated[EvidenceKind, typer.Option(help="E1 to E9.")],
    summary: Annotated[str, typer.Option(help="What it shows.")],
    unit: Annotated[str, typer.Option(help="Unit id that gave or recorded it.")],
    observed_at: Annotated[str, typer.Option(help="Moment it speaks of, with offset.")],
    person: As,
    data: Data = None,
) -> None:
    """Record one piece of evidence."""
    with _act(data, person) as act:
        heard.load_incident(act.session, incident)
        evidence = facts.record_evidence(
            act.session,
            incident_id=incident,
            kind=kind,
            summary=summary,
            unit=unit,
            observed_at=_moment(observed_at, "--observed-at"),
            person=act.person,
            now=act.now,
            directory=act.services.directory,
        )
    typer.echo(evidence.evidence_id)


@fact_app.command("add")
def fact_add(
    incident: Incident,
    field: Annotated[str, typer.Option(help="Indicator, such as 转移人数.")],
    value: Annotated[str, typer.Option(help="Its value.")],
    scope: Annotated[str, typer.Option(help="What it covers, such as 全县.")],
    as_of: Annotated[str, typer.Option(help="As-of moment, with offset.")],
    confirmed_by: Annotated[str, typer.Option(help="Unit id that confirms it.")],
    evidence: Annotated[list[str], typer.Option(help="Evidence id; several times if several.")],
    person: As,
    data: Data = None,
    *,
    unit: Annotated[str, typer.Option(help="Unit of measure, such as 人.")] = "",
    supersedes: Annotated[str | None, typer.Option(help="Fact id it replaces.")] = None,
    reason: Annotated[str, typer.Option(help="Why a cumulative figure falls.")] = "",
) -> None:
    """Record one fact."""
    with _act(data, person) as act:
        heard.load_incident(act.session, incident)
        fact = facts.record_fact(
            act.session,
            incident_id=incident,
            field=field,
            value=value,
            unit=unit,
            scope=scope,
            as_of=_moment(as_of, "--as-of"),
            confirmed_by=confirmed_by,
            evidence=evidence,
            supersedes=supersedes,
            reason=reason,
            person=act.person,
            now=act.now,
            directory=act.services.directory,
        )
    typer.echo(fact.fact_id)


@fact_app.command("list")
def fact_list(incident: Incident, data: Data = None) -> None:
    """List an incident's current facts with the age of each."""
    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        heard.load_incident(session, incident)
        for fact in store.current_facts(session, incident):
            typer.echo(
                f"{fact.fact_id}\t{fact.scope}{fact.field}\t{fact.value}{fact.unit}\t"
                f"截至{beijing(fact.as_of):%m-%d %H:%M}\t{fact.confirmed_by}"
            )


@verdict_app.command("propose")
def verdict_propose(
    claim_id: Annotated[str, typer.Argument(help="Claim id, such as C000012.")],
    verdict: Annotated[Verdict, typer.Argument(help="What was found.")],
    summary: Annotated[str, typer.Option(help="Why, in a sentence or two.")],
    as_of: Annotated[str, typer.Option(help="As-of moment, with offset.")],
    incident: Incident,
    person: As,
    data: Data = None,
    *,
    evidence: Annotated[list[str] | None, typer.Option(help="Evidence id.")] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="A part with its verdict: 泵站停运=verified_true.")
    ] = None,
    measures: Annotated[str, typer.Option(help="Measures taken, and by whom.")] = "",
    changed_at: Annotated[str | None, typer.Option(help="For 已过时: when it changed.")] = None,
    subject_unit: Annotated[
        list[str] | None,
        typer.Option(help="Unit id the claim is about; its own word never makes it false."),
    ] = None,
) -> None:
    """Propose a verdict; another person must approve it."""
    from console import claim_acts

    with _act(data, person) as act:
        heard.load_incident(act.session, incident)
        claim_acts.require_standing(act.session, _claim_key(claim_id))
        judgement = verifying.propose(
            act.session,
            claim=_claim_key(claim_id),
            incident_id=incident,
            verdict=verdict,
            parts=[_part(text) for text in part or ()],
            evidence=evidence or (),
            measures=measures,
            as_of=_moment(as_of, "--as-of"),
            changed_at=_moment(changed_at, "--changed-at") if changed_at else None,
            summary=summary,
            subject_units=frozenset(subject_unit or ()),
            person=act.person,
            now=act.now,
            directory=act.services.directory,
        )
    typer.echo(judgement.judgement_id)


def _part(text: str) -> Part:
    words, separator, verdict = text.rpartition("=")
    if not separator or verdict not in set(Verdict):
        raise HuiyingError(f"--part: expected TEXT=VERDICT, got {text!r}")
    return Part(text=words, verdict=Verdict(verdict))


@verdict_app.command("approve")
def verdict_approve(judgement_id: str, person: As, data: Data = None) -> None:
    """Approve a proposed verdict."""
    with _act(data, person) as act:
        acts.approve_verdict(act.session, judgement_id, act.person, act.now)


@verdict_app.command("list")
def verdict_list(data: Data = None) -> None:
    """List every verdict ever proposed, oldest first."""
    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        for j in store.all_judgements(session):
            state = "已审定" if j.approved_at else "待审定"
            units = ",".join(sorted(j.subject_units)) or "未写涉事单位"
            typer.echo(
                f"{j.judgement_id}\tC{j.claim:06d}\t{j.verdict.label}\t{state}\t{units}\t{j.summary}"
            )


class DraftSentence(BaseModel):
    """One sentence of a draft file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    facts: tuple[str, ...] = ()
    section: Literal["facts", "actions", "advice", "unknown", "promise", "contact", "body"] = "body"


class DraftFile(BaseModel):
    """A draft as a file: its own sentences, or the values for its kind's template."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    sentences: tuple[DraftSentence, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    facts: tuple[str, ...] = ()
    next_update_at: AwareDatetime | None = None
    claims: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    supersedes: str | None = None
    reason: str = ""

    def spoken(self) -> tuple[Sentence, ...]:
        """Return the sentences as records."""
        return tuple(Sentence(s.text, s.facts, s.section) for s in self.sentences)


def _draft_file(file: Path) -> DraftFile:
    try:
        return DraftFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise HuiyingError(f"{file}: {in_one_line(error)}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HuiyingError(f"{file}: {error}") from error


@draft_app.command("new")
def draft_new(
    file: Annotated[Path, typer.Argument(help="Draft file (docs/workflow.md).")],
    incident: Incident,
    kind: Annotated[StatementKind, typer.Option(help="Kind of statement.")],
    issuer: Annotated[str, typer.Option(help="Unit id in whose name it speaks.")],
    person: As,
    data: Data = None,
) -> None:
    """Draft a statement from its own sentences, or from its kind's template and values."""
    read = _draft_file(file)
    with _act(data, person) as act:
        heard.load_incident(act.session, incident)
        statement = _new_draft(act, read, incident=incident, kind=kind, issuer=issuer)
    typer.echo(statement.statement_id)


def _new_draft(
    act: Act, read: DraftFile, *, incident: str, kind: StatementKind, issuer: str
) -> Statement:
    from console import claim_acts

    claims = [_claim_key(claim) for claim in read.claims]
    questions = [_question_key(question) for question in read.questions]
    for claim in claims:
        claim_acts.require_standing(act.session, claim)
    for question in questions:
        heard.load_question(act.session, question)
    if read.sentences:
        return drafting.draft(
            act.session,
            incident_id=incident,
            kind=kind,
            issuer=issuer,
            title=read.title,
            sentences=read.spoken(),
            next_update_at=read.next_update_at,
            claims=claims,
            questions=questions,
            supersedes=read.supersedes,
            reason=read.reason,
            person=act.person,
            now=act.now,
            directory=act.services.directory,
        )
    return drafting.draft_from_template(
        act.session,
        incident_id=incident,
        kind=kind,
        issuer=issuer,
        fact_names=read.facts,
        values=read.values,
        next_update_at=read.next_update_at,
        claims=claims,
        questions=questions,
        supersedes=read.supersedes,
        reason=read.reason,
        person=act.person,
        now=act.now,
        directory=act.services.directory,
    )


@draft_app.command("edit")
def draft_edit(
    statement_id: str,
    file: Annotated[Path, typer.Argument(help="Draft file with title and sentences.")],
    person: As,
    data: Data = None,
) -> None:
    """Replace a draft's text; approvals of the earlier text count no more."""
    read = _draft_file(file)
    with _act(data, person) as act:
        drafting.edit(
            act.session,
            statement_id,
            title=read.title,
            sentences=read.spoken(),
            next_update_at=read.next_update_at,
            person=act.person,
            now=act.now,
        )


@draft_app.command("check")
def draft_check(statement_id: str, data: Data = None) -> None:
    """Check a draft against the red lines; exit 1 when one blocks."""
    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        found = reviewing.findings(
            session, statement_id, directory=services.directory, now=utc_now()
        )
    for finding in found:
        grade = "阻止" if finding.blocking else "提醒"
        typer.echo(f"{finding.rule}\t{grade}\t{finding.reason}\t{finding.sentence}\t{finding.fix}")
    if any(finding.blocking for finding in found):
        raise typer.Exit(1)


@statement_app.command("submit")
def statement_submit(statement_id: str, person: As, data: Data = None) -> None:
    """Submit a draft for review."""
    with _act(data, person) as act:
        reviewing.submit(
            act.session, statement_id, act.person, act.now, directory=act.services.directory
        )


@statement_app.command("approve")
def statement_approve(statement_id: str, person: As, data: Data = None) -> None:
    """Approve the exact bytes of the newest version: the review first, then the signature."""
    with _act(data, person) as act:
        done = reviewing.approve(
            act.session, statement_id, act.person, act.now, directory=act.services.directory
        )
    typer.echo(done.state.label)


@statement_app.command("return")
def statement_return(
    statement_id: str,
    reason: Annotated[str, typer.Option(help="Why; kept for ever.")],
    person: As,
    data: Data = None,
) -> None:
    """Send a statement back to its drafters."""
    with _act(data, person) as act:
        reviewing.send_back(
            act.session,
            statement_id,
            act.person,
            act.now,
            reason=reason,
            directory=act.services.directory,
        )


@statement_app.command("publish")
def statement_publish(statement_id: str, person: As, data: Data = None) -> None:
    """Publish a signed statement: log entry and public page."""
    services = wiring.build(data_folder(data))
    publication = acts.publish(services, statement_id, by=person)
    typer.echo(f"日志第 {publication.log_index} 条")


@statement_app.command("deliver")
def statement_deliver(data: Data = None) -> None:
    """Deliver what an outlet could not take before; safe at any time."""
    acts.deliver(wiring.build(data_folder(data)))


@statement_app.command("list")
def statement_list(data: Data = None) -> None:
    """List every statement with its state."""
    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        for s in store.all_statements(session):
            title = store.load_version(session, s.statement_id, s.version).title
            typer.echo(f"{s.statement_id}\t{s.state.label}\t{s.kind.label}\t{title}")
