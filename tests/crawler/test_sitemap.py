"""Sitemaps: whole or refused, the newest links of the site itself, and a word on the rest."""

import gzip
from datetime import timedelta

import pytest

from core.vocabulary import VisitOutcome
from crawler.parsers import HITS, ParseError, sitemap
from crawler.parsers.page import MAX_ITEMS
from crawler.records import FetchedPage
from crawler.unpacking import MAX_BYTES
from tests.crawler.conftest import NOON, make_source

URL = "https://www.county.example/sitemap.xml"
XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(*inner: str) -> str:
    return f"<urlset {XMLNS} {NEWS}>{''.join(inner)}</urlset>"


def url(path: str, lastmod: str = "", more: str = "") -> str:
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<url><loc>https://www.county.example{path}</loc>{changed}{more}</url>"


def page(body: str | bytes) -> FetchedPage:
    data = body if isinstance(body, bytes) else body.encode()
    return FetchedPage("s", URL, 200, "application/xml", data, NOON)


def source(**more):
    return make_source(name="s", url=URL, parser="sitemap", detail="article", **more)


def read(body: str | bytes, **more):
    return sitemap.parse(page(body), source(**more))


def paths(result) -> list[str]:
    return [link.url.removeprefix("https://www.county.example") for link in result.links]


def reasons(result) -> list[str]:
    return [defect.reason for defect in result.defects]


ONE = urlset(url("/a"))
BOMB = gzip.compress(bytes(MAX_BYTES + 1))
DOCTYPE = '<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/hostname">]><urlset>&x;</urlset>'


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        (b"", VisitOutcome.EMPTY, "页面为空"),
        (ONE[:-9], VisitOutcome.DAMAGED, "站点地图不是完整的 XML"),
        (ONE + ONE, VisitOutcome.DAMAGED, "站点地图不是完整的 XML"),
        ("<rss><channel/></rss>", VisitOutcome.DAMAGED, "不是站点地图"),
        (DOCTYPE, VisitOutcome.DAMAGED, "DOCTYPE"),
        ("<urlset>" + "<url>" * 200, VisitOutcome.DAMAGED, "嵌套超过"),
        ("<html><p>找不到页面", VisitOutcome.DAMAGED, "返回的是网页"),
        ("<html>请先登录", VisitOutcome.LOGIN_PAGE, "登录"),
        (gzip.compress(ONE.encode())[:-4], VisitOutcome.DAMAGED, "压缩内容不完整"),
        (b"\x1f\x8b" + b"x" * 40, VisitOutcome.DAMAGED, "压缩内容损坏"),
        (BOMB, VisitOutcome.DAMAGED, f"解压后超过 {MAX_BYTES} 字节"),
        (gzip.compress(gzip.compress(ONE.encode())), VisitOutcome.DAMAGED, ""),
    ],
)
def test_what_is_no_whole_sitemap_is_refused_by_name(body, outcome, said):
    with pytest.raises(ParseError) as caught:
        read(body)

    assert caught.value.outcome is outcome
    assert said in caught.value.reason


def test_a_packed_sitemap_is_known_by_its_bytes():
    assert read(gzip.compress(ONE.encode())).links == read(ONE).links


def test_newest_links_come_first_and_undated_ones_last():
    body = urlset(
        url("/undated"),
        url("/morning", "2031-06-17T08:00:00+08:00"),
        url("/noon", "2031-06-17T11:59:00+08:00"),
        url("/yesterday", "2031-06-16"),
    )

    assert paths(read(body)) == ["/noon", "/morning", "/yesterday", "/undated"]


def test_a_news_sitemap_tells_title_and_time_of_publication():
    news = (
        "<news:news><news:publication_date>2031-06-17T11:00:00+08:00</news:publication_date>"
        "<news:title>供水 &amp; 排水</news:title></news:news>"
    )

    (link,) = read(urlset(url("/a", "2031-01-01", news))).links

    assert link.title == "供水 & 排水"
    assert link.told_at.isoformat() == "2031-06-17T03:00:00+00:00"


@pytest.mark.parametrize(
    ("lastmod", "told"),
    [
        ("2031-06-17T12:06:00+08:00", None),
        ("9999-01-01", None),
        ("2031-02-31", None),
        ("2031-06-17T12:00:00+08:00", NOON),
        ("2031-06-17T04:00:00Z", NOON),
    ],
)
def test_a_time_in_the_future_tells_nothing(lastmod, told):
    (link,) = read(urlset(url("/a", lastmod))).links

    assert link.told_at == told


