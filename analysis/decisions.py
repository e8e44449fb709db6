"""What people decided about claims, as the claim book follows it: merged, split, kept apart. Pure.

The decisions stand in the order in which they were taken, and a later one prevails. A merge
leaves the second claim findable, so that what would have joined it joins the first. A split is
remembered by the wordings taken out; numbers and places tell the two apart by themselves, as
they do for any two claims. Splitting a merged claim's wording out again undoes the merge.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from analysis.records import ClaimEdit
from core.vocabulary import ClaimEditKind


@dataclass(slots=True)
class Decisions:
    """Where posts go by what people decided; empty while nobody decided anything."""

    into: dict[int, int] = field(default_factory=dict)
    """Merged claim -> the claim that stands in its place."""
    taken_out: dict[int, dict[str, int]] = field(default_factory=dict)
    """Claim -> fingerprint of a wording taken out of it -> the claim that has it now."""
    parts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Claim -> the claims taken out of it and not merged back, oldest first."""
    apart: set[frozenset[int]] = field(default_factory=set)
    """Pairs that a person has looked at and found to be two."""

    @classmethod
    def of(cls, edits: Iterable[ClaimEdit]) -> "Decisions":
        """Return what *edits*, oldest first, come to."""
        found = cls()
        for edit in edits:
            found.take(edit)
        return found

    def take(self, edit: ClaimEdit) -> None:
        """Follow one more decision."""
        first, second = edit.first, edit.second
        pair = frozenset((first, second))
        if edit.kind is ClaimEditKind.MERGE:
            self.into[second] = first
            self.apart.discard(pair)
            self.parts[first] = tuple(p for p in self.parts.get(first, ()) if p != second)
            return
        self.apart.add(pair)
        if edit.kind is ClaimEditKind.SPLIT:
            self.into.pop(second, None)
            wordings = self.taken_out.setdefault(first, {})
            wordings.update(dict.fromkeys(edit.wordings, second))
            back = self.taken_out.get(second, {})
            for wording in edit.wordings:  # what was once taken out of the part returns to it
                back.pop(wording, None)
            if second not in self.parts.get(first, ()):
                self.parts[first] = (*self.parts.get(first, ()), second)

    def standing(self, claim: int) -> int:
        """Return the claim that stands in the place of *claim*, itself unless it is merged."""
        while claim in self.into:
            claim = self.into[claim]
        return claim

    def merged_into(self, claim: int) -> list[int]:
        """Return the claims that *claim* stands for besides itself, by key."""
        return sorted(key for key in self.into if self.standing(key) == claim)

    def kin(self, claim: int) -> tuple[int, ...]:
        """Return the claims from which a person told *claim* apart by a split, the oldest first."""
        origins = [key for key, parts in self.parts.items() if claim in parts]
        found = [*origins, *(p for key in (*origins, claim) for p in self.parts.get(key, ()))]
        return tuple(key for key in dict.fromkeys(found) if key != claim)

    def home(self, claim: int, wording: str) -> int:
        """Return the claim that a post of this *wording* belongs to when it was found for *claim*.

        The result may itself be merged; see ``standing``.
        """
        seen = {claim}
        while (part := self.taken_out.get(claim, {}).get(wording)) is not None and part not in seen:
            claim = part
            seen.add(part)
        return claim

    def are_apart(self, first: int, second: int) -> bool:
        """Tell whether a person has found these two claims to be two."""
        return frozenset((first, second)) in self.apart
