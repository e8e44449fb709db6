"""One figure on one set of data with its noise, and the scores that several figures share."""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.features import Floats, Integers

_HALVES = 20
"""Random halves by which the noise of a grouping is told."""
_DRAWS = 200
"""Bootstrap samples; the noise of a floor needs no third digit."""

Score = Callable[[Integers, Floats], float]
Groups = Sequence[Hashable]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure on one set of data."""

    name: str
    value: float
    """0..1, higher is better."""
    floor: float | None
    """The least accepted value; None when the floors file does not name it."""
    n: int
    """Posts measured on."""
    digest: str
    """SHA-256 over the files measured on."""
    noise: float
    """Standard deviation of ``value`` over other draws of the posts."""


def digest_of(files: Sequence[Path]) -> str:
    """Return the SHA-256 over the bytes of *files*, in order."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()


def measured(name: str, labels: Integers, scores: Floats, score: Score, digest: str) -> Measure:
    """Return *score* of *scores* against *labels*, its noise by drawing posts again."""
    random = np.random.default_rng(0)
    draws = [random.integers(0, len(labels), len(labels)) for _ in range(_DRAWS)]
    noise = float(np.std([score(labels[draw], scores[draw]) for draw in draws]))
    return Measure(name, score(labels, scores), None, len(labels), digest, noise)


def macro_f1(labels: Integers, chosen: Floats) -> float:
    """Return the mean F1 over the classes that occur in *labels*."""
    scores = []
    for label in np.unique(labels):
        both = int(((labels == label) & (chosen == label)).sum())
        scores.append(2 * both / (int((labels == label).sum()) + int((chosen == label).sum())))
    return float(np.mean(scores))


def b_cubed_f1(true: Groups, told: Groups) -> float:
    """Return the B-cubed F1 of the groups *told* against *true*, a group's name for each post.

    Source: A. Bagga and B. Baldwin, ACL 1998, 79-85.
    """
    precision, recall = b_cubed_precision(true, told), b_cubed_precision(told, true)
    return 2 * precision * recall / (precision + recall)


def b_cubed_precision(true: Groups, told: Groups) -> float:
    """Return how much of a post's group shares its true group, the mean over all posts."""
    sizes, both = Counter(told), Counter(zip(true, told, strict=True))
    return sum(n * n / sizes[group] for (_, group), n in both.items()) / len(told)


def adjusted_information(true: Groups, told: Groups) -> float:
    """Return the adjusted mutual information of two groupings, 1 for equal ones, 0 for chance."""
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(_numbered(true), _numbered(told)))


def noise_of_groups(true: Groups, told: Groups, score: Callable[[Groups, Groups], float]) -> float:
    """Return the standard deviation of *score* over random halves of the posts.

    A half drawn without putting back varies as the whole does, and makes no copies of a post,
    which a bootstrap would take for a good group.
    """
    random, found = np.random.default_rng(0), []
    for _ in range(_HALVES):
        half = random.permutation(len(true))[: max(2, len(true) // 2)].tolist()
        found.append(score([true[n] for n in half], [told[n] for n in half]))
    return float(np.std(found))


def _numbered(groups: Groups) -> Integers:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
