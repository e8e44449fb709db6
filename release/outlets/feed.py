"""An Atom feed of the published texts, the same bytes for the same log."""

from datetime import datetime
from typing import Any

from release.outlets.reading import PublicText, Reading, Standing

NEWEST = 50
"""Texts in the feed; the page lists them all."""


def render_feed(reading: Reading, public_url: str) -> bytes:
    """Return the feed; *public_url* ends with a slash.

    A text's id is the hash of its leaf and never changes. A text that was corrected, withdrawn
    or updated says so in its title and counts as updated at that moment, so readers see it again.
    """
    # feedgen pulls in lxml; a command that renders nothing need not wait for it.
    from feedgen.feed import FeedGenerator

    moments = {text.seq: text.time for text in reading.texts}
    feed = FeedGenerator()
    feed.id(f"urn:huiying:{reading.origin}")
    feed.title(f"{'【演练】' if reading.drill else ''}{reading.office} 情况发布")
    feed.author(name=reading.office)
    feed.link(href=f"{public_url}feed.xml", rel="self", type="application/atom+xml")
    feed.link(href=f"{public_url}index.html", rel="alternate", type="text/html")
    feed.language("zh-CN")
    feed.generator("Huiying")
    feed.updated(reading.lines[-1].time)
    for text in reading.texts[-NEWEST:]:
        _add(feed.add_entry(order="prepend"), text, moments, public_url)
    rendered: bytes = feed.atom_str(pretty=True)
    return rendered


def _add(entry: Any, text: PublicText, moments: dict[int, datetime], public_url: str) -> None:
    mark = "" if text.standing is Standing.CURRENT else f"【{text.standing_label}】"
    entry.id(f"urn:sha256:{text.leaf_hash}")
    entry.title(f"{mark}{text.title}")
    entry.link(href=f"{public_url}{text.file}", rel="alternate", type="text/html")
    entry.published(text.time)
    entry.updated(max([text.time, *(moments[seq] for seq in text.successors)]))
    entry.content("\n".join(p.text for p in text.paragraphs), type="text")
