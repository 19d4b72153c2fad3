"""The same schedule as torch code, and how far it is from the trainer's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pcdet_sched.compare.metrics import summed
from pcdet_sched.keys import block_as_meant
from pcdet_sched.torch_code import snippets
from pcdet_sched.torch_code.curve import one_cycle_lr
from pcdet_sched.trainer_records import MASTER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.simulation import Run

Form = Literal["OneCycleLR", "LambdaLR"]


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
    """The forms that this run's optimizer can be written in, the most familiar first."""
    one_cycle = run.config.optimization.get("OPTIMIZER") == "adam_onecycle"
    return ("OneCycleLR", "LambdaLR") if one_cycle else ("LambdaLR",)


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
        raise TranslationError(f"{run.config.optimization.get('OPTIMIZER')} cannot be written as {form}")
    values = _values(run)
    if form == "OneCycleLR":
        return Translation(form, snippets.one_cycle(values), tuple(_one_cycle_gaps(run, values)), _ONE_CYCLE_NOTES)
    code, notes = snippets.lambda_lr(values)
    return Translation(form, code, (), notes)


_ONE_CYCLE_NOTES = (
    "torch's warm-up ends at PCT_START · T − 1, not at int(PCT_START · T): its peak comes about one iteration early.",
    "torch reaches the final lr in its last iteration; the trainer stops one short of it.",
    "AdamW shrinks every parameter by 1 − lr·weight_decay before Adam's step, as the trainer's wrapper does.",
    "AdamW's other defaults differ: beta2 is 0.99 in the trainer unless BETAS says otherwise, 0.999 in torch.",
)


def _values(run: Run) -> dict[str, Any]:
    """The numbers that the code is made of. Nothing else from the file gets into it."""
    if run.curve.empty or run.iterations_per_epoch is None or run.epochs is None:
        raise TranslationError("this block has no curve to translate")
    if run.plan.checkpoint is not None:
        raise TranslationError("a resumed run cannot be translated; translate it from its beginning")
    block = {**run.config.optimization, **_meant_numbers(run)}
    name = block.get("OPTIMIZER")
    needed = snippets.NEEDED.get(str(name))
    if needed is None:
        raise TranslationError(f"OPTIMIZER {name!r} is not one of the trainer's")
    values: dict[str, Any] = {"OPTIMIZER": name, "total": run.scheduled_iterations, "epochs": run.epochs}
    values["per_epoch"] = run.iterations_per_epoch
    values["pass"] = (run.scheduled_iterations or 0) // max(run.epochs, 1)  # a pass of the loader: more if merged
    for key in (*needed, *(snippets.WARMUP if block.get("LR_WARMUP") and not _wrapped(name) else ())):
        values[key] = _checked(key, block.get(key, snippets.DEFAULTS.get(key)))
    return values


def _wrapped(name: Any) -> bool:
    optimizer = MASTER.optimizer(name)
    return optimizer is not None and optimizer.wrapped


def _meant_numbers(run: Run) -> dict[str, Any]:
    """What `block_as_meant` mends, without the keys that it sets aside."""
    block = run.config.optimization
    meant = block_as_meant(block)
    return {key: meant[key] for key in block if key not in ("WEIGHT_DECAY", "BETAS", "GRAD_NORM_CLIP", "USE_AMP")}


def _checked(key: str, value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    if key in ("MOMS", "BETAS") and len(items) != 2:
        raise TranslationError(f"{key} must be two numbers, not {value!r}")
    for item in items:
        if not isinstance(item, (int, float, bool)) or not abs(item) < 1e300:
            raise TranslationError(f"{key} must be a number to be written as code, not {value!r}")
    return value


def _one_cycle_gaps(run: Run, values: dict[str, Any]) -> list[Gap]:
    from pcdet_sched.simulation import simulate

    total = values["total"]
    if not values["PCT_START"] < 1 < values["PCT_START"] * total or run.total_iterations != total:
        raise TranslationError("OneCycleLR needs PCT_START below 1, a warm-up of two iterations and no merged epochs")
    points = sorted({*run.curve["iteration"].tolist(), *_around(values["PCT_START"] * total - 1, total)})
    curve = simulate(run.config, run.plan, iterations=points).curve
    ours = curve["lr"].to_numpy(), curve["momentum"].to_numpy()
    theirs = one_cycle_lr(values, points)
    k = np.array(points)
    decay = [summed(k, lr * values["WEIGHT_DECAY"]) for lr in (ours[0], theirs[0])]
    peak, torch_peak = (int(k[int(np.argmax(lr))]) for lr in (ours[0], theirs[0]))
    return [
        _largest("largest gap in lr", k, ours[0], theirs[0], "its boundary and its end lie one iteration earlier"),
        Gap("iteration of the peak", peak, torch_peak, None, "boundary at PCT_START · T − 1"),
        _largest("largest gap in beta1", k, ours[1], theirs[1], "beta1 mirrors lr"),
        Gap("final lr", float(ours[0][-1]), float(theirs[0][-1]), total - 1, "torch arrives, the trainer does not"),
        Gap("total decay Σ lr·wd", decay[0], decay[1], None, "follows from lr"),
    ]


def _around(boundary: float, total: int) -> range:
    return range(max(0, math.floor(boundary) - 1), min(total, math.ceil(boundary) + 3))


def _largest(name: str, k: Any, ours: NDArray[np.float64], theirs: NDArray[np.float64], why: str) -> Gap:
    worst = int(np.argmax(np.abs(ours - theirs)))
    return Gap(name, float(ours[worst]), float(theirs[worst]), int(k[worst]), why)
