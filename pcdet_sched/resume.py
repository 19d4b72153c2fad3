"""A resumed run: the curve before the checkpoint, the curve after it, and the jump between them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.key import is_number
from pcdet_sched.keys import block_as_meant
from pcdet_sched.language import _
from pcdet_sched.simulation import probe, simulate

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.plan import Checkpoint, RunPlan
    from pcdet_sched.simulation import Run

# Epoch counts tried at once; between the best of them and its neighbours the search goes on.
_TRIALS = 100
_FARTHEST = 100_000


@dataclass(frozen=True)
class Seam:
    """Where the resumed run begins: `iteration` over the whole run, in `epoch` (from 0).

    `lr_before` and `momentum_before` are what the old run would have had there, or at its last iteration where it was
    over by then; `lr_after` and `momentum_after` are what the resumed run has. None where a curve is not there.
    """

    iteration: int
    epoch: int
    lr_before: float | None
    lr_after: float | None
    momentum_before: float | None
    momentum_after: float | None

    @property
    def lr_factor(self) -> float | None:
        """By how much lr jumps: 1 is no jump."""
        return _ratio(self.lr_after, self.lr_before)

    @property
    def momentum_factor(self) -> float | None:
        """By how much momentum (beta1 for Adam) jumps."""
        return _ratio(self.momentum_after, self.momentum_before)


@dataclass(frozen=True)
class Way:
    """Settings to resume with: `epochs` (NUM_EPOCHS or --epochs), the jump that remains, and a sentence on them."""

    title: str
    epochs: int
    lr_factor: float
    text: str


@dataclass(frozen=True, eq=False)
class Resume:
    """What a resume does.

    `old` is the run that wrote the checkpoint, simulated to its own end; `new` is the run that goes on from it.
    `first_epoch` counts the iterations of the first resumed epoch, `whole_epoch` those of every other; None where
    nothing is left to run. `winner` says whose lr counts, `ways` are settings with no jump or the smallest.
    """

    old: Run
    new: Run
    checkpoint: Checkpoint
    seam: Seam
    first_epoch: int | None
    whole_epoch: int | None
    winner: str
    ways: tuple[Way, ...]

    @property
    def short(self) -> bool:
        """Whether the first resumed epoch is shorter than the others."""
        return self.first_epoch != self.whole_epoch


def resume(old: tuple[Config, RunPlan], new: tuple[Config, RunPlan], checkpoint: Checkpoint) -> Resume:
    """Resume what `old` (config, plan) trained from `checkpoint`, with `new` (config, plan).

    The schedule is rebuilt from the new config and evaluated at the checkpoint's iteration: nothing of the old curve
    is kept (`tools/train.py`, both releases). For `adam` and `sgd` a checkpoint without an initial lr is taken to hold
    the old config's LR.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 80, OPTIMIZER: adam_onecycle, LR: 0.01,"
    >>> text += " PCT_START: 0.4, WEIGHT_DECAY: 0.01, MOMS: [0.95, 0.85], DIV_FACTOR: 10,"
    >>> text += " DECAY_STEP_LIST: [35], GRAD_NORM_CLIP: 10}"
    >>> config, plan = ps.load(text), ps.RunPlan(samples=400)
    >>> found = resume((config, plan), (config.edit({"NUM_EPOCHS": 120}), plan), ps.Checkpoint(78, 7800))
    >>> found.seam.lr_before, found.seam.lr_after, round(found.seam.lr_factor)
    (4.28...e-05, 0.00629..., 147)
    >>> [(way.epochs, way.lr_factor) for way in found.ways]
    [(80, 1.0)]
    """
    (old_config, old_plan), (new_config, new_plan) = old, new
    before = simulate(old_config, dataclasses.replace(old_plan, checkpoint=None))
    start = _with_initial_lr(checkpoint, before)
    after = simulate(new_config, dataclasses.replace(new_plan, checkpoint=start))
    seam = _seam(before, after, start)
    short, whole = _epoch_lengths(after, start)
    ways = tuple(_ways(before, after, start, seam))
    return Resume(before, after, start, seam, short, whole, _winner(start, before, after), ways)


def _with_initial_lr(checkpoint: Checkpoint, old: Run) -> Checkpoint:
    lr = old.config.optimization.get("LR")
    if checkpoint.initial_lr is not None or not _keeps_initial_lr(old) or not is_number(lr):
        return checkpoint
    return dataclasses.replace(checkpoint, initial_lr=lr)


def _seam(before: Run, after: Run, start: Checkpoint) -> Seam:
    old = _at(before, start.iteration)
    new = _at(after, start.iteration)
    return Seam(start.iteration, start.epoch, old and old[0], new and new[0], old and old[1], new and new[1])


def _at(run: Run, iteration: int) -> tuple[float, float] | None:
    """Lr and momentum of an iteration, or of the run's last one where it is over by then; None without a curve."""
    if not run.has_curve or not run.total_iterations:
        return None
    last = run.first_iteration + run.total_iterations - 1
    row = simulate(run.config, run.plan, iterations=[min(iteration, last)]).curve.iloc[0]
    return float(row["lr"]), float(row["momentum"])


def _ratio(after: float | None, before: float | None) -> float | None:
    """How often `before` goes into `after`; None where that says nothing.

    >>> _ratio(0.2, 0.1), _ratio(0.1, 0.0), _ratio(None, 0.1)
    (2.0, None, None)
    """
    if after is None or not before or not math.isfinite(before) or not math.isfinite(after):
        return None
    return after / before


def _epoch_lengths(after: Run, start: Checkpoint) -> tuple[int | None, int | None]:
    n = after.iterations_per_epoch
    if not n or not after.total_iterations:
        return None, None
    return n - start.iteration % n, n


