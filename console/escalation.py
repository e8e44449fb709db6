"""Nobody has taken it on: the next post is told, each step once, until somebody does.

One notice a step and call, however many matters it is about: a morning with two hundred of them
is no flood.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis import alert_store
from console import alerting, duty_facts, telling
from console.telling import Notice
from console.wiring import Services
from core.database import transaction
from core.settings import NoticeSettings
from core.vocabulary import ConcernLevel, HelpState, NoticeKind
from release import duty_store, help_clock, help_store
from release.ladder import LADDER, REMINDER, TOP, Step, Triage, next_step
from release.quiet import awake
from release.records import HelpLead

LEAST_LEVEL = (ConcernLevel.C1, ConcernLevel.C2, ConcernLevel.C3)
"""Of the notice of each step, so that it reaches whoever wants only graver ones. The concern level
of the matter stays as it is."""
REMEMBERED = timedelta(days=7)
"""Rounds take every step within minutes; what is older stood there when nothing ran."""
PAUSE = timedelta(minutes=2)
"""Between two notices to one post: on a bad night what is due meanwhile stands in the next."""
_TAKEN_ON = frozenset({HelpState.ACCEPTED, HelpState.ARRIVED})

Due = tuple[str, ConcernLevel, str]
"""A matter whose step is due: its name, level, and what it is called."""


def step(services: Services, now: datetime) -> int:
    """Take every step up that is due, and return how many; running it again takes none.

    Only up: a person's acknowledgement ends it, nothing takes a step back. Steps to a post that
    was told less than two minutes ago are taken a little later, all in one notice.
    """
    with transaction(services.engine) as session:
        due: dict[int, list[Due]] = {}
        for height, matter in (*_alerts(session, services, now), *_calls(session, services, now)):
            due.setdefault(height, []).append(matter)
        taken = 0
        for height, matters in sorted(due.items()):
            last = duty_store.last_told(session, _about(height))
            if last is not None and timedelta(0) <= now - last < PAUSE:
                continue
            for about, _, _ in matters:
                duty_store.add_step(session, about, height, now)
            telling.tell(session, _notice(session, services, height, matters, now), now)
            taken += len(matters)
        return taken


def triage(settings: NoticeSettings, level: ConcernLevel) -> Triage:
    """Return how long a post may leave a matter of this level alone."""
    own = settings.triage_of_level.get(level)
    if own is not None:
        return Triage(timedelta(minutes=own / 2), timedelta(minutes=own))
    return Triage(
        timedelta(minutes=settings.triage_warn_min), timedelta(minutes=settings.triage_due_min)
    )


def _alerts(session: Session, services: Services, now: datetime) -> Iterator[tuple[int, Due]]:
    climbing = duty_store.climbing_matters(session, now - REMEMBERED)
    if not climbing:
        return
    settings, quiet = services.settings.notice, telling.quiet_hours(services)
    for life in duty_facts.called(session, alert_store.lives_of(session, climbing)):
        matter = climbing[life.matter]
        sleeps = None if alerting.wakes(life.level, life.kinds, settings.quiet_least) else quiet
        height = next_step(matter, now, triage(settings, life.level), sleeps)
        if height is not None:
            yield height, (matter.about, life.level, duty_facts.named(life))


def _calls(session: Session, services: Services, now: datetime) -> Iterator[tuple[int, Due]]:
    """Yield the calls for help that nobody has taken on for ten minutes: to the top at once."""
    leads = [x for x in help_store.leads_since(session, now - REMEMBERED) if _open(x)]
    steps = duty_store.steps_of(session, [f"help:{lead.lead_id}" for lead in leads])
    quiet = telling.quiet_hours(services)
    for lead in leads:
        about = f"help:{lead.lead_id}"
        grave = alerting.threatens_life(lead)
        waited = now - lead.received_at if grave else awake(quiet, lead.received_at, now)
        if _climbed(steps[about]) or waited < help_clock.ESCALATE_AFTER:
            continue
        level = ConcernLevel.C4 if grave else ConcernLevel.C3
        yield TOP, (about, level, alerting.of_call(lead).title)


def _open(lead: HelpLead) -> bool:
    return not lead.state.closed and lead.state not in _TAKEN_ON


def _climbed(steps: tuple[Step, ...]) -> bool:
    return any(one.step == TOP for one in steps)


def _about(height: int) -> str:
    return f"step{height}"


def _notice(
    session: Session, services: Services, height: int, matters: list[Due], now: datetime
) -> Notice:
    ordered = sorted(matters, key=lambda due: due[1], reverse=True)
    post = LADDER[height]
    what = "待接收，请处理" if height == REMINDER else f"无人接收，转{post.label}"
    title = ordered[0][2] if len(matters) == 1 else f"{len(matters)} 项"
    return Notice(
        name=f"step{height}:{matters[0][0]}",
        about=_about(height),
        level=max(ordered[0][1], LEAST_LEVEL[height]),
        kind=NoticeKind.ESCALATION,
        title=f"{what}：{title}",
        text="\n".join(
            (
                *telling.listed([called for _, _, called in ordered]),
                f"请接收：{telling.on_duty_line(session, services, (post,), now)}",
                "预警用 huiying alert ack，求助用 huiying help accept；接收后不再升级",
            )
        ),
    )
