"""A config and a plan in, the curves of the trainer's own optimizer out."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from pcdet_sched.trainer.curve import LONGEST, Phase, Schedules
from pcdet_sched.trainer.meant import schedules_as_meant
from pcdet_sched.trainer.stages import DryRun, dry_run
from pcdet_sched.trainer_records.auto import Resolved, resolve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.checkout.result import Stepped
    from pcdet_sched.config import Config
    from pcdet_sched.crash import Crash
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer.clock import Clock

Iterations = Sequence[int] | Literal["all"] | None


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

    `curve` has the columns iteration (int64, over the whole run from 0), epoch (int64), lr and momentum (float64; beta1
    for Adam), and lr_2 where a second parameter group has an lr of its own, one row for each iteration asked for; it is
    empty where no curve can be computed, or the run has more than 2⁶³ − 1 iterations. Where `crash` is set,
    the curve is what the author meant. `iterations_per_epoch` and `total_iterations` count what the loop runs (without
    the part before a checkpoint: `first_iteration`); `scheduled_iterations` is what the schedule was built for, which
    the merge flag sets apart. `resolved` says which trainer it was and by which signs; where none is
    certain there is no curve. `batch_size_per_gpu` and `effective_batch_size` count samples. None: not known.
    `for_a_plot`: no iterations were asked for, so every boundary is in `curve`. `checkout`: the code of the user's own
    that was stepped; None where a known trainer's rules were.
    """

    config: Config
    plan: RunPlan
    curve: pd.DataFrame
    crash: Crash | None
    iterations_per_epoch: int | None
    total_iterations: int | None
    scheduled_iterations: int | None
    first_iteration: int
    epochs: int | None
    batch_size_per_gpu: int | None
    phases: tuple[Phase, ...]
    for_a_plot: bool = True
    resolved: Resolved = field(default_factory=lambda: Resolved(None))
    checkout: Stepped | None = None

    @property
    def effective_batch_size(self) -> int | None:
        """Samples per iteration over all GPUs."""
        return None if self.batch_size_per_gpu is None else self.batch_size_per_gpu * self.plan.gpus

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """The columns of `curve` as arrays; taking one from the frame each time costs as much as drawing it."""
        return {name: self.curve[name].to_numpy() for name in self.curve.columns}

    @cached_property
    def summary(self) -> Summary | None:
        """The curve in numbers, of the rows that `curve` has; None where it has none."""
        if self.curve.empty:
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
    rehearsal, schedules = rehearse(config, plan)
    return Run(
        config=config,
        plan=plan,
        curve=_curve(schedules, _asked(schedules, iterations)),
        crash=rehearsal.crash,
        for_a_plot=iterations is None,
        resolved=rehearsal.resolved,
        **_counts(rehearsal, schedules),
    )


def iter_curve(config: Config, plan: RunPlan, every: int = 1, chunk: int = 10_000) -> Iterator[pd.DataFrame]:
    """The curve of every `every`-th iteration, in data frames of at most `chunk` rows, one held at a time.

    The columns are those of `Run.curve`. The last iteration is always there. Raises ValueError for counts below 1.
    """
    if every < 1 or chunk < 1:
        raise ValueError(f"every and chunk must be at least 1, not {every} and {chunk}")
    _, schedules = rehearse(config, plan)
    if schedules is None or schedules.clock.end > LONGEST:
        return
    clock = schedules.clock
    for start in range(clock.first, clock.end, every * chunk):
        stop = min(start + every * chunk, clock.end)
        rows = list(range(start, stop, every))
        if stop == clock.end and rows[-1] != clock.end - 1:
            rows.append(clock.end - 1)
        yield _curve(schedules, rows)


def rehearse(config: Config, plan: RunPlan) -> tuple[DryRun, Schedules | None]:
    """The dry run of the file, and the schedules to read; where it stops, those that were meant, or None.

    The chosen block stands where the trainer looks for it, unless nothing does: then the trainer finds nothing there.
    """
    document = config.document
    if "OPTIMIZATION" in document:
        document = {**document, "OPTIMIZATION": config.optimization}
    rehearsal = dry_run(document, plan, resolve(plan.trainer, config.optimization))
    if rehearsal.crash is None:
        return rehearsal, rehearsal.schedules
    return rehearsal, schedules_as_meant(config.optimization, plan, rehearsal.resolved.trainer)


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


def _in_run(iteration: Any, clock: Clock) -> int:
    if not isinstance(iteration, numbers.Integral):
        raise ValueError(f"iterations must be whole numbers, not {iteration!r}")  # noqa: TRY004 - as the one below
    if int(iteration) not in clock:
        raise ValueError(f"iteration {iteration} is not in the run, which has {clock.first} to {clock.end - 1}")
    return int(iteration)


def _curve(schedules: Schedules | None, iterations: Iterable[int]) -> pd.DataFrame:
    rows = list(iterations)
    lr, momentum = np.empty(len(rows)), np.empty(len(rows))
    epoch, lr_2 = np.empty(len(rows), dtype=np.int64), np.empty(len(rows))
    if schedules is not None:
        with np.errstate(all="ignore"):
            for i, iteration in enumerate(rows):
                epoch[i], lr[i], momentum[i] = schedules.read(iteration)
                lr_2[i] = schedules.lr_2
    second = {} if schedules is None or not schedules.has_second else {"lr_2": lr_2}
    columns = {"iteration": np.array(rows, dtype=np.int64), "epoch": epoch, "lr": lr, "momentum": momentum, **second}
    return pd.DataFrame(columns)


def _counts(rehearsal: DryRun, schedules: Schedules | None) -> dict[str, Any]:
    """What a Run says besides the curve; of the run as meant where the dry run did not come that far."""
    if schedules is None:
        settings = rehearsal.settings
        batch = settings.batch_size if settings and type(settings.batch_size) is int else None
        unknown = ("iterations_per_epoch", "total_iterations", "scheduled_iterations", "epochs")
        return {
            **dict.fromkeys(unknown),
            "iterations_per_epoch": rehearsal.loader_length,
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
