"""Take the pictures of the README from a running demo: ``make pictures``.

Plays the drill at once into a temporary folder, stops at 00:30 of the story's second day, and
photographs the console and the public page with Debian's chromium.
"""

import os
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from console import serving
from console.drill import play
from console.drill.scenario import load_scenario
from console.wiring import Services

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
WIDE, NARROW = (1360, 900), (390, 844)
AT_MINUTES = 10 * 60 + 30
SHOTS: tuple[tuple[str, str, Literal["light", "dark"], tuple[int, int]], ...] = (
    ("overview-light", "", "light", WIDE),
    ("overview-dark", "", "dark", WIDE),
    ("overview-narrow", "", "light", NARROW),
    ("claims-light", "claims", "light", WIDE),
    ("public-light", "public/", "light", WIDE),
    ("public-narrow", "public/", "light", NARROW),
)


def photograph(browser: Browser, services: Services, folder: Path) -> None:
    """Save the screens that the documents show."""
    with serving.served(services) as address:
        for name, path, scheme, size in SHOTS:
            context = browser.new_context(
                color_scheme=scheme, viewport={"width": size[0], "height": size[1]}
            )
            page = context.new_page()
            page.goto(address + path)
            page.screenshot(path=folder / f"{name}.png")
            context.close()


def main(folder: Path) -> None:
    """Play the drill and take the pictures when the clock of the story says so."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["HUIYING_CONSOLE_PORT"] = "0"  # noqa: TID251  a free port for the camera
    moment = load_scenario().moment(AT_MINUTES)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as data:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def watch(services: Services, now: datetime) -> None:
            if now == moment:
                photograph(browser, services, folder)

        play.play(
            Path(data) / "d", instant=True, seed=20310617, tell=lambda _line: None, watch=watch
        )
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
