"""Old claims that come back: what is said now beside what was judged and answered before.

Verdicts live in ``release`` and wordings in ``analysis``; here both are known. A verdict of any
age counts, also of claims that the claim book has forgotten. Likeness is no verdict: the desk
reads the earlier one and decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis import store
from analysis.decisions import Decisions
from analysis.open_claims import ClaimState
from analysis.records import Claim
from analysis.returning import Judged, as_claim
from console.reading_list import PUBLIC_STATES, statements_with_titles
from core.clock import beijing
from core.directory import Directory
from core.vocabulary import Verdict
from release import store as release_store
from release.records import Judgement

LATELY = timedelta(days=1)
"""How long something said is new."""
MOST = 300
"""Claims, and posts of no claim, that are looked at; the latest."""
_SHORT = 24
_OPEN = frozenset({Verdict.CHECKING, Verdict.NOT_A_CLAIM})


@dataclass(frozen=True, slots=True)
class Answer:
    """A statement that the public can read."""

    statement_id: str
    title: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """A judged claim that something said now is like."""

    claim: int
    text: str = field(repr=False)
    verdict: Verdict
    summary: str
    as_of: datetime
    likeness: float
    """TF-IDF cosine of the wordings, 0..1."""
    shares: tuple[str, ...]
    """In Chinese what both say."""
    differs: tuple[str, ...]
    """In Chinese what tells them apart; then it may be another matter."""
    answers: tuple[Answer, ...]
    """What was published on it, oldest first."""

    @property
    def claim_id(self) -> str:
        """The claim's id, such as C000012."""
        return f"C{self.claim:06d}"

    @property
    def reason(self) -> str:
        """Why this is worth a look, in one line."""
        short = self.text if len(self.text) <= _SHORT else f"{self.text[:_SHORT]}…"
        day = f"{beijing(self.as_of):%Y-%m-%d}"
        if self.differs:
            return (
                f"与旧说法相近但{'；'.join(self.differs)}：{short}（{day}，{self.verdict.label}）"
            )
        if self.verdict is Verdict.UNDETERMINED:
            return f"与核实过、尚无定论的旧说法相似：{short}（{day}）"
        return f"与已核实为{self.verdict.label}的旧说法相似：{short}（{day}）"


@dataclass(frozen=True, slots=True)
class Returned:
    """Something said now that is like what was judged before."""

    claim: int | None
    """Key of the claim it makes; None for a post that makes none."""
    text: str = field(repr=False)
    at: datetime
    earlier: tuple[Earlier, ...]
    """Those that do not differ first, then the likeliest."""


class Archive:
    """The judged claims with their answers, read once for one page or command."""

    def __init__(self, session: Session, directory: Directory) -> None:
        self._session = session
        self._decisions = Decisions.of(store.claim_edits(session))
        newest = sorted(
            (j for j in release_store.all_judgements(session) if j.approved_at is not None),
            key=lambda j: (j.approved_at, j.judgement_id),
        )
        current = {j.claim: j for j in newest}
        self._verdicts = {key: j for key, j in current.items() if j.verdict not in _OPEN}
        states = store.states_of(session, sorted(self._verdicts), voices=False)
        places = [name for place in directory.places for name in (place.name, *place.also)]
        self._texts = {state.key: state.text for state in states}
        self._judged = Judged(states, places=places)
        self._answers = _answers(session) if states else {}

    def earlier(self, state: ClaimState) -> tuple[Earlier, ...]:
        """Return the judged claims that *state* is like, those without a difference first."""
        return tuple(
            self._earlier(self._verdicts[pair.first], pair.likeness, pair.reasons, pair.differs)
            for pair in self._judged.like(state, self._decisions)
        )

    def earlier_of(self, claim: int) -> tuple[Earlier, ...]:
        """Return the judged claims that a stored claim is like."""
        (state,) = store.states_of(self._session, [claim], voices=False)
        return self.earlier(state)

    def returned(self, now: datetime) -> list[Returned]:
        """Return what was said in the day before *now* and is like something judged, by time.

        Claims that have a verdict of their own are left out: it stands on them.
        """
        if not self._texts:
            return []
        since = now - LATELY
        said: list[tuple[int | None, ClaimState]] = [
            (state.key, state)
            for state in store.wordings_since(self._session, since, MOST)
            if state.key not in self._verdicts and state.key not in self._decisions.into
        ]
        said += [
            (None, as_claim(*post))
            for post in store.posts_of_no_claim(self._session, since, MOST)
        ]  # fmt: skip
        found = [
            Returned(key, state.text, state.last_seen, earlier)
            for key, state in said
            if (earlier := self.earlier(state))
        ]
        return sorted(found, key=lambda r: (bool(r.earlier[0].differs), -r.at.timestamp()))

    def with_reasons(self, claims: Sequence[tuple[Claim, Verdict]]) -> list[tuple[Claim, Verdict]]:
        """Return *claims*, those like a judged one with that among their reasons, first."""
        if not self._texts or not claims:
            return list(claims)
        keys = [claim.key for claim, _ in claims]
        states = {s.key: s for s in store.states_of(self._session, keys, voices=False)}
        told = []
        for claim, verdict in claims:
            same = [e.reason for e in self.earlier(states[claim.key]) if not e.differs][:1]
            told.append((replace(claim, reasons=(*same, *claim.reasons)), verdict))
        return told

    def _earlier(
        self,
        verdict: Judgement,
        likeness: float,
        shares: tuple[str, ...],
        differs: tuple[str, ...],
    ) -> Earlier:
        return Earlier(
            claim=verdict.claim,
            text=self._texts[verdict.claim],
            verdict=verdict.verdict,
            summary=verdict.summary,
            as_of=verdict.as_of,
            likeness=likeness,
            shares=shares,
            differs=differs,
            answers=self._answers.get(verdict.claim, ()),
        )


def _answers(session: Session) -> dict[int, tuple[Answer, ...]]:
    found: dict[int, list[Answer]] = {}
    for statement, title in reversed(statements_with_titles(session)):
        if statement.published_at is None or statement.state not in PUBLIC_STATES:
            continue
        for claim in statement.claims:
            answer = Answer(statement.statement_id, title, statement.published_at)
            found.setdefault(claim, []).append(answer)
    return {claim: tuple(answers) for claim, answers in found.items()}
