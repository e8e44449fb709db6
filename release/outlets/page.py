"""The public site: static files rendered from log entries only, never from drafts."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from release import journal, note
from release.outlets import Delivery
from release.outlets.feed import render_feed
from release.outlets.folder import CHECKPOINT, ENTRIES, write_site
from release.outlets.reading import Reading, Standing, in_words, read_log
from release.records import Checkpoint, Entry

BUNDLE = 256
"""Entries in one file."""

_TEMPLATES = Path(__file__).parent / "templates"


def render_site(
    entries: Sequence[Entry], checkpoint: Checkpoint, *, public_url: str
) -> dict[str, bytes]:
    """Return the whole site: relative file name to content; equal input gives equal bytes.

    *checkpoint* must cover all *entries*. *public_url* ends with a slash and stands only in the
    feed. Office, keys and whether this is a drill are read from the entries themselves.
    """
    if checkpoint.size != len(entries):
        raise ValueError(f"checkpoint of {checkpoint.size} entries for a log of {len(entries)}")
    reading = read_log(entries)
    pages = _render_pages(reading, checkpoint)
    files = {name: text.encode() for name, text in pages.items()}
    files["style.css"] = (_TEMPLATES / "style.css").read_bytes()
    files["feed.xml"] = render_feed(reading, public_url)
    return files | _log_files(entries, checkpoint, reading)


def _log_files(
    entries: Sequence[Entry], checkpoint: Checkpoint, reading: Reading
) -> dict[str, bytes]:
    files = {
        CHECKPOINT: checkpoint.note.encode(),
        "log/keys": "".join(f"{key}\n" for key in reading.keys).encode(),
    }
    for start in range(0, len(entries), BUNDLE):
        lines = [entry.body + b"\n" for entry in entries[start : start + BUNDLE]]
        files[_bundle(start)] = b"".join(lines)
    tree = journal.tree_of(entries)
    for entry in entries:
        path = tree.inclusion(entry.index, checkpoint.size)
        proof = note.make_proof(entry.index, path, checkpoint.note)
        files[f"log/proof/{entry.index}.tlog-proof"] = proof.encode()
    return files


def _bundle(start: int) -> str:
    return f"{ENTRIES}{start // BUNDLE:06d}.jsonl"


def _render_pages(reading: Reading, checkpoint: Checkpoint) -> dict[str, str]:
    by_seq = {text.seq: text for text in reading.texts}
    common = {
        "reading": reading,
        "checkpoint": checkpoint,
        "by_seq": by_seq,
        "signed_at": reading.lines[-1].time,
        "counts": _counts(reading),
        "bundles": [_bundle(start) for start in range(0, checkpoint.size, BUNDLE)],
    }
    pages = {
        "index.html": _template("index.html", **common, base=""),
        "log.html": _template("log.html", **common, base=""),
    }
    for text in reading.texts:
        pages[text.file] = _template("statement.html", **common, text=text, base="../")
    return pages


def _counts(reading: Reading) -> Mapping[str, int]:
    standings = [text.standing for text in reading.texts]
    return {standing.value: standings.count(standing) for standing in Standing}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["in_words"] = in_words
    environment.filters["iso"] = lambda moment: moment.isoformat(timespec="seconds")
    return environment


def _template(name: str, **values: object) -> str:
    return _environment().get_template(name).render(**values)


class PageOutlet:
    """The public folder as an outlet: any delivery renders the whole log anew."""

    name = "page"

    def __init__(self, folder: Path, public_url: str) -> None:
        self._folder, self._public_url = folder, public_url

    def deliver(self, delivery: Delivery) -> None:
        """Write the site; raise ``DeliveryError`` rather than go backwards."""
        files = render_site(delivery.entries, delivery.checkpoint, public_url=self._public_url)
        write_site(files, self._folder)
