"""Which addresses may be visited: the public Internet, or in a drill this machine alone. Pure.

One rule serves a source when it is listed, every name when it resolves, and every hop.
"""

import ipaddress
import re
import socket
import unicodedata
from urllib.parse import unquote, urlsplit

# Ports where news is served; anything else is somebody's database or mail server.
_WEB_PORTS = frozenset({80, 443, *range(8000, 9000)})
_WEB_URL = re.compile(r"https?://[^/\s\\\x00-\x1f][^\s\\\x00-\x1f]*", re.IGNORECASE)
_NUMERIC_HOST = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}")
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.ip_network("::/96")


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
