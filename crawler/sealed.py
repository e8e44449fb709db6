"""The sealed store: what may name a person and is needed for some hours, encrypted and expiring.

A page that could not be parsed waits here so that its parser can be mended, and a help contact so
that a person can be helped. The key stands outside the database; destroying it destroys them all.
"""

import hmac
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.errors import HuiyingError
from core.vocabulary import DestructionCause, SealedPurpose
from crawler.tables import DestructionRow, SealedReadingRow, SealedRow

NONCE_BYTES = 12
MAX_SEALED_BYTES = 1_000_000
"""Most bytes kept of one page; what breaks a parser stands near its beginning."""
SYSTEM = "system"
"""Who destroys what has expired or was no call for help."""
KEPT_PER_SOURCE = 20
"""Newest unparsed pages kept of one source: a broken source must not fill the disk."""

_ANY = select(SealedRow.key).limit(1)


@lru_cache(maxsize=16)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key)


class Vault:
    """Seals and opens; its key is 32 random bytes that no database holds.

    Source: AES-256-GCM, NIST SP 800-38D; HKDF-SHA256, RFC 5869; HMAC-SHA-256, RFC 2104.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derived(key, "huiying sealed"))
        self._digest_key = _derived(key, "huiying link digest")

    def __repr__(self) -> str:
        """Show no key."""
        return "Vault()"

    def digest(self, text: str) -> bytes:
        """Return 16 bytes that stand for *text* and from which it cannot be guessed."""
        return hmac.digest(self._digest_key, text.encode("utf-8", "replace"), "sha256")[:16]

    def seal(self, content: bytes, context: str) -> bytes:
        """Return *content* encrypted; it opens only in the same *context*."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Return what was sealed; raises ``HuiyingError`` for another key, context or content."""
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode()
            )
        except (InvalidTag, ValueError):
            raise HuiyingError(f"{context}: sealed with another key, or damaged") from None


