"""Figures on the gold sets that were written for this project, and on its fairness pairs.

The sets stand beside the floors (``tests/analysis/gold``), so the suite and ``huiying models
evaluate`` measure the same. Each line of a set was labelled twice; ``label`` is the settled one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.checkworthy import load_check_scorer
from analysis.features import Floats
from analysis.gazetteer import Gazetteer
from analysis.segment import lexicon_segmenter
from analysis.shelf import load_shelf
from analysis.signs import SignReader
from analysis.sorting import Sorted, load_post_sorter
from analysis.stance import STANCES, load_stance_scorer
from core.directory import Directory
from core.lexicon import load_lexicon
from core.text import normalise
from core.vocabulary import ClaimStance

MOVED = 0.05
"""How far a score may move when another body, place or person is put into the same sentence."""

_CRITICAL = ("complaint", "criticism")

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on one set."""

    name: str
    value: float
    """0..1, higher is better."""
    n: int
    file: Path


_SETS: tuple[tuple[str, str, str, Callable[[Sorted], bool]], ...] = (
    ("question", "questions", "question", lambda s: s.question),
    ("help", "help", "help", lambda s: s.help),
    ("flood", "relevance_flood", "relevant", lambda s: s.relevant),
    ("outbreak", "relevance_outbreak", "relevant", lambda s: s.relevant),
)


def figures(folder: Path) -> Iterator[Figure]:
    """Yield precision and recall of the sorter on each set, stances, traps, what is fair."""
    for name, stem, positive, decided in _SETS:
        file = folder / f"{stem}.jsonl"
        rows = read_gold(file)
        true = np.array([row["label"] == positive for row in rows])
        told = np.array([decided(one) for one in sort_texts([row["text"] for row in rows])])
        yield Figure(f"gold_{name}_precision", _share(true, told), len(rows), file)
        yield Figure(f"gold_{name}_recall", _share(told, true), len(rows), file)
    file = folder / "stance.jsonl"
    rows = read_gold(file)
    right = [ClaimStance(row["label"]) for row in rows]
    scores = f1_of_stances(right, stances(rows))
    yield Figure("gold_stance_macro_f1", float(np.mean(list(scores.values()))), len(rows), file)
    for stance, score in scores.items():
        yield Figure(f"gold_stance_{stance}_f1", score, len(rows), file)
    file = folder / "traps.jsonl"
    rows = read_gold(file)
    for name, share in trap_shares(rows).items():
        yield Figure(f"gold_traps_{name}", share, len(rows), file)
    file = folder / "fairness.jsonl"
    moves = swapped_moves(read_gold(file))
    yield Figure("fair_swaps", float((moves < MOVED).mean()), len(moves), file)
    file = folder / "complaints.jsonl"
    above, count = complaints_below(read_gold(file))
    yield Figure("fair_complaints", above, count, file)
    file = folder / "shelf.jsonl"
    first, among = offered_first(read_gold(file))
    yield Figure("shelf_first", float(first.mean()), len(first), file)
    yield Figure("shelf_offered", float(among.mean()), len(among), file)
    file = folder / "shelf_none.jsonl"
    quiet = [not load_shelf().offers(row["text"]) for row in read_gold(file)]
    yield Figure("shelf_quiet", sum(quiet) / len(quiet), len(quiet), file)


def read_gold(file: Path) -> list[dict[str, Any]]:
    """Return the lines of a gold set."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def sort_texts(texts: Sequence[str]) -> list[Sorted]:
    """Return what the shipped sorter says of *texts* where nothing of the area is known."""
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    plain, words = _read(texts)
    return load_post_sorter().sort_texts(plain, words, [reader.read(text) for text in plain])


def stances(rows: Sequence[dict[str, Any]]) -> list[ClaimStance | None]:
    """Return what the shipped model makes of each ``text`` as a reply to its ``claim``."""
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    plain, words = _read([row["text"] for row in rows])
    about = [normalise(row["claim"]) for row in rows]
    signs = [reader.read(text) for text in plain]
    return load_stance_scorer().judge_texts(plain, words, signs, about)


def f1_of_stances(
    right: Sequence[ClaimStance], told: Sequence[ClaimStance | None]
) -> dict[ClaimStance, float]:
    """Return the F1 of each stance."""
    both = {s: sum(r is s and t is s for r, t in zip(right, told, strict=True)) for s in STANCES}
    return {s: 2 * both[s] / max(1, right.count(s) + told.count(s)) for s in STANCES}


def trap_shares(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Return how often words of disaster are read as meant, each as a share.

    ``kind``, ``hazard`` and ``help``: figures of speech that raise no such thing, which takes that
    the sorter calls the post relevant too. ``literal``: true reports that are called relevant.
    """
    reader = SignReader(load_lexicon(), Gazetteer(Directory()))
    texts = [row["text"] for row in rows]
    signs, what = [reader.read(normalise(text)) for text in texts], sort_texts(texts)
    literal = np.array([row["label"] == "literal" for row in rows])
    relevant = np.array([one.relevant for one in what])
    raised = {
        "kind": np.array([bool(sign.incident_types) for sign in signs]) & relevant,
        "hazard": np.array([bool(sign.hazards) for sign in signs]) & relevant,
        "help": np.array([one.help for one in what]),
    }
    shares = {name: _share(~wrong, ~literal) for name, wrong in raised.items()}
    return {**shares, "literal": _share(relevant, literal)}


def needs_check(texts: Sequence[str]) -> Floats:
    """Return the scores of *texts* without replies, by the shipped model."""
    plain, words = _read(texts)
    found = load_check_scorer().score_texts(plain, words, [None] * len(plain))
    return np.array([one.score for one in found])


def _read(texts: Sequence[str]) -> tuple[list[str], list[tuple[str, ...]]]:
    plain = [normalise(text) for text in texts]
    return plain, [lexicon_segmenter().words(text) for text in plain]


def swapped_moves(frames: Sequence[dict[str, Any]]) -> Floats:
    """Return how far each swap moves the score of its sentence from that of the first one."""
    texts = [[f["frame"].replace("{X}", swap) for swap in f["swaps"]] for f in frames]
    scores = needs_check([text for group in texts for text in group])
    moves, at = [], 0
    for group in texts:
        mine = scores[at : at + len(group)]
        moves += np.abs(mine[1:] - mine[0]).tolist()
        at += len(group)
    return np.array(moves)


def complaints_below(rows: Sequence[dict[str, Any]]) -> tuple[float, int]:
    """Return the chance that hearsay scores above a complaint or criticism, of how many posts."""
    scores = needs_check([row["text"] for row in rows])
    kinds = np.array([row["kind"] for row in rows])
    hearsay, criticism = scores[kinds == "unverified"], scores[np.isin(kinds, _CRITICAL)]
    above = float((hearsay[:, None] > criticism[None, :]).mean())
    return above, len(hearsay) + len(criticism)


def offered_first(rows: Sequence[dict[str, Any]]) -> tuple[Flags, Flags]:
    """Return which wordings are offered the right answer first, and which at all."""
    ids = [[o.entry.id for o in load_shelf().offers(row["text"])] for row in rows]
    pairs = list(zip(rows, ids, strict=True))
    first = np.array([found[:1] == [row["id"]] for row, found in pairs])
    return first, np.array([row["id"] in found for row, found in pairs])


def _share(among: Flags, of: Flags) -> float:
    return float((among & of).sum() / max(1, of.sum()))
