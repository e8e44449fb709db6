"""What is said again: a new claim or post beside the claims that were judged before. Pure.

Candidates share rare bigrams with a judged claim, among all of them and among those of one
family; numbers, places, times and negation are then compared exactly (``analysis.differences``),
so that 死30人 is no return of 死3人.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from analysis.decisions import Decisions
from analysis.matters import Matter, matter_of
from analysis.open_claims import ClaimState
from analysis.suggestions import MergeSuggestion, ReadClaim, compared, read_claim
from analysis.wordings import Wordings


class Judged:
    """The claims that were judged, found by wording."""

    def __init__(self, states: Iterable[ClaimState], *, places: Sequence[str] = ()) -> None:
        self._places = places
        self._claims: dict[int, ReadClaim] = {}
        self._all = Wordings()
        self._families: dict[str, Wordings] = {}
        for state in states:
            matter = matter_of(state.matter)
            self._claims[state.key] = read_claim(state, matter, places)
            self._all.learn(state.key, state.text)
            if matter is not None:
                self._families.setdefault(matter.group, Wordings()).learn(state.key, state.text)

    def like(self, state: ClaimState, decisions: Decisions) -> list[MergeSuggestion]:
        """Return the judged claims like *state*: those that do not differ first, the likeliest.

        ``first`` is the judged one. Itself, what is merged with it and what a person keeps apart
        from it are left out.
        """
        matter, found = matter_of(state.matter), []
        if not (alike := self._alike(state.text, matter)):
            return []
        read = read_claim(state, matter, self._places)
        for key, score in alike.items():
            own = decisions.standing(key) == decisions.standing(state.key)
            if own or decisions.are_apart(key, state.key):
                continue
            pair = compared(self._claims[key], read, score)
            if pair is not None:
                found.append(pair)
        return sorted(found, key=lambda p: (p.doubtful, -p.likeness, p.first))

    def _alike(self, text: str, matter: Matter | None) -> dict[int, float]:
        alike = dict(self._all.alike(text))
        near = self._families.get(matter.group) if matter is not None else None
        for key, score in (near.alike(text) if near is not None else {}).items():
            alike[key] = max(score, alike.get(key, 0.0))
        return alike


def as_claim(post: int, text: str, at: datetime) -> ClaimState:
    """Return a post of no claim in the form of one, for ``Judged.like``; its key is negative."""
    return ClaimState(
        key=-post,
        matter="text",
        text=text,
        first_seen=at,
        last_seen=at,
        noticed_at=None,
        level=None,
        conflicted=False,
        posts=1,
        voices=1,
        needs_check=0.0,
        reasons=(),
    )
