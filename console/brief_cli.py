"""``huiying report flash``, ``indepth``, ``weekly`` and ``upward``."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from console.options import Data, data_folder
from core.clock import parse_moment, utc_now
from core.errors import HuiyingError
from core.vocabulary import ReportForm

Incident = Annotated[str, typer.Option("--incident", help="Id of the incident.")]
At = Annotated[
    str | None,
    typer.Option("--at", help="Moment of the data, such as 2031-06-17T22:00+08:00; default: now."),
]
Out = Annotated[Path | None, typer.Option(help="Folder; default: reports in the data folder.")]
Format = Annotated[
    list[ReportForm] | None,
    typer.Option("--format", help="Form; may be given several times; default: all."),
]


def add_to(report_app: typer.Typer) -> None:
    """Add the verbs to those of the reports."""
    report_app.command("flash")(report_flash)
    report_app.command("indepth")(report_indepth)


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


def moment(text: str | None) -> datetime:
    """Return the moment that *text* names, or now; raise ``HuiyingError`` for what is none."""
    if text is None:
        return utc_now()
    try:
        return parse_moment(text)
    except ValueError as error:
        raise HuiyingError(
            f"--at: expected a moment such as 2031-06-17T22:00+08:00, got {text!r}"
        ) from error


def forms(chosen: Sequence[ReportForm] | None) -> tuple[ReportForm, ...]:
    """Return the chosen forms, each once; all when none is chosen."""
    return tuple(dict.fromkeys(chosen)) if chosen else tuple(ReportForm)


def _tell(files: Sequence[Path]) -> None:
    for file in files:
        typer.echo(file)
