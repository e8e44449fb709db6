"""What the briefs of an incident are written from, read as it stood at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy.orm import Session

from analysis import report_figures, store
from analysis.coverage import brief, channel_name, coverage
from analysis.decisions import Decisions
from analysis.records import Claim, Incident, IncidentMove, Question
from analysis.report_figures import HOUR, ORIGINAL, Heard
from analysis.reports import naming, routing
from analysis.reports.outlook import STRETCH
from analysis.reports.picture import (
    OPEN_CAUSE,
    Asked,
    Calls,
    Concern,
    Confirmed,
    Own,
    Picture,
    Promised,
    Said,
    Spread,
    Step,
)
from analysis.tables import ScoreRow
from console import duty_facts
from console.wiring import Services, installed_version
from core.clock import beijing
from core.errors import HuiyingError
from core.lexicon import load_lexicon, may_state
from core.vocabulary import (
    ConcernLevel,
    EvidenceKind,
    HelpState,
    IncidentState,
    StatementKind,
    Verdict,
)
from crawler import store as crawler_store
from crawler.tables import PostRow
from release import answer_clock, help_store, redlines
from release import store as release_store
from release.findings import DraftContext
from release.records import Evidence, Fact, HelpLead, Judgement, Sentence, Statement

DAY_HOURS = 24
LEAST_HOURS = 6
"""Whole hours of which a median is told."""
UNSEEN = 2
NEAR = timedelta(minutes=30)
"""How far from the promised moment a text keeps a promise rather than something else."""
CRITICAL = frozenset({"cause", "accountability"})
"""Concerns that blame or complain; the taxonomy's 原因 and 责任与监管."""


def incident_at(session: Session, incident_id: str, at: datetime) -> Incident:
    """Return an incident; raise ``HuiyingError`` when it is unknown or opened after *at*."""
    incident = store.load_incident(session, incident_id)
    if incident.opened_at > at:
        opened = beijing(incident.opened_at)
        day = f"{opened.year}年{opened.month}月{opened.day}日"
        raise HuiyingError(
            f"--at：事件 {incident_id} 到北京时间 {day} {opened:%H:%M:%S} 才建立，晚于所给时刻"
        )
    return incident


def picture(
    session: Session, services: Services, incident_id: str, at: datetime, *, whole: bool = False
) -> Picture:
    """Return *incident_id* as it stood at *at*; *whole* charts its life, not the last 24 hours."""
    incident = incident_at(session, incident_id, at)
    moves = [m for m in store.incident_moves(session, incident_id) if m.at <= at]
    confirmed = next((m.at for m in moves if m.state is not IncidentState.PROPOSED), None)
    public = _public(session, incident_id, at)
    hours = _hours(session, incident, at)
    asked = _asked(session, incident_id, at, public)
    own = tuple(own_text(session, s, public) for s in public)
    said = claims_at(session, services, incident_id, at)
    notice_only = {StatementKind.WARNING_RELAY}
    spoke = any(s.kind not in notice_only for s in public)
    return Picture(
        at=at,
        office=services.settings.office_name,
        version=installed_version(),
        drill=services.settings.drill,
        incident_id=incident_id,
        name=incident.name,
        kind=incident.kind,
        kind_name=load_lexicon().incident_names.get(incident.kind, ""),
        state=(moves[-1].state if moves else incident.state).label,
        opened_at=incident.opened_at,
        confirmed_at=confirmed,
        facts=facts_at(session, services, incident_id, at),
        said=said,
        asked=asked,
        own=own,
        promised=promises(session, public, at),
        spread=_spread(session, services, incident_id, at, hours, whole=whole),
        steps=_steps(moves, said, own, hours),
        concerns=_concerns(session, incident_id, at, asked),
        calls=_calls(session, incident_id, at),
        first_due=confirmed + answer_clock.FIRST_STATEMENT if confirmed and not spoke else None,
        unseen=unseen(session, services, at - HOUR * DAY_HOURS, at),
    )


# Facts


