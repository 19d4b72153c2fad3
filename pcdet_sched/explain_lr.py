"""One lr value of a log or of TensorBoard: where the planned run has it, or why it cannot be that run's."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from pcdet_sched.language import _
from pcdet_sched.logs.causes import LikelyCause, Reading, likely_causes
from pcdet_sched.logs.log import SLACK, Log, allowed
from pcdet_sched.simulation import lr_reader

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run

_NEIGHBOURS = (-1, 1)


@dataclass(frozen=True)
class Span:
    """Iterations `first` to `last`, both included, which all print this value; `phase` is empty outside of any."""

    first: int
    last: int
    phase: str


@dataclass(frozen=True)
class ExplainedLr:
    """What a printed lr says of a planned run.

    `value` is the number and `allowed` half a unit of its last digit. `spans` are all iterations of the plan that print
    it. `low` and `high` bound the plan's lr; `nearest` is an iteration that comes closest, and its lr. Where an
    iteration was given (`at`), `planned` is the plan's lr there (None: the plan has no such iteration); `off_by` is
    where the value stands instead if that is the iteration before (−1) or after (+1); `causes` are other settings that
    give the value at that very iteration, and are empty where `agrees`.
    """

    value: float
    allowed: float
    spans: tuple[Span, ...]
    low: float
    high: float
    nearest: tuple[int, float]
    at: int | None = None
    planned: float | None = None
    off_by: int | None = None
    causes: tuple[LikelyCause, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the plan prints the value at the given iteration, or at any where none was given."""
        return bool(self.spans) if self.at is None else any(span.first <= self.at <= span.last for span in self.spans)


def explain_lr(run: Run, printed: str, at: int | None = None) -> ExplainedLr:
    """Where a run for a plot has the lr that was printed, counted from iteration 0; at `at`, why it has not.

    `printed` is taken to the digits that it has: "1.23e-03" is anything from 0.001225 to 0.001235. Between the points
    of a plot lr only rises or only falls, so that no iteration is missed; with more warm restarts than a plot has
    points for, those in between are not looked at.

    Raises:
        ValueError: for a text that is no lr, a negative iteration, or a run without a curve.

    >>> import pcdet_sched as ps
    >>> from pcdet_sched.zoo import shipped
    >>> run = ps.simulate(ps.load(shipped("KITTI", "pointpillar").to_yaml()), ps.RunPlan(samples=3712, gpus=8))
    >>> explain_lr(run, "0.0003").spans
    (Span(first=0, last=322, phase='warm-up'), Span(first=8045, last=8242, phase='annealing'))
    >>> explain_lr(run, "3.000e-03", at=1856).causes[0].text
    '16 GPUs instead of 8'
    """
    value, slack = _read(printed)
    if at is not None and at < 0:
        raise ValueError(_("iterations count from 0, not {at}", at=at))
    lr_at = lr_reader(run.config, run.plan)
    if lr_at is None or not run.has_curve or not run.total_iterations:
        raise ValueError(_("the plan has no curve"))
    points = list(zip(run.columns["iteration"].tolist(), run.columns["lr"].tolist(), strict=True))
    found = tuple(_named(span, run) for span in _merged(_crossings(points, value, slack * SLACK, lr_at)))
    end = run.first_iteration + run.total_iterations
    planned = lr_at(at) if at is not None and run.first_iteration <= at < end else None
    lrs = [point[1] for point in points]
    explained = ExplainedLr(
        value, slack, found, min(lrs), max(lrs), min(points, key=lambda point: abs(point[1] - value)), at, planned
    )
    if at is None or explained.agrees:
        return explained
    beside = [step for step in _NEIGHBOURS if any(span.first <= at + step <= span.last for span in found)]
    causes = () if beside or planned is None else _causes(explained, run, at)
    return replace(explained, off_by=beside[0] if beside else None, causes=causes)


def _read(printed: str) -> tuple[float, float]:
    text = printed.strip()
    try:
        number = Decimal(text)
        if not number.is_finite() or number < 0 or not math.isfinite(float(number)):
            raise ValueError(_("an lr is a number of at least 0, not {text}", text=text))
        return float(number), allowed(text)
    except (InvalidOperation, OverflowError):
        given = text or _("nothing")
        raise ValueError(_("an lr is a number such as 1.234e-03, not {text}", text=given)) from None


def _crossings(
    points: list[tuple[int, float]], value: float, slack: float, lr_at: Callable[[int], float]
) -> Iterator[tuple[int, int]]:
    """First and last iteration within the slack, for each stretch between two points that comes near the value."""
    if len(points) == 1 and abs(points[0][1] - value) <= slack:
        yield points[0][0], points[0][0]
    for (start, lr_start), (end, lr_end) in pairwise(points):
        if max(lr_start, lr_end) < value - slack or min(lr_start, lr_end) > value + slack:
            continue
        sign = 1 if lr_end >= lr_start else -1

        def past(iteration: int, sign: int = sign) -> float:
            """How far lr has gone beyond the value, in its own direction."""
            return sign * (lr_at(iteration) - value)

        first, last = _first(start, end, past, -slack), _first(start, end, past, math.nextafter(slack, math.inf)) - 1
        if first <= last:
            yield first, last


def _first(start: int, end: int, rising: Callable[[int], float], least: float) -> int:
    """The first iteration of start..end at which what only rises is at least so much; end + 1 where it never is."""
    return start + bisect_left(range(start, end + 1), least, key=rising)


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for first, last in spans:
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return found


def _named(span: tuple[int, int], run: Run) -> Span:
    return Span(*span, next((phase.name for phase in run.phases if phase.start <= span[0] < phase.end), ""))


def _causes(explained: ExplainedLr, run: Run, at: int) -> tuple[LikelyCause, ...]:
    """Other settings that print the value at that iteration; GPUs and batch sizes before numbers of epochs."""
    row = {"iteration": [at], "lr": [explained.value], "allowed": [explained.allowed]}
    log = Log("text", pd.DataFrame(row | {"per_epoch": [0], "epochs": [0]}), ())
    table = pd.DataFrame(row | {"planned": [explained.planned], "agrees": [False]})
    order = ("GPUs", "batch size", "LR", "epochs")
    causes = {cause.text: cause for cause in likely_causes(Reading(log, run, table)) if cause.kind in order}
    return tuple(sorted(causes.values(), key=lambda cause: order.index(cause.kind)))
