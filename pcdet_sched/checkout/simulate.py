"""Config, plan and checkout → Run: the curve that the checkout's own code gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import yaml
from easydict import EasyDict

from pcdet_sched.checkout.find import Checkout, find
from pcdet_sched.checkout.result import CheckoutError, Order, Stepped
from pcdet_sched.checkout.run import Allowance, Done, run
from pcdet_sched.crash import Crash
from pcdet_sched.language import _
from pcdet_sched.plan import Checkpoint, RunPlan
from pcdet_sched.simulation import Iterations, Run, simulate
from pcdet_sched.trainer.clock import Clock
from pcdet_sched.trainer.settings import Settings, loader_length, read_settings
from pcdet_sched.trainer.stages import DryRun
from pcdet_sched.trainer_records import CLASSIC, TRAINERS
from pcdet_sched.trainer_records.auto import Resolved, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pcdet_sched.config import Config
    from pcdet_sched.trainer_records import Trainer


_COMPARED = 400
# A checkout does what a known trainer does where each lr and momentum is within this share of its value.
_CLOSE = 1e-12
_SHARE, _MOST_ROWS = 2e-4, 4_000
LONGEST = 5_000_000
"""Iterations that a checkout's code is stepped through at most."""


def simulate_checkout(
    config: Config,
    plan: RunPlan,
    checkout: Checkout | Path | str,
    iterations: Iterations = None,
    *,
    limits: Allowance = Allowance(),  # noqa: B008 - frozen
    tell: Callable[[int], None] | None = None,
) -> Run:
    """Step the code of a checkout through the whole run, in a process of its own, and say what it did.

    This executes the checkout's code: give it a path of your own only. Batch size, epochs and the loader's length are
    read as `tools/train.py` of OpenPCDet reads them; from build_optimizer on it is the checkout's own code.
    `iterations` is as `simulate` has it. Where the code stops, `run.crash` says so and the curve has what was stepped
    before. `run.checkout` says which code that was, and which known trainers do the same. `tell` takes the number of
    iterations done.

    Raises CheckoutError, a sentence, where the code cannot be run, asks for what there is no stand-in for, or takes
    more time or memory than `limits`; ValueError for an iteration that the run does not have.
    """
    checkout = checkout if isinstance(checkout, Checkout) else find(Path(checkout))
    before = _Before(config, plan)
    if before.crash is not None or before.settings is None:
        return _stopped_before(config, plan, before)
    order = _order(config, plan, before.settings, before.length)
    answer = run(checkout, [order], limits, tell)
    done = answer.done[0]
    if done.outcome.trouble:
        raise CheckoutError(_("The checkout cannot be run: {why}.", why=done.outcome.trouble))
    paths = [file.path for file in answer.files]
    stepped = Stepped(
        root=str(checkout.root),
        commit=checkout.commit,
        changed=checkout.changed(paths),
        files=answer.files,
        loop="scheduler" if done.outcome.loop_trouble else "train_model",
        loop_trouble=done.outcome.loop_trouble,
        facts=done.outcome.facts,
        stop=done.outcome.stop,
        same_as=(),
    )
    return _run(config, plan, before, done, stepped, iterations)


def order_of(config: Config, plan: RunPlan) -> Order | None:
    """What the child process is asked for a run; None where it stops before any of the checkout's code is reached."""
    before = _Before(config, plan)
    return None if before.crash or before.settings is None else _order(config, plan, before.settings, before.length)


class _Before:
    """The stages before build_optimizer, by OpenPCDet's rule: settings and the loader's length, or where it stops."""

    def __init__(self, config: Config, plan: RunPlan) -> None:
        self.settings: Settings | None = None
        self.length = 0
        self.crash: Crash | None = None
        stage = "load"
        try:
            document = EasyDict(config.document | {"OPTIMIZATION": config.optimization})
            stage = "config"
            self.settings = read_settings(document.OPTIMIZATION, plan)
            stage = "dataloader"
            self.length = loader_length(self.settings, plan)
        except Exception as error:  # noqa: BLE001 - whatever the user's values lead to is the answer
            self.crash = Crash(stage, None, type(error).__name__, str(error))


