"""How well the models do on labelled posts they have not seen, and whether that still holds.

Needs-check is cross-fitted: every post is scored by a model fitted without its fold, so near
duplicates never stand on both sides.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np

from analysis import (
    evaluate_bursts,
    evaluate_emotion,
    evaluate_grouping,
    evaluate_kinds,
    train,
    unseen,
)
from analysis import gold as gold_sets
from analysis.calibrate import LEAST, calibrate, expected_error, to_label
from analysis.checkworthy import CheckScorer, load_check_scorer
from analysis.features import Floats, Integers
from analysis.figures import Measure, digest_of, measured
from analysis.segment import lexicon_segmenter
from core.errors import HuiyingError
from core.text import fingerprint, normalise
from crawler.folding import Folder

COPIES = "grouping/near_dup_zh/public.jsonl"
RECALL = 0.8
TOP = 20
"""Posts a duty officer looks through in a sitting."""
SEGMENTED_REPLIES = 20_000
_DESKS, _SHOWN = 60, 600
"""Desks that label on trial, and posts that each is shown."""


def evaluate(
    data: Path | None,
    *,
    floors_file: Path | None = None,
    gold: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Measure]:
    """Return every measure on the sets under *data*, and on our own *gold*; two minutes.

    Raises ``HuiyingError`` saying where the sets come from when they are not there.
    """
    if data is None or not (data / train.CED).exists():
        raise HuiyingError(
            f"{data or 'no folder given'}: no labelled sets there ({train.CED} is missing); they"
            " may not be shipped, docs/models.md says where each comes from and how to lay them out"
        )
    floors = _read_floors(floors_file) if floors_file is not None else {}
    parts = (
        _measure_segmentation,
        _measure_copies,
        evaluate_emotion.measures,
        _measure_check,
        _measure_elsewhere,
        evaluate_kinds.measures,
        evaluate_grouping.measures,
        evaluate_bursts.measures,
    )
    found = [measure for part in parts for measure in part(data, progress)]
    if gold is not None and gold.is_dir():
        progress("gold: sorting")
        found += measure_gold(gold)
    return [replace(one, floor=floors.get(one.name, (None, ""))[0]) for one in found]


def measure_gold(folder: Path) -> list[Measure]:
    """Return the measures on our own gold sets in *folder*; the same each time."""
    return [
        Measure(f.name, f.value, None, f.n, digest_of([f.file]), noise=0.0)
        for f in gold_sets.figures(folder)
    ]


def check_floors(measures: Sequence[Measure], floors_file: Path) -> list[str]:
    """Return one sentence for each floor that does not hold; empty means all is well.

    A floor fails when its figure fell, is missing, or was measured on other data unannounced.
    """
    found = {measure.name: measure for measure in measures}
    failures = []
    for name, (floor, digest) in _read_floors(floors_file).items():
        measure = found.get(name)
        if measure is None:
            failures.append(f"{name}: not measured, but {floors_file.name} has a floor of {floor}")
        elif measure.digest != digest:
            failures.append(
                f"{name}: measured on other data (digest {measure.digest[:12]}, "
                f"{floors_file.name} says {digest[:12]})"
            )
        elif not measure.value >= floor:
            failures.append(f"{name}: {measure.value:.4f} is below its floor of {floor}")
    return failures


def _read_floors(file: Path) -> dict[str, tuple[float, str]]:
    floors = json.loads(file.read_text(encoding="utf-8"))
    return {name: (float(entry["floor"]), str(entry["digest"])) for name, entry in floors.items()}


# --- what is measured ----------------------------------------------------------------------------


def _measure_check(data: Path, progress: Callable[[str], None]) -> Iterator[Measure]:
    progress("needs-check: reading")
    examples = train.read_check_examples(data)
    ced = [number for number, example in enumerate(examples) if example.replies]
    scores = {horizon: np.zeros(len(examples)) for horizon in (0, 3600, 86_400)}
    readable = {horizon: np.zeros(len(examples)) for horizon in (3600, 86_400)}
    for fold in sorted({example.fold for example in examples}):
        progress(f"needs-check: scoring fold {fold} by the others")
        scorer = CheckScorer(train.fit_check([e for e in examples if e.fold != fold]))
        held = [number for number in ced if examples[number].fold == fold]
        for horizon, values in scores.items():
            values[held] = _scores(scorer, [examples[number] for number in held], horizon)
        for horizon, values in readable.items():
            values[held] = _readable(scorer, [examples[number] for number in held], horizon)
    labels = np.array([examples[number].label for number in ced])
    digest = digest_of([data / train.CED, data / train.WEIBO16])
    for horizon, label in ((0, "text"), (3600, "1h"), (86_400, "24h")):
        for name, score in (
            ("auroc", area_under_roc),
            ("precision_at_recall_80", precision_at_recall),
            ("top20_precision", top_precision),
        ):
            yield measured(f"check_{label}_{name}", labels, scores[horizon][ced], score, digest)
        if horizon in readable:
            found = readable[horizon][ced]
            yield measured(f"readable_{label}_auroc", labels, found, area_under_roc, digest)
    yield _calibrated("calibration_home", scores[0][ced], labels, digest)


def _measure_elsewhere(data: Path, progress: Callable[[str], None]) -> Iterator[Measure]:
    """Measure the shipped model on sets that it was never trained on, and after local labels."""
    for part in unseen.score_unseen(data, load_check_scorer(), progress):
        name, digest = f"{part.name}_auroc", digest_of(part.files)
        yield measured(name, part.labels, part.scores, area_under_roc, digest)
    progress("needs-check: scoring posts of other years")
    rows = list(train.read_lines(data / unseen.WEIBO21))
    texts = [normalise(row["text"]) for row in rows]
    words = [lexicon_segmenter().words(text) for text in texts]
    found = load_check_scorer().score_texts(texts, words, [None] * len(texts))
    scores = np.array([score.score for score in found])
    labels = np.array([int(row["label"] == "rumour") for row in rows])
    yield _calibrated("calibration_elsewhere", scores, labels, digest_of([data / unseen.WEIBO21]))


def _calibrated(name: str, scores: Floats, labels: Integers, digest: str) -> Measure:
    """Return how true the chances are after 50 labels: 1 minus the expected calibration error.

    The mean over sixty desks, each of which labels 50 of 600 posts that it was shown.
    """
    errors = []
    for seed in range(_DESKS):
        shown = np.random.default_rng(seed).permutation(len(labels))[:_SHOWN]
        chosen = shown[to_label(scores[shown].tolist(), LEAST)]
        found = calibrate(scores[chosen].tolist(), labels[chosen].astype(bool).tolist())
        if found is None:
            continue
        rest = np.setdiff1d(np.arange(len(labels)), chosen)
        chances = np.array([found.chance(score) for score in scores[rest].tolist()])
        errors.append(expected_error(chances, labels[rest]))
    value = 1 - float(np.mean(errors)) if errors else 0.0
    return Measure(name, value, None, len(labels), digest, noise=0.0)


def _scores(scorer: CheckScorer, held: Sequence[train.Example], horizon: int) -> list[float]:
    """Return scores with the replies of the first *horizon* seconds; 0 means the text alone."""
    column = train.HORIZONS_S.index(horizon) if horizon else None
    replies = [
        e.replies[column] if column is not None and e.replies[column].size else None for e in held
    ]
    found = scorer.score_texts([e.text for e in held], [e.words for e in held], replies)
    return [score.score for score in found]


def _readable(scorer: CheckScorer, held: Sequence[train.Example], horizon: int) -> list[float]:
    """Return the readable model's log odds with the replies of the first *horizon* seconds."""
    column = train.HORIZONS_S.index(horizon)
    return [scorer.readable_logit(e.text, e.replies[column]) for e in held]


