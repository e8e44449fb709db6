"""A thousand canary handles go in by every way; not one may be found on disk or in the logs.

A control run with the veil off must find them all, or the search has no teeth.
"""

import base64
import json
import logging
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from console import wiring
from console.ledgers import StoringLedger
from console.pipeline import Pipeline
from core.database import transaction
from core.directory import Directory
from core.vocabulary import SealedPurpose
from core.word_finder import WordFinder
from crawler import sealed
from crawler.importers.posts import read_posts
from crawler.privacy import Veil
from crawler.records import Defect, ParsedPost, Post
from tests.crawler.conftest import NOON, Site, make_source

COUNT = 1_000
WAYS = 4
JSONLIST = {"items": ".", "id": "id", "text": "text", "time": "at", "author": "who", "url": "url"}
LISTING = {
    "item": "li",
    "link": "a",
    "detail_text": "article p",
    "detail_time": "time",
    "detail_author": "b",
}


def handle(number: int) -> str:
    # One of each way is Chinese; the rest look like account names.
    return f"金丝雀观察员{number:04d}号" if number < WAYS else f"canary_{number * 7919:012x}"


class OpenVeil(Veil):
    """The control: everything as ever, only that the handle stays in."""

    def hide(self, text: str, handle: str | None) -> str:
        return text

    def veil(self, parsed: ParsedPost, *, seen_at) -> Post:
        return replace(super().veil(parsed, seen_at=seen_at), voice=f"voice {parsed.author}")


def parts(number: int, base: str) -> dict[str, str]:
    """Return one post that carries its handle in author, mentions, links and a quoted repost."""
    name = handle(number)
    text = (
        f"@{name} 说东门第{number}号楼停水 回复@{name}: 是吗 //@{name}:真的 "
        f"主页 https://weibo.example/u/{name}?from={name} {name}发的"
    )
    return {"who": name, "text": text, "url": f"{base}/u/{quote(name)}/s?by={quote(name)}"}


def make_site(site: Site) -> list:
    feed, items, rows = [], [], []
    base = site.url
    for number in range(COUNT):
        one = parts(number, base)
        if number % WAYS == 1:
            feed.append(
                f"<item><guid>{base}/u/{one['who']}/{number}</guid><link>{one['url']}</link>"
                f"<author>{one['who']}</author><description>{one['text']}</description>"
                "<pubDate>2031-06-17 11:00:00</pubDate></item>"
            )
        elif number % WAYS == 2:
            path = f"/p/{quote(one['who'])}"
            rows.append(f'<li><a href="{path}">x</a></li>')
            site.say(
                path,
                f"<!-- {one['who']} --><article><b>{one['who']}</b><time>2031-06-17 11:00</time>"
                f'<img alt="{one["who"]}"><p>{one["text"]}</p></article>',
            )
        elif number % WAYS == 3:
            at = "2031-06-17T11:00:00+08:00"
            items.append({"id": f"{one['who']}/{number}", "at": at, **one})
    site.say("/feed", f'<rss version="2.0"><channel>{"".join(feed)}</channel></rss>')
    site.say("/list", "".join(rows))
    site.say("/api", json.dumps(items))
    # A page that breaks, and one that fails, with a handle in their addresses.
    links = "".join(f'<li><a href="/p/{quote(handle(2))}?gone={n}">x</a></li>' for n in (1, 2))
    site.say("/list2", links)
    site.say(f"/p/{quote(handle(2))}?gone=2", f"<b>{handle(2)}</b>")
    return [
        make_source(url=f"{base}/feed"),
        make_source(
            name="list",
            url=f"{base}/list",
            parser="listing",
            selectors=LISTING,
            max_details=1_000,
        ),
        make_source(name="gone", url=f"{base}/list2", parser="listing", selectors=LISTING),
        make_source(name="api", url=f"{base}/api", parser="jsonlist", selectors=JSONLIST),
    ]


def make_file(folder: Path) -> Path:
    file = folder / "posts.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(0, COUNT, WAYS):
            one = parts(number, "https://weibo.example")
            line = {
                "id": f"{one['who']}-1",
                "reply_to": f"{one['who']}-0",
                "url": one["url"],
                "published_at": "2031-06-17T11:00:00+08:00",
                "channel": "weibo",
                "text": one["text"],
                "author": one["who"],
            }
            out.write(json.dumps(line, ensure_ascii=number % 8 == 0) + "\n")
            # The same post broken, so that the defect could quote it.
            broken = line | {"published_at": one["who"]}
            out.write(json.dumps(broken, ensure_ascii=False) + "\n")
    return file


def spellings(name: str) -> list[bytes]:
    plain = name.encode()
    forms = [
        plain,
        name.encode("utf-16le"),
        name.encode("gb18030"),
        quote(name).encode(),
        quote(name, encoding="gb18030").encode(),
        json.dumps(name)[1:-1].encode(),
        plain.hex().encode(),
        plain[::-1],
        plain.upper(),
    ]
    # Base64 of a part in the middle of something longer, in its three alignments.
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + plain)
        forms.append(whole[4 if shift else 0 : len(whole) // 4 * 4 - 4])
    return forms


def found_in(folder: Path, logged: str) -> set[int]:
    files = [f for f in folder.rglob("*") if f.is_file()]
    assert any(f.name.endswith("-wal") for f in files), "the database must still be open"
    return handles_in(b"\n".join([*(f.read_bytes() for f in files), logged.encode()]))


def handles_in(haystack: bytes) -> set[int]:
    forms = {
        form.decode("latin-1"): number
        for number in range(COUNT)
        for form in spellings(handle(number))
    }
    return {number for _, _, number in WordFinder(forms).every(haystack.decode("latin-1"))}


@pytest.mark.parametrize(("kind", "found"), [(Veil, 0), (OpenVeil, COUNT)])
def test_no_handle_reaches_disk_or_logs(
    site, reactor, settings, tmp_path, caplog, capfd, kind, found
):
    caplog.set_level(logging.DEBUG)
    data, inbox = tmp_path / "data", tmp_path / "inbox"
    inbox.mkdir()
    services = wiring.prepare(data)
    pipeline = Pipeline(services)
    ledger = StoringLedger(pipeline, NOON)
    veil = kind(b"k" * 32, task="t", directory=Directory())

    visits = reactor.visit(
        make_site(site), settings=settings, veil=veil, ledger=ledger, now=lambda: NOON
    )
    ledger.flush()
    read = list(read_posts(make_file(inbox), source="file"))
    posts = [veil.veil(p, seen_at=NOON) for p in read if isinstance(p, ParsedPost)]
    defects = [d for d in read if isinstance(d, Defect)]
    with transaction(services.engine) as session:
        pipeline.keep(session, posts, defects=defects)
        unparsed = sealed.listed(session, SealedPurpose.UNPARSED_PAGE)

    reprs = [repr(one) for one in (posts, defects, visits, unparsed)]
    said = capfd.readouterr()
    logged = "\n".join([caplog.text, said.out, said.err, *reprs])
    assert len(found_in(data, logged)) == found
    assert {v.source: v.found for v in visits} == {"feed": 250, "list": 250, "gone": 2, "api": 250}
    assert unparsed, "a page that could not be parsed must be among what is searched"
    services.engine.dispose()
