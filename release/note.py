"""Signed notes, checkpoints and proof files, Ed25519 only; one spelling of each is accepted.

Sources: C2SP signed-note, tlog-checkpoint and tlog-proof. Stricter than they are: no extension
lines in a checkpoint, no ``extra`` line in a proof. All refusals are ``NoteError``.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from release import tlog

MAX_NOTE_CHARACTERS = 1_000_000
MAX_SIGNATURES = 100
MAX_PATH = 63
PROOF_HEADER = "c2sp.org/tlog-proof@v1"

_ED25519 = 1
_KEY_BYTES = 32
_ID_BYTES = 4
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class NoteError(ValueError):
    """A note, key or proof that is not exactly as it must be."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with the name it signs under."""

    name: str
    key_id: bytes
    public: bytes


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    # base64 has several spellings of one value; a flipped bit must not hide among them.
    if base64.b64encode(raw).decode() != text:
        raise NoteError("base64 is not in its only spelling")
    return raw


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([_ED25519]) + public).digest()[:_ID_BYTES]


def verifier_key(name: str, key: Ed25519PrivateKey) -> str:
    """Return the public key line ``name+id+key`` that readers verify with."""
    if not _NAME.fullmatch(name):
        raise NoteError(f"key name must not hold spaces or '+': {name!r}")
    public = key.public_key().public_bytes_raw()
    return f"{name}+{_key_id(name, public).hex()}+{_encode(bytes([_ED25519]) + public)}"


def parse_verifier_key(line: str) -> VerifierKey:
    """Return the key of a line made by ``verifier_key``."""
    _check_characters(line)
    parts = line.split("+", 2)
    if len(parts) != 3:
        raise NoteError("verifier key must read name+id+key")
    name, key_id, data = parts[0], parts[1], _decode(parts[2])
    if not _NAME.fullmatch(name) or len(data) != _KEY_BYTES + 1 or data[0] != _ED25519:
        raise NoteError("verifier key is not an Ed25519 key with a name")
    if not _KEY_ID.fullmatch(key_id) or bytes.fromhex(key_id) != _key_id(name, data[1:]):
        raise NoteError("verifier key: the id does not belong to the key")
    return VerifierKey(name, bytes.fromhex(key_id), data[1:])


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("holds a character that cannot be encoded") from error


def _check_text(text: str) -> None:
    _check_characters(text)
    if not text.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text):
        raise NoteError("note text must end with a line end and hold no control character")


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """Return *text* with its signature line; the same text and key give the same note."""
    _check_text(text)
    public = key.public_key().public_bytes_raw()
    signature = _key_id(name, public) + key.sign(text.encode())
    return f"{text}\n\u2014 {name} {_encode(signature)}\n"


def open_note(note: str, verifier_keys: Sequence[str]) -> str:
    """Return the text of *note* if a known key signed it and no known key's line is bad."""
    if len(note) > MAX_NOTE_CHARACTERS:
        raise NoteError(f"note is longer than {MAX_NOTE_CHARACTERS} characters")
    _check_characters(note)
    head, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise NoteError("note has no signature block")
    text = head + "\n"
    _check_text(text)
    lines = tail[:-1].split("\n")
    if len(set(lines)) != len(lines):
        raise NoteError("note repeats a signature line")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"note has more than {MAX_SIGNATURES} signatures")
    known = {(k.name, k.key_id): k.public for k in map(parse_verifier_key, verifier_keys)}
    if not sum(_is_signed(line, text, known) for line in lines):
        raise NoteError("note is not signed by a known key")
    return text


def _is_signed(line: str, text: str, known: dict[tuple[str, bytes], bytes]) -> bool:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not _NAME.fullmatch(parts[1]):
        raise NoteError("malformed signature line")
    raw = _decode(parts[2])
    if len(raw) <= _ID_BYTES:
        raise NoteError("signature is too short")
    public = known.get((parts[1], raw[:_ID_BYTES]))
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw[_ID_BYTES:], text.encode())
    except InvalidSignature as error:
        raise NoteError("a known key's signature is wrong") from error
    return True


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint: origin, number of leaves, root."""
    return f"{origin}\n{size}\n{_encode(root)}\n"


def parse_checkpoint(text: str, origin: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint of the log *origin*."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3]:
        raise NoteError("checkpoint must have three lines")
    if lines[0] != origin:
        raise NoteError(f"checkpoint is of log {lines[0]!r}, expected {origin!r}")
    if not _NUMBER.fullmatch(lines[1]):
        raise NoteError(f"checkpoint size is not a number: {lines[1]!r}")
    root = _decode(lines[2])
    if len(root) != tlog.HASH_BYTES:
        raise NoteError(f"checkpoint root: expected {tlog.HASH_BYTES} bytes, got {len(root)}")
    return int(lines[1]), root


def make_proof(index: int, path: Sequence[bytes], checkpoint: str) -> str:
    """Return a proof file: everything but the leaf and the key that a reader needs."""
    lines = [PROOF_HEADER, f"index {index}", *map(_encode, path)]
    return "\n".join(lines) + "\n\n" + checkpoint


def verify_proof(
    proof: str, leaf: bytes, origin: str, verifier_keys: Sequence[str]
) -> tuple[int, int]:
    """Return index and log size at which *proof* shows the leaf bytes *leaf*, or raise."""
    head, separator, checkpoint = proof.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines[0] != PROOF_HEADER or not 2 <= len(lines) <= MAX_PATH + 2:
        raise NoteError("not a proof file")
    keyword, _, number = lines[1].partition(" ")
    if keyword != "index" or not _NUMBER.fullmatch(number):
        raise NoteError("proof has no index")
    path = [_decode(line) for line in lines[2:]]
    size, root = parse_checkpoint(open_note(checkpoint, verifier_keys), origin)
    if not tlog.verify_inclusion(tlog.leaf_hash(leaf), int(number), size, path, root):
        raise NoteError("the log does not include this leaf at this index")
    return int(number), size
