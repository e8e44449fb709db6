import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from console.drill.generator import Drill, generate
from console.drill.scenario import load_scenario
from console.drill.site import (
    FEED_CHANNELS,
    JSON_CHANNELS,
    LIST_CHANNELS,
    NEWEST,
    DrillSite,
    drill_files,
)
from core.directory import load_directory
from core.settings import load_settings
from crawler.parsers import parse
from crawler.records import FetchedPage, Link
from crawler.sources import load_sources

STORY = load_scenario()


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (loopback)
        return answer.read().decode()


@pytest.fixture(scope="module")
def drill() -> Drill:
    return generate()


@pytest.fixture
def site(drill: Drill) -> Iterator[tuple[DrillSite, str]]:
    site = DrillSite(drill.posts)
    base = site.start()
    yield site, base
    site.stop()


def until(drill: Drill, moment: datetime, channels: tuple[str, ...]) -> list[str]:
    return [
        post["id"]
        for post in reversed(drill.posts)
        if datetime.fromisoformat(post["published_at"]) <= moment and post["channel"] in channels
    ]


def test_robots_allow_everything(site) -> None:
    assert "Disallow" not in fetch(site[1] + "/robots.txt")


@pytest.mark.parametrize("hours", [2, 9, 35])
def test_json_list_serves_what_the_clock_has_reached_newest_first(site, drill, hours) -> None:
    moment = STORY.t0 + timedelta(hours=hours)

    site[0].set_clock(moment)
    statuses = json.loads(fetch(site[1] + "/weibo.json"))["statuses"]

    assert [each["mid"] for each in statuses] == until(drill, moment, JSON_CHANNELS)[:NEWEST]


def test_feed_serves_what_the_clock_has_reached(site, drill) -> None:
    moment = STORY.t0 + timedelta(hours=6)

    site[0].set_clock(moment)
    root = ET.fromstring(fetch(site[1] + "/forum/feed.xml"))  # noqa: S314 (our own site)

    assert [each.text for each in root.iter("guid")] == until(drill, moment, FEED_CHANNELS)


def test_thread_is_not_there_before_it_was_published(site, drill) -> None:
    thread = next(post for post in drill.posts if post["channel"] in LIST_CHANNELS)
    moment = datetime.fromisoformat(thread["published_at"])
    address = f"{site[1]}/local/thread/{thread['id']}.html"

    site[0].set_clock(moment - timedelta(seconds=1))
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        fetch(address)
    refused.value.close()
    site[0].set_clock(moment)

    assert f'data-id="{thread["id"]}"' in fetch(address)
    assert thread["id"] in fetch(site[1] + "/local/list.html")


def test_threads_that_cost_a_request_are_about_six_percent(drill) -> None:
    share = sum(post["channel"] in LIST_CHANNELS for post in drill.posts) / len(drill.posts)

    assert 0.04 < share < 0.08


@pytest.mark.parametrize(
    ("channel", "path"),
    [
        ("weibo", "/weibo.json"),
        ("forum", "/forum/feed.xml"),
        ("news", "/local/list.html"),
        ("news", "/local/thread/p1.html"),
    ],
)
def test_text_of_a_post_is_escaped_on_every_page(drill, channel, path) -> None:
    post = {**drill.posts[0], "id": "p1", "channel": channel, "author": "<i>x</i>"}
    site = DrillSite([{**post, "text": "<script>alert(1)</script>&"}])
    base = site.start()

    page = fetch(base + path)
    site.stop()

    assert "<script>" not in page
    assert "&lt;script&gt;" in page or "&amp;lt;script" in page


def test_folder_is_read_by_settings_sources_and_directory(tmp_path: Path) -> None:
    drill_files(tmp_path, "http://127.0.0.1:40000")

    settings = load_settings(tmp_path)
    sources = load_sources(tmp_path / "sources.toml", allow_loopback=True, default_pace_s=2)
    directory = load_directory(tmp_path / "directory.toml")

    assert settings.drill
    assert settings.office_name == "澄川县人民政府新闻办公室"
    assert [source.parser for source in sources] == ["jsonlist", "feed", "listing"]
    assert {unit.id for unit in directory.units} == {org.id for org in STORY.orgs}
    assert {place.name for place in directory.places if place.outside} == set(STORY.places.far)
    assert set(STORY.places.local) <= {place.name for place in directory.places}


def test_accounts_of_official_posts_are_in_the_directory(drill, tmp_path: Path) -> None:
    drill_files(tmp_path, "http://127.0.0.1:40000")
    directory = load_directory(tmp_path / "directory.toml")

    for post in drill.posts:
        assert directory.issuer_of(post["author"]) == post["issuer"]


def test_crawlers_parsers_read_every_page_as_it_was_posted(site, drill, tmp_path: Path) -> None:
    moment = STORY.t0 + timedelta(hours=5)
    site[0].set_clock(moment)
    drill_files(tmp_path, site[1])
    sources = load_sources(tmp_path / "sources.toml", allow_loopback=True, default_pace_s=0)
    wanted = {post["id"]: post for post in drill.posts}
    thread = until(drill, moment, LIST_CHANNELS)[0]
    pages = [(source, source.url) for source in sources]
    pages[2] = (sources[2], f"{site[1]}/local/thread/{thread}.html")

    for source, url in pages:
        kind = {"jsonlist": "application/json", "feed": "application/rss+xml"}
        page = FetchedPage(
            source=source.name,
            url=url,
            status=200,
            content_type=kind.get(source.parser, "text/html"),
            body=fetch(url).encode(),
            fetched_at=moment,
            link=None if url == source.url else Link(url),
        )
        result = parse(page, source)

        assert result.posts
        assert result.defects == ()
        for post in result.posts:
            truth = wanted[post.post_id]
            assert post.author == truth["author"]
            assert post.published_at == datetime.fromisoformat(truth["published_at"])
            assert "".join(post.text.split()) == "".join(truth["text"].split())
