"""The listed sources: what is gathered, from where, how often and how much is normal.

Every key of ``sources.toml`` is explained in ``docs/sources.md``.
"""

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import HuiyingError
from crawler.addresses import url_refusal

ParserName = Literal[
    "feed", "jsonfeed", "sitemap", "listing", "jsonlist", "weibo", "article", "thread", "cap"
]
DetailName = Literal["selectors", "article", "thread"]

MIN_PACE_S = 0.5
"""Shortest pause between two requests to a host outside a drill."""

_ARTICLE = ("article_title", "article_text", "article_time", "article_origin")
_THREAD = (
    "thread_title",
    "thread_item",
    "thread_id",
    "thread_text",
    "thread_time",
    "thread_author",
    "thread_reply_to",
    "thread_next",
)
_DETAIL = (
    "detail_id",
    "detail_title",
    "detail_text",
    "detail_time",
    "detail_author",
    *_ARTICLE,
    *_THREAD,
)

SELECTORS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "feed": frozenset(_ARTICLE),
        "jsonfeed": frozenset(_ARTICLE),
        "sitemap": frozenset(_ARTICLE),
        "listing": frozenset(
            ["item", "id", "link", "title", "text", "time", "author", "next", *_DETAIL]
        ),
        "jsonlist": frozenset(
            [
                "items",
                "id",
                "text",
                "title",
                "time",
                "author",
                "url",
                "reply_to",
                "repost_of",
                "reposts",
                "comments",
                "likes",
                "next",
                *_DETAIL,
            ]
        ),
        "weibo": frozenset(["items", "next"]),
        "article": frozenset(_ARTICLE),
        "thread": frozenset(_THREAD),
        "cap": frozenset(),
    }
)
"""Parser -> the selectors it knows; those of the pages behind its links begin with their name."""

REQUIRED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "listing": frozenset({"item"}),
        "jsonlist": frozenset({"items", "id", "time"}),
    }
)
"""Parser -> the selectors it cannot do without."""


@dataclass(frozen=True, slots=True)
class Source:
    """One listed source."""

    name: str
    url: str
    parser: ParserName
    channel: str
    pace_s: float
    """Pause between two requests to its host."""
    cadence_min: int
    """Expected minutes between two posts; silence beyond it is reported."""
    min_yield: int
    """Lowest number of posts or links on a healthy page."""
    time_zone: timezone
    """Offset of dates that name none."""
    selectors: Mapping[str, str] = field(default_factory=dict)
    """CSS or XPath (pages), or dotted paths (JSON); see ``SELECTORS``."""
    issuer: str | None = None
    """Unit id when the whole source is one official unit's."""
    max_pages: int = 1
    """List pages read in one visit."""
    detail: DetailName | None = None
    """How the pages behind its links are read; None when the page itself holds the posts."""
    max_details: int = 100
    """Pages behind links read in one visit; the others wait for the next."""
    max_age_days: int = 7
    """Links that the list says are older are not followed."""
    every_min: int = 10
    """Minutes between two visits of ``huiying run``."""
    keywords: tuple[str, ...] = ()
    """Only posts with one of these words are kept; empty keeps all. What is left out is counted."""
    enabled: bool = True

    @property
    def shape(self) -> str:
        """What decides how its pages are read, as 16 hex digits."""
        read_by = (self.url, self.parser, self.detail, sorted(self.selectors.items()))
        return hashlib.sha256(repr((read_by, self.keywords)).encode()).hexdigest()[:16]


