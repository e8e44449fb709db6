"""One round of understanding: new posts in, scores, claims, questions, rises and alerts out.

Reads like one post's way: segmented, read for signs, scored, grouped, counted, noticed. The
state between rounds (open claims, reply pools, usual rates) lives in memory and is rebuilt from
the database when a process starts, so a round costs its new posts and nothing more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from analysis import alerts, concerns, incidents, questions, relevance, store
from analysis.checkworthy import CheckScore, CheckScorer, load_check_scorer
from analysis.claims import ClaimBook
from analysis.emotion import EmotionScorer, load_emotion_scorer
from analysis.features import ReplyPool
from analysis.gazetteer import Gazetteer
from analysis.help import is_help
from analysis.records import Alert, Incident, ScoredPost, SegmentedPost, Surge
from analysis.segment import Segmenter
from analysis.signals import Notice
from analysis.signs import SignReader
from analysis.trends import RiseDetector
from core.directory import Directory
from core.lexicon import load_lexicon
from core.settings import NoticeSettings
from core.vocabulary import AlertState, ConcernLevel, Emotion
from crawler import store as crawler_store
from crawler.records import StoredPost

BATCH = 5_000
"""Posts analysed at once; more wait for the next batch of the same round."""

BIN = timedelta(minutes=10)
REMEMBERED = timedelta(days=7)
"""How far back open claims and reply pools are rebuilt when a process starts."""

RATES_REMEMBERED = timedelta(days=28)
"""How far back the usual rates are learned again when a process starts."""

POOL_AGE = timedelta(days=3)
"""Replies later than this no longer change a post's score; its pool is dropped."""

QUIET_HOURS = 24.0
"""A matter that was silent for this long may raise an alert of the same level again."""

MOST_BINS = 50_000

