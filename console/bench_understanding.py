"""The bench rows of the line from page to claim, and of a round when much is open already."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.tables import ScoreRow
from console import bench_site, wiring
from console.bench_folding import JACCARD, PERMUTATIONS, SHINGLE, jaccard
from console.bench_gathering import POSTS_A_PAGE, empty_database, list_source, parse_by_parsel, told
from console.measuring import Measure, cpu_s, in_child, peak_mb, race
from console.pipeline import Pipeline
from core.clock import utc_now
from core.database import transaction
from core.directory import Directory
from core.text import fingerprint
from crawler.folding import Folder
from crawler.parsers import listing
from crawler.privacy import Veil
from crawler.records import FetchedPage, Post
from crawler.store import save_posts
from crawler.tables import PostRow

PAGES_AT_ONCE = 12
"""Pages whose posts are scored and stored together, on both sides."""
_Cut = Callable[[str], list[str]]
_Tellings = Callable[[int], str]
_URL = "http://127.0.0.1/s0/p1"
_SYLLABLES = "青白石柳河桥东南西北禾丰澄云岚榆松梅兰竹川江湖山林田沙金银玉泉岭坪"
_HAPPENED = (
    "{}水库垮坝了", "{}大桥塌了", "{}化工厂爆炸了", "{}泵站停了", "{}小学食物中毒",
    "{}隧道淹死人了", "{}变电站起火了", "{}医院停诊了", "{}超市大米涨到9元一斤", "{}镇停水三天",
)  # fmt: skip
_SAID = (
    "听说{}，是真的吗",
    "{}，大家小心",
    "网传{}，求证实",
    "{}，我刚路过看到",
    "别传了，{}是假的吧",
)


@dataclass(frozen=True, slots=True)
class UnderstandingSize:
    """How much of understanding is measured; a test takes little."""

    line_pages: int = 96
    line_rounds: int = 3
    open_posts: int = 100_000
    """Posts in open claims before the round."""
    fresh: int = 10_000
    places: int = 200
    """Places that are spoken of; ten things happen at each."""


def understanding_measures(texts: Sequence[str], size: UnderstandingSize) -> Iterator[Measure]:
    """Yield both rows; the posts of the first are put together from *texts*."""
    yield _line(texts, size)
    yield _open(size)


# From page to group, like for like


def _line(texts: Sequence[str], size: UnderstandingSize) -> Measure:
    pages = [
        bench_site.list_page(number, told(texts, number * POSTS_A_PAGE, POSTS_A_PAGE), None)
        for number in range(size.line_pages)
    ]
    posts = len(pages) * POSTS_A_PAGE
    row = Measure(
        name="line",
        what="posts of pages on disk parsed, cut, scored by one model, folded, stored",
        unit="posts/s",
        ours=0.0,
        peer_name="parsel, jieba, TfidfVectorizer + LogisticRegression, datasketch, ORM add_all",
        target=">= 7x",
        facts={"everything_us": 1e6 * _everything_s(pages) / posts},
    )
    if find_spec("datasketch") is None:
        spent = cpu_s(partial(_ours, pages))
        return replace(row, ours=posts / spent, peer_name="datasketch, not installed")
    careful = partial(_careful, pages, *_trained(texts))
    spent, theirs, ratio = race(size.line_rounds, partial(_ours, pages), careful)
    return replace(row, ours=posts / spent, peer=posts / theirs, ratio=ratio)


def _page(number: int, body: bytes) -> FetchedPage:
    return FetchedPage("s0", f"{_URL}{number}", 200, "text/html; charset=utf-8", body, utc_now())


def _batches(pages: Sequence[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    numbered = list(enumerate(pages))
    for start in range(0, len(numbered), PAGES_AT_ONCE):
        yield numbered[start : start + PAGES_AT_ONCE]


def _ours(pages: Sequence[bytes]) -> None:
    """Do what the peer does; that accounts are taken out of the posts comes on top."""
    from analysis.checkworthy import load_check_scorer
    from analysis.segment import lexicon_segmenter

    scorer, segmenter = load_check_scorer(), lexicon_segmenter()
    source = list_source("s0", _URL, "listing", bench_site.SELECTORS)
    veil, folder = Veil(bytes(32), task="bench", directory=Directory()), Folder()
    with empty_database() as engine:
        for batch in _batches(pages):
            posts = [
                veil.veil(post, seen_at=utc_now())
                for number, body in batch
                for post in listing.parse(_page(number, body), source).posts
            ]
            with transaction(engine) as session:
                stored = save_posts(session, posts, folder).stored
            cut = segmenter.segment(stored)
            scorer.score(cut, [None] * len(cut))


def _everything_s(pages: Sequence[bytes]) -> float:
    """Return the CPU seconds of all that the product does: every model, claims, rises, alerts."""
    source = list_source("s0", _URL, "listing", bench_site.SELECTORS)
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline(wiring.prepare(Path(folder) / "data"))
        began = time.process_time()
        for batch in _batches(pages):
            parsed = [p for n, body in batch for p in listing.parse(_page(n, body), source).posts]
            posts, _ = pipeline.veil(parsed, seen_at=utc_now())
            with transaction(pipeline.services.engine) as session:
                fresh = pipeline.keep(session, posts)
                pipeline.round(session, utc_now(), fresh=fresh)
        spent = time.process_time() - began
        pipeline.services.engine.dispose()
    return spent


def _careful(pages: Sequence[bytes], cut: _Cut, model: Any) -> None:
    """Use the same-named libraries as well as they can be used: batches, sessions, one cut."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=JACCARD, num_perm=PERMUTATIONS)
    firsts: dict[str, frozenset[str]] = {}
    with empty_database() as engine:
        for batch in _batches(pages):
            rows = [row for _, body in batch for row in parse_by_parsel(body)]
            model.predict_proba([cut(row["text"]) for row in rows])
            shingled = [
                frozenset(t[i : i + SHINGLE] for i in range(len(t) - SHINGLE + 1))
                for t in (row["text"] for row in rows)
            ]
            encoded = ([s.encode() for s in shingles] for shingles in shingled)
            sketches = MinHash.generator(encoded, num_perm=PERMUTATIONS)
            for row, shingles, sketch in zip(rows, shingled, sketches, strict=True):
                near = (k for k in index.query(sketch) if jaccard(shingles, firsts[k]) >= JACCARD)
                if next(near, None) is None:
                    firsts[row["id"]] = shingles
                    index.insert(row["id"], sketch, check_duplication=False)
            with transaction(engine) as session:
                _add_rows(session, rows)


