"""Exports of the 12345 hotline: work orders as posts that name nobody.

Columns that say who called are never read, whatever they are called in the mapping. The number of
a work order could be looked up by whoever has the hotline's system, so a keyed digest stands in
its place; the free text loses doors, names and numbers before it is handed on. What leads to
somebody in a call for help goes beside it to the veil, which encrypts it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from core.text import normalise
from crawler.contacts import contacts_of
from crawler.importers.table import Table
from crawler.importers.table_posts import Reading, read_rows
from crawler.masking import mask_resident
from crawler.records import Defect, ParsedPost


@dataclass(frozen=True, slots=True)
class _Door:
    """What every work order passes."""

    serial: Callable[[str], str]

    def pass_through(self, post: ParsedPost) -> ParsedPost:
        text = normalise(post.text)
        return replace(
            post,
            post_id=self.serial(post.post_id),
            text=mask_resident(text),
            contacts=contacts_of(text),
            author=None,
            url=None,
            reply_to=self.serial(post.reply_to) if post.reply_to else None,
            repost_of=None,
        )


def read_orders(table: Table, reading: Reading) -> Iterator[ParsedPost | Defect]:
    """Yield a post or a defect for each work order, in the table's order.

    ``reading.digest`` must be keyed (``crawler.privacy.Veil.serial``).
    """
    door = _Door(reading.digest)
    for item in read_rows(table, reading):
        yield item if isinstance(item, Defect) else door.pass_through(item)
