"""A local site that plays the drill's posts by its own clock, and the folder that listens to it."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from console.drill.scenario import Org, Scenario, load_scenario, minutes

JSON_CHANNELS = ("weibo", "short_video", "group_share")
FEED_CHANNELS = ("forum", "gov_comments")
LIST_CHANNELS = ("hotline", "news")
"""About 6 % of the posts: each of them costs a request."""

NEWEST = 120
"""Posts on one page of the JSON list and the feed; the busiest five minutes bring 86."""
NEWEST_THREADS = 30

INCIDENT_OPENED = "05:20"
"""Beat 6: the incident is opened at T+5:20, from which the first statement's time counts."""

_ROBOTS = "User-agent: *\nAllow: /\n"


class DrillSite:
    """Serves what has been published so far, on 127.0.0.1, until stopped."""

    def __init__(self, posts: Sequence[Mapping[str, Any]]) -> None:
        moments = [datetime.fromisoformat(post["published_at"]) for post in posts]
        order = sorted(range(len(posts)), key=lambda n: moments[n])
        self._posts = [(moments[n], posts[n]) for n in order]
        self._clock = moments[order[0]] if order else datetime.max.replace(tzinfo=UTC)
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> str:
        """Listen on a free port and return the base address, without a slash at the end."""
        site = self

        class Handler(_Handler):
            """A handler that knows this site."""

            answer = staticmethod(site.answer)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def set_clock(self, moment: datetime) -> None:
        """Show everything published up to and including *moment* (aware)."""
        self._clock = moment

    def stop(self) -> None:
        """Stop listening; does nothing when not started."""
        if self._server and self._thread:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    def answer(self, path: str, base: str) -> tuple[str, str] | None:
        """Return content type and text of *path*, or None when there is no such page."""
        pages: dict[str, Callable[[], tuple[str, str]]] = {
            "/robots.txt": lambda: ("text/plain", _ROBOTS),
            "/weibo.json": lambda: ("application/json", _json(self._newest(JSON_CHANNELS), base)),
            "/forum/feed.xml": lambda: (
                "application/rss+xml",
                _feed(self._newest(FEED_CHANNELS), base),
            ),
            "/local/list.html": lambda: (
                "text/html",
                _list(self._newest(LIST_CHANNELS, NEWEST_THREADS)),
            ),
        }
        if path in pages:
            return pages[path]()
        if path.startswith("/local/thread/") and path.endswith(".html"):
            post = self._published(path.removeprefix("/local/thread/").removesuffix(".html"))
            return ("text/html", _thread(post)) if post else None
        return None

    def _newest(self, channels: Sequence[str], most: int = NEWEST) -> list[Mapping[str, Any]]:
        out = [post for at, post in self._posts if at <= self._clock]
        return [post for post in reversed(out) if post["channel"] in channels][:most]

    def _published(self, post_id: str) -> Mapping[str, Any] | None:
        return next(
            (
                post
                for at, post in self._posts
                if post["id"] == post_id and at <= self._clock and post["channel"] in LIST_CHANNELS
            ),
            None,
        )


class _Handler(BaseHTTPRequestHandler):
    answer: Callable[[str, str], tuple[str, str] | None]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the page as it stands at the site's clock, or 404."""
        base = f"http://{self.headers.get('Host', '127.0.0.1')}"
        found = self.answer(urlsplit(self.path).path, base)
        kind, text = found or ("text/plain", "no such page")
        body = text.encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: requests of a drill are no event."""
        del format, args


def _json(posts: Sequence[Mapping[str, Any]], base: str) -> str:
    """Return a list in the manner of a microblog's interface; its texts are HTML."""
    statuses = [
        {
            "mid": post["id"],
            "created_at": post["published_at"],
            "text": escape(post["text"]),
            "url": f"{base}/status/{post['id']}",
            "user": {"screen_name": post["author"]},
            "reposts_count": post["counts"]["reposts"],
            "comments_count": post["counts"]["comments"],
            "attitudes_count": post["counts"]["likes"],
            "in_reply_to_status_id": post["reply_to"],
            "retweeted_status_id": post["repost_of"],
        }
        for post in posts
    ]
    return json.dumps({"statuses": statuses, "total_number": len(statuses)}, ensure_ascii=False)


def _feed(posts: Sequence[Mapping[str, Any]], base: str) -> str:
    items = "".join(
        "<item>"
        f'<guid isPermaLink="false">{escape(post["id"])}</guid>'
        f"<title>{escape(post['text'][:20])}</title>"
        f"<link>{escape(base)}/forum/{escape(post['id'])}</link>"
        # A feed's description is HTML inside XML, so it is escaped for both.
        f"<description>{escape(escape(post['text']))}</description>"
        f"<dc:creator>{escape(post['author'])}</dc:creator>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(post['published_at']))}</pubDate>"
        "</item>\n"
        for post in posts
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>澄川论坛</title><link>{escape(base)}/forum/</link>"
        f"<description>演练用本地论坛</description>\n{items}</channel></rss>\n"
    )


def _list(posts: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f'<li class="thread"><a class="title" href="/local/thread/{escape(post["id"])}.html">'
        f"{escape(post['text'][:20])}</a> "
        f"<time>{escape(post['published_at'])}</time></li>\n"
        for post in posts
    )
    return _page("澄川本地", f"<ul>\n{rows}</ul>")


