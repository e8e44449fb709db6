"""Addresses that nobody may make us visit, and a name server that helps to try."""

import ipaddress
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from dnslib import AAAA, CNAME, QTYPE, RR, A, DNSRecord

SHARED = Path(__file__).parents[2].parent / "shared" / "badinputs"
PUBLIC = "93.184.216.34"

V4 = [
    *("127.0.0.1", "127.77.6.5", "0.0.0.0", "10.20.30.40", "172.20.1.1", "192.168.3.3"),  # noqa: S104
    *("169.254.169.254", "100.99.1.1", "192.0.0.9", "192.0.2.7", "192.88.99.9", "198.19.4.4"),
    *("198.51.100.8", "203.0.113.6", "233.1.1.1", "250.1.1.1", "255.255.255.255"),
]
"""One address of each network that is not public."""
V6 = [
    *("::", "::1", "fe80::5%25lo", "fec0::5", "fc12::5", "fd12::5", "ff05::5", "100::5"),
    *("2001:db8:5::5", "2001:10::5", "3fff:5::5", "64:ff9b:1::5", "5f00::5"),
]


def spellings(address: str) -> Iterator[str]:
    """Return every way to write the IPv4 *address* as a host that some resolver follows."""
    number = int(ipaddress.IPv4Address(address))
    one, two, three, four = address.split(".")
    yield address
    yield address + "."
    yield str(number)
    yield f"0x{number:x}"
    yield ".".join(f"0x{int(part):x}" for part in (one, two, three, four))
    yield ".".join(f"0{int(part):o}" for part in (one, two, three, four))
    yield f"{one}.{number & 0xFFFFFF}"
    yield f"{one}.{two}.{number & 0xFFFF}"
    yield address.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    yield address.translate({ord("0"): 0x24EA} | {ord("0") + n: 0x245F + n for n in range(1, 10)})
    for dot in "\u3002\uff0e\uff61":
        yield address.replace(".", dot)
    for unseen in "\u00ad\u200b\u2060":
        yield address[:-1] + unseen + address[-1]
    yield "".join(f"%{ord(letter):x}" for letter in address)
    yield f"[::ffff:{address}]"
    yield f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]"
    yield f"[::{address}]"
    yield f"[64:ff9b::{address}]"
    yield f"[2002:{number >> 16:x}:{number & 0xFFFF:x}::1]"
    hidden = number ^ 0xFFFFFFFF
    yield f"[2001:0:5db8:d822::{hidden >> 16:x}:{hidden & 0xFFFF:x}]"


