"""What every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support.serving import Server, chromium, serve
from tests.support.serving import free_port as unused_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Time is no law here: a busy machine is slow, not wrong.
settings.register_profile("laws", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")

# What the tests read of the command line is English, whatever the machine speaks.
os.environ["PCDET_SCHED_LANG"] = "en"

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
    return unused_port


@pytest.fixture
def free_port(free_ports: Callable[[], int]) -> int:
    """A port that nobody listens on now."""
    return free_ports()


# Not for the whole session: Playwright keeps an event loop running, which tests with their own loop would meet.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the one on PATH, else Playwright's own. Skips without any, but fails where CI is set."""
    from playwright.sync_api import Error

    with ExitStack() as open_until_then:
        try:
            chrome = open_until_then.enter_context(chromium())
        except Error as error:
            message = f"no browser for the tests (`make browser` gets one): {error.message.splitlines()[0]}"
            pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
        yield chrome


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app, served as `make run` serves it; a test that harms a server starts its own."""
    with serve(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture(scope="session")
def url(server: Server) -> str:
    """Its address."""
    return server.url.rstrip("/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is fast first, so that a plain mistake shows within seconds."""
    order = ("slow", "benchmark", "browser")
    items.sort(
        key=lambda item: max((order.index(mark) + 1 for mark in order if item.get_closest_marker(mark)), default=0)
    )