def facts_at(
    session: Session, services: Services, incident_id: str, at: datetime
) -> tuple[Confirmed, ...]:
    """Return the facts in force at *at*, those about people first, then the newest first."""
    known = [f for f in release_store.all_facts(session, incident_id) if f.recorded_at <= at]
    replaced = {fact.supersedes for fact in known}
    current = [fact for fact in known if fact.fact_id not in replaced]
    evidence = {e.evidence_id: e for e in release_store.evidence_of(session, incident_id)}

    def value(fact: Fact) -> str:
        text = f"{fact.value}{fact.unit}"
        own = [evidence[i] for i in fact.evidence if i in evidence]
        return OPEN_CAUSE if says_cause(f"{fact.field}：{text}", own, at) else text

    def concluded(fact: Fact) -> bool:
        pieces = [evidence[i] for i in fact.evidence if i in evidence]
        return any(p.kind is EvidenceKind.E1 and "调查结论" in p.summary for p in pieces)

    found = [
        Confirmed(
            fact_id=fact.fact_id,
            name=f"{fact.scope}{fact.field}",
            value=value(fact),
            as_of=fact.as_of,
            by=_unit_name(services, fact.confirmed_by),
            evidence=tuple(fact.evidence),
            casualty=redlines.is_casualty(fact.field),
            cause=concluded(fact),
        )
        for fact in current
    ]
    people = ("转移", "被困")
    return tuple(
        sorted(
            found,
            key=lambda f: (
                not (f.casualty or any(word in f.name for word in people)),
                -f.as_of.timestamp(),
                f.fact_id,
            ),
        )
    )


def says_cause(text: str, evidence: Sequence[Evidence], at: datetime) -> bool:
    """Return whether *text* tells a cause that no finding of an investigation bears (RL01)."""
    if any(e.kind is EvidenceKind.E1 and "调查结论" in e.summary for e in evidence):
        return False
    draft = DraftContext(
        kind=StatementKind.FOLLOW_UP,
        title="",
        sentences=(Sentence(text),),
        next_update_at=None,
        issuer="",
        now=at,
    )
    return any(finding.rule == "RL01" for finding in redlines.check(draft))


def _unit_name(services: Services, unit_id: str) -> str:
    unit = services.directory.unit(unit_id)
    return unit.name if unit else unit_id


# Our own texts


def _public(session: Session, incident_id: str | None, at: datetime) -> list[Statement]:
    """Return the statements that were public at *at*, in the order of publication."""
    found = [
        statement
        for statement in release_store.all_statements(session, incident_id)
        if statement.published_at and statement.published_at <= at
    ]
    return sorted(found, key=lambda s: (s.published_at or at, s.statement_id))


def own_text(session: Session, statement: Statement, public: Sequence[Statement]) -> Own:
    """Return a public statement as reports tell it; *public* holds what it may correct."""
    version = release_store.load_version(session, statement.statement_id, statement.version)
    if statement.published_at is None:
        raise ValueError(f"{statement.statement_id} is not published")
    correction = statement.kind is StatementKind.CORRECTION
    before = {s.statement_id: s.published_at for s in public}
    return Own(
        statement_id=statement.statement_id,
        title=version.title.removeprefix("【演练】"),
        kind=statement.kind.label,
        published_at=statement.published_at,
        correction=correction,
        answers=bool(statement.claims),
        relay=statement.kind is StatementKind.WARNING_RELAY,
        corrects=before.get(statement.supersedes or "") if correction else None,
    )


def promises(session: Session, public: Sequence[Statement], at: datetime) -> tuple[Promised, ...]:
    """Return the next updates that *public* promised, by the moment they were due."""
    found = []
    for statement in public:
        version = release_store.load_version(session, statement.statement_id, statement.version)
        if version.next_update_at is None or statement.published_at is None:
            continue
        later = [
            other.published_at
            for other in public
            if other.published_at
            and other.published_at > statement.published_at
            and other.kind is not StatementKind.WARNING_RELAY
        ]
        due = version.next_update_at
        kept = _kept(due, later, at)
        title = version.title.removeprefix("【演练】")
        found.append(Promised(title, due, kept))
    return tuple(sorted(found, key=lambda p: (p.due, p.title)))


def _kept(due: datetime, later: Sequence[datetime], at: datetime) -> datetime | None:
    """Return which of the *later* texts kept a promise; None before the moment has come.

    The first text at or after the promised moment keeps it. Where none comes within half an
    hour, one of the half hour before counts.
    """
    after = min((moment for moment in later if moment >= due), default=None)
    if after is not None and after - due <= NEAR:
        return after
    before = [moment for moment in later if due - NEAR <= moment < due]
    return max(before) if before and at >= due else after


# What is said and asked


def _judged(session: Session, at: datetime) -> dict[int, Judgement]:
    judged = [j for j in release_store.all_judgements(session) if j.approved_at]
    return {j.claim: j for j in judged if j.approved_at and j.approved_at <= at}


def _evidence(session: Session, judged: Mapping[int, Judgement]) -> list[Evidence]:
    wanted = sorted({i for judgement in judged.values() for i in judgement.evidence})
    return release_store.load_evidence(session, wanted)


