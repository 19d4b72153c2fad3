"""Plan against fact: where the lr of a real run parts from the plan's, and the likeliest reason."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.language import _
from pcdet_sched.logs.causes import LikelyCause, Reading, likely_causes
from pcdet_sched.logs.log import SLACK
from pcdet_sched.simulation import simulate

if TYPE_CHECKING:
    import pandas as pd

    from pcdet_sched.logs.log import Log
    from pcdet_sched.simulation import Run


@dataclass(frozen=True, eq=False)
class Fact:
    """A real run over its plan.

    `table` has the columns iteration, lr (logged), planned (nan beyond the plan's end), allowed (absolute) and agrees
    (bool). `first` is the first iteration at which they part by more than the logged digits allow, None where they
    never do. `causes` come with the likeliest first, and are empty where nothing is to be explained or nothing
    explains it.
    """

    log: Log
    run: Run
    table: pd.DataFrame
    first: int | None
    causes: tuple[LikelyCause, ...]

    @property
    def agreeing(self) -> float:
        """The share of the logged iterations that agree with the plan."""
        return float(self.table["agrees"].mean())


def against(log: Log, run: Run) -> Fact:
    """Lay a real run's lr over a plan. Raises ValueError where the plan has no curve.

    >>> import pcdet_sched as ps
    >>> from pcdet_sched.logs.log import read_log
    >>> from pcdet_sched.zoo import shipped
    >>> line = b"epoch: 0/80, acc_iter=1, cur_iter=0/464, batch_size=8, lr=0.0003"
    >>> config = ps.load(shipped("KITTI", "pointpillar").to_yaml())
    >>> against(read_log(line), ps.simulate(config, ps.RunPlan(iters_per_epoch=464))).first is None
    True
    """
    if not run.has_curve or not run.total_iterations:
        raise ValueError(_("the plan has no curve to compare with"))
    whole = _from_the_beginning(run)
    points = log.points
    end = whole.first_iteration + (whole.total_iterations or 0)
    inside = points["iteration"] < end
    curve = simulate(whole.config, whole.plan, iterations=points.loc[inside, "iteration"].tolist()).curve
    table = points[["iteration", "lr", "allowed"]].copy()
    table["planned"] = float("nan")
    table.loc[inside, "planned"] = curve["lr"].to_numpy()
    table["agrees"] = (table["lr"] - table["planned"]).abs() <= table["allowed"] * SLACK
    apart = table.loc[~table["agrees"], "iteration"]
    first = None if apart.empty else int(apart.iloc[0])
    causes = likely_causes(Reading(log, whole, table)) if first is not None else ()
    return Fact(log, whole, table, first, causes)


def _from_the_beginning(run: Run) -> Run:
    """The plan without its checkpoint, for a log may begin before it; the schedule is the same."""
    start = run.plan.checkpoint
    if start is None or start.initial_lr is not None:
        return run
    return simulate(run.config, dataclasses.replace(run.plan, checkpoint=None))
