"""The claims: which to check first and why, and what was found."""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from analysis import labels, store
from analysis.decisions import Decisions
from analysis.stance import count_stances, stances_by_hour
from console import claim_acts, explaining, prepared, reading_list
from console.pages.view import SessionDep, services_of, show
from console.returning import Archive
from core.vocabulary import Verdict
from release import prebunking
from release import store as release_store

router = APIRouter(prefix="/claims")

SHOWN = 100
SHOWN_POSTS = 50
SHOWN_VERSIONS = 30
SHOWN_HOURS = 24


@router.get("")
def claims(request: Request, session: SessionDep) -> HTMLResponse:
    """Show all claims in lists: said again, noticed, judged, others."""
    archive = Archive(session, services_of(request).directory)
    latest = reading_list.latest_post(session)
    found = reading_list.claims_with_verdicts(session)
    others = [
        (claim, verdict)
        for claim, verdict in found
        if claim.noticed_at is None and verdict is Verdict.CHECKING
    ]
    others.sort(key=lambda item: (-item[0].needs_check, -item[0].voices, item[0].key))
    return show(
        request,
        "claims.html",
        returned=archive.returned(latest)[:SHOWN] if latest else [],
        noticed=archive.with_reasons(reading_list.to_check(found)[:SHOWN]),
        judged=[item for item in found if item[1] is not Verdict.CHECKING],
        others=others[:SHOWN],
        other_count=len(others),
    )


@router.get("/{key}")
def claim(request: Request, session: SessionDep, key: int) -> HTMLResponse:
    """Show one claim with its reasons, verdicts, evidence and recent posts."""
    found = store.load_claim(session, key)
    judgements = list(reversed(release_store.all_judgements(session, key)))
    approved = [j for j in judgements if j.approved_at]
    decisions = Decisions.of(store.claim_edits(session))
    pairs, parts = claim_acts.suggestions(
        session, found.last_seen, services_of(request).directory, about=key
    )
    others = [pair.second if pair.first == key else pair.first for pair in pairs]
    texts = {other: store.load_claim(session, other) for other in others}
    versions, left_out = claim_acts.versions_of(session, key)
    items = reading_list.items_of_claim(session, key, SHOWN_POSTS)
    heard = store.stances_heard(session, key)
    offers = prepared.offers_of(session, services_of(request).shelf, found, items)
    cited = dict.fromkeys(e for j in judgements for e in j.evidence)
    return show(
        request,
        "claim.html",
        claim=replace(found, reasons=reading_list.standing_reasons(found, answered=False)),
        verdict=approved[0].verdict if approved else Verdict.CHECKING,
        judgements=judgements,
        evidence=release_store.load_evidence(session, list(cited)),
        earlier=Archive(session, services_of(request).directory).earlier_of(key),
        post_reasons=explaining.reasons_of_posts(session, key),
        explained=explaining.explained(session, key),
        calibration=labels.local_calibration(session),
        standing=decisions.standing(key),
        suggestions=[(pair, texts[o]) for pair, o in zip(pairs, others, strict=True)],
        parts=parts,
        versions=versions[-SHOWN_VERSIONS:],
        versions_left_out=left_out + max(0, len(versions) - SHOWN_VERSIONS),
        offers=offers,
        reviews=prebunking.reviews(session, [offer.entry for offer in offers]),
        unreviewed=prebunking.UNREVIEWED,
        items=items,
        stances=count_stances(heard),
        stance_hours=stances_by_hour(heard, found.first_seen)[-SHOWN_HOURS:],
    )
