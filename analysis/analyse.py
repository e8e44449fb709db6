"""One round of understanding: new posts in, scores, claims, questions, rises and alerts out.

Reads like one post's way: segmented, read for signs, scored, grouped, counted, noticed. The
state between rounds (open claims, reply pools, usual rates) lives in memory and is rebuilt from
the database when a process starts, so a round costs its new posts and nothing more.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from analysis import alert_quiet, alert_store, alerts, incidents, questions, store
from analysis.alert_life import SYSTEM
from analysis.alert_quiet import Quiet
from analysis.checkworthy import CheckScore, CheckScorer, Wording, load_check_scorer
from analysis.claims import ClaimBook
from analysis.concerns import ConcernScorer, load_concern_scorer
from analysis.coverage import HEARD_WITHIN, INSTANT, Expected, brief, coverage
from analysis.decisions import Decisions
from analysis.emotion import EmotionScorer, load_emotion_scorer
from analysis.features import ReplyPool
from analysis.gazetteer import Gazetteer, UncertainPlace
from analysis.noticing import Noticer
from analysis.records import Alert, AlertMove, Incident, ScoredPost, SegmentedPost, Signs, Surge
from analysis.seen_store import SeenHours
from analysis.segment import Segmenter
from analysis.series import claim_of, series_of
from analysis.shelf import Shelf
from analysis.signals import Notice
from analysis.signs import SignReader
from analysis.sorting import PostSorter, Sorted, load_post_sorter
from analysis.stance import StanceScorer, load_stance_scorer
from core.directory import Directory
from core.lexicon import load_lexicon
from core.settings import NoticeSettings
from core.vocabulary import AlertAct, AlertState, ClaimStance, ConcernLevel, Emotion
from crawler import frontier
from crawler import store as crawler_store
from crawler.records import StoredPost

BATCH = 5_000
"""Posts analysed at once; more wait for the next batch of the same round."""

BIN = timedelta(minutes=10)
REMEMBERED = timedelta(days=7)
"""How far back open claims and reply pools are rebuilt when a process starts."""

RATES_REMEMBERED = timedelta(days=28)
"""How far back the usual rates are learned again when a process starts."""

KINDS_REMEMBERED = timedelta(hours=24)
"""What kind of incident people speak of is counted over this long."""

UNSCORED = CheckScore(score=0.0, reasons=())
"""Stands for the scores of a recalled post, which are kept with it already."""

POOL_AGE = timedelta(days=3)
"""Replies later than this no longer change a post's score; its pool is dropped."""

AHEAD = timedelta(hours=1)
"""A post dated further ahead than this has a wrong clock."""

QUIET_HOURS = 24.0
"""A matter that was silent for this long may raise an alert of the same level again."""

HOURS_A_DAY = 24

MOST_BINS = 50_000

_UNANSWERED = ReplyPool()
"""Stands for the replies to a post that has none, so that a million of those are one; stays empty.
"""

LOOKED_BACK = timedelta(hours=6)
"""An alert says what was not seen in this time before it."""

KNOWN_FOR = timedelta(days=3)
"""A source that was not visited for longer is taken off the list, or switched off."""

MOST_UNSEEN = 5
"""Sentences about it that an alert carries."""

