"""The listed sources: what is gathered, from where, how often and how much is normal.

Every key of ``sources.toml`` is explained in ``docs/sources.md``.
"""

import ipaddress
import re
import socket
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import HuiyingError

ParserName = Literal["feed", "listing", "jsonlist"]

MIN_PACE_S = 0.5
"""Shortest pause between two requests to a host outside a drill."""

# Ports where news is served; anything else is somebody's database or mail server.
_WEB_PORTS = frozenset({80, 443, *range(8000, 9000)})
_WEB_URL = re.compile(r"https?://[^/\s\\\x00-\x1f][^\s\\\x00-\x1f]*", re.IGNORECASE)
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}")
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.ip_network("::/96")

SELECTORS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "feed": frozenset(),
        "listing": frozenset(
            [
                "item",
                "id",
                "link",
                "title",
                "text",
                "time",
                "author",
                "next",
                "detail_id",
                "detail_text",
                "detail_time",
                "detail_author",
            ]
        ),
        "jsonlist": frozenset(
            [
                "items",
                "id",
                "text",
                "time",
                "author",
                "url",
                "reply_to",
                "repost_of",
                "reposts",
                "comments",
                "likes",
                "next",
            ]
        ),
    }
)
"""Parser -> the selectors it knows."""

REQUIRED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "feed": frozenset(),
        "listing": frozenset({"item"}),
        "jsonlist": frozenset({"items", "id", "text", "time"}),
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
    """CSS selectors (listing) or dotted paths (jsonlist); see ``SELECTORS``."""
    issuer: str | None = None
    """Unit id when the whole source is one official unit's."""
    max_pages: int = 1
    """List pages read in one visit."""


def _embedded_v4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside a mapped, 6to4, Teredo, NAT64 or compatible address."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    in_last_bits = address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1)
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if in_last_bits else None


def address_refusal(text: str, *, allow_loopback: bool) -> str | None:
    """Return why the IP address *text* may not be connected to, or None when it may.

    With *allow_loopback* only loopback may; without it only addresses of the public Internet.
    Raises ``ValueError`` when *text* is no address.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = _embedded_v4(address) or address
    if allow_loopback:
        return None if address.is_loopback else f"演练中只允许本机地址，{text} 不是"
    if address.is_global and not address.is_multicast:
        return None
    return f"{text} 不是公网地址"


def _literal(host: str) -> str | None:
    """Return the address that *host* spells in any way a resolver accepts, or None for a name."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        pass
    if not _NUMERIC_HOST.fullmatch(host):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _host_refusal(host: str, *, allow_loopback: bool) -> str | None:
    # Full-width digits, circled letters and ideographic dots all reach the resolver as ASCII.
    plain = unicodedata.normalize("NFKC", unquote(host)).replace("。", ".").casefold().rstrip(".")
    if (address := _literal(plain)) is not None:
        return address_refusal(address, allow_loopback=allow_loopback)
    if plain == "localhost" or plain.endswith(_LOCAL_NAMES):
        return None if allow_loopback and plain == "localhost" else f"{plain} 是内部名称"
    if _NUMERIC_HOST.fullmatch(plain) or any(c in plain for c in "\0 @/\\"):
        return f"{host!r} 不是主机名"
    return f"演练中只允许本机地址，{plain} 不是" if allow_loopback else None


def url_refusal(url: str, *, allow_loopback: bool) -> str | None:
    """Return why *url* may not be visited, or None; names are judged again when they resolve."""
    if not _WEB_URL.fullmatch(url):
        return "只允许不含空白和反斜线的 http、https 地址"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "地址无法解析"
    if "@" in parts.netloc:
        return "地址中不得含账号或口令"
    if not host or port == 0:
        return "地址缺少主机名或端口无效"
    if port is not None and port not in _WEB_PORTS and not allow_loopback:
        return f"端口 {port} 不是网站端口"
    return _host_refusal(host, allow_loopback=allow_loopback)


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

    @model_validator(mode="after")
    def _known_selectors(self) -> Self:
        if unknown := self.selectors.keys() - SELECTORS[self.parser]:
            raise ValueError(f"selectors: parser {self.parser} knows no {sorted(unknown)}")
        if missing := REQUIRED[self.parser] - self.selectors.keys():
            raise ValueError(f"selectors: parser {self.parser} needs {sorted(missing)}")
        if self.parser == "listing" and not self.selectors.keys() & {"detail_text", "text"}:
            raise ValueError("selectors: parser listing needs detail_text or text")
        if "detail_text" in self.selectors and "link" not in self.selectors:
            raise ValueError("selectors: detail_text needs link")
        return self

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
