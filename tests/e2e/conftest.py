"""A browser for each module, and one drill folder served to all of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from console import serving, wiring
from tests.e2e import browsing, world
from tests.e2e.world import World


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium, ended with its module: its event loop must not outlive it into other tests."""
    if not Path(browsing.CHROMIUM).exists():
        reason = f"no browser at {browsing.CHROMIUM}; install Debian's chromium to run this test"
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browsing.CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def free_port() -> Iterator[None]:
    """Let every console of these tests listen on a free port."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUIYING_CONSOLE_PORT", "0")
        yield


@pytest.fixture(scope="session")
def drill(free_port: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The shared drill; tests must only read it."""
    services = world.build_folder(tmp_path_factory.mktemp("e2e") / "d")
    with serving.served(services) as address:
        yield world.look_up(services, address)


@pytest.fixture
def own_drill(drill: World, tmp_path: Path) -> Iterator[World]:
    """A copy of the shared drill that a test may change."""
    shutil.copytree(drill.services.data, tmp_path / "d")
    services = wiring.prepare(tmp_path / "d")
    with serving.served(services) as address:
        yield world.look_up(services, address)
    services.engine.dispose()
