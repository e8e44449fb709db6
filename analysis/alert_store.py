"""What is kept of an alerted matter beside its tellings: moves, quiet patterns, calibrations."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis import alert_life, store
from analysis.alert_life import Life
from analysis.alert_quiet import Pattern, Quiet, claim_about
from analysis.budget import Calibration
from analysis.records import Alert, AlertMove
from analysis.tables import AlertBudgetRow, AlertMoveRow, AlertQuietRow, AlertRow, ClaimRow
from core.errors import HuiyingError
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel, FalseGround


def add_move(session: Session, move: AlertMove) -> int:
    """Keep one step of a matter's life and return its key."""
    row = AlertMoveRow(
        matter=move.matter,
        act=move.act,
        state=move.state,
        at=move.at,
        by=move.by,
        reason=move.reason,
        level=move.level,
        to=move.to,
        ground=move.ground,
        series=list(move.series),
    )
    session.add(row)
    session.flush()
    return row.key


def tell(session: Session, alert: Alert) -> None:
    """Keep a new telling and the step up that it is."""
    store.add_alert(session, alert)
    add_move(
        session,
        AlertMove(
            matter=alert.matter or alert.key,
            act=AlertAct.RAISE,
            state=AlertState.RAISED,
            at=alert.raised_at,
            by=alert_life.SYSTEM,
            level=alert.level,
        ),
    )


def moves(session: Session, matters: Collection[int] | None = None) -> list[AlertMove]:
    """Return the moves of *matters* (all without it) in the order in which they were made."""
    rows = select(AlertMoveRow).order_by(AlertMoveRow.key)
    if matters is not None:
        rows = rows.where(AlertMoveRow.matter.in_(matters))
    return [_move(row) for row in session.scalars(rows)]


def _move(row: AlertMoveRow) -> AlertMove:
    return AlertMove(
        matter=row.matter,
        act=AlertAct(row.act),
        state=AlertState(row.state),
        at=row.at,
        by=row.by,
        reason=row.reason,
        level=ConcernLevel(row.level) if row.level is not None else None,
        to=row.to,
        ground=FalseGround(row.ground) if row.ground is not None else None,
        series=tuple(row.series),
    )


def lives(session: Session, *, since: datetime | None = None) -> list[Life]:
    """Return every matter in the order of its first telling; with *since* those with news after."""
    if since is None:
        return alert_life.lives(store.all_alerts(session), moves(session))
    news = select(AlertMoveRow.matter).where(
        AlertMoveRow.act.in_([AlertAct.RAISE, AlertAct.JOIN]), AlertMoveRow.at > since
    )
    keys = set(session.scalars(news))
    return lives_of(session, keys) if keys else []


def lives_of(session: Session, matters: Collection[int]) -> list[Life]:
    """Return the matters of these keys, in the order of their first telling."""
    told = store.all_alerts(session, matters)
    return alert_life.lives(told, moves(session, matters))


def load_life(session: Session, alert: int) -> Life:
    """Return the matter that the alert with this key tells of.

    Raises ``HuiyingError`` when there is no such alert.
    """
    matter = session.scalar(select(AlertRow.matter).where(AlertRow.key == alert))
    if matter is None:
        raise HuiyingError(f"no alert A{alert:06d}")
    return lives_of(session, [matter])[0]


# What false marks made quieter


def add_quiets(session: Session, move: int, quiets: Sequence[Quiet]) -> None:
    """Keep what the false mark *move* makes quieter."""
    session.add_all(
        AlertQuietRow(
            move=move,
            kind=q.pattern.kind,
            about=q.pattern.about,
            place=q.pattern.place,
            hours=q.pattern.hours,
            factor=q.factor,
            until=q.until,
        )
        for q in quiets
    )
    session.flush()


def quiets(
    session: Session, *, after: datetime | None = None, matter: int | None = None
) -> list[Quiet]:
    """Return what false marks that stand make quieter, in the order of the marks.

    *after* leaves out what has run out by then, *matter* all marks but those of one matter. A mark
    stands while no later move of its matter undid it.
    """
    rows = (
        select(AlertQuietRow, AlertMoveRow)
        .join(AlertMoveRow, AlertMoveRow.key == AlertQuietRow.move)
        .order_by(AlertQuietRow.key)
    )
    if after is not None:
        rows = rows.where(AlertQuietRow.until > after)
    if matter is not None:
        rows = rows.where(AlertMoveRow.matter == matter)
    found = session.execute(rows).all()
    if not found:
        return []
    last_undo = (
        select(AlertMoveRow.matter, func.max(AlertMoveRow.key))
        .where(AlertMoveRow.act == AlertAct.UNDO)
        .group_by(AlertMoveRow.matter)
    )
    undone = {int(matter): int(key) for matter, key in session.execute(last_undo)}
    return [_quiet(quiet, move) for quiet, move in found if undone.get(move.matter, 0) < move.key]


def _quiet(row: AlertQuietRow, move: AlertMoveRow) -> Quiet:
    ground = FalseGround(move.ground).label if move.ground else ""
    return Quiet(
        pattern=Pattern(AlertKind(row.kind), row.about, row.place, row.hours),
        factor=row.factor,
        until=row.until,
        matter=move.matter,
        by=move.by,
        at=move.at,
        reason="：".join(part for part in (ground, move.reason) if part),
    )


def about_claim(session: Session, claim: int) -> tuple[str, str]:
    """Return the family and place of a claim, as patterns name them."""
    kept = session.scalar(select(ClaimRow.matter).where(ClaimRow.key == claim))
    return claim_about(kept or "", claim)


# Calibrations


def add_calibration(session: Session, calibration: Calibration) -> None:
    """Keep a calibration; the rises that are looked for from the next round on go by it."""
    session.add(
        AlertBudgetRow(
            at=calibration.at,
            by=calibration.by,
            promised=calibration.promised,
            rate=calibration.rate,
            weeks=calibration.weeks,
            foreseen=calibration.foreseen,
        )
    )
    session.flush()


def calibrations(session: Session) -> list[Calibration]:
    """Return every calibration, the newest last."""
    rows = session.scalars(select(AlertBudgetRow).order_by(AlertBudgetRow.key))
    return [
        Calibration(r.at, r.by, r.promised, r.rate, weeks=r.weeks, foreseen=r.foreseen)
        for r in rows
    ]


def newest_calibration(session: Session) -> tuple[int, float | None]:
    """Return the key of the newest calibration and its rate; (0, None) before the first."""
    rows = select(AlertBudgetRow.key, AlertBudgetRow.rate).order_by(AlertBudgetRow.key.desc())
    found = session.execute(rows.limit(1)).first()
    return (found[0], found[1]) if found is not None else (0, None)