def claims_at(
    session: Session, services: Services, incident_id: str | None, at: datetime
) -> tuple[Said, ...]:
    """Return the claims noticed by *at*, of one incident if one is named.

    Unsettled ones stand before settled ones, then the gravest, then the loudest.
    """
    public = _public(session, incident_id, at)
    merged = Decisions.of(store.claim_edits(session)).into
    counts = report_figures.heard(session, ScoreRow.claim, at)
    kinds, judged = report_figures.matters(session), _judged(session, at)
    evidence = {e.evidence_id: e for e in _evidence(session, judged)}
    answers: dict[int, datetime] = {}
    for statement in public:
        for key in statement.claims:
            answers.setdefault(key, statement.published_at or at)

    def one(claim: Claim, noticed: datetime) -> Said:
        matter, level_id = kinds[claim.key]
        level = ConcernLevel(level_id) if level_id else ConcernLevel.C1
        verdict = judged.get(claim.key)
        settled = verdict is not None and verdict.verdict is not Verdict.CHECKING
        pieces = [evidence[i] for i in verdict.evidence if i in evidence] if verdict else []
        told = counts.get(claim.key, Heard(0, 0))
        name = naming.claim_name(matter, claim.text)
        return Said(
            claim_id=claim.claim_id,
            name=name,
            first_seen=claim.first_seen,
            noticed_at=noticed,
            posts=told.posts,
            voices=told.voices,
            verdict=verdict.verdict.label if verdict else Verdict.CHECKING.label,
            outcome=_outcome(verdict, pieces, at),
            evidence=tuple(dict.fromkeys(piece.kind.value for piece in pieces)),
            judged_at=verdict.approved_at if verdict and settled else None,
            answered_at=answers.get(claim.key),
            level=level.value,
            danger=naming.is_danger(matter),
            unit=routing.unit_for(
                f"{name}{matter}",
                services.directory.units,
                may_state(),
                harm=naming.is_harm(claim.text, matter),
            ),
            due=answer_clock.check_due(level, at),
            answer_due=answer_clock.clarification_due(level, noticed),
        )

    found = [
        one(claim, claim.noticed_at)
        for claim in store.all_claims(session, incident_id)
        if claim.noticed_at and claim.noticed_at <= at and claim.key not in merged
    ]
    return tuple(
        sorted(found, key=lambda s: (not s.open, -int(s.level[1:]), -s.voices, s.claim_id))
    )


def _outcome(verdict: Judgement | None, pieces: Sequence[Evidence], at: datetime) -> str:
    if verdict is None:
        return ""
    return OPEN_CAUSE if says_cause(verdict.summary, pieces, at) else verdict.summary


def _asked(
    session: Session, incident_id: str, at: datetime, public: Sequence[Statement]
) -> tuple[Asked, ...]:
    """Return the questions asked by *at*, most voices first; same-named ones are one."""
    counts = report_figures.heard(session, ScoreRow.question, at)
    answers: dict[int, Statement] = {}
    for statement in public:
        for key in statement.questions:
            answers.setdefault(key, statement)
    names = load_lexicon().concern_names

    def one(question: Question) -> Asked:
        answer = answers.get(question.key)
        return Asked(
            question_id=question.question_id,
            name=naming.question_name(question.text, question.concern),
            voices=counts.get(question.key, Heard(0, 0)).voices,
            concern=names.get(question.concern or "", ""),
            first_asked=question.first_asked,
            answered_at=answer.published_at if answer else None,
            answer=answer.statement_id if answer else "",
            due=question.first_asked + answer_clock.QUESTION,
        )

    asked = [one(q) for q in store.all_questions(session, incident_id) if q.first_asked <= at]
    return tuple(sorted((a for a in asked if a.voices), key=lambda a: (-a.voices, a.question_id)))


def _concerns(
    session: Session, incident_id: str, at: datetime, asked: Sequence[Asked]
) -> tuple[Concern, ...]:
    names = load_lexicon().concern_names
    found = []
    for concern, texts in report_figures.by(session, incident_id, at, ScoreRow.concern):
        name = names.get(concern, concern)
        own = [a for a in asked if a.concern == name]
        found.append(
            Concern(
                name=name,
                texts=texts,
                question=own[0].name if own else "",
                question_id=own[0].question_id if own else "",
                answered=sum(a.voices for a in own if a.answered_at),
                voices=sum(a.voices for a in own),
                critical=concern in CRITICAL,
            )
        )
    return tuple(found)


# How much is said


@dataclass(frozen=True, slots=True)
class _Hours:
    clock: tuple[tuple[datetime, int], ...]
    """Hours of the clock of the incident's whole life; the last may be a part."""
    rolling: tuple[tuple[datetime, int], ...]
    """The last day's hours that end at the moment of the picture."""

    def at(self, moment: datetime) -> int:
        """Return the texts of the hour that *moment* lies in."""
        return next((n for start, n in self.clock if start <= moment < start + HOUR), 0)


