"""Statements and their versions: the exact bytes that people approve and the log records."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import rfc8785
from sqlalchemy.orm import Session

from core.clock import iso_beijing
from core.directory import Directory
from core.errors import RefusedError
from core.vocabulary import Role, StatementKind, StatementState
from release import facts as ledger
from release import people, store, wording
from release.entries import MAX_CONTENT_BYTES
from release.people import Act
from release.records import Fact, Move, Person, Sentence, Statement, Version
from release.tables import StatementRow

LANG = "zh-CN"
ISSUER = "issuer"
"""Section of the last sentence: the full name of the issuing unit, pinned when drafted (RL05)."""

# Red lines look at a sentence whole; 80 000 characters in one took half a minute.
MAX_SENTENCE = 2000
# One such character in any published text, and the feed could never be written again.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")

MENDING = frozenset({StatementKind.CORRECTION, StatementKind.WITHDRAWAL})
FIXED = frozenset(
    {
        StatementState.PUBLISHED,
        StatementState.UPDATED,
        StatementState.CORRECTED,
        StatementState.WITHDRAWN,
        StatementState.ARCHIVED,
    }
)
"""States whose text never changes again."""


def canonical_bytes(statement: Statement, version: Version) -> bytes:
    """Return RFC 8785 canonical JSON of what the public reads; equal texts give equal bytes.

    Keys: statement_id, incident_id, kind, issuer (full name), title, sentences (section and
    text each), next_update_at (ISO 8601 +08:00 or null), supersedes, reason, lang. Neither
    people nor fact ids are in it.
    """
    due = version.next_update_at
    return rfc8785.dumps(
        {
            "statement_id": statement.statement_id,
            "incident_id": statement.incident_id,
            "kind": statement.kind.value,
            "issuer": issuer_name(statement, version),
            "title": version.title,
            "sentences": [
                {"section": s.section, "text": s.text}
                for s in version.sentences
                if s.section != ISSUER
            ],
            "next_update_at": iso_beijing(due) if due is not None else None,
            "supersedes": statement.supersedes,
            "reason": statement.reason,
            "lang": LANG,
        }
    )


def content_sha256(statement: Statement, version: Version) -> str:
    """Return the hex SHA-256 of ``canonical_bytes``."""
    return hashlib.sha256(canonical_bytes(statement, version)).hexdigest()


def form_blockers(statement: Statement, version: Version) -> list[str]:
    """Return why the log or the public page cannot hold the text as it is; empty means they can."""
    reasons = []
    # An entry repeats the reason outside the content.
    size = len(canonical_bytes(statement, version)) + len(rfc8785.dumps(statement.reason))
    if size > MAX_CONTENT_BYTES:
        reasons.append(f"稿件过长：{size} 字节，上限 {MAX_CONTENT_BYTES} 字节，请精简或分成几篇")
    texts = [version.title, *(sentence.text for sentence in version.sentences), statement.reason]
    if any(_NOT_IN_XML.search(text) for text in texts):
        reasons.append("稿件含有不可见的控制字符，请删去后重新录入")
    return reasons


def issuer_name(statement: Statement, version: Version) -> str:
    """Return the full name that signs *version*; the unit's id when none was pinned."""
    names = [s.text for s in version.sentences if s.section == ISSUER]
    return names[-1] if names else statement.issuer


def draft(
    session: Session,
    *,
    incident_id: str,
    kind: StatementKind,
    issuer: str,
    title: str,
    sentences: Sequence[Sentence],
    next_update_at: datetime | None,
    claims: Sequence[int] = (),
    questions: Sequence[int] = (),
    supersedes: str | None = None,
    reason: str = "",
    person: Person,
    now: datetime,
    directory: Directory,
) -> Statement:
    """Add a statement with its first version; raise ``RefusedError`` with every reason against it.

    *issuer* is a unit id; its full name is pinned into the text. Red lines are looked at when
    the draft is submitted, so an unfinished draft can be kept.
    """
    unit = directory.unit(issuer)
    reasons = people.role_blockers(person, people.roles_that_may(Act.DRAFT))
    reasons += _text_reasons(session, incident_id, title, sentences)
    reasons += _supersedes_reasons(session, incident_id, kind, supersedes, reason)
    if directory.units and unit is None:
        reasons.append(f"单位目录里没有发布单位“{issuer}”")
    if reasons:
        raise RefusedError(reasons)
    statement = Statement(
        statement_id=store.next_id(session, StatementRow, "S"),
        incident_id=incident_id,
        kind=kind,
        state=StatementState.DRAFT,
        issuer=issuer,
        claims=tuple(claims),
        questions=tuple(questions),
        supersedes=supersedes,
        reason=reason.strip(),
        version=1,
        submitted_at=None,
        approved_at=None,
        published_at=None,
        log_index=None,
    )
    signed = _signed(sentences, unit.name if unit else issuer)
    first = _version(
        statement,
        title=title,
        sentences=signed,
        next_update_at=next_update_at,
        person=person,
        now=now,
    )
    store.add_statement(session, statement, first)
    return statement