def _thread(post: Mapping[str, Any]) -> str:
    return _page(
        "澄川本地",
        f'<article data-id="{escape(post["id"])}">'
        f'<span class="author">{escape(post["author"])}</span> '
        f'<time datetime="{escape(post["published_at"])}"></time>'
        f'<div class="body">{escape(post["text"])}</div></article>',
    )


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f"</head><body>{body}</body></html>\n"
    )


# --- the data folder of a drill -----------------------------------------------------------------


def drill_files(folder: Path, base_url: str) -> None:
    """Write settings, sources, directory and incident of the drill into *folder*."""
    story = load_scenario()
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("huiying.toml", _settings(story)),
        ("sources.toml", _sources(base_url)),
        ("directory.toml", _directory(story)),
        ("incident.toml", _incident(story)),
    ):
        (folder / name).write_text(text, encoding="utf-8")


def _value(value: object) -> str:
    """Return a TOML value: JSON's strings, booleans and lists of them are TOML's too."""
    return json.dumps(value, ensure_ascii=False)


def _table(name: str, values: Mapping[str, str | bool | Sequence[str]]) -> str:
    lines = "".join(f"{key} = {_value(value)}\n" for key, value in values.items())
    return f"[[{name}]]\n{lines}\n"


def _settings(story: Scenario) -> str:
    office = next(org.name for org in story.orgs if org.kind == "info_office")
    return (
        "# An exercise: everything in this folder is invented.\n"
        f"drill = true\noffice_name = {_value(office)}\n"
        'log_origin = "drill.chengchuan.example/huiying/log1"\ncrawl_delay_s = 0\n'
    )


def _sources(base_url: str) -> str:
    def source(name: str, path: str, parser: str, channel: str, selectors: str) -> str:
        return (
            f"[[source]]\nname = {_value(name)}\nurl = {_value(base_url + path)}\n"
            f"parser = {_value(parser)}\nchannel = {_value(channel)}\n"
            f"pace_s = 0\ncadence_min = 240\nmin_yield = 0\n{selectors}\n"
        )

    return (
        source("weibo", "/weibo.json", "jsonlist", "weibo", _JSON_SELECTORS)
        + source("forum", "/forum/feed.xml", "feed", "forum", "")
        + source("local", "/local/list.html", "listing", "news", _LIST_SELECTORS)
    )


_JSON_SELECTORS = """[source.selectors]
items = "statuses"
id = "mid"
text = "text"
time = "created_at"
author = "user.screen_name"
url = "url"
reply_to = "in_reply_to_status_id"
repost_of = "retweeted_status_id"
reposts = "reposts_count"
comments = "comments_count"
likes = "attitudes_count"
"""

_LIST_SELECTORS = """[source.selectors]
item = "li.thread"
link = "a.title::attr(href)"
detail_id = "article::attr(data-id)"
detail_text = "article .body"
detail_time = "article time::attr(datetime)"
detail_author = "article .author"
"""


def _directory(story: Scenario) -> str:
    units = "".join(_unit(org) for org in story.orgs)
    names = (
        ("政务服务便民热线", "hotline", "county_gov"),
        ("县防指值班电话", "hq_duty", "hq"),
        ("安置点联系电话", "shelter_right", "info"),
        ("价格举报电话", "market", "market"),
    )
    contacts = "".join(
        _table("contacts", {"name": name, "phone": story.phones[phone], "unit": unit})
        for name, phone, unit in names
    )
    places = "".join(_table("places", place) for place in _places(story))
    return f"{units}{contacts}{places}"


def _unit(org: Org) -> str:
    return _table(
        "units", {"id": org.id, "name": org.name, "kind": org.kind, "accounts": [org.account]}
    )


def _places(story: Scenario) -> list[dict[str, str | bool | Sequence[str]]]:
    all_places = story.places
    places: list[dict[str, str | bool | Sequence[str]]] = []

    def add(kind: str, names: Sequence[str], **more: str | Sequence[str]) -> None:
        known = {place["name"] for place in places}
        places.extend({"name": name, "kind": kind, **more} for name in names if name not in known)

    add("county", [all_places.county], also=["澄川"])
    for town in all_places.towns:
        add("town", [town], also=[town.removesuffix("街道").removesuffix("镇").removesuffix("乡")])
        add("village", all_places.villages.get(town, ()), town=town)
    add("estate", all_places.estates)
    add("river", [all_places.river])
    add("reservoir", [all_places.reservoir])
    add("pump", [all_places.pump], town="东禾街道")
    add("bridge", [all_places.bridge])
    add("tunnel", [all_places.tunnel], also=["建业路隧道", "建业路"])
    add("school", all_places.schools)
    add("hospital", [all_places.hospital], also=["县医院"])
    add("shop", all_places.shops)
    add("shelter", all_places.shelters)
    places.extend({"name": name, "kind": "elsewhere", "outside": True} for name in all_places.far)
    return places


def _incident(story: Scenario) -> str:
    opened = story.moment(minutes(INCIDENT_OPENED)).isoformat(timespec="seconds")
    return (
        'id = "rain-2031"\nname = "“6·17”澄川暴雨"\nkind = "rain_flood"\n'
        f'opened_at = {_value(opened)}\nopened_by = "duty"\n'
    )
