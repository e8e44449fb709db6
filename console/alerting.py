"""From an alert to a notice: at once, or held by the quiet hours; a matter and level once.

What is grave passes at any hour: the level of ``notice.quiet_least``, a hazard, a reply of ours
that what is seen contradicts, a call for help in which a life may hang on it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis import store
from analysis.records import Alert
from console import duty_facts, telling
from console.telling import Notice
from console.wiring import Services
from core.database import transaction
from core.vocabulary import AlertKind, AlertState, ConcernLevel, HelpNeed, NoticeKind, Role
from release import duty_store, help_store
from release.ladder import LADDER
from release.records import HelpLead, Telling

GRAVE = frozenset({AlertKind.HAZARD, AlertKind.CONFLICT})
LIFE = frozenset({HelpNeed.TRAPPED, HelpNeed.MEDICAL, HelpNeed.MEDICINE, HelpNeed.MISSING})
"""Needs that may not wait for the morning."""
NEWS = timedelta(hours=24)
"""What is older was raised before notices existed, or while nothing ran: the digest tells it."""
TOGETHER = 5
"""More notices than this at one time become one."""
SHOWN = 3
_RISES = frozenset({AlertKind.VOLUME_RISE, AlertKind.SENTIMENT_RISE})


def announce(services: Services, now: datetime) -> int:
    """Tell each alert and each call for help that was not told yet; return how many.

    In the quiet hours what is not grave is held for the digest. Running it again tells nothing.
    """
    with transaction(services.engine) as session:
        return _alerts(session, services, now) + _calls(session, services, now)


def wakes(level: ConcernLevel, kinds: Iterable[AlertKind], least: ConcernLevel) -> bool:
    """Tell whether a matter of this level and these kinds goes out in the quiet hours too."""
    return level >= least or not GRAVE.isdisjoint(kinds)


def _alerts(session: Session, services: Services, now: datetime) -> int:
    untold = set(duty_store.untold_alerts(session))
    if not untold:
        return 0
    quiet = telling.quiet_hours(services).holds(now)
    least = services.settings.notice.quiet_least
    kept: list[Telling] = []
    grave: list[Notice] = []
    plain: list[Notice] = []
    matters = duty_store.matters_of(session, untold)
    alerts = [a for a in store.all_alerts(session, matters) if a.key in untold]
    names = duty_facts.claim_names(session, {a.claim for a in alerts if a.claim is not None})
    for raised in alerts:
        name = raised.topic if raised.claim is None else names[raised.claim]
        alert = replace(raised, topic=name)
        notice, wakes_people = _of_alert(alert), wakes(alert.level, [alert.kind], least)
        if alert.state is not AlertState.RAISED:
            kept.append(telling.record(notice, now, told_at=now, told_in=duty_store.SETTLED))
        elif now - alert.raised_at > NEWS or (quiet and not wakes_people):
            kept.append(telling.record(notice, now, told_at=None))
        else:
            (grave if wakes_people else plain).append(notice)
    grave, plain, covered = _highest(grave, plain)
    kept += [telling.record(one, now, told_at=now, told_in=by.name) for one, by in covered]
    duty_store.add_tellings(session, kept)
    for notice in grave:
        # What was held of this matter is told by its rise.
        duty_store.release_held(session, told_in=notice.name, at=now, about=notice.about)
    _send(session, services, grave, now, what="项需马上处理的预警")
    _send(session, services, plain, now, what="项新预警")
    return len(untold)


def _highest(
    grave: Sequence[Notice], plain: Sequence[Notice]
) -> tuple[list[Notice], list[Notice], list[tuple[Notice, Notice]]]:
    """Return the highest notice of each matter, and the others with that which tells them."""
    best: dict[str, Notice] = {}
    for one in (*plain, *grave):
        if one.about not in best or one.level >= best[one.about].level:
            best[one.about] = one
    covered = [(one, best[one.about]) for one in (*grave, *plain) if one is not best[one.about]]
    kept = set(map(id, best.values()))
    return (
        [one for one in grave if id(one) in kept],
        [one for one in plain if id(one) in kept],
        covered,
    )


def _of_alert(alert: Alert) -> Notice:
    which = f"{alert.level.value} {alert.level.label} {alert.alert_id}"
    return Notice(
        name=f"alert:{alert.alert_id}:{alert.level.value}",
        about=f"matter:A{alert.matter or alert.key:06d}",
        level=alert.level,
        kind=NoticeKind.ALERT,
        title=f"{which}：{telling.short(alert.topic)}",
        text="\n".join(_told(alert)),
        alert=alert.key,
    )


def _told(alert: Alert) -> list[str]:
    usual = "平时约" if alert.kind in _RISES else "提示线"
    unseen = list(alert.unseen[:SHOWN]) or ["当时没有发现盲区"]
    more = len(alert.unseen) - SHOWN
    page = "" if alert.claim is None else f"值班台 /claims/{alert.claim}；"
    return [
        f"{alert.alert_id}　{alert.kind.label}　{telling.clock(alert.raised_at)}",
        f"观测 {alert.observed:g}，{usual} {alert.expected:.3g}",
        "依据：",
        *telling.listed([telling.short(r, 80) for r in alert.reasons]),
        "没有看到：",
        *telling.listed([*unseen, *([f"另有 {more} 项"] if more > 0 else [])]),
        f"查看与接收：{page}huiying alert ack {alert.alert_id}",
    ]


def _calls(session: Session, services: Services, now: datetime) -> int:
    untold = duty_store.untold_leads(session)
    quiet = telling.quiet_hours(services).holds(now)
    kept: list[Telling] = []
    at_once: list[Notice] = []
    for lead in (help_store.load_lead(session, key) for key in untold):
        notice = of_call(lead)
        if lead.state.closed:
            kept.append(telling.record(notice, now, told_at=now, told_in=duty_store.SETTLED))
        elif now - lead.received_at > NEWS or (quiet and not threatens_life(lead)):
            kept.append(telling.record(notice, now, told_at=None))
        else:
            at_once.append(notice)
    duty_store.add_tellings(session, kept)
    _send(session, services, at_once, now, what="条新求助", roles=(Role.DUTY_LEADER,))
    return len(untold)


def threatens_life(lead: HelpLead) -> bool:
    """Tell whether somebody's life may hang on this call."""
    return bool(LIFE & set(lead.needs))


