"""The container image: its steps in a plain folder, and the image itself where there is an engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class Image:
    """What the Dockerfile's steps leave behind, with a plain folder for the image's root."""

    root: Path
    workdir: Path
    environment: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    user: str = "root"
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, rest) of a Dockerfile, comments dropped and continued lines joined."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line.strip())]


def python_first(command: str) -> list[str]:
    """An exec-form command with this interpreter for the image's `python`."""
    words: list[str] = json.loads(command)
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


# Steps that would change this machine; the versions that pip would install are compared in test_repository.py.
NOT_HERE = ("useradd ", "pip install ")


def run_step(image: Image, name: str, rest: str, source: Path) -> None:
    """Do one instruction. An unknown one fails: this test has to learn it."""
    match name:
        case "ENV":
            image.environment |= dict(word.split("=", 1) for word in shlex.split(rest))
        case "WORKDIR":
            image.workdir = image.root / rest.lstrip("/")
            image.workdir.mkdir(parents=True)
        case "COPY":
            copy(rest.split(), source, image.workdir)
        case "RUN":
            run_command(image, rest)
        case "USER":
            image.user = rest
        case "HEALTHCHECK":
            image.healthcheck = python_first(rest.partition("CMD ")[2])
        case "CMD":
            image.command = python_first(rest)
        case _ if name not in ("FROM", "ARG", "EXPOSE"):
            pytest.fail(f"{name} is new in the Dockerfile")


def run_command(image: Image, command: str) -> None:
    """RUN, but for what would change this machine."""
    if command.startswith(NOT_HERE):
        image.skipped.append(command)
        return
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["sh", "-c", command], cwd=image.workdir, env=os.environ | {"PATH": path}, check=True)


def copy(words: list[str], source: Path, workdir: Path) -> None:
    """COPY of files into a folder, or of one folder to a name; only what .dockerignore lets through."""
    *names, target = words
    sent = {line[1:] for line in (source / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(names) <= sent, "left out by .dockerignore"
    for name in names:
        if (source / name).is_dir():
            shutil.copytree(
                source / name, workdir / target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        else:
            shutil.copy(source / name, workdir / target)


@pytest.fixture
def image(root: Path, tmp_path: Path) -> Image:
    """The Dockerfile's steps, done in a plain folder."""
    built = Image(root=tmp_path / "image", workdir=tmp_path / "image")
    for name, rest in instructions((root / "Dockerfile").read_text()):
        run_step(built, name, rest, root)
    return built


def test_hadolint_finds_nothing(root: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    outcome = subprocess.run([hadolint, root / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout) == (0, "")


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /x && pip install y\n")
    hadolint = Path(sys.executable).with_name("hadolint")
    assert subprocess.run([hadolint, tmp_path / "Dockerfile"], capture_output=True, check=False).returncode == 1


def test_torch_is_the_build_for_processors_unless_an_argument_says_otherwise(root: Path) -> None:
    steps = instructions((root / "Dockerfile").read_text())
    [argument] = [rest for name, rest in steps if name == "ARG"]
    assert re.fullmatch(r"TORCH_INDEX=\S+/whl/cpu", argument)
    [pip] = [rest for name, rest in steps if name == "RUN" and rest.startswith("pip install")]
    echo = pip.replace("pip install", "echo", 1)
    for index, flags in [("https://example.com/whl", "--extra-index-url https://example.com/whl"), ("", "")]:
        shown = subprocess.run(
            ["sh", "-c", echo], env={"TORCH_INDEX": index}, capture_output=True, text=True, check=True
        ).stdout
        assert shown.split() == ["--no-cache-dir", *flags.split(), "-r", "requirements.txt"]


@pytest.mark.slow
def test_the_image_belongs_to_nobody_in_particular(image: Image) -> None:
    assert image.user.isdecimal()
    assert int(image.user) > 0
    assert [step.split()[0] for step in image.skipped] == ["useradd", "pip"]
    assert f"--uid {image.user}" in image.skipped[0]


@pytest.mark.slow
@pytest.mark.browser
def test_the_steps_of_the_image_give_a_page_and_a_healthy_server(
    image: Image, bare_environment: dict[str, str], served, free_port: int
) -> None:
    environment = bare_environment | image.environment | {"PORT": str(free_port)}
    assert subprocess.run(image.healthcheck, env=environment, capture_output=True, check=False).returncode != 0
    with served(image.command, image.workdir, environment, f"http://127.0.0.1:{free_port}/") as text:
        assert "LR" in text
        assert subprocess.run(image.healthcheck, env=environment, check=False).returncode == 0


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
