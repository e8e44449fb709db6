"""One crawl in a process of its own: a fresh reactor, and a memory that can be measured.

``run_crawl`` is called in the test, ``main`` runs in the child.
"""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from core.vocabulary import VisitOutcome

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Seen:
    """How the visit to one source ended."""

    outcome: VisitOutcome
    reason: str
    found: int
    posts: int
    ended_s: float
    """Since the crawl began."""
    defects: tuple[str, ...]
    """Their reasons, each once."""


@dataclass(frozen=True)
class Run:
    """What one crawl gave, and what it took."""

    visits: Mapping[str, Seen]
    took_s: float
    cpu_s: float
    peak_mb: float
    """Highest memory of the child that did nothing else."""
    before_mb: float
    """Its memory when everything was imported and the crawl began."""
    noise: str = field(repr=False)
    """What it wrote to standard error."""


def run_crawl(
    sources: Sequence[Mapping[str, object]],
    *,
    settings: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    allow_loopback: bool = True,
    limit_s: float = 120,
) -> Run:
    """Visit *sources* (arguments of ``make_source``) once, in a child, and return what it told."""
    asked = {
        "sources": list(sources),
        "settings": dict(settings or {}),
        "allow_loopback": allow_loopback,
    }
    child = subprocess.run(
        [sys.executable, "-m", "tests.crawler.hostile_crawl"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=limit_s,
        cwd=ROOT,
        env=os.environ | dict(environment or {}),  # noqa: TID251  the child's, not a setting
        check=False,
    )
    assert child.returncode == 0, child.stderr[-4000:]
    told = json.loads(child.stdout.splitlines()[-1])
    visits = {
        name: Seen(**one | {"outcome": VisitOutcome(one["outcome"])})
        for name, one in told.pop("visits").items()
    }
    return Run(visits=visits, noise=child.stderr, **told)


def memory_mb(name: str) -> float:
    """Return a line of this process's status: VmHWM is the peak, VmRSS the present."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise AssertionError(name)


def main() -> None:
    """Do in the child what standard input says, and write down what happened."""
    from core.clock import utc_now
    from core.directory import Directory
    from crawler import crawl, parsers, spiders
    from crawler.ledger import MemoryLedger
    from crawler.privacy import Veil
    from tests.crawler.conftest import make_source

    assert parsers
    assert spiders
    asked = json.load(sys.stdin)
    settings = crawl.scrapy_settings(
        contact="mailto:desk@office.example",
        version="0.1",
        allow_loopback=asked["allow_loopback"],
        default_pace_s=0,
    )
    ledger = MemoryLedger()
    before, began, began_at = memory_mb("VmRSS"), time.monotonic(), utc_now()
    visits = crawl.run_blocking(
        lambda: crawl.visit_sources(
            [make_source(**one) for one in asked["sources"]],
            settings=settings | asked["settings"],
            veil=Veil(bytes(32), task="t", directory=Directory()),
            ledger=ledger,
            now=utc_now,
        )
    )
    defects, posts = defaultdict(set), defaultdict(set)
    for one in ledger.gathered:
        defects[one.source].update(defect.reason for defect in one.defects)
        posts[one.source].update(post.post_id for post in one.posts)
    told = {
        "visits": {
            v.source: {
                "outcome": v.outcome,
                "reason": v.reason,
                "found": v.found,
                "posts": len(posts[v.source]),
                "ended_s": (v.ended_at - began_at).total_seconds(),
                "defects": sorted(defects[v.source]),
            }
            for v in visits
        },
        "took_s": time.monotonic() - began,
        "cpu_s": time.process_time(),
        "peak_mb": memory_mb("VmHWM"),
        "before_mb": before,
    }
    sys.stdout.write("\n" + json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
