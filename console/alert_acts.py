"""What people do with an alerted matter, each act one transaction, and how it is told to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from analysis import alert_life, alert_quiet, alert_store, budget, store
from analysis.alert_life import Life
from analysis.alert_quiet import Quiet
from analysis.budget import Calibration, Precision, Week
from analysis.families import load_matters
from analysis.noticing import Noticer
from analysis.records import AlertMove
from analysis.seen_store import SeenHours
from analysis.series import series_label
from console import help_list
from console.wiring import Services
from core.clock import beijing
from core.database import reading, transaction
from core.errors import HuiyingError, RefusedError
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel, FalseGround
from crawler.masking import mask_resident
from release import people
from release import store as release_store
from release.records import Person


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants done with a matter."""

    act: AlertAct
    reason: str = ""
    """Free words; numbers and doors in them are masked before they are kept."""
    to: str | None = None
    """Of an assignment: a person id, or the id of a unit of the directory."""
    level: ConcernLevel | None = None
    """Of a lowering."""
    ground: FalseGround | None = None
    """Of a false mark."""


def act(
    services: Services, alert: int, wish: Wish, *, by: str, now: datetime | None = None
) -> Life:
    """Do what *by* wishes with the matter of the alert of this key and return it as it is then.

    Raises ``RefusedError`` with every reason against it, ``HuiyingError`` for an unknown alert or
    person.
    """
    with transaction(services.engine) as session:
        person = release_store.load_person(session, by)
        life = alert_store.load_life(session, alert)
        # The clock is read under the write lock: who waited for it is not earlier than who held it.
        moment = now or help_list.present(session, services)
        if reasons := blockers(services, session, life, wish, person, now=moment):
            raise RefusedError(reasons)
        move = AlertMove(
            matter=life.matter,
            act=wish.act,
            state=life.state,
            at=moment,
            by=person.person_id,
            reason=mask_resident(wish.reason.strip()),
            level=wish.level,
            to=wish.to,
            ground=wish.ground,
        )
        key = alert_store.add_move(session, alert_life.moved(life, move))
        if wish.act is AlertAct.FALSE:
            _make_quieter(session, life, move, key)
        return alert_store.load_life(session, alert)


def blockers(
    services: Services,
    session: Session,
    life: Life,
    wish: Wish,
    person: Person,
    *,
    now: datetime,
) -> list[str]:
    """Return every reason, in Chinese, why *person* may not have this wish; empty: they may."""
    reasons = people.role_blockers(person, alert_life.ROLES.get(wish.act, frozenset()))
    roles = person.roles if person.active else frozenset()
    reasons += alert_life.blockers(
        life,
        wish.act,
        roles,
        reason=wish.reason,
        level=wish.level,
        ground=wish.ground,
        quieted=bool(alert_store.quiets(session, after=now, matter=life.matter)),
    )
    if wish.act is AlertAct.ASSIGN and not _known(services, session, wish.to):
        reasons.append(f"没有在岗人员或单位“{wish.to or ''}”")
    return list(dict.fromkeys(reasons))


def _known(services: Services, session: Session, to: str | None) -> bool:
    if not to:
        return False
    if services.directory.unit(to) is not None:
        return True
    try:
        return release_store.load_person(session, to).active
    except HuiyingError:
        return False


def _make_quieter(session: Session, life: Life, move: AlertMove, key: int) -> None:
    about = alert_store.about_claim(session, life.claim) if life.claim is not None else None
    held = alert_store.quiets(session, after=move.at)
    made = [
        Quiet(
            pattern=pattern,
            factor=alert_quiet.next_factor(pattern, held, move.at),
            until=move.at + alert_quiet.LASTS,
            matter=life.matter,
            by=move.by,
            at=move.at,
            reason=move.reason,
        )
        for pattern in alert_quiet.patterns_of(life, about)
    ]
    alert_store.add_quiets(session, key, made)


# The promise

PAST = timedelta(weeks=12)
"""How much of the desk's own past it is calibrated on."""


