"""F15: damaged input ends in a post, a counted defect or a typed refusal, and within a second.

Cases are made from whole examples by a seeded generator, so a case that fails can be made again
from the numbers in the failure.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pytest

from console.drill.generator import generate, posts_jsonl
from core.database import reading, transaction
from core.directory import Directory, Unit
from core.errors import HuiyingError
from crawler.importers.posts import read_posts
from crawler.parsers import PARSERS, ParseError
from crawler.privacy import Veil
from crawler.records import Defect, FetchedPage, ParsedPost
from crawler.sources import Source
from release import entries as formats
from release import note, store
from release.outlets.page import render_site
from tests.crawler.conftest import make_source
from tests.release import log_world as world

MOST_S = 1.0
TOKENS = [
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\r", b"\n\n"),
    *(
        b"<",
        b"]]>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
        b"<!--",
        b"<![CDATA[",
        b"&#0;",
        b"&#x110000;",
    ),
    *(b"[" * 3000, b'{"a":' * 500, b"<b>" * 2000, b"9" * 6000, b"1e999", b"NaN", b"-0", b"null"),
    *(b'"', b"\\", b"\\ud800", b'"text":null', b'"id":{}', b'"counts":[]', b"99999-99-99T00:00:00"),
    *(
        "刚刚".encode(),
        "13月45日 25:61".encode(),
        "99999999999小时前".encode(),
        "１２３４５６７８９".encode(),
    ),
    *(b"charset=utf-7", b'encoding="utf-16"', b"http://[::1", b"//", b"javascript:", b"@" * 200),
    *(b"+", b"\xe2\x80\x94 ", b"==", b"index -1", b"18446744073709551616", "\u202e".encode()),
]
VEIL = Veil(
    bytes(32),
    task="fuzz",
    directory=Directory(units=(Unit(id="water", name="示例县水务局", kind="water_bureau"),)),
)


def mutated(rng: random.Random, examples: Sequence[bytes]) -> bytes:
    """Return an example with one to six things done to it."""
    found = bytearray(rng.choice(examples))
    for _ in range(rng.choice((1, 1, 1, 2, 6))):
        at = rng.randrange(len(found) + 1)
        length = rng.choice((1, 2, 8, 64, 512))
        match rng.randrange(7):
            case 0 if found:
                found[at % len(found)] ^= 1 << rng.randrange(8)
            case 1:
                del found[at : at + length]
            case 2:
                found[at:at] = rng.choice(TOKENS)
            case 3:
                found[at : at + length] = rng.choice(TOKENS)
            case 4:
                found[at:at] = found[at : at + length] * rng.choice((1, 2, 30))
            case 5:
                other = rng.choice(examples)
                start = rng.randrange(len(other) + 1)
                found[at : at + length] = other[start : start + length]
            case _:
                found[at:at] = rng.randbytes(length % 9)
    return bytes(found)


@dataclass
class Outcome:
    """How the cases of one target ended."""

    cases: int = 0
    ends: Counter = field(default_factory=Counter)
    slowest_s: float = 0.0
    uncaught: list[str] = field(default_factory=list)


def fuzz(
    act: Callable[[bytes], str], examples: Sequence[bytes], cases: int, *, seed: int
) -> Outcome:
    """Give *act* so many damaged cases; it returns how a case ended, in a word."""
    rng, outcome = random.Random(seed), Outcome()  # noqa: S311  a test's dice
    whole = frozenset(examples)
    for number in range(cases):
        case = mutated(rng, examples)
        start = time.process_time()
        try:
            outcome.ends["unchanged" if case in whole else act(case)] += 1
        except Exception as error:  # noqa: BLE001  whatever comes through is the finding
            outcome.uncaught.append(f"seed {seed} case {number}: {type(error).__name__}: {error}")
        spent = time.process_time() - start
        outcome.slowest_s = max(outcome.slowest_s, spent)
        outcome.cases += 1
    return outcome


def examples_of(parser: str) -> tuple[Source, list[bytes]]:
    """Return a source and whole pages that its parser reads."""
    lines = posts_jsonl(generate(1)).decode().splitlines()[:24]
    posts = [json.loads(line) for line in lines]
    if parser == "jsonlist":
        selectors = {
            "items": "data.list",
            "id": "id",
            "text": "text",
            "time": "published_at",
            "url": "url",
            "author": "author",
            "likes": "counts.likes",
            "next": "data.next",
        }
        page = {"data": {"list": posts[:8], "next": "/list?page=2"}}
        bodies = [json.dumps(page).encode(), json.dumps(page, ensure_ascii=False).encode()]
        return make_source(parser="jsonlist", selectors=selectors), bodies
    if parser == "listing":
        selectors = {
            "item": "li.post",
            "id": "b::attr(data-id)",
            "text": "p",
            "time": "time",
            "author": ".who",
            "link": "a::attr(href)",
            "next": "a.next::attr(href)",
        }
        items = "".join(
            f'<li class=post><b data-id="{p["id"]}"></b><a href="/t/{p["id"]}">全文</a>'
            f"<i class=who>某人</i><time>{n + 1}分钟前</time><p>{p['text']}<br>&nbsp;</p></li>"
            for n, p in enumerate(posts[:8])
        )
        page = f"<html><meta charset=gbk><ul>{items}</ul><a class=next href='?p=2'>下页</a></html>"
        bodies = [page.encode(), page.encode("gb18030")]
        return make_source(parser="listing", selectors=selectors), bodies
    items = "".join(
        f"<item><title>{p['text'][:9]}</title><link>{p['url']}</link><guid>{p['id']}</guid>"
        f"<pubDate>Tue, 17 Jun 2031 1{n}:00:00 +0800</pubDate>"
        f"<description><![CDATA[<p>{p['text']}</p>]]></description></item>"
        for n, p in enumerate(posts[:8])
    )
    rss = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{items}</channel></rss>'
    )
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>停水</title>'
        "<updated>2031-06-17T14:00:00+08:00</updated><author><name>某人</name></author>"
        '<content type="html">&lt;p&gt;停水了&lt;/p&gt;</content></entry></feed>'
    )
    return make_source(), [rss.encode(), atom.encode()]


def veiled(post: ParsedPost) -> None:
    try:
        VEIL.veil(post, seen_at=world.NOON)
    except ValueError:
        return


def page_target(parser: str) -> tuple[Callable[[bytes], str], list[bytes]]:
    source, examples = examples_of(parser)

    def act(body: bytes) -> str:
        page = FetchedPage(source.name, source.url, 200, "", body, world.NOON)
        try:
            read = PARSERS[parser](page, source)
        except ParseError:
            return "refused"
        for post in read.posts:
            veiled(post)
        return "read" if read.posts else "empty"

    return act, examples


def posts_target(tmp_path) -> tuple[Callable[[bytes], str], list[bytes]]:
    examples = posts_jsonl(generate(1)).splitlines()[:200]
    file = tmp_path / "posts.jsonl"

    def act(line: bytes) -> str:
        file.write_bytes(line + b"\n")
        found = list(read_posts(file, source="file"))
        for post in found:
            if isinstance(post, ParsedPost):
                veiled(post)
        return "defect" if any(isinstance(f, Defect) for f in found) else "read"

    return act, examples


def log_examples() -> tuple[list[bytes], list[bytes], list[bytes], list[bytes]]:
    """Return notes, proofs, key lines and entries of a real small log."""
    engine = world.build()
    with transaction(engine) as session:
        world.publish_story(session)
    with reading(engine) as session:
        entries, head = store.all_entries(session), store.last_checkpoint(session)
    engine.dispose()
    files = render_site(entries, head, public_url=world.URL)
    proofs = [files[f"log/proof/{len(entries) - 1}.tlog-proof"]]
    keys = [note.verifier_key(world.ORIGIN, world.KEY).encode()]
    return [head.note.encode()], proofs, keys, [entry.body for entry in entries]


def log_targets() -> dict[str, tuple[Callable[[bytes], str], list[bytes]]]:
    notes, proofs, keys, bodies = log_examples()
    vkeys, leaf = [keys[0].decode()], bodies[-1]

    def refusing(read: Callable[[str], object], error: type[Exception]) -> Callable[[bytes], str]:
        def act(raw: bytes) -> str:
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                return "not text"
            try:
                read(text)
            except error:
                return "refused"
            return "read"

        return act

    def entry(raw: bytes) -> str:
        try:
            formats.read_body(raw)
        except ValueError:
            return "refused"
        return "read"

    def checkpoint(text: str) -> object:
        return note.parse_checkpoint(note.open_note(text, vkeys), world.ORIGIN)

    return {
        "checkpoints": (refusing(checkpoint, note.NoteError), notes),
        "checkpoint texts": (
            refusing(lambda text: note.parse_checkpoint(text, world.ORIGIN), note.NoteError),
            [notes[0].rpartition(b"\n\n")[0] + b"\n"],
        ),
        "proofs": (
            refusing(
                lambda text: note.verify_proof(text, leaf, world.ORIGIN, vkeys), note.NoteError
            ),
            proofs,
        ),
        "key lines": (refusing(note.parse_verifier_key, note.NoteError), keys),
        "log entries": (entry, bodies),
    }


def target(name: str, tmp_path) -> tuple[Callable[[bytes], str], list[bytes]]:
    if name == "posts file":
        return posts_target(tmp_path)
    return page_target(name) if name in PARSERS else log_targets()[name]


# Target -> cases of the short and the long round.
CASES = {
    "posts file": (3_000, 30_000),
    "feed": (500, 8_000),
    "listing": (500, 8_000),
    "jsonlist": (800, 15_000),
    "checkpoints": (3_000, 30_000),
    "checkpoint texts": (3_000, 30_000),
    "proofs": (3_000, 30_000),
    "key lines": (3_000, 30_000),
    "log entries": (2_000, 30_000),
}


@pytest.mark.parametrize("name", CASES)
def test_damaged_input_is_read_counted_or_refused_within_a_second(
    name, tmp_path, short, tell
) -> None:
    act, examples = target(name, tmp_path)
    for example in examples:
        assert act(example) == "read"
    outcome = fuzz(act, examples, CASES[name][0 if short else 1], seed=20310617)
    tell(
        f"fuzz, {name}: tried {outcome.cases}, {dict(outcome.ends)}, uncaught "
        f"{len(outcome.uncaught)}, slowest {outcome.slowest_s:.3f} s"
    )
    assert outcome.uncaught[:5] == []
    assert outcome.slowest_s < MOST_S
    assert outcome.cases >= CASES[name][0]
    # The damage was damage, and not only damage at the first byte.
    assert outcome.ends["read"] < outcome.cases


@pytest.mark.parametrize(
    ("name", "naive"),
    [
        ("posts file", lambda raw: json.loads(raw)["text"].strip()),
        ("feed", lambda raw: ET.fromstring(raw).find("channel")),  # noqa: S314  plain on purpose
        ("jsonlist", lambda raw: [p["text"].strip() for p in json.loads(raw)["data"]["list"]]),
        ("log entries", lambda raw: json.loads(raw.decode())["seq"] + 0),
    ],
)
def test_control_a_plain_reader_is_seen_to_break(name, naive, tmp_path, tell) -> None:
    _, examples = target(name, tmp_path)

    def act(raw: bytes) -> str:
        try:
            naive(raw)
        except (ParseError, HuiyingError):
            return "refused"
        return "read"

    outcome = fuzz(act, examples, 300, seed=20310617)
    tell(f"control, fuzz, {name} by a plain reader: uncaught {len(outcome.uncaught)} of 300")
    assert len(outcome.uncaught) > 30


def test_control_a_slow_reader_is_seen_to_be_slow(tell) -> None:
    def act(_raw: bytes) -> str:
        until = time.process_time() + MOST_S
        while time.process_time() < until:
            pass
        return "read"

    outcome = fuzz(act, [b"x"], 1, seed=1)
    tell(f"control, a reader of one second: slowest {outcome.slowest_s:.3f} s")
    assert outcome.slowest_s >= MOST_S
