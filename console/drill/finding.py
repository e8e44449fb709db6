"""How the drill's people find a claim or a question: by reading what the system shows them. Pure.

Nothing here sees the generator's labels; what the system did not notice, nobody finds.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.records import Claim, Question
from core.vocabulary import QuestionStatus

OPEN = frozenset({QuestionStatus.UNANSWERED, QuestionStatus.DRAFTING, QuestionStatus.ASKED_AGAIN})


@dataclass(frozen=True, slots=True)
class Words:
    """What a person looks for in a text."""

    any_of: tuple[str, ...]
    """Each is a word, or words joined by ``+`` that must all stand there."""
    none_of: tuple[str, ...] = ()

    def fit(self, text: str) -> bool:
        """Return whether *text* says it."""
        if any(word in text for word in self.none_of):
            return False
        return any(all(word in text for word in each.split("+")) for each in self.any_of)


def claims_about(claims: Sequence[Claim], words: Words, *, judged: Collection[int]) -> list[int]:
    """Return the keys of the claims a person would take for this matter, loudest first.

    Those the system has noticed come first; with none of them, the loudest other group is taken.
    Claims in *judged* already have a verdict and are left out.
    """
    found = [claim for claim in claims if claim.key not in judged and words.fit(claim.text)]
    found.sort(key=lambda claim: (-claim.voices, claim.key))
    noticed = [claim.key for claim in found if claim.noticed_at is not None]
    return noticed or [claim.key for claim in found[:1]]


def open_questions(questions: Sequence[Question], words: Words) -> list[int]:
    """Return the keys of the unanswered questions that these words are about."""
    return [q.key for q in questions if q.status in OPEN and words.fit(q.text)]