class _Entry(BaseModel):
    """One ``[[source]]`` as written in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    url: str = Field(max_length=2048)
    parser: ParserName
    channel: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    pace_s: float | None = Field(default=None, ge=0, le=3600)
    cadence_min: int = Field(default=1440, ge=1, le=525_600)
    min_yield: int = Field(default=1, ge=0, le=10_000)
    time_zone: str = Field(default="+08:00", pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")
    selectors: dict[str, str] = Field(default_factory=dict)
    issuer: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{0,63}$")
    max_pages: int = Field(default=1, ge=1, le=100)
    detail: DetailName | None = None
    max_details: int = Field(default=100, ge=1, le=10_000)
    max_age_days: int = Field(default=7, ge=1, le=3_650)
    every_min: int = Field(default=10, ge=1, le=10_080)
    keywords: tuple[Annotated[str, Field(min_length=1, max_length=32)], ...] = ()
    enabled: bool = True
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _known_selectors(self) -> Self:
        if unknown := self.selectors.keys() - SELECTORS[self.parser]:
            raise ValueError(f"selectors: parser {self.parser} knows no {sorted(unknown)}")
        if missing := REQUIRED.get(self.parser, frozenset()) - self.selectors.keys():
            raise ValueError(f"selectors: parser {self.parser} needs {sorted(missing)}")
        self._check_detail()
        whole = self._detail() is None and self.parser in {"listing", "jsonlist"}
        if whole and "text" not in self.selectors:
            raise ValueError(f"selectors: parser {self.parser} needs detail_text or text")
        return self

    def _detail(self) -> DetailName | None:
        """Return how pages behind links are read; ``detail_text`` alone says it already."""
        return self.detail or ("selectors" if "detail_text" in self.selectors else None)

    def _check_detail(self) -> None:
        detail, link = self._detail(), {"listing": "link", "jsonlist": "url"}.get(self.parser)
        if detail is None:
            return
        if self.parser in {"weibo", "article", "thread", "cap"}:
            raise ValueError(f"detail: parser {self.parser} leads to no other pages")
        if detail == "selectors" and "detail_text" not in self.selectors:
            raise ValueError("selectors: detail = selectors needs detail_text")
        if link and link not in self.selectors:
            raise ValueError(f"selectors: detail needs {link}")

    def source(self, default_pace_s: float) -> Source:
        offset = datetime.strptime(self.time_zone, "%z").tzinfo
        assert isinstance(offset, timezone)  # noqa: S101  strptime %z gives nothing else
        return Source(
            name=self.name,
            url=self.url,
            parser=self.parser,
            channel=self.channel,
            pace_s=default_pace_s if self.pace_s is None else self.pace_s,
            cadence_min=self.cadence_min,
            min_yield=self.min_yield,
            time_zone=offset,
            selectors=MappingProxyType(self.selectors),
            issuer=self.issuer,
            max_pages=self.max_pages,
            # A sitemap holds addresses and nothing else.
            detail=self._detail() or ("article" if self.parser == "sitemap" else None),
            max_details=self.max_details,
            max_age_days=self.max_age_days,
            every_min=self.every_min,
            keywords=self.keywords,
            enabled=self.enabled,
        )


def _read(file: Path) -> list[Any]:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HuiyingError(f"{file}: {error}") from error
    if unknown := raw.keys() - {"source"}:
        raise HuiyingError(f"{file}: unknown {sorted(unknown)}, sources are [[source]] tables")
    entries = raw.get("source", [])
    if not isinstance(entries, list):
        raise HuiyingError(f"{file}: source must be written [[source]], got {entries!r}")
    return entries


def _problems(source: Source, *, allow_loopback: bool) -> list[str]:
    found = []
    if reason := url_refusal(source.url, allow_loopback=allow_loopback):
        # A password must not be repeated in a message.
        shown = re.sub(r"//[^/]*@", "//***@", source.url)
        found.append(f"{source.name}: url: {reason}, got {shown!r}")
    if source.pace_s < MIN_PACE_S and not allow_loopback:
        found.append(
            f"{source.name}: pace_s must be at least {MIN_PACE_S} outside a drill, "
            f"got {source.pace_s}"
        )
    return found


def load_sources(file: Path, *, allow_loopback: bool, default_pace_s: float) -> tuple[Source, ...]:
    """Return the sources of *file* in its order.

    *allow_loopback* is for a drill on this machine: then only loopback addresses are taken, and
    any pace. Raises ``HuiyingError`` with every problem, naming file, source, key and value.
    """
    sources: list[Source] = []
    problems: list[str] = []
    for number, raw in enumerate(_read(file), 1):
        name = raw.get("name", f"#{number}") if isinstance(raw, dict) else f"#{number}"
        try:
            sources.append(_Entry.model_validate(raw).source(default_pace_s))
        except ValidationError as error:
            problems += [
                f"{name}: {'.'.join(map(str, e['loc']))}: {e['msg']}"
                + (f", got {e['input']!r}" if e["loc"] else "")
                for e in error.errors()
            ]
    for source in sources:
        problems += _problems(source, allow_loopback=allow_loopback)
    for name, count in Counter(s.name for s in sources).items():
        if count > 1:
            problems.append(f"{name}: name is used {count} times")
    if problems:
        raise HuiyingError("; ".join(f"{file}: {p}" for p in problems))
    return tuple(sources)
