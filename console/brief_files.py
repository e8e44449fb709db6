"""The briefs of an incident, read, written and put into their files."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from analysis.reports import flash, indepth, weekly
from console import briefing, report_files, weekly_reading
from console.wiring import Services
from core.database import reading
from core.errors import HuiyingError
from core.vocabulary import ReportForm


def write_flash(
    services: Services,
    incident_id: str,
    at: datetime,
    out: Path | None,
    forms: Sequence[ReportForm],
) -> list[Path]:
    """Write the flash brief of an incident as it stood at *at*; return its files."""
    with reading(services.engine) as session:
        picture = briefing.picture(session, services, incident_id, at)
    return report_files.write_all(
        flash.document(picture), out or services.reports, forms, base=base_of(services)
    )


def write_indepth(
    services: Services,
    incident_id: str,
    at: datetime,
    out: Path | None,
    forms: Sequence[ReportForm],
) -> list[Path]:
    """Write the in-depth report on an incident as it stood at *at*; return its files."""
    with reading(services.engine) as session:
        picture = briefing.picture(session, services, incident_id, at, whole=True)
    return report_files.write_all(
        indepth.document(picture), out or services.reports, forms, base=base_of(services)
    )


def write_weekly(
    services: Services, last: str, out: Path | None, forms: Sequence[ReportForm]
) -> list[Path]:
    """Write the report of the week that ends with the day *last* (Beijing time, ISO)."""
    try:
        day = date.fromisoformat(last)
    except ValueError as error:
        raise HuiyingError(f"--date: expected a day such as 2031-06-18, got {last!r}") from error
    with reading(services.engine) as session:
        data = weekly_reading.weekly_data(session, services, day)
    return report_files.write_all(
        weekly.document(data), out or services.reports, forms, base=base_of(services)
    )


def base_of(services: Services) -> str:
    """Return the console's address, below which the links of a report lead."""
    settings = services.settings
    return f"http://{settings.console_host}:{settings.console_port}/"
