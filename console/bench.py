"""``huiying bench``: how fast we are, as ratios against named peers in the same run.

Both sides get the same posts (the drill's own, so no third-party text), in rounds that alternate,
on the clock of this process's CPU time; medians are told. Absolute figures are of one machine and
one moment; only the ratios travel. ``docs/performance.md`` explains each row.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, fields
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from console import wiring
from console.bench_folding import folding_measure, made_copies
from console.bench_gathering import GatheringSize, empty_database, gathering_measures
from console.bench_noticing import noticing_measures
from console.bench_understanding import UnderstandingSize, understanding_measures
from console.drill.generator import generate, write_posts
from console.measuring import Measure, cpu_s, race
from console.pipeline import Pipeline
from console.replaying import read_in_order
from core.clock import beijing, utc_now
from core.database import transaction
from core.directory import Directory
from core.lexicon import load_lexicon
from crawler.folding import Folder
from crawler.privacy import Veil
from crawler.records import Post, StoredPost
from crawler.store import save_posts
from crawler.tables import PostRow
from release import tlog

BATCH = 1_000
"""Posts stored in one transaction, on both sides."""

LIBRARIES = ("jieba", "numpy", "rjieba", "scikit-learn", "sqlalchemy")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; a test takes little."""

    rounds: int = 5
    posts: int = 3_000
    """Posts of a batch."""
    folded: int = 20_000
    """Texts among which copies are sought."""
    leaves: int = 10_000
    warm: int = 5_000
    fresh: int = 10_000
    bins: int = 28 * 144
    """Ten-minute counts of a watched series."""
    """Posts of the analysed round, after *warm* ones."""
    understanding: UnderstandingSize = field(default_factory=UnderstandingSize)
    gathering: GatheringSize = field(default_factory=GatheringSize)


@dataclass(frozen=True, slots=True)
class Material:
    """Posts of the drill, those of each seed as a source of its own."""

    posts: tuple[Post, ...] = field(repr=False)
    asks: tuple[bool, ...] = field(repr=False)
    """Whether each was written as a question: the label of the peer's model."""

    def stored(self, count: int) -> list[StoredPost]:
        """Return the first *count* posts as if they were stored."""
        return [StoredPost(key, post, None, None) for key, post in enumerate(self.posts[:count], 1)]