def _add_rows(session: Session, rows: Sequence[dict[str, str]]) -> None:
    now = utc_now()
    session.add_all(
        PostRow(
            source="s0",
            post_id=row["id"],
            url=row["link"],
            published_at=now,
            seen_at=now,
            channel="forum",
            text=row["text"],
            voice=row["author"],
            fingerprint=fingerprint(row["text"]),
            reposts=0,
            comments=0,
            likes=0,
            time_uncertain=False,
            zone_assumed=False,
        )
        for row in rows
    )


def _trained(texts: Sequence[str]) -> tuple[_Cut, Any]:
    """Return jieba's cut and one linear model on its words, fitted before the clock runs."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    cut = jieba.Tokenizer().lcut
    words = TfidfVectorizer(analyzer=_as_it_is, lowercase=False)
    model = make_pipeline(words, LogisticRegression(max_iter=300))
    model.fit([cut(text) for text in texts], [number % 2 for number in range(len(texts))])
    return cut, model


def _as_it_is(words: list[str]) -> list[str]:
    return words


# A round when much is open


def _open(size: UnderstandingSize) -> Measure:
    found = in_child(_round_over_open, size.open_posts, size.fresh, size.places)
    return Measure(
        name="open",
        what=f"one round: {size.fresh:,} new posts, {size.open_posts:,} in open claims",
        unit="s",
        ours=found.pop("wall_s"),
        target="<= 15 s; 4 GB for a million open posts",
        facts=found,
    )


def _round_over_open(open_posts: int, fresh: int, places: int) -> dict[str, float]:
    """Fill claims with *open_posts* within two days, then take the round of *fresh* more."""
    count = open_posts + fresh
    start, step, text = utc_now() - timedelta(days=2), timedelta(days=2) / count, _tellings(places)
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline(wiring.prepare(Path(folder) / "data"))
        peaks, costs, wall = list[float](), list[float](), 0.0
        for first in range(0, count, fresh):
            numbers = range(first, min(first + fresh, count))
            posts = [_posted(n, text(n), start + n * step) for n in numbers]
            with transaction(pipeline.services.engine) as session:
                pipeline.keep(session, posts)
            began = time.monotonic()
            costs.append(cpu_s(partial(pipeline.run_round, posts[-1].published_at)) / len(numbers))
            wall = time.monotonic() - began
            peaks.append(peak_mb())
        with transaction(pipeline.services.engine) as session:
            held = select(func.count(ScoreRow.claim), func.count(ScoreRow.claim.distinct()))
            in_claims, claims = session.execute(held).one()
        pipeline.services.engine.dispose()
    return {
        "wall_s": wall,
        "cpu_s": costs[-1] * min(fresh, count),
        "a_post_against_the_first_rounds": costs[-1] / median(costs[:2]),
        "in_claims": float(in_claims),
        "claims": float(claims),
        "peak_mb": peaks[-1],
        # What a round needs for itself is there from the first one on.
        "mb_a_million": (peaks[-1] - peaks[0]) / max(1, count - fresh) * 1e6,
    }


def _tellings(places: int) -> _Tellings:
    """Return text by number: the same things told of many places, each in words of its own."""
    dice = random.Random(11)  # noqa: S311  not a secret
    pairs = [a + b for a in _SYLLABLES for b in _SYLLABLES if a != b]
    names = dice.sample(pairs, places)

    def text(number: int) -> str:
        own = random.Random(number)  # noqa: S311  not a secret
        what = own.choice(_HAPPENED).format(own.choice(names))
        tail = "".join(own.choices(_SYLLABLES, k=own.randrange(6, 24)))
        return f"{own.choice(_SAID).format(what)}，{tail}"

    return text


def _posted(number: int, text: str, at: datetime) -> Post:
    return Post(
        source="s0",
        post_id=str(number),
        url=None,
        published_at=at,
        seen_at=at,
        channel="forum",
        text=text,
        voice=f"{number * 2654435761 % 2**64:032x}",
        fingerprint=fingerprint(text),
    )
