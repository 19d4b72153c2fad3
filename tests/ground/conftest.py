"""The checkout, and how a server is started and watched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest
from playwright.sync_api import TimeoutError as NotInTime

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from playwright.sync_api import Browser, Page

START_SECONDS = 60


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file that git has, as it lies in the folder now."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("this is no git checkout")
    return [root / name for name in listing.stdout.split("\0") if (root / name).is_file()]


@pytest.fixture(scope="session")
def bare_environment() -> dict[str, str]:
    """The environment without what would reach the checkout or change the app's settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith(("STREAMLIT_", "PCDET_SCHED_", "COV_"))
    }


@pytest.fixture(scope="session")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Builds a "wheel" or an "sdist" of the checkout; gives the file, alone in its folder."""

    def build(kind: str) -> Path:
        folder = tmp_path_factory.mktemp(kind)
        command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(folder), str(root)]
        subprocess.run(command, capture_output=True, check=True)
        [file] = folder.iterdir()
        return file

    return build


Served = Callable[..., "AbstractContextManager[str]"]


@pytest.fixture
def served(browser: Browser) -> Served:
    """Start a server, wait until a browser sees its first page drawn, give the page's text, stop the server."""

    @contextmanager
    def serve(
        command: Sequence[str], cwd: Path, environment: Mapping[str, str], url: str, page: str = ""
    ) -> Iterator[str]:
        """`page` is the address that the browser opens, where it is not the server's own."""
        log = cwd / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=cwd, env=dict(environment), stdout=output, stderr=subprocess.STDOUT)
            try:
                wait_until_healthy(process, url, log)
                yield drawn_text(browser, page or url, log)
            finally:
                process.terminate()
                process.wait(timeout=20)

    return serve


def wait_until_healthy(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return when /_stcore/health answers; fail with the server's output when it does not in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the server did not come up (exit status {process.poll()}):\n{log.read_text()}")


def drawn_text(browser: Browser, url: str, log: Path) -> str:
    """The text of the first page once its script has run; fails where the page shows an error."""
    page = browser.new_page()
    try:
        page.goto(url)
        with seen_on_failure(page, log):
            page.wait_for_selector(".js-plotly-plot", timeout=START_SECONDS * 1000)
            page.wait_for_selector("[data-testid=stStatusWidget]", state="detached", timeout=START_SECONDS * 1000)
            assert page.locator("[data-testid=stException]").count() == 0
        return page.locator("[data-testid=stAppViewContainer]").inner_text()
    finally:
        page.close()


@contextmanager
def seen_on_failure(page: Page, log: Path) -> Iterator[None]:
    """Let a failure say what the page showed and what the server logged."""
    try:
        yield
    except (AssertionError, NotInTime) as error:
        text = page.locator("body").inner_text()
        pytest.fail(f"{error}\n--- the page\n{text}\n--- the server\n{log.read_text()}")
