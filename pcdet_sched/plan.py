"""How a run is started: data, GPUs, the command line's overrides, a checkpoint to resume from."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real

from pcdet_sched.language import _
from pcdet_sched.trainer_records import find
from pcdet_sched.trainer_records.auto import AUTO

__all__ = ["AUTO", "Checkpoint", "RunPlan"]


def _whole(plan: object, name: str, least: int) -> None:
    """Make a field a plain int, whatever kind of whole number was given. Raises ValueError for anything else."""
    value = getattr(plan, name)
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        said = {"what": type(plan).__name__, "name": name, "least": least, "value": value}
        raise ValueError(_("{what}: {name} must be a whole number of at least {least}, not {value!r}", **said))
    object.__setattr__(plan, name, int(value))


@dataclass(frozen=True)
class Checkpoint:
    """What a resumed run knows of the run before it.

    `epoch` completed epochs; `iteration` completed iterations over the whole run (the checkpoint's `it`);
    `initial_lr` the lr that a torch scheduler stored in the checkpoint, which `adam` and `sgd` go on with
    (None: the LR of the config). Raises ValueError for negative or fractional counts.
    """

    epoch: int
    iteration: int
    initial_lr: float | None = None

    def __post_init__(self) -> None:
        _whole(self, "epoch", 0)
        _whole(self, "iteration", 0)
        lr: object = self.initial_lr
        if lr is not None and (isinstance(lr, bool) or not isinstance(lr, Real)):
            raise ValueError(_("Checkpoint: initial_lr must be a number, not {value!r}", value=lr))


@dataclass(frozen=True)
class RunPlan:
    """The part of a run that is not in the YAML.

    Give `samples` (training samples per epoch, over all GPUs) or `iters_per_epoch`, not both. `batch_size` is
    `--batch_size`: the total over all GPUs, unlike the YAML's BATCH_SIZE_PER_GPU. `epochs` is `--epochs`.
    `trainer` is "master" (since 2023-05-08), "classic", a fork as GitHub's owner/name in any case, or "auto", which
    goes by the block's signs; `pcdet_sched.trainers()` lists them. `use_amp` is `--use_amp`.
    Raises ValueError with the offending number in it.

    >>> RunPlan(samples=3712, gpus=8).gpus
    8
    >>> RunPlan(samples=0)
    Traceback (most recent call last):
    ...
    ValueError: RunPlan: samples must be a whole number of at least 1, not 0
    """

    samples: int | None = None
    gpus: int = 1
    batch_size: int | None = None
    epochs: int | None = None
    trainer: str = AUTO
    merge_all_iters_to_one_epoch: bool = False
    checkpoint: Checkpoint | None = None
    iters_per_epoch: int | None = None
    use_amp: bool = False

    def __post_init__(self) -> None:
        if (self.samples is None) == (self.iters_per_epoch is None):
            raise ValueError(_("RunPlan: give either samples or iters_per_epoch"))
        least = {"samples": 1, "iters_per_epoch": 1, "gpus": 1, "batch_size": 1, "epochs": 0}
        for name, bound in least.items():
            if getattr(self, name) is not None or name == "gpus":
                _whole(self, name, bound)
        if self.checkpoint is not None and not isinstance(self.checkpoint, Checkpoint):
            raise ValueError(_("RunPlan: checkpoint must be a Checkpoint, not {value!r}", value=self.checkpoint))
        for name in ("use_amp", "merge_all_iters_to_one_epoch"):
            if getattr(self, name) not in (True, False):
                said = {"name": name, "value": getattr(self, name)}
                raise ValueError(_("RunPlan: {name} must be True or False, not {value!r}", **said))
        if self.trainer != AUTO:
            try:
                object.__setattr__(self, "trainer", find(self.trainer).name)
            except ValueError as error:
                raise ValueError(f"RunPlan: {error}") from None
