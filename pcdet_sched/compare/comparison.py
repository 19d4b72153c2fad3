"""Several runs side by side: what differs between their settings, their curves in numbers, and common axes for them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from pcdet_sched.compare.metrics import Metrics, metrics
from pcdet_sched.config.values import same
from pcdet_sched.figures import why_no_curve
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _
from pcdet_sched.limits import limits

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run


class _Absent:
    """Where a block does not have a key: not the same as a null."""

    def __repr__(self) -> str:
        return "–"


ABSENT = _Absent()

PLAN_NAMES = {
    "samples": N_("samples"),
    "gpus": N_("GPUs"),
    "batch_size": "--batch_size",
    "epochs": "--epochs",
    "trainer": N_("trainer"),
    "merge_all_iters_to_one_epoch": "--merge_all_iters_to_one_epoch",
    "checkpoint": N_("checkpoint"),
    "iters_per_epoch": N_("iterations per epoch"),
    "use_amp": "--use_amp",
}
"""The fields of a run plan by the names that the command line and the page give them."""


@dataclass(frozen=True)
class Difference:
    """A key or a field of the plan that is not the same in all runs; `values` in the order of the runs."""

    name: str
    values: tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs over one another: `names`, `runs` and `metrics` in one order (None where a run has no curve)."""

    names: tuple[str, ...]
    runs: tuple[Run, ...]
    metrics: tuple[Metrics | None, ...]
    differences: tuple[Difference, ...]

    @property
    def curveless(self) -> dict[str, str]:
        """The name of each run without a curve → why it has none, in a sentence without its full stop."""
        runs = zip(self.names, self.runs, self.metrics, strict=True)
        why = _("no curve: {why}")
        return {n: why.format(why=run.crash or why_no_curve(run)) for n, run, m in runs if m is None}

    def table(self) -> pd.DataFrame:
        """The metrics as a data frame, one row per run, indexed by name; missing numbers are nan."""
        import pandas as pd

        fields = [field.name for field in dataclasses.fields(Metrics)]
        rows = [[getattr(m, name) if m else None for name in fields] for m in self.metrics]
        frame = pd.DataFrame(rows, index=pd.Index(self.names, name="run"), columns=fields)
        numbers = [name for name in fields if name != "exact"]
        return frame.astype(dict.fromkeys(numbers, "float64"))


def compare(runs: Mapping[str, Run], most: int | None = None) -> Comparison:
    """Put runs, by name, side by side. Raises ValueError for more than `most` of them (default: the server's limit).

    >>> import pcdet_sched as ps
    >>> one = ps.load("OPTIMIZATION: {OPTIMIZER: adam_onecycle, LR: 0.003}")
    >>> plan = ps.RunPlan(samples=3712)
    >>> runs = {"one": ps.simulate(one, plan), "two": ps.simulate(one.edit({"LR": 0.01}), plan)}
    >>> compare(runs).differences
    (Difference(name='LR', values=(0.003, 0.01)),)
    """
    most = limits().max_curves if most is None else most
    if len(runs) > most:
        raise ValueError(_("{n} curves are too many to compare; {most} at a time can be", n=len(runs), most=most))
    names, values = tuple(runs), tuple(runs.values())
    found = differing([run.config.optimization for run in values]) + differing_plans([run.plan for run in values])
    return Comparison(names, values, tuple(map(metrics, values)), tuple(found))


def differing(blocks: Sequence[Mapping[str, object]]) -> list[Difference]:
    """The keys that are not the same in all blocks, in the order of the table of keys, the unknown ones last."""
    found = {key for block in blocks for key in block}
    known = [name for name in KEYS if name in found]
    names = known + sorted(found.difference(KEYS), key=str)
    rows = [Difference(str(name), tuple(block.get(name, ABSENT) for block in blocks)) for name in names]
    return [row for row in rows if _differ(row.values)]


def differing_plans(plans: list[RunPlan]) -> list[Difference]:
    """The fields of the plans that are not the same in all of them."""
    rows = [Difference(_(title), tuple(getattr(p, name) for p in plans)) for name, title in PLAN_NAMES.items()]
    return [row for row in rows if _differ(row.values)]


def _differ(values: tuple[object, ...]) -> bool:
    first, *others = values
    return any((other is ABSENT) != (first is ABSENT) or not same(other, first) for other in others)


CommonAxis = Literal["iteration", "epoch", "samples", "share"]
AXES: tuple[CommonAxis, ...] = get_args(CommonAxis)
TITLES: dict[CommonAxis, str] = {
    "iteration": N_("iteration"),
    "epoch": N_("epoch"),
    "samples": N_("samples seen"),
    "share": N_("share of the run"),
}


def along(run: Run, axis: CommonAxis, iterations: ArrayLike | None = None) -> NDArray[np.float64] | None:
    """Where each row of `run.curve` lies on an axis (float64), or each of `iterations` in its place.

    "epoch" is the iteration over iterations per epoch, "samples" that times the samples of an epoch, "share" from 0 at
    the first iteration to just below 1 at the last. None where the run does not say enough. Raises ValueError for
    another axis.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 2, OPTIMIZER: adam_onecycle, LR: 0.003,"
    >>> text += " PCT_START: 0.4, WEIGHT_DECAY: 0.01, MOMS: [0.95, 0.85], DIV_FACTOR: 10,"
    >>> text += " DECAY_STEP_LIST: [], GRAD_NORM_CLIP: 10}"
    >>> run = ps.simulate(ps.load(text), ps.RunPlan(samples=100, gpus=1), iterations=[0, 25, 49])
    >>> along(run, "samples").tolist(), along(run, "share").tolist()
    ([0.0, 100.0, 196.0], [0.0, 0.5, 0.98])
    """
    import numpy as np

    if axis not in AXES:
        raise ValueError(f"axis must be one of {', '.join(AXES)}, not {axis!r}")
    k = np.asarray(run.columns["iteration"] if iterations is None else iterations, dtype=np.float64)
    if axis == "iteration":
        return k
    if axis == "share":
        return (k - run.first_iteration) / run.total_iterations if run.total_iterations else None
    if not run.iterations_per_epoch:
        return None
    epochs: NDArray[np.float64] = k / run.iterations_per_epoch
    if axis == "epoch":
        return epochs
    return None if run.samples_per_epoch is None else epochs * run.samples_per_epoch
