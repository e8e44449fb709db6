"""``huiying models label`` and ``calibrate``: the desk's judgement makes chances of an order."""

import json
from typing import Annotated

import typer

from console.options import Data, data_folder
from core.clock import utc_now

_WORTH, _NOT, _SKIP, _END = "y", "n", "s", "q"


def add_to(models_app: typer.Typer) -> None:
    """Add the verbs to those of the models."""
    models_app.command("label")(models_label)
    models_app.command("calibrate")(models_calibrate)


def models_label(
    by: Annotated[str, typer.Option("--as", help="Person id of who labels.")],
    n: Annotated[
        int | None,
        typer.Option(
            "--n", min=1, max=1000, help="Posts to show; default: as many as a calibration takes."
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Show posts and ask of each whether it is worth a check here; answers are kept one by one."""
    from analysis import labels
    from analysis.calibrate import LEAST, to_label
    from console import wiring
    from core.database import reading, transaction
    from release import people, store

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        person = store.load_person(session, by)
        people.require(person, *people.roles_that_may(people.Act.LABEL_POSTS))
        found = labels.candidates(session)
    chosen = [found[number] for number in to_label([c.needs_check for c in found], n or LEAST)]
    typer.echo("值得派人核实吗？y 值得　n 不值得　s 跳过　q 结束。只看内容，不看是谁说的。")
    told = 0
    for number, candidate in enumerate(chosen, 1):
        typer.echo(f"\n[{number}/{len(chosen)}] {candidate.text}")
        answer = ""
        while answer not in {_WORTH, _NOT, _SKIP, _END}:
            answer = typer.prompt("y/n/s/q", default=_SKIP, show_default=False).strip().lower()
        if answer == _END:
            break
        if answer != _SKIP:
            with transaction(services.engine) as session:
                labels.add_label(
                    session, candidate.post, worth=answer == _WORTH, by=by, now=utc_now()
                )
            told += 1
    typer.echo(f"记下 {told} 条标注")


def models_calibrate(
    data: Data = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what scores mean here by the labels so far; with too few they stay an order."""
    from analysis import labels
    from analysis.calibrate import LEAST, LEAST_OF_EACH
    from console import wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        count, worth = labels.count_labels(session)
        found = labels.local_calibration(session)
    if as_json:
        told: dict[str, int | float | bool] = {
            "labels": count,
            "worth": worth,
            "calibrated": found is not None,
        }
        if found is not None:
            told |= {"error": found.error, "slope": found.slope, "intercept": found.intercept}
        typer.echo(json.dumps(told, ensure_ascii=False))
    elif found is None:
        typer.echo(
            f"已有 {count} 条标注，其中值得核实 {worth} 条；至少要 {LEAST} 条、两类各 "
            f"{LEAST_OF_EACH} 条。在此之前分数只表示先后"
        )
    else:
        typer.echo(f"按 {count} 条本地标注校准，未见标注上的误差 {found.error:.3f}")
        for score in (0.1, 0.3, 0.5, 0.7, 0.9):
            typer.echo(f"分数 {score:.1f}：约 {found.chance(score):.0%} 值得核实")
