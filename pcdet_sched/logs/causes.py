"""Why a real run's lr is not the plan's: other settings are tried until one gives the curve that was logged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pcdet_sched.key import is_number
from pcdet_sched.language import N_, _
from pcdet_sched.logs.log import SLACK
from pcdet_sched.simulation import probe

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from pcdet_sched.logs.log import Log
    from pcdet_sched.simulation import Run

    Rows = NDArray[np.float64]
    """Iteration, lr and allowed of each logged value."""

CauseKind = Literal[
    "epochs", "GPUs", "batch size", "GPUs or batch size", "epochs and GPUs or batch size", "LR", "resume"
]
Certainty = Literal["stated", "only fit", "one of several"]
WORDS = (
    N_("epochs"), N_("GPUs"), N_("batch size"), N_("GPUs or batch size"), N_("epochs and GPUs or batch size"),
    N_("LR"), N_("resume"), N_("stated"), N_("only fit"), N_("one of several"),
)  # fmt: skip
"""Kinds and certainties, marked for the catalogue."""

_GPUS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 24, 32, 64)
_BATCHES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32, 48, 64)
_MOST_EPOCHS = 300
# A candidate has to fit these many of the logged values, spread over the log, before all are looked at.
_GLANCE, _LOOK = 5, 120
_LEAST_ON_A_LEG = 3
# A run that is resumed a few times states as many settings; a file that states thousands is damaged.
_MOST_STATED = 20


@dataclass(frozen=True)
class LikelyCause:
    """A change of settings under which the schedule gives what was logged.

    `epochs` and `per_epoch` are those settings. `certainty`: "stated" where the log itself names them, "only fit" where
    of all that was tried nothing else fits, "one of several" where other settings fit as well.
    """

    kind: CauseKind
    text: str
    epochs: int
    per_epoch: int
    certainty: Certainty


@dataclass(frozen=True, eq=False)
class Reading:
    """What the search looks at: the log, the planned run, and the table of both."""

    log: Log
    run: Run
    table: pd.DataFrame

    @property
    def plan(self) -> tuple[int, int]:
        """Iterations per epoch and epochs of the plan."""
        return self.run.iterations_per_epoch or 1, self.run.epochs or 1


@dataclass(frozen=True)
class _Try:
    kind: CauseKind
    text: str
    per_epoch: int
    epochs: int
    stated: bool = False
    factor: float = 1.0


def likely_causes(reading: Reading) -> tuple[LikelyCause, ...]:
    """Settings that explain every logged value; else a resume that explains the values before and after it."""
    rows = reading.table[["iteration", "lr", "allowed"]].to_numpy()
    found = _fitting(reading, rows, _candidates(reading, int(rows[-1, 0])))
    if not found:
        found = list(_resumes(reading, rows))
    return tuple(_cause(candidate, found) for candidate in found)


def _cause(candidate: _Try, found: list[_Try]) -> LikelyCause:
    alone = len({(c.per_epoch * c.epochs, c.per_epoch, c.factor) for c in found}) == 1
    certainty: Certainty = "stated" if candidate.stated else "only fit" if alone else "one of several"
    return LikelyCause(candidate.kind, candidate.text, candidate.epochs, candidate.per_epoch, certainty)


def _fitting(reading: Reading, rows: Rows, candidates: Iterable[_Try]) -> list[_Try]:
    glance, look = _spread(rows, _GLANCE), _spread(rows, _LOOK)
    fitting = [c for c in candidates if _fits(reading, c, glance) and _fits(reading, c, look)]
    said: dict[str, _Try] = {}
    for candidate in fitting:
        said.setdefault(candidate.text, candidate)  # an LR may round to one and the same
    stated = [c for c in said.values() if c.stated]
    return stated or list(said.values())


def _spread(rows: Rows, most: int) -> Rows:
    """At most so many rows, the first and the last among them."""
    chosen: Rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]
    return chosen


def _fits(reading: Reading, candidate: _Try, rows: Rows) -> bool:
    iterations = [int(k) for k in rows[:, 0]]
    if not iterations or iterations[-1] >= candidate.per_epoch * candidate.epochs:
        return False
    block = reading.run.config.optimization
    start = reading.run.plan.checkpoint
    points = probe(
        block, iterations, candidate.per_epoch, candidate.epochs, start if start and start.initial_lr else None
    )
    if points is None:
        return False
    lr = np.array([point[0] for point in points]) * candidate.factor
    return bool(np.all(np.abs(lr - rows[:, 1]) <= rows[:, 2] * SLACK))


def _candidates(reading: Reading, last: int) -> Iterator[_Try]:
    """What may have run up to iteration `last`: the log's own words first, then one change at a time."""
    n, epochs = reading.plan
    yield from _stated(reading)
    for other in range(max(1, -(-(last + 1) // n)), max(_MOST_EPOCHS, 2 * epochs) + 1):
        if other != epochs:
            yield _Try("epochs", _("{n} epochs instead of {planned}", n=other, planned=epochs), n, other)
    yield from _hardware(reading, epochs)
    yield from _scaled(reading)


def _stated(reading: Reading) -> Iterator[_Try]:
    """What the log's lines say of their own run, where that is not the plan."""
    n, epochs = reading.plan
    said = reading.log.points[["per_epoch", "epochs"]].drop_duplicates().head(_MOST_STATED)
    for per_epoch, number in said.itertuples(index=False):
        other_n, other_epochs = int(per_epoch) or n, int(number) or epochs
        if (other_n, other_epochs) == (n, epochs):
            continue
        kind: CauseKind = "epochs and GPUs or batch size"
        if other_n == n:
            kind = "epochs"
        elif other_epochs == epochs:
            kind = "GPUs or batch size"
        yield _Try(kind, _said(reading, other_n, other_epochs), other_n, other_epochs, stated=True)


def _said(reading: Reading, per_epoch: int, epochs: int) -> str:
    n, planned = reading.plan
    parts = [] if epochs == planned else [_("{n} epochs instead of {planned}", n=epochs, planned=planned)]
    if per_epoch != n:
        ways = [t.text for t in _hardware(reading, epochs) if t.per_epoch == per_epoch]
        words = _("{n:,} iterations per epoch instead of {planned:,} ({ways})")
        words = words if ways else _("{n:,} iterations per epoch instead of {planned:,}")
        parts.append(words.format(n=per_epoch, planned=n, ways=_(" or ").join(ways[:3])))
    return _("the log's own lines say {settings}", settings=_(" and ").join(parts))


def _hardware(reading: Reading, epochs: int) -> Iterator[_Try]:
    """Another number of GPUs or another batch size: one of the two at a time."""
    run, samples = reading.run, reading.run.samples_per_epoch
    gpus, batch = run.plan.gpus, run.batch_size_per_gpu
    if samples is None or batch is None:
        return
    for other in _GPUS:
        n = math.ceil(math.ceil(samples / other) / batch)
        if n != run.iterations_per_epoch:
            yield _Try("GPUs", _("{n} GPUs instead of {planned}", n=other, planned=gpus), n, epochs)
    for other in _BATCHES:
        n = math.ceil(math.ceil(samples / gpus) / other)
        if n != run.iterations_per_epoch:
            yield _Try("batch size", _("{n} samples per GPU instead of {planned}", n=other, planned=batch), n, epochs)


def _scaled(reading: Reading) -> Iterator[_Try]:
    """Another LR: the same curve times a factor, to as many digits as the log's best value has."""
    table = reading.table[reading.table["planned"] > 0]
    lr = reading.run.config.optimization.get("LR")
    if table.empty or not is_number(lr):
        return
    logged, planned = table["lr"].to_numpy(), table["planned"].to_numpy()
    best = int(np.argmin(table["allowed"].to_numpy() / np.maximum(logged, 1e-300)))
    factor = float(logged[best] / planned[best])
    n, epochs = reading.plan
    if factor > 0:
        for digits in (2, 3, 4, 6, 9):
            other = float(f"{lr * factor:.{digits}g}")
            yield _Try("LR", _("LR {lr:g} instead of {planned:g}", lr=other, planned=lr), n, epochs, factor=other / lr)


def _resumes(reading: Reading, rows: Rows) -> Iterator[_Try]:
    """The log cut in two: one part that the plan explains, and one that other settings do."""
    for cut, part, after in _cuts(reading, rows):
        legs = [leg for leg in reading.log.legs if leg and abs(leg - cut) <= _gap(rows, cut)]
        seen, about = (
            (_("resumed at iteration {cut:,}, as the log shows: after it, {change}"),
             _("resumed at about iteration {cut:,}: after it, {change}"))
            if after
            else (_("resumed at iteration {cut:,}, as the log shows: before it, {change}"),
                  _("resumed at about iteration {cut:,}: before it, {change}"))
        )  # fmt: skip
        fitting = _fitting(reading, part, _candidates(reading, int(part[-1, 0])))
        for found in fitting:
            text = seen.format(cut=legs[0], change=found.text) if legs else about.format(cut=cut, change=found.text)
            yield _Try("resume", text, found.per_epoch, found.epochs, found.stated)
        if fitting:
            return


def _cuts(reading: Reading, rows: Rows) -> Iterator[tuple[int, Rows, bool]]:
    """Where the plan may begin or cease to hold: the iteration, the rows beyond it, whether they come after it."""
    apart = np.flatnonzero(~reading.table["agrees"].to_numpy())
    begin, end = int(apart[0]), int(apart[-1]) + 1
    if begin >= _LEAST_ON_A_LEG <= len(rows) - begin:
        yield int(rows[begin, 0]), rows[begin:], True
    if len(rows) - end >= _LEAST_ON_A_LEG <= end:
        yield int(rows[end, 0]), rows[:end], False


def _gap(rows: Rows, cut: int) -> float:
    """The distance of the logged iterations around a cut."""
    k = rows[:, 0]
    place = int(np.searchsorted(k, cut))
    return float(k[min(place + 1, len(k) - 1)] - k[max(place - 1, 0)])
