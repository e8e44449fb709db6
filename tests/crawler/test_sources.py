"""sources.toml: what is taken and what stops the start."""

import pytest

from core.errors import HuiyingError
from crawler.addresses import url_refusal
from crawler.sources import load_sources

GOOD = """
[[source]]
name = "论坛"
url = "https://forum.example/list"
parser = "listing"
channel = "forum"
max_pages = 2
[source.selectors]
item = "li"
text = "p"
[[source]]
name = "feed"
url = "https://新闻.example/feed.xml"
parser = "feed"
channel = "official"
pace_s = 5
time_zone = "-03:30"
issuer = "water"
"""


def load(tmp_path, text, *, allow_loopback=False):
    file = tmp_path / "sources.toml"
    file.write_text(text, encoding="utf-8")
    return load_sources(file, allow_loopback=allow_loopback, default_pace_s=2.0)


def test_sources_keep_the_order_of_the_file_and_get_defaults(tmp_path):
    forum, feed = load(tmp_path, GOOD)

    assert (forum.name, forum.pace_s, forum.max_pages) == ("论坛", 2.0, 2)
    assert str(forum.time_zone) == "UTC+08:00"
    assert (feed.pace_s, str(feed.time_zone), feed.issuer) == (5.0, "UTC-03:30", "water")


ENTRY = '[[source]]\nname = "a"\nurl = "https://a.example/"\nparser = "feed"\nchannel = "forum"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY + "pace = 3\n", "a: pace: "),
        (ENTRY + "pace_s = 0.4\n", "pace_s must be at least 0.5 outside a drill, got 0.4"),
        (ENTRY + "min_yield = -1\n", "got -1"),
        (ENTRY + ENTRY, "a: name is used 2 times"),
        (ENTRY.replace("https:", "ftp:"), "a: url: "),
        (ENTRY.replace("//a", "//bob:secret@a"), "账号或口令"),
        (ENTRY.replace('"feed"', '"html"'), "got 'html'"),
        (ENTRY + '[source.selectors]\nitem = "x"\n', "knows no ['item']"),
        (ENTRY.replace('"feed"', '"listing"'), "needs ['item']"),
        (ENTRY + 'time_zone = "Asia/Shanghai"\n', "time_zone"),
        ("[source]\nname = 'a'\n", "[[source]]"),
        ("x = 1\n", "unknown ['x']"),
        ("[[source", "sources.toml"),
    ],
)
def test_a_mistake_stops_the_start_and_is_named(tmp_path, text, said):
    with pytest.raises(HuiyingError) as caught:
        load(tmp_path, text)

    assert said in str(caught.value)
    assert "sources.toml" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_every_problem_is_told_at_once(tmp_path):
    bad = ENTRY.replace("a.example", "10.0.0.1") + ENTRY.replace('"a"', '"b"') + "pace_s = 0.1\n"
    with pytest.raises(HuiyingError, match=r"a: url: .*; .*b: pace_s"):
        load(tmp_path, bad)


PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "0", "[::1]", "[::]",  # noqa: S104
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]",
    "[fd00:ec2::254]", "169.254.169.254", "2852039166", "10.0.0.1", "172.16.0.1", "192.168.0.1",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "localhost", "LOCALHOST.", "127.0.0.1.",
    "１２７.０.０.１", "①②⑦.⓪.⓪.①", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "metadata.google.internal",
    "127.0.0.1%00.news.example", "a.example:22", "a.example:0", "a.example:99999", "a\\@b.example",
    "127.0.\t0.1", "",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_no_spelling_of_a_private_address_is_taken(host):
    assert url_refusal(f"http://{host}/", allow_loopback=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example/feed.xml",
        "https://news.example:443/feed.xml",
        "http://xn--fiqs8s.example/",
        "http://新闻.example/",
        "http://8.8.8.8/",
    ],
)
def test_public_addresses_are_taken_outside_a_drill_only(url):
    assert url_refusal(url, allow_loopback=False) is None
    assert url_refusal(url, allow_loopback=True)


def test_a_drill_takes_loopback_at_any_pace(tmp_path):
    drill = ENTRY.replace("https://a.example", "http://127.0.0.1:39999") + "pace_s = 0\n"

    assert load(tmp_path, drill, allow_loopback=True)[0].pace_s == 0
