"""Where a run stops before its end."""

from __future__ import annotations

from dataclasses import dataclass

from pcdet_sched.language import _

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
        if self.iteration is None:
            where = _("{exception} at stage {stage}", exception=self.exception, stage=self.stage)
        else:
            where = _("{exception} at iteration {iteration}", exception=self.exception, iteration=self.iteration)
        return f"{where}: {self.message}" if self.message else where