def test_links_that_are_too_old_are_left_out_without_a_word():
    body = urlset(
        url("/new", (NOON - timedelta(days=6, hours=23)).isoformat()),
        url("/old", (NOON - timedelta(days=7, hours=1)).isoformat()),
    )

    found = read(body)

    assert paths(found) == ["/new"]
    assert found.defects == ()
    assert paths(read(body, max_age_days=8)) == ["/new", "/old"]


def test_a_day_is_too_old_only_when_it_is_over():
    body = urlset(url("/day", "2031-06-10"), url("/day-before", "2031-06-09"))

    assert paths(read(body)) == ["/day"]


def test_links_elsewhere_and_to_private_addresses_are_counted_and_never_come_out():
    places = ["https://else.example/a", "http://10.0.0.1/a", "http://127.0.0.1/a", "http://[::1]/"]
    unusable = ["javascript:alert(1)", "http://[", "https://u:p@www.county.example/", " "]
    body = urlset(*(f"<url><loc>{place}</loc></url>" for place in places + unusable), url("/a"))

    found = read(body)

    assert paths(found) == ["/a"]
    assert reasons(found) == ["4 个链接指向其他网站，未跟随", "4 个链接的地址不可用"]


def test_an_address_told_twice_is_one_link_with_its_later_time():
    body = urlset(url("/a"), url("/a", "2031-06-16"), url("/a", "2031-06-17T08:00:00+08:00"))

    (link,) = read(body).links

    assert link.told_at.isoformat() == "2031-06-17T00:00:00+00:00"


def test_links_beyond_the_limit_are_counted_unless_they_are_too_old():
    def at(minutes: int) -> str:
        return (NOON - timedelta(minutes=minutes)).isoformat()

    recent = [url(f"/{n}", at(n)) for n in range(MAX_ITEMS + 9)]
    old = [url(f"/old-{n}", at(60 * 24 * 8 + n)) for n in range(50)]

    found = read(urlset(*reversed(recent), *old))

    assert paths(found) == [f"/{n}" for n in range(MAX_ITEMS)]
    assert reasons(found) == [f"9 个链接超出 {MAX_ITEMS} 个的上限，未跟随"]


@pytest.mark.parametrize(
    ("most", "read_next", "left"),
    [(1, ["2.xml.gz"], 1), (2, ["2.xml.gz"], 1), (3, ["2.xml.gz", "1.xml"], 0)],
)
def test_an_index_leads_to_the_sitemaps_that_changed_last_and_counts_the_others(
    most, read_next, left
):
    index = "<sitemapindex>{}</sitemapindex>".format(
        "".join(
            f"<sitemap><loc>https://www.county.example/{name}</loc><lastmod>{at}</lastmod></sitemap>"
            for name, at in [
                ("old.xml", "2020-01-01"),
                ("sitemap.xml", "2031-06-17T11:00:00+08:00"),
                ("1.xml", "2031-06-16T08:00:00+08:00"),
                ("2.xml.gz", "2031-06-17T08:00:00+08:00"),
            ]
        )
    )

    found = read(index, max_pages=most)

    assert found.links == ()
    assert found.pages == tuple(f"https://www.county.example/{name}" for name in read_next)
    told = [reason for reason in reasons(found) if "列在索引中" in reason]
    assert told == ([f"{left} 个站点地图也列在索引中，未读取"] if left else [])


def test_a_full_sitemap_is_read_and_a_larger_one_refused():
    full = urlset(*(url(f"/{n}", "2031-06-17", "<priority>1</priority>") for n in range(50_000)))
    larger = urlset("<url/>" * 300_000)

    assert len(read(full).links) == MAX_ITEMS
    with pytest.raises(ParseError, match="元素超过"):
        read(larger)


def test_elements_are_counted_for_a_trial():
    news = "<news:news><news:title>x</news:title></news:news>"

    found = HITS["sitemap"](page(urlset(url("/a", "2031-06-17", news), "<url/>")), source())

    expected = {"url": 2, "loc": 1, "lastmod": 1, "publication_date": 0, "title": 1}
    assert found == expected