PROPOSING = ConcernLevel.C2
"""From this level on, an alert without a live incident proposes one."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    posts: int
    alerts: tuple[Alert, ...]


@dataclass(slots=True)
class _Pool:
    """The replies to one post so far, and the claim they speak of."""

    post: SegmentedPost
    claim: int | None
    replies: ReplyPool


class Analyser:
    """Understanding with its memory; one for a process and a data folder."""

    def __init__(self, directory: Directory, notice: NoticeSettings) -> None:
        lexicon = load_lexicon()
        names = [name for place in directory.places for name in (place.name, *place.also)]
        self._segmenter = Segmenter([*lexicon.user_words(), *names])
        self._signs = SignReader(lexicon, Gazetteer(directory))
        self._checks: CheckScorer = load_check_scorer()
        self._emotions: EmotionScorer = load_emotion_scorer()
        self._notice = notice
        self._claims = ClaimBook()
        self._questions = questions.QuestionBook()
        self._rises = RiseDetector(false_alarms_per_day=notice.rise_false_alarms_per_day)
        self._bins: Counter[tuple[str, datetime]] = Counter()
        self._pools: dict[int, _Pool] = {}
        self._kinds: Counter[str] = Counter()
        self._recent: list[Alert] = []
        self._last = 0
        self._loaded = False

    def round(self, session: Session, now: datetime) -> Round:
        """Analyse every post stored since the last round and raise what is due at *now*."""
        self._load(session, now)
        count, raised = 0, []
        incident = incidents.live_incident(session, now)
        batch = crawler_store.posts_after(session, self._last, BATCH)
        while batch:
            count += len(batch)
            surges = self._take(session, batch, incident)
            self._last = batch[-1].key
            notices = self._claims.notice(now, self._notice)
            raised += self._raise(session, surges, notices, incident, now)
            incident = incident or self._propose(session, raised, now)
            self._save_groups(session, incident)
            full = len(batch) == BATCH
            batch = crawler_store.posts_after(session, self._last, BATCH) if full else []
        return Round(posts=count, alerts=tuple(raised))

    def _take(
        self, session: Session, batch: Sequence[StoredPost], incident: Incident | None
    ) -> list[Surge]:
        segmented = self._segmenter.segment(batch)
        scored = self._score(segmented)
        lines = [self._group(s, incident) for s in scored]
        # A claim's row must be there before a post or an alert can point at it.
        self._save_groups(session, incident)
        store.save_scores(session, lines)
        claims = {line.scored.post.key: line.claim for line in lines}
        self._pool_replies(session, segmented, claims)
        return self._count(session, scored)

    def _score(self, posts: Sequence[SegmentedPost]) -> list[ScoredPost]:
        checks = self._checks.score(posts, [None] * len(posts))
        feelings = self._emotions.score(posts)
        return [
            self._scored(post, check, feeling.emotion)
            for post, check, feeling in zip(posts, checks, feelings, strict=True)
        ]

    def _scored(self, post: SegmentedPost, check: CheckScore, emotion: Emotion) -> ScoredPost:
        signs = self._signs.read(post.text)
        return ScoredPost(
            post=post,
            signs=signs,
            needs_check=check.score,
            reasons=check.reasons,
            emotion=emotion,
            is_question=questions.is_question(post.text, signs),
            concern=concerns.concern_of(post.text, signs),
            help=is_help(post.text, signs),
            relevant=relevance.is_relevant(signs, post.text),
            place=signs.places[0].name if signs.places else None,
        )

    def _group(self, scored: ScoredPost, incident: Incident | None) -> store.ScoreLine:
        claim = self._claims.assign(scored)
        asked = None
        if scored.is_question and scored.relevant:
            asked = self._questions.assign(scored.post, scored.signs, scored.concern)
        return store.ScoreLine(
            scored=scored,
            claim=claim,
            question=asked,
            incident_id=incident.incident_id if incident and scored.relevant else None,
        )

    # Replies

    def _pool_replies(
        self, session: Session, posts: Iterable[SegmentedPost], claims: Mapping[int, int | None]
    ) -> None:
        """Let replies speak for the posts they answer, and score those posts again."""
        pooled = [self._pool(post, claims.get(post.key)) for post in posts]
        touched = dict.fromkeys(parent for parent in pooled if parent is not None)
        pools = [self._pools[key] for key in touched]
        checks = self._checks.score([p.post for p in pools], [p.replies for p in pools])
        store.update_checks(
            session,
            [
                store.NewCheck(pool.post.key, check.score, check.reasons)
                for pool, check in zip(pools, checks, strict=True)
            ],
        )
        for pool, check in zip(pools, checks, strict=True):
            if pool.claim is not None:
                self._claims.update_needs_check(pool.claim, check.score)

    def _pool(self, post: SegmentedPost, claim: int | None) -> int | None:
        """Add *post* to the pool of the post it answers; return that post's key."""
        if post.parent is None:
            self._pools[post.key] = _Pool(post, claim, ReplyPool())
            return None
        pool = self._pools.get(post.parent)
        if pool is None:
            return None
        seconds = (post.published_at - pool.post.published_at).total_seconds()
        pool.replies.add(post.text, post.words, max(0.0, seconds))
        return post.parent

    # Counting and noticing

    def _count(self, session: Session, scored: Sequence[ScoredPost]) -> list[Surge]:
        """Count the new posts into their series and return the rises that this makes."""
        fresh: Counter[tuple[str, datetime]] = Counter()
        for post in scored:
            if post.relevant and post.post.duplicate_of is None:
                start = _bin(post.post.published_at)
                fresh.update((name, start) for name in _series(post))
                self._kinds.update(post.signs.incident_types[:1])
        store.add_tallies(session, fresh)
        self._bins.update(fresh)
        surges = []
        for series, start in sorted(fresh, key=lambda entry: (entry[1], entry[0])):
            surge = self._rises.update(series, start, self._bins[series, start])
            if surge is not None:
                surges.append(surge)
        return surges

    def _raise(
        self,
        session: Session,
        surges: Sequence[Surge],
        notices: Sequence[Notice],
        incident: Incident | None,
        now: datetime,
    ) -> list[Alert]:
        wordings = {n.claim: s.text for n in notices if (s := self._claims.state(n.claim))}
        self._recent = [a for a in self._recent if a.raised_at > now - timedelta(hours=QUIET_HOURS)]
        drafts = alerts.decide(
            surges,
            notices,
            wordings=wordings,
            earlier=self._recent,
            now=now,
            quiet_hours=QUIET_HOURS,
        )
        first = store.last_alert(session) + 1 if drafts else 0
        raised = [
            Alert(
                key=first + number,
                raised_at=now,
                kind=draft.kind,
                level=draft.level,
                incident_id=incident.incident_id if incident else None,
                claim=draft.claim,
                topic=draft.topic,
                observed=draft.observed,
                expected=draft.expected,
                reasons=draft.reasons,
                state=AlertState.RAISED,
            )
            for number, draft in enumerate(drafts)
        ]
        for alert in raised:
            store.add_alert(session, alert)
        self._recent += raised
        return raised

    def _propose(self, session: Session, raised: Sequence[Alert], now: datetime) -> Incident | None:
        """Propose an incident for a grave enough alert while there is none."""
        grave = [a for a in raised if a.level >= PROPOSING]
        if not grave or not self._kinds:
            return None
        kind = min(self._kinds, key=lambda k: (-self._kinds[k], k))
        name = f"{load_lexicon().incident_names[kind]}（系统拟立）"
        return incidents.propose(
            session, name=name, kind=kind, now=now, reason="；".join(grave[0].reasons)
        )

    def _save_groups(self, session: Session, incident: Incident | None) -> None:
        incident_id = incident.incident_id if incident else None
        store.save_claims(session, self._claims.changed(), incident_id)
        store.save_questions(session, self._questions.changed(), incident_id)

    # Memory

    def _load(self, session: Session, now: datetime) -> None:
        """Rebuild the memory from the database, once."""
        if self._loaded:
            self._forget(now)
            return
        self._loaded = True
        self._last = store.last_scored(session)
        if self._last == 0:
            return
        since = now - REMEMBERED
        self._claims.load(
            store.claim_states(session, since),
            store.claims_of_posts(session, since),
            newest=store.newest_claim(session),
        )
        self._questions.load(
            store.question_states(session, since), newest=store.newest_question(session)
        )
        for series, start, count in store.tallies(session, since=now - RATES_REMEMBERED):
            self._rises.load([(series, start, count)])
            if start >= now - REMEMBERED:
                self._bins[series, start] = count
        claims = store.claims_of_posts(session, now - POOL_AGE)
        recent = crawler_store.posts_since(session, now - POOL_AGE, until=self._last)
        for post in self._segmenter.segment(recent):
            self._pool(post, claims.get(post.key))
        self._recent = store.all_alerts(session)

    def _forget(self, now: datetime) -> None:
        """Drop pools and bins that can no longer change anything."""
        old = [key for key, p in self._pools.items() if p.post.published_at < now - POOL_AGE]
        for key in old:
            del self._pools[key]
        if len(self._bins) > MOST_BINS:
            self._bins = Counter(
                {key: n for key, n in self._bins.items() if key[1] >= now - REMEMBERED}
            )


def _series(scored: ScoredPost) -> list[str]:
    """Return the names of the series in which a post counts."""
    names = ["volume", f"emotion:{scored.emotion.value}"]
    if scored.is_question:
        names.append("questions")
    if scored.help:
        names.append("help")
    if scored.concern is not None:
        names.append(f"concern:{scored.concern}")
    return names


def _bin(moment: datetime) -> datetime:
    seconds = int(moment.timestamp()) // int(BIN.total_seconds()) * int(BIN.total_seconds())
    return datetime.fromtimestamp(seconds, tz=UTC)
