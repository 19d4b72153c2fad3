"""From an OPTIMIZATION block to the schedules that drive its optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from pcdet_sched.trainer import torch_schedules as forks
from pcdet_sched.trainer.arithmetic import Block, Value, all_times, times
from pcdet_sched.trainer.schedules import CosineAnneal, CosineWarmup, DecayFactor, OneCycle, Schedule
from pcdet_sched.trainer_records import MASTER, Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

    from pcdet_sched.trainer.optimizers import WrappedAdam


@dataclass(frozen=True)
class _Making:
    """What a schedule is made of. `optimizer` is handed to torch as it is: torch refuses the wrapper (TypeError)."""

    optimizer: Any
    per_epoch: int
    epochs: Value
    total: Value
    block: Block
    as_meant: bool


def build_scheduler(
    optimizer: WrappedAdam | Optimizer,
    iterations_per_epoch: int,
    epochs: Value,
    block: Block,
    as_meant: bool = False,
    trainer: Trainer = MASTER,
) -> tuple[Schedule, CosineWarmup | None]:
    """The schedule of a run of `epochs` × `iterations_per_epoch` iterations, and a warm-up that precedes it or None.

    `block` is an attribute dictionary. Raises AttributeError for an absent key and whatever the arithmetic raises.
    With `as_meant` the two faults of the trainer itself are mended: the cosine warm-up (OpenPCDet takes len() of a
    number) and a one-cycle phase of no iterations.
    Source: `tools/train_utils/optimization/__init__.py`.
    """
    if "DECAY_STEP_LIST" in trainer.required:
        all_times(block.DECAY_STEP_LIST, iterations_per_epoch)
    total = times(epochs, iterations_per_epoch)
    part = trainer.schedule(block)
    if part is None and trainer.selection is not None:
        getattr(block, trainer.selection.key)  # AttributeError
    if part is None:
        raise NotImplementedError
    making = _Making(optimizer, iterations_per_epoch, epochs, total, block, as_meant)
    schedule = _KINDS[part.kind](making)
    if not isinstance(optimizer, Optimizer) or trainer.warmup == "unread" or not block.LR_WARMUP:
        return schedule, None
    length = _warmup_length(block.WARMUP_EPOCH, iterations_per_epoch, as_meant or trainer.warmup == "runs")
    if as_meant and not length > 0:
        return schedule, None
    return schedule, CosineWarmup(optimizer, length, block.LR / block.DIV_FACTOR)


def _warmup_length(epochs: Value, iterations_per_epoch: Value, works: bool) -> Value:
    """OpenPCDet asks for the length of the number of iterations, which has none: TypeError."""
    length: Sized = iterations_per_epoch
    return epochs * (iterations_per_epoch if works else len(length))


def _one_cycle(m: _Making) -> Schedule:
    values = m.block.LR, list(m.block.MOMS), m.block.DIV_FACTOR, m.block.PCT_START
    return OneCycle(m.optimizer, m.total, *values, skip_empty=m.as_meant)


def _cosine_anneal(m: _Making) -> Schedule:
    values = m.block.LR, list(m.block.MOMS), m.block.PCT_START, m.block.WARMUP_ITER
    return CosineAnneal(m.optimizer, (m.total, m.epochs), *values, skip_empty=m.as_meant)


def _step_decay(m: _Making) -> Schedule:
    """OpenPCDet's; each parameter group is clipped at LR_CLIP over its own lr."""
    steps = all_times(m.block.get("DECAY_STEP_LIST", [5, 10, 15, 20]), m.per_epoch)
    factors: list[Callable[[int], float]] = [DecayFactor(steps, m.block)]
    if isinstance(m.optimizer, Optimizer) and len(m.optimizer.param_groups) > 1:
        clip = {name: m.block[name] for name in ("LR_DECAY", "LR_CLIP") if name in m.block}
        factors.append(DecayFactor(steps, SimpleNamespace(LR=m.block.LR_BB, **clip)))
    return LambdaLR(m.optimizer, factors if len(factors) > 1 else factors[0])


def _multi_step(m: _Making) -> Schedule:
    steps = all_times(m.block.DECAY_STEP_LIST, m.per_epoch)
    return forks.MultiStep(m.optimizer, steps, m.block.LR_DECAY)


def _torch_one_cycle(m: _Making) -> Schedule:
    max_lr = m.block.LR if len(m.optimizer.param_groups) < 2 else [m.block.LR, m.block.LR_BB]
    share = {"pct_start": m.block.PCT_START, "div_factor": m.block.DIV_FACTOR}
    return forks.TorchOneCycle(m.optimizer, max_lr, total_steps=m.total, anneal_strategy="cos", **share)


def _with_one_cycle(m: _Making) -> _Making:
    """PLA builds the one-cycle for a wrapped optimizer whatever SCHEDULER says, which sets lr and momentum once."""
    if not isinstance(m.optimizer, Optimizer):
        _one_cycle(m)
    return m


def _fails(error: Callable[[], Exception]) -> Callable[[_Making], Schedule]:
    return lambda m: forks.Fails(_with_one_cycle(m).optimizer, error())


def _cosine_after_step(m: _Making) -> Schedule:
    return forks.CosineAfterStep(_with_one_cycle(m).optimizer, m.block, m.epochs)


def _unbound(_: _Making) -> Schedule:
    raise UnboundLocalError("cannot access local variable 'lr_scheduler' where it is not associated with a value")


def _warm_restarts(m: _Making) -> Schedule:
    return forks.WarmRestarts(m.optimizer, T_0=2 * m.per_epoch, T_mult=1, eta_min=max(0.01 * m.block.LR, 1e-6))


def _linear(m: _Making) -> Schedule:
    return forks.Linear(m.optimizer, 1.0, m.block.LR_CLIP / m.block.LR, total_iters=m.total)


_KINDS: dict[str, Callable[[_Making], Schedule]] = {
    "one-cycle": _one_cycle,
    "cosine by epoch": _cosine_anneal,
    "step decay": _step_decay,
    "multi-step": _multi_step,
    "two steps": lambda m: forks.TwoSteps(m.optimizer, int(m.total / 2)),
    "cosine": lambda m: forks.Cosine(m.optimizer, m.total, eta_min=0),
    "torch one-cycle": _torch_one_cycle,
    "unbound": _unbound,
    "poly": lambda m: forks.Poly(_with_one_cycle(m).optimizer, m.block, m.total),
    "cosine after step": _cosine_after_step,
    "constant": lambda m: forks.Constant(_with_one_cycle(m).optimizer),
    "undefined": _fails(lambda: NameError("name 'cos_learning_rate' is not defined")),
    "missing": _fails(AssertionError),
    "not implemented": _fails(NotImplementedError),
    "linear": _linear,
    "warm restarts": _warm_restarts,
    "every fifth epoch": lambda m: forks.EveryFifthEpoch(m.optimizer),
}
"""A schedule's kind → what is built for it."""
