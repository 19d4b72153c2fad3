"""The container image: its Dockerfile, what it starts, and the image itself where there is an engine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest


@pytest.fixture
def dockerfile(root: Path) -> str:
    """Its text with continued lines joined."""
    return re.sub(r"\\\n\s*", " ", (root / "Dockerfile").read_text())


def copies(dockerfile: str) -> list[str]:
    return [name for names in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE) for name in names.split()]


def command(dockerfile: str, instruction: str) -> list[str]:
    """CMD's words, or HEALTHCHECK's, with this interpreter for the image's."""
    [words] = re.findall(rf"^{instruction}(\[.+\])$", dockerfile, re.MULTILINE)
    program, *rest = json.loads(words)
    assert program == "python"
    return [sys.executable, *rest]


def hadolint(file: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("hadolint")
    return subprocess.run([program, file], capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing(root: Path) -> None:
    outcome = hadolint(root / "Dockerfile")
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /x && pip install y\n")
    assert hadolint(tmp_path / "Dockerfile").returncode == 1


def test_the_app_runs_as_the_user_that_was_made_for_it(dockerfile: str) -> None:
    [user] = re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE)
    assert re.search(rf"^RUN useradd .*--uid {user}\b", dockerfile, re.MULTILINE)
    assert int(user) > 0
    assert dockerfile.index("\nUSER ") < dockerfile.index("\nCMD ")


def test_what_is_copied_is_what_the_engine_is_sent(root: Path, dockerfile: str) -> None:
    lines = (root / ".dockerignore").read_text().splitlines()
    assert set(copies(dockerfile)) == {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines


@pytest.mark.slow
@pytest.mark.browser
def test_what_is_copied_gives_a_page_and_a_healthy_server(
    root: Path, dockerfile: str, bare_environment: dict[str, str], served, tmp_path: Path, free_port: int
) -> None:
    for name in copies(dockerfile):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (shutil.copytree if (root / name).is_dir() else shutil.copy)(root / name, tmp_path / name)
    environment = bare_environment | {"PORT": str(free_port)}
    assert re.search(r"^ENV PORT=8501\b", dockerfile, re.MULTILINE)
    health = command(dockerfile, "HEALTHCHECK .*CMD ")
    assert subprocess.run(health, env=environment, capture_output=True, check=False).returncode != 0
    with served(command(dockerfile, "CMD "), tmp_path, environment, f"http://127.0.0.1:{free_port}/") as text:
        assert "LR" in text
        assert subprocess.run(health, env=environment, check=False).returncode == 0


@pytest.fixture(scope="session")
def engine() -> str:
    """A container engine that answers."""
    for name in filter(shutil.which, ("docker", "podman")):
        if subprocess.run([name, "info"], capture_output=True, check=False, timeout=60).returncode == 0:
            return name
    pytest.skip("no container engine answers here")


@pytest.mark.slow
@pytest.mark.browser
def test_the_real_image_serves_the_page_as_another_user(
    root: Path, engine: str, served, bare_environment: dict[str, str], tmp_path: Path, free_port: int
) -> None:
    name = f"pcdet-sched-test-{free_port}"
    subprocess.run([engine, "build", "-q", "-t", name, str(root)], capture_output=True, check=True)
    run = [engine, "run", "--rm", "--name", name, "--read-only", "--tmpfs", "/tmp"]
    try:
        with served(
            [*run, "-p", f"{free_port}:8501", name], tmp_path, bare_environment, f"http://127.0.0.1:{free_port}/"
        ) as text:
            assert "LR" in text
            user = subprocess.run([engine, "exec", name, "id", "-u"], capture_output=True, text=True, check=True)
            assert user.stdout.strip() == "10001"
            assert healthy(engine, name)
    finally:
        subprocess.run([engine, "rm", "-f", name], capture_output=True, check=False)
        subprocess.run([engine, "rmi", "-f", name], capture_output=True, check=False)


def healthy(engine: str, name: str) -> bool:
    """Wait for the engine's own verdict, which comes at the first interval."""
    question = [engine, "inspect", "-f", "{{.State.Health.Status}}", name]
    for _ in range(90):
        if subprocess.run(question, capture_output=True, text=True, check=True).stdout.strip() == "healthy":
            return True
        time.sleep(1)
    return False
