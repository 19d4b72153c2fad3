"""Serve the app as its users do and open it in a browser: for screenshots, measurements and tests."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import psutil

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app.py"
START_SECONDS = 90

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
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


class ServerError(RuntimeError):
    """The server did not come up; the message holds what it printed."""


@dataclass
class Server:
    """A running server, what it prints, and what it holds in memory."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """The address of the first page."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def text(self) -> str:
        """All that it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def alive(self) -> bool:
        """Whether it answers."""
        with suppress(URLError, OSError), urllib.request.urlopen(f"{self.url}_stcore/health", timeout=5):
            return True
        return False

    def megabytes(self) -> float:
        """What its process holds in memory and shares with nobody, MB."""
        return float(psutil.Process(self.process.pid).memory_full_info().uss) / 1e6

    def stop(self) -> None:
        """Ask it to end; end it after ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def page_names() -> list[str]:
    """The pages that app.py routes to; the first one is the one at the server's own address."""
    return re.findall(r"pages/\d+_(\w+)\.py", APP.read_text(encoding="utf-8"))


def address(server: Server, name: str) -> str:
    """The address of a page."""
    return server.url if name == page_names()[0] else f"{server.url}{name}"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def bare_environment() -> dict[str, str]:
    """The environment without what would change the app's settings; the checkout's package is found."""
    own = ("STREAMLIT_", "PCDET_SCHED_", "COV_")
    return {k: v for k, v in os.environ.items() if not k.startswith(own)} | {"PYTHONPATH": str(ROOT)}


def start(
    folder: Path,
    *flags: str,
    script: Path = APP,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> Server:
    """`streamlit run`, with its output in a file of `folder`; returns at once, see `ready`.

    `within` is a command that becomes the one that stands behind it, like `env`.
    """
    port = port or free_port()
    log = folder / f"server-{port}.log"
    command = [*within, sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    # The app's own settings say where it listens.
    command += ["--server.headless", "true", *([] if script == APP else ["--server.address", "127.0.0.1"]), *flags]
    variables = bare_environment() | dict(environment or {})
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=script.parent, env=variables, stdout=output, stderr=subprocess.STDOUT)
    return Server(process, port, log)


def ready(server: Server) -> Server:
    """Wait until the server answers. Raises ServerError when it does not in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        if server.alive:
            return server
        time.sleep(0.02)
    raise ServerError(f"exit status {server.process.poll()}\n{server.text}")


@contextmanager
def serve(
    folder: Path,
    *flags: str,
    script: Path = APP,
    environment: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
) -> Iterator[Server]:
    """A server that answers, for as long as the block runs."""
    server = start(folder, *flags, script=script, environment=environment, within=within)
    try:
        yield ready(server)
    finally:
        server.stop()


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A headless browser: the Chromium on PATH, else Playwright's own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, *flags])
        yield browser
        browser.close()


def settle(page: Page, quiet: float = 0.3) -> None:
    """Wait until no script runs and nothing on the page has changed for `quiet` seconds."""
    page.wait_for_selector(IDLE, timeout=START_SECONDS * 1000)
    page.evaluate(_QUIET, quiet * 1000)


COUNT_CURVES = """() => { window.drawn = 0; const { react } = Plotly;
  Plotly.react = (...all) => { window.drawn++; return react(...all) } }"""
"""Evaluated in a page with a chart: from now on `window.drawn` counts what it draws."""

_QUIET = """quiet => new Promise(done => {
  const idle = () => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid=stSkeleton]');
  let last = performance.now();
  const watch = new MutationObserver(() => { last = performance.now(); });
  watch.observe(document.body, {subtree: true, childList: true, characterData: true});
  const look = setInterval(() => {
    if (!idle()) last = performance.now();
    if (performance.now() - last < quiet && performance.now() < 60000) return;
    clearInterval(look); watch.disconnect(); done();
  }, 30);
})"""
