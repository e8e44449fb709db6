"""How well emotions are named, and polarity read off them, on posts not trained on.

``ewect_virus/dev`` and the reviews have no part in the training. ``ewect_usual/dev`` has, so it is
cross-fitted: each post is scored by heads fitted without its fold.
"""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np

from analysis import train
from analysis.emotion import load_emotion_scorer
from analysis.features import Floats, Integers
from analysis.figures import Measure, Progress, digest_of, macro_f1, measured
from analysis.heads import LinearHeads
from analysis.segment import lexicon_segmenter
from core.text import matching_form, normalise
from core.vocabulary import Emotion

REVIEWS = {
    "waimai": "sentiment/waimai_10k/all.jsonl",
    "shopping": "sentiment/online_shopping_10/all.jsonl",
}
"""Sets of two labels, ``positive`` and ``negative``, that nothing was trained on."""
SHOWN = 12_000
"""Reviews of a set that are scored, evenly spread over it."""
NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
_EMOTIONS = tuple(Emotion)
_GLAD, _NEITHER = _EMOTIONS.index(Emotion.HAPPY), _EMOTIONS.index(Emotion.NEUTRAL)
_UNHAPPY = [_EMOTIONS.index(e) for e in (Emotion.ANGRY, Emotion.SAD, Emotion.FEAR)]
_TABLE = np.full(len(_EMOTIONS), -1)
_TABLE[_UNHAPPY], _TABLE[_NEITHER], _TABLE[_GLAD] = NEGATIVE, NEUTRAL, POSITIVE
_FOLDS = 3
_OPENING = 12
"""Characters that near-duplicates share at their beginning, for the folds."""


def measures(data: Path, progress: Progress) -> Iterator[Measure]:
    """Yield the figures on every set; a set of reviews that is absent is told, not measured."""
    progress("emotion: scoring ewect_virus/dev")
    words, labels = train.read_emotions(data / train.EMOTION_DEV)
    margins = load_emotion_scorer().margins(words)
    digest = digest_of([data / train.EMOTION_DEV])
    chosen = margins.argmax(axis=1).astype(np.float64)
    yield measured("emotion_virus_macro_f1", labels, chosen, macro_f1, digest)
    yield from _polarities(margins, labels, digest)
    progress("emotion: cross-fitting ewect_usual/dev")
    labels, chosen = _cross_fitted(train.read_emotion_sets(data))
    digest = digest_of([data / train.EMOTION_USUAL])
    yield measured("emotion_usual_macro_f1", labels, chosen, macro_f1, digest)
    for name, file in REVIEWS.items():
        if not (data / file).exists():
            progress(f"polarity: {file} is not there, so it is not measured")
            continue
        progress(f"polarity: scoring {file}")
        yield _on_reviews(f"polarity_{name}_macro_f1", data / file)


def _polarities(margins: Floats, labels: Integers, digest: str) -> Iterator[Measure]:
    true = polarity_of(labels)
    known, told = true >= 0, of_three(margins)
    yield measured("polarity_virus_3_macro_f1", true[known], told[known], macro_f1, digest)
    clear, told = known & (true != NEUTRAL), of_two(margins)
    yield measured("polarity_virus_2_macro_f1", true[clear], told[clear], macro_f1, digest)


def _on_reviews(name: str, file: Path) -> Measure:
    rows = list(train.read_lines(file))
    rows = rows[:: max(1, len(rows) // SHOWN)]
    known = {"negative": NEGATIVE, "positive": POSITIVE}
    labels = np.array([known[row["label"]] for row in rows])
    words = [lexicon_segmenter().words(normalise(row["text"])) for row in rows]
    told = of_two(load_emotion_scorer().margins(words))
    return measured(name, labels, told, macro_f1, digest_of([file]))


def _cross_fitted(sets: train.EmotionSets) -> tuple[Integers, Floats]:
    """Return labels of the usual posts and what heads that saw nothing like them choose."""
    usual = np.flatnonzero(sets.usual)
    openings = [matching_form("".join(sets.words[n]))[:_OPENING] for n in usual]
    folds = np.array([crc32(opening.encode()) % _FOLDS for opening in openings])
    chosen = np.zeros(len(usual))
    for fold in range(_FOLDS):
        held = usual[folds == fold]
        seen = np.setdiff1d(np.arange(len(sets.words)), held)
        heads = LinearHeads(train.fit_emotion_heads(sets, seen))
        chosen[folds == fold] = heads.margins([sets.words[n] for n in held]).argmax(axis=1)
    return sets.labels[usual], chosen


def polarity_of(emotions: Integers) -> Integers:
    """Return the polarity of labelled *emotions*; -1 for surprise, which may be either."""
    return _TABLE[emotions]


def of_three(margins: Floats) -> Floats:
    """Return negative, neutral or positive for each row of the six heads' *margins*.

    The strongest of anger, sadness and fear stands for negative: their sum and their softmax were
    no better on the training folds.
    """
    three = np.column_stack(
        [margins[:, _UNHAPPY].max(axis=1), margins[:, _NEITHER], margins[:, _GLAD]]
    )
    chosen: Floats = three.argmax(axis=1).astype(np.float64)
    return chosen


def of_two(margins: Floats) -> Floats:
    """Return negative or positive for each row, whichever is stronger."""
    glad = margins[:, _GLAD] > margins[:, _UNHAPPY].max(axis=1)
    chosen: Floats = np.where(glad, float(POSITIVE), float(NEGATIVE))
    return chosen
