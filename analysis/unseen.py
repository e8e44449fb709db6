"""Needs-check on sets that no model was trained on: what is left of it on another event.

Posts whose near-duplicates stand in a training set are left out, by ``cluster``, and so are the
domains of politics and military. The sets are read for measuring and for nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis import train
from analysis.checkworthy import CheckScorer
from analysis.features import Floats, Integers, ReplySnapshot
from analysis.gazetteer import Gazetteer
from analysis.segment import lexicon_segmenter
from analysis.signs import SignReader
from core.directory import Directory
from core.lexicon import load_lexicon
from core.text import normalise

WEIBO21 = "rumour/weibo21.jsonl.gz"
CHECKED = "rumour/checked.jsonl.gz"
_LEFT_OUT = frozenset({"政治", "军事"})
_HEALTH = "医药健康"
_DISASTERS = "灾难事故"
_OUTBREAK = frozenset({"infectious", "food_poisoning", "unknown_cluster", "medical", "market"})
"""Kinds of incident of the lexicon that are no disaster or accident."""
_AGES_S: tuple[tuple[str, float], ...] = (("1h", 3600.0), ("24h", 86_400.0), ("all", np.inf))


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of one set, or of one part of it."""

    name: str
    labels: Integers
    scores: Floats
    files: tuple[Path, ...]
    """What was read, the training sets included where they decide what is left out."""


def score_unseen(
    data: Path, scorer: CheckScorer, progress: Callable[[str], None]
) -> Iterator[Scored]:
    """Yield the scores by *scorer* on each unseen set under *data*, with replies where it has them.

    ``unseen_disaster`` holds what speaks of an accident or a disaster, in whatever domain it was
    filed.
    """
    progress("needs-check: scoring weibo21")
    files = (data / WEIBO21, data / train.CED, data / train.WEIBO16)
    seen = {row["cluster"] for file in files[1:] for row in train.read_lines(file)}
    rows = [
        row
        for row in train.read_lines(files[0])
        if row["domain"] not in _LEFT_OUT and row["cluster"] not in seen
    ]
    labels, scores = _labels(rows), _score(scorer, rows, None)
    parts = {
        "weibo21": np.ones(len(rows), dtype=bool),
        "health": np.array([row["domain"] == _HEALTH for row in rows]),
        "disaster": np.array(_disasters(rows)),
    }
    for name, part in parts.items():
        yield Scored(f"unseen_{name}", labels[part], scores[part], files)
    progress("needs-check: scoring checked")
    rows = list(train.read_lines(data / CHECKED))
    labels = _labels(rows)
    ages = [("text", None), *((name, _pools(rows, age)) for name, age in _AGES_S)]
    for name, replies in ages:
        scores = _score(scorer, rows, replies)
        yield Scored(f"unseen_outbreak_{name}", labels, scores, (data / CHECKED,))


def _labels(rows: Sequence[Mapping[str, Any]]) -> Integers:
    return np.array([int(row["label"] == "rumour") for row in rows])


def _score(
    scorer: CheckScorer,
    rows: Sequence[Mapping[str, Any]],
    replies: Sequence[ReplySnapshot | None] | None,
) -> Floats:
    texts = [normalise(row["text"]) for row in rows]
    words = [lexicon_segmenter().words(text) for text in texts]
    found = scorer.score_texts(texts, words, replies or [None] * len(texts))
    return np.array([one.score for one in found])


def _pools(rows: Sequence[Mapping[str, Any]], age_s: float) -> list[ReplySnapshot | None]:
    return [train.snapshots(row["replies"], (age_s,))[0] for row in rows]


def _disasters(rows: Sequence[Mapping[str, Any]]) -> list[bool]:
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    return [
        row["domain"] == _DISASTERS
        or bool(set(reader.read(normalise(row["text"])).incident_types[:1]) - _OUTBREAK)
        for row in rows
    ]
