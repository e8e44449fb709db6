"""F10: a hundred bad hosts beside ten good ones, with the product's own limits.

The suite does the same with lower ones (``tests/crawler/test_hostile.py``).
"""

import asyncio
from collections.abc import Callable

from core.vocabulary import VisitOutcome
from tests.crawler.hostile import Exchange, HostileServer, Site, answer, detail, listing
from tests.crawler.hostile_crawl import Run, run_crawl
from tests.crawler.misbehaviours import BAD, GOOD, Case, behind, sources_of, tls_cases

SLOW_LIST = "list_of_slow_pages"
"""It goes on for as long as a visit may, so it is proved by itself."""


def test_bad_hosts_end_by_name_and_good_ones_are_fetched_whole(
    tmp_path, tell: Callable[[str], None], *, short: bool
) -> None:
    tls, authority = tls_cases(tmp_path)
    cases = {name: case for name, case in {**BAD, **tls, **GOOD}.items() if name != SLOW_LIST}
    server = HostileServer({name: case.site for name, case in cases.items()})
    environment = {"SSL_CERT_FILE": str(authority)}

    runs = [
        run_crawl(sources_of(cases, server), environment=environment)
        for _ in range(1 if short else 3)
    ]

    server.close()
    for run in runs:
        assert wrong(cases, run) == {}
        assert run.took_s < 120
        assert run.peak_mb < 300
        tell(
            f"hostile: {len(cases) - len(GOOD)} bad hosts, each by its name, {len(GOOD)} good ones "
            f"whole by {max(run.visits[name].ended_s for name in GOOD):.1f} s; end after "
            f"{run.took_s:.1f} s, {run.cpu_s:.1f} s of CPU, memory {run.before_mb:.0f} MB, "
            f"at most {run.peak_mb:.0f} MB"
        )


async def eight_seconds(exchange: Exchange) -> None:
    await asyncio.sleep(8)
    await exchange.send(answer(detail("慢", len(exchange.server.paths("slow")))))


def test_a_list_of_slow_pages_ends_with_the_time_of_a_visit(
    tell: Callable[[str], None], *, short: bool
) -> None:
    site = Site(answer(listing(60)), pages=behind(*[eight_seconds] * 60))
    case = Case(site, VisitOutcome.OK, "本次访问已满", found=60, kind="list", pace_s=0.5)
    server = HostileServer({"slow": site})
    limit_s = 20 if short else 300

    run = run_crawl(
        sources_of({"slow": case}, server),
        settings={"HUIYING_VISIT_LIMIT_S": limit_s} if short else {},
        limit_s=400,
    )

    server.close()
    assert wrong({"slow": case}, run) == {}
    assert run.took_s < limit_s + 5
    read = run.visits["slow"].posts
    tell(f"hostile: 60 pages of 8 s each, {read} read, ended after {run.took_s:.1f} s")


def wrong(cases: dict[str, Case], run: Run) -> dict[str, tuple[str, str, int]]:
    """Return what ended otherwise than its case says."""
    seen = {
        name: (
            case,
            run.visits[name],
            " ".join([run.visits[name].reason, *run.visits[name].defects]),
        )
        for name, case in cases.items()
    }
    return {
        name: (visit.outcome, said, visit.posts)
        for name, (case, visit, said) in seen.items()
        if (visit.outcome, visit.found) != (case.outcome, case.found)
        or case.said not in said
        or (name in GOOD and visit.posts != case.found)
    }
