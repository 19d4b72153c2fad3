"""What one server allows its visitors, read from PCDET_SCHED_* environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any

from pcdet_sched.language import ENVIRONMENT, FOLDERS, _

PREFIX = "PCDET_SCHED_"


class LimitError(ValueError):
    """An environment variable holds a limit that cannot be used."""


@dataclass(frozen=True)
class Limits:
    """The limits of one server. The environment variable of each is its name in capitals after PCDET_SCHED_.

    Raises LimitError, with the variable's name and value, for a number out of range.

    >>> Limits.from_environment({"PCDET_SCHED_MAX_SECONDS": "60"}).max_seconds
    60
    >>> Limits.from_environment({"PCDET_SCHED_MAX_SECONDS": "0"})
    Traceback (most recent call last):
    pcdet_sched.limits.LimitError: PCDET_SCHED_MAX_SECONDS is 0, but at least 1 is needed
    """

    max_upload_bytes: int = field(
        default=1_000_000, metadata={"help": "size of an uploaded log or session file, bytes"}
    )
    max_yaml_chars: int = field(
        default=262_144, metadata={"help": "length of a YAML file, however it comes in, characters"}
    )
    max_curves: int = field(default=12, metadata={"help": "curves over one another on Compare"})
    max_parallel_runs: int = field(default=1, metadata={"help": "benchmark runs at a time, over all visitors"})
    max_iterations: int = field(default=2_000, metadata={"help": "iterations of one benchmark run"})
    max_variants: int = field(default=12, metadata={"help": "variants of one benchmark or sweep"})
    max_seconds: int = field(default=300, metadata={"help": "time of one benchmark run, seconds"})
    scheduler: str = field(default="", metadata={"help": "address of a Dask scheduler for sweeps; empty: this machine"})

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if isinstance(value, int) and value < 1:
                raise LimitError(
                    _("{name} is {value}, but at least 1 is needed", name=variable(limit.name), value=value)
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Limits:
        """Limits with every set variable applied; an empty variable counts as not set.

        Raises LimitError for a value that is not a whole number, and for a PCDET_SCHED_* name that is no
        limit: a misspelt limit would otherwise silently not hold.
        """
        known = {variable(limit.name): limit for limit in fields(cls)}
        unknown = sorted(
            name for name in environment if name.startswith(PREFIX) and name not in {*known, ENVIRONMENT, FOLDERS}
        )
        if unknown:
            raise LimitError(_("{name} is not a limit; there are {known}", name=unknown[0], known=", ".join(known)))
        given = {name: environment.get(name, "").strip() for name in known}
        return cls(**{known[name].name: _parsed(known[name], text) for name, text in given.items() if text})


def variable(name: str) -> str:
    """The environment variable of a limit.

    >>> variable("max_curves")
    'PCDET_SCHED_MAX_CURVES'
    """
    return PREFIX + name.upper()


def limits() -> Limits:
    """The limits that the environment sets now. Raises LimitError as `Limits.from_environment` does."""
    return Limits.from_environment(os.environ)


def _parsed(limit: Field[object], text: str) -> Any:
    if isinstance(limit.default, str):
        return text
    try:
        return int(text)
    except ValueError:
        words = _("{name} is {text!r}, but a whole number is needed", name=variable(limit.name), text=text)
        raise LimitError(words) from None
