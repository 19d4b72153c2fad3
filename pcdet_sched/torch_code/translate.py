"""The same schedule as torch code, and how far it is from the trainer's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pcdet_sched.compare.metrics import summed
from pcdet_sched.key import is_number
from pcdet_sched.keys import block_as_meant
from pcdet_sched.language import N_, _
from pcdet_sched.simulation import simulate
from pcdet_sched.torch_code import snippets
from pcdet_sched.trainer.model import dummy_model
from pcdet_sched.trainer_records import MASTER, builder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.simulation import Run
    from pcdet_sched.trainer_records import Optimizer, Schedule, Trainer


Form = str
"""The name of torch's class that the code builds."""


class TranslationError(ValueError):
    """A block that has no curve, or whose values are no numbers, cannot be written as code."""


@dataclass(frozen=True)
class Gap:
    """How far the code's curve is from the trainer's in one respect: both values, and at which iteration (or None)."""

    name: str
    trainer: float
    code: float
    iteration: int | None
    why: str

    @property
    def relative(self) -> float:
        """The difference as a share of the trainer's value; infinite where that is 0 and the code's is not."""
        if self.trainer == self.code:
            return 0.0
        return abs(self.code - self.trainer) / abs(self.trainer) if self.trainer else math.inf


@dataclass(frozen=True)
class Translation:
    """Runnable `code` with a function `build(model)`, the `form` of its scheduler, the measured `gaps`, `notes`.

    `build` returns the optimizer and the scheduler; `scheduler.step()` goes after every `optimizer.step()`.
    """

    form: Form
    code: str
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]


def forms(run: Run) -> tuple[Form, ...]:
    """The forms that this run's schedule can be written in, the most familiar first."""
    _, _, schedule = _parts(run)
    if schedule is not None and schedule.kind in snippets.NATIVE:
        return (snippets.NATIVE[schedule.kind][0],)
    one_cycle = schedule is not None and schedule.kind == "one-cycle" and not _late(run)
    return ("OneCycleLR", "LambdaLR") if one_cycle else ("LambdaLR",)


def _parts(run: Run) -> tuple[Trainer, Optimizer | None, Schedule | None]:
    """What drives the run: the trainer whose builders make what was meant, its optimizer and its schedule."""
    block = run.config.optimization
    trainer = builder(run.resolved.trainer or MASTER, block)
    return trainer, trainer.optimizer(block.get("OPTIMIZER")), trainer.schedule(block)


def _late(run: Run) -> bool:
    return run.resolved.trainer is not None and run.resolved.trainer.order == "after"


def translate(run: Run, form: Form | None = None) -> Translation:
    """Write a run's schedule as torch code and measure the gap, at the run's own points and around torch's boundary.

    `form` is one of `forms(run)`, by default the first. Raises TranslationError where there is no curve to write, or
    the run was resumed: torch's schedulers know no checkpoint of this trainer.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 10, OPTIMIZER: adam_onecycle, LR: 0.01,"
    >>> text += " PCT_START: 0.4, WEIGHT_DECAY: 0.01, MOMS: [0.95, 0.85], DIV_FACTOR: 10,"
    >>> text += " DECAY_STEP_LIST: [], GRAD_NORM_CLIP: 10}"
    >>> run = ps.simulate(ps.load(text), ps.RunPlan(iters_per_epoch=100))
    >>> found = translate(run)
    >>> [(gap.name, gap.iteration, round(gap.relative, 4)) for gap in found.gaps[:2]]
    [('largest gap in lr', 700, 0.0052), ('iteration of the peak', None, 0.0025)]
    """
    form = form or forms(run)[0]
    if form not in forms(run):
        raise TranslationError(
            _("{optimizer} cannot be written as {form}", optimizer=run.config.optimization.get("OPTIMIZER"), form=form)
        )
    values = _values(run)
    if values["kind"] in snippets.NATIVE:
        note = _("The class that the trainer builds: the gap is rounding.")
        return Translation(form, snippets.native(values), (), (note,))
    if form == "OneCycleLR":
        return Translation(
            form, snippets.one_cycle(values), tuple(_one_cycle_gaps(run, values)), tuple(map(_, _ONE_CYCLE_NOTES))
        )
    if values["wrapped"]:
        note = _("The trainer's own formula: the gap is rounding.")
        if values["kind"] != "one-cycle":
            note = _("The trainer's own formula, constant within an epoch: the gap is rounding.")
        return Translation(form, snippets.cycle(values), (), (note,))
    l2 = _("The decay is L2 in the gradient, not decoupled: Adam and SGD, not AdamW.")
    notes = () if values["family"] == "AdamW" else (l2,)
    return Translation(form, snippets.formula(values), (), notes)