@dataclass(frozen=True, slots=True)
class ToSeal:
    """Something to be sealed."""

    purpose: SealedPurpose
    source: str
    location: str
    """An address without query, or a file and line."""
    reason: str
    content: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed thing, still closed."""

    key: int
    purpose: SealedPurpose
    source: str
    location: str
    reason: str
    sealed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """That somebody opened a sealed thing."""

    sealed: int
    purpose: SealedPurpose
    source: str
    reader: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Destruction:
    """That something sealed is gone: what kind, how many, when, why, by whom; no content."""

    purpose: SealedPurpose
    count: int
    cause: DestructionCause
    about: str
    """Id of the lead or incident that was closed, or empty."""
    reason: str
    by: str
    at: datetime


def keep(session: Session, vault: Vault, item: ToSeal, *, hours: int) -> int:
    """Seal *item* for *hours* and return its key.

    Of a source's unparsed pages only the newest are kept.
    """
    content = zlib.compress(item.content[:MAX_SEALED_BYTES])
    row = SealedRow(
        purpose=item.purpose.value,
        source=item.source,
        location=item.location,
        reason=item.reason,
        content=vault.seal(content, _context(item.purpose, item.location)),
        sealed_at=item.at,
        expires_at=item.at + timedelta(hours=hours),
    )
    session.add(row)
    session.flush()
    if item.purpose is SealedPurpose.UNPARSED_PAGE:
        _drop_oldest(session, item.source)
    return row.key


def _context(purpose: SealedPurpose, location: str) -> str:
    """Return in which context a thing opens: a contact only as that of its own post."""
    return f"{purpose} {location}" if purpose is SealedPurpose.HELP_CONTACT else purpose.value


def _drop_oldest(session: Session, source: str) -> None:
    of_source = (
        SealedRow.purpose == SealedPurpose.UNPARSED_PAGE.value,
        SealedRow.source == source,
    )
    newest = (
        select(SealedRow.key)
        .where(*of_source)
        .order_by(SealedRow.key.desc())
        .limit(KEPT_PER_SOURCE)
    )
    session.execute(delete(SealedRow).where(*of_source, SealedRow.key.not_in(newest)))


def listed(session: Session, purpose: SealedPurpose, source: str | None = None) -> list[Sealed]:
    """Return what is sealed for *purpose*, of one source or of all, oldest first; still closed."""
    query = select(SealedRow).where(SealedRow.purpose == purpose.value).order_by(SealedRow.key)
    if source is not None:
        query = query.where(SealedRow.source == source)
    return [_sealed(row) for row in session.scalars(query)]


def opened(
    session: Session, vault: Vault, key: int, *, reader: str, reason: str, at: datetime
) -> bytes:
    """Return the content of the sealed thing *key*; that *reader* read it, and why, is kept.

    Raises ``HuiyingError`` when there is none, when it has expired, and without a reason.
    """
    if not reader.strip() or not reason.strip():
        raise HuiyingError("sealed: a reading needs a reader and a reason")
    row = session.get(SealedRow, key)
    if row is None or row.expires_at <= at:
        raise HuiyingError(f"sealed {key}: not there, or expired")
    session.add(
        SealedReadingRow(
            sealed=key, purpose=row.purpose, source=row.source, reader=reader, reason=reason, at=at
        )
    )
    return zlib.decompress(
        vault.open(row.content, _context(SealedPurpose(row.purpose), row.location))
    )


def readings(session: Session) -> Sequence[Reading]:
    """Return every reading, oldest first; they outlive what was read."""
    rows = session.scalars(select(SealedReadingRow).order_by(SealedReadingRow.key))
    return [
        Reading(r.sealed, SealedPurpose(r.purpose), r.source, r.reader, r.reason, r.at)
        for r in rows
    ]


def is_empty(session: Session) -> bool:
    """Return whether nothing is sealed: asked in each round, and mostly so."""
    return session.connection().scalar(_ANY) is None


def purge(session: Session, now: datetime) -> int:
    """Destroy what has expired, with a record, and return how many things that were."""
    expired = session.scalars(select(SealedRow.key).where(SealedRow.expires_at <= now)).all()
    return destroy(session, expired, DestructionCause.EXPIRED, by=SYSTEM, at=now) if expired else 0


def destroy(
    session: Session,
    keys: Sequence[int],
    cause: DestructionCause,
    *,
    by: str,
    at: datetime,
    about: str = "",
    reason: str = "",
) -> int:
    """Destroy the sealed things *keys*, with a record a purpose; return how many they were."""
    found = SealedRow.key.in_(keys)
    query = select(SealedRow.purpose, func.count()).where(found).group_by(SealedRow.purpose)
    counts = [(str(purpose), int(count)) for purpose, count in session.execute(query)]
    session.execute(delete(SealedRow).where(found))
    session.add_all(
        DestructionRow(
            purpose=purpose,
            count=count,
            cause=cause.value,
            about=about,
            reason=reason,
            by=by,
            at=at,
        )
        for purpose, count in counts
    )
    session.flush()
    return sum(count for _, count in counts)


def destructions(session: Session, purpose: SealedPurpose) -> list[Destruction]:
    """Return every record of destruction of things of *purpose*, oldest first."""
    query = select(DestructionRow).where(DestructionRow.purpose == purpose.value)
    return [
        Destruction(
            SealedPurpose(r.purpose),
            r.count,
            DestructionCause(r.cause),
            r.about,
            r.reason,
            r.by,
            r.at,
        )
        for r in session.scalars(query.order_by(DestructionRow.key))
    ]


def _sealed(row: SealedRow) -> Sealed:
    return Sealed(
        key=row.key,
        purpose=SealedPurpose(row.purpose),
        source=row.source,
        location=row.location,
        reason=row.reason,
        sealed_at=row.sealed_at,
        expires_at=row.expires_at,
    )