def _order(config: Config, plan: RunPlan, settings: Settings, length: int) -> Order:
    epochs = settings.epochs
    if isinstance(epochs, int) and length * epochs > LONGEST:
        message = _(
            "The run has {n} iterations; a checkout is stepped through {most} at most.", n=length * epochs, most=LONGEST
        )
        raise CheckoutError(message)
    batch_size = settings.batch_size if type(settings.batch_size) is int else 1
    left = -(-(plan.samples or 0) // plan.gpus) % batch_size
    start = plan.checkpoint or Checkpoint(0, 0)
    document = config.document | {"OPTIMIZATION": config.optimization}
    try:
        text = yaml.safe_dump(document, allow_unicode=True)
    except yaml.YAMLError as error:
        raise CheckoutError(_("This file's values cannot be handed to the checkout: {why}.", why=error)) from error
    return Order(
        document=text,
        iters_per_epoch=length,
        total_epochs=yaml.safe_dump(epochs),
        batch_size=batch_size,
        last_batch=left or batch_size,
        use_amp=yaml.safe_dump(settings.use_amp),
        merge=plan.merge_all_iters_to_one_epoch,
        start_epoch=start.epoch,
        start_iter=start.iteration,
        initial_lr=start.initial_lr,
    )


def _stopped_before(config: Config, plan: RunPlan, before: _Before) -> Run:
    """The run that ends before any of the checkout's own code is reached."""
    known = simulate(config, plan, iterations=[])
    stopped = replace(known.dry_run, crash=before.crash)
    return replace(known, dry_run=stopped, resolved=_resolved(config, plan, None, ""))


def _run(config: Config, plan: RunPlan, before: _Before, done: Done, stepped: Stepped, iterations: Iterations) -> Run:
    settings, start = before.settings, plan.checkpoint or Checkpoint(0, 0)
    epochs = settings.epochs if settings and isinstance(settings.epochs, int) else None
    stop = done.outcome.stop
    crash = None if stop is None else Crash(stop.stage, stop.iteration, stop.exception, stop.message)
    per_epoch = before.length // max(epochs or 1, 1) if plan.merge_all_iters_to_one_epoch else before.length
    clock = Clock(max(per_epoch, 1), epochs or 0, start.epoch, start.iteration)
    frame = _frame(done.rows, clock)
    same = _same_as(config, plan, frame, crash)
    plotted = _asked(frame, None)
    stepped = replace(stepped, same_as=tuple(trainer.name for trainer, known in same))
    return Run(
        config=config,
        plan=plan,
        dry_run=DryRun(crash, settings, before.length),
        columns={str(name): column.to_numpy() for name, column in _asked(frame, iterations).items()},
        boundaries=dict(zip(plotted["iteration"].tolist(), plotted["lr"].tolist(), strict=True)),
        iterations_per_epoch=per_epoch,
        total_iterations=None if epochs is None else clock.end - clock.first,
        scheduled_iterations=None if epochs is None else before.length * epochs,
        first_iteration=clock.first,
        epochs=epochs,
        batch_size_per_gpu=settings.batch_size if settings and type(settings.batch_size) is int else None,
        phases=same[0][1].phases if same else (),
        resolved=_resolved(config, plan, same[0][0] if same else None, stepped.sentence),
        checkout=stepped,
    )


def _frame(rows: NDArray[np.float64], clock: Clock) -> pd.DataFrame:
    iteration = rows[:, 0].astype(np.int64)
    epoch = clock.first_epoch + (iteration - clock.aligned) // clock.per_epoch
    columns = {"iteration": iteration, "epoch": epoch, "lr": rows[:, 1], "momentum": rows[:, 2]}
    if not np.array_equal(rows[:, 1], rows[:, 3], equal_nan=True):
        columns["lr_2"] = rows[:, 3]
    return pd.DataFrame(columns)


def _asked(frame: pd.DataFrame, iterations: Iterations) -> pd.DataFrame:
    if isinstance(iterations, str):
        return frame
    if iterations is None:
        names = [name for name in ("lr", "momentum", "lr_2") if name in frame]
        return pd.DataFrame(frame.iloc[needed(frame[names].to_numpy())].reset_index(drop=True))
    at = pd.Index(frame["iteration"]).get_indexer(pd.Index(list(iterations), dtype="int64"))
    if (at < 0).any():
        missing = list(iterations)[int(np.flatnonzero(at < 0)[0])]
        raise ValueError(f"iteration {missing} was not stepped: there are {len(frame)} of them")
    return pd.DataFrame(frame.iloc[at].reset_index(drop=True))


def _same_as(config: Config, plan: RunPlan, frame: pd.DataFrame, crash: Crash | None) -> list[tuple[Trainer, Run]]:
    """The known trainers that stop where this one does, or give the same at as many iterations as a plot has."""
    asked = _asked(frame, None)["iteration"].to_numpy()
    if len(asked):
        asked = asked[np.unique(np.linspace(0, len(asked) - 1, min(len(asked), _COMPARED)).astype(int))]
    found = []
    for trainer in TRAINERS:
        try:
            known = simulate(config, replace(plan, trainer=trainer.name), iterations=[] if crash else asked.tolist())
        except ValueError:  # a run of another length
            continue
        if crash is not None:
            same = known.crash is not None and _stop(known.crash) == _stop(crash)
        else:
            same = known.crash is None and known.total_iterations == len(frame) and _equal(frame, known.curve)
        if same:
            found.append((trainer, known))
    return found


def _stop(crash: Crash) -> tuple[str, int | None, str]:
    return crash.stage, crash.iteration, crash.exception


def _equal(frame: pd.DataFrame, known: pd.DataFrame) -> bool:
    mine = frame.set_index("iteration").loc[known["iteration"]]
    return not apart(values(mine), values(known)).any()


def _resolved(config: Config, plan: RunPlan, trainer: Trainer | None, sentence: str) -> Resolved:
    """The record that stands for the checkout where only a known trainer can be asked: the same, or the likeliest."""
    likeliest = trainer or resolve(plan.trainer, config.optimization).trainer or CLASSIC
    return Resolved(likeliest, "by hand", told=sentence)


def values(curve: pd.DataFrame) -> NDArray[np.float64]:
    """lr, momentum and the lr of the last parameter group, one row for each of a curve's."""
    last = curve["lr_2"] if "lr_2" in curve else curve["lr"]
    return np.column_stack([curve["lr"], curve["momentum"], last])


def apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which rows of two such arrays are not the same."""
    off: NDArray[np.bool_] = np.any(~np.isclose(ours, theirs, rtol=_CLOSE, atol=0.0, equal_nan=True), axis=1)
    return off


def needed(columns: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows such that straight lines between them stay within 0.02% of each column's range; at most about 4,000.

    `columns` has shape (rows, columns). The first and the last row are among them.

    >>> needed(np.array([[0.0], [1.0], [2.0], [0.0], [0.0]])).tolist()
    [0, 2, 3, 4]
    """
    last = len(columns) - 1
    if last < 1:
        return np.arange(len(columns))
    span = np.nanmax(columns, axis=0) - np.nanmin(columns, axis=0)
    scaled = np.nan_to_num(columns / np.where(span > 0, span, 1.0))
    kept, todo = {0, last}, [(0, last)]
    while todo and len(kept) < _MOST_ROWS:
        start, end = todo.pop(0)
        if end - start < 2:
            continue
        share = np.linspace(0.0, 1.0, end - start + 1)[:, None]
        line = scaled[start] + share * (scaled[end] - scaled[start])
        off = np.abs(scaled[start : end + 1] - line).max(axis=1)
        furthest = start + int(np.argmax(off))
        if off[furthest - start] > _SHARE and start < furthest < end:
            kept.add(furthest)
            todo += [(start, furthest), (furthest, end)]
    return np.array(sorted(kept), dtype=np.int64)
