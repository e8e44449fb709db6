"""Raw SQL against the file: what our own code would never do, the database must refuse too."""

# ruff: noqa: S608, ISC004  attacks are raw SQL, pairs of text and rule

import shutil
import sqlite3

import pytest
from sqlalchemy import text

from analysis.tables import ClaimRow
from core.database import reading, transaction
from core.vocabulary import Role, StatementState
from release import guards, store
from tests.release import log_world as world

APPROVE = (
    "INSERT INTO approvals (statement_id, version, person_id, sha256, role, at) "
    "VALUES ('{s}', {v}, '{p}', '{h}', '{r}', '2031-06-17 05:00:00.000000')"
)
PUBLISH = (
    "INSERT INTO publications "
    "(statement_id, version, sha256, policy, log_index, published_by, published_at) "
    "VALUES ('{s}', {v}, '{h}', '{policy}', {i}, 'sun', '2031-06-17 05:00:00.000000')"
)
ENTRY = (
    'INSERT INTO log_entries ("index", type, time, body, leaf_hash) VALUES '
    "({i}, '{t}', '{time}', "
    'CAST(\'{{"seq":{seq},"type":"{t}","time":"{jt}"}}\' AS BLOB), \'{leaf}\')'
)


def approve(s="S000003", v=2, p="li", h="{s3v2}", r="office_reviewer") -> str:
    return APPROVE.format(s=s, v=v, p=p, h=h, r=r)


def publication(s="S000002", v=1, h="{s2v1}", policy="two_person", i=3) -> str:
    return PUBLISH.format(s=s, v=v, h=h, policy=policy, i=i)


def entry(
    i=3,
    t="clock",
    seq=None,
    time="2031-06-17 06:00:00.000000",
    jt="2031-06-17T06:00:00Z",
    leaf="ab",
) -> str:
    return ENTRY.format(i=i, t=t, seq=i if seq is None else seq, time=time, jt=jt, leaf=leaf)


def state(s: str, to: str) -> str:
    return f"UPDATE statements SET state = '{to}' WHERE statement_id = '{s}'"


def copy_over(table: str, where: str = "1") -> str:
    return f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE {where} LIMIT 1"


def at_row(table: str, key: str, columns: str) -> str:
    return (
        f"INSERT OR REPLACE INTO {table} (rowid, {columns}) "
        f"SELECT {key}, {columns} FROM {table} LIMIT 1"
    )


