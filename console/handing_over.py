"""The hand-over note of a shift, read from the log of every stage."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis.alert_life import Life
from analysis.records import AlertMove
from analysis.reports import handover, plain
from analysis.reports.digest import Line
from analysis.reports.document import Document
from analysis.reports.handover import HandoverData, OpenItem
from console import duty_facts, help_list, reading_list, telling
from console.alerting import threatens_life
from console.escalation import triage
from console.wiring import Services, installed_version
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import AlertAct, AlertState, ConcernLevel, HelpState
from crawler import store as crawler_store
from release import duty_store, help_clock, roster, roster_store, rostering
from release import store as release_store
from release.ladder import LADDER
from release.records import Handover, HelpLead, Silence
from release.roster import Shift

AHEAD = timedelta(hours=12)
"""Promises due within this after the shift are handed on."""
_TAKEN = frozenset({AlertAct.ACKNOWLEDGE, AlertAct.ASSIGN})
_DOUBTED = frozenset({AlertAct.FALSE, AlertAct.UNDO})
_ENDED = frozenset({AlertAct.CLOSE, AlertAct.REOPEN, AlertAct.LOWER})
CLAIM_DUE = timedelta(hours=4)
"""A unit has four hours to answer about a claim (domain handbook, 5.3, C2)."""


def note(services: Services, shift_key: int | None, now: datetime) -> tuple[Shift, Document]:
    """Return the note of a shift, by default of the one that is handed over now.

    That is the monitor's shift that ended last, or the one that runs. Raises ``HuiyingError``
    when there is none.
    """
    with reading(services.engine) as session:
        shift = wanted(session, shift_key, now)
        return shift, document(session, services, shift, now)


def wanted(session: Session, key: int | None, now: datetime) -> Shift:
    """Return the shift of this key; without one that of the lowest post that is handed over now.

    Just after a change that is the shift before, until somebody has taken it over; later the one
    that runs.
    """
    if key is not None:
        return roster_store.load_shift(session, key)
    begun = roster_store.shifts(session, end=now)
    for role in LADDER:
        own = [shift for shift in begun if shift.role is role]
        ended = max((s for s in own if s.end <= now), key=lambda s: (s.end, s.key), default=None)
        if ended is not None and roster_store.handover_of(session, ended.key) is None:
            return ended
        if own:
            return own[-1]
    raise HuiyingError("值班表上还没有开始过的班次：先用 huiying roster add 或 import 排班")


def accept(services: Services, shift_key: int, *, by: str, now: datetime) -> Handover:
    """Take over a shift with its note as it is now, and return what is kept of it."""
    with transaction(services.engine) as session:
        person = release_store.load_person(session, by)
        shift = roster_store.load_shift(session, shift_key)
        text = plain.text_of(document(session, services, shift, now))
        return rostering.take_over(session, shift, text, person=person, now=now)


def document(session: Session, services: Services, shift: Shift, now: datetime) -> Document:
    """Return the note of *shift* from what is kept at *now*; equal data give an equal note."""
    as_of = max(min(shift.end, now), shift.start)
    names = {p.person_id: p.name for p in release_store.all_people(session)}
    start, end = shift.start, as_of
    lives = duty_facts.matters(session, end)
    duty = roster.on_duty(roster_store.shifts(session), shift.role, shift.end)
    following = [s for s in duty if s.person_id != shift.person_id]
    return handover.document(
        HandoverData(
            office=services.settings.office_name,
            version=installed_version(),
            shift_id=shift.shift_id,
            post=shift.role.label,
            officer=names.get(shift.person_id, shift.person_id),
            start=shift.start,
            end=shift.end,
            as_of=as_of,
            next_officer="、".join(names.get(s.person_id, s.person_id) for s in following),
            raised=_raised(lives, start),
            acknowledged=_acted(lives, _TAKEN, start, names),
            false=_acted(lives, _DOUBTED, start, names),
            closed=_acted(lives, _ENDED, start, names),
            climbed=_climbed(session, start, end),
            new_claims=_new_claims(session, start, end),
            judged=_judged(session, start, end),
            published=_published(session, start, end),
            questions=duty_facts.questions(session, end),
            open_items=_open_items(session, services, lives, end, names),
            silences=tuple(
                _silence(s, end) for s in duty_store.silences_between(session, start, end)
            ),
            unseen=duty_facts.blind_spots(session, services, start, end) if start < end else (),
            refused=_refused(session, start, end),
            gathered=duty_facts.gathered(session, start, end),
        )
    )


def _raised(lives: list[Life], start: datetime) -> tuple[Line, ...]:
    """Return each matter that was told or rose in the shift, at the moment of its last telling."""
    return tuple(
        replace(line, text=f"{telling.clock(life.tellings[-1].raised_at)} {line.text}")
        for life in lives
        if life.tellings[-1].raised_at >= start
        for line in [_line(life)]
    )


def _line(life: Life) -> Line:
    text = f"{duty_facts.named(life)}：{life.state.label}"
    return Line(text, life.level, duty_facts.page_of(life))


def _acted(
    lives: list[Life], acts: frozenset[AlertAct], start: datetime, names: dict[str, str]
) -> tuple[Line, ...]:
    """Return what people did of *acts* since *start*: when, who, to which matter, and why."""
    found = [(m, life) for life in lives for m in life.moves if m.act in acts and m.at >= start]
    return tuple(
        Line(
            f"{telling.clock(m.at)} {names.get(m.by, m.by)} {m.act.label}"
            f" {duty_facts.named(life)}{_why(m)}",
            life.level,
            duty_facts.page_of(life),
        )
        for m, life in sorted(found, key=lambda pair: pair[0].at)
    )


def _why(move: AlertMove) -> str:
    said = "，".join(filter(None, (move.ground.label if move.ground else "", move.reason)))
    return f"（{said}）" if said else ""


def _climbed(session: Session, start: datetime, end: datetime) -> tuple[Line, ...]:
    tellings = duty_store.tellings_between(session, start, end)
    return tuple(
        Line(f"{telling.clock(t.at)} {t.title}", t.level)
        for t in tellings
        if t.name.startswith(("step1:", "step2:"))
    )


def _new_claims(session: Session, start: datetime, end: datetime) -> tuple[Line, ...]:
    found = [
        claim
        for claim, _ in reading_list.claims_with_verdicts(session)
        if claim.noticed_at is not None and start <= claim.noticed_at < end
    ]
    return tuple(
        Line(f"{c.claim_id} {telling.short(c.text)}（{c.voices} 人说）", to=f"claims/{c.claim_id}")
        for c in sorted(found, key=lambda c: (-c.voices, c.key))
    )


def _judged(session: Session, start: datetime, end: datetime) -> tuple[Line, ...]:
    return tuple(
        Line(f"C{j.claim:06d}：{j.verdict.label}", to=f"claims/C{j.claim:06d}")
        for j in release_store.all_judgements(session)
        if j.approved_at is not None and start <= j.approved_at < end
    )


def _published(session: Session, start: datetime, end: datetime) -> tuple[Line, ...]:
    return tuple(
        Line(
            f"{telling.clock(s.published_at or start)} {s.kind.label}"
            f"《{duty_facts.title_of(session, s)}》",
            to=f"statements/{s.statement_id}",
        )
        for s in duty_facts.published(session, start, end)
    )


def _refused(session: Session, start: datetime, end: datetime) -> tuple[str, ...]:
    return tuple(
        f"{telling.clock(at)} {'；'.join(reasons)}"
        for at, _, reasons in crawler_store.refusals(session)
        if start <= at < end
    )


def _silence(silence: Silence, end: datetime) -> str:
    what = "读不到" if silence.dark else "没有新帖"
    back = silence.back_at if silence.back_at and silence.back_at < end else None
    over = f"，{telling.clock(back)} 恢复" if back else "，仍未恢复"
    return f"来源“{silence.source}”自 {telling.clock(silence.since)} 起{what}{over}"


# What the next officer takes over


def _open_items(
    session: Session, services: Services, lives: list[Life], end: datetime, names: dict[str, str]
) -> tuple[OpenItem, ...]:
    """Return what is open at *end*; the note puts it in order."""
    return (
        *_open_alerts(services, lives, names),
        *_open_calls(session, end),
        *_open_claims(session, end),
        *(
            OpenItem(f"承诺再次通报：{p.title}", p.unit, p.due, f"statements/{p.statement_id}")
            for p in duty_facts.promises(session, services, end, end + AHEAD)
        ),
    )


def _open_alerts(services: Services, lives: list[Life], names: dict[str, str]) -> list[OpenItem]:
    items = []
    for life in lives:
        line, due, holder = _line(life), None, ""
        if life.state is AlertState.RAISED:
            limit = triage(services.settings.notice, life.level).due
            due = life.tellings[-1].raised_at + limit
        elif life.state is not AlertState.ACKNOWLEDGED:
            continue
        else:
            by = life.assignee or life.moves[-1].by
            holder = names.get(by, by)
        items.append(OpenItem(line.text, holder, due, line.to, life.level))
    return items


def _open_calls(session: Session, end: datetime) -> list[OpenItem]:
    return [
        OpenItem(
            f"求助 {c.lead.lead_id} {c.needs}（{c.place}）：{c.urgency.label}",
            _holder(c.lead),
            _call_due(c.lead),
            "help",
            ConcernLevel.C4 if threatens_life(c.lead) else ConcernLevel.C2,
        )
        for c in help_list.calls(session, end)
        if c.lead.received_at < end
    ]


def _holder(lead: HelpLead) -> str:
    return "" if lead.state is HelpState.RECEIVED else f"{lead.state.label}：{lead.moves[-1].by}"


def _call_due(lead: HelpLead) -> datetime | None:
    if lead.state is HelpState.RECEIVED:
        return lead.received_at + help_clock.DUE_AFTER
    if lead.state is HelpState.HANDED_OVER:
        return lead.received_at + help_clock.ESCALATE_AFTER
    return None


def _open_claims(session: Session, end: datetime) -> list[OpenItem]:
    claims = reading_list.to_check(reading_list.claims_with_verdicts(session))
    waiting = [(c, c.noticed_at) for c, _ in claims if c.noticed_at is not None]
    return [
        OpenItem(
            f"待核实 {c.claim_id} {telling.short(c.text)}（{c.voices} 人说）",
            "",
            noticed_at + CLAIM_DUE,
            f"claims/{c.claim_id}",
        )
        for c, noticed_at in waiting
        if noticed_at < end
    ]
