"""A config and a plan in, the curves of the trainer's own optimizer out."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from pcdet_sched.config.blocks import OPTIMIZATION
from pcdet_sched.plan import Checkpoint, RunPlan
from pcdet_sched.trainer.curve import LONGEST, Phase, Schedules
from pcdet_sched.trainer.stages import DryRun, dry_run, schedules_as_meant
from pcdet_sched.trainer_records import find_optimizer
from pcdet_sched.trainer_records.auto import Resolved, resolve

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from pcdet_sched.checkout.result import Stepped
    from pcdet_sched.config import Config
    from pcdet_sched.crash import Crash
    from pcdet_sched.trainer.clock import Clock
    from pcdet_sched.trainer_records import Optimizer


Iterations = Sequence[int] | Literal["all"] | None
Columns: TypeAlias = "Mapping[str, NDArray[Any]]"


@dataclass(frozen=True)
class Summary:
    """A curve in numbers: lr per iteration, momentum (beta1 for Adam), where the peak lies (iteration and epoch)."""

    lr_start: float
    lr_peak: float
    peak_iteration: int
    peak_epoch: int
    lr_end: float
    momentum_min: float
    momentum_max: float


@dataclass(frozen=True, eq=False)
class Run:
    """What a config does under a plan.

    `columns` has the curve as arrays: iteration (int64, over the whole run from 0), epoch (int64), lr and momentum
    (float64; beta1 for Adam), and lr_2 where a second parameter group has an lr of its own, one number for each
    iteration asked for; `curve` is the same as a data frame. They are empty where no curve can be computed, or the run
    has more than 2⁶³ − 1 iterations. Where `crash` is set, the curve is what the author meant. `iterations_per_epoch`
    and `total_iterations` count what the loop runs (without the part before a checkpoint: `first_iteration`);
    `scheduled_iterations` is what the schedule was built for, which the merge flag sets apart. `boundaries` maps each
    iteration at which lr may turn or jump, the one before it, and the first and the last of the run to its lr, in
    rising order. `resolved` says which trainer it was and by which signs; where none is certain there is no curve.
    `batch_size_per_gpu` and `effective_batch_size` count samples. None: not known. `dry_run` is what the dry run met,
    `block_was_read` whether it went through the chosen block: a trainer reads none but those that it knows. `checkout`:
    the code of the user's own that was stepped; None where a known trainer's rules were.
    """

    config: Config
    plan: RunPlan
    resolved: Resolved
    dry_run: DryRun
    columns: Columns
    boundaries: Mapping[int, float]
    iterations_per_epoch: int | None
    total_iterations: int | None
    scheduled_iterations: int | None
    first_iteration: int
    epochs: int | None
    batch_size_per_gpu: int | None
    phases: tuple[Phase, ...]
    block_was_read: bool = True
    checkout: Stepped | None = None

    @property
    def crash(self) -> Crash | None:
        """Where the trainer stops; None where the run comes to its end."""
        return self.dry_run.crash

    @property
    def optimizer(self) -> Optimizer | None:
        """The record of the OPTIMIZER: the run's trainer's, else the first that knows it; None where none does."""
        trainer, name = self.resolved.trainer, self.config.optimization.get("OPTIMIZER")
        return (trainer and trainer.optimizer(name)) or find_optimizer(name)

    @property
    def effective_batch_size(self) -> int | None:
        """Samples per iteration over all GPUs."""
        return None if self.batch_size_per_gpu is None else self.batch_size_per_gpu * self.plan.gpus

    @property
    def samples_per_epoch(self) -> int | None:
        """Training samples of one epoch over all GPUs; where the plan gives only iterations, iterations × batch.

        The merge flag does not change what an epoch of the loop sees. None where the batch is not known either.
        """
        if self.plan.samples is not None:
            return self.plan.samples
        if self.iterations_per_epoch is None or self.effective_batch_size is None:
            return None
        return self.iterations_per_epoch * self.effective_batch_size

    @property
    def has_curve(self) -> bool:
        """Whether there is anything to draw."""
        return bool(len(self.columns["iteration"]))

    @cached_property
    def curve(self) -> pd.DataFrame:
        """`columns` as a data frame, made when it is first asked for: pandas takes as long to load as all the rest."""
        return _frame(self.columns)

    @cached_property
    def summary(self) -> Summary | None:
        """The curve in numbers, of the rows that `curve` has; None where it has none."""
        if not self.has_curve:
            return None
        lr, momentum = self.columns["lr"], self.columns["momentum"]
        # Around the boundary of a long run several iterations share the peak to the last bit: it is the phase's start.
        iterations = self.columns["iteration"].tolist()
        highest = np.flatnonzero(lr == np.fmax.reduce(lr, initial=-np.inf)).tolist()
        starts = {phase.start for phase in self.phases}
        peak = next((i for i in highest if iterations[i] in starts), next(iter(highest), 0))
        return Summary(
            lr_start=float(lr[0]),
            lr_peak=float(lr[peak]),
            peak_iteration=iterations[peak],
            peak_epoch=int(self.columns["epoch"][peak]),
            lr_end=float(lr[-1]),
            momentum_min=float(np.min(momentum)),
            momentum_max=float(np.max(momentum)),
        )


def simulate(config: Config, plan: RunPlan, iterations: Iterations = None) -> Run:
    """Run the trainer's own optimizer and schedules over the iterations asked for, and say where it would crash.

    `iterations`: None for as many as a plot needs (both sides of each boundary, the first, the last, and between them
    so many that straight lines stay within 0.1% of the curve's range), "all" for every one, or a sequence of them,
    whose order is kept. They count over the whole run, from 0. But for "all", the cost does not depend on the length
    of the run. Raises ValueError for an iteration that the run does not have or that is no whole number.

    >>> import pcdet_sched as ps
    >>> block = "{BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 80, OPTIMIZER: adam_onecycle, LR: 0.003, WEIGHT_DECAY: 0.01,"
    >>> block += " MOMS: [0.95, 0.85], PCT_START: 0.4, DIV_FACTOR: 10, DECAY_STEP_LIST: [35], GRAD_NORM_CLIP: 10}"
    >>> run = ps.simulate(ps.load("OPTIMIZATION: " + block), ps.RunPlan(samples=3712, gpus=8), iterations=[3712, 3713])
    >>> run.curve["lr"].tolist(), run.total_iterations, run.crash
    ([0.003, 0.002999999761241...], 9280, None)
    """
    passed = _through_the_trainer(config, plan)
    schedules = passed.schedules
    return Run(
        config=config,
        plan=plan,
        resolved=passed.resolved,
        dry_run=replace(passed.dry_run, schedules=None),
        block_was_read=passed.block_was_read,
        columns=_columns(schedules, _asked(schedules, iterations)),
        boundaries=_boundaries(schedules),
        **_counts(passed.dry_run, schedules),
    )


def iter_curve(config: Config, plan: RunPlan, every: int = 1, chunk: int = 10_000) -> Iterator[pd.DataFrame]:
    """The curve of every `every`-th iteration, in data frames of at most `chunk` rows, one held at a time.

    The columns are those of `Run.curve`. The last iteration is always there. Raises ValueError for counts below 1.
    """
    if every < 1 or chunk < 1:
        raise ValueError(f"every and chunk must be at least 1, not {every} and {chunk}")
    schedules = _through_the_trainer(config, plan).schedules
    if schedules is None or schedules.clock.end > LONGEST:
        return
    clock = schedules.clock
    for start in range(clock.first, clock.end, every * chunk):
        stop = min(start + every * chunk, clock.end)
        rows = list(range(start, stop, every))
        if stop == clock.end and rows[-1] != clock.end - 1:
            rows.append(clock.end - 1)
        yield _frame(_columns(schedules, rows))


def lr_reader(config: Config, plan: RunPlan) -> Callable[[int], float] | None:
    """The curve as a function from iteration (of the run, from 0) to lr; None where there is no curve."""
    schedules = _through_the_trainer(config, plan).schedules
    return None if schedules is None else lambda iteration: float(schedules.read(iteration)[1])


@dataclass(frozen=True)
class _Passed:
    """A config that was taken through the trainer. `schedules` are those to read: as meant where it stops, or None."""

    resolved: Resolved
    dry_run: DryRun
    block_was_read: bool
    schedules: Schedules | None


def _through_the_trainer(config: Config, plan: RunPlan) -> _Passed:
    """The one dry run of the file.

    The chosen block stands where the trainer looks for it, unless nothing does: then the trainer finds nothing there.
    A trainer chosen by hand that does not know a block inside the block reads the one around it: where that lacks a
    key, it is not looked at further.
    """
    block, document, stage = config.optimization, config.document, _stage(config)
    resolved = resolve(plan.trainer, block, stage)
    trainer = resolved.trainer
    if trainer is None:
        return _Passed(resolved, DryRun(), True, None)
    done, read = None, trainer.block in document
    if read and stage and resolved.how == "by hand" and stage not in trainer.stages.names:
        done = dry_run(document, plan, trainer)
        read = done.crash is None or done.crash.exception != AttributeError.__name__
    if done is None or read:
        done = dry_run({**document, trainer.block: block} if read else document, plan, trainer)
    schedules = done.schedules if done.crash is None else schedules_as_meant(block, plan, trainer)
    return _Passed(resolved, done, read, schedules)


def _stage(config: Config) -> str:
    """The name of the block inside OPTIMIZATION that the chosen one is, or is part of; empty for any other."""
    return str(config.path[1]) if config.path[0] == OPTIMIZATION and len(config.path) > 1 else ""


def _boundaries(schedules: Schedules | None) -> dict[int, float]:
    if schedules is None:
        return {}
    marks = {k for mark in schedules.landmarks() for k in (mark - 1, mark) if k in schedules.clock}
    with np.errstate(all="ignore"):
        return {k: schedules.read(k)[1] for k in sorted(marks)}


def _asked(schedules: Schedules | None, iterations: Iterations) -> Iterable[int]:
    if schedules is None:
        return ()
    clock = schedules.clock
    if iterations is None:
        return schedules.plot_points()
    if isinstance(iterations, str):
        if iterations != "all":
            raise ValueError(f'iterations must be None, "all" or a sequence of whole numbers, not {iterations!r}')
        return range(clock.first, min(clock.end, LONGEST))
    return [_in_run(iteration, clock) for iteration in iterations]


def _in_run(iteration: object, clock: Clock) -> int:
    if not isinstance(iteration, numbers.Integral):
        raise ValueError(f"iterations must be whole numbers, not {iteration!r}")  # noqa: TRY004 - as the one below
    if int(iteration) not in clock:
        raise ValueError(f"iteration {iteration} is not in the run, which has {clock.first} to {clock.end - 1}")
    return int(iteration)


def _columns(schedules: Schedules | None, iterations: Iterable[int]) -> Columns:
    rows = list(iterations)
    lr, momentum = np.empty(len(rows)), np.empty(len(rows))
    epoch, lr_2 = np.empty(len(rows), dtype=np.int64), np.empty(len(rows))
    if schedules is not None:
        with np.errstate(all="ignore"):
            for i, iteration in enumerate(rows):
                epoch[i], lr[i], momentum[i] = schedules.read(iteration)
                lr_2[i] = schedules.lr_2
    second = {} if schedules is None or not schedules.has_second else {"lr_2": lr_2}
    return {"iteration": np.array(rows, dtype=np.int64), "epoch": epoch, "lr": lr, "momentum": momentum, **second}


def _frame(columns: Columns) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _counts(done: DryRun, schedules: Schedules | None) -> dict[str, Any]:
    """What a Run says besides the curve; of the run as meant where the dry run did not come that far."""
    if schedules is None:
        settings = done.settings
        batch = settings.batch_size if settings and type(settings.batch_size) is int else None
        unknown = ("iterations_per_epoch", "total_iterations", "scheduled_iterations", "epochs")
        return {
            **dict.fromkeys(unknown),
            "iterations_per_epoch": done.loader_length,
            "first_iteration": 0,
            "batch_size_per_gpu": batch,
            "phases": (),
        }
    clock = schedules.clock
    return {
        "iterations_per_epoch": clock.per_epoch,
        "total_iterations": clock.end - clock.first,
        "scheduled_iterations": schedules.total,
        "first_iteration": clock.first,
        "epochs": clock.epochs,
        "batch_size_per_gpu": schedules.batch_size,
        "phases": schedules.phases(),
    }


Points = list[tuple[float, float]]


def probe(
    block: Mapping[str, object],
    iterations: Iterable[int],
    per_epoch: int,
    epochs: int,
    start: Checkpoint | None = None,
) -> Points | None:
    """(lr, momentum) at each iteration of a run of `epochs` × `per_epoch`, resumed from `start` if given.

    The block is taken as its author meant it. None where it has no curve of that length.

    >>> block = {"OPTIMIZER": "adam_onecycle", "LR": 0.01, "DIV_FACTOR": 10, "PCT_START": 0.4, "MOMS": [0.95, 0.85]}
    >>> [round(probe(block, [7800], 100, epochs)[0][0], 6) for epochs in (80, 120)]
    [4.3e-05, 0.006294]
    """
    plan = RunPlan(iters_per_epoch=per_epoch, epochs=epochs, checkpoint=start)
    trainer = resolve(plan.trainer, block).trainer
    schedules = schedules_as_meant({**block, "BATCH_SIZE_PER_GPU": 1}, plan, trainer) if trainer else None
    return None if schedules is None else [schedules.read(k)[1:] for k in iterations]
