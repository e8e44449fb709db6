"""A real local site, a reactor that runs for the whole session, and an in-memory database."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.database import Base, make_engine
from core.directory import Directory, Unit
from crawler import crawl
from crawler.privacy import Veil
from crawler.sources import Source

NOON = datetime(2031, 6, 17, 4, 0, tzinfo=UTC)
BEIJING = timezone(timedelta(hours=8))


@dataclass
class Answer:
    """What the site says at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """A local web site whose answers a test writes down; it keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.headers: list[dict[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.agents.add(self.headers["User-Agent"])
                site.headers.append(dict(self.headers))
                answer = site.answers.get(self.path, Answer(b"", 404))
                tag = answer.headers.get("ETag")
                if tag and self.headers["If-None-Match"] == tag:
                    answer = Answer(b"", 304, {"ETag": tag})
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in answer.headers:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            # A crawl without a pace connects many times at once.
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def say(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Answer(data, status, named)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


class Reactor:
    """Twisted's reactor in a thread of its own; it can start only once in a process."""

    def __init__(self) -> None:
        from scrapy.utils.reactor import install_reactor

        self.loop = asyncio.new_event_loop()
        ready = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self.loop)
            install_reactor(crawl.REACTOR)
            from twisted.internet import reactor

            self.reactor = reactor
            reactor.callWhenRunning(ready.set)
            reactor.run(installSignalHandlers=False)

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait(30)

    def visit(self, sources, **arguments):
        awaited = crawl.visit_sources(sources, **arguments)
        return asyncio.run_coroutine_threadsafe(awaited, self.loop).result(60)

    def stop(self) -> None:
        self.reactor.callFromThread(self.reactor.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture(scope="session")
def reactor() -> Iterator[Reactor]:
    reactor = Reactor()
    yield reactor
    reactor.stop()


@pytest.fixture
def engine():
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def directory() -> Directory:
    unit = Unit(id="water", name="示例县水务局", kind="water_bureau", accounts=("示例县水务发布",))
    return Directory(units=(unit,))


@pytest.fixture
def veil(directory: Directory) -> Veil:
    return Veil(b"k" * 32, task="test", directory=directory)


def make_source(**changes: object) -> Source:
    plain: dict[str, object] = {
        "name": "feed",
        "url": "http://news.example/feed.xml",
        "parser": "feed",
        "channel": "forum",
        "pace_s": 0.0,
        "cadence_min": 60,
        "min_yield": 1,
        "time_zone": BEIJING,
    }
    if "detail_text" in changes.get("selectors", {}):  # type: ignore[operator]
        plain["detail"] = "selectors"
    return Source(**(plain | changes))  # type: ignore[arg-type]


@pytest.fixture
def settings():
    return crawl.scrapy_settings(
        contact="mailto:desk@office.example", version="0.1", allow_loopback=True, default_pace_s=0
    )


Clock = Callable[[], datetime]