def draft_from_template(
    session: Session,
    *,
    incident_id: str,
    kind: StatementKind,
    issuer: str,
    fact_names: Sequence[str] = (),
    facts: Mapping[str, Fact] | None = None,
    values: Mapping[str, str],
    next_update_at: datetime | None,
    claims: Sequence[int] = (),
    questions: Sequence[int] = (),
    supersedes: str | None = None,
    reason: str = "",
    person: Person,
    now: datetime,
    directory: Directory,
) -> Statement:
    """Add a statement composed from its kind's template; raise ``RefusedError`` as ``draft`` does.

    *fact_names* are looked up among the incident's current facts, as 转移人数 or 全县转移人数;
    *facts* adds facts under names that a template's blanks use, such as 人员情况 or 答1.
    """
    known = ledger.by_name(store.current_facts(session, incident_id))
    if missing := [name for name in fact_names if name not in known]:
        raise RefusedError([f"台账里没有当前事实“{name}”" for name in missing])
    unit = directory.unit(issuer)
    title, sentences = wording.compose(
        kind,
        facts={name: known[name] for name in fact_names} | dict(facts or {}),
        values=values,
        next_update_at=next_update_at,
        issuer_name=unit.name if unit else issuer,
        now=now,
    )
    return draft(
        session,
        incident_id=incident_id,
        kind=kind,
        issuer=issuer,
        title=title,
        sentences=sentences,
        next_update_at=next_update_at,
        claims=claims,
        questions=questions,
        supersedes=supersedes,
        reason=reason,
        person=person,
        now=now,
        directory=directory,
    )


def edit(
    session: Session,
    statement_id: str,
    *,
    title: str,
    sentences: Sequence[Sentence],
    next_update_at: datetime | None,
    person: Person,
    now: datetime,
) -> Statement:
    """Add the next version of a statement; approvals of earlier ones count no more.

    A statement that was under way goes back to 草稿 with a ``Move``. Raises ``RefusedError``
    with every reason against it; a published text is corrected by a new statement instead.
    """
    statement = store.load_statement(session, statement_id)
    last = store.load_version(session, statement_id, statement.version)
    reasons = people.role_blockers(person, people.roles_that_may(Act.DRAFT))
    if statement.state in FIXED:
        reasons.append(f"“{statement.state.label}”的稿件不能修改，请另发更正或续报")
    reasons += _text_reasons(session, statement.incident_id, title, sentences)
    if reasons:
        raise RefusedError(reasons)
    signed = _signed(sentences, issuer_name(statement, last))
    following = replace(statement, version=statement.version + 1)
    version = _version(
        following,
        title=title,
        sentences=signed,
        next_update_at=next_update_at,
        person=person,
        now=now,
    )
    store.add_version(session, version)
    if statement.state is not StatementState.DRAFT:
        store.set_state(session, statement_id, StatementState.DRAFT)
        store.add_move(session, _back(statement, version, person, now))
    return store.load_statement(session, statement_id)


def _version(
    statement: Statement,
    *,
    title: str,
    sentences: tuple[Sentence, ...],
    next_update_at: datetime | None,
    person: Person,
    now: datetime,
) -> Version:
    version = Version(
        statement_id=statement.statement_id,
        version=statement.version,
        title=title.strip(),
        sentences=sentences,
        next_update_at=next_update_at,
        edited_by=person.person_id,
        edited_at=now,
        sha256="",
    )
    return replace(version, sha256=content_sha256(statement, version))


def _signed(sentences: Sequence[Sentence], name: str) -> tuple[Sentence, ...]:
    text = [sentence for sentence in sentences if sentence.section != ISSUER]
    return (*text, Sentence(text=name, section=ISSUER))


def _back(statement: Statement, version: Version, person: Person, now: datetime) -> Move:
    return Move(
        statement_id=statement.statement_id,
        version=version.version,
        from_state=statement.state,
        to_state=StatementState.DRAFT,
        person_id=person.person_id,
        role=Role.DRAFTER,
        at=now,
        reason="修改文稿",
        sha256=version.sha256,
    )


def _text_reasons(
    session: Session, incident_id: str, title: str, sentences: Sequence[Sentence]
) -> list[str]:
    reasons = []
    text = [sentence for sentence in sentences if sentence.section != ISSUER]
    if not title.strip():
        reasons.append("稿件必须有标题")
    if not text or any(not sentence.text.strip() for sentence in text):
        reasons.append("稿件必须有正文，且不能有空句")
    if any(len(words) > MAX_SENTENCE for words in (title, *(s.text for s in text))):
        reasons.append(f"标题和每一句都不能超过{MAX_SENTENCE}字，请分句")
    known = {fact.fact_id for fact in store.all_facts(session, incident_id)}
    used = dict.fromkeys(i for sentence in text for i in sentence.facts)
    return reasons + [f"绑定的事实 {i} 不在本事件台账" for i in used if i not in known]


def _supersedes_reasons(
    session: Session, incident_id: str, kind: StatementKind, supersedes: str | None, reason: str
) -> list[str]:
    if supersedes is None:
        return [f"{kind.label}必须指明所针对的稿件"] if kind in MENDING else []
    reasons = []
    if kind in MENDING and not reason.strip():
        reasons.append(f"{kind.label}必须写明原因")
    older = {s.statement_id: s for s in store.all_statements(session, incident_id)}.get(supersedes)
    if older is None or older.log_index is None:
        reasons.append(f"所针对的稿件 {supersedes} 不是本事件已发布的稿件")
    return reasons
