"""Other GPUs or another batch size: what changes by itself, and what people change with it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pcdet_sched.key import is_number
from pcdet_sched.language import N_, _
from pcdet_sched.trainer_records import find_optimizer

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run

UNSCALED = N_(
    "OpenPCDet scales nothing by itself: LR stays what the YAML says whatever the number of GPUs and the batch size."
)
NO_ACCUMULATION = N_(
    "This trainer cannot accumulate gradients: every iteration clears them, goes backward once and steps. The total "
    "batch is what the GPUs hold at a time."
)
ABSOLUTE_CLIP = N_("LR_CLIP is an lr, not a factor: it stays, so the floor comes sooner or later than it did.")

KEEP, LINEAR, ROOT = N_("keep"), N_("linear"), N_("square root")


@dataclass(frozen=True)
class LrRule:
    """What a rule for LR keeps as it was, when it fails, and who says so.

    `family` is the only one of torch's optimizers that the source made the rule for (None: any); of a block with
    another one `elsewhere` is said.
    """

    keeps: str
    fails: str
    source: str
    family: Literal["Adam", "SGD"] | None = None
    elsewhere: str = ""


RULES = {
    KEEP: LrRule(
        N_("LR, as the trainer does. The gradients of all GPUs are averaged, so a step stays as large as it was."),
        N_("With a smaller batch each step follows a noisier gradient, and there are more steps per epoch."),
        N_("OpenPCDet: it scales nothing"),
    ),
    LINEAR: LrRule(
        N_("How far the weights go per sample: one step of a batch k times as large goes as far as k steps would."),
        N_("Above a largest batch."),
        "Goyal et al. 2017",
        "SGD",
        N_("Its source made it for SGD with momentum, and {optimizer} is an Adam."),
    ),
    ROOT: LrRule(
        N_("The noise of a step, where a gradient is divided by its own size, as Adam does."),
        N_("It asks for other betas as well, and the trainer sets the first of them by MOMS."),
        "Malladi et al. 2022",
        "Adam",
        N_("Its source made it for Adam, and {optimizer} is none."),
    ),
}


@dataclass(frozen=True, eq=False)
class Proposal:
    """One way to go on: `config` with the edits in it (its `diff()` shows them), and the run that comes of it.

    `factor` is what LR is multiplied by, `edits` what is changed in the YAML, `keeps`, `fails` and `source` what the
    rule keeps as it was, when it fails (for this block's optimizer before all else), and who says so.
    """

    rule: str
    factor: float
    edits: dict[str, object]
    config: Config
    run: Run
    keeps: str
    fails: str
    source: str


@dataclass(frozen=True, eq=False)
class Move:
    """From one set of hardware to another: `tuned` as the config was tuned, `plan` of the new runs, the proposals.

    `total_before` and `total_after` are samples per iteration over all GPUs, `notes` sentences on what does not change.
    """

    tuned: Run
    plan: RunPlan
    total_before: int
    total_after: int
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...]

    @property
    def iterations(self) -> tuple[int | None, int | None]:
        """Total iterations before and after."""
        return self.tuned.total_iterations, self.proposals[0].run.total_iterations


def move(config: Config, plan: RunPlan, tuned: tuple[int, int], now: tuple[int, int]) -> Move:
    """What a config that was tuned for G GPUs × B samples each does on g × b, and the usual ways to adapt it.

    `tuned` is (G, B), `now` (g, b); they take the place of the plan's GPUs and batch size. A plan that gives
    iterations per epoch is taken to have had G × B samples in each. Raises ValueError for counts below 1.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 80, OPTIMIZER: adam_onecycle, LR: 0.003,"
    >>> text += " PCT_START: 0.4, WEIGHT_DECAY: 0.01, MOMS: [0.95, 0.85], DIV_FACTOR: 10, DECAY_STEP_LIST: []}"
    >>> moved = move(ps.load(text), ps.RunPlan(samples=3712), tuned=(8, 4), now=(2, 4))
    >>> moved.iterations, [p.config.optimization["LR"] for p in moved.proposals]
    ((9280, 37120), [0.003, 0.00075, 0.0015])
    """
    for count in (*tuned, *now):
        if count < 1:
            raise ValueError(_("GPUs and samples per GPU must be at least 1, not {n}", n=count))
    before = _plan(plan, tuned, tuned)
    after = _plan(plan, tuned, now)
    total_before, total_after = math.prod(tuned), math.prod(now)
    from pcdet_sched.simulation import simulate

    return Move(
        tuned=simulate(config.edit({"BATCH_SIZE_PER_GPU": tuned[1]}), before),
        plan=after,
        total_before=total_before,
        total_after=total_after,
        proposals=tuple(_proposals(config, after, now[1], total_after / total_before)),
        notes=tuple(map(_, _notes(config))),
    )


def _plan(plan: RunPlan, tuned: tuple[int, int], hardware: tuple[int, int]) -> RunPlan:
    """The plan on this hardware. The batch size goes into the YAML, so an override of it is dropped."""
    samples = plan.samples
    if samples is None and plan.iters_per_epoch is not None:
        samples = plan.iters_per_epoch * math.prod(tuned)
    return dataclasses.replace(plan, samples=samples, iters_per_epoch=None, gpus=hardware[0], batch_size=None)


def _proposals(config: Config, plan: RunPlan, batch: int, ratio: float) -> list[Proposal]:
    from pcdet_sched.simulation import simulate

    lr = config.optimization.get("LR")
    factors = {KEEP: 1.0}
    if is_number(lr) and ratio != 1:
        factors |= {LINEAR: ratio, ROOT: math.sqrt(ratio)}
    found = []
    for rule, factor in factors.items():
        edits: dict[str, object] = {"BATCH_SIZE_PER_GPU": batch}
        if rule != KEEP and is_number(lr):
            edits["LR"] = _rounded(lr * factor)
        edited = config.edit(edits)
        changed = {key: value for key, value in edits.items() if key in edited.edits}
        found.append(Proposal(rule, factor, changed, edited, simulate(edited, plan), *_said(rule, config)))
    return found


def _said(rule: str, config: Config) -> tuple[str, str, str]:
    """What the rule keeps, when it fails, whose it is: what the source itself limits it to comes first."""
    about, name = RULES[rule], config.optimization.get("OPTIMIZER")
    optimizer = find_optimizer(name)
    fails = _(about.fails)
    if about.family and optimizer is not None and not optimizer.family.startswith(about.family):
        fails = f"{_(about.elsewhere, optimizer=optimizer.name)} {fails}"
    return _(about.keeps), fails, _(about.source)


def _rounded(lr: float) -> float:
    """Six digits: more than any rule of thumb is good for, few enough to read.

    >>> _rounded(0.003 / 3), _rounded(0.003 * 2**0.5)
    (0.001, 0.00424264)
    """
    return float(f"{lr:.6g}")


def _notes(config: Config) -> list[str]:
    notes = [_(UNSCALED), _(NO_ACCUMULATION)]
    optimizer = find_optimizer(config.optimization.get("OPTIMIZER"))
    if optimizer is not None and "LR_CLIP" in optimizer.schedule.reads:
        notes.append(_(ABSOLUTE_CLIP))
    return notes
