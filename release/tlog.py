"""A Merkle tree log on hashlib alone: hashing, proofs, and the verifiers anyone can repeat.

Sources: RFC 6962 section 2.1 (a leaf is hashed with 0x00 before it, a node with 0x01, SHA-256);
RFC 9162 sections 2.1.3.2 and 2.1.4.2 (verifying inclusion and consistency).
"""

import hashlib
from collections.abc import Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of the leaf *data*.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """Return the largest power of two below *size* (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


class Tree:
    """An append-only tree: an append is O(log n), a proof O(log² n).

    ``_levels[k][i]`` is the hash over the leaves i·2ᵏ up to, not with, (i+1)·2ᵏ.
    """

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for value in leaf_hashes:
            self.append(value)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, value: bytes) -> int:
        """Add a leaf by its *hash* and return its index."""
        if len(value) != HASH_BYTES:
            raise ValueError(f"leaf hash: expected {HASH_BYTES} bytes, got {len(value)}")
        index = position = len(self)
        level = 0
        self._levels[0].append(value)
        while position % 2:
            value = node_hash(self._levels[level][position - 1], value)
            level, position = level + 1, position // 2
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(value)
        return index

    def _range(self, low: int, high: int) -> bytes:
        size = high - low
        if size & (size - 1) == 0:
            level = size.bit_length() - 1
            return self._levels[level][low >> level]
        middle = low + _split(size)
        return node_hash(self._range(low, middle), self._range(middle, high))

    def root(self, size: int | None = None) -> bytes:
        """Return the root over the first *size* leaves, over all of them if it is left out."""
        size = len(self) if size is None else size
        if not 0 <= size <= len(self):
            raise ValueError(f"root: size {size} is outside 0..{len(self)}")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Return the proof, leaf upwards, that leaf *index* is in the tree of *size* leaves."""
        if not 0 <= index < size <= len(self):
            raise ValueError(f"inclusion: index {index} and size {size} do not fit {len(self)}")
        low, high = 0, size
        path: list[bytes] = []
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the proof that the tree of *second* leaves begins with the one of *first*."""
        if not 0 < first <= second <= len(self):
            raise ValueError(f"consistency: sizes {first} and {second} do not fit {len(self)}")
        low, high = 0, second
        path: list[bytes] = []
        while high != first:
            middle = low + _split(high - low)
            if first <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        if low:
            path.append(self._range(low, high))
        return path[::-1]


def _all_hashes(values: Iterable[bytes]) -> bool:
    return all(len(value) == HASH_BYTES for value in values)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Return whether *proof* shows the leaf hash *leaf* at *index* under *root*.

    Source: RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size or not _all_hashes([leaf, root, *proof]):
        return False
    position, last, computed = index, size - 1, leaf
    for value in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            computed = node_hash(value, computed)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            computed = node_hash(computed, value)
        position, last = position >> 1, last >> 1
    return last == 0 and computed == root


def verify_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Return whether *proof* shows that the second tree begins with the first.

    An empty first tree needs the empty root and an empty proof.
    Source: RFC 9162 section 2.1.4.2.
    """
    if not 0 <= first <= second or not _all_hashes([first_root, second_root, *proof]):
        return False
    if first == 0:
        return first_root == EMPTY_ROOT and not proof and (second > 0 or second_root == EMPTY_ROOT)
    if first == second:
        return not proof and first_root == second_root
    if not proof:
        return False
    return _walk_consistency(first, second, proof, first_root, second_root)


def _walk_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for value in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(value, old), node_hash(value, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, value)
        position, last = position >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
