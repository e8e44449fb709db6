"""Serving the console with uvicorn, alone or beside a drill."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from console.app import create_app, require_loopback
from console.wiring import Services
from core.errors import HuiyingError

START_S = 20.0


class _Server(uvicorn.Server):
    """Tells the pages that are kept live to end first, or they would hold up the shutdown."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal, live pages first."""
        self._closing.set()
        super().handle_exit(sig, frame)

    def close(self) -> None:
        """End without a signal, live pages first."""
        self._closing.set()
        self.should_exit = True


def _server(services: Services) -> _Server:
    require_loopback(services.settings.console_host)
    app = create_app(services)
    config = uvicorn.Config(
        app,
        host=services.settings.console_host,
        port=services.settings.console_port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return _Server(config, app.state.closing)


def serve(services: Services) -> None:
    """Serve the console until it is interrupted; raise ``HuiyingError`` when it cannot listen."""
    host, port = services.settings.console_host, services.settings.console_port
    server = _server(services)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise HuiyingError(f"console_port {port}: {error.strerror}") from error
        server.run(sockets=[listening])


@contextmanager
def served(services: Services) -> Iterator[str]:
    """Serve the console in a thread and yield its address; stop it at the end."""
    server = _server(services)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise HuiyingError(f"console: cannot listen on port {services.settings.console_port}")
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{services.settings.console_host}:{port}/"
    finally:
        server.close()
        thread.join(timeout=10)
