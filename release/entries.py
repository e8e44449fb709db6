"""The entries of the release log as bytes: what they hold, and the policies they obey. Pure.

An entry is RFC 8785 canonical JSON, at most 256 kB, without fractions and without a person's
name. ``POLICIES`` is the one place that says what each approval policy asks for; the database
guards, the publisher and the offline verifier all read it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from core.clock import parse_moment
from core.vocabulary import LeafType, Role, StatementKind

ENTRY_VERSION = 1
LANG = "zh-CN"
MAX_BODY_BYTES = 256 * 1024
# Beside the content an entry holds who stood for it, and names: far less than this.
MAX_CONTENT_BYTES = MAX_BODY_BYTES - 32 * 1024
MAX_DEPTH = 32
STATEMENT_TYPES = frozenset({LeafType.RELEASE, LeafType.CORRECTION, LeafType.WITHDRAWAL})

UtcText = Annotated[
    str, Field(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\z")
]
Hex32 = Annotated[str, Field(pattern=r"\A[0-9a-f]{32}\z")]
Hex64 = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]
Index = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ApprovalBody(_Strict):
    """One approval inside an entry: a role and a pseudonym, never a name."""

    role: str
    approver: Hex32
    time: UtcText


class SupersedesBody(_Strict):
    """The earlier statement that an entry replaces."""

    statement: str
    seq: Index


class SentenceBody(_Strict):
    """One sentence of a public text."""

    section: str
    text: str


class StatementContent(_Strict):
    """The approved content of a statement: what ``drafting.canonical_bytes`` writes."""

    statement_id: str
    incident_id: str
    kind: str
    issuer: str
    title: str
    sentences: list[SentenceBody]
    next_update_at: str | None
    supersedes: str | None
    reason: str
    lang: str


class _Envelope(_Strict):
    v: Literal[1]
    seq: Index
    time: UtcText
    origin: str
    office: str
    lang: str
    content: dict[str, Any]
    content_sha256: Hex64


class NoticeBody(_Envelope):
    """An entry about the log itself: its keys, policies and clock."""

    type: Literal["policy", "key", "clock", "drill"]


class StatementBody(_Envelope):
    """A release, correction or withdrawal: the approved content whole, and who stood for it."""

    type: Literal["release", "correction", "withdrawal"]
    incident: str
    statement: Annotated[str, Field(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,63}\z")]
    version: Annotated[int, Field(ge=1)]
    policy: str
    approvals: list[ApprovalBody]
    supersedes: SupersedesBody | None
    reason: str


Body = Annotated[NoticeBody | StatementBody, Field(discriminator="type")]
_BODY: TypeAdapter[NoticeBody | StatementBody] = TypeAdapter(Body)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a publication needs. The emergency policy of a later issue becomes a second one."""

    approvers: int
    """Least number of distinct people who approved these bytes."""
    role: Role
    """At least one of them approved in this role."""

    def problems(self, approvals: Sequence[tuple[str, str]]) -> list[str]:
        """Return why *approvals*, pairs of approver and role, do not suffice; empty if they do."""
        found = []
        if (count := len({approver for approver, _ in approvals})) < self.approvers:
            found.append(f"同一文本须有 {self.approvers} 名不同审批人，现有 {count} 名")
        if all(role != self.role for _, role in approvals):
            found.append(f"缺少{self.role.label}的审批")
        return found


POLICIES: Mapping[str, Policy] = {"two_person": Policy(approvers=2, role=Role.SIGNER)}


def utc_text(moment: datetime) -> str:
    """Return *moment* as an entry writes it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of the canonical JSON of *content*; approvers approve this."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


def write_body(fields: Mapping[str, Any]) -> bytes:
    """Return an entry's canonical bytes; raise ``ValueError`` when it is not a proper entry."""
    _check_plain(fields, 0)
    body = rfc8785.dumps(dict(fields))
    read_body(body)
    return body


def read_body(body: bytes) -> NoticeBody | StatementBody:
    """Return what an entry holds; raise ``ValueError`` unless it is exactly as it must be."""
    if len(body) > MAX_BODY_BYTES:
        raise ValueError(f"entry is larger than {MAX_BODY_BYTES} bytes")
    try:
        fields = json.loads(body.decode("utf-8"))
    except RecursionError as error:
        raise ValueError(f"entry is nested deeper than {MAX_DEPTH}") from error
    _check_plain(fields, 0)
    # A repeated key, another order, a space or another spelling of a letter all end here.
    if rfc8785.dumps(fields) != body:
        raise ValueError("entry is not canonical JSON")
    read = _BODY.validate_python(fields)
    if digest_of(read.content) != read.content_sha256:
        raise ValueError("content_sha256 is not that of the content")
    parse_moment(read.time)
    if isinstance(read, StatementBody):
        _check_statement(read)
    return read


def _check_plain(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError(f"entry is nested deeper than {MAX_DEPTH}")
    if isinstance(value, float):
        raise ValueError("entry holds a fraction")  # noqa: TRY004  one error for a bad entry
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            _check_plain(item, depth + 1)


def _check_statement(body: StatementBody) -> None:
    if body.policy not in POLICIES:
        raise ValueError(f"unknown policy {body.policy!r}")
    if problems := POLICIES[body.policy].problems([(a.approver, a.role) for a in body.approvals]):
        raise ValueError("；".join(problems))
    if late := [a.time for a in body.approvals if a.time > body.time]:
        raise ValueError(f"an approval of {late[0]} is later than its entry of {body.time}")
    if body.supersedes is None and body.type != "release":
        raise ValueError(f"a {body.type} must say what it supersedes")
    if body.supersedes is not None and body.supersedes.seq >= body.seq:
        raise ValueError(f"entry {body.seq} supersedes the later entry {body.supersedes.seq}")
    content = StatementContent.model_validate(body.content)
    StatementKind(content.kind)
    for moment in (content.next_update_at, *(a.time for a in body.approvals)):
        parse_moment(moment or body.time)
    older = body.supersedes.statement if body.supersedes else None
    said = (content.statement_id, content.incident_id, content.supersedes, content.reason)
    if said != (body.statement, body.incident, older, body.reason):
        raise ValueError("the content and its entry disagree about statement, case or reason")
