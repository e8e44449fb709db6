"""The release log in the database: what is public is what is here, under a signed head."""

import contextlib
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import HuiyingError, RefusedError
from core.vocabulary import LeafType
from release import entries as formats
from release import note, store, tlog
from release.records import Checkpoint, Entry
from release.tables import EntryRow

_SEED_BYTES = 32


# Keys and pseudonyms


def load_or_make_signing_key(file: Path) -> Ed25519PrivateKey:
    """Return the log's signing key from *file*; make it, readable by its owner only, if absent.

    Raises ``HuiyingError`` when others may read the file or it does not hold a key.
    """
    if not file.exists():
        _make_signing_key(file)
    return _load_signing_key(file)


def _make_signing_key(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and then linked: a crash leaves no half key, a second maker loses.
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()


def _load_signing_key(file: Path) -> Ed25519PrivateKey:
    if (mode := file.stat().st_mode & 0o777) & 0o077:
        raise HuiyingError(f"{file}: others may read the signing key (mode {mode:o}); chmod 600")
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(file.read_text().strip()))
    except ValueError as error:
        raise HuiyingError(f"{file}: not a signing key of {_SEED_BYTES} bytes in hex") from error


def approver_pseudonym(key: Ed25519PrivateKey, statement_id: str, person_id: str) -> str:
    """Return 32 hex digits that stand for a person within one statement.

    Two approvers of a statement can be told apart, but nobody outside can name them or follow
    one officer from statement to statement.
    """
    secret = HKDF(hashes.SHA256(), _SEED_BYTES, None, b"huiying approver pseudonym v1").derive(
        key.private_bytes_raw()
    )
    message = f"{statement_id}\n{person_id}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:32]


# The log in the database


def next_index(session: Session) -> int:
    """Return the index the next entry will have."""
    return session.scalar(select(func.count()).select_from(EntryRow)) or 0


def append(
    session: Session,
    *,
    type: LeafType,  # noqa: A002  the word of the format
    time: datetime,
    content: Mapping[str, Any],
) -> Entry:
    """Append an entry; *content* holds all its fields but ``v``, ``type``, ``seq`` and ``time``.

    Raises ``RefusedError`` when *time* is before the last entry's, ``ValueError`` when the
    fields are not those of the type.
    """
    index, moment = next_index(session), time.astimezone(UTC).replace(microsecond=0)
    last = session.scalar(select(EntryRow.time).order_by(EntryRow.index.desc()).limit(1))
    if last is not None and moment < last:
        raise RefusedError(
            [f"时钟倒退：上一条日志为 {last:%Y-%m-%d %H:%M:%S} UTC，不能写入更早的条目"]
        )
    numbered = {
        "v": formats.ENTRY_VERSION,
        "type": type.value,
        "seq": index,
        "time": formats.utc_text(moment),
    }
    body = formats.write_body({**content, **numbered})
    entry = Entry(index=index, type=type, time=moment, body=body)
    store.add_entry(session, entry, tlog.leaf_hash(body).hex())
    return entry


def start_log(
    session: Session,
    *,
    now: datetime,
    office: str,
    origin: str,
    key: Ed25519PrivateKey,
    drill: bool = False,
) -> Checkpoint:
    """Write the first two entries, the key and the policy, and sign them; once for a log.

    Called again it returns the last checkpoint. Raises ``HuiyingError`` when the log was begun
    with another key or origin. A *drill* marks every public page as an exercise.
    """
    vkey = note.verifier_key(origin, key)
    if (last := store.last_checkpoint(session)) is not None:
        _check_is_ours(store.all_entries(session), vkey)
        return last
    policy = {
        n: {"approvers": p.approvers, "role": p.role.value} for n, p in formats.POLICIES.items()
    }
    for leaf, content in (
        (LeafType.KEY, {"vkey": vkey, "drill": drill}),
        (LeafType.POLICY, {"policies": policy}),
    ):
        fields = envelope(content, office=office, origin=origin)
        append(session, type=leaf, time=now, content=fields)
    return sign_head(session, key, origin)


def _check_is_ours(entries: Sequence[Entry], vkey: str) -> None:
    if vkey not in (known := keys_of(entries)):
        raise HuiyingError(f"the release log was begun with {', '.join(known)}, not with {vkey}")


def envelope(content: Mapping[str, Any], *, office: str, origin: str) -> dict[str, Any]:
    """Return the fields every entry has around its *content*."""
    return {
        "origin": origin,
        "office": office,
        "lang": formats.LANG,
        "content": dict(content),
        "content_sha256": formats.digest_of(content),
    }


def keys_of(entries: Sequence[Entry]) -> list[str]:
    """Return the verifier keys the log itself announces, oldest first."""
    keys = (formats.read_body(e.body) for e in entries if e.type is LeafType.KEY)
    return [str(body.content["vkey"]) for body in keys]


def leaf_hash_of(entry: Entry) -> str:
    """Return the entry's leaf hash in hex."""
    return tlog.leaf_hash(entry.body).hex()


def tree_of(entries: Sequence[Entry]) -> tlog.Tree:
    """Return the Merkle tree over the entries' bytes."""
    return tlog.Tree(tlog.leaf_hash(entry.body) for entry in entries)


def check_stored(session: Session) -> tuple[list[Entry], tlog.Tree]:
    """Return entries and tree as stored; raise ``HuiyingError`` when they were tampered with."""
    entries = store.all_entries(session)
    tree = tree_of(entries)
    stored = store.leaf_hashes(session)
    for entry, kept in zip(entries, stored, strict=True):
        if tlog.leaf_hash(entry.body) != kept or formats.read_body(entry.body).seq != entry.index:
            raise HuiyingError(f"release log: entry {entry.index} is not what was appended")
    return entries, tree


def sign_head(session: Session, key: Ed25519PrivateKey, origin: str) -> Checkpoint:
    """Recompute the root from the stored bytes, check it against the last head, and sign it.

    Raises ``HuiyingError`` when the log does not continue the last signed head; then nothing
    may be signed until a person has looked.
    """
    entries, tree = check_stored(session)
    if (last := store.last_checkpoint(session)) is not None:
        check_continues(tree, last)
        if last.size == len(tree):
            return last
    _check_is_ours(entries, note.verifier_key(origin, key))
    root = tree.root()
    text = note.checkpoint_text(origin, len(tree), root)
    checkpoint = Checkpoint(size=len(tree), root=root, note=note.sign(text, origin, key))
    store.add_checkpoint(session, checkpoint)
    return checkpoint


def check_continues(tree: tlog.Tree, last: Checkpoint) -> None:
    """Raise ``HuiyingError`` unless *tree* begins with the tree of the signed head *last*."""
    if last.size > len(tree):
        raise HuiyingError(f"release log: {len(tree)} entries, but {last.size} were signed")
    proof = tree.consistency(last.size, len(tree)) if 0 < last.size < len(tree) else []
    if not tlog.verify_consistency(last.size, len(tree), proof, last.root, tree.root()):
        raise HuiyingError(f"release log: its first {last.size} entries are not those signed")
