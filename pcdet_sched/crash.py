"""Where a run stops before its end."""

from __future__ import annotations

from dataclasses import dataclass

STAGES = ("load", "config", "dataloader", "build_optimizer", "build_scheduler", "train")
"""The stages of the trainer, in the order in which a config meets them."""


@dataclass(frozen=True)
class Crash:
    """The Python exception with which the trainer would stop.

    `stage` is one of `STAGES`. `iteration` counts over the whole run from 0 and is None before the first epoch.
    `exception` is the name of the exception's type, `message` its text, which may be empty.
    """

    stage: str
    iteration: int | None
    exception: str
    message: str

    def __str__(self) -> str:
        where = f"stage {self.stage}" if self.iteration is None else f"iteration {self.iteration}"
        return f"{self.exception} at {where}" + (f": {self.message}" if self.message else "")
