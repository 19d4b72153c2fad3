"""The six stages a config goes through, done for real on a dummy model, up to the first exception."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from easydict import EasyDict
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from pcdet_sched.crash import Crash
from pcdet_sched.plan import Checkpoint, RunPlan
from pcdet_sched.trainer.build import build_scheduler
from pcdet_sched.trainer.clock import Clock
from pcdet_sched.trainer.landmarks import boundaries
from pcdet_sched.trainer.model import dummy_batch, dummy_model
from pcdet_sched.trainer.optimizers import WrappedAdam, build_optimizer
from pcdet_sched.trainer.releases import RELEASES, Release
from pcdet_sched.trainer.schedules import CosineWarmup, Schedule, set_iteration
from pcdet_sched.trainer.settings import Settings, first_batch, loader_length, read_settings

# After the first few, a step of the optimizer can bring nothing new; the schedule is evaluated at every landmark.
_FULL_STEPS = 6


@dataclass(frozen=True)
class DryRun:
    """What came of a config: the crash, or None, and what was known by then.

    `settings` is None before stage config has passed, `loader_length` (iterations of one pass of the loader) before
    stage dataloader has, `clock` before the loop begins.
    """

    crash: Crash | None
    settings: Settings | None
    loader_length: int | None
    clock: Clock | None


def dry_run(document: dict[str, Any], plan: RunPlan) -> DryRun:
    """Take a config through load, config, dataloader, build_optimizer, build_scheduler and train.

    `document` is the file as PyYAML gives it, with the block under the key OPTIMIZATION. Training steps are taken at
    the first iterations, at each boundary of a phase and at the last; all else is as the trainer does it. Nothing is
    raised: the exception is the result.
    """
    rehearsal = _Rehearsal(document, plan)
    crash: Crash | None = None
    try:
        with np.errstate(all="ignore"):
            rehearsal.run()
    except Exception as error:  # noqa: BLE001 - whatever the user's values lead to is the answer
        crash = Crash(rehearsal.stage, rehearsal.iteration, type(error).__name__, str(error))
    return DryRun(crash, rehearsal.settings, rehearsal.loader_length, rehearsal.clock)


@dataclass
class _Rehearsal:
    document: dict[str, Any]
    plan: RunPlan
    stage: str = "load"
    iteration: int | None = None
    settings: Settings | None = None
    loader_length: int | None = None
    clock: Clock | None = None
    model: nn.Module = field(default_factory=dummy_model)

    def run(self) -> None:
        plan = self.plan
        release = RELEASES[plan.trainer]
        document = EasyDict(self.document)
        self.stage = "config"
        self.settings = settings = read_settings(document, plan)
        self.stage = "dataloader"
        self.loader_length = length = loader_length(settings, plan)
        self.stage = "build_optimizer"
        block = document.OPTIMIZATION
        optimizer = build_optimizer(self.model, block, release)
        self.stage = "build_scheduler"
        restore(optimizer, plan)
        schedule, warmup = build_scheduler(optimizer, length, settings.epochs, block)
        self.stage = "train"
        _Loop(self, release, block, optimizer, schedule, warmup).run(length, settings)


def per_epoch(length: int, epochs: Any, plan: RunPlan) -> int:
    """Iterations that the loop runs per epoch: all of the loader's, or with the merge flag its share of them."""
    return length // max(epochs, 1) if plan.merge_all_iters_to_one_epoch else length


def restore(optimizer: WrappedAdam | Optimizer, plan: RunPlan) -> None:
    """Give torch's optimizers the initial lr of the checkpoint, which their schedules go on with."""
    if plan.checkpoint is not None and plan.checkpoint.initial_lr is not None:
        for group in optimizer.param_groups if isinstance(optimizer, Optimizer) else ():
            group["initial_lr"] = plan.checkpoint.initial_lr


@dataclass
class _Loop:
    """Stage train: the loop over epochs and iterations, at the iterations that matter."""

    at: _Rehearsal
    release: Release
    block: Any
    optimizer: WrappedAdam | Optimizer
    schedule: Schedule
    warmup: CosineWarmup | None

    def run(self, length: int, settings: Settings) -> None:
        plan = self.at.plan
        start = plan.checkpoint or Checkpoint(epoch=0, iteration=0)
        # The progress bar over the epochs asks for their number, so it must fit a machine word.
        left = len(range(start.epoch, settings.epochs))
        each = per_epoch(length, settings.epochs, plan)
        clock = Clock(each, settings.epochs, start.epoch, start.iteration)
        if left == 0:
            self.at.clock = clock
            return
        self.at.iteration = start.iteration
        self._choose(start.epoch)
        start.iteration % each
        self.at.clock = clock
        first_batch(settings.batch_size)
        settle(self.optimizer)
        for count, iteration in enumerate(self._stops(clock)):
            self.at.iteration = iteration
            self._set(iteration, clock.epoch_at(iteration))
            if count < _FULL_STEPS:
                self._step(settings.use_amp)

    def _stops(self, clock: Clock) -> list[int]:
        warmup_epochs = self.block.WARMUP_EPOCH if self.warmup else None
        return sorted({clock.first, *boundaries(self.schedule, warmup_epochs, clock), clock.end - 1})

    def _choose(self, epoch: int) -> Schedule:
        if self.warmup is not None and epoch < self.block.WARMUP_EPOCH:
            return self.warmup
        return self.schedule

    def _set(self, iteration: int, epoch: int) -> None:
        schedule = self._choose(epoch)
        if isinstance(schedule, LRScheduler) and self.release.passes_epoch:
            schedule.step(iteration, epoch)  # type: ignore[call-arg] # torch's takes one argument: TypeError
        set_iteration(schedule, iteration, epoch)

    def _step(self, use_amp: Any) -> None:
        self.optimizer.zero_grad()
        with _autocast(use_amp):
            loss = self.at.model(dummy_batch()).square().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.at.model.parameters(), self.block.GRAD_NORM_CLIP)
        self.optimizer.step()


def settle(optimizer: WrappedAdam | Optimizer) -> None:
    """Step once without gradients, which changes nothing: torch warns of a schedule that moves before any step."""
    if isinstance(optimizer, Optimizer):
        optimizer.step()


def _autocast(use_amp: Any) -> AbstractContextManager[Any]:
    """The trainer's `autocast(enabled=use_amp)`, on a machine without CUDA: any true value is then turned off.

    A false value that is no bool is handed to torch as it is, which refuses it (TypeError).
    """
    return torch.autocast("cuda", enabled=False if use_amp else use_amp)
