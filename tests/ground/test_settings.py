"""Streamlit takes each of our settings, and the ones that guard a visitor are on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from socket import AF_INET
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.request import urlopen

import psutil
import pytest

from tests.support.serving import serve


@pytest.fixture(scope="module")
def settings(root: Path) -> dict[str, object]:
    """Our settings by dotted name."""
    tables = tomllib.loads((root / ".streamlit" / "config.toml").read_text())
    return dict(flat(tables, ""))


def flat(table: dict[str, object], prefix: str) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = []
    for key, value in table.items():
        pairs += flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return pairs


def test_streamlit_takes_every_setting_without_a_word(root: Path, settings: dict[str, object], tmp_path: Path) -> None:
    """Read in a fresh process from a folder that holds nothing but the settings."""
    shutil.copytree(root / ".streamlit", tmp_path / ".streamlit")
    code = f"""
import json
from streamlit import config
print(json.dumps({{name: config.get_option(name) for name in {list(settings)!r}}}))
"""
    outcome = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert outcome.stderr == ""
    assert json.loads(outcome.stdout) == settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
        ("runner.postScriptGC", False),
        ("server.enableXsrfProtection", True),
        ("server.fileWatcherType", "none"),
        ("server.maxUploadSize", 1),
    ],
)
def test_settings_that_guard_speed_and_visitors_stay(settings: dict[str, object], name: str, value: object) -> None:
    assert settings[name] == value


def other_addresses() -> list[str]:
    """Of this machine: one more of its own loop, and those that its neighbours know, where it has any."""
    cards = {entry.address for card in psutil.net_if_addrs().values() for entry in card if entry.family == AF_INET}
    return sorted({"127.0.0.2"} | cards - {"127.0.0.1"})


def answers(address: str, port: int) -> bool:
    try:
        with urlopen(f"http://{address}:{port}/_stcore/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("opened", [False, True], ids=["as it is", "opened by the variable"])
def test_the_server_is_reached_from_other_addresses_only_when_a_variable_opens_it(opened: bool, tmp_path: Path) -> None:
    environment = {"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"} if opened else {}  # noqa: S104 - what is tested
    with serve(tmp_path, environment=environment) as server:
        assert answers("127.0.0.1", server.port)
        assert {address: answers(address, server.port) for address in other_addresses()} == dict.fromkeys(
            other_addresses(), opened
        )


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a proxy that serves nobody, and what it was asked."""
    asked: list[bytes] = []

    class Notes(StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline())

    with ThreadingTCPServer(("127.0.0.1", 0), Notes) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("own", [True, False], ids=["our settings", "Streamlit's own"])
def test_the_server_asks_nobody_anything(
    root: Path, own: bool, proxy, served, bare_environment: dict[str, str], tmp_path: Path, free_port: int
) -> None:
    """With Streamlit's own settings it does, at a headless start: what this test sees is not nothing by mistake."""
    address, asked = proxy
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), address)
    flags = ["--server.port", str(free_port), "--server.headless", "true"]
    script = root / "app.py"
    if not own:
        script = tmp_path / "app.py"
        shutil.copy(root / "app.py", script)
        shutil.copytree(root / "pages", tmp_path / "pages")
    command = [sys.executable, "-m", "streamlit", "run", str(script), *flags]
    environment = bare_environment | proxies | {"no_proxy": "", "PYTHONPATH": str(root), "HOME": str(tmp_path)}
    with served(command, tmp_path, environment, f"http://127.0.0.1:{free_port}/"):
        assert (asked == []) is own, asked
