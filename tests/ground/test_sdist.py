"""The sdist holds all that its own tests need."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def unpacked(built: Callable[[str], Path]) -> Path:
    archive = built("sdist")
    with tarfile.open(archive) as files:
        files.extractall(archive.parent, filter="data")
    return archive.parent / archive.name.removesuffix(".tar.gz")


@pytest.mark.slow
def test_the_sdist_holds_every_file(root: Path, tracked: list[Path], unpacked: Path) -> None:
    assert [path for path in tracked if not (unpacked / path.relative_to(root)).is_file()] == []


@pytest.mark.slow
def test_the_tests_of_the_sdist_are_all_found_and_run(unpacked: Path, bare_environment: dict[str, str]) -> None:
    """Those that read the Makefile, the Dockerfile, docs/ and scripts/ among them; finding all imports every file."""
    some = ["make_alone", "hadolint", "made_from_a_table", "has_every_limit", "what_is_installed", "every_public_name"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", " or ".join(some)]
    done = subprocess.run(command, cwd=unpacked, env=bare_environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    summary = re.search(r"(\d+) passed, (\d+) deselected", done.stdout.splitlines()[-1])
    assert summary
    assert int(summary[1]) > 20
    assert int(summary[2]) > 1000