def _measure_segmentation(data: Path, progress: Callable[[str], None]) -> Iterator[Measure]:
    """Measure the share of texts cut as jieba itself cuts them, user words included."""
    progress("segmentation: comparing with jieba")
    originals: list[str] = []
    replies: list[str] = []
    for record in train.read_lines(data / train.CED):
        originals.append(normalise(record["text"]))
        if len(replies) < SEGMENTED_REPLIES:
            replies += [normalise(reply["text"]) for reply in record["replies"][:60]]
    texts = originals + replies[:SEGMENTED_REPLIES]
    segmenter = lexicon_segmenter()
    peer = segmenter.peer()
    same = np.array([segmenter.words(text) == tuple(peer.cut(text)) for text in texts])
    digest = digest_of([data / train.CED])
    yield measured("segmentation_identity", same.astype(np.int64), same * 1.0, _mean, digest)


def _measure_copies(data: Path, progress: Callable[[str], None]) -> Iterator[Measure]:
    """Measure which pairs of posts fold into one; the copies were constructed from posts."""
    progress("copies: folding")
    rows = list(train.read_lines(data / COPIES))
    texts = [normalise(row["text"]) for row in rows]
    moment = datetime(2031, 6, 17, tzinfo=UTC)
    posts = [(key, text, fingerprint(text), moment) for key, text in enumerate(texts)]
    firsts = Folder().fold_many(posts)
    told = _pairs(key if first is None else first for key, first in enumerate(firsts))
    true = _pairs(row["group"] for row in rows)
    right = len(told & true)
    digest = digest_of([data / COPIES])
    for name, value in (
        ("copies_pair_f1", 2 * right / (len(told) + len(true))),
        ("copies_pair_precision", right / max(1, len(told))),
    ):
        yield Measure(name, value, None, len(rows), digest, noise=0.0)


def _pairs(groups: Iterable[object]) -> set[tuple[int, int]]:
    members: dict[object, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group, []).append(number)
    return {pair for group in members.values() for pair in combinations(group, 2)}


# --- figures -------------------------------------------------------------------------------------


def area_under_roc(labels: Integers, scores: Floats) -> float:
    """Return the chance that a positive stands above a negative; ties count half."""
    _, places, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[places]
    positives = int(labels.sum())
    above = ranks[labels == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(labels) - positives)))


def precision_at_recall(labels: Integers, scores: Floats) -> float:
    """Return the share of positives in the shortest top list that holds ``RECALL`` of them."""
    hits = np.cumsum(labels[np.argsort(-scores, kind="stable")])
    length = int(np.searchsorted(hits, RECALL * hits[-1])) + 1
    return float(hits[length - 1] / length)


def top_precision(labels: Integers, scores: Floats) -> float:
    """Return the share of positives among the ``TOP`` highest scores."""
    return float(labels[np.argsort(-scores, kind="stable")[:TOP]].mean())


def _mean(_: Integers, values: Floats) -> float:
    return float(values.mean())
