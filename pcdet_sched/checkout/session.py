"""One run of a checkout's own code: its optimizer, its scheduler, its loop, and what they do at each iteration.

Only the child process uses this.
"""

from __future__ import annotations

import base64
import inspect
import tempfile
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
import yaml
from easydict import EasyDict

from pcdet_sched.checkout.code import Function, call, function
from pcdet_sched.checkout.dummies import Batch, Dummy, Loader, Noting, Outputs, Sampler, asked, watch
from pcdet_sched.checkout.result import Facts, Order, Outcome, Said, Stop, Work
from pcdet_sched.checkout.stand_ins import StandIn, StandInShort, give_up
from pcdet_sched.checkout.trouble import ends_all, is_trouble, place_of, told

if TYPE_CHECKING:
    from pcdet_sched.trainer.arithmetic import Group

Tell = Callable[[Said], None]
_CHUNK = 5_000
# So many iterations take real gradient steps: without and with an optimizer's state, and one more.
_REAL = 3
_FLOAT32 = 3e38
# The iteration whose events are told: the first that has one before it.
_WATCHED = 1
# So many helpers of a loop may turn out not to work on stand-ins.
_HELPERS = 12
_RANK = 1  # neither logs nor saves


class Parts:
    """The checkout's functions. `document` is what its own module config has as cfg: the file of the run under way."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.document = EasyDict()
        self.clip = Clip()

    def load(self) -> None:
        """Import them. What fails here has nothing to do with any run."""
        torch.nn.utils.clip_grad_norm_ = self.clip
        torch.nn.utils.clip_grad.clip_grad_norm_ = self.clip
        tools, optimization = Path(self.work.tools), Path(self.work.optimization)
        self.optimizer = function(optimization, tools, "build_optimizer")
        self.scheduler = function(optimization, tools, "build_scheduler")
        self.loop: Function | None = None
        self.loop_trouble = ""
        try:
            self.loop = function(Path(self.work.loop), tools, "train_model")
        except Exception as error:
            if ends_all(error):
                raise
            self.loop_trouble = told(error, self.work.root, self.work.megabytes)

    def without_helper(self, error: BaseException) -> bool:
        """Stand in for the helper of the checkout's package that an exception came from, if it came from one."""
        return give_up(error, Path(self.work.root), self.work.packages)


class Clip:
    """torch's clip_grad_norm_, which tells what it is called with, and does nothing while `light`."""

    def __init__(self) -> None:
        self.light = False
        self.real: Callable[..., torch.Tensor] = torch.nn.utils.clip_grad_norm_
        self.note: Callable[..., None] = lambda *_: None
        self.one = torch.tensor(1.0)

    def __call__(self, parameters: object, max_norm: object, *values: object, **named: object) -> torch.Tensor:
        """The norm, as torch gives it; 1 while light."""
        self.note("clip", max_norm)
        return self.one if self.light else self.real(parameters, max_norm, *values, **named)


def follow(parts: Parts, order: Order, tell: Tell) -> Outcome:
    """Take the checkout's code through one order: its own loop, or where that cannot be run its scheduler alone.

    Rows are told as they come. Nothing is raised but what ends all: sys.exit and too little memory.
    """
    if parts.loop is None:
        return _alone(parts, order, tell, parts.loop_trouble)
    run = Session(parts, order, tell)
    outcome = run.outcome(run.own_loop)
    for _attempt in range(_HELPERS):
        if run.error is None or run.stage != "train" or not parts.without_helper(run.error):
            break
        tell(Said(again=True))
        run = Session(parts, order, tell)
        outcome = run.outcome(run.own_loop)
    if outcome.trouble and run.stage == "train" and run.scheduler is not None:
        tell(Said(again=True))
        return _alone(parts, order, tell, outcome.trouble)
    return outcome


def _alone(parts: Parts, order: Order, tell: Tell, why: str) -> Outcome:
    run = Session(parts, order, tell)
    return replace(run.outcome(run.plain_loop), loop_trouble=why)


