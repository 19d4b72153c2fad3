"""Whose clone a file lies in: a known fork's files are judged as that fork trains them, signs or none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import click

from pcdet_sched.checkout.find import git
from pcdet_sched.language import _
from pcdet_sched.plan import AUTO
from pcdet_sched.trainer_records import TRAINERS

_FORKS = {trainer.name.lower(): trainer.name for trainer in TRAINERS if trainer.is_fork}
_GITHUB = re.compile(r"github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", re.MULTILINE | re.IGNORECASE)


def as_its_clone(options: Mapping[str, Any], file: Path, checkout: Path | None = None) -> dict[str, Any]:
    """The options of a plan, with the fork for "auto" where the file lies in a clone of one; said once for each clone.

    Only git's own record of the remotes counts, and only where it names one known fork. A `checkout` is a trainer of
    its own.
    """
    root = _root(file.resolve().parent) if options["trainer"] == AUTO and checkout is None else None
    fork = None if root is None else fork_of(root)
    return dict(options) if fork is None else {**options, "trainer": fork}


@cache
def _root(folder: Path) -> Path | None:
    """The repository that a folder lies in."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


@cache
def fork_of(root: Path) -> str | None:
    """The one known fork among a repository's remotes; None where there is none, several, or no git. Says it."""
    said = git(root, "config", "--get-regexp", r"^remote\..*\.url$") or ""
    found = {_FORKS[name.lower()] for name in _GITHUB.findall(said) if name.lower() in _FORKS}
    if len(found) != 1:
        return None
    fork = found.pop()
    click.echo(_("{root} is a clone of {fork}: judged as {fork} trains.", root=root, fork=fork), err=True)
    return fork
