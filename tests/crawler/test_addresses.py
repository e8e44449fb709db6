"""Which addresses may be visited, however they are spelled."""

import pytest

from core.errors import HuiyingError
from crawler.addresses import MAX_LENGTH, address_refusal, url_refusal
from crawler.sources import load_sources
from tests.crawler.forbidden import GOOD, NAMES, literals, shared_lines

PORT = "8181"
RESOLVED_ONLY = ("nip.test", "multi.test", "cname.test", "rebind.test", "redirect.test")
"""Of the shared list, what only a lookup or an answer can show to be bad."""


def refusal(url: str) -> str | None:
    return url_refusal(url.replace("PORT", PORT).replace("SITE", PORT), allow_loopback=False)


def test_a_forbidden_address_is_refused_in_every_spelling():
    urls = literals()

    assert [url for url in urls if refusal(url) is None] == []
    assert len(urls) > 400


@pytest.mark.parametrize("url", GOOD)
def test_a_public_address_is_accepted(url):
    assert refusal(url) is None


@pytest.mark.parametrize("url", NAMES)
def test_what_only_a_lookup_can_show_is_left_to_it(url):
    assert refusal(url) is None


def test_the_shared_list_is_refused_when_a_source_is_added(tmp_path):
    wrong = []
    lines = shared_lines()
    for url, good in lines:
        file = tmp_path / "sources.toml"
        spelled = url.replace("PORT", PORT).replace("\\", "\\\\").replace("\t", "\\t")
        file.write_text(
            f'[[source]]\nname = "x"\nurl = "{spelled}"\nparser = "feed"\nchannel = "forum"\n',
            encoding="utf-8",
        )
        accepted = True
        try:
            load_sources(file, allow_loopback=False, default_pace_s=2.0)
        except HuiyingError:
            accepted = False
        late = any(name in url for name in (*RESOLVED_ONLY, "robots.test", "sitemap.test"))
        if accepted != (good or late):
            wrong.append(url)

    assert len(lines) == 85
    assert sum(good for _, good in lines) == 4
    assert wrong == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("1.1.1.1", True),
        ("192.0.1.1", True),
        ("2606:4700::1111", True),
        ("2400:cb00::1", True),
        ("::ffff:1.1.1.1", True),
        ("64:ff9b::101:101", True),
        ("2002:101:101::1", True),
        ("0.1.2.3", False),
        ("100.64.0.1", False),
        ("192.0.0.170", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("::127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::1", False),
        ("2002:a00:1::1", False),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
        ("2001:2::1", False),
        ("2001:db8::1", False),
        ("3fff:fff::1", False),
        ("100::1", False),
        ("fc00::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("4000::1", False),
    ],
)
def test_which_addresses_are_the_public_internet(address, *, public):
    assert (address_refusal(address, allow_loopback=False) is None) is public


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9/", True),
        ("http://localhost:9/", True),
        ("http://[::1]:9/", True),
        ("http://[::ffff:127.0.0.1]:9/", True),
        ("http://10.0.0.1/", False),
        ("http://news.example/", False),
        ("http://[fe80::1]/", False),
    ],
)
def test_a_drill_visits_this_machine_alone(url, *, allowed):
    assert (url_refusal(url, allow_loopback=True) is None) is allowed


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://10.0.0.1:22/", "10.0.0.1 不是公网地址"),
        ("http://news.example:22/", "端口 22"),
        ("http://u:p@news.example/", "账号或口令"),
        ("http://a..b/", "不是主机名"),
        ("http://" + "a" * 64 + ".example/", "不是主机名"),
        ("http://news.example/" + "a" * MAX_LENGTH, str(MAX_LENGTH)),
        ("http://[::1/", "无法解析"),
        ("http://news.example:http/", "无法解析"),
        ("http://intranet.local/", "内部名称"),
    ],
)
def test_a_refusal_says_why(url, said):
    assert said in refusal(url)


def test_a_password_is_never_repeated():
    assert "secret" not in refusal("http://me:secret@news.example/")
