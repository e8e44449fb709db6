"""Topics, questions and claims of a day beside the day before, by one rule; nothing is kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from analysis import store
from analysis.coverage import HEARD_WITHIN
from analysis.reports.document import Cell, Link
from analysis.reports.nightly_data import (
    AskedAgain,
    Change,
    Counted,
    NewTopic,
    OpenClaim,
    OpenQuestion,
    Rise,
)
from analysis.tables import ClaimRow, ScoreRow
from console import day_counts, standing
from console.day_counts import LATELY
from console.selection import DAY, Selection, conditions
from console.standing import Group, Tally
from core.directory import Directory
from core.lexicon import load_lexicon
from core.vocabulary import Verdict
from crawler.tables import PostRow

LEAST = 5
"""Posts below which nothing is called rising, grown or gone quiet."""
GREW, QUIETENED = 1.5, 0.4
"""Times the day before from which a topic has grown, and up to which it has gone quiet."""
MOST = 20
"""Rows that are named: more are never shown."""
MOST_CHANGES = 4
"""Topics told of each kind of change."""
MOST_AGAIN = 5
LEAST_AGAIN = 3
Key = tuple[bool, int]
"""Whether it is a claim (else a question), and its key."""


def link(key: Key, name: str, end: datetime) -> Link:
    """Return the name of a claim or question, leading to its own page or to its posts."""
    is_claim, number = key
    return Link(name, f"claims/{number}" if is_claim else _of(key, end).address)


def _of(key: Key, end: datetime, start: datetime | None = None) -> Selection:
    is_claim, number = key
    return Selection(
        end, start, claim=number if is_claim else None, question=None if is_claim else number
    )


def _group(key: Key) -> Group:
    return ScoreRow.claim if key[0] else ScoreRow.question


class Matters:
    """What was said of each claim and question on a day and on the day before."""

    def __init__(self, session: Session, start: datetime, end: datetime) -> None:
        self.session, self.start, self.end = session, start, end
        self.gone = standing.merged(session, end)
        self.now = self._heard(start, end)
        self.before = self._heard(start - DAY, start)
        self._names: dict[Key, str] = {}

    def _heard(self, start: datetime, end: datetime) -> dict[Key, Tally]:
        heard = {
            (group is ScoreRow.claim, key): tally
            for group in (ScoreRow.claim, ScoreRow.question)
            for key, tally in standing.tallies(self.session, group, end, start=start).items()
        }
        return {key: t for key, t in heard.items() if not (key[0] and key[1] in self.gone)}

    def name(self, key: Key) -> str:
        """Return what a claim or question is called."""
        if key not in self._names:
            found = standing.names(self.session, _group(key), [key[1]], self.end)
            self._names[key] = found[key[1]]
        return self._names[key]

    def link(self, key: Key) -> Link:
        """Return its name with the way to it."""
        return link(key, self.name(key), self.end)

    def counted(self, key: Key) -> Counted:
        """Return its posts of the day."""
        tally = self.now.get(key)
        return Counted(tally.posts if tally else 0, _of(key, self.end, self.start).address)

    def counted_before(self, key: Key) -> Counted:
        """Return its posts of the day before."""
        tally = self.before.get(key)
        address = _of(key, self.start, self.start - DAY).address
        return Counted(tally.posts if tally else 0, address)

    # New

    def new_topics(self) -> tuple[NewTopic, ...]:
        """Return the claims noticed on this day, the loudest first."""
        query = select(ClaimRow.key).where(
            ClaimRow.noticed_at >= self.start, ClaimRow.noticed_at < self.end
        )
        keys = [(True, key) for key in self.session.scalars(query)]
        found = sorted(
            (key for key in keys if key in self.now),
            key=lambda key: (-self.now[key].voices, key),
        )
        return tuple(
            NewTopic(
                name=self.link(key),
                posts=self.counted(key),
                first_seen=self.now[key].first,
                place=self._most(key[1], ScoreRow.place),
                question=self._question(key[1]),
                critical=2 * self.now[key].critical >= self.now[key].posts,
            )
            for key in found
        )

    def _most(self, claim: int, column: standing.Text) -> str | None:
        """Return the commonest value of *column* in a claim's posts of the day."""
        query = (
            select(column, func.count())
            .select_from(ScoreRow)
            .join(PostRow, PostRow.key == ScoreRow.post)
            .where(column.is_not(None))
            .where(*conditions(_of((True, claim), self.end, self.start), Directory()))
            .group_by(column)
            .order_by(func.count().desc(), column)
            .limit(1)
        )
        row = self.session.execute(query).first()
        return str(row[0]) if row else None

    def _question(self, claim: int) -> str:
        asked = self._most(claim, ScoreRow.question)
        return self.name((False, int(asked))) if asked else ""

    # Rising

    def rises(self, cells: Sequence[day_counts.Cell]) -> tuple[Rise, ...]:
        """Return what was said of more in the last six hours than before, the steepest first."""
        middle, first = self.end - LATELY, self.end - 2 * LATELY
        found: list[tuple[Cell | Key, int, int, Selection, Selection]] = []
        for key, now, before in self._lately():
            if now >= LEAST and now >= GREW * before:
                spans = _of(key, self.end, middle), _of(key, middle, first)
                found.append((key, now, before, *spans))
        found += self._rising_by(cells)
        found.sort(key=lambda one: (-(one[1] + 1) / (one[2] + 1), -one[1]))
        return tuple(
            Rise(
                self.link(who) if isinstance(who, tuple) else who,
                Counted(now, span.address),
                Counted(before, span_before.address),
            )
            for who, now, before, span, span_before in found[:MOST]
        )

    def _lately(self) -> list[tuple[Key, int, int]]:
        """Return the posts of the last six hours of each claim and question, and of those before.

        The six hours before are told as they were known when they ended.
        """
        middle, first = self.end - LATELY, self.end - 2 * LATELY
        now = cast(PostRow.published_at >= middle, Integer)
        before = cast((PostRow.published_at < middle) & (PostRow.seen_at < middle), Integer)
        found: list[tuple[Key, int, int]] = []
        for group in (ScoreRow.claim, ScoreRow.question):
            query = (
                select(group, func.sum(now), func.sum(before))
                .join(PostRow, PostRow.key == ScoreRow.post)
                .where(group.is_not(None))
                .where(*conditions(Selection(self.end, first), Directory()))
                .group_by(group)
                .order_by(group)
            )
            is_claim = group is ScoreRow.claim
            found += [
                ((is_claim, number), int(a), int(b))
                for number, a, b in self.session.execute(query)
                if number is not None and not (is_claim and number in self.gone)
            ]
        return found

    def _rising_by(
        self, cells: Sequence[day_counts.Cell]
    ) -> list[tuple[Cell | Key, int, int, Selection, Selection]]:
        """Return the concerns and places that rise, as ``rises`` compares them."""
        middle, first = self.end - LATELY, self.end - 2 * LATELY
        names = load_lexicon().concern_names
        found: list[tuple[Cell | Key, int, int, Selection, Selection]] = []
        for field in ("concern", "place"):
            values = sorted({v for cell in cells if (v := getattr(cell, field)) is not None})
            for value in values:
                own = [cell for cell in cells if getattr(cell, field) == value]
                now = sum(cell.count for cell in own if middle <= cell.hour)
                before = sum(cell.known for cell in own if first <= cell.hour < middle)
                if now >= LEAST and now >= GREW * before:
                    called = f"关切：{names.get(value, value)}" if field == "concern" else value
                    spans = (
                        replace(Selection(self.end, middle), **{field: value}),
                        replace(Selection(middle, first), **{field: value}),
                    )
                    found.append((called, now, before, *spans))
        return found

    # Since the last report

    def changes(self) -> tuple[Change, ...]:
        """Return what is new, has grown, has gone quiet or was answered since the day before."""
        new: list[Key] = []
        grown: list[Key] = []
        quiet: list[Key] = []
        for key in sorted(self.now.keys() | self.before.keys()):
            now, before = self._posts(key)
            if now >= LEAST and not before and not self._known_before(key):
                new.append(key)
            elif now >= LEAST and now >= GREW * max(before, 1):
                grown.append(key)
            elif before >= LEAST and now <= QUIETENED * before:
                quiet.append(key)
        return tuple(
            Change(what, self.link(key), self.counted_before(key), self.counted(key))
            for what, keys in (
                ("新出现", new), ("增多", grown), ("转少", quiet), ("已答复", self._answered()),
            )
            for key in sorted(keys, key=self._weight)[:MOST_CHANGES]
        )  # fmt: skip

    def _posts(self, key: Key) -> tuple[int, int]:
        """Return the posts of the day and of the day before."""
        now, before = self.now.get(key), self.before.get(key)
        return (now.posts if now else 0, before.posts if before else 0)

    def _weight(self, key: Key) -> tuple[int, Key]:
        return (-max(self._posts(key)), key)

    def _known_before(self, key: Key) -> bool:
        """Tell whether something of it was published and seen before the day."""
        query = (
            select(ScoreRow.post)
            .join(PostRow, PostRow.key == ScoreRow.post)
            .where(_group(key) == key[1], PostRow.seen_at < self.start, ScoreRow.relevant)
            .limit(1)
        )
        return self.session.scalar(query) is not None

    def _answered(self) -> list[Key]:
        """Return the questions answered and the claims judged within the day."""
        now = standing.answered_at(self.session, self.end)
        then = standing.answered_at(self.session, self.start)
        settled, open_ = (standing.verdicts(self.session, at) for at in (self.end, self.start))
        judged = [
            claim
            for claim, verdict in settled.items()
            if verdict is not Verdict.CHECKING
            and open_.get(claim, Verdict.CHECKING) is Verdict.CHECKING
        ]
        told = [(False, q) for q in now if q not in then] + [(True, c) for c in judged]
        return [key for key in told if key in self.now or key in self.before]


