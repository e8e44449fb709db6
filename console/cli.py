"""The command line: each verb calls one function elsewhere. Heavy imports stand inside verbs."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from console import (
    alert_cli,
    answering_cli,
    brief_cli,
    claim_cli,
    help_cli,
    import_cli,
    jobs_cli,
    label_cli,
    notice_cli,
    roster_cli,
    shelf_cli,
    source_cli,
)
from console.options import (
    EXIT_CANNOT,
    EXIT_INTERRUPTED,
    EXIT_REFUSED,
    Data,
    data_folder,
    progress_bar,
)
from core.clock import iso_beijing, utc_now
from core.errors import HuiyingError, RefusedError
from core.settings import FILE_NAME

if TYPE_CHECKING:
    from console import gathering
    from console.pipeline import Pipeline
    from console.wiring import Services
    from crawler.records import Visit
    from release.offline import VerifyReport

TOLD_DEFECTS = 5

app = typer.Typer(
    name="huiying",
    help="Huiying 回应: hear what people ask in an incident, verify it, answer it, log the answer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
log_app = typer.Typer(help="The release log that anyone can check.", no_args_is_help=True)
incident_app = typer.Typer(help="Incidents and their life.", no_args_is_help=True)
report_app = typer.Typer(help="Reports.", no_args_is_help=True)
models_app = typer.Typer(help="The trained models.", no_args_is_help=True)
user_app = typer.Typer(help="The officers who act in the system.", no_args_is_help=True)
for name, part in (
    ("log", log_app),
    ("incident", incident_app),
    ("report", report_app),
    ("models", models_app),
    ("user", user_app),
):
    app.add_typer(part, name=name)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
alert_cli.add_to(app)
answering_cli.add_to(app)
brief_cli.add_to(report_app)
claim_cli.add_to(app)
help_cli.add_to(app)
import_cli.add_to(app)
jobs_cli.add_to(app)
label_cli.add_to(models_app)
notice_cli.add_to(app)
roster_cli.add_to(app)
shelf_cli.add_to(app)
source_cli.add_to(app)

Incident = Annotated[str | None, typer.Option("--incident", help="Only this incident.")]


def main() -> None:
    """Run the command line; 0 done, 1 refused or did not verify, 2 wrong usage or cannot."""
    try:
        app()
    except RefusedError as error:
        for reason in error.reasons:
            typer.echo(f"拒绝：{reason}", err=True)
        sys.exit(EXIT_REFUSED)
    except HuiyingError as error:
        typer.echo(f"错误：{error}", err=True)
        sys.exit(EXIT_CANNOT)
    except OSError as error:
        # The world, not us: a folder that is a file, a disk that is full, a file that is gone.
        typer.echo(f"错误：{error.filename or ''}: {error.strerror or error}", err=True)
        sys.exit(EXIT_CANNOT)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make or bring up to date.")],
) -> None:
    """Make a data folder, or bring its database to this version."""
    from console import wiring

    services = wiring.prepare(folder)
    typer.echo(f"{services.data}: ready; settings in {FILE_NAME}")


@app.command()
def serve(data: Data = None) -> None:
    """Serve the console on this machine (read-only for now)."""
    from console import serving, wiring

    services = wiring.build(data_folder(data))
    settings = services.settings
    typer.echo(f"值班台：http://{settings.console_host}:{settings.console_port}/　按 Ctrl+C 结束")
    serving.serve(services)


@app.command()
def crawl(data: Data = None, *, as_json: AsJson = False) -> None:
    """Visit every listed source once, then analyse what came in."""
    from console import gathering, wiring

    services = wiring.build(data_folder(data))
    with progress_bar("crawl") as progress:
        done = gathering.crawl_once(services, progress=progress)
    if as_json:
        _print_json([_visit_cells(v) for v in done.visits])
    else:
        for v in done.visits:
            typer.echo(f"{v.source}: {v.outcome.label} {v.reason} found {v.found}, new {v.new}")
    for state in done.left_alone:
        if state.not_before is not None:
            until = iso_beijing(state.not_before)
            typer.echo(f"{state.source}: 曾拒绝访问，{until} 之前不再访问", err=True)
    for name, reasons in done.forbidden:
        typer.echo(f"{name}: 不得监测：{'；'.join(reasons)}", err=True)
    if any(v.reason for v in done.visits) or done.left_alone or done.forbidden:
        raise typer.Exit(EXIT_REFUSED)


def _visit_cells(visit: "Visit") -> dict[str, str | int]:
    return {
        "source": visit.source,
        "outcome": visit.outcome.value,
        "reason": visit.reason,
        "pages": visit.pages,
        "found": visit.found,
        "new": visit.new,
        "passed_over": visit.passed_over,
    }


@app.command()
def run(data: Data = None) -> None:
    """Visit sources when due, take in dropped files, analyse, run jobs; until interrupted."""
    from console import gathering, heartbeat, importing, timetable, wiring, worker
    from crawler.crawl import CrawlInterruptedError

    def take_dropped(pipeline: "Pipeline") -> None:
        try:
            importing.scan_drop_folder(pipeline.services, pipeline=pipeline, wait=False)
        except HuiyingError as error:  # gathering goes on without the folder
            typer.echo(str(error), err=True)

    def tell(crawled: "gathering.Crawled") -> None:
        for v in crawled.visits:
            what = f"{v.outcome.label} {v.reason} found {v.found}, new {v.new}"
            typer.echo(f"{iso_beijing(v.ended_at)} {v.source}: {what}")

    services = wiring.build(data_folder(data))
    if not gathering.listed_if_any(services):
        typer.echo("没有列出来源：只收取投放目录中的文件，按时做定时作业（docs/sources.md）")
    typer.echo("持续采集中　按 Ctrl+C 结束")
    try:
        gathering.heed_signals()
        heartbeat.start(services, utc_now())
        with worker.beside(services, timetable.jobs(services.settings), tell=typer.echo):
            gathering.gather_until_stopped(services, after_round=tell, between=take_dropped)
    except CrawlInterruptedError:
        typer.echo("已停止")


@app.command()
def analyse(data: Data = None) -> None:
    """Analyse the posts that came in since the last round."""
    from console import wiring
    from console.pipeline import Pipeline

    done = Pipeline(wiring.build(data_folder(data))).run_round(utc_now())
    typer.echo(f"{done.posts} posts analysed, {len(done.alerts)} alerts")


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="Posts file (JSON lines, .gz accepted).")],
    data: Data = None,
    *,
    step: Annotated[str, typer.Option(help="Length of a round, such as 10m.")] = "10m",
    incident: Annotated[
        Path | None, typer.Option("--incident", help="Incident file to open at its time.")
    ] = None,
    source: Annotated[str, typer.Option(help="Name of the source.")] = "replay",
) -> None:
    """Play a posts file through the pipeline with a simulated clock."""
    from console import replaying, wiring

    services = wiring.prepare(data) if data else wiring.build(data_folder(data))
    with progress_bar("replay") as progress:
        done = replaying.replay_file(
            services, file, step=step, incident=incident, source=source, progress=progress
        )
    typer.echo(
        f"{done.posts} posts in {done.steps} steps: {done.new} new, {done.defects} lines not "
        f"taken in, {done.alerts} alerts"
    )
    _tell_defects(services, source)
    if done.defects and not done.posts:
        raise typer.Exit(EXIT_REFUSED)


def _tell_defects(services: "Services", source: str) -> None:
    """Say why lines were kept out, the first few with their place."""
    from core.database import reading
    from crawler import store

    with reading(services.engine) as session:
        defects = store.defects_of(session, source, TOLD_DEFECTS)
    for defect in defects:
        typer.echo(f"- {defect.location}: {defect.reason}", err=True)


@app.command()
def export(
    name: Annotated[
        str,
        typer.Argument(help="posts, items, claims, questions, alerts, statements, facts, sources"),
    ],
    data: Data = None,
    *,
    form: Annotated[Literal["csv", "json"], typer.Option("--format", help="csv or json")] = "csv",
    incident: Incident = None,
    out: Annotated[Path | None, typer.Option(help="File; default: standard output.")] = None,
) -> None:
    """Export a table in its stable columns (docs/formats.md)."""
    from console import exporting, gathering, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    listing = None
    if name == "sources":
        listing = exporting.Listing(gathering.listed_sources(services), utc_now())
    with reading(services.engine) as session:
        write = exporting.as_csv if form == "csv" else exporting.as_json
        _write(write(session, name, incident, listing=listing), out)


@app.command()
def doctor(data: Data = None, *, as_json: AsJson = False) -> None:
    """Say what is wrong with a data folder: 0 no fault, 1 a fault, 2 cannot be checked."""
    from console import doctor as doctor_module
    from console import wiring

    checks = doctor_module.diagnose(wiring.build(data_folder(data)), utc_now())
    if as_json:
        _print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            advice = f" → {check.advice}" if check.advice else ""
            typer.echo(f"{check.status.label}  {check.name}: {check.said}{advice}")
    if any(check.status is doctor_module.CheckStatus.FAULT for check in checks):
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def demo(
    data: Annotated[Path, typer.Option("--data", help="Folder of the drill.")] = Path("demo-data"),
    *,
    instant: Annotated[bool, typer.Option("--instant", help="Play it at once, then end.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the generated posts.")] = 20310617,
) -> None:
    """Play the fictional 6·17 flood: site, crawl, analysis, people, statements, score sheet."""
    from console.drill import play

    play.play(data, instant=instant, seed=seed, tell=typer.echo)


@app.command()
def bench(
    out: Annotated[Path, typer.Option(help="Folder of the results.")] = Path("bench/results"),
) -> None:
    """Measure speed as ratios against named peers in the same run."""
    from console import bench as bench_module

    bench_module.run(out, tell=typer.echo)


@log_app.command("verify")
def log_verify(
    folder: Annotated[Path, typer.Argument(help="A copy of the public folder.")],
    *,
    vkey: Annotated[str | None, typer.Option(help="The log's published verifier key.")] = None,
    since: Annotated[
        Path | None, typer.Option(help="A checkpoint saved earlier: nothing may be gone since.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a public folder offline: 0 verifies, 1 does not, 2 cannot be checked."""
    from release import offline

    report = offline.verify(folder, vkey=vkey, since=since)
    if as_json:
        _print_json(asdict(report))
    else:
        _tell_report(report)
    statuses = (
        offline.VerifyStatus.OK,
        offline.VerifyStatus.DOES_NOT_VERIFY,
        offline.VerifyStatus.CANNOT_CHECK,
    )
    raise typer.Exit(statuses.index(report.status))


