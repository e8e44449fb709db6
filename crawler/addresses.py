"""Which addresses may be visited: the public Internet, or in a drill this machine alone. Pure.

One rule serves a source when it is listed, every name when it resolves, and every hop.
"""

import ipaddress
import re
import socket
import unicodedata
from functools import lru_cache
from urllib.parse import unquote, urlsplit

MAX_LENGTH = 2048
"""Characters of an address; what sources.toml takes, too."""

# Ports where news is served; anything else is somebody's database or mail server.
_WEB_PORTS = frozenset({80, 443, *range(8000, 9000)})
_WEB_URL = re.compile(r"https?://[^/\s\\\x00-\x1f][^\s\\\x00-\x1f]*", re.IGNORECASE)
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}")
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")

# IANA's registries of special-purpose addresses, 2024. Python's own ``is_global`` changed between
# patch releases of 3.11.
_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_PUBLIC_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")


def _embedded_v4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to by translation or a tunnel, if any."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    in_last_bits = address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1)
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if in_last_bits else None


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    return address in _PUBLIC_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


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
    return None if _is_public(address) else f"{text} 不是公网地址"


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


def _as_resolved(host: str) -> str | None:
    """Return *host* as it reaches a resolver, in ASCII and small letters, or None for no name.

    Full-width digits, circled letters, ideographic dots and characters that nobody sees are
    folded or dropped on the way (IDNA, RFC 3490), so they are here.
    """
    plain = unicodedata.normalize("NFKC", unquote(host)).casefold().rstrip(".。")
    if ":" in plain:
        return plain
    try:
        return plain.encode("idna").decode("ascii").casefold()
    except UnicodeError:
        return None


@lru_cache(maxsize=4096)
def _host_refusal(host: str, *, allow_loopback: bool) -> str | None:
    plain = _as_resolved(host)
    if plain and (address := _literal(plain)) is not None:
        return address_refusal(address, allow_loopback=allow_loopback)
    if not plain or _NUMERIC_HOST.fullmatch(plain) or any(c in plain for c in "\0 @/\\:%"):
        return f"{host!r} 不是主机名"
    if plain == "localhost" or plain.endswith(_LOCAL_NAMES):
        return None if allow_loopback and plain == "localhost" else f"{plain} 是内部名称"
    return f"演练中只允许本机地址，{plain} 不是" if allow_loopback else None


def url_refusal(url: str, *, allow_loopback: bool) -> str | None:
    """Return why *url* may not be visited, or None; names are judged again when they resolve."""
    if len(url) > MAX_LENGTH or not _WEB_URL.fullmatch(url):
        return f"只允许不含空白和反斜线、不超过 {MAX_LENGTH} 个字符的 http、https 地址"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "地址无法解析"
    if "@" in parts.netloc:
        return "地址中不得含账号或口令"
    if not host or port == 0:
        return "地址缺少主机名或端口无效"
    if reason := _host_refusal(host, allow_loopback=allow_loopback):
        return reason
    wrong_port = port is not None and port not in _WEB_PORTS and not allow_loopback
    return f"端口 {port} 不是网站端口" if wrong_port else None
