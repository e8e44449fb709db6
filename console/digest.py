"""The morning digest: gathered from every stage, sent once a day at the end of the quiet hours."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis.alert_life import Life
from analysis.reports import digest, plain
from analysis.reports.digest import DigestData, Line
from analysis.reports.document import Document
from console import duty_facts, help_list, telling
from console.telling import Notice
from console.wiring import Services, installed_version
from core.clock import BEIJING, beijing
from core.database import reading, transaction
from core.vocabulary import AlertState, ConcernLevel, HelpUrgency, NoticeKind, Role
from release import duty_store, help_store
from release.quiet import last_at
from release.records import Silence, Telling

_OPEN = frozenset({AlertState.RAISED, AlertState.ACKNOWLEDGED})
_PRESSING = frozenset({HelpUrgency.LATE, HelpUrgency.WAITING, HelpUrgency.ESCALATED})


def send(services: Services, now: datetime) -> bool:
    """Send the digest that was due last, with everything that is held; False when it was sent.

    One that was missed comes late and once: what was held longer is told in it too. Inside the
    quiet hours none is sent, for the next morning's tells all of it.
    """
    if telling.quiet_hours(services).holds(now):
        return False
    due = due_before(services, now)
    name = f"digest:{beijing(due):%Y-%m-%d}"
    with transaction(services.engine) as session:
        if duty_store.was_told(session, name):
            return False
        made = document(session, services, now)
        duty = telling.on_duty_line(session, services, (Role.MONITOR, Role.DUTY_LEADER), now)
        held = duty_store.held(session)
        duty_store.release_held(session, told_in=name, at=now)
        notice = Notice(
            name=name,
            about="digest",
            level=max((one.level for one in held), default=ConcernLevel.C0),
            kind=NoticeKind.DIGEST,
            title=made.title,
            text=f"{plain.body_of(made)}\n值班：{duty}",
        )
        return telling.tell(session, notice, now)


def preview(services: Services, now: datetime) -> Document:
    """Return the digest as it would be sent now; nothing is sent and nothing changes."""
    with reading(services.engine) as session:
        return document(session, services, now)


def due_before(services: Services, now: datetime) -> datetime:
    """Return when the latest digest not after *now* is due."""
    return last_at(services.settings.notice.quiet_until, now)


def document(session: Session, services: Services, now: datetime) -> Document:
    """Return the digest of the last night with what is held at *now*."""
    notice = services.settings.notice
    end = due_before(services, now)
    start = last_at(notice.quiet_from, end - timedelta(microseconds=1))
    held = duty_store.held(session)
    kept_back = [t for t in held if t.alert is not None or t.lead is not None]
    lives = duty_facts.matters(session, now)
    return digest.document(
        DigestData(
            office=services.settings.office_name,
            version=installed_version(),
            start=start,
            end=end,
            made_at=now,
            held=tuple(_lines(kept_back)),
            others=tuple(_night(lives, kept_back, start, end)),
            heard=sum(x.received_at < end for x in help_store.leads_since(session, start)),
            open_matters=tuple(
                _matter_line(x) for x in lives if x.state in _OPEN and x.last_news < start
            ),
            calls=tuple(_calls(session, now, kept_back)),
            questions=duty_facts.questions(session, now),
            promises=tuple(_promises(session, services, now)),
            silences=tuple(
                _silence(s, end) for s in duty_store.silences_between(session, start, now)
            ),
            unseen=duty_facts.blind_spots(session, services, start, end),
            gathered=duty_facts.gathered(session, start, end),
            budget=duty_facts.promised(session, lives, now),
        )
    )


def _lines(tellings: Iterable[Telling]) -> list[Line]:
    """Return each matter once, at its highest level, where it first came up."""
    found: dict[str, Telling] = {}
    for told in tellings:
        known = found.get(told.about)
        if known is None or told.level > known.level:
            found[told.about] = told
    return [Line(f"{t.title}（{telling.clock(t.at)}）", t.level) for t in found.values()]


def _night(lives: list[Life], held: list[Telling], start: datetime, end: datetime) -> list[Line]:
    """Return what was raised in the night and not kept back.

    It is read from the alerts and not from what was told: a night is not quiet because a notice
    was lost.
    """
    back = {t.alert for t in held}
    lines = []
    for life in lives:
        night = [t for t in life.tellings if start <= t.raised_at < end and t.key not in back]
        if night:
            line = _matter_line(life)
            lines.append(replace(line, text=f"{line.text}（{telling.clock(night[-1].raised_at)}）"))
    return lines


def _matter_line(life: Life) -> Line:
    text = f"{duty_facts.named(life)}：{life.state.label}"
    return Line(text, life.level, duty_facts.page_of(life))


def _calls(session: Session, now: datetime, held: list[Telling]) -> list[Line]:
    """Return the other calls that wait for somebody, most pressing first."""
    back = {t.lead for t in held}
    return [
        Line(f"{c.lead.lead_id} {c.needs}（{c.place}）：{c.urgency.label}", to="help")
        for c in help_list.calls(session, now)
        if c.urgency in _PRESSING and c.lead.key not in back
    ]


def _promises(session: Session, services: Services, now: datetime) -> list[Line]:
    local = beijing(now)
    tonight = datetime(local.year, local.month, local.day, tzinfo=BEIJING) + timedelta(days=1)
    return [
        Line(
            f"{telling.clock(p.due)} {'已逾期' if p.due < now else '再次通报'}：{p.title}",
            to=f"statements/{p.statement_id}",
        )
        for p in duty_facts.promises(session, services, now, tonight)
    ]


def _silence(silence: Silence, end: datetime) -> str:
    what = "读不到" if silence.dark else "没有新帖"
    begun = telling.clock(silence.since)
    if silence.back_at is None:
        lasted = duty_facts.hours_and_minutes(end - silence.since)
        return f"来源“{silence.source}”自 {begun} 起{what}，已 {lasted}，仍未恢复"
    over = f"{telling.clock(silence.back_at)} 恢复"
    lasted = duty_facts.hours_and_minutes(silence.back_at - silence.since)
    return f"来源“{silence.source}”{begun} 起{what}，{over}（{lasted}）"
