"""The verbs of the prebunk shelf: recurring rumours, their prepared answers, and their review."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.options import Data, data_folder
from core.clock import beijing, iso_beijing, utc_now

if TYPE_CHECKING:
    from analysis.shelf import ShelfEntry
    from release.records import ShelfReview

shelf_app = typer.Typer(
    help="The prebunk shelf: rumours that come back, and answers prepared for them.",
    no_args_is_help=True,
)

Entry = Annotated[str, typer.Argument(metavar="ID", help="Id of the entry, such as dam-break.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(shelf_app, name="shelf")


@shelf_app.command("list")
def shelf_list(
    data: Data = None,
    *,
    hazard: Annotated[
        str | None, typer.Option(help="Only of this incident type, such as rain_flood.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the entries with whether their answers are reviewed."""
    from console import wiring
    from core.database import reading
    from release import prebunking

    services = wiring.build(data_folder(data))
    entries = services.shelf.of_hazard(hazard)
    with reading(services.engine) as session:
        reviews = prebunking.reviews(session, entries)
    if as_json:
        _print_json([_cells(entry, reviews.get(entry.id)) for entry in entries])
        return
    for entry in entries:
        state = _state(reviews.get(entry.id))
        typer.echo(f"{entry.id}\t{_hazard(entry)}\t{state}\t{entry.says}")


@shelf_app.command("show")
def shelf_show(entry_id: Entry, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show one entry: what is said, the answer with its empty slots, what to get from whom."""
    from console import wiring
    from core.database import reading
    from release import prebunking

    services = wiring.build(data_folder(data))
    entry = services.shelf.entry(entry_id)
    with reading(services.engine) as session:
        review = prebunking.reviews(session, [entry]).get(entry.id)
    if as_json:
        _print_json(_cells(entry, review))
        return
    typer.echo(f"{entry.id}　{_hazard(entry)}　{_state(review)}")
    typer.echo(f"常见说法：{entry.says}")
    typer.echo(f"也这样说：{'；'.join(entry.wordings)}")
    typer.echo(f"可能属实：{'是，核实之前不得说成不实' if entry.may_be_true else '否，与常识相违'}")
    typer.echo(f"预备答复：{entry.blank_answer()}")
    typer.echo("先取得：" + "；".join(entry.needs))
    for slot, who in entry.to_fill():
        typer.echo(f"待填：{slot}（{who}）")
    typer.echo("依据：" + "、".join(entry.basis))


@shelf_app.command("offers")
def shelf_offers(
    data: Data = None,
    *,
    most: Annotated[int, typer.Option(min=1, help="Claims looked at, the newest first.")] = 200,
    as_json: AsJson = False,
) -> None:
    """List the claims without a verdict for which an answer is prepared, the newest first."""
    from console import prepared, wiring
    from core.database import reading
    from release import prebunking

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        found = prepared.offered(session, services.shelf, most)
        entries = {offer.entry.id: offer.entry for _, offers in found for offer in offers}
        reviews = prebunking.reviews(session, entries.values())
    if as_json:
        _print_json(
            [
                {
                    "claim": claim.claim_id,
                    "text": claim.text,
                    "posts": claim.posts,
                    "offers": [_cells(o.entry, reviews.get(o.entry.id)) for o in offers],
                }
                for claim, offers in found
            ]
        )
        return
    for claim, offers in found:
        for offer in offers:
            state = _state(reviews.get(offer.entry.id))
            slots = "、".join(slot for slot, _ in offer.entry.to_fill())
            first = f"{claim.claim_id}\t{claim.posts} 条\t{claim.text}\t{offer.entry.id}\t{state}"
            typer.echo(f"{first}\t先{'；'.join(offer.entry.needs)}\t再填：{slots or '无'}")


@shelf_app.command("review")
def shelf_review(
    entry_id: Entry,
    person: Annotated[str, typer.Option("--as", help="Person id of who reviews.")],
    data: Data = None,
) -> None:
    """Write down that the answer, as it stands, is reviewed; a changed one is not any more."""
    from console import wiring
    from core.database import transaction
    from release import prebunking, store

    services = wiring.build(data_folder(data))
    entry = services.shelf.entry(entry_id)
    with transaction(services.engine) as session:
        done = prebunking.review(session, entry, store.load_person(session, person), utc_now())
    typer.echo(f"{entry.id}　{_state(done)}")


def _hazard(entry: "ShelfEntry") -> str:
    from core.lexicon import load_lexicon

    return load_lexicon().incident_names[entry.hazard]


def _state(review: "ShelfReview | None") -> str:
    from release.prebunking import UNREVIEWED

    if review is None:
        return UNREVIEWED
    return f"{review.person_id} 于 {beijing(review.at):%Y-%m-%d %H:%M} 审定"


def _cells(entry: "ShelfEntry", review: "ShelfReview | None") -> dict[str, Any]:
    from release import prebunking

    return {
        "id": entry.id,
        "hazard": entry.hazard,
        "says": entry.says,
        "wordings": list(entry.wordings),
        "answer": entry.answer,
        "answer_sha256": prebunking.digest(entry),
        "may_be_true": entry.may_be_true,
        "needs": list(entry.needs),
        "to_fill": [{"slot": slot, "by": who} for slot, who in entry.to_fill()],
        "basis": list(entry.basis),
        "reviewed": review is not None,
        "reviewed_by": review.person_id if review else None,
        "reviewed_at": iso_beijing(review.at) if review else None,
    }


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
