"""What every screen shares: the templates, their filters, and the services of a request."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape
from sqlalchemy.orm import Session

from analysis.coverage import channel_name
from console.wiring import Services, installed_version
from core.clock import beijing, iso_beijing
from core.database import reading
from core.lexicon import load_lexicon

NAVIGATION = (
    ("/", "总览"),
    ("/claims", "说法"),
    ("/questions", "问题"),
    ("/help", "求助"),
    ("/statements", "文稿"),
)
SHORT_CHARACTERS = 80
STATIC = files("console") / "static"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("console", "templates"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = _moment
    environment.filters["iso"] = iso_beijing
    environment.filters["shorten"] = _shorten
    environment.filters["concern"] = _concern
    environment.filters["channel"] = _channel
    return environment


def _moment(moment: datetime) -> str:
    local = beijing(moment)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _shorten(text: str) -> str:
    return text if len(text) <= SHORT_CHARACTERS else text[: SHORT_CHARACTERS - 1] + "…"


def _concern(concern: str | None) -> str:
    return load_lexicon().concern_names.get(concern or "", "—")


def _channel(channel: str) -> str:
    return channel_name(channel)


def services_of(request: Request) -> Services:
    """Return the services the app was built with."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the app was built without services")
    return services


def _session(request: Request) -> Iterator[Session]:
    with reading(services_of(request).engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(_session)]


def show(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Return the page *template* filled with *values*."""
    text = (
        _environment()
        .get_template(template)
        .render(
            navigation=NAVIGATION,
            here=request.url.path,
            office=services_of(request).settings.office_name,
            product_version=installed_version(),
            **values,
        )
    )
    return HTMLResponse(text, status_code=status)
