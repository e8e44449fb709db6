"""Training of the post sorter on posts that were written for it.

Near misses stand beside what they miss, so a fold is a run of lines and not a random draw.
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

from analysis.features import Floats, Integers
from analysis.fitting import fit_stack, rarity, text_counts, weighed
from analysis.gazetteer import Gazetteer
from analysis.heads import packed
from analysis.plight import feature_count, features_of
from analysis.segment import lexicon_segmenter
from analysis.signs import SignReader
from analysis.sorting import HEADS, rules_of
from core.directory import Directory
from core.errors import HuiyingError
from core.lexicon import load_lexicon
from core.text import normalise

FOLDS = 5
_RUN = 20
"""Lines that stay in one fold."""
_STRENGTHS = (2.0, 4.0, 0.25)
"""C of the machine of each head; 0.3 and 1.0 differ by less than 0.01 AUROC in cross-validation."""
_PLIGHT_STRENGTH = 0.1
"""C of the model over words of a plight."""
_HELP = HEADS.index("help")


@dataclass(frozen=True, slots=True)
class Written:
    """One post written for training, with what it is."""

    text: str = field(repr=False)
    question: bool
    help: bool
    about: str
    """Id of an incident type, or ``none``."""
    concern: str
    fold: int


def read_written(folder: Path | None = None) -> list[Written]:
    """Return the posts of ``posts_*.jsonl`` in *folder*, the package's own by default.

    Raises ``HuiyingError`` naming file and line for a line that is not one.
    """
    place: Traversable = folder if folder is not None else files("analysis.models") / "written"
    written = []
    names = sorted(f.name for f in place.iterdir() if f.name.startswith("posts_"))
    for name in names:
        lines = (place / name).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            try:
                record = json.loads(line)
                written.append(
                    Written(
                        text=normalise(record["text"]),
                        question=bool(record["question"]),
                        help=bool(record["help"]),
                        about=str(record["about"]),
                        concern=str(record["concern"]),
                        fold=number // _RUN % FOLDS,
                    )
                )
            except (ValueError, KeyError, TypeError) as error:
                raise HuiyingError(f"{name}:{number + 1}: no written post ({error})") from error
    return written


def labels_of(written: Sequence[Written]) -> Integers:
    """Return 1 where a head holds, shape (posts, heads)."""
    return np.array(
        [(w.question, w.help, w.about != "none") for w in written],
        dtype=np.int64,
    )


def fit_sorter(written: Sequence[Written]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the sorter, its second stage fitted on margins of unseen folds."""
    segmenter = lexicon_segmenter()
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    texts = [w.text for w in written]
    counts = text_counts([segmenter.words(text) for text in texts])
    rules = np.array([rules_of(text, reader.read(text)) for text in texts], dtype=np.float64)
    labels, folds = labels_of(written), np.array([w.fold for w in written])
    rare, plights = rarity(counts), _plights(texts)
    rows = weighed(counts, rare)
    fitted = [_machine(rows, labels[:, head], head) for head in range(len(HEADS))]
    features = np.column_stack([_unseen(rows, plights, labels, folds), rules])
    stacks = [_stack(features, labels[:, head]) for head in range(len(HEADS))]
    coefficients = np.column_stack([weights for weights, _ in fitted])
    return packed(rare, coefficients, np.array([bias for _, bias in fitted])) | {
        "plight": _plight_weights(plights, labels[:, _HELP]).astype(np.float32),
        "mean": stacks[0]["mean"],
        "scale": stacks[0]["scale"],
        "coefficients": np.array([stack["coefficients"] for stack in stacks]),
        "intercepts": np.array([stack["intercept"][0] for stack in stacks]),
    }


def _plights(texts: Sequence[str]) -> Any:
    """Return which plight features hold of each text, a sparse row for each."""
    from scipy import sparse

    found = [features_of(text) for text in texts]
    ends = np.cumsum([0, *map(len, found)])
    columns = np.concatenate(found)
    return sparse.csr_matrix(
        (np.ones(len(columns)), columns, ends), shape=(len(texts), feature_count())
    )


def _machine(rows: Any, labels: Integers, head: int) -> tuple[Floats, float]:
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=_STRENGTHS[head], class_weight="balanced", random_state=0)
    machine.fit(rows, labels)
    return machine.coef_[0], float(machine.intercept_[0])


def _plight_weights(plights: Any, labels: Integers) -> Floats:
    """Return the weights of a logistic regression; the lengths take the place of a bias."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=_PLIGHT_STRENGTH, class_weight="balanced", fit_intercept=False, max_iter=3000
    )
    model.fit(plights, labels)
    weights: Floats = model.coef_[0]
    return weights


def _unseen(rows: Any, plights: Any, labels: Integers, folds: Integers) -> Floats:
    """Return the margins of every head, then the plight, by models that saw nothing of the fold."""
    heads = labels.shape[1]
    margins = np.zeros((len(labels), heads + 1))
    for fold in range(FOLDS):
        seen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        for head in range(heads):
            weights, bias = _machine(rows[seen], labels[seen, head], head)
            margins[held, head] = rows[held] @ weights + bias
        margins[held, heads] = plights[held] @ _plight_weights(plights[seen], labels[seen, _HELP])
    return margins


def _stack(features: Floats, labels: Integers) -> dict[str, Floats]:
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * features.shape[1]
    return fit_stack(features, labels, np.ones(len(labels)), bounds)
