"""What a crawl remembers between visits, and over a kill: links, states of sources, robots.txt.

A link waits from the transaction that stored the page which showed it until the transaction that
stores what lay behind it. So a crawl that was killed goes on where it was, and nothing is fetched
for nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from crawler.records import Link
from crawler.sealed import Vault
from crawler.tables import FrontierRow, RobotsRow, SourceStateRow

LEASE = timedelta(minutes=30)
"""A link that is being fetched is left alone this long; longer than any visit takes."""
MAX_TRIES = 3
WAITING, DONE, FAILED = "waiting", "done", "failed"
ROBOTS_KEPT = timedelta(hours=24)
"""RFC 9309, 2.4: a cached robots.txt should not be used for longer."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the next visit to a source must know."""

    source: str
    visited_at: datetime | None = None
    """End of the last visit."""
    not_before: datetime | None = None
    """The source has asked to be left alone until then."""
    refusals: int = 0
    """Visits in a row that ended in a refusal."""
    etag: str | None = None
    last_modified: str | None = None
    found: int = 0
    """Posts and links found by the last visit that was answered in full."""
    shape: str = ""
    """``Source.shape`` at that visit: other selectors must read an unchanged page again."""


def states(session: Session) -> dict[str, SourceState]:
    """Return the state of every source that was ever visited, by name."""
    return {
        row.source: SourceState(
            source=row.source,
            visited_at=row.visited_at,
            not_before=row.not_before,
            refusals=row.refusals,
            etag=row.etag,
            last_modified=row.last_modified,
            found=row.found,
            shape=row.shape,
        )
        for row in session.scalars(select(SourceStateRow))
    }


def save_state(session: Session, state: SourceState) -> None:
    """Store the state of one source in place of the one before."""
    values = asdict(state)
    statement = sqlite_insert(SourceStateRow).values(values)
    changed = {name: value for name, value in values.items() if name != "source"}
    session.execute(statement.on_conflict_do_update(index_elements=["source"], set_=changed))


# Links


def unread(session: Session, vault: Vault, source: str, links: Sequence[Link]) -> list[Link]:
    """Return those of *links* that were never taken up, or have changed since, in order.

    Changed is a link that its page now tells a later time for.
    """
    by_digest = {vault.digest(link.url): link for link in links}
    standing = select(FrontierRow.digest, FrontierRow.told_at).where(
        FrontierRow.source == source, FrontierRow.digest.in_(list(by_digest))
    )
    told = {row.digest: row.told_at for row in session.execute(standing)}
    return [
        link
        for digest, link in by_digest.items()
        if digest not in told or _later(link.told_at, told[digest])
    ]


def _later(now: datetime | None, before: datetime | None) -> bool:
    return now is not None and before is not None and now > before


def add(
    session: Session, vault: Vault, source: str, links: Iterable[Link], *, now: datetime
) -> None:
    """Put *links* on the waiting list, leased to the visit that found them.

    One that was read before waits again.
    """
    rows = [
        {
            "source": source,
            "digest": vault.digest(link.url),
            "address": vault.seal(_packed(link), source),
            "told_at": link.told_at,
            "state": WAITING,
            "leased_until": now + LEASE,
            "tries": 0,
            "changed_at": now,
        }
        for link in links
    ]
    if not rows:
        return
    statement = sqlite_insert(FrontierRow)
    again = {
        name: statement.excluded[name]
        for name in ("address", "told_at", "state", "leased_until", "tries", "changed_at")
    }
    session.execute(
        statement.on_conflict_do_update(index_elements=["source", "digest"], set_=again), rows
    )


def _packed(link: Link) -> bytes:
    told = link.told_at.isoformat() if link.told_at else None
    return json.dumps([link.url, link.title, told], ensure_ascii=False).encode("utf-8", "replace")


def _unpacked(content: bytes) -> Link:
    url, title, told = json.loads(content)
    return Link(url, title, datetime.fromisoformat(told) if told else None)


def take(session: Session, vault: Vault, source: str, *, now: datetime, most: int) -> list[Link]:
    """Lease at most *most* waiting links of *source*, the oldest first, and return them."""
    rows = session.execute(
        select(FrontierRow.key, FrontierRow.address)
        .where(
            FrontierRow.source == source,
            FrontierRow.state == WAITING,
            FrontierRow.leased_until.is_(None) | (FrontierRow.leased_until <= now),
        )
        .order_by(FrontierRow.key)
        .limit(most)
    ).all()
    if rows:
        session.execute(
            update(FrontierRow)
            .where(FrontierRow.key.in_([row.key for row in rows]))
            .values(leased_until=now + LEASE)
        )
    return [_unpacked(vault.open(row.address, source)) for row in rows]


def waiting(session: Session) -> dict[str, int]:
    """Return how many links wait, by source."""
    query = (
        select(FrontierRow.source, func.count())
        .where(FrontierRow.state == WAITING)
        .group_by(FrontierRow.source)
    )
    return {str(source): int(count) for source, count in session.execute(query)}


def done(session: Session, vault: Vault, source: str, links: Iterable[Link], now: datetime) -> None:
    """Mark *links* as read; their addresses go, their digests stay."""
    digests = [vault.digest(link.url) for link in links]
    session.execute(
        update(FrontierRow)
        .where(FrontierRow.source == source, FrontierRow.digest.in_(digests))
        .values(state=DONE, address=None, leased_until=None, changed_at=now)
    )


def failed(session: Session, vault: Vault, source: str, link: Link, now: datetime) -> None:
    """Mark one try of *link* as failed: it waits for the next visit, ``MAX_TRIES`` times in all."""
    mine = (FrontierRow.source == source, FrontierRow.digest == vault.digest(link.url))
    tries = session.scalar(select(FrontierRow.tries).where(*mine))
    if tries is None:
        return
    over: dict[str, Any] = {"state": FAILED, "address": None} if tries + 1 >= MAX_TRIES else {}
    session.execute(
        update(FrontierRow)
        .where(*mine)
        .values(tries=tries + 1, leased_until=None, changed_at=now, **over)
    )


def release_leases(session: Session, source: str | None = None) -> None:
    """Free the leased links of *source*, whose visit is over, or of all sources.

    All are freed by a crawler that knows that no other one is at work.
    """
    leased = [FrontierRow.state == WAITING, FrontierRow.leased_until.is_not(None)]
    if source is not None:
        leased.append(FrontierRow.source == source)
    session.execute(update(FrontierRow).where(*leased).values(leased_until=None))


# robots.txt


def robots(session: Session, now: datetime) -> dict[str, bytes]:
    """Return site -> robots.txt of what was fetched within the last day."""
    query = select(RobotsRow).where(RobotsRow.fetched_at > now - ROBOTS_KEPT)
    return {row.site: row.body for row in session.scalars(query)}


def save_robots(session: Session, fetched: Mapping[str, bytes], now: datetime) -> None:
    """Store robots.txt files by site; older ones of the same site go."""
    for site, body in fetched.items():
        statement = sqlite_insert(RobotsRow).values(site=site, body=body, fetched_at=now)
        changed = {"body": body, "fetched_at": now}
        session.execute(statement.on_conflict_do_update(index_elements=["site"], set_=changed))
