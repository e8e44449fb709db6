"""Which claims an answer is prepared for, from the first post on."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from analysis import store
from analysis.records import Claim
from analysis.shelf import Offer, Shelf
from console import reading_list
from core.vocabulary import Verdict

WORDINGS = 50
"""Newest wordings of a claim that are looked through for one that is not official."""


def offers_of(
    session: Session, shelf: Shelf, claim: Claim, items: Sequence[reading_list.Item]
) -> tuple[Offer, ...]:
    """Return the prepared answers that fit; none for what only official accounts have said."""
    if all(item.official for item in items):
        return ()
    if claim.incident_id is None:
        return shelf.offers(claim.text)
    incident = store.load_incident(session, claim.incident_id)
    return shelf.offers(claim.text, (incident.kind,))


def offered(session: Session, shelf: Shelf, most: int) -> list[tuple[Claim, tuple[Offer, ...]]]:
    """Return the newest *most* claims without a verdict as far as an answer is prepared for them.

    One post is enough: a claim needs no alert to stand here.
    """
    waiting = [
        claim
        for claim, verdict in reading_list.claims_with_verdicts(session)
        if verdict is Verdict.CHECKING
    ]
    waiting.sort(key=lambda claim: (claim.first_seen, claim.key), reverse=True)
    found = []
    for claim in waiting[:most]:
        items = reading_list.items_of_claim(session, claim.key, WORDINGS)
        if offers := offers_of(session, shelf, claim, items):
            found.append((claim, offers))
    return found