PROPOSING = ConcernLevel.C2
"""From this level on, an alert without a live incident proposes one."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    posts: int
    alerts: tuple[Alert, ...]


@dataclass(slots=True)
class _Pool:
    """The replies to one post so far, and the claim they speak of.

    Most posts are never answered: such a pool is its text and nothing more.
    """

    key: int
    text: str
    published_at: datetime
    claim: int | None
    replies: ReplyPool
    wording: Wording | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    """What one post is, before anybody asks how urgent it is."""

    post: SegmentedPost
    signs: Signs
    what: Sorted
    concern: str | None


class Analyser:
    """Understanding with its memory; one for a process and a data folder."""

    def __init__(self, directory: Directory, notice: NoticeSettings, shelf: Shelf) -> None:
        lexicon = load_lexicon()
        names = [name for place in directory.places for name in (place.name, *place.also)]
        self._segmenter = Segmenter([*lexicon.user_words(), *names])
        self._signs = SignReader(lexicon, Gazetteer(directory))
        self._checks: CheckScorer = load_check_scorer()
        self._emotions: EmotionScorer = load_emotion_scorer()
        self._sorter: PostSorter = load_post_sorter()
        self._concerns: ConcernScorer = load_concern_scorer()
        self._stance: StanceScorer = load_stance_scorer()
        self._notice = notice
        self._shelf = shelf
        self._calibrated = 0
        self._rate = notice.rise_false_alarms_per_day
        self._forget_all()

    def _forget_all(self) -> None:
        """Begin with an empty memory."""
        self._claims = ClaimBook()
        self._questions = questions.QuestionBook()
        self._rises = Noticer(false_alarms_per_day=self._rate)
        self._seen_hours = SeenHours()
        self._bins: Counter[tuple[str, datetime]] = Counter()
        self._pools: dict[int, _Pool] = {}
        self._kinds: Counter[tuple[datetime, str]] = Counter()
        self._kinds_of_claim: dict[int, Counter[str]] = {}
        self._incident_of_claim: dict[int, str] = {}
        self._incident_of_question: dict[int, str] = {}
        self._heard: dict[tuple[str, str], datetime] = {}
        self._unseen: tuple[str, ...] | None = None
        self._last = 0
        self._edited = 0

    def round(self, session: Session, now: datetime, *, fresh: Sequence[StoredPost] = ()) -> Round:
        """Analyse every post stored since the last round and raise what is due at *now*.

        *fresh* are the newest posts, as this transaction has stored them; they are not read again
        unless others wait before them. The memory is built anew when the database has moved on
        without it: at the start, after a rollback, after another process has analysed, and after
        a person has merged, split or kept apart claims.
        """
        self._know(session, now)
        self._forget(now)
        self._unseen = None
        count, raised = 0, []
        live = incidents.live_incidents(session, now)
        batch = self._waiting(session, fresh)
        while batch:
            count += len(batch)
            surges = self._take(session, batch, live, now)
            self._last = batch[-1].key
            quiets = alert_store.quiets(session, after=now)
            notices = self._claims.notice(now, self._notice, enough=_enough(quiets, now))
            raised += self._raise(session, surges, notices, live, now, quiets=quiets)
            self._save_groups(session)
            full = len(batch) == BATCH
            batch = self._waiting(session) if full else ()
        return Round(posts=count, alerts=tuple(raised))

    def _know(self, session: Session, now: datetime) -> None:
        known = (self._last, self._edited, self._calibrated)
        calibrated, _ = alert_store.newest_calibration(session)
        kept = (store.last_scored(session), store.last_claim_edit(session), calibrated)
        if kept != known:
            self._load(session, now)

    def reread(self, session: Session, edited: Sequence[StoredPost]) -> None:
        """Score posts again whose source has changed their wording.

        What they say, ask and need is that of the new wording; they stay in the claim and the
        question that they were counted in. Posts that wait for their first round are left to it.
        """
        known = [post for post in edited if post.key <= store.last_scored(session)]
        if not known:
            return
        self._know(session, max(post.post.seen_at for post in known))
        segmented = self._segmenter.segment(known)
        scored = self._score(segmented)
        claims = store.claims_of(session, [post.key for post in known])
        stances = self._stances(scored, [claims.get(post.key) for post in known])
        store.replace_scores(session, scored, stances)
        self._pool_again(session, segmented)
        self._save_groups(session)

    def _pool_again(self, session: Session, edited: Sequence[SegmentedPost]) -> None:
        """Fill the pools of *edited* posts and of what they answer anew, and judge them by that."""
        for post in edited:
            if (pool := self._pools.get(post.key)) is not None:
                pool.text, pool.wording = post.text, None
        roots = {post.parent or post.key for post in edited}
        touched = sorted(roots & self._pools.keys())
        for key in touched:
            self._pools[key].replies = _UNANSWERED
        replies = [r for r in crawler_store.replies_of(session, touched) if r.key <= self._last]
        self._pool(self._segmenter.segment(replies), {})
        self._judge(session, touched)

    def _waiting(self, session: Session, fresh: Sequence[StoredPost] = ()) -> Sequence[StoredPost]:
        """Return the posts to analyse next, at most ``BATCH``: *fresh* when it is all there is."""
        if fresh and fresh[0].key == self._last + 1 and len(fresh) < BATCH:
            return fresh
        return crawler_store.posts_after(session, self._last, BATCH)

    def _take(
        self, session: Session, batch: Sequence[StoredPost], live: Sequence[Incident], now: datetime
    ) -> list[Surge]:
        self._hear(batch)
        segmented = self._segmenter.segment(batch)
        scored = self._score(segmented)
        lines = [self._group(s, live) for s in scored]
        stances = self._stances(scored, [line.claim for line in lines])
        lines = [replace(one, stance=told) for one, told in zip(lines, stances, strict=True)]
        # A claim's row must be there before a post or an alert can point at it.
        self._save_groups(session)
        store.save_scores(session, lines)
        claims = {line.scored.post.key: line.claim for line in lines}
        # Replies speak for the posts they answer, which are judged again.
        self._judge(session, self._pool([*self._early(session, segmented), *segmented], claims))
        return self._count(session, lines, now)

    def _score(self, posts: Sequence[SegmentedPost]) -> list[ScoredPost]:
        checks = self._checks.score(posts, [None] * len(posts))
        feelings = self._emotions.score(posts)
        return [
            _scored(kind, check, feeling.emotion)
            for kind, check, feeling in zip(self._sort(posts), checks, feelings, strict=True)
        ]

    def _sort(self, posts: Sequence[SegmentedPost]) -> list[_Kind]:
        signs = [self._signs.read(post.text) for post in posts]
        sorted_, concern = self._sorter.sort(posts, signs), self._concerns.judge(posts, signs)
        return [_Kind(*one) for one in zip(posts, signs, sorted_, concern, strict=True)]

    def _stances(
        self, scored: Sequence[ScoredPost], claims: Sequence[int | None]
    ) -> list[ClaimStance | None]:
        """Return what each post does to its claim, or without one to the post it answers."""
        posts = [one.post for one in scored]
        batch = {post.key: post.text for post in posts}
        about = [
            self._answered(post, batch) if claim is None else self._claims.wording(claim) or ""
            for post, claim in zip(posts, claims, strict=True)
        ]
        return self._stance.judge(posts, [one.signs for one in scored], about)

    def _answered(self, post: SegmentedPost, batch: Mapping[int, str]) -> str | None:
        """Return the text that *post* answers, as far as it is at hand."""
        if post.parent is None:
            return None
        pool = self._pools.get(post.parent)
        return pool.text if pool else batch.get(post.parent, "")

    def _group(self, scored: ScoredPost, live: Sequence[Incident]) -> store.ScoreLine:
        claim = self._claims.assign(scored)
        asked = None
        if scored.is_question and scored.relevant:
            asked = self._questions.assign(scored.post, scored.signs, scored.concern)
        kinds = scored.signs.incident_types
        incident = incidents.speaks_of(live, kinds) if scored.relevant else None
        incident_id = incident.incident_id if incident else None
        if claim is not None:
            self._kinds_of_claim.setdefault(claim, Counter()).update(kinds[:1])
            # What a claim belongs to decides for its posts, whatever words they use.
            if scored.relevant and claim in self._incident_of_claim:
                incident_id = self._incident_of_claim[claim]
            elif incident_id is not None:
                self._incident_of_claim[claim] = incident_id
        if asked is not None and incident_id is not None:
            self._incident_of_question.setdefault(asked, incident_id)
        return store.ScoreLine(scored=scored, claim=claim, question=asked, incident_id=incident_id)

    # Replies

    def _judge(self, session: Session, keys: Iterable[int]) -> None:
        """Judge the posts of the pools *keys* by what they say and what was answered by now."""
        pools = [self._pools[key] for key in keys]
        checks = self._checks.judge(
            self._worded(pools), [pool.replies.snapshot() for pool in pools]
        )
        store.update_checks(
            session,
            [
                store.NewCheck(pool.key, check.score, check.reasons)
                for pool, check in zip(pools, checks, strict=True)
            ],
        )
        for pool, check in zip(pools, checks, strict=True):
            if pool.claim is not None:
                self._claims.update_needs_check(
                    pool.claim, pool.key, check.score, pool.replies.size
                )

    def _early(self, session: Session, posts: Sequence[SegmentedPost]) -> list[SegmentedPost]:
        """Return the replies to *posts* that were stored before them all."""
        early = crawler_store.early_replies(session, posts[0].key, posts[-1].key)
        return self._segmenter.segment(early)

    def _pool(
        self, posts: Sequence[SegmentedPost], claims: Mapping[int, int | None]
    ) -> dict[int, None]:
        """Open a pool for each post that answers none, and fill in the replies, by key.

        A reply may be stored before what it answers. Returns the posts that were answered.
        """
        touched: dict[int, None] = {}
        for post in posts:
            if post.parent is None and post.key not in self._pools:
                # A copy is one telling with its first, and an official word is none.
                own = post.duplicate_of is None and post.issuer is None
                at, claim = post.published_at, claims.get(post.key) if own else None
                self._pools[post.key] = _Pool(post.key, post.text, at, claim, _UNANSWERED)
        for post in posts:
            pool = self._pools.get(post.parent or 0)
            if pool is not None:
                if pool.replies is _UNANSWERED:
                    pool.replies = ReplyPool()
                seconds = (post.published_at - pool.published_at).total_seconds()
                pool.replies.add(post.text, post.words, max(0.0, seconds))
                touched[pool.key] = None
        return touched

    def _worded(self, pools: Sequence[_Pool]) -> list[Wording]:
        """Return what the posts of *pools* say alone, read when they are first answered."""
        new = [pool for pool in pools if pool.wording is None]
        texts = [pool.text for pool in new]
        words = [self._segmenter.words(text) for text in texts]
        for pool, wording in zip(new, self._checks.read(texts, words), strict=True):
            pool.wording = wording
        return [pool.wording for pool in pools if pool.wording is not None]

    # Counting and noticing

    def _count(
        self, session: Session, lines: Sequence[store.ScoreLine], now: datetime
    ) -> list[Surge]:
        """Count the new posts into their series and return what stands out by this.

        A post dated after *now* is counted, and not watched: its clock is wrong, and series that
        followed it would be deaf to every post until then.
        """
        fresh: Counter[tuple[str, datetime]] = Counter()
        for line in lines:
            scored = line.scored
            if scored.relevant and scored.post.duplicate_of is None:
                start = _bin(scored.post.published_at)
                fresh.update((name, start) for name in series_of(scored, line.claim))
                self._count_kind(scored)
        store.add_tallies(session, fresh)
        self._bins.update(fresh)
        missing = self._seen_hours.missing(session, now - RATES_REMEMBERED, now)
        return self._rises.take(
            [one for one in fresh if one[1] <= now + AHEAD], self._bins, missing
        )

    def _count_kind(self, scored: ScoredPost) -> None:
        if scored.relevant and scored.post.duplicate_of is None:
            start = _bin(scored.post.published_at)
            self._kinds.update((start, kind) for kind in scored.signs.incident_types[:1])

    def _raise(
        self,
        session: Session,
        surges: Sequence[Surge],
        notices: Sequence[Notice],
        live: list[Incident],
        now: datetime,
        *,
        quiets: Sequence[Quiet],
    ) -> list[Alert]:
        if not surges and not notices:
            return []
        spoken_of = [notice.claim for notice in notices]
        spoken_of += [key for surge in surges if (key := claim_of(surge.series)) is not None]
        wordings = {key: state.text for key in spoken_of if (state := self._claims.state(key))}
        drafts = alerts.decide(
            surges,
            notices,
            wordings=wordings,
            earlier=alert_store.lives(session, since=now - timedelta(hours=QUIET_HOURS)),
            now=now,
            quiet_hours=QUIET_HOURS,
            incident=self._incident_of_rises(live),
            quiets=quiets,
            threshold=min(self._rate / HOURS_A_DAY, 0.5),
        )
        if not drafts:
            return []
        first = store.last_alert(session) + 1
        told = [draft for draft in drafts if draft.told]
        unseen = self._not_seen(session, now) if told else ()
        raised = [
            Alert(
                key=first + number,
                raised_at=now,
                kind=draft.kind,
                level=draft.level,
                incident_id=self._incident_of(session, draft, live, now),
                claim=draft.claim,
                topic=draft.topic,
                observed=draft.observed,
                expected=draft.expected,
                reasons=(*draft.reasons, *self._prepared(draft)),
                state=AlertState.RAISED,
                unseen=unseen,
                matter=draft.matter or first + number,
                series=draft.series,
            )
            for number, draft in enumerate(told)
        ]
        for alert in raised:
            alert_store.tell(session, alert)
        for draft in drafts:
            if not draft.told and draft.matter is not None:
                self._join(session, draft, draft.matter, now)
        return raised

    def _join(self, session: Session, draft: alerts.AlertDraft, matter: int, now: datetime) -> None:
        """Keep what adds to a matter without raising it."""
        state = alert_store.load_life(session, matter).state
        alert_store.add_move(
            session,
            AlertMove(
                matter=matter,
                act=AlertAct.JOIN,
                state=state,
                at=now,
                by=SYSTEM,
                reason="；".join(draft.reasons),
                series=draft.series,
            ),
        )

    def _incident_of_rises(self, live: Sequence[Incident]) -> str | None:
        found = incidents.speaks_of(live, self._kinds_of(None))
        return found.incident_id if found else None

    def _prepared(self, draft: alerts.AlertDraft) -> tuple[str, ...]:
        """Return that an answer to such a claim is at hand; nothing where none fits.

        A claim is never worded by a denial or by an official word, so these are not offered.
        """
        if draft.claim is None:
            return ()
        kinds = self._kinds_of(draft.claim)
        return tuple(o.reason for o in self._shelf.offers(draft.topic, kinds, most=1))

    def _hear(self, batch: Sequence[StoredPost]) -> None:
        """Remember which channels speak, by source."""
        for stored in batch:
            post = stored.post
            key = (post.channel, post.source)
            if key not in self._heard or self._heard[key] < post.published_at:
                self._heard[key] = post.published_at

    def _not_seen(self, session: Session, now: datetime) -> tuple[str, ...]:
        """Return what was not seen in the hours before *now*, asked once a round.

        The listed sources are known here by their visits alone; a report knows the list.
        """
        if self._unseen is None:
            # A visit may have begun at this very moment, by a simulated clock.
            start, end = now - LOOKED_BACK, now + INSTANT
            first = store.first_visit(session)
            if first is not None and first < now:
                start = max(start, first)
            visited = {
                state.source
                for state in frontier.states(session).values()
                if state.visited_at is not None and now - KNOWN_FOR < state.visited_at < end
            }
            seen = coverage(
                start,
                end,
                visits=crawler_store.visits_between(session, start, end) if visited else (),
                defects=crawler_store.defect_counts(session, start, end) if visited else {},
                sources=sorted(visited),
                expected=Expected(
                    online={key for key in self._heard if key[1] in visited},
                    heard=self._heard,
                    imports=crawler_store.imports_between(session, start, end),
                ),
            )
            self._unseen = brief(seen, MOST_UNSEEN)
        return self._unseen

    def _incident_of(
        self, session: Session, draft: alerts.AlertDraft, live: list[Incident], now: datetime
    ) -> str | None:
        """Return the incident that an alert belongs to; a grave one without any proposes it."""
        known = self._incident_of_claim.get(draft.claim or 0)
        if known is not None:
            return known
        kinds = self._kinds_of(draft.claim)
        found = incidents.speaks_of(live, kinds)
        if found is None and draft.level >= PROPOSING and kinds:
            found = self._propose(session, draft, kinds[0], now)
            live.append(found)
        if found is None:
            return None
        if draft.claim is not None:
            self._incident_of_claim[draft.claim] = found.incident_id
        return found.incident_id

    def _kinds_of(self, claim: int | None) -> list[str]:
        """Return the kinds of incident that a claim's posts name, or everybody's of late."""
        counts = self._kinds_of_claim.get(claim or 0) or Counter()
        if not counts:
            for (_, kind), count in self._kinds.items():
                counts[kind] += count
        return sorted(counts, key=lambda kind: (-counts[kind], kind))[:1]

    def _propose(
        self, session: Session, draft: alerts.AlertDraft, kind: str, now: datetime
    ) -> Incident:
        name = f"{load_lexicon().incident_names[kind]}（系统拟立）"
        reason = "；".join(draft.reasons)
        proposed = incidents.propose(session, name=name, kind=kind, now=now, reason=reason)
        if draft.claim is not None:
            store.attach_claim(session, proposed.incident_id, draft.claim)
        return proposed

    def _save_groups(self, session: Session) -> None:
        store.save_claims(session, self._claims.changed(), self._incident_of_claim)
        store.save_questions(session, self._questions.changed(), self._incident_of_question)

    # Memory

    def _load(self, session: Session, now: datetime) -> None:
        """Build the memory anew from what is stored, as one long run would have left it."""
        self._calibrated, rate = alert_store.newest_calibration(session)
        self._rate = rate or self._notice.rise_false_alarms_per_day
        self._forget_all()
        self._last = store.last_scored(session)
        self._edited = store.last_claim_edit(session)
        since = now - REMEMBERED
        groups = store.groups_of_posts(session, since)
        decisions = Decisions.of(store.claim_edits(session))
        self._claims.load(
            store.claim_states(session, since, decisions),
            {post: claim for post, (claim, _) in groups.items() if claim is not None},
            newest=store.newest_claim(session),
            decisions=decisions,
        )
        self._questions.load(
            store.question_states(session, since), newest=store.newest_question(session)
        )
        self._incident_of_claim = store.incidents_of_claims(session)
        missing = self._seen_hours.missing(session, now - RATES_REMEMBERED, now)
        self._rises.load(self._counted(session, since, now), missing)
        self._recall(session, since, groups)
        self._heard = store.heard(session, now - HEARD_WITHIN, now)

    def _counted(
        self, session: Session, since: datetime, now: datetime
    ) -> Iterator[tuple[str, datetime, int]]:
        """Yield what was counted, in the order of time, and remember the bins from *since* on."""
        for series, start, count in store.tallies(session, since=now - RATES_REMEMBERED):
            if start >= since:
                self._bins[series, start] = count
            if start <= now + AHEAD:
                yield series, start, count

    def _recall(
        self,
        session: Session,
        since: datetime,
        groups: Mapping[int, tuple[int | None, int | None]],
    ) -> None:
        """Read the remembered posts again, for what was said lately and the pools of replies."""
        claims = {key: claim for key, (claim, _) in groups.items()}
        pages = crawler_store.pages_since(session, since, until=self._last, size=BATCH)
        for posts in map(self._segmenter.segment, pages):
            self._recall_page(posts, groups)
            self._pool([*self._early(session, posts), *posts], claims)

    def _recall_page(
        self,
        posts: Sequence[SegmentedPost],
        groups: Mapping[int, tuple[int | None, int | None]],
    ) -> None:
        for kind in self._sort(posts):
            post, scored = kind.post, _scored(kind, UNSCORED, Emotion.NEUTRAL)
            claim, question = groups.get(post.key, (None, None))
            self._claims.recall(scored, claim)
            if question is not None:
                self._questions.recall(post, scored.signs, scored.concern, question)
            if claim is not None:
                kinds = scored.signs.incident_types[:1]
                self._kinds_of_claim.setdefault(claim, Counter()).update(kinds)
            self._count_kind(scored)

    def _forget(self, now: datetime) -> None:
        """Drop pools, bins and kinds that can no longer change anything."""
        old = [key for key, p in self._pools.items() if p.published_at < now - POOL_AGE]
        for key in old:
            del self._pools[key]
        if len(self._bins) > MOST_BINS:
            self._bins = Counter(
                {key: n for key, n in self._bins.items() if key[1] >= now - REMEMBERED}
            )
        if self._kinds and min(self._kinds)[0] < now - KINDS_REMEMBERED:
            self._kinds = Counter(
                {k: n for k, n in self._kinds.items() if k[0] >= now - KINDS_REMEMBERED}
            )


def _enough(quiets: Sequence[Quiet], now: datetime) -> Callable[[str, Notice], bool]:
    """Return what says of a claim's matter and a notice that no false mark asks for more."""

    def enough(matter: str, notice: Notice) -> bool:
        about = alert_quiet.claim_about(matter, notice.claim)
        pattern = alert_quiet.claim_pattern(notice.kind, about, now)
        wanted = alert_quiet.factor(pattern, quiets, now)
        times = alert_quiet.needed(wanted, kind=notice.kind, level=notice.level)
        return alert_quiet.claim_passes(notice.observed, notice.expected, times)

    return enough


def _scored(kind: _Kind, check: CheckScore, emotion: Emotion) -> ScoredPost:
    post, signs, what = kind.post, kind.signs, kind.what
    return ScoredPost(
        post=post,
        signs=signs,
        needs_check=check.score,
        reasons=check.reasons,
        emotion=emotion,
        is_question=what.question,
        concern=kind.concern,
        help=what.help,
        relevant=what.relevant,
        place=signs.places[0].name if signs.places else None,
        place_uncertain=bool(signs.places) and isinstance(signs.places[0], UncertainPlace),
    )


def _bin(moment: datetime) -> datetime:
    seconds = int(moment.timestamp()) // int(BIN.total_seconds()) * int(BIN.total_seconds())
    return datetime.fromtimestamp(seconds, tz=UTC)
