"""Asks git about a repository that is not ours, without running what is its own."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git(root: Path, *arguments: str) -> str | None:
    """What git answers, stripped; None where it says nothing, that is no repository, or there is no git."""
    # core.fsmonitor names a program of the repository's own choice, which nobody asked to be run.
    command = ["git", "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
