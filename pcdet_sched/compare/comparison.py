"""Several runs side by side: what differs between their settings, and their curves in numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.compare.metrics import Metrics, metrics
from pcdet_sched.config.values import same
from pcdet_sched.figures import why_no_curve
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _
from pcdet_sched.limits import limits

if TYPE_CHECKING:
    import pandas as pd

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
    differences = differing([run.config.optimization for run in values]) + differing_plans([run.plan for run in values])
    return Comparison(names, values, tuple(map(metrics, values)), tuple(differences))


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
