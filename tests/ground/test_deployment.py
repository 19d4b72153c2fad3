"""The deployment guide's own nginx block, with nginx, where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

START = (
    "pcdet-sched",
    "app",
    "--address",
    "127.0.0.1",
    "--port",
    "8501",
    "--no-browser",
    "--",
    "--server.baseUrlPath",
    "lr",
)


def block(root: Path, language: str) -> str:
    found = re.search(
        rf"^```{language}\n(.*?)^```", (root / "docs" / "deployment.md").read_text(), re.MULTILINE | re.DOTALL
    )
    assert found
    return found[1]


@pytest.fixture
def nginx(root: Path, tmp_path: Path, free_ports: Callable[[], int]) -> Iterator[tuple[int, int]]:
    """(port in front, port behind) of an nginx with the guide's block, only the ports changed."""
    program = shutil.which("nginx")
    if program is None:
        pytest.skip("no nginx here")
    front, behind = free_ports(), free_ports()
    server = block(root, "nginx").replace("listen 80;", f"listen 127.0.0.1:{front};").replace("8501", str(behind))
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off;\n{server}\n}}\n"
    )
    process = subprocess.Popen([program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")])
    try:
        yield front, behind
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_is_drawn_through_the_nginx_of_the_guide(
    root: Path, nginx: tuple[int, int], served, bare_environment: dict[str, str], tmp_path: Path
) -> None:
    front, behind = nginx
    assert " ".join(START) in block(root, "sh")
    command = [sys.executable, "-m", "pcdet_sched", *(str(behind) if word == "8501" else word for word in START[1:])]
    # A name of its own: Streamlit lets localhost in from anywhere. Browsers resolve *.localhost to this machine.
    page = f"http://lr.localhost:{front}/lr/"
    environment = bare_environment | {"PYTHONPATH": str(root)}
    with served(command, tmp_path, environment, f"http://127.0.0.1:{behind}/lr/", page) as text:
        assert "LR" in text
