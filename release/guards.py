"""Rules the database itself keeps, for raw SQL as for our own code: SQLite triggers.

Python checks the same rules first, with kinder words (``release.workflow``). These hold when
Python is wrong, is bypassed, or two people act at once. They are dropped by an Alembic batch
rebuild, so ``install`` runs after every migration and ``missing`` at every start.

``INSERT OR REPLACE`` fires no delete trigger unless ``recursive_triggers`` is on, which a
foreign connection need not set; so every guarded table also refuses an insert over a row. A row
could still be aimed at by a hidden number that no trigger sees: guarded tables have none, their
key is one integer (then that is the number) or ``core.database.WITHOUT_ROWID`` leaves it out.
"""

# ruff: noqa: S608  every name put into this SQL stands in this file or in the vocabulary

from collections.abc import Mapping

from sqlalchemy import Connection

from core.vocabulary import Role, StatementState
from release.entries import POLICIES, STATEMENT_TYPES, Policy

_PREFIX = "guard_"

APPROVING_ROLES = (
    Role.OFFICE_REVIEWER,
    Role.PUBLICITY_REVIEWER,
    Role.SECRECY_REVIEWER,
    Role.SIGNER,
)

# Table -> when a new row would stand in the place of an old one (primary and unique keys).
_KEPT: Mapping[str, str] = {
    "versions": "statement_id = NEW.statement_id AND version = NEW.version",
    "approvals": "statement_id = NEW.statement_id AND version = NEW.version "
    "AND person_id = NEW.person_id",
    "publications": "statement_id = NEW.statement_id OR log_index = NEW.log_index",
    "moves": "key = NEW.key",
    "log_entries": '"index" = NEW."index" OR leaf_hash = NEW.leaf_hash',
    "log_checkpoints": "size = NEW.size",
    "evidence": "evidence_id = NEW.evidence_id",
    "facts": "fact_id = NEW.fact_id OR supersedes = NEW.supersedes",
    "incident_moves": "key = NEW.key",
    "alerts": "key = NEW.key",
    "alert_moves": "key = NEW.key",
    "alert_quiets": "key = NEW.key",
    "alert_budgets": "key = NEW.key",
    "claim_edits": "key = NEW.key",
    "check_labels": "key = NEW.key",
    "shelf_reviews": "key = NEW.key",
    "help_moves": "key = NEW.key",
    "sealed_readings": "key = NEW.key",
    "destructions": "key = NEW.key",
    "upward_drafts": "key = NEW.key",
    "upward_sent": "key = NEW.key OR draft = NEW.draft",
    "shifts": "key = NEW.key",
    "shift_removals": "key = NEW.key OR shift = NEW.shift",
    "handovers": "key = NEW.key OR shift = NEW.shift",
    "escalations": "key = NEW.key OR (about = NEW.about AND step = NEW.step)",
}
# Tables whose rows may change in named columns only; the keys and the fixed columns of each.
_FIXED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "statements": (
        "statement_id = NEW.statement_id",
        (
            "statement_id",
            "incident_id",
            "kind",
            "issuer",
            "claims",
            "questions",
            "supersedes",
            "reason",
        ),
    ),
    "judgements": (
        "judgement_id = NEW.judgement_id",
        (
            "judgement_id",
            "claim",
            "incident_id",
            "verdict",
            "parts",
            "evidence",
            "subject_units",
            "measures",
            "as_of",
            "changed_at",
            "summary",
            "proposed_by",
            "proposed_at",
        ),
    ),
    "outbox": (
        "key = NEW.key OR (outlet = NEW.outlet AND log_index = NEW.log_index)",
        ("key", "outlet", "log_index", "idempotency_key", "queued_at"),
    ),
    "people": ("person_id = NEW.person_id", ("person_id",)),
    "incidents": ("incident_id = NEW.incident_id", ("incident_id", "opened_at")),
    "help_leads": ("key = NEW.key OR post = NEW.post", ("key", "post")),
    "tellings": (
        "key = NEW.key OR name = NEW.name",
        ("key", "name", "about", "alert", "lead", "level", "title", "text", "at"),
    ),
    "silences": ("key = NEW.key", ("key", "source", "since", "dark", "told_at")),
}

