"""``huiying report flash``, ``indepth``, ``weekly`` and ``upward``."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from console.options import Data, data_folder
from core.clock import iso_beijing, parse_moment, utc_now
from core.errors import HuiyingError
from core.vocabulary import ReportForm, UpwardKind

upward_app = typer.Typer(help="The report upward: drafted here, sent by people elsewhere.")

Incident = Annotated[str, typer.Option("--incident", help="Id of the incident.")]
At = Annotated[
    str | None,
    typer.Option("--at", help="Moment of the data, such as 2031-06-17T22:00+08:00; default: now."),
]
Out = Annotated[Path | None, typer.Option(help="Folder; default: reports in the data folder.")]
Format = Annotated[
    list[str] | None,
    typer.Option("--format", help="Forms to write, such as html,docx,csv; default: all."),
]


def add_to(report_app: typer.Typer) -> None:
    """Add the verbs to those of the reports."""
    report_app.command("flash")(report_flash)
    report_app.command("indepth")(report_indepth)
    report_app.command("weekly")(report_weekly)
    report_app.add_typer(upward_app, name="upward")


def report_flash(
    incident: Incident,
    data: Data = None,
    *,
    at: At = None,
    out: Out = None,
    form: Format = None,
) -> None:
    """Write the flash brief of an incident: four hundred characters and a chart."""
    from console import brief_files, wiring

    services = wiring.build(data_folder(data))
    _tell(brief_files.write_flash(services, incident, moment(at), out, forms(form)))


def report_indepth(
    incident: Incident,
    data: Data = None,
    *,
    at: At = None,
    out: Out = None,
    form: Format = None,
) -> None:
    """Write the in-depth report on an incident."""
    from console import brief_files, wiring

    services = wiring.build(data_folder(data))
    _tell(brief_files.write_indepth(services, incident, moment(at), out, forms(form)))


def report_weekly(
    date: Annotated[str, typer.Option(help="Last day of the week in Beijing time.")],
    data: Data = None,
    *,
    out: Out = None,
    form: Format = None,
) -> None:
    """Write the report of a week: what lasted and came back, how it was answered."""
    from console import brief_files, wiring

    services = wiring.build(data_folder(data))
    _tell(brief_files.write_weekly(services, date, out, forms(form)))


@upward_app.command("draft")
def upward_draft(
    incident: Incident,
    data: Data = None,
    *,
    at: At = None,
    kind: Annotated[
        UpwardKind | None,
        typer.Option(help="Default: first, or follow_up once one was sent."),
    ] = None,
    known: Annotated[
        str | None, typer.Option(help="When the office learned of it; the clock runs from here.")
    ] = None,
    out: Out = None,
    form: Format = None,
) -> None:
    """Write the next draft of the series: a first report, what changed since, or the final one."""
    from console import upward_acts, wiring

    services = wiring.build(data_folder(data))
    files = upward_acts.draft(
        services,
        incident,
        moment(at),
        kind=kind,
        known_at=moment(known, "--known") if known else None,
        out=out,
        forms=forms(form),
    )
    _tell(files)
    typer.echo(
        "草稿，未报送：审核后由人在规定系统报送，再用 huiying report upward sent 记录", err=True
    )


@upward_app.command("sent")
def upward_sent(
    incident: Incident,
    person: Annotated[str, typer.Option("--as", help="Who acts: a duty leader.")],
    data: Data = None,
    *,
    at: Annotated[str | None, typer.Option("--at", help="When it was sent; default: now.")] = None,
) -> None:
    """Record that a person sent the newest draft in the official system."""
    from console import upward_acts, wiring

    now = utc_now()
    at_moment = moment(at) if at else now
    services = wiring.build(data_folder(data))
    # A drill's clock is its story's, so its moments may lie ahead of ours.
    now = max(now, at_moment) if services.settings.drill else now
    done = upward_acts.record_sent(services, incident, by=person, at=at_moment, now=now)
    typer.echo(f"第{done.number}报（{done.kind.label}）已记录报送：{iso_beijing(at_moment)}")


def moment(text: str | None, option: str = "--at") -> datetime:
    """Return the moment that *text* names, or now; raise ``HuiyingError`` for what is none."""
    if text is None:
        return utc_now()
    try:
        return parse_moment(text)
    except ValueError as error:
        raise HuiyingError(
            f"{option}: expected a moment such as 2031-06-17T22:00+08:00, got {text!r}"
        ) from error


def forms(chosen: Sequence[str] | None) -> tuple[ReportForm, ...]:
    """Return the forms in the chosen lists, each once; all when none is chosen.

    Raises ``HuiyingError`` for a stranger.
    """
    from console import reporting

    return tuple(reporting.forms_of(",".join(chosen)) if chosen else ReportForm)


def _tell(files: Sequence[Path]) -> None:
    for file in files:
        typer.echo(file)