def calibrate(services: Services, *, now: datetime | None = None) -> Calibration:
    """Fit the rises to the promised budget by the desk's own past, and keep that.

    The past is played again outside any transaction, which takes some seconds for each series and
    month; rounds go by the new figure from the next one on. To be called once a week.
    """
    with reading(services.engine) as session:
        moment = now or help_list.present(session, services)
        tallies = [
            tally
            for tally in store.tallies(session, since=moment - PAST)
            if budget.counts_as_worry(tally[0]) and tally[1] < moment
        ]
        judged = alert_store.lives(session)
        missing = SeenHours().missing(session, moment - PAST, moment)
    notice = services.settings.notice
    found = budget.calibrate(
        tallies,
        lambda rate: Noticer(false_alarms_per_day=rate),
        promised=notice.false_alarms_per_week,
        usual=notice.rise_false_alarms_per_day,
        now=moment,
        judged=judged,
        missing=missing,
    )
    with transaction(services.engine) as session:
        alert_store.add_calibration(session, found)
    return found


@dataclass(frozen=True, slots=True)
class Record:
    """How good the alerts were, and whether the promise was kept."""

    all_and_kinds: list[Precision]
    weeks: list[Week]
    calibration: Calibration | None
    """The newest; None before the first."""


def record(session: Session, *, now: datetime, weeks: int) -> Record:
    """Return what the last *weeks* weeks were, the running one among them."""
    lives, kept = alert_store.lives(session), alert_store.calibrations(session)
    found = budget.weeks_of(lives, kept, now=now, weeks=weeks)
    whole = budget.precision(lives, start=found[0].start, end=now + budget.BIN)
    return Record(whole, found, kept[-1] if kept else None)


# Telling


@dataclass(frozen=True, slots=True)
class Told:
    """One matter as a person reads it."""

    life: Life
    quiets: tuple[Quiet, ...]
    """What its standing false mark makes quieter."""
    held: tuple[Quiet, ...]
    """Other marks that its own kind of alert is held to."""
    names: dict[str, str]
    """Person or unit id -> name."""

    @property
    def assignee(self) -> str:
        """Who it was given to, by name; empty when nobody."""
        to = self.life.assignee
        return self.names.get(to, to) if to else ""


def listed(
    services: Services, session: Session, *, now: datetime, everything: bool = False
) -> list[Told]:
    """Return the matters that wait or are handled, gravest first; or *everything*, newest first."""
    found = alert_store.lives(session)
    if everything:
        chosen = sorted(found, key=lambda x: (x.last_news, x.matter), reverse=True)
    else:
        open_states = {AlertState.RAISED, AlertState.ACKNOWLEDGED}
        chosen = alert_life.gravest([x for x in found if x.state in open_states])
    return told(services, session, chosen, now=now)


def told(
    services: Services, session: Session, lives: Sequence[Life], *, now: datetime
) -> list[Told]:
    """Return each of *lives* with what is quieter by it and for it."""
    every = alert_store.quiets(session)
    standing = alert_quiet.standing(every, now)
    names = {p.person_id: p.name for p in release_store.all_people(session)}
    names |= {unit.id: unit.name for unit in services.directory.units}
    result = []
    for life in lives:
        about = alert_store.about_claim(session, life.claim) if life.claim is not None else None
        patterns = set(alert_quiet.patterns_of(life, about))
        own = tuple(q for q in every if q.matter == life.matter)
        held = tuple(q for q in standing if q.matter != life.matter and q.pattern in patterns)
        result.append(Told(life, own, held, names))
    return result


def quiet_line(quiet: Quiet, names: dict[str, str]) -> str:
    """Return in one sentence who made what quieter, why, how much and until when."""
    at, until = beijing(quiet.at), beijing(quiet.until)
    who = names.get(quiet.by, quiet.by)
    where = f"、{quiet.pattern.place}" if quiet.pattern.place else ""
    hours = alert_quiet.hours_label(quiet.pattern.hours)
    return (
        f"因 {at.month}月{at.day}日 {who} 标为误报（{quiet.reason}），"
        f"“{quiet.pattern.kind.label}”（{_about(quiet)}{where}，{hours}）"
        f"提示门槛提高到 {quiet.factor:g} 倍，至 {until.month}月{until.day}日 {until:%H:%M}"
    )


def _about(quiet: Quiet) -> str:
    """Return what a pattern is about, in Chinese as far as it has a name."""
    about = quiet.pattern.about
    if quiet.pattern.kind in {AlertKind.VOLUME_RISE, AlertKind.SENTIMENT_RISE}:
        return series_label(about)
    family = load_matters().families.get(about)
    return family.name if family else about.replace("claim:", "说法 C")
