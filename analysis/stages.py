"""How far an incident has come, as far as its latest posts tell: a few shares, readable. Pure.

Source of the stages and their words: domain handbook, section 4; own words in ``extra.toml``. The
words of onset and spread (刚刚, 又) stand in every hour, so these stages go by volume. It is a
hint: what state an incident is in is decided by a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.lexicon import any_of, load_lexicon
from core.vocabulary import IncidentStage

WINDOW = timedelta(hours=3)
"""What was said in this long before now is read."""
LOOKED_AT = timedelta(hours=24)
"""The busiest window is sought in this long before now."""
LEAST_POSTS = 10
"""With fewer posts in the window nothing is said."""

# On the drill's flood relief and aftermath words together stand in at most 0.05 of the posts until
# the busiest window is past, and in 0.08 to 0.25 of them from the night after on.
_OVER, _OVER_WHEN_QUIET = 0.12, 0.08
_QUIET, _GROWS = 1 / 3, 1.6
"""Share of the busiest window below which it is quiet; times the window before to be growing."""
_WARNED = 0.3
"""Least share of warnings where nothing but a warning is out."""
_BUSY = 0.8
"""Share of the busiest window from which on a window counts as the peak."""

_WORDS = {
    stage: any_of(load_lexicon().stage_words[stage], load_lexicon().extra.reading["stages"][stage])
    for stage in (IncidentStage.LATENT, IncidentStage.RELIEF, IncidentStage.AFTERMATH)
}


@dataclass(frozen=True, slots=True)
class StageReading:
    """The stage that the latest posts tell, and why."""

    stage: IncidentStage
    reasons: tuple[str, ...]
    """In Chinese: how many posts, and the shares that decided."""


def read_stage(said: Sequence[tuple[datetime, str]], now: datetime) -> StageReading | None:
    """Return the stage that *said*, moment and text of each post, tells at *now*.

    None with fewer than ``LEAST_POSTS`` posts in the last ``WINDOW``.
    """
    lately = [text for at, text in said if now - WINDOW < at <= now]
    if len(lately) < LEAST_POSTS:
        return None
    shares = {stage: _share(lately, stage) for stage in _WORDS}
    counts = _windows(said, now)
    quiet = counts[0] < _QUIET * max(counts)
    stage = _by_words(shares, _OVER_WHEN_QUIET if quiet else _OVER) or _by_volume(counts)
    warned, relief, after = (f"{share:.0%}" for share in shares.values())
    reasons = (
        f"近 3 小时 {len(lately)} 条，24 小时内最多的 3 小时 {max(counts)} 条",
        f"含预警 {warned}、缓解 {relief}、善后 {after}",
    )
    return StageReading(stage, reasons)


def _share(texts: Sequence[str], stage: IncidentStage) -> float:
    return sum(_WORDS[stage].search(text) is not None for text in texts) / len(texts)


def _by_words(shares: dict[IncidentStage, float], least: float) -> IncidentStage | None:
    warned, relief, after = (shares[stage] for stage in _WORDS)
    if relief + after >= least:
        return IncidentStage.AFTERMATH if after > relief else IncidentStage.RELIEF
    return IncidentStage.LATENT if warned >= _WARNED else None


def _by_volume(counts: Sequence[int]) -> IncidentStage:
    """Return the stage by the posts of each window, the latest first."""
    if sum(counts[1:]) == 0:
        return IncidentStage.ONSET
    grows = counts[0] >= _GROWS * counts[1]
    at_its_height = counts[0] >= _BUSY * max(counts)
    return IncidentStage.PEAK if at_its_height and not grows else IncidentStage.SPREAD


def _windows(said: Sequence[tuple[datetime, str]], now: datetime) -> list[int]:
    """Return how many posts each window of ``LOOKED_AT`` holds, the latest first."""
    counts = [0] * (LOOKED_AT // WINDOW)
    for at, _ in said:
        number = (now - at) // WINDOW
        if 0 <= number < len(counts):
            counts[number] += 1
    return counts