def _tell_report(report: "VerifyReport") -> None:
    answer = {
        "ok": "日志完整，验证通过",
        "does_not_verify": "验证不通过",
        "cannot_check": "无法验证",
    }
    typer.echo(
        f"{answer[report.status]}：{report.origin} 共 {report.entries} 条（发布、更正、撤回 "
        f"{report.releases} 条），核对证明 {report.proofs} 份、文件 {report.files} 个"
    )
    for line in (*report.problems, *report.notes):
        typer.echo(f"- {line}")


@incident_app.command("list")
def incident_list(data: Data = None, *, as_json: AsJson = False) -> None:
    """List incidents with their states."""
    from analysis import store
    from console import wiring
    from core.database import reading

    with reading(wiring.build(data_folder(data)).engine) as session:
        rows = [
            {
                "incident_id": i.incident_id,
                "name": i.name,
                "kind": i.kind,
                "state": i.state.value,
                "opened_at": iso_beijing(i.opened_at),
                "moves": [
                    {
                        "state": m.state.value,
                        "at": iso_beijing(m.at),
                        "by": m.by,
                        "reason": m.reason,
                    }
                    for m in store.incident_moves(session, i.incident_id)
                ],
            }
            for i in store.all_incidents(session)
        ]
    if as_json:
        _print_json(rows)
    else:
        for row in rows:
            typer.echo(f"{row['incident_id']}\t{row['state']}\t{row['name']}\t{row['opened_at']}")


