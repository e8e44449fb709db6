"""The verbs of claims: what may be one, what people decide about it, and how wordings changed."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from console.options import Data, data_folder
from core.clock import iso_beijing, utc_now
from core.errors import HuiyingError

if TYPE_CHECKING:
    from analysis.suggestions import MergeSuggestion, SplitSuggestion
    from analysis.versions import Version
    from console.returning import Returned

claim_app = typer.Typer(help="Claims: one or several, and their versions.", no_args_is_help=True)

As = Annotated[str, typer.Option("--as", help="Person id of who acts.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option(help="Why; kept for ever.")]
ClaimId = Annotated[str, typer.Argument(help="Claim id, such as C000012.")]

_MARKS = {"same": "{}", "added": "[+{}+]", "removed": "[-{}-]"}
"""How a run of words is printed, by the value of its ``ChangeKind``."""


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(claim_app, name="claim")


def _key(claim_id: str) -> int:
    if not (claim_id.startswith("C") and claim_id[1:].isdecimal()):
        raise HuiyingError(f"expected a claim id such as C000012, got {claim_id!r}")
    return int(claim_id[1:])


@claim_app.command("suggestions")
def claim_suggestions(data: Data = None, *, as_json: AsJson = False) -> None:
    """List the claims that may be one, may be two, or were judged before; a person decides."""
    from console import claim_acts, returning, wiring
    from core.database import reading

    services = wiring.build(data_folder(data))
    with reading(services.engine) as session:
        pairs, parts = claim_acts.suggestions(session, utc_now(), services.directory)
        again = returning.Archive(session, services.directory).returned(utc_now())
    if as_json:
        found = {
            "merges": [_pair(p) for p in pairs],
            "splits": [_split(s) for s in parts],
            "returned": [_returned(r) for r in again],
        }
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for pair in pairs:
        grade = "存疑" if pair.doubtful else "可能相同"
        why = "；".join((*pair.reasons, *pair.differs))
        typer.echo(f"{grade}\tC{pair.first:06d}\tC{pair.second:06d}\t{pair.likeness:.2f}\t{why}")
    for split in parts:
        told = "；".join(f"{p.name} {p.voices} 个声音" for p in split.parts)
        typer.echo(f"可能是两件事\tC{split.claim:06d}\t{split.what}\t{told}")
    for one in again:
        first = one.earlier[0]
        grade = "旧说法存疑" if first.differs else "旧说法重现"
        now = f"C{one.claim:06d}" if one.claim else "未成说法"
        answers = "；".join(f"{a.statement_id} {a.title}" for a in first.answers) or "尚无答复"
        typer.echo(
            f"{grade}\t{now}\t{first.claim_id}\t{first.likeness:.2f}\t{first.reason}\t{answers}"
        )


def _pair(pair: "MergeSuggestion") -> dict[str, object]:
    return {
        "first": f"C{pair.first:06d}",
        "second": f"C{pair.second:06d}",
        "likeness": pair.likeness,
        "reasons": list(pair.reasons),
        "differs": list(pair.differs),
        "doubtful": pair.doubtful,
    }


def _returned(returned: "Returned") -> dict[str, object]:
    return {
        "claim": f"C{returned.claim:06d}" if returned.claim else None,
        "said_at": iso_beijing(returned.at),
        "earlier": [
            {
                "claim": e.claim_id,
                "verdict": e.verdict.value,
                "as_of": iso_beijing(e.as_of),
                "likeness": e.likeness,
                "differs": list(e.differs),
                "answered_by": [a.statement_id for a in e.answers],
            }
            for e in returned.earlier
        ],
    }


def _split(split: "SplitSuggestion") -> dict[str, object]:
    return {
        "claim": f"C{split.claim:06d}",
        "what": split.what,
        "parts": [
            {"name": p.name, "voices": p.voices, "wordings": len(p.wordings)} for p in split.parts
        ],
    }


@claim_app.command("merge")
def claim_merge(
    first: ClaimId,
    second: Annotated[str, typer.Argument(help="Claim that is merged into the first.")],
    person: As,
    reason: Reason,
    data: Data = None,
) -> None:
    """Let the posts of the second claim count for the first, now and later."""
    from console import claim_acts, wiring
    from core.database import transaction

    with transaction(wiring.build(data_folder(data)).engine) as session:
        claim_acts.merge(
            session, _key(first), _key(second), by=person, reason=reason, now=utc_now()
        )
    typer.echo(f"{second} 已并入 {first}")


@claim_app.command("split")
def claim_split(
    claim: ClaimId,
    wording: Annotated[list[int], typer.Option(help="Number in `claim versions`; repeatable.")],
    person: As,
    reason: Reason,
    data: Data = None,
) -> None:
    """Take wordings out of a claim with their copies and replies; undoes a merge, too."""
    from console import claim_acts, wiring
    from core.database import transaction

    services = wiring.build(data_folder(data))
    with transaction(services.engine) as session:
        edit = claim_acts.split(
            session,
            _key(claim),
            wording,
            by=person,
            reason=reason,
            now=utc_now(),
            directory=services.directory,
        )
    typer.echo(f"C{edit.second:06d}")


@claim_app.command("apart")
def claim_apart(
    first: ClaimId, second: ClaimId, person: As, reason: Reason, data: Data = None
) -> None:
    """Remember that two claims are two: the pair is not suggested again."""
    from console import claim_acts, wiring
    from core.database import transaction

    with transaction(wiring.build(data_folder(data)).engine) as session:
        claim_acts.keep_apart(
            session, _key(first), _key(second), by=person, reason=reason, now=utc_now()
        )


@claim_app.command("versions")
def claim_versions(claim: ClaimId, data: Data = None, *, as_json: AsJson = False) -> None:
    """Show how a claim was worded over time and what each wording added; no accounts."""
    from analysis import store
    from console import claim_acts, wiring
    from core.database import reading

    with reading(wiring.build(data_folder(data)).engine) as session:
        store.load_claim(session, _key(claim))
        found, left_out = claim_acts.versions_of(session, _key(claim))
    if as_json:
        told = {"versions": [_version(v) for v in found], "left_out": left_out}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for v in found:
        text = "".join(_MARKS[c.kind.value].format(c.text) for c in v.changes)
        like = f"比{v.like}" if v.like else "新"
        typer.echo(
            f"{v.number}\t{iso_beijing(v.first_seen)}\t{v.voices}\t{like}\t{text}\t"
            f"{'；'.join(v.added)}"
        )
    if left_out:
        typer.echo(f"另有 {left_out} 种措辞未列出", err=True)


def _version(version: "Version") -> dict[str, object]:
    return {
        "number": version.number,
        "first_seen": iso_beijing(version.first_seen),
        "voices": version.voices,
        "posts": version.posts,
        "like": version.like,
        "changes": [{"kind": c.kind.value, "text": c.text} for c in version.changes],
        "added": list(version.added),
        "cut": version.cut,
    }
