import hashlib
import json
from pathlib import Path

import pytest

from release import tlog

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
LARGEST = 70


# The definitions of RFC 6962, section 2.1, word for word and as slow as they are.


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [f"第{i}条".encode() for i in range(LARGEST)]


@pytest.fixture(scope="module")
def tree(leaves) -> tlog.Tree:
    return tlog.Tree(map(tlog.leaf_hash, leaves))


@pytest.mark.parametrize("vector", VECTORS, ids=[f"size {v['size']}" for v in VECTORS])
def test_the_vectors_hold_for_the_tree_and_for_the_definition(vector) -> None:
    leaves = [bytes.fromhex(leaf) for leaf in vector["leaves"]]
    tree = tlog.Tree(map(tlog.leaf_hash, leaves))
    inclusion = [bytes.fromhex(h) for h in vector["inclusion"]]
    consistency = [bytes.fromhex(h) for h in vector["consistency"]]

    assert tree.root().hex() == naive_root(leaves).hex() == vector["root"]
    assert tree.inclusion(vector["index"], len(leaves)) == inclusion
    assert naive_path(vector["index"], leaves) == inclusion
    assert tree.consistency(vector["first"], len(leaves)) == consistency
    assert naive_subproof(vector["first"], leaves, whole=True) == consistency


def test_there_are_at_least_eight_vectors() -> None:
    assert len(VECTORS) >= 8


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert tlog.Tree().root() == tlog.EMPTY_ROOT == naive_root([])


def test_every_inclusion_proof_verifies_and_every_change_of_it_does_not(tree) -> None:
    tried = 0
    for size in range(1, LARGEST + 1):
        root = tree.root(size)
        for index in range(size):
            leaf, path = tree.inclusion(index, index + 1), tree.inclusion(index, size)
            leaf = tlog.leaf_hash(f"第{index}条".encode())
            assert tlog.verify_inclusion(leaf, index, size, path, root)
            for changed in _changes(path):
                assert not tlog.verify_inclusion(leaf, index, size, changed, root)
            assert not tlog.verify_inclusion(leaf, index ^ 1, size, path, root) or size == 1
            assert not tlog.verify_inclusion(root, index, size, path, root) or size == 1
            tried += 1
    assert tried == LARGEST * (LARGEST + 1) // 2


def test_every_consistency_proof_verifies_and_every_change_of_it_does_not(tree) -> None:
    tried = 0
    for second in range(1, LARGEST + 1):
        for first in range(1, second + 1):
            path = tree.consistency(first, second)
            old, new = tree.root(first), tree.root(second)
            assert tlog.verify_consistency(first, second, path, old, new)
            for changed in _changes(path):
                assert not tlog.verify_consistency(first, second, changed, old, new)
            if first != second:
                assert not tlog.verify_consistency(first, second, path, new, old)
            tried += 1
    assert tried == LARGEST * (LARGEST + 1) // 2


def _changes(path: list[bytes]) -> list[list[bytes]]:
    changed = [[*path, tlog.EMPTY_ROOT], [b"short", *path]]
    if path:
        first = bytes([path[0][0] ^ 1]) + path[0][1:]
        changed += [path[:-1], path[1:], [first, *path[1:]]]
    if len(path) > 1:
        changed += [path[::-1]] if path != path[::-1] else []
    return changed


def test_proofs_equal_the_definition_of_the_rfc(tree, leaves) -> None:
    for size in range(1, 34):
        assert tree.root(size) == naive_root(leaves[:size])
        for index in range(size):
            assert tree.inclusion(index, size) == naive_path(index, leaves[:size])
            wanted = naive_subproof(index + 1, leaves[:size], whole=True)
            assert tree.consistency(index + 1, size) == wanted


@pytest.mark.parametrize(
    ("first", "second", "proof", "old", "new", "holds"),
    [
        (0, 0, [], tlog.EMPTY_ROOT, tlog.EMPTY_ROOT, True),
        (0, 5, [], tlog.EMPTY_ROOT, bytes(32), True),
        (0, 5, [bytes(32)], tlog.EMPTY_ROOT, bytes(32), False),
        (0, 5, [], bytes(32), bytes(32), False),
        (5, 4, [], bytes(32), bytes(32), False),
        (-1, 4, [], bytes(32), bytes(32), False),
        (4, 5, [], bytes(32), bytes(32), False),
        (4, 4, [], b"short", b"short", False),
    ],
)
def test_odd_consistency_claims(first, second, proof, old, new, *, holds) -> None:
    assert tlog.verify_consistency(first, second, proof, old, new) is holds


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0), (0, 99)])
def test_no_proof_outside_the_tree(index, size) -> None:
    tree = tlog.Tree([bytes(32)] * 3)
    with pytest.raises(ValueError, match="inclusion"):
        tree.inclusion(index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (3, 2), (1, 99)])
def test_no_consistency_proof_outside_the_tree(first, second) -> None:
    tree = tlog.Tree([bytes(32)] * 3)
    with pytest.raises(ValueError, match="consistency"):
        tree.consistency(first, second)


def test_a_leaf_is_added_by_its_hash_only() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        tlog.Tree([b"a leaf, not its hash"])


def test_no_root_beyond_the_tree() -> None:
    with pytest.raises(ValueError, match="size 4"):
        tlog.Tree([bytes(32)] * 3).root(4)