class Session:
    """The objects of one run."""

    def __init__(self, parts: Parts, order: Order, tell: Tell) -> None:
        self.parts, self.order, self.tell = parts, order, tell
        self.stage = "build_optimizer"
        self.error: Exception | None = None
        self.optimizer: Any = None
        self.scheduler: object = None
        self.warmup: object = None
        self.groups: list[Group] = []
        self.model = Dummy()
        self.rows = array("d")
        self.events: list[str] = []
        self.facts = Facts()
        self.epochs: Any = yaml.safe_load(order.total_epochs)
        planned = order.iters_per_epoch * self.epochs if isinstance(self.epochs, int) else 10**7
        batches = order.batch_size, order.last_batch
        self.loader = Loader(order.iters_per_epoch, *batches, most=2 * max(planned, 0) + 100)
        document = yaml.safe_load(order.document)
        document.pop("HOOK", None)
        document["OPTIMIZATION"].pop("HOOK", None)
        self.block = document["OPTIMIZATION"] = Noting(document["OPTIMIZATION"])
        parts.document.clear()
        parts.document.update(document)
        watch(self.block)

    def outcome(self, loop: Callable[[], None]) -> Outcome:
        """Build, and go through a loop."""
        work, stop, trouble = self.parts.work, None, ""
        try:
            self._build()
            self.stage = "train"
            loop()
        except Exception as error:
            if ends_all(error):
                raise
            self.error = error
            if is_trouble(error):
                trouble = told(error, work.root, work.megabytes)
            else:
                at = self.iteration if self.stage == "train" else None
                place = place_of(error, work.root)
                stop = Stop(self.stage, at, type(error).__name__, str(error)[:2000], place)
        finally:
            self.parts.clip.note = lambda *_: None
        self._flush()
        return Outcome(stop, self._facts(), self.loader.fetched, trouble=trouble)

    @property
    def iteration(self) -> int | None:
        """The iteration under way, counted over the whole run; None before the first."""
        return self.order.start_iter + self.loader.fetched - 1 if self.loader.fetched else None

    def _build(self) -> None:
        known = self._known()
        parts = {"model": self.model, "cfg": self.block, "config": self.block}
        self.optimizer = call(self.parts.optimizer, known, parts, strict=True)
        self.groups = getattr(self.optimizer, "param_groups", [])
        if isinstance(self.optimizer, StandIn) or not isinstance(self.groups, list) or not self.groups:
            raise StandInShort(f"build_optimizer gives {self.optimizer!r:.80}, which has no parameter groups")
        if self.order.start_iter:
            for group in self.groups:
                given = self.order.initial_lr
                group.setdefault("initial_lr", group["lr"] if given is None else given)
        group = self.groups[0]
        inner = getattr(self.optimizer, "opt", None) or self.optimizer
        self.facts = Facts(
            optimizer=type(self.optimizer).__name__,
            family=type(inner).__name__,
            groups=len(self.groups),
            betas=tuple(float(beta) for beta in group.get("betas", ())),
            weight_decay=str(group.get("weight_decay", "")),
        )
        self.stage = "build_scheduler"
        loop = {
            "iters": self.order.iters_per_epoch,
            "epochs": self.epochs,
            "loader": self.loader,
            "optimizer": self.optimizer,
        }
        built = call(self.parts.scheduler, self._known(), {**loop, **parts}, strict=True)
        both = built if isinstance(built, tuple) else (built,)
        self.scheduler, self.warmup = both[0], both[1] if len(both) > 1 else None
        for schedule in both[:2]:
            if isinstance(schedule, StandIn):
                raise StandInShort(f"build_scheduler gives {schedule!r}")
        self._watch()

    def _known(self) -> dict[str, object]:
        """What the trainer's script passes, by the names that it has."""
        order = self.order
        use_amp = yaml.safe_load(order.use_amp)
        arguments = SimpleNamespace(
            batch_size=order.batch_size, epochs=self.epochs, use_amp=use_amp, local_rank=_RANK, launcher="none",
            merge_all_iters_to_one_epoch=order.merge, fix_random_seed=False, extra_tag="default", ckpt=None,
        )  # fmt: skip
        return {
            "model": self.model, "optimizer": self.optimizer, "train_loader": self.loader, "dataloader": self.loader,
            "model_func": self._model_func, "lr_scheduler": self.scheduler, "scheduler": self.scheduler,
            "lr_warmup_scheduler": self.warmup, "optim_cfg": self.block, "opt_cfg": self.block,
            "optimizer_cfg": self.block, "cfg": self.parts.document, "args": arguments,
            "start_epoch": order.start_epoch, "total_epochs": self.epochs, "start_iter": order.start_iter,
            "total_iters_each_epoch": order.iters_per_epoch,
            "last_epoch": order.start_epoch + 1 if order.start_iter else -1,
            "rank": _RANK, "tb_log": None, "ckpt_save_dir": Path(tempfile.gettempdir()), "train_sampler": Sampler(),
            "ckpt_save_interval": 10**9, "max_ckpt_save_num": 10**9, "ckpt_save_time_interval": 10**9,
            "merge_all_iters_to_one_epoch": order.merge, "use_amp": use_amp, "dist_train": False,
            "logger": StandIn("the logger", strict=False), "use_logger_to_record": False,
        }  # fmt: skip

    def own_loop(self) -> None:
        """The checkout's train_model."""
        parts = {
            "loader": self.loader, "warmup": self.warmup, "scheduler": self.scheduler, "sampler": Sampler(),
            "func": self._model_func, "dir": Path(tempfile.gettempdir()), "optimizer": self.optimizer,
            "cfg": self.block, "rank": _RANK, "epochs": self.epochs, "iter": self.order.start_iter,
        }  # fmt: skip
        if self.parts.loop is not None:
            call(self.parts.loop, self._known(), parts, strict=False)

    def plain_loop(self) -> None:
        """The order of OpenPCDet's loop, without clipping: schedule, gradients, optimizer."""
        order = self.order
        iteration, per_epoch = order.start_iter, order.iters_per_epoch
        for epoch in range(order.start_epoch, self.epochs):
            warms = self.warmup is not None and epoch < self.block.WARMUP_EPOCH
            step = _taking(self.warmup if warms else self.scheduler)
            for _number, batch in zip(range(iteration % per_epoch, per_epoch), self.loader, strict=False):
                step(iteration, epoch)
                self.optimizer.zero_grad()
                self._model_func(self.model, batch)[0].backward()
                self.optimizer.step()
                iteration += 1

    def _watch(self) -> None:
        """Have the optimizer's step tell the rows, and each part what it is called with."""
        real, forget = self.optimizer.step, self.optimizer.zero_grad
        clip, model = self.parts.clip, self.model

        def step(*values: object, **named: object) -> object:
            self._note("optimizer")
            self._row()
            return None if clip.light else real(*values, **named)

        def zero_grad(*values: object, **named: object) -> None:
            # What a light step has not made need not be forgotten.
            if not clip.light:
                forget(*values, **named)

        self.optimizer.step, self.optimizer.zero_grad = step, zero_grad
        clip.note, clip.light = self._note, False
        for schedule, name in ((self.scheduler, "scheduler"), (self.warmup, "warm-up")):
            if schedule is not None and hasattr(schedule, "step"):
                _tell_steps(schedule, name, self)
        forward = model.forward

        def lightly(batch: object) -> Outputs:
            clip.light = self.loader.fetched > _REAL and self._ordinary()
            return (model.loss, Batch(), {}) if clip.light else forward(batch)

        model.forward = lightly  # type: ignore[method-assign] # this one model's

    def _model_func(self, model: object, batch: object, *_: object, **__: object) -> Outputs:
        return self.model.forward(batch)

    def _ordinary(self) -> bool:
        """Whether torch's step takes lr and momentum: it refuses an lr beyond a float32, and a beta of 1."""
        lr, momentum = self.groups[0]["lr"], _momentum(self.groups[0])
        # np.float64 is a float.
        if not (isinstance(lr, float | int) and isinstance(momentum, float | int)):
            return isinstance(lr, torch.Tensor)
        return abs(lr) <= _FLOAT32 and not momentum >= 1

    def _note(self, event: str, value: object = None) -> None:
        if self.loader.fetched == _WATCHED + 1:
            self.events.append(event if value is None else f"{event} {value}")

    def _row(self) -> None:
        first, last = self.groups[0], self.groups[-1]
        self.rows.extend((self.iteration or 0, _number(first["lr"]), _number(_momentum(first)), _number(last["lr"])))
        if len(self.rows) >= 4 * _CHUNK:
            self._flush()

    def _flush(self) -> None:
        if self.rows:
            self.tell(Said(rows=base64.b64encode(self.rows.tobytes()).decode("ascii")))
            del self.rows[:]

    def _facts(self) -> Facts:
        named = "" if self.scheduler is None else type(self.scheduler).__name__
        return replace(self.facts, scheduler=named, keys=asked(), events=tuple(self.events))


