"""The long proofs (`make prove`); `PROVE=short` is CI's round. Each zero says how many were tried.

The files are named ``prove_*.py``, so that the plain test suite does not collect them.
"""

import os
from collections.abc import Callable

import pytest

LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LINES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = terminalreporter.config.stash[LINES]
    if lines:
        terminalreporter.section("proved")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def short() -> bool:
    """Whether this is CI's round of about a minute."""
    return os.environ.get("PROVE") == "short"  # noqa: TID251  not a setting of the product


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say at the end of the run what was tried and found."""
    return request.config.stash[LINES].append
