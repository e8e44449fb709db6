"""The verbs of the duty roster: who is on duty, shifts in and out, gaps, and the hand-over."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from console.options import EXIT_REFUSED, Data, data_folder
from core.clock import iso_beijing, utc_now
from core.errors import HuiyingError
from release import roster
from release.ladder import LADDER
from release.roster import Shift

roster_app = typer.Typer(
    help="Duty roster: who is on duty, gaps, hand-over notes, the morning digest.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
As = Annotated[str, typer.Option("--as", help="Person id of who acts.")]
ShiftId = Annotated[str, typer.Argument(metavar="ID", help="Id of the shift, such as R000012.")]
Days = Annotated[int, typer.Option(min=1, max=366, help="How many days ahead to look.")]
_SHIFT_ID = re.compile(r"R[0-9]{1,12}")


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(roster_app, name="roster")


@roster_app.command("show")
def roster_show(data: Data = None, *, days: Days = 7, as_json: AsJson = False) -> None:
    """Show who is on duty now, who stands in where nobody is, and the coming shifts."""
    from console import help_list, telling, wiring
    from core.database import reading
    from release import roster_store, store

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        now = help_list.present(session, services)
        duties = telling.duties(session, LADDER, now)
        shifts = roster_store.shifts(session, start=now, end=now + timedelta(days=days))
        names = {p.person_id: p.name for p in store.all_people(session)}
    phones = {c.name: c.phone for c in services.directory.contacts}
    if as_json:
        _print_json(
            {
                "now": [
                    {
                        "role": d.role.value,
                        "stands_in": d.stands_in,
                        "shifts": [_cells(s) for s in d.shifts],
                    }
                    for d in duties
                ],
                "shifts": [_cells(s) for s in shifts],
            }
        )
        return
    for duty in duties:
        typer.echo(f"现在：{telling.described(duty, names=names, phones=phones)}")
    for shift in shifts:
        typer.echo(_line(shift, names))


@roster_app.command("add")
def roster_add(
    role: Annotated[str, typer.Option(help="monitor, analyst or duty_leader.")],
    who: Annotated[str, typer.Option(help="Person id of who is on duty.")],
    start: Annotated[str, typer.Option("--from", help="Such as 2031-06-17 20:00, Beijing time.")],
    end: Annotated[str, typer.Option("--to", help="Such as 08:00 (the next one), or a full time.")],
    person: As,
    data: Data = None,
    *,
    post: Annotated[str, typer.Option(help="Name of its telephone in the directory.")] = "",
) -> None:
    """Add a shift."""
    try:
        begins = roster.parse_moment(start)
        shift = Shift(
            key=0,
            role=roster.role_named(role),
            person_id=who,
            start=begins,
            end=roster.parse_moment(end, after=begins),
            post=post,
        )
    except ValueError as error:
        raise HuiyingError(str(error)) from error
    _add([shift], person, data)


@roster_app.command("import")
def roster_import(
    file: Annotated[Path, typer.Argument(help="CSV with 岗位,账号,开始,结束[,电话名称].")],
    person: As,
    data: Data = None,
) -> None:
    """Add the shifts of a file: all of them, or none with every reason; known ones are skipped."""
    _add(roster.read_csv(file.read_bytes()), person, data)


def _add(shifts: Sequence[Shift], person: str, data: Path | None) -> None:
    from console import wiring
    from core.database import transaction
    from release import roster_store, rostering, store

    services = wiring.build(data_folder(data))
    phones = {c.name for c in services.directory.contacts}
    with transaction(services.engine) as session:
        acting = store.load_person(session, person)
        added = rostering.add(session, shifts, person=acting, now=utc_now())
        first = min((s.start for s in shifts), default=None)
        last = max((s.end for s in shifts), default=None)
        doubled = roster.overlaps(roster_store.shifts(session, start=first, end=last))
    for shift in added:
        typer.echo(_line(shift))
    if len(added) < len(shifts):
        typer.echo(f"{len(shifts) - len(added)} 班已在值班表上，略过", err=True)
    new = {shift.key for shift in added}
    for a, b in doubled:
        if {a.key, b.key} & new:
            typer.echo(f"注意：{a.role.label}同时排了两人：{_line(a)}；{_line(b)}", err=True)
    for name in sorted({s.post for s in added if s.post and s.post not in phones}):
        typer.echo(f"注意：directory.toml 的 contacts 中没有“{name}”", err=True)


@roster_app.command("remove")
def roster_remove(
    shift_id: ShiftId,
    person: As,
    reason: Annotated[str, typer.Option(help="Why; kept.")],
    data: Data = None,
) -> None:
    """Take a shift out; the row stays in the database with who did it, when and why."""
    from console import wiring
    from core.database import transaction
    from release import rostering, store

    services = wiring.build(data_folder(data))
    with transaction(services.engine) as session:
        acting = store.load_person(session, person)
        gone = rostering.remove(
            session, _key(shift_id), person=acting, reason=reason, now=utc_now()
        )
    typer.echo(f"已取消 {_line(gone)}")


@roster_app.command("gaps")
def roster_gaps(data: Data = None, *, days: Days = 7, as_json: AsJson = False) -> None:
    """Show when a post is empty or held twice: 0 no gap, 1 there is one."""
    from console import help_list, wiring
    from core.database import reading
    from release import roster_store

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        now = help_list.present(session, services)
        until = now + timedelta(days=days)
        shifts = roster_store.shifts(session, start=now, end=until)
    empty, doubled = roster.gaps(shifts, now, until), roster.overlaps(shifts)
    if as_json:
        _print_json(
            {
                "gaps": [
                    {
                        "role": g.role.value,
                        "start": iso_beijing(g.start),
                        "end": iso_beijing(g.end),
                    }
                    for g in empty
                ],
                "overlaps": [[_cells(a), _cells(b)] for a, b in doubled],
            }
        )
    else:
        for gap in empty:
            typer.echo(f"无人\t{gap.role.label}\t{roster.span(gap)}")
        for a, b in doubled:
            typer.echo(f"重叠\t{a.role.label}\t{_line(a)}\t{_line(b)}")
        if not empty and not doubled:
            typer.echo(f"{days} 天内三个岗位都有人")
    if empty:
        raise typer.Exit(EXIT_REFUSED)


@roster_app.command("handover")
def roster_handover(
    data: Data = None,
    *,
    shift: Annotated[
        str | None, typer.Option(help="Id of the shift; default: the one handed over now.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Take it over; needs --as.")] = False,
    person: Annotated[str | None, typer.Option("--as", help="Person id of who takes over.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print the hand-over note of a shift from the log; with --accept it is taken over."""
    from analysis.reports import plain
    from console import handing_over, help_list, wiring
    from core.database import reading
    from release import roster_store

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        now = help_list.present(session, services)
    key = None if shift is None else _key(shift)
    found, document = handing_over.note(services, key, now)
    if accept:
        if person is None:
            raise HuiyingError("接班要写明是谁：--as 账号")
        handing_over.accept(services, found.key, by=person, now=now)
    with reading(services.engine) as session:
        taken = roster_store.handover_of(session, found.key)
    text = taken.note if taken else plain.text_of(document)
    if as_json:
        accepted = None
        if taken is not None:
            accepted = {"by": taken.accepted_by, "at": iso_beijing(taken.accepted_at)}
            accepted["sha256"] = taken.sha256
        told = asdict(document) | {"made_at": iso_beijing(document.made_at)}
        _print_json({"shift": _cells(found), "accepted": accepted, "note": text, "document": told})
        return
    typer.echo(text, nl=False)
    if taken is None:
        typer.echo(f"尚未接班：huiying roster handover --shift {found.shift_id} --accept --as 账号")
    else:
        typer.echo(f"{taken.accepted_by} 于 {roster.told(taken.accepted_at)} 接班")


