"""robots.txt (RFC 9309): what it says to us, how long it is believed, and that nothing beats it."""

import time
from pathlib import Path

import pytest
from scrapy.http import Request

from core.errors import HuiyingError
from core.vocabulary import VisitOutcome
from crawler.egress import guard_settings, require_guards
from crawler.egress.rules import MAX_BYTES, MAX_RULES, read_rules
from crawler.ledger import RobotsInMemory
from crawler.sources import load_sources
from tests.crawler.forbidden import SHARED
from tests.crawler.probing import probe, probe_settings

ALL, NONE = "User-agent: *\nAllow: /", "User-agent: *\nDisallow: /"


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("", "/a", True),
        (NONE, "/a", False),
        (NONE, "/robots.txt", True),
        ("User-agent: *\nDisallow:", "/a", True),
        # Our token, however it is written, and no other
        (f"{ALL}\n\nUser-agent: Huiying\nDisallow: /", "/a", False),
        (f"{ALL}\n\nUser-Agent: HUIYING\nDisallow: /", "/a", False),
        (f"{ALL}\n\nuser-agent : huiying/0.1\nDisallow: /", "/a", False),
        (f"{ALL}\n\nUser-agent: Huiying*\nDisallow: /", "/a", False),
        (f"{ALL}\n\nUser-agent: Hui\nDisallow: /", "/a", True),
        (f"{ALL}\n\nUser-agent: Huiyingbot\nDisallow: /", "/a", True),
        (f"{ALL}\n\nUser-agent: example\nDisallow: /", "/a", True),
        (f"{NONE}\n\nUser-agent: Huiying\nAllow: /", "/a", True),
        (f"{NONE}\n\nUser-agent: Huiying\nDisallow:", "/a", True),
        # Groups
        ("User-agent: a\nUser-agent: huiying\nUser-agent: b\nDisallow: /", "/a", False),
        ("User-agent: huiying\nDisallow: /a\n\nUser-agent: huiying\nDisallow: /b", "/b", False),
        ("User-agent: huiying\nDisallow: /a\n\nUser-agent: huiying\nDisallow: /b", "/a", False),
        ("User-agent: huiying\nSitemap: http://x.example/\nDisallow: /a", "/a", False),
        ("User-agent: huiying\nCrawl-delay: 1\nUser-agent: b\nDisallow: /", "/a", True),
        ("Disallow: /", "/a", True),
        # The longest rule counts, and of two equal ones the one that allows
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php5", True),
        ("User-agent: *\nDisallow: /*?id=", "/x?id=3", False),
        ("User-agent: *\nDisallow: /%E6%96%B0", "/新闻", False),
        ("User-agent: *\nDisallow: /新", "/%E6%96%B0%E9%97%BB", False),
        # As it is written
        ("\ufeffUser-agent: *\r\nDisallow: /a # not here\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("user-agent:*\ndissallow: /a", "/a", False),  # codespell:ignore
        ("User-agent *\nDisallow /a", "/a", False),
        ("# User-agent: *\n# Disallow: /", "/a", True),
        ("<html><body>Disallow: / is not a rule here</body></html>", "/a", True),
        ("User-agent: *\nDisallow: /\x00a\nDisallow: /b", "/b", False),
    ],
)
def test_what_a_robots_txt_allows(robots, path, *, allowed):
    assert read_rules(robots.encode()).allow(f"http://news.example{path}") is allowed


@pytest.mark.parametrize(
    ("line", "delay_s"),
    [
        ("Crawl-delay: 7", 7),
        ("crawl-delay: 0.5", 0.5),
        ("Crawl-delay: 99999", 60),
        ("Crawl-delay: -4", 0),
        ("Crawl-delay: nan", 0),
        ("Crawl-delay: soon", 0),
        ("Disallow: /a", 0),
    ],
)
def test_a_crawl_delay_is_believed_up_to_a_minute(line, delay_s):
    assert read_rules(f"User-agent: *\n{line}".encode()).crawl_delay_s == delay_s


def test_nothing_is_read_beyond_half_a_megabyte_and_no_line_by_halves():
    head = b"User-agent: *\nAllow: /\n"
    filler = b"#" * (MAX_BYTES - len(head) - 19) + b"\n"
    body = head + filler + b"Disallow: /private/archive\nDisallow: /late\n"

    rules = read_rules(body)

    assert body[:MAX_BYTES].endswith(b"\nDisallow: /private")
    assert rules.allow("http://news.example/private/archive")
    assert rules.allow("http://news.example/late")


def filled(line: str) -> bytes:
    """Return a file of rules like *line*, a number in each, as long as is read."""
    lines = (line.replace("N", str(number)) for number in range(MAX_BYTES))
    kept, size = ["User-agent: *"], 13
    for one in lines:
        size += len(one) + 1
        if size > MAX_BYTES:
            return "\n".join(kept).encode()
        kept.append(one)
    raise AssertionError(line)


