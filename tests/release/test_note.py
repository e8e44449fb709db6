import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from release import note, tlog

ORIGIN = "press.example/huiying/log1"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
VKEY = note.verifier_key(ORIGIN, KEY)
LEAVES = [f"第{i}条".encode() for i in range(11)]
INDEX = 6


def make_proof(index: int = INDEX) -> str:
    tree = tlog.Tree(map(tlog.leaf_hash, LEAVES))
    text = note.checkpoint_text(ORIGIN, len(tree), tree.root())
    return note.make_proof(index, tree.inclusion(index, len(tree)), note.sign(text, ORIGIN, KEY))


def accepts(proof: bytes, leaf: bytes = LEAVES[INDEX], index: int = INDEX) -> bool:
    try:
        return note.verify_proof(proof.decode(), leaf, ORIGIN, [VKEY])[0] == index
    except ValueError:
        return False


def flips(raw: bytes):
    for position in range(len(raw)):
        for bit in range(8):
            yield raw[:position] + bytes([raw[position] ^ (1 << bit)]) + raw[position + 1 :]


def test_every_flipped_bit_and_every_truncation_of_a_proof_is_refused() -> None:
    flipped = cut = accepted = 0
    for index in (0, 3, INDEX, 9, 10):
        proof, leaf = make_proof(index).encode(), LEAVES[index]
        assert accepts(proof, leaf, index)
        for changed in flips(proof):
            flipped += 1
            accepted += accepts(changed, leaf, index)
        for length in range(len(proof)):
            cut += 1
            accepted += accepts(proof[:length], leaf, index)

    print(f"flips {flipped}, truncations {cut}, accepted {accepted}")  # noqa: T201
    assert flipped > 5_000
    assert cut > 1_000
    assert accepted == 0


def test_with_the_signature_and_root_checks_off_flips_are_accepted(monkeypatch) -> None:
    # The control: the zero above is the verifier's work, not the counting's.
    class Believing:
        def verify(self, signature: bytes, message: bytes) -> None:
            if not signature:
                raise InvalidSignature

    monkeypatch.setattr(
        ed25519.Ed25519PublicKey, "from_public_bytes", lambda raw: Believing(), raising=True
    )
    monkeypatch.setattr(tlog, "verify_inclusion", lambda *given: True)

    accepted = sum(map(accepts, flips(make_proof().encode())))

    assert accepted > 1_000


def test_every_flipped_bit_of_the_leaf_is_refused() -> None:
    proof = make_proof().encode()
    assert not any(accepts(proof, leaf) for leaf in flips(LEAVES[INDEX]))


def test_the_same_text_and_key_give_the_same_note() -> None:
    assert note.sign("a\n", ORIGIN, KEY) == note.sign("a\n", ORIGIN, KEY)


def test_a_note_by_another_key_is_refused() -> None:
    with pytest.raises(note.NoteError, match="known key"):
        note.open_note(note.sign("a\n", ORIGIN, OTHER), [VKEY])


def test_a_second_signature_by_a_stranger_does_no_harm_and_a_bad_known_one_does() -> None:
    good = note.sign("a\n", ORIGIN, KEY)
    stranger = note.sign("a\n", "witness.example", OTHER).split("\n\n")[1]
    forged = note.sign("b\n", ORIGIN, KEY).split("\n\n")[1]

    assert note.open_note(good + stranger, [VKEY]) == "a\n"
    with pytest.raises(note.NoteError, match="wrong"):
        note.open_note(good + forged, [VKEY])


def _checkpoint(middle: str = "3", root: str | None = None, extra: str = "") -> str:
    root = base64.b64encode(bytes(32)).decode() if root is None else root
    return f"{ORIGIN}\n{middle}\n{root}\n{extra}"


@pytest.mark.parametrize(
    "text",
    [
        _checkpoint("03"),
        _checkpoint("-3"),
        _checkpoint("３"),
        _checkpoint(" 3"),
        _checkpoint("3" * 20),
        _checkpoint(""),
        _checkpoint(extra="extension\n"),
        _checkpoint(root=base64.b64encode(bytes(31)).decode()),
        _checkpoint(root="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB="),
        _checkpoint(root="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        _checkpoint().rstrip("\n"),
        _checkpoint().replace(ORIGIN, "other.example/log"),
    ],
)
def test_a_checkpoint_has_one_spelling(text) -> None:
    assert note.parse_checkpoint(_checkpoint(), ORIGIN) == (3, bytes(32))
    with pytest.raises(note.NoteError):
        note.parse_checkpoint(text, ORIGIN)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "name",
        "name+00000000+" + VKEY.rsplit("+", 1)[1],
        VKEY.replace("press", "pross"),
        VKEY.upper(),
        VKEY + "A",
        f"{ORIGIN}+00000000+AQ==",
        " " + VKEY,
    ],
)
def test_a_verifier_key_that_is_not_quite_one_is_refused(line) -> None:
    assert note.parse_verifier_key(VKEY).name == ORIGIN
    with pytest.raises(note.NoteError):
        note.parse_verifier_key(line)


@pytest.mark.parametrize("name", ["", "two words", "plus+plus", "line\n"])
def test_a_key_name_holds_neither_space_nor_plus(name) -> None:
    with pytest.raises(note.NoteError):
        note.verifier_key(name, KEY)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.replace("index 6", "index 06"),
        lambda p: p.replace("index 6", "index  6"),
        lambda p: p.replace("index 6", "Index 6"),
        lambda p: p.replace("index 6", "extra AAAA\nindex 6"),
        lambda p: p.replace("@v1", "@v2"),
        lambda p: p.replace("\n\n", "\n", 1),
        lambda p: p.replace("\n\n", "\n" + "A" * 43 + "=\n\n", 1),
        lambda p: p + "\n",
        lambda p: p.replace("\n", "\r\n"),
        lambda p: p + "— press.example/huiying/log1\n",
        lambda p: "x" * 1_000_001 + p,
    ],
)
def test_a_proof_has_one_spelling(change) -> None:
    changed = change(make_proof())
    assert changed != make_proof()
    assert not accepts(changed.encode())


@pytest.mark.parametrize("text", ["no end", "bell\x07\n", "tab\t\n"])
def test_a_text_with_control_characters_is_not_signed(text) -> None:
    with pytest.raises(note.NoteError):
        note.sign(text, ORIGIN, KEY)


@pytest.mark.parametrize("broken", ["\ud800", "x\udfff"])
def test_what_cannot_be_encoded_is_refused_as_a_note_and_as_a_key(broken: str) -> None:
    signed = note.sign("a\n", ORIGIN, KEY)

    with pytest.raises(note.NoteError):
        note.open_note(signed.replace("a", broken, 1), [VKEY])
    with pytest.raises(note.NoteError):
        note.parse_verifier_key(VKEY + broken)


def test_a_signature_line_given_twice_is_refused() -> None:
    signed = note.sign("a\n", ORIGIN, KEY)
    line = signed.splitlines(keepends=True)[-1]

    assert note.open_note(signed, [VKEY]) == "a\n"
    with pytest.raises(note.NoteError, match="repeats"):
        note.open_note(signed + line, [VKEY])
