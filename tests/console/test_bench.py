import json

from console import bench
from console.bench_folding import folding_measure, made_copies
from console.bench_gathering import GatheringSize
from console.bench_understanding import UnderstandingSize

GATHERING = GatheringSize(
    crawl_sources=2,
    crawl_pages=3,
    crawl_rounds=1,
    parse_rounds=1,
    many_sources=3,
    many_items=20,
    grown=3_000,
    small=1_000,
)
TEXTS = [post.text for post in bench._material(600).posts]  # noqa: SLF001
UNDERSTANDING = UnderstandingSize(line_pages=3, line_rounds=1, open_posts=300, fresh=100, places=5)
TINY = bench.Size(
    rounds=1,
    posts=60,
    folded=60,
    leaves=33,
    warm=40,
    fresh=60,
    bins=1_400,
    understanding=UNDERSTANDING,
    gathering=GATHERING,
)


def test_every_row_is_measured_told_and_written_with_its_peer(tmp_path) -> None:
    told: list[str] = []
    file = bench.run(tmp_path / "results", tell=told.append, size=TINY)

    report = json.loads(file.read_text(encoding="utf-8"))
    rows = report["measures"]
    assert [row["name"] for row in rows] == [
        "segment",
        "score",
        "fold",
        "store",
        "log",
        "log",
        "round",
        "line",
        "open",
        "crawl",
        "parse",
        "many",
        "grown",
        "notice",
    ]
    for row in rows:
        assert row["what"]
        assert row["unit"]
        assert row["ours"] > 0
        if row["name"] not in {"round", "open", "many"}:
            assert row["peer_name"]
            assert row["peer"] > 0
            assert row["ratio"] > 0
    assert rows[0]["facts"]["identical"] == 1.0
    crawled, many = rows[9], rows[11]
    assert crawled["facts"]["posts"] == 2 * 3 * 30
    assert (many["facts"]["new"], many["facts"]["failed"]) == (3 * 20, 0)
    opened = rows[8]["facts"]
    assert opened["in_claims"] > 0.8 * (300 + 100)
    assert opened["claims"] > 5
    assert set(bench.LIBRARIES) < set(report["machine"])
    assert report["machine"]["cores"] >= 1
    assert report["size"]["posts"] == TINY.posts
    assert report["at"].endswith("+08:00")
    assert file.stem == f"{report['at'][:10]}-{report['commit']}"
    assert [line.split()[0] for line in told[:-1]] == [row["name"] for row in rows]


def test_the_made_copies_are_found_by_both_sides_of_the_folding_row() -> None:
    """A peer that finds nothing would be fast; so would ours."""
    copied = made_copies(TEXTS, 1_500)

    facts = folding_measure(copied).facts

    assert 0.1 < sum(first is not None for first in copied.of) / 1_500 < 0.2
    assert all(copied.of[first] is None for first in copied.of if first is not None)
    assert facts["precision"] > 0.95
    assert facts["recall"] > 0.9
    assert facts["peer_precision"] > 0.98
    assert facts["peer_recall"] > 0.98