def _hours(session: Session, incident: Incident, at: datetime) -> _Hours:
    first = report_figures.first_post(session, incident.incident_id) or incident.opened_at
    first = min(first, at)
    start = first.replace(minute=0, second=0, microsecond=0)
    known = min(DAY_HOURS + 1, max(1, (at - first) // HOUR))
    incident_id = incident.incident_id
    return _Hours(
        tuple(report_figures.hourly(session, incident_id, start, at, at)),
        tuple(report_figures.hourly(session, incident_id, at - HOUR * known, at, at)),
    )


def _spread(
    session: Session,
    services: Services,
    incident_id: str,
    at: datetime,
    hours: _Hours,
    *,
    whole: bool,
) -> Spread:
    lately = PostRow.published_at >= at - HOUR
    asking = report_figures.count(
        session, incident_id, at, ORIGINAL, lately, ScoreRow.enquiry.is_(True)
    )
    rolling = [n for _, n in hours.rolling]
    before = rolling[:-1]
    posts = report_figures.count(session, incident_id, at, ORIGINAL)
    copies = report_figures.count(session, incident_id, at) - posts
    channels = report_figures.by(session, incident_id, at, PostRow.channel)
    return Spread(
        hour=rolling[-1],
        usual=median(before) if len(before) >= LEAST_HOURS else None,
        usual_hours=len(before),
        asking=asking,
        channels=tuple((channel_name(name), n) for name, n in channels),
        places=tuple(
            _towns(services, report_figures.by(session, incident_id, at, ScoreRow.place))[:10]
        ),
        hourly=hours.clock if whole else hours.rolling,
        recent=sum(rolling[-STRETCH:]),
        earlier=sum(rolling[-2 * STRETCH : -STRETCH]) if len(rolling) >= 2 * STRETCH else None,
        posts=posts,
        copies=copies,
    )


def _steps(
    moves: Sequence[IncidentMove], said: Sequence[Said], own: Sequence[Own], hours: _Hours
) -> tuple[Step, ...]:
    first = next((o for o in own if not o.relay), None)
    found = [(m.at, f"事件状态：{m.state.label}", 3) for m in moves]
    found += [
        (c.first_seen, f"网上首次出现说法：{c.name}", 1 + (c.level >= "C3") + (c.level >= "C4"))
        for c in said
    ]
    found += [
        (o.published_at, f"发布《{o.title}》", 1 + (o is first or o.correction or o.answers))
        for o in own
    ]
    top, most = max(hours.clock, key=lambda point: point[1])
    if most:
        found.append((top, f"此后一小时条数最高（{most}条）", 3))
    steps = [Step(at, what, hours.at(at), weight) for at, what, weight in found]
    return tuple(sorted(steps, key=lambda s: (s.at, s.what)))


def _calls(session: Session, incident_id: str, at: datetime) -> Calls:
    leads = [x for x in help_store.leads_of(session, incident_id) if x.received_at <= at]

    def reached(lead: HelpLead, state: HelpState) -> datetime | None:
        moment = lead.first(state)
        return moment if moment and moment <= at else None

    handed = [(x, m) for x in leads if (m := reached(x, HelpState.HANDED_OVER))]
    closing = [state for state in HelpState if state.closed]
    return Calls(
        received=len(leads),
        handed_over=len(handed),
        closed=sum(any(reached(x, state) for state in closing) for x in leads),
        median_minutes=median((m - x.received_at) / timedelta(minutes=1) for x, m in handed)
        if handed
        else None,
    )


def _towns(services: Services, places: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return texts by town; a place of no known town stands for itself."""
    town = {place.name: place.town or place.name for place in services.directory.places}
    found: dict[str, int] = {}
    for place, n in places:
        name = town.get(place, place)
        found[name] = found.get(name, 0) + n
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def unseen(
    session: Session, services: Services, start: datetime, end: datetime, *, most: int = UNSEEN
) -> tuple[str, ...]:
    """Return what was not seen from *start* to *end*, in at most *most* sentences."""
    begun = store.first_visit(session)
    start = max(start, begun) if begun and begun < end else start
    listed = duty_facts.sources(services)
    seen = coverage(
        start,
        end,
        visits=crawler_store.visits_between(session, start, end),
        defects=crawler_store.defect_counts(session, start, end),
        sources=[source.name for source in listed if source.enabled],
    )
    return tuple(line.rstrip("。") for line in brief(seen, most))
