"""A crawl of a hundred bad hosts beside ten good ones, in a process of its own (F10).

The limits are lowered so that the suite stays quick; ``tests/proofs/prove_hostile.py`` does the
same with the product's own.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from core.vocabulary import VisitOutcome
from tests.crawler.forbidden import SHARED, Canary
from tests.crawler.hostile import HostileServer, Site, answer, feed
from tests.crawler.hostile_crawl import Run, run_crawl
from tests.crawler.misbehaviours import BAD, GOOD, Case, endless_body, sources_of, tls_cases

pytestmark = pytest.mark.slow

QUICK = {"DOWNLOAD_TIMEOUT": 6, "HUIYING_VISIT_LIMIT_S": 8}


class Crawled:
    """The cases, the server they were served by, and how two crawls of them went."""

    def __init__(self, folder: Path) -> None:
        tls, authority = tls_cases(folder)
        self.cases: Mapping[str, Case] = {**BAD, **tls, **GOOD}
        self.server = HostileServer({name: case.site for name, case in self.cases.items()})
        self.canary = Canary()
        proxy = f"http://127.0.0.1:{self.canary.port}"
        # Nothing in the environment but the authority to trust changes anything.
        environment = {
            "SSL_CERT_FILE": str(authority),
            "http_proxy": proxy,
            "https_proxy": proxy,
            "SCRAPY_ROBOTSTXT_OBEY": "False",
            "SCRAPY_DOWNLOAD_VERIFY_CERTIFICATES": "False",
        }
        self.runs = [self.crawl(environment) for _ in range(2)]

    def crawl(self, environment: Mapping[str, str]) -> Run:
        sources = sources_of(self.cases, self.server)
        return run_crawl(sources, settings=QUICK, environment=environment)

    def close(self) -> None:
        self.server.close()
        self.canary.close()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory) -> Iterator[Crawled]:
    crawled = Crawled(tmp_path_factory.mktemp("hostile"))
    yield crawled
    crawled.close()


TLS = ["good", "expired", "wrong_name", "unknown", "self_signed", "nameless"]
TLS += ["plain", "silent", "cut"]
ALL = [*BAD, *GOOD, *(f"tls_{name}" for name in TLS)]


@pytest.mark.parametrize("name", ALL)
def test_every_host_ends_with_its_name(crawled, name):
    case = crawled.cases[name]

    for run in crawled.runs:
        seen = run.visits[name]
        said = " ".join([seen.reason, *seen.defects])
        assert (seen.outcome, seen.found) == (case.outcome, case.found), said
        assert case.said in said
        assert said.strip() or seen.outcome is VisitOutcome.OK


def test_there_are_enough_of_them(crawled):
    assert set(ALL) == set(crawled.cases)
    assert len(BAD) >= 60
    assert len(GOOD) == 10


def test_every_good_host_is_fetched_whole(crawled):
    for run in crawled.runs:
        for name, case in GOOD.items():
            assert run.visits[name].posts == case.found, name


def test_the_run_ends_in_time_and_within_its_memory(crawled):
    for run in crawled.runs:
        assert run.took_s < 45
        assert run.peak_mb < 300
        assert max(run.visits[name].ended_s for name in GOOD) < 20


def test_a_second_run_gives_the_same(crawled):
    first, second = (
        {name: (seen.outcome, seen.found) for name, seen in run.visits.items()}
        for run in crawled.runs
    )

    assert first == second


def test_no_proxy_was_used_and_no_cookie_returned(crawled):
    assert crawled.canary.hits == {}
    sent = {
        name.lower()
        for asked in crawled.server.asked.values()
        for one in asked
        for name in one.headers
    }
    assert sent == {"accept", "accept-encoding", "accept-language", "host", "user-agent"}


def test_nothing_of_a_page_or_an_address_is_told(crawled):
    for run in crawled.runs:
        for text in ("澄川县", "?id=", "Traceback", "/d/1", "<rss"):
            assert text not in run.noise


def test_who_refuses_is_not_asked_again(crawled):
    for name in ("says_401", "says_403", "says_429", "says_503"):
        assert crawled.server.paths(name) == ["/", "/"], "once in each run"
    for name in ("robots_500", "robots_disallow", "robots_names_us", "robots_crowded"):
        assert crawled.server.paths(name) == []


def test_a_hundred_and_twenty_endless_bodies_at_once_stay_within_the_memory():
    server = HostileServer({f"endless_{n}": Site(endless_body) for n in range(120)})
    sources = [{"name": name, "url": server.url(name)} for name in server.sites]

    run = run_crawl(sources, settings=QUICK)

    server.close()
    reasons = {seen.reason for seen in run.visits.values()}
    assert len(run.visits) == 120
    assert {seen.outcome for seen in run.visits.values()} <= {
        VisitOutcome.DAMAGED,
        VisitOutcome.UNREACHABLE,
    }
    assert any("同时接收" in reason for reason in reasons)
    assert run.peak_mb < 300


# The shared bad inputs


def raw(file: str) -> bytes:
    return (SHARED / "http" / file).read_bytes()


def packed(file: str, encoding: str) -> bytes:
    body = (SHARED / "archive" / file).read_bytes()
    return answer(body, "200 OK", f"Content-Encoding: {encoding}")


def shared_cases() -> dict[str, Case]:
    """Return what the README of the shared bad inputs says of those that are served."""
    damaged, gone = VisitOutcome.DAMAGED, VisitOutcome.UNREACHABLE
    page = answer(feed("共"))
    return {
        "http_01": Case(Site(raw("01_no_status.raw")), damaged, "响应头"),
        "http_02": Case(Site(raw("02_content_length_short.raw")), damaged, "不完整"),
        "http_03": Case(Site(raw("03_content_length_dup.raw")), damaged, "HTTP 规范"),
        "http_04": Case(Site(raw("04_bad_chunk.raw")), damaged, "不完整"),
        "http_05": Case(Site(raw("05_huge_header.raw")), damaged, "响应头过大"),
        "http_06": Case(Site(raw("06_many_cookies.raw")), VisitOutcome.EMPTY, "空"),
        "http_07": Case(Site(raw("07_redirect_self.raw")), gone, "重定向过多"),
        "http_08": Case(Site(raw("08_header_injection.raw")), gone, "已拦截"),
        "http_09": Case(Site(raw("09_retry_after.raw")), VisitOutcome.THROTTLED, "429"),
        "http_10": Case(Site(page, raw("10_robots_500.raw")), VisitOutcome.DISALLOWED, "500"),
        "http_11": Case(Site(page, raw("11_robots_huge.raw")), VisitOutcome.OK, "", found=5),
        "http_12": Case(Site(raw("12_referrer_policy.raw")), damaged, "XML"),
        "archive_06": Case(Site(packed("06_gzip_bomb.gz", "gzip")), damaged, "解压后超过"),
        "archive_07": Case(Site(packed("07_gzip_twice.gz", "gzip, gzip")), damaged, "多层"),
        "archive_08": Case(Site(packed("08_gzip_truncated.gz", "gzip")), damaged, "不完整"),
        "archive_09": Case(Site(packed("09_deflate_raw.bin", "deflate")), damaged, "压缩方式"),
    }


def test_the_shared_bad_answers_end_as_their_readme_says():
    if not SHARED.exists():
        pytest.skip("no shared bad inputs beside the repository")
    cases = shared_cases()
    server = HostileServer({name: case.site for name, case in cases.items()})

    run = run_crawl(sources_of(cases, server), settings=QUICK)

    asked = {name: len(server.asked[name]) for name in cases}
    server.close()
    wrong = {
        name: (run.visits[name].outcome, run.visits[name].reason)
        for name, case in cases.items()
        if run.visits[name].outcome is not case.outcome or case.said not in run.visits[name].reason
    }
    assert wrong == {}
    assert asked["http_01"] == 3, "robots.txt, the page, and one retry"
    assert asked["http_09"] == 2, "robots.txt and the page, no retry"
    assert run.peak_mb - run.before_mb < 64