SHAPES = {
    "one pattern of stars": b"User-agent: *\nDisallow: /" + b"*a" * 250_000 + b"$",
    "stars that nearly fit": b"User-agent: *\nDisallow: /" + (b"*" + b"a" * 99 + b"b") * 5_000,
    "many patterns": filled("Disallow: /*aaaaaaaaaaaaaabN"),
    "as many as are taken": b"\n".join(
        [b"User-agent: *", *(b"Disallow: /*aaaaaaaaaaaaaab%d" % n for n in range(MAX_RULES))]
    ),
    "many plain rules": filled("Disallow: /N"),
    "many agents, then rules": "\n".join(
        [f"User-agent: a{n}" for n in range(12_000)] + [f"Disallow: /{n}" for n in range(12_000)]
    ).encode(),
    "our name again and again": filled("User-agent: huiying\nDisallow: /N"),
    "lines of nothing": b"\n" * MAX_BYTES,
    "lines of a letter": b"a\n" * (MAX_BYTES // 2),
    "one line of blanks": b"User-agent: *\nDisallow" + b" " * (MAX_BYTES - 40) + b"x",
    "fields without end": b"a" * MAX_BYTES,
    "percent signs": filled("Disallow: /*%%%6N%"),
}
LONG = ["http://h.example/" + "a" * 2_000, "http://h.example/" + "ab" * 1_000]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_pathological_robots_txt_is_read_and_asked_in_time(shape):
    begun = time.process_time()
    rules = read_rules(SHAPES[shape])
    read_s = time.process_time() - begun
    for _ in range(10):
        for url in LONG:
            rules.allow(url)

    assert read_s < 1
    assert time.process_time() - begun - read_s < 1, "20 addresses"


def test_the_shared_pathological_file_is_read_in_time():
    file = SHARED / "http" / "11_robots_huge.raw"
    if not file.exists():
        pytest.skip("no shared bad inputs beside the repository")
    begun = time.process_time()

    allowed = read_rules(file.read_bytes().partition(b"\n\n")[2]).allow(LONG[0])

    assert time.process_time() - begun < 1
    assert allowed


def test_a_site_with_too_many_rules_is_left_alone():
    rules = read_rules(filled("Disallow: /N"))

    assert rules.crowded
    assert not rules.allow("http://news.example/x")


# Asking for it


def asked_for_robots(site) -> int:
    return site.asked.count("/robots.txt")


def test_a_robots_txt_is_asked_for_once_a_crawl(site, reactor):
    site.say("/robots.txt", ALL)

    probe(reactor, [f"{site.url}/{n}" for n in range(5)])

    assert asked_for_robots(site) == 1


def test_what_waits_for_a_robots_txt_is_refused_by_it_too(site, reactor):
    """Twenty at once: the first asks, and the others may not slip by while it is asked."""
    site.say("/robots.txt", NONE)
    wanted = [f"{site.url}/{n}" for n in range(20)]

    said = probe(reactor, wanted).said

    assert [said[url] for url in wanted] == [(VisitOutcome.DISALLOWED, "robots.txt 不允许")] * 20
    assert site.asked == ["/robots.txt"]


def test_a_remembered_robots_txt_is_not_asked_for_and_still_obeyed(site, reactor):
    memory = RobotsInMemory({site.url: NONE.encode()})

    said = probe(reactor, [f"{site.url}/a"], robots=memory).said

    assert site.asked == []
    assert said[f"{site.url}/a"] == (VisitOutcome.DISALLOWED, "robots.txt 不允许")


@pytest.mark.parametrize(
    ("body", "status", "remembered"),
    [(ALL, 200, ALL.encode()), ("x", 404, b""), ("x", 403, b""), ("x", 500, None), ("", 429, None)],
)
def test_an_answer_is_remembered_and_a_failure_is_not(site, reactor, body, status, remembered):
    site.say("/robots.txt", body, status)
    memory = RobotsInMemory()

    probe(reactor, [f"{site.url}/a"], robots=memory)

    assert memory.fetched == ({} if remembered is None else {site.url: remembered})


@pytest.mark.parametrize(("status", "allowed"), [(401, True), (403, True), (404, True)])
def test_a_robots_txt_that_may_not_be_read_is_none(site, reactor, status, *, allowed):
    site.say("/robots.txt", "", status)
    site.say("/a", "page")

    said = probe(reactor, [f"{site.url}/a"]).said

    assert (said[f"{site.url}/a"].body == b"page") is allowed


def test_a_robots_txt_may_lie_behind_a_redirect(site, reactor):
    site.say("/robots.txt", "", 301, Location="/robots2.txt")
    site.say("/robots2.txt", NONE)

    said = probe(reactor, [f"{site.url}/a"]).said

    assert said[f"{site.url}/a"] == (VisitOutcome.DISALLOWED, "robots.txt 不允许")


def test_a_crawl_delay_slows_down_a_host_that_has_no_pace(site, reactor):
    site.say("/robots.txt", "User-agent: *\nCrawl-delay: 0.4")
    begun = time.monotonic()

    probe(reactor, [f"{site.url}/{n}" for n in range(4)])

    # Five requests, so four pauses.
    assert time.monotonic() - begun >= 4 * 0.4


def test_the_longer_of_pace_and_crawl_delay_counts(site, reactor):
    site.say("/robots.txt", "User-agent: *\nCrawl-delay: 0.1")
    slots = {"127.0.0.1": {"delay": 0.4, "concurrency": 1, "jitter": 0}}
    begun = time.monotonic()

    probe(
        reactor,
        [f"{site.url}/{n}" for n in range(3)],
        settings=probe_settings(DOWNLOAD_SLOTS=slots, AUTOTHROTTLE_ENABLED=True),
    )

    assert time.monotonic() - begun >= 3 * 0.4


# Nothing switches it off


def test_the_mark_that_scrapy_knows_changes_nothing(site, reactor):
    site.say("/robots.txt", NONE)
    request = Request(f"{site.url}/a", meta={"dont_obey_robotstxt": True, "huiying_robots": True})

    said = probe(reactor, [request]).said

    assert said[f"{site.url}/a"] == (VisitOutcome.DISALLOWED, "robots.txt 不允许")
    assert site.asked == ["/robots.txt"]


def test_no_key_of_a_source_is_about_robots(tmp_path: Path):
    file = tmp_path / "sources.toml"
    plain = '[[source]]\nname = "a"\nurl = "http://news.example/"\nparser = "feed"\n'
    for key in ("robots", "obey_robots", "robotstxt_obey", "dont_obey_robotstxt", "settings"):
        file.write_text(f'{plain}channel = "forum"\n{key} = false\n', encoding="utf-8")

        with pytest.raises(HuiyingError, match=key):
            load_sources(file, allow_loopback=False, default_pace_s=2.0)


def opened(value: object) -> object:
    """Return what a setting would be if somebody wanted less of it."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, dict):
        return {}
    return [] if isinstance(value, list) else int(not value)


CLOSED = guard_settings(allow_loopback=False) | {"USER_AGENT": "Huiying/1 (+mailto:a@b.example)"}
KEYS = [name for name in CLOSED if name != "HUIYING_ALLOW_LOOPBACK"]


def test_the_settings_as_they_are_made_are_accepted():
    require_guards(CLOSED)
    require_guards(probe_settings())


@pytest.mark.parametrize("name", KEYS)
def test_no_setting_can_open_what_is_closed(name):
    changed = "Mozilla/5.0" if name == "USER_AGENT" else opened(CLOSED[name])

    with pytest.raises(HuiyingError, match=name):
        require_guards(CLOSED | {name: changed})
    with pytest.raises(HuiyingError, match=name):
        require_guards({key: value for key, value in CLOSED.items() if key != name})


@pytest.mark.parametrize(
    "name", [name for name in CLOSED["DOWNLOADER_MIDDLEWARES"] if name.startswith("crawler.")]
)
def test_no_guard_can_be_left_out(name):
    fewer = {key: at for key, at in CLOSED["DOWNLOADER_MIDDLEWARES"].items() if key != name}

    with pytest.raises(HuiyingError, match="DOWNLOADER_MIDDLEWARES"):
        require_guards(CLOSED | {"DOWNLOADER_MIDDLEWARES": fewer})


@pytest.mark.parametrize("name", ["ADDONS", "DOWNLOADER", "DOWNLOADER_MIDDLEWARES_BASE"])
def test_what_could_go_round_the_guards_may_not_be_set(name):
    with pytest.raises(HuiyingError, match=f"{name} must not be set"):
        require_guards(CLOSED | {name: {}})


def test_limits_may_be_lower_but_never_higher():
    require_guards(CLOSED | {"DOWNLOAD_TIMEOUT": 4, "HUIYING_VISIT_LIMIT_S": 10.5})

    with pytest.raises(HuiyingError, match="DOWNLOAD_TIMEOUT must be 30, got 31"):
        require_guards(CLOSED | {"DOWNLOAD_TIMEOUT": 31})


@pytest.mark.parametrize(
    "change",
    [
        {"ROBOTSTXT_OBEY": False},
        {"DOWNLOADER_MIDDLEWARES": {"crawler.egress.guarding.PeerGuard": 950}},
        {"HTTPPROXY_ENABLED": True},
        {"USER_AGENT": "Mozilla/5.0"},
        {"SPIDER_MIDDLEWARES": {}},
    ],
)
def test_a_crawl_with_a_guard_missing_does_not_start(site, reactor, change):
    with pytest.raises(HuiyingError, match=next(iter(change))):
        probe(reactor, [f"{site.url}/a"], settings=probe_settings(**change))

    assert site.asked == []
