"""The ways in: what each makes of one hostile file, as plain figures that a test can read."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from console import wiring
from console.importing import UnmappedError, import_file
from console.ledgers import StoringLedger
from console.pipeline import Pipeline
from console.wiring import Services
from core.database import reading
from core.directory import Directory
from core.errors import HuiyingError, RefusedError
from crawler import crawl, store
from crawler.parsers import ParseError, ParseResult, parse
from crawler.privacy import Veil
from crawler.records import FetchedPage, Link
from crawler.sources import Source
from crawler.tables import DefectRow
from tests.crawler.conftest import NOON, make_source

Found = dict[str, Any]
LISTING = {"item": "body *", "text": "*"}
JSONLIST = {"items": ".", "id": "id", "text": "text", "time": "published_at"}
VEIL_KEY = b"k" * 32


def sources_for(kind: str) -> Iterator[tuple[Source, bool]]:
    """Yield the sources through which a page of *kind* can come in, and whether behind a link."""
    if kind == "feed":
        for parser in ("feed", "sitemap", "cap"):
            yield make_source(name=parser, parser=parser, min_yield=0), False
    elif kind == "json":
        yield make_source(parser="jsonlist", selectors=JSONLIST), False
        yield make_source(parser="jsonfeed"), False
        yield make_source(parser="weibo"), False
    else:
        yield make_source(parser="listing", selectors=LISTING, min_yield=0), False
        yield make_source(parser="thread"), False
        yield make_source(parser="article"), False
        yield (
            make_source(parser="listing", selectors={"item": "li", "link": "a"}, detail="article"),
            True,
        )


def page(body: bytes, kind: str, content_type: str = "") -> Found:
    """Parse and veil *body* by every parser of its kind; the first parser's figures stand out."""
    ways = [
        _one_page(body, source, content_type, behind=behind) for source, behind in sources_for(kind)
    ]
    return ways[0] | {"others": ways[1:]}


def _one_page(body: bytes, source: Source, content_type: str, *, behind: bool) -> Found:
    link = Link(source.url) if behind else None
    fetched = FetchedPage(source.name, source.url, 200, content_type, body, NOON, link)
    veil = Veil(VEIL_KEY, task="bad", directory=Directory())
    try:
        result: ParseResult = parse(fetched, source)
    except ParseError as error:
        return {"posts": [], "refused": error.reason, "outcome": error.outcome.value}
    posts, blank = [], 0
    for parsed in result.posts:
        try:
            posts.append(veil.veil(parsed, seen_at=NOON))
        except ValueError:
            blank += 1
    return {
        "posts": [
            {
                "id": post.post_id,
                "text": post.text[:300],
                "length": len(post.text),
                "url": post.url,
                "at": post.published_at.isoformat(),
                "uncertain": post.time_uncertain,
            }
            for post in posts
        ],
        "refused": "",
        "outcome": "ok",
        "links": [one.url for one in result.links],
        "next": result.next_page,
        "defects": [defect.reason for defect in result.defects],
        "blank": blank,
    }


def stored(services: Services) -> list[str]:
    """Return the texts that are stored."""
    with reading(services.engine) as session:
        return [one.post.text for one in store.all_posts(session)]


def file(place: Path, taken: Path, *, columns: dict[str, str] | None = None) -> Found:
    """Import *taken* twice into a new data folder."""
    services = wiring.prepare(place)
    pipeline = Pipeline(services)
    before = sorted(p.name for p in place.parent.iterdir())
    told: Found = {}
    for run in ("first", "second"):
        told[run] = _import(services, pipeline, taken, columns)
        told[f"{run}_texts"] = stored(services)
    told["strays"] = sorted(p.name for p in place.parent.iterdir() if p.name not in before)
    with reading(services.engine) as session:
        defects = [d.reason for d in _defects(session)]
    services.engine.dispose()
    return told | {"reasons": defects}


def _defects(session: Any) -> list[Any]:
    return list(session.scalars(select(DefectRow)))


def _import(
    services: Services, pipeline: Pipeline, taken: Path, columns: dict[str, str] | None
) -> Found:
    try:
        done = import_file(services, taken, columns=columns, pipeline=pipeline)
    except RefusedError as error:
        return {"refused": "；".join(error.reasons), "posts": 0, "new": 0, "defects": 0}
    except UnmappedError as error:
        return {"refused": error.reason, "posts": 0, "new": 0, "defects": 0}
    except HuiyingError as error:
        return {"refused": str(error), "posts": 0, "new": 0, "defects": 0}
    refused = "；".join(done.refused)
    return {"refused": refused, "posts": done.posts, "new": done.new, "defects": done.defects}


def as_posts_file(place: Path, texts: list[str]) -> Path:
    """Write *texts* as a posts file and return it."""
    lines = [
        json.dumps(
            {
                "id": str(n),
                "published_at": "2026-11-20T09:00:00+08:00",
                "channel": "forum",
                "text": text,
                "author": f"作者{n}",
            }
        )
        for n, text in enumerate(texts)
    ]
    found = place / "texts.jsonl"
    found.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return found


def with_what_a_posts_file_needs(lines: Path, place: Path) -> Path:
    """Write *lines* again, each whole one with the time and channel that the format requires."""
    more = b',"published_at":"2026-11-20T09:00:00+08:00","channel":"forum"}'
    whole = [
        line[:-1] + more if line.endswith(b"}") else line
        for line in lines.read_bytes().split(b"\n")
    ]
    found = place / lines.name
    found.write_bytes(b"\n".join(whole))
    return found


class RawServer:
    """Answers every connection with the bytes of its path, whatever they are, and closes."""

    def __init__(self, answers: Callable[[str], bytes]) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := connection.recv(65536)):
                    return
                head += more
            path = head.split(b" ", 2)[1].decode("latin-1")
            self.asked.append(path)
            try:
                connection.sendall(self._answers(path))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            except OSError:
                return

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()


@contextmanager
def raw_server(answers: Callable[[str], bytes]) -> Iterator[RawServer]:
    """Serve raw answers on loopback."""
    server = RawServer(answers)
    try:
        yield server
    finally:
        server.close()


def crawled(place: Path, port: int, *, timeout_s: float = 3.0) -> Found:
    """Crawl ``/feed`` of a raw server twice into a new data folder."""
    services = wiring.prepare(place)
    pipeline = Pipeline(services)
    source = make_source(url=f"http://127.0.0.1:{port}/feed")
    settings = crawl.scrapy_settings(
        contact="mailto:a@b.example", version="0", allow_loopback=True, default_pace_s=0
    ) | {"DOWNLOAD_TIMEOUT": timeout_s}

    async def both() -> list[Any]:
        visits = []
        for _ in range(2):
            ledger = StoringLedger(pipeline, NOON)
            await crawl.visit_sources(
                [source], settings=settings, veil=pipeline.door, ledger=ledger, now=lambda: NOON
            )
            ledger.flush()
            visits += ledger.visits
        return visits

    visits = crawl.run_blocking(both)
    texts = stored(services)
    services.engine.dispose()
    return {
        "outcomes": [visit.outcome.value for visit in visits],
        "reasons": [visit.reason for visit in visits],
        "new": [visit.new for visit in visits],
        "texts": [text[:200] for text in texts],
    }