# Attempt -> the words of the refusal. {s3v2} is the digest of version 2 of S000003, and so on.
ATTACKS = {
    # S000003 is a draft of qi with two versions; li approved the first.
    "the drafter approves": (approve(p="qi"), "nobody approves a statement they drafted"),
    "the drafter signs": (approve(p="qi", r="signer"), "they drafted"),
    "an admin approves": (approve(p="ma", r="admin"), "does not approve"),
    "a publisher approves as publisher": (approve(p="sun", r="publisher"), "does not approve"),
    "a role that is not held": (approve(p="li", r="signer"), "does not hold this role"),
    "a stranger approves": (approve(p="nobody"), "does not hold this role"),
    "an inactive person approves": (
        "UPDATE people SET active = 0 WHERE person_id = 'li';" + approve(),
        "not active",
    ),
    "the old version is approved": (approve(v=1, h="{s3v1}", p="zhao", r="signer"), "newest"),
    "the old bytes are approved": (approve(h="{s3v1}"), "not the version's bytes"),
    "made-up bytes are approved": (approve(h="0" * 64), "not the version's bytes"),
    "a version to come is approved": (approve(v=3), "approvals: "),
    "one approver twice, replacing": (
        approve() + ";" + approve(r="publicity_reviewer").replace("INSERT", "INSERT OR REPLACE"),
        "does not hold this role",
    ),
    "an approval is replaced": (copy_over("approvals"), "approvals: "),
    "an approval is given to another": (
        "UPDATE approvals SET person_id = 'wang' WHERE person_id = 'li'",
        "approvals: rows are never",
    ),
    "an approval is carried to the new bytes": (
        "UPDATE approvals SET version = 2, sha256 = '{s3v2}' WHERE statement_id = 'S000003'",
        "approvals: rows are never",
    ),
    "an approval is withdrawn": ("DELETE FROM approvals", "approvals: rows are never"),
    "a published statement is approved again": (
        approve(s="S000001", v=1, p="wang", h="{s1v1}", r="publicity_reviewer"),
        "approvals: the statement is published",
    ),
    # Texts.
    "a text is edited in place": ("UPDATE versions SET title = '改'", "versions: rows are never"),
    "a digest is edited in place": ("UPDATE versions SET sha256 = 'x'", "versions: rows are never"),
    "the editor is renamed": ("UPDATE versions SET edited_by = 'ma'", "versions: rows are never"),
    "a version is deleted": ("DELETE FROM versions WHERE version = 2", "versions: rows are never"),
    "a version is replaced": (copy_over("versions"), "versions: "),
    "a published text gets a version": (
        "INSERT INTO versions SELECT statement_id, 2, title, sentences, next_update_at, edited_by, "
        "edited_at, 'x' FROM versions WHERE statement_id = 'S000001'",
        "the statement is published",
    ),
    "a version number is skipped": (
        "INSERT INTO versions SELECT statement_id, 9, title, sentences, next_update_at, edited_by, "
        "edited_at, 'x' FROM versions WHERE statement_id = 'S000002'",
        "not the next one",
    ),
    # Publications.
    "a draft is published": (publication(s="S000003", v=2, h="{s3v2}"), "publications: "),
    "a draft is called signed and published": (
        state("S000003", "signed") + ";" + publication(s="S000003", v=2, h="{s3v2}"),
        "two distinct approvers",
    ),
    "an unknown policy": (publication(policy="emergency"), "lack the approvals"),
    "no policy's rule": (publication(policy="two_person "), "lack the approvals"),
    "other bytes are published": (publication(h="{s1v1}"), "lack the approvals"),
    "an index is skipped": (publication(i=9), "the next index"),
    "an index is taken over": (publication(i=2), "publications: "),
    "a publication is replaced": (copy_over("publications"), "publications: "),
    "a publication takes another's index": (
        publication(i=2).replace("INSERT", "INSERT OR REPLACE"),
        "publications: ",
    ),
    "a publication is deleted": ("DELETE FROM publications", "publications: rows are never"),
    "a publication is redirected": (
        "UPDATE publications SET statement_id = 'S000002', sha256 = '{s2v1}'",
        "publications: rows are never",
    ),
    # States.
    "signed by hand": (state("S000003", "signed"), "two distinct approvers"),
    "published by hand": (state("S000002", "published"), "needs a publication"),
    "published in a circle": (state("S000003", "updated"), "statements: "),
    "withdrawn by hand": (state("S000001", "withdrawn"), "published successor"),
    "corrected by hand": (state("S000001", "corrected"), "published successor"),
    "back to draft": (state("S000001", "draft"), "stays published"),
    "a state nobody knows": (state("S000003", "secret"), "unknown state"),
    "born published": (
        "INSERT INTO statements SELECT 'S000009', incident_id, kind, 'published', issuer, claims, "
        "questions, supersedes, reason, submitted_at, approved_at FROM statements LIMIT 1",
        "does not begin",
    ),
    "the kind is changed": ("UPDATE statements SET kind = 'warning_relay'", "never change"),
    "the issuer is changed": ("UPDATE statements SET issuer = 'other'", "never change"),
    "the reason is changed": ("UPDATE statements SET reason = '别的'", "never change"),
    "the id is changed": (
        "UPDATE OR REPLACE statements SET statement_id = 'S000002' WHERE statement_id = 'S000003'",
        "never change",
    ),
    "a statement is deleted": ("DELETE FROM statements", "never deleted"),
    "a statement is replaced": (copy_over("statements"), "statements: "),
    # The log.
    "an entry is deleted": ('DELETE FROM log_entries WHERE "index" = 2', "log_entries: rows"),
    "the log is emptied": ("DELETE FROM log_entries", "log_entries: rows"),
    "an entry is edited": ("UPDATE log_entries SET body = X'7B7D'", "log_entries: rows"),
    "an entry is back-dated": ("UPDATE log_entries SET time = '2001-01-01'", "log_entries: rows"),
    "an entry is moved": (
        'UPDATE log_entries SET "index" = 7 WHERE "index" = 2',
        "log_entries: rows",
    ),
    "an entry is replaced": (copy_over("log_entries"), "log_entries: "),
    "an entry is replaced by its hash": (
        entry(leaf="{leaf2}").replace("INSERT", "INSERT OR REPLACE"),
        "log_entries: rows",
    ),
    "an entry out of order": (entry(i=5), "index must be the number"),
    "an entry before the first": (entry(i=-1), "index must be the number"),
    "an entry from the past": (
        entry(time="2001-01-01 00:00:00.000000", jt="2001-01-01T00:00:00Z"),
        "time must not be before",
    ),
    "a body that says another index": (entry(seq=1), "does not say what its row says"),
    "a body that says another time": (entry(jt="2031-06-17T09:00:00Z"), "does not say"),
    "a release nobody published": (entry(t="release"), "needs its publication"),
    "a correction nobody published": (entry(t="correction"), "needs its publication"),
    "a withdrawal nobody published": (entry(t="withdrawal"), "needs its publication"),
    "an approved publication with another text": (
        publication() + ";" + entry(t="release"),
        "needs its publication",
    ),
    "a notice under a publication's index": (publication() + ";" + entry(), "belongs to a"),
    "a head without entries": (
        "INSERT INTO log_checkpoints VALUES (9, X'00', 'note')",
        "size must be the number",
    ),
    "a smaller head": (
        "INSERT INTO log_checkpoints VALUES (1, X'00', 'note')",
        "log_checkpoints: ",
    ),
    "a head while a publication has no entry": (
        publication() + ";" + "INSERT OR REPLACE INTO log_checkpoints VALUES (3, X'00', 'n')",
        "log_checkpoints: ",
    ),
    "a head is replaced": (copy_over("log_checkpoints"), "log_checkpoints: "),
    "a head is edited": ("UPDATE log_checkpoints SET note = 'x'", "log_checkpoints: rows"),
    "a head is deleted": ("DELETE FROM log_checkpoints", "log_checkpoints: rows"),
    # Who did what, and on what ground.
    "a move is edited": ("UPDATE moves SET person_id = 'li'", "moves: rows are never"),
    "a move is deleted": ("DELETE FROM moves", "moves: rows are never"),
    "a move is replaced": (copy_over("moves"), "moves: rows are never"),
    "a person is deleted": ("DELETE FROM people WHERE person_id = 'li'", "never deleted"),
    "a person is renamed": (
        "UPDATE people SET person_id = 'qi2' WHERE person_id = 'qi'",
        "people: person_id never change",
    ),
    "evidence is edited": ("UPDATE evidence SET summary = 'x'", "evidence: rows are never"),
    "evidence is deleted": ("DELETE FROM evidence", "evidence: rows are never"),
    "evidence is replaced": (copy_over("evidence"), "evidence: rows are never"),
    "a fact is edited": ("UPDATE facts SET value = '924'", "facts: rows are never"),
    "a fact is deleted": ("DELETE FROM facts", "facts: rows are never"),
    "a fact is replaced by its successor's key": (
        "INSERT OR REPLACE INTO facts SELECT 'F9', incident_id, field, '924', unit, scope, as_of, "
        "confirmed_by, evidence, supersedes, recorded_by, recorded_at FROM facts "
        "WHERE supersedes IS NOT NULL",
        "facts: rows are never",
    ),
    "a verdict is turned round": (
        "UPDATE judgements SET verdict = 'verified_true' WHERE judgement_id = 'J1'",
        "never change",
    ),
    "a verdict is approved by its proposer": (
        "PRAGMA ignore_check_constraints = ON;"
        "UPDATE judgements SET approved_by = 'li', approved_at = '2031-06-17' "
        "WHERE judgement_id = 'J1'",
        "another, active person",
    ),
    "a verdict is approved by nobody": (
        "UPDATE judgements SET approved_at = '2031-06-17' WHERE judgement_id = 'J1'",
        "another, active person",
    ),
    "an approved verdict is approved anew": (
        "UPDATE judgements SET approved_by = 'zhao' WHERE judgement_id = 'J2'",
        "approved verdict never changes",
    ),
    "an approved verdict is reopened": (
        "UPDATE judgements SET approved_by = NULL, approved_at = NULL WHERE judgement_id = 'J2'",
        "approved verdict never changes",
    ),
    "a verdict is born approved": (
        "INSERT INTO judgements SELECT 'J3', claim, incident_id, verdict, parts, evidence, "
        "subject_units, measures, as_of, changed_at, summary, proposed_by, proposed_at, "
        "approved_by, approved_at FROM judgements WHERE judgement_id = 'J2'",
        "proposed first",
    ),
    "a verdict is deleted": ("DELETE FROM judgements", "never deleted"),
    "the units a claim is about are changed": (
        "UPDATE judgements SET subject_units = '[\"met\"]' WHERE judgement_id = 'J1'",
        "never change",
    ),
    "an incident's move is edited": (
        "UPDATE incident_moves SET state = 'archived'",
        "incident_moves: rows are never",
    ),
    "an incident's move is deleted": ("DELETE FROM incident_moves", "incident_moves: rows are"),
    "an incident's move is replaced": (copy_over("incident_moves"), "incident_moves: rows are"),
    "a decision on claims is edited": (
        "UPDATE claim_edits SET kind = 'apart'",
        "claim_edits: rows are never",
    ),
    "an alert is changed": ("UPDATE alerts SET level = 'C0'", "alerts: rows are never"),
    "an alert is deleted": ("DELETE FROM alerts", "alerts: rows are never"),
    "an alert is replaced": (copy_over("alerts"), "alerts: rows are never"),
    "a move of an alert is changed": (
        "UPDATE alert_moves SET state = 'closed'",
        "alert_moves: rows are never",
    ),
    "a move of an alert is deleted": ("DELETE FROM alert_moves", "alert_moves: rows are never"),
    "a move of an alert is replaced": (copy_over("alert_moves"), "alert_moves: rows are never"),
    "what a false mark did is changed": (
        "UPDATE alert_quiets SET factor = 9",
        "alert_quiets: rows are never",
    ),
    "what a false mark did is replaced": (
        copy_over("alert_quiets"),
        "alert_quiets: rows are never",
    ),
    "a promise is changed": (
        "UPDATE alert_budgets SET promised = 9",
        "alert_budgets: rows are never",
    ),
    "a promise is replaced": (copy_over("alert_budgets"), "alert_budgets: rows are never"),
    "a label is turned round": ("UPDATE check_labels SET worth = 0", "check_labels: rows are"),
    "a label is deleted": ("DELETE FROM check_labels", "check_labels: rows are"),
    "a label is replaced": (copy_over("check_labels"), "check_labels: rows are"),
    "a label is written over by row number": (
        at_row("check_labels", "key", "post, worth, score, by, at"),
        "check_labels: rows are never",
    ),
    "a decision on claims is deleted": ("DELETE FROM claim_edits", "claim_edits: rows are"),
    "a decision on claims is replaced": (copy_over("claim_edits"), "claim_edits: rows are"),
    "a decision on claims by its row number": (
        at_row("claim_edits", "key", "kind, first, second, wordings, by, at, reason"),
        "claim_edits: rows are never",
    ),
    "an incident is deleted": ("DELETE FROM incidents", "incidents: rows are never deleted"),
    "an incident is replaced": (copy_over("incidents"), "incidents: rows are never"),
    "an incident is back-dated": ("UPDATE incidents SET opened_at = '2001-01-01'", "never change"),
    "a delivery is forgotten": ("DELETE FROM outbox", "outbox: rows are never deleted"),
    "a delivery is redirected": ("UPDATE outbox SET outlet = 'nowhere'", "never change"),
    # A table keyed by one integer: its hidden row number is that key.
    "a move by its row number": (
        at_row(
            "moves",
            "key",
            "statement_id, version, from_state, to_state, person_id, role, at, reason, sha256",
        ),
        "moves: rows are never",
    ),
    "an incident's move by its row number": (
        at_row("incident_moves", "key", "incident_id, state, at, by, reason"),
        "incident_moves: rows are never",
    ),
    "an entry by its row number": (
        at_row("log_entries", '"index"', "type, time, body, leaf_hash"),
        "log_entries: ",
    ),
    "a head by its row number": (
        at_row("log_checkpoints", "size", "root, note"),
        "log_checkpoints: ",
    ),
    "a delivery by its row number": (
        at_row(
            "outbox",
            "key",
            "outlet, log_index, idempotency_key, queued_at, delivered_at, attempts, last_error",
        ),
        "outbox: rows are never",
    ),
}

