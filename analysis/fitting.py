"""Fitting of linear models on hashed n-grams; the steps that every trained model shares.

scikit-learn and scipy are loaded when something is fitted, never when something is scored.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.features import TEXT_BITS, Floats, Integers, hash_texts


def text_counts(words: Sequence[tuple[str, ...]]) -> Any:
    """Return the counts of hashed n-grams of segmented texts, a sparse row for each."""
    from scipy import sparse

    hashed = hash_texts(tuple(words))
    return sparse.csr_matrix(
        (hashed.counts.astype(np.float64), (hashed.rows, hashed.buckets)),
        shape=(len(words), 1 << TEXT_BITS),
    )


def rarity(counts: Any) -> Floats:
    """Return the smoothed inverse document frequency of each bucket."""
    rows, columns = counts.shape
    holding = np.bincount(counts.indices, minlength=columns)
    rarity: Floats = np.log((1 + rows) / (1 + holding)) + 1
    return rarity


def once(counts: Any) -> Any:
    """Return *counts* with 1 in place of each count: an n-gram occurs or does not."""
    from scipy import sparse

    ones = np.ones_like(counts.data)
    return sparse.csr_matrix((ones, counts.indices, counts.indptr), shape=counts.shape)


def weighed(counts: Any, rarity: Floats) -> Any:
    """Return the TF-IDF rows of *counts*; the same numbers as ``features.weigh``."""
    from scipy import sparse

    values = (1 + np.log(counts.data)) * rarity[counts.indices]
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    norms = np.sqrt(np.bincount(rows, values * values, counts.shape[0]))
    values /= np.maximum(norms, 1e-9)[rows]
    return sparse.csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape)


def fit_words(
    counts: Any, labels: Integers, weights: Floats, *, cost: float = 1.0
) -> tuple[Floats, Floats, float]:
    """Return rarity, weights and bias of a linear support vector machine on TF-IDF.

    *cost* is what a post on the wrong side costs, against ridges of 1 on the weights.
    """
    from sklearn.svm import LinearSVC

    rare = rarity(counts)
    machine = LinearSVC(C=cost, random_state=0)
    machine.fit(weighed(counts, rare), labels, sample_weight=weights)
    return rare, machine.coef_[0], float(machine.intercept_[0])


def margins_of_unseen(
    counts: Any, labels: Integers, folds: Integers, weights: Floats, *, cost: float = 1.0
) -> Floats:
    """Return each row's margin by a machine that saw nothing of its fold."""
    margins = np.zeros(len(labels))
    for fold in np.unique(folds):
        seen, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        rare, coefficients, bias = fit_words(counts[seen], labels[seen], weights[seen], cost=cost)
        margins[held] = weighed(counts[held], rare) @ coefficients + bias
    return margins


def fit_stack(
    features: Floats,
    labels: Integers,
    weights: Floats,
    bounds: Sequence[tuple[float | None, float | None]],
) -> dict[str, Floats]:
    """Return a logistic regression on standardised features, each coefficient within its bounds.

    Ridge penalty 5 on coefficients; 1 to 100 differ by 0.001 AUROC on public CED.
    """
    from scipy.optimize import minimize

    mean = np.average(features, axis=0, weights=weights)
    scale = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weights)) + 1e-6
    columns = np.column_stack([(features - mean) / scale, np.ones(len(labels))])
    signed = 2.0 * labels - 1

    def loss(theta: Floats) -> tuple[float, Floats]:
        margins = signed * (columns @ theta)
        value = weights @ np.logaddexp(0, -margins) + 2.5 * (theta[:-1] @ theta[:-1])
        slope = -(weights * signed / (1 + np.exp(margins))) @ columns
        slope[:-1] += 5 * theta[:-1]
        return float(value), slope

    found = minimize(
        loss,
        np.zeros(columns.shape[1]),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
    )
    return {
        "mean": mean,
        "scale": scale,
        "coefficients": found.x[:-1],
        "intercept": found.x[-1:],
    }


def stack_logits(stack: Mapping[str, Floats], features: Floats) -> Floats:
    """Return the log odds that a fitted stack gives each row of *features*."""
    standardised = (features - stack["mean"]) / stack["scale"]
    logits: Floats = standardised @ stack["coefficients"] + stack["intercept"][0]
    return logits
