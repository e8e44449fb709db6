"""A page as a reader gets it: what it asked for, what it complained of, how it is built."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, Route

CHROMIUM = "/usr/bin/chromium"
MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")
FIRED = "boom"
"""What a hostile payload writes to the console when it runs."""

Scheme = Literal["light", "dark"]
WIDE, NARROW = 1360, 390
VIEWS: tuple[tuple[int, Scheme], ...] = (
    (WIDE, "light"),
    (WIDE, "dark"),
    (NARROW, "light"),
    (NARROW, "dark"),
)

_TELL_POLICY = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`));"""
_ELSEWHERE = re.compile(r"^(?!http://127\.0\.0\.1[:/])")


@dataclass(slots=True)
class Heard:
    """What a page did while it was open."""

    complaints: list[str] = field(default_factory=list)
    """Console errors and warnings, refusals of the content policy, uncaught exceptions."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses beyond this machine that the page asked for; none of them was reached."""
    fired: int = 0
    """How often a payload ran."""
    dialogs: int = 0

    def forget(self) -> None:
        """Begin anew, for another page in the same window."""
        self.complaints.clear()
        self.elsewhere.clear()
        self.fired = self.dialogs = 0


@dataclass(frozen=True, slots=True)
class View:
    """One screen at one width in one colour scheme."""

    width: int
    scheme: Scheme
    shape: list[str]
    faint: list[str]
    texts: int
    lowest: float
    too_wide: int
    """Pixels that stand out of the window to the right."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One screen in every view, and what the browser said of it."""

    views: tuple[View, ...]
    complaints: tuple[str, ...]
    elsewhere: tuple[str, ...]


@contextmanager
def opened(
    browser: Browser, *, width: int = WIDE, scheme: Scheme = "light", script: bool = True
) -> Iterator[tuple[Page, Heard]]:
    """Give an empty page of its own that can reach this machine only."""
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        locale="zh-CN",
    )
    heard = Heard()

    def refuse(route: Route) -> None:
        heard.elsewhere.append(route.request.url)
        route.abort()

    context.route(_ELSEWHERE, refuse)
    if script:
        context.add_init_script(_TELL_POLICY)
    page = context.new_page()
    listen(page, heard)
    try:
        yield page, heard
    finally:
        context.close()


def listen(page: Page, heard: Heard) -> None:
    """Write what *page* does into *heard*."""

    def note(message: ConsoleMessage) -> None:
        if message.text == FIRED:
            heard.fired += 1
        elif message.type in {"error", "warning"} and not _is_page_itself(page, message):
            heard.complaints.append(f"{message.type}: {message.text}")

    def dismiss(dialog: Any) -> None:
        heard.dialogs += 1
        dialog.dismiss()

    page.on("console", note)
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: heard.complaints.append(f"uncaught: {error}"))


def _is_page_itself(page: Page, message: ConsoleMessage) -> bool:
    """Return whether the browser only says that the page's own address answered 404."""
    return "status of 404" in message.text and message.location["url"] == page.url


def measure(page: Page) -> dict[str, Any]:
    """Return shape, contrast and width of the page as it stands."""
    found: dict[str, Any] = page.evaluate(MEASURES)
    return found


def look(page: Page, heard: Heard, address: str) -> Seen:
    """Open *address* and look at it in every view."""
    heard.forget()
    page.goto(address)
    views = []
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        views.append(View(width=width, scheme=scheme, **measure(page)))
    return Seen(tuple(views), tuple(heard.complaints), tuple(heard.elsewhere))
