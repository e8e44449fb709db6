"""A server with one way of misbehaving at each of its addresses, all on this machine.

Every behaviour is a host of its own, 127.1.0.1 and up, so that none can hide behind another. The
server runs in a thread with its own event loop and keeps what it was asked.
"""

import asyncio
import gzip
import json
import socket
import ssl
import struct
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

CHUNK = b"<p>x</p>" * 8192
DAY = "2031-06-17"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    on_connection: int
    """Its number on its connection, from 1."""


@dataclass
class Exchange:
    """One request and the connection to answer it on."""

    asked: Asked
    writer: asyncio.StreamWriter
    server: "HostileServer"

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes, *, pause_s: float = 1.0, size: int = 1) -> None:
        for start in range(0, len(data), size):
            await self.send(data[start : start + size])
            await asyncio.sleep(pause_s)

    async def flood(self, data: bytes, *, pause_s: float = 0.0) -> None:
        """Send *data* again and again until the other side has had enough."""
        while not self.writer.is_closing():
            await self.send(data)
            await asyncio.sleep(pause_s)

    async def silence(self) -> None:
        await asyncio.sleep(3600)

    def reset(self) -> None:
        """End the connection by a reset in place of a farewell."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Act = Callable[[Exchange], Awaitable[None]]
Answer = bytes | Act
"""Bytes are sent as they are; an act does what it likes, and then the connection is closed."""
KEPT = b"\r\nConnection: keep-alive\r\n"
"""After bytes that say so, the connection stays open."""


def answer(
    body: bytes | str = b"", status: str = "200 OK", *headers: str, close: bool = True
) -> bytes:
    """Return a well-formed answer with these headers."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers]
    lines += ["Connection: close" if close else "Connection: keep-alive"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + data


NO_ROBOTS = answer(b"", "404 Not Found", close=False)


def bare(*lines: str) -> bytes:
    """Return the beginning of an answer, to be followed by whatever."""
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def to(location: str, status: str = "302 Found") -> bytes:
    """Return a redirect."""
    return answer(b"", status, f"Location: {location}")


def feed(name: str, items: int = 5) -> str:
    """Return an RSS feed of invented news, another for each *name*."""
    entries = "".join(
        f"<item><guid>{name}-{n}</guid><title>{name} 第{n}条</title>"
        f"<description>澄川县{name}片区第{n}号楼早上起停水，物业说下午恢复</description>"
        f"<pubDate>{DAY} {n % 24:02d}:10:00</pubDate></item>"
        for n in range(items)
    )
    return f'<rss version="2.0"><channel><title>t</title>{entries}</channel></rss>'


def listing(details: int) -> str:
    """Return a list page with links to */d/0* and on."""
    return "".join(f'<li class="t"><a href="/d/{n}">{n}</a></li>' for n in range(details))


def detail(name: str, number: int) -> str:
    """Return the page behind one link of ``listing``."""
    return (
        f'<article data-id="{name}-{number}"><time>{DAY} 09:30</time>'
        f"<p>澄川县{name}路第{number}个路口积水，车辆绕行</p></article>"
    )


def posts(name: str, count: int = 5) -> str:
    """Return a JSON list of invented posts."""
    items = [
        {"id": f"{name}-{n}", "at": f"{DAY} 09:30", "body": f"{name} 南站{n}路公交停运了吗"}
        for n in range(count)
    ]
    return json.dumps({"list": items})


@dataclass(frozen=True)
class Site:
    """What one host says: to everything, at a few paths, and for its robots.txt."""

    page: Answer
    robots: Answer = NO_ROBOTS
    pages: Mapping[str, Answer] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    on_connect: Act | None = None
    """What happens in place of HTTP as soon as somebody connects."""
    where: tuple[str, int] | None = None
    """Address and port, where they matter."""

    def at(self, path: str) -> Answer:
        if path == "/robots.txt":
            return self.robots
        return self.pages.get(path, self.page)


class HostileServer:
    """Serves *sites*, each at an address of its own, until it is closed."""

    def __init__(self, sites: Mapping[str, Site]) -> None:
        self.sites = dict(sites)
        self.asked: dict[str, list[Asked]] = defaultdict(list)
        self.connections: dict[str, int] = defaultdict(int)
        self._where: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(30)

    def url(self, name: str, path: str = "/") -> str:
        """Return the address of a site."""
        scheme = "https" if self.sites[name].tls or name.startswith("tls_") else "http"
        return f"{scheme}://{self._where[name]}{path}"

    def paths(self, name: str) -> list[str]:
        """Return what was asked of a site, without its robots.txt, in order."""
        return [one.path for one in self.asked[name] if one.path != "/robots.txt"]

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._open())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # A transport closes its socket in the next turn of the loop.
        await asyncio.sleep(0)

    async def _open(self) -> None:
        for number, (name, site) in enumerate(self.sites.items(), 1):
            host, port = site.where or (f"127.1.{number // 250}.{number % 250 + 1}", 0)
            server = await asyncio.start_server(
                self._connected(name, site), host, port, ssl=site.tls, backlog=200
            )
            self._servers.append(server)
            shown = f"[{host}]" if ":" in host else host
            self._where[name] = f"{shown}:{server.sockets[0].getsockname()[1]}"

    def _connected(self, name: str, site: Site) -> Callable[..., Awaitable[None]]:
        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self.connections[name] += 1
            # The other side goes when it has had enough, and closing may wait for it in vain.
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(name, site, reader, writer)
            writer.close()

        return converse

    async def _serve(
        self, name: str, site: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if site.on_connect:
            await site.on_connect(Exchange(Asked("", {}, 0), writer, self))
            return
        number = 0
        while not writer.is_closing():
            number += 1
            asked = _read_request(await reader.readuntil(b"\r\n\r\n"), number)
            self.asked[name].append(asked)
            said = site.at(asked.path)
            exchange = Exchange(asked, writer, self)
            if callable(said):
                await said(exchange)
                return
            await exchange.send(said)
            if KEPT not in said[:500]:
                return


def _read_request(head: bytes, number: int) -> Asked:
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    return Asked(first.split(" ")[1], headers, number)


def packed(body: str | bytes) -> bytes:
    return gzip.compress(body.encode() if isinstance(body, str) else body)
