"""The verbs of the timetable: how it stands with each job, and running one now."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from console.options import EXIT_REFUSED, Data, data_folder
from core.clock import iso_beijing, utc_now
from core.errors import HuiyingError
from core.vocabulary import JobOutcome

if TYPE_CHECKING:
    from console.job_list import Standing

jobs_app = typer.Typer(help="What is done by the clock (docs/jobs.md).", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(jobs_app, name="jobs")


@jobs_app.command("list")
def jobs_list(data: Data = None, *, as_json: AsJson = False) -> None:
    """List the jobs: schedule, state, last success, next due."""
    from console import job_list, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        found = job_list.standings(session, services.settings, utc_now())
    if as_json:
        typer.echo(json.dumps([_cells(one) for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        last = iso_beijing(one.last_done) if one.last_done else "从未完成"
        typer.echo(
            f"{one.job.name}\t{one.job.label}\t{one.job.schedule}\t{one.state.label}\t"
            f"上次完成 {last}\t下次 {iso_beijing(one.next_due)}\t{one.said}"
        )


def _cells(one: "Standing") -> dict[str, str | None]:
    return {
        "name": one.job.name,
        "label": one.job.label,
        "schedule": str(one.job.schedule),
        "state": one.state.value,
        "last_done": iso_beijing(one.last_done) if one.last_done else None,
        "next_due": iso_beijing(one.next_due),
        "said": one.said,
    }


@jobs_app.command("run")
def jobs_run(
    name: Annotated[str, typer.Argument(help="Name of the job, as in `huiying jobs list`.")],
    data: Data = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Run a job now for its latest due moment, also when that is done: 1 when it fails."""
    from console import timetable, wiring, worker

    services = wiring.build(data_folder(data))
    jobs = {job.name: job for job in timetable.jobs(services.settings)}
    if name not in jobs:
        raise HuiyingError(f"no job {name!r}: {', '.join(jobs)}")
    run = worker.run_now(services, jobs[name])
    done = run.outcome is JobOutcome.DONE
    if as_json:
        cells = {"name": name, "due": iso_beijing(run.due), "done": done, "said": run.said}
        typer.echo(json.dumps(cells, ensure_ascii=False))
    else:
        typer.echo(f"{jobs[name].label}{'完成' if done else '失败'}：{run.said}", err=not done)
    if not done:
        raise typer.Exit(EXIT_REFUSED)