_ONE_CYCLE_NOTES = (
    N_(
        "torch's warm-up ends at PCT_START · T − 1, not at int(PCT_START · T): its peak comes about one iteration "
        "early."
    ),
    N_("torch reaches the final lr in its last iteration; the trainer stops one short of it."),
    N_("AdamW shrinks every parameter by 1 − lr·weight_decay before Adam's step, as the trainer's wrapper does."),
    N_("AdamW's other defaults differ: beta2 is 0.99 in the trainer unless BETAS says otherwise, 0.999 in torch."),
)


def _values(run: Run) -> dict[str, object]:
    """The numbers that the code is made of. Nothing else from the file gets into it."""
    if not run.has_curve or run.iterations_per_epoch is None or run.epochs is None:
        raise TranslationError(_("this block has no curve to translate"))
    if run.plan.checkpoint is not None:
        raise TranslationError(_("a resumed run cannot be translated; translate it from its beginning"))
    block = {**run.config.optimization, **_meant_numbers(run)}
    trainer, optimizer, schedule = _parts(run)
    if optimizer is None or schedule is None:
        raise TranslationError(_("OPTIMIZER {name!r} is not one of the trainer's", name=block.get("OPTIMIZER")))
    if schedule.kind not in (("one-cycle", "cosine by epoch") if optimizer.wrapped else snippets.KINDS):
        words = _("{optimizer} under the schedule {kind} cannot be written as code")
        raise TranslationError(words.format(optimizer=optimizer.name, kind=schedule.kind))
    total, epochs = run.scheduled_iterations or 0, run.epochs
    warmup = trainer.warmup != "unread" and not optimizer.wrapped and bool(block.get("LR_WARMUP"))
    needed = {"LR", "WEIGHT_DECAY", *schedule.reads, *(("WARMUP_EPOCH", "DIV_FACTOR") if warmup else ())}
    needed |= {"MOMENTUM"} if optimizer.family == "SGD" else set()
    values: dict[str, object] = {key: _checked(key, block.get(key, _DEFAULTS.get(key))) for key in sorted(needed)}
    read = optimizer.wrapped and trainer.reads_betas
    betas = _checked("BETAS", block.get("BETAS", list(optimizer.betas))) if read else optimizer.betas
    limit = block.get("GRAD_NORM_CLIP")
    first = simulate(run.config, run.plan, iterations=[0]).curve.iloc[0] if _late(run) else None
    return values | {
        "OPTIMIZER": optimizer.name, "family": optimizer.family, "wrapped": optimizer.wrapped, "kind": schedule.kind,
        "betas": optimizer.betas, "beta2": betas[1], "total": total, "epochs": epochs,
        "per_epoch": run.iterations_per_epoch,
        "pass": total // max(epochs, 1),  # a pass of the loader: more than an epoch if merged
        "LR_WARMUP": warmup, "warmup_stops": trainer.warmup == "stops", "late": first is not None,
        "first": None if first is None else float(first["lr"]),
        "first_momentum": None if first is None else float(first["momentum"]),
        "LR_BB": _checked("LR_BB", block["LR_BB"]) if "lr_2" in run.columns else None,
        "GRAD_NORM_CLIP": limit if is_number(limit) and trainer.clips(limit) else None,
    }  # fmt: skip


_DEFAULTS = {"DECAY_STEP_LIST": [5, 10, 15, 20]}
"""What MTR takes where the block has none; every other trainer needs the key."""


