"""The verbs of messages to the desk: who is told, whether it arrives, what was sent."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.options import EXIT_REFUSED, Data, data_folder
from core.clock import iso_beijing, utc_now
from core.vocabulary import DeliveryState

if TYPE_CHECKING:
    from console.notices.listing import Told
    from console.notices.targets import Target

notify_app = typer.Typer(
    help="Messages to the desk: WeCom, DingTalk, Feishu, mail, ntfy, webhook.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(notify_app, name="notify")


@notify_app.command("targets")
def notify_targets(data: Data = None, *, as_json: AsJson = False) -> None:
    """List who is told what; addresses are never shown."""
    from console import wiring
    from console.notices.targets import load_targets

    rows = [_target_cells(t) for t in load_targets(wiring.build(data_folder(data)))]
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        quiet = "静默时段只收 C3 以上" if row["quiet"] else "不分时段"
        address = "有地址" if row["has_address"] else "没有地址"
        kinds = "、".join(row["kinds"])
        typer.echo(
            f"{row['name']}\t{row['channel']}\t{row['least_level']} 起\t{quiet}\t{address}\t{kinds}"
        )


def _target_cells(target: "Target") -> dict[str, Any]:
    return {
        "name": target.name,
        "channel": target.channel.value,
        "kinds": sorted(kind.value for kind in target.kinds),
        "least_level": target.least_level.value,
        "quiet": target.quiet,
        "has_address": target.address is not None,
    }


@notify_app.command("test")
def notify_test(
    name: Annotated[str, typer.Argument(help="Target of notices.toml.")], data: Data = None
) -> None:
    """Send a marked test message to one target and say how it ended (exit 1: it did not)."""
    from random import Random

    from console import wiring
    from console.notices import sending

    luck = Random()  # noqa: S311  it spreads retries
    parts = sending.send_test(wiring.build(data_folder(data)), name, clock=utc_now, luck=luck)
    for part in parts:
        typer.echo(_line(part))
    if any(part.state is not DeliveryState.SENT for part in parts):
        raise typer.Exit(EXIT_REFUSED)


@notify_app.command("list")
def notify_list(
    data: Data = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many parts.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what was sent, the newest first, with the outcome and reason of the last attempt."""
    from console import wiring
    from console.notices import listing
    from core.database import reading

    with reading(wiring.build(data_folder(data)).engine) as session:
        parts = listing.told(session, limit=limit)
    if as_json:
        _print_json([_part_cells(part) for part in parts])
        return
    for part in parts:
        typer.echo(_line(part))


@notify_app.command("send")
def notify_send(data: Data = None) -> None:
    """Send what is due now (exit 1: an attempt failed)."""
    from random import Random

    from console import wiring
    from console.notices import sending

    luck = Random()  # noqa: S311  it spreads retries
    done = sending.send_pending(wiring.build(data_folder(data)), clock=utc_now, luck=luck)
    typer.echo(f"送出 {done.sent} 段，失败 {done.failed} 次")
    if done.failed:
        raise typer.Exit(EXIT_REFUSED)


_UNSENT = "还没有发送：轮到它时再发，或已到发送上限、对方要求等待"


def _line(part: "Told") -> str:
    ended = f"{part.outcome.label} {part.reason}".strip() if part.outcome else _UNSENT
    again = f"，{iso_beijing(part.next_at)} 之后再试" if part.outcome and part.next_at else ""
    number = f"{part.part}/{part.parts}"
    at = iso_beijing(part.last_at or part.queued_at)
    return f"{at}\t{part.target}\t{part.state.label}\t{number}\t{part.heading}\t{ended}{again}"


def _part_cells(part: "Told") -> dict[str, str | int | None]:
    return {
        "key": part.key,
        "kind": part.kind.value,
        "level": part.level.value,
        "heading": part.heading,
        "queued_at": iso_beijing(part.queued_at),
        "target": part.target,
        "part": part.part,
        "parts": part.parts,
        "state": part.state.value,
        "tries": part.tries,
        "last_at": iso_beijing(part.last_at) if part.last_at else None,
        "outcome": part.outcome.value if part.outcome else None,
        "reason": part.reason,
        "next_at": iso_beijing(part.next_at) if part.next_at else None,
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
