"""What the weekly report is written from, read from every stage."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy.orm import Session

from analysis import new_words, report_week, store
from analysis.records import Incident
from analysis.report_week import DAY, Days
from analysis.reports import naming
from analysis.reports.picture import Asked, Promised, Said, minutes
from analysis.reports.weekly import (
    Alerts,
    Case,
    Daily,
    Recurring,
    Waits,
    WeeklyData,
    Word,
)
from analysis.tables import ScoreRow
from console import briefing, duty_facts
from console.wiring import Services, installed_version
from core.clock import BEIJING, beijing
from core.lexicon import load_lexicon
from core.vocabulary import AlertState, HelpState, IncidentState, StatementKind
from crawler import store as crawler_store
from release import help_store
from release import store as release_store
from release.records import Statement

WEEK = 7
RECURRING_DAYS = 3
TENTH = 10
"""Voices from which an answer is waited for (domain handbook, K5)."""
KIND_WORDS = ("gratitude",)
"""Concerns that complain of nothing."""
MOST_WORDS = 12


def weekly_data(session: Session, services: Services, last: date) -> WeeklyData:
    """Return everything the report of the week that ends with *last* is made of."""
    end = datetime(last.year, last.month, last.day, tzinfo=BEIJING) + DAY
    start = end - WEEK * DAY
    days = tuple((start + n * DAY).date() for n in range(WEEK))
    incidents = [i for i in store.all_incidents(session) if i.opened_at < end]
    public = _public(session, end)
    of_week = [s for s in public if s.published_at and s.published_at >= start]
    asked = _asked(session, public, start, end)
    said = _said(session, services, start, end)
    return WeeklyData(
        days=days,
        made_at=end,
        office=services.settings.office_name,
        version=installed_version(),
        drill=services.settings.drill,
        totals=_totals(session, days, start, end),
        concerns=_concerns(session, days, start, end),
        critical=frozenset(
            name for key, name in load_lexicon().concern_names.items() if key in briefing.CRITICAL
        ),
        topics=tuple(said),
        recurring=_recurring(session, start, end),
        asked=asked,
        own=tuple(briefing.own_text(session, s, public) for s in of_week),
        promised=_promised(session, incidents, public, start, end),
        waits=_waits(session, incidents, public, start, end),
        alerts=_alerts(session, start, end),
        case=_case(
            session, incidents, said, of_week, report_week.texts_of_incidents(session, start, end)
        ),
        words=_words(session, services, start, end),
        unseen=briefing.unseen(session, services, start, end, most=6),
    )


def _public(session: Session, end: datetime) -> list[Statement]:
    found = [s for s in release_store.all_statements(session) if s.published_at]
    before = [s for s in found if s.published_at and s.published_at < end]
    return sorted(before, key=lambda s: (s.published_at or end, s.statement_id))


def _counts(days: Sequence[date], found: Days, watched: set[date]) -> tuple[int | None, ...]:
    return tuple(found.get(day, 0) if day in watched else None for day in days)


def _watched(session: Session, start: datetime, end: datetime) -> set[date]:
    """Return the days of which something was seen: a post, or a source in working order."""
    seen = set(report_week.days_with_posts(session, start, end))
    visits = crawler_store.visits_between(session, start, end)
    return seen | {beijing(v.ended_at).date() for v in visits if v.outcome.works}


def _totals(
    session: Session, days: Sequence[date], start: datetime, end: datetime
) -> tuple[Daily, ...]:
    watched = _watched(session, start - WEEK * DAY, end)
    whole = {beijing(start - n * DAY).date() for n in range(1, WEEK + 1)} <= watched
    kinds = (("公开信息", ()), ("提问", (ScoreRow.is_question,)), ("求助", (ScoreRow.help,)))
    return tuple(
        Daily(
            name,
            _counts(days, report_week.by_day(session, start, end, *conditions), watched),
            sum(report_week.by_day(session, start - WEEK * DAY, start, *conditions).values())
            if whole
            else None,
        )
        for name, conditions in kinds
    )


def _concerns(
    session: Session, days: Sequence[date], start: datetime, end: datetime
) -> tuple[Daily, ...]:
    names = load_lexicon().concern_names
    watched = _watched(session, start, end)
    found = report_week.concerns_by_day(session, start, end)
    series = [
        Daily(names.get(key, key), _counts(days, own, watched), None) for key, own in found.items()
    ]
    return tuple(sorted(series, key=lambda daily: (-daily.total, daily.name)))


def _recurring(session: Session, start: datetime, end: datetime) -> tuple[Recurring, ...]:
    names = load_lexicon().concern_names
    found = [
        Recurring(place, names.get(concern, concern), len(days), sum(days.values()), max(days))
        for (place, concern), days in report_week.places_by_day(
            session, start, end, KIND_WORDS
        ).items()
        if len(days) >= RECURRING_DAYS
    ]
    return tuple(sorted(found, key=lambda r: (-r.days, -r.texts, r.place, r.concern)))


# What was said, asked and answered


def _said(
    session: Session,
    services: Services,
    start: datetime,
    end: datetime,
) -> list[Said]:
    """Return the claims noticed in the week, of any incident or none, the loudest first."""
    found = briefing.claims_at(session, services, None, end)
    return sorted(
        (claim for claim in found if start <= claim.noticed_at < end),
        key=lambda claim: (-claim.voices, claim.claim_id),
    )


def _asked(
    session: Session, public: Sequence[Statement], start: datetime, end: datetime
) -> tuple[Asked, ...]:
    times = report_week.asked_times(session, start, end)
    answers = _answers(public)
    names = load_lexicon().concern_names
    found = [
        Asked(
            question_id=question.question_id,
            name=naming.question_name(question.text, question.concern),
            voices=len({voice for _, voice in times[question.key]}),
            concern=names.get(question.concern or "", ""),
            first_asked=question.first_asked,
            answered_at=answers.get(question.key),
        )
        for question in store.all_questions(session)
        if question.key in times
    ]
    return tuple(sorted(found, key=lambda a: (-a.voices, a.question_id)))


def _answers(public: Sequence[Statement]) -> Mapping[int, datetime]:
    found: dict[int, datetime] = {}
    for statement in public:
        for key in statement.questions:
            if statement.published_at:
                found.setdefault(key, statement.published_at)
    return found


def _promised(
    session: Session,
    incidents: Sequence[Incident],
    public: Sequence[Statement],
    start: datetime,
    end: datetime,
) -> tuple[Promised, ...]:
    found: list[Promised] = []
    for incident in incidents:
        own = [s for s in public if s.incident_id == incident.incident_id]
        found += briefing.promises(session, own, end)
    return tuple(sorted((p for p in found if start <= p.due < end), key=lambda p: (p.due, p.title)))


def _waits(
    session: Session,
    incidents: Sequence[Incident],
    public: Sequence[Statement],
    start: datetime,
    end: datetime,
) -> Waits:
    times, answers = report_week.asked_times(session, start, end), _answers(public)
    waited = [
        minutes(tenth, answers[key])
        for key, heard in times.items()
        if key in answers and (tenth := _tenth(heard)) is not None and answers[key] > tenth
    ]
    leads = [x for x in help_store.all_leads(session) if start <= x.received_at < end]
    handed = [
        (moment - lead.received_at) / timedelta(minutes=1)
        for lead in leads
        if (moment := lead.first(HelpState.HANDED_OVER)) is not None and moment < end
    ]
    return Waits(
        first_statements=tuple(_first_statements(session, incidents, public, start)),
        answer=median(waited) if waited else None,
        answers=len(waited),
        hand_over=median(handed) if handed else None,
        calls=len(handed),
    )


def _tenth(heard: Sequence[tuple[datetime, str]]) -> datetime | None:
    """Return when the tenth distinct voice asked; None before."""
    voices: set[str] = set()
    for moment, voice in heard:
        voices.add(voice)
        if len(voices) == TENTH:
            return moment
    return None


def _first_statements(
    session: Session, incidents: Sequence[Incident], public: Sequence[Statement], start: datetime
) -> list[tuple[str, int]]:
    found = []
    for incident in incidents:
        moves = store.incident_moves(session, incident.incident_id)
        taken = next((m.at for m in moves if m.state is not IncidentState.PROPOSED), None)
        told = [
            s.published_at
            for s in public
            if s.incident_id == incident.incident_id
            and s.kind is not StatementKind.WARNING_RELAY
            and s.published_at
        ]
        if taken and told and told[0] >= max(start, taken):
            found.append((incident.name, minutes(taken, told[0])))
    return found


# How it went


def _alerts(session: Session, start: datetime, end: datetime) -> Alerts:
    lives = duty_facts.matters(session, end)
    states = [life.state for life in lives if life.first.raised_at >= start]
    return Alerts(
        raised=len(states),
        right=states.count(AlertState.CLOSED),
        false=states.count(AlertState.FALSE),
        promise=duty_facts.promised(session, lives, end),
    )


def _case(
    session: Session,
    incidents: Sequence[Incident],
    said: Sequence[Said],
    of_week: Sequence[Statement],
    counts: Mapping[str, int],
) -> Case | None:
    known = [i for i in incidents if counts.get(i.incident_id)]
    if not known:
        return None
    chosen = max(known, key=lambda i: (counts[i.incident_id], i.incident_id))
    own = store.incidents_of_claims(session)
    claims = [c for c in said if own.get(int(c.claim_id[1:])) == chosen.incident_id]
    return Case(
        name=chosen.name,
        incident_id=chosen.incident_id,
        texts=counts[chosen.incident_id],
        claims=len(claims),
        settled=sum(not claim.open for claim in claims),
        statements=sum(s.incident_id == chosen.incident_id for s in of_week),
    )


def _words(
    session: Session, services: Services, start: datetime, end: datetime
) -> tuple[Word, ...]:
    answers = _answers(_public(session, end))
    waiting = [q.key for q in store.all_questions(session) if q.key not in answers]
    places = {name for p in services.directory.places for name in (p.name, *p.also)}
    known = {*load_lexicon().user_words(), *places}
    found = new_words.rising(
        report_week.texts_of(session, waiting, start, end),
        report_week.texts_of(session, waiting, start - WEEK * DAY, start),
        known,
        MOST_WORDS,
    )
    return tuple(Word(word.word, word.texts, word.before) for word in found)