def _meant_numbers(run: Run) -> dict[str, object]:
    """What `block_as_meant` mends, without the keys that it sets aside."""
    block = run.config.optimization
    meant = block_as_meant(block)
    return {key: meant[key] for key in block if key not in ("WEIGHT_DECAY", "BETAS", "GRAD_NORM_CLIP", "USE_AMP")}


def _checked(key: str, value: object) -> Any:
    items = value if isinstance(value, list) else [value]
    if key in ("MOMS", "BETAS") and len(items) != 2:
        raise TranslationError(_("{key} must be two numbers, not {value!r}", key=key, value=value))
    for item in items:
        if not isinstance(item, (int, float, bool)) or not abs(item) < 1e300:
            raise TranslationError(
                _("{key} must be a number to be written as code, not {value!r}", key=key, value=value)
            )
    return value


def _one_cycle_gaps(run: Run, values: snippets.Values) -> list[Gap]:
    total = values["total"]
    if not values["PCT_START"] < 1 < values["PCT_START"] * total or run.total_iterations != total:
        raise TranslationError(
            _("OneCycleLR needs PCT_START below 1, a warm-up of two iterations and no merged epochs")
        )
    boundary = values["PCT_START"] * total - 1
    around = range(max(0, math.floor(boundary) - 1), min(total, math.ceil(boundary) + 3))
    points = sorted({*run.columns["iteration"].tolist(), *around})
    curve = simulate(run.config, run.plan, iterations=points).curve
    ours = curve["lr"].to_numpy(), curve["momentum"].to_numpy()
    theirs = one_cycle_lr(values, points)
    k = np.array(points)
    decay = [summed(k, lr * values["WEIGHT_DECAY"]) for lr in (ours[0], theirs[0])]
    peak, torch_peak = (int(k[int(np.argmax(lr))]) for lr in (ours[0], theirs[0]))
    return [
        _largest(
            _("largest gap in lr"), k, ours[0], theirs[0], _("its boundary and its end lie one iteration earlier")
        ),
        Gap(_("iteration of the peak"), peak, torch_peak, None, _("boundary at PCT_START · T − 1")),
        _largest(_("largest gap in beta1"), k, ours[1], theirs[1], _("beta1 mirrors lr")),
        Gap(
            _("final lr"), float(ours[0][-1]), float(theirs[0][-1]), total - 1, _("torch arrives, the trainer does not")
        ),
        Gap(_("total decay Σ lr·wd"), decay[0], decay[1], None, _("follows from lr")),
    ]


def _largest(name: str, k: NDArray[np.int64], ours: NDArray[np.float64], theirs: NDArray[np.float64], why: str) -> Gap:
    worst = int(np.argmax(np.abs(ours - theirs)))
    return Gap(name, float(ours[worst]), float(theirs[worst]), int(k[worst]), why)


def one_cycle_lr(values: snippets.Values, iterations: Iterable[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lr and beta1 (float64) of AdamW under OneCycleLR with these values of a block and `total` iterations.

    torch's closed form depends on the iteration alone, so it need not be stepped through.

    >>> block = {"LR": 0.01, "DIV_FACTOR": 10, "PCT_START": 0.4, "MOMS": [0.95, 0.85], "total": 100}
    >>> one_cycle_lr(block, [0, 39])[0].tolist()
    [0.0009999999999999992, 0.01]
    """
    up, down = values["MOMS"]
    optimizer = torch.optim.AdamW(dummy_model().parameters(), lr=values["LR"], betas=(up, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=values["LR"],
        total_steps=values["total"],
        pct_start=values["PCT_START"],
        base_momentum=down,
        max_momentum=up,
        div_factor=values["DIV_FACTOR"],
        final_div_factor=1e4,
    )
    optimizer.step()  # without gradients it changes nothing; torch warns of a schedule that moves before any step
    lr, beta1 = [], []
    for iteration in iterations:
        schedule.last_epoch = iteration - 1
        schedule.step()
        lr.append(optimizer.param_groups[0]["lr"])
        beta1.append(optimizer.param_groups[0]["betas"][0])
    return np.array(lr, dtype=np.float64), np.array(beta1, dtype=np.float64)
