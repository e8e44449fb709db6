"""What the desk was told, steps up, silences and the pulse, as rows and back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from analysis.tables import AlertMoveRow, AlertRow
from core.vocabulary import AlertState, ConcernLevel
from release.ladder import TOP, Step, Waiting
from release.records import Pulse, Silence, Telling
from release.tables import EscalationRow, HelpLeadRow, PulseRow, SilenceRow, TellingRow

ROUNDS = "rounds"
"""Name of the pulse of the gathering process."""
SETTLED = "已处理"
"""Where a telling was "told" that was settled before anybody could be told."""
_CHUNK = 500
_RAISED = AlertState.RAISED.value
_STATE_OF_MATTER = (
    select(AlertMoveRow.state)
    .where(AlertMoveRow.matter == AlertRow.matter)
    .order_by(AlertMoveRow.key.desc())
    .limit(1)
    .scalar_subquery()
)

# Tellings


def add_telling(session: Session, telling: Telling) -> bool:
    """Keep *telling*; return False, and change nothing, when its name was told or held before."""
    if was_told(session, telling.name):
        return False
    add_tellings(session, [telling])
    return True


def add_tellings(session: Session, tellings: Sequence[Telling]) -> None:
    """Keep *tellings* whose names are not known yet; of an upgrade there may be thousands."""
    if tellings:
        session.execute(insert(TellingRow), [_values(telling) for telling in tellings])


def _values(telling: Telling) -> dict[str, object]:
    return asdict(telling) | {"level": telling.level.value}


def was_told(session: Session, name: str) -> bool:
    """Tell whether a telling of this name is kept, told or held."""
    return session.scalar(select(TellingRow.key).where(TellingRow.name == name)) is not None


def held(session: Session) -> list[Telling]:
    """Return what waits for the morning, in the order in which it came up."""
    rows = session.scalars(
        select(TellingRow).where(TellingRow.told_at.is_(None)).order_by(TellingRow.key)
    )
    return [_telling(row) for row in rows]


def release_held(session: Session, *, told_in: str, at: datetime, about: str | None = None) -> None:
    """Write down that what was held (all, or *about* one matter) was told in another telling."""
    query = update(TellingRow).where(TellingRow.told_at.is_(None))
    if about is not None:
        query = query.where(TellingRow.about == about)
    session.execute(query.values(told_at=at, told_in=told_in))


def tellings_between(session: Session, start: datetime, end: datetime) -> list[Telling]:
    """Return what came up from *start* (included) to *end* (excluded), in order."""
    rows = session.scalars(
        select(TellingRow)
        .where(TellingRow.at >= start, TellingRow.at < end)
        .order_by(TellingRow.key)
    )
    return [_telling(row) for row in rows]


def last_told(session: Session, about: str) -> datetime | None:
    """Return when a telling about this was told last, None before the first."""
    return session.scalar(select(func.max(TellingRow.told_at)).where(TellingRow.about == about))


def untold_alerts(session: Session) -> list[int]:
    """Return the keys of the alerts of which no telling at their level is kept, in order."""
    told = (TellingRow.alert == AlertRow.key) & (TellingRow.level == AlertRow.level)
    query = select(AlertRow.key).join(TellingRow, told, isouter=True)
    return list(session.scalars(query.where(TellingRow.key.is_(None)).order_by(AlertRow.key)))


def matters_of(session: Session, alerts: Collection[int]) -> list[int]:
    """Return the matters of *alerts*."""
    query = select(AlertRow.matter).where(AlertRow.key.in_(alerts)).distinct()
    return list(session.scalars(query))


def untold_leads(session: Session) -> list[int]:
    """Return the keys of the calls for help of which no telling is kept, in order."""
    query = select(HelpLeadRow.key).join(
        TellingRow, TellingRow.lead == HelpLeadRow.key, isouter=True
    )
    return list(session.scalars(query.where(TellingRow.key.is_(None)).order_by(HelpLeadRow.key)))


def _telling(row: TellingRow) -> Telling:
    return Telling(
        name=row.name,
        about=row.about,
        level=ConcernLevel(row.level),
        title=row.title,
        text=row.text,
        at=row.at,
        told_at=row.told_at,
        told_in=row.told_in,
        alert=row.alert,
        lead=row.lead,
    )


# Steps up


def climbing_matters(session: Session, since: datetime) -> dict[int, Waiting]:
    """Return what nobody has taken on, raised after *since*, that can still be told further up.

    By the key of the matter; it waits since its newest telling, for at each level everybody it
    concerns is told afresh. Those at the top are left out: there is nobody to tell any more.
    """
    rows = session.execute(
        select(AlertRow.matter, TellingRow.alert, TellingRow.told_at)
        .join(TellingRow, TellingRow.alert == AlertRow.key)
        .where(AlertRow.raised_at > since, TellingRow.told_at > since)
        .where(TellingRow.told_in.is_distinct_from(SETTLED))
        .where(func.coalesce(_STATE_OF_MATTER, _RAISED) == _RAISED)
        .order_by(AlertRow.key, TellingRow.told_at)
    )
    newest = {matter: (_name_of_alert(key), at) for matter, key, at in rows if key and at}
    steps = steps_of(session, (name for name, _ in newest.values()))
    return {
        matter: Waiting(name, at, steps[name])
        for matter, (name, at) in newest.items()
        if not any(step.step == TOP for step in steps[name])
    }


def _name_of_alert(key: int) -> str:
    return f"alert:A{key:06d}"


def steps_of(session: Session, matters: Iterable[str]) -> Mapping[str, tuple[Step, ...]]:
    """Return the steps taken for each of *matters*, in order."""
    found: dict[str, tuple[Step, ...]] = dict.fromkeys(matters, ())
    names = list(found)
    for start in range(0, len(names), _CHUNK):
        query = select(EscalationRow).where(EscalationRow.about.in_(names[start : start + _CHUNK]))
        for row in session.scalars(query.order_by(EscalationRow.key)):
            found[row.about] += (Step(row.step, row.at),)
    return found


def add_step(session: Session, about: str, step: int, at: datetime) -> None:
    """Write down one step up."""
    session.execute(insert(EscalationRow), [{"about": about, "step": step, "at": at}])


# Silences


def open_silences(session: Session) -> dict[str, Silence]:
    """Return the silences that last, by source."""
    rows = session.scalars(select(SilenceRow).where(SilenceRow.back_at.is_(None)))
    return {row.source: _silence(row) for row in rows}


def silences_between(session: Session, start: datetime, end: datetime) -> list[Silence]:
    """Return the silences that were told before *end* and were not over at *start*."""
    rows = session.scalars(
        select(SilenceRow)
        .where(SilenceRow.told_at < end)
        .where(SilenceRow.back_at.is_(None) | (SilenceRow.back_at >= start))
        .order_by(SilenceRow.key)
    )
    return [_silence(row) for row in rows]


def begin_silence(
    session: Session, source: str, *, since: datetime, dark: bool, at: datetime
) -> None:
    """Keep that a source is silent."""
    row = {"source": source, "since": since, "dark": dark, "told_at": at, "back_at": None}
    session.execute(insert(SilenceRow), [row])


def end_silence(session: Session, key: int, at: datetime) -> None:
    """Keep that a silence is over."""
    session.execute(update(SilenceRow).where(SilenceRow.key == key).values(back_at=at))


def _silence(row: SilenceRow) -> Silence:
    return Silence(row.key, row.source, row.since, row.dark, row.told_at, row.back_at)


# The pulse


def pulse(session: Session) -> Pulse | None:
    """Return the pulse of the gathering process, None when it never made a round here."""
    row = session.get(PulseRow, ROUNDS)
    if row is None:
        return None
    return Pulse(row.began_at, row.last_at, row.rounds, row.stopped_at)


def save_pulse(session: Session, seen: Pulse) -> None:
    """Keep the pulse as it now is."""
    session.merge(
        PulseRow(
            name=ROUNDS,
            began_at=seen.began_at,
            last_at=seen.last_at,
            rounds=seen.rounds,
            stopped_at=seen.stopped_at,
        )
    )
    session.flush()