def _momentum(group: Group) -> object:
    """Beta1, or the momentum of a parameter group; nan where it has neither."""
    return group["betas"][0] if "betas" in group else group.get("momentum", float("nan"))


def _number(value: Any) -> float:
    """What stands in a parameter group as a number. Raises StandInShort for what came from a stand-in."""
    if type(value) is float:
        return value
    if isinstance(value, StandIn):
        raise StandInShort(f"lr comes from {value!r}")
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")  # the optimizer's own step says what it makes of it


def _taking(schedule: Any) -> Callable[[int, int], None]:
    """A schedule's step with iteration and epoch, of which it is given as many as it must have, but at least one."""
    needed = [
        p for p in inspect.signature(schedule.step).parameters.values() if p.default is p.empty and p.name != "values"
    ]
    count = max(1, sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in needed))
    return lambda iteration, epoch: schedule.step(*(iteration, epoch)[:count])


def _tell_steps(schedule: Any, name: str, session: Session) -> None:
    real = schedule.step

    def step(*values: object, **named: object) -> object:
        if session.loader.fetched == _WATCHED + 1:
            given = [*values, *named.values()]
            session.events.append(f"{name}({', '.join(_called(value, session) for value in given)})")
        elif session.loader.fetched > _WATCHED + 1:
            schedule.step = real  # nothing more is to be told
        return real(*values, **named)

    step.__signature__ = inspect.signature(real)  # type: ignore[attr-defined] # inspect reads it
    schedule.step = step


def _called(value: object, session: Session) -> str:
    if value == session.iteration:
        return "iteration"
    if value == (session.iteration or 0) + 1:
        return "iteration + 1"
    return "epoch" if value == 0 else str(value)[:20]
