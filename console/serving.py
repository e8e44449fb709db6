"""Serving the console with uvicorn, alone or beside a drill."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from console.app import create_app, require_loopback
from console.wiring import Services
from core.errors import HuiyingError

START_S = 20.0


def _server(services: Services) -> uvicorn.Server:
    require_loopback(services.settings.console_host)
    config = uvicorn.Config(
        create_app(services),
        host=services.settings.console_host,
        port=services.settings.console_port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def serve(services: Services) -> None:
    """Serve the console until it is interrupted; raise ``HuiyingError`` off this machine."""
    _server(services).run()


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
        server.should_exit = True
        thread.join(timeout=10)
