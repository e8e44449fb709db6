"""The verbs of alerts: what waits, what became of it, and what people decide about it."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.options import Data, data_folder
from core.clock import iso_beijing
from core.errors import HuiyingError
from core.vocabulary import AlertAct, ConcernLevel, FalseGround

if TYPE_CHECKING:
    from analysis.budget import Calibration
    from console.alert_acts import Record, Told, Wish

alert_app = typer.Typer(
    help="Alerts: one line a matter, and what became of it.", no_args_is_help=True
)

AlertId = Annotated[str, typer.Argument(metavar="ID", help="Id of an alert, such as A000012.")]
As = Annotated[str, typer.Option("--as", help="Person id of who acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Every = Annotated[bool, typer.Option("--all", help="Also those that are over or were false.")]
Why = Annotated[str, typer.Option("--reason", help="Why; kept for ever, numbers masked.")]
_ALERT_ID = re.compile(r"A[0-9]{1,12}")


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line, and ``alerts`` for the list."""
    app.add_typer(alert_app, name="alert")
    app.command("alerts")(alert_list)


def _key(alert_id: str) -> int:
    if not _ALERT_ID.fullmatch(alert_id):
        raise HuiyingError(f"expected the id of an alert such as A000012, got {alert_id!r}")
    return int(alert_id[1:])


@alert_app.command("list")
def alert_list(data: Data = None, *, every: Every = False, as_json: AsJson = False) -> None:
    """List the matters that wait or are in hand, gravest first, one line each."""
    from console import alert_acts, help_list, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        now = help_list.present(session, services)
        found = alert_acts.listed(services, session, now=now, everything=every)
    if as_json:
        _print_json([_cells(one) for one in found])
        return
    if not found:
        typer.echo("没有提醒" if every else "没有待处理的提醒")
    for one in found:
        life = one.life
        given = f"→{one.assignee}" if one.assignee else ""
        typer.echo(
            f"{life.first.alert_id}\t{life.level} {life.level.label}\t{life.state.label}{given}\t"
            f"{iso_beijing(life.first.raised_at)}\t{_kinds(one)}\t{life.topic}\t{_steps(one)}"
        )
        _tell_quiets(one, indent="  ")


