"""The verbs of the help desk: the queue, the contact, and each step up to the result."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from console.options import Data, data_folder
from core.clock import iso_beijing
from core.errors import HuiyingError
from core.vocabulary import HelpState

if TYPE_CHECKING:
    from console.help_list import Call

help_app = typer.Typer(
    help="Calls for help: hand them over by telephone, and close them with a result.",
    no_args_is_help=True,
)

LeadId = Annotated[str, typer.Argument(metavar="ID", help="Id of the call, such as L000012.")]
As = Annotated[str, typer.Option("--as", help="Person id of who acts: the help desk.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Note = Annotated[str, typer.Option(help="What was said; names and numbers are masked.")]
_LEAD_ID = re.compile(r"L[0-9]{1,12}")
"""Twelve digits at most: the database takes no greater number than it can hold."""


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(help_app, name="help")


def _key(lead_id: str) -> int:
    if not _LEAD_ID.fullmatch(lead_id):
        raise HuiyingError(f"expected the id of a call such as L000012, got {lead_id!r}")
    return int(lead_id[1:])


@help_app.command("list")
def help_list(
    data: Data = None,
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the calls, most pressing first; contacts are never shown here."""
    from console import help_list as listing
    from console import wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        found = listing.calls(session, listing.present(session, services), closed=closed)
    if as_json:
        _print_json([_cells(call) for call in found])
        return
    for call in found:
        sealed = f"联系方式 {call.contacts} 条" if call.contacts else "无联系方式"
        typer.echo(
            f"{call.lead.lead_id}\t{call.lead.state.label}\t{call.urgency.label}\t"
            f"{call.minutes} 分钟\t{call.needs}\t{call.place}\t{sealed}"
        )


@help_app.command("show")
def help_show(lead_id: LeadId, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show one call: what is lacking, where, each step, and who read its contact."""
    from console import help_list as listing
    from console import wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        call, text = listing.one(session, _key(lead_id), listing.present(session, services))
        history = listing.history(session, call.lead)
    if as_json:
        _print_json(_cells(call) | {"text": text, "history": history})
        return
    typer.echo(f"{call.lead.lead_id}　{call.lead.state.label}　{call.urgency.label}")
    typer.echo(f"需要：{call.needs}　地点：{call.place}　同文 {call.copies} 条")
    typer.echo(f"诉求：{text}")
    typer.echo(f"联系方式：{_contacts(call)}")
    for move in call.lead.moves:
        typer.echo(f"{iso_beijing(move.at)}\t{move.state.label}\t{move.by}\t{move.note}")
    for line in history:
        typer.echo(line)


@help_app.command("contact")
def help_contact(
    lead_id: LeadId,
    person: As,
    reason: Annotated[str, typer.Option(help="Why it is read; kept for ever.")],
    data: Data = None,
) -> None:
    """Show the contact of a call to the help desk; who read it, when and why is kept."""
    from console import help_list as listing
    from console import wiring
    from core.database import transaction
    from release import helping, store

    services = wiring.build(data_folder(data))
    with transaction(services.engine) as session:
        found = helping.read_contacts(
            session,
            services.vault(),
            _key(lead_id),
            person=store.load_person(session, person),
            reason=reason,
            now=listing.present(session, services),
        )
    for contact in found:
        typer.echo(f"{contact.kind.label}\t{contact.value}")
    if not found:
        typer.echo("没有联系方式：原帖没有留，或已过保存期限", err=True)


@help_app.command("hand-over")
def help_hand_over(
    lead_id: LeadId,
    to: Annotated[str, typer.Option(help="Whom you called: 119, 120, a town.")],
    person: As,
    data: Data = None,
    *,
    note: Note = "",
) -> None:
    """Write down that the call was handed over by telephone, and to whom."""
    said = f"转 {to}" + (f"：{note}" if note.strip() else "") if to.strip() else ""
    _move(lead_id, HelpState.HANDED_OVER, person, said, data)


@help_app.command("accept")
def help_accept(lead_id: LeadId, person: As, data: Data = None, *, note: Note = "") -> None:
    """Write down that whoever was called has taken it on."""
    _move(lead_id, HelpState.ACCEPTED, person, note, data)


@help_app.command("arrive")
def help_arrive(lead_id: LeadId, person: As, data: Data = None, *, note: Note = "") -> None:
    """Write down that help has arrived."""
    _move(lead_id, HelpState.ARRIVED, person, note, data)


@help_app.command("close")
def help_close(
    lead_id: LeadId,
    person: As,
    note: Annotated[str, typer.Option(help="How it ended; names and numbers are masked.")],
    data: Data = None,
    *,
    result: Annotated[
        Literal["done", "unverifiable"], typer.Option(help="Helped, or nothing could be verified.")
    ] = "done",
) -> None:
    """Close a call with its result; its contact is destroyed at once."""
    _move(lead_id, HelpState(result), person, note, data)


def _move(lead_id: str, to: HelpState, person: str, note: str, data: Path | None) -> None:
    from console import help_list as listing
    from console import wiring
    from core.database import transaction
    from release import helping, store

    services = wiring.build(data_folder(data))
    with transaction(services.engine) as session:
        lead = helping.move(
            session,
            _key(lead_id),
            to,
            person=store.load_person(session, person),
            note=note,
            now=listing.present(session, services),
        )
    typer.echo(f"{lead.lead_id} {lead.state.label}")


def _contacts(call: "Call") -> str:
    if call.contacts:
        sealed = f"{call.contacts} 条，已密封"
        return sealed if call.lead.state.closed else f"{sealed}；用 huiying help contact 查看"
    return "已无" if call.lead.state.closed else "没有"


def _cells(call: "Call") -> dict[str, Any]:
    return {
        "lead_id": call.lead.lead_id,
        "state": call.lead.state.value,
        "urgency": call.urgency.value,
        "minutes": call.minutes,
        "needs": [need.value for need in call.lead.needs],
        "place": call.lead.place,
        "incident_id": call.lead.incident_id,
        "received_at": iso_beijing(call.lead.received_at),
        "contacts": call.contacts,
        "copies": call.copies,
        "channel": call.channel,
        "moves": [
            {
                "state": move.state.value,
                "at": iso_beijing(move.at),
                "by": move.by,
                "note": move.note,
            }
            for move in call.lead.moves
        ],
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