# Good new rows for tables keyed by text, each put at the row number of an old row.
AT_OLD_ROWS = {
    "incidents": "'I9', name, kind, opened_at FROM incidents",
    "people": "'bao', name, roles, unit, active FROM people",
    "evidence": "'E9', incident_id, kind, summary, unit, observed_at, recorded_by, recorded_at "
    "FROM evidence",
    "facts": "'F9', incident_id, field, value, unit, scope, as_of, confirmed_by, evidence, NULL, "
    "recorded_by, recorded_at FROM facts",
    "judgements": "'J9', claim, incident_id, verdict, parts, evidence, subject_units, measures, "
    "as_of, changed_at, summary, proposed_by, proposed_at, NULL, NULL FROM judgements",
    "statements": "'S000009', incident_id, kind, 'draft', issuer, claims, questions, NULL, reason, "
    "NULL, NULL FROM statements",
    "versions": "statement_id, 3, title, sentences, next_update_at, edited_by, edited_at, sha256 "
    "FROM versions WHERE statement_id = 'S000003'",
    "approvals": "'S000003', 2, 'li', '{s3v2}', 'office_reviewer', at FROM approvals",
    "publications": "'S000002', 1, '{s2v1}', 'two_person', 3, 'sun', published_at "
    "FROM publications",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Return the file and what the attackers may know: digests."""
    path = tmp_path_factory.mktemp("office") / "huiying.db"
    engine = world.build(f"sqlite:///{path}")
    known = {}
    with transaction(engine) as session:
        known["s1v1"] = world.signed(session).sha256
        world.publish(session)
        known["s2v1"] = world.signed(session, "S000002").sha256
        first = world.draft(session, "S000003")
        world.approve(session, first, [("li", Role.OFFICE_REVIEWER)])
        second = world.edit(session, "S000003", "县防汛指挥部已解除应急响应。")
        known |= {"s3v1": first.sha256, "s3v2": second.sha256}
        _add_ground(session)
        found = session.execute(text('SELECT leaf_hash FROM log_entries WHERE "index" = 2'))
        known["leaf2"] = found.scalar_one()
    engine.dispose()
    return path, known


def _add_ground(session) -> None:
    at = "'2031-06-17 04:00:00.000000'"
    session.execute(
        text(
            "INSERT INTO evidence VALUES "
            f"('E1', 'I000001', 'E2', '读数', 'water', {at}, 'li', {at})"
        )
    )
    session.execute(
        text(f"INSERT INTO incident_moves VALUES (1, 'I000001', 'handling', {at}, 'lu', '暴雨')")
    )
    for fact, older in (("F1", "NULL"), ("F2", "'F1'")):
        session.execute(
            text(
                f"INSERT INTO facts VALUES ('{fact}', 'I000001', '转移人数', '942', '人', '全县', "
                f"{at}, 'flood', '[\"E1\"]', {older}, 'li', {at})"
            )
        )
    # Whatever columns a claim has: these attacks are on its verdicts.
    columns = [c.name for c in ClaimRow.__table__.columns if not c.nullable and c.name != "key"]
    zeros = ", ".join("0" for _ in columns)
    session.execute(text(f"INSERT INTO claims (key, {', '.join(columns)}) VALUES (1, {zeros})"))
    session.execute(
        text(f"INSERT INTO claim_edits VALUES (1, 'merge', 1, 1, '[]', 'li', {at}, '同一件事')")
    )
    told = "'x', 1, 1, '[]', '[]', 1, '[\"volume\"]'"
    session.execute(
        text(f"INSERT INTO alerts VALUES (1, {at}, 'volume_rise', 'C1', NULL, NULL, {told})")
    )
    session.execute(
        text(
            f"INSERT INTO alert_moves VALUES (1, 1, 'false', 'false', {at}, 'li', '', NULL, NULL,"
            " 'noise', '[]')"
        )
    )
    quiet = "'volume_rise', 'volume', '', 'workday_day', 1.5"
    session.execute(text(f"INSERT INTO alert_quiets VALUES (1, 1, {quiet}, {at})"))
    session.execute(text(f"INSERT INTO alert_budgets VALUES (1, {at}, 'system', 2, 0.1, 4, 2)"))
    session.execute(text(f"INSERT INTO check_labels VALUES (1, 7, 1, 0.5, 'li', {at})"))
    for judgement in ("J1", "J2"):
        session.execute(
            text(
                f"INSERT INTO judgements VALUES ('{judgement}', 1, 'I000001', 'undetermined', "
                f"'[]', '[]', '[]', '', {at}, NULL, '', 'li', {at}, NULL, NULL)"
            )
        )
    session.execute(
        text(
            f"UPDATE judgements SET approved_by = 'wang', approved_at = {at} "
            "WHERE judgement_id = 'J2'"
        )
    )


def attempt(office, sql: str, *, guarded: bool = True) -> str:
    """Run *sql* through a raw connection to the file; return the refusal, or nothing.

    What succeeds is undone, so that the next attempt finds the same office.
    """
    path, known = office
    for key, digest in known.items():
        sql = sql.replace("{" + key + "}", digest)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        if sql.startswith("PRAGMA"):
            pragma, sql = sql.split(";", 1)
            connection.execute(pragma)
        connection.execute("BEGIN IMMEDIATE")
        if not guarded:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in names.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
        for statement in sql.split(";"):
            connection.execute(statement)
        connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()
    return ""


@pytest.mark.parametrize("name", ATTACKS)
def test_raw_sql_is_refused_with_the_rule(office, name) -> None:
    sql, rule = ATTACKS[name]
    assert rule in attempt(office, sql)


def test_without_the_triggers_the_same_attempts_succeed(office) -> None:
    # The control: each attempt is good SQL, so its refusal above is the guards' work. What is
    # left are the tables' own keys and checks.
    left = {n: attempt(office, sql, guarded=False) for n, (sql, _) in ATTACKS.items()}
    refused = {name: error for name, error in left.items() if error}

    print(f"attempts {len(left)}, without triggers {len(left) - len(refused)} succeed")  # noqa: T201
    assert len(left) >= 40
    assert len(left) - len(refused) >= 80
    assert all("constraint failed" in error for error in refused.values()), refused


def take_old_row(office, table: str) -> list[str]:
    """Insert a good row at the number of the oldest row; return the keys that are then gone."""
    path, known = office
    row = AT_OLD_ROWS[table]
    for name, digest in known.items():
        row = row.replace("{" + name + "}", digest)
    connection = sqlite3.connect(path, isolation_level=None)
    columns = [c[1] for c in connection.execute(f"PRAGMA table_info({table})")]
    keys = [c[1] for c in connection.execute(f"PRAGMA table_info({table})") if c[5]]
    read = f"SELECT {' || '.join(keys)} FROM {table}"
    try:
        connection.execute("BEGIN IMMEDIATE")
        before = [key for (key,) in connection.execute(read)]
        connection.execute(
            f"INSERT OR REPLACE INTO {table} (rowid, {', '.join(columns)}) "
            f"SELECT (SELECT min(rowid) FROM {table}), {row} LIMIT 1"
        )
        after = {key for (key,) in connection.execute(read)}
        connection.execute("ROLLBACK")
    finally:
        connection.close()
    return [key for key in before if key not in after]


@pytest.fixture(scope="module")
def numbered(office, tmp_path_factory):
    """Return the same office, guards and all, in tables that have hidden row numbers."""
    path, known = office
    copy = tmp_path_factory.mktemp("numbered") / "huiying.db"
    connection = sqlite3.connect(copy)
    connection.execute("ATTACH ? AS office", (str(path),))
    read = "SELECT name, sql FROM office.sqlite_master WHERE type = ?"
    for name, sql in connection.execute(read, ("table",)).fetchall():
        connection.execute(sql.replace("WITHOUT ROWID", ""))
        connection.execute(f"INSERT INTO main.{name} SELECT * FROM office.{name}")
    for _, sql in connection.execute(read, ("trigger",)).fetchall():
        connection.execute(sql)
    connection.commit()
    connection.close()
    return copy, known


@pytest.mark.parametrize("table", AT_OLD_ROWS)
def test_no_row_is_lost_to_a_new_one_at_its_hidden_number(office, table) -> None:
    with pytest.raises(sqlite3.OperationalError, match="rowid"):
        take_old_row(office, table)


@pytest.mark.parametrize("table", AT_OLD_ROWS)
def test_with_hidden_numbers_the_same_insert_removes_a_row_past_all_triggers(
    numbered, table
) -> None:
    assert len(take_old_row(numbered, table)) == 1


def test_every_guarded_table_is_attacked_by_row_number() -> None:
    guarded = {
        name.removeprefix("guard_").removesuffix("_replace")
        for name in guards.wanted()
        if name.endswith("_replace")
    }
    by_key = {
        "moves",
        "incident_moves",
        "alerts",
        "alert_moves",
        "alert_quiets",
        "alert_budgets",
        "claim_edits",
        "check_labels",
        "shelf_reviews",
        "help_leads",
        "help_moves",
        "sealed_readings",
        "destructions",
        "log_entries",
        "log_checkpoints",
        "outbox",
        "upward_drafts",
        "upward_sent",
        "shifts",
        "shift_removals",
        "handovers",
        "escalations",
        "tellings",
        "silences",
    }

    assert guarded == by_key | set(AT_OLD_ROWS)


def test_the_honest_way_is_open(office, tmp_path) -> None:
    path, _ = office
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    engine = world.make_engine(f"sqlite:///{copy}")
    with transaction(engine) as session:
        done = world.publish(session, "S000002")
    with reading(engine) as session:
        assert store.load_statement(session, "S000002").state is StatementState.PUBLISHED
        assert len(store.all_entries(session)) == done.log_index + 1
    engine.dispose()


def test_missing_names_every_trigger_that_is_gone_or_weakened() -> None:
    engine = world.build()
    with engine.begin() as connection:
        assert guards.missing(connection) == []
        assert len(guards.wanted()) > 40
        connection.execute(text("DROP TRIGGER guard_approvals_drafter"))
        connection.execute(text("DROP TRIGGER guard_facts_delete"))
        connection.execute(
            text(
                "CREATE TRIGGER guard_facts_delete BEFORE DELETE ON facts WHEN 0 "
                "BEGIN SELECT RAISE(ABORT, 'never'); END"
            )
        )
        assert guards.missing(connection) == ["guard_approvals_drafter", "guard_facts_delete"]
        guards.install(connection)
        guards.install(connection)
        assert guards.missing(connection) == []
    engine.dispose()


def test_an_engine_without_guards_misses_all_of_them() -> None:
    engine = world.build(guarded=False)
    with engine.begin() as connection:
        assert guards.missing(connection) == sorted(guards.wanted())
    engine.dispose()