def run(out: Path, *, tell: Callable[[str], None], size: Size | None = None) -> Path:
    """Measure every row, tell the table and return the JSON file written into *out*."""
    size = size or Size()
    now = utc_now()
    material = _material(max(size.posts, size.warm + size.fresh))
    measures: list[Measure] = []
    for measure in (_segmenting, _scoring, _folding, _storing, _logging, _analysing):
        found = measure(material, size)
        for row in found:
            tell(_line(row))
        measures += found
    texts = [post.text for post in material.posts]
    later = (
        understanding_measures(texts, size.understanding),
        gathering_measures(texts, size.gathering),
        noticing_measures(size.bins, size.rounds),
    )
    for row in chain(*later):
        tell(_line(row))
        measures.append(row)
    file = out / f"{beijing(now):%Y-%m-%d}-{_commit()}.json"
    report = {
        "at": beijing(now).isoformat(timespec="seconds"),
        "commit": _commit(),
        "seconds": round((utc_now() - now).total_seconds(), 1),
        "size": asdict(size),
        "machine": _machine(),
        "measures": [asdict(measure) for measure in measures],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    tell(f"{file}")
    return file


def _line(measure: Measure) -> str:
    ours = f"{measure.ours:,.0f}" if measure.ours >= 100 else f"{measure.ours:.3g}"
    parts = [f"{measure.name:<9} {measure.what}: {ours} {measure.unit}"]
    if measure.peer is not None and measure.ratio is not None:
        parts.append(f"{measure.peer_name} {measure.peer:,.0f}; {measure.ratio:.2f}x")
    if measure.target:
        parts.append(f"goal {measure.target}")
    parts += [f"{name} {value:.4g}" for name, value in measure.facts.items()]
    return "; ".join(parts)


def _machine() -> dict[str, str | int | float]:
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count() or 1,
        "load_1min": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _commit() -> str:
    """Return the commit this is, or ``worktree`` for anything that no commit holds."""
    if (git := shutil.which("git")) is None:
        return "worktree"
    asked = [git, "--no-optional-locks", "describe", "--always", "--dirty", "--exclude=*"]
    here = Path(__file__).parent
    answer = subprocess.run(asked, cwd=here, capture_output=True, text=True, check=False)  # noqa: S603  fixed words
    name = answer.stdout.strip()
    return name if name.isalnum() else "worktree"


def _material(count: int) -> Material:
    posts: list[Post] = []
    asks: list[bool] = []
    veil = Veil(bytes(32), task="bench", directory=Directory())
    with tempfile.TemporaryDirectory() as folder:
        seed = 0
        while len(posts) < count:
            seed += 1
            drill, file = generate(seed), Path(folder) / "posts.jsonl"
            write_posts(drill, file)
            parsed, _ = read_in_order(file, f"seed{seed}")
            parsed = parsed[: count - len(posts)]
            posts += [veil.veil(post, seen_at=utc_now()) for post in parsed]
            asks += [drill.labels[post.post_id].is_question for post in parsed]
    return Material(tuple(posts), tuple(asks))


def _segmenting(material: Material, size: Size) -> list[Measure]:
    from analysis.segment import Segmenter

    texts = [post.text for post in material.posts[: size.posts]]
    segmenter = Segmenter(load_lexicon().user_words())
    jieba = segmenter.peer()
    same = sum(segmenter.words(text) == tuple(jieba.lcut(text)) for text in texts)
    ours, peer, ratio = race(
        size.rounds,
        lambda: [segmenter.words(text) for text in texts],
        lambda: [jieba.lcut(text) for text in texts],
    )
    return [
        Measure(
            name="segment",
            what="cut into jieba's words, user words included",
            unit="posts/s",
            ours=len(texts) / ours,
            peer_name="jieba.lcut",
            peer=len(texts) / peer,
            ratio=ratio,
            target=">= 15x, >= 0.9999 identical",
            facts={"identical": same / len(texts)},
        )
    ]


def _scoring(material: Material, size: Size) -> list[Measure]:
    from analysis.checkworthy import load_check_scorer
    from analysis.concerns import load_concern_scorer
    from analysis.emotion import load_emotion_scorer
    from analysis.features import hash_texts
    from analysis.gazetteer import Gazetteer
    from analysis.segment import Segmenter
    from analysis.signs import SignReader
    from analysis.sorting import load_post_sorter
    from analysis.stance import load_stance_scorer

    posts = material.stored(size.posts)
    segmenter = Segmenter(load_lexicon().user_words())
    signs = SignReader(load_lexicon(), Gazetteer(Directory()))
    checks, emotions, sorter = load_check_scorer(), load_emotion_scorer(), load_post_sorter()
    concern, stance = load_concern_scorer(), load_stance_scorer()
    none = [None] * len(posts)

    cut = segmenter.segment(posts)
    read = [signs.read(post.text) for post in cut]
    # Four posts in five speak of a claim or answer a post, as in the drill.
    about = [cut[0].text if number % 5 else None for number in range(len(cut))]
    steps: dict[str, Callable[[], object]] = {
        "cut": lambda: segmenter.segment(posts),
        "signs": lambda: [signs.read(post.text) for post in cut],
        "needs_check": lambda: checks.score(cut, none),
        "emotion": lambda: emotions.score(cut),
        "sorting": lambda: sorter.sort(cut, read),
        "concern": lambda: concern.judge(cut, read),
        "stance": lambda: stance.judge(cut, read, about),
    }

    def score_all() -> None:
        # The models share the hashes of a batch; those of an earlier round would be a gift.
        hash_texts.cache_clear()
        for step in steps.values():
            step()

    ours, peer, ratio = race(size.rounds, score_all, _one_linear_model(material, size))
    hash_texts.cache_clear()
    return [
        Measure(
            name="score",
            what="cut, signs and all models of a batch",
            unit="posts/s",
            ours=len(posts) / ours,
            peer_name="jieba + TfidfVectorizer + LogisticRegression, one model",
            peer=len(posts) / peer,
            ratio=ratio,
            target=">= 8x",
            facts={f"{n}_us": 1e6 * cpu_s(step) / len(posts) for n, step in steps.items()},
        )
    ]


def _one_linear_model(material: Material, size: Size) -> Callable[[], object]:
    """Return the peer's act: to score the batch by one model, trained here on half of it."""
    import jieba
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = [post.text for post in material.posts[: size.posts]]
    asks = material.asks[: size.posts]
    words = TfidfVectorizer(
        tokenizer=jieba.Tokenizer().lcut, token_pattern=None, lowercase=False, ngram_range=(1, 2)
    )
    model = make_pipeline(words, LogisticRegression(max_iter=300))
    model.fit(texts[::2], asks[::2])
    return lambda: model.predict_proba(texts)


def _folding(material: Material, size: Size) -> list[Measure]:
    texts = [post.text for post in material.posts]
    return [folding_measure(made_copies(texts, size.folded))]


class _NoFolder(Folder):
    """Folds nothing: folding has a row of its own, and the peer does none."""

    def fold_many(self, posts: Sequence[object]) -> list[int | None]:
        """Return None for each."""
        return [None] * len(posts)


def _storing(material: Material, size: Size) -> list[Measure]:
    posts = material.posts[: size.posts]

    def save(session: Session, batch: Sequence[Post]) -> None:
        save_posts(session, batch, _NoFolder())

    ours, peer, ratio = race(
        size.rounds, lambda: _store(posts, save), lambda: _store(posts, _add_all)
    )
    return [
        Measure(
            name="store",
            what=f"new posts into SQLite (WAL, FULL), {BATCH} a transaction",
            unit="posts/s",
            ours=len(posts) / ours,
            peer_name="SQLAlchemy ORM add_all",
            peer=len(posts) / peer,
            ratio=ratio,
            target=">= 6x",
        )
    ]


def _store(posts: Sequence[Post], save: Callable[[Session, Sequence[Post]], None]) -> None:
    with empty_database() as engine:
        for start in range(0, len(posts), BATCH):
            with transaction(engine) as session:
                save(session, posts[start : start + BATCH])


_SAME_NAMES = [f.name for f in fields(Post) if f.name in PostRow.__table__.columns]


def _add_all(session: Session, batch: Sequence[Post]) -> None:
    session.add_all(
        PostRow(
            **{name: getattr(post, name) for name in _SAME_NAMES},
            reposts=post.counts.reposts,
            comments=post.counts.comments,
            likes=post.counts.likes,
        )
        for post in batch
    )


def _logging(_material: Material, size: Size) -> list[Measure]:
    leaves = [hashlib.sha256(str(n).encode()).digest() for n in range(size.leaves)]
    tree = tlog.Tree(leaves)
    proofs = [tree.inclusion(n, size.leaves) for n in range(size.leaves)]
    root = tree.root()

    def check() -> None:
        for index, (leaf, proof) in enumerate(zip(leaves, proofs, strict=True)):
            if not tlog.verify_inclusion(leaf, index, size.leaves, proof, root):
                raise ArithmeticError(f"proof {index} of {size.leaves} does not hold")

    def hash_nodes(count: int) -> None:
        for _ in range(count):
            hashlib.sha256(b"\x01" + root + root).digest()

    steps = sum(map(len, proofs))
    append_s, _, append = race(
        size.rounds, lambda: tlog.Tree(leaves), lambda: hash_nodes(size.leaves)
    )
    check_s, _, checked = race(size.rounds, check, lambda: hash_nodes(steps))
    floor = "hashlib alone, the same number of hashes"
    return [
        Measure(
            name="log",
            what=f"entries appended to the tree, {size.leaves:,} in all",
            unit="entries/s",
            ours=size.leaves / append_s,
            peer_name=floor,
            peer=size.leaves / append_s / append,
            ratio=append,
        ),
        Measure(
            name="log",
            what=f"inclusion proofs checked, {size.leaves:,} entries",
            unit="proofs/s",
            ours=size.leaves / check_s,
            peer_name=floor,
            peer=size.leaves / check_s / checked,
            ratio=checked,
        ),
    ]


def _analysing(material: Material, size: Size) -> list[Measure]:
    warm = material.posts[: size.warm]
    fresh = material.posts[size.warm : size.warm + size.fresh]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = Pipeline(wiring.prepare(Path(folder) / "data"))
        first_s, _ = _round(pipeline, warm)
        round_s, wall_s = _round(pipeline, fresh)
        pipeline.services.engine.dispose()
    each_s = round_s / len(fresh)
    facts = {"wall_s": wall_s, "a_post_against_the_first_round": each_s / (first_s / len(warm))}
    what = f"one round: {len(fresh):,} new posts scored, grouped, noticed, stored"
    return [Measure(name="round", what=what, unit="s", ours=round_s, facts=facts)]


def _round(pipeline: Pipeline, posts: Sequence[Post]) -> tuple[float, float]:
    """Return the CPU and wall seconds of the round that follows *posts*."""
    with transaction(pipeline.services.engine) as session:
        pipeline.keep(session, posts)
    start = time.monotonic()
    spent = cpu_s(lambda: pipeline.run_round(posts[-1].published_at))
    return spent, time.monotonic() - start
