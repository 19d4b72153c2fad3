"""`make` by itself helps; `make run` installs when the requirements change and at no other time."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

# Stands in for `python` in a virtual environment, and for the one that makes it.
STUB = """#!/bin/sh
echo "$0 $*" >> "{log}"
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/streamlit" ;;
esac
"""


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """The Makefile and requirements alone, with a stub for Python that notes its calls in log."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(root / name, tmp_path)
    stub = tmp_path / "python-stub"
    stub.write_text(STUB.format(log=tmp_path / "log"))
    stub.chmod(0o755)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", str(folder), "PYTHON=./python-stub", "PORT=", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def calls(folder: Path) -> list[str]:
    """What has been called since the last look."""
    log = folder / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


def installs(lines: list[str]) -> list[str]:
    return [line for line in lines if "pip install" in line]


def test_make_alone_lists_every_target(root: Path) -> None:
    listed = re.findall(r"^  make (\w+)", make(root).stdout, flags=re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", (root / "Makefile").read_text(), flags=re.MULTILINE)
    assert phony
    assert listed == phony[1].split()
    assert {"run", "test", "check", "docker", "help", "bench", "screenshots"} <= set(listed)


def test_the_second_start_installs_nothing(copy: Path) -> None:
    assert make(copy, "run").returncode == 0
    first = calls(copy)
    assert "-r requirements.txt" in installs(first)[0]
    assert "run app.py" in first[-1]
    assert make(copy, "run").returncode == 0
    assert [line.split()[0] for line in calls(copy)] == [".venv/bin/streamlit"]


def test_changed_requirements_are_installed_at_the_next_start(copy: Path) -> None:
    make(copy, "run")
    calls(copy)
    with (copy / "requirements.txt").open("a") as requirements:
        requirements.write("# one more line\n")
    make(copy, "run")
    assert installs(calls(copy))
    make(copy, "run")
    assert installs(calls(copy)) == []


def test_requirements_that_were_only_touched_are_not_installed_again(copy: Path) -> None:
    make(copy, "run")
    calls(copy)
    (copy / "requirements.txt").touch()
    make(copy, "run")
    assert installs(calls(copy)) == []


def test_requirements_of_the_tests_do_not_concern_a_start(copy: Path) -> None:
    make(copy, "run")
    installed = installs(calls(copy))
    assert installed
    assert not any("requirements-dev.txt" in line for line in installed)


def test_torch_is_pinned_before_the_open_range_is_looked_at(copy: Path) -> None:
    make(copy, "run")
    first, second = installs(calls(copy))
    assert "-r requirements.txt" in first
    assert "--no-deps -e ." in second


@pytest.mark.parametrize(
    ("fails_at", "says"),
    [("sys.version_info", "older than 3.11"), ("ensurepip", "python3-venv")],
    ids=["too old", "no venv module"],
)
def test_a_python_that_cannot_do_is_refused_in_a_sentence(copy: Path, fails_at: str, says: str) -> None:
    stub = copy / "python-stub"
    stub.write_text(f'#!/bin/sh\ncase "$*" in *{fails_at}*) exit 1 ;; esac\n')
    outcome = make(copy, "run")
    assert outcome.returncode != 0
    assert says in outcome.stdout
