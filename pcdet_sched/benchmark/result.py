"""What a benchmark measured: readings of every iteration, and what they come to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.variant import Description  # noqa: TC001 - the codec reads the fields' types

if TYPE_CHECKING:
    from pcdet_sched.benchmark.variant import Variant


FINAL_ITERATIONS = 10
"""The final loss is the mean over this many last iterations."""


@dataclass(frozen=True)
class Readings:
    """One entry per iteration in each.

    `iteration`: from 0. `lr`, `momentum`: what the step used. `loss`. `grad_norm`: 2-norm over all parameters of the
    unscaled gradients, before clipping; `grad_norm_clipped`: the same after. `clip_factor`: what clipping multiplied
    with, 1 without clipping. `loss_scale`: of this iteration's backward pass, 1 without a scaler. `skipped`: whether
    the scaler left the step out. `underflow`: share of the gradient entries that are zero in fp16 and not in fp32, see
    `probe.Probe`; None where it was not probed. `step_time`: seconds, without making the scene and without the probe.
    """

    iteration: tuple[int, ...] = ()
    lr: tuple[float, ...] = ()
    momentum: tuple[float, ...] = ()
    loss: tuple[float, ...] = ()
    grad_norm: tuple[float, ...] = ()
    grad_norm_clipped: tuple[float, ...] = ()
    clip_factor: tuple[float, ...] = ()
    loss_scale: tuple[float, ...] = ()
    skipped: tuple[bool, ...] = ()
    underflow: tuple[float | None, ...] = ()
    step_time: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in COLUMNS}
        if len(lengths) > 1:
            raise ValueError(f"the columns of readings differ in length: {sorted(lengths)}")

    def __len__(self) -> int:
        return len(self.iteration)

    def __add__(self, later: Readings) -> Readings:
        return Readings(*(getattr(self, name) + getattr(later, name) for name in COLUMNS))


COLUMNS = tuple(column.name for column in fields(Readings))


@dataclass(frozen=True)
class Anomaly:
    """A value that is not finite: in which iteration, and where in the order of the computation it was met first."""

    iteration: int
    place: str


@dataclass(frozen=True)
class BenchmarkSummary:
    """What a run's readings come to.

    `iterations`: how many were run. `clipped_share`: of the steps that were taken, 0 where none was; `last_clipped`:
    the last iteration that was. `skipped_steps`: left out by the scaler. `first_non_finite`: the first value that was
    not finite. `weights_lost`: the first step that was taken with a gradient that was not finite. `underflow`: the mean
    over the probed iterations. `final_loss`: mean over the last ten iterations. `seconds_per_iteration`: median.
    `peak_memory`: bytes; on a GPU what torch held at most during the run, on a CPU what the process held at most since
    it started.
    """

    iterations: int
    clipped_share: float
    last_clipped: int | None
    skipped_steps: int
    first_non_finite: Anomaly | None
    weights_lost: int | None
    underflow: float | None
    median_grad_norm: float
    final_loss: float
    seconds_per_iteration: float
    peak_memory: int


@dataclass(frozen=True)
class BenchmarkRun:
    """One variant, measured. `stopped` is True where the run was ended before its last iteration."""

    description: Description
    device: str
    torch_version: str
    readings: Readings
    summary: BenchmarkSummary
    stopped: bool = False

    @property
    def variant(self) -> Variant:
        """The variant that was run."""
        return self.description.variant


@dataclass(frozen=True)
class BenchmarkResult:
    """Runs to be compared."""

    runs: tuple[BenchmarkRun, ...] = ()


def summarise(readings: Readings, anomaly: Anomaly | None, peak_memory: int) -> BenchmarkSummary:
    """Sum up a run. Without an iteration every mean is nan.

    >>> readings = Readings((0, 1), (1, 1), (1, 1), (4.0, 2.0), (9.0, 2.0), (3.0, 2.0), (0.3, 1.0), (1, 1),
    ...                     (False, False), (None, None), (0.1, 0.3))
    >>> summary = summarise(readings, None, 0)
    >>> summary.clipped_share, summary.last_clipped, summary.final_loss
    (0.5, 0, 3.0)
    """
    taken = [i for i, skipped in enumerate(readings.skipped) if not skipped]
    clipped = [readings.iteration[i] for i in taken if readings.clip_factor[i] < 1]
    probed = [share for share in readings.underflow if share is not None]
    return BenchmarkSummary(
        iterations=len(readings),
        clipped_share=len(clipped) / len(taken) if taken else 0.0,
        last_clipped=max(clipped, default=None),
        skipped_steps=sum(readings.skipped),
        first_non_finite=anomaly,
        weights_lost=next(
            (readings.iteration[i] for i in taken if not math.isfinite(readings.grad_norm_clipped[i])), None
        ),
        underflow=mean(probed) if probed else None,
        median_grad_norm=_or_nan(median, [norm for norm in readings.grad_norm if math.isfinite(norm)]),
        final_loss=_or_nan(mean, readings.loss[-FINAL_ITERATIONS:]),
        seconds_per_iteration=_or_nan(median, readings.step_time),
        peak_memory=peak_memory,
    )


def ignore(news: object) -> None:
    """Hear of something and do nothing."""


def mean(values: Sequence[float]) -> float:
    """The mean; unlike `statistics.fmean` also of inf and -inf together, which is nan.

    >>> mean([math.inf, -math.inf])
    nan
    """
    return sum(values) / len(values)


def _or_nan(average: Callable[[Sequence[float]], float], values: Sequence[float]) -> float:
    return average(values) if values else math.nan
