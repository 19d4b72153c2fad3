"""The six stages a config goes through, done for real on a dummy model, up to the first exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from easydict import EasyDict
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from pcdet_sched.crash import Crash
from pcdet_sched.keys import block_as_meant
from pcdet_sched.plan import Checkpoint, RunPlan
from pcdet_sched.trainer.build import build_scheduler
from pcdet_sched.trainer.clock import Clock
from pcdet_sched.trainer.curve import Schedules
from pcdet_sched.trainer.model import dummy_batch, dummy_model
from pcdet_sched.trainer.optimizers import WrappedAdam, build_optimizer
from pcdet_sched.trainer.schedules import set_iteration
from pcdet_sched.trainer.settings import Settings, first_batch, loader_length, read_settings
from pcdet_sched.trainer_records import builder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from pcdet_sched.trainer.arithmetic import Block, Group, Value
    from pcdet_sched.trainer.schedules import CosineWarmup, Schedule
    from pcdet_sched.trainer_records import Trainer

# The first two steps meet what an optimizer without and with a state refuses. After them only lr and momentum change.
_FULL_STEPS = 2
_FLOAT32 = 3e38


@dataclass(frozen=True)
class DryRun:
    """What came of a config: the crash, or None, and what was known by then.

    `settings` is None before stage config has passed, `loader_length` (iterations of one pass of the loader) before
    stage dataloader has; `schedules` is None unless the whole run passes.
    """

    crash: Crash | None = None
    settings: Settings | None = None
    loader_length: int | None = None
    schedules: Schedules | None = None


def dry_run(document: Mapping[str, object], plan: RunPlan, trainer: Trainer) -> DryRun:
    """Take a config through load, config, dataloader, build_optimizer, build_scheduler and train.

    `document` is the file as PyYAML gives it, with the block under the key OPTIMIZATION. Training steps are taken at
    the first iteration, at the next boundary, and wherever lr or momentum is out of the ordinary; the schedules are
    evaluated at every boundary and at the last iteration; all else is as the trainer does it. Nothing is raised: the
    exception is the result.
    """
    rehearsal = _Rehearsal(document, plan, trainer)
    crash: Crash | None = None
    schedules: Schedules | None = None
    try:
        with np.errstate(all="ignore"):
            schedules = rehearsal.run()
    except Exception as error:  # noqa: BLE001 - whatever the user's values lead to is the answer
        crash = Crash(rehearsal.stage, rehearsal.iteration, type(error).__name__, str(error))
    return DryRun(crash, rehearsal.settings, rehearsal.loader_length, schedules)


def schedules_as_meant(block: Mapping[str, object], plan: RunPlan, trainer: Trainer) -> Schedules | None:
    """The schedules of a block with its faults and the trainer's own mended; None where that makes no curve."""
    known = builder(trainer, block)
    try:
        with np.errstate(all="ignore"):
            meant = _Rehearsal({known.block: block_as_meant(block)}, plan, known, as_meant=True)
            schedules, _block = meant.build(dummy_model())
            for iteration in schedules.landmarks():
                schedules.read(iteration)
    except Exception:  # noqa: BLE001 - whatever the user's values break, there is no curve
        return None
    return schedules


