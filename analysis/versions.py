"""The versions of a claim in time: how it was first worded, and what each wording added. Pure.

Each wording stands beside the earlier one it most resembles, word by word. Who wrote it plays no
part: voices are counted and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from analysis.differences import additions, marks_of
from analysis.records import Sighting

MOST_WORDINGS = 200
"""Wordings compared, those of most voices; more add nothing that somebody would read."""
MOST_WORDS = 400
"""Words of a wording that are compared; the rest of a long text is left out and said so."""
MOST_CHARACTERS = 2_000
"""Characters of a wording that are cut into words."""
MOST_CELLS = 40_000
"""Product of two lengths up to which a common subsequence is sought; beyond, all is new."""
ALIKE = 0.3
"""Share of common words (Dice) from which a wording is another version of an earlier one."""

Cut = Callable[[str], Sequence[str]]
"""Cuts a text into its words."""


class ChangeKind(StrEnum):
    """What became of a run of words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """A run of words that stayed, came or went."""

    kind: ChangeKind
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Version:
    """One wording of a claim."""

    number: int
    """From 1, in the order of first sight."""
    wording: str
    """Its fingerprint."""
    first_seen: datetime
    voices: int
    posts: int
    like: int | None
    """Number of the earlier version that it is compared with; None where none is like it."""
    changes: tuple[Change, ...]
    """The words beside those of ``like``; the whole text where there is none."""
    added: tuple[str, ...]
    """In Chinese what it says that the earlier one does not."""
    cut: bool
    """True when the text is longer than what is compared and shown."""


@dataclass(slots=True)
class _Wording:
    fingerprint: str
    text: str
    first_seen: datetime
    voices: set[str]
    posts: int = 0


def versions(sightings: Iterable[Sighting], cut: Cut) -> tuple[list[Version], int]:
    """Return the versions in the order of first sight, and how many wordings were left out."""
    wordings = _wordings(sightings)
    loudest = sorted(wordings, key=lambda w: (-len(w.voices), w.first_seen, w.fingerprint))
    kept = sorted(loudest[:MOST_WORDINGS], key=lambda w: (w.first_seen, w.fingerprint))
    words = [tuple(cut(w.text[:MOST_CHARACTERS]))[:MOST_WORDS] for w in kept]
    sets = [frozenset(w for w in ws if _tells(w)) for ws in words]
    found: list[Version] = []
    for at, wording in enumerate(kept):
        like = _most_alike(sets, at)
        before = () if like is None else words[like]
        shown = "".join(words[at])
        changes = (Change(ChangeKind.SAME, shown),) if like is None else compare(before, words[at])
        found.append(
            Version(
                number=at + 1,
                wording=wording.fingerprint,
                first_seen=wording.first_seen,
                voices=len(wording.voices),
                posts=wording.posts,
                like=None if like is None else like + 1,
                changes=changes,
                added=() if like is None else additions(marks_of("".join(before)), marks_of(shown)),
                cut=len(shown) < len(wording.text),
            )
        )
    return found, len(wordings) - len(kept)


def _wordings(sightings: Iterable[Sighting]) -> list[_Wording]:
    found: dict[str, _Wording] = {}
    for seen in sorted(sightings, key=lambda s: (s.at, s.wording, s.text)):
        known = found.get(seen.wording)
        if known is None:
            known = found[seen.wording] = _Wording(seen.wording, seen.text, seen.at, set())
        known.voices.add(seen.voice)
        known.posts += 1
    return list(found.values())


def _tells(word: str) -> bool:
    return any(c.isalnum() for c in word)


def _most_alike(sets: Sequence[frozenset[str]], at: int) -> int | None:
    """Return which earlier wording shares most words with that *at*; among equals the earliest."""
    mine, best, most = sets[at], None, ALIKE
    for number, theirs in enumerate(sets[:at]):
        size = len(mine) + len(theirs)
        share = 2 * len(mine & theirs) / size if size else 0.0
        if share > most or (best is None and share == most):
            best, most = number, share
    return best


def compare(before: Sequence[str], after: Sequence[str]) -> tuple[Change, ...]:
    """Return *after* word by word beside *before*: runs that stayed, went and came, in order.

    Takes the product of both lengths at worst, less than ``MOST_CELLS``: where more than that
    differs, what lies between a common beginning and a common end went and came as a whole.

    >>> [(c.kind.value, c.text) for c in compare(["死", "3", "人"], ["死", "30", "人"])]
    [('same', '死'), ('removed', '3'), ('added', '30'), ('same', '人')]
    """
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    inner = _inner(before[start : len(before) - end], after[start : len(after) - end])
    steps = [(ChangeKind.SAME, w) for w in after[:start]]
    steps += inner
    steps += [(ChangeKind.SAME, w) for w in after[len(after) - end :]]
    return _runs(steps)


def _inner(before: Sequence[str], after: Sequence[str]) -> list[tuple[ChangeKind, str]]:
    """Return the steps along a longest common subsequence; what went stands before what came."""
    # A word that only one side has can be in no common sequence; most words fall out here.
    shared = Counter(before) & Counter(after)
    old = [(i, w) for i, w in enumerate(before) if w in shared]
    new = [(i, w) for i, w in enumerate(after) if w in shared]
    small = len(old) * len(new) <= MOST_CELLS
    pairs = _common([w for _, w in old], [w for _, w in new]) if small else []
    steps: list[tuple[ChangeKind, str]] = []
    left = right = 0
    for i, j in [*((old[i][0], new[j][0]) for i, j in pairs), (len(before), len(after))]:
        steps += [(ChangeKind.REMOVED, w) for w in before[left:i]]
        steps += [(ChangeKind.ADDED, w) for w in after[right:j]]
        if i < len(before):
            steps.append((ChangeKind.SAME, before[i]))
        left, right = i + 1, j + 1
    return steps


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of a longest common subsequence in both, in order."""
    rows = [[0] * (len(new) + 1)]
    for word in old:
        above, row, left = rows[-1], [0], 0
        for j, other in enumerate(new):
            left = above[j] + 1 if word == other else max(above[j + 1], left)
            row.append(left)
        rows.append(row)
    pairs, i, j = [], len(old), len(new)
    while i and j:
        if old[i - 1] == new[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif rows[i - 1][j] >= rows[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs[::-1]


def _runs(steps: Iterable[tuple[ChangeKind, str]]) -> tuple[Change, ...]:
    found: list[tuple[ChangeKind, list[str]]] = []
    for kind, word in steps:
        if not found or found[-1][0] is not kind:
            found.append((kind, []))
        found[-1][1].append(word)
    return tuple(Change(kind, "".join(words)) for kind, words in found)
