"""A checkout beside the known trainers: many small blocks are taken through both, and what differs is told."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pcdet_sched.checkout.find import Checkout, find, named_values
from pcdet_sched.checkout.result import Order, RanFile
from pcdet_sched.checkout.run import Allowance, Done, run
from pcdet_sched.checkout.simulate import apart, values
from pcdet_sched.config import load
from pcdet_sched.language import _
from pcdet_sched.plan import RunPlan
from pcdet_sched.simulation import Run, simulate
from pcdet_sched.trainer_records import MASTER, TRAINERS, Use

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.codec import Block
    from pcdet_sched.trainer_records import Trainer

_PER_EPOCH, _EPOCHS = 6, 6
BASE: Block = {
    "BATCH_SIZE_PER_GPU": 4, "NUM_EPOCHS": _EPOCHS, "OPTIMIZER": "adam_onecycle", "LR": 0.004, "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9, "MOMS": [0.95, 0.85], "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": [2, 4],
    "LR_DECAY": 0.1, "LR_CLIP": 0.0001, "LR_WARMUP": False, "WARMUP_EPOCH": 1, "WARMUP_ITER": 9, "POWER": 0.9,
    "STEP_EPOCH": 3, "GRAD_NORM_CLIP": 10,
}  # fmt: skip
"""A block that every known optimizer and schedule finds all of its keys in."""
_SELECTIONS = ("SCHEDULER", "LR_SCHEDULER")


@dataclass(frozen=True)
class Difference:
    """One aspect that is not the same: the checkout's and the nearest trainer's, in words."""

    aspect: str
    checkout: str
    nearest: str


@dataclass(frozen=True)
class Differences:
    """What a checkout does otherwise than the known trainer that is nearest to it; `probes`: blocks that were tried."""

    root: str
    commit: str | None
    changed: bool
    files: tuple[RanFile, ...]
    nearest: str
    probes: int
    rows: tuple[Difference, ...]

    @property
    def sentence(self) -> str:
        """Which trainer is nearest, and whether it is the same."""
        if self.rows:
            return _("Nearest known trainer: {name}; what differs:", name=self.nearest)
        return _(
            "Identical to {name} in all that matters here: {n} blocks did the same.", name=self.nearest, n=self.probes
        )


def differences(checkout: Checkout | Path | str, limits: Allowance = Allowance()) -> Differences:  # noqa: B008 - frozen
    """Take fifty to seventy small blocks through a checkout's code and through each known trainer, and compare.

    The code is executed, in a process of its own. Raises CheckoutError where that cannot be done.
    """
    checkout = checkout if isinstance(checkout, Checkout) else find(Path(checkout))
    blocks = _blocks(checkout)
    answer = run(checkout, [_order(block) for block in blocks.values()], limits)
    done = dict(zip(blocks, answer.done, strict=True))
    distinct = _distinct()
    told = {trainer.name: _told(trainer, blocks, done) for trainer in distinct}
    nearest = min(distinct, key=lambda trainer: len(told[trainer.name]))
    paths = [file.path for file in answer.files]
    rows = (*told[nearest.name], *_of_the_record(nearest, blocks, done))
    changed = checkout.changed(paths)
    return Differences(
        str(checkout.root), checkout.commit, changed, answer.files, nearest.name, len(blocks), tuple(rows)
    )


def _blocks(checkout: Checkout) -> dict[str, Block]:
    """What is tried, each under the words that tell it."""
    files = [checkout.optimization, checkout.loop]
    asked = named_values([*files, *checkout.optimization.parent.glob("*.py")])
    known = [optimizer.name for trainer in TRAINERS for optimizer in trainer.optimizers]
    own = [name for name in asked.get("OPTIMIZER", ()) if name]
    optimizers = list(dict.fromkeys([*own, *known]))
    found: dict[str, Block] = {f"OPTIMIZER: {name}": {**BASE, "OPTIMIZER": name} for name in optimizers}
    plain = next((name for name in own if "cycle" not in name and "anneal" not in name), "adam")
    wrapped = next((name for name in own if "cycle" in name), "adam_onecycle")
    for key in _SELECTIONS:
        values = [value for trainer in TRAINERS if (s := trainer.selection) and s.key == key for value in s.values]
        for value in dict.fromkeys([*asked.get(key, ()), *values]):
            for name in dict.fromkeys((plain, wrapped)):
                found[f"OPTIMIZER: {name}, {key}: {value}"] = {**BASE, "OPTIMIZER": name, key: value}
    single: Block = {
        "LR_WARMUP": True, "GRAD_NORM_CLIP": 0, "LR_BB": 0.0004, "BETAS": [0.8, 0.95], "PCT_START": 0,
    }  # fmt: skip
    basis = _basis(found, own, asked, plain)
    for key, changed in single.items():
        for name, block in basis.items():
            found[f"{name}, {key}: {json.dumps(changed)}"] = {**block, key: changed}
    for key in BASE:
        if key not in ("BATCH_SIZE_PER_GPU", "NUM_EPOCHS", "OPTIMIZER", "POWER", "STEP_EPOCH"):
            for name, block in basis.items():
                found[f"{name}, without {key}"] = {k: value for k, value in block.items() if k != key}
    return found


def _basis(
    found: Mapping[str, Block], own: Sequence[str], asked: Mapping[str, Sequence[str]], plain: str
) -> dict[str, Block]:
    """The blocks that single keys are changed in: a one-cycle and a plain optimizer, with a schedule of theirs."""
    names = [name for name in (next((name for name in own if "cycle" in name), None), plain) if name]
    basis: dict[str, Block] = {}
    for name in names:
        title = f"OPTIMIZER: {name}"
        for key in _SELECTIONS:
            values = asked.get(key, ())
            fitting = [v for v in values if ("cycle" in v.lower()) == ("cycle" in name)]
            if key == "SCHEDULER" and fitting:
                title = f"{title}, {key}: {fitting[0]}"
        basis[title] = found.get(title, {**BASE, "OPTIMIZER": name})
    return basis


def _order(block: Block) -> Order:
    text = json.dumps({"OPTIMIZATION": block})
    return Order(text, _PER_EPOCH, str(_EPOCHS), batch_size=4, last_batch=4)


def _distinct() -> list[Trainer]:
    """The known trainers, one of each kind: forks that do what OpenPCDet does are left to it."""
    found: list[Trainer] = []
    for trainer in TRAINERS:
        if not any(_bare_of(trainer) == _bare_of(other) for other in found):
            found.append(trainer)
    return found


def _bare_of(trainer: Trainer) -> Trainer:
    """A record without what only says whose it is."""
    return replace(trainer, name="", differs="", source="", stages=MASTER.stages, line="own", own_keys={})


def _told(trainer: Trainer, blocks: Mapping[str, Block], done: Mapping[str, Done]) -> list[Difference]:
    """The blocks that do not do the same under a known trainer."""
    rows, plan = [], RunPlan(iters_per_epoch=_PER_EPOCH, trainer=trainer.name)
    for name, block in blocks.items():
        known = simulate(load(json.dumps({"OPTIMIZATION": block})), plan, "all")
        if not _same(done[name], known):
            rows.append(Difference(name, _course(done[name]), _course_of(known, done[name])))
    return rows


def _same(done: Done, known: Run) -> bool:
    stop, crash = done.outcome.stop, known.crash
    if done.outcome.trouble:
        return False
    if stop is not None or crash is not None:
        return stop is not None and crash is not None and (stop.stage, stop.exception) == (crash.stage, crash.exception)
    return first_difference(done, known) is None


def first_difference(done: Done, known: Run) -> int | None:
    """The first row at which lr or momentum part by more than 1e-12 of the value; None where they never do."""
    curve, rows = known.curve, done.rows
    if len(curve) != len(rows):
        return min(len(curve), len(rows))
    found = np.flatnonzero(apart(rows[:, 1:], values(curve)))
    return int(found[0]) if len(found) else None


def _course(done: Done) -> str:
    outcome = done.outcome
    if outcome.trouble:
        return outcome.trouble
    if outcome.stop is not None:
        return _("{exception} in {stage}", exception=outcome.stop.exception, stage=outcome.stop.stage)
    return _lr(done.rows[:, 1])


def _course_of(known: Run, done: Done) -> str:
    if known.crash is not None:
        return _("{exception} in {stage}", exception=known.crash.exception, stage=known.crash.stage)
    lr, mine = known.curve["lr"].to_numpy(), done.rows[:, 1]
    if _lr(lr) == (_lr(mine) if len(mine) else ""):
        at = first_difference(done, known) or 0
        return _("{course}, differs from iteration {k} on", course=_lr(lr), k=at)
    return _lr(lr)


def _lr(lr: NDArray[np.float64]) -> str:
    if not len(lr):
        return _("no iteration")
    return _("lr {first} … {highest} … {last}", first=f"{lr[0]:.6g}", highest=f"{max(lr):.6g}", last=f"{lr[-1]:.6g}")


def _of_the_record(trainer: Trainer, blocks: Mapping[str, Block], done: Mapping[str, Done]) -> list[Difference]:
    """What a curve does not show: optimizer, keys read, order of an iteration, clipping."""
    rows: list[Difference] = []
    for name, block in blocks.items():
        facts, part = done[name].outcome.facts, trainer.optimizer(block.get("OPTIMIZER"))
        schedule = trainer.schedule(block)
        if done[name].outcome.stop or done[name].outcome.trouble or part is None or schedule is None:
            continue
        if facts.family != part.family:
            rows.append(Difference(_("{name}: torch's optimizer", name=name), facts.family, part.family))
        betas = tuple(block["BETAS"]) if part.wrapped and trainer.reads_betas and "BETAS" in block else part.betas  # type: ignore[arg-type]
        if facts.betas and part.family != "SGD" and facts.betas[1:] != betas[1:]:
            rows.append(Difference(_("{name}: second beta", name=name), f"{facts.betas[1]:g}", f"{betas[1]:g}"))
        if name.startswith("OPTIMIZER") and "," not in name:
            rows += _iteration(name, facts.events, trainer, part.wrapped)
            rows += _keys(name, facts.keys, trainer, block)
        if "GRAD_NORM_CLIP: 0" in name:
            clips = any(event.startswith("clip") for event in facts.events)
            if clips != trainer.clips(0):
                rows.append(Difference(_("{name}: clips", name=name), str(clips), str(not clips)))
    return rows


def _iteration(name: str, events: Sequence[str], trainer: Trainer, wrapped: bool) -> list[Difference]:
    clip = [] if trainer.clipping == "never" else ["clip"]
    step = "scheduler(iteration, epoch)" if trainer.passes_epoch else "scheduler(iteration)"
    theirs = [*clip, "optimizer", step] if trainer.order == "after" else [step, *clip, "optimizer"]
    ours = [_bare(event) for event in events]
    if not any(event.startswith("scheduler") for event in ours) and not wrapped:
        theirs = [event for event in theirs if event != step]  # the loop sets lr by itself
    if ours == theirs:
        return []
    return [Difference(_("{name}: order of an iteration", name=name), ", ".join(ours), ", ".join(theirs))]


def _bare(event: str) -> str:
    """An event without the values that it came with: how many there are tells the trainers apart."""
    if event.startswith("clip"):
        return "clip"
    if event.startswith("scheduler(") and event != "scheduler()":
        return "scheduler(iteration, epoch)" if "," in event else "scheduler(iteration)"
    return event


def _keys(name: str, keys: Sequence[str], trainer: Trainer, block: Block) -> list[Difference]:
    """Keys of the block that only one of the two reads."""
    judged = [key for key in block if key not in ("BATCH_SIZE_PER_GPU", "NUM_EPOCHS")]
    ours = [key for key in judged if key in keys]
    theirs = [key for key in judged if trainer.use(key, block) not in (Use.UNREAD, Use.WARMUP)]
    if set(ours) == set(theirs):
        return []
    only = [key for key in ours if key not in theirs], [key for key in theirs if key not in ours]
    return [Difference(_("{name}: keys only one reads", name=name), *(", ".join(each) or "–" for each in only))]