@dataclass
class _Rehearsal:
    """The trainer's stages, one after the other. `as_meant`: with the faults of the trainer itself mended."""

    document: Mapping[str, object]
    plan: RunPlan
    trainer: Trainer
    as_meant: bool = False
    stage: str = "load"
    iteration: int | None = None
    settings: Settings | None = None
    loader_length: int | None = None

    def run(self) -> Schedules:
        """All six stages."""
        model = dummy_model()
        schedules, block = self.build(model)
        if schedules.clock.first_epoch < schedules.clock.epochs:
            self._train(schedules, block, model)
        return schedules

    def build(self, model: nn.Module) -> tuple[Schedules, Block]:
        """All but the training: the schedules, and the block as an attribute dictionary."""
        plan, trainer = self.plan, self.trainer
        document = EasyDict(self.document)
        self.stage = "config"
        block = getattr(document, trainer.block)
        self.settings = settings = read_settings(block, plan)
        self.stage = "dataloader"
        self.loader_length = length = loader_length(settings, plan)
        self.stage = "build_optimizer"
        optimizer = build_optimizer(model, block, trainer)
        self.stage = "build_scheduler"
        restore(optimizer, plan)
        built = build_scheduler(optimizer, length, settings.epochs, block, as_meant=self.as_meant, trainer=trainer)
        self.stage = "train"
        if not self.as_meant:
            # The progress bar over the epochs asks for their number, so it must be whole and fit a machine word.
            len(range(plan.checkpoint.epoch if plan.checkpoint else 0, settings.epochs))
        return assemble(optimizer, built, settings, length, block, plan, trainer), block

    def _train(self, schedules: Schedules, block: Block, model: nn.Module) -> None:
        clock, settings = schedules.clock, self.settings
        self.iteration = clock.first
        schedules.choose(clock.first_epoch)
        clock.first % clock.per_epoch  # the trainer's own modulo, which a loader of no iterations fails
        first_batch(settings.batch_size if settings else None)
        use_amp = settings.use_amp if settings and self.trainer.amp else False
        for count, iteration in enumerate(schedules.landmarks()):
            self.iteration = iteration
            schedule = schedules.choose(clock.epoch_at(iteration))
            if isinstance(schedule, LRScheduler) and self.trainer.passes_epoch:
                schedule.step(iteration, clock.epoch_at(iteration))  # type: ignore[call-arg] # torch takes one: TypeError
            _, lr, momentum = schedules.read(iteration)
            if count < _FULL_STEPS or not _ordinary(lr, momentum):
                _step(model, schedules.optimizer, block, use_amp, self.trainer)
            if self.trainer.order == "after":
                set_iteration(schedule, iteration, clock.epoch_at(iteration))


def assemble(
    optimizer: WrappedAdam | Optimizer,
    built: tuple[Schedule, CosineWarmup | None],
    settings: Settings,
    length: int,
    block: Block,
    plan: RunPlan,
    trainer: Trainer,
) -> Schedules:
    """Join what was built with the loop's clock. Raises TypeError where the number of epochs is none."""
    schedule, warmup = built
    epochs, start = settings.epochs, plan.checkpoint or Checkpoint(epoch=0, iteration=0)
    per_epoch = length // max(epochs, 1) if plan.merge_all_iters_to_one_epoch else length
    if isinstance(optimizer, Optimizer):
        # A step without gradients changes nothing; torch warns of a schedule that moves before any step.
        optimizer.step()
    return Schedules(
        optimizer=optimizer,
        schedule=schedule,
        warmup=warmup,
        warmup_epochs=block.WARMUP_EPOCH if warmup else None,
        clock=Clock(per_epoch, epochs, start.epoch, start.iteration),
        total=length * epochs,
        batch_size=settings.batch_size,
        left_by_construction=_left(optimizer) if trainer.order == "after" else None,
    )


def _left(optimizer: WrappedAdam | Optimizer) -> tuple[Group, ...]:
    """What construction left in each parameter group of what a schedule sets."""
    names = ("lr", "betas", "momentum")
    return tuple({name: group[name] for name in names if name in group} for group in optimizer.param_groups)


def restore(optimizer: WrappedAdam | Optimizer, plan: RunPlan) -> None:
    """Give torch's optimizers the initial lr of the checkpoint, which their schedules go on with."""
    if plan.checkpoint is not None and plan.checkpoint.initial_lr is not None and isinstance(optimizer, Optimizer):
        for group in optimizer.param_groups:
            group["initial_lr"] = plan.checkpoint.initial_lr


def _step(model: nn.Module, optimizer: WrappedAdam | Optimizer, block: Block, use_amp: Value, trainer: Trainer) -> None:
    optimizer.zero_grad()
    with _autocast(use_amp):
        loss = model(dummy_batch()).square().mean()
    loss.backward()
    if trainer.clipping != "never" and trainer.clips(block.GRAD_NORM_CLIP):
        torch.nn.utils.clip_grad_norm_(model.parameters(), block.GRAD_NORM_CLIP)
    optimizer.step()
    if trainer.nan_stops and torch.isnan(next(model.parameters()).sum()):
        raise ValueError("The model parameters contain NaN.")


def _ordinary(lr: float, momentum: float) -> bool:
    """Whether torch's step takes them: it refuses an lr beyond a float32 and divides by zero for a beta of 1."""
    return abs(lr) <= _FLOAT32 and 0 <= momentum < 1


def _autocast(use_amp: Value) -> AbstractContextManager[object]:
    """The trainer's `autocast(enabled=use_amp)`, on a machine without CUDA: any true value is then turned off.

    A false value that is no bool is handed to torch as it is, which refuses it (TypeError).
    """
    return torch.autocast("cuda", enabled=False if use_amp else use_amp)
