"""A plain local site for measuring: pages from memory, in a process whose time is not counted."""

import asyncio
import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection

NAVIGATION = '<a href="/n">栏目</a>' * 60
FILLER = '<div class="ad"><span>广告位</span><a href="/x">更多</a></div>' * 3
FOOTER = "<p>版权所有</p>" * 20

SELECTORS = {
    "item": "li.post",
    "id": "::attr(data-id)",
    "text": "div.body p",
    "time": "time::attr(datetime)",
    "author": "a.user",
    "link": "a.link::attr(href)",
    "next": "a.next::attr(href)",
}
"""How the list pages made here are read."""


def list_page(number: int, texts: Sequence[str], following: str | None) -> bytes:
    """Return a list page of posts in the style of a forum, about 700 bytes of markup a post."""
    rows = "".join(
        f'<li class="post" data-id="{number}-{n}"><div class="head"><a class="user" href="/home">'
        f'网友{number}{n}</a><time datetime="2026-11-20 09:{n % 60:02d}">09:{n % 60:02d}</time>'
        f'</div><div class="body"><p>{text}</p></div><div class="foot"><span>{n}</span>'
        f'<a class="link" href="/t/{number}-{n}">全文</a></div>{FILLER}</li>'
        for n, text in enumerate(texts)
    )
    more = f'<a class="next" href="{following}">下一页</a>' if following else ""
    return (
        f"<html><head><title>列表</title></head><body><div>{NAVIGATION}</div><ul>{rows}</ul>{more}"
        f"<footer>{FOOTER}</footer></body></html>"
    ).encode()


def json_page(number: int, texts: Sequence[str]) -> bytes:
    """Return a list of posts as JSON."""
    rows = [
        {"id": f"{number}-{n}", "text": text, "at": "2026-11-20T09:00:00+08:00", "who": f"u{n}"}
        for n, text in enumerate(texts)
    ]
    return json.dumps(rows, ensure_ascii=False).encode()


def _serve(there: Connection, pages: Mapping[str, bytes], addresses: Sequence[str]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                body = pages.get(head.split(b" ", 2)[1].decode("latin-1"))
                status = "404 Not Found" if body is None else "200 OK"
                kind = "application/json" if body and body[:1] == b"[" else "text/html"
                told = (
                    f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\n"
                    f"Content-Length: {len(body or b'')}\r\n\r\n"
                )
                writer.write(told.encode() + (body or b""))
                await writer.drain()
        writer.close()

    async def serve() -> None:
        first = await asyncio.start_server(answer, addresses[0], 0)
        port = first.sockets[0].getsockname()[1]
        for address in addresses[1:]:
            await asyncio.start_server(answer, address, port)
        there.send(port)
        await asyncio.Event().wait()

    asyncio.run(serve())


@contextmanager
def served(pages: Mapping[str, bytes], *, hosts: int = 1) -> Iterator[int]:
    """Serve *pages* by path on so many loopback addresses (127.0.0.1 on) and yield the port."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    addresses = [f"127.0.0.{n}" for n in range(1, hosts + 1)]
    process = context.Process(target=_serve, args=(there, pages, addresses), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.kill()
        process.join()
