"""How well wordings group posts in the order of time, on tweets of crises and on hashtags.

The true group of a tweet is its event, that of a Weibo post the hashtag it bore. Claims are finer
than events, so the book's own threshold is held to purity alone; that an event's talk can be kept
together by wording is measured with groups that pool all their posts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log, sqrt
from pathlib import Path

from analysis.claims import SAME_WORDING
from analysis.figures import (
    Measure,
    Progress,
    adjusted_information,
    b_cubed_f1,
    b_cubed_precision,
    digest_of,
    noise_of_groups,
)
from analysis.train import read_lines
from analysis.wordings import Wordings
from core.text import matching_form, normalise

CRISES = "incident/crisislext26/public.jsonl"
HASHTAGS = "grouping/weibo_hashtag/public.jsonl"
SAME_EVENT = 0.1
"""Cosine from which a post joins a group; B-cubed F1 on events 0.55 at 0.1, 0.37 at 0.15."""
IDLE_S = 7 * 86_400.0
"""After such a silence a group is forgotten, as a claim is; without it F1 is 0.40."""
SWEEP_S = 6 * 3600.0
_LATIN = re.compile(r"[^\W_]{2,}")
_IDEOGRAPHS = re.compile(r"[\u4e00-\u9fff]+")
_STOPS = frozenset({"rt", "user", "链接"})


def measures(data: Path, progress: Progress) -> Iterator[Measure]:
    """Yield the figures of both sets; one that is absent is told, not measured."""
    for name, file, group in (("crises", CRISES, "event"), ("hashtags", HASHTAGS, "group")):
        if not (data / file).exists():
            progress(f"grouping: {file} is not there, so it is not measured")
            continue
        progress(f"grouping: {file}")
        rows = sorted(read_lines(data / file), key=lambda row: row.get("time", 0))
        texts, true = [normalise(row["text"]) for row in rows], [row[group] for row in rows]
        moments_s = [float(row.get("time", 0)) for row in rows]
        pooled, worded = pool(texts, moments_s), by_wording(texts)
        digest = digest_of([data / file])
        for kind, told, score in (
            ("b_cubed_f1", pooled, b_cubed_f1),
            ("ami", pooled, adjusted_information),
            ("claims_b_cubed_precision", worded, b_cubed_precision),
        ):
            value, noise = score(true, told), noise_of_groups(true, told, score)
            yield Measure(f"{name}_{kind}", value, None, len(rows), digest, noise)


def by_wording(texts: Sequence[str]) -> list[int]:
    """Return for each text the number of the text whose claim it joins by wording alone."""
    wordings, groups = Wordings(), []
    for number, text in enumerate(texts):
        alike = wordings.alike(text)
        best = max(alike, key=lambda key: (alike[key], -key), default=number)
        if alike.get(best, 0.0) < SAME_WORDING:
            best = number
            wordings.learn(number, text)
        groups.append(best)
    return groups


def pool(texts: Sequence[str], moments_s: Sequence[float]) -> list[int]:
    """Return for each text the number of the text that founded its group, in one pass.

    *moments_s* never fall; a group is forgotten when nothing joined it for ``IDLE_S``.
    """
    pooled = _Pool()
    return [
        pooled.add(n, text, at) for n, (text, at) in enumerate(zip(texts, moments_s, strict=True))
    ]


class _Pool:
    """Groups as sums of their posts' TF-IDF vectors, each of length 1, by inverted lists."""

    def __init__(self) -> None:
        self._texts = 0
        self._known: Counter[str] = Counter()
        self._weights: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self._squares: defaultdict[int, float] = defaultdict(float)
        self._last_s: dict[int, float] = {}
        self._swept_s = 0.0

    def add(self, number: int, text: str, at_s: float) -> int:
        """Return the group that *text* joins by the largest cosine, or founds as *number*."""
        self._sweep(at_s)
        self._texts += 1
        vector = self._vector(_grams(text))
        shared: defaultdict[int, float] = defaultdict(float)
        for gram, weight in vector.items():
            for group, held in self._weights[gram].items():
                shared[group] += weight * held
        likeness = {group: dot / sqrt(self._squares[group]) for group, dot in shared.items()}
        best = max(likeness, key=lambda group: (likeness[group], -group), default=number)
        group = best if likeness.get(best, 0.0) >= SAME_EVENT else number
        self._join(group, vector)
        self._last_s[group] = at_s
        return group

    def _vector(self, grams: Sequence[str]) -> dict[str, float]:
        rare = {gram: log((1 + self._texts) / (1 + self._known[gram])) for gram in grams}
        length = sqrt(sum(weight * weight for weight in rare.values())) or 1.0
        return {gram: weight / length for gram, weight in rare.items()}

    def _join(self, group: int, vector: Mapping[str, float]) -> None:
        for gram, weight in vector.items():
            held = self._weights[gram].get(group, 0.0)
            self._weights[gram][group] = held + weight
            self._squares[group] += weight * (2 * held + weight)
        self._known.update(vector.keys())

    def _sweep(self, now_s: float) -> None:
        """Forget idle groups, some times a day: each time walks over every list."""
        if now_s < self._swept_s + SWEEP_S:
            return
        self._swept_s = now_s
        idle = {group for group, last in self._last_s.items() if last < now_s - IDLE_S}
        for group in idle:
            del self._last_s[group], self._squares[group]
        for gram in list(self._weights) if idle else ():
            kept = {g: w for g, w in self._weights[gram].items() if g not in idle}
            if kept:
                self._weights[gram] = kept
            else:
                del self._weights[gram]


def _grams(text: str) -> list[str]:
    """Return the distinct words of alphabetic scripts and pairs of ideographs, in order."""
    runs = _IDEOGRAPHS.findall(text)
    rest = _IDEOGRAPHS.sub(" ", text).casefold()
    pairs = [
        form[i : i + 2]
        for run in runs
        for form in [matching_form(run)]
        for i in range(len(form) - 1)
    ]
    return [g for g in dict.fromkeys([*_LATIN.findall(rest), *pairs]) if g not in _STOPS]
