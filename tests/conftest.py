"""What every test may use."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Chromium runs as root in containers, has no screen, and is to talk to nobody but the page's server.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Time is no law here: a busy machine is slow, not wrong.
settings.register_profile("laws", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference figures and real configs beside the repository; skips without it."""
    if not SHARED.is_dir():
        pytest.skip("the reference folder ../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def free_ports() -> Callable[[], int]:
    """Gives a port that nobody listens on now."""

    def unused() -> int:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port: int = listener.getsockname()[1]
        return port

    return unused


@pytest.fixture
def free_port(free_ports: Callable[[], int]) -> int:
    """A port that nobody listens on now."""
    return free_ports()


# Not for the whole session: Playwright keeps an event loop running, which tests with their own loop would meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the one on PATH, else Playwright's own. Skips without any, but fails where CI is set."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        except Error as error:
            message = f"no browser for the tests (`make browser` gets one): {error.message.splitlines()[0]}"
            pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
        yield chromium
        chromium.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is fast first, so that a plain mistake shows within seconds."""
    order = ("slow", "benchmark", "browser")
    items.sort(
        key=lambda item: max((order.index(mark) + 1 for mark in order if item.get_closest_marker(mark)), default=0)
    )
