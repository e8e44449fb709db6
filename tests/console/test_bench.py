import json

from console import bench
from console.bench_gathering import GatheringSize

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
TINY = bench.Size(rounds=1, posts=60, folded=60, leaves=33, warm=40, fresh=60, gathering=GATHERING)


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
        "crawl",
        "parse",
        "many",
        "grown",
    ]
    for row in rows:
        assert row["what"]
        assert row["unit"]
        assert row["ours"] > 0
        if row["name"] not in {"round", "many"}:
            assert row["peer_name"]
            assert row["peer"] > 0
            assert row["ratio"] > 0
    assert rows[0]["facts"]["identical"] == 1.0
    crawled, many = rows[7], rows[9]
    assert crawled["facts"]["posts"] == 2 * 3 * 30
    assert (many["facts"]["new"], many["facts"]["failed"]) == (3 * 20, 0)
    assert set(bench.LIBRARIES) < set(report["machine"])
    assert report["machine"]["cores"] >= 1
    assert report["size"]["posts"] == TINY.posts
    assert report["at"].endswith("+08:00")
    assert file.stem == f"{report['at'][:10]}-{report['commit']}"
    assert [line.split()[0] for line in told[:-1]] == [row["name"] for row in rows]


def test_folding_by_all_pairs_finds_what_an_exact_copy_and_a_near_copy_are(tmp_path) -> None:
    material = bench._material(400)  # noqa: SLF001  the peer must be right to be a peer
    posts = material.stored(400)
    exact = bench._fold_by_all_pairs(posts)  # noqa: SLF001
    by_print = {}
    for stored in posts:
        first = by_print.setdefault(stored.post.fingerprint, stored.key)
        if first != stored.key:
            assert exact[stored.key] in {first, exact[first]}
    assert 0 < sum(first is not None for first in exact.values()) < len(posts)
