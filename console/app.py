"""The console as a web application: read-only for now, on this machine only."""

import threading
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from console.pages import claims, helping, items, overview, questions, statements
from console.pages.view import STATIC, show
from console.wiring import Services, installed_version
from core.errors import HuiyingError, RefusedError

log = structlog.get_logger()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def require_loopback(host: str) -> None:
    """Raise ``HuiyingError`` unless *host* is this machine: there is no sign-in yet."""
    if host == "localhost":
        return
    try:
        is_loopback = ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise HuiyingError(
            f"console_host: the console has no sign-in yet and listens on this machine only, "
            f"got {host!r}"
        )


def create_app(services: Services) -> FastAPI:
    """Return the console for one data folder."""
    app = FastAPI(
        title="Huiying 回应",
        version=installed_version(),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.services = services
    app.state.closing = threading.Event()
    app.middleware("http")(_secure)
    # Without a sign-in, no other site may reach the console through a name of its own.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    app.exception_handler(HuiyingError)(_failed)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_http_error)
    for page in (overview, claims, questions, helping, items, statements):
        app.include_router(page.router)
    app.get("/healthz")(_healthy)
    app.mount("/static", StaticFiles(directory=str(STATIC)))
    services.public.mkdir(parents=True, exist_ok=True)
    app.mount("/public", StaticFiles(directory=services.public, html=True))
    return app


def _healthy() -> dict[str, str]:
    return {"status": "ok", "version": installed_version()}


async def _secure(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    answer = await call_next(request)
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    return answer


def _failed(request: Request, error: Exception) -> HTMLResponse:
    if isinstance(error, RefusedError):
        return show(request, "error.html", status=409, heading="不能这样做", reasons=error.reasons)
    # The message is for operators; an officer needs to know that there is no such thing.
    log.info("not_found", path=request.url.path, reason=str(error))
    return show(
        request, "error.html", status=404, heading="没有找到", reasons=["没有这个编号的内容"]
    )


def _http_error(request: Request, error: Exception) -> HTMLResponse:
    # An address that fits no page, such as /claims/x, is simply not there.
    status = error.status_code if isinstance(error, HTTPException) else 404
    return show(
        request, "error.html", status=status, heading="没有找到", reasons=["这个地址没有页面"]
    )
