"""What is proposed: a source that could be listed, with the block for ``sources.toml``. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

import tomlkit
from tomlkit.items import Table

from core.clock import BEIJING
from core.vocabulary import Word
from crawler.sources import MIN_PACE_S, DetailName, ParserName, Source

_FORUM_HOST = re.compile(r"(?:^|\.)(?:bbs|forum|club|tieba|ask)\d{0,3}\.")


class Ground(Word):
    """What a proposal rests on, the best first."""

    FEED = "feed", "订阅源"
    JSON_FEED = "json_feed", "JSON Feed"
    NEWS_SITEMAP = "news_sitemap", "带时间的站点地图"
    DATA = "data", "JSON 数据"
    RECORDS = "records", "页面脚本所用的列表接口"
    LIST = "list", "页面上的列表"
    SITEMAP = "sitemap", "站点地图"
    SINGLE = "single", "单独一页"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source that could be listed."""

    ground: Ground
    url: str
    parser: ParserName
    selectors: Mapping[str, str] = field(default_factory=dict)
    detail: DetailName | None = None
    max_pages: int = 1
    """List pages that one visit must read to find anything."""
    score: float = 0.0
    """Larger is better; compared only between proposals on the same ground."""

    @property
    def name(self) -> str:
        """Return a name for it, from its host and path."""
        parts = urlsplit(self.url)
        path = re.sub(r"\.\w{1,5}$", "", parts.path).strip("/").replace("/", ".")
        # Every run of what a name may not hold becomes one stop.
        name = re.sub(r"[^\w-]+", ".", f"{parts.hostname or ''}.{path}")
        return name.strip(".")[:64].rstrip(".") or "source"

    @property
    def channel(self) -> str:
        """Return the channel that its address suggests; the operator knows better."""
        host = urlsplit(self.url).hostname or ""
        if host.endswith((".gov.cn", ".gov.cn.")):
            return "official"
        if self.parser == "weibo":
            return "weibo"
        is_forum = self.parser == "thread" or self.detail == "thread" or _FORUM_HOST.search(host)
        return "forum" if is_forum else "news"

    def source(self, *, name: str | None = None) -> Source:
        """Return it as a source, to be tried; *name* stands in for its own."""
        return Source(
            name=name or self.name,
            url=self.url,
            parser=self.parser,
            channel=self.channel,
            pace_s=MIN_PACE_S,
            cadence_min=1440,
            min_yield=1,
            time_zone=BEIJING,
            selectors=MappingProxyType(dict(self.selectors)),
            max_pages=self.max_pages,
            detail=self.detail or ("article" if self.parser == "sitemap" else None),
        )

    def table(self, *, name: str | None = None) -> Table:
        """Return its ``[[source]]`` table; ``load_sources`` accepts it."""
        table = tomlkit.table()
        table["name"] = name or self.name
        table["url"] = self.url
        table["parser"] = self.parser
        table["channel"] = self.channel
        if self.detail:
            table["detail"] = self.detail
        if self.max_pages > 1:
            table["max_pages"] = self.max_pages
        if self.selectors:
            chosen = tomlkit.table()
            chosen.update(self.selectors)
            table["selectors"] = chosen
        return table

    def block(self) -> str:
        """Return its ``[[source]]`` block as TOML text."""
        listed = tomlkit.aot()
        listed.append(self.table())
        document = tomlkit.document()
        document["source"] = listed
        return tomlkit.dumps(document)
