"""Publishing: the approved bytes become a log entry, a signed head and owed deliveries at once.

``publish`` runs in its caller's one transaction and sends nothing. ``deliver_pending`` comes
after, at least once for each outlet. Links to claims and questions are the console's business.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from core.directory import Directory
from core.errors import HuiyingError, RefusedError
from core.vocabulary import LeafType, Role, StatementKind, StatementState
from release import drafting, journal, reviewing, store
from release import entries as formats
from release.outlets import Delivery, DeliveryError, Outlet
from release.records import Approval, Move, Owed, Person, Publication, Statement, Version

POLICY = "two_person"

log = structlog.get_logger()

# Kind of the new statement -> its leaf type, and what becomes of the statement it replaces.
_OUTCOMES: Mapping[StatementKind, tuple[LeafType, StatementState]] = {
    StatementKind.CORRECTION: (LeafType.CORRECTION, StatementState.CORRECTED),
    StatementKind.WITHDRAWAL: (LeafType.WITHDRAWAL, StatementState.WITHDRAWN),
}
_UPDATE = (LeafType.RELEASE, StatementState.UPDATED)


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try to deliver ended."""

    owed: Owed
    error: str
    """Empty when the outlet took it."""


def blockers(
    session: Session, statement_id: str, person: Person, *, directory: Directory, now: datetime
) -> list[str]:
    """Return every reason why *person* may not publish the statement now; empty means they may.

    These are the workflow's reasons for this move, red lines among them, and what stands against
    replacing an earlier statement.
    """
    reasons = reviewing.blockers(
        session, statement_id, StatementState.PUBLISHED, person, directory=directory, now=now
    )
    return reasons + _supersedes_blockers(session, store.load_statement(session, statement_id))


def _supersedes_blockers(session: Session, statement: Statement) -> list[str]:
    mends = statement.kind in _OUTCOMES
    if statement.supersedes is None:
        return [f"{statement.kind.label}须指明所针对的稿件"] if mends else []
    reasons = []
    if mends and not statement.reason.strip():
        reasons.append(f"{statement.kind.label}须写明原因")
    older = store.load_statement(session, statement.supersedes)
    open_states = {StatementState.PUBLISHED}
    if mends:
        # An old text stays readable, so an error in it can still be corrected.
        open_states |= {StatementState.UPDATED, StatementState.CORRECTED}
    if older.log_index is None or older.state not in open_states:
        reasons.append(f"所针对的稿件 {older.statement_id} 当前为“{older.state.label}”，不能被接替")
    return reasons


def publish(
    session: Session,
    statement_id: str,
    person: Person,
    *,
    now: datetime,
    directory: Directory,
    office: str,
    origin: str,
    key: Ed25519PrivateKey,
    outlets: Sequence[str],
    drill: bool = False,
) -> Publication:
    """Publish the signed statement: publication, entry, signed head and debts, all or nothing.

    Raises ``RefusedError`` with every reason at once. The caller commits; after any other
    error it must roll back. The first publication begins the log; *drill* then marks it for good.
    """
    if reasons := blockers(session, statement_id, person, directory=directory, now=now):
        raise RefusedError(reasons)
    statement = store.load_statement(session, statement_id)
    journal.start_log(session, now=now, office=office, origin=origin, key=key, drill=drill)
    version = store.load_version(session, statement_id, statement.version)
    publication = Publication(
        statement_id=statement_id,
        version=version.version,
        sha256=version.sha256,
        policy=POLICY,
        log_index=journal.next_index(session),
        published_by=person.person_id,
        published_at=now,
    )
    store.add_publication(session, publication)
    leaf, superseded = _OUTCOMES.get(statement.kind, _UPDATE)
    fields = _fields(session, statement, version, key=key)
    content = json.loads(drafting.canonical_bytes(statement, version))
    entry = journal.append(
        session,
        type=leaf,
        time=now,
        content=journal.envelope(content, office=office, origin=origin) | fields,
    )
    _move(session, statement, StatementState.PUBLISHED, person, now)
    if statement.supersedes is not None:
        older = store.load_statement(session, statement.supersedes)
        _move(session, older, superseded, person, now, reason=statement.reason)
    journal.sign_head(session, key, origin)
    for outlet in outlets:
        leaf_hash = journal.leaf_hash_of(entry)
        store.add_owed(session, Owed(outlet, entry.index, leaf_hash, queued_at=now))
    log.info("statement_published", statement=statement_id, log_index=entry.index)
    return publication


def _fields(
    session: Session, statement: Statement, version: Version, *, key: Ed25519PrivateKey
) -> dict[str, Any]:
    approvals = store.approvals_of(session, statement.statement_id, version.version)
    older = None
    if statement.supersedes is not None:
        index = store.load_statement(session, statement.supersedes).log_index
        older = {"statement": statement.supersedes, "seq": index}
    return {
        "incident": statement.incident_id,
        "statement": statement.statement_id,
        "version": version.version,
        "policy": POLICY,
        "approvals": [_approval(approval, key) for approval in approvals],
        "supersedes": older,
        "reason": statement.reason,
    }


def _approval(approval: Approval, key: Ed25519PrivateKey) -> dict[str, str]:
    return {
        "role": approval.role.value,
        "approver": journal.approver_pseudonym(key, approval.statement_id, approval.person_id),
        "time": formats.utc_text(approval.at),
    }


def _move(
    session: Session,
    statement: Statement,
    state: StatementState,
    person: Person,
    now: datetime,
    *,
    reason: str = "",
) -> None:
    version = store.load_version(session, statement.statement_id, statement.version)
    store.set_state(session, statement.statement_id, state)
    move = Move(
        statement_id=statement.statement_id,
        version=version.version,
        from_state=statement.state,
        to_state=state,
        person_id=person.person_id,
        role=Role.PUBLISHER,
        at=now,
        reason=reason,
        sha256=version.sha256,
    )
    store.add_move(session, move)


def deliver_pending(
    session: Session, outlets: Mapping[str, Outlet], *, now: datetime
) -> list[Attempt]:
    """Try every owed delivery once, oldest first, and return how each try ended.

    A failure is recorded and tried again at the next call. Raises ``HuiyingError``, delivering
    nothing, when the stored log is not the signed one: then no outlet may show it.
    """
    owed = store.pending(session)
    if not owed:
        return []
    entries, tree = journal.check_stored(session)
    head = store.last_checkpoint(session)
    if head is None or head.size != len(entries):
        raise HuiyingError(f"release log: {len(entries)} entries, but the head does not cover them")
    journal.check_continues(tree, head)
    attempts = []
    for debt in owed:
        error = _deliver(outlets.get(debt.outlet), Delivery(debt, tuple(entries), head))
        store.mark_delivery(session, debt, delivered_at=None if error else now, error=error)
        attempts.append(Attempt(debt, error))
    return attempts


def _deliver(outlet: Outlet | None, delivery: Delivery) -> str:
    owed = delivery.owed
    if outlet is None:
        return f"no outlet is named {owed.outlet!r}"
    try:
        outlet.deliver(delivery)
    except (DeliveryError, OSError) as error:
        log.warning("delivery_failed", outlet=owed.outlet, log_index=owed.log_index)
        return f"{type(error).__name__}: {error}"
    log.info("delivered", outlet=owed.outlet, log_index=owed.log_index)
    return ""
