"""How well the kind of an incident is told from the first 60 characters of a report.

Two figures on one set of news reports: that of a linear model, fitted without the report's near
duplicates, and that of the lexicon, by which the product tells kinds. The model is fitted here to
be measured and is not shipped: docs/models.md says why.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.features import Floats, Integers
from analysis.figures import Measure, Progress, digest_of, macro_f1, measured
from analysis.fitting import rarity, text_counts, weighed
from analysis.gazetteer import Gazetteer
from analysis.segment import lexicon_segmenter
from analysis.signs import SignReader
from analysis.train import read_lines
from core.directory import Directory
from core.lexicon import load_lexicon
from core.text import normalise, shingles

REPORTS = "incident/cec/train.jsonl"
KINDS = {
    "earthquake": "earthquake",
    "fire": "fire",
    "traffic_accident": "traffic",
    "food_poisoning": "food_poisoning",
}
"""Labels of the reports -> incident types of the taxonomy. Attacks are none of ours by design."""
OPENING = 60
"""Characters that are read."""
_STRENGTH = 2.0
"""C of the machines; 0.5: macro-F1 0.913, 1: 0.924, 2: 0.937, all within twice the noise."""
_FOLDS = 5
_ALIKE = 0.3
"""Share of the shorter report's beginning from which two are of one accident."""


def measures(data: Path, progress: Progress) -> Iterator[Measure]:
    """Yield both figures; an absent set is told, not measured."""
    if not (data / REPORTS).exists():
        progress(f"kinds: {REPORTS} is not there, so it is not measured")
        return
    progress("kinds: cross-fitting reports of accidents")
    rows = list(read_lines(data / REPORTS))
    names = sorted({row["label"] for row in rows})
    labels = np.array([names.index(row["label"]) for row in rows])
    digest = digest_of([data / REPORTS])
    chosen = _cross_fitted(rows, labels)
    yield measured("incident_type_macro_f1", labels, chosen, macro_f1, digest)
    order = ["", *KINDS.values()]
    true = np.array([order.index(KINDS.get(row["label"], "")) for row in rows])
    told = np.array([order.index(kind) if kind in order else 0 for kind in _by_lexicon(rows)])
    yield measured("incident_type_lexicon_macro_f1", true, told * 1.0, _of_ours, digest)


def _of_ours(true: Integers, told: Floats) -> float:
    """Return the mean F1 of our kinds alone: of what is none of them we promise nothing."""
    scores = []
    for kind in range(1, len(KINDS) + 1):
        both = int(((true == kind) & (told == kind)).sum())
        scores.append(2 * both / max(1, int((true == kind).sum()) + int((told == kind).sum())))
    return float(np.mean(scores))


def _by_lexicon(rows: Sequence[dict[str, Any]]) -> list[str]:
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    found = [reader.read(normalise(row["text"])[:OPENING]).incident_types for row in rows]
    return [kinds[0] if kinds else "" for kinds in found]


def _cross_fitted(rows: Sequence[dict[str, Any]], labels: Integers) -> Floats:
    """Return the label that a machine fitted on the pieces of other folds gives each report."""
    from sklearn.svm import LinearSVC

    pieces = [_pieces(row) for row in rows]
    owners = np.repeat(np.arange(len(rows)), [len(own) for own in pieces])
    weights = 1.0 / np.bincount(owners)[owners]
    counts = _counts([piece for own in pieces for piece in own])
    openings = _counts([normalise(row["text"])[:OPENING] for row in rows])
    folds, chosen = folds_of(rows), np.zeros(len(rows))
    for fold in np.unique(folds):
        seen, held = np.flatnonzero(folds[owners] != fold), np.flatnonzero(folds == fold)
        rare = rarity(counts[seen])
        machine = LinearSVC(C=_STRENGTH, class_weight="balanced", random_state=0)
        machine.fit(weighed(counts[seen], rare), labels[owners[seen]], sample_weight=weights[seen])
        chosen[held] = machine.predict(weighed(openings[held], rare))
    return chosen


def _counts(texts: Sequence[str]) -> Any:
    return text_counts([lexicon_segmenter().words(text) for text in texts])


def _pieces(row: dict[str, Any]) -> list[str]:
    """Return the title and the text cut to pieces as long as an opening.

    The reports are few, so each is to teach what it can: by title and opening alone macro-F1 is
    0.886, with 4 pieces 0.927, with all 0.937.
    """
    text = normalise(row["text"])
    starts = range(0, len(text), OPENING)
    return [normalise(row["title"]), *(text[start : start + OPENING] for start in starts)]


def folds_of(rows: Sequence[dict[str, Any]]) -> Integers:
    """Return folds that no two reports of one accident are split by, the fullest groups first."""
    grams = [shingles(normalise(row["title"] + row["text"][:200]), 2) for row in rows]
    groups = list(range(len(rows)))
    for number, mine in enumerate(grams):
        for other in range(number):
            if len(mine & grams[other]) >= _ALIKE * min(len(mine), len(grams[other])):
                old, new = groups[number], groups[other]
                groups = [new if group == old else group for group in groups]
    sizes = np.bincount(groups)
    fold_of, filled = np.zeros(len(sizes), dtype=np.int64), [0] * _FOLDS
    for group in np.argsort(-sizes, kind="stable"):
        fold_of[group] = int(np.argmin(filled))
        filled[fold_of[group]] += int(sizes[group])
    return fold_of[groups]
