"""What the public page and the feed show, read from log entries and nothing else. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from core.clock import beijing, parse_moment
from core.vocabulary import LeafType, Role, StatementKind
from release import entries as formats
from release import tlog
from release.entries import NoticeBody, StatementBody, StatementContent
from release.records import Entry


class Standing(StrEnum):
    """What became of a public text; the later word is the stronger one."""

    CURRENT = "current"
    UPDATED = "updated"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


_STRENGTH = list(Standing)
STANDING_LABELS: Mapping[Standing, str] = {
    Standing.CURRENT: "现行",
    Standing.UPDATED: "已更新",
    Standing.CORRECTED: "已更正",
    Standing.WITHDRAWN: "已撤回",
}
_STANDING_BY_TYPE: Mapping[str, Standing] = {
    "release": Standing.UPDATED,
    "correction": Standing.CORRECTED,
    "withdrawal": Standing.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences of one section of a text."""

    section: str
    text: str


@dataclass(frozen=True, slots=True)
class Signature:
    """That one approver, without a name, said yes."""

    role: str
    time: datetime


@dataclass(frozen=True, slots=True)
class PublicText:
    """One published text as a reader sees it."""

    seq: int
    leaf_hash: str
    type: LeafType
    statement_id: str
    version: int
    kind: str
    issuer: str
    """Full name of the unit in whose name it speaks."""
    title: str
    paragraphs: tuple[Paragraph, ...]
    time: datetime
    next_update_at: datetime | None
    reason: str
    content_sha256: str
    signatures: tuple[Signature, ...]
    supersedes: int | None
    """Index of the entry this text replaces."""
    successors: tuple[int, ...]
    """Indexes of the entries that replace this text, oldest first."""
    standing: Standing

    @property
    def file(self) -> str:
        """The text's permanent address below the site."""
        return f"s/{self.statement_id}.html"

    @property
    def standing_label(self) -> str:
        """What became of the text, in words."""
        return STANDING_LABELS[self.standing]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the log's table."""

    seq: int
    time: datetime
    type: LeafType
    text: PublicText | None
    leaf_hash: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole log as readers see it."""

    office: str
    origin: str
    drill: bool
    keys: tuple[str, ...]
    texts: tuple[PublicText, ...]
    """Oldest first."""
    lines: tuple[Line, ...]

    @property
    def promised_at(self) -> datetime | None:
        """The earliest promised update that no later entry has reached, if any."""
        last = self.lines[-1].time
        open_promises = [
            t.next_update_at
            for t in self.texts
            if t.next_update_at is not None
            and t.next_update_at > last
            and t.standing in {Standing.CURRENT, Standing.CORRECTED}
        ]
        return min(open_promises, default=None)


def read_log(entries: Sequence[Entry]) -> Reading:
    """Return what *entries* say; raise ``ValueError`` for an entry that is not proper."""
    if not entries:
        raise ValueError("the log is empty")
    bodies = [formats.read_body(entry.body) for entry in entries]
    successors: dict[int, list[int]] = {}
    for body in bodies:
        if isinstance(body, StatementBody) and body.supersedes is not None:
            successors.setdefault(body.supersedes.seq, []).append(body.seq)
    texts = {
        body.seq: _text(body, entry, [bodies[i] for i in successors.get(body.seq, [])])
        for body, entry in zip(bodies, entries, strict=True)
        if isinstance(body, StatementBody)
    }
    notices = [body for body in bodies if isinstance(body, NoticeBody)]
    return Reading(
        office=bodies[-1].office,
        origin=bodies[-1].origin,
        drill=any(body.content.get("drill") is True for body in notices),
        keys=tuple(str(n.content["vkey"]) for n in notices if n.type == "key"),
        texts=tuple(texts.values()),
        lines=tuple(
            Line(e.index, e.time, e.type, texts.get(e.index), _leaf_hash(e)) for e in entries
        ),
    )


def _leaf_hash(entry: Entry) -> str:
    return tlog.leaf_hash(entry.body).hex()


def _text(
    body: StatementBody, entry: Entry, successors: Sequence[NoticeBody | StatementBody]
) -> PublicText:
    content = StatementContent.model_validate(body.content)
    promised = content.next_update_at
    became = [_STANDING_BY_TYPE[s.type] for s in successors]
    return PublicText(
        seq=body.seq,
        leaf_hash=_leaf_hash(entry),
        type=LeafType(body.type),
        statement_id=body.statement,
        version=body.version,
        kind=StatementKind(content.kind).label,
        issuer=content.issuer,
        title=content.title,
        paragraphs=_paragraphs(content),
        time=parse_moment(body.time),
        next_update_at=parse_moment(promised) if promised else None,
        reason=body.reason,
        content_sha256=body.content_sha256,
        signatures=tuple(
            Signature(Role(a.role).label, parse_moment(a.time)) for a in body.approvals
        ),
        supersedes=body.supersedes.seq if body.supersedes else None,
        successors=tuple(s.seq for s in successors),
        standing=max(became, key=_STRENGTH.index, default=Standing.CURRENT),
    )


def _paragraphs(content: StatementContent) -> tuple[Paragraph, ...]:
    grouped = groupby(content.sentences, key=lambda sentence: sentence.section)
    return tuple(Paragraph(section, "".join(s.text for s in run)) for section, run in grouped)


def in_words(moment: datetime) -> str:
    """Return *moment* as readers of a page expect it, in Beijing time, without the zone's name."""
    local = beijing(moment)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