def _winner(start: Checkpoint, before: Run, after: Run) -> str:
    old, new = before.config, after.config
    name, lr = new.optimization.get("OPTIMIZER"), new.optimization.get("LR")
    if _keeps_initial_lr(after) and start.initial_lr is not None:
        words = _(
            "The checkpoint's initial lr, {initial:g}, wins: {optimizer} goes on with it whatever LR says. LR ({lr}) "
            "now changes only the floor, LR_CLIP / LR."
        )
        return words.format(initial=start.initial_lr, optimizer=name, lr=lr)
    if old.optimization.get("LR") == lr:
        return _("The YAML's LR, {lr}, wins: the schedule sets lr anew at every iteration.", lr=lr)
    words = _(
        "The YAML's LR, {lr}, wins: the schedule sets lr anew at every iteration. The old one, {old}, is forgotten."
    )
    return words.format(lr=lr, old=old.optimization.get("LR"))


def _ways(before: Run, after: Run, start: Checkpoint, seam: Seam) -> list[Way]:
    """Keep the epochs, and the epoch count at which the new curve meets the old one, where they differ."""
    n, target = after.iterations_per_epoch, seam.lr_before
    if not n or not target or before.epochs is None or after.epochs is None:
        return []
    block = block_as_meant(after.config.optimization)
    if _keeps_initial_lr(after):
        return []  # their lr does not depend on the number of epochs
    factors = _Factors(block, n, start, target)
    ways = []
    if before.epochs > start.epoch and (kept := factors(before.epochs)) is not None:
        ways.append(Way(_("keep the epochs"), before.epochs, kept, _kept_text(before, after, kept)))
    best = _best_epochs(factors, start.epoch + 1, 4 * max(before.epochs, after.epochs, start.epoch + 1))
    if best is not None and (not ways or abs(math.log(best[1])) < abs(math.log(ways[0].lr_factor)) - 1e-12):
        ways.append(Way(_("meet the old curve"), best[0], best[1], _met_text(*best, factors.rising(best[0]))))
    return ways


@dataclass
class _Factors:
    """The jump at the seam as a function of the number of epochs; None where there is none to speak of."""

    block: Mapping[str, object]
    per_epoch: int
    start: Checkpoint
    target: float

    def __call__(self, epochs: int) -> float | None:
        points = self._read(epochs, self.start.iteration)
        factor = _ratio(points[0], self.target) if points else None
        return factor if factor is not None and factor > 0 else None

    def rising(self, epochs: int) -> bool:
        """Whether lr is higher at the next iteration than at the seam."""
        points = self._read(epochs, self.start.iteration, self.start.iteration + 1)
        return bool(points) and points[-1] > points[0]

    def _read(self, epochs: int, *iterations: int) -> list[float]:
        points = probe(self.block, iterations, self.per_epoch, epochs, self.start)
        return [lr for lr, _momentum in points or ()]


def _best_epochs(factors: _Factors, least: int, most: int) -> tuple[int, float] | None:
    """The epoch count from `least` on with the smallest jump, and the jump.

    `most` is how far the search goes at first; it goes on for as long as the farthest count is the best.
    """
    farthest = least + _FARTHEST
    most = min(max(most, least), farthest)
    while (best := _closest(factors, least, most)) is not None and best[0] == most < farthest:
        most = min(2 * most, farthest)
    return best


def _closest(factors: _Factors, least: int, most: int) -> tuple[int, float] | None:
    """The epoch count from `least` to `most` with the smallest jump, and the jump.

    Every count is tried where they are few; else some of them, and then all (or again some) around the best.
    """
    while True:
        step = max(1, -(-(most - least) // _TRIALS))
        found = [(epochs, factor) for epochs in range(least, most + 1, step) if (factor := factors(epochs))]
        if not found:
            return None
        best = min(found, key=lambda pair: abs(math.log(pair[1])))
        if step == 1:
            return best
        least, most = max(least, best[0] - step), min(most, best[0] + step)


def _kept_text(before: Run, after: Run, factor: float) -> str:
    if math.isclose(factor, 1, rel_tol=1e-9):
        return _("With {epochs} epochs, as before, the curve goes on where it was.", epochs=before.epochs)
    words = _("With {epochs} epochs, as before, lr still changes by a factor of {factor:.4g}.")
    if before.iterations_per_epoch != after.iterations_per_epoch:
        words = _(
            "With {epochs} epochs, as before, lr still changes by a factor of {factor:.4g}. An epoch now has another "
            "number of iterations, so the same epochs are another curve."
        )
    return words.format(epochs=before.epochs, factor=factor)


def _met_text(epochs: int, factor: float, rising: bool) -> str:
    words = _(
        "Of the whole epoch counts, {epochs} comes closest to the old lr: a factor of {factor:.4g} remains. The new "
        "curve goes on down from there."
    )
    if rising:
        words = _(
            "Of the whole epoch counts, {epochs} comes closest to the old lr: a factor of {factor:.4g} remains. The "
            "new curve goes up from there: it is still in its warm-up."
        )
    return words.format(epochs=epochs, factor=factor)


def _keeps_initial_lr(run: Run) -> bool:
    """Whether torch's own optimizer and schedule run, which keep their initial lr in the checkpoint.

    A schedule that the loop computes from LR at each iteration keeps none.
    """
    block, trainer = run.config.optimization, run.resolved.trainer
    schedule = trainer.schedule(block) if trainer else None
    computed = schedule is not None and schedule.kind in ("poly", "cosine after step")
    return run.optimizer is not None and not run.optimizer.wrapped and not computed
