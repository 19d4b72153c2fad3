"""The three numbers of a checkpoint file that a resume depends on; nothing else in it is kept, and no code is run."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pcdet_sched.language import _
from pcdet_sched.plan import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable


class CheckpointError(ValueError):
    """A file is no checkpoint of the trainer, or holds more than plain data."""


def read_checkpoint(path: str | Path) -> Checkpoint:
    """Epoch, iteration and initial lr of a local `.pth` that the trainer wrote (`train_utils.py`).

    Loaded on the CPU with `weights_only=True`: pickled code is refused, not run. The initial lr is there for `adam`
    and `sgd` only. Raises CheckpointError, with the reason, for a file that is none.
    """
    import torch

    try:
        with _numpy_scalars():
            data = torch.load(Path(path), map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - torch raises whatever the damage leads to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(_("{path} cannot be read as a checkpoint: {why}", path=path, why=reason)) from None
    if not isinstance(data, dict) or not {"epoch", "it"} <= data.keys():
        raise CheckpointError(_("{path} holds no 'epoch' and 'it', as a checkpoint of the trainer does", path=path))
    try:
        return Checkpoint(
            _plain_count(data["epoch"]), _plain_count(data["it"]), _initial_lr(data.get("optimizer_state"))
        )
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}") from None


def _numpy_scalars() -> AbstractContextManager[object]:
    """Let numpy's own numbers through: one-cycle leaves its lr in the checkpoint as a numpy float."""
    import numpy as np
    from torch import serialization

    if not hasattr(serialization, "safe_globals"):  # before torch 2.5
        return nullcontext()
    scalar = cast("Callable[..., object]", np.float64(0).__reduce__()[0])
    names = [(scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    return serialization.safe_globals([*names, np.dtype, type(np.dtype(np.float64)), type(np.dtype(np.float32))])


def _plain_count(value: object) -> Any:
    """A count that was stored as a 0-d tensor or a numpy integer is one all the same."""
    return value.item() if hasattr(value, "item") else value


def _initial_lr(state: object) -> float | None:
    groups = state.get("param_groups") if isinstance(state, dict) else None
    first = groups[0] if isinstance(groups, list) and groups else {}
    lr = first.get("initial_lr") if isinstance(first, dict) else None
    return None if lr is None else float(lr)
