"""Training of the models that tell one class of several: stance towards a claim, and concern.

Both learn from texts written for the purpose (``analysis/models/written``). The second stage is
fitted on margins of unseen folds; all replies to one claim are in one fold.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis import concerns, stance
from analysis.features import Floats, Integers
from analysis.fitting import rarity, text_counts, weighed
from analysis.gazetteer import Gazetteer
from analysis.heads import packed
from analysis.segment import lexicon_segmenter
from analysis.signs import SignReader
from analysis.train_sorting import FOLDS, Written
from core.directory import Directory
from core.errors import HuiyingError
from core.lexicon import load_lexicon
from core.text import normalise
from core.vocabulary import ClaimStance

_STRENGTH = 1.0
"""C of the machines; 0.5 and 2.0 differ by less than 0.005 macro-F1 in cross-validation."""
_RIDGE = 0.1
"""C of the second stage; 0.3 differs by less than 0.003."""
_TELLING = 20_000
"""Buckets that the concern model keeps: macro-F1 0.487 against 0.458 of all, in a tenth of the
bytes. The stance model keeps all: 20,000 cost it 0.01."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply written for training, under its claim."""

    claim: str = field(repr=False)
    text: str = field(repr=False)
    stance: ClaimStance
    fold: int


def read_replies(folder: Path | None = None) -> list[Reply]:
    """Return the replies of ``stance_*.jsonl`` in *folder*, the package's own by default.

    Raises ``HuiyingError`` naming file and line for a line that is not one.
    """
    place: Traversable = folder if folder is not None else files("analysis.models") / "written"
    replies: list[Reply] = []
    folds: dict[str, int] = {}
    for name in sorted(f.name for f in place.iterdir() if f.name.startswith("stance_")):
        lines = (place / name).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                claim, text = normalise(record["claim"]), normalise(record["text"])
                told = ClaimStance(record["label"])
            except (ValueError, KeyError, TypeError) as error:
                raise HuiyingError(f"{name}:{number}: no written reply ({error})") from error
            fold = folds.setdefault(claim, len(folds) % FOLDS)
            replies.append(Reply(claim=claim, text=text, stance=told, fold=fold))
    return replies


def fit_stance(replies: Sequence[Reply]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the stance model."""
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    return fit_classes(
        [_cut(r.text) for r in replies],
        np.array([stance.rules_of(r.text, reader.read(r.text), r.claim) for r in replies]),
        np.array([stance.STANCES.index(r.stance) for r in replies]),
        np.array([r.fold for r in replies]),
        classes=len(stance.STANCES),
    )


def fit_concern(written: Sequence[Written]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the concern model; raises ``HuiyingError`` for an unknown concern."""
    names = ["none" if name is None else name for name in concerns.CLASSES]
    if unknown := sorted({w.concern for w in written} - set(names)):
        raise HuiyingError(f"written posts: no concern category {unknown[0]}")
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    return fit_classes(
        [_cut(w.text) for w in written],
        np.array([concerns.rules_of(w.text, reader.read(w.text)) for w in written]),
        np.array([names.index(w.concern) for w in written]),
        np.array([w.fold for w in written]),
        classes=len(names),
        telling=_TELLING,
    )


def fit_classes(
    words: Sequence[tuple[str, ...]],
    rules: NDArray[Any],
    labels: Integers,
    folds: Integers,
    *,
    classes: int,
    telling: int | None = None,
) -> dict[str, NDArray[Any]]:
    """Return the arrays of ``ClassScorer``; of the buckets the *telling* best, or all, count.

    A class without an example gets no chance to speak of. Raises ``HuiyingError`` where fewer
    than three classes have examples.
    """
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(labels)) < 3:
        raise HuiyingError("training: at least three classes must have examples")
    counts = text_counts(words)
    rare = rarity(counts)
    rows = weighed(counts, rare)
    unseen = np.full((len(labels), classes), -1.0)
    for fold in np.unique(folds):
        seen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        coefficients, bias = _machines(rows[seen], labels[seen], classes, telling)
        unseen[held] = rows[held] @ coefficients + bias
    coefficients, bias = _machines(rows, labels, classes, telling)
    features = np.column_stack([unseen, rules]).astype(np.float64)
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    second = LogisticRegression(C=_RIDGE, max_iter=2000)
    second.fit((features - mean) / scale, labels)
    return (
        packed(rare, coefficients, bias) | _spread(second, classes) | {"mean": mean, "scale": scale}
    )


def _machines(
    rows: Any, labels: Integers, classes: int, telling: int | None
) -> tuple[Floats, Floats]:
    """Return weights of shape (buckets, classes) and biases of one machine against the rest."""
    kept = np.arange(rows.shape[1])
    coefficients, bias = _one_against_rest(rows, labels, classes)
    if telling is not None:
        order = np.argsort(-np.abs(coefficients).max(axis=1), kind="stable")
        kept = np.sort(order[:telling])
        few, bias = _one_against_rest(rows[:, kept], labels, classes)
        coefficients = np.zeros_like(coefficients)
        coefficients[kept] = few
    return coefficients, bias


def _one_against_rest(rows: Any, labels: Integers, classes: int) -> tuple[Floats, Floats]:
    from sklearn.svm import LinearSVC

    coefficients, bias = np.zeros((rows.shape[1], classes)), np.full(classes, -1.0)
    for number in np.unique(labels).tolist():
        machine = LinearSVC(C=_STRENGTH, class_weight="balanced", random_state=0)
        machine.fit(rows, labels == number)
        coefficients[:, number], bias[number] = machine.coef_[0], machine.intercept_[0]
    return coefficients, bias


def _spread(second: Any, classes: int) -> dict[str, NDArray[Any]]:
    """Return the second stage over all classes, those without an example far below the rest."""
    coefficients = np.zeros((classes, second.coef_.shape[1]))
    intercepts = np.full(classes, -50.0)
    coefficients[second.classes_], intercepts[second.classes_] = second.coef_, second.intercept_
    return {"coefficients": coefficients, "intercepts": intercepts}


def _cut(text: str) -> tuple[str, ...]:
    return lexicon_segmenter().words(text)