@alert_app.command("show")
def alert_show(alert_id: AlertId, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show one matter: each telling with its reasons, each step, and what is quieter by it."""
    from analysis import alert_store
    from console import alert_acts, help_list, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        life = alert_store.load_life(session, _key(alert_id))
        now = help_list.present(session, services)
        (one,) = alert_acts.told(services, session, [life], now=now)
    if as_json:
        _print_json(_cells(one) | {"tellings": _tellings(one), "moves": _moves(one)})
        return
    given = f"　交办：{one.assignee}" if one.assignee else ""
    typer.echo(
        f"{life.first.alert_id}　{life.level} {life.level.label}　{life.state.label}"
        f"　{_kinds(one)}{given}"
    )
    typer.echo(life.topic)
    for told in life.tellings:
        typer.echo(
            f"{iso_beijing(told.raised_at)}\t{told.level}\t{told.kind.label}\t"
            f"{'；'.join(told.reasons)}"
        )
        if told.unseen:
            typer.echo(f"  当时没有看到：{'；'.join(told.unseen)}")
    for move in life.moves:
        what = [move.act.label, str(move.level or ""), one.names.get(move.to or "", move.to or "")]
        what += [move.ground.label if move.ground else "", move.reason]
        who = one.names.get(move.by, move.by)
        typer.echo(f"{iso_beijing(move.at)}\t{who}\t{'　'.join(part for part in what if part)}")
    _tell_quiets(one, indent="")


def _tell_quiets(one: "Told", *, indent: str) -> None:
    from console import alert_acts

    for quiet in (*one.quiets, *one.held):
        typer.echo(f"{indent}{alert_acts.quiet_line(quiet, one.names)}")


@alert_app.command("ack")
def alert_ack(alert_id: AlertId, person: As, data: Data = None, *, reason: Why = "") -> None:
    """Say that you have it; a later step up makes it wait again."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.ACKNOWLEDGE, reason), person, data)


@alert_app.command("assign")
def alert_assign(
    alert_id: AlertId,
    to: Annotated[str, typer.Option(help="Person id, or the id of a unit of the directory.")],
    person: As,
    data: Data = None,
    *,
    reason: Why = "",
) -> None:
    """Give it to a person or a unit; that it was received is said by it."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.ASSIGN, reason, to=to), person, data)


@alert_app.command("false")
def alert_false(
    alert_id: AlertId,
    ground: Annotated[FalseGround, typer.Option(help="Why it was false.")],
    person: As,
    data: Data = None,
    *,
    reason: Why = "",
) -> None:
    """Mark it false: such notices take more evidence for two weeks; ``undo`` takes it back."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.FALSE, reason, ground=ground), person, data)


@alert_app.command("undo")
def alert_undo(alert_id: AlertId, person: As, reason: Why, data: Data = None) -> None:
    """Take a false mark back, with all that it made quieter."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.UNDO, reason), person, data)


@alert_app.command("close")
def alert_close(alert_id: AlertId, person: As, reason: Why, data: Data = None) -> None:
    """End it: it was real, and is dealt with."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.CLOSE, reason), person, data)


@alert_app.command("reopen")
def alert_reopen(alert_id: AlertId, person: As, reason: Why, data: Data = None) -> None:
    """Open again what was ended."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.REOPEN, reason), person, data)


@alert_app.command("lower")
def alert_lower(
    alert_id: AlertId,
    level: Annotated[ConcernLevel, typer.Option(help="The level to come down to.")],
    person: As,
    reason: Why,
    data: Data = None,
) -> None:
    """Lower its level, which only a duty leader does and no machine."""
    from console.alert_acts import Wish

    _do(alert_id, Wish(AlertAct.LOWER, reason, level=level), person, data)


@alert_app.command("calibrate")
def alert_calibrate(data: Data = None) -> None:
    """Fit the rises to the promised false alarms by the desk's own past; once a week."""
    from console import alert_acts, wiring

    typer.echo(_calibrated(alert_acts.calibrate(wiring.build(data_folder(data)))))


@alert_app.command("precision")
def alert_precision(
    data: Data = None,
    *,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Weeks, the running one last.")] = 4,
    as_json: AsJson = False,
) -> None:
    """Say how many of the judged alerts were real, and whether the promise was kept."""
    from console import alert_acts, help_list, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        now = help_list.present(session, services)
        found = alert_acts.record(session, now=now, weeks=weeks)
    if as_json:
        _print_json(_record(found))
        return
    for one in found.all_and_kinds:
        name = one.kind.label if one.kind else "全部"
        low, high = one.interval
        share = f"{one.real / one.judged:.0%}（{low:.0%}—{high:.0%}）" if one.judged else "—"
        typer.echo(
            f"{name}\t确有其事 {one.real}/已判 {one.judged}\t准确率 {share}\t未判 {one.unjudged}"
        )
    for week in found.weeks:
        promised = "未作承诺" if week.promised is None else f"承诺误报至多 {week.promised:g} 起"
        kept = {True: "守住", False: "超出", None: "未判的判过才知"}[week.kept]
        typer.echo(
            f"{iso_beijing(week.start)[:10]} 起一周\t{promised}\t提醒 {week.raised}，误报 "
            f"{week.false}，属实 {week.real}，未判 {week.unjudged}"
            + ("" if week.promised is None else f"\t{kept}")
        )
    if found.calibration is not None:
        typer.echo(_calibrated(found.calibration))
    typer.echo("准确率只说提醒，不用来考核人")


def _calibrated(one: "Calibration") -> str:
    at = iso_beijing(one.at)[:10]
    if not one.weeks:
        return f"{at} 校准：本台历史不足，沿用通常门槛（每序列每天 {one.rate:g} 起误报）"
    return (
        f"{at} 校准：承诺全台每周误报至多 {one.promised:g} 起；按本台近 {one.weeks:.1f} 周历史，"
        f"每序列每天 {one.rate:.4f} 起，预计每周 {one.foreseen:.1f} 起"
    )


def _record(found: "Record") -> dict[str, Any]:
    return {
        "precision": [
            {
                "kind": one.kind.value if one.kind else None,
                "real": one.real,
                "judged": one.judged,
                "interval": [round(x, 4) for x in one.interval] if one.judged else None,
                "unjudged": one.unjudged,
            }
            for one in found.all_and_kinds
        ],
        "weeks": [
            {
                "start": iso_beijing(week.start),
                "promised": week.promised,
                "raised": week.raised,
                "false": week.false,
                "real": week.real,
                "unjudged": week.unjudged,
                "kept": week.kept,
            }
            for week in found.weeks
        ],
        "rate": found.calibration.rate if found.calibration else None,
    }


def _do(alert_id: str, wish: "Wish", person: str, data: Path | None) -> None:
    from analysis import alert_store
    from console import alert_acts, help_list, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    life = alert_acts.act(services, _key(alert_id), wish, by=person)
    typer.echo(f"{life.first.alert_id} {life.state.label} {life.level}")
    if wish.act is AlertAct.FALSE:
        with reading(services.engine) as session:
            now = help_list.present(session, services)
            kept = alert_store.load_life(session, life.matter)
            (one,) = alert_acts.told(services, session, [kept], now=now)
        _tell_quiets(one, indent="")


def _kinds(one: "Told") -> str:
    return "、".join(dict.fromkeys(t.kind.label for t in one.life.tellings))


def _steps(one: "Told") -> str:
    return "→".join(str(m.level) for m in one.life.moves if m.level is not None)


def _cells(one: "Told") -> dict[str, Any]:
    from console import alert_acts

    life = one.life
    return {
        "alert_id": life.first.alert_id,
        "level": life.level.value,
        "state": life.state.value,
        "raised_at": iso_beijing(life.first.raised_at),
        "last_news": iso_beijing(life.last_news),
        "kinds": list(dict.fromkeys(t.kind.value for t in life.tellings)),
        "incident_id": life.incident_id,
        "claim_id": f"C{life.claim:06d}" if life.claim else None,
        "topic": life.topic,
        "series": list(life.series),
        "steps": [m.level.value for m in life.moves if m.level is not None],
        "reasons": list(life.reasons),
        "assignee": life.assignee,
        "quieter": [alert_acts.quiet_line(q, one.names) for q in one.quiets],
        "held_to": [alert_acts.quiet_line(q, one.names) for q in one.held],
    }


def _tellings(one: "Told") -> list[dict[str, Any]]:
    return [
        {
            "alert_id": told.alert_id,
            "raised_at": iso_beijing(told.raised_at),
            "kind": told.kind.value,
            "level": told.level.value,
            "observed": round(told.observed, 2),
            "expected": round(told.expected, 2),
            "reasons": list(told.reasons),
            "unseen": list(told.unseen),
        }
        for told in one.life.tellings
    ]


def _moves(one: "Told") -> list[dict[str, Any]]:
    return [
        {
            "act": move.act.value,
            "state": move.state.value,
            "at": iso_beijing(move.at),
            "by": move.by,
            "reason": move.reason,
            "level": move.level.value if move.level else None,
            "to": move.to,
            "ground": move.ground.value if move.ground else None,
            "series": list(move.series),
        }
        for move in one.life.moves
    ]


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