REVIEWING_ROLES = (Role.OFFICE_REVIEWER, Role.PUBLICITY_REVIEWER)
"""Who reviews a prepared answer; it goes out only in a statement, which is approved by itself."""

_NEWEST = "(SELECT max(version) FROM versions WHERE statement_id = NEW.statement_id)"
_PUBLISHED = "EXISTS (SELECT 1 FROM publications WHERE statement_id = NEW.statement_id)"
_LACKS_ROLE = """NOT EXISTS (
      SELECT 1 FROM people p, json_each(p.roles) held
      WHERE p.person_id = NEW.person_id AND p.active AND held.value = NEW.role)"""
_BODY = "CAST(NEW.body AS TEXT)"


def _quoted(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _approvals(statement: str, version: str, sha256: str, extra: str = "") -> str:
    """Return SQL that counts the distinct people who approved these bytes and drafted none."""
    return f"""(SELECT count(DISTINCT a.person_id) FROM approvals a
      WHERE a.statement_id = {statement} AND a.version = {version} AND a.sha256 = {sha256} {extra}
        AND a.person_id NOT IN
          (SELECT edited_by FROM versions v WHERE v.statement_id = {statement}))"""


def _policy_holds(name: str, policy: Policy) -> str:
    bytes_of = ("NEW.statement_id", "NEW.version", "NEW.sha256")
    return f"""(NEW.policy = '{name}'
      AND {_approvals(*bytes_of)} >= {policy.approvers}
      AND {_approvals(*bytes_of, f"AND a.role = '{policy.role.value}'")} >= 1)"""


def _trigger(name: str, moment: str, when: str, rule: str) -> tuple[str, str]:
    full = f"{_PREFIX}{name}"
    text = f"""CREATE TRIGGER {full} BEFORE {moment}
WHEN {when}
BEGIN SELECT RAISE(ABORT, '{rule}'); END"""
    return full, text


def _keeping() -> list[tuple[str, str]]:
    triggers = []
    for table, place in _KEPT.items():
        rule = f"{table}: rows are never changed, deleted or replaced"
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {place})"
        triggers += [
            _trigger(f"{table}_update", f"UPDATE ON {table}", "1", rule),
            _trigger(f"{table}_delete", f"DELETE ON {table}", "1", rule),
            _trigger(f"{table}_replace", f"INSERT ON {table}", taken, rule),
        ]
    for table, (place, columns) in _FIXED.items():
        rule = f"{table}: rows are never deleted or replaced"
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {place})"
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
        fixed = f"{table}: {', '.join(columns)} never change"
        triggers += [
            _trigger(f"{table}_delete", f"DELETE ON {table}", "1", rule),
            _trigger(f"{table}_replace", f"INSERT ON {table}", taken, rule),
            _trigger(f"{table}_fixed", f"UPDATE ON {table}", changed, fixed),
        ]
    return triggers


def _versions_and_approvals() -> list[tuple[str, str]]:
    next_version = f"NEW.version IS NOT coalesce({_NEWEST}, 0) + 1"
    drafted = """EXISTS (SELECT 1 FROM versions
      WHERE statement_id = NEW.statement_id AND edited_by = NEW.person_id)"""
    other_bytes = """NOT EXISTS (SELECT 1 FROM versions
      WHERE statement_id = NEW.statement_id AND version = NEW.version AND sha256 = NEW.sha256)"""
    insert = "INSERT ON approvals"
    return [
        _trigger("versions_next", "INSERT ON versions", next_version, "versions: not the next one"),
        _trigger(
            "versions_published",
            "INSERT ON versions",
            _PUBLISHED,
            "versions: the statement is published; correct it by a new statement",
        ),
        _trigger(
            "approvals_role",
            insert,
            f"NEW.role NOT IN ({_quoted([r.value for r in APPROVING_ROLES])})",
            "approvals: this role does not approve",
        ),
        _trigger(
            "approvals_person",
            insert,
            _LACKS_ROLE,
            "approvals: the person is not active or does not hold this role",
        ),
        _trigger(
            "approvals_drafter",
            insert,
            drafted,
            "approvals: nobody approves a statement they drafted",
        ),
        _trigger(
            "approvals_newest",
            insert,
            f"NEW.version IS NOT {_NEWEST}",
            "approvals: only the newest version can be approved",
        ),
        _trigger(
            "approvals_bytes", insert, other_bytes, "approvals: these are not the version''s bytes"
        ),
        _trigger(
            "approvals_published", insert, _PUBLISHED, "approvals: the statement is published"
        ),
    ]