@incident_app.command("open")
def incident_open(
    name: Annotated[str, typer.Argument(help="Its one name, such as “6·17”暴雨洪涝.")],
    person: Annotated[str, typer.Option("--as", help="Who acts: a duty leader.")],
    data: Data = None,
    *,
    kind: Annotated[str, typer.Option(help="Incident type id, such as rain_flood.")] = "",
) -> None:
    """Open an incident."""
    from console import acts, wiring

    opened = acts.open_incident(wiring.build(data_folder(data)), name=name, kind=kind, by=person)
    typer.echo(opened.incident_id)


@incident_app.command("move")
def incident_move(
    incident_id: str,
    state: Annotated[str, typer.Argument(help="handling, easing, aftermath or archived.")],
    person: Annotated[str, typer.Option("--as", help="Who acts: a duty leader.")],
    data: Data = None,
    *,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Move an incident on in its life; archiving it destroys the contacts of its calls for help."""
    from console import acts, wiring

    gone = acts.move_incident(
        wiring.build(data_folder(data)), incident_id, state, by=person, reason=reason
    )
    if gone:
        typer.echo(f"已销毁 {gone} 条求助联系方式，并留有销毁记录")


@report_app.command("nightly")
def report_nightly(
    data: Data = None,
    *,
    date: Annotated[str, typer.Option(help="Day in Beijing time, such as 2031-06-18.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder; default: reports in the data folder.")
    ] = None,
    form: brief_cli.Format = None,
) -> None:
    """Write the nightly report of a day as a page, a Word file and a table; print the files."""
    from console import reporting, wiring

    wanted = brief_cli.forms(form)
    for file in reporting.write_nightly(wiring.build(data_folder(data)), date, out, wanted):
        typer.echo(file)


@models_app.command("evaluate")
def models_evaluate(
    data_root: Annotated[Path, typer.Option(help="Folder of the labelled examples.")],
    *,
    floors: Annotated[Path, typer.Option(help="Floors to hold.")] = Path(
        "tests/analysis/floors.json"
    ),
    rewrite_floors: Annotated[
        bool, typer.Option(help="Write the floors anew; they rise, and fall with --reason only.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why a floor falls or its data changed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Measure every model now, cross-fitted, and hold the floors (exit 1 when one fell)."""
    from analysis import evaluate
    from analysis import floors as guarding

    measures = evaluate.evaluate(
        data_root, floors_file=floors, gold=floors.parent / "gold", progress=_tell_error
    )
    if as_json:
        _print_json([asdict(measure) for measure in measures])
    else:
        for m in measures:
            floor = "—" if m.floor is None else f"{m.floor:.4f}"
            typer.echo(f"{m.name}: {m.value:.4f} (floor {floor}, sd {m.noise:.4f}, n {m.n})")
    if rewrite_floors:
        for line in guarding.rewrite(floors, measures, reason):
            _tell_error(line)
    elif problems := evaluate.check_floors(measures, floors):
        raise RefusedError(problems)


def _tell_error(line: str) -> None:
    typer.echo(line, err=True)


@models_app.command("card")
def models_card(
    name: Annotated[str, typer.Argument(help="Model, such as checkworthy.")],
) -> None:
    """Print a model's card: data and terms, measures, limits, what it must not be used for."""
    from analysis.models import artifacts

    typer.echo(artifacts.card(name))


@models_app.command("train")
def models_train(
    data_root: Annotated[Path, typer.Option(help="Folder of the labelled examples.")],
    out: Annotated[Path, typer.Option(help="Folder for the weights and cards.")],
) -> None:
    """Train the models again; the same data give the same bytes."""
    from analysis import train

    train.train(data_root, out, progress=_tell_error)


@user_app.command("add")
def user_add(
    person_id: Annotated[str, typer.Argument(help="Login name.")],
    name: Annotated[str, typer.Option(help="Name.")],
    role: Annotated[list[str], typer.Option(help="Role; may be given several times.")],
    data: Data = None,
    *,
    unit: Annotated[str | None, typer.Option(help="Unit id of the directory.")] = None,
) -> None:
    """Add an officer, or change their roles."""
    from console import acts, wiring

    acts.register(
        wiring.build(data_folder(data)), person_id=person_id, name=name, roles=role, unit=unit
    )
    typer.echo(f"{person_id}: {'、'.join(role)}")


@user_app.command("list")
def user_list(data: Data = None, *, as_json: AsJson = False) -> None:
    """List the officers."""
    from console import wiring
    from core.database import reading
    from release import store

    with reading(wiring.build(data_folder(data)).engine) as session:
        people = store.all_people(session)
    rows = [
        {
            "person_id": p.person_id,
            "name": p.name,
            "roles": sorted(p.roles),
            "unit": p.unit,
            "active": p.active,
        }
        for p in people
    ]
    if as_json:
        _print_json(rows)
    else:
        for p in people:
            typer.echo(f"{p.person_id}\t{p.name}\t{'、'.join(r.label for r in sorted(p.roles))}")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _write(parts: Iterable[str], out: Path | None) -> None:
    if out is None:
        for part in parts:
            sys.stdout.write(part)
        return
    # newline="": the rows carry their own line ends.
    with out.open("w", encoding="utf-8", newline="") as file:
        file.writelines(parts)
    typer.echo(f"{out}", err=True)