def of_call(lead: HelpLead) -> Notice:
    """Return the notice of a call for help: no contact, no door, none of its words."""
    needs = "、".join(need.label for need in lead.needs)
    place = telling.short(lead.place) if lead.place else "地点不明"
    level = ConcernLevel.C3 if threatens_life(lead) else ConcernLevel.C2
    return Notice(
        name=f"help:{lead.lead_id}",
        about=f"help:{lead.lead_id}",
        level=level,
        kind=NoticeKind.ALERT,
        title=f"求助 {lead.lead_id}：{needs}（{place}）",
        text="\n".join(
            (
                f"{telling.clock(lead.received_at)} 收到，{lead.state.label}；5 分钟内电话转办",
                f"查看：值班台 /help；huiying help show {lead.lead_id}",
            )
        ),
        lead=lead.key,
    )


def _send(
    session: Session,
    services: Services,
    notices: Sequence[Notice],
    now: datetime,
    *,
    what: str,
    roles: tuple[Role, ...] = LADDER,
) -> None:
    """Tell each of *notices*, or all in one when they are many, with who is on duty."""
    if not notices:
        return
    duty = f"值班：{telling.on_duty_line(session, services, roles, now)}"
    if len(notices) <= TOGETHER:
        for one in notices:
            _tell_with(session, one, duty, now)
        return
    ordered = sorted(notices, key=lambda n: n.level, reverse=True)
    name = f"together:{notices[0].name}"
    duty_store.add_tellings(
        session, [telling.record(one, now, told_at=now, told_in=name) for one in notices]
    )
    whole = Notice(
        name=name,
        about=name,
        level=ordered[0].level,
        kind=NoticeKind.ALERT,
        title=f"{ordered[0].level.value} {len(notices)} {what}",
        text="\n".join((*telling.listed([n.title for n in ordered]), "全部见值班台", duty)),
    )
    telling.tell(session, whole, now)


def _tell_with(session: Session, notice: Notice, duty: str, now: datetime) -> None:
    telling.tell(session, replace(notice, text=f"{notice.text}\n{duty}"), now)