def _states() -> list[tuple[str, str]]:
    public = [
        state.value
        for state in (
            StatementState.PUBLISHED,
            StatementState.UPDATED,
            StatementState.CORRECTED,
            StatementState.WITHDRAWN,
        )
    ]
    superseded = _quoted(public[1:])
    bytes_of = ("NEW.statement_id", _NEWEST, "v.sha256")
    fewest = min(policy.approvers for policy in POLICIES.values())
    approved = f"""EXISTS (SELECT 1 FROM versions v WHERE v.statement_id = NEW.statement_id
      AND v.version = {_NEWEST} AND {_approvals(*bytes_of)} >= {fewest})"""
    in_log = """EXISTS (SELECT 1 FROM publications p JOIN log_entries e
      ON e."index" = p.log_index WHERE p.statement_id = NEW.statement_id)"""
    follower = """EXISTS (SELECT 1 FROM statements s JOIN publications p
      ON p.statement_id = s.statement_id WHERE s.supersedes = NEW.statement_id)"""
    update = "UPDATE OF state ON statements"
    known = _quoted([state.value for state in StatementState])
    return [
        _trigger(
            "statements_first_state",
            "INSERT ON statements",
            f"NEW.state IN ({_quoted([*public, 'signed', 'archived'])})",
            "statements: a statement does not begin as signed or published",
        ),
        _trigger(
            "statements_known_state",
            update,
            f"NEW.state NOT IN ({known})",
            "statements: unknown state",
        ),
        _trigger(
            "statements_signed",
            update,
            f"NEW.state = 'signed' AND NOT {approved}",
            "statements: signed needs two distinct approvers of the newest bytes",
        ),
        _trigger(
            "statements_public",
            update,
            f"NEW.state IN ({_quoted(public)}) AND NOT {in_log}",
            "statements: published needs a publication and its log entry",
        ),
        _trigger(
            "statements_superseded",
            update,
            f"NEW.state IN ({superseded}) AND NOT {follower}",
            "statements: updated, corrected or withdrawn needs a published successor",
        ),
        _trigger(
            "statements_no_way_back",
            update,
            f"{_PUBLISHED} AND NEW.state NOT IN ({_quoted([*public, 'archived'])})",
            "statements: what is published stays published",
        ),
    ]


def _judgements() -> list[tuple[str, str]]:
    approver = """(NEW.approved_by IS NULL) IS NOT (NEW.approved_at IS NULL)
      OR NEW.approved_by IS OLD.proposed_by
      OR (NEW.approved_by IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM people WHERE person_id = NEW.approved_by AND active))"""
    return [
        _trigger(
            "judgements_proposed",
            "INSERT ON judgements",
            "NEW.approved_by IS NOT NULL OR NEW.approved_at IS NOT NULL",
            "judgements: a verdict is proposed first and approved by another person",
        ),
        _trigger(
            "judgements_once",
            "UPDATE ON judgements",
            "OLD.approved_by IS NOT NULL OR OLD.approved_at IS NOT NULL",
            "judgements: an approved verdict never changes",
        ),
        _trigger(
            "judgements_approver",
            "UPDATE ON judgements",
            approver,
            "judgements: the approver must be another, active person",
        ),
    ]


