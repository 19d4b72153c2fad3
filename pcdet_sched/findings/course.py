"""The curve in the few numbers that a check needs of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run
    from pcdet_sched.trainer.curve import Schedules


@dataclass(frozen=True)
class Course:
    """A run's counts, and its lr at both sides of every boundary: between them lr moves one way only.

    `lr` maps iterations, counted over the whole run from 0, to the learning rate, in rising order. `total` is one past
    the last iteration that the loop runs, `scheduled` is what the schedule was built for.
    """

    per_epoch: int
    epochs: int
    first: int
    total: int
    scheduled: int
    lr: dict[int, float]

    @property
    def length(self) -> int:
        """Iterations that the loop runs."""
        return self.total - self.first


def of_schedules(schedules: Schedules) -> Course:
    """Read the lr at each boundary and one iteration before it."""
    import numpy as np

    clock = schedules.clock
    marks = {k for mark in schedules.landmarks() for k in (mark - 1, mark) if k in clock}
    with np.errstate(all="ignore"):
        lr = {k: schedules.read(k)[1] for k in sorted(marks)}
    return Course(clock.per_epoch, clock.epochs, clock.first, clock.end, schedules.total, lr)


def of_run(run: Run) -> Course | None:
    """The same from a simulated run, of the iterations that its curve has; None where it has no curve."""
    per_epoch, epochs, total, scheduled = (
        run.iterations_per_epoch, run.epochs, run.total_iterations, run.scheduled_iterations
    )  # fmt: skip
    if per_epoch is None or epochs is None or total is None or scheduled is None:
        return None
    lr = dict(zip(run.columns["iteration"].tolist(), run.columns["lr"].tolist(), strict=True))
    return Course(per_epoch, epochs, run.first_iteration, run.first_iteration + total, scheduled, lr)