def open_claims(session: Session, end: datetime) -> tuple[OpenClaim, ...]:
    """Return the claims without a verdict at *end*, with the reasons their last alert gave."""
    reasons = {
        alert.claim: alert.reasons
        for alert in store.all_alerts(session)
        if alert.claim is not None and alert.raised_at < end
    }
    found = standing.to_check(session, end)
    names = _names(session, ScoreRow.claim, found, end)
    return tuple(
        OpenClaim(
            name=link((True, claim.key), names.get(claim.key, claim.claim_id), end),
            voices=claim.tally.voices,
            posts=Counted(claim.tally.posts, _of((True, claim.key), end).address),
            first_seen=claim.tally.first,
            reasons=reasons.get(claim.key, ()),
            critical=claim.critical,
        )
        for claim in found
    )


def _names(
    session: Session, group: Group, found: Sequence[standing.Standing], end: datetime
) -> dict[int, str]:
    """Return the names of those that a report may show: the first, and the first critical ones."""
    sharp = [one for one in found if one.critical]
    keys = [one.key for one in (*found[:MOST], *sharp[:MOST])]
    return standing.names(session, group, sorted(set(keys)), end)


def unanswered(session: Session, end: datetime) -> tuple[OpenQuestion, ...]:
    """Return the questions nobody had answered at *end*, the most voices first."""
    found = standing.unanswered(session, end)
    names = _names(session, ScoreRow.question, found, end)
    return tuple(
        OpenQuestion(
            name=link((False, q.key), names.get(q.key, q.question_id), end),
            voices=q.tally.voices,
            posts=Counted(q.tally.posts, _of((False, q.key), end).address),
            first_asked=q.tally.first,
            concern=q.concern,
            critical=q.critical,
        )
        for q in found
    )


def asked_again(session: Session, end: datetime) -> tuple[AskedAgain, ...]:
    """Return the questions asked on by three voices or more after our answer, most first."""
    answered = standing.answered_at(session, end)
    again = standing.asked_again(session, answered, end)
    most = sorted((-voices, key) for key, voices in again.items() if voices >= LEAST_AGAIN)
    keys = [key for _, key in most[:MOST_AGAIN]]
    names = standing.names(session, ScoreRow.question, keys, end)
    return tuple(
        AskedAgain(link((False, key), names[key], end), again[key], answered[key]) for key in keys
    )


def heard(session: Session, end: datetime) -> dict[tuple[str, str], datetime]:
    """Return (channel, source) -> its newest post of the last days, as far as seen by *end*."""
    query = (
        select(PostRow.channel, PostRow.source, func.max(PostRow.published_at))
        .where(PostRow.published_at >= end - HEARD_WITHIN, PostRow.published_at < end)
        .where(PostRow.seen_at < end)
        .group_by(PostRow.channel, PostRow.source)
    )
    return {(channel, source): at for channel, source, at in session.execute(query)}
