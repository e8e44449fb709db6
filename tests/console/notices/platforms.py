"""Local stand-ins for the platforms; each refuses what the real one refuses."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

KEY = "c0ffee00-canary-4242-key"
TOKEN = "c0ffee42token"  # noqa: S105  of a stub
SECRET = "SECc0ffee4242canary"  # noqa: S105  of a stub
NOON = datetime(2031, 6, 18, 4, 10, tzinfo=UTC)

Answer = tuple[int, dict[str, object]]


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Asked:
    """A request as it came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict[str, object]:
        return json.loads(self.body)


@dataclass
class Platform:
    """A server on loopback; ``faults`` are what it does with its next requests instead."""

    judge: Callable[["Platform", Asked], Answer]
    clock: Clock
    asked: list[Asked] = field(default_factory=list)
    taken: list[Asked] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)
    locked_until: datetime = NOON - timedelta(days=1)
    faults: list[Callable[["_Handler"], None]] = field(default_factory=list)

    def __enter__(self) -> Self:
        platform = self

        class Handler(_Handler):
            def do_POST(self) -> None:
                self.serve(platform)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def within(self, **span: float) -> int:
        """Count the requests of the last span, this one included."""
        return sum(at > self.clock.now - timedelta(**span) for at in self.at)


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def serve(self, platform: Platform) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = Asked(parts.path, query, dict(self.headers), body)
        platform.asked.append(asked)
        platform.at.append(platform.clock.now)
        if platform.faults:
            platform.faults.pop(0)(self)
            return
        status, said = platform.judge(platform, asked)
        if status == 200 and not said.get("errcode") and not said.get("code"):
            platform.taken.append(asked)
        self.answer(status, json.dumps(said).encode())

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


# What a fault does


def answering(status: int, body: bytes = b"", **headers: str) -> Callable[[_Handler], None]:
    return lambda handler: handler.answer(status, body, **headers)


def hanging(seconds: float) -> Callable[[_Handler], None]:
    return lambda _handler: time.sleep(seconds)


def dripping(handler: _Handler) -> None:
    """Answer one byte at a time without end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(200):
            handler.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        pass


def never_done_with_its_headers(handler: _Handler) -> None:
    """Answer a header byte by byte: no single wait is long, and there is no end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    try:
        for _ in range(40):
            handler.wfile.write(b"x")
            time.sleep(0.25)
    except OSError:
        pass


# The platforms' own rules


def wecom(platform: Platform, asked: Asked) -> Answer:
    if asked.path != "/cgi-bin/webhook/send" or asked.query.get("key") != KEY:
        return 200, {"errcode": 93000, "errmsg": f"invalid webhook url {asked.query}"}
    if platform.within(minutes=1) > 20:
        return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
    said = asked.said
    content = said["text"]["content"]
    # The stricter reading of "2048 bytes": as it stands in the body, escapes and all.
    raw = asked.body[asked.body.index(b'"content": "') + 12 : asked.body.rindex(b'"}')]
    if said["msgtype"] != "text" or max(len(content.encode()), len(raw)) > 2048:
        return 200, {"errcode": 40058, "errmsg": "content exceed max length 2048"}
    return 200, {"errcode": 0, "errmsg": "ok"}


def dingtalk(platform: Platform, asked: Asked) -> Answer:
    if platform.clock.now < platform.locked_until or platform.within(minutes=1) > 20:
        if platform.clock.now >= platform.locked_until:
            platform.locked_until = platform.clock.now + timedelta(minutes=10)
        return 200, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    if asked.query.get("access_token") != TOKEN:
        return 200, {"errcode": 300001, "errmsg": "token is not exist"}
    stamp = asked.query.get("timestamp", "0")
    mine = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    fresh = abs(time.time() * 1000 - int(stamp)) < 3_600_000
    if not fresh or asked.query.get("sign") != base64.b64encode(mine).decode():
        return 200, {"errcode": 310000, "errmsg": "sign not match"}
    if len(asked.body) > 20_000:
        return 200, {"errcode": 460101, "errmsg": "message too long"}
    if "回应" not in asked.said["text"]["content"]:
        return 200, {"errcode": 310000, "errmsg": "keywords not in content"}
    return 200, {"errcode": 0, "errmsg": "ok"}


def feishu(platform: Platform, asked: Asked) -> Answer:
    if platform.within(minutes=1) > 100 or platform.within(seconds=1) > 5:
        return 200, {"code": 11232, "msg": "frequency limited"}
    if asked.path.strip("/") != f"open-apis/bot/v2/hook/{TOKEN}":
        return 200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
    said = asked.said
    stamp = str(said.get("timestamp", ""))
    mine = hmac.new(f"{stamp}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    fresh = stamp.isdigit() and abs(platform.clock.now.timestamp() - int(stamp)) < 3600
    if not fresh or said.get("sign") != base64.b64encode(mine).decode():
        return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
    if len(asked.body) > 20_000:
        return 200, {"code": 9499, "msg": "Bad Request"}
    return 200, {"code": 0, "msg": "success", "data": {}}


def ntfy(platform: Platform, asked: Asked) -> Answer:
    if platform.within(minutes=1) > 60:
        return 429, {"code": 42901, "http": 429, "error": "limit reached: too many requests"}
    if len(asked.body) > 2 * 4096:
        return 413, {"code": 41301, "http": 413, "error": "payload too large"}
    # A longer message is made a file; nobody reads an alert in a file.
    if asked.path != "/" or len(str(asked.said["message"]).encode()) > 4096:
        return 413, {"code": 41302, "http": 413, "error": "message became an attachment"}
    return 200, {"id": "m1", "event": "message"}


def webhook(platform: Platform, asked: Asked) -> Answer:
    stamp = asked.headers.get("X-Huiying-Timestamp", "0")
    mine = hmac.new(SECRET.encode(), f"{stamp}.".encode() + asked.body, hashlib.sha256)
    given = asked.headers.get("X-Huiying-Signature", "")
    if not hmac.compare_digest(given, f"sha256={mine.hexdigest()}"):
        return 401, {"error": "signature"}
    if abs(platform.clock.now.timestamp() - int(stamp)) > 300:
        return 401, {"error": "too old"}
    if len(asked.body) > 64_000:
        return 413, {"error": "too long"}
    if platform.within(minutes=1) > 60:
        return 429, {"error": "too fast"}
    return 200, {"ok": True}


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Post:
    """A mail server on loopback that keeps what it was given."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refusals: list[str] = []
        """What it says to the next messages instead of taking them."""
        self.unwanted: set[str] = set()

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.unwanted:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        if len(envelope.content or b"") > 350_000:
            return "552 message too long"
        self.taken.append(envelope)
        return "250 OK"

    def __enter__(self) -> Self:
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()

    @property
    def port(self) -> int:
        return self.controller.port