def _log() -> list[tuple[str, str]]:
    count = "(SELECT count(*) FROM log_entries)"
    policies = " OR ".join(_policy_holds(name, policy) for name, policy in POLICIES.items())
    released = _quoted([leaf.value for leaf in STATEMENT_TYPES])
    fits = f"""json_extract({_BODY}, '$.seq') = NEW."index"
      AND json_extract({_BODY}, '$.type') = NEW.type
      AND json_extract({_BODY}, '$.time') = strftime('%Y-%m-%dT%H:%M:%SZ', NEW.time)"""
    # The approvals written in the entry are those in the table, no more and no fewer.
    backed = f"""EXISTS (SELECT 1 FROM publications p WHERE p.log_index = NEW."index"
      AND json_extract({_BODY}, '$.statement') = p.statement_id
      AND json_extract({_BODY}, '$.version') = p.version
      AND json_extract({_BODY}, '$.policy') = p.policy
      AND json_extract({_BODY}, '$.content_sha256') = p.sha256
      AND json_array_length({_BODY}, '$.approvals') = (SELECT count(*) FROM approvals a
        WHERE a.statement_id = p.statement_id AND a.version = p.version))"""
    claimed = """EXISTS (SELECT 1 FROM publications WHERE log_index = NEW."index")"""
    return [
        _trigger(
            "publications_state",
            "INSERT ON publications",
            """NOT EXISTS (SELECT 1 FROM statements
      WHERE statement_id = NEW.statement_id AND state = 'signed')""",
            "publications: the statement is not signed",
        ),
        _trigger(
            "publications_newest",
            "INSERT ON publications",
            f"NEW.version IS NOT {_NEWEST}",
            "publications: not the newest version",
        ),
        _trigger(
            "publications_policy",
            "INSERT ON publications",
            f"NOT ({policies})",
            "publications: these bytes lack the approvals of their policy",
        ),
        _trigger(
            "publications_index",
            "INSERT ON publications",
            f"NEW.log_index IS NOT {count}",
            "publications: log_index must be the next index of the log",
        ),
        _trigger(
            "log_entries_next",
            "INSERT ON log_entries",
            f'NEW."index" IS NOT {count}',
            "log_entries: index must be the number of entries",
        ),
        _trigger(
            "log_entries_time",
            "INSERT ON log_entries",
            "NEW.time < (SELECT max(time) FROM log_entries)",
            "log_entries: time must not be before the last entry",
        ),
        _trigger(
            "log_entries_body",
            "INSERT ON log_entries",
            f"({fits}) IS NOT 1",
            "log_entries: the body does not say what its row says",
        ),
        _trigger(
            "log_entries_backed",
            "INSERT ON log_entries",
            f"NEW.type IN ({released}) AND NOT {backed}",
            "log_entries: a release needs its publication under this index",
        ),
        _trigger(
            "log_entries_claimed",
            "INSERT ON log_entries",
            f"NEW.type NOT IN ({released}) AND {claimed}",
            "log_entries: this index belongs to a publication",
        ),
        _trigger(
            "log_checkpoints_size",
            "INSERT ON log_checkpoints",
            f"NEW.size IS NOT {count} OR NEW.size <= (SELECT max(size) FROM log_checkpoints)",
            "log_checkpoints: size must be the number of entries, and grow",
        ),
        _trigger(
            "log_checkpoints_whole",
            "INSERT ON log_checkpoints",
            "EXISTS (SELECT 1 FROM publications WHERE log_index >= NEW.size)",
            "log_checkpoints: a publication has no entry",
        ),
    ]


def _shelf_reviews() -> list[tuple[str, str]]:
    insert = "INSERT ON shelf_reviews"
    return [
        _trigger(
            "shelf_reviews_role",
            insert,
            f"NEW.role NOT IN ({_quoted([role.value for role in REVIEWING_ROLES])})",
            "shelf_reviews: this role does not review",
        ),
        _trigger(
            "shelf_reviews_person",
            insert,
            _LACKS_ROLE,
            "shelf_reviews: the person is not active or does not hold this role",
        ),
    ]


def wanted() -> dict[str, str]:
    """Return the name and the SQL of every trigger that must exist."""
    return dict(
        [
            *_keeping(),
            *_versions_and_approvals(),
            *_states(),
            *_judgements(),
            *_log(),
            *_shelf_reviews(),
        ],
    )


def install(connection: Connection) -> None:
    """Drop our triggers and create them all anew; safe to repeat.

    Call it after the tables were created and after every migration, inside its transaction.
    """
    for name in _found(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    for text in wanted().values():
        connection.exec_driver_sql(text)


def missing(connection: Connection) -> list[str]:
    """Return the names of triggers that are absent or not as they must be; empty is good."""
    found = _found(connection)
    return sorted(name for name, text in wanted().items() if found.get(name) != text)


def _found(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: text for name, text in rows if name.startswith(_PREFIX)}