@roster_app.command("digest")
def roster_digest(data: Data = None, *, as_json: AsJson = False) -> None:
    """Print the morning digest as it would be sent now; nothing is sent."""
    from analysis.reports import plain
    from console import digest, help_list, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        now = help_list.present(session, services)
    document = digest.preview(services, now)
    if as_json:
        _print_json(asdict(document) | {"made_at": iso_beijing(document.made_at)})
    else:
        typer.echo(plain.text_of(document), nl=False)


def _key(shift_id: str) -> int:
    if not _SHIFT_ID.fullmatch(shift_id):
        raise HuiyingError(f"expected the id of a shift such as R000012, got {shift_id!r}")
    return int(shift_id[1:])


def _line(shift: Shift, names: dict[str, str] | None = None) -> str:
    name = (names or {}).get(shift.person_id, "")
    post = f"\t{shift.post}" if shift.post else ""
    return (
        f"{shift.shift_id}\t{shift.role.label}\t{shift.person_id}{name}\t{roster.span(shift)}{post}"
    )


def _cells(shift: Shift) -> dict[str, Any]:
    return {
        "shift_id": shift.shift_id,
        "role": shift.role.value,
        "person": shift.person_id,
        "start": iso_beijing(shift.start),
        "end": iso_beijing(shift.end),
        "post": shift.post,
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_moment))


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return iso_beijing(value.astimezone(UTC))
    raise TypeError(f"no JSON for {type(value).__name__}")