def literals() -> list[str]:
    """Return addresses that are refused by what they say, without asking anybody."""
    hosts = [host for address in V4 for host in spellings(address)]
    hosts += [f"[{address}]" for address in V6]
    hosts += ["localhost", "LOCALHOST.", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3"]
    hosts += ["printer.local", "vault.internal", "nas.lan", "box.home.arpa", "a.localhost"]
    hosts += ["127.0.0.1%00.news.example", "a..b", "x" * 64 + ".example"]
    hosts += [f"{name}@127.0.0.1" for name in ("u", "u:p", "news.example", "news.example:80")]
    urls = [f"http://{host}:PORT/" for host in hosts]
    urls += [f"{scheme}://127.0.0.1:PORT/" for scheme in ("ftp", "file", "gopher", "dict", "ws")]
    urls += ["FILE:///etc/hostname", "data:text/html,x", "s3://a/b", "javascript:alert(1)"]
    urls += ["http:/127.0.0.1:PORT/", "http:127.0.0.1:PORT/", "//127.0.0.1:PORT/", "http:///x"]
    urls += [" http://127.0.0.1:PORT/", "http://127.0.0\t.1:PORT/", "http://127.0.0.1\\@a.example/"]
    urls += [f"http://news.example:{port}/" for port in (0, 22, 25, 3306, 6379, 65536)]
    return urls


NAMES = [
    "http://metadata.test/",
    "http://multi.test:PORT/",
    "http://cname.test:PORT/",
    "http://six.test:PORT/",
    "http://public.test:SITE/to?u=http://127.0.0.1:PORT/",
    "http://public.test:SITE/to?u=http://[::1]:PORT/",
    "http://public.test:SITE/to?u=http://cname.test:PORT/",
    "http://public.test:SITE/to?u=file:///etc/hostname",
    "http://public.test:SITE/chain",
    "http://public.test:SITE/loop",
    "http://robots.test:SITE/",
]
"""Refused only when they resolve, or where they lead."""
GOOD = ["http://news.example/", "https://news.example:443/", "http://xn--fiq06l2rdsvs.example/"]
GOOD += ["http://网站.example/", "http://1.1.1.1/", "https://[2606:4700::1111]/"]


def shared_lines() -> list[tuple[str, bool]]:
    """Return the shared list as (line, whether it is good), or skip where it is absent."""
    file = SHARED / "lists" / "ssrf.txt"
    if not file.exists():
        pytest.skip(f"no shared bad inputs beside the repository ({file.name})")
    lines = file.read_text(encoding="utf-8").splitlines()[1:]
    return [(line.removeprefix("+ ").partition("  ")[0], line.startswith("+")) for line in lines]


class Canary:
    """Listens where nobody may come, on IPv4 and IPv6, and counts who does."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self._sockets = self._open()
        self.port = self._sockets[0].getsockname()[1]
        self._threads = [
            threading.Thread(target=self._listen, args=(one,), daemon=True) for one in self._sockets
        ]
        for thread in self._threads:
            thread.start()

    def _open(self) -> list[socket.socket]:
        # A port that web sites use, so that nothing is refused for its port alone.
        for port in range(8100, 9000):
            opened = []
            try:
                for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                    opened.append(socket.create_server((host, port), family=family))
            except OSError:
                for one in opened:
                    one.close()
            else:
                return opened
        raise AssertionError("no port is free")

    def _listen(self, listening: socket.socket) -> None:
        family = "v6" if listening.family == socket.AF_INET6 else "v4"
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.hits[family] += 1
            with connection:
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                )

    def close(self) -> None:
        for one in self._sockets:
            one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)


class NameServer:
    """A DNS server on this machine. Real packets; the names are ours.

    ``rebind.test`` is *site* at first and 127.0.0.1 ever after.
    """

    def __init__(self, site: str) -> None:
        self.asked: Counter[str] = Counter()
        self.records = {
            "metadata.test.": [A("169.254.169.254")],
            "169.254.169.254.nip.test.": [A("169.254.169.254")],
            "multi.test.": [A(PUBLIC), A("127.0.0.1")],
            "cname.test.": [CNAME("localhost"), A("127.0.0.1")],
            "six.test.": [AAAA("::1"), AAAA("::ffff:7f00:1")],
            "public.test.": [A(site)],
            "redirect.test.": [A(site)],
            "robots.test.": [A(site)],
            "sitemap.test.": [A(site)],
            "news.example.": [A(site)],
            "xn--fiqs8s.example.": [A(site)],
            "xn--efvy88h.example.": [A(site)],
        }
        self._rebind = [A(site), A("127.0.0.1")]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            packet, asker = self._socket.recvfrom(512)
            if not packet:
                return
            self._socket.sendto(self._answer(DNSRecord.parse(packet)).pack(), asker)

    def _answer(self, query: DNSRecord) -> DNSRecord:
        reply, name = query.reply(), str(query.q.qname).lower()
        wanted = QTYPE[query.q.qtype]
        for record in self._records(name, wanted):
            kind = type(record).__name__
            if kind in {wanted, "CNAME"}:
                reply.add_answer(RR(name, getattr(QTYPE, kind), ttl=0, rdata=record))
        return reply

    def _records(self, name: str, wanted: str) -> list:
        if name != "rebind.test.":
            return self.records.get(name, [])
        if wanted == "A":
            self.asked[name] += 1
        return [self._rebind[min(self.asked[name], 2) - 1]]

    def close(self) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()
